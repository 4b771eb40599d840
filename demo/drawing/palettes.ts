/** How the numbers of a layer are coloured. */

import { inkPalette, signedPalette } from '../paint.tsx'

export function largestOf(values: Float32Array): number {
  let largest = 1e-6
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!))
  return largest
}

/** Activations: grey where none are negative, else in two colours. All maps of a layer share one scale. */
export function activationPalette(values: Float32Array) {
  const largest = largestOf(values)
  if (values.some((value) => value < 0)) return signedPalette(largest)
  const ink = inkPalette()
  // The root brings out what is faint.
  return (value: number) => ink(Math.sqrt(value / largest))
}
