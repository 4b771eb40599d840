/** Numbers as the page writes them. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

export function integer(value: number): string {
  return whole.format(value)
}

export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`
}

export function decimals(value: number, digits: number): string {
  return value.toFixed(digits)
}

/** A minus sign, not a hyphen. */
export function signed(value: number): string {
  return value < 0 ? `−${Math.abs(value)}` : `${value}`
}
