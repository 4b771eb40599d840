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
 *   4 neighbouring pixels of a row × 1 vector, for S = 3 and 5 and strides 1 and 2 without dilation: under a filter row
 *   they share S vectors of w and S + 3 · stride of x, each loaded once; 4 accumulators. The vectors of a pixel follow
 *   each other, so all operands are read in order. Where the pixels are not a multiple of 4, the last tile is moved back
 *   and computes some of them again. A third of the instructions would be addresses; so w comes packed, all taps of four
 *   channels side by side: [⌈C / 4⌉][R][S][4].
 *
 *   1 pixel × 4 vectors (1 for the rest of the channels), where a window reaches over the left or the right edge, and for
 *   any other filter: w and x are loaded for each multiply-add.
 *
 * An element is summed up in the order r, s by both, so its bits don't depend on the tile.
 */

import { SUM_BLOCK } from './config'
import { addWide4, bounded, madd, storeLanes } from './simd'

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
 * The packed filter, for the forward pass or turned round (`flip`): packed[v][r][s][lane] = w[r, s, 4v + lane]. begin..end
 * over the ⌈C / 4⌉ vectors.
 */
export function depthwiseConv2dPack(w: usize, packed: usize, C: i32, taps: i32, flip: i32, begin: i32, end: i32): void {
  for (let v = begin; v < end; v++) {
    for (let t = 0; t < taps; t++) {
      const from = w + (<usize>((flip ? taps - 1 - t : t) * C + 4 * v) << 2)
      v128.store(packed + (<usize>(v * taps + t) << 4), v128.load(from))
    }
  }
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
  const panel = <usize>(R * S) << 4
  const stepR = <usize>(dilationH * W) * pixel
  const stepS = <usize>dilationW * pixel
  const tiles = dilationW == 1 && strideW <= 2 && (S == 3 || S == 5)
  const inside = firstInside(padLeft, strideW, Q)
  const outside = max(inside, lastInside(W, padLeft, (S - 1) * dilationW, strideW, Q))
  const lowest = f32x4.splat(low)
  const highest = f32x4.splat(high)
  for (let row = begin; row < end; row++) {
    const b = row / P
    const top = (row - b * P) * strideH - padTop
    const r = firstTap(top, dilationH)
    const rows = lastTap(top, dilationH, H, R) - r
    const line = x + <usize>((b * H + top + r * dilationH) * W) * pixel
    const own = w + (<usize>(r * S) << 4)
    const to = y + <usize>(row * Q) * pixel
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
        const at = own + (<usize>s << 4)
        forwardPixel(from, at, bias, out, C, rows, columns, panel, 16, <usize>S << 4, stepR, stepS, lowest, highest)
        q++
      }
    }
  }
}

/** Four neighbouring pixels, `stride` apart in x. S and stride are constants; `panel` bytes lie between vectors of w. */
// @ts-ignore: decorator
@inline
function forwardTile(
  S: i32, stride: i32, x: usize, w: usize, bias: usize, y: usize, C: i32, rows: i32, panel: usize, stepR: usize,
  low: v128, high: v128,
): void {
  const pixel = <usize>C << 2
  for (let lane: usize = 0; lane < pixel; lane += 16, w += panel) {
    let acc0 = bias != 0 ? v128.load(bias + lane) : f32x4.splat(0)
    let acc1 = acc0, acc2 = acc0, acc3 = acc0
    let from = x + lane
    let filter = w
    for (let r = 0; r < rows; r++, from += stepR, filter += <usize>S << 4) {
      const w0 = v128.load(filter)
      const w1 = v128.load(filter, 16)
      const w2 = v128.load(filter, 32)
      const w3 = S == 5 ? v128.load(filter, 48) : w0
      const w4 = S == 5 ? v128.load(filter, 64) : w0
      let at = from
      acc0 = madd(v128.load(at), w0, acc0)
      const x1 = v128.load((at += pixel))
      const x2 = v128.load((at += pixel))
      acc0 = madd(x1, w1, acc0)
      acc0 = madd(x2, w2, acc0)
      const x3 = v128.load((at += pixel))
      const x4 = v128.load((at += pixel))
      const x5 = v128.load((at += pixel))
      if (S == 5) acc0 = madd(x3, w3, acc0), acc0 = madd(x4, w4, acc0)
      if (stride == 1) {
        acc1 = madd(x1, w0, acc1), acc1 = madd(x2, w1, acc1), acc1 = madd(x3, w2, acc1)
        if (S == 5) acc1 = madd(x4, w3, acc1), acc1 = madd(x5, w4, acc1)
        acc2 = madd(x2, w0, acc2), acc2 = madd(x3, w1, acc2), acc2 = madd(x4, w2, acc2)
        acc3 = madd(x3, w0, acc3), acc3 = madd(x4, w1, acc3), acc3 = madd(x5, w2, acc3)
        if (S == 5) {
          const x6 = v128.load((at += pixel))
          acc2 = madd(x5, w3, acc2), acc2 = madd(x6, w4, acc2)
          acc3 = madd(x6, w3, acc3), acc3 = madd(v128.load(at + pixel), w4, acc3)
        }
      } else {
        const x6 = v128.load((at += pixel))
        acc1 = madd(x2, w0, acc1), acc1 = madd(x3, w1, acc1), acc1 = madd(x4, w2, acc1)
        if (S == 5) acc1 = madd(x5, w3, acc1), acc1 = madd(x6, w4, acc1)
        const x7 = v128.load((at += pixel))
        const x8 = v128.load((at += pixel))
        acc2 = madd(x4, w0, acc2), acc2 = madd(x5, w1, acc2), acc2 = madd(x6, w2, acc2)
        if (S == 5) acc2 = madd(x7, w3, acc2), acc2 = madd(x8, w4, acc2)
        acc3 = madd(x6, w0, acc3), acc3 = madd(x7, w1, acc3), acc3 = madd(x8, w2, acc3)
        if (S == 5) {
          acc3 = madd(v128.load((at += pixel)), w3, acc3)
          acc3 = madd(v128.load(at + pixel), w4, acc3)
        }
      }
    }
    const to = y + lane
    const left = <i32>(pixel - lane) >> 2
    storeLanes(to, bounded(acc0, low, high), left)
    storeLanes(to + pixel, bounded(acc1, low, high), left)
    storeLanes(to + 2 * pixel, bounded(acc2, low, high), left)
    storeLanes(to + 3 * pixel, bounded(acc3, low, high), left)
  }
}

/** One pixel under `rows` · `columns` taps; in w they are tapR and tap bytes apart, in x stepR and stepS. */
function forwardPixel(
  x: usize, w: usize, bias: usize, y: usize, C: i32, rows: i32, columns: i32, panel: usize, tap: usize, tapR: usize,
  stepR: usize, stepS: usize, low: v128, high: v128,
): void {
  let c = 0
  for (; c + 16 <= C; c += 16, w += 4 * panel) {
    vectorsOfPixel(4, x, w, bias, y, c, C, rows, columns, panel, tap, tapR, stepR, stepS, low, high)
  }
  for (; c < C; c += 4, w += panel) {
    vectorsOfPixel(1, x, w, bias, y, c, C, rows, columns, panel, tap, tapR, stepR, stepS, low, high)
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
  let acc0 = bias != 0 ? v128.load(bias + lane) : f32x4.splat(0)
  let acc1 = bias != 0 && count == 4 ? v128.load(bias + lane, 16) : f32x4.splat(0)
  let acc2 = bias != 0 && count == 4 ? v128.load(bias + lane, 32) : f32x4.splat(0)
  let acc3 = bias != 0 && count == 4 ? v128.load(bias + lane, 48) : f32x4.splat(0)
  let line = x + lane
  let filters = w
  for (let r = 0; r < rows; r++, line += stepR, filters += tapR) {
    let from = line
    let filter = filters
    for (let s = 0; s < columns; s++, from += stepS, filter += tap) {
      acc0 = madd(v128.load(from), v128.load(filter), acc0)
      if (count == 4) {
        acc1 = madd(v128.load(from, 16), v128.load(filter + panel), acc1)
        acc2 = madd(v128.load(from, 32), v128.load(filter + 2 * panel), acc2)
        acc3 = madd(v128.load(from, 48), v128.load(filter + 3 * panel), acc3)
      }
    }
  }
  const to = y + lane
  storeLanes(to, bounded(acc0, low, high), C - c)
  if (count == 4) {
    v128.store(to, bounded(acc1, low, high), 16)
    v128.store(to, bounded(acc2, low, high), 32)
    v128.store(to, bounded(acc3, low, high), 48)
  }
}

/** The first r ≥ 0 for which at − r · dilation is a multiple of the stride, not before the image; −1 where there is none. */
// @ts-ignore: decorator
@inline
function firstMatch(at: i32, dilation: i32, stride: i32): i32 {
  for (let r = 0; r < stride && at >= r * dilation; r++) if ((at - r * dilation) % stride == 0) return r
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
  const nextR = period(dilationH, strideH)
  const nextS = period(dilationW, strideW)
  const fallP = nextR * dilationH / strideH
  const fallQ = nextS * dilationW / strideW
  const unbounded = f32x4.splat(NaN)
  for (let row = begin; row < end; row++) {
    const b = row / H
    const h = row - b * H + padTop
    let r = firstMatch(h, dilationH, strideH)
    let p = (h - r * dilationH) / strideH
    for (; r >= 0 && p >= P; p -= fallP) r += nextR
    const rows = r < 0 || r >= R || p < 0 ? 0 : min((R - r + nextR - 1) / nextR, p / fallP + 1)
    const line = dy + <usize>((b * P + p) * Q) * pixel
    for (let column = 0; column < W; column++) {
      let s = firstMatch(column + padLeft, dilationW, strideW)
      let q = (column + padLeft - s * dilationW) / strideW
      for (; s >= 0 && q >= Q; q -= fallQ) s += nextS
      const columns = s < 0 || s >= S || q < 0 ? 0 : min((S - s + nextS - 1) / nextS, q / fallQ + 1)
      const from = line + <usize>q * pixel
      const filter = w + (<usize>(r * S + s) << 4)
      const to = dx + <usize>(row * W + column) * pixel
      forwardPixel(
        from, filter, 0, to, C, columns == 0 ? 0 : rows, columns, <usize>(R * S) << 4, <usize>nextS << 4,
        <usize>(nextR * S) << 4, 0 - <usize>(fallP * Q) * pixel, 0 - <usize>fallQ * pixel, unbounded, unbounded,
      )
    }
  }
}

/**
 * dw[r, s, c] = Σ_{b,p,q} x[b, h, w, c] · dy[b, p, q, c], summed in parts of `rows` rows of dy: partials
 * [parts][R][S][C], for the caller to add up. The tiles are those of the forward pass, with running sums in memory in
 * place of the output, which lie as a packed filter; after at least SUM_BLOCK pixels they go into f64 ones. Each part has
 * scratch of 12 · R · S · C₄ bytes, where C₄ is C rounded up to whole vectors. begin..end over the parts.
 */
export function depthwiseConv2dGradFilter(
  x: usize, dy: usize, partials: usize, scratch: usize,
  B: i32, H: i32, W: i32, C: i32, P: i32, Q: i32, R: i32, S: i32, strideH: i32, strideW: i32,
  dilationH: i32, dilationW: i32, padTop: i32, padLeft: i32, rowsOfPart: i32, begin: i32, end: i32,
): void {
  const pixel = <usize>C << 2
  const panel = <usize>(R * S) << 4
  const all = <usize>((C + 3) >> 2) * panel
  const stepR = <usize>(dilationH * W) * pixel
  const stepS = <usize>dilationW * pixel
  const tiles = dilationW == 1 && strideW <= 2 && (S == 3 || S == 5)
  const inside = firstInside(padLeft, strideW, Q)
  const outside = max(inside, lastInside(W, padLeft, (S - 1) * dilationW, strideW, Q))
  for (let part = begin; part < end; part++) {
    const run = scratch + <usize>part * 3 * all
    memory.fill(run, 0, 3 * all)
    let pixels = 0
    for (let row = part * rowsOfPart; row < min((part + 1) * rowsOfPart, B * P); row++) {
      const b = row / P
      const top = (row - b * P) * strideH - padTop
      const r = firstTap(top, dilationH)
      const rows = lastTap(top, dilationH, H, R) - r
      const line = x + <usize>((b * H + top + r * dilationH) * W) * pixel
      const own = run + (<usize>(r * S) << 4)
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
          gradPixel(from, out, own + (<usize>s << 4), C, rows, columns, panel, <usize>S << 4, stepR, stepS)
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
    const to = partials + <usize>(part * R * S) * pixel
    for (let c = 0; c < C; c++) {
      const sums = run + all + <usize>(c >> 2) * 2 * panel + (<usize>(c & 3) << 3)
      for (let t = 0; t < R * S; t++) {
        store<f32>(to + <usize>t * pixel + (<usize>c << 2), <f32>load<f64>(sums + (<usize>t << 5)))
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

/** Four neighbouring pixels of dy. S and stride are constants. */
// @ts-ignore: decorator
@inline
function gradTile(
  S: i32, stride: i32, x: usize, dy: usize, run: usize, C: i32, rows: i32, panel: usize, stepR: usize,
): void {
  const pixel = <usize>C << 2
  for (let lane: usize = 0; lane < pixel; lane += 16, run += panel) {
    const dy0 = v128.load(dy + lane)
    const dy1 = v128.load(dy + lane + pixel)
    const dy2 = v128.load(dy + lane + 2 * pixel)
    const dy3 = v128.load(dy + lane + 3 * pixel)
    let from = x + lane
    let to = run
    for (let r = 0; r < rows; r++, from += stepR, to += <usize>S << 4) {
      let at = from
      const x0 = v128.load(at)
      const x1 = v128.load((at += pixel))
      const x2 = v128.load((at += pixel))
      const x3 = v128.load((at += pixel))
      const x4 = v128.load((at += pixel))
      const x5 = v128.load((at += pixel))
      if (stride == 1) {
        gradTap(to, 0, x0, x1, x2, x3, dy0, dy1, dy2, dy3)
        gradTap(to, 16, x1, x2, x3, x4, dy0, dy1, dy2, dy3)
        gradTap(to, 32, x2, x3, x4, x5, dy0, dy1, dy2, dy3)
        if (S == 5) {
          const x6 = v128.load((at += pixel))
          gradTap(to, 48, x3, x4, x5, x6, dy0, dy1, dy2, dy3)
          gradTap(to, 64, x4, x5, x6, v128.load(at + pixel), dy0, dy1, dy2, dy3)
        }
      } else {
        const x6 = v128.load((at += pixel))
        const x7 = v128.load((at += pixel))
        const x8 = v128.load((at += pixel))
        gradTap(to, 0, x0, x2, x4, x6, dy0, dy1, dy2, dy3)
        gradTap(to, 16, x1, x3, x5, x7, dy0, dy1, dy2, dy3)
        gradTap(to, 32, x2, x4, x6, x8, dy0, dy1, dy2, dy3)
        if (S == 5) {
          gradTap(to, 48, x3, x5, x7, v128.load((at += pixel)), dy0, dy1, dy2, dy3)
          gradTap(to, 64, x4, x6, x8, v128.load(at + pixel), dy0, dy1, dy2, dy3)
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
): void {
  const at = run + offset
  v128.store(at, madd(x3, dy3, madd(x2, dy2, madd(x1, dy1, madd(x0, dy0, v128.load(at))))))
}

/** One pixel of dy, for `rows` · `columns` taps, tapR bytes from row to row. */
function gradPixel(
  x: usize, dy: usize, run: usize, C: i32, rows: i32, columns: i32, panel: usize, tapR: usize,
  stepR: usize, stepS: usize,
): void {
  const pixel = <usize>C << 2
  for (let lane: usize = 0; lane < pixel; lane += 16, run += panel) {
    const slope = v128.load(dy + lane)
    let line = x + lane
    let sums = run
    for (let r = 0; r < rows; r++, line += stepR, sums += tapR) {
      let from = line
      let to = sums
      for (let s = 0; s < columns; s++, from += stepS, to += 16) {
        v128.store(to, madd(v128.load(from), slope, v128.load(to)))
      }
    }
  }
}
