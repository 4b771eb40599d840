/** Ten bars: how probable each digit is, as the network sees it. */

import { useComputed } from '@preact/signals'
import { percent } from '../format.ts'
import { guessOf } from '../worker/guess.ts'
import { pixels, probabilities } from './state.ts'

export function Probabilities() {
  const shown = useComputed(() => {
    const values = Array.from(probabilities())
    return { values, best: guessOf(values), empty: pixels.value.every((value) => value === 0) }
  })
  const { values, best, empty } = shown.value
  const sentence = empty ? 'Nothing is drawn.' : `It reads a ${best}, ${percent(values[best]!, 0)} sure.`
  return (
    <div class="probabilities">
      <p class="reading" role="status">
        {sentence}
      </p>
      <Bars {...shown.value} />
    </div>
  )
}

interface BarsProps {
  readonly values: readonly number[]
  readonly best: number
  /** Nothing is known yet. */
  readonly empty: boolean
}

export function Bars({ values, best, empty }: BarsProps) {
  return (
    <ol class="bars" aria-label="Probabilities of the digits">
      {values.map((value, digit) => (
        <li key={`${digit}`} class={digit === best && !empty ? 'bar bar-best' : 'bar'}>
          <span class="bar-digit">{digit}</span>
          <span class="bar-track" aria-hidden="true">
            <span class="bar-fill" style={{ transform: `scaleX(${value})` }} />
          </span>
          <span class="bar-value">{percent(value, 1)}</span>
        </li>
      ))}
    </ol>
  )
}
