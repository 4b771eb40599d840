/**
 * Images whose pixels are weighted sums of a few pixels of others: resizing, cropping, rotation. Which, and by how much,
 * is a table of T · K entries: pixel t of an image of y is Σ weights[t·K + k] · pixel indices[t·K + k] of the image of x,
 * over k < K; an index of −1 is no pixel. x [B, N, C], y [B, T, C], row-major; along C four lanes at a time.
 */

import { madd, storeLanes } from './simd'

/** y from x. begin..end: pixels of y over all images, B · T. */
export function resampleForward(
  x: usize, indices: usize, weights: usize, y: usize, N: i32, T: i32, K: i32, C: i32, begin: i32, end: i32,
): void {
  for (let pixel = begin; pixel < end; pixel++) {
    const image = x + <usize>(pixel / T) * <usize>N * <usize>C * 4
    const entry = <usize>(pixel % T) * <usize>K * 4
    const out = y + <usize>pixel * <usize>C * 4
    for (let c = 0; c < C; c += 4) {
      let sum = f32x4.splat(0)
      for (let k = 0; k < K; k++) {
        const at = entry + (<usize>k << 2)
        const index = load<i32>(indices + at)
        if (index < 0) continue
        sum = madd(v128.load(image + (<usize>index * <usize>C + <usize>c) * 4), v128.load32_splat(weights + at), sum)
      }
      storeLanes(out + (<usize>c << 2), sum, C - c)
    }
  }
}

/** dx [B, N, C] from dy [B, T, C], which is added up where it came from. begin..end: images, so that none is cut. */
export function resampleGrad(
  dy: usize, indices: usize, weights: usize, dx: usize, N: i32, T: i32, K: i32, C: i32, begin: i32, end: i32,
): void {
  for (let b = begin; b < end; b++) {
    const image = dx + <usize>b * <usize>N * <usize>C * 4
    memory.fill(image, 0, <usize>N * <usize>C * 4)
    for (let t = 0; t < T; t++) {
      const from = dy + (<usize>b * <usize>T + <usize>t) * <usize>C * 4
      for (let k = 0; k < K; k++) {
        const at = (<usize>t * <usize>K + <usize>k) << 2
        const index = load<i32>(indices + at)
        if (index < 0) continue
        const weight = v128.load32_splat(weights + at)
        const to = image + <usize>index * <usize>C * 4
        for (let c = 0; c < C; c += 4) {
          const lanes = <usize>c << 2
          storeLanes(to + lanes, madd(v128.load(from + lanes), weight, v128.load(to + lanes)), C - c)
        }
      }
    }
  }
}
