/**
 * Images under projective maps, one for each image or one for all: pixel (p, q) of y [B, P, Q, C] shows the point
 *
 *   (m0 · q + m1 · p + m2) / k across,  (m3 · q + m4 · p + m5) / k down,  k = m6 · q + m7 · p + 1
 *
 * of x [B, H, W, C]; m are eight numbers of `maps`, `step` of them from image to image (8, or 0 where all have one map).
 * Beyond the image, fillMode says what a coordinate means: 0 `fill`, 1 the image mirrored at its edge, 2 repeated, 3 the
 * nearest edge. Coordinates are float64, as in TF.js; along C four lanes at a time.
 */

import { madd, storeLanes } from './simd'

/** A coordinate brought into 0 … size − 1 by the fill mode; in mode 0 it stays where it is. */
// @ts-ignore: decorator
@inline
function placed(at: f64, size: i32, fillMode: i32): f64 {
  if (fillMode == 0) return at
  const last = <f64>(size - 1)
  if (size <= 1) return 0
  if (fillMode == 1) {
    const period = <f64>size * 2
    if (at < 0) {
      at += period * trunc(-at / period)
      at = at < -<f64>size ? at + period : -at - 1
    } else if (at > last) {
      at -= period * trunc(at / period)
      if (at >= <f64>size) at = period - at - 1
    }
  } else if (fillMode == 2) {
    if (at < 0) at += <f64>size * (trunc(-at / last) + 1)
    else if (at > last) at -= <f64>size * trunc(at / last)
  }
  return max<f64>(0, min<f64>(last, at))
}

/** Whether a whole coordinate is a pixel's: not so for NaN. */
// @ts-ignore: decorator
@inline
function isInside(at: f64, size: i32): bool {
  return at >= 0 && at <= <f64>(size - 1)
}

/** The address of a pixel of an image, 0 where there is none. */
// @ts-ignore: decorator
@inline
function pixelAt(image: usize, h: f64, w: f64, H: i32, W: i32, C: i32): usize {
  if (!isInside(h, H) || !isInside(w, W)) return 0
  return image + (<usize>(<i32>h) * <usize>W + <usize>(<i32>w)) * <usize>C * 4
}

/** Four channels of a pixel, or what stands for one that is not there. */
// @ts-ignore: decorator
@inline
function read(pixel: usize, lanes: usize, fill: v128): v128 {
  return pixel == 0 ? fill : v128.load(pixel + lanes)
}

/** begin..end: pixels of y over all images, B · P · Q. */
export function transformForward(
  x: usize, maps: usize, y: usize, H: i32, W: i32, C: i32, P: i32, Q: i32, step: i32, fillMode: i32, bilinear: i32,
  fill: f32, begin: i32, end: i32,
): void {
  const filling = f32x4.splat(fill)
  for (let at = begin; at < end; at++) {
    const b = at / (P * Q)
    const p = <f64>(at / Q % P)
    const q = <f64>(at % Q)
    const map = maps + (<usize>b * <usize>step << 2)
    const image = x + <usize>b * <usize>H * <usize>W * <usize>C * 4
    const out = y + <usize>at * <usize>C * 4
    const k = <f64>load<f32>(map, 24) * q + <f64>load<f32>(map, 28) * p + 1
    const w = placed((<f64>load<f32>(map) * q + <f64>load<f32>(map, 4) * p + <f64>load<f32>(map, 8)) / k, W, fillMode)
    const h = placed((<f64>load<f32>(map, 12) * q + <f64>load<f32>(map, 16) * p + <f64>load<f32>(map, 20)) / k, H, fillMode)
    if (k == 0) {
      for (let c = 0; c < C; c += 4) storeLanes(out + (<usize>c << 2), filling, C - c)
    } else if (!bilinear) {
      const pixel = pixelAt(image, floor(h + 0.5), floor(w + 0.5), H, W, C)
      for (let c = 0; c < C; c += 4) storeLanes(out + (<usize>c << 2), read(pixel, <usize>c << 2, filling), C - c)
    } else {
      const top = floor(h)
      const left = floor(w)
      const topLeft = pixelAt(image, top, left, H, W, C)
      const topRight = pixelAt(image, top, left + 1, H, W, C)
      const bottomLeft = pixelAt(image, top + 1, left, H, W, C)
      const bottomRight = pixelAt(image, top + 1, left + 1, H, W, C)
      const below = f32x4.splat(<f32>(h - top))
      const above = f32x4.splat(<f32>(top + 1 - h))
      const right = f32x4.splat(<f32>(w - left))
      const leftShare = f32x4.splat(<f32>(left + 1 - w))
      for (let c = 0; c < C; c += 4) {
        const lanes = <usize>c << 2
        const upper = madd(read(topRight, lanes, filling), right, f32x4.mul(read(topLeft, lanes, filling), leftShare))
        const lower = madd(read(bottomRight, lanes, filling), right, f32x4.mul(read(bottomLeft, lanes, filling), leftShare))
        storeLanes(out + lanes, madd(lower, below, f32x4.mul(upper, above)), C - c)
      }
    }
  }
}

/** Adds a share of dy's pixel to one of dx, where there is one. */
// @ts-ignore: decorator
@inline
function give(pixel: usize, from: usize, share: f32, C: i32): void {
  if (pixel == 0) return
  const shares = f32x4.splat(share)
  for (let c = 0; c < C; c += 4) {
    const lanes = <usize>c << 2
    storeLanes(pixel + lanes, madd(v128.load(from + lanes), shares, v128.load(pixel + lanes)), C - c)
  }
}

/** dx [B, H, W, C] from dy [B, P, Q, C], which is added up where it came from. begin..end: images, so that none is cut. */
export function transformGrad(
  dy: usize, maps: usize, dx: usize, H: i32, W: i32, C: i32, P: i32, Q: i32, step: i32, fillMode: i32, bilinear: i32,
  begin: i32, end: i32,
): void {
  const bytes = <usize>H * <usize>W * <usize>C * 4
  for (let b = begin; b < end; b++) {
    const map = maps + (<usize>b * <usize>step << 2)
    const image = dx + <usize>b * bytes
    memory.fill(image, 0, bytes)
    for (let at = 0; at < P * Q; at++) {
      const p = <f64>(at / Q)
      const q = <f64>(at % Q)
      const from = dy + (<usize>b * <usize>P * <usize>Q + <usize>at) * <usize>C * 4
      const k = <f64>load<f32>(map, 24) * q + <f64>load<f32>(map, 28) * p + 1
      if (k == 0) continue
      const w = placed((<f64>load<f32>(map) * q + <f64>load<f32>(map, 4) * p + <f64>load<f32>(map, 8)) / k, W, fillMode)
      const h = placed((<f64>load<f32>(map, 12) * q + <f64>load<f32>(map, 16) * p + <f64>load<f32>(map, 20)) / k, H, fillMode)
      if (!bilinear) {
        give(pixelAt(image, floor(h + 0.5), floor(w + 0.5), H, W, C), from, 1, C)
        continue
      }
      const top = floor(h)
      const left = floor(w)
      const below = h - top
      const above = top + 1 - h
      const right = w - left
      const leftShare = left + 1 - w
      give(pixelAt(image, top, left, H, W, C), from, <f32>(above * leftShare), C)
      give(pixelAt(image, top, left + 1, H, W, C), from, <f32>(above * right), C)
      give(pixelAt(image, top + 1, left, H, W, C), from, <f32>(below * leftShare), C)
      give(pixelAt(image, top + 1, left + 1, H, W, C), from, <f32>(below * right), C)
    }
  }
}
