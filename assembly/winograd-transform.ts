/**
 * The one-dimensional transforms of Winograd's minimal filtering F(4, 3) (Lavin and Gray 2016), four channels to a
 * vector. With them a 3 × 3 filter makes 4 × 4 outputs with 36 products of a channel instead of 144:
 *
 *     y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A      d 6 × 6 inputs, g 3 × 3 filter, y 4 × 4 outputs
 *
 * The interpolation points are 0, ±√½, ±√2 and ∞. The usual 0, ±1, ±2, ∞ need factors up to 8 in A and 5 in B; here
 * they are 2.9 and 2.5, and the rounding errors less than half as large. The points come in pairs ±p, whose rows differ
 * in the signs of the odd powers alone, so each pair is computed as a sum and a difference.
 *
 *     Bᵀ = 1    0   −2½   0    1   0       Aᵀ = 1   1    1    1     1   0       G =   1     0     0
 *          0  −√2   −2   √½    1   0            0  √½  −√½   √2   −√2   0           −2/3 −√2/3  −1/3
 *          0   √2   −2  −√½    1   0            0   ½    ½    2     2   0           −2/3  √2/3  −1/3
 *          0  −√½   −½   √2    1   0            0 √⅛  −√⅛   √8   −√8   1            1/6  √2/6   1/3
 *          0   √½   −½  −√2    1   0                                                1/6 −√2/6   1/3
 *          0    1    0  −2½    0   1                                                  0     0     1
 *
 * Each function is one matrix times one column of vectors: it loads them `step` bytes apart and stores the result
 * `stepTo` bytes apart. Two passes, over columns and then rows, make the two-dimensional transform. With `pair`, a constant,
 * it is a column of pairs of neighbouring vectors, for engines that make one register of two: all of them are loaded before
 * the first is stored.
 */

import { bounded, madd } from './simd'

/**
 * Where the factors stand behind the address `factors`, which writeFactors fills: V8 makes a constant vector anew at each
 * use, by three instructions, and from memory it takes one.
 */
// @ts-ignore: decorator
@inline const HALF_ROOT: usize = 0 // √½
// @ts-ignore: decorator
@inline const ROOT: usize = 4 // √2
// @ts-ignore: decorator
@inline const EIGHTH_ROOT: usize = 8 // √⅛
// @ts-ignore: decorator
@inline const TWICE_ROOT: usize = 12 // √8
// @ts-ignore: decorator
@inline const HALF: usize = 16
// @ts-ignore: decorator
@inline const TWO: usize = 20
// @ts-ignore: decorator
@inline const MINUS_HALF_ROOT: usize = 24
// @ts-ignore: decorator
@inline const MINUS_ROOT: usize = 28
// @ts-ignore: decorator
@inline const MINUS_HALF: usize = 32
// @ts-ignore: decorator
@inline const MINUS_TWO: usize = 36
// @ts-ignore: decorator
@inline const MINUS_FIVE_HALVES: usize = 40

/** The 11 factors, to memory. */
export function writeFactors(factors: usize): void {
  store<f32>(factors, 0.7071067811865476, HALF_ROOT)
  store<f32>(factors, 1.4142135623730951, ROOT)
  store<f32>(factors, 0.3535533905932738, EIGHTH_ROOT)
  store<f32>(factors, 2.8284271247461903, TWICE_ROOT)
  store<f32>(factors, 0.5, HALF)
  store<f32>(factors, 2, TWO)
  store<f32>(factors, -0.7071067811865476, MINUS_HALF_ROOT)
  store<f32>(factors, -1.4142135623730951, MINUS_ROOT)
  store<f32>(factors, -0.5, MINUS_HALF)
  store<f32>(factors, -2, MINUS_TWO)
  store<f32>(factors, -2.5, MINUS_FIVE_HALVES)
}

/** Stores a vector, or a pair. */
// @ts-ignore: decorator
@inline
function storePair(pair: bool, to: usize, v: v128, next: v128): void {
  v128.store(to, v)
  if (pair) v128.store(to, next, 16)
}

/** a · x + y */
// @ts-ignore: decorator
@inline
function axpy(a: v128, x: v128, y: v128): v128 {
  return madd(a, x, y)
}

// @ts-ignore: decorator
@inline
function scale(a: v128, x: v128): v128 {
  return f32x4.mul(a, x)
}

/** Bᵀ d: 6 inputs to 6. */
// @ts-ignore: decorator
@inline
export function transformInput(pair: bool, factors: usize, from: usize, step: usize, to: usize, stepTo: usize): void {
  const minusTwo = v128.load32_splat(factors, MINUS_TWO)
  const halfRoot = v128.load32_splat(factors, HALF_ROOT)
  const minusHalf = v128.load32_splat(factors, MINUS_HALF)
  const root = v128.load32_splat(factors, ROOT)
  const minusFiveHalves = v128.load32_splat(factors, MINUS_FIVE_HALVES)
  const d0 = v128.load(from), n0 = pair ? v128.load(from, 16) : d0
  const d1 = v128.load(from + step), n1 = pair ? v128.load(from + step, 16) : d1
  const d2 = v128.load(from + 2 * step), n2 = pair ? v128.load(from + 2 * step, 16) : d2
  const d3 = v128.load(from + 3 * step), n3 = pair ? v128.load(from + 3 * step, 16) : d3
  const d4 = v128.load(from + 4 * step), n4 = pair ? v128.load(from + 4 * step, 16) : d4
  const d5 = v128.load(from + 5 * step), n5 = pair ? v128.load(from + 5 * step, 16) : d5
  const even1 = axpy(minusTwo, d2, d4), evenNext1 = axpy(minusTwo, n2, n4)
  const odd1 = scale(halfRoot, axpy(minusTwo, d1, d3)), oddNext1 = scale(halfRoot, axpy(minusTwo, n1, n3))
  const even2 = axpy(minusHalf, d2, d4), evenNext2 = axpy(minusHalf, n2, n4)
  const odd2 = scale(root, axpy(minusHalf, d1, d3)), oddNext2 = scale(root, axpy(minusHalf, n1, n3))
  storePair(pair, to, f32x4.add(axpy(minusFiveHalves, d2, d0), d4), f32x4.add(axpy(minusFiveHalves, n2, n0), n4))
  storePair(pair, to + stepTo, f32x4.add(even1, odd1), f32x4.add(evenNext1, oddNext1))
  storePair(pair, to + 2 * stepTo, f32x4.sub(even1, odd1), f32x4.sub(evenNext1, oddNext1))
  storePair(pair, to + 3 * stepTo, f32x4.add(even2, odd2), f32x4.add(evenNext2, oddNext2))
  storePair(pair, to + 4 * stepTo, f32x4.sub(even2, odd2), f32x4.sub(evenNext2, oddNext2))
  storePair(
    pair, to + 5 * stepTo, f32x4.add(axpy(minusFiveHalves, d3, d1), d5),
    f32x4.add(axpy(minusFiveHalves, n3, n1), n5),
  )
}

/** Aᵀ m: 6 products to 4 outputs. */
// @ts-ignore: decorator
@inline
export function transformOutput(pair: bool, factors: usize, from: usize, step: usize, to: usize, stepTo: usize): void {
  const root = v128.load32_splat(factors, ROOT)
  const halfRoot = v128.load32_splat(factors, HALF_ROOT)
  const two = v128.load32_splat(factors, TWO)
  const half = v128.load32_splat(factors, HALF)
  const twiceRoot = v128.load32_splat(factors, TWICE_ROOT)
  const eighthRoot = v128.load32_splat(factors, EIGHTH_ROOT)
  const m0 = v128.load(from), n0 = pair ? v128.load(from, 16) : m0
  const m1 = v128.load(from + step), n1 = pair ? v128.load(from + step, 16) : m1
  const m2 = v128.load(from + 2 * step), n2 = pair ? v128.load(from + 2 * step, 16) : m2
  const m3 = v128.load(from + 3 * step), n3 = pair ? v128.load(from + 3 * step, 16) : m3
  const m4 = v128.load(from + 4 * step), n4 = pair ? v128.load(from + 4 * step, 16) : m4
  const m5 = v128.load(from + 5 * step), n5 = pair ? v128.load(from + 5 * step, 16) : m5
  const sum1 = f32x4.add(m1, m2), sumNext1 = f32x4.add(n1, n2)
  const sum2 = f32x4.add(m3, m4), sumNext2 = f32x4.add(n3, n4)
  const difference1 = f32x4.sub(m1, m2), differenceNext1 = f32x4.sub(n1, n2)
  const difference2 = f32x4.sub(m3, m4), differenceNext2 = f32x4.sub(n3, n4)
  storePair(pair, to, f32x4.add(f32x4.add(m0, sum1), sum2), f32x4.add(f32x4.add(n0, sumNext1), sumNext2))
  storePair(
    pair, to + stepTo, axpy(root, difference2, scale(halfRoot, difference1)),
    axpy(root, differenceNext2, scale(halfRoot, differenceNext1)),
  )
  storePair(pair, to + 2 * stepTo, axpy(two, sum2, scale(half, sum1)), axpy(two, sumNext2, scale(half, sumNext1)))
  storePair(
    pair, to + 3 * stepTo, f32x4.add(axpy(twiceRoot, difference2, scale(eighthRoot, difference1)), m5),
    f32x4.add(axpy(twiceRoot, differenceNext2, scale(eighthRoot, differenceNext1)), n5),
  )
}

/** An output with its bias, bounded. */
// @ts-ignore: decorator
@inline
function output(v: v128, bias: v128, low: v128, high: v128): v128 {
  return bounded(f32x4.add(v, bias), low, high)
}

/** The same for outputs that are finished: each with its bias, within the bounds. biasNext is that of the second vectors. */
// @ts-ignore: decorator
@inline
export function transformToOutputs(
  pair: bool, factors: usize, from: usize, step: usize, to: usize, stepTo: usize,
  bias: v128, biasNext: v128, low: v128, high: v128,
): void {
  const root = v128.load32_splat(factors, ROOT)
  const halfRoot = v128.load32_splat(factors, HALF_ROOT)
  const two = v128.load32_splat(factors, TWO)
  const half = v128.load32_splat(factors, HALF)
  const twiceRoot = v128.load32_splat(factors, TWICE_ROOT)
  const eighthRoot = v128.load32_splat(factors, EIGHTH_ROOT)
  const m0 = v128.load(from), n0 = pair ? v128.load(from, 16) : m0
  const m1 = v128.load(from + step), n1 = pair ? v128.load(from + step, 16) : m1
  const m2 = v128.load(from + 2 * step), n2 = pair ? v128.load(from + 2 * step, 16) : m2
  const m3 = v128.load(from + 3 * step), n3 = pair ? v128.load(from + 3 * step, 16) : m3
  const m4 = v128.load(from + 4 * step), n4 = pair ? v128.load(from + 4 * step, 16) : m4
  const m5 = v128.load(from + 5 * step), n5 = pair ? v128.load(from + 5 * step, 16) : m5
  const sum1 = f32x4.add(m1, m2), sumNext1 = f32x4.add(n1, n2)
  const sum2 = f32x4.add(m3, m4), sumNext2 = f32x4.add(n3, n4)
  const difference1 = f32x4.sub(m1, m2), differenceNext1 = f32x4.sub(n1, n2)
  const difference2 = f32x4.sub(m3, m4), differenceNext2 = f32x4.sub(n3, n4)
  storePair(
    pair, to, output(f32x4.add(f32x4.add(m0, sum1), sum2), bias, low, high),
    output(f32x4.add(f32x4.add(n0, sumNext1), sumNext2), biasNext, low, high),
  )
  storePair(
    pair, to + stepTo, output(axpy(root, difference2, scale(halfRoot, difference1)), bias, low, high),
    output(axpy(root, differenceNext2, scale(halfRoot, differenceNext1)), biasNext, low, high),
  )
  storePair(
    pair, to + 2 * stepTo, output(axpy(two, sum2, scale(half, sum1)), bias, low, high),
    output(axpy(two, sumNext2, scale(half, sumNext1)), biasNext, low, high),
  )
  storePair(
    pair, to + 3 * stepTo,
    output(f32x4.add(axpy(twiceRoot, difference2, scale(eighthRoot, difference1)), m5), bias, low, high),
    output(f32x4.add(axpy(twiceRoot, differenceNext2, scale(eighthRoot, differenceNext1)), n5), biasNext, low, high),
  )
}

/** A y: the gradients of 4 outputs to those of 6 products. */
// @ts-ignore: decorator
@inline
export function transformOutputGrad(
  pair: bool, factors: usize, from: usize, step: usize, to: usize, stepTo: usize,
): void {
  const half = v128.load32_splat(factors, HALF)
  const eighthRoot = v128.load32_splat(factors, EIGHTH_ROOT)
  const halfRoot = v128.load32_splat(factors, HALF_ROOT)
  const two = v128.load32_splat(factors, TWO)
  const twiceRoot = v128.load32_splat(factors, TWICE_ROOT)
  const root = v128.load32_splat(factors, ROOT)
  const y0 = v128.load(from), n0 = pair ? v128.load(from, 16) : y0
  const y1 = v128.load(from + step), n1 = pair ? v128.load(from + step, 16) : y1
  const y2 = v128.load(from + 2 * step), n2 = pair ? v128.load(from + 2 * step, 16) : y2
  const y3 = v128.load(from + 3 * step), n3 = pair ? v128.load(from + 3 * step, 16) : y3
  const even1 = axpy(half, y2, y0), evenNext1 = axpy(half, n2, n0)
  const odd1 = axpy(eighthRoot, y3, scale(halfRoot, y1)), oddNext1 = axpy(eighthRoot, n3, scale(halfRoot, n1))
  const even2 = axpy(two, y2, y0), evenNext2 = axpy(two, n2, n0)
  const odd2 = axpy(twiceRoot, y3, scale(root, y1)), oddNext2 = axpy(twiceRoot, n3, scale(root, n1))
  storePair(pair, to, y0, n0)
  storePair(pair, to + stepTo, f32x4.add(even1, odd1), f32x4.add(evenNext1, oddNext1))
  storePair(pair, to + 2 * stepTo, f32x4.sub(even1, odd1), f32x4.sub(evenNext1, oddNext1))
  storePair(pair, to + 3 * stepTo, f32x4.add(even2, odd2), f32x4.add(evenNext2, oddNext2))
  storePair(pair, to + 4 * stepTo, f32x4.sub(even2, odd2), f32x4.sub(evenNext2, oddNext2))
  storePair(pair, to + 5 * stepTo, y3, n3)
}

/** B v: the gradients of 6 transformed inputs to those of the 6 inputs. */
// @ts-ignore: decorator
@inline
export function transformInputGrad(
  pair: bool, factors: usize, from: usize, step: usize, to: usize, stepTo: usize,
): void {
  const minusHalfRoot = v128.load32_splat(factors, MINUS_HALF_ROOT)
  const minusRoot = v128.load32_splat(factors, MINUS_ROOT)
  const minusHalf = v128.load32_splat(factors, MINUS_HALF)
  const minusTwo = v128.load32_splat(factors, MINUS_TWO)
  const minusFiveHalves = v128.load32_splat(factors, MINUS_FIVE_HALVES)
  const root = v128.load32_splat(factors, ROOT)
  const halfRoot = v128.load32_splat(factors, HALF_ROOT)
  const v0 = v128.load(from), n0 = pair ? v128.load(from, 16) : v0
  const v1 = v128.load(from + step), n1 = pair ? v128.load(from + step, 16) : v1
  const v2 = v128.load(from + 2 * step), n2 = pair ? v128.load(from + 2 * step, 16) : v2
  const v3 = v128.load(from + 3 * step), n3 = pair ? v128.load(from + 3 * step, 16) : v3
  const v4 = v128.load(from + 4 * step), n4 = pair ? v128.load(from + 4 * step, 16) : v4
  const v5 = v128.load(from + 5 * step), n5 = pair ? v128.load(from + 5 * step, 16) : v5
  const sum1 = f32x4.add(v1, v2), sumNext1 = f32x4.add(n1, n2)
  const sum2 = f32x4.add(v3, v4), sumNext2 = f32x4.add(n3, n4)
  const difference1 = f32x4.sub(v1, v2), differenceNext1 = f32x4.sub(n1, n2)
  const difference2 = f32x4.sub(v3, v4), differenceNext2 = f32x4.sub(n3, n4)
  storePair(pair, to, v0, n0)
  storePair(
    pair, to + stepTo, axpy(minusHalfRoot, difference2, axpy(minusRoot, difference1, v5)),
    axpy(minusHalfRoot, differenceNext2, axpy(minusRoot, differenceNext1, n5)),
  )
  storePair(
    pair, to + 2 * stepTo, axpy(minusHalf, sum2, axpy(minusTwo, sum1, scale(minusFiveHalves, v0))),
    axpy(minusHalf, sumNext2, axpy(minusTwo, sumNext1, scale(minusFiveHalves, n0))),
  )
  storePair(
    pair, to + 3 * stepTo, axpy(root, difference2, axpy(halfRoot, difference1, scale(minusFiveHalves, v5))),
    axpy(root, differenceNext2, axpy(halfRoot, differenceNext1, scale(minusFiveHalves, n5))),
  )
  storePair(pair, to + 4 * stepTo, f32x4.add(f32x4.add(v0, sum1), sum2), f32x4.add(f32x4.add(n0, sumNext1), sumNext2))
  storePair(pair, to + 5 * stepTo, v5, n5)
}

// @ts-ignore: decorator
@inline const ROOT_OF_TWO: f32 = 1.4142135623730951

/** a · x + y with a constant: filters are transformed so seldom that it does not matter. */
// @ts-ignore: decorator
@inline
function times(a: f32, x: v128, y: v128): v128 {
  return madd(f32x4.splat(a), x, y)
}

// @ts-ignore: decorator
@inline
function product(a: f32, x: v128): v128 {
  return f32x4.mul(f32x4.splat(a), x)
}

/** G g: 3 filter values to 6. */
// @ts-ignore: decorator
@inline
export function transformFilter(from: usize, step: usize, to: usize, stepTo: usize): void {
  const g0 = v128.load(from)
  const g1 = v128.load(from + step)
  const g2 = v128.load(from + 2 * step)
  v128.store(to, g0)
  const even1 = product(<f32>(-1 / 3.0), times(2, g0, g2))
  const odd1 = product(-ROOT_OF_TWO / 3, g1)
  v128.store(to + stepTo, f32x4.add(even1, odd1))
  v128.store(to + 2 * stepTo, f32x4.sub(even1, odd1))
  const even2 = product(<f32>(1 / 6.0), times(2, g2, g0))
  const odd2 = product(ROOT_OF_TWO / 6, g1)
  v128.store(to + 3 * stepTo, f32x4.add(even2, odd2))
  v128.store(to + 4 * stepTo, f32x4.sub(even2, odd2))
  v128.store(to + 5 * stepTo, g2)
}

/** Gᵀ u: the gradients of 6 transformed filter values to those of the 3. */
// @ts-ignore: decorator
@inline
export function transformFilterGrad(from: usize, step: usize, to: usize, stepTo: usize): void {
  const u0 = v128.load(from)
  const u1 = v128.load(from + step)
  const u2 = v128.load(from + 2 * step)
  const u3 = v128.load(from + 3 * step)
  const u4 = v128.load(from + 4 * step)
  const u5 = v128.load(from + 5 * step)
  const sum1 = product(<f32>(-1 / 3.0), f32x4.add(u1, u2))
  const sum2 = product(<f32>(1 / 6.0), f32x4.add(u3, u4))
  v128.store(to, f32x4.add(times(2, sum1, u0), sum2))
  v128.store(to + stepTo, times(ROOT_OF_TWO / 6, f32x4.sub(u3, u4), product(-ROOT_OF_TWO / 3, f32x4.sub(u1, u2))))
  v128.store(to + 2 * stepTo, f32x4.add(times(2, sum2, sum1), u5))
}
