/** Moves of elements in plain loops over index tuples. */

/** All index tuples of `shape` in row-major order. */
export function* indices(shape: readonly number[]): Generator<number[]> {
  const at = shape.map(() => 0)
  if (shape.some((size) => size === 0)) return
  for (;;) {
    yield at
    let axis = shape.length - 1
    while (axis >= 0 && ++at[axis]! === shape[axis]) at[axis--] = 0
    if (axis < 0) return
  }
}

/** Σ index · stride */
export function offset(index: readonly number[], strides: readonly number[]): number {
  return index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0)
}

/** Writes the strided view `from` of x into the strided view `to` of y. */
export function stridedCopy(
  x: ArrayLike<number>,
  y: Float64Array,
  shape: readonly number[],
  from: readonly number[],
  to: readonly number[],
  [firstX, firstY]: readonly [number, number] = [0, 0],
): void {
  for (const index of indices(shape)) y[firstY + offset(index, to)] = x[firstX + offset(index, from)]!
}

export function gatherRows(
  x: ArrayLike<number>,
  rows: ArrayLike<number>,
  [outer, axisSize, inner]: readonly [number, number, number],
): Float64Array {
  const y = new Float64Array(outer * rows.length * inner)
  for (const [o, i, j] of indices([outer, rows.length, inner]) as Generator<[number, number, number]>) {
    const row = rows[i]!
    if (row >= 0 && row < axisSize) y[(o * rows.length + i) * inner + j] = x[(o * axisSize + row) * inner + j]!
  }
  return y
}

/** The sums and the sums of sizes. */
export function scatterAddRows(
  dy: ArrayLike<number>,
  rows: ArrayLike<number>,
  [outer, axisSize, inner]: readonly [number, number, number],
) {
  const values = new Float64Array(outer * axisSize * inner)
  const magnitudes = new Float64Array(values.length)
  for (const [o, i, j] of indices([outer, rows.length, inner]) as Generator<[number, number, number]>) {
    const row = rows[i]!
    if (row < 0 || row >= axisSize) continue
    const value = dy[(o * rows.length + i) * inner + j]!
    values[(o * axisSize + row) * inner + j]! += value
    magnitudes[(o * axisSize + row) * inner + j]! += Math.abs(value)
  }
  return { values, magnitudes }
}
