/** Ops that look up by index. Indices are checked on their way in: none reads or writes outside its tensor. */

import { ArgumentError, checkInteger, checkOneOf, ShapeError, show, showShape } from '../errors.ts'
import { checkAxis, type Shape, sameShape, sizeOf } from '../shape.ts'
import { checkInt32, DATA_TYPES, type DataType, type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { reshape, transpose } from './layout.ts'
import { allocate, cast, record, runtime } from './op.ts'
import { withIntegers, withTensor } from './operands.ts'

/**
 * The slices of x along `axis` that `indices` names, in their order: x [..., N, ...] and indices of any shape give
 * [..., ...indices' shape, ...]. An index may occur several times; its gradients add up.
 * @param x [..., N, ...]
 * @param indices int32 of any shape
 * @param axis default 0
 * @param batchDims how many axes in front are gone through together, each with its own indices; default 0
 * @throws ArgumentError where an index is outside 0 to N − 1
 * @example
 * gather([[1, 2], [3, 4], [5, 6]], [2, 0]).print() // [[5, 6], [1, 2]]
 */
export function gather(x: TensorLike, indices: TensorLike, axis?: number, batchDims?: number): Tensor {
  const who = 'gather'
  axis ??= 0
  batchDims ??= 0
  return withTensor(who, 'x', x, ($x) =>
    withIntegers(who, 'indices', indices, ($indices) => {
      if ($x.rank === 0) throw new ShapeError({ who, expected: 'x of rank 1 or more', received: '[]' })
      const along = checkAxis(who, axis, $x.rank)
      checkIndices(who, $indices, $x.shape[along]!)
      return batchDims === 0 ? gathered($x, $indices, along) : gatheredByBatch($x, $indices, along, batchDims)
    }),
  )
}

/** Each of the first axes with its own indices: the axis is brought behind them, and they are counted with it. */
function gatheredByBatch(x: Tensor, indices: Tensor, axis: number, batchDims: number): Tensor {
  const who = 'gather'
  const count = batchDims < 0 ? batchDims + indices.rank : batchDims
  const batch = indices.shape.slice(0, count)
  if (!Number.isInteger(count) || count < 0 || count > axis || !sameShape(batch, x.shape.slice(0, count))) {
    const expected = 'batchDims of at most axis, along which x and indices have the same sizes'
    throw new ShapeError({ who, expected, received: `${show(batchDims)} of ${showShape(indices.shape)}` })
  }
  return tidy(() => {
    const others = x.shape.map((_, i) => i).filter((i) => i !== axis)
    const turned = transpose(x, [...others.slice(0, count), axis, ...others.slice(count)])
    const [length, rest] = [x.shape[axis]!, turned.shape.slice(count + 1)]
    const rows = reshape(turned, [sizeOf(batch) * length, ...rest])
    const step = indices.size / Math.max(1, sizeOf(batch))
    const flat = indices.view(who).map((index, i) => index + length * Math.floor(i / step))
    const own = indices.shape.slice(count)
    const found = reshape(gather(rows, flat), [...batch, ...own, ...rest])
    // What stood between the batch and the axis goes in front of the indices' axes again.
    const axes = found.shape.map((_, i) => i)
    const between = axes.slice(count + own.length, own.length + axis)
    return transpose(found, [
      ...axes.slice(0, count),
      ...between,
      ...axes.filter((i) => i >= count && !between.includes(i)),
    ])
  })
}

export function checkIndices(who: string, indices: Tensor, size: number): void {
  const bad = indices.view(who).find((index) => index < 0 || index >= size)
  if (bad === undefined) return
  const expected = size === 0 ? 'no index, since the axis is empty' : `indices from 0 to ${size - 1}`
  throw new ArgumentError({ who, expected, received: String(bad) })
}

/** x as [outer, axisSize, inner] around an axis. */
function around(shape: Shape, axis: number): { outer: number; axisSize: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), axisSize: shape[axis]!, inner: sizeOf(shape.slice(axis + 1)) }
}

function gathered(x: Tensor, indices: Tensor, axis: number): Tensor {
  const who = 'gather'
  const y = allocate(who, [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)], x.dtype)
  const { outer, axisSize, inner } = around(x.shape, axis)
  const count = indices.size
  const pointers = [x.at(who), indices.at(who), y.at(who)] as const
  runtime(who).run(
    'gatherRows',
    { extent: outer * count, work: inner, grain: 1 },
    ...pointers,
    outer,
    axisSize,
    inner,
    count,
  )
  const shape = x.shape
  return record(who, [x], y, [indices], (dy, [indices]) => [scattered(dy, indices!, shape, axis)])
}

/** The slices of dy added up where they came from: the gradient of `gather`, and an op by itself. */
export function scattered(dy: Tensor, indices: Tensor, shape: Shape, axis: number): Tensor {
  const who = 'gatherGrad'
  const dx = allocate(who, shape)
  const { outer, axisSize, inner } = around(shape, axis)
  const pointers = [dy.at(who), indices.at(who), dx.at(who)] as const
  runtime(who).run('scatterAddRows', outer * axisSize, ...pointers, outer, axisSize, inner, indices.size)
  return record(who, [dy], dx, [indices], (ddx, [indices]) => [gathered(ddx, indices!, axis)])
}

/**
 * Rows of `depth` elements that are `onValue` at the index and `offValue` elsewhere; an index outside 0 to depth − 1
 * gives a row of `offValue`.
 * @param indices integers of any shape [...]
 * @param depth the size of the new last axis
 * @param onValue default 1
 * @param offValue default 0
 * @param dtype default 'int32'
 * @returns [..., depth], int32 as in TF.js unless `dtype` says otherwise
 * @example
 * oneHot([0, 2], 3).print() // [[1, 0, 0], [0, 0, 1]]
 */
export function oneHot(
  indices: TensorLike,
  depth: number,
  onValue?: number,
  offValue?: number,
  dtype?: DataType,
): Tensor {
  const who = 'oneHot'
  onValue ??= 1
  offValue ??= 0
  dtype ??= 'int32'
  for (const [name, value] of Object.entries({ onValue, offValue })) {
    if (typeof value !== 'number')
      throw new ArgumentError({ who, expected: `${name} to be a number`, received: show(value) })
    if (dtype === 'int32') checkInt32(who, value)
  }
  checkInteger(who, 'depth', depth, 1)
  checkOneOf(who, 'dtype', dtype, DATA_TYPES)
  return withIntegers(who, 'indices', indices, ($indices) => {
    const y = allocate(who, [...$indices.shape, depth])
    runtime(who).run('oneHot', $indices.size, $indices.at(who), y.at(who), depth, onValue, offValue)
    if (dtype === 'float32') return y
    const converted = cast(y, dtype)
    y.dispose()
    return converted
  })
}
