/** Tensors of files with their axes in another order. */

import type { FileTensor } from './elements.ts'

/** Where the axes of a kernel [..., inputs, outputs] of ours are in files with the outputs first: [outputs, inputs, ...]. */
export function kernelOrder(rank: number): number[] {
  return [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, axis) => axis)]
}

/** The same of a depthwise kernel [..., channels, multiplier], as [channels, multiplier, ...]. */
export function depthwiseOrder(rank: number): number[] {
  return [rank - 2, rank - 1, ...Array.from({ length: rank - 2 }, (_, axis) => axis)]
}

/** Axis j of the result is axis `perm[j]` of the tensor. */
export function transposed({ shape, dtype, values }: FileTensor, perm: readonly number[]): FileTensor {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))
  const target = perm.map((axis) => shape[axis]!)
  const steps = perm.map((axis) => strides[axis]!)
  const result = new Float32Array(values.length)
  const index = target.map(() => 0)
  let from = 0
  for (let i = 0; i < result.length; i++) {
    result[i] = values[from]!
    for (let axis = target.length - 1; axis >= 0; axis--) {
      from += steps[axis]!
      if (++index[axis]! < target[axis]!) break
      from -= steps[axis]! * target[axis]!
      index[axis] = 0
    }
  }
  return { shape: target, dtype, values: result }
}
