/**
 * C[M, N] = act(op(A)[M, K] · B[K, N] + bias[N]) for row-major matrices, B packed into panels (pack.ts), and the same
 * for operands in any layout where packing would not pay. begin..end is a range of the rows of C.
 *
 * Blocking, from outer to inner: NC columns · KC deep (that much of B stays in L2) · MC rows (that much of A too) ·
 * panels (8 kB, in L1) · tiles. Partial sums go through C, which is exact, so blocking does not change a bit.
 * activation: 0 none, 1 relu.
 */

import { GEMM_KC, GEMM_MC, GEMM_NC, MR, NR } from './config'
import { least, panelAt, tileByColumns, tileByRows, tileRows } from './matmul-tile'
import { madd, relu, storeLanes } from './simd'

/** a[M, K], rows of lda elements. */
export function matmulNN(
  a: usize, packedB: usize, bias: usize, c: usize, M: i32, N: i32, K: i32, lda: i32, ldc: i32, activation: i32,
  begin: i32, end: i32,
): void {
  const stepA = <usize>lda << 2
  const stepC = <usize>ldc << 2
  for (let n0 = 0; n0 < N; n0 += GEMM_NC) {
    const nEnd = least(n0 + GEMM_NC, N)
    let k0 = 0
    do { // at least once: with K = 0 the product is the bias
      const depth = least(K - k0, GEMM_KC)
      const act = k0 + depth == K ? activation : 0
      for (let m0 = begin; m0 < end; m0 += GEMM_MC) {
        const mEnd = least(m0 + GEMM_MC, end)
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
      k0 += GEMM_KC
    } while (k0 < K)
  }
}

/** A = aᵀ: a[K, M], rows of lda elements. */
export function matmulTN(
  a: usize, packedB: usize, bias: usize, c: usize, M: i32, N: i32, K: i32, lda: i32, ldc: i32, activation: i32,
  begin: i32, end: i32,
): void {
  const stepA = <usize>lda << 2
  const stepC = <usize>ldc << 2
  for (let n0 = 0; n0 < N; n0 += GEMM_NC) {
    const nEnd = least(n0 + GEMM_NC, N)
    let k0 = 0
    do {
      const depth = least(K - k0, GEMM_KC)
      const act = k0 + depth == K ? activation : 0
      for (let m0 = begin; m0 < end; m0 += GEMM_MC) {
        const mEnd = least(m0 + GEMM_MC, end)
        for (let n = n0; n < nEnd; n += NR) {
          const panel = panelAt(packedB, K, n, k0)
          const columns = <usize>n << 2
          for (let m = m0; m < mEnd; m += MR) {
            const from = a + <usize>k0 * stepA + (<usize>m << 2)
            const to = c + <usize>m * stepC + columns
            const start = k0 > 0 ? to : bias != 0 ? bias + columns : 0
            const startStep = k0 > 0 ? stepC : 0
            tileByColumns(
              from, panel, start, startStep, to, stepC, tileRows(m, mEnd), N - n, 1, depth, 0, 0, stepA, NR << 2, act,
            )
          }
        }
      }
      k0 += GEMM_KC
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

/** One row of C, 32 columns at a time: eight chains of multiply-adds hide their latency. Steps in bytes. */
function streamRow(
  a: usize, b: usize, bias: usize, c: usize, N: i32, K: i32, stepA: usize, stepB: usize, activation: i32,
): void {
  let n = 0
  for (; n + 32 <= N; n += 32) streamColumns(8, a, b, bias, c, n, N, K, stepA, stepB, activation)
  for (; n < N; n += 4) streamColumns(1, a, b, bias, c, n, N, K, stepA, stepB, activation)
}

/** Columns n.. of `vectors` (8 or 1) vectors. */
// @ts-ignore: decorator
@inline
function streamColumns(
  vectors: i32, a: usize, b: usize, bias: usize, c: usize, n: i32, N: i32, K: i32, stepA: usize, stepB: usize,
  activation: i32,
): void {
  const columns = <usize>n << 2
  const zero = f32x4.splat(0)
  let acc0 = zero, acc1 = zero, acc2 = zero, acc3 = zero, acc4 = zero, acc5 = zero, acc6 = zero, acc7 = zero
  if (bias != 0) {
    const from = bias + columns
    acc0 = v128.load(from)
    if (vectors == 8) {
      acc1 = v128.load(from, 16), acc2 = v128.load(from, 32), acc3 = v128.load(from, 48)
      acc4 = v128.load(from, 64), acc5 = v128.load(from, 80), acc6 = v128.load(from, 96), acc7 = v128.load(from, 112)
    }
  }
  let bk = b + columns
  for (let k = 0; k < K; k++) {
    const va = v128.load32_splat(a)
    acc0 = madd(va, v128.load(bk), acc0)
    if (vectors == 8) {
      acc1 = madd(va, v128.load(bk, 16), acc1)
      acc2 = madd(va, v128.load(bk, 32), acc2)
      acc3 = madd(va, v128.load(bk, 48), acc3)
      acc4 = madd(va, v128.load(bk, 64), acc4)
      acc5 = madd(va, v128.load(bk, 80), acc5)
      acc6 = madd(va, v128.load(bk, 96), acc6)
      acc7 = madd(va, v128.load(bk, 112), acc7)
    }
    a += stepA
    bk += stepB
  }
  const to = c + columns
  storeLanes(to, activation == 1 ? relu(acc0) : acc0, N - n)
  if (vectors == 8) {
    v128.store(to, activation == 1 ? relu(acc1) : acc1, 16)
    v128.store(to, activation == 1 ? relu(acc2) : acc2, 32)
    v128.store(to, activation == 1 ? relu(acc3) : acc3, 48)
    v128.store(to, activation == 1 ? relu(acc4) : acc4, 64)
    v128.store(to, activation == 1 ? relu(acc5) : acc5, 80)
    v128.store(to, activation == 1 ? relu(acc6) : acc6, 96)
    v128.store(to, activation == 1 ? relu(acc7) : acc7, 112)
  }
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
  a: usize, b: usize, bias: usize, c: usize, N: i32, K: i32, stepA: usize, stepBK: usize, stepBN: usize, activation: i32,
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
