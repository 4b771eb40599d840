/**
 * Two-dimensional convolution and its gradients in float64, by the definition: padding is a test of the index, and the
 * gradients walk over the same products as the forward pass. Each result comes with Σ|a·b| for the rounding bound.
 */

import type { Bounded } from '../compare.ts'

export interface Conv2dShape {
  readonly B: number
  readonly H: number
  readonly W: number
  readonly C: number
  readonly F: number
  readonly R: number
  readonly S: number
  readonly strideH: number
  readonly strideW: number
  readonly dilationH: number
  readonly dilationW: number
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

/** A shape from its sizes; strides and dilations are 1 and padding 0 where not given. */
export function conv2dShape(
  sizes: Pick<Conv2dShape, 'B' | 'H' | 'W' | 'C' | 'F' | 'R' | 'S'> & Partial<Conv2dShape>,
): Conv2dShape {
  const plain = { strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, top: 0, bottom: 0, left: 0, right: 0 }
  return { ...plain, ...sizes }
}

/** Rows and columns of the output. */
export function outputSize(shape: Conv2dShape): { P: number; Q: number } {
  const { H, W, R, S, strideH, strideW, dilationH, dilationW, top, bottom, left, right } = shape
  const P = Math.floor((H + top + bottom - (R - 1) * dilationH - 1) / strideH) + 1
  const Q = Math.floor((W + left + right - (S - 1) * dilationW - 1) / strideW) + 1
  return { P, Q }
}

/** Calls `visit` with the indices into x, w and y of each product. */
function products(shape: Conv2dShape, visit: (x: number, w: number, y: number) => void): void {
  const { B, H, W, C, F, R, S, strideH, strideW, dilationH, dilationW, top, left } = shape
  const { P, Q } = outputSize(shape)
  for (let b = 0; b < B; b++)
    for (let p = 0; p < P; p++)
      for (let q = 0; q < Q; q++)
        for (let r = 0; r < R; r++)
          for (let s = 0; s < S; s++) {
            const h = p * strideH + r * dilationH - top
            const w = q * strideW + s * dilationW - left
            if (h < 0 || h >= H || w < 0 || w >= W) continue
            for (let c = 0; c < C; c++) {
              const x = ((b * H + h) * W + w) * C + c
              const tap = ((r * S + s) * C + c) * F
              const y = ((b * P + p) * Q + q) * F
              for (let f = 0; f < F; f++) visit(x, tap + f, y + f)
            }
          }
}

function bounded(length: number): Bounded {
  return { values: new Float64Array(length), magnitudes: new Float64Array(length) }
}

/** y[B, P, Q, F] of x[B, H, W, C] and w[R, S, C, F]. */
export function conv2d(
  shape: Conv2dShape,
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  { bias, relu = false }: { bias?: ArrayLike<number> | undefined; relu?: boolean } = {},
): Bounded {
  const { P, Q } = outputSize(shape)
  const y = bounded(shape.B * P * Q * shape.F)
  if (bias) {
    y.values.forEach((_, i) => {
      y.values[i] = bias[i % shape.F]!
      y.magnitudes[i] = Math.abs(bias[i % shape.F]!)
    })
  }
  products(shape, (ix, iw, iy) => accumulate(y, iy, x[ix]! * w[iw]!))
  if (relu) y.values.set(y.values.map((value) => Math.max(value, 0)))
  return y
}

/** dx[B, H, W, C] */
export function conv2dGradInput(shape: Conv2dShape, dy: ArrayLike<number>, w: ArrayLike<number>): Bounded {
  const dx = bounded(shape.B * shape.H * shape.W * shape.C)
  products(shape, (ix, iw, iy) => accumulate(dx, ix, dy[iy]! * w[iw]!))
  return dx
}

/** dw[R, S, C, F] */
export function conv2dGradFilter(shape: Conv2dShape, x: ArrayLike<number>, dy: ArrayLike<number>): Bounded {
  const dw = bounded(shape.R * shape.S * shape.C * shape.F)
  products(shape, (ix, iw, iy) => accumulate(dw, iw, x[ix]! * dy[iy]!))
  return dw
}

function accumulate({ values, magnitudes }: Bounded, i: number, product: number): void {
  values[i]! += product
  magnitudes[i]! += Math.abs(product)
}
