/** The arithmetic of one place of one map, out of what the layers put out and the weights between them. */

import type { Stage, Weights } from '../worker/inspector.ts'

/** Numbers that a stage reads: those of another one, or the picture. */
export interface Source {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

export function sourceOf(stages: readonly Stage[], stage: number, picture: Source): Source {
  return stages[stages[stage]?.reads ?? -1] ?? picture
}

export interface Place {
  readonly row: number
  readonly column: number
}

/** Where the window of a place begins in the input; negative within the padding. */
export function windowAt({ window }: Stage, { row, column }: Place): Place {
  const { strides, padding } = window ?? { strides: [1, 1], padding: [0, 0] }
  return { row: row * strides[0] - padding[0], column: column * strides[1] - padding[1] }
}

/** The numbers of one input map under the window; 0 where there is padding, nothing for a pool. */
export function patchOf({ shape, values }: Source, map: number, at: Place, size: readonly number[]): number[][] {
  const [height = 1, width = 1, maps = 1] = shape
  return Array.from({ length: size[0]! }, (_, i) =>
    Array.from({ length: size[1]! }, (_, j) => {
      const [row, column] = [at.row + i, at.column + j]
      if (row < 0 || row >= height || column < 0 || column >= width) return 0
      return values[(row * width + column) * maps + map]!
    }),
  )
}

/** The kernel that is laid over one input map. */
export function kernelOf({ shape, values }: Pick<Weights, 'shape' | 'values'>, map: number): number[][] {
  const [height = 1, width = 1, maps = 1] = shape
  return Array.from({ length: height }, (_, i) =>
    Array.from({ length: width }, (_, j) => values[(i * width + j) * maps + map]!),
  )
}

/** What each input map adds to the sum of a place. */
export function sumsOf(source: Source, weights: Pick<Weights, 'shape' | 'values'>, at: Place): number[] {
  const maps = weights.shape[2] ?? 1
  return Array.from({ length: maps }, (_, map) => dot(patchOf(source, map, at, weights.shape), kernelOf(weights, map)))
}

export function dot(patch: readonly (readonly number[])[], kernel: readonly (readonly number[])[]): number {
  let sum = 0
  patch.forEach((row, i) => {
    row.forEach((value, j) => {
      sum += value * kernel[i]![j]!
    })
  })
  return sum
}

/** What each map, or each unit, of the input adds to the sum of a dense layer's unit. */
export function unitSums(source: Source, { values }: Pick<Weights, 'values'>): number[] {
  const maps = source.shape.at(-1)!
  const sums = new Array<number>(maps).fill(0)
  values.forEach((weight, i) => {
    sums[i % maps]! += weight * source.values[i]!
  })
  return sums
}

/** The indices of the largest sums by their size, the largest first. */
export function strongest(sums: readonly number[], count: number): number[] {
  return [...sums.keys()].sort((a, b) => Math.abs(sums[b]!) - Math.abs(sums[a]!)).slice(0, count)
}

/** The parts of a softmax: exponentials, by which they are divided, and the shares. */
export function softmaxParts(logits: ArrayLike<number>): { exponentials: number[]; sum: number; shares: number[] } {
  const exponentials = Array.from(logits, (logit) => Math.exp(logit))
  const sum = exponentials.reduce((a, b) => a + b, 0)
  return { exponentials, sum, shares: exponentials.map((value) => value / sum) }
}
