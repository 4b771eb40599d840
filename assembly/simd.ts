/**
 * What the kernels say in lanes: the multiply-add that the relaxed build fuses, horizontal sums, partial stores. The
 * only file that asks whether there is relaxed SIMD: the build for debugging has none, and the baseline is made of the
 * relaxed build by scripts/unfused.ts.
 */

/** acc + a · b, fused into one rounding where the build may. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, acc: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, acc)
  return f32x4.add(acc, f32x4.mul(a, b))
}

/** Stores the first `count` (0 to 4) lanes: a buffer's spare bytes may be read, never written. */
// @ts-ignore: decorator
@inline
export function storeLanes(pointer: usize, value: v128, count: i32): void {
  if (count >= 4) {
    v128.store(pointer, value)
  } else {
    if (count > 0) v128.store_lane<f32>(pointer, value, 0)
    if (count > 1) v128.store_lane<f32>(pointer, value, 1, 4)
    if (count > 2) v128.store_lane<f32>(pointer, value, 2, 8)
  }
}

/** max(0, v) by lanes; NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function relu(v: v128): v128 {
  return v128.andnot(v, f32x4.lt(v, f32x4.splat(0)))
}

/** min(v, 6) by lanes; NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function atMostSix(v: v128): v128 {
  return f32x4.pmin(v, f32x4.splat(6))
}

/** The activation of an epilogue by its code: 0 none, 1 relu, 2 relu6. NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function activate(v: v128, activation: i32): v128 {
  if (activation == 0) return v
  return activation == 1 ? relu(v) : atMostSix(relu(v))
}

/** The first `count` lanes of v, zeros in the others. */
// @ts-ignore: decorator
@inline
export function keepLanes(v: v128, count: i32): v128 {
  return v128.and(v, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count)))
}

/** All bits set in the first `count` lanes (none below 1, all above 3). */
// @ts-ignore: decorator
@inline
export function laneMask(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count))
}

/** The upper two lanes moved to the lower two. */
// @ts-ignore: decorator
@inline
export function upperHalf(v: v128): v128 {
  return v128.shuffle<f64>(v, v, 1, 1)
}

/** Adds four f32 lanes to two f64 sums: lanes 0 and 2 to the first, 1 and 3 to the second. */
// @ts-ignore: decorator
@inline
export function addWide(sums: v128, v: v128): v128 {
  return f64x2.add(sums, f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(upperHalf(v))))
}

/** The sum of the two f64 lanes. */
// @ts-ignore: decorator
@inline
export function sumWide(sums: v128): f64 {
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)
}

/** v within [low, high]; a bound of NaN bounds nothing. NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function bounded(v: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(v, low), high)
}

/** Adds four f32 lanes to four f64 sums in the memory. */
// @ts-ignore: decorator
@inline
export function addWide4(sums: usize, v: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), f64x2.promote_low_f32x4(v)))
  v128.store(sums, f64x2.add(v128.load(sums, 16), f64x2.promote_low_f32x4(upperHalf(v))), 16)
}
