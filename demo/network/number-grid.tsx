/** A small matrix of fractions, shaded by size; its cells may be typed into. */

import { useSignal } from '@preact/signals'
import { signed } from '../format.ts'

interface NumberGridProps {
  readonly label: string
  /** What may be done here. */
  readonly hint?: string
  readonly values: readonly (readonly number[])[]
  /** Shades from 0 to this. */
  readonly scale?: number
  /** Shades by size, negative ones in grey. */
  readonly signedScale?: boolean
  readonly marked?: (value: number) => boolean
  readonly class?: string
  readonly edit?: (row: number, column: number, value: number) => void
}

export function NumberGrid({
  label,
  hint,
  values,
  scale,
  signedScale,
  marked,
  class: name = '',
  edit,
}: NumberGridProps) {
  const largest = scale ?? Math.max(1e-6, ...values.flat().map(Math.abs))
  const wide = (values[0]?.length ?? 0) > 3
  return (
    <figure class="number-grid">
      <table class={`kernel ${wide ? 'kernel-wide' : ''} ${name === '' ? 'kernel-other' : name}`} aria-label={label}>
        <tbody>
          {values.map((row, i) => (
            <tr key={`${i}`}>
              {row.map((value, j) => (
                <td
                  key={`${j}`}
                  style={{ '--share': Math.min(1, Math.abs(value) / largest) }}
                  class={`${signedScale && value < 0 ? 'negative' : 'positive'} ${marked?.(value) ? 'kernel-marked' : ''}`}
                >
                  {edit === undefined ? (
                    signed(Number(value.toFixed(2)))
                  ) : (
                    <CellInput
                      value={value}
                      label={`${label}, row ${i + 1}, column ${j + 1}`}
                      take={(given) => edit(i, j, given)}
                    />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <figcaption>
        {label}
        {hint !== undefined && `: ${hint}`}
      </figcaption>
    </figure>
  )
}

interface CellInputProps {
  readonly value: number
  readonly label: string
  readonly take: (value: number) => void
  /** Digits after the point that are shown. */
  readonly digits?: number
}

/** A cell that looks like a number until it is typed into. */
export function CellInput({ value, label, take, digits = 2 }: CellInputProps) {
  const shown = signed(Number(value.toFixed(digits)))
  // The numbers may change meanwhile: what is being typed stays.
  const typed = useSignal<string | undefined>(undefined)
  const read = (input: HTMLInputElement) => {
    const text = input.value.trim()
    const given = Number(text.replace('−', '-').replace(',', '.'))
    const isChanged = typed.value !== undefined && text !== '' && text !== shown
    typed.value = undefined
    if (isChanged && Number.isFinite(given)) take(given)
    else input.value = shown
  }
  return (
    <input
      class="cell-input"
      type="text"
      inputMode="decimal"
      size={1}
      aria-label={label}
      value={typed.value ?? shown}
      onInput={(event) => (typed.value = event.currentTarget.value)}
      onFocus={(event) => event.currentTarget.select()}
      onBlur={(event) => read(event.currentTarget)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur()
      }}
    />
  )
}
