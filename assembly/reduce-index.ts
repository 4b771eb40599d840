/**
 * Reductions of x, seen as [outer, reduce, inner], to int32 y [outer, inner]: where the greatest or the least is, and the
 * logical ones. begin..end as in reduce.ts: rows of `outer` where inner is 1, else blocks of 16 columns. The first of
 * equals wins, and the first NaN before all else, as in NumPy. Both layouts are walked by vectors: along a row a lane sees
 * every fourth value, and the lanes are compared at the end.
 */

import { laneMask, storeLanes } from './simd'

// @ts-ignore: decorator
@inline const MAX: i32 = 0
// @ts-ignore: decorator
@inline const MIN: i32 = 1
// @ts-ignore: decorator
@inline const ANY: i32 = 0
// @ts-ignore: decorator
@inline const ALL: i32 = 1

/** Lanes where v takes the place of `best`: it is better, or the first NaN. */
// @ts-ignore: decorator
@inline
function wins(kind: i32, v: v128, best: v128): v128 {
  const better = kind == MAX ? f32x4.gt(v, best) : f32x4.lt(v, best)
  return v128.or(better, v128.and(f32x4.ne(v, v), f32x4.eq(best, best)))
}

/** The index of the best in a row of at least one value. */
// @ts-ignore: decorator
@inline
function bestOfRow(kind: i32, x: usize, count: i32): i32 {
  // All lanes start from the first value; where they find nothing better, its index is right for them.
  let best = v128.load32_splat(x)
  let index = i32x4.splat(0)
  let current = i32x4(0, 1, 2, 3)
  let p = x
  for (let left = count; left > 0; left -= 4, p += 16) {
    const v = v128.load(p)
    const mask = v128.and(wins(kind, v, best), laneMask(left))
    best = v128.bitselect(v, best, mask)
    index = v128.bitselect(current, index, mask)
    current = i32x4.add(current, i32x4.splat(4))
  }
  // Rotated twice, each lane meets all others: by two lanes, then by one.
  for (let turn = 0; turn < 2; turn++) {
    const v = turn == 0 ? v128.shuffle<f32>(best, best, 2, 3, 0, 1) : v128.shuffle<f32>(best, best, 1, 0, 3, 2)
    const at = turn == 0 ? v128.shuffle<f32>(index, index, 2, 3, 0, 1) : v128.shuffle<f32>(index, index, 1, 0, 3, 2)
    const equal = v128.or(f32x4.eq(v, best), v128.and(f32x4.ne(v, v), f32x4.ne(best, best)))
    const mask = v128.or(wins(kind, v, best), v128.and(equal, i32x4.lt_s(at, index)))
    best = v128.bitselect(v, best, mask)
    index = v128.bitselect(at, index, mask)
  }
  return i32x4.extract_lane(index, 0)
}

/** The indices of the best of four columns. */
// @ts-ignore: decorator
@inline
function bestOfColumns(kind: i32, x: usize, reduce: i32, inner: i32): v128 {
  let best = v128.load(x)
  let index = i32x4.splat(0)
  let p = x
  for (let r = 1; r < reduce; r++) {
    p += <usize>inner << 2
    const v = v128.load(p)
    const mask = wins(kind, v, best)
    best = v128.bitselect(v, best, mask)
    index = v128.bitselect(i32x4.splat(r), index, mask)
  }
  return index
}

// @ts-ignore: decorator
@inline
function indices(kind: i32, x: usize, y: usize, reduce: i32, inner: i32, begin: i32, end: i32): void {
  if (inner == 1) {
    for (let row = begin; row < end; row++) {
      store<i32>(y + (<usize>row << 2), bestOfRow(kind, x + (<usize>(row * reduce) << 2), reduce))
    }
    return
  }
  const blocks = (inner + 15) / 16
  for (let i = begin; i < end; i++) {
    const row = i / blocks
    const last = min(i % blocks * 16 + 16, inner)
    for (let column = i % blocks * 16; column < last; column += 4) {
      const index = bestOfColumns(kind, x + (<usize>(row * reduce * inner + column) << 2), reduce, inner)
      storeLanes(y + (<usize>(row * inner + column) << 2), index, last - column)
    }
  }
}

/** y = the index of the greatest x along `reduce`, which is at least 1. */
export function argMax(x: usize, y: usize, outer: i32, reduce: i32, inner: i32, begin: i32, end: i32): void {
  indices(MAX, x, y, reduce, inner, begin, end)
}

/** y = the index of the least x along `reduce`, which is at least 1. */
export function argMin(x: usize, y: usize, outer: i32, reduce: i32, inner: i32, begin: i32, end: i32): void {
  indices(MIN, x, y, reduce, inner, begin, end)
}

/** 0 or 1 for each output: a value decides as soon as it is found. */
// @ts-ignore: decorator
@inline
function logical(kind: i32, x: usize, y: usize, reduce: i32, inner: i32, begin: i32, end: i32): void {
  const blocks = (inner + 15) / 16
  for (let i = begin; i < end; i++) {
    const row = i / blocks
    const last = min(i % blocks * 16 + 16, inner)
    for (let column = i % blocks * 16; column < last; column++) {
      let p = x + (<usize>(row * reduce * inner + column) << 2)
      let left = reduce
      for (; left > 0 && (load<i32>(p) == 0) == (kind == ANY); left--) p += <usize>inner << 2
      store<i32>(y + (<usize>(row * inner + column) << 2), (left > 0) == (kind == ANY) ? 1 : 0)
    }
  }
}

/** y = 1 where any x (int32) along `reduce` is not 0, else 0. */
export function reduceAny(x: usize, y: usize, outer: i32, reduce: i32, inner: i32, begin: i32, end: i32): void {
  logical(ANY, x, y, reduce, inner, begin, end)
}

/** y = 1 where every x (int32) along `reduce` is not 0, else 0. */
export function reduceAll(x: usize, y: usize, outer: i32, reduce: i32, inner: i32, begin: i32, end: i32): void {
  logical(ALL, x, y, reduce, inner, begin, end)
}
