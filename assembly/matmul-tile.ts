/**
 * The two micro-kernels that all products of matrices come down to, over panels of a packed B (see pack.ts): an
 * MR × NR tile of C in registers, and a loop over k that loads one panel row (two vectors) and one value of A for each
 * row of the tile. They differ in how A lies: by rows (a pointer per row: matmulNN, convolution) or by columns (the
 * rows of the tile are neighbours: matmulTN, filter gradients). Each element is one chain of multiply-adds in the order
 * of k, whatever the tile or the cut of the range, so its bits never depend on either.
 */

import { MR, NR } from './config'
import { madd, relu, storeLanes } from './simd'

/** Stores the first `cols` of a tile row of NR values. */
// @ts-ignore: decorator
@inline
function storeRow(c: usize, v0: v128, v1: v128, cols: i32): void {
  if (cols >= NR) {
    v128.store(c, v0)
    v128.store(c, v1, 16)
  } else {
    storeLanes(c, v0, cols)
    storeLanes(c + 16, v1, cols - 4)
  }
}

/**
 * c[i, j] = act(start[i, j] + Σ_k a_i[k] · b[k, j]) for i < rows ≤ MR, j < cols ≤ NR.
 *
 * The sum over k is R · S runs of `length` neighbours: a_i[r, s, k] at a_i + r·stepR + s·stepS + 4k. A plain product is
 * one run. `start` points to the first row of what the sum starts from, startStep bytes between rows: a bias has
 * startStep = 0, partial sums that of c; 0 stands for zeros. Rows ≥ `rows` are computed from whatever valid pointer the
 * caller gave and not stored. Steps in bytes.
 */
// @ts-ignore: decorator
@inline
export function tileByRows(
  a0: usize, a1: usize, a2: usize, a3: usize, b: usize, start: usize, startStep: usize, c: usize, cStep: usize,
  rows: i32, cols: i32, R: i32, S: i32, length: usize, stepR: usize, stepS: usize, activation: i32,
): void {
  let acc00 = f32x4.splat(0), acc10 = acc00, acc20 = acc00, acc30 = acc00
  let acc01 = acc00, acc11 = acc00, acc21 = acc00, acc31 = acc00
  if (start != 0) {
    acc00 = v128.load(start), acc01 = v128.load(start, 16)
    if (rows > 1) start += startStep
    acc10 = v128.load(start), acc11 = v128.load(start, 16)
    if (rows > 2) start += startStep
    acc20 = v128.load(start), acc21 = v128.load(start, 16)
    if (rows > 3) start += startStep
    acc30 = v128.load(start), acc31 = v128.load(start, 16)
  }
  for (let r = 0; r < R; r++) {
    let run = <usize>r * stepR
    for (let s = 0; s < S; s++) {
      const runEnd = run + (length << 2)
      for (let k = run; k < runEnd; k += 4) {
        const vb0 = v128.load(b)
        const vb1 = v128.load(b, 16)
        const va0 = v128.load32_splat(a0 + k)
        acc00 = madd(va0, vb0, acc00)
        acc01 = madd(va0, vb1, acc01)
        const va1 = v128.load32_splat(a1 + k)
        acc10 = madd(va1, vb0, acc10)
        acc11 = madd(va1, vb1, acc11)
        const va2 = v128.load32_splat(a2 + k)
        acc20 = madd(va2, vb0, acc20)
        acc21 = madd(va2, vb1, acc21)
        const va3 = v128.load32_splat(a3 + k)
        acc30 = madd(va3, vb0, acc30)
        acc31 = madd(va3, vb1, acc31)
        b += NR << 2
      }
      run += stepS
    }
  }
  if (activation == 1) {
    acc00 = relu(acc00), acc01 = relu(acc01), acc10 = relu(acc10), acc11 = relu(acc11)
    acc20 = relu(acc20), acc21 = relu(acc21), acc30 = relu(acc30), acc31 = relu(acc31)
  }
  storeRow(c, acc00, acc01, cols)
  if (rows > 1) storeRow(c + cStep, acc10, acc11, cols)
  if (rows > 2) storeRow(c + 2 * cStep, acc20, acc21, cols)
  if (rows > 3) storeRow(c + 3 * cStep, acc30, acc31, cols)
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
  let acc00 = f32x4.splat(0), acc10 = acc00, acc20 = acc00, acc30 = acc00
  let acc01 = acc00, acc11 = acc00, acc21 = acc00, acc31 = acc00
  if (start != 0) {
    acc00 = v128.load(start), acc01 = v128.load(start, 16)
    if (rows > 1) start += startStep
    acc10 = v128.load(start), acc11 = v128.load(start, 16)
    if (rows > 2) start += startStep
    acc20 = v128.load(start), acc21 = v128.load(start, 16)
    if (rows > 3) start += startStep
    acc30 = v128.load(start), acc31 = v128.load(start, 16)
  }
  for (let p = 0; p < P; p++) {
    let aq = a + <usize>p * stepAP
    let bq = b + <usize>p * stepBP
    for (let q = 0; q < Q; q++) {
      const vb0 = v128.load(bq)
      const vb1 = v128.load(bq, 16)
      const va0 = v128.load32_splat(aq)
      acc00 = madd(va0, vb0, acc00)
      acc01 = madd(va0, vb1, acc01)
      const va1 = v128.load32_splat(aq, 4)
      acc10 = madd(va1, vb0, acc10)
      acc11 = madd(va1, vb1, acc11)
      const va2 = v128.load32_splat(aq, 8)
      acc20 = madd(va2, vb0, acc20)
      acc21 = madd(va2, vb1, acc21)
      const va3 = v128.load32_splat(aq, 12)
      acc30 = madd(va3, vb0, acc30)
      acc31 = madd(va3, vb1, acc31)
      aq += stepAQ
      bq += stepBQ
    }
  }
  if (activation == 1) {
    acc00 = relu(acc00), acc01 = relu(acc01), acc10 = relu(acc10), acc11 = relu(acc11)
    acc20 = relu(acc20), acc21 = relu(acc21), acc30 = relu(acc30), acc31 = relu(acc31)
  }
  storeRow(c, acc00, acc01, cols)
  if (rows > 1) storeRow(c + cStep, acc10, acc11, cols)
  if (rows > 2) storeRow(c + 2 * cStep, acc20, acc21, cols)
  if (rows > 3) storeRow(c + 3 * cStep, acc30, acc31, cols)
}

/** The lesser of two sizes. */
// @ts-ignore: decorator
@inline
export function least(a: i32, b: i32): i32 {
  return a < b ? a : b
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
