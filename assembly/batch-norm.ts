/**
 * Batch normalization of x [N, C], a row per pixel or sample and a column per channel (Ioffe and Szegedy 2015):
 *
 *   z = (x − mean) · scale + shift,   scale = gamma / √(variance + epsilon),   y = z within [low, high]
 *
 * The bounds are relu's (0) and relu6's (0 and 6); a bound of NaN bounds nothing. In training, mean and variance are those
 * of the columns, and the gradient, with dz = dy where z is within the bounds and 0 elsewhere, is
 *
 *   dshift = Σ dz     dgamma = Σ dz · (x − mean) / √(variance + epsilon)
 *   dx = scale · (dz − dshift / N − (x − mean) · dgamma / (N · √(variance + epsilon)))
 *
 * z is computed again in the gradient, by the same arithmetic as in the forward pass: nothing is kept but x and what has C
 * elements. All passes go through the rows in order, since what they cost is the memory's time:
 *
 *   sums      block of SUM_BLOCK rows × 16 channels, with 8 sums in registers, then the next channels of the same rows
 *   the rest  a row, 8 channels at a time; the coefficients come from L1
 *
 * Several rows at once would load the coefficients less often, but take up to three times as long: that many streams, a
 * row apart, are more than the processor fetches ahead.
 *
 * Sums over rows are cut into parts, which the caller numbers by the shape; each is added up over short runs in f32 and
 * over the runs in f64, as in reduce.ts: partials [parts][2][C₄] in f64, where C₄ is C rounded up to whole vectors. The
 * coefficients of the channels are [5][C₄] in f32:
 *
 *   0 mean   1 scale   2 shift   3 −scale · dshift / N   4 −scale · dgamma / (N · √(variance + epsilon))
 */

import { SUM_BLOCK } from './config'
import { madd, storeLanes, upperHalf } from './simd'

/** C in whole vectors. */
// @ts-ignore: decorator
@inline
function wholeVectors(C: i32): usize {
  return <usize>((C + 3) & ~3)
}

/** z, in the forward pass and again in the gradient. */
// @ts-ignore: decorator
@inline
function normalized(centred: v128, coefficients: usize, row: usize): v128 {
  return madd(centred, v128.load(coefficients + row), v128.load(coefficients + 2 * row))
}

/** z within the bounds; NaN stays NaN. */
// @ts-ignore: decorator
@inline
function bounded(z: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(z, low), high)
}

/** dy where z is within the bounds (or NaN), else 0: at 0 relu's slope is 0, at 6 relu6's is 1. */
// @ts-ignore: decorator
@inline
function passed(dy: v128, z: v128, low: v128, high: v128): v128 {
  return v128.andnot(dy, v128.or(f32x4.le(z, low), f32x4.gt(z, high)))
}

/**
 * Per channel Σx and Σx² of each part, which has `rows` rows. A block's values are taken relative to its first row, so
 * that squares of a mean far from 0 don't swallow the variance. begin..end over the parts.
 */
export function batchNormSums(
  x: usize, partials: usize, N: i32, C: i32, rows: i32, begin: i32, end: i32,
): void {
  const line = <usize>C << 2
  const plane = wholeVectors(C) << 3
  for (let part = begin; part < end; part++) {
    const to = partials + <usize>part * 2 * plane
    const last = min((part + 1) * rows, N)
    memory.fill(to, 0, 2 * plane)
    for (let row = part * rows; row < last; row += SUM_BLOCK) {
      const count = min(SUM_BLOCK, last - row)
      const from = x + <usize>row * line
      let c = 0
      for (; c + 16 <= C; c += 16) sumBlock(4, from + (<usize>c << 2), to + (<usize>c << 3), plane, line, count)
      for (; c < C; c += 4) sumBlock(1, from + (<usize>c << 2), to + (<usize>c << 3), plane, line, count)
    }
  }
}

/** `vectors` (4 or 1) vectors of channels over a block of rows. */
// @ts-ignore: decorator
@inline
function sumBlock(vectors: i32, x: usize, partials: usize, plane: usize, line: usize, count: i32): void {
  const zero = f32x4.splat(0)
  const wide = vectors == 4
  const first0 = v128.load(x)
  const first1 = wide ? v128.load(x, 16) : zero
  const first2 = wide ? v128.load(x, 32) : zero
  const first3 = wide ? v128.load(x, 48) : zero
  let sum0 = f32x4.splat(0), sum1 = f32x4.splat(0), sum2 = f32x4.splat(0), sum3 = f32x4.splat(0)
  let square0 = f32x4.splat(0), square1 = f32x4.splat(0), square2 = f32x4.splat(0), square3 = f32x4.splat(0)
  let p = x
  for (let left = count - 1; left > 0; left--) {
    p += line
    const d0 = f32x4.sub(v128.load(p), first0)
    sum0 = f32x4.add(sum0, d0)
    square0 = madd(d0, d0, square0)
    if (wide) {
      const d1 = f32x4.sub(v128.load(p, 16), first1)
      sum1 = f32x4.add(sum1, d1)
      square1 = madd(d1, d1, square1)
      const d2 = f32x4.sub(v128.load(p, 32), first2)
      sum2 = f32x4.add(sum2, d2)
      square2 = madd(d2, d2, square2)
      const d3 = f32x4.sub(v128.load(p, 48), first3)
      sum3 = f32x4.add(sum3, d3)
      square3 = madd(d3, d3, square3)
    }
  }
  addMoments(partials, plane, count, first0, sum0, square0)
  if (wide) {
    addMoments(partials + 32, plane, count, first1, sum1, square1)
    addMoments(partials + 64, plane, count, first2, sum2, square2)
    addMoments(partials + 96, plane, count, first3, sum3, square3)
  }
}

/** Σx and Σx² of `count` rows, from the sums of their distances from `first`. */
function addMoments(partials: usize, plane: usize, count: i32, first: v128, sum: v128, square: v128): void {
  const n = f64x2.splat(<f64>count)
  addHalf(partials, plane, n, first, sum, square)
  addHalf(partials + 16, plane, n, upperHalf(first), upperHalf(sum), upperHalf(square))
}

// @ts-ignore: decorator
@inline
function addHalf(partials: usize, plane: usize, n: v128, first: v128, sum: v128, square: v128): void {
  const k = f64x2.promote_low_f32x4(first)
  const s = f64x2.promote_low_f32x4(sum)
  const nk = f64x2.mul(n, k)
  // Σ(d + k)² = Σd² + k (2 Σd + n k)
  const cross = f64x2.mul(k, f64x2.add(f64x2.add(s, s), nk))
  addTo(partials, f64x2.add(s, nk))
  addTo(partials + plane, f64x2.add(f64x2.promote_low_f32x4(square), cross))
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, value: v128): void {
  v128.store(at, f64x2.add(v128.load(at), value))
}

/** The mean and the variance (divided by N) of each channel from the sums of all parts. begin..end over channels. */
export function batchNormMoments(
  partials: usize, mean: usize, variance: usize, parts: i32, N: i32, C: i32, begin: i32, end: i32,
): void {
  for (let c = begin; c < end; c++) {
    const average = sumOfParts(partials, parts, C, c, 0) / <f64>N
    const squares = sumOfParts(partials, parts, C, c, 1) / <f64>N
    store<f32>(mean + (<usize>c << 2), <f32>average)
    store<f32>(variance + (<usize>c << 2), <f32>max<f64>(squares - average * average, 0))
  }
}

function sumOfParts(partials: usize, parts: i32, C: i32, c: i32, which: i32): f64 {
  const plane = wholeVectors(C) << 3
  let at = partials + <usize>which * plane + (<usize>c << 3)
  let sum: f64 = 0
  for (let part = 0; part < parts; part++, at += 2 * plane) sum += load<f64>(at)
  return sum
}

/** Coefficients 0 to 2; gamma and beta may be 0 for ones and zeros. begin..end over channels. */
export function batchNormCoefficients(
  mean: usize, variance: usize, gamma: usize, beta: usize, coefficients: usize, C: i32, epsilon: f32,
  begin: i32, end: i32,
): void {
  const row = wholeVectors(C) << 2
  for (let c = begin; c < end; c++) {
    const at = <usize>c << 2
    const to = coefficients + at
    const factor: f32 = gamma != 0 ? load<f32>(gamma + at) : 1
    store<f32>(to, load<f32>(mean + at))
    store<f32>(to + row, factor / sqrt<f32>(load<f32>(variance + at) + epsilon))
    store<f32>(to + 2 * row, beta != 0 ? load<f32>(beta + at) : 0)
  }
}

/** y = z within [low, high]. begin..end over the rows. */
export function batchNormForward(
  x: usize, coefficients: usize, y: usize, C: i32, low: f32, high: f32, begin: i32, end: i32,
): void {
  const line = <usize>C << 2
  const lowest = f32x4.splat(low)
  const highest = f32x4.splat(high)
  const step = wholeVectors(C) << 2
  for (let row = begin; row < end; row++) {
    let at = <usize>row * line
    let own = coefficients
    let left = C
    for (; left >= 8; left -= 8, at += 32, own += 32) forwardPair(x + at, own, y + at, step, lowest, highest)
    for (; left > 0; left -= 4, at += 16, own += 16) {
      const z = normalized(f32x4.sub(v128.load(x + at), v128.load(own)), own, step)
      storeLanes(y + at, bounded(z, lowest, highest), left)
    }
  }
}

/** Eight channels of a row. */
// @ts-ignore: decorator
@inline
function forwardPair(x: usize, coefficients: usize, y: usize, row: usize, low: v128, high: v128): void {
  const z0 = normalized(f32x4.sub(v128.load(x), v128.load(coefficients)), coefficients, row)
  const z1 = normalized(f32x4.sub(v128.load(x, 16), v128.load(coefficients, 16)), coefficients + 16, row)
  v128.store(y, bounded(z0, low, high))
  v128.store(y, bounded(z1, low, high), 16)
}

/** Per channel Σdz and Σdz · (x − mean) of each part. begin..end over the parts. */
export function batchNormGradSums(
  x: usize, dy: usize, coefficients: usize, partials: usize, N: i32, C: i32, rows: i32, low: f32, high: f32,
  begin: i32, end: i32,
): void {
  const line = <usize>C << 2
  const plane = wholeVectors(C) << 3
  const lowest = f32x4.splat(low)
  const highest = f32x4.splat(high)
  for (let part = begin; part < end; part++) {
    const to = partials + <usize>part * 2 * plane
    const last = min((part + 1) * rows, N)
    memory.fill(to, 0, 2 * plane)
    for (let row = part * rows; row < last; row += SUM_BLOCK) {
      const count = min(SUM_BLOCK, last - row)
      const from = <usize>row * line
      let c: usize = 0
      for (; c + 16 <= <usize>C; c += 16) {
        const at = from + (c << 2)
        gradSumBlock(4, x + at, dy + at, coefficients + (c << 2), to + (c << 3), plane, line, count, lowest, highest)
      }
      for (; c < <usize>C; c += 4) {
        const at = from + (c << 2)
        gradSumBlock(1, x + at, dy + at, coefficients + (c << 2), to + (c << 3), plane, line, count, lowest, highest)
      }
    }
  }
}

/** `vectors` (4 or 1) vectors of channels over a block of rows. */
// @ts-ignore: decorator
@inline
function gradSumBlock(
  vectors: i32, x: usize, dy: usize, coefficients: usize, partials: usize, plane: usize, line: usize, count: i32,
  low: v128, high: v128,
): void {
  const row = plane >> 1
  let sum0 = f32x4.splat(0), sum1 = f32x4.splat(0), sum2 = f32x4.splat(0), sum3 = f32x4.splat(0)
  let product0 = f32x4.splat(0), product1 = f32x4.splat(0), product2 = f32x4.splat(0), product3 = f32x4.splat(0)
  for (let left = count; left > 0; left--, x += line, dy += line) {
    const d0 = f32x4.sub(v128.load(x), v128.load(coefficients))
    const dz0 = passed(v128.load(dy), normalized(d0, coefficients, row), low, high)
    sum0 = f32x4.add(sum0, dz0)
    product0 = madd(dz0, d0, product0)
    if (vectors == 4) {
      const d1 = f32x4.sub(v128.load(x, 16), v128.load(coefficients, 16))
      const dz1 = passed(v128.load(dy, 16), normalized(d1, coefficients + 16, row), low, high)
      sum1 = f32x4.add(sum1, dz1)
      product1 = madd(dz1, d1, product1)
      const d2 = f32x4.sub(v128.load(x, 32), v128.load(coefficients, 32))
      const dz2 = passed(v128.load(dy, 32), normalized(d2, coefficients + 32, row), low, high)
      sum2 = f32x4.add(sum2, dz2)
      product2 = madd(dz2, d2, product2)
      const d3 = f32x4.sub(v128.load(x, 48), v128.load(coefficients, 48))
      const dz3 = passed(v128.load(dy, 48), normalized(d3, coefficients + 48, row), low, high)
      sum3 = f32x4.add(sum3, dz3)
      product3 = madd(dz3, d3, product3)
    }
  }
  addSums(partials, sum0)
  addSums(partials + plane, product0)
  if (vectors == 4) {
    addSums(partials + 32, sum1)
    addSums(partials + plane + 32, product1)
    addSums(partials + 64, sum2)
    addSums(partials + plane + 64, product2)
    addSums(partials + 96, sum3)
    addSums(partials + plane + 96, product3)
  }
}

/** Adds four f32 lanes to four f64 sums in the memory. */
// @ts-ignore: decorator
@inline
function addSums(at: usize, v: v128): void {
  addTo(at, f64x2.promote_low_f32x4(v))
  addTo(at + 16, f64x2.promote_low_f32x4(upperHalf(v)))
}

/**
 * dgamma, dshift and the coefficients 3 and 4 from the sums of all parts. begin..end over channels.
 */
export function batchNormGradMoments(
  partials: usize, variance: usize, coefficients: usize, dgamma: usize, dshift: usize, parts: i32, N: i32, C: i32,
  epsilon: f32, begin: i32, end: i32,
): void {
  const row = wholeVectors(C) << 2
  for (let c = begin; c < end; c++) {
    const at = <usize>c << 2
    const sum = sumOfParts(partials, parts, C, c, 0)
    const product = sumOfParts(partials, parts, C, c, 1)
    const spread = <f64>(load<f32>(variance + at) + epsilon)
    const scale = <f64>load<f32>(coefficients + row + at) / -<f64>N
    store<f32>(dgamma + at, <f32>(product / sqrt<f64>(spread)))
    store<f32>(dshift + at, <f32>sum)
    store<f32>(coefficients + 3 * row + at, <f32>(sum * scale))
    store<f32>(coefficients + 4 * row + at, <f32>(product / spread * scale))
  }
}

/**
 * dx by the formula above where mean and variance are those of x; dx = scale · dz where they are given (`frozen`). dx may
 * be dy. begin..end over the rows.
 */
export function batchNormGradInput(
  x: usize, dy: usize, coefficients: usize, dx: usize, C: i32, frozen: i32, low: f32, high: f32, begin: i32, end: i32,
): void {
  const lowest = f32x4.splat(low)
  const highest = f32x4.splat(high)
  if (frozen) gradRows(true, x, dy, coefficients, dx, C, lowest, highest, begin, end)
  else gradRows(false, x, dy, coefficients, dx, C, lowest, highest, begin, end)
}

// @ts-ignore: decorator
@inline
function gradRows(
  frozen: bool, x: usize, dy: usize, coefficients: usize, dx: usize, C: i32, low: v128, high: v128,
  begin: i32, end: i32,
): void {
  const line = <usize>C << 2
  const step = wholeVectors(C) << 2
  for (let row = begin; row < end; row++) {
    let at = <usize>row * line
    let own = coefficients
    let left = C
    for (; left >= 8; left -= 8, at += 32, own += 32) {
      gradPair(frozen, x + at, dy + at, own, dx + at, step, low, high)
    }
    for (; left > 0; left -= 4, at += 16, own += 16) {
      storeLanes(dx + at, slope(frozen, v128.load(x + at), v128.load(dy + at), own, step, low, high), left)
    }
  }
}

/** Eight channels of a row. */
// @ts-ignore: decorator
@inline
function gradPair(
  frozen: bool, x: usize, dy: usize, coefficients: usize, dx: usize, row: usize, low: v128, high: v128,
): void {
  const slope0 = slope(frozen, v128.load(x), v128.load(dy), coefficients, row, low, high)
  const slope1 = slope(frozen, v128.load(x, 16), v128.load(dy, 16), coefficients + 16, row, low, high)
  v128.store(dx, slope0)
  v128.store(dx, slope1, 16)
}

/** dx of four channels. */
// @ts-ignore: decorator
@inline
function slope(frozen: bool, x: v128, dy: v128, coefficients: usize, row: usize, low: v128, high: v128): v128 {
  const centred = f32x4.sub(x, v128.load(coefficients))
  const dz = passed(dy, normalized(centred, coefficients, row), low, high)
  const scale = v128.load(coefficients + row)
  if (frozen) return f32x4.mul(dz, scale)
  const shifted = madd(dz, scale, v128.load(coefficients + 3 * row))
  return madd(centred, v128.load(coefficients + 4 * row), shifted)
}
