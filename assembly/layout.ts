/**
 * Moves: elements change places, and only the sums of scatterAddRows compute anything.
 * Elements are 4 bytes wide; what only moves serves f32 and i32 alike. Every kernel's range is over rows of its output,
 * so each output row is written by one call.
 */

import { storeLanes } from './simd'

/**
 * y[i0·y0 + … + i5·y5] = x[i0·x0 + … + i5·x5] for all 0 ≤ ik < dk. Serves transposition, slices, padding, concatenation
 * and broadcasting (a stride of 0), also reversal (a negative one). begin..end over the d0·d1·d2·d3·d4 rows of d5
 * elements. Fast where x5 = y5 = 1, and where x4 = y5 = 1, a transposition of the last two dimensions: the caller
 * merges the dimensions that it can and puts the longest runs last.
 */
export function stridedCopy(
  x: usize, y: usize, d0: i32, d1: i32, d2: i32, d3: i32, d4: i32, d5: i32,
  x0: i32, x1: i32, x2: i32, x3: i32, x4: i32, x5: i32,
  y0: i32, y1: i32, y2: i32, y3: i32, y4: i32, y5: i32, begin: i32, end: i32,
): void {
  if (begin >= end) return
  let plane = begin / d4
  let i4 = begin - plane * d4
  for (let row = begin; row < end; plane++, i4 = 0) {
    const i012 = plane / d3
    const i3 = plane - i012 * d3
    const i01 = i012 / d2
    const i2 = i012 - i01 * d2
    const i0 = i01 / d1
    const i1 = i01 - i0 * d1
    const count = min(d4 - i4, end - row)
    const from = x + (<usize>(i0 * x0 + i1 * x1 + i2 * x2 + i3 * x3 + i4 * x4) << 2)
    const to = y + (<usize>(i0 * y0 + i1 * y1 + i2 * y2 + i3 * y3 + i4 * y4) << 2)
    copyPlane(from, to, count, d5, x4, x5, y4, y5)
    row += count
  }
}

/** `rows` rows of `cols` elements. */
function copyPlane(x: usize, y: usize, rows: i32, cols: i32, x4: i32, x5: i32, y4: i32, y5: i32): void {
  if (x5 == 1 && y5 == 1) {
    if (x4 == cols && y4 == cols) {
      copyRun(x, y, rows * cols)
    } else {
      for (let i = 0; i < rows; i++) copyRun(x + (<usize>(i * x4) << 2), y + (<usize>(i * y4) << 2), cols)
    }
  } else if (x4 == 1 && y5 == 1) {
    transpose2d(x, y, cols, rows, x5, y4, 0, rows)
  } else {
    for (let i = 0; i < rows; i++) {
      const from = x + (<usize>(i * x4) << 2)
      const to = y + (<usize>(i * y4) << 2)
      if (x5 == 0 && y5 == 1) {
        fillRun(to, load<i32>(from), cols)
      } else {
        for (let j = 0; j < cols; j++) store<i32>(to + (<usize>(j * y5) << 2), load<i32>(from + (<usize>(j * x5) << 2)))
      }
    }
  }
}

/** `count` contiguous elements. Below 64 the call into the engine costs more than the copy. */
function copyRun(from: usize, to: usize, count: i32): void {
  if (count >= 64) {
    memory.copy(to, from, <usize>count << 2)
  } else {
    for (let j = 0; j < count; j += 4) storeLanes(to + (<usize>j << 2), v128.load(from + (<usize>j << 2)), count - j)
  }
}

// @ts-ignore: decorator
@inline
function fillRun(to: usize, bits: i32, count: i32): void {
  const value = i32x4.splat(bits)
  for (let j = 0; j < count; j += 4) storeLanes(to + (<usize>j << 2), value, count - j)
}

/**
 * y[n, m] = x[m, n] for x [M, N] with ldx elements per row and y [N, M] with ldy. begin..end over the N rows of y. In
 * strips of 16 rows of y, a cache line of x: what is fetched of a row of x is used at once.
 */
export function transpose2d(x: usize, y: usize, M: i32, N: i32, ldx: i32, ldy: i32, begin: i32, end: i32): void {
  let n = begin
  for (; n + 16 <= end; n += 16) transposeStrip(16, x, y, M, ldx, ldy, n)
  for (; n + 4 <= end; n += 4) transposeStrip(4, x, y, M, ldx, ldy, n)
  for (; n < end; n++) transposeStrip(1, x, y, M, ldx, ldy, n)
}

/** `rows` (16, 4 or 1) rows of y from n on. */
// @ts-ignore: decorator
@inline
function transposeStrip(rows: i32, x: usize, y: usize, M: i32, ldx: i32, ldy: i32, n: i32): void {
  let from = x + (<usize>n << 2)
  let to = y + (<usize>(n * ldy) << 2)
  const stepX = <usize>ldx << 2
  const stepY = <usize>ldy << 2
  let m = 0
  if (rows >= 4) {
    for (; m + 4 <= M; m += 4, from += 4 * stepX, to += 16) {
      transposeTile(from, to, stepX, stepY)
      if (rows == 16) {
        transposeTile(from + 16, to + 4 * stepY, stepX, stepY)
        transposeTile(from + 32, to + 8 * stepY, stepX, stepY)
        transposeTile(from + 48, to + 12 * stepY, stepX, stepY)
      }
    }
  }
  for (; m < M; m++, from += stepX, to += 4) {
    for (let i = 0; i < rows; i++) store<i32>(to + <usize>i * stepY, load<i32>(from + (<usize>i << 2)))
  }
}

/** 4 × 4 elements: pairs of rows are interleaved, then pairs of pairs. */
// @ts-ignore: decorator
@inline
function transposeTile(x: usize, y: usize, stepX: usize, stepY: usize): void {
  const r0 = v128.load(x)
  const r1 = v128.load(x + stepX)
  const r2 = v128.load(x + 2 * stepX)
  const r3 = v128.load(x + 3 * stepX)
  const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5)
  const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7)
  const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5)
  const high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7)
  v128.store(y, v128.shuffle<i64>(low01, low23, 0, 2))
  v128.store(y + stepY, v128.shuffle<i64>(low01, low23, 1, 3))
  v128.store(y + 2 * stepY, v128.shuffle<i64>(high01, high23, 0, 2))
  v128.store(y + 3 * stepY, v128.shuffle<i64>(high01, high23, 1, 3))
}

/**
 * y[o, i, :] = x[o, indices[i], :] for x [outer, axisSize, inner] and y [outer, count, inner]; zeros where the index is
 * outside [0, axisSize), so that no index reads foreign memory. begin..end over the outer·count rows of y.
 */
export function gatherRows(
  x: usize, indices: usize, y: usize, outer: i32, axisSize: i32, inner: i32, count: i32, begin: i32, end: i32,
): void {
  for (let row = begin; row < end; row++) {
    const o = row / count
    const index = load<i32>(indices + (<usize>(row - o * count) << 2))
    const to = y + (<usize>(row * inner) << 2)
    if (<u32>index < <u32>axisSize) copyRun(x + (<usize>((o * axisSize + index) * inner) << 2), to, inner)
    else fillRun(to, 0, inner)
  }
}

/**
 * dx[o, a, :] = Σ dy[o, i, :] over all i with indices[i] = a, in the order of i: the gradient of gatherRows. dx
 * [outer, axisSize, inner] is overwritten; dy is [outer, count, inner]; an index outside [0, axisSize) adds to nothing.
 * begin..end over the outer·axisSize rows of dx: each call reads all indices and takes those of its rows.
 */
export function scatterAddRows(
  dy: usize, indices: usize, dx: usize, outer: i32, axisSize: i32, inner: i32, count: i32, begin: i32, end: i32,
): void {
  if (begin >= end) return
  memory.fill(dx + (<usize>(begin * inner) << 2), 0, <usize>((end - begin) * inner) << 2)
  for (let o = begin / axisSize; o * axisSize < end; o++) {
    const first = max(begin - o * axisSize, 0)
    const last = min(end - o * axisSize, axisSize)
    for (let i = 0; i < count; i++) {
      const index = load<i32>(indices + (<usize>i << 2))
      if (index < first || index >= last) continue
      addRun(dy + (<usize>((o * count + i) * inner) << 2), dx + (<usize>((o * axisSize + index) * inner) << 2), inner)
    }
  }
}

// @ts-ignore: decorator
@inline
function addRun(from: usize, to: usize, count: i32): void {
  for (let j = 0; j < count; j += 4) {
    const at = <usize>j << 2
    storeLanes(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)), count - j)
  }
}

/** y[i, :] = offValue, but y[i, indices[i]] = onValue; an index outside [0, depth) sets nothing. begin..end over i. */
export function oneHot(
  indices: usize, y: usize, depth: i32, onValue: f32, offValue: f32, begin: i32, end: i32,
): void {
  fillRun(y + (<usize>(begin * depth) << 2), reinterpret<i32>(offValue), (end - begin) * depth)
  for (let row = begin; row < end; row++) {
    const index = load<i32>(indices + (<usize>row << 2))
    if (<u32>index < <u32>depth) store<f32>(y + (<usize>(row * depth + index) << 2), onValue)
  }
}
