/**
 * xʸ. Its logarithm must be known to more digits than f32 has, since y may multiply its error by a hundred, so it is
 * computed in f64, one lane after the other.
 */

import { exp64, log64 } from './math'

/** Four powers. */
// @ts-ignore: decorator
@inline
export function powLanes(a: v128, b: v128): v128 {
  let y = f32x4.splat(pow32(f32x4.extract_lane(a, 0), f32x4.extract_lane(b, 0)))
  y = f32x4.replace_lane(y, 1, pow32(f32x4.extract_lane(a, 1), f32x4.extract_lane(b, 1)))
  y = f32x4.replace_lane(y, 2, pow32(f32x4.extract_lane(a, 2), f32x4.extract_lane(b, 2)))
  return f32x4.replace_lane(y, 3, pow32(f32x4.extract_lane(a, 3), f32x4.extract_lane(b, 3)))
}

/** xʸ as IEEE 754 and C have it, through f64, so within 0.6 ulp: x⁰ = 1ʸ = 1 for NaN too, (−1)^±∞ = 1. */
function pow32(x: f32, y: f32): f32 {
  if (y == 0 || x == 1) return 1
  if (x != x || y != y) return <f32>NaN
  if (y == 1) return x
  if (y == 2) return x * x
  const negative = reinterpret<i32>(x) < 0
  const odd = floor(y) == y && floor(y * 0.5) != y * 0.5
  if (negative && floor(y) != y && x != 0 && x != -Infinity) return <f32>NaN
  const magnitude: f32 = abs(x)
  if (magnitude == 1) return odd && negative ? -1 : 1
  const power = <f32>exp64(<f64>y * log64(<f64>magnitude))
  return negative && odd ? -power : power
}
