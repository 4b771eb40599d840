/** A digit that was clicked: how probable it finds each answer, and why this one and not that one. */

import { useEffect, useMemo, useRef } from 'preact/hooks'
import { putOnPad } from '../drawing/drawing.ts'
import { largestOf } from '../drawing/palettes.ts'
import { Bars } from '../drawing/probabilities.tsx'
import { percent } from '../format.ts'
import { Select } from '../page/fields.tsx'
import { type Sheet, SheetCanvas, signedPalette } from '../paint.tsx'
import { guessOf } from '../worker/guess.ts'
import { close, compared, explanation, type OpenedDigit, opened, pair } from './state.ts'

const SIDE = 28
const DIGITS = Object.fromEntries(Array.from({ length: 10 }, (_, digit) => [`${digit}`, `${digit}`]))

export function DigitDialog() {
  const dialog = useRef<HTMLDialogElement>(null)
  const digit = opened.value
  useEffect(() => {
    const element = dialog.current!
    if (digit !== undefined && !element.open) element.showModal()
    if (digit === undefined && element.open) element.close()
  }, [digit])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="digit-title"
      onClose={close}
      onClick={(event) => {
        if (event.target === dialog.current) close()
      }}
    >
      {digit !== undefined && <Content digit={digit} />}
    </dialog>
  )
}

function Content({ digit }: { readonly digit: OpenedDigit }) {
  const made = explanation.value
  const probabilities = Array.from(made?.probabilities ?? new Float32Array(10))
  const best = guessOf(probabilities)
  const [one, other] = pair.value ?? compared(probabilities, digit.label)
  return (
    <div class="dialog-body">
      <div class="dialog-head">
        <h2 id="digit-title">
          {made === undefined ? 'Looking at it …' : titleText(digit, best, probabilities[best]!)}
        </h2>
        <button type="button" class="button button-small" onClick={close}>
          Close
        </button>
      </div>
      <div class="digit-parts">
        <figure class="digit-figure">
          <Shaded values={digit.pixels} largest={1} label="The digit" ink />
          <figcaption>The digit, 28×28 pixels</figcaption>
        </figure>
        <Bars values={probabilities} best={best} empty={made === undefined} />
      </div>
      <div class="why">
        <h3>Why this and not that?</h3>
        <div class="why-body">
          <div class="why-pick">
            <Select
              label="Why a"
              value={`${one}`}
              options={DIGITS}
              pick={(name) => (pair.value = [Number(name), other])}
            />
            <Select
              label="and not a"
              value={`${other}`}
              options={DIGITS}
              pick={(name) => (pair.value = [one, Number(name)])}
            />
          </div>
          {one === other ? (
            <p class="quiet">Choose two different digits.</p>
          ) : (
            <Reasons digit={digit} gradient={made?.gradient} one={one} other={other} />
          )}
        </div>
        <p class="quiet">
          Computed backwards through the network, as in training: how the lead of {one} over {other} would change with
          each pixel.
        </p>
      </div>
      <div class="controls">
        {digit.bytes !== undefined && (
          <button
            type="button"
            class="button"
            onClick={() => {
              putOnPad(digit.bytes!)
              close()
              document.querySelector('#draw')?.scrollIntoView()
            }}
          >
            Put it on the pad
          </button>
        )}
      </div>
    </div>
  )
}

function titleText({ label }: OpenedDigit, best: number, share: number): string {
  if (label === undefined) return `Read as a ${best}, ${percent(share, 0)} sure`
  return label === best
    ? `A ${label}, read rightly, ${percent(share, 0)} sure`
    : `A ${label}, taken for a ${best}, ${percent(share, 0)} sure`
}

interface ReasonsProps {
  readonly digit: OpenedDigit
  readonly gradient: Float32Array | undefined
  readonly one: number
  readonly other: number
}

function Reasons({ digit, gradient = new Float32Array(SIDE * SIDE), one, other }: ReasonsProps) {
  const ink = useMemo(() => gradient.map((slope, i) => slope * digit.pixels[i]!), [gradient, digit])
  const paper = useMemo(() => gradient.map((slope, i) => slope * (1 - digit.pixels[i]!)), [gradient, digit])
  return (
    <div class="why-pictures">
      <figure class="digit-figure">
        <Shaded values={ink} largest={largestOf(ink)} label={`Ink that speaks for ${one} or for ${other}`} />
        <figcaption>
          The ink that is there: <span class="why-for">blue</span> speaks for {one}, grey for {other}.
        </figcaption>
      </figure>
      <figure class="digit-figure">
        <Shaded
          values={paper}
          largest={largestOf(paper)}
          label={`Paper where ink would speak for ${one} or for ${other}`}
        />
        <figcaption>
          The paper around it: ink in <span class="why-for">blue</span> places would make it more of a {one}, in grey
          ones more of a {other}.
        </figcaption>
      </figure>
    </div>
  )
}

interface ShadedProps {
  readonly values: Float32Array
  readonly largest: number
  readonly label: string
  readonly ink?: boolean
}

function Shaded({ values, largest, label, ink = false }: ShadedProps) {
  const sheet = useMemo<Sheet>(
    () => ({ ...{ count: 1, columns: 1, height: SIDE, width: SIDE, gap: 0 }, at: (_, y, x) => values[y * SIDE + x]! }),
    [values],
  )
  const palette = useMemo(
    () => () => {
      const shades = signedPalette(largest)
      return (value: number) => shades(ink ? -value : value)
    },
    [largest, ink],
  )
  return <SheetCanvas class="seen" sheet={sheet} palette={palette} label={label} />
}
