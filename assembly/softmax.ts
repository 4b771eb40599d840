/**
 * Softmax of the rows of x [rows, cols], its logarithm, and cross-entropy on top of it; begin..end are rows. The greatest
 * of a row is subtracted first, so nothing overflows; sums are in f64, so they lose nothing however long the row. A
 * logit −∞ has probability 0. NaN, +∞ and a row of nothing but −∞ give NaN in that row only. x and y may be the same.
 * A row is walked three times, but from the L1 cache: storing exp(x) in y is cheaper than computing it twice. At the end
 * of a row the lanes behind it are masked.
 */

import { expLanes, expNegativeLanes, log64 } from './math'
import { addWide, laneMask, storeLanes, sumWide, upperHalf } from './simd'

/** The greatest of a row; NaN is passed over, since it will be in the sum. */
// @ts-ignore: decorator
@inline
function greatest(x: usize, cols: i32): f32 {
  const lowest = f32x4.splat(-<f32>Infinity)
  let acc = lowest
  let p = x
  for (let left = cols; left > 0; left -= 4, p += 16) {
    acc = f32x4.pmax(acc, v128.bitselect(v128.load(p), lowest, laneMask(left)))
  }
  acc = f32x4.pmax(acc, upperHalf(acc))
  return max(f32x4.extract_lane(acc, 0), f32x4.extract_lane(acc, 1))
}

/** y = exp(x − top), and the sum of it. */
// @ts-ignore: decorator
@inline
function exponentials(x: usize, y: usize, top: f32, cols: i32): f64 {
  const vtop = f32x4.splat(top)
  let sums = f64x2.splat(0)
  for (let j = 0; j < cols; j += 4) {
    const at = <usize>j << 2
    const e = expNegativeLanes(f32x4.sub(v128.load(x + at), vtop))
    sums = addWide(sums, v128.and(e, laneMask(cols - j)))
    storeLanes(y + at, e, cols - j)
  }
  return sumWide(sums)
}

/** The sum of exp(x − top), nothing stored. */
// @ts-ignore: decorator
@inline
function sumOfExponentials(x: usize, top: f32, cols: i32): f64 {
  const vtop = f32x4.splat(top)
  let sums = f64x2.splat(0)
  for (let j = 0; j < cols; j += 4) {
    const e = expNegativeLanes(f32x4.sub(v128.load(x + (<usize>j << 2)), vtop))
    sums = addWide(sums, v128.and(e, laneMask(cols - j)))
  }
  return sumWide(sums)
}

/** y · factor, in place. */
// @ts-ignore: decorator
@inline
function scale(y: usize, factor: f32, cols: i32): void {
  const vfactor = f32x4.splat(factor)
  for (let j = 0; j < cols; j += 4) {
    const at = y + (<usize>j << 2)
    storeLanes(at, f32x4.mul(v128.load(at), vfactor), cols - j)
  }
}

/** The sum of a row. */
// @ts-ignore: decorator
@inline
function sum(x: usize, cols: i32): f64 {
  let sums = f64x2.splat(0)
  for (let j = 0; j < cols; j += 4) {
    sums = addWide(sums, v128.and(v128.load(x + (<usize>j << 2)), laneMask(cols - j)))
  }
  return sumWide(sums)
}

/** y = exp(x) / Σ exp(x). */
export function softmaxForward(x: usize, y: usize, cols: i32, begin: i32, end: i32): void {
  for (let row = begin; row < end; row++) {
    const px = x + (<usize>(row * cols) << 2)
    const py = y + (<usize>(row * cols) << 2)
    const total = exponentials(px, py, greatest(px, cols), cols)
    scale(py, <f32>(1 / total), cols)
  }
}

/** dx = y · (dy − Σ dy · y). */
export function softmaxGrad(dy: usize, y: usize, dx: usize, cols: i32, begin: i32, end: i32): void {
  for (let row = begin; row < end; row++) {
    const at = <usize>(row * cols) << 2
    const inner = f32x4.splat(<f32>dot(dy + at, y + at, cols))
    for (let j = 0; j < cols; j += 4) {
      const p = at + (<usize>j << 2)
      storeLanes(dx + p, f32x4.mul(v128.load(y + p), f32x4.sub(v128.load(dy + p), inner)), cols - j)
    }
  }
}

/** Σ a · b of a row, in f64, where each product is exact. */
// @ts-ignore: decorator
@inline
function dot(a: usize, b: usize, cols: i32): f64 {
  let sums = f64x2.splat(0)
  for (let j = 0; j < cols; j += 4) {
    const mask = laneMask(cols - j)
    const va = v128.and(v128.load(a + (<usize>j << 2)), mask)
    const vb = v128.and(v128.load(b + (<usize>j << 2)), mask)
    sums = addWideProduct(sums, va, vb)
  }
  return sumWide(sums)
}

/** Adds the products of four lanes to two f64 sums. */
// @ts-ignore: decorator
@inline
function addWideProduct(sums: v128, a: v128, b: v128): v128 {
  const low = f64x2.mul(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b))
  const high = f64x2.mul(f64x2.promote_low_f32x4(upperHalf(a)), f64x2.promote_low_f32x4(upperHalf(b)))
  return f64x2.add(sums, f64x2.add(low, high))
}

/** y = x − log Σ exp(x). */
export function logSoftmaxForward(x: usize, y: usize, cols: i32, begin: i32, end: i32): void {
  for (let row = begin; row < end; row++) {
    const at = <usize>(row * cols) << 2
    const top = greatest(x + at, cols)
    const logarithm = f32x4.splat(<f32>log64(sumOfExponentials(x + at, top, cols)))
    const vtop = f32x4.splat(top)
    for (let j = 0; j < cols; j += 4) {
      const p = at + (<usize>j << 2)
      storeLanes(y + p, f32x4.sub(f32x4.sub(v128.load(x + p), vtop), logarithm), cols - j)
    }
  }
}

/** dx = dy − exp(y) · Σ dy. */
export function logSoftmaxGrad(dy: usize, y: usize, dx: usize, cols: i32, begin: i32, end: i32): void {
  for (let row = begin; row < end; row++) {
    const at = <usize>(row * cols) << 2
    const total = f32x4.splat(<f32>sum(dy + at, cols))
    for (let j = 0; j < cols; j += 4) {
      const p = at + (<usize>j << 2)
      const probability = expLanes(v128.load(y + p))
      storeLanes(dx + p, f32x4.sub(v128.load(dy + p), f32x4.mul(probability, total)), cols - j)
    }
  }
}

/**
 * loss[row] = Σ labels · (log Σ exp(logits) − logits) and probs = softmax(logits). Labels need not add up to 1; where a
 * label is 0 its logit does not count, so it may be −∞. probs may be the logits.
 */
export function softmaxCrossEntropyForward(
  logits: usize, labels: usize, loss: usize, probs: usize, cols: i32, begin: i32, end: i32,
): void {
  for (let row = begin; row < end; row++) {
    const at = <usize>(row * cols) << 2
    const top = greatest(logits + at, cols)
    const distance = labelledDistance(logits + at, labels + at, top, cols)
    const total = exponentials(logits + at, probs + at, top, cols)
    scale(probs + at, <f32>(1 / total), cols)
    store<f32>(loss + (<usize>row << 2), <f32>(sum(labels + at, cols) * log64(total) + distance))
  }
}

/** Σ labels · (top − logits), over labels that are not 0. */
// @ts-ignore: decorator
@inline
function labelledDistance(logits: usize, labels: usize, top: f32, cols: i32): f64 {
  const vtop = f32x4.splat(top)
  let sums = f64x2.splat(0)
  for (let j = 0; j < cols; j += 4) {
    const label = v128.and(v128.load(labels + (<usize>j << 2)), laneMask(cols - j))
    const distance = f32x4.sub(vtop, v128.load(logits + (<usize>j << 2)))
    sums = addWideProduct(sums, label, v128.andnot(distance, f32x4.eq(label, f32x4.splat(0))))
  }
  return sumWide(sums)
}

/** dlogits = dloss[row] · (probs · Σ labels − labels). dlogits may be probs. */
export function softmaxCrossEntropyGrad(
  probs: usize, labels: usize, dloss: usize, dlogits: usize, cols: i32, begin: i32, end: i32,
): void {
  for (let row = begin; row < end; row++) {
    const at = <usize>(row * cols) << 2
    const total = f32x4.splat(<f32>sum(labels + at, cols))
    const factor = v128.load32_splat(dloss + (<usize>row << 2))
    for (let j = 0; j < cols; j += 4) {
      const p = at + (<usize>j << 2)
      const difference = f32x4.sub(f32x4.mul(v128.load(probs + p), total), v128.load(labels + p))
      storeLanes(dlogits + p, f32x4.mul(factor, difference), cols - j)
    }
  }
}
