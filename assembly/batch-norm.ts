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
 * elements. What a pass costs is the memory's time, so all go through the rows in order, a row at a time and 8 channels
 * of it together; coefficients and running sums come from L1. With several rows at once they would be loaded less often,
 * but it takes up to three times as long: that many streams, a row apart, are more than the processor fetches ahead.
 * Short rows are the exception, so the caller makes one of `copies` neighbouring rows: N and C are those of such rows, and
 * channel c stands for channel c mod (C / copies) of the tensors of C / copies elements.
 *
 * Sums over rows are cut into parts, which the caller numbers by the shape; each is added up over SUM_BLOCK rows in f32
 * and over these blocks in f64, as in reduce.ts. C₈ is C rounded up to pairs of vectors:
 *
 *   partials      [parts][3][C₈] in f64: two sums, and room for the two sums of a block in f32
 *   coefficients  [5][C₈] in f32:
 *                 mean  scale  shift  −scale · dshift / N  −scale · dgamma / (N · √(variance + epsilon))
 */

import { SUM_BLOCK } from './config'
import { addWide4, bounded, madd, storeLanes, upperHalf } from './simd'

/** Bytes of a row of coefficients: C in pairs of vectors. */
// @ts-ignore: decorator
@inline
function rowBytes(C: i32): usize {
  return <usize>((C + 7) & ~7) << 2
}

/** z, in the forward pass and again in the gradient. */
// @ts-ignore: decorator
@inline
function normalized(centred: v128, coefficients: usize, row: usize): v128 {
  return madd(centred, v128.load(coefficients + row), v128.load(coefficients + 2 * row))
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
  const row = rowBytes(C)
  for (let part = begin; part < end; part++) {
    const to = partials + <usize>part * 6 * row
    const run = to + 4 * row
    const last = min((part + 1) * rows, N)
    memory.fill(to, 0, 4 * row)
    for (let n = part * rows; n < last; n += SUM_BLOCK) {
      const count = min(SUM_BLOCK, last - n)
      const first = x + <usize>n * line
      memory.fill(run, 0, 2 * row)
      let from = first
      for (let left = count - 1; left > 0; left--) {
        from += line
        for (let c: usize = 0; c < row; c += 32) {
          const d0 = f32x4.sub(v128.load(from + c), v128.load(first + c))
          const d1 = f32x4.sub(v128.load(from + c, 16), v128.load(first + c, 16))
          addPairs(run + c, row, d0, d1, d0, d1, d0, d1)
        }
      }
      for (let c: usize = 0; c < row; c += 16) {
        addMoments(to + 2 * c, 2 * row, count, v128.load(first + c), v128.load(run + c), v128.load(run + row + c))
      }
    }
  }
}

/** Adds to the running sums of eight channels: the values, and the products of pairs of them. */
// @ts-ignore: decorator
@inline
function addPairs(run: usize, row: usize, v0: v128, v1: v128, a0: v128, a1: v128, b0: v128, b1: v128): void {
  const sum0 = f32x4.add(v128.load(run), v0)
  const sum1 = f32x4.add(v128.load(run, 16), v1)
  v128.store(run, sum0)
  v128.store(run, sum1, 16)
  const product0 = madd(a0, b0, v128.load(run + row))
  const product1 = madd(a1, b1, v128.load(run + row, 16))
  v128.store(run + row, product0)
  v128.store(run + row, product1, 16)
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

/** The mean and the variance (divided by N · copies) of each channel from the sums of all parts. begin..end over channels. */
export function batchNormMoments(
  partials: usize, mean: usize, variance: usize, parts: i32, N: i32, C: i32, copies: i32, begin: i32, end: i32,
): void {
  const count = <f64>N * <f64>copies
  for (let c = begin; c < end; c++) {
    const average = sumOfParts(partials, parts, C, copies, c, 0) / count
    const squares = sumOfParts(partials, parts, C, copies, c, 1) / count
    store<f32>(mean + (<usize>c << 2), <f32>average)
    store<f32>(variance + (<usize>c << 2), <f32>max<f64>(squares - average * average, 0))
  }
}

function sumOfParts(partials: usize, parts: i32, C: i32, copies: i32, c: i32, which: i32): f64 {
  const row = rowBytes(C)
  let sum: f64 = 0
  for (let part = 0; part < parts; part++) {
    const from = partials + <usize>(3 * part + which) * 2 * row
    for (let i = c; i < C; i += C / copies) sum += load<f64>(from + (<usize>i << 3))
  }
  return sum
}

/** Mean, scale and shift; gamma and beta may be 0 for ones and zeros. begin..end over channels. */
export function batchNormCoefficients(
  mean: usize, variance: usize, gamma: usize, beta: usize, coefficients: usize, C: i32, copies: i32, epsilon: f32,
  begin: i32, end: i32,
): void {
  const row = rowBytes(C)
  for (let c = begin; c < end; c++) {
    const at = <usize>c << 2
    const factor: f32 = gamma != 0 ? load<f32>(gamma + at) : 1
    const scale: f32 = factor / sqrt<f32>(load<f32>(variance + at) + epsilon)
    const shift: f32 = beta != 0 ? load<f32>(beta + at) : 0
    for (let i = c; i < C; i += C / copies) {
      const to = coefficients + (<usize>i << 2)
      store<f32>(to, load<f32>(mean + at))
      store<f32>(to + row, scale)
      store<f32>(to + 2 * row, shift)
    }
  }
}

/** y = z within [low, high]. begin..end over the rows. */
export function batchNormForward(
  x: usize, coefficients: usize, y: usize, C: i32, low: f32, high: f32, begin: i32, end: i32,
): void {
  const line = <usize>C << 2
  const lowest = f32x4.splat(low)
  const highest = f32x4.splat(high)
  const step = rowBytes(C)
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
  const row = rowBytes(C)
  const lowest = f32x4.splat(low)
  const highest = f32x4.splat(high)
  for (let part = begin; part < end; part++) {
    const to = partials + <usize>part * 6 * row
    const run = to + 4 * row
    const last = min((part + 1) * rows, N)
    memory.fill(to, 0, 4 * row)
    for (let n = part * rows; n < last; n += SUM_BLOCK) {
      memory.fill(run, 0, 2 * row)
      for (let i = n; i < min(n + SUM_BLOCK, last); i++) {
        const line = <usize>i * (<usize>C << 2)
        for (let c: usize = 0; c < row; c += 32) {
          const own = coefficients + c
          const px = x + line + c
          const pdy = dy + line + c
          const d0 = f32x4.sub(v128.load(px), v128.load(own))
          const d1 = f32x4.sub(v128.load(px, 16), v128.load(own, 16))
          const dz0 = passed(v128.load(pdy), normalized(d0, own, row), lowest, highest)
          const dz1 = passed(v128.load(pdy, 16), normalized(d1, own + 16, row), lowest, highest)
          addPairs(run + c, row, dz0, dz1, dz0, dz1, d0, d1)
        }
      }
      for (let c: usize = 0; c < 2 * row; c += 16) addWide4(to + 2 * c, v128.load(run + c))
    }
  }
}

/** dgamma, dshift and the last two coefficients from the sums of all parts. begin..end over channels. */
export function batchNormGradMoments(
  partials: usize, variance: usize, coefficients: usize, dgamma: usize, dshift: usize, parts: i32, N: i32, C: i32,
  copies: i32, epsilon: f32, begin: i32, end: i32,
): void {
  const row = rowBytes(C)
  for (let c = begin; c < end; c++) {
    const at = <usize>c << 2
    const sum = sumOfParts(partials, parts, C, copies, c, 0)
    const product = sumOfParts(partials, parts, C, copies, c, 1)
    const spread = <f64>(load<f32>(variance + at) + epsilon)
    const share = <f64>load<f32>(coefficients + row + at) / (-<f64>N * <f64>copies)
    store<f32>(dgamma + at, <f32>(product / sqrt<f64>(spread)))
    store<f32>(dshift + at, <f32>sum)
    for (let i = c; i < C; i += C / copies) {
      const to = coefficients + 3 * row + (<usize>i << 2)
      store<f32>(to, <f32>(sum * share))
      store<f32>(to + row, <f32>(product / spread * share))
    }
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
  const step = rowBytes(C)
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
