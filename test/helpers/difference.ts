/** Central differences, the check of every reference gradient. */

/** df/dx of a scalar function of many variables: (f(x + ε) − f(x − ε)) / 2ε for each of them. */
export function centralDifferences(f: (x: Float64Array) => number, x: ArrayLike<number>, epsilon = 1e-5): Float64Array {
  const at = Float64Array.from(x)
  return at.map((value, i) => {
    at[i] = value + epsilon
    const above = f(at)
    at[i] = value - epsilon
    const below = f(at)
    at[i] = value
    return (above - below) / (2 * epsilon)
  })
}
