/**
 * Reductions of x, seen as [outer, reduce, inner], to y [outer, inner]: sum, mean, product, greatest and least.
 * begin..end are the rows of `outer` where inner is 1, else blocks of 16 neighbouring columns: block i is the i-th of
 * outer · ⌈inner / 16⌉. A result depends on its own row or column and on `reduce` alone.
 *
 *   inner = 1: along a row, 8 vectors at a time      inner > 1: row after row of x into a row of y
 *   x ────────────────────────────────► reduce       x ──[ 16 columns ][ 16 columns ]──► inner
 *     [acc0][acc1] … [acc7][acc0] …                    │  y[0] … y[3]    y[4] … y[7]
 *                                                      ▼  reduce
 *
 * Sums are gathered in f32 over short runs (SUM_BLOCK values to a lane), and the runs in f64, so that the error does not
 * grow with the length: at most (SUM_BLOCK + 12) · 2⁻²⁴ · Σ|x|. A straight f32 sum could lose most of its digits over a
 * million elements, and one in f64 throughout would take several times as long. Products are in
 * f64 throughout, so that nothing overflows on the way. NaN in a row or column gives NaN.
 */

import { SUM_BLOCK } from './config'
import { addWide, addWide4, laneMask, storeLanes, sumWide, upperHalf } from './simd'

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

/**
 * y ∘= the `count` rows of x, which are `step` bytes apart: `columns` columns from x on. Along the rows, with y as the
 * accumulators, so that x is read in order, which takes a third of the time where it comes from memory; what is left of 16
 * columns, and all where rows are shorter than 32, in registers.
 */
// @ts-ignore: decorator
@inline
function downRows(kind: i32, x: usize, y: usize, count: i32, step: usize, columns: i32): void {
  const whole = columns < 32 ? 0 : columns & -16
  let line = x
  for (let left = whole == 0 ? 0 : count; left > 0; left--, line += step) {
    let from = line
    let to = y
    for (let c = whole; c > 0; c -= 16, from += 64, to += 64) {
      const acc0 = accumulate(kind, v128.load(to), v128.load(from))
      const acc1 = accumulate(kind, v128.load(to, 16), v128.load(from, 16))
      const acc2 = accumulate(kind, v128.load(to, 32), v128.load(from, 32))
      const acc3 = accumulate(kind, v128.load(to, 48), v128.load(from, 48))
      v128.store(to, acc0)
      v128.store(to, acc1, 16)
      v128.store(to, acc2, 32)
      v128.store(to, acc3, 48)
    }
  }
  for (let c = whole; c < columns; c += 16) {
    const to = y + (<usize>c << 2)
    let acc0 = v128.load(to), acc1 = v128.load(to, 16), acc2 = v128.load(to, 32), acc3 = v128.load(to, 48)
    let from = x + (<usize>c << 2)
    for (let left = count; left > 0; left--, from += step) {
      acc0 = accumulate(kind, acc0, v128.load(from))
      acc1 = accumulate(kind, acc1, v128.load(from, 16))
      acc2 = accumulate(kind, acc2, v128.load(from, 32))
      acc3 = accumulate(kind, acc3, v128.load(from, 48))
    }
    storeLanes(to, acc0, columns - c)
    storeLanes(to + 16, acc1, columns - c - 4)
    storeLanes(to + 32, acc2, columns - c - 8)
    storeLanes(to + 48, acc3, columns - c - 12)
  }
}

/** The sums of `columns` columns from x on, times `scale`; y has those of a run of rows, and `wide` those of all runs. */
// @ts-ignore: decorator
@inline
function sumColumns(x: usize, y: usize, wide: usize, reduce: i32, step: usize, columns: i32, scale: f64): void {
  const isLong = reduce > SUM_BLOCK
  if (isLong) memory.fill(wide, 0, <usize>(columns + 3 & -4) << 3)
  let done = 0
  do {
    const rows = min(SUM_BLOCK, reduce - done)
    memory.fill(y, 0, <usize>columns << 2)
    downRows(SUM, x + <usize>done * step, y, rows, step, columns)
    for (let c = 0; isLong && c < columns; c += 4) addWide4(wide + (<usize>c << 3), v128.load(y + (<usize>c << 2)))
    done += rows
  } while (done < reduce)
  const factor = f64x2.splat(scale)
  for (let c = 0; c < columns; c += 4) {
    const to = y + (<usize>c << 2)
    const sum = v128.load(to)
    const from = wide + (<usize>c << 3)
    const low = isLong ? v128.load(from) : f64x2.promote_low_f32x4(sum)
    const high = isLong ? v128.load(from, 16) : f64x2.promote_low_f32x4(upperHalf(sum))
    storeLanes(to, narrow(f64x2.mul(low, factor), f64x2.mul(high, factor)), columns - c)
  }
}

/** Sums of rows or columns, times `scale`. */
function sums(x: usize, y: usize, wide: usize, reduce: i32, inner: i32, scale: f64, begin: i32, end: i32): void {
  if (inner == 1) {
    for (let row = begin; row < end; row++) {
      const sum = sumRow(x + (<usize>(row * reduce) << 2), reduce)
      store<f32>(y + (<usize>row << 2), <f32>(sum * scale))
    }
    return
  }
  const blocks = (inner + 15) / 16
  for (let i = begin; i < end;) {
    const row = i / blocks
    const column = i % blocks * 16
    const count = min(end - i, blocks - i % blocks)
    const px = x + (<usize>(row * reduce * inner + column) << 2)
    const py = y + (<usize>(row * inner + column) << 2)
    sumColumns(px, py, wide + (<usize>i << 7), reduce, <usize>inner << 2, min(count * 16, inner - column), scale)
    i += count
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
  for (let i = begin; i < end;) {
    const row = i / blocks
    const column = i % blocks * 16
    const count = min(end - i, blocks - i % blocks)
    const columns = min(count * 16, inner - column)
    const py = y + (<usize>(row * inner + column) << 2)
    const px = x + (<usize>(row * reduce * inner + column) << 2)
    const step = <usize>inner << 2
    if (reduce > 0) memory.copy(py, px, <usize>columns << 2)
    else for (let c = 0; c < columns; c++) store<f32>(py + (<usize>c << 2), kind == MAX ? -<f32>Infinity : <f32>Infinity)
    downRows(kind, px + step, py, reduce - 1, step, columns)
    i += count
  }
}

/**
 * y = Σ x. Where inner is above 1 and reduce above SUM_BLOCK, `wide` is scratch of 128 bytes for each block; else it may be 0.
 */
export function reduceSum(
  x: usize, y: usize, wide: usize, outer: i32, reduce: i32, inner: i32, begin: i32, end: i32,
): void {
  sums(x, y, wide, reduce, inner, 1, begin, end)
}

/** y = Σ x / reduce; NaN of nothing. Scratch as for reduceSum. */
export function reduceMean(
  x: usize, y: usize, wide: usize, outer: i32, reduce: i32, inner: i32, begin: i32, end: i32,
): void {
  sums(x, y, wide, reduce, inner, 1 / <f64>reduce, begin, end)
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
