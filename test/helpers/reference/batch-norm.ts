/** Batch normalization of [N, C] in float64, with its gradients. */

export interface BatchNormCase {
  readonly N: number
  readonly C: number
  readonly epsilon: number
  /** The bounds of the activation; NaN for none. */
  readonly low: number
  readonly high: number
}

export interface Statistics {
  readonly mean: Float64Array
  readonly variance: Float64Array
}

/** The mean and the variance of each column, in two passes. */
export function moments(x: ArrayLike<number>, { N, C }: BatchNormCase): Statistics {
  const [mean, variance] = [new Float64Array(C), new Float64Array(C)]
  for (let i = 0; i < N * C; i++) mean[i % C]! += x[i]! / N
  for (let i = 0; i < N * C; i++) variance[i % C]! += (x[i]! - mean[i % C]!) ** 2 / N
  return { mean, variance }
}

/** (x − mean) · gamma / √(variance + epsilon) + beta, before the bounds. */
function normalized(
  x: ArrayLike<number>,
  gamma: ArrayLike<number>,
  beta: ArrayLike<number>,
  { mean, variance }: Statistics,
  { N, C, epsilon }: BatchNormCase,
): Float64Array {
  return Float64Array.from({ length: N * C }, (_, i) => {
    const c = i % C
    return ((x[i]! - mean[c]!) * gamma[c]!) / Math.sqrt(variance[c]! + epsilon) + beta[c]!
  })
}

export function batchNorm(
  x: ArrayLike<number>,
  gamma: ArrayLike<number>,
  beta: ArrayLike<number>,
  sizes: BatchNormCase,
  given: Statistics = moments(x, sizes),
): Float64Array {
  return normalized(x, gamma, beta, given, sizes).map((z) =>
    z <= sizes.low ? sizes.low : z > sizes.high ? sizes.high : z,
  )
}

/** The gradients of Σ y · dy by x, gamma and beta; `given` statistics are constants, those of the batch depend on x. */
export function batchNormGrad(
  x: ArrayLike<number>,
  gamma: ArrayLike<number>,
  beta: ArrayLike<number>,
  dy: ArrayLike<number>,
  sizes: BatchNormCase,
  given?: Statistics,
): { dx: Float64Array; dgamma: Float64Array; dbeta: Float64Array } {
  const { N, C, epsilon, low, high } = sizes
  const by = given ?? moments(x, sizes)
  const z = normalized(x, gamma, beta, by, sizes)
  const dz = Float64Array.from(z, (v, i) => (v <= low || v > high ? 0 : dy[i]!))
  const [dgamma, dbeta] = [new Float64Array(C), new Float64Array(C)]
  const spread = Float64Array.from(by.variance, (v) => Math.sqrt(v + epsilon))
  const centred = Float64Array.from(z, (_, i) => (x[i]! - by.mean[i % C]!) / spread[i % C]!)
  dz.forEach((slope, i) => {
    dgamma[i % C]! += slope * centred[i]!
    dbeta[i % C]! += slope
  })
  const dx = dz.map((slope, i) => {
    const c = i % C
    const through = given ? 0 : (dbeta[c]! + centred[i]! * dgamma[c]!) / N
    return (gamma[c]! / spread[c]!) * (slope - through)
  })
  return { dx, dgamma, dbeta }
}
