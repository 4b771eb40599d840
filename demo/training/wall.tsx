/** A wall of digits that the network never learns from: those that it reads rightly are lit. */

import { useMemo } from 'preact/hooks'
import { openDigit } from '../digit/state.ts'
import { ByteImage } from '../paint.tsx'
import { bench, validation } from './state.ts'

const TILES = 60

export function Wall() {
  const made = bench.value
  const guesses = validation.value?.guesses
  const tiles = Array.from({ length: TILES }, (_, i) => i)
  // The same arrays each time, so that no tile is painted again for another guess.
  const images = useMemo(() => tiles.map((i) => made?.images.subarray(i * 784, (i + 1) * 784)), [made])
  const right = made && guesses ? tiles.filter((i) => guesses[i] === made.labels[i]).length : 0
  return (
    <figure class="wall">
      <fieldset class="wall-tiles" aria-label={`${right} of ${TILES} digits are read rightly`} data-right={right}>
        {tiles.map((i) => (
          <Tile key={i} bytes={images[i]} label={made?.labels[i]} guess={guesses?.[i]} />
        ))}
      </fieldset>
      <figcaption>
        Sixty digits that it never learns from, and what it takes them for: click one to see why. Read rightly:{' '}
        <strong class="nowrap figure">
          {right} of {TILES}
        </strong>
        .
      </figcaption>
    </figure>
  )
}

interface TileProps {
  readonly bytes: Uint8Array | undefined
  readonly label: number | undefined
  readonly guess: number | undefined
}

function Tile({ bytes, label, guess }: TileProps) {
  const right = guess !== undefined && guess === label
  const open = () => {
    if (bytes !== undefined && label !== undefined) openDigit(bytes.slice(), label)
  }
  return (
    <button
      type="button"
      class={right ? 'tile tile-right' : 'tile'}
      title="Why?"
      aria-label={`A ${label ?? 'digit'}, read as ${guess ?? 'nothing yet'}: why?`}
      onClick={open}
    >
      {bytes === undefined ? <span class="tile-blank" /> : <ByteImage bytes={bytes} label="" />}
      <span class="tile-guess">{guess ?? '·'}</span>
    </button>
  )
}
