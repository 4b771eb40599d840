/**
 * Optimizer steps, in place on the weights w and the slots; g is the gradient. One pass over the memory each, which is
 * what bounds them; begin..end over elements. The tail runs through the same lanes as the body, and nothing is fused,
 * so all builds give the same bits.
 *
 * Hyperparameters are f64 so that 1 − beta is rounded once: from an f32 0.999 it would be off by 5e-5.
 */

import { storeLanes } from './simd'

// @ts-ignore: decorator
@inline
function splat(value: f64): v128 {
  return f32x4.splat(<f32>value)
}

/** w −= learningRate · g */
export function sgdUpdate(w: usize, g: usize, learningRate: f64, begin: i32, end: i32): void {
  const rate = splat(learningRate)
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i << 2
    storeLanes(w + at, f32x4.sub(v128.load(w + at), f32x4.mul(rate, v128.load(g + at))), end - i)
  }
}

/**
 * velocity = momentum · velocity + g;  w −= learningRate · velocity, or with nesterov ≠ 0
 * w −= learningRate · (g + momentum · velocity). The rate is not part of the velocity.
 */
export function momentumUpdate(
  w: usize, g: usize, velocity: usize, learningRate: f64, momentum: f64, nesterov: i32, begin: i32, end: i32,
): void {
  const rate = splat(learningRate)
  const keep = splat(momentum)
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i << 2
    const gv = v128.load(g + at)
    const vv = f32x4.add(f32x4.mul(keep, v128.load(velocity + at)), gv)
    const step = nesterov ? f32x4.add(gv, f32x4.mul(keep, vv)) : vv
    storeLanes(velocity + at, vv, end - i)
    storeLanes(w + at, f32x4.sub(v128.load(w + at), f32x4.mul(rate, step)), end - i)
  }
}

/**
 * Adam (Kingma & Ba 2015); with weightDecay ≠ 0 AdamW (Loshchilov & Hutter 2019), which decays w before the step:
 *   w −= learningRate · weightDecay · w
 *   m = beta1 · m + (1 − beta1) · g,   v = beta2 · v + (1 − beta2) · g²
 *   w −= learningRate · (m / correction1) / (√(v / correction2) + epsilon)
 * With vhat ≠ 0 (AMSGrad, Reddi et al. 2018) vhat = max(vhat, v) stands in the place of v in the last line.
 * with correctionN = 1 − betaN^t at step t, from 1 on. Dividing by the corrections is a multiplication here, and that
 * of m is part of the rate.
 */
export function adamUpdate(
  w: usize, g: usize, m: usize, v: usize, vhat: usize,
  learningRate: f64, beta1: f64, beta2: f64, epsilon: f64, correction1: f64, correction2: f64, weightDecay: f64,
  begin: i32, end: i32,
): void {
  const rate = splat(learningRate / correction1)
  const decay = splat(learningRate * weightDecay)
  const keepM = splat(beta1)
  const addM = splat(1 - beta1)
  const keepV = splat(beta2)
  const addV = splat(1 - beta2)
  const scaleV = splat(1 / correction2)
  const eps = splat(epsilon)
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i << 2
    const gv = v128.load(g + at)
    const mv = f32x4.add(f32x4.mul(keepM, v128.load(m + at)), f32x4.mul(addM, gv))
    const vv = f32x4.add(f32x4.mul(keepV, v128.load(v + at)), f32x4.mul(addV, f32x4.mul(gv, gv)))
    let largest = vv
    if (vhat) {
      // NaN in v stays: pmax would take the old value for it.
      const old = v128.load(vhat + at)
      largest = v128.bitselect(old, vv, f32x4.gt(old, vv))
      storeLanes(vhat + at, largest, end - i)
    }
    const step = f32x4.div(f32x4.mul(rate, mv), f32x4.add(f32x4.sqrt(f32x4.mul(scaleV, largest)), eps))
    const wv = v128.load(w + at)
    storeLanes(m + at, mv, end - i)
    storeLanes(v + at, vv, end - i)
    storeLanes(w + at, f32x4.sub(f32x4.sub(wv, f32x4.mul(decay, wv)), step), end - i)
  }
}

/**
 * RMSProp (Tieleman & Hinton 2012) with momentum; epsilon is inside the root:
 *   meanSquare = rho · meanSquare + (1 − rho) · g²
 *   velocity = momentum · velocity + learningRate · g / √(meanSquare + epsilon),   w −= velocity
 * With centered ≠ 0 also meanGrad = rho · meanGrad + (1 − rho) · g, and the root is of the variance meanSquare −
 * meanGrad² + epsilon; rounding can make that difference negative, then it counts as 0. meanGrad is not touched when
 * centered = 0.
 */
export function rmspropUpdate(
  w: usize, g: usize, meanSquare: usize, velocity: usize, meanGrad: usize,
  learningRate: f64, rho: f64, momentum: f64, epsilon: f64, centered: i32, begin: i32, end: i32,
): void {
  const rate = splat(learningRate)
  const keep = splat(rho)
  const add = splat(1 - rho)
  const drift = splat(momentum)
  const eps = splat(epsilon)
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i << 2
    const gv = v128.load(g + at)
    const square = f32x4.add(f32x4.mul(keep, v128.load(meanSquare + at)), f32x4.mul(add, f32x4.mul(gv, gv)))
    storeLanes(meanSquare + at, square, end - i)
    let spread = square
    if (centered) {
      const mean = f32x4.add(f32x4.mul(keep, v128.load(meanGrad + at)), f32x4.mul(add, gv))
      storeLanes(meanGrad + at, mean, end - i)
      spread = f32x4.pmax(f32x4.sub(square, f32x4.mul(mean, mean)), f32x4.splat(0))
    }
    const step = f32x4.div(f32x4.mul(rate, gv), f32x4.sqrt(f32x4.add(spread, eps)))
    const vv = f32x4.add(f32x4.mul(drift, v128.load(velocity + at)), step)
    storeLanes(velocity + at, vv, end - i)
    storeLanes(w + at, f32x4.sub(v128.load(w + at), vv), end - i)
  }
}

/**
 * Adagrad (Duchi et al. 2011); epsilon is inside the root:
 *   accumulator += g²,   w −= learningRate · g / √(accumulator + epsilon)
 */
export function adagradUpdate(
  w: usize, g: usize, accumulator: usize, learningRate: f64, epsilon: f64, begin: i32, end: i32,
): void {
  const rate = splat(learningRate)
  const eps = splat(epsilon)
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i << 2
    const gv = v128.load(g + at)
    const sum = f32x4.add(v128.load(accumulator + at), f32x4.mul(gv, gv))
    storeLanes(accumulator + at, sum, end - i)
    const step = f32x4.div(f32x4.mul(rate, gv), f32x4.sqrt(f32x4.add(sum, eps)))
    storeLanes(w + at, f32x4.sub(v128.load(w + at), step), end - i)
  }
}

/**
 * Adamax (Kingma & Ba 2015, algorithm 2):
 *   m = beta1 · m + (1 − beta1) · g,   u = max(beta2 · u, |g|),   w −= rate · m / (u + epsilon)
 * rate is the learning rate over 1 − beta1^t.
 */
export function adamaxUpdate(
  w: usize, g: usize, m: usize, u: usize, rate: f64, beta1: f64, beta2: f64, epsilon: f64, begin: i32, end: i32,
): void {
  const scale = splat(rate)
  const keepM = splat(beta1)
  const addM = splat(1 - beta1)
  const keepU = splat(beta2)
  const eps = splat(epsilon)
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i << 2
    const gv = v128.load(g + at)
    const mv = f32x4.add(f32x4.mul(keepM, v128.load(m + at)), f32x4.mul(addM, gv))
    const old = f32x4.mul(keepU, v128.load(u + at))
    const size = f32x4.abs(gv)
    const uv = v128.bitselect(old, size, f32x4.gt(old, size))
    storeLanes(m + at, mv, end - i)
    storeLanes(u + at, uv, end - i)
    storeLanes(w + at, f32x4.sub(v128.load(w + at), f32x4.div(f32x4.mul(scale, mv), f32x4.add(uv, eps))), end - i)
  }
}

/**
 * Adadelta (Zeiler 2012):
 *   squares = rho · squares + (1 − rho) · g²
 *   step = g · √(updates + epsilon) / √(squares + epsilon),   w −= learningRate · step
 *   updates = rho · updates + (1 − rho) · step²
 */
export function adadeltaUpdate(
  w: usize, g: usize, squares: usize, updates: usize, learningRate: f64, rho: f64, epsilon: f64, begin: i32, end: i32,
): void {
  const rate = splat(learningRate)
  const keep = splat(rho)
  const add = splat(1 - rho)
  const eps = splat(epsilon)
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i << 2
    const gv = v128.load(g + at)
    const square = f32x4.add(f32x4.mul(keep, v128.load(squares + at)), f32x4.mul(add, f32x4.mul(gv, gv)))
    const old = v128.load(updates + at)
    const ratio = f32x4.div(f32x4.sqrt(f32x4.add(old, eps)), f32x4.sqrt(f32x4.add(square, eps)))
    const step = f32x4.mul(gv, ratio)
    storeLanes(squares + at, square, end - i)
    storeLanes(updates + at, f32x4.add(f32x4.mul(keep, old), f32x4.mul(add, f32x4.mul(step, step))), end - i)
    storeLanes(w + at, f32x4.sub(v128.load(w + at), f32x4.mul(rate, step)), end - i)
  }
}
