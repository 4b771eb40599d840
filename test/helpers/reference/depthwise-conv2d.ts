/** Depthwise convolution in plain float64 loops, NHWC, filters [R, S, C]. */

import type { Bounded } from '../compare.ts'

export interface DepthwiseShape {
  readonly B: number
  readonly H: number
  readonly W: number
  readonly C: number
  readonly P: number
  readonly Q: number
  readonly R: number
  readonly S: number
  readonly strideH: number
  readonly strideW: number
  readonly dilationH: number
  readonly dilationW: number
  readonly padTop: number
  readonly padLeft: number
}

/** Calls `visit` with the places of x, w and y of every product whose x is inside the image. */
function forEachProduct(shape: DepthwiseShape, visit: (x: number, w: number, y: number) => void): void {
  const { B, H, W, C, P, Q, R, S, strideH, strideW, dilationH, dilationW, padTop, padLeft } = shape
  for (let b = 0; b < B; b++)
    for (let p = 0; p < P; p++)
      for (let q = 0; q < Q; q++)
        for (let r = 0; r < R; r++)
          for (let s = 0; s < S; s++) {
            const h = p * strideH + r * dilationH - padTop
            const w = q * strideW + s * dilationW - padLeft
            if (h < 0 || h >= H || w < 0 || w >= W) continue
            for (let c = 0; c < C; c++)
              visit(((b * H + h) * W + w) * C + c, (r * S + s) * C + c, ((b * P + p) * Q + q) * C + c)
          }
}

function accumulate(
  length: number,
  shape: DepthwiseShape,
  of: (x: number, w: number, y: number) => [number, number],
): Bounded {
  const values = new Float64Array(length)
  const magnitudes = new Float64Array(length)
  forEachProduct(shape, (x, w, y) => {
    const [at, product] = of(x, w, y)
    values[at]! += product
    magnitudes[at]! += Math.abs(product)
  })
  return { values, magnitudes }
}

export function depthwiseConv2d(x: ArrayLike<number>, w: ArrayLike<number>, shape: DepthwiseShape): Bounded {
  const { B, P, Q, C } = shape
  return accumulate(B * P * Q * C, shape, (xi, wi, yi) => [yi, x[xi]! * w[wi]!])
}

export function depthwiseConv2dGradInput(dy: ArrayLike<number>, w: ArrayLike<number>, shape: DepthwiseShape): Bounded {
  const { B, H, W, C } = shape
  return accumulate(B * H * W * C, shape, (xi, wi, yi) => [xi, dy[yi]! * w[wi]!])
}

export function depthwiseConv2dGradFilter(x: ArrayLike<number>, dy: ArrayLike<number>, shape: DepthwiseShape): Bounded {
  const { R, S, C } = shape
  return accumulate(R * S * C, shape, (xi, wi, yi) => [wi, x[xi]! * dy[yi]!])
}
