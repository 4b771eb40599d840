/** Labelled controls. */

import type { ComponentChildren } from 'preact'

export function Field({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label class="field">
      <span>{label}</span>
      {children}
    </label>
  )
}

interface SelectProps<Name extends string> {
  readonly label: string
  readonly value: Name
  readonly options: Readonly<Record<Name, string>>
  readonly pick: (name: Name) => void
}

export function Select<Name extends string>({ label, value, options, pick }: SelectProps<Name>) {
  return (
    <Field label={label}>
      <select value={value} onChange={(event) => pick(event.currentTarget.value as Name)}>
        {Object.entries<string>(options).map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </Field>
  )
}

interface NumbersProps {
  readonly label: string
  readonly value: number
  readonly options: readonly number[]
  readonly pick: (value: number) => void
}

export function Numbers({ label, value, options, pick }: NumbersProps) {
  const named = Object.fromEntries(options.map((option) => [`${option}`, `${option}`]))
  return <Select label={label} value={`${value}`} options={named} pick={(name) => pick(Number(name))} />
}

interface NumberFieldProps {
  readonly label: string
  readonly value: number
  readonly min: number
  readonly max: number
  readonly pick: (value: number) => void
}

export function NumberField({ label, value, min, max, pick }: NumberFieldProps) {
  const take = (input: HTMLInputElement) => {
    const wanted = Math.round(input.valueAsNumber)
    const taken = Number.isFinite(wanted) ? Math.min(max, Math.max(min, wanted)) : value
    input.value = `${taken}`
    if (taken !== value) pick(taken)
  }
  return (
    <Field label={label}>
      <input
        type="number"
        inputMode="numeric"
        {...{ value, min, max }}
        onChange={(event) => take(event.currentTarget)}
      />
    </Field>
  )
}
