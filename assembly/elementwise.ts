/**
 * What is done to each element by itself: functions of one array, clipping, casts, fills. x and y are contiguous and may
 * be the same; begin..end are elements; int32 where said. NaN stays NaN. A loop does four vectors a turn where the loop
 * itself would else be most of the work, then one by one with a partial store: the same lane function, so the same bits,
 * everywhere.
 */

import { expLanes, expm1Lanes, log1pLanes, logLanes, signBits } from './math'
import { storeLanes } from './simd'

/** Up to EXPM1 a function takes tens of instructions, and unrolling its loop would only make it longer. */
// @ts-ignore: decorator
@inline const EXP: i32 = 0
// @ts-ignore: decorator
@inline const LOG: i32 = 1
// @ts-ignore: decorator
@inline const LOG1P: i32 = 2
// @ts-ignore: decorator
@inline const EXPM1: i32 = 3
// @ts-ignore: decorator
@inline const SQRT: i32 = 4
// @ts-ignore: decorator
@inline const RSQRT: i32 = 5
// @ts-ignore: decorator
@inline const SQUARE: i32 = 6
// @ts-ignore: decorator
@inline const ABS: i32 = 7
// @ts-ignore: decorator
@inline const NEG: i32 = 8
// @ts-ignore: decorator
@inline const RECIPROCAL: i32 = 9
// @ts-ignore: decorator
@inline const SIGN: i32 = 10
// @ts-ignore: decorator
@inline const FLOOR: i32 = 11
// @ts-ignore: decorator
@inline const CEIL: i32 = 12
// @ts-ignore: decorator
@inline const ROUND: i32 = 13
// @ts-ignore: decorator
@inline const CLIP: i32 = 14
// @ts-ignore: decorator
@inline const IS_NAN: i32 = 15
// @ts-ignore: decorator
@inline const FLOAT_TO_INT: i32 = 16
// @ts-ignore: decorator
@inline const INT_TO_FLOAT: i32 = 17
// @ts-ignore: decorator
@inline const FLOAT_TO_BOOL: i32 = 18
// @ts-ignore: decorator
@inline const INT_TO_BOOL: i32 = 19
// @ts-ignore: decorator
@inline const LOGICAL_NOT: i32 = 20

/** The function `kind`, a constant, of four lanes; `low` and `high` are clip's. */
// @ts-ignore: decorator
@inline
function compute(kind: i32, x: v128, low: v128, high: v128): v128 {
  if (kind == EXP) return expLanes(x)
  if (kind == LOG) return logLanes(x)
  if (kind == LOG1P) return log1pLanes(x)
  if (kind == EXPM1) return expm1Lanes(x)
  if (kind == SQRT) return f32x4.sqrt(x)
  if (kind == RSQRT) return f32x4.div(f32x4.splat(1), f32x4.sqrt(x))
  if (kind == SQUARE) return f32x4.mul(x, x)
  if (kind == ABS) return f32x4.abs(x)
  if (kind == NEG) return f32x4.neg(x)
  if (kind == RECIPROCAL) return f32x4.div(f32x4.splat(1), x)
  if (kind == SIGN) return signLanes(x)
  if (kind == FLOOR) return f32x4.floor(x)
  if (kind == CEIL) return f32x4.ceil(x)
  if (kind == ROUND) return f32x4.nearest(x)
  // pmin and pmax give back their first operand where it is NaN.
  if (kind == CLIP) return f32x4.pmax(f32x4.pmin(x, high), low)
  if (kind == FLOAT_TO_INT) return i32x4.trunc_sat_f32x4_s(x)
  if (kind == INT_TO_FLOAT) return f32x4.convert_i32x4_s(x)
  return v128.and(test(kind, x), i32x4.splat(1))
}

/** All bits of a lane set where it passes the test `kind`. */
// @ts-ignore: decorator
@inline
function test(kind: i32, x: v128): v128 {
  if (kind == IS_NAN) return f32x4.ne(x, x)
  if (kind == FLOAT_TO_BOOL) return f32x4.ne(x, f32x4.splat(0))
  if (kind == INT_TO_BOOL) return i32x4.ne(x, i32x4.splat(0))
  return i32x4.eq(x, i32x4.splat(0))
}

/** ±1 by the sign; zeros and NaN stay what they are. */
// @ts-ignore: decorator
@inline
function signLanes(x: v128): v128 {
  const zero = f32x4.splat(0)
  const signed = v128.or(f32x4.splat(1), signBits(x))
  return v128.bitselect(signed, x, v128.or(f32x4.lt(x, zero), f32x4.gt(x, zero)))
}

// @ts-ignore: decorator
@inline
function each(kind: i32, x: usize, y: usize, low: f32, high: f32, begin: i32, end: i32): void {
  const vlow = f32x4.splat(low)
  const vhigh = f32x4.splat(high)
  let px = x + (<usize>begin << 2)
  let py = y + (<usize>begin << 2)
  let left = end - begin
  for (; kind > EXPM1 && left >= 16; left -= 16, px += 64, py += 64) {
    v128.store(py, compute(kind, v128.load(px), vlow, vhigh))
    v128.store(py, compute(kind, v128.load(px, 16), vlow, vhigh), 16)
    v128.store(py, compute(kind, v128.load(px, 32), vlow, vhigh), 32)
    v128.store(py, compute(kind, v128.load(px, 48), vlow, vhigh), 48)
  }
  for (; left > 0; left -= 4, px += 16, py += 16) storeLanes(py, compute(kind, v128.load(px), vlow, vhigh), left)
}

/** y = exp(x). */
export function unaryExp(x: usize, y: usize, begin: i32, end: i32): void {
  each(EXP, x, y, 0, 0, begin, end)
}

/** y = log(x): −∞ at zeros, NaN below. */
export function unaryLog(x: usize, y: usize, begin: i32, end: i32): void {
  each(LOG, x, y, 0, 0, begin, end)
}

/** y = log(1 + x), exact for tiny x. */
export function unaryLog1p(x: usize, y: usize, begin: i32, end: i32): void {
  each(LOG1P, x, y, 0, 0, begin, end)
}

/** y = exp(x) − 1, exact for tiny x. */
export function unaryExpm1(x: usize, y: usize, begin: i32, end: i32): void {
  each(EXPM1, x, y, 0, 0, begin, end)
}

/** y = √x, NaN below 0. */
export function unarySqrt(x: usize, y: usize, begin: i32, end: i32): void {
  each(SQRT, x, y, 0, 0, begin, end)
}

/** y = 1 / √x. */
export function unaryRsqrt(x: usize, y: usize, begin: i32, end: i32): void {
  each(RSQRT, x, y, 0, 0, begin, end)
}

/** y = x². */
export function unarySquare(x: usize, y: usize, begin: i32, end: i32): void {
  each(SQUARE, x, y, 0, 0, begin, end)
}

/** y = |x|. */
export function unaryAbs(x: usize, y: usize, begin: i32, end: i32): void {
  each(ABS, x, y, 0, 0, begin, end)
}

/** y = −x. */
export function unaryNeg(x: usize, y: usize, begin: i32, end: i32): void {
  each(NEG, x, y, 0, 0, begin, end)
}

/** y = 1 / x. */
export function unaryReciprocal(x: usize, y: usize, begin: i32, end: i32): void {
  each(RECIPROCAL, x, y, 0, 0, begin, end)
}

/** y = 1, −1, or x itself where it is a zero or NaN. */
export function unarySign(x: usize, y: usize, begin: i32, end: i32): void {
  each(SIGN, x, y, 0, 0, begin, end)
}

/** y = the largest whole number ≤ x. */
export function unaryFloor(x: usize, y: usize, begin: i32, end: i32): void {
  each(FLOOR, x, y, 0, 0, begin, end)
}

/** y = the smallest whole number ≥ x. */
export function unaryCeil(x: usize, y: usize, begin: i32, end: i32): void {
  each(CEIL, x, y, 0, 0, begin, end)
}

/** y = the nearest whole number, the even one of two. */
export function unaryRound(x: usize, y: usize, begin: i32, end: i32): void {
  each(ROUND, x, y, 0, 0, begin, end)
}

/** y = x held within low … high. */
export function clip(x: usize, y: usize, low: f32, high: f32, begin: i32, end: i32): void {
  each(CLIP, x, y, low, high, begin, end)
}

/** dx = dy where low ≤ x ≤ high, else 0. */
export function clipGrad(dy: usize, x: usize, dx: usize, low: f32, high: f32, begin: i32, end: i32): void {
  const vlow = f32x4.splat(low)
  const vhigh = f32x4.splat(high)
  for (let i = begin; i < end; i += 4) {
    const at = <usize>i << 2
    const v = v128.load(x + at)
    const inside = v128.and(f32x4.ge(v, vlow), f32x4.le(v, vhigh))
    storeLanes(dx + at, v128.and(v128.load(dy + at), inside), end - i)
  }
}

/** y (int32) = 1 where x is NaN, else 0. */
export function isNan(x: usize, y: usize, begin: i32, end: i32): void {
  each(IS_NAN, x, y, 0, 0, begin, end)
}

/** y (int32) = x without its fraction; beyond int32 the nearest limit, 0 for NaN. */
export function castF32ToI32(x: usize, y: usize, begin: i32, end: i32): void {
  each(FLOAT_TO_INT, x, y, 0, 0, begin, end)
}

/** y = x (int32), rounded to the nearest float32. */
export function castI32ToF32(x: usize, y: usize, begin: i32, end: i32): void {
  each(INT_TO_FLOAT, x, y, 0, 0, begin, end)
}

/** y (int32) = 0 where x is a zero, else 1, for NaN too. */
export function castToBool(x: usize, y: usize, begin: i32, end: i32): void {
  each(FLOAT_TO_BOOL, x, y, 0, 0, begin, end)
}

/** y (int32) = 0 where x (int32) is 0, else 1. */
export function i32ToBool(x: usize, y: usize, begin: i32, end: i32): void {
  each(INT_TO_BOOL, x, y, 0, 0, begin, end)
}

/** y (int32) = 1 where x (int32) is 0, else 0. */
export function logicalNot(x: usize, y: usize, begin: i32, end: i32): void {
  each(LOGICAL_NOT, x, y, 0, 0, begin, end)
}

/** y = value. */
export function fill(y: usize, value: f32, begin: i32, end: i32): void {
  fillLanes(y, f32x4.splat(value), begin, end)
}

/** y (int32) = value. */
export function fillInt(y: usize, value: i32, begin: i32, end: i32): void {
  fillLanes(y, i32x4.splat(value), begin, end)
}

// @ts-ignore: decorator
@inline
function fillLanes(y: usize, value: v128, begin: i32, end: i32): void {
  let py = y + (<usize>begin << 2)
  let left = end - begin
  for (; left >= 16; left -= 16, py += 64) {
    v128.store(py, value)
    v128.store(py, value, 16)
    v128.store(py, value, 32)
    v128.store(py, value, 48)
  }
  for (; left > 0; left -= 4, py += 16) storeLanes(py, value, left)
}
