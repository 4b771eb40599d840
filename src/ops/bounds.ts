/** Activations that only bound a value: kernels take them along as a least and a greatest value. */

import type { EpilogueActivation } from './epilogue.ts'

/** From below and from above; NaN bounds nothing. */
export type Bounds = readonly [low: number, high: number]

/** The activations that are bounds. */
export type BoundActivation = 'linear' | 'relu' | 'relu6'

export const BOUNDS: Readonly<Record<BoundActivation | EpilogueActivation, Bounds>> = {
  linear: [Number.NaN, Number.NaN],
  relu: [0, Number.NaN],
  relu6: [0, 6],
}
