/**
 * The gradient of a convolution's filter. (That of its input is a convolution, see conv2d.ts; that of its bias a sum
 * over columns.)
 */

import { GRAD_BLOCK, MR, NR } from './config'
import { least, tileByColumns } from './matmul-tile'

/**
 * dw[r, s, c, f] = Σ_{b,p,q} x[b, p·strideH + r·dilationH, q·strideW + s·dilationW, c] · dy[b, p, q, f]
 *
 * x[B, H, W, ldx], padded as in the forward pass, of which C channels are read; dy[B, P, Q, lddy] and dw[R, S, C, lddw]
 * of which F are used. begin..end is a range of the R · S · C rows of dw, which is overwritten; each element is one
 * chain of sums over b, p, q in that order.
 *
 * A product whose inner dimension is the pixels. Neither operand is packed: the values of x for neighbouring rows of dw
 * (those of one r where columns are not dilated and x is no slice, else of one (r, s)) lie side by side, as do those of
 * dy. Blocks of image rows, about GRAD_BLOCK pixels, keep both in L1 or L2 while the tiles of dw pass; the partial sums
 * wait in dw.
 */
export function conv2dGradFilter(
  x: usize, dy: usize, dw: usize, B: i32, H: i32, W: i32, C: i32, P: i32, Q: i32, F: i32, R: i32, S: i32, strideH: i32,
  strideW: i32, dilationH: i32, dilationW: i32, ldx: i32, lddy: i32, lddw: i32, begin: i32, end: i32,
): void {
  const pixelX = <usize>ldx << 2
  const rowX = <usize>W * pixelX
  const imageX = <usize>H * rowX
  const stepQ = <usize>strideW * pixelX
  const stepP = <usize>strideH * rowX
  const pixelDy = <usize>lddy << 2
  const rowDy = <usize>Q * pixelDy
  const stepDw = <usize>lddw << 2
  const contiguous = dilationW == 1 && ldx == C
  const length = contiguous ? S * C : C
  if (B * P * Q == 0) {
    for (let row = begin; row < end; row++) memory.fill(dw + <usize>row * stepDw, 0, <usize>F << 2)
  }
  const rowsPerBlock = Q < GRAD_BLOCK ? GRAD_BLOCK / Q : 1
  for (let image = 0; image < B; image++) {
    for (let p0 = 0; p0 < P; p0 += rowsPerBlock) {
      const rows = least(rowsPerBlock, P - p0)
      const first = image == 0 && p0 == 0
      const xBlock = x + <usize>image * imageX + <usize>p0 * stepP
      const dyBlock = dy + <usize>(image * P + p0) * rowDy
      for (let row = begin; row < end;) {
        const run = row / length
        const within = row - run * length
        const r = contiguous ? run : run / S
        const s = contiguous ? 0 : run - r * S
        const count = least(least(length - within, MR), end - row)
        const from = xBlock + <usize>(r * dilationH) * rowX + <usize>(s * dilationW) * pixelX + (<usize>within << 2)
        for (let f = 0; f < F; f += NR) {
          const columns = <usize>f << 2
          const to = dw + <usize>row * stepDw + columns
          tileByColumns(
            from, dyBlock + columns, first ? 0 : to, stepDw, to, stepDw, count, F - f, rows, Q, stepP, rowDy, stepQ,
            pixelDy, 0,
          )
        }
        row += count
      }
    }
  }
}
