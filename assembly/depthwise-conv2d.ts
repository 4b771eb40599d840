/**
 * Depthwise convolution: every channel c has one filter of its own.
 *
 *   y[b, p, q, c] = act(bias[c] + Σ_{r,s} x[b, h, w, c] · w[r, s, c])
 *   h = p · strideH − padTop + r · dilationH,   w = q · strideW − padLeft + s · dilationW
 *
 * x is [B, H, W, C], w [R, S, C], y [B, P, Q, C], all contiguous. Padding is implicit: taps outside of the image are left
 * out. Vectors run along the channels, and there is no reuse between them. The work is a chain of R · S multiply-adds per
 * element, and what it costs beside them is loads:
 *
 *   4 neighbouring pixels of a row × 1 vector (a pair in the wide build), for S = 3 and 5 and strides 1 and 2 without
 *   dilation: under a filter row they share S vectors of w and S + 3 · stride of x, each loaded once; 4 accumulators. The
 *   vectors of a pixel follow each other, so all operands are read in order. Where the pixels are not a multiple of 4, the
 *   last tile is moved back and computes some of them again. A third of the instructions would be addresses; so w comes
 *   packed, all taps of a group of channels side by side: [⌈C / GROUP⌉][R][S][GROUP].
 *
 *   1 pixel × 4 vectors (1 for the rest of the channels), where a window reaches over the left or the right edge, and for
 *   any other filter: w and x are loaded for each multiply-add.
 *
 * An element is summed up in the order r, s by both, so its bits don't depend on the tile.
 */

import { NR, SUM_BLOCK } from './config'
import { fetch } from './fetch'
import { addWide4, bounded, madd, storeLanes } from './simd'

/** Whether a tile has a pair of vectors, which an engine may make one. */
// @ts-ignore: decorator
@inline const PAIRS: bool = NR == 16
/** Channels whose taps lie side by side. */
// @ts-ignore: decorator
@inline const GROUP: i32 = NR / 2
/** Bytes of one tap of a group. */
// @ts-ignore: decorator
@inline const TAP: usize = <usize>GROUP << 2

/** The first tap that does not lie before the image. */
// @ts-ignore: decorator
@inline
function firstTap(start: i32, dilation: i32): i32 {
  return start < 0 ? (dilation - 1 - start) / dilation : 0
}

/** One more than the last tap that does not lie behind the image of `size`. */
// @ts-ignore: decorator
@inline
function lastTap(start: i32, dilation: i32, size: i32, taps: i32): i32 {
  return start < size ? min(taps, (size - start + dilation - 1) / dilation) : 0
}

/** The first output whose window does not reach before the image. */
// @ts-ignore: decorator
@inline
function firstInside(pad: i32, stride: i32, outputs: i32): i32 {
  return min(outputs, firstTap(-pad, stride))
}

/** One more than the last output whose window does not reach behind the image. */
// @ts-ignore: decorator
@inline
function lastInside(size: i32, pad: i32, reach: i32, stride: i32, outputs: i32): i32 {
  return lastTap(-pad, stride, size - reach, outputs)
}

/**
 * The packed filter, for the forward pass or turned round (`flip`): packed[g][r][s][lane] = w[r, s, GROUP · g + lane].
 * begin..end over the ⌈C / GROUP⌉ groups.
 */
export function depthwiseConv2dPack(w: usize, packed: usize, C: i32, taps: i32, flip: i32, begin: i32, end: i32): void {
  for (let g = begin; g < end; g++) {
    for (let t = 0; t < taps; t++) {
      const from = w + (<usize>((flip ? taps - 1 - t : t) * C + GROUP * g) << 2)
      const to = packed + <usize>(g * taps + t) * TAP
      v128.store(to, v128.load(from))
      if (PAIRS) v128.store(to, v128.load(from, 16), 16)
    }
  }
}

/** Whether rows of an operand are read ahead: it comes from behind L2, and its pixels are several cache lines long. */
// @ts-ignore: decorator
@inline
function isFar(pixels: i32, C: i32): bool {
  return C >= 64 && <f32>pixels * <f32>C >= <f32>(1 << 20)
}

/** Reads the rows of x from `first` to `end` ahead. Returns `end`. */
// @ts-ignore: decorator
@inline
function fetchRows(x: usize, first: i32, end: i32, W: i32, C: i32, sink: usize): i32 {
  const row = <usize>(W * C) << 2
  if (first < end) fetch(x + <usize>first * row, x + <usize>end * row, sink)
  return end
}

/**
 * The forward pass; with a filter that is turned round, the gradient of the input where strides are 1. w is packed, bias
 * may be 0. y is bounded by low and high (NaN bounds nothing). begin..end over the B·P rows of y.
 */
export function depthwiseConv2dForward(
  x: usize, w: usize, bias: usize, y: usize,
  B: i32, H: i32, W: i32, C: i32, P: i32, Q: i32, R: i32, S: i32, strideH: i32, strideW: i32,
  dilationH: i32, dilationW: i32, padTop: i32, padLeft: i32, low: f32, high: f32, begin: i32, end: i32,
): void {
  const pixel = <usize>C << 2
  const panel = <usize>(R * S) * TAP
  const stepR = <usize>(dilationH * W) * pixel
  const stepS = <usize>dilationW * pixel
  const tiles = dilationW == 1 && strideW <= 2 && (S == 3 || S == 5)
  const inside = firstInside(padLeft, strideW, Q)
  const outside = max(inside, lastInside(W, padLeft, (S - 1) * dilationW, strideW, Q))
  const lowest = f32x4.splat(low)
  const highest = f32x4.splat(high)
  const far = isFar(B * H * W, C)
  let fetched = 0
  for (let row = begin; row < end; row++) {
    const b = row / P
    const top = (row - b * P) * strideH - padTop
    const r = firstTap(top, dilationH)
    const rows = lastTap(top, dilationH, H, R) - r
    const from = b * H + top + r * dilationH
    const line = x + <usize>(from * W) * pixel
    const own = w + <usize>(r * S) * TAP
    const to = y + <usize>(row * Q) * pixel
    if (far) fetched = fetchRows(x, max(fetched, from), from + (rows - 1) * dilationH + 1, W, C, to)
    let q = 0
    while (q < Q) {
      const left = q * strideW - padLeft
      const out = to + <usize>q * pixel
      if (tiles && q >= inside && q < outside && outside - inside >= 4) {
        const back = max(0, q + 4 - outside)
        const from = line + <usize>(left - back * strideW) * pixel
        const first = out - <usize>back * pixel
        if (S == 3) {
          if (strideW == 1) forwardTile(3, 1, from, own, bias, first, C, rows, panel, stepR, lowest, highest)
          else forwardTile(3, 2, from, own, bias, first, C, rows, panel, stepR, lowest, highest)
        } else if (strideW == 1) forwardTile(5, 1, from, own, bias, first, C, rows, panel, stepR, lowest, highest)
        else forwardTile(5, 2, from, own, bias, first, C, rows, panel, stepR, lowest, highest)
        q += 4 - back
      } else {
        const s = firstTap(left, dilationW)
        const columns = lastTap(left, dilationW, W, S) - s
        const from = line + <usize>(left + s * dilationW) * pixel
        const at = own + <usize>s * TAP
        const nextTap = <usize>S * TAP
        forwardPixel(from, at, bias, out, C, rows, columns, panel, TAP, nextTap, stepR, stepS, low, high)
        q++
      }
    }
  }
}

/**
 * Four neighbouring pixels, `stride` apart in x. S and stride are constants; `panel` bytes lie between groups of w. x and w
 * are the first vectors of a pair, z and v the second, which make the sums `sum0` to `sum3`; without pairs they are copies
 * that nobody asks for. A vector of x goes into all the pixels that it lies under before the next is loaded.
 */
// @ts-ignore: decorator
@inline
function forwardTile(
  S: i32, stride: i32, x: usize, w: usize, bias: usize, y: usize, C: i32, rows: i32, panel: usize, stepR: usize,
  low: v128, high: v128,
): void {
  const pixel = <usize>C << 2
  for (let lane: usize = 0; lane < pixel; lane += TAP, w += panel) {
    let acc0 = f32x4.splat(0), acc1 = f32x4.splat(0), acc2 = f32x4.splat(0), acc3 = f32x4.splat(0)
    let sum0 = f32x4.splat(0), sum1 = f32x4.splat(0), sum2 = f32x4.splat(0), sum3 = f32x4.splat(0)
    let from = x + lane
    let filter = w
    for (let r = 0; r < rows; r++, from += stepR, filter += <usize>S * TAP) {
      const w0 = v128.load(filter), v0 = PAIRS ? v128.load(filter, 16) : w0
      const w1 = v128.load(filter, TAP), v1 = PAIRS ? v128.load(filter, TAP + 16) : w1
      const w2 = v128.load(filter, 2 * TAP), v2 = PAIRS ? v128.load(filter, 2 * TAP + 16) : w2
      const w3 = S == 5 ? v128.load(filter, 3 * TAP) : w0, v3 = S == 5 && PAIRS ? v128.load(filter, 3 * TAP + 16) : w0
      const w4 = S == 5 ? v128.load(filter, 4 * TAP) : w0, v4 = S == 5 && PAIRS ? v128.load(filter, 4 * TAP + 16) : w0
      let at = from
      if (stride == 1) {
        const x0 = v128.load(at), z0 = PAIRS ? v128.load(at, 16) : x0
        acc0 = madd(x0, w0, acc0)
        if (PAIRS) sum0 = madd(z0, v0, sum0)
        const x1 = v128.load((at += pixel)), z1 = PAIRS ? v128.load(at, 16) : x1
        acc0 = madd(x1, w1, acc0), acc1 = madd(x1, w0, acc1)
        if (PAIRS) sum0 = madd(z1, v1, sum0), sum1 = madd(z1, v0, sum1)
        const x2 = v128.load((at += pixel)), z2 = PAIRS ? v128.load(at, 16) : x2
        acc0 = madd(x2, w2, acc0), acc1 = madd(x2, w1, acc1), acc2 = madd(x2, w0, acc2)
        if (PAIRS) sum0 = madd(z2, v2, sum0), sum1 = madd(z2, v1, sum1), sum2 = madd(z2, v0, sum2)
        const x3 = v128.load((at += pixel)), z3 = PAIRS ? v128.load(at, 16) : x3
        acc1 = madd(x3, w2, acc1), acc2 = madd(x3, w1, acc2), acc3 = madd(x3, w0, acc3)
        if (PAIRS) sum1 = madd(z3, v2, sum1), sum2 = madd(z3, v1, sum2), sum3 = madd(z3, v0, sum3)
        if (S == 5) {
          acc0 = madd(x3, w3, acc0)
          if (PAIRS) sum0 = madd(z3, v3, sum0)
        }
        const x4 = v128.load((at += pixel)), z4 = PAIRS ? v128.load(at, 16) : x4
        acc2 = madd(x4, w2, acc2), acc3 = madd(x4, w1, acc3)
        if (PAIRS) sum2 = madd(z4, v2, sum2), sum3 = madd(z4, v1, sum3)
        if (S == 5) {
          acc0 = madd(x4, w4, acc0), acc1 = madd(x4, w3, acc1)
          if (PAIRS) sum0 = madd(z4, v4, sum0), sum1 = madd(z4, v3, sum1)
        }
        const x5 = v128.load((at += pixel)), z5 = PAIRS ? v128.load(at, 16) : x5
        acc3 = madd(x5, w2, acc3)
        if (PAIRS) sum3 = madd(z5, v2, sum3)
        if (S == 5) {
          acc1 = madd(x5, w4, acc1), acc2 = madd(x5, w3, acc2)
          if (PAIRS) sum1 = madd(z5, v4, sum1), sum2 = madd(z5, v3, sum2)
        }
        if (S == 5) {
          const x6 = v128.load((at += pixel)), z6 = PAIRS ? v128.load(at, 16) : x6
          acc2 = madd(x6, w4, acc2), acc3 = madd(x6, w3, acc3)
          if (PAIRS) sum2 = madd(z6, v4, sum2), sum3 = madd(z6, v3, sum3)
          const x7 = v128.load((at += pixel)), z7 = PAIRS ? v128.load(at, 16) : x7
          acc3 = madd(x7, w4, acc3)
          if (PAIRS) sum3 = madd(z7, v4, sum3)
        }
      } else {
        const x0 = v128.load(at), z0 = PAIRS ? v128.load(at, 16) : x0
        acc0 = madd(x0, w0, acc0)
        if (PAIRS) sum0 = madd(z0, v0, sum0)
        const x1 = v128.load((at += pixel)), z1 = PAIRS ? v128.load(at, 16) : x1
        acc0 = madd(x1, w1, acc0)
        if (PAIRS) sum0 = madd(z1, v1, sum0)
        const x2 = v128.load((at += pixel)), z2 = PAIRS ? v128.load(at, 16) : x2
        acc0 = madd(x2, w2, acc0), acc1 = madd(x2, w0, acc1)
        if (PAIRS) sum0 = madd(z2, v2, sum0), sum1 = madd(z2, v0, sum1)
        const x3 = v128.load((at += pixel)), z3 = PAIRS ? v128.load(at, 16) : x3
        acc1 = madd(x3, w1, acc1)
        if (PAIRS) sum1 = madd(z3, v1, sum1)
        if (S == 5) {
          acc0 = madd(x3, w3, acc0)
          if (PAIRS) sum0 = madd(z3, v3, sum0)
        }
        const x4 = v128.load((at += pixel)), z4 = PAIRS ? v128.load(at, 16) : x4
        acc1 = madd(x4, w2, acc1), acc2 = madd(x4, w0, acc2)
        if (PAIRS) sum1 = madd(z4, v2, sum1), sum2 = madd(z4, v0, sum2)
        if (S == 5) {
          acc0 = madd(x4, w4, acc0)
          if (PAIRS) sum0 = madd(z4, v4, sum0)
        }
        const x5 = v128.load((at += pixel)), z5 = PAIRS ? v128.load(at, 16) : x5
        acc2 = madd(x5, w1, acc2)
        if (PAIRS) sum2 = madd(z5, v1, sum2)
        if (S == 5) {
          acc1 = madd(x5, w3, acc1)
          if (PAIRS) sum1 = madd(z5, v3, sum1)
        }
        const x6 = v128.load((at += pixel)), z6 = PAIRS ? v128.load(at, 16) : x6
        acc2 = madd(x6, w2, acc2), acc3 = madd(x6, w0, acc3)
        if (PAIRS) sum2 = madd(z6, v2, sum2), sum3 = madd(z6, v0, sum3)
        if (S == 5) {
          acc1 = madd(x6, w4, acc1)
          if (PAIRS) sum1 = madd(z6, v4, sum1)
        }
        const x7 = v128.load((at += pixel)), z7 = PAIRS ? v128.load(at, 16) : x7
        acc3 = madd(x7, w1, acc3)
        if (PAIRS) sum3 = madd(z7, v1, sum3)
        if (S == 5) {
          acc2 = madd(x7, w3, acc2)
          if (PAIRS) sum2 = madd(z7, v3, sum2)
        }
        const x8 = v128.load((at += pixel)), z8 = PAIRS ? v128.load(at, 16) : x8
        acc3 = madd(x8, w2, acc3)
        if (PAIRS) sum3 = madd(z8, v2, sum3)
        if (S == 5) {
          acc2 = madd(x8, w4, acc2)
          if (PAIRS) sum2 = madd(z8, v4, sum2)
        }
        if (S == 5) {
          const x9 = v128.load((at += pixel)), z9 = PAIRS ? v128.load(at, 16) : x9
          acc3 = madd(x9, w3, acc3)
          if (PAIRS) sum3 = madd(z9, v3, sum3)
          const x10 = v128.load((at += pixel)), z10 = PAIRS ? v128.load(at, 16) : x10
          acc3 = madd(x10, w4, acc3)
          if (PAIRS) sum3 = madd(z10, v4, sum3)
        }
      }
    }
    if (bias != 0) {
      const start = v128.load(bias + lane)
      acc0 = f32x4.add(acc0, start), acc1 = f32x4.add(acc1, start)
      acc2 = f32x4.add(acc2, start), acc3 = f32x4.add(acc3, start)
      if (PAIRS) {
        const next = v128.load(bias + lane, 16)
        sum0 = f32x4.add(sum0, next), sum1 = f32x4.add(sum1, next)
        sum2 = f32x4.add(sum2, next), sum3 = f32x4.add(sum3, next)
      }
    }
    acc0 = bounded(acc0, low, high), acc1 = bounded(acc1, low, high)
    acc2 = bounded(acc2, low, high), acc3 = bounded(acc3, low, high)
    if (PAIRS) {
      sum0 = bounded(sum0, low, high), sum1 = bounded(sum1, low, high)
      sum2 = bounded(sum2, low, high), sum3 = bounded(sum3, low, high)
    }
    const left = <i32>(pixel - lane) >> 2
    let to = y + lane
    storeGroup(to, acc0, sum0, left)
    storeGroup((to += pixel), acc1, sum1, left)
    storeGroup((to += pixel), acc2, sum2, left)
    storeGroup(to + pixel, acc3, sum3, left)
  }
}

/** Stores the first `count` channels of a group. */
// @ts-ignore: decorator
@inline
function storeGroup(to: usize, v0: v128, v1: v128, count: i32): void {
  if (count >= GROUP) {
    v128.store(to, v0)
    if (PAIRS) v128.store(to, v1, 16)
  } else {
    storeLanes(to, v0, count)
    if (PAIRS) storeLanes(to + 16, v1, count - 4)
  }
}

/**
 * One pixel under `rows` · `columns` taps; in w they are tapR and tap bytes apart, in x stepR and stepS. The bounds come as
 * numbers: V8's revectorizer ends the process over parameters that are vectors.
 */
function forwardPixel(
  x: usize, w: usize, bias: usize, y: usize, C: i32, rows: i32, columns: i32, panel: usize, tap: usize, tapR: usize,
  stepR: usize, stepS: usize, lowest: f32, highest: f32,
): void {
  const low = f32x4.splat(lowest)
  const high = f32x4.splat(highest)
  let c = 0
  for (; c + 16 <= C; c += 16, w += 16 / GROUP * panel) {
    vectorsOfPixel(4, x, w, bias, y, c, C, rows, columns, panel, tap, tapR, stepR, stepS, low, high)
  }
  for (; c < C; c += 4) {
    vectorsOfPixel(1, x, w, bias, y, c, C, rows, columns, panel, tap, tapR, stepR, stepS, low, high)
    if (PAIRS) w += (c & 4) == 0 ? 16 : panel - 16
    else w += panel
  }
}

/** `count` (4 or 1) vectors from channel c on; w is that of the first. */
// @ts-ignore: decorator
@inline
function vectorsOfPixel(
  count: i32, x: usize, w: usize, bias: usize, y: usize, c: i32, C: i32, rows: i32, columns: i32, panel: usize,
  tap: usize, tapR: usize, stepR: usize, stepS: usize, low: v128, high: v128,
): void {
  const lane = <usize>c << 2
  // Where the second to fourth vectors of a tap lie.
  const second: usize = PAIRS ? 16 : panel
  const third: usize = PAIRS ? panel : 2 * panel
  const fourth: usize = PAIRS ? panel + 16 : 3 * panel
  let acc0 = f32x4.splat(0), acc1 = f32x4.splat(0), acc2 = f32x4.splat(0), acc3 = f32x4.splat(0)
  let line = x + lane
  let filters = w
  for (let r = 0; r < rows; r++, line += stepR, filters += tapR) {
    let from = line
    let filter = filters
    for (let s = 0; s < columns; s++, from += stepS, filter += tap) {
      acc0 = madd(v128.load(from), v128.load(filter), acc0)
      if (count == 4) {
        acc1 = madd(v128.load(from, 16), v128.load(filter + second), acc1)
        acc2 = madd(v128.load(from, 32), v128.load(filter + third), acc2)
        acc3 = madd(v128.load(from, 48), v128.load(filter + fourth), acc3)
      }
    }
  }
  if (bias != 0) {
    acc0 = f32x4.add(acc0, v128.load(bias + lane))
    if (count == 4) {
      acc1 = f32x4.add(acc1, v128.load(bias + lane, 16))
      acc2 = f32x4.add(acc2, v128.load(bias + lane, 32))
      acc3 = f32x4.add(acc3, v128.load(bias + lane, 48))
    }
  }
  const to = y + lane
  if (count == 4) {
    v128.store(to, bounded(acc0, low, high))
    v128.store(to, bounded(acc1, low, high), 16)
    v128.store(to, bounded(acc2, low, high), 32)
    v128.store(to, bounded(acc3, low, high), 48)
  } else {
    storeLanes(to, bounded(acc0, low, high), C - c)
  }
}

/** The first r ≥ 0 for which at − r · dilation is a multiple of the stride, not before the image; −1 where there is none. */
// @ts-ignore: decorator
@inline
function firstMatch(at: i32, dilation: i32, stride: i32): i32 {
  for (let r = 0; r < stride && at >= r * dilation; r++) if ((at - r * dilation) % stride == 0) return r
  return -1
}

/** The first r ≥ 0 for which at − r · dilation is a multiple of the stride, on whichever side; −1 where there is none. */
// @ts-ignore: decorator
@inline
function firstCongruent(at: i32, dilation: i32, stride: i32): i32 {
  for (let r = 0; r < stride; r++) if ((at - r * dilation) % stride == 0) return r
  return -1
}

/** After how many taps the same remainder by the stride comes again. */
// @ts-ignore: decorator
@inline
function period(dilation: i32, stride: i32): i32 {
  let taps = 1
  while (taps * dilation % stride != 0) taps++
  return taps
}

/**
 * The gradient of the input for any strides: dx[b, h, w, c] = Σ dy[b, p, q, c] · w[r, s, c] over all r, s for which
 * p · strideH + r · dilationH = h + padTop and q · strideW + s · dilationW = w + padLeft have solutions in y. Of the taps
 * of a row only each `period`-th has one, and from one to the next p falls by a fixed step: nothing else is visited. w is
 * packed. begin..end over the B·H rows of dx.
 */
export function depthwiseConv2dGradInput(
  dy: usize, w: usize, dx: usize,
  B: i32, H: i32, W: i32, C: i32, P: i32, Q: i32, R: i32, S: i32, strideH: i32, strideW: i32,
  dilationH: i32, dilationW: i32, padTop: i32, padLeft: i32, begin: i32, end: i32,
): void {
  const pixel = <usize>C << 2
  const panel = <usize>(R * S) * TAP
  const nextR = period(dilationH, strideH)
  const nextS = period(dilationW, strideW)
  const fallP = nextR * dilationH / strideH
  const fallQ = nextS * dilationW / strideW
  const tap = <usize>nextS * TAP
  const tapR = <usize>(nextR * S) * TAP
  const stepP: usize = 0 - <usize>(fallP * Q) * pixel
  const stepQ: usize = 0 - <usize>fallQ * pixel
  const tiles = dilationW == 1 && strideW == 2 && (S == 3 || S == 5)
  for (let row = begin; row < end; row++) {
    const b = row / H
    const h = row - b * H + padTop
    let r = firstMatch(h, dilationH, strideH)
    let p = (h - r * dilationH) / strideH
    for (; r >= 0 && p >= P; p -= fallP) r += nextR
    const rows = r < 0 ? 0 : taps(r, R, nextR, p, fallP)
    const line = dy + <usize>((b * P + p) * Q) * pixel
    const filter = w + <usize>(r * S) * TAP
    let column = 0
    while (column < W) {
      const at = column + padLeft
      const to = dx + <usize>(row * W + column) * pixel
      if (tiles && (at & 1) == 0) {
        // The last tile is moved back, as in the forward pass.
        const back = (at >> 1) + 1 < Q && column + 4 <= W ? 0 : 2
        const q = (at - back) >> 1
        if (q >= S >> 1 && q + 1 < Q && column >= back && column - back + 4 <= W) {
          const from = line + <usize>(q - (S >> 1)) * pixel
          const first = to - <usize>back * pixel
          if (S == 3) gradInputTile(3, from, filter, first, C, rows, panel, tapR, stepP)
          else gradInputTile(5, from, filter, first, C, rows, panel, tapR, stepP)
          column += 4 - back
          continue
        }
      }
      let s = firstCongruent(at, dilationW, strideW)
      let q = (at - s * dilationW) / strideW
      for (; s >= 0 && q >= Q; q -= fallQ) s += nextS
      const columns = s < 0 || rows == 0 ? 0 : taps(s, S, nextS, q, fallQ)
      forwardPixel(
        line + <usize>q * pixel, filter + <usize>s * TAP, 0, to, C, columns == 0 ? 0 : rows, columns, panel, tap, tapR,
        stepP, stepQ, NaN, NaN,
      )
      column++
    }
  }
}

/**
 * Four neighbouring pixels of dx for stride 2, the first of which lies under the even taps. dy is ⌊S / 2⌋ pixels before the
 * output that lies on it, w the first of `rows` rows of taps. The pixels share ⌊S / 2⌋ + 2 vectors of dy and S of w. S is a
 * constant; z, v and sum are the second vectors of pairs.
 */
// @ts-ignore: decorator
@inline
function gradInputTile(
  S: i32, dy: usize, w: usize, dx: usize, C: i32, rows: i32, panel: usize, tapR: usize, stepP: usize,
): void {
  const pixel = <usize>C << 2
  for (let lane: usize = 0; lane < pixel; lane += TAP, w += panel) {
    let acc0 = f32x4.splat(0), acc1 = f32x4.splat(0), acc2 = f32x4.splat(0), acc3 = f32x4.splat(0)
    let sum0 = f32x4.splat(0), sum1 = f32x4.splat(0), sum2 = f32x4.splat(0), sum3 = f32x4.splat(0)
    let from = dy + lane
    let filter = w
    for (let r = 0; r < rows; r++, from += stepP, filter += tapR) {
      let at = from
      if (S == 5) at += pixel
      const x0 = v128.load(at), z0 = PAIRS ? v128.load(at, 16) : x0
      const x1 = v128.load((at += pixel)), z1 = PAIRS ? v128.load(at, 16) : x1
      const x2 = v128.load((at += pixel)), z2 = PAIRS ? v128.load(at, 16) : x2
      const w0 = v128.load(filter), v0 = PAIRS ? v128.load(filter, 16) : w0
      const w1 = v128.load(filter, TAP), v1 = PAIRS ? v128.load(filter, TAP + 16) : w1
      const w2 = v128.load(filter, 2 * TAP), v2 = PAIRS ? v128.load(filter, 2 * TAP + 16) : w2
      acc0 = madd(x0, w2, madd(x1, w0, acc0)), acc1 = madd(x1, w1, acc1)
      acc2 = madd(x1, w2, madd(x2, w0, acc2)), acc3 = madd(x2, w1, acc3)
      if (PAIRS) {
        sum0 = madd(z0, v2, madd(z1, v0, sum0)), sum1 = madd(z1, v1, sum1)
        sum2 = madd(z1, v2, madd(z2, v0, sum2)), sum3 = madd(z2, v1, sum3)
      }
      if (S == 5) {
        const x = v128.load(from), z = PAIRS ? v128.load(from, 16) : x
        const w3 = v128.load(filter, 3 * TAP), v3 = PAIRS ? v128.load(filter, 3 * TAP + 16) : w3
        const w4 = v128.load(filter, 4 * TAP), v4 = PAIRS ? v128.load(filter, 4 * TAP + 16) : w4
        acc0 = madd(x, w4, acc0), acc1 = madd(x0, w3, acc1), acc2 = madd(x0, w4, acc2), acc3 = madd(x1, w3, acc3)
        if (PAIRS) sum0 = madd(z, v4, sum0), sum1 = madd(z0, v3, sum1), sum2 = madd(z0, v4, sum2), sum3 = madd(z1, v3, sum3)
      }
    }
    const left = <i32>(pixel - lane) >> 2
    let to = dx + lane
    storeGroup(to, acc0, sum0, left)
    storeGroup((to += pixel), acc1, sum1, left)
    storeGroup((to += pixel), acc2, sum2, left)
    storeGroup(to + pixel, acc3, sum3, left)
  }
}

/** How many of the taps from `first` on, `next` apart, lie on outputs that are not before the first, `fall` apart. */
// @ts-ignore: decorator
@inline
function taps(first: i32, size: i32, next: i32, output: i32, fall: i32): i32 {
  let count = 0
  for (let tap = first; tap < size && output >= 0; tap += next, output -= fall) count++
  return count
}

/**
 * dw[r, s, c] = Σ_{b,p,q} x[b, h, w, c] · dy[b, p, q, c], summed in parts of `rows` rows of dy: partials
 * [parts][R][S][C], for the caller to add up. The tiles are those of the forward pass, with running sums in memory in
 * place of the output, which lie as a packed filter; after at least SUM_BLOCK pixels they go into f64 ones. Each part has
 * scratch of 12 · R · S · C′ bytes, where C′ is C rounded up to whole groups. begin..end over the parts.
 */
export function depthwiseConv2dGradFilter(
  x: usize, dy: usize, partials: usize, scratch: usize,
  B: i32, H: i32, W: i32, C: i32, P: i32, Q: i32, R: i32, S: i32, strideH: i32, strideW: i32,
  dilationH: i32, dilationW: i32, padTop: i32, padLeft: i32, rowsOfPart: i32, begin: i32, end: i32,
): void {
  const pixel = <usize>C << 2
  const panel = <usize>(R * S) * TAP
  const all = <usize>((C + GROUP - 1) / GROUP) * panel
  const stepR = <usize>(dilationH * W) * pixel
  const stepS = <usize>dilationW * pixel
  const tiles = dilationW == 1 && strideW <= 2 && (S == 3 || S == 5)
  const inside = firstInside(padLeft, strideW, Q)
  const outside = max(inside, lastInside(W, padLeft, (S - 1) * dilationW, strideW, Q))
  const far = isFar(B * H * W, C)
  for (let part = begin; part < end; part++) {
    const run = scratch + <usize>part * 3 * all
    memory.fill(run, 0, 3 * all)
    const to = partials + <usize>(part * R * S) * pixel
    let pixels = 0
    let fetched = 0
    for (let row = part * rowsOfPart; row < min((part + 1) * rowsOfPart, B * P); row++) {
      const b = row / P
      const top = (row - b * P) * strideH - padTop
      const r = firstTap(top, dilationH)
      const rows = lastTap(top, dilationH, H, R) - r
      const from = b * H + top + r * dilationH
      if (far) {
        fetched = fetchRows(x, max(fetched, from), from + (rows - 1) * dilationH + 1, W, C, to)
        fetchRows(dy, row, row + 1, Q, C, to)
      }
      const line = x + <usize>(from * W) * pixel
      const own = run + <usize>(r * S) * TAP
      let out = dy + <usize>(row * Q) * pixel
      let q = 0
      while (q < Q) {
        const left = q * strideW - padLeft
        if (tiles && q >= inside && q + 4 <= outside) {
          const from = line + <usize>left * pixel
          if (S == 3) {
            if (strideW == 1) gradTile(3, 1, from, out, own, C, rows, panel, stepR)
            else gradTile(3, 2, from, out, own, C, rows, panel, stepR)
          } else if (strideW == 1) gradTile(5, 1, from, out, own, C, rows, panel, stepR)
          else gradTile(5, 2, from, out, own, C, rows, panel, stepR)
          q += 4
          out += 4 * pixel
          pixels += 4
        } else {
          const s = firstTap(left, dilationW)
          const columns = lastTap(left, dilationW, W, S) - s
          const from = line + <usize>(left + s * dilationW) * pixel
          gradPixel(from, out, own + <usize>s * TAP, C, rows, columns, panel, <usize>S * TAP, stepR, stepS)
          q++
          out += pixel
          pixels++
        }
        if (pixels >= SUM_BLOCK) {
          widen(run, all)
          pixels = 0
        }
      }
    }
    widen(run, all)
    for (let c = 0; c < C; c++) {
      const sums = run + all + <usize>(c / GROUP) * 2 * panel + (<usize>(c % GROUP) << 3)
      for (let t = 0; t < R * S; t++) {
        store<f32>(to + <usize>t * pixel + (<usize>c << 2), <f32>load<f64>(sums + <usize>t * (2 * TAP)))
      }
    }
  }
}

/** Adds the running sums to the f64 ones behind them, and begins anew. */
function widen(run: usize, bytes: usize): void {
  const sums = run + bytes
  for (let at: usize = 0; at < bytes; at += 16) addWide4(sums + 2 * at, v128.load(run + at))
  memory.fill(run, 0, bytes)
}

/** Four neighbouring pixels of dy. S and stride are constants; x and dy, z and dz are the vectors of a pair. */
// @ts-ignore: decorator
@inline
function gradTile(
  S: i32, stride: i32, x: usize, dy: usize, run: usize, C: i32, rows: i32, panel: usize, stepR: usize,
): void {
  const pixel = <usize>C << 2
  for (let lane: usize = 0; lane < pixel; lane += TAP, run += panel) {
    let slope = dy + lane
    const dy0 = v128.load(slope), dz0 = PAIRS ? v128.load(slope, 16) : dy0
    const dy1 = v128.load((slope += pixel)), dz1 = PAIRS ? v128.load(slope, 16) : dy1
    const dy2 = v128.load((slope += pixel)), dz2 = PAIRS ? v128.load(slope, 16) : dy2
    const dy3 = v128.load((slope += pixel)), dz3 = PAIRS ? v128.load(slope, 16) : dy3
    let from = x + lane
    let to = run
    for (let r = 0; r < rows; r++, from += stepR, to += <usize>S * TAP) {
      let at = from
      if (stride == 1) {
        const x0 = v128.load(at), z0 = PAIRS ? v128.load(at, 16) : x0
        const x1 = v128.load((at += pixel)), z1 = PAIRS ? v128.load(at, 16) : x1
        const x2 = v128.load((at += pixel)), z2 = PAIRS ? v128.load(at, 16) : x2
        const x3 = v128.load((at += pixel)), z3 = PAIRS ? v128.load(at, 16) : x3
        const x4 = v128.load((at += pixel)), z4 = PAIRS ? v128.load(at, 16) : x4
        const x5 = v128.load((at += pixel)), z5 = PAIRS ? v128.load(at, 16) : x5
        gradTap(to, 0, x0, x1, x2, x3, dy0, dy1, dy2, dy3, z0, z1, z2, z3, dz0, dz1, dz2, dz3)
        gradTap(to, TAP, x1, x2, x3, x4, dy0, dy1, dy2, dy3, z1, z2, z3, z4, dz0, dz1, dz2, dz3)
        gradTap(to, 2 * TAP, x2, x3, x4, x5, dy0, dy1, dy2, dy3, z2, z3, z4, z5, dz0, dz1, dz2, dz3)
        if (S == 5) {
          const x6 = v128.load((at += pixel)), z6 = PAIRS ? v128.load(at, 16) : x6
          const x7 = v128.load((at += pixel)), z7 = PAIRS ? v128.load(at, 16) : x7
          gradTap(to, 3 * TAP, x3, x4, x5, x6, dy0, dy1, dy2, dy3, z3, z4, z5, z6, dz0, dz1, dz2, dz3)
          gradTap(to, 4 * TAP, x4, x5, x6, x7, dy0, dy1, dy2, dy3, z4, z5, z6, z7, dz0, dz1, dz2, dz3)
        }
      } else {
        const x0 = v128.load(at), z0 = PAIRS ? v128.load(at, 16) : x0
        const x1 = v128.load((at += pixel)), z1 = PAIRS ? v128.load(at, 16) : x1
        const x2 = v128.load((at += pixel)), z2 = PAIRS ? v128.load(at, 16) : x2
        const x3 = v128.load((at += pixel)), z3 = PAIRS ? v128.load(at, 16) : x3
        const x4 = v128.load((at += pixel)), z4 = PAIRS ? v128.load(at, 16) : x4
        const x5 = v128.load((at += pixel)), z5 = PAIRS ? v128.load(at, 16) : x5
        const x6 = v128.load((at += pixel)), z6 = PAIRS ? v128.load(at, 16) : x6
        const x7 = v128.load((at += pixel)), z7 = PAIRS ? v128.load(at, 16) : x7
        const x8 = v128.load((at += pixel)), z8 = PAIRS ? v128.load(at, 16) : x8
        gradTap(to, 0, x0, x2, x4, x6, dy0, dy1, dy2, dy3, z0, z2, z4, z6, dz0, dz1, dz2, dz3)
        gradTap(to, TAP, x1, x3, x5, x7, dy0, dy1, dy2, dy3, z1, z3, z5, z7, dz0, dz1, dz2, dz3)
        gradTap(to, 2 * TAP, x2, x4, x6, x8, dy0, dy1, dy2, dy3, z2, z4, z6, z8, dz0, dz1, dz2, dz3)
        if (S == 5) {
          const x9 = v128.load((at += pixel)), z9 = PAIRS ? v128.load(at, 16) : x9
          const x10 = v128.load((at += pixel)), z10 = PAIRS ? v128.load(at, 16) : x10
          gradTap(to, 3 * TAP, x3, x5, x7, x9, dy0, dy1, dy2, dy3, z3, z5, z7, z9, dz0, dz1, dz2, dz3)
          gradTap(to, 4 * TAP, x4, x6, x8, x10, dy0, dy1, dy2, dy3, z4, z6, z8, z10, dz0, dz1, dz2, dz3)
        }
      }
    }
  }
}

/** One tap: `offset` bytes from `run`. */
// @ts-ignore: decorator
@inline
function gradTap(
  run: usize, offset: usize, x0: v128, x1: v128, x2: v128, x3: v128, dy0: v128, dy1: v128, dy2: v128, dy3: v128,
  z0: v128, z1: v128, z2: v128, z3: v128, dz0: v128, dz1: v128, dz2: v128, dz3: v128,
): void {
  const at = run + offset
  const sum = madd(x3, dy3, madd(x2, dy2, madd(x1, dy1, madd(x0, dy0, v128.load(at)))))
  if (PAIRS) {
    const next = madd(z3, dz3, madd(z2, dz2, madd(z1, dz1, madd(z0, dz0, v128.load(at, 16)))))
    v128.store(at, sum)
    v128.store(at, next, 16)
  } else {
    v128.store(at, sum)
  }
}

/** One pixel of dy, for `rows` · `columns` taps, tapR bytes from row to row. */
function gradPixel(
  x: usize, dy: usize, run: usize, C: i32, rows: i32, columns: i32, panel: usize, tapR: usize,
  stepR: usize, stepS: usize,
): void {
  const pixel = <usize>C << 2
  for (let lane: usize = 0; lane < pixel; lane += TAP, run += panel) {
    const slope = v128.load(dy + lane), next = PAIRS ? v128.load(dy + lane, 16) : slope
    let line = x + lane
    let sums = run
    for (let r = 0; r < rows; r++, line += stepR, sums += tapR) {
      let from = line
      let to = sums
      for (let s = 0; s < columns; s++, from += stepS, to += TAP) {
        v128.store(to, madd(v128.load(from), slope, v128.load(to)))
        if (PAIRS) v128.store(to, madd(v128.load(from, 16), next, v128.load(to, 16)), 16)
      }
    }
  }
}
