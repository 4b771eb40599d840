/**
 * C[M, N] = act(op(A)[M, K] · B[K, N] + bias[N]) for row-major matrices, B packed into panels (pack.ts), and the same
 * for operands in any layout where packing would not pay. begin..end is a range of the rows of C, but where a kernel says
 * otherwise.
 *
 * Blocking, from outer to inner: NC columns · KC deep (that much of B stays in L2) · MC rows (that much of A too) ·
 * panels (in L1) · tiles. The sum of a block is added to those before it, which stand in C.
 * activation: 0 none, 1 relu, 2 relu6.
 */

import { KC, MC, MR, NC, NR, STREAM_COLUMNS, STREAM_VALUES, SUM_BLOCKS } from './config'
import { blockDepth, least, panelAt, tileByRows, tileRows } from './matmul-tile'
import { activate, madd, storeLanes } from './simd'

/** a[M, K], rows of lda elements; panels of panelRows rows of B, of which K are taken from packedB on. */
export function matmulNN(
  a: usize, packedB: usize, bias: usize, c: usize, M: i32, N: i32, K: i32, panelRows: i32, lda: i32, ldc: i32,
  activation: i32, begin: i32, end: i32,
): void {
  const stepA = <usize>lda << 2
  const stepC = <usize>ldc << 2
  const most = blockDepth(K)
  for (let n0 = 0; n0 < N; n0 += NC) {
    const nEnd = least(n0 + NC, N)
    let k0 = 0
    do { // at least once: with K = 0 the product is the bias
      const depth = least(K - k0, most)
      const act = k0 + depth == K ? activation : 0
      for (let m0 = begin; m0 < end; m0 += MC) {
        const mEnd = least(m0 + MC, end)
        for (let n = n0; n < nEnd; n += NR) {
          const panel = panelAt(packedB, panelRows, n, k0)
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
      k0 += most
    } while (k0 < K)
  }
}

/**
 * The product without packing: A[m, k] at a[m·strideAM + k·strideAK], B[k, n] at b[k·strideBK + n·strideBN]. For few
 * rows, where each value of B is used so seldom that packing it costs more than it saves. Rows of B that are contiguous
 * (strideBN = 1) stream by in vectors; columns that are contiguous together with the rows of A make dot products; the
 * rest is scalar. begin..end is a range of the blocks of STREAM_COLUMNS columns, M · ⌈N / STREAM_COLUMNS⌉, row by row:
 * a single row is work for several threads. sums: scratch for 2 · M · N elements where K > KC.
 */
export function matmulSmall(
  a: usize, b: usize, bias: usize, c: usize, sums: usize, M: i32, N: i32, K: i32, strideAM: i32, strideAK: i32, strideBK: i32,
  strideBN: i32, ldc: i32, activation: i32, begin: i32, end: i32,
): void {
  const blocks = (N + STREAM_COLUMNS - 1) / STREAM_COLUMNS
  for (let i = begin; i < end;) {
    // Neighbours in a row are one piece.
    const m = i / blocks
    const first = i - m * blocks
    const last = least(blocks, first + end - i)
    const n = first * STREAM_COLUMNS
    const columns = least(last * STREAM_COLUMNS, N) - n
    const row = a + (<usize>m * <usize>strideAM << 2)
    const from = b + (<usize>n * <usize>strideBN << 2)
    const start = bias != 0 ? bias + (<usize>n << 2) : 0
    const to = c + (<usize>(m * ldc + n) << 2)
    if (strideBN == 1 && N > 1) {
      const at = sums + (<usize>(m * N + n) << 2)
      streamRow(
        row, from, start, to, at, at + (<usize>(M * N) << 2), columns, K, <usize>strideAK << 2, <usize>strideBK << 2,
        activation,
      )
    } else if (strideBK == 1 && strideAK == 1) {
      dotRow(row, from, start, to, columns, K, <usize>strideBN << 2, activation)
    } else {
      scalarRow(
        row, from, start, to, columns, K, <usize>strideAK << 2, <usize>strideBK << 2, <usize>strideBN << 2, activation,
      )
    }
    i += last - first
  }
}

/**
 * N columns of a row of C, to which four rows of B at a time are added: B is read once, and the sums stay in L1. A B that
 * is larger than L2 comes row by row instead, strictly in the order in which it lies: loading the sums four times as often
 * costs less than what prefetchers miss by four streams, a factor of four from memory. Where they are longer than KC, those of a block are gathered in `block`, those of SUM_BLOCKS
 * blocks in `blocks`, and those in C.
 */
function streamRow(
  a: usize, b: usize, bias: usize, c: usize, block: usize, blocks: usize, N: i32, K: i32, stepA: usize, stepB: usize,
  activation: i32,
): void {
  for (let n = 0; n < N; n += 4) {
    const at = <usize>n << 2
    storeLanes(c + at, bias != 0 ? v128.load(bias + at) : f32x4.splat(0), N - n)
  }
  const inOrder = N >= STREAM_COLUMNS && <f32>N * <f32>K > <f32>STREAM_VALUES
  if (K <= KC) {
    addBlock(a, b, c, N, K, stepA, stepB, inOrder)
  } else {
    const bytes = <usize>N << 2
    memory.fill(blocks, 0, bytes)
    let count = 0
    for (let k = 0; k < K; k += KC) {
      const depth = least(KC, K - k)
      memory.fill(block, 0, bytes)
      addBlock(a + <usize>k * stepA, b + <usize>k * stepB, block, N, depth, stepA, stepB, inOrder)
      addTo(blocks, block, N)
      if (++count == SUM_BLOCKS || k + KC >= K) {
        addTo(c, blocks, N)
        memory.fill(blocks, 0, bytes)
        count = 0
      }
    }
  }
  if (activation != 0) {
    for (let n = 0; n < N; n += 4) {
      const at = c + (<usize>n << 2)
      storeLanes(at, activate(v128.load(at), activation), N - n)
    }
  }
}

/** to[n] += from[n] */
function addTo(to: usize, from: usize, N: i32): void {
  for (let n = 0; n < N; n += 4) {
    const at = <usize>n << 2
    storeLanes(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)), N - n)
  }
}

/** c[n] += Σ a[k] · b[k, n], one chain in the order of k; by four rows of b at a time, or one after another. */
function addBlock(
  a: usize, b: usize, c: usize, N: i32, K: i32, stepA: usize, stepB: usize, inOrder: bool,
): void {
  let k = 0
  for (; !inOrder && k + 4 <= K; k += 4) {
    addRows(4, a, b, c, N, stepA, stepB)
    a += 4 * stepA
    b += 4 * stepB
  }
  for (; k < K; k++) {
    addRows(1, a, b, c, N, stepA, stepB)
    a += stepA
    b += stepB
  }
}

/** c[n] += Σ a[k] · b[k, n] for `rows` (4 or 1) values of k. */
// @ts-ignore: decorator
@inline
function addRows(rows: i32, a: usize, b: usize, c: usize, N: i32, stepA: usize, stepB: usize): void {
  const va0 = v128.load32_splat(a)
  const va1 = rows > 1 ? v128.load32_splat(a + stepA) : va0
  const va2 = rows > 1 ? v128.load32_splat(a + 2 * stepA) : va0
  const va3 = rows > 1 ? v128.load32_splat(a + 3 * stepA) : va0
  let n = 0
  for (; n + 8 <= N; n += 8) addColumns(8, rows, va0, va1, va2, va3, b + (<usize>n << 2), stepB, c + (<usize>n << 2))
  if (n < N) addColumns(N - n, rows, va0, va1, va2, va3, b + (<usize>n << 2), stepB, c + (<usize>n << 2))
}

/**
 * The same for `count` ≤ 8 columns. Registers: two vectors of C, the values of A, and the vectors of B, all eight of which
 * V8 loads ahead; those of eight rows would spill.
 */
// @ts-ignore: decorator
@inline
function addColumns(
  count: i32, rows: i32, va0: v128, va1: v128, va2: v128, va3: v128, b: usize, stepB: usize, c: usize,
): void {
  let acc0 = madd(va0, v128.load(b), v128.load(c))
  let acc1 = madd(va0, v128.load(b, 16), v128.load(c, 16))
  if (rows > 1) {
    b += stepB
    acc0 = madd(va1, v128.load(b), acc0), acc1 = madd(va1, v128.load(b, 16), acc1)
    b += stepB
    acc0 = madd(va2, v128.load(b), acc0), acc1 = madd(va2, v128.load(b, 16), acc1)
    b += stepB
    acc0 = madd(va3, v128.load(b), acc0), acc1 = madd(va3, v128.load(b, 16), acc1)
  }
  storeLanes(c, acc0, count)
  storeLanes(c + 16, acc1, count - 4)
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
    let sum = f32x4.splat(0), blocks = sum
    let count = 0
    for (let k: usize = 0; k < whole;) {
      const blockEnd = min(whole, k + (KC << 2))
      let acc0 = f32x4.splat(0), acc1 = acc0, acc2 = acc0, acc3 = acc0
      for (; k < blockEnd; k += 16) {
        const va = v128.load(a + k)
        acc0 = madd(va, v128.load(b0 + k), acc0)
        acc1 = madd(va, v128.load(b1 + k), acc1)
        acc2 = madd(va, v128.load(b2 + k), acc2)
        acc3 = madd(va, v128.load(b3 + k), acc3)
      }
      blocks = f32x4.add(blocks, sumLanes(acc0, acc1, acc2, acc3))
      if (++count == SUM_BLOCKS || k == whole) {
        sum = f32x4.add(sum, blocks)
        blocks = f32x4.splat(0)
        count = 0
      }
    }
    for (let k = whole; k < all; k += 4) {
      const vb = f32x4(load<f32>(b0 + k), load<f32>(b1 + k), load<f32>(b2 + k), load<f32>(b3 + k))
      sum = madd(v128.load32_splat(a + k), vb, sum)
    }
    if (bias != 0) sum = f32x4.add(sum, v128.load(bias + (<usize>n << 2)))
    storeLanes(c + (<usize>n << 2), activate(sum, activation), N - n)
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

/** One row of C, element by element, for any strides; in f64, as that costs nothing here. */
function scalarRow(
  a: usize, b: usize, bias: usize, c: usize, N: i32, K: i32, stepA: usize, stepBK: usize, stepBN: usize,
  activation: i32,
): void {
  for (let n = 0; n < N; n++) {
    let ak = a
    let bk = b + <usize>n * stepBN
    let sum: f64 = bias != 0 ? load<f32>(bias + (<usize>n << 2)) : 0
    for (let k = 0; k < K; k++) {
      sum += <f64>load<f32>(ak) * <f64>load<f32>(bk)
      ak += stepA
      bk += stepBK
    }
    if (activation != 0 && sum < 0) sum = 0
    if (activation == 2 && sum > 6) sum = 6
    store<f32>(c + (<usize>n << 2), <f32>sum)
  }
}
