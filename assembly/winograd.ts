/**
 * Convolution by a 3 × 3 filter with stride 1, and its gradients, by Winograd's F(4 × 4, 3 × 3) (the transforms are in
 * winograd-transform.ts): a quarter of the products of the direct way, for two to five times the rounding error.
 *
 * Images are cut into tiles of 4 × 4 outputs, each of which sees 6 × 6 inputs; t counts the 36 values of a transformed
 * tile. A block of `blockTiles` tiles at a time goes through all steps, so that what lies between them stays in L2:
 *
 *     forward     V[t][tile][C] = Bᵀ d B      M[t] = V[t] · U[t]  for each t        y = Aᵀ M A
 *     backward    V as above, dM[t][tile][F] = A dy Aᵀ
 *                 dU[t] += V[t]ᵀ · dM[t]      dV[t] = dM[t] · U[t]ᵀ                 dx += B dV Bᵀ,  dw = Gᵀ dU G at the end
 *
 * U comes in packed panels (pack.ts), one matrix after the other; the 36 matrices of V and of M are LINE bytes longer
 * than their blockTiles · C values, so that those of a tile don't share one set of the cache. C and F are multiples of 4.
 *
 * x[B, H, W, C] has padTop rows and padLeft columns of zeros before it, and as many behind it as the outputs
 * y[B, P, Q, F] need; none of them is in memory. With `pool`, what is stored instead of y is activated and then
 * max-pooled by 2 × 2, [B, ⌊P/2⌋, ⌊Q/2⌋, F]: a tile holds four whole windows. `indices` then has a byte for each of
 * them, the place of the maximum (0 to 3 in row-major order; 4 where the activation lets no gradient pass), and the gradient comes
 * back from the pooled dy by way of it.
 *
 * scratch: a slot of `slotBytes` for each `grain` items of the parallel axis: V, M, a tile of either and the transforms'
 * work, see slotBytes in ops/winograd.ts.
 */

import { MR, NR } from './config'
import { fetch } from './fetch'
import { least, tileByColumns, tileByRows, tileRows } from './matmul-tile'
import { activate } from './simd'
import {
  transformFilter, transformFilterGrad, transformInput, transformInputGrad, transformOutput, transformOutputGrad,
  transformToOutputs, writeFactors,
} from './winograd-transform'

/** Bytes of a vector, and of a cache line. */
// @ts-ignore: decorator
@inline const VECTOR: usize = 16
// @ts-ignore: decorator
@inline const LINE: usize = 64
/** Outputs of a tile along an axis, and the inputs that they see. */
// @ts-ignore: decorator
@inline const OUT: i32 = 4
// @ts-ignore: decorator
@inline const IN: i32 = 6
/** Whether transforms go through the channels in pairs of vectors, as long as there are eight. */
// @ts-ignore: decorator
@inline const PAIRS: bool = NR == 16
/** Bytes of what a transform does together at most. */
// @ts-ignore: decorator
@inline const PAIR: usize = PAIRS ? 2 * VECTOR : VECTOR
/** Bytes for the result of the first pass of a transform, and for that of the second. */
// @ts-ignore: decorator
@inline const WORK: usize = 36 * PAIR
/** Behind both are the factors of the transforms. */
// @ts-ignore: decorator
@inline const FACTORS: usize = 2 * WORK

/** The bytes from one of the 36 matrices of transformed tiles, `blockTiles` × `channels`, to the next. */
// @ts-ignore: decorator
@inline
function matrixStep(blockTiles: i32, channels: i32): usize {
  return (<usize>(blockTiles * channels) << 2) + LINE
}

/** U[t] = (G w Gᵀ)[t] as panels for matmul with V: 36 matrices C × F. begin..end are panels of F. */
export function winogradFilter(w: usize, u: usize, C: i32, F: i32, scratch: usize, begin: i32, end: i32): void {
  const work = scratch + <usize>begin * (2 * WORK)
  const matrix = <usize>((F + NR - 1) / NR * C * NR) << 2
  for (let panel = begin; panel < end; panel++) {
    for (let f = panel * NR; f < least(panel * NR + NR, F); f += 4) {
      for (let c = 0; c < C; c++) {
        const to = u + (<usize>((panel * C + c) * NR + f % NR) << 2)
        transformTaps(w + (<usize>(c * F + f) << 2), <usize>(C * F) << 2, work)
        for (let t: usize = 0; t < 36; t++) v128.store(to + t * matrix, v128.load(work + WORK + t * VECTOR))
      }
    }
  }
}

/** U[t]ᵀ as panels for matmul with dM: 36 matrices F × C. begin..end are panels of C. */
export function winogradFilterTransposed(
  w: usize, u: usize, C: i32, F: i32, scratch: usize, begin: i32, end: i32,
): void {
  const work = scratch + <usize>begin * (2 * WORK)
  const matrix = <usize>((C + NR - 1) / NR * F * NR) << 2
  for (let panel = begin; panel < end; panel++) {
    for (let c = panel * NR; c < least(panel * NR + NR, C); c++) {
      for (let f = 0; f < F; f += 4) {
        const to = u + (<usize>((panel * F + f) * NR + c % NR) << 2)
        transformTaps(w + (<usize>(c * F + f) << 2), <usize>(C * F) << 2, work)
        for (let t: usize = 0; t < 36; t++) {
          const at = to + t * matrix
          const v = v128.load(work + WORK + t * VECTOR)
          v128.store_lane<f32>(at, v, 0)
          v128.store_lane<f32>(at, v, 1, NR << 2)
          v128.store_lane<f32>(at, v, 2, 2 * NR << 2)
          v128.store_lane<f32>(at, v, 3, 3 * NR << 2)
        }
      }
    }
  }
}

/** The nine taps at w, `step` bytes apart, to the 36 vectors in the second half of `work`. */
// @ts-ignore: decorator
@inline
function transformTaps(w: usize, step: usize, work: usize): void {
  for (let s: usize = 0; s < 3; s++) transformFilter(w + s * step, 3 * step, work + s * VECTOR, 3 * VECTOR)
  for (let i: usize = 0; i < 6; i++) {
    transformFilter(work + i * (3 * VECTOR), VECTOR, work + WORK + i * (6 * VECTOR), VECTOR)
  }
}

/**
 * y = act(bias[f] + x ∗ w), pooled where `pool` is set. indices may be 0 (nobody wants a gradient), bias too.
 * activation 0 none, 1 relu, 2 relu6. begin..end is a range of all tiles, B · ⌈P/4⌉ · ⌈Q/4⌉.
 */
export function winogradForward(
  x: usize, u: usize, bias: usize, y: usize, indices: usize, scratch: usize, slotBytes: i32, H: i32, W: i32, C: i32,
  P: i32, Q: i32, F: i32, padTop: i32, padLeft: i32, activation: i32, pool: i32, blockTiles: i32, grain: i32,
  begin: i32, end: i32,
): void {
  const v = scratch + <usize>(begin / grain) * <usize>slotBytes
  const stepV = matrixStep(blockTiles, C)
  const stepM = matrixStep(blockTiles, F)
  const m = v + 36 * stepV
  const patch = m + 36 * stepM
  const work = patch + (<usize>(36 * max(C, F)) << 2)
  const down = (P + OUT - 1) / OUT
  const across = (Q + OUT - 1) / OUT
  writeFactors(work + FACTORS)
  for (let block = begin; block < end; block += blockTiles) {
    const tiles = least(blockTiles, end - block)
    inputTiles(x, v, stepV, patch, work, H, W, C, padTop, padLeft, down, across, block, tiles)
    multiplyTiles(v, stepV, u, m, stepM, tiles, C, F)
    for (let i = 0; i < tiles; i++) {
      const row = (block + i) / across
      const q = (block + i - row * across) * OUT
      const image = row / down
      const p = (row - image * down) * OUT
      const from = m + (<usize>(i * F) << 2)
      if (pool) pooledOutput(from, stepM, bias, y, indices, work, image, p, q, P >> 1, Q >> 1, F, activation)
      else plainOutput(from, stepM, bias, y, work, image, p, q, P, Q, F, activation)
    }
  }
}

/** V of `tiles` tiles from number `first` on. */
function inputTiles(
  x: usize, v: usize, stepV: usize, patch: usize, work: usize, H: i32, W: i32, C: i32, padTop: i32, padLeft: i32,
  down: i32, across: i32, first: i32, tiles: i32,
): void {
  const pixel = <usize>C << 2
  const line = <usize>W * pixel
  for (let i = 0; i < tiles; i++) {
    const row = (first + i) / across
    const left = (first + i - row * across) * OUT - padLeft
    const image = row / down
    const top = (row - image * down) * OUT - padTop
    const at = x + <usize>(image * H) * line
    const to = v + <usize>i * pixel
    // The rows that the tiles above have not read.
    if (left == -padLeft) {
      const fresh = row == image * down ? 0 : top + 2
      fetch(at + <usize>fresh * line, at + <usize>least(H, top + IN) * line, to)
    }
    if (top >= 0 && left >= 0 && top + IN <= H && left + IN <= W) {
      transformTile(at + <usize>top * line + <usize>left * pixel, line, pixel, to, stepV, work)
    } else {
      copyPatch(at, patch, H, W, C, top, left, IN)
      transformTile(patch, 6 * pixel, pixel, to, stepV, work)
    }
  }
}

// @ts-ignore: decorator
@inline
function transformTile(from: usize, line: usize, pixel: usize, to: usize, stepV: usize, work: usize): void {
  let c: usize = 0
  for (; PAIRS && c + PAIR <= pixel; c += PAIR) inputVectors(true, from + c, line, pixel, to + c, stepV, work)
  for (; c < pixel; c += VECTOR) inputVectors(false, from + c, line, pixel, to + c, stepV, work)
}

/** The 36 values of a tile, for four channels or a pair. */
// @ts-ignore: decorator
@inline
function inputVectors(
  pair: bool, from: usize, line: usize, pixel: usize, to: usize, stepV: usize, work: usize,
): void {
  const step = pair ? PAIR : VECTOR
  for (let s: usize = 0; s < 6; s++) {
    transformInput(pair, work + FACTORS, from + s * pixel, line, work + s * step, 6 * step)
  }
  for (let r: usize = 0; r < 6; r++) {
    transformInput(pair, work + FACTORS, work + r * (6 * step), step, to + r * (6 * stepV), stepV)
  }
}

/** The `size` × `size` pixels from (top, left) on, zeros where they lie outside of the image. */
function copyPatch(image: usize, patch: usize, H: i32, W: i32, C: i32, top: i32, left: i32, size: i32): void {
  const pixel = <usize>C << 2
  const row = <usize>size * pixel
  const first = max(0, -left)
  const last = least(size, W - left)
  memory.fill(patch, 0, <usize>size * row)
  if (first >= last) return
  for (let r = max(0, -top); r < least(size, H - top); r++) {
    const from = image + <usize>((top + r) * W + left + first) * pixel
    memory.copy(patch + <usize>r * row + <usize>first * pixel, from, <usize>(last - first) * pixel)
  }
}

/** c[t][tile][N] = a[t][tile][K] · b[t] for each t, b in panels. */
function multiplyTiles(
  a: usize, matrixA: usize, b: usize, c: usize, matrixC: usize, tiles: i32, K: i32, N: i32,
): void {
  const stepA = <usize>K << 2
  const stepC = <usize>N << 2
  const panelBytes = <usize>(K * NR) << 2
  for (let t: usize = 0; t < 36; t++) {
    const aT = a + t * matrixA
    const cT = c + t * matrixC
    for (let n = 0; n < N; n += NR) {
      for (let i = 0; i < tiles; i += MR) {
        const rows = tileRows(i, tiles)
        const a0 = aT + <usize>i * stepA
        const a1 = rows > 1 ? a0 + stepA : a0
        const a2 = rows > 2 ? a1 + stepA : a1
        const a3 = rows > 3 ? a2 + stepA : a2
        const to = cT + <usize>i * stepC + (<usize>n << 2)
        tileByRows(a0, a1, a2, a3, b, 0, 0, to, stepC, rows, N - n, 1, 1, K, 0, 0, 0)
      }
      b += panelBytes
    }
  }
}

/** The first pass from products to outputs: four rows of six, to `work`. */
// @ts-ignore: decorator
@inline
function outputColumns(pair: bool, from: usize, stepM: usize, work: usize): void {
  const step = pair ? PAIR : VECTOR
  for (let s: usize = 0; s < 6; s++) {
    transformOutput(pair, work + FACTORS, from + s * stepM, 6 * stepM, work + s * step, 6 * step)
  }
}

/** The outputs of a tile: the second pass writes them into y, by way of `work` where the tile reaches past the image. */
function plainOutput(
  from: usize, stepM: usize, bias: usize, y: usize, work: usize, image: i32, p: i32, q: i32, P: i32, Q: i32, F: i32,
  activation: i32,
): void {
  const pixel = <usize>F << 2
  const line = <usize>Q * pixel
  const rows = <usize>least(OUT, P - p)
  const columns = <usize>least(OUT, Q - q)
  const to = y + <usize>((image * P + p) * Q + q) * pixel
  let f: usize = 0
  for (; PAIRS && f + PAIR <= pixel; f += PAIR) {
    outputVectors(true, from + f, stepM, bias, f, to + f, line, pixel, work, rows, columns, activation)
  }
  for (; f < pixel; f += VECTOR) {
    outputVectors(false, from + f, stepM, bias, f, to + f, line, pixel, work, rows, columns, activation)
  }
}

// @ts-ignore: decorator
@inline
function outputVectors(
  pair: bool, from: usize, stepM: usize, bias: usize, f: usize, to: usize, line: usize, pixel: usize, work: usize,
  rows: usize, columns: usize, activation: i32,
): void {
  const step = pair ? PAIR : VECTOR
  const low = f32x4.splat(activation != 0 ? <f32>0 : NaN)
  const high = f32x4.splat(activation == 2 ? <f32>6 : NaN)
  let bias0 = f32x4.splat(0), bias1 = f32x4.splat(0)
  if (bias != 0) {
    bias0 = v128.load(bias + f)
    if (pair) bias1 = v128.load(bias + f, 16)
  }
  outputColumns(pair, from, stepM, work)
  for (let r: usize = 0; r < rows; r++, to += line) {
    const row = work + r * (6 * step)
    if (columns == <usize>OUT) {
      transformToOutputs(pair, work + FACTORS, row, step, to, pixel, bias0, bias1, low, high)
    } else {
      transformToOutputs(pair, work + FACTORS, row, step, work + WORK, step, bias0, bias1, low, high)
      for (let s: usize = 0; s < columns; s++) {
        const at = work + WORK + s * step
        v128.store(to + s * pixel, v128.load(at))
        if (pair) v128.store(to + s * pixel, v128.load(at, 16), 16)
      }
    }
  }
}

/** P and Q count windows here; p and q are still in outputs. */
function pooledOutput(
  from: usize, stepM: usize, bias: usize, y: usize, indices: usize, work: usize, image: i32, p: i32, q: i32, P: i32,
  Q: i32, F: i32, activation: i32,
): void {
  const rows = least(2, P - (p >> 1))
  const columns = least(2, Q - (q >> 1))
  const first = <usize>((image * P + (p >> 1)) * Q + (q >> 1)) * <usize>F
  let f: usize = 0
  for (; PAIRS && f + 8 <= <usize>F; f += 8) {
    pooledVectors(true, from + (f << 2), stepM, bias, f, y, indices, work, first + f, rows, columns, Q, F, activation)
  }
  for (; f < <usize>F; f += 4) {
    pooledVectors(false, from + (f << 2), stepM, bias, f, y, indices, work, first + f, rows, columns, Q, F, activation)
  }
}

// @ts-ignore: decorator
@inline
function pooledVectors(
  pair: bool, from: usize, stepM: usize, bias: usize, f: usize, y: usize, indices: usize, work: usize, first: usize,
  rows: i32, columns: i32, Q: i32, F: i32, activation: i32,
): void {
  const step = pair ? PAIR : VECTOR
  const bias0 = bias != 0 ? v128.load(bias + (f << 2)) : f32x4.splat(0)
  const bias1 = pair && bias != 0 ? v128.load(bias + (f << 2), 16) : f32x4.splat(0)
  outputColumns(pair, from, stepM, work)
  for (let r: usize = 0; r < 4; r++) {
    transformOutput(pair, work + FACTORS, work + r * (6 * step), step, work + WORK + r * (4 * step), step)
  }
  for (let r = 0; r < rows; r++) {
    for (let s = 0; s < columns; s++) {
      const window = work + WORK + <usize>r * (8 * step) + <usize>s * (2 * step)
      const at = first + <usize>(r * Q + s) * <usize>F
      const index = indices != 0 ? indices + at : 0
      poolWindow(window, step, y + (at << 2), index, bias0, activation)
      if (pair) {
        poolWindow(window + VECTOR, step, y + (at << 2) + VECTOR, index != 0 ? index + 4 : 0, bias1, activation)
      }
    }
  }
}

/**
 * The first maximum of a window in row-major order, NaN before all; its place, or 4 where the activation stops the gradient.
 * The outputs of a row are `step` bytes apart.
 */
// @ts-ignore: decorator
@inline
function poolWindow(window: usize, step: usize, y: usize, index: usize, bias: v128, activation: i32): void {
  let best = f32x4.add(v128.load(window), bias)
  let place = i32x4.splat(0)
  for (let i = 1; i < 4; i++) {
    const offset = <usize>((i >> 1) * 4 + (i & 1)) * step
    const value = f32x4.add(v128.load(window + offset), bias)
    const stays = v128.or(f32x4.ge(best, value), f32x4.ne(best, best))
    best = v128.bitselect(best, value, stays)
    place = v128.bitselect(place, i32x4.splat(i), stays)
  }
  // relu and relu6 keep the order, so they may as well come after the maximum.
  if (activation != 0) {
    best = activate(best, activation)
    place = v128.bitselect(i32x4.splat(4), place, f32x4.le(best, f32x4.splat(0)))
    if (activation == 2) place = v128.bitselect(i32x4.splat(4), place, f32x4.eq(best, f32x4.splat(6)))
  }
  v128.store(y, best)
  if (index == 0) return
  const words = i16x8.narrow_i32x4_u(place, place)
  v128.store_lane<i32>(index, i8x16.narrow_i16x8_u(words, words), 0)
}

/**
 * The gradients of x, of U (to be transformed back by winogradGradFilter) and of the bias, for the images begin..end;
 * dx, dU and db may each be 0. dU[slot][t][C][F] and db[slot][F] hold a sum for each `grain` images, so that it does not
 * depend on who computes which. dy is that of the outputs, or, where indices is not 0, of the pooled ones.
 */
export function winogradGrad(
  x: usize, dy: usize, indices: usize, uTransposed: usize, dx: usize, dU: usize, db: usize, scratch: usize,
  slotBytes: i32, H: i32, W: i32, C: i32, P: i32, Q: i32, F: i32, padTop: i32, padLeft: i32, blockTiles: i32,
  grain: i32, begin: i32, end: i32,
): void {
  const v = scratch + <usize>(begin / grain) * <usize>slotBytes
  const stepV = matrixStep(blockTiles, C)
  const stepM = matrixStep(blockTiles, F)
  const m = v + 36 * stepV
  const patch = m + 36 * stepM
  const work = patch + (<usize>(36 * max(C, F)) << 2)
  const down = (P + OUT - 1) / OUT
  const across = (Q + OUT - 1) / OUT
  const imageX = <usize>(H * W * C) << 2
  writeFactors(work + FACTORS)
  if (dx != 0) memory.fill(dx + <usize>begin * imageX, 0, <usize>(end - begin) * imageX)
  for (let first = begin; first < end; first += grain) {
    const slot = <usize>(first / grain)
    const slotU = dU != 0 ? dU + slot * (<usize>(36 * C * F) << 2) : 0
    const slotB = db != 0 ? db + slot * (<usize>F << 2) : 0
    if (db != 0) memory.fill(slotB, 0, <usize>F << 2)
    const firstTile = first * down * across
    const endTile = least(first + grain, end) * down * across
    for (let block = firstTile; block < endTile; block += blockTiles) {
      const tiles = least(blockTiles, endTile - block)
      outputGradTiles(dy, indices, slotB, m, stepM, patch, work, P, Q, F, down, across, block, tiles)
      if (dU != 0) {
        inputTiles(x, v, stepV, patch, work, H, W, C, padTop, padLeft, down, across, block, tiles)
        accumulateFilter(v, stepV, m, stepM, slotU, tiles, C, F, block == firstTile)
      }
      if (dx != 0) {
        multiplyTiles(m, stepM, uTransposed, v, stepV, tiles, F, C)
        inputGradTiles(v, stepV, dx, work, H, W, C, padTop, padLeft, down, across, block, tiles)
      }
    }
  }
}

/** dM of `tiles` tiles from number `first` on, and their part of db. */
function outputGradTiles(
  dy: usize, indices: usize, db: usize, m: usize, stepM: usize, patch: usize, work: usize, P: i32, Q: i32, F: i32,
  down: i32, across: i32, first: i32, tiles: i32,
): void {
  const pixel = <usize>F << 2
  const line = <usize>Q * pixel
  for (let i = 0; i < tiles; i++) {
    const row = (first + i) / across
    const q = (first + i - row * across) * OUT
    const image = row / down
    const p = (row - image * down) * OUT
    let from = patch
    let step: usize = 4 * pixel
    if (indices != 0) {
      unpoolTile(dy, indices, patch, image, p >> 1, q >> 1, P >> 1, Q >> 1, F)
    } else if (p + OUT <= P && q + OUT <= Q) {
      from = dy + <usize>((image * P + p) * Q + q) * pixel
      step = line
    } else {
      copyPatch(dy + <usize>(image * P) * line, patch, P, Q, F, p, q, OUT)
    }
    const to = m + <usize>i * pixel
    let f: usize = 0
    for (; PAIRS && f + PAIR <= pixel; f += PAIR) outputGradVectors(true, from + f, step, pixel, to + f, stepM, work)
    for (; f < pixel; f += VECTOR) outputGradVectors(false, from + f, step, pixel, to + f, stepM, work)
    if (db != 0) addOutputs(from, step, pixel, db)
  }
}

// @ts-ignore: decorator
@inline
function outputGradVectors(
  pair: bool, from: usize, line: usize, pixel: usize, to: usize, stepM: usize, work: usize,
): void {
  const step = pair ? PAIR : VECTOR
  for (let s: usize = 0; s < 4; s++) {
    transformOutputGrad(pair, work + FACTORS, from + s * pixel, line, work + s * step, 4 * step)
  }
  for (let r: usize = 0; r < 6; r++) {
    transformOutputGrad(pair, work + FACTORS, work + r * (4 * step), step, to + r * (6 * stepM), stepM)
  }
}

/** db += the 16 pixels of a tile. */
// @ts-ignore: decorator
@inline
function addOutputs(from: usize, line: usize, pixel: usize, db: usize): void {
  for (let f: usize = 0; f < pixel; f += VECTOR) {
    let sum = f32x4.splat(0)
    for (let r: usize = 0; r < 4; r++) {
      const at = from + f + r * line
      const left = f32x4.add(v128.load(at), v128.load(at + pixel))
      sum = f32x4.add(sum, f32x4.add(left, f32x4.add(v128.load(at + 2 * pixel), v128.load(at + 3 * pixel))))
    }
    v128.store(db + f, f32x4.add(v128.load(db + f), sum))
  }
}

/** dy of the 2 × 2 windows of a tile, each at the place of its maximum among 4 × 4 zeros. */
function unpoolTile(dy: usize, indices: usize, patch: usize, image: i32, p: i32, q: i32, P: i32, Q: i32, F: i32): void {
  const pixel = <usize>F << 2
  const zero = f32x4.splat(0)
  for (let r = 0; r < 2; r++) {
    for (let s = 0; s < 2; s++) {
      const inside = p + r < P && q + s < Q
      const from = <usize>((image * P + p + r) * Q + q + s) * <usize>F
      const to = patch + <usize>(r * 8 + s * 2) * pixel
      for (let f: usize = 0; f < <usize>F; f += 4) {
        const at = to + (f << 2)
        const value = inside ? v128.load(dy + (from + f << 2)) : zero
        const bytes = inside ? v128.load32_zero(indices + from + f) : zero
        const place = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes))
        v128.store(at, v128.and(value, i32x4.eq(place, zero)))
        v128.store(at + pixel, v128.and(value, i32x4.eq(place, i32x4.splat(1))))
        v128.store(at + 4 * pixel, v128.and(value, i32x4.eq(place, i32x4.splat(2))))
        v128.store(at + 5 * pixel, v128.and(value, i32x4.eq(place, i32x4.splat(3))))
      }
    }
  }
}

/** dU[t][C][F] (+)= Σ_tile v[t][tile][C] · m[t][tile][F] for each t. */
function accumulateFilter(
  v: usize, stepV: usize, m: usize, stepM: usize, dU: usize, tiles: i32, C: i32, F: i32, isFirst: bool,
): void {
  const row = <usize>F << 2
  for (let t: usize = 0; t < 36; t++) {
    const vT = v + t * stepV
    const mT = m + t * stepM
    for (let f = 0; f < F; f += NR) {
      for (let c = 0; c < C; c += MR) {
        const to = dU + (t * <usize>C + <usize>c) * row + (<usize>f << 2)
        const start: usize = isFirst ? 0 : to
        const from = vT + (<usize>c << 2)
        const by = mT + (<usize>f << 2)
        tileByColumns(from, by, start, row, to, row, MR, F - f, 1, tiles, 0, 0, <usize>C << 2, row, 0)
      }
    }
  }
}

/** dx += B dV Bᵀ, a tile after the other: tiles overlap by two rows and columns. */
function inputGradTiles(
  v: usize, stepV: usize, dx: usize, work: usize, H: i32, W: i32, C: i32, padTop: i32, padLeft: i32, down: i32,
  across: i32, first: i32, tiles: i32,
): void {
  const pixel = <usize>C << 2
  const line = <usize>W * pixel
  for (let i = 0; i < tiles; i++) {
    const row = (first + i) / across
    const left = (first + i - row * across) * OUT - padLeft
    const image = row / down
    const top = (row - image * down) * OUT - padTop
    const from = v + <usize>i * pixel
    const to = dx + <usize>(image * H + top) * line + <usize>left * pixel
    const rBegin = <usize>max(0, -top)
    const rEnd = <usize>max(0, least(IN, H - top))
    const sBegin = <usize>max(0, -left)
    const sEnd = <usize>max(0, least(IN, W - left))
    let c: usize = 0
    for (; PAIRS && c + PAIR <= pixel; c += PAIR) {
      inputGradVectors(true, from + c, stepV, to + c, line, pixel, work, rBegin, rEnd, sBegin, sEnd)
    }
    for (; c < pixel; c += VECTOR) {
      inputGradVectors(false, from + c, stepV, to + c, line, pixel, work, rBegin, rEnd, sBegin, sEnd)
    }
  }
}

// @ts-ignore: decorator
@inline
function inputGradVectors(
  pair: bool, from: usize, stepV: usize, to: usize, line: usize, pixel: usize, work: usize, rBegin: usize, rEnd: usize,
  sBegin: usize, sEnd: usize,
): void {
  const step = pair ? PAIR : VECTOR
  for (let s: usize = 0; s < 6; s++) {
    transformInputGrad(pair, work + FACTORS, from + s * stepV, 6 * stepV, work + s * step, 6 * step)
  }
  for (let r: usize = 0; r < 6; r++) {
    transformInputGrad(pair, work + FACTORS, work + r * (6 * step), step, work + WORK + r * (6 * step), step)
  }
  for (let r = rBegin; r < rEnd; r++) {
    for (let s = sBegin; s < sEnd; s++) {
      const at = to + r * line + s * pixel
      const own = work + WORK + r * (6 * step) + s * step
      const sum = f32x4.add(v128.load(at), v128.load(own))
      const next = pair ? f32x4.add(v128.load(at, 16), v128.load(own, 16)) : sum
      v128.store(at, sum)
      if (pair) v128.store(at, next, 16)
    }
  }
}

/**
 * dw[3, 3, C, F] = Gᵀ (Σ_slot dU[slot]) G. begin..end are elements of C · F. The 36 matrices of a slot may lie a power of
 * two apart, where their lines push each other out of the cache: so a line of 16 elements is added up at a time. scratch: a
 * slot of 36 lines and 36 vectors for each `grain` elements, which is a multiple of 16.
 */
export function winogradGradFilter(
  dU: usize, dw: usize, slots: i32, C: i32, F: i32, scratch: usize, grain: i32, begin: i32, end: i32,
): void {
  const sums = scratch + <usize>(begin / grain) * (36 * (LINE + VECTOR))
  const work = sums + 36 * LINE
  const matrix = <usize>(C * F) << 2
  for (let i = begin; i < end; i += 16) {
    for (let t: usize = 0; t < 36; t++) {
      let at = dU + (<usize>i << 2) + t * matrix
      let sum0 = v128.load(at), sum1 = v128.load(at, 16), sum2 = v128.load(at, 32), sum3 = v128.load(at, 48)
      for (let slot = 1; slot < slots; slot++) {
        at += 36 * matrix
        sum0 = f32x4.add(sum0, v128.load(at)), sum1 = f32x4.add(sum1, v128.load(at, 16))
        sum2 = f32x4.add(sum2, v128.load(at, 32)), sum3 = f32x4.add(sum3, v128.load(at, 48))
      }
      const to = sums + t * LINE
      v128.store(to, sum0), v128.store(to, sum1, 16), v128.store(to, sum2, 32), v128.store(to, sum3, 48)
    }
    for (let lane: usize = 0; lane < LINE; lane += VECTOR) {
      for (let s: usize = 0; s < 6; s++) {
        transformFilterGrad(sums + lane + s * LINE, 6 * LINE, work + s * VECTOR, 6 * VECTOR)
      }
      const to = dw + (<usize>i << 2) + lane
      for (let r: usize = 0; r < 3; r++) {
        transformFilterGrad(work + r * (6 * VECTOR), VECTOR, to + r * 3 * matrix, matrix)
      }
    }
  }
}
