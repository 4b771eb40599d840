/**
 * Reductions over any axes. Integers are reduced exactly and stay int32 (bool counts as 0 and 1); means are float32. The
 * sum is in sum.ts.
 */

import { isRecording, withoutTape } from '../autograd.ts'
import { ArgumentError, ShapeError, show, showShape } from '../errors.ts'
import { checkAxes, checkAxis, reducedShape, type Shape, sizeOf } from '../shape.ts'
import { type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { div, mul, sub } from './arithmetic.ts'
import { equal, where } from './compare.ts'
import { reshape } from './layout.ts'
import { allocate, cast, record, runtime } from './op.ts'
import { composed, withFloat, withTensor, withType } from './operands.ts'
import {
  type Axis,
  blocksAxis,
  byKernel,
  byLoop,
  type LoopReduction,
  type Reduction,
  reduceAxes,
  reduction,
  runsOf,
} from './reduction.ts'
import { broadcastTo, sum } from './sum.ts'
import { abs, sqrt, square } from './unary.ts'

/** Each of several equal extremes gets the whole gradient, as in TF.js. In one pass where nobody differentiates it again. */
function whereExtreme(dy: Tensor, shape: Shape, axes: readonly number[], x: Tensor, y: Tensor): Tensor {
  const runs = runsOf(shape, axes)
  const along = runs.findIndex(({ reduced }) => reduced)
  const isOnlyOne = !runs.slice(along + 1).some(({ reduced }) => reduced)
  if (along < 0 || !isOnlyOne || sizeOf(shape) === 0 || isRecording([dy, x, y]))
    return mul(dy, cast(equal(x, y), 'float32'))
  const who = 'max'
  const dx = allocate(who, shape)
  const reduce = runs[along]!.size
  const inner = sizeOf(runs.slice(along + 1).map(({ size }) => size))
  const row = inner === 1 ? reduce : inner
  const axis = { extent: dx.size / row, work: 2 * row, grain: 1 }
  runtime(who).run('reduceExtremeGrad', axis, x.at(who), y.at(who), dy.at(who), dx.at(who), reduce, inner)
  return dx
}

const REDUCTIONS = {
  mean: {
    kernel: 'reduceMean',
    saves: false,
    dx: (dy, shape) => broadcastTo(mul(dy, dy.size / sizeOf(shape)), shape),
  },
  max: {
    kernel: 'reduceMax',
    integers: { start: -(2 ** 31), step: (top, n) => Math.max(top, n) },
    saves: true,
    dx: whereExtreme,
  },
  min: {
    kernel: 'reduceMin',
    integers: { start: 2 ** 31 - 1, step: (bottom, n) => Math.min(bottom, n) },
    saves: true,
    dx: whereExtreme,
  },
  prod: {
    kernel: 'reduceProd',
    integers: { start: 1, step: (product, n) => Math.imul(product, n) },
    saves: true,
    dx: prodGrad,
  },
} as const satisfies Record<string, Reduction>

/** dx = dy · the product of the others: y / x where no x is 0, and finite where one is. It has no gradient of its own. */
function prodGrad(dy: Tensor, shape: Shape, axes: readonly number[], x: Tensor, y: Tensor): Tensor {
  const dx = withoutTape('prod', () => {
    const isZero = equal(x, 0)
    const zeros = sum(isZero, axes, true)
    const others = where(isZero, 1, x)
    const product = prod(others, axes, true)
    const atZero = where(equal(zeros, 1), product, 0)
    const elsewhere = where(equal(zeros, 0), div(y, others), 0)
    return mul(dy, where(isZero, broadcastTo(atZero, shape), elsewhere))
  })
  return record('prodGrad', [dy, x], dx)
}

/**
 * The mean over `axis`, float32; NaN of nothing.
 * @param x a tensor, or values for one
 * @param axis one or several, negative ones from the end; default all
 * @param keepDims whether they stay, with size 1; default false
 * @example
 * mean([[1, 2], [3, 4]], 1).print() // [1.5, 3.5]
 */
export function mean(x: TensorLike, axis?: Axis, keepDims?: boolean): Tensor {
  return reduction('mean', REDUCTIONS.mean, x, axis, keepDims)
}

/**
 * The largest value over `axis`; NaN where there is one. Equal maxima get the whole gradient each.
 * @param x a tensor, or values for one
 * @param axis one or several, negative ones from the end; default all
 * @param keepDims whether they stay, with size 1; default false
 * @example
 * max([[1, 2], [3, 4]], 1, true).print() // [[2], [4]]
 */
export function max(x: TensorLike, axis?: Axis, keepDims?: boolean): Tensor {
  return reduction('max', REDUCTIONS.max, x, axis, keepDims)
}

/**
 * The smallest value over `axis`; NaN where there is one. Equal minima get the whole gradient each.
 * @param x a tensor, or values for one
 * @param axis one or several, negative ones from the end; default all
 * @param keepDims whether they stay, with size 1; default false
 * @example
 * min([[1, 2], [3, 4]], 0).print() // [1, 2]
 */
export function min(x: TensorLike, axis?: Axis, keepDims?: boolean): Tensor {
  return reduction('min', REDUCTIONS.min, x, axis, keepDims)
}

/**
 * The product over `axis`.
 * @param x a tensor, or values for one
 * @param axis one or several, negative ones from the end; default all
 * @param keepDims whether they stay, with size 1; default false
 * @example
 * prod([2, 3, 4]).print() // 24
 */
export function prod(x: TensorLike, axis?: Axis, keepDims?: boolean): Tensor {
  return reduction('prod', REDUCTIONS.prod, x, axis, keepDims)
}

function logical(who: 'any' | 'all', x: TensorLike, axis: Axis | undefined, keepDims: boolean | undefined): Tensor {
  return withType(who, 'x', x, 'bool', ($x) => {
    const axes = checkAxes(who, axis, $x.rank)
    const shape = reducedShape($x.shape, axes, keepDims ?? false)
    return reduceAxes(who, $x, axes, shape, 'bool', byKernel(who, who === 'any' ? 'reduceAny' : 'reduceAll'))
  })
}

/**
 * Whether any element over `axis` is true, as bool.
 * @param x a tensor, or values for one
 * @param axis one or several, negative ones from the end; default all
 * @param keepDims whether they stay, with size 1; default false
 * @example
 * any([[true, false], [false, false]], 1).print() // [true, false]
 */
export function any(x: TensorLike, axis?: Axis, keepDims?: boolean): Tensor {
  return logical('any', x, axis, keepDims)
}

/**
 * Whether all elements over `axis` are true, as bool.
 * @param x a tensor, or values for one
 * @param axis one or several, negative ones from the end; default all
 * @param keepDims whether they stay, with size 1; default false
 * @example
 * all([[true, true], [true, false]], 1).print() // [true, false]
 */
export function all(x: TensorLike, axis?: Axis, keepDims?: boolean): Tensor {
  return logical('all', x, axis, keepDims)
}

/** Integers are compared as integers: floats do not tell those above 2²⁴ apart. */
function firstExtreme(who: 'argMax' | 'argMin'): LoopReduction {
  const isBetter = who === 'argMax' ? (a: number, b: number) => a > b : (a: number, b: number) => a < b
  return (read, count) => {
    let best = 0
    for (let r = 1; r < count; r++) if (isBetter(read(r), read(best))) best = r
    return best
  }
}

function indexOf(who: 'argMax' | 'argMin', x: TensorLike, axis: number): Tensor {
  return withTensor(who, 'x', x, ($x) => {
    if ($x.rank === 0) throw new ShapeError({ who, expected: 'x of rank 1 or more', received: '[]' })
    const along = checkAxis(who, axis, $x.rank)
    const reduce = $x.shape[along]!
    if (reduce === 0) {
      throw new ShapeError({ who, expected: `elements along axis ${along}`, received: showShape($x.shape) })
    }
    const inner = sizeOf($x.shape.slice(along + 1))
    const outer = sizeOf($x.shape.slice(0, along))
    const y = allocate(who, reducedShape($x.shape, [along], false), 'int32')
    if ($x.dtype === 'float32') {
      runtime(who).run(who, blocksAxis(outer, reduce, inner), $x.at(who), y.at(who), outer, reduce, inner)
    } else if (y.size > 0) {
      byLoop(firstExtreme(who))($x, y, outer, reduce, inner)
    }
    return y
  })
}

/**
 * Where the largest value along `axis` is, as int32: the first of equals; a NaN counts as largest.
 * @param x a tensor, or values for one
 * @param axis one, negative from the end; default 0
 * @example
 * argMax([[1, 9], [8, 2]], -1).print() // [1, 0]
 */
export function argMax(x: TensorLike, axis?: number): Tensor {
  return indexOf('argMax', x, axis ?? 0)
}

/**
 * Where the smallest value along `axis` is, as int32: the first of equals; a NaN counts as smallest.
 * @param x a tensor, or values for one
 * @param axis one, negative from the end; default 0
 * @example
 * argMin([[1, 9], [8, 2]], -1).print() // [0, 1]
 */
export function argMin(x: TensorLike, axis?: number): Tensor {
  return indexOf('argMin', x, axis ?? 0)
}

/**
 * The mean and the variance over `axis`; the variance is that of a population, divided by n.
 * @param x a tensor, or values for one
 * @param axis one or several, negative ones from the end; default all
 * @param keepDims whether they stay, with size 1; default false
 * @example
 * const { mean, variance } = moments([1, 2, 3, 4])
 * console.log(mean.arraySync(), variance.arraySync()) // 2.5 1.25
 */
export function moments(x: TensorLike, axis?: Axis, keepDims?: boolean): { mean: Tensor; variance: Tensor } {
  return withFloat('moments', 'x', x, ($x) =>
    tidy(() => {
      const axes = checkAxes('moments', axis, $x.rank)
      const centre = mean($x, axes, true)
      const average = reshape(centre, reducedShape($x.shape, axes, keepDims ?? false))
      return { mean: average, variance: mean(square(sub($x, centre)), axes, keepDims) }
    }),
  )
}

/**
 * The norm over `axis`, of vectors (one axis, or all as one vector) or of matrices (two axes).
 * @param x a tensor, or values for one
 * @param ord of vectors 'euclidean' (the default, also 2 and 'fro') = √Σx², 1 = Σ|x|, ±Infinity = the largest or
 *   smallest |x|; of matrices as in TF.js, but for 2
 * @param axis one or several, negative ones from the end; default all
 * @param keepDims whether they stay, with size 1; default false
 * @throws ArgumentError for 2 of matrices, and for what is no norm
 * @example
 * norm([3, 4]).print() // 5
 * norm([3, -4], 1).print() // 7
 */
export function norm(x: TensorLike, ord?: 'euclidean' | 'fro' | number, axis?: Axis, keepDims?: boolean): Tensor {
  const who = 'norm'
  ord ??= 'euclidean'
  return composed(who, x, ($x) => {
    if (Array.isArray(axis) && axis.length === 2) return matrixNorm(who, $x, ord, axis, keepDims)
    if (Array.isArray(axis) && axis.length > 2) {
      throw new ArgumentError({ who, expected: 'one axis, or the two of a matrix', received: show(axis) })
    }
    if (ord === 'euclidean' || ord === 'fro' || ord === 2) return sqrt(sum(square($x), axis, keepDims))
    if (ord === 1) return sum(abs($x), axis, keepDims)
    if (ord === Number.POSITIVE_INFINITY) return max(abs($x), axis, keepDims)
    if (ord === Number.NEGATIVE_INFINITY) return min(abs($x), axis, keepDims)
    throw new ArgumentError({ who, expected: "ord 'euclidean', 'fro', 1, 2 or ±Infinity", received: show(ord) })
  })
}

/**
 * `norm` of vectors or, over two axes, of matrices: √Σx².
 * @param x a tensor, or values for one
 * @param axis one or several, negative ones from the end; default all
 * @param keepDims whether they stay, with size 1; default false
 * @example
 * euclideanNorm([3, 4]).print() // 5
 */
export function euclideanNorm(x: TensorLike, axis?: Axis, keepDims?: boolean): Tensor {
  return norm(x, 'euclidean', axis, keepDims)
}

/** 'euclidean', 'fro' = √Σx²; 1 = the largest sum of a column's |x|, ±Infinity = the largest or smallest of a row's. */
function matrixNorm(who: string, x: Tensor, ord: unknown, axis: readonly number[], keepDims?: boolean): Tensor {
  const [rows, columns] = axis.map((given) => checkAxis(who, given, x.rank)) as [number, number]
  checkAxes(who, axis, x.rank)
  if (ord === 'euclidean' || ord === 'fro') return sqrt(sum(square(x), axis, keepDims))
  const shape = reducedShape(x.shape, [rows, columns], keepDims ?? false)
  const sums = (over: number): Tensor => sum(abs(x), over, true)
  if (ord === 1) return reshape(max(sums(rows), columns, true), shape)
  if (ord === Number.POSITIVE_INFINITY) return reshape(max(sums(columns), rows, true), shape)
  if (ord === Number.NEGATIVE_INFINITY) return reshape(min(sums(columns), rows, true), shape)
  const hint = 'the spectral norm is not computed'
  throw new ArgumentError({
    who,
    expected: "ord 'euclidean', 'fro', 1 or ±Infinity over two axes",
    received: show(ord),
    hint,
  })
}
