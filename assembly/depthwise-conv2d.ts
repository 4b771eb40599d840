/**
 * Depthwise convolution: every input channel c has M filters of its own.
 *
 *   y[b, p, q, c·M + m] = Σ_{r,s} x[b, p·strideH + r·dilationH, q·strideW + s·dilationW, c] · w[r, s, c, m]
 *
 * x [B, H, W, C] is already padded in the forward pass and in the filter gradient, w is [R, S, C, M], y is
 * [B, P, Q, C·M]; all are contiguous. Vectors run along the channels. There is no reuse between channels, so a tile is
 * a few neighbouring pixels (forward) or vectors (gradients): enough chains of additions to hide their latency.
 * With M = 1 all three operands are contiguous in c; with M > 1 the ones that are not are gathered lane by lane.
 */

import { madd, storeLanes } from './simd'

/** Four elements at byte offsets of their own. */
// @ts-ignore: decorator
@inline
function loadLanesAt(from: usize, o0: usize, o1: usize, o2: usize, o3: usize): v128 {
  let v = v128.load32_splat(from + o0)
  v = v128.load_lane<f32>(from + o1, v, 1)
  v = v128.load_lane<f32>(from + o2, v, 2)
  return v128.load_lane<f32>(from + o3, v, 3)
}

/** The byte offset of channel c, of the last channel where c is past it: no load leaves the pixel. */
// @ts-ignore: decorator
@inline
function channelOffset(c: i32, C: i32, M: i32): usize {
  return <usize>(min(c, C - 1) * M) << 2
}

/** begin..end over the B·P rows of y. */
export function depthwiseConv2dForward(
  x: usize, w: usize, y: usize,
  B: i32, H: i32, W: i32, C: i32, M: i32, P: i32, Q: i32, R: i32, S: i32,
  strideH: i32, strideW: i32, dilationH: i32, dilationW: i32, begin: i32, end: i32,
): void {
  const pixel = <usize>C << 2
  const stepR = <usize>(dilationH * W) * pixel
  const stepS = <usize>dilationW * pixel
  const stepQ = <usize>strideW * pixel
  const outPixel = pixel * <usize>M
  for (let row = begin; row < end; row++) {
    const b = row / P
    let from = x + <usize>((b * H + (row - b * P) * strideH) * W) * pixel
    let to = y + <usize>(row * Q) * outPixel
    let q = 0
    if (M == 1) {
      for (; q + 4 <= Q; q += 4, from += 4 * stepQ, to += 4 * outPixel) {
        forwardPixels(4, from, w, to, C, R, S, stepR, stepS, stepQ)
      }
      for (; q < Q; q++, from += stepQ, to += outPixel) forwardPixels(1, from, w, to, C, R, S, stepR, stepS, stepQ)
    } else {
      for (; q < Q; q++, from += stepQ, to += outPixel) forwardMultiplied(from, w, to, C, M, R, S, stepR, stepS)
    }
  }
}

/** M = 1: `count` (4 or 1) neighbouring pixels share the loads of w. */
// @ts-ignore: decorator
@inline
function forwardPixels(
  count: i32, x: usize, w: usize, y: usize, C: i32, R: i32, S: i32, stepR: usize, stepS: usize, stepQ: usize,
): void {
  const pixel = <usize>C << 2
  for (let c = 0; c < C; c += 4) {
    const lane = <usize>c << 2
    let acc0 = f32x4.splat(0)
    let acc1 = acc0
    let acc2 = acc0
    let acc3 = acc0
    let filter = w + lane
    let from = x + lane
    for (let r = 0; r < R; r++, from += stepR) {
      let at = from
      for (let s = 0; s < S; s++, at += stepS, filter += pixel) {
        const wv = v128.load(filter)
        acc0 = madd(v128.load(at), wv, acc0)
        if (count == 4) {
          acc1 = madd(v128.load(at + stepQ), wv, acc1)
          acc2 = madd(v128.load(at + 2 * stepQ), wv, acc2)
          acc3 = madd(v128.load(at + 3 * stepQ), wv, acc3)
        }
      }
    }
    storeLanes(y + lane, acc0, C - c)
    if (count == 4) {
      storeLanes(y + pixel + lane, acc1, C - c)
      storeLanes(y + 2 * pixel + lane, acc2, C - c)
      storeLanes(y + 3 * pixel + lane, acc3, C - c)
    }
  }
}

/** Any M: w and y are contiguous in j = c·M + m, the lanes of x are gathered from c = ⌊j / M⌋. */
// @ts-ignore: decorator
@inline
function forwardMultiplied(
  x: usize, w: usize, y: usize, C: i32, M: i32, R: i32, S: i32, stepR: usize, stepS: usize,
): void {
  const CM = C * M
  for (let j = 0; j < CM; j += 4) {
    const o0 = channelOffset(j / M, C, 1)
    const o1 = channelOffset((j + 1) / M, C, 1)
    const o2 = channelOffset((j + 2) / M, C, 1)
    const o3 = channelOffset((j + 3) / M, C, 1)
    let acc = f32x4.splat(0)
    let filter = w + (<usize>j << 2)
    let from = x
    for (let r = 0; r < R; r++, from += stepR) {
      let at = from
      for (let s = 0; s < S; s++, at += stepS, filter += <usize>CM << 2) {
        acc = madd(loadLanesAt(at, o0, o1, o2, o3), v128.load(filter), acc)
      }
    }
    storeLanes(y + (<usize>j << 2), acc, CM - j)
  }
}

/**
 * dx[b, h, w, c] = Σ_{r,s,m} dy[b, p, q, c·M + m] · w[r, s, c, m] over all r, s for which p·strideH + r·dilationH =
 * h + padTop and q·strideW + s·dilationW = w + padLeft have solutions in y. dx is not padded: [B, H, W, C]. Each
 * element is gathered in one place, in the order r, s, m. begin..end over the B·H rows of dx.
 */
export function depthwiseConv2dGradInput(
  dy: usize, w: usize, dx: usize,
  B: i32, H: i32, W: i32, C: i32, M: i32, P: i32, Q: i32, R: i32, S: i32,
  strideH: i32, strideW: i32, dilationH: i32, dilationW: i32, padTop: i32, padLeft: i32, begin: i32, end: i32,
): void {
  const outPixel = <usize>(C * M) << 2
  for (let row = begin; row < end; row++) {
    const b = row / H
    const h = row - b * H + padTop
    const image = dy + <usize>(b * P * Q) * outPixel
    for (let column = 0; column < W; column++) {
      const to = dx + (<usize>((row * W + column) * C) << 2)
      const v = column + padLeft
      let c = 0
      if (M == 1) {
        for (; c + 16 <= C; c += 16) {
          gradInputVectors(4, image, w, to, C, 1, P, Q, R, S, strideH, strideW, dilationH, dilationW, h, v, c)
        }
      }
      for (; c < C; c += 4) {
        if (M == 1) gradInputVectors(1, image, w, to, C, 1, P, Q, R, S, strideH, strideW, dilationH, dilationW, h, v, c)
        else gradInputVectors(1, image, w, to, C, M, P, Q, R, S, strideH, strideW, dilationH, dilationW, h, v, c)
      }
    }
  }
}

/** `count` (4 or 1; 1 where M > 1) vectors of dx from channel c on, at row h and column v of the padded image. */
// @ts-ignore: decorator
@inline
function gradInputVectors(
  count: i32, dy: usize, w: usize, dx: usize, C: i32, M: i32, P: i32, Q: i32, R: i32, S: i32,
  strideH: i32, strideW: i32, dilationH: i32, dilationW: i32, h: i32, v: i32, c: i32,
): void {
  const o0 = channelOffset(c, C, M)
  const o1 = channelOffset(c + 1, C, M)
  const o2 = channelOffset(c + 2, C, M)
  const o3 = channelOffset(c + 3, C, M)
  let acc0 = f32x4.splat(0)
  let acc1 = acc0
  let acc2 = acc0
  let acc3 = acc0
  for (let r = 0, up = h; r < R && up >= 0; r++, up -= dilationH) {
    const p = strideH == 1 ? up : up / strideH
    if (p >= P || p * strideH != up) continue
    for (let s = 0, side = v; s < S && side >= 0; s++, side -= dilationW) {
      const q = strideW == 1 ? side : side / strideW
      if (q >= Q || q * strideW != side) continue
      const from = dy + (<usize>((p * Q + q) * C * M) << 2)
      const filter = w + (<usize>((r * S + s) * C * M) << 2)
      if (M == 1) {
        acc0 = madd(v128.load(from + o0), v128.load(filter + o0), acc0)
        if (count == 4) {
          acc1 = madd(v128.load(from + o0, 16), v128.load(filter + o0, 16), acc1)
          acc2 = madd(v128.load(from + o0, 32), v128.load(filter + o0, 32), acc2)
          acc3 = madd(v128.load(from + o0, 48), v128.load(filter + o0, 48), acc3)
        }
      } else {
        for (let m: usize = 0; m < <usize>M << 2; m += 4) {
          acc0 = madd(loadLanesAt(from + m, o0, o1, o2, o3), loadLanesAt(filter + m, o0, o1, o2, o3), acc0)
        }
      }
    }
  }
  const to = dx + (<usize>c << 2)
  storeLanes(to, acc0, C - c)
  if (count == 4) {
    v128.store(to, acc1, 16)
    v128.store(to, acc2, 32)
    v128.store(to, acc3, 48)
  }
}

/**
 * dw[r, s, c, m] = Σ_{b,p,q} x[b, p·strideH + r·dilationH, q·strideW + s·dilationW, c] · dy[b, p, q, c·M + m]. x is
 * already padded; dw is overwritten. The products of one row of dy are summed in a register and the row sums in dw, in
 * the order b, p: a row of dy and R rows of x stay in the first cache while all of dw's r, s pass over them. begin..end
 * over ⌈C / 4⌉ blocks of 4 input channels.
 */
export function depthwiseConv2dGradFilter(
  x: usize, dy: usize, dw: usize,
  B: i32, H: i32, W: i32, C: i32, M: i32, P: i32, Q: i32, R: i32, S: i32,
  strideH: i32, strideW: i32, dilationH: i32, dilationW: i32, begin: i32, end: i32,
): void {
  const last = min(4 * end, C)
  let c = 4 * begin
  if (M == 1) {
    for (; c + 16 <= last; c += 16) {
      gradFilterVectors(4, x, dy, dw, B, H, W, C, 1, P, Q, R, S, strideH, strideW, dilationH, dilationW, c, 0)
    }
    for (; c < last; c += 4) {
      gradFilterVectors(1, x, dy, dw, B, H, W, C, 1, P, Q, R, S, strideH, strideW, dilationH, dilationW, c, 0)
    }
  } else {
    for (; c < last; c += 4) {
      for (let m = 0; m < M; m++) {
        gradFilterVectors(1, x, dy, dw, B, H, W, C, M, P, Q, R, S, strideH, strideW, dilationH, dilationW, c, m)
      }
    }
  }
}

/** `count` (4 or 1; 1 where M > 1) vectors of dw from channel c on, for the filters m. */
// @ts-ignore: decorator
@inline
function gradFilterVectors(
  count: i32, x: usize, dy: usize, dw: usize, B: i32, H: i32, W: i32, C: i32, M: i32, P: i32, Q: i32, R: i32, S: i32,
  strideH: i32, strideW: i32, dilationH: i32, dilationW: i32, c: i32, m: i32,
): void {
  for (let k = 0; k < R * S; k++) {
    const to = dw + (<usize>(k * C * M + m) << 2)
    for (let j = c; j < min(c + 4 * count, C); j++) store<f32>(to + (<usize>(j * M) << 2), 0)
  }
  for (let row = 0; row < B * P; row++) {
    const b = row / P
    const lines = x + (<usize>((b * H + (row - b * P) * strideH) * W * C + c) << 2)
    const outs = dy + (<usize>(row * Q * C * M + m) << 2)
    for (let r = 0; r < R; r++) {
      for (let s = 0; s < S; s++) {
        const from = lines + (<usize>((r * dilationH * W + s * dilationW) * C) << 2)
        const to = dw + (<usize>((r * S + s) * C * M + m) << 2)
        addRowProducts(count, from, outs, to, C, M, Q, <usize>(strideW * C) << 2, c)
      }
    }
  }
}

/** dw[j] += Σ_q x[q, j] · dy[q, j] for 4 · count channels j from c on. */
// @ts-ignore: decorator
@inline
function addRowProducts(
  count: i32, x: usize, dy: usize, dw: usize, C: i32, M: i32, Q: i32, stepQ: usize, c: i32,
): void {
  const o0 = channelOffset(c, C, M)
  const o1 = channelOffset(c + 1, C, M)
  const o2 = channelOffset(c + 2, C, M)
  const o3 = channelOffset(c + 3, C, M)
  let acc0 = f32x4.splat(0)
  let acc1 = acc0
  let acc2 = acc0
  let acc3 = acc0
  let out = dy + (M == 1 ? o0 : 0)
  for (let q = 0; q < Q; q++, x += stepQ, out += <usize>(C * M) << 2) {
    acc0 = madd(v128.load(x), M == 1 ? v128.load(out) : loadLanesAt(out, o0, o1, o2, o3), acc0)
    if (count == 4) {
      acc1 = madd(v128.load(x, 16), v128.load(out, 16), acc1)
      acc2 = madd(v128.load(x, 32), v128.load(out, 32), acc2)
      acc3 = madd(v128.load(x, 48), v128.load(out, 48), acc3)
    }
  }
  const to = dw + o0
  if (M == 1) {
    storeLanes(to, f32x4.add(v128.load(to), acc0), C - c)
    if (count == 4) {
      v128.store(to, f32x4.add(v128.load(to, 16), acc1), 16)
      v128.store(to, f32x4.add(v128.load(to, 32), acc2), 32)
      v128.store(to, f32x4.add(v128.load(to, 48), acc3), 48)
    }
  } else {
    const sum = f32x4.add(loadLanesAt(dw, o0, o1, o2, o3), acc0)
    v128.store_lane<f32>(to, sum, 0)
    if (C - c > 1) v128.store_lane<f32>(dw + o1, sum, 1)
    if (C - c > 2) v128.store_lane<f32>(dw + o2, sum, 2)
    if (C - c > 3) v128.store_lane<f32>(dw + o3, sum, 3)
  }
}
