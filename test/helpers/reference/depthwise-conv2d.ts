/** Depthwise convolution in plain float64 loops, NHWC, filters [R, S, C, M]. */

import type { Bounded } from '../compare.ts'

/** H × W is the image without its padding, Hp × Wp with it. */
export interface DepthwiseShape {
  readonly B: number
  readonly H: number
  readonly W: number
  readonly C: number
  readonly M: number
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
  readonly Hp: number
  readonly Wp: number
}

/** Calls `visit` with the places of x (unpadded), w and y of every product whose x is inside the image. */
function forEachProduct(shape: DepthwiseShape, visit: (x: number, w: number, y: number) => void): void {
  const { B, H, W, C, M, P, Q, R, S, strideH, strideW, dilationH, dilationW, padTop, padLeft } = shape
  for (let b = 0; b < B; b++)
    for (let p = 0; p < P; p++)
      for (let q = 0; q < Q; q++)
        for (let r = 0; r < R; r++)
          for (let s = 0; s < S; s++) {
            const h = p * strideH + r * dilationH - padTop
            const w = q * strideW + s * dilationW - padLeft
            if (h < 0 || h >= H || w < 0 || w >= W) continue
            for (let c = 0; c < C; c++)
              for (let m = 0; m < M; m++)
                visit(
                  ((b * H + h) * W + w) * C + c,
                  ((r * S + s) * C + c) * M + m,
                  ((b * P + p) * Q + q) * C * M + c * M + m,
                )
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
  const { B, P, Q, C, M } = shape
  return accumulate(B * P * Q * C * M, shape, (xi, wi, yi) => [yi, x[xi]! * w[wi]!])
}

export function depthwiseConv2dGradInput(dy: ArrayLike<number>, w: ArrayLike<number>, shape: DepthwiseShape): Bounded {
  const { B, H, W, C } = shape
  return accumulate(B * H * W * C, shape, (xi, wi, yi) => [xi, dy[yi]! * w[wi]!])
}

export function depthwiseConv2dGradFilter(x: ArrayLike<number>, dy: ArrayLike<number>, shape: DepthwiseShape): Bounded {
  const { R, S, C, M } = shape
  return accumulate(R * S * C * M, shape, (xi, wi, yi) => [wi, x[xi]! * dy[yi]!])
}

/** x with its padding of zeros: [B, Hp, Wp, C]. */
export function padded(x: Float32Array, { B, H, W, C, Hp, Wp, padTop, padLeft }: DepthwiseShape): Float32Array {
  const y = new Float32Array(B * Hp * Wp * C)
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++) {
      const row = x.subarray((b * H + h) * W * C, (b * H + h + 1) * W * C)
      y.set(row, ((b * Hp + h + padTop) * Wp + padLeft) * C)
    }
  return y
}
