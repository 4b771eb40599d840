/** Ops under the names that TF.js has for tensors of one rank: the op itself, after a look at the rank. */

import { ArgumentError, show } from '../errors.ts'
import { checkRank, type Shape } from '../shape.ts'
import type { DataType, Tensor, TensorLike, TensorValues } from '../tensor.ts'
import { tensorOfRank } from './create.ts'
import { reverse } from './layout.ts'
import { withTensor } from './operands.ts'
import { concat, pad, slice } from './slices.ts'

type Concat = (tensors: readonly TensorLike[], axis?: number) => Tensor
type Slice = (x: TensorLike, begin: number | readonly number[], size?: number | readonly number[]) => Tensor
type Reverse = (x: TensorLike, axis?: number | readonly number[]) => Tensor
type Sides = readonly (readonly [number, number])[]
type Pad = (x: TensorLike, paddings: Sides, constantValue?: number) => Tensor

/** `op` on a tensor of this rank alone. */
function ofRank<Rest extends readonly unknown[]>(
  who: string,
  rank: number,
  op: (x: Tensor, ...rest: Rest) => Tensor,
): (x: TensorLike, ...rest: Rest) => Tensor {
  return (x, ...rest) =>
    withTensor(who, 'x', x, ($x) => {
      checkRank(who, 'x', $x.shape, rank)
      return op($x, ...rest)
    })
}

function concatOf(rank: number): Concat {
  const who = `concat${rank}d`
  return (tensors, axis) => {
    if (!Array.isArray(tensors))
      throw new ArgumentError({ who, expected: 'a list of tensors', received: show(tensors) })
    for (const [i, x] of tensors.entries())
      withTensor(who, `tensors[${i}]`, x, ($x) => checkRank(who, `tensors[${i}]`, $x.shape, rank))
    return concat(tensors, axis)
  }
}

/**
 * `concat` of vectors.
 * @param axis 0, which is the default
 * @param tensors vectors
 * @example
 * concat1d([[1, 2], [3]]).print() // [1, 2, 3]
 */
export const concat1d: Concat = /* @__PURE__ */ concatOf(1)
/**
 * `concat` of tensors of rank 2.
 * @param tensors tensors of rank 2
 * @param axis default 0
 * @example
 * concat2d([[[1, 2]], [[3, 4]]]).print() // [[1, 2], [3, 4]]
 */
export const concat2d: Concat = /* @__PURE__ */ concatOf(2)
/**
 * `concat` of tensors of rank 3.
 * @param tensors tensors of rank 3
 * @param axis default 0
 * @example
 * console.log(concat3d([zeros([1, 2, 2]), zeros([3, 2, 2])]).shape) // [ 4, 2, 2 ]
 */
export const concat3d: Concat = /* @__PURE__ */ concatOf(3)
/**
 * `concat` of tensors of rank 4.
 * @param tensors tensors of rank 4
 * @param axis default 0
 * @example
 * console.log(concat4d([zeros([1, 2, 2, 1]), zeros([1, 2, 2, 3])], 3).shape) // [ 1, 2, 2, 4 ]
 */
export const concat4d: Concat = /* @__PURE__ */ concatOf(4)

/**
 * `slice` of a vector.
 * @param x a vector
 * @param begin where it starts
 * @param size how many elements; default all that are left
 * @example
 * slice1d([1, 2, 3, 4], 1, 2).print() // [2, 3]
 */
export const slice1d: Slice = /* @__PURE__ */ ofRank('slice1d', 1, slice)
/**
 * `slice` of a tensor of rank 2.
 * @param x a tensor of rank 2
 * @param begin where the box starts
 * @param size how many elements along each axis; default all that are left
 * @example
 * slice2d([[1, 2], [3, 4]], [1, 0], [1, 2]).print() // [[3, 4]]
 */
export const slice2d: Slice = /* @__PURE__ */ ofRank('slice2d', 2, slice)
/**
 * `slice` of a tensor of rank 3.
 * @param x a tensor of rank 3
 * @param begin where the box starts
 * @param size how many elements along each axis; default all that are left
 * @example
 * console.log(slice3d(zeros([2, 3, 4]), [0, 1, 0], [2, 1, 4]).shape) // [ 2, 1, 4 ]
 */
export const slice3d: Slice = /* @__PURE__ */ ofRank('slice3d', 3, slice)
/**
 * `slice` of a tensor of rank 4.
 * @param x a tensor of rank 4
 * @param begin where the box starts
 * @param size how many elements along each axis; default all that are left
 * @example
 * console.log(slice4d(zeros([2, 3, 4, 5]), [0, 0, 0, 4], [2, 3, 4, 1]).shape) // [ 2, 3, 4, 1 ]
 */
export const slice4d: Slice = /* @__PURE__ */ ofRank('slice4d', 4, slice)

/**
 * `reverse` of a vector.
 * @param axis is not needed
 * @param x a vector
 * @example
 * reverse1d([1, 2, 3]).print() // [3, 2, 1]
 */
export const reverse1d: Reverse = /* @__PURE__ */ ofRank('reverse1d', 1, reverse)
/**
 * `reverse` of a tensor of rank 2.
 * @param x a tensor of rank 2
 * @param axis along one or several; default all
 * @example
 * reverse2d([[1, 2], [3, 4]], 0).print() // [[3, 4], [1, 2]]
 */
export const reverse2d: Reverse = /* @__PURE__ */ ofRank('reverse2d', 2, reverse)
/**
 * `reverse` of a tensor of rank 3.
 * @param x a tensor of rank 3
 * @param axis along one or several; default all
 * @example
 * reverse3d([[[1, 2]], [[3, 4]]], 2).print() // [[[2, 1]], [[4, 3]]]
 */
export const reverse3d: Reverse = /* @__PURE__ */ ofRank('reverse3d', 3, reverse)
/**
 * `reverse` of a tensor of rank 4.
 * @param x a tensor of rank 4
 * @param axis along one or several; default all
 * @example
 * reverse4d([[[[1, 2]], [[3, 4]]]], [1, 3]).print() // [[[[4, 3]], [[2, 1]]]]
 */
export const reverse4d: Reverse = /* @__PURE__ */ ofRank('reverse4d', 4, reverse)

/**
 * `pad` of a vector, whose paddings are one pair.
 * @param x a vector
 * @param paddings [before, after]
 * @param constantValue default 0
 * @example
 * pad1d([1, 2], [1, 2]).print() // [0, 1, 2, 0, 0]
 */
export function pad1d(x: TensorLike, paddings: readonly [number, number], constantValue?: number): Tensor {
  return padVector(x, [paddings], constantValue)
}
const padVector: Pad = /* @__PURE__ */ ofRank('pad1d', 1, pad)
/**
 * `pad` of a tensor of rank 2.
 * @param paddings [before, after] for each axis
 * @param x a tensor of rank 2
 * @param constantValue default 0
 * @example
 * pad2d([[1]], [[1, 0], [0, 1]]).print() // [[0, 0], [1, 0]]
 */
export const pad2d: Pad = /* @__PURE__ */ ofRank('pad2d', 2, pad)
/**
 * `pad` of a tensor of rank 3.
 * @param paddings [before, after] for each axis
 * @param x a tensor of rank 3
 * @param constantValue default 0
 * @example
 * console.log(pad3d(zeros([1, 1, 1]), [[1, 1], [0, 0], [0, 2]]).shape) // [ 3, 1, 3 ]
 */
export const pad3d: Pad = /* @__PURE__ */ ofRank('pad3d', 3, pad)
/**
 * `pad` of a tensor of rank 4.
 * @param paddings [before, after] for each axis
 * @param x a tensor of rank 4
 * @param constantValue default 0
 * @example
 * console.log(pad4d(zeros([1, 28, 28, 1]), [[0, 0], [2, 2], [2, 2], [0, 0]]).shape) // [ 1, 32, 32, 1 ]
 */
export const pad4d: Pad = /* @__PURE__ */ ofRank('pad4d', 4, pad)

/**
 * A tensor of rank 5, from nested arrays, or from flat values and a shape.
 * @param values nested arrays, or flat values and a shape
 * @param shape five sizes; default those of the nested arrays
 * @param dtype as for `tensor`
 * @example
 * console.log(tensor5d([1, 2], [1, 1, 1, 1, 2]).shape) // [ 1, 1, 1, 1, 2 ]
 */
export function tensor5d(values: TensorValues, shape?: Shape, dtype?: DataType): Tensor {
  return tensorOfRank(5, values, shape, dtype)
}

/**
 * A tensor of rank 6, from nested arrays, or from flat values and a shape.
 * @param values nested arrays, or flat values and a shape
 * @param shape six sizes; default those of the nested arrays
 * @param dtype as for `tensor`
 * @example
 * console.log(tensor6d([1, 2], [1, 1, 1, 1, 1, 2]).shape) // [ 1, 1, 1, 1, 1, 2 ]
 */
export function tensor6d(values: TensorValues, shape?: Shape, dtype?: DataType): Tensor {
  return tensorOfRank(6, values, shape, dtype)
}
