/**
 * C[M, N] = act(op(A)[M, K] · B[K, N] + bias[N]) for row-major matrices, B packed into panels (pack.ts), and the same
 * for operands in any layout where packing would not pay. begin..end is a range of the rows of C.
 *
 * Blocking, from outer to inner: NC columns · KC deep (that much of B stays in L2) · MC rows (that much of A too) ·
 * panels (8 kB, in L1) · tiles. Partial sums go through C, which is exact, so blocking does not change a bit.
 * activation: 0 none, 1 relu.
 */

import { KC, MC, NC, MR, NR } from './config'
import { least, panelAt, tileByColumns, tileByRows, tileRows } from './matmul-tile'
import { madd, relu, storeLanes } from './simd'

/** a[M, K], rows of lda elements. */
export function matmulNN(
  a: usize, packedB: usize, bias: usize, c: usize, M: i32, N: i32, K: i32, lda: i32, ldc: i32, activation: i32,
  begin: i32, end: i32,
): void {
  const stepA = <usize>lda << 2
  const stepC = <usize>ldc << 2
  for (let n0 = 0; n0 < N; n0 += NC) {
    const nEnd = least(n0 + NC, N)
    let k0 = 0
    do { // at least once: with K = 0 the product is the bias
      const depth = least(K - k0, KC)
      const act = k0 + depth == K ? activation : 0
      for (let m0 = begin; m0 < end; m0 += MC) {
        const mEnd = least(m0 + MC, end)
        for (let n = n0; n < nEnd; n += NR) {
          const panel = panelAt(packedB, K, n, k0)
          const columns = <usize>n << 2
          for (let m = m0; m < mEnd; m += MR) {
            const rows = tileRows(m, mEnd)
            const a0 = a + <usize>m * stepA + (<usize>k0 << 2)
            const a1 = rows > 1 ? a0 + stepA : a0
            const a2 = rows > 2 ? a1 + stepA : a1
            const a3 = rows > 3 ? a2 + stepA : a2
            const to = c + <usize>m * stepC + columns
            const start = k0 > 0 ? to : bias != 0 ? bias + columns : 0
            const startStep = k0 > 0 ? stepC : 0
            tileByRows(a0, a1, a2, a3, panel, start, startStep, to, stepC, rows, N - n, 1, 1, depth, 0, 0, act)
          }
        }
      }
      k0 += KC
    } while (k0 < K)
  }
}

/** A = aᵀ: a[K, M], rows of lda elements. Slow where 4·lda is a multiple of 4096: see matmulPacked. */
export function matmulTN(
  a: usize, packedB: usize, bias: usize, c: usize, M: i32, N: i32, K: i32, lda: i32, ldc: i32, activation: i32,
  begin: i32, end: i32,
): void {
  byColumns(a, packedB, bias, c, N, K, <usize>lda << 2, NR << 2, <usize>ldc << 2, activation, begin, end)
}

/**
 * Both operands packed: packedA holds A in panels [ceil(M / NR)][K][NR], which packB makes of aᵀ and packBTransposed of
 * a. The way for A = aᵀ with long rows: a tile of matmulTN reads a few neighbours from each of K rows of a, which share
 * one set of the cache where 4·lda is a multiple of 4096 (half the speed or less at 9216 columns); packing costs a few
 * per cent of the product.
 */
export function matmulPacked(
  packedA: usize, packedB: usize, bias: usize, c: usize, M: i32, N: i32, K: i32, ldc: i32, activation: i32, begin: i32,
  end: i32,
): void {
  byColumns(packedA, packedB, bias, c, N, K, NR << 2, <usize>(K * NR) << 2, <usize>ldc << 2, activation, begin, end)
}

/** A[m, k] at a + panelA · floor(m / NR) + 4 · (m mod NR) + stepA · k. Steps in bytes. */
function byColumns(
  a: usize, packedB: usize, bias: usize, c: usize, N: i32, K: i32, stepA: usize, panelA: usize, stepC: usize,
  activation: i32, begin: i32, end: i32,
): void {
  for (let n0 = 0; n0 < N; n0 += NC) {
    const nEnd = least(n0 + NC, N)
    let k0 = 0
    do {
      const depth = least(K - k0, KC)
      const act = k0 + depth == K ? activation : 0
      const aBlock = a + <usize>k0 * stepA
      for (let m0 = begin; m0 < end; m0 += MC) {
        const mEnd = least(m0 + MC, end)
        for (let n = n0; n < nEnd; n += NR) {
          const panel = panelAt(packedB, K, n, k0)
          const columns = <usize>n << 2
          for (let m = m0; m < mEnd;) {
            const rows = least(MR - m % MR, mEnd - m)
            const from = aBlock + <usize>(m / NR) * panelA + (<usize>(m % NR) << 2)
            const to = c + <usize>m * stepC + columns
            const start = k0 > 0 ? to : bias != 0 ? bias + columns : 0
            const startStep = k0 > 0 ? stepC : 0
            tileByColumns(from, panel, start, startStep, to, stepC, rows, N - n, 1, depth, 0, 0, stepA, NR << 2, act)
            m += rows
          }
        }
      }
      k0 += KC
    } while (k0 < K)
  }
}

/**
 * The product without packing: A[m, k] at a[m·strideAM + k·strideAK], B[k, n] at b[k·strideBK + n·strideBN]. For few
 * rows, where each value of B is used so seldom that packing it costs more than it saves. Rows of B that are contiguous
 * (strideBN = 1) stream by in vectors; columns that are contiguous together with the rows of A make dot products; the
 * rest is scalar.
 */
export function matmulSmall(
  a: usize, b: usize, bias: usize, c: usize, M: i32, N: i32, K: i32, strideAM: i32, strideAK: i32, strideBK: i32,
  strideBN: i32, ldc: i32, activation: i32, begin: i32, end: i32,
): void {
  for (let m = begin; m < end; m++) {
    const row = a + (<usize>m * <usize>strideAM << 2)
    const to = c + (<usize>m * <usize>ldc << 2)
    if (strideBN == 1) {
      streamRow(row, b, bias, to, N, K, <usize>strideAK << 2, <usize>strideBK << 2, activation)
    } else if (strideBK == 1 && strideAK == 1) {
      dotRow(row, b, bias, to, N, K, <usize>strideBN << 2, activation)
    } else {
      scalarRow(row, b, bias, to, N, K, <usize>strideAK << 2, <usize>strideBK << 2, <usize>strideBN << 2, activation)
    }
  }
}

/** One row of C, six vectors of columns at a time: with the six of B that V8 loads ahead they fill its registers. */
function streamRow(
  a: usize, b: usize, bias: usize, c: usize, N: i32, K: i32, stepA: usize, stepB: usize, activation: i32,
): void {
  let n = 0
  for (; n + 20 < N; n += 24) streamColumns(6, a, b, bias, c, n, N, K, stepA, stepB, activation)
  const left = N - n
  if (left > 16) streamColumns(5, a, b, bias, c, n, N, K, stepA, stepB, activation)
  else if (left > 12) streamColumns(4, a, b, bias, c, n, N, K, stepA, stepB, activation)
  else if (left > 8) streamColumns(3, a, b, bias, c, n, N, K, stepA, stepB, activation)
  else if (left > 4) streamColumns(2, a, b, bias, c, n, N, K, stepA, stepB, activation)
  else if (left > 0) streamColumns(1, a, b, bias, c, n, N, K, stepA, stepB, activation)
}

/** Columns n.. of `vectors` vectors, of which the last may reach past N. */
// @ts-ignore: decorator
@inline
function streamColumns(
  vectors: i32, a: usize, b: usize, bias: usize, c: usize, n: i32, N: i32, K: i32, stepA: usize, stepB: usize,
  activation: i32,
): void {
  const columns = <usize>n << 2
  let acc0 = f32x4.splat(0), acc1 = acc0, acc2 = acc0, acc3 = acc0, acc4 = acc0, acc5 = acc0
  if (bias != 0) {
    const from = bias + columns
    acc0 = v128.load(from)
    if (vectors > 1) acc1 = v128.load(from, 16)
    if (vectors > 2) acc2 = v128.load(from, 32)
    if (vectors > 3) acc3 = v128.load(from, 48)
    if (vectors > 4) acc4 = v128.load(from, 64)
    if (vectors > 5) acc5 = v128.load(from, 80)
  }
  let bk = b + columns
  for (let k = 0; k < K; k++) {
    const va = v128.load32_splat(a)
    acc0 = madd(va, v128.load(bk), acc0)
    if (vectors > 1) acc1 = madd(va, v128.load(bk, 16), acc1)
    if (vectors > 2) acc2 = madd(va, v128.load(bk, 32), acc2)
    if (vectors > 3) acc3 = madd(va, v128.load(bk, 48), acc3)
    if (vectors > 4) acc4 = madd(va, v128.load(bk, 64), acc4)
    if (vectors > 5) acc5 = madd(va, v128.load(bk, 80), acc5)
    a += stepA
    bk += stepB
  }
  if (activation == 1) {
    acc0 = relu(acc0), acc1 = relu(acc1), acc2 = relu(acc2), acc3 = relu(acc3), acc4 = relu(acc4), acc5 = relu(acc5)
  }
  const to = c + columns
  const left = N - n
  storeLanes(to, acc0, left)
  if (vectors > 1) storeLanes(to + 16, acc1, left - 4)
  if (vectors > 2) storeLanes(to + 32, acc2, left - 8)
  if (vectors > 3) storeLanes(to + 48, acc3, left - 12)
  if (vectors > 4) storeLanes(to + 64, acc4, left - 16)
  if (vectors > 5) storeLanes(to + 80, acc5, left - 20)
}

/** One row of C as dot products of four columns at a time; a and the columns of B are contiguous. */
function dotRow(a: usize, b: usize, bias: usize, c: usize, N: i32, K: i32, stepB: usize, activation: i32): void {
  const whole = <usize>(K & ~3) << 2
  const all = <usize>K << 2
  for (let n = 0; n < N; n += 4) {
    // Columns past the last are computed from the last one and not stored.
    const b0 = b + <usize>n * stepB
    const b1 = n + 1 < N ? b0 + stepB : b0
    const b2 = n + 2 < N ? b1 + stepB : b1
    const b3 = n + 3 < N ? b2 + stepB : b2
    let acc0 = f32x4.splat(0), acc1 = acc0, acc2 = acc0, acc3 = acc0
    for (let k: usize = 0; k < whole; k += 16) {
      const va = v128.load(a + k)
      acc0 = madd(va, v128.load(b0 + k), acc0)
      acc1 = madd(va, v128.load(b1 + k), acc1)
      acc2 = madd(va, v128.load(b2 + k), acc2)
      acc3 = madd(va, v128.load(b3 + k), acc3)
    }
    let sum = sumLanes(acc0, acc1, acc2, acc3)
    for (let k = whole; k < all; k += 4) {
      const vb = f32x4(load<f32>(b0 + k), load<f32>(b1 + k), load<f32>(b2 + k), load<f32>(b3 + k))
      sum = madd(v128.load32_splat(a + k), vb, sum)
    }
    if (bias != 0) sum = f32x4.add(sum, v128.load(bias + (<usize>n << 2)))
    storeLanes(c + (<usize>n << 2), activation == 1 ? relu(sum) : sum, N - n)
  }
}

/** The horizontal sums of four vectors, as one vector. */
// @ts-ignore: decorator
@inline
function sumLanes(v0: v128, v1: v128, v2: v128, v3: v128): v128 {
  const s01 = f32x4.add(v128.shuffle<f32>(v0, v1, 0, 4, 1, 5), v128.shuffle<f32>(v0, v1, 2, 6, 3, 7))
  const s23 = f32x4.add(v128.shuffle<f32>(v2, v3, 0, 4, 1, 5), v128.shuffle<f32>(v2, v3, 2, 6, 3, 7))
  return f32x4.add(v128.shuffle<f32>(s01, s23, 0, 1, 4, 5), v128.shuffle<f32>(s01, s23, 2, 3, 6, 7))
}

/** One row of C, element by element, for any strides. */
function scalarRow(
  a: usize, b: usize, bias: usize, c: usize, N: i32, K: i32, stepA: usize, stepBK: usize, stepBN: usize,
  activation: i32,
): void {
  for (let n = 0; n < N; n++) {
    let ak = a
    let bk = b + <usize>n * stepBN
    let sum: f32 = bias != 0 ? load<f32>(bias + (<usize>n << 2)) : 0
    for (let k = 0; k < K; k++) {
      sum += load<f32>(ak) * load<f32>(bk)
      ak += stepA
      bk += stepBK
    }
    if (activation == 1 && sum < 0) sum = 0
    store<f32>(c + (<usize>n << 2), sum)
  }
}
