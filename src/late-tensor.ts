/**
 * How data sets make tensors without importing what computes with them: a page of data alone downloads no kernels. The
 * entries of the package, and `init`, say how.
 */

import type { Tensor } from './tensor.ts'

type MakeTensor = (values: Float32Array, shape: readonly number[]) => Tensor

let make: MakeTensor | undefined

export function provideTensors(given: MakeTensor): void {
  make = given
}

/** Undefined in a page that imports `quadlane/data` and not `quadlane`. */
export function tensorMaker(): MakeTensor | undefined {
  return make
}
