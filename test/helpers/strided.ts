/** Matrices whose rows are longer than their width. The gaps hold NaN, so that a kernel that uses or fills them is found. */

/** The least prime above `width`: a leading dimension that is a multiple of no tile. */
export function primeAbove(width: number): number {
  const isPrime = (n: number): boolean => {
    for (let d = 2; d * d <= n; d++) if (n % d === 0) return false
    return true
  }
  let prime = width + 1
  while (!isPrime(prime)) prime++
  return prime
}

/** Rows of `width` values, laid `stride` apart. The last row has no gap. */
export function spreadRows(values: ArrayLike<number>, width: number, stride: number): Float32Array {
  const rows = values.length / width
  const spread = new Float32Array((rows - 1) * stride + width).fill(Number.NaN)
  for (let i = 0; i < values.length; i++) spread[Math.floor(i / width) * stride + (i % width)] = values[i]!
  return spread
}

/** The inverse; throws where a gap has been written to. */
export function gatherRows(spread: Float32Array, width: number, stride: number): Float32Array {
  const rows = (spread.length - width) / stride + 1
  const values = new Float32Array(rows * width)
  spread.forEach((value, i) => {
    const column = i % stride
    if (column < width) values[Math.floor(i / stride) * width + column] = value
    else if (!Number.isNaN(value))
      throw new Error(`wrote ${value} into the gap at ${i} (rows of ${width} in ${stride})`)
  })
  return values
}
