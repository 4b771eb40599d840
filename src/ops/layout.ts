/**
 * Ops that give elements another shape, order or number, without computing anything. reshape and its relatives share
 * their input's buffer; the others are strided copies. The gradient of each is such an op again.
 */

import { ArgumentError, checkOneOf, ShapeError, show, showShape } from '../errors.ts'
import { checkAxes, checkAxis, reshapedShape, type Shape } from '../shape.ts'
import { DATA_TYPES, type DataType, type Tensor, type TensorLike } from '../tensor.ts'
import { allocate, cast as converted, record, runtime } from './op.ts'
import { withTensor } from './operands.ts'
import { copyStrided, stridesOf } from './strided.ts'

/**
 * Another tensor with the same elements, which shares the memory.
 * @param x a tensor, or values for one
 * @example
 * const x = tensor([1, 2])
 * const y = clone(x)
 * x.dispose()
 * y.print() // [1, 2]
 */
export function clone(x: TensorLike): Tensor {
  return withTensor('clone', 'x', x, ($x) => record('clone', [$x], $x.alias('clone'), [], (dy) => [dy]))
}

/**
 * The elements as another dtype. float32 to int32 truncates, NaN to 0; to bool, everything but 0 is true.
 * A gradient passes float32 alone.
 * @param x a tensor, or values for one
 * @param dtype 'float32', 'int32' or 'bool'
 * @example
 * cast([-1.7, 0, 2.9], 'int32').print() // [-1, 0, 2]
 */
export function cast(x: TensorLike, dtype: DataType): Tensor {
  checkOneOf('cast', 'dtype', dtype, DATA_TYPES)
  return withTensor('cast', 'x', x, ($x) => ($x.dtype === dtype ? clone($x) : converted($x, dtype)))
}

/**
 * The same elements in another shape; one size may be -1, which takes what is left.
 * @param x a tensor, or values for one
 * @param shape sizes of as many elements; one may be -1
 * @throws ShapeError where the number of elements differs
 * @example
 * reshape([1, 2, 3, 4, 5, 6], [2, -1]).print() // [[1, 2, 3], [4, 5, 6]]
 */
export function reshape(x: TensorLike, shape: Shape): Tensor {
  if (!Array.isArray(shape)) {
    throw new ArgumentError({ who: 'reshape', expected: 'a shape as a list of sizes', received: show(shape) })
  }
  return withTensor('reshape', 'x', x, ($x) => reshaped('reshape', $x, [...reshapedShape('reshape', $x.shape, shape)]))
}

function reshaped(who: string, x: Tensor, shape: Shape): Tensor {
  const from = x.shape
  return record(who, [x], x.alias(who, shape), [], (dy) => [reshaped(who, dy, from)])
}

/**
 * x, where it has this shape; a size that is null may be any.
 * @param x a tensor, or values for one
 * @param shape the sizes; null for any
 * @throws ShapeError where x has another
 * @example
 * console.log(ensureShape([[1, 2]], [null, 2]).shape) // [ 1, 2 ]
 */
export function ensureShape(x: TensorLike, shape: readonly (number | null)[]): Tensor {
  const who = 'ensureShape'
  return withTensor(who, 'x', x, ($x) => {
    const fits =
      Array.isArray(shape) && shape.length === $x.rank && shape.every((n, i) => n === null || n === $x.shape[i])
    if (fits) return clone($x)
    throw new ShapeError({
      who,
      expected: Array.isArray(shape) ? `x of shape ${showShape(shape)}` : 'a shape',
      received: showShape($x.shape),
    })
  })
}

/**
 * A size of 1 put in.
 * @param x a tensor, or values for one
 * @param axis where; negative from the end; default 0
 * @example
 * console.log(expandDims([1, 2, 3], 1).shape) // [ 3, 1 ]
 */
export function expandDims(x: TensorLike, axis?: number): Tensor {
  axis ??= 0
  return withTensor('expandDims', 'x', x, ($x) => {
    const at = checkAxis('expandDims', axis, $x.rank + 1)
    return reshaped('expandDims', $x, [...$x.shape.slice(0, at), 1, ...$x.shape.slice(at)])
  })
}

/**
 * Sizes of 1 taken out.
 * @param x a tensor, or values for one
 * @param axis which; default all that are 1
 * @throws ShapeError where a size at `axis` is not 1
 * @example
 * console.log(squeeze([[[1], [2]]]).shape) // [ 2 ]
 */
export function squeeze(x: TensorLike, axis?: number | readonly number[]): Tensor {
  return withTensor('squeeze', 'x', x, ($x) => {
    if (axis === undefined || axis === null || (Array.isArray(axis) && axis.length === 0)) {
      return reshaped(
        'squeeze',
        $x,
        $x.shape.filter((size) => size !== 1),
      )
    }
    const axes = checkAxes('squeeze', axis, $x.rank)
    if (axes.some((i) => $x.shape[i] !== 1)) {
      throw new ShapeError({
        who: 'squeeze',
        expected: `size 1 at axis ${show(axis)}`,
        received: showShape($x.shape),
      })
    }
    return reshaped(
      'squeeze',
      $x,
      $x.shape.filter((_, i) => !axes.includes(i)),
    )
  })
}

/**
 * The axes in another order: axis i of the result is axis perm[i] of x.
 * @param x a tensor, or values for one
 * @param perm each axis once; default reversed
 * @example
 * transpose([[1, 2, 3], [4, 5, 6]]).print() // [[1, 4], [2, 5], [3, 6]]
 */
export function transpose(x: TensorLike, perm?: readonly number[]): Tensor {
  return withTensor('transpose', 'x', x, ($x) => {
    const order = perm ?? $x.shape.map((_, axis) => $x.rank - 1 - axis)
    const axes = checkPermutation(order, $x)
    return transposed($x, axes)
  })
}

function checkPermutation(perm: readonly number[], x: Tensor): readonly number[] {
  const expected = `perm to be an order of the ${x.rank} axes of ${showShape(x.shape)}`
  if (!Array.isArray(perm) || perm.length !== x.rank) {
    throw new ArgumentError({ who: 'transpose', expected, received: show(perm) })
  }
  const axes = perm.map((axis) => checkAxis('transpose', axis, x.rank))
  if (new Set(axes).size === axes.length) return axes
  throw new ArgumentError({ who: 'transpose', expected, received: show(perm) })
}

function transposed(x: Tensor, perm: readonly number[]): Tensor {
  const who = 'transpose'
  const strides = stridesOf(x.shape)
  const shape = perm.map((axis) => x.shape[axis]!)
  const y = allocate(who, shape, x.dtype)
  const from = perm.map((axis) => strides[axis]!)
  copyStrided(runtime(who), x.at(who), y.at(who), shape, from, stridesOf(shape))
  return record(who, [x], y, [], (dy) => [
    transposed(
      dy,
      perm.map((_, axis) => perm.indexOf(axis)),
    ),
  ])
}

/**
 * The elements in reverse order.
 * @param x a tensor, or values for one
 * @param axis along one or several; default all
 * @example
 * reverse([[1, 2], [3, 4]], 1).print() // [[2, 1], [4, 3]]
 */
export function reverse(x: TensorLike, axis?: number | readonly number[]): Tensor {
  return withTensor('reverse', 'x', x, ($x) => reversed($x, checkAxes('reverse', axis, $x.rank)))
}

function reversed(x: Tensor, axes: readonly number[]): Tensor {
  const who = 'reverse'
  const strides = stridesOf(x.shape)
  const y = allocate(who, x.shape, x.dtype)
  let start = 0
  for (const axis of axes) start += (x.shape[axis]! - 1) * strides[axis]!
  const from = strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride))
  copyStrided(runtime(who), x.at(who) + 4 * start, y.at(who), x.shape, from, strides)
  return record(who, [x], y, [], (dy) => [reversed(dy, axes)])
}
