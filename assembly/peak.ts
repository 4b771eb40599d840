/** The arithmetic ceiling of a build: multiply-adds and nothing else, to hold the other kernels against. */

import { madd } from './simd'

/**
 * y[i] = the sum of twelve chains x ← x·factor + factor after `rounds` rounds, for i in begin..end: 192 floating-point
 * operations a round. Twelve chains are as many as hide the latency, and fit into the 15 registers that V8 has on x64.
 */
export function multiplyAdds(y: usize, factor: f32, rounds: i32, begin: i32, end: i32): void {
  const f = f32x4.splat(factor)
  for (let i = begin; i < end; i++) {
    // Each starts from a value of its own, or a compiler might see that they are all the same.
    let x0 = f32x4.splat(0), x1 = f32x4.splat(1), x2 = f32x4.splat(2), x3 = f32x4.splat(3)
    let x4 = f32x4.splat(4), x5 = f32x4.splat(5), x6 = f32x4.splat(6), x7 = f32x4.splat(7)
    let x8 = f32x4.splat(8), x9 = f32x4.splat(9), x10 = f32x4.splat(10), x11 = f32x4.splat(11)
    for (let round = 0; round < rounds; round++) {
      // Twice, so that the loop's own instructions count for little.
      x0 = madd(x0, f, f), x1 = madd(x1, f, f), x2 = madd(x2, f, f), x3 = madd(x3, f, f)
      x4 = madd(x4, f, f), x5 = madd(x5, f, f), x6 = madd(x6, f, f), x7 = madd(x7, f, f)
      x8 = madd(x8, f, f), x9 = madd(x9, f, f), x10 = madd(x10, f, f), x11 = madd(x11, f, f)
      x0 = madd(x0, f, f), x1 = madd(x1, f, f), x2 = madd(x2, f, f), x3 = madd(x3, f, f)
      x4 = madd(x4, f, f), x5 = madd(x5, f, f), x6 = madd(x6, f, f), x7 = madd(x7, f, f)
      x8 = madd(x8, f, f), x9 = madd(x9, f, f), x10 = madd(x10, f, f), x11 = madd(x11, f, f)
    }
    const low = f32x4.add(f32x4.add(f32x4.add(x0, x1), f32x4.add(x2, x3)), f32x4.add(x4, x5))
    const high = f32x4.add(f32x4.add(f32x4.add(x6, x7), f32x4.add(x8, x9)), f32x4.add(x10, x11))
    const sum = f32x4.add(low, high)
    store<f32>(y + (<usize>i << 2), f32x4.extract_lane(sum, 0))
  }
}
