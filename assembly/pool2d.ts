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

import { madd, storeLanes } from './simd'

/** The larger; NaN if one of them is. pmax gives back its first operand where one is NaN, so both ways and `or` keep it. */
// @ts-ignore: decorator
@inline
function maxLanes(a: v128, b: v128): v128 {
  return v128.or(f32x4.pmax(a, b), f32x4.pmax(b, a))
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
  else scatterMax(x, y, dy, dx, H, W, C, P, Q, R, S, strideH, strideW, padTop, padLeft, begin, end)
}

/** Each dy is shared equally among the positions of its window. dx is overwritten. begin..end over the B images. */
export function avgPool2dGrad(
  dy: usize, dx: usize,
  B: i32, H: i32, W: i32, C: i32, P: i32, Q: i32, R: i32, S: i32,
  strideH: i32, strideW: i32, padTop: i32, padLeft: i32, begin: i32, end: i32,
): void {
  const tiled = isTiled2x2(H, W, P, Q, R, S, strideH, strideW, padTop, padLeft)
  if (tiled) grad2x2(false, 0, 0, dy, dx, H, W, C, P, Q, begin, end)
  else gatherMeans(dy, dx, H, W, C, P, Q, R, S, strideH, strideW, padTop, padLeft, begin, end)
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

function reduceWindow(
  isMax: bool, window: usize, y: usize, C: i32, rows: i32, cols: i32, pixel: usize, line: usize,
): void {
  const divisor = f32x4.splat(<f32>(rows * cols))
  let lane: usize = 0
  for (; lane + 64 <= pixel; lane += 64) {
    reduceVectors(4, isMax, window + lane, y + lane, 4, rows, cols, pixel, line, divisor)
  }
  for (; lane < pixel; lane += 16) {
    reduceVectors(1, isMax, window + lane, y + lane, <i32>(pixel - lane) >> 2, rows, cols, pixel, line, divisor)
  }
}

/** `count` (4 or 1) vectors of channels, `valid` channels of the last. Means are summed by rows, and the rows' sums. */
// @ts-ignore: decorator
@inline
function reduceVectors(
  count: i32, isMax: bool, window: usize, y: usize, valid: i32, rows: i32, cols: i32, pixel: usize, line: usize,
  divisor: v128,
): void {
  const start = isMax ? f32x4.splat(-<f32>Infinity) : f32x4.splat(0)
  let acc0 = start, acc1 = start, acc2 = start, acc3 = start
  for (let r = 0; r < rows; r++, window += line) {
    let row0 = start, row1 = start, row2 = start, row3 = start
    let at = window
    for (let s = 0; s < cols; s++, at += pixel) {
      row0 = joined(isMax, row0, v128.load(at))
      if (count == 4) {
        row1 = joined(isMax, row1, v128.load(at, 16))
        row2 = joined(isMax, row2, v128.load(at, 32))
        row3 = joined(isMax, row3, v128.load(at, 48))
      }
    }
    acc0 = joined(isMax, acc0, row0)
    if (count == 4) {
      acc1 = joined(isMax, acc1, row1)
      acc2 = joined(isMax, acc2, row2)
      acc3 = joined(isMax, acc3, row3)
    }
  }
  storeLanes(y, isMax ? acc0 : f32x4.div(acc0, divisor), valid)
  if (count == 4) {
    v128.store(y, isMax ? acc1 : f32x4.div(acc1, divisor), 16)
    v128.store(y, isMax ? acc2 : f32x4.div(acc2, divisor), 32)
    v128.store(y, isMax ? acc3 : f32x4.div(acc3, divisor), 48)
  }
}

/** The larger or the sum of two values. */
// @ts-ignore: decorator
@inline
function joined(isMax: bool, a: v128, b: v128): v128 {
  return isMax ? maxLanes(a, b) : f32x4.add(a, b)
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
function scatterMax(
  x: usize, y: usize, dy: usize, dx: usize, H: i32, W: i32, C: i32, P: i32, Q: i32, R: i32, S: i32,
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
      if (rows <= 0 || cols <= 0) continue
      const window = <usize>(b * H + h) * line + <usize>w * pixel
      let lane: usize = 0
      for (; lane + 32 <= pixel; lane += 32) {
        spreadMax(2, x + window + lane, y + out + lane, dy + out + lane, dx + window + lane, 4, rows, cols, pixel, line)
      }
      for (; lane < pixel; lane += 16) {
        const valid = <i32>(pixel - lane) >> 2
        const to = dx + window + lane
        spreadMax(1, x + window + lane, y + out + lane, dy + out + lane, to, valid, rows, cols, pixel, line)
      }
    }
  }
}

/** `count` (2 or 1) vectors of channels, `valid` channels of the last. */
// @ts-ignore: decorator
@inline
function spreadMax(
  count: i32, x: usize, y: usize, dy: usize, dx: usize, valid: i32, rows: i32, cols: i32, pixel: usize, line: usize,
): void {
  const y0 = v128.load(y)
  const y1 = v128.load(y, 16)
  const dy0 = v128.load(dy)
  const dy1 = v128.load(dy, 16)
  let open0 = i32x4.splat(-1)
  let open1 = open0
  for (let r: usize = 0; r < <usize>rows * line; r += line) {
    for (let at = r; at < r + <usize>cols * pixel; at += pixel) {
      const hit0 = v128.and(open0, hitLanes(v128.load(x + at), y0))
      open0 = v128.andnot(open0, hit0)
      storeLanes(dx + at, f32x4.add(v128.load(dx + at), v128.and(dy0, hit0)), valid)
      if (count == 2) {
        const hit1 = v128.and(open1, hitLanes(v128.load(x + at, 16), y1))
        open1 = v128.andnot(open1, hit1)
        v128.store(dx + at, f32x4.add(v128.load(dx + at, 16), v128.and(dy1, hit1)), 16)
      }
    }
  }
}

/** The first of the windows that reach position `at` of the padded image. */
// @ts-ignore: decorator
@inline
function firstWindow(at: i32, size: i32, stride: i32): i32 {
  return at < size ? 0 : (at - size) / stride + 1
}

/** Positions of window p that lie inside of an image of `size`. */
// @ts-ignore: decorator
@inline
function positions(p: i32, window: i32, stride: i32, pad: i32, size: i32): i32 {
  const start = p * stride - pad
  return min(start + window, size) - max(start, 0)
}

/**
 * The shares of all windows that reach a position are gathered there: dx is written once, in order. From one position to
 * the next the windows that reach it move on by one at most.
 */
// @ts-ignore: decorator
@inline
function gatherMeans(
  dy: usize, dx: usize, H: i32, W: i32, C: i32, P: i32, Q: i32, R: i32, S: i32,
  strideH: i32, strideW: i32, padTop: i32, padLeft: i32, begin: i32, end: i32,
): void {
  const pixel = <usize>C << 2
  let to = dx + <usize>(begin * H * W) * pixel
  for (let row = begin * H; row < end * H; row++) {
    const b = row / H
    const top = row - b * H + padTop
    const firstP = firstWindow(top, R, strideH)
    const lastP = min(P, top / strideH + 1)
    const insideH = firstP * strideH >= padTop && (lastP - 1) * strideH - padTop + R <= H
    let firstQ = firstWindow(padLeft, S, strideW)
    let lastQ = min(Q, padLeft / strideW + 1)
    for (let w = 0; w < W; w++, to += pixel) {
      const left = w + padLeft
      if (left - firstQ * strideW >= S) firstQ++
      if (lastQ < Q && left >= lastQ * strideW) lastQ++
      const inside = insideH && firstQ * strideW >= padLeft && (lastQ - 1) * strideW - padLeft + S <= W
      let lane: usize = 0
      for (; lane + 64 <= pixel; lane += 64) {
        gatherVectors(
          4, inside, dy + lane, to + lane, 4, H, W, pixel, b * P, Q, R, S, strideH, strideW, padTop, padLeft,
          firstP, lastP, firstQ, lastQ,
        )
      }
      for (; lane < pixel; lane += 16) {
        gatherVectors(
          1, inside, dy + lane, to + lane, <i32>(pixel - lane) >> 2, H, W, pixel, b * P, Q, R, S, strideH, strideW,
          padTop, padLeft, firstP, lastP, firstQ, lastQ,
        )
      }
    }
  }
}

/**
 * `count` (4 or 1) vectors of channels, `valid` channels of the last. The divisor of a window is R · S where it lies
 * inside of the image, as all of them do where `inside` says so.
 */
// @ts-ignore: decorator
@inline
function gatherVectors(
  count: i32, inside: bool, dy: usize, dx: usize, valid: i32, H: i32, W: i32, pixel: usize, image: i32, Q: i32, R: i32,
  S: i32, strideH: i32, strideW: i32, padTop: i32, padLeft: i32, firstP: i32, lastP: i32, firstQ: i32, lastQ: i32,
): void {
  const full = f32x4.splat(<f32>(R * S))
  let acc0 = f32x4.splat(0), acc1 = acc0, acc2 = acc0, acc3 = acc0
  let share = f32x4.splat(1)
  for (let p = firstP; p < lastP; p++) {
    let from = dy + <usize>((image + p) * Q + firstQ) * pixel
    for (let q = firstQ; q < lastQ; q++, from += pixel) {
      if (!inside) {
        const taken = positions(p, R, strideH, padTop, H) * positions(q, S, strideW, padLeft, W)
        share = f32x4.splat(<f32>(R * S) / <f32>taken)
      }
      acc0 = madd(v128.load(from), share, acc0)
      if (count == 4) {
        acc1 = madd(v128.load(from, 16), share, acc1)
        acc2 = madd(v128.load(from, 32), share, acc2)
        acc3 = madd(v128.load(from, 48), share, acc3)
      }
    }
  }
  storeLanes(dx, f32x4.div(acc0, full), valid)
  if (count == 4) {
    v128.store(dx, f32x4.div(acc1, full), 16)
    v128.store(dx, f32x4.div(acc2, full), 32)
    v128.store(dx, f32x4.div(acc3, full), 48)
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
