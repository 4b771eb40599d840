/**
 * cos, ln and xʸ in float64 by sums and products alone: the host's differ between engines in their last bits, and
 * learning rates and figures are part of what must be the same everywhere.
 */

/** cos(π·t) for t from 0 to 1, by its Taylor series around the nearest of 0 and ½. */
export function cosPi(t: number): number {
  if (t > 0.5) return -cosPi(1 - t)
  return t <= 0.25 ? cosSeries(Math.PI * t) : sinSeries(Math.PI * (0.5 - t))
}

/** Beyond x = π/4 and these many terms nothing is left to add. */
const TERMS = 12

function cosSeries(x: number): number {
  return series(1, 0, -x * x)
}

function sinSeries(x: number): number {
  return series(x, 1, -x * x)
}

/** first + first·ratio/((k+1)(k+2)) + … */
function series(first: number, k: number, ratio: number): number {
  let term = first
  let sum = first
  for (let i = k; i < k + 2 * TERMS; i += 2) {
    term *= ratio / ((i + 1) * (i + 2))
    sum += term
  }
  return sum
}

/** base^exponent for base > 0: whole exponents by squaring, others by e^(exponent · ln base). */
export function power(base: number, exponent: number): number {
  if (base === 0) return exponent === 0 ? 1 : 0
  if (exponent < 0) return 1 / power(base, -exponent)
  if (Number.isInteger(exponent)) return wholePower(base, exponent)
  return exponential(exponent * logarithm(base))
}

/** By squaring. */
export function wholePower(base: number, exponent: number): number {
  let result = 1
  let square = base
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square
    square *= square
  }
  return result
}

/** ln x = k·ln 2 + 2·artanh((m − 1)/(m + 1)) with x = m·2ᵏ, m in [1/√2, √2]. */
export function logarithm(x: number): number {
  let [m, k] = [x, 0]
  for (; m > Math.SQRT2; k++) m /= 2
  for (; m < Math.SQRT1_2; k--) m *= 2
  const z = (m - 1) / (m + 1)
  let [term, sum] = [z, 0]
  for (let n = 1; n < 46; n += 2) {
    sum += term / n
    term *= z * z
  }
  return k * Math.LN2 + 2 * sum
}

/** eˣ = (e^(x/2ᵏ))^(2ᵏ) */
function exponential(x: number): number {
  if (x < -745) return 0
  let [rest, k] = [x, 0]
  for (; Math.abs(rest) > 0.5; k++) rest /= 2
  let [term, sum] = [1, 1]
  for (let n = 1; n < 20; n++) {
    term *= rest / n
    sum += term
  }
  for (; k > 0; k--) sum *= sum
  return sum
}
