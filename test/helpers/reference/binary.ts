/** Broadcast operations on two operands in float64. */

/** Powers as C has them; JavaScript differs where the base is ±1 and the exponent infinite or NaN. */
export function power(x: number, y: number): number {
  if (x === 1 || (x === -1 && Math.abs(y) === Infinity)) return 1
  return x ** y
}

/** What rounding to float32 gives exactly. */
export const BINARY = {
  binaryAdd: (a: number, b: number) => a + b,
  binarySub: (a: number, b: number) => a - b,
  binaryMul: (a: number, b: number) => a * b,
  binaryDiv: (a: number, b: number) => a / b,
  binaryMaximum: Math.max,
  binaryMinimum: Math.min,
  binarySquaredDifference: (a: number, b: number) => Math.fround(a - b) ** 2,
} as const

export const COMPARE = {
  compareEqual: (a: number, b: number) => a === b,
  compareNotEqual: (a: number, b: number) => a !== b,
  compareLess: (a: number, b: number) => a < b,
  compareLessEqual: (a: number, b: number) => a <= b,
  compareGreater: (a: number, b: number) => a > b,
  compareGreaterEqual: (a: number, b: number) => a >= b,
} as const

export const LOGICAL = {
  logicalAnd: (a: number, b: number) => a !== 0 && b !== 0,
  logicalOr: (a: number, b: number) => a !== 0 || b !== 0,
} as const

export type Four = readonly [number, number, number, number]

/** y[i0, i1, i2, i3] = f(a, b), the operands found by their strides. */
export function broadcast(
  f: (a: number, b: number) => number | boolean,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  sizes: Four,
  stridesA: Four,
  stridesB: Four,
): Float64Array {
  const y: number[] = []
  const at = [0, 0, 0, 0]
  const offset = (strides: Four): number => strides.reduce((sum, stride, axis) => sum + stride * at[axis]!, 0)
  for (at[0] = 0; at[0] < sizes[0]; at[0]++) {
    for (at[1] = 0; at[1] < sizes[1]; at[1]++) {
      for (at[2] = 0; at[2] < sizes[2]; at[2]++) {
        for (at[3] = 0; at[3] < sizes[3]; at[3]++) y.push(Number(f(a[offset(stridesA)]!, b[offset(stridesB)]!)))
      }
    }
  }
  return Float64Array.from(y)
}

/** Strides of a contiguous operand that lacks the axes where `repeated` says so. */
export function stridesOf(sizes: Four, repeated: readonly boolean[]): Four {
  const strides: [number, number, number, number] = [0, 0, 0, 0]
  let step = 1
  for (let axis = 3; axis >= 0; axis--) {
    if (repeated[axis]) continue
    strides[axis] = step
    step *= sizes[axis]!
  }
  return strides
}
