/**
 * The gradients of a convolution by its input and by its filter. (That by its bias is a sum over columns.) Padding is
 * never in memory: what lies outside of the images is left out, or is zero where windows are packed.
 */

import { GRAD_BLOCK, GRAD_ROWS, INPUT_GRAD_BLOCK, MR, NR } from './config'
import { blockDepth, least, panelAt, tileByColumns, tileByRows, tileRows } from './matmul-tile'
import { packB } from './pack'
import { storeLanes } from './simd'

/**
 * dx[b, h, w, c] = Σ w[r, s, c, f] · dy[b, p, q, f] over f and all r, s, p, q with
 * p·strideH + r·dilationH − padTop = h and q·strideW + s·dilationW − padLeft = w.
 *
 * dx[B, H, W, lddx] of which C channels are written, dy[B, P, Q, lddy] of which F are read, packedW = packFilterTransposed
 * of w: for each r a matrix F × (S·C) in panels. begin..end is a range of the B · H rows of dx.
 *
 * A row h of dx meets filter row r in one row p of dy at most, so nothing is computed twice and no zeros are multiplied,
 * whatever the strides: for each r a plain product of that row of dy gives what its pixels add to their windows,
 *
 *     products[r][pixel q of dy][s][c] = Σ_f dy[p, q, f] · w[r, s, c, f]
 *
 * and a pixel of dx is the sum of the R · S of them that it lies under, in the order of s, then r. Rows of dx that meet
 * the same r's (`strideH` apart) go together until there are about INPUT_GRAD_BLOCK pixels of dy, so that a panel of w is
 * used for several tiles and the products stay in L2.
 *
 * scratch: a slot of slotBytes for each `grain` rows, for the products: R · pixels · (S·C in whole panels).
 */
export function conv2dGradInput(
  dy: usize, packedW: usize, dx: usize, scratch: usize, slotBytes: i32, H: i32, W: i32, C: i32, P: i32, Q: i32, F: i32,
  R: i32, S: i32, strideH: i32, strideW: i32, dilationH: i32, dilationW: i32, padTop: i32, padLeft: i32, lddy: i32,
  lddx: i32, grain: i32, begin: i32, end: i32,
): void {
  const products = scratch + <usize>(begin / grain) * <usize>slotBytes
  const panels = (S * C + NR - 1) / NR
  const matrix = <usize>(panels * F * NR) << 2
  const stepT = <usize>(panels * NR) << 2
  const rowDy = <usize>(Q * lddy) << 2
  const groupRows = Q < INPUT_GRAD_BLOCK ? INPUT_GRAD_BLOCK / Q : 1
  const plane = <usize>(groupRows * Q) * stepT
  const pixelDx = <usize>lddx << 2
  // The filter rows that a row of dx meets are this far apart, and so are the columns.
  const apartR = apart(strideH, dilationH)
  const apartS = apart(strideW, dilationW)
  for (let row = begin; row < end;) {
    const image = row / H
    const first = row - image * H
    const last = least(H, first + end - row)
    for (let phase = first; phase < least(last, first + strideH); phase++) {
      for (let h = phase; h < last; h += groupRows * strideH) {
        const rows = least(groupRows, (last - h + strideH - 1) / strideH)
        const firstR = firstTap(h + padTop, strideH, dilationH, apartR)
        for (let r = firstR; r < R; r += apartR) {
          const p = (h + padTop - r * dilationH) / strideH
          const from = least(max(0, -p), rows)
          const count = least(rows, P - p) - from
          if (count <= 0) continue
          const at = dy + <usize>(image * P + p + from) * rowDy
          const to = products + <usize>r * plane + <usize>(from * Q) * stepT
          multiplyPixels(at, packedW + <usize>r * matrix, to, stepT, count * Q, S * C, F, lddy)
        }
        for (let i = 0; i < rows; i++) {
          const top = h + i * strideH + padTop
          // The r with a row p = (top − r·dilationH) / strideH inside of dy.
          let r = firstR
          while (r < R && top - r * dilationH >= P * strideH) r += apartR
          let taps = 0
          while (r + taps * apartR < R && top - (r + taps * apartR) * dilationH >= 0) taps++
          const from = products + <usize>r * plane + <usize>(i * Q) * stepT
          let to = dx + <usize>((image * H + h + i * strideH) * W) * pixelDx
          for (let w = 0; w < W; w++, to += pixelDx) {
            const left = w + padLeft
            let s = firstTap(left, strideW, dilationW, apartS)
            while (s < S && left - s * dilationW >= Q * strideW) s += apartS
            let columns = 0
            while (s + columns * apartS < S && left - (s + columns * apartS) * dilationW >= 0) columns++
            const q = columns > 0 ? (left - s * dilationW) / strideW : 0
            const stepS = (<usize>(apartS * C) << 2) - <usize>(apartS * dilationW / strideW) * stepT
            const at = from + <usize>q * stepT + (<usize>(s * C) << 2)
            sumTaps(at, to, C, columns, taps, stepS, <usize>apartR * plane)
          }
        }
      }
    }
    row += last - first
  }
}

/** The least n above 0 with n · dilation a multiple of the stride. */
// @ts-ignore: decorator
@inline
function apart(stride: i32, dilation: i32): i32 {
  let n = 1
  while (n * dilation % stride != 0) n++
  return n
}

/** The first tap that lies on an output: (at − tap · dilation) a multiple of the stride. `most` or more where none does. */
// @ts-ignore: decorator
@inline
function firstTap(at: i32, stride: i32, dilation: i32, most: i32): i32 {
  let tap = 0
  if (stride > 1) {
    while (tap < most && (at - tap * dilation) % stride != 0) tap++
    if (tap == most) tap = <i32>0x3fffffff
  }
  return tap
}

/** products[pixels][N] = dy · w[r], N = S · C in whole panels, F deep. */
function multiplyPixels(
  dy: usize, panels: usize, to: usize, stepT: usize, pixels: i32, N: i32, F: i32, lddy: i32,
): void {
  const stepDy = <usize>lddy << 2
  const most = blockDepth(F)
  for (let k = 0; k < F; k += most) {
    const depth = least(F - k, most)
    const start = k > 0
    for (let n = 0; n < N; n += NR) {
      const panel = panelAt(panels, F, n, k)
      for (let i = 0; i < pixels; i += MR) {
        const rows = tileRows(i, pixels)
        const a0 = dy + <usize>i * stepDy + (<usize>k << 2)
        const a1 = rows > 1 ? a0 + stepDy : a0
        const a2 = rows > 2 ? a1 + stepDy : a1
        const a3 = rows > 3 ? a2 + stepDy : a2
        const c = to + <usize>i * stepT + (<usize>n << 2)
        tileByRows(a0, a1, a2, a3, panel, start ? c : 0, stepT, c, stepT, rows, NR, 1, 1, depth, 0, 0, 0)
      }
    }
  }
}

/** to[c] = Σ over columns and rows of from[column · stepS + row · stepR + c], C channels. */
// @ts-ignore: decorator
@inline
function sumTaps(from: usize, to: usize, C: i32, columns: i32, rows: i32, stepS: usize, stepR: usize): void {
  let c = 0
  for (; c + 16 <= C; c += 16) {
    let acc0 = f32x4.splat(0), acc1 = f32x4.splat(0), acc2 = f32x4.splat(0), acc3 = f32x4.splat(0)
    let column = from + (<usize>c << 2)
    for (let s = 0; s < columns; s++, column += stepS) {
      let at = column
      for (let r = 0; r < rows; r++, at += stepR) {
        acc0 = f32x4.add(acc0, v128.load(at)), acc1 = f32x4.add(acc1, v128.load(at, 16))
        acc2 = f32x4.add(acc2, v128.load(at, 32)), acc3 = f32x4.add(acc3, v128.load(at, 48))
      }
    }
    const y = to + (<usize>c << 2)
    v128.store(y, acc0), v128.store(y, acc1, 16), v128.store(y, acc2, 32), v128.store(y, acc3, 48)
  }
  for (; c < C; c += 4) {
    let acc = f32x4.splat(0)
    let column = from + (<usize>c << 2)
    for (let s = 0; s < columns; s++, column += stepS) {
      let at = column
      for (let r = 0; r < rows; r++, at += stepR) acc = f32x4.add(acc, v128.load(at))
    }
    storeLanes(to + (<usize>c << 2), acc, C - c)
  }
}

/**
 * dw[r, s, c, f] = Σ_{b,p,q} x[b, p·strideH + r·dilationH − padTop, q·strideW + s·dilationW − padLeft, c] · dy[b, p, q, f]
 *
 * x[B, H, W, ldx] of which C channels are read; dy[B, P, Q, lddy] and dw[R, S, C, lddw] of which F are used. The sum over
 * the B·P·Q = `pixels` pixels is cut into parts of `partPixels`, each with a dw of its own, partSize elements after the
 * one before; whoever asks for several adds them up. begin..end is a range of the chunks of GRAD_ROWS of the K = R·S·C
 * rows of dw, those of the first part before those of the second: parts · ⌈K / GRAD_ROWS⌉. With R = S = 1 it is a plain
 * product aᵀ · b, of a[pixels, C] and b[pixels, F].
 *
 * A product whose inner dimension is the pixels, in blocks of GRAD_BLOCK of them: dy and the windows in x are copied
 * into panels, which takes K + F copies for K · F multiply-adds. So all tiles are whole and read what follows each other,
 * whatever the number of channels, and no rows of x or dy meet in one set of the cache:
 *
 *     windows [rows of dw / NR][pixels of the block][NR]       dy [F / NR][pixels of the block][NR]
 *
 * A block's sums are added to those before it in dw.
 *
 * scratch: a slot of slotBytes for each `grain` chunks: GRAD_BLOCK · (GRAD_ROWS + F in whole panels) elements.
 */
export function conv2dGradFilter(
  x: usize, dy: usize, dw: usize, scratch: usize, slotBytes: i32, H: i32, W: i32, C: i32, P: i32, Q: i32, F: i32,
  R: i32, S: i32, strideH: i32, strideW: i32, dilationH: i32, dilationW: i32, padTop: i32, padLeft: i32, ldx: i32,
  lddy: i32, lddw: i32, pixels: i32, partPixels: i32, partSize: i32, grain: i32, begin: i32, end: i32,
): void {
  const windows = scratch + <usize>(begin / grain) * <usize>slotBytes
  const packedDy = windows + (<usize>(GRAD_BLOCK * GRAD_ROWS) << 2)
  const stepDw = <usize>lddw << 2
  const K = R * S * C
  const chunks = (K + GRAD_ROWS - 1) / GRAD_ROWS
  for (let item = begin; item < end;) {
    const part = item / chunks
    const first = item - part * chunks
    const last = least(chunks, first + end - item)
    const firstPixel = part * partPixels
    const endPixel = least(firstPixel + partPixels, pixels)
    const sums = dw + (<usize>part * <usize>partSize << 2)
    for (let block = firstPixel; block < endPixel; block += GRAD_BLOCK) {
      const count = least(GRAD_BLOCK, endPixel - block)
      packB(dy + (<usize>block * <usize>lddy << 2), packedDy, count, F, lddy, 0, (F + NR - 1) / NR)
      for (let row = first * GRAD_ROWS; row < least(K, last * GRAD_ROWS); row += GRAD_ROWS) {
        const rows = least(GRAD_ROWS, K - row)
        packWindows(
          x, windows, row, rows, block, count, H, W, C, P, Q, S, strideH, strideW, dilationH, dilationW, padTop, padLeft,
          ldx,
        )
        for (let f = 0; f < F; f += NR) {
          const panel = panelAt(packedDy, count, f, 0)
          for (let m = 0; m < rows; m += MR) {
            const from = panelAt(windows, count, m / NR * NR, 0) + (<usize>(m % NR) << 2)
            const to = sums + <usize>(row + m) * stepDw + (<usize>f << 2)
            const start = block > firstPixel ? to : 0
            tileByColumns(
              from, panel, start, stepDw, to, stepDw, tileRows(m, rows), F - f, 1, count, 0, 0, NR << 2, NR << 2, 0,
            )
          }
        }
      }
    }
    item += last - first
  }
}

/**
 * The windows of `count` pixels from number `pixel` on in panels: of the R·S·C values of each the `rows` from `row` on.
 * What is contiguous in x (a filter row; one tap where columns are dilated or x is a slice) and falls into one panel is
 * copied for all pixels before the next.
 */
function packWindows(
  x: usize, packed: usize, row: i32, rows: i32, pixel: i32, count: i32, H: i32, W: i32, C: i32, P: i32, Q: i32, S: i32,
  strideH: i32, strideW: i32, dilationH: i32, dilationW: i32, padTop: i32, padLeft: i32, ldx: i32,
): void {
  const contiguous = dilationW == 1 && ldx == C
  const length = contiguous ? S * C : C
  const firstRow = pixel / Q
  for (let i = 0; i < rows;) {
    const run = (row + i) / length
    const within = row + i - run * length
    const r = contiguous ? run : run / S
    const s = contiguous ? 0 : run - r * S
    const lane = i % NR
    const values = least(least(length - within, NR - lane), rows - i)
    const to = panelAt(packed, count, i - lane, 0) + (<usize>lane << 2)
    packPiece(
      x, to, values, lane + 4 <= NR, firstRow, pixel - firstRow * Q, count, H, W * ldx, P, Q, strideH, strideW * ldx,
      r * dilationH - padTop, (s * dilationW - padLeft) * ldx + within,
    )
    i += values
  }
}

/**
 * `values` (at most NR) neighbours of the windows of `count` pixels, NR elements apart: those of pixel (row, q) begin
 * at element q · stepX + left of row p · strideH + top of their image, zeros where that is outside of it. Where there is
 * `room` for a vector, what follows fewer than four values is overwritten: it belongs to a later piece.
 */
function packPiece(
  x: usize, to: usize, values: i32, room: bool, row: i32, q: i32, count: i32, H: i32, rowX: i32, P: i32, Q: i32, strideH: i32,
  stepX: i32, top: i32, left: i32,
): void {
  // The pixels of a row whose values all lie inside.
  const firstInside = left < 0 ? (stepX - 1 - left) / stepX : 0
  const endInside = rowX >= values + left ? (rowX - values - left) / stepX + 1 : 0
  while (count > 0) {
    const image = row / P
    const h = (row - image * P) * strideH + top
    const qEnd = least(Q, q + count)
    const from = x + (<usize>(image * H + h) * <usize>rowX << 2)
    count -= qEnd - q
    if (h < 0 || h >= H) {
      const toEnd = to + (<usize>((qEnd - q) * NR) << 2)
      copyPieces(true, from, to, toEnd, 0, values, room)
      to = toEnd
      q = qEnd
    }
    while (q < qEnd) {
      let left0 = q * stepX + left
      if (q >= firstInside && q < endInside) {
        const toEnd = to + (<usize>((least(qEnd, endInside) - q) * NR) << 2)
        copyPieces(false, from + (<usize>left0 << 2), to, toEnd, <usize>stepX << 2, values, room)
        to = toEnd
        q = least(qEnd, endInside)
      } else {
        for (let i = 0; i < values; i++) {
          const valid = left0 + i >= 0 && left0 + i < rowX
          store<f32>(to + (<usize>i << 2), valid ? load<f32>(from + (<usize>(left0 + i) << 2)) : 0)
        }
        to += NR << 2
        q++
      }
    }
    q = 0
    row++
  }
}

/** `values` neighbours from each `step` bytes into each row of a panel, or zeros; the last vector overlaps the one before. */
// @ts-ignore: decorator
@inline
function copyPieces(zeros: bool, from: usize, to: usize, toEnd: usize, step: usize, values: i32, room: bool): void {
  const last = <usize>(values - 4) << 2
  if (values >= 4) {
    for (; to < toEnd; to += NR << 2, from += step) {
      for (let at: usize = 0; at < last; at += 16) v128.store(to + at, zeros ? f32x4.splat(0) : v128.load(from + at))
      v128.store(to + last, zeros ? f32x4.splat(0) : v128.load(from + last))
    }
  } else if (room) {
    for (; to < toEnd; to += NR << 2, from += step) v128.store(to, zeros ? f32x4.splat(0) : v128.load(from))
  } else {
    for (; to < toEnd; to += NR << 2, from += step) storeLanes(to, zeros ? f32x4.splat(0) : v128.load(from), values)
  }
}
