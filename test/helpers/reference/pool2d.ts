/** Pooling in plain float64 loops, NHWC, with implicit padding. */

export interface PoolShape {
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
  readonly padTop: number
  readonly padLeft: number
}

/** The shape in the order in which the kernels take it. */
export function poolArguments(shape: PoolShape) {
  const { B, H, W, C, P, Q, R, S, strideH, strideW, padTop, padLeft } = shape
  return [B, H, W, C, P, Q, R, S, strideH, strideW, padTop, padLeft] as const
}

/** Calls `visit` for each output element with the input elements of its window, in row-major order. */
function forEachWindow(shape: PoolShape, visit: (out: number, window: number[]) => void): void {
  const { B, H, W, C, P, Q, R, S, strideH, strideW, padTop, padLeft } = shape
  for (let b = 0; b < B; b++)
    for (let p = 0; p < P; p++)
      for (let q = 0; q < Q; q++)
        for (let c = 0; c < C; c++) {
          const window: number[] = []
          for (let r = 0; r < R; r++)
            for (let s = 0; s < S; s++) {
              const h = p * strideH - padTop + r
              const w = q * strideW - padLeft + s
              if (h >= 0 && h < H && w >= 0 && w < W) window.push(((b * H + h) * W + w) * C + c)
            }
          visit(((b * P + p) * Q + q) * C + c, window)
        }
}

/** The place in `window` of its first NaN or else its first maximum. */
function winner(x: ArrayLike<number>, window: readonly number[]): number | undefined {
  let best = window[0]
  for (const at of window) {
    if (Number.isNaN(x[best!]!)) return best
    if (Number.isNaN(x[at]!) || x[at]! > x[best!]!) best = at
  }
  return best
}

export function maxPool2d(x: ArrayLike<number>, shape: PoolShape): Float64Array {
  const y = new Float64Array(shape.B * shape.P * shape.Q * shape.C)
  forEachWindow(shape, (out, window) => {
    const best = winner(x, window)
    y[out] = best === undefined ? Number.NEGATIVE_INFINITY : x[best]!
  })
  return y
}

/** Values, and Σ|dy| of what came together in each element. */
export function maxPool2dGrad(x: ArrayLike<number>, dy: ArrayLike<number>, shape: PoolShape) {
  const values = new Float64Array(x.length)
  const magnitudes = new Float64Array(x.length)
  forEachWindow(shape, (out, window) => {
    const best = winner(x, window)
    if (best === undefined) return
    values[best]! += dy[out]!
    magnitudes[best]! += Math.abs(dy[out]!)
  })
  return { values, magnitudes }
}

export function avgPool2d(x: ArrayLike<number>, shape: PoolShape) {
  const values = new Float64Array(shape.B * shape.P * shape.Q * shape.C)
  const magnitudes = new Float64Array(values.length)
  forEachWindow(shape, (out, window) => {
    for (const at of window) {
      values[out]! += x[at]! / window.length
      magnitudes[out]! += Math.abs(x[at]!) / window.length
    }
  })
  return { values, magnitudes }
}

export function avgPool2dGrad(dy: ArrayLike<number>, shape: PoolShape) {
  const values = new Float64Array(shape.B * shape.H * shape.W * shape.C)
  const magnitudes = new Float64Array(values.length)
  forEachWindow(shape, (out, window) => {
    for (const at of window) {
      values[at]! += dy[out]! / window.length
      magnitudes[at]! += Math.abs(dy[out]!) / window.length
    }
  })
  return { values, magnitudes }
}
