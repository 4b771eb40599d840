/**
 * Max and average pooling and their gradients. Images are NHWC: x and dx [B, H, W, C], y and dy [B, P, Q, C].
 *
 *   y[b, p, q, c] = max or mean of x[b, h, w, c] over the window
 *   h = p · strideH − padTop + r, 0 ≤ r < R,   w = q · strideW − padLeft + s, 0 ≤ s < S
 *
 * Padding is implicit: positions outside the image take no part, neither in the maximum nor in the mean's divisor. A
 * window that is wholly outside gives −Inf (max) or 0 (mean). NaN propagates; the first NaN of a window wins.
 *
 * Vectors run along C, which is contiguous. The 2 × 2, stride 2, unpadded case has paths of its own: its windows tile
 * the image, so a gradient is written once, in order, without clearing and re-reading dx first.
 */

import { storeLanes } from './simd'

/** The larger, a where equal; NaN if one of them is. pmax alone would lose a NaN in b, f32x4.max is twice as long. */
// @ts-ignore: decorator
@inline
function maxLanes(a: v128, b: v128): v128 {
  return v128.bitselect(a, b, v128.or(f32x4.ge(a, b), f32x4.ne(a, a)))
}

/** Where x is the maximum y of its window. A NaN in the window has made y NaN, so a NaN x always is a hit. */
// @ts-ignore: decorator
@inline
function hitLanes(x: v128, y: v128): v128 {
  return v128.or(f32x4.eq(x, y), f32x4.ne(x, x))
}

// @ts-ignore: decorator
@inline
function isTiled2x2(
  H: i32, W: i32, P: i32, Q: i32, R: i32, S: i32, strideH: i32, strideW: i32, padTop: i32, padLeft: i32,
): bool {
  return R == 2 && S == 2 && strideH == 2 && strideW == 2 && (padTop | padLeft) == 0 && 2 * P <= H && 2 * Q <= W
}

/** begin..end over the B·P rows of y. */
export function maxPool2dForward(
  x: usize, y: usize,
  B: i32, H: i32, W: i32, C: i32, P: i32, Q: i32, R: i32, S: i32,
  strideH: i32, strideW: i32, padTop: i32, padLeft: i32, begin: i32, end: i32,
): void {
  const tiled = isTiled2x2(H, W, P, Q, R, S, strideH, strideW, padTop, padLeft)
  if (tiled) forward2x2(true, x, y, H, W, C, P, Q, begin, end)
  else forwardAny(true, x, y, H, W, C, P, Q, R, S, strideH, strideW, padTop, padLeft, begin, end)
}

/** The divisor of a mean is the number of positions inside the image. begin..end over the B·P rows of y. */
export function avgPool2dForward(
  x: usize, y: usize,
  B: i32, H: i32, W: i32, C: i32, P: i32, Q: i32, R: i32, S: i32,
  strideH: i32, strideW: i32, padTop: i32, padLeft: i32, begin: i32, end: i32,
): void {
  const tiled = isTiled2x2(H, W, P, Q, R, S, strideH, strideW, padTop, padLeft)
  if (tiled) forward2x2(false, x, y, H, W, C, P, Q, begin, end)
  else forwardAny(false, x, y, H, W, C, P, Q, R, S, strideH, strideW, padTop, padLeft, begin, end)
}

/**
 * Each dy goes to the first maximum of its window in row-major order, to the first NaN where y is NaN; overlapping
 * windows add up. y is the forward result of x. dx is overwritten. begin..end over the B images.
 */
export function maxPool2dGrad(
  x: usize, y: usize, dy: usize, dx: usize,
  B: i32, H: i32, W: i32, C: i32, P: i32, Q: i32, R: i32, S: i32,
  strideH: i32, strideW: i32, padTop: i32, padLeft: i32, begin: i32, end: i32,
): void {
  const tiled = isTiled2x2(H, W, P, Q, R, S, strideH, strideW, padTop, padLeft)
  if (tiled) grad2x2(true, x, y, dy, dx, H, W, C, P, Q, begin, end)
  else gradAny(true, x, y, dy, dx, H, W, C, P, Q, R, S, strideH, strideW, padTop, padLeft, begin, end)
}

/** Each dy is shared equally among the positions of its window. dx is overwritten. begin..end over the B images. */
export function avgPool2dGrad(
  dy: usize, dx: usize,
  B: i32, H: i32, W: i32, C: i32, P: i32, Q: i32, R: i32, S: i32,
  strideH: i32, strideW: i32, padTop: i32, padLeft: i32, begin: i32, end: i32,
): void {
  const tiled = isTiled2x2(H, W, P, Q, R, S, strideH, strideW, padTop, padLeft)
  if (tiled) grad2x2(false, 0, 0, dy, dx, H, W, C, P, Q, begin, end)
  else gradAny(false, 0, 0, dy, dx, H, W, C, P, Q, R, S, strideH, strideW, padTop, padLeft, begin, end)
}

// @ts-ignore: decorator
@inline
function forwardAny(
  isMax: bool, x: usize, y: usize, H: i32, W: i32, C: i32, P: i32, Q: i32, R: i32, S: i32,
  strideH: i32, strideW: i32, padTop: i32, padLeft: i32, begin: i32, end: i32,
): void {
  const pixel = <usize>C << 2
  const line = <usize>W * pixel
  for (let row = begin; row < end; row++) {
    const b = row / P
    const top = (row - b * P) * strideH - padTop
    const h = max(top, 0)
    const rows = min(top + R, H) - h
    let yPixel = y + <usize>row * <usize>Q * pixel
    for (let q = 0; q < Q; q++, yPixel += pixel) {
      const left = q * strideW - padLeft
      const w = max(left, 0)
      const cols = min(left + S, W) - w
      const window = x + <usize>(b * H + h) * line + <usize>w * pixel
      if (rows <= 0 || cols <= 0) fillPixel(yPixel, C, isMax ? <f32>-Infinity : 0)
      else reduceWindow(isMax, window, yPixel, C, rows, cols, pixel, line)
    }
  }
}

// @ts-ignore: decorator
@inline
function fillPixel(y: usize, C: i32, value: f32): void {
  for (let c = 0; c < C; c++) store<f32>(y + (<usize>c << 2), value)
}

// @ts-ignore: decorator
@inline
function reduceWindow(
  isMax: bool, window: usize, y: usize, C: i32, rows: i32, cols: i32, pixel: usize, line: usize,
): void {
  const divisor = f32x4.splat(<f32>(rows * cols))
  for (let c = 0; c < C; c += 4) {
    let from = window + (<usize>c << 2)
    let acc = isMax ? v128.load(from) : f32x4.splat(0)
    for (let r = 0; r < rows; r++, from += line) {
      let at = from
      for (let s = 0; s < cols; s++, at += pixel) {
        acc = isMax ? maxLanes(acc, v128.load(at)) : f32x4.add(acc, v128.load(at))
      }
    }
    storeLanes(y + (<usize>c << 2), isMax ? acc : f32x4.div(acc, divisor), C - c)
  }
}

// @ts-ignore: decorator
@inline
function forward2x2(
  isMax: bool, x: usize, y: usize, H: i32, W: i32, C: i32, P: i32, Q: i32, begin: i32, end: i32,
): void {
  const pixel = <usize>C << 2
  const line = <usize>W * pixel
  for (let row = begin; row < end; row++) {
    const b = row / P
    let from = x + <usize>(b * H + 2 * (row - b * P)) * line
    let to = y + <usize>row * <usize>Q * pixel
    for (let q = 0; q < Q; q++) {
      for (let c = 0; c < C; c += 4) {
        const at = from + (<usize>c << 2)
        storeLanes(to + (<usize>c << 2), reduce2x2(isMax, at, pixel, line), C - c)
      }
      from += 2 * pixel
      to += pixel
    }
  }
}

// @ts-ignore: decorator
@inline
function reduce2x2(isMax: bool, at: usize, pixel: usize, line: usize): v128 {
  const v00 = v128.load(at)
  const v01 = v128.load(at + pixel)
  const v10 = v128.load(at + line)
  const v11 = v128.load(at + line + pixel)
  if (isMax) return maxLanes(maxLanes(v00, v01), maxLanes(v10, v11))
  return f32x4.mul(f32x4.add(f32x4.add(f32x4.add(v00, v01), v10), v11), f32x4.splat(0.25))
}

// @ts-ignore: decorator
@inline
function gradAny(
  isMax: bool, x: usize, y: usize, dy: usize, dx: usize, H: i32, W: i32, C: i32, P: i32, Q: i32, R: i32, S: i32,
  strideH: i32, strideW: i32, padTop: i32, padLeft: i32, begin: i32, end: i32,
): void {
  const pixel = <usize>C << 2
  const line = <usize>W * pixel
  const image = <usize>H * line
  memory.fill(dx + <usize>begin * image, 0, <usize>(end - begin) * image)
  for (let row = begin * P; row < end * P; row++) {
    const b = row / P
    const top = (row - b * P) * strideH - padTop
    const h = max(top, 0)
    const rows = min(top + R, H) - h
    let out = <usize>row * <usize>Q * pixel
    for (let q = 0; q < Q; q++, out += pixel) {
      const left = q * strideW - padLeft
      const w = max(left, 0)
      const cols = min(left + S, W) - w
      const window = <usize>(b * H + h) * line + <usize>w * pixel
      if (rows <= 0 || cols <= 0) continue
      if (isMax) spreadMax(x + window, y + out, dy + out, dx + window, C, rows, cols, pixel, line)
      else spreadMean(dy + out, dx + window, C, rows, cols, pixel, line)
    }
  }
}

// @ts-ignore: decorator
@inline
function spreadMax(
  x: usize, y: usize, dy: usize, dx: usize, C: i32, rows: i32, cols: i32, pixel: usize, line: usize,
): void {
  for (let c = 0; c < C; c += 4) {
    const lane = <usize>c << 2
    const yv = v128.load(y + lane)
    const dyv = v128.load(dy + lane)
    let open = i32x4.splat(-1)
    let from = lane
    for (let r = 0; r < rows; r++, from += line) {
      let at = from
      for (let s = 0; s < cols; s++, at += pixel) {
        const hit = v128.and(open, hitLanes(v128.load(x + at), yv))
        open = v128.andnot(open, hit)
        storeLanes(dx + at, f32x4.add(v128.load(dx + at), v128.and(dyv, hit)), C - c)
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function spreadMean(dy: usize, dx: usize, C: i32, rows: i32, cols: i32, pixel: usize, line: usize): void {
  const divisor = f32x4.splat(<f32>(rows * cols))
  for (let c = 0; c < C; c += 4) {
    const lane = <usize>c << 2
    const share = f32x4.div(v128.load(dy + lane), divisor)
    let from = dx + lane
    for (let r = 0; r < rows; r++, from += line) {
      let at = from
      for (let s = 0; s < cols; s++, at += pixel) storeLanes(at, f32x4.add(v128.load(at), share), C - c)
    }
  }
}

// @ts-ignore: decorator
@inline
function grad2x2(
  isMax: bool, x: usize, y: usize, dy: usize, dx: usize, H: i32, W: i32, C: i32, P: i32, Q: i32, begin: i32, end: i32,
): void {
  const pixel = <usize>C << 2
  const line = <usize>W * pixel
  const rest = line - 2 * <usize>Q * pixel
  for (let b = begin; b < end; b++) {
    let in0 = <usize>b * <usize>H * line
    let out = <usize>b * <usize>P * <usize>Q * pixel
    for (let p = 0; p < P; p++) {
      for (let q = 0; q < Q; q++) {
        for (let c = 0; c < C; c += 4) {
          const lane = <usize>c << 2
          if (isMax) spreadMax2x2(x + in0 + lane, y + out + lane, dy + out + lane, dx + in0 + lane, pixel, line, C - c)
          else spreadMean2x2(dy + out + lane, dx + in0 + lane, pixel, line, C - c)
        }
        in0 += 2 * pixel
        out += pixel
      }
      if (rest > 0) {
        memory.fill(dx + in0, 0, rest)
        memory.fill(dx + in0 + line, 0, rest)
      }
      in0 += rest + line
    }
    memory.fill(dx + in0, 0, <usize>(H - 2 * P) * line)
  }
}

/** The fourth position has the maximum where none of the first three has: x need not be read there. */
// @ts-ignore: decorator
@inline
function spreadMax2x2(x: usize, y: usize, dy: usize, dx: usize, pixel: usize, line: usize, count: i32): void {
  const yv = v128.load(y)
  const dyv = v128.load(dy)
  const hit00 = hitLanes(v128.load(x), yv)
  const hit01 = hitLanes(v128.load(x + pixel), yv)
  const hit10 = hitLanes(v128.load(x + line), yv)
  const top = v128.or(hit00, hit01)
  storeLanes(dx, v128.and(dyv, hit00), count)
  storeLanes(dx + pixel, v128.and(dyv, v128.andnot(hit01, hit00)), count)
  storeLanes(dx + line, v128.and(dyv, v128.andnot(hit10, top)), count)
  storeLanes(dx + line + pixel, v128.andnot(dyv, v128.or(top, hit10)), count)
}

// @ts-ignore: decorator
@inline
function spreadMean2x2(dy: usize, dx: usize, pixel: usize, line: usize, count: i32): void {
  const share = f32x4.mul(v128.load(dy), f32x4.splat(0.25))
  storeLanes(dx, share, count)
  storeLanes(dx + pixel, share, count)
  storeLanes(dx + line, share, count)
  storeLanes(dx + line + pixel, share, count)
}
