/** Comparators for float32 results against float64 references. Strict: NaN equals only NaN, Inf only the same Inf. */

/** A reference value and Σ|a·b|, the sum that a rounding bound is made of. */
export interface Bounded {
  readonly values: Float64Array
  readonly magnitudes: Float64Array
}

/** The error of a sum of K products in any order, fused or not: (K + 2) · 2⁻²⁴ · Σ|a·b|. */
export function expectWithinRounding(
  actual: ArrayLike<number>,
  { values, magnitudes }: Bounded,
  K: number,
  what = '',
): void {
  checkLength(actual, values, what)
  for (let i = 0; i < values.length; i++) {
    check(actual[i]!, values[i]!, (K + 2) * 2 ** -24 * magnitudes[i]! + 2 ** -149, i, what)
  }
}

/** |actual − expected| ≤ absolute + relative · |expected|, element by element. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { relative = 1e-6, absolute = 1e-7 }: { relative?: number; absolute?: number } = {},
  what = '',
): void {
  checkLength(actual, expected, what)
  for (let i = 0; i < expected.length; i++) {
    check(actual[i]!, expected[i]!, absolute + relative * Math.abs(expected[i]!), i, what)
  }
}

/** The same bits, element by element (NaN payloads aside). */
export function expectSameBits(actual: ArrayLike<number>, expected: ArrayLike<number>, what = ''): void {
  checkLength(actual, expected, what)
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(actual[i], expected[i])) fail(actual[i]!, expected[i]!, 0, i, what)
  }
}

function check(actual: number, expected: number, bound: number, index: number, what: string): void {
  if (Number.isFinite(expected) && Number.isFinite(actual)) {
    if (Math.abs(actual - expected) <= bound) return
  } else if (Object.is(actual, expected)) return
  fail(actual, expected, bound, index, what)
}

function checkLength(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  if (expected.length === 0) throw new Error(`${what}: nothing to compare`)
  if (actual.length !== expected.length)
    throw new Error(`${what}: ${actual.length} values, expected ${expected.length}`)
}

function fail(actual: number, expected: number, bound: number, index: number, what: string): never {
  throw new Error(`${what}[${index}]: ${actual}, expected ${expected} within ${bound.toExponential(2)}`)
}
