/** Errors of float32 functions in units of the last place (ulp), over samples of the whole float32 range. */

/** Every `step`-th float32 by its bits, so every binade and sign, subnormal numbers, NaN; and the special values. */
export function wholeRange(step = 40009): Float32Array {
  const count = Math.floor(2 ** 32 / step)
  const bits = Int32Array.from({ length: count }, (_, i) => i * step)
  const special = [0, -0, 1, -1, Infinity, -Infinity, NaN, 2 ** -149, -(2 ** -149), 2 ** -126, 3.4028234663852886e38]
  return Float32Array.of(...special, ...special.map((x) => -x), ...new Float32Array(bits.buffer))
}

/** The distance of neighbouring float32 numbers near x. */
export function ulpOf(x: number): number {
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(x))))
  return 2 ** (exponent - 23)
}

/**
 * The greatest error of float32 `actual` in ulp of the float64 `expected`. NaN, infinities and signs of zeros must
 * be the same, but where `expected` lies within an ulp of the subnormal range's end or of the greatest number, either
 * side will do.
 */
export function worstUlp(actual: ArrayLike<number>, expected: ArrayLike<number>, inputs: ArrayLike<number>): number {
  if (actual.length !== expected.length || actual.length === 0) throw new Error('nothing to compare')
  let worst = 0
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!]
    if (Object.is(a, Math.fround(e))) continue
    const error = Math.abs(a - e) / ulpOf(e)
    const sameSign = Math.sign(1 / a) === Math.sign(1 / e)
    if (!(Number.isFinite(a) && Number.isFinite(error) && sameSign)) {
      throw new Error(`f(${inputs[i]}) = ${a}, expected ${e}`)
    }
    worst = Math.max(worst, error)
  }
  return worst
}
