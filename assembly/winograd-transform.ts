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

// @ts-ignore: decorator
@inline const HALF_ROOT: f32 = 0.7071067811865476 // √½
// @ts-ignore: decorator
@inline const ROOT: f32 = 1.4142135623730951 // √2
// @ts-ignore: decorator
@inline const EIGHTH_ROOT: f32 = 0.3535533905932738 // √⅛
// @ts-ignore: decorator
@inline const TWICE_ROOT: f32 = 2.8284271247461903 // √8

/** Stores a vector, or a pair. */
// @ts-ignore: decorator
@inline
function storePair(pair: bool, to: usize, v: v128, next: v128): void {
  v128.store(to, v)
  if (pair) v128.store(to, next, 16)
}

/** a · x + y of a number and two vectors. */
// @ts-ignore: decorator
@inline
function axpy(a: f32, x: v128, y: v128): v128 {
  return madd(f32x4.splat(a), x, y)
}

// @ts-ignore: decorator
@inline
function scale(a: f32, x: v128): v128 {
  return f32x4.mul(f32x4.splat(a), x)
}

/** Bᵀ d: 6 inputs to 6. */
// @ts-ignore: decorator
@inline
export function transformInput(pair: bool, from: usize, step: usize, to: usize, stepTo: usize): void {
  const d0 = v128.load(from), n0 = pair ? v128.load(from, 16) : d0
  const d1 = v128.load(from + step), n1 = pair ? v128.load(from + step, 16) : d1
  const d2 = v128.load(from + 2 * step), n2 = pair ? v128.load(from + 2 * step, 16) : d2
  const d3 = v128.load(from + 3 * step), n3 = pair ? v128.load(from + 3 * step, 16) : d3
  const d4 = v128.load(from + 4 * step), n4 = pair ? v128.load(from + 4 * step, 16) : d4
  const d5 = v128.load(from + 5 * step), n5 = pair ? v128.load(from + 5 * step, 16) : d5
  const even1 = axpy(-2, d2, d4), evenNext1 = axpy(-2, n2, n4)
  const odd1 = scale(HALF_ROOT, axpy(-2, d1, d3)), oddNext1 = scale(HALF_ROOT, axpy(-2, n1, n3))
  const even2 = axpy(-0.5, d2, d4), evenNext2 = axpy(-0.5, n2, n4)
  const odd2 = scale(ROOT, axpy(-0.5, d1, d3)), oddNext2 = scale(ROOT, axpy(-0.5, n1, n3))
  storePair(pair, to, f32x4.add(axpy(-2.5, d2, d0), d4), f32x4.add(axpy(-2.5, n2, n0), n4))
  storePair(pair, to + stepTo, f32x4.add(even1, odd1), f32x4.add(evenNext1, oddNext1))
  storePair(pair, to + 2 * stepTo, f32x4.sub(even1, odd1), f32x4.sub(evenNext1, oddNext1))
  storePair(pair, to + 3 * stepTo, f32x4.add(even2, odd2), f32x4.add(evenNext2, oddNext2))
  storePair(pair, to + 4 * stepTo, f32x4.sub(even2, odd2), f32x4.sub(evenNext2, oddNext2))
  storePair(pair, to + 5 * stepTo, f32x4.add(axpy(-2.5, d3, d1), d5), f32x4.add(axpy(-2.5, n3, n1), n5))
}

/** Aᵀ m: 6 products to 4 outputs. */
// @ts-ignore: decorator
@inline
export function transformOutput(pair: bool, from: usize, step: usize, to: usize, stepTo: usize): void {
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
    pair, to + stepTo, axpy(ROOT, difference2, scale(HALF_ROOT, difference1)),
    axpy(ROOT, differenceNext2, scale(HALF_ROOT, differenceNext1)),
  )
  storePair(pair, to + 2 * stepTo, axpy(2, sum2, scale(0.5, sum1)), axpy(2, sumNext2, scale(0.5, sumNext1)))
  storePair(
    pair, to + 3 * stepTo, f32x4.add(axpy(TWICE_ROOT, difference2, scale(EIGHTH_ROOT, difference1)), m5),
    f32x4.add(axpy(TWICE_ROOT, differenceNext2, scale(EIGHTH_ROOT, differenceNext1)), n5),
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
  pair: bool, from: usize, step: usize, to: usize, stepTo: usize, bias: v128, biasNext: v128, low: v128, high: v128,
): void {
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
    pair, to + stepTo, output(axpy(ROOT, difference2, scale(HALF_ROOT, difference1)), bias, low, high),
    output(axpy(ROOT, differenceNext2, scale(HALF_ROOT, differenceNext1)), biasNext, low, high),
  )
  storePair(
    pair, to + 2 * stepTo, output(axpy(2, sum2, scale(0.5, sum1)), bias, low, high),
    output(axpy(2, sumNext2, scale(0.5, sumNext1)), biasNext, low, high),
  )
  storePair(
    pair, to + 3 * stepTo, output(f32x4.add(axpy(TWICE_ROOT, difference2, scale(EIGHTH_ROOT, difference1)), m5), bias, low, high),
    output(f32x4.add(axpy(TWICE_ROOT, differenceNext2, scale(EIGHTH_ROOT, differenceNext1)), n5), biasNext, low, high),
  )
}

/** A y: the gradients of 4 outputs to those of 6 products. */
// @ts-ignore: decorator
@inline
export function transformOutputGrad(pair: bool, from: usize, step: usize, to: usize, stepTo: usize): void {
  const y0 = v128.load(from), n0 = pair ? v128.load(from, 16) : y0
  const y1 = v128.load(from + step), n1 = pair ? v128.load(from + step, 16) : y1
  const y2 = v128.load(from + 2 * step), n2 = pair ? v128.load(from + 2 * step, 16) : y2
  const y3 = v128.load(from + 3 * step), n3 = pair ? v128.load(from + 3 * step, 16) : y3
  const even1 = axpy(0.5, y2, y0), evenNext1 = axpy(0.5, n2, n0)
  const odd1 = axpy(EIGHTH_ROOT, y3, scale(HALF_ROOT, y1)), oddNext1 = axpy(EIGHTH_ROOT, n3, scale(HALF_ROOT, n1))
  const even2 = axpy(2, y2, y0), evenNext2 = axpy(2, n2, n0)
  const odd2 = axpy(TWICE_ROOT, y3, scale(ROOT, y1)), oddNext2 = axpy(TWICE_ROOT, n3, scale(ROOT, n1))
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
export function transformInputGrad(pair: bool, from: usize, step: usize, to: usize, stepTo: usize): void {
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
    pair, to + stepTo, axpy(-HALF_ROOT, difference2, axpy(-ROOT, difference1, v5)),
    axpy(-HALF_ROOT, differenceNext2, axpy(-ROOT, differenceNext1, n5)),
  )
  storePair(
    pair, to + 2 * stepTo, axpy(-0.5, sum2, axpy(-2, sum1, scale(-2.5, v0))),
    axpy(-0.5, sumNext2, axpy(-2, sumNext1, scale(-2.5, n0))),
  )
  storePair(
    pair, to + 3 * stepTo, axpy(ROOT, difference2, axpy(HALF_ROOT, difference1, scale(-2.5, v5))),
    axpy(ROOT, differenceNext2, axpy(HALF_ROOT, differenceNext1, scale(-2.5, n5))),
  )
  storePair(pair, to + 4 * stepTo, f32x4.add(f32x4.add(v0, sum1), sum2), f32x4.add(f32x4.add(n0, sumNext1), sumNext2))
  storePair(pair, to + 5 * stepTo, v5, n5)
}

/** G g: 3 filter values to 6. */
// @ts-ignore: decorator
@inline
export function transformFilter(from: usize, step: usize, to: usize, stepTo: usize): void {
  const g0 = v128.load(from)
  const g1 = v128.load(from + step)
  const g2 = v128.load(from + 2 * step)
  v128.store(to, g0)
  const even1 = scale(<f32>(-1 / 3.0), axpy(2, g0, g2))
  const odd1 = scale(-ROOT / 3, g1)
  v128.store(to + stepTo, f32x4.add(even1, odd1))
  v128.store(to + 2 * stepTo, f32x4.sub(even1, odd1))
  const even2 = scale(<f32>(1 / 6.0), axpy(2, g2, g0))
  const odd2 = scale(ROOT / 6, g1)
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
  const sum1 = scale(<f32>(-1 / 3.0), f32x4.add(u1, u2))
  const sum2 = scale(<f32>(1 / 6.0), f32x4.add(u3, u4))
  v128.store(to, f32x4.add(axpy(2, sum1, u0), sum2))
  v128.store(to + stepTo, axpy(ROOT / 6, f32x4.sub(u3, u4), scale(-ROOT / 3, f32x4.sub(u1, u2))))
  v128.store(to + 2 * stepTo, f32x4.add(axpy(2, sum2, sum1), u5))
}
