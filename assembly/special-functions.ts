/**
 * Trigonometric, hyperbolic and error functions of each element. Computed in f64 by argument reduction and a polynomial,
 * one element at a time, and rounded once to f32: within 0.51 ulp or so. No table, no call to the host. x and y are contiguous
 * and may be the same; begin..end are elements. Sources: Sun, fdlibm (polynomials); Payne & Hanek 1983 (large angles).
 */

import { exp64, log64 } from './math'

// @ts-ignore: decorator
@inline const HALF_PI: f64 = 1.57079632679489661923

/** sin(r) for |r| ≤ π / 4. */
// @ts-ignore: decorator
@inline
function sinReduced(r: f64): f64 {
  const z = r * r
  return r + r * z * (-1.66666666666666324348e-1 + z * (8.33333333332248946124e-3 + z * (-1.98412698298579493134e-4 +
    z * (2.75573137070700676789e-6 + z * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10)))))
}

/** cos(r) for |r| ≤ π / 4. */
// @ts-ignore: decorator
@inline
function cosReduced(r: f64): f64 {
  const z = r * r
  return 1 - 0.5 * z + z * z * (4.16666666666666019037e-2 + z * (-1.38888888888741095749e-3 +
    z * (2.48015872894767294178e-5 + z * (-2.75573143513906633035e-7 + z * (2.08757232129817482790e-9 +
    z * -1.13596475577881948265e-11)))))
}

/** 64 bits of 2 / π, the `word`-th after the binary point. */
// @ts-ignore: decorator
@inline
function twoOverPi(word: i32): u64 {
  if (word == 0) return 0xa2f9836e4e441529
  if (word == 1) return 0xfc2757d1f534ddc0
  if (word == 2) return 0xdb6295993c439041
  return 0xfe5163abdebbc561
}

/**
 * x · 2 / π modulo 4, as a fraction of 2⁶⁴, for x from 2²⁸ up: x is m · 2ᵉ with a whole m, so the bits of 2 / π whose
 * product with it is a multiple of 4 are left out, and the 96 that follow are enough.
 */
function quadrants(x: f32): u64 {
  const bits = reinterpret<u32>(x)
  const m = <u64>((bits & 0x7fffff) | 0x800000)
  const skipped = <i32>(bits >> 23) - 152
  const word = skipped >> 6
  const shift = <u64>(skipped & 63)
  const w0 = twoOverPi(word)
  const w1 = twoOverPi(word + 1)
  const w2 = twoOverPi(word + 2)
  // A shift by 64 would be one by 0.
  const high = shift == 0 ? w0 : (w0 << shift) | (w1 >> (64 - shift))
  const low = (shift == 0 ? w1 : (w1 << shift) | (w2 >> (64 - shift))) >> 32
  return m * high + ((m * low) >> 32)
}

/** sin (turn 0) or cos (turn 1) of x ≥ 0, finite. */
function sinTurned(x: f32, turn: i32): f64 {
  let quadrant: i32
  let r: f64
  if (x < 268435456) {
    const n = nearest(<f64>x * 0.63661977236758134308)
    // The first part of π / 2 has 25 bits: its product with n is exact.
    r = <f64>x - n * 1.57079631090164184570 - n * 1.58932547735281966916e-8
    quadrant = <i32>n
  } else {
    const q = quadrants(x)
    const fraction = <i64>(q << 2)
    r = <f64>fraction * 8.51530395021638647334e-20
    quadrant = <i32>(q >> 62) + i32(fraction < 0)
  }
  const at = (quadrant + turn) & 3
  const y = (at & 1) == 0 ? sinReduced(r) : cosReduced(r)
  return at > 1 ? -y : y
}

function sin64(x: f32): f64 {
  if (!(abs(x) < Infinity)) return NaN
  // sin(−0) is −0.
  return x == 0 ? <f64>x : copysign<f64>(1, x) * sinTurned(abs(x), 0)
}

function cos64(x: f32): f64 {
  return abs(x) < Infinity ? sinTurned(abs(x), 1) : NaN
}

/** atan(t) for t ≥ 0. */
function atanPositive(t: f64): f64 {
  if (t > 1) return HALF_PI - atanPositive(1 / t)
  const isFar = t > 0.41421356237309503
  const u = isFar ? (t - 1) / (t + 1) : t
  const z = u * u
  const p = z * (3.33333333333329318027e-1 + z * (-1.99999999998764832476e-1 + z * (1.42857142725034663711e-1 +
    z * (-1.11111104054623557880e-1 + z * (9.09088713343650656196e-2 + z * (-7.69187620504482999495e-2 +
    z * (6.66107313738753120669e-2 + z * (-5.83357013379057348645e-2 + z * (4.97687799461593236017e-2 +
    z * (-3.65315727442169155270e-2 + z * 1.62858201153657823623e-2))))))))))
  const y = u - u * p
  return isFar ? 0.5 * HALF_PI + y : y
}

/** The angle of the point (x, y), from −π to π. */
function atan2of(y: f64, x: f64): f64 {
  if (x != x || y != y) return NaN
  const ax = abs(x)
  const ay = abs(y)
  let angle: f64
  if (ax == ay) angle = ax == 0 ? 0 : 0.5 * HALF_PI
  else angle = atanPositive(ay / ax)
  return copysign<f64>(copysign<f64>(1, x) < 0 ? 2 * HALF_PI - angle : angle, y)
}

/** (eᵗ − e⁻ᵗ) / 2 for t ≥ 0. */
function sinhPositive(t: f64): f64 {
  if (t < 0.5) {
    const z = t * t
    return t + t * z * (1.0 / 6 + z * (1.0 / 120 + z * (1.0 / 5040 + z * (1.0 / 362880))))
  }
  const e = exp64(t)
  return 0.5 * (e - 1 / e)
}

function asinhPositive(t: f64): f64 {
  const z = t * t
  return t < 0.01 ? t + t * z * (-1.0 / 6 + z * (3.0 / 40)) : log64(t + sqrt(z + 1))
}

function atanhPositive(t: f64): f64 {
  const z = t * t
  return t < 0.01 ? t + t * z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7))) : 0.5 * log64((1 + t) / (1 - t))
}

/** 2 / √π · e^(−t²) · Σ 2ⁿ t^(2n+1) / (1 · 3 · … · (2n + 1)), whose terms are all positive. 1 from 4 on, to f32. */
function erfPositive(t: f64): f64 {
  if (t >= 4) return 1
  const z = 2 * t * t
  let term = t
  let sum = t
  for (let n: f64 = 3; term > 1e-10 * sum; n += 2) {
    term *= z / n
    sum += term
  }
  return 1.12837916709551257390 * exp64(-t * t) * sum
}

// @ts-ignore: decorator
@inline const SIN: i32 = 0
// @ts-ignore: decorator
@inline const COS: i32 = 1
// @ts-ignore: decorator
@inline const TAN: i32 = 2
// @ts-ignore: decorator
@inline const ASIN: i32 = 3
// @ts-ignore: decorator
@inline const ACOS: i32 = 4
// @ts-ignore: decorator
@inline const ATAN: i32 = 5
// @ts-ignore: decorator
@inline const SINH: i32 = 6
// @ts-ignore: decorator
@inline const COSH: i32 = 7
// @ts-ignore: decorator
@inline const ASINH: i32 = 8
// @ts-ignore: decorator
@inline const ACOSH: i32 = 9
// @ts-ignore: decorator
@inline const ATANH: i32 = 10
// @ts-ignore: decorator
@inline const ERF: i32 = 11

/** The function `kind`, a constant. */
// @ts-ignore: decorator
@inline
function compute(kind: i32, value: f32): f64 {
  const x = <f64>value
  if (kind == SIN) return sin64(value)
  if (kind == COS) return cos64(value)
  if (kind == TAN) return value == 0 ? x : sin64(value) / cos64(value)
  if (kind == ASIN) return atan2of(x, sqrt((1 - x) * (1 + x)))
  if (kind == ACOS) return atan2of(sqrt((1 - x) * (1 + x)), x)
  if (kind == COSH) {
    const e = exp64(abs(x))
    return 0.5 * (e + 1 / e)
  }
  if (kind == ACOSH) return x < 1 ? NaN : log64(x + sqrt((x - 1) * (x + 1)))
  const t = abs(x)
  let y: f64
  if (kind == ATAN) y = atanPositive(t)
  else if (kind == SINH) y = sinhPositive(t)
  else if (kind == ASINH) y = asinhPositive(t)
  else if (kind == ATANH) y = atanhPositive(t)
  else y = erfPositive(t)
  return copysign<f64>(y, x)
}

// @ts-ignore: decorator
@inline
function each(kind: i32, x: usize, y: usize, begin: i32, end: i32): void {
  for (let i = begin; i < end; i++) {
    const at = <usize>i << 2
    store<f32>(y + at, <f32>compute(kind, load<f32>(x + at)))
  }
}

/** y = sin(x), of any finite x. */
export function unarySin(x: usize, y: usize, begin: i32, end: i32): void {
  each(SIN, x, y, begin, end)
}

/** y = cos(x), of any finite x. */
export function unaryCos(x: usize, y: usize, begin: i32, end: i32): void {
  each(COS, x, y, begin, end)
}

/** y = tan(x), of any finite x. */
export function unaryTan(x: usize, y: usize, begin: i32, end: i32): void {
  each(TAN, x, y, begin, end)
}

/** y = arcsin(x), NaN outside of −1 … 1. */
export function unaryAsin(x: usize, y: usize, begin: i32, end: i32): void {
  each(ASIN, x, y, begin, end)
}

/** y = arccos(x), NaN outside of −1 … 1. */
export function unaryAcos(x: usize, y: usize, begin: i32, end: i32): void {
  each(ACOS, x, y, begin, end)
}

/** y = arctan(x). */
export function unaryAtan(x: usize, y: usize, begin: i32, end: i32): void {
  each(ATAN, x, y, begin, end)
}

/** y = sinh(x). */
export function unarySinh(x: usize, y: usize, begin: i32, end: i32): void {
  each(SINH, x, y, begin, end)
}

/** y = cosh(x). */
export function unaryCosh(x: usize, y: usize, begin: i32, end: i32): void {
  each(COSH, x, y, begin, end)
}

/** y = arsinh(x). */
export function unaryAsinh(x: usize, y: usize, begin: i32, end: i32): void {
  each(ASINH, x, y, begin, end)
}

/** y = arcosh(x), NaN below 1. */
export function unaryAcosh(x: usize, y: usize, begin: i32, end: i32): void {
  each(ACOSH, x, y, begin, end)
}

/** y = artanh(x), NaN outside of −1 … 1. */
export function unaryAtanh(x: usize, y: usize, begin: i32, end: i32): void {
  each(ATANH, x, y, begin, end)
}

/** y = erf(x). */
export function unaryErf(x: usize, y: usize, begin: i32, end: i32): void {
  each(ERF, x, y, begin, end)
}

/** y = the angle of the point (b, a), from −π to π. */
export function binaryAtan2(a: usize, b: usize, y: usize, begin: i32, end: i32): void {
  for (let i = begin; i < end; i++) {
    const at = <usize>i << 2
    store<f32>(y + at, <f32>atan2of(<f64>load<f32>(a + at), <f64>load<f32>(b + at)))
  }
}
