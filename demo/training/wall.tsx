/** A wall of digits that the network never learns from: those that it reads rightly are lit. */

import { ByteImage } from '../paint.tsx'
import { bench, validation } from './state.ts'

const TILES = 60

export function Wall() {
  const made = bench.value
  const guesses = validation.value?.guesses
  const tiles = Array.from({ length: TILES }, (_, i) => i)
  const right = made && guesses ? tiles.filter((i) => guesses[i] === made.labels[i]).length : 0
  return (
    <figure class="wall">
      <div class="wall-tiles" role="img" aria-label={`${right} of ${TILES} digits are read rightly`} data-right={right}>
        {tiles.map((i) => (
          <Tile
            key={i}
            bytes={made?.images.subarray(i * 784, (i + 1) * 784)}
            label={made?.labels[i]}
            guess={guesses?.[i]}
          />
        ))}
      </div>
      <figcaption>
        Sixty digits that it never learns from, and what it takes them for. Lit are those that it reads rightly:{' '}
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
  return (
    <span class={right ? 'tile tile-right' : 'tile'}>
      {bytes === undefined ? <span class="tile-blank" /> : <ByteImage bytes={bytes} label="" />}
      <span class="tile-guess">{guess ?? '·'}</span>
    </span>
  )
}
