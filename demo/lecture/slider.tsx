/** A whole number to move, with its value beside it. */

import type { Signal } from '@preact/signals'
import { Field } from '../page/fields.tsx'

interface SliderProps {
  readonly label: string
  readonly of: Signal<number>
  readonly min: number
  readonly max: number
  readonly unit?: string
}

export function Slider({ label, of, min, max, unit }: SliderProps) {
  return (
    <Field label={label}>
      <span class="slider-row">
        <input
          type="range"
          {...{ min, max }}
          value={of.value}
          onInput={(event) => (of.value = event.currentTarget.valueAsNumber)}
        />
        <output class="figure">{unit ?? of.value}</output>
      </span>
    </Field>
  )
}
