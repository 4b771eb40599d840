/** Activations of an epilogue as bounds, for kernels that take them along as a least and a greatest value. */

import type { EpilogueActivation } from './epilogue.ts'

/** From below and from above; NaN bounds nothing. */
export type Bounds = readonly [low: number, high: number]

export const BOUNDS: Readonly<Record<EpilogueActivation, Bounds>> = {
  linear: [Number.NaN, Number.NaN],
  relu: [0, Number.NaN],
  relu6: [0, 6],
}
