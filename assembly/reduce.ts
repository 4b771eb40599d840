/**
 * Reductions of x, seen as [outer, reduce, inner], to y [outer, inner]: sum, mean, product, greatest and least.
 * begin..end are the rows of `outer` where inner is 1, else blocks of 16 neighbouring columns: block i is the i-th of
 * outer · ⌈inner / 16⌉. A result depends on its own row or column and on `reduce` alone.
 *
 *   inner = 1: along a row, 8 vectors at a time      inner > 1: down the rows of x, 4 vectors of columns at a time
 *   x ────────────────────────────────► reduce       x ──[ 16 columns ][ 16 columns ]──► inner
 *     [acc0][acc1] … [acc7][acc0] …                    │  acc0 … acc3    acc0 … acc3
 *                                                      ▼  reduce
 *
 * Sums are gathered in f32 over short runs (SUM_BLOCK values to a lane), and the runs in f64, so that the error does not
 * grow with the length: at most (SUM_BLOCK + 12) · 2⁻²⁴ · Σ|x|. A straight f32 sum could lose most of its digits over a
 * million elements, and one in f64 throughout would take several times as long. Products are in
 * f64 throughout, so that nothing overflows on the way. NaN in a row or column gives NaN.
 */

import { SUM_BLOCK } from './config'
import { addWide, laneMask, storeLanes, sumWide, upperHalf } from './simd'

// @ts-ignore: decorator
@inline const SUM: i32 = 0
// @ts-ignore: decorator
@inline const MAX: i32 = 1
// @ts-ignore: decorator
@inline const MIN: i32 = 2

/** What leaves an accumulator as it is. */
// @ts-ignore: decorator
@inline
function neutral(kind: i32): v128 {
  if (kind == MAX) return f32x4.splat(-<f32>Infinity)
  if (kind == MIN) return f32x4.splat(<f32>Infinity)
  return f32x4.splat(0)
}

/**
 * The accumulator with the values v, or two accumulators made one. pmax and pmin give back the first operand where either
 * is NaN.
 */
// @ts-ignore: decorator
@inline
function accumulate(kind: i32, acc: v128, v: v128): v128 {
  if (kind == MAX) return v128.bitselect(v, f32x4.pmax(acc, v), f32x4.ne(v, v))
  if (kind == MIN) return v128.bitselect(v, f32x4.pmin(acc, v), f32x4.ne(v, v))
  return f32x4.add(acc, v)
}

/** One value out of four lanes, for MAX and MIN. */
// @ts-ignore: decorator
@inline
function mergeLanes(kind: i32, acc: v128): f32 {
  const pairs = accumulate(kind, acc, upperHalf(acc))
  return f32x4.extract_lane(accumulate(kind, pairs, v128.shuffle<f32>(pairs, pairs, 1, 1, 1, 1)), 0)
}

/** The accumulator of `count` values in a row, left in four lanes. */
// @ts-ignore: decorator
@inline
function alongRow(kind: i32, x: usize, count: i32): v128 {
  const start = neutral(kind)
  let acc0 = start, acc1 = start, acc2 = start, acc3 = start
  let acc4 = start, acc5 = start, acc6 = start, acc7 = start
  let p = x
  let left = count
  for (; left >= 32; left -= 32, p += 128) {
    acc0 = accumulate(kind, acc0, v128.load(p))
    acc1 = accumulate(kind, acc1, v128.load(p, 16))
    acc2 = accumulate(kind, acc2, v128.load(p, 32))
    acc3 = accumulate(kind, acc3, v128.load(p, 48))
    acc4 = accumulate(kind, acc4, v128.load(p, 64))
    acc5 = accumulate(kind, acc5, v128.load(p, 80))
    acc6 = accumulate(kind, acc6, v128.load(p, 96))
    acc7 = accumulate(kind, acc7, v128.load(p, 112))
  }
  for (; left >= 4; left -= 4, p += 16) acc0 = accumulate(kind, acc0, v128.load(p))
  if (left > 0) acc0 = accumulate(kind, acc0, v128.bitselect(v128.load(p), start, laneMask(left)))
  acc0 = accumulate(kind, accumulate(kind, acc0, acc4), accumulate(kind, acc2, acc6))
  return accumulate(kind, acc0, accumulate(kind, accumulate(kind, acc1, acc5), accumulate(kind, acc3, acc7)))
}

/** The sum of a row. */
// @ts-ignore: decorator
@inline
function sumRow(x: usize, count: i32): f64 {
  let sums = f64x2.splat(0)
  for (let done = 0; done < count; done += SUM_BLOCK * 32) {
    const length = min(count - done, SUM_BLOCK * 32)
    sums = addWide(sums, alongRow(SUM, x + (<usize>done << 2), length))
  }
  return sumWide(sums)
}

/** Four lanes from four f64 sums in two vectors. */
// @ts-ignore: decorator
@inline
function narrow(low: v128, high: v128): v128 {
  return v128.shuffle<f64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2)
}

/** The sums of 16 columns from x on, times `scale`; `valid` of them are stored. */
// @ts-ignore: decorator
@inline
function sumColumns(x: usize, y: usize, reduce: i32, inner: i32, scale: f64, valid: i32): void {
  const zero = f32x4.splat(0)
  const step = <usize>inner << 2
  let low0 = zero, low1 = zero, low2 = zero, low3 = zero
  let high0 = zero, high1 = zero, high2 = zero, high3 = zero
  let p = x
  for (let done = 0; done < reduce; done += SUM_BLOCK) {
    let acc0 = zero, acc1 = zero, acc2 = zero, acc3 = zero
    for (let left = min(SUM_BLOCK, reduce - done); left > 0; left--, p += step) {
      acc0 = f32x4.add(acc0, v128.load(p))
      acc1 = f32x4.add(acc1, v128.load(p, 16))
      acc2 = f32x4.add(acc2, v128.load(p, 32))
      acc3 = f32x4.add(acc3, v128.load(p, 48))
    }
    low0 = f64x2.add(low0, f64x2.promote_low_f32x4(acc0))
    low1 = f64x2.add(low1, f64x2.promote_low_f32x4(acc1))
    low2 = f64x2.add(low2, f64x2.promote_low_f32x4(acc2))
    low3 = f64x2.add(low3, f64x2.promote_low_f32x4(acc3))
    high0 = f64x2.add(high0, f64x2.promote_low_f32x4(upperHalf(acc0)))
    high1 = f64x2.add(high1, f64x2.promote_low_f32x4(upperHalf(acc1)))
    high2 = f64x2.add(high2, f64x2.promote_low_f32x4(upperHalf(acc2)))
    high3 = f64x2.add(high3, f64x2.promote_low_f32x4(upperHalf(acc3)))
  }
  const factor = f64x2.splat(scale)
  storeLanes(y, narrow(f64x2.mul(low0, factor), f64x2.mul(high0, factor)), valid)
  storeLanes(y + 16, narrow(f64x2.mul(low1, factor), f64x2.mul(high1, factor)), valid - 4)
  storeLanes(y + 32, narrow(f64x2.mul(low2, factor), f64x2.mul(high2, factor)), valid - 8)
  storeLanes(y + 48, narrow(f64x2.mul(low3, factor), f64x2.mul(high3, factor)), valid - 12)
}

/** Sums of rows or columns, times `scale`. */
function sums(x: usize, y: usize, reduce: i32, inner: i32, scale: f64, begin: i32, end: i32): void {
  if (inner == 1) {
    for (let row = begin; row < end; row++) {
      const sum = sumRow(x + (<usize>(row * reduce) << 2), reduce)
      store<f32>(y + (<usize>row << 2), <f32>(sum * scale))
    }
    return
  }
  const blocks = (inner + 15) / 16
  for (let i = begin; i < end; i++) {
    const row = i / blocks
    const column = i % blocks * 16
    const px = x + (<usize>(row * reduce * inner + column) << 2)
    sumColumns(px, y + (<usize>(row * inner + column) << 2), reduce, inner, scale, inner - column)
  }
}

/** The greatest or least of rows or columns. */
// @ts-ignore: decorator
@inline
function extremes(kind: i32, x: usize, y: usize, reduce: i32, inner: i32, begin: i32, end: i32): void {
  if (inner == 1) {
    for (let row = begin; row < end; row++) {
      const acc = alongRow(kind, x + (<usize>(row * reduce) << 2), reduce)
      store<f32>(y + (<usize>row << 2), mergeLanes(kind, acc))
    }
    return
  }
  const blocks = (inner + 15) / 16
  for (let i = begin; i < end; i++) {
    const row = i / blocks
    const column = i % blocks * 16
    let acc0 = neutral(kind), acc1 = acc0, acc2 = acc0, acc3 = acc0
    let p = x + (<usize>(row * reduce * inner + column) << 2)
    for (let left = reduce; left > 0; left--, p += <usize>inner << 2) {
      acc0 = accumulate(kind, acc0, v128.load(p))
      acc1 = accumulate(kind, acc1, v128.load(p, 16))
      acc2 = accumulate(kind, acc2, v128.load(p, 32))
      acc3 = accumulate(kind, acc3, v128.load(p, 48))
    }
    const py = y + (<usize>(row * inner + column) << 2)
    storeLanes(py, acc0, inner - column)
    storeLanes(py + 16, acc1, inner - column - 4)
    storeLanes(py + 32, acc2, inner - column - 8)
    storeLanes(py + 48, acc3, inner - column - 12)
  }
}

/** y = Σ x. */
export function reduceSum(x: usize, y: usize, outer: i32, reduce: i32, inner: i32, begin: i32, end: i32): void {
  sums(x, y, reduce, inner, 1, begin, end)
}

/** y = Σ x / reduce; NaN of nothing. */
export function reduceMean(x: usize, y: usize, outer: i32, reduce: i32, inner: i32, begin: i32, end: i32): void {
  sums(x, y, reduce, inner, 1 / <f64>reduce, begin, end)
}

/** y = the greatest x; −∞ of nothing. */
export function reduceMax(x: usize, y: usize, outer: i32, reduce: i32, inner: i32, begin: i32, end: i32): void {
  extremes(MAX, x, y, reduce, inner, begin, end)
}

/** y = the least x; ∞ of nothing. */
export function reduceMin(x: usize, y: usize, outer: i32, reduce: i32, inner: i32, begin: i32, end: i32): void {
  extremes(MIN, x, y, reduce, inner, begin, end)
}

/**
 * The gradient of reduceMax and reduceMin: dx = dy where x is the extreme y of its row or column, else 0; of several equal
 * ones each gets it. begin..end are rows of dx: of `inner` elements, outer · reduce of them, or of `reduce` where inner is
 * 1.
 */
export function reduceExtremeGrad(
  x: usize, y: usize, dy: usize, dx: usize, reduce: i32, inner: i32, begin: i32, end: i32,
): void {
  const count = inner == 1 ? reduce : inner
  for (let row = begin; row < end; row++) {
    const own = <usize>(inner == 1 ? row : row / reduce * inner) << 2
    const at = <usize>row * (<usize>count << 2)
    for (let i = 0; i < count; i += 4) {
      const lane = <usize>i << 2
      const extreme = inner == 1 ? v128.load32_splat(y + own) : v128.load(y + own + lane)
      const slope = inner == 1 ? v128.load32_splat(dy + own) : v128.load(dy + own + lane)
      storeLanes(dx + at + lane, v128.and(slope, f32x4.eq(v128.load(x + at + lane), extreme)), count - i)
    }
  }
}

/** y = Π x, an element of y at a time: it is rare, and not worth more code. */
export function reduceProd(x: usize, y: usize, outer: i32, reduce: i32, inner: i32, begin: i32, end: i32): void {
  const blocks = (inner + 15) / 16
  for (let i = begin; i < end; i++) {
    const row = i / blocks
    const column = i % blocks * 16
    const last = min(column + 16, inner)
    for (let c = column; c < last; c++) {
      let p = x + (<usize>(row * reduce * inner + c) << 2)
      let product: f64 = 1
      for (let left = reduce; left > 0; left--, p += <usize>inner << 2) product *= <f64>load<f32>(p)
      store<f32>(y + (<usize>(row * inner + c) << 2), <f32>product)
    }
  }
}
