/** Ops that take tensors apart and put them together: a box is cut out, or put into a larger one. */

import { ArgumentError, checkInteger, ShapeError, show, showShape } from '../errors.ts'
import { checkAxis, concatShape, type Shape, sameShape, sizeOf } from '../shape.ts'
import { checkInt32, type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { expandDims, reshape } from './layout.ts'
import { allocate, record, runtime } from './op.ts'
import { withList, withTensor } from './operands.ts'
import { copyStrided, stridesOf } from './strided.ts'

/**
 * The box of x that starts at `begin` and has `size` elements along each axis. Missing numbers at the end, and a size of
 * -1, take all that is there.
 * @param x a tensor, or values for one
 * @param begin where the box starts, a number for each axis, or one for the first
 * @param size how many elements along each axis; default all that is there
 * @throws ArgumentError where the box leaves x
 * @example
 * slice([[1, 2, 3], [4, 5, 6]], [0, 1], [2, 2]).print() // [[2, 3], [5, 6]]
 */
export function slice(x: TensorLike, begin: number | readonly number[], size?: number | readonly number[]): Tensor {
  const who = 'slice'
  return withTensor(who, 'x', x, ($x) => {
    if ($x.rank === 0) throw new ShapeError({ who, expected: 'x of rank 1 or more', received: '[]' })
    const begins = numbers(who, 'begin', begin, $x)
    const sizes = size === undefined || size === null ? [] : numbers(who, 'size', size, $x)
    const from = $x.shape.map((_, axis) => begins[axis] ?? 0)
    const shape = $x.shape.map((length, axis) => {
      const given = sizes[axis] ?? -1
      return given === -1 ? length - from[axis]! : given
    })
    const fits = $x.shape.every(
      (length, axis) => from[axis]! >= 0 && shape[axis]! >= 0 && from[axis]! + shape[axis]! <= length,
    )
    if (fits) return sliced($x, from, shape)
    const received = `begin ${show(begin)} and size ${size === undefined || size === null ? 'none' : show(size)}`
    throw new ArgumentError({ who, expected: `a box within ${showShape($x.shape)}`, received })
  })
}

function numbers(who: string, argument: string, given: number | readonly number[], x: Tensor): readonly number[] {
  const list = typeof given === 'number' ? [given] : given
  if (Array.isArray(list) && list.length <= x.rank && list.every((n) => Number.isInteger(n))) return list
  const expected = `${argument} to be at most ${x.rank} integers for ${showShape(x.shape)}`
  throw new ArgumentError({ who, expected, received: show(given) })
}

function offsetOf(begin: readonly number[], strides: readonly number[]): number {
  return begin.reduce((offset, start, axis) => offset + start * strides[axis]!, 0)
}

function sliced(x: Tensor, begin: readonly number[], shape: Shape): Tensor {
  const who = 'slice'
  const y = allocate(who, shape, x.dtype)
  const strides = stridesOf(x.shape)
  copyStrided(runtime(who), x.at(who) + 4 * offsetOf(begin, strides), y.at(who), shape, strides, stridesOf(shape))
  const full = x.shape
  return record(who, [x], y, [], (dy) => [padded(dy, begin, full, 0)])
}

/**
 * One value put around x.
 * @param x a tensor, or values for one
 * @param paddings [before, after] for each axis
 * @param constantValue default 0
 * @example
 * pad([[1, 2]], [[0, 1], [1, 1]]).print() // [[0, 1, 2, 0], [0, 0, 0, 0]]
 */
export function pad(x: TensorLike, paddings: readonly (readonly [number, number])[], constantValue?: number): Tensor {
  const who = 'pad'
  constantValue ??= 0
  if (typeof constantValue !== 'number') {
    throw new ArgumentError({ who, expected: 'constantValue to be a number', received: show(constantValue) })
  }
  return withTensor(who, 'x', x, ($x) => {
    const valid = (pair: unknown): boolean =>
      Array.isArray(pair) && pair.length === 2 && pair.every((n) => Number.isInteger(n) && n >= 0)
    if (!Array.isArray(paddings) || paddings.length !== $x.rank || !paddings.every(valid)) {
      const expected = `paddings to be [before, after] for each axis of ${showShape($x.shape)}`
      throw new ArgumentError({ who, expected, received: show(paddings) })
    }
    const shape = $x.shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1])
    const begin = paddings.map(([before]) => before)
    if ($x.dtype === 'int32') checkInt32(who, constantValue)
    return padded($x, begin, shape, $x.dtype === 'bool' ? Number(constantValue !== 0) : constantValue)
  })
}

function padded(x: Tensor, begin: readonly number[], shape: Shape, value: number): Tensor {
  const who = 'pad'
  const y = allocate(who, shape, x.dtype)
  const owner = runtime(who)
  if (x.dtype === 'float32') owner.run('fill', y.size, y.at(who), value)
  else owner.run('fillInt', y.size, y.at(who), value)
  const strides = stridesOf(shape)
  copyStrided(owner, x.at(who), y.at(who) + 4 * offsetOf(begin, strides), x.shape, stridesOf(x.shape), strides)
  const inner = x.shape
  return record(who, [x], y, [], (dy) => [sliced(dy, begin, inner)])
}

/**
 * Tensors joined along an axis; all other sizes agree. Different dtypes give float32.
 * @param tensors at least one
 * @param axis negative from the end; default 0
 * @throws ShapeError where other sizes differ
 * @example
 * concat([[[1, 2]], [[3, 4]]], 0).print() // [[1, 2], [3, 4]]
 */
export function concat(tensors: readonly TensorLike[], axis?: number): Tensor {
  const who = 'concat'
  axis ??= 0
  return withList(who, 'tensors', tensors, ($tensors) => {
    const shapes = $tensors.map((tensor) => tensor.shape)
    if (shapes[0]!.length === 0) throw new ShapeError({ who, expected: 'tensors of rank 1 or more', received: '[]' })
    const along = checkAxis(who, axis, shapes[0]!.length)
    const shape = concatShape(who, shapes, along)
    const y = allocate(who, shape, $tensors[0]!.dtype)
    const outer = sizeOf(shape.slice(0, along))
    const row = sizeOf(shape.slice(along))
    let offset = 0
    const starts = $tensors.map((tensor) => {
      const start = offset
      const run = sizeOf(tensor.shape.slice(along))
      copyStrided(runtime(who), tensor.at(who), y.at(who) + 4 * start, [outer, run], [run, 1], [row, 1])
      offset += run
      return start
    })
    const inner = sizeOf(shape.slice(along + 1))
    return record(who, $tensors, y, [], (dy, _, wanted) =>
      shapes.map((part, i) => {
        const begin = shape.map((_, k) => (k === along && inner > 0 ? starts[i]! / inner : 0))
        return wanted[i] ? sliced(dy, begin, part) : null
      }),
    )
  })
}

/**
 * Tensors of one shape as the slices of a new axis.
 * @param tensors at least one
 * @param axis where the new one lies; default 0
 * @throws ShapeError where shapes differ
 * @example
 * stack([[1, 2], [3, 4]], 1).print() // [[1, 3], [2, 4]]
 */
export function stack(tensors: readonly TensorLike[], axis?: number): Tensor {
  const who = 'stack'
  axis ??= 0
  return withList(who, 'tensors', tensors, ($tensors) => {
    const { shape } = $tensors[0]!
    for (const tensor of $tensors) {
      if (sameShape(tensor.shape, shape)) continue
      throw new ShapeError({ who, expected: `tensors of shape ${showShape(shape)}`, received: showShape(tensor.shape) })
    }
    const along = checkAxis(who, axis, shape.length + 1)
    return tidy(() =>
      concat(
        $tensors.map((tensor) => expandDims(tensor, along)),
        along,
      ),
    )
  })
}

/**
 * The slices of an axis, without it.
 * @param x a tensor, or values for one
 * @param axis default 0
 * @example
 * const [first, second] = unstack([[1, 2], [3, 4]])
 * second.print() // [3, 4]
 */
export function unstack(x: TensorLike, axis?: number): Tensor[] {
  axis ??= 0
  return withTensor('unstack', 'x', x, ($x) => {
    if ($x.rank === 0) throw new ShapeError({ who: 'unstack', expected: 'x of rank 1 or more', received: '[]' })
    const along = checkAxis('unstack', axis, $x.rank)
    const shape = $x.shape.filter((_, i) => i !== along)
    const ones = Array.from({ length: $x.shape[along]! }, () => 1)
    return tidy(() => parts($x, ones, along).map((part) => reshape(part, shape)))
  })
}

/**
 * x cut along an axis.
 * @param x a tensor, or values for one
 * @param numOrSizeSplits into so many equal parts, or into parts of the given sizes, one of which may be -1 for what
 *   is left
 * @param axis default 0
 * @throws ArgumentError where the parts do not make up the axis
 * @example
 * const [left, right] = split([[1, 2, 3], [4, 5, 6]], [1, 2], 1)
 * right.print() // [[2, 3], [5, 6]]
 */
export function split(x: TensorLike, numOrSizeSplits: number | readonly number[], axis?: number): Tensor[] {
  const who = 'split'
  axis ??= 0
  return withTensor(who, 'x', x, ($x) => {
    if ($x.rank === 0) throw new ShapeError({ who, expected: 'x of rank 1 or more', received: '[]' })
    const along = checkAxis(who, axis, $x.rank)
    return parts($x, partSizes(who, numOrSizeSplits, $x.shape[along]!), along)
  })
}

function partSizes(who: string, given: number | readonly number[], length: number): readonly number[] {
  if (typeof given === 'number') {
    checkInteger(who, 'numOrSizeSplits', given, 1)
    if (length % given === 0) return Array.from({ length: given }, () => length / given)
    throw new ArgumentError({ who, expected: `a number of parts that divides ${length}`, received: String(given) })
  }
  if (!Array.isArray(given)) {
    throw new ArgumentError({ who, expected: 'a number of parts or a list of their sizes', received: show(given) })
  }
  if (!given.every((size) => Number.isInteger(size))) {
    throw new ArgumentError({ who, expected: 'sizes that are integers', received: show(given) })
  }
  const known = given.reduce((total, size) => total + (size === -1 ? 0 : size), 0)
  const open = given.filter((size) => size === -1).length
  const sizes = given.map((size) => (size === -1 ? length - known : size))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (open <= 1 && total === length && sizes.every((size) => Number.isInteger(size) && size >= 0)) return sizes
  throw new ArgumentError({ who, expected: `sizes that add up to ${length}`, received: show(given) })
}

function parts(x: Tensor, sizes: readonly number[], axis: number): Tensor[] {
  let start = 0
  return sizes.map((size) => {
    const begin = x.shape.map((_, i) => (i === axis ? start : 0))
    start += size
    return sliced(
      x,
      begin,
      x.shape.map((length, i) => (i === axis ? size : length)),
    )
  })
}
