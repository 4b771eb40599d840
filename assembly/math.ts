/**
 * Elementary functions, four f32 lanes at a time, and exp and log in f64 for what needs more than f32 holds. All by
 * argument reduction and a polynomial: no table (a table would be static data), no branch, no call to the host, so the
 * baseline build gives the same bits on every engine. NaN gives NaN; zeros, infinities and subnormal numbers are exact
 * or within the error that each function states, in units of the last place (ulp) of the float32 result, as the tests of
 * the element-wise kernels measure it over the whole range. Sources: S. Moshier, Cephes (the f32 polynomials); Sun, fdlibm
 * (log1p's correction, and the f64 functions).
 */

import { madd } from './simd'

/** ln 2 in two parts: a product of the first with a whole number up to 2¹⁵ is exact in f32. */
// @ts-ignore: decorator
@inline const LN2_HIGH: f32 = 0.693359375
// @ts-ignore: decorator
@inline const LN2_LOW: f32 = -2.12194440e-4
// @ts-ignore: decorator
@inline const LOG2_E: f32 = 1.44269504088896341
/** 1.5 · 2²³: adding it rounds to a whole number, which then stands in the low bits. */
// @ts-ignore: decorator
@inline const ROUNDER: f32 = 12582912
// @ts-ignore: decorator
@inline const ROUNDER_BITS: i32 = 0x4b400000

/** The lanes' signs, nothing else. */
// @ts-ignore: decorator
@inline
export function signBits(x: v128): v128 {
  return v128.and(x, i32x4.splat(i32.MIN_VALUE))
}

/** 2ⁿ for whole n in −126 … 127. */
// @ts-ignore: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23)
}

/** x / ln 2 rounded to a whole number, plus ROUNDER. */
// @ts-ignore: decorator
@inline
function roundedPower(x: v128): v128 {
  return madd(x, f32x4.splat(LOG2_E), f32x4.splat(ROUNDER))
}

/** x − n · ln 2, where `rounded` is n + ROUNDER. */
// @ts-ignore: decorator
@inline
function reduceByLn2(x: v128, rounded: v128): v128 {
  const n = f32x4.sub(rounded, f32x4.splat(ROUNDER))
  return madd(n, f32x4.splat(-LN2_LOW), madd(n, f32x4.splat(-LN2_HIGH), x))
}

/** (exp(r) − 1 − r) / r² for |r| ≤ ln(2) / 2. */
// @ts-ignore: decorator
@inline
function expPolynomial(r: v128): v128 {
  let p = madd(r, f32x4.splat(1.9875691500e-4), f32x4.splat(1.3981999507e-3))
  p = madd(r, p, f32x4.splat(8.3334519073e-3))
  p = madd(r, p, f32x4.splat(4.1665795894e-2))
  p = madd(r, p, f32x4.splat(1.6666665459e-1))
  return madd(r, p, f32x4.splat(5.0000001201e-1))
}

/** exp(r) for r = x − n · ln 2. */
// @ts-ignore: decorator
@inline
function expReduced(x: v128, rounded: v128): v128 {
  const r = reduceByLn2(x, rounded)
  return f32x4.add(madd(f32x4.mul(r, r), expPolynomial(r), r), f32x4.splat(1))
}

/** exp(x) for x in −87.3 … 88.3, where the result is a normal number. */
// @ts-ignore: decorator
@inline
function expNormal(x: v128): v128 {
  const rounded = roundedPower(x)
  return f32x4.mul(expReduced(x, rounded), powerOfTwo(i32x4.sub(rounded, i32x4.splat(ROUNDER_BITS))))
}

/** exp(x), within 1 ulp, subnormal results included. */
// @ts-ignore: decorator
@inline
export function expLanes(x: v128): v128 {
  // The bounds lie where the result is 0 or ∞ for certain. pmin and pmax give back their first operand where it is NaN.
  const bounded = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-105))
  const rounded = roundedPower(bounded)
  // 2ⁿ in two factors: the first product is exact, so a subnormal result is rounded once.
  const n = i32x4.sub(rounded, i32x4.splat(ROUNDER_BITS))
  const half = i32x4.shr_s(n, 1)
  return f32x4.mul(f32x4.mul(expReduced(bounded, rounded), powerOfTwo(half)), powerOfTwo(i32x4.sub(n, half)))
}

/** exp(x) for x ≤ 0, as softmax has it: the bits of `expLanes`, but 0 for x < −87.3, below the normal numbers. */
// @ts-ignore: decorator
@inline
export function expNegativeLanes(x: v128): v128 {
  const lowest = f32x4.splat(-87.3)
  return v128.andnot(expNormal(f32x4.pmax(x, lowest)), f32x4.lt(x, lowest))
}

/** exp(x) − 1, within 1.5 ulp, exact for tiny x. */
// @ts-ignore: decorator
@inline
export function expm1Lanes(x: v128): v128 {
  const bounded = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-18))
  const rounded = roundedPower(bounded)
  const r = reduceByLn2(bounded, rounded)
  const p = madd(f32x4.mul(r, r), expPolynomial(r), r)
  // 2ⁿ · p + (2ⁿ − 1), with half of 2ⁿ since n may be 128.
  const n = i32x4.sub(rounded, i32x4.splat(ROUNDER_BITS))
  const half = powerOfTwo(i32x4.sub(n, i32x4.splat(1)))
  const y = madd(half, p, f32x4.sub(half, f32x4.splat(0.5)))
  const result = v128.bitselect(p, f32x4.add(y, y), i32x4.eq(n, i32x4.splat(0)))
  return v128.bitselect(x, result, f32x4.lt(f32x4.abs(x), f32x4.splat(2.98e-8)))
}

/** The exponent e of x = m · 2ᵉ with m in [√½, √2), for normal x > 0. */
// @ts-ignore: decorator
@inline
function exponentOf(x: v128): v128 {
  return i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23)
}

/** e · ln 2 + log(1 + f) + correction, for f in [√½ − 1, √2 − 1). */
// @ts-ignore: decorator
@inline
function logFromParts(e: v128, f: v128, correction: v128): v128 {
  let p = madd(f, f32x4.splat(7.0376836292e-2), f32x4.splat(-1.1514610310e-1))
  p = madd(f, p, f32x4.splat(1.1676998740e-1))
  p = madd(f, p, f32x4.splat(-1.2420140846e-1))
  p = madd(f, p, f32x4.splat(1.4249322787e-1))
  p = madd(f, p, f32x4.splat(-1.6668057665e-1))
  p = madd(f, p, f32x4.splat(2.0000714765e-1))
  p = madd(f, p, f32x4.splat(-2.4999993993e-1))
  p = madd(f, p, f32x4.splat(3.3333331174e-1))
  const square = f32x4.mul(f, f)
  let y = madd(f32x4.mul(f, square), p, madd(e, f32x4.splat(LN2_LOW), correction))
  y = madd(square, f32x4.splat(-0.5), y)
  return madd(e, f32x4.splat(LN2_HIGH), f32x4.add(f, y))
}

/** log(x), within 0.8 ulp; −∞ at zeros, NaN below. */
// @ts-ignore: decorator
@inline
export function logLanes(x: v128): v128 {
  const subnormal = f32x4.lt(x, f32x4.splat(1.17549435e-38))
  const scaled = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, subnormal)
  const exponent = exponentOf(scaled)
  const f = f32x4.sub(i32x4.sub(scaled, i32x4.shl(exponent, 23)), f32x4.splat(1))
  const shift = v128.and(subnormal, f32x4.splat(23))
  const e = f32x4.sub(f32x4.convert_i32x4_s(exponent), shift)
  return logEdges(x, logFromParts(e, f, f32x4.splat(0)))
}

/** What a logarithm is where its argument is 0, ∞, negative or NaN. */
// @ts-ignore: decorator
@inline
function logEdges(argument: v128, result: v128): v128 {
  const infinity = f32x4.splat(<f32>Infinity)
  let y = v128.bitselect(infinity, result, f32x4.eq(argument, infinity))
  y = v128.bitselect(f32x4.neg(infinity), y, f32x4.eq(argument, f32x4.splat(0)))
  return v128.or(y, v128.not(f32x4.ge(argument, f32x4.splat(0))))
}

/** log(1 + x), within 0.8 ulp, exact for tiny x; −∞ at −1, NaN below. */
// @ts-ignore: decorator
@inline
export function log1pLanes(x: v128): v128 {
  const one = f32x4.splat(1)
  const u = f32x4.add(one, x)
  // What the sum lost: exact when the smaller term is taken from the larger one's side.
  const lost = v128.bitselect(
    f32x4.sub(one, f32x4.sub(u, x)),
    f32x4.sub(x, f32x4.sub(u, one)),
    f32x4.gt(x, one),
  )
  const exponent = exponentOf(u)
  const near = i32x4.eq(exponent, i32x4.splat(0))
  const f = v128.bitselect(x, f32x4.sub(i32x4.sub(u, i32x4.shl(exponent, 23)), one), near)
  const correction = v128.andnot(f32x4.div(lost, u), near)
  const y = logEdges(u, logFromParts(f32x4.convert_i32x4_s(exponent), f, correction))
  return v128.bitselect(x, y, f32x4.lt(f32x4.abs(x), f32x4.splat(2.98e-8)))
}

/** What `tanhLanes` takes from memory, in its order: V8 makes a constant vector anew, by three instructions, at each use. */
export function tanhFactors(to: usize): void {
  store<f32>(to, -5.70498872745e-3)
  store<f32>(to, 2.06390887954e-2, 4)
  store<f32>(to, -5.37397155531e-2, 8)
  store<f32>(to, 1.33314422036e-1, 12)
  store<f32>(to, -3.33332819422e-1, 16)
  store<f32>(to, 0.625, 20)
  store<f32>(to, 20, 24)
  store<f32>(to, LOG2_E, 28)
  store<f32>(to, ROUNDER, 32)
  store<f32>(to, -LN2_HIGH, 36)
  store<f32>(to, -LN2_LOW, 40)
  store<f32>(to, 1.9875691500e-4, 44)
  store<f32>(to, 1.3981999507e-3, 48)
  store<f32>(to, 8.3334519073e-3, 52)
  store<f32>(to, 4.1665795894e-2, 56)
  store<f32>(to, 1.6666665459e-1, 60)
  store<f32>(to, 5.0000001201e-1, 64)
  store<f32>(to, 1, 68)
  store<f32>(to, 2, 72)
}

/**
 * tanh(x): an odd polynomial for small |x|, 1 − 2 / (exp(2|x|) + 1) for the rest; within 1.3 ulp. `factors` are those of
 * `tanhFactors`; the exponential is that of `expNormal`.
 */
// @ts-ignore: decorator
@inline
export function tanhLanes(x: v128, factors: usize): v128 {
  const magnitude = f32x4.abs(x)
  const square = f32x4.mul(x, x)
  let p = madd(square, v128.load32_splat(factors), v128.load32_splat(factors, 4))
  p = madd(square, p, v128.load32_splat(factors, 8))
  p = madd(square, p, v128.load32_splat(factors, 12))
  p = madd(square, p, v128.load32_splat(factors, 16))
  const near = madd(f32x4.mul(square, x), p, x)
  // At 10 the result has long been 1.
  const twice = f32x4.pmin(f32x4.add(magnitude, magnitude), v128.load32_splat(factors, 24))
  const rounder = v128.load32_splat(factors, 32)
  const rounded = madd(twice, v128.load32_splat(factors, 28), rounder)
  const n = f32x4.sub(rounded, rounder)
  const r = madd(n, v128.load32_splat(factors, 40), madd(n, v128.load32_splat(factors, 36), twice))
  let q = madd(r, v128.load32_splat(factors, 44), v128.load32_splat(factors, 48))
  q = madd(r, q, v128.load32_splat(factors, 52))
  q = madd(r, q, v128.load32_splat(factors, 56))
  q = madd(r, q, v128.load32_splat(factors, 60))
  q = madd(r, q, v128.load32_splat(factors, 64))
  const one = v128.load32_splat(factors, 68)
  const reduced = f32x4.add(madd(f32x4.mul(r, r), q, r), one)
  const e = f32x4.mul(reduced, i32x4.shl(i32x4.sub(rounded, i32x4.splat(ROUNDER_BITS - 127)), 23))
  const far = f32x4.sub(one, f32x4.div(v128.load32_splat(factors, 72), f32x4.add(e, one)))
  const y = v128.bitselect(near, far, f32x4.lt(magnitude, v128.load32_splat(factors, 20)))
  return v128.or(y, signBits(x))
}

/** 1 / (1 + exp(−x)), as exp(x) / (1 + exp(x)) for negative x, within 2.1 ulp. */
// @ts-ignore: decorator
@inline
export function sigmoidLanes(x: v128): v128 {
  const one = f32x4.splat(1)
  const e = expLanes(f32x4.neg(f32x4.abs(x)))
  const numerator = v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0)))
  return f32x4.div(numerator, f32x4.add(one, e))
}

/** log(1 + e) for e in 0 … 1: with t = e / (1 + e / 2) it is 2 · artanh(t / 2), an odd series in t. */
// @ts-ignore: decorator
@inline
function log1pOfFraction(e: v128): v128 {
  const t = f32x4.div(e, madd(e, f32x4.splat(0.5), f32x4.splat(1)))
  const z = f32x4.mul(t, t)
  // Minimax in z = t² (0 to 4/9), error 1.2e-10.
  let p = madd(z, f32x4.splat(1.186574082e-04), f32x4.splat(4.185083380e-04))
  p = madd(z, p, f32x4.splat(2.235694323e-03))
  p = madd(z, p, f32x4.splat(1.249964908e-02))
  p = madd(z, p, f32x4.splat(8.333334327e-02))
  return madd(f32x4.mul(t, z), p, t)
}

/** log(1 + exp(x)) = max(x, 0) + log(1 + exp(−|x|)), within 2.4 ulp. */
// @ts-ignore: decorator
@inline
export function softplusLanes(x: v128): v128 {
  const e = expLanes(f32x4.neg(f32x4.abs(x)))
  return f32x4.add(f32x4.pmax(f32x4.splat(0), x), log1pOfFraction(e))
}

/** exp(x) in f64, within 1 ulp of f64 (fdlibm's e_exp.c). */
export function exp64(x: f64): f64 {
  if (x != x) return x
  if (x > 709.782712893384) return Infinity
  if (x < -745.1332191019411) return 0
  const n = nearest(x * 1.4426950408889634)
  const high = x - n * 6.93147180369123816490e-1
  const low = n * 1.90821492927058770002e-10
  const r = high - low
  const t = r * r
  const c = r - t * (1.66666666666666019037e-1 + t * (-2.77777777770155933842e-3 +
    t * (6.61375632143793436117e-5 + t * (-1.65339022054652515390e-6 + t * 4.13813679705723846039e-8))))
  const y = 1 - ((low - (r * c) / (2 - c)) - high)
  // 2ⁿ in two factors, since n goes from −1075 to 1024.
  const whole = <i64>n
  const half = whole >> 1
  return y * powerOfTwo64(half) * powerOfTwo64(whole - half)
}

// @ts-ignore: decorator
@inline
function powerOfTwo64(n: i64): f64 {
  return reinterpret<f64>((n + 1023) << 52)
}

/** log(x) in f64, within 1 ulp of f64 (fdlibm's e_log.c). −∞ at zeros, NaN below. */
export function log64(x: f64): f64 {
  if (x == 0) return -Infinity
  if (!(x > 0)) return NaN
  if (x == Infinity) return x
  const subnormal = x < 2.2250738585072014e-308
  const bits = reinterpret<i64>(subnormal ? x * 18014398509481984 : x)
  const exponent = (bits - 0x3fe6a09e667f3bcd) >> 52
  const f = reinterpret<f64>(bits - (exponent << 52)) - 1
  const e = <f64>exponent - (subnormal ? 54 : 0)
  const s = f / (2 + f)
  const z = s * s
  const R = z * (6.666666666666735130e-1 + z * (3.999999999940941908e-1 + z * (2.857142874366239149e-1 +
    z * (2.222219843214978396e-1 + z * (1.818357216161805012e-1 +
    z * (1.531383769920937332e-1 + z * 1.479819860511658591e-1))))))
  const half = 0.5 * f * f
  return e * 6.93147180369123816490e-1 - ((half - (s * (half + R) + e * 1.90821492927058770002e-10)) - f)
}
