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

/** `concat` of vectors. */
export const concat1d: Concat = /* @__PURE__ */ concatOf(1)
/** `concat` of tensors of rank 2. */
export const concat2d: Concat = /* @__PURE__ */ concatOf(2)
/** `concat` of tensors of rank 3. */
export const concat3d: Concat = /* @__PURE__ */ concatOf(3)
/** `concat` of tensors of rank 4. */
export const concat4d: Concat = /* @__PURE__ */ concatOf(4)

/** `slice` of a vector. */
export const slice1d: Slice = /* @__PURE__ */ ofRank('slice1d', 1, slice)
/** `slice` of a tensor of rank 2. */
export const slice2d: Slice = /* @__PURE__ */ ofRank('slice2d', 2, slice)
/** `slice` of a tensor of rank 3. */
export const slice3d: Slice = /* @__PURE__ */ ofRank('slice3d', 3, slice)
/** `slice` of a tensor of rank 4. */
export const slice4d: Slice = /* @__PURE__ */ ofRank('slice4d', 4, slice)

/** `reverse` of a vector. */
export const reverse1d: Reverse = /* @__PURE__ */ ofRank('reverse1d', 1, reverse)
/** `reverse` of a tensor of rank 2. */
export const reverse2d: Reverse = /* @__PURE__ */ ofRank('reverse2d', 2, reverse)
/** `reverse` of a tensor of rank 3. */
export const reverse3d: Reverse = /* @__PURE__ */ ofRank('reverse3d', 3, reverse)
/** `reverse` of a tensor of rank 4. */
export const reverse4d: Reverse = /* @__PURE__ */ ofRank('reverse4d', 4, reverse)

/** `pad` of a vector, whose paddings are one pair. */
export function pad1d(x: TensorLike, paddings: readonly [number, number], constantValue?: number): Tensor {
  return padVector(x, [paddings], constantValue)
}
const padVector: Pad = /* @__PURE__ */ ofRank('pad1d', 1, pad)
/** `pad` of a tensor of rank 2. */
export const pad2d: Pad = /* @__PURE__ */ ofRank('pad2d', 2, pad)
/** `pad` of a tensor of rank 3. */
export const pad3d: Pad = /* @__PURE__ */ ofRank('pad3d', 3, pad)
/** `pad` of a tensor of rank 4. */
export const pad4d: Pad = /* @__PURE__ */ ofRank('pad4d', 4, pad)

/** A tensor of rank 5, from nested arrays, or from flat values and a shape. */
export function tensor5d(values: TensorValues, shape?: Shape, dtype?: DataType): Tensor {
  return tensorOfRank(5, values, shape, dtype)
}

/** A tensor of rank 6, from nested arrays, or from flat values and a shape. */
export function tensor6d(values: TensorValues, shape?: Shape, dtype?: DataType): Tensor {
  return tensorOfRank(6, values, shape, dtype)
}
