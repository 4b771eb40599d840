/** The distributions that random numbers are held against, in float64. */

/** Φ(z) for |z| < 8 by Marsaglia's series: 0.5 + φ(z) · Σ z^(2n+1) / (1·3·5 … (2n+1)). */
export function normalCdf(z: number): number {
  let term = z
  let sum = z
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (z * z) / (2 * n + 1)
    sum += term
  }
  return 0.5 + sum * normalDensity(z)
}

export function normalDensity(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
}

/** The largest distance between the empirical distribution of `values` and `cdf` (Kolmogorov and Smirnov). */
export function distanceFrom(cdf: (value: number) => number, values: Float32Array): number {
  const sorted = values.slice().sort()
  let distance = 0
  sorted.forEach((value, i) => {
    const p = cdf(value)
    distance = Math.max(distance, p - i / sorted.length, (i + 1) / sorted.length - p)
  })
  return distance
}

export function moments(values: ArrayLike<number>): { mean: number; variance: number } {
  let mean = 0
  for (let i = 0; i < values.length; i++) mean += values[i]! / values.length
  let variance = 0
  for (let i = 0; i < values.length; i++) variance += (values[i]! - mean) ** 2 / values.length
  return { mean, variance }
}

/** Σ (observed − expected)² / expected for equally likely outcomes. */
export function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}
