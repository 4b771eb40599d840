/** Central differences, for references in float64: their gradients are checked before they check any kernel. */

const STEP = 1e-5

/**
 * Throws unless `gradient` is that of `f` at `x`: (f(x + h) − f(x − h)) / 2h within 1e-6 of its size, element by element.
 * `f` must be at most quadratic or smooth near `x`, so that the step's own error stays below.
 */
export function expectGradient(
  f: (x: Float64Array) => number,
  x: ArrayLike<number>,
  gradient: ArrayLike<number>,
  what = '',
): void {
  if (gradient.length !== x.length || x.length === 0)
    throw new Error(`${what}: ${gradient.length} of ${x.length} slopes`)
  const at = Float64Array.from(x)
  for (let i = 0; i < at.length; i++) {
    const value = at[i]!
    at[i] = value + STEP
    const above = f(at)
    at[i] = value - STEP
    const below = f(at)
    at[i] = value
    const slope = (above - below) / (2 * STEP)
    if (Math.abs(slope - gradient[i]!) <= 1e-6 * (1 + Math.abs(slope))) continue
    throw new Error(`${what}: gradient[${i}] is ${gradient[i]}, central differences say ${slope}`)
  }
}

/** Σ a·b */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
