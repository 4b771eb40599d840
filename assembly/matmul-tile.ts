/**
 * The two micro-kernels that all products of matrices come down to, over panels of a packed B (see pack.ts): an
 * MR × NR tile of C in registers, and a loop over k that loads one panel row (two vectors, four
 * in the wide build) and one value of A for each row of the tile. They differ in how A lies: by rows (a pointer per row: matmulNN, convolution) or by columns (the
 * rows of the tile are neighbours: filter gradients). Each element is one chain of multiply-adds in the order
 * of k from zero on, to which what stood there before (a bias, the sum of earlier blocks of k) is added at the end: sums
 * of blocks, whose rounding errors grow with the length of a block and the number of blocks, not with their product. The
 * bits never depend on the tile or on the cut of the range.
 */

import { KC, MR, NR } from './config'
import { atMostSix, madd, relu, storeLanes } from './simd'

/** Whether a row of a tile has four vectors instead of two. */
// @ts-ignore: decorator
@inline const WIDE: bool = NR == 16

/** Stores the first `cols` of a tile row of NR values. */
// @ts-ignore: decorator
@inline
function storeRow(c: usize, v0: v128, v1: v128, v2: v128, v3: v128, cols: i32): void {
  if (cols >= NR) {
    v128.store(c, v0)
    v128.store(c, v1, 16)
    if (WIDE) {
      v128.store(c, v2, 32)
      v128.store(c, v3, 48)
    }
  } else {
    storeLanes(c, v0, cols)
    storeLanes(c + 16, v1, cols - 4)
    if (WIDE) {
      storeLanes(c + 32, v2, cols - 8)
      storeLanes(c + 48, v3, cols - 12)
    }
  }
}

/** Adds what a tile starts from to its sums, applies the activation and stores the rows: the end of both tiles. */
// @ts-ignore: decorator
@inline
function finishTile(
  acc00: v128, acc01: v128, acc02: v128, acc03: v128, acc10: v128, acc11: v128, acc12: v128, acc13: v128,
  acc20: v128, acc21: v128, acc22: v128, acc23: v128, acc30: v128, acc31: v128, acc32: v128, acc33: v128,
  start: usize, startStep: usize, c: usize, cStep: usize, rows: i32, cols: i32, activation: i32,
): void {
  if (start != 0) {
    acc00 = f32x4.add(acc00, v128.load(start)), acc01 = f32x4.add(acc01, v128.load(start, 16))
    if (WIDE) acc02 = f32x4.add(acc02, v128.load(start, 32)), acc03 = f32x4.add(acc03, v128.load(start, 48))
    if (rows > 1) start += startStep
    acc10 = f32x4.add(acc10, v128.load(start)), acc11 = f32x4.add(acc11, v128.load(start, 16))
    if (WIDE) acc12 = f32x4.add(acc12, v128.load(start, 32)), acc13 = f32x4.add(acc13, v128.load(start, 48))
    if (rows > 2) start += startStep
    acc20 = f32x4.add(acc20, v128.load(start)), acc21 = f32x4.add(acc21, v128.load(start, 16))
    if (WIDE) acc22 = f32x4.add(acc22, v128.load(start, 32)), acc23 = f32x4.add(acc23, v128.load(start, 48))
    if (rows > 3) start += startStep
    acc30 = f32x4.add(acc30, v128.load(start)), acc31 = f32x4.add(acc31, v128.load(start, 16))
    if (WIDE) acc32 = f32x4.add(acc32, v128.load(start, 32)), acc33 = f32x4.add(acc33, v128.load(start, 48))
  }
  if (activation != 0) {
    acc00 = relu(acc00), acc01 = relu(acc01), acc10 = relu(acc10), acc11 = relu(acc11)
    acc20 = relu(acc20), acc21 = relu(acc21), acc30 = relu(acc30), acc31 = relu(acc31)
    if (WIDE) {
      acc02 = relu(acc02), acc03 = relu(acc03), acc12 = relu(acc12), acc13 = relu(acc13)
      acc22 = relu(acc22), acc23 = relu(acc23), acc32 = relu(acc32), acc33 = relu(acc33)
    }
    if (activation == 2) {
      acc00 = atMostSix(acc00), acc01 = atMostSix(acc01), acc10 = atMostSix(acc10), acc11 = atMostSix(acc11)
      acc20 = atMostSix(acc20), acc21 = atMostSix(acc21), acc30 = atMostSix(acc30), acc31 = atMostSix(acc31)
      if (WIDE) {
        acc02 = atMostSix(acc02), acc03 = atMostSix(acc03), acc12 = atMostSix(acc12), acc13 = atMostSix(acc13)
        acc22 = atMostSix(acc22), acc23 = atMostSix(acc23), acc32 = atMostSix(acc32), acc33 = atMostSix(acc33)
      }
    }
  }
  storeRow(c, acc00, acc01, acc02, acc03, cols)
  if (rows > 1) storeRow(c + cStep, acc10, acc11, acc12, acc13, cols)
  if (rows > 2) storeRow(c + 2 * cStep, acc20, acc21, acc22, acc23, cols)
  if (rows > 3) storeRow(c + 3 * cStep, acc30, acc31, acc32, acc33, cols)
}

/**
 * c[i, j] = act(start[i, j] + Σ_k a_i[k] · b[k, j]) for i < rows ≤ MR, j < cols ≤ NR.
 *
 * The sum over k is R · S runs of `length` neighbours: a_i[r, s, k] at a_i + r·stepR + s·stepS + 4k. A plain product is
 * one run. `start` points to the first row of what is added to the sum, startStep bytes between rows: a bias has
 * startStep = 0, the sum of earlier blocks that of c; 0 stands for zeros. Rows ≥ `rows` are computed from whatever valid pointer the
 * caller gave and not stored. Steps in bytes.
 */
// @ts-ignore: decorator
@inline
export function tileByRows(
  a0: usize, a1: usize, a2: usize, a3: usize, b: usize, start: usize, startStep: usize, c: usize, cStep: usize,
  rows: i32, cols: i32, R: i32, S: i32, length: usize, stepR: usize, stepS: usize, activation: i32,
): void {
  let acc00 = f32x4.splat(0), acc01 = f32x4.splat(0), acc02 = f32x4.splat(0), acc03 = f32x4.splat(0)
  let acc10 = f32x4.splat(0), acc11 = f32x4.splat(0), acc12 = f32x4.splat(0), acc13 = f32x4.splat(0)
  let acc20 = f32x4.splat(0), acc21 = f32x4.splat(0), acc22 = f32x4.splat(0), acc23 = f32x4.splat(0)
  let acc30 = f32x4.splat(0), acc31 = f32x4.splat(0), acc32 = f32x4.splat(0), acc33 = f32x4.splat(0)
  for (let r = 0; r < R; r++) {
    let run = <usize>r * stepR
    for (let s = 0; s < S; s++) {
      const runEnd = run + (length << 2)
      for (let k = run; k < runEnd; k += 4) {
        const vb0 = v128.load(b)
        const vb1 = v128.load(b, 16)
        const vb2 = WIDE ? v128.load(b, 32) : vb0
        const vb3 = WIDE ? v128.load(b, 48) : vb1
        const va0 = v128.load32_splat(a0 + k)
        acc00 = madd(va0, vb0, acc00)
        acc01 = madd(va0, vb1, acc01)
        if (WIDE) acc02 = madd(va0, vb2, acc02), acc03 = madd(va0, vb3, acc03)
        const va1 = v128.load32_splat(a1 + k)
        acc10 = madd(va1, vb0, acc10)
        acc11 = madd(va1, vb1, acc11)
        if (WIDE) acc12 = madd(va1, vb2, acc12), acc13 = madd(va1, vb3, acc13)
        const va2 = v128.load32_splat(a2 + k)
        acc20 = madd(va2, vb0, acc20)
        acc21 = madd(va2, vb1, acc21)
        if (WIDE) acc22 = madd(va2, vb2, acc22), acc23 = madd(va2, vb3, acc23)
        const va3 = v128.load32_splat(a3 + k)
        acc30 = madd(va3, vb0, acc30)
        acc31 = madd(va3, vb1, acc31)
        if (WIDE) acc32 = madd(va3, vb2, acc32), acc33 = madd(va3, vb3, acc33)
        b += NR << 2
      }
      run += stepS
    }
  }
  finishTile(
    acc00, acc01, acc02, acc03, acc10, acc11, acc12, acc13, acc20, acc21, acc22, acc23, acc30, acc31, acc32, acc33,
    start, startStep, c, cStep, rows, cols, activation,
  )
}

/**
 * c[i, j] = act(start[i, j] + Σ_p Σ_q a[p, q, i] · b[p, q, j]) for i < rows ≤ MR, j < cols ≤ NR.
 *
 * The sum runs over P · Q points: a[p, q] at a + p·stepAP + q·stepAQ, where the MR values of a column lie side by side,
 * b likewise with NR values. A plain product has P = 1. `start` and `startStep` as above. Steps in bytes.
 */
// @ts-ignore: decorator
@inline
export function tileByColumns(
  a: usize, b: usize, start: usize, startStep: usize, c: usize, cStep: usize, rows: i32, cols: i32, P: i32, Q: i32,
  stepAP: usize, stepBP: usize, stepAQ: usize, stepBQ: usize, activation: i32,
): void {
  let acc00 = f32x4.splat(0), acc01 = f32x4.splat(0), acc02 = f32x4.splat(0), acc03 = f32x4.splat(0)
  let acc10 = f32x4.splat(0), acc11 = f32x4.splat(0), acc12 = f32x4.splat(0), acc13 = f32x4.splat(0)
  let acc20 = f32x4.splat(0), acc21 = f32x4.splat(0), acc22 = f32x4.splat(0), acc23 = f32x4.splat(0)
  let acc30 = f32x4.splat(0), acc31 = f32x4.splat(0), acc32 = f32x4.splat(0), acc33 = f32x4.splat(0)
  for (let p = 0; p < P; p++) {
    let aq = a + <usize>p * stepAP
    let bq = b + <usize>p * stepBP
    for (let q = 0; q < Q; q++) {
      const vb0 = v128.load(bq)
      const vb1 = v128.load(bq, 16)
      const vb2 = WIDE ? v128.load(bq, 32) : vb0
      const vb3 = WIDE ? v128.load(bq, 48) : vb1
      const va0 = v128.load32_splat(aq)
      acc00 = madd(va0, vb0, acc00)
      acc01 = madd(va0, vb1, acc01)
      if (WIDE) acc02 = madd(va0, vb2, acc02), acc03 = madd(va0, vb3, acc03)
      const va1 = v128.load32_splat(aq, 4)
      acc10 = madd(va1, vb0, acc10)
      acc11 = madd(va1, vb1, acc11)
      if (WIDE) acc12 = madd(va1, vb2, acc12), acc13 = madd(va1, vb3, acc13)
      const va2 = v128.load32_splat(aq, 8)
      acc20 = madd(va2, vb0, acc20)
      acc21 = madd(va2, vb1, acc21)
      if (WIDE) acc22 = madd(va2, vb2, acc22), acc23 = madd(va2, vb3, acc23)
      const va3 = v128.load32_splat(aq, 12)
      acc30 = madd(va3, vb0, acc30)
      acc31 = madd(va3, vb1, acc31)
      if (WIDE) acc32 = madd(va3, vb2, acc32), acc33 = madd(va3, vb3, acc33)
      aq += stepAQ
      bq += stepBQ
    }
  }
  finishTile(
    acc00, acc01, acc02, acc03, acc10, acc11, acc12, acc13, acc20, acc21, acc22, acc23, acc30, acc31, acc32, acc33,
    start, startStep, c, cStep, rows, cols, activation,
  )
}

/** The lesser of two sizes. */
// @ts-ignore: decorator
@inline
export function least(a: i32, b: i32): i32 {
  return a < b ? a : b
}

/** The depth of the blocks of a product K deep: at most KC, and all about the same. At least 1. */
// @ts-ignore: decorator
@inline
export function blockDepth(K: i32): i32 {
  const blocks = max(1, (K + KC - 1) / KC)
  return max(1, (K + blocks - 1) / blocks)
}

/** Where in a packed B the rows k.. of the panel of column n begin: panels of K rows of NR values. */
// @ts-ignore: decorator
@inline
export function panelAt(packed: usize, K: i32, n: i32, k: i32): usize {
  return packed + ((<usize>n * <usize>K + <usize>(k * NR)) << 2)
}

/** The number of rows in the tile at `row`. */
// @ts-ignore: decorator
@inline
export function tileRows(row: i32, end: i32): i32 {
  return least(end - row, MR)
}
