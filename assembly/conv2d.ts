/**
 * Two-dimensional convolution (cross-correlation, as deep learning has it) of NHWC images with HWIO filters, 'valid':
 * whoever wants padding pads first. No im2col: an image row is already an operand of the product, see conv2dForward.
 */

import { CONV_BLOCK, CONV_PANELS, KC, MR, NR } from './config'
import { blockDepth, least, panelAt, tileByRows, tileRows } from './matmul-tile'

/**
 * y[b, top + h·dilationH, left + w·dilationW, :] = x[b, h, w, :] where that is inside y[B, Hout, Wout, C], else 0.
 * Negative top or left crop. begin..end is a range of the B · Hout rows of y.
 */
export function pad2d(
  x: usize, y: usize, B: i32, H: i32, W: i32, C: i32, Hout: i32, Wout: i32, top: i32, left: i32, dilationH: i32,
  dilationW: i32, begin: i32, end: i32,
): void {
  const pixel = <usize>C << 2
  const rowX = <usize>W * pixel
  const rowY = <usize>Wout * pixel
  // The w whose column left + w·dilationW lies in [0, Wout).
  const wBegin = left < 0 ? (dilationW - 1 - left) / dilationW : 0
  const wEnd = left < Wout ? least(W, (Wout - 1 - left) / dilationW + 1) : 0
  for (let row = begin; row < end; row++) {
    const image = row / Hout
    const distance = row - image * Hout - top
    const h = distance / dilationH
    const to = y + <usize>row * rowY
    if (distance < 0 || h * dilationH != distance || h >= H || wBegin >= wEnd) {
      memory.fill(to, 0, rowY)
      continue
    }
    const from = x + <usize>(image * H + h) * rowX
    const first = <usize>(left + wBegin * dilationW) * pixel
    const last = <usize>(left + (wEnd - 1) * dilationW + 1) * pixel
    memory.fill(to, 0, first)
    if (dilationW == 1) {
      memory.copy(to + first, from + <usize>wBegin * pixel, last - first)
    } else {
      memory.fill(to + first, 0, last - first)
      for (let w = wBegin; w < wEnd; w++) {
        copyPixel(from + <usize>w * pixel, to + <usize>(left + w * dilationW) * pixel, pixel)
      }
    }
    memory.fill(to + last, 0, rowY - last)
  }
}

// @ts-ignore: decorator
@inline
function copyPixel(from: usize, to: usize, bytes: usize): void {
  let i: usize = 0
  for (; i + 16 <= bytes; i += 16) v128.store(to + i, v128.load(from + i))
  for (; i < bytes; i += 4) store<f32>(to + i, load<f32>(from + i))
}

/**
 * y[b, p, q, f] = act(bias[f] + Σ_{r,s,c} x[b, p·strideH + r·dilationH, q·strideW + s·dilationW, c] · w[r, s, c, f])
 *
 * x[B, H, W, ldx] of which C channels are read, y[B, P, Q, ldy] of which F are written (a group is a slice of both),
 * packedW = packB of w as an (R·S·C) × F matrix, or the rows of it in panels of panelRows, bias 0 or F values, activation 0 none, 1 relu, 2 relu6. begin..end is a range
 * of the B · P · Q output pixels.
 *
 * The pixels are the rows of an implicit product: under a filter row the S·C values of a pixel's window are contiguous
 * (C values where columns are dilated or x is a slice), so a row of a tile is a pointer into x that walks R such runs.
 * Tiles cross the ends of image rows. Blocks of CONV_BLOCK pixels keep x near while sets of panels pass, each of which
 * stays in L1 for a block. Where sums are long a set is one panel; where they are short (a first layer, 1 × 1 filters)
 * it is several, over which the cost of a tile's pointers is spread and which write whole lines of y.
 */
export function conv2dForward(
  x: usize, packedW: usize, bias: usize, y: usize, B: i32, H: i32, W: i32, C: i32, P: i32, Q: i32, F: i32, R: i32,
  S: i32, strideH: i32, strideW: i32, dilationH: i32, dilationW: i32, panelRows: i32, ldx: i32, ldy: i32,
  activation: i32, begin: i32, end: i32,
): void {
  const pixelX = <usize>ldx << 2
  const rowX = <usize>W * pixelX
  const imageX = <usize>H * rowX
  const stepQ = <usize>strideW * pixelX
  const stepP = <usize>strideH * rowX
  const stepY = <usize>ldy << 2
  const contiguous = dilationW == 1 && ldx == C
  const runs = contiguous ? 1 : S
  const length: usize = contiguous ? <usize>(S * C) : <usize>C
  const stepR = <usize>dilationH * rowX
  const stepS = <usize>dilationW * pixelX
  // Sums longer than KC are cut into pieces: filter rows, or runs, or parts of runs.
  const K = R * S * C
  const whole = K <= KC
  const wholeRow = runs * <i32>length <= KC
  const pieceR = whole ? R : max(1, KC / (S * C))
  const pieceS = wholeRow ? runs : 1
  const pieceK = wholeRow ? <i32>length : blockDepth(<i32>length)
  const depth = (wholeRow ? pieceR * S * C : pieceK) + 1
  const fitting = CONV_PANELS / depth / NR * NR
  const columnsPerSet = fitting > NR ? fitting : NR
  for (let block = begin; block < end; block += CONV_BLOCK) {
    const blockEnd = least(block + CONV_BLOCK, end)
    const firstRow = block / Q
    const firstImage = firstRow / P
    for (let first = 0; first < F; first += columnsPerSet) {
      const last = least(first + columnsPerSet, F)
      for (let r = 0; r < R; r += pieceR) {
        for (let s = 0; s < runs; s += pieceS) {
          for (let k = 0; k < <i32>length; k += pieceK) {
            const isFirst = r + s + k == 0
            const isLast = r + pieceR >= R && s + pieceS >= runs && k + pieceK >= <i32>length
            const act = isLast ? activation : 0
            const panels = packedW + (<usize>((r * runs + s) * <i32>length + k) * NR << 2)
            let q = block - firstRow * Q
            let p = firstRow - firstImage * P
            let next = x + <usize>firstImage * imageX + <usize>p * stepP + <usize>q * stepQ
            next += <usize>r * stepR + <usize>s * stepS + (<usize>k << 2)
            for (let pixel = block; pixel < blockEnd; pixel += MR) {
              const rows = tileRows(pixel, blockEnd)
              const a0 = next
              let a1 = a0 + stepQ, a2 = a1 + stepQ, a3 = a2 + stepQ
              if (q + MR < Q) { // all in one image row; a pixel beyond `rows` is valid to read too
                q += MR
                next = a3 + stepQ
              } else {
                a1 = a2 = a3 = a0
                for (let i = 1; i <= rows; i++) {
                  next += stepQ
                  if (++q == Q) {
                    q = 0
                    next += stepP - <usize>Q * stepQ
                    if (++p == P) {
                      p = 0
                      next += imageX - <usize>P * stepP
                    }
                  }
                  if (i == 1 && rows > 1) a1 = next
                  if (i == 2 && rows > 2) a2 = next
                  if (i == 3 && rows > 3) a3 = next
                }
              }
              const toPixel = y + <usize>pixel * stepY
              for (let f = first; f < last; f += NR) {
                const columns = <usize>f << 2
                const to = toPixel + columns
                const start = isFirst ? (bias != 0 ? bias + columns : 0) : to
                tileByRows(
                  a0, a1, a2, a3, panelAt(panels, panelRows, f, 0), start, isFirst ? 0 : stepY, to, stepY, rows, F - f,
                  least(pieceR, R - r), least(pieceS, runs - s), <usize>least(pieceK, <i32>length - k), stepR, stepS, act,
                )
              }
            }
          }
        }
      }
    }
  }
}
