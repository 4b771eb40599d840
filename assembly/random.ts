/**
 * Random numbers from a counter-based generator, Philox 4×32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers:
 * as easy as 1, 2, 3; 2011). A number depends on the seed, the stream and its index alone: not on the range that
 * computes it, and a dropout mask is drawn again in the backward pass instead of being kept.
 *
 * One call of Philox turns a counter of four words, under a key of two, into four random words. Element i belongs to
 *
 *   block = ⌊i / 16⌋   lane j = i mod 4   word k = ⌊i / 4⌋ mod 4
 *   counter = (4·block + j, 0, streamLo, streamHi)   key = (seedLo, seedHi)
 *
 * so the lanes of a vector are four counters, and its four result words are 16 consecutive elements:
 *
 *   element      0 1 2 3   4 5 6 7   8 9 10 11   12 13 14 15
 *   lane         0 1 2 3   0 1 2 3   0 1  2  3    0  1  2  3
 *   word         0 0 0 0   1 1 1 1   2 2  2  2    3  3  3  3
 *
 * Dropout, which is in every training step, gets along with a quarter of the words: element i compares the word of index
 * 16 · ⌊i / 64⌋ + 4 · (⌊i / 16⌋ mod 4) + j, rotated to the left by as many bytes as ⌊i / 4⌋ mod 4 says. Each of the four
 * elements of a word has another byte of it on top, and the byte decides but where it is that of the threshold itself:
 * the probability is exact to 2⁻³², and elements of one word are independent where the rate is a multiple of 1/256, and to
 * 1/256 elsewhere.
 *
 * begin..end is over elements everywhere. Nothing is fused: all builds give the same bits.
 */

import { log64 } from './math'
import { storeLanes } from './simd'

/** Multipliers and key increments, from the paper. */
// @ts-ignore: decorator
@inline const M0: u32 = 0xd2511f53
// @ts-ignore: decorator
@inline const M1: u32 = 0xcd9e8d57
// @ts-ignore: decorator
@inline const W0: u32 = 0x9e3779b9
// @ts-ignore: decorator
@inline const W1: u32 = 0xbb67ae85

/** What becomes of the words: nothing, or dropout, which is in every training step and has no time for a second pass. */
// @ts-ignore: decorator
@inline const BITS: i32 = 0
// @ts-ignore: decorator
@inline const DROPOUT: i32 = 1

/** y (u32): the words themselves. */
export function randomBits(
  y: usize, seedLo: i32, seedHi: i32, streamLo: i32, streamHi: i32, begin: i32, end: i32,
): void {
  const none = i32x4.splat(0)
  draw(BITS, 0, y, seedLo, seedHi, streamLo, streamHi, none, none, begin, end)
}

/** y = low + u · (high − low), u one of the 2²⁴ multiples of 2⁻²⁴ in [0, 1); never high unless low = high. */
export function randomUniform(
  y: usize, seedLo: i32, seedHi: i32, streamLo: i32, streamHi: i32, low: f32, high: f32, begin: i32, end: i32,
): void {
  randomBits(y, seedLo, seedHi, streamLo, streamHi, begin, end)
  const bits = reinterpret<i32>(high)
  const below = reinterpret<f32>(high > 0 ? bits - 1 : high < 0 ? bits + 1 : <i32>0x80000001)
  const lowest = f32x4.splat(low)
  const span = f32x4.splat(high - low)
  const highest = f32x4.splat(max(low, below))
  const unit = f32x4.splat(5.960464477539063e-8)
  for (let i = begin; i < end; i += 4) {
    const at = y + (<usize>i << 2)
    const u = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(v128.load(at), 8)), unit)
    storeLanes(at, f32x4.pmin(highest, f32x4.add(lowest, f32x4.mul(u, span))), end - i)
  }
}

/** y (i32) = low + ⌊word · (high − low) / 2³²⌋, in [low, high). The probabilities differ by at most 2⁻³². */
export function randomInt(
  y: usize, seedLo: i32, seedHi: i32, streamLo: i32, streamHi: i32, low: i32, high: i32, begin: i32, end: i32,
): void {
  randomBits(y, seedLo, seedHi, streamLo, streamHi, begin, end)
  const span = i32x4.splat(high - low)
  const lowest = i32x4.splat(low)
  for (let i = begin; i < end; i += 4) {
    const at = y + (<usize>i << 2)
    const words = v128.load(at)
    const first = i64x2.extmul_low_i32x4_u(words, span)
    const last = i64x2.extmul_high_i32x4_u(words, span)
    storeLanes(at, i32x4.add(lowest, v128.shuffle<i32>(first, last, 1, 3, 5, 7)), end - i)
  }
}

/**
 * y = 0 where the element's word, see above, is below threshold (unsigned: rate · 2³²), also where x is NaN; otherwise x · scale. x may be y.
 * The backward pass is the same call with dy for x.
 */
export function dropout(
  x: usize, y: usize, seedLo: i32, seedHi: i32, streamLo: i32, streamHi: i32, threshold: i32, scale: f32,
  begin: i32, end: i32,
): void {
  const lowest = i32x4.splat(threshold)
  draw(DROPOUT, x, y, seedLo, seedHi, streamLo, streamHi, lowest, f32x4.splat(scale), begin, end)
}

/** y = mean + stdDev · z, z from the standard normal distribution; |z| < 6.4. */
export function randomNormal(
  y: usize, seedLo: i32, seedHi: i32, streamLo: i32, streamHi: i32, mean: f32, stdDev: f32, begin: i32, end: i32,
): void {
  randomBits(y, seedLo, seedHi, streamLo, streamHi, begin, end)
  normalFromBits(y, 1, mean, stdDev, begin, end)
}

/** y = mean + stdDev · z, z from the standard normal distribution cut off at ±2. */
export function truncatedNormal(
  y: usize, seedLo: i32, seedHi: i32, streamLo: i32, streamHi: i32, mean: f32, stdDev: f32, begin: i32, end: i32,
): void {
  randomBits(y, seedLo, seedHi, streamLo, streamHi, begin, end)
  // The probability of |z| ≤ 2.
  normalFromBits(y, 0.9544997361036416, mean, stdDev, begin, end)
}

/** Whole blocks, of four counters each, at a time; the elements before and after them one by one. */
// @ts-ignore: decorator
@inline
function draw(
  kind: i32, x: usize, y: usize, seedLo: i32, seedHi: i32, streamLo: i32, streamHi: i32,
  lowest: v128, scale: v128, begin: i32, end: i32,
): void {
  const block = kind == DROPOUT ? 64 : 16
  const firstBlock = min(end, (begin + block - 1) & -block)
  const lastBlock = max(firstBlock, end & -block)
  for (let i = begin; i < end; i++) {
    // The whole blocks are the other loop's.
    if (i == firstBlock) i = lastBlock
    if (i >= end) break
    const at = <usize>i << 2
    let word: u32
    if (kind == DROPOUT) {
      word = philoxWord((i >> 6 << 4) | (i >> 2 & 12) | (i & 3), seedLo, seedHi, streamLo, streamHi)
      word = rotl<u32>(word, (i >> 2 & 3) << 3)
    } else {
      word = philoxWord(i, seedLo, seedHi, streamLo, streamHi)
    }
    v128.store_lane<f32>(y + at, finish(kind, i32x4.splat(word), x + at, lowest, scale), 0)
  }
  const m0 = i32x4.splat(M0)
  const m1 = i32x4.splat(M1)
  for (let i = firstBlock; i < lastBlock; i += block) {
    let c0 = i32x4.add(i32x4.splat(kind == DROPOUT ? i >> 4 : i >> 2), i32x4(0, 1, 2, 3))
    let c1 = i32x4.splat(0)
    let c2 = i32x4.splat(streamLo)
    let c3 = i32x4.splat(streamHi)
    let k0 = seedLo
    let k1 = seedHi
    for (let round = 0; round < 10; round++, k0 += W0, k1 += W1) {
      const low0 = i64x2.extmul_low_i32x4_u(c0, m0)
      const high0 = i64x2.extmul_high_i32x4_u(c0, m0)
      const low2 = i64x2.extmul_low_i32x4_u(c2, m1)
      const high2 = i64x2.extmul_high_i32x4_u(c2, m1)
      c0 = v128.xor(v128.xor(v128.shuffle<i32>(low2, high2, 1, 3, 5, 7), c1), i32x4.splat(k0))
      c1 = v128.shuffle<i32>(low2, high2, 0, 2, 4, 6)
      c2 = v128.xor(v128.xor(v128.shuffle<i32>(low0, high0, 1, 3, 5, 7), c3), i32x4.splat(k1))
      c3 = v128.shuffle<i32>(low0, high0, 0, 2, 4, 6)
    }
    const from = x + (<usize>i << 2)
    const to = y + (<usize>i << 2)
    if (kind == DROPOUT) {
      keepFour(c0, from, to, lowest, scale)
      keepFour(c1, from + 64, to + 64, lowest, scale)
      keepFour(c2, from + 128, to + 128, lowest, scale)
      keepFour(c3, from + 192, to + 192, lowest, scale)
    } else {
      v128.store(to, c0)
      v128.store(to, c1, 16)
      v128.store(to, c2, 32)
      v128.store(to, c3, 48)
    }
  }
}

/** Dropout of 16 elements by four words, which are turned by a byte after each vector. */
// @ts-ignore: decorator
@inline
function keepFour(words: v128, x: usize, y: usize, lowest: v128, scale: v128): void {
  for (let i: usize = 0; i < 64; i += 16) {
    v128.store(y + i, finish(DROPOUT, words, x + i, lowest, scale))
    words = v128.or(i32x4.shl(words, 8), i32x4.shr_u(words, 24))
  }
}

/** Four elements from four words; for dropout also from the elements at x. */
// @ts-ignore: decorator
@inline
function finish(kind: i32, words: v128, x: usize, lowest: v128, scale: v128): v128 {
  if (kind == DROPOUT) return v128.and(f32x4.mul(v128.load(x), scale), i32x4.ge_u(words, lowest))
  return words
}

/** The word of element `index`: the same ten rounds on one counter. */
function philoxWord(index: i32, seedLo: u32, seedHi: u32, streamLo: u32, streamHi: u32): u32 {
  let c0 = <u32>(((index >> 4) << 2) | (index & 3))
  let c1: u32 = 0
  let c2 = streamLo
  let c3 = streamHi
  let k0 = seedLo
  let k1 = seedHi
  for (let round = 0; round < 10; round++, k0 += W0, k1 += W1) {
    const product0 = <u64>c0 * M0
    const product2 = <u64>c2 * M1
    c0 = <u32>(product2 >> 32) ^ c1 ^ k0
    c1 = <u32>product2
    c2 = <u32>(product0 >> 32) ^ c3 ^ k1
    c3 = <u32>product0
  }
  const k = (index >> 2) & 3
  return k == 0 ? c0 : k == 1 ? c1 : k == 2 ? c2 : c3
}

/**
 * y holds words and gets mean + stdDev · Φ⁻¹(p), where p is the word's place in the middle part of (0, 1) that is
 * `share` wide. One word per element: rejection or pairs would make a value depend on more than its index.
 */
// @ts-ignore: decorator
@inline
function normalFromBits(y: usize, share: f64, mean: f32, stdDev: f32, begin: i32, end: i32): void {
  for (let i = begin; i < end; i++) {
    const at = y + (<usize>i << 2)
    const q = ((<f64>load<u32>(at) + 0.5) * 2.3283064365386963e-10 - 0.5) * share
    store<f32>(at, <f32>(<f64>mean + <f64>stdDev * normalQuantile(q)))
  }
}

/**
 * Φ⁻¹(0.5 + q) for |q| ≤ 0.5 − 2⁻³³, to about 1e-15: Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988).
 * Its third range, tails below 1.4e-11, is not reached from 32 bits.
 */
function normalQuantile(q: f64): f64 {
  if (abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    return q *
      (((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r +
        4.5921953931549871457e4) * r + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r +
        1.3314166789178437745e2) * r + 3.3871328727963666080) /
      (((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r +
        2.1213794301586595867e4) * r + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r +
        4.2313330701600911252e1) * r + 1)
  }
  const r = sqrt(-log64(0.5 - abs(q))) - 1.6
  const z =
    (((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r +
      1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.76949722146069140550) * r +
      4.63033784615654529590) * r + 1.42343711074968357734) /
    (((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r +
      1.48103976427480074590e-1) * r + 6.89767334985100004550e-1) * r + 1.67638483018380384940) * r +
      2.05319162663775882187) * r + 1)
  return q < 0 ? -z : z
}
