/**
 * Activations, element by element: y = f(x), and dx = dy · f′, with f′ from the output y where that is enough (leakyRelu
 * takes the input). x, y, dy, dx are contiguous; begin..end are elements. A result may be written over its own input
 * (y = x, dx = dy). NaN in x gives NaN in y. A loop does four vectors a turn where the loop itself
 * would else be most of the work, then one by one with a partial store: the same lane function, so the same bits,
 * everywhere.
 */

import { expm1Lanes, sigmoidLanes, softplusLanes, tanhFactors, tanhLanes } from './math'
import { relu, storeLanes } from './simd'

// @ts-ignore: decorator
@inline const RELU: i32 = 1
// @ts-ignore: decorator
@inline const LEAKY_RELU: i32 = 2
/** From SIGMOID on a function takes tens of instructions, and unrolling its loop would only make it longer. */
// @ts-ignore: decorator
@inline const SIGMOID: i32 = 3
/** With a loop of its own. */
// @ts-ignore: decorator
@inline const TANH: i32 = 4
// @ts-ignore: decorator
@inline const SOFTPLUS: i32 = 5
// @ts-ignore: decorator
@inline const ELU: i32 = 6
// @ts-ignore: decorator
@inline const RELU6: i32 = 0

/** f(x) for the activation `kind`, a constant. */
// @ts-ignore: decorator
@inline
function activate(kind: i32, x: v128, alpha: v128): v128 {
  if (kind == RELU) return relu(x)
  if (kind == SIGMOID) return sigmoidLanes(x)
  if (kind == SOFTPLUS) return softplusLanes(x)
  const scaled = f32x4.mul(alpha, kind == ELU ? expm1Lanes(x) : x)
  return v128.bitselect(scaled, x, f32x4.lt(x, f32x4.splat(0)))
}

/** dy · f′, where `v` is the output (the input for leakyRelu). At the kink f′ is the left one. */
// @ts-ignore: decorator
@inline
function gradient(kind: i32, dy: v128, v: v128, alpha: v128): v128 {
  const zero = f32x4.splat(0)
  const one = f32x4.splat(1)
  if (kind == RELU) return v128.andnot(dy, f32x4.le(v, zero))
  if (kind == RELU6) return v128.andnot(dy, v128.or(f32x4.le(v, zero), f32x4.ge(v, f32x4.splat(6))))
  if (kind == LEAKY_RELU) return v128.bitselect(dy, f32x4.mul(dy, alpha), f32x4.gt(v, zero))
  if (kind == ELU) return v128.bitselect(dy, f32x4.mul(dy, f32x4.add(v, alpha)), f32x4.gt(v, zero))
  if (kind == SIGMOID) return f32x4.mul(dy, f32x4.mul(v, f32x4.sub(one, v)))
  // 1 − v² would cancel near 1; 1 − v is exact there.
  if (kind == TANH) return f32x4.mul(dy, f32x4.mul(f32x4.sub(one, v), f32x4.add(one, v)))
  return f32x4.mul(f32x4.neg(dy), expm1Lanes(f32x4.neg(v)))
}

// @ts-ignore: decorator
@inline
function forward(kind: i32, x: usize, y: usize, alpha: f32, begin: i32, end: i32): void {
  const va = f32x4.splat(alpha)
  let px = x + (<usize>begin << 2)
  let py = y + (<usize>begin << 2)
  let left = end - begin
  for (; kind < SIGMOID && left >= 16; left -= 16, px += 64, py += 64) {
    v128.store(py, activate(kind, v128.load(px), va))
    v128.store(py, activate(kind, v128.load(px, 16), va), 16)
    v128.store(py, activate(kind, v128.load(px, 32), va), 32)
    v128.store(py, activate(kind, v128.load(px, 48), va), 48)
  }
  for (; left > 0; left -= 4, px += 16, py += 16) storeLanes(py, activate(kind, v128.load(px), va), left)
}

// @ts-ignore: decorator
@inline
function backward(kind: i32, dy: usize, v: usize, dx: usize, alpha: f32, begin: i32, end: i32): void {
  const va = f32x4.splat(alpha)
  let pdy = dy + (<usize>begin << 2)
  let pv = v + (<usize>begin << 2)
  let pdx = dx + (<usize>begin << 2)
  let left = end - begin
  for (; kind != SOFTPLUS && left >= 16; left -= 16, pdy += 64, pv += 64, pdx += 64) {
    v128.store(pdx, gradient(kind, v128.load(pdy), v128.load(pv), va))
    v128.store(pdx, gradient(kind, v128.load(pdy, 16), v128.load(pv, 16), va), 16)
    v128.store(pdx, gradient(kind, v128.load(pdy, 32), v128.load(pv, 32), va), 32)
    v128.store(pdx, gradient(kind, v128.load(pdy, 48), v128.load(pv, 48), va), 48)
  }
  for (; left > 0; left -= 4, pdy += 16, pv += 16, pdx += 16) {
    storeLanes(pdx, gradient(kind, v128.load(pdy), v128.load(pv), va), left)
  }
}

/** y = max(x, 0). */
export function reluForward(x: usize, y: usize, begin: i32, end: i32): void {
  forward(RELU, x, y, 0, begin, end)
}

/** dx = dy where y > 0 (or NaN), else 0. */
export function reluGrad(dy: usize, y: usize, dx: usize, begin: i32, end: i32): void {
  backward(RELU, dy, y, dx, 0, begin, end)
}

/** dx = dy where the output is between 0 and 6 (or NaN), else 0. */
export function relu6Grad(dy: usize, y: usize, dx: usize, begin: i32, end: i32): void {
  backward(RELU6, dy, y, dx, 0, begin, end)
}

/** y = x for x ≥ 0, alpha · x below. */
export function leakyReluForward(x: usize, y: usize, alpha: f32, begin: i32, end: i32): void {
  forward(LEAKY_RELU, x, y, alpha, begin, end)
}

/** dx = dy where the input x > 0, else alpha · dy. */
export function leakyReluGrad(dy: usize, x: usize, dx: usize, alpha: f32, begin: i32, end: i32): void {
  backward(LEAKY_RELU, dy, x, dx, alpha, begin, end)
}

/** y = x for x ≥ 0, alpha · (exp(x) − 1) below. */
export function eluForward(x: usize, y: usize, alpha: f32, begin: i32, end: i32): void {
  forward(ELU, x, y, alpha, begin, end)
}

/** dx = dy where y > 0, else dy · (y + alpha). */
export function eluGrad(dy: usize, y: usize, dx: usize, alpha: f32, begin: i32, end: i32): void {
  backward(ELU, dy, y, dx, alpha, begin, end)
}

/** y = 1 / (1 + exp(−x)). */
export function sigmoidForward(x: usize, y: usize, begin: i32, end: i32): void {
  forward(SIGMOID, x, y, 0, begin, end)
}

/** dx = dy · y · (1 − y). */
export function sigmoidGrad(dy: usize, y: usize, dx: usize, begin: i32, end: i32): void {
  backward(SIGMOID, dy, y, dx, 0, begin, end)
}

/** y = tanh(x). `factors` is scratch of 76 bytes for constants, which every thread writes there. */
export function tanhForward(x: usize, y: usize, factors: usize, begin: i32, end: i32): void {
  tanhFactors(factors)
  let px = x + (<usize>begin << 2)
  let py = y + (<usize>begin << 2)
  let left = end - begin
  for (; left >= 8; left -= 8, px += 32, py += 32) {
    const y0 = tanhLanes(v128.load(px), factors)
    const y1 = tanhLanes(v128.load(px, 16), factors)
    v128.store(py, y0)
    v128.store(py, y1, 16)
  }
  for (; left > 0; left -= 4, px += 16, py += 16) storeLanes(py, tanhLanes(v128.load(px), factors), left)
}

/** dx = dy · (1 − y²). */
export function tanhGrad(dy: usize, y: usize, dx: usize, begin: i32, end: i32): void {
  backward(TANH, dy, y, dx, 0, begin, end)
}

/** y = log(1 + exp(x)). */
export function softplusForward(x: usize, y: usize, begin: i32, end: i32): void {
  forward(SOFTPLUS, x, y, 0, begin, end)
}

/** dx = dy · (1 − exp(−y)). */
export function softplusGrad(dy: usize, y: usize, dx: usize, begin: i32, end: i32): void {
  backward(SOFTPLUS, dy, y, dx, 0, begin, end)
}
