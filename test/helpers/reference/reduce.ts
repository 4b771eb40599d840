/** Reductions of x, seen as [outer, reduce, inner], along `reduce`, in float64. */

import type { Bounded } from '../compare.ts'

export type Sizes = readonly [outer: number, reduce: number, inner: number]

/** Each output's values in order, handed to `f`. */
function along(x: ArrayLike<number>, [outer, reduce, inner]: Sizes, f: (values: number[]) => number): Float64Array {
  return Float64Array.from({ length: outer * inner }, (_, i) => {
    const [o, c] = [Math.floor(i / inner), i % inner]
    return f(Array.from({ length: reduce }, (_, r) => x[(o * reduce + r) * inner + c]!))
  })
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

export function sum(x: ArrayLike<number>, sizes: Sizes): Bounded {
  return {
    values: along(x, sizes, sumOf),
    magnitudes: along(x, sizes, (values) => sumOf(values.map(Math.abs))),
  }
}

export function mean(x: ArrayLike<number>, sizes: Sizes): Bounded {
  const { values, magnitudes } = sum(x, sizes)
  return { values: values.map((v) => v / sizes[1]), magnitudes: magnitudes.map((v) => v / sizes[1]) }
}

/** What rounding to float32 gives exactly, or whole numbers. */
export const EXACT = {
  reduceMax: (values: number[]) => values.reduce((a, b) => (Number.isNaN(a) || a > b ? a : b), -Infinity),
  reduceMin: (values: number[]) => values.reduce((a, b) => (Number.isNaN(a) || a < b ? a : b), Infinity),
  reduceProd: (values: number[]) => values.reduce((a, b) => a * b, 1),
} as const

export const INDEX = {
  argMax: (values: number[]) => firstBest(values, (a, b) => a > b),
  argMin: (values: number[]) => firstBest(values, (a, b) => a < b),
  reduceAny: (values: number[]) => Number(values.some((value) => value !== 0)),
  reduceAll: (values: number[]) => Number(values.every((value) => value !== 0)),
} as const

export function exactly(
  name: keyof typeof EXACT | keyof typeof INDEX,
  x: ArrayLike<number>,
  sizes: Sizes,
): Float64Array {
  return along(x, sizes, { ...EXACT, ...INDEX }[name])
}

/** The first NaN if there is one, else the first of the best. */
function firstBest(values: number[], better: (a: number, b: number) => boolean): number {
  const nan = values.findIndex(Number.isNaN)
  if (nan >= 0) return nan
  return values.reduce((best, value, i) => (better(value, values[best]!) ? i : best), 0)
}
