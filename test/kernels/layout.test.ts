/** Moves against plain loops: every stride pattern, remainder of the 4×4 and 16-row tiles, index out of range. */

import { beforeAll, describe, expect, it } from 'vitest'
import { expectSameBits, expectWithinRounding } from '../helpers/compare.ts'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'
import { generator, uniform } from '../helpers/random.ts'
import { dot, expectGradient } from '../helpers/reference/differences.ts'
import { gatherRows, scatterAddRows, stridedCopy } from '../helpers/reference/layout.ts'

type Six = readonly [number, number, number, number, number, number]

interface Copy {
  readonly shape: Six
  readonly from: Six
  readonly to: Six
  /** Where the views start. */
  readonly first?: readonly [number, number]
}

/** Row-major strides. */
function strides(shape: Six): Six {
  const result = [...shape]
  let stride = 1
  for (let axis = 5; axis >= 0; axis--) {
    result[axis] = stride
    stride *= shape[axis]!
  }
  return result as unknown as Six
}

const permuted = (values: Six, order: Six): Six => order.map((axis) => values[axis]!) as unknown as Six

/** The copy that writes x, of shape `shape`, with its axes in `order`. */
function transposition(shape: Six, order: Six): Copy {
  return { shape: permuted(shape, order), from: permuted(strides(shape), order), to: strides(permuted(shape, order)) }
}

const contiguous = (shape: Six): Copy => ({ shape, from: strides(shape), to: strides(shape) })

const COPIES: [string, Copy][] = [
  ['one element', contiguous([1, 1, 1, 1, 1, 1])],
  ['contiguous, short run', contiguous([2, 1, 2, 1, 3, 5])],
  ['contiguous, long run', contiguous([1, 2, 1, 2, 5, 67])],
  [
    'slice: rows shorter than their stride',
    { ...contiguous([1, 2, 2, 3, 4, 6]), from: [0, 480, 240, 77, 17, 1], first: [3, 0] },
  ],
  ['slice of long rows', { ...contiguous([1, 1, 1, 2, 3, 64]), from: [0, 0, 0, 501, 101, 1], first: [5, 0] }],
  ['pad: gaps in y', { ...contiguous([1, 1, 2, 3, 4, 7]), to: [0, 0, 400, 113, 23, 1], first: [0, 29] }],
  ['reverse: a negative stride', { ...contiguous([1, 1, 1, 1, 3, 9]), from: [0, 0, 0, 0, -9, -1], first: [26, 0] }],
  ['broadcast of a scalar', { ...contiguous([1, 1, 1, 2, 3, 7]), from: [0, 0, 0, 0, 0, 0] }],
  ['broadcast along the last axis', { ...contiguous([1, 1, 1, 2, 3, 7]), from: [0, 0, 0, 3, 1, 0] }],
  ['broadcast along the rows', { ...contiguous([1, 1, 1, 2, 3, 7]), from: [0, 0, 0, 7, 0, 1] }],
  ['every second element', { ...contiguous([1, 1, 1, 2, 3, 7]), from: [0, 0, 0, 60, 17, 2] }],
  ['into every second element', { ...contiguous([1, 1, 1, 2, 3, 7]), to: [0, 0, 0, 60, 17, 2] }],
  ['transpose of the last two', transposition([1, 2, 1, 2, 19, 23], [0, 1, 2, 3, 5, 4])],
  ['transpose of the last two, whole tiles', transposition([1, 1, 1, 2, 32, 16], [0, 1, 2, 3, 5, 4])],
  ['NHWC to NCHW, merged', transposition([1, 1, 1, 3, 30, 5], [0, 1, 2, 3, 5, 4])],
  ['NHWC to NCHW', transposition([1, 1, 3, 5, 6, 7], [0, 1, 2, 5, 3, 4])],
  ['NCHW to NHWC', transposition([1, 1, 3, 5, 6, 7], [0, 1, 2, 4, 5, 3])],
  ['reversed axes', transposition([2, 3, 2, 3, 5, 4], [5, 4, 3, 2, 1, 0])],
  ['a permutation without a fast path', transposition([2, 3, 2, 3, 5, 4], [3, 5, 0, 4, 1, 2])],
]

const TRANSPOSES: [number, number][] = [
  ...[1, 3, 4, 5, 11].flatMap((M) => [1, 3, 4, 5, 15, 16, 17, 20, 35].map((N): [number, number] => [M, N])),
  [37, 41],
  [64, 32],
]

const CUTS = [1, 2, 3, 4]

describe('references', () => {
  it('gradients', () => {
    const x = uniform(2 * 3 * 4 * 2, 31)
    const rows = [1, 5, 1, 0, -1, 2, 1]
    const sizes = [2, 6, 4] as const
    const dRows = uniform(2 * rows.length * 4, 32)
    expectGradient((at) => dot(gatherRows(at, rows, sizes), dRows), x, scatterAddRows(dRows, rows, sizes).values)
  })
})

describe.each(BUILDS)('layout kernels, %s', (build) => {
  let bench: KernelBench
  beforeAll(async () => {
    bench = await KernelBench.open(build)
  })

  it.each(COPIES)('stridedCopy: %s', (_, { shape, from, to, first = [0, 0] }) => {
    const reach = (steps: Six, start: number) =>
      start + 1 + shape.reduce((sum, size, axis) => sum + (size - 1) * Math.max(0, steps[axis]!), 0)
    const x = uniform(reach(from, first[0]), 34)
    const length = reach(to, first[1])
    const expected = new Float64Array(length).fill(Number.NaN)
    stridedCopy(x, expected, shape, from, to, first)
    const rows = shape.slice(0, 5).reduce((product, size) => product * size, 1)
    for (const parts of CUTS) {
      const y = bench.output(length, 'y')
      const at = [bench.input(x) + 4 * first[0], y + 4 * first[1]] as const
      bench.run('stridedCopy', [...at, ...shape, ...from, ...to], rows, { parts })
      expectSameBits(bench.read(y, length), expected, `in ${parts}`)
    }
    bench.reset()
  })

  it('stridedCopy moves integers and NaN bit by bit', () => {
    const words = Int32Array.from({ length: 15 }, (_, i) => 0x7fa00000 + i)
    const y = bench.output(15, 'y')
    bench.run('stridedCopy', [bench.inputInt(words), y, 1, 1, 1, 1, 3, 5, 0, 0, 0, 0, 1, 3, 0, 0, 0, 0, 5, 1], 3)
    const expected = Array.from({ length: 15 }, (_, i) => 0x7fa00000 + (i % 5) * 3 + Math.floor(i / 5))
    expect([...bench.readInt(y, 15)]).toEqual(expected)
    bench.reset()
  })

  it('stridedCopy of nothing', () => {
    const y = bench.output(3, 'y')
    bench.kernels.stridedCopy(y, y, 1, 1, 1, 1, 0, 3, 0, 0, 0, 0, 3, 1, 0, 0, 0, 0, 3, 1, 0, 0)
    bench.kernels.stridedCopy(y, y, 1, 1, 1, 1, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 2)
    expectSameBits(bench.read(y, 3), [Number.NaN, Number.NaN, Number.NaN])
    bench.reset()
  })

  it.each(TRANSPOSES)('transpose2d: %i × %i, rows longer than their width', (M, N) => {
    const ldx = N + 3
    const ldy = M + 2
    const x = uniform(M * ldx, 35)
    const length = (N - 1) * ldy + M
    const expected = new Float64Array(length).fill(Number.NaN)
    stridedCopy(x, expected, [N, M], [1, ldx], [ldy, 1])
    for (const parts of CUTS) {
      const y = bench.output(length, 'y')
      bench.run('transpose2d', [bench.input(x), y, M, N, ldx, ldy], N, { parts })
      expectSameBits(bench.read(y, length), expected, `in ${parts}`)
    }
    bench.reset()
  })

  it.each([
    [1, 7, 5, 'vector and tail'],
    [3, 5, 1, 'single elements'],
    [2, 4, 16, 'whole vectors'],
    [2, 3, 71, 'long rows'],
  ])('gatherRows and scatterAddRows: outer %i, axis %i, inner %i: %s, repeated and foreign indices', (...sizes) => {
    const [outer, axisSize, inner] = sizes
    const next = generator(36)
    const rows = Int32Array.from({ length: 13 }, () => Math.floor(next() * (axisSize + 2)) - 1)
    rows[3] = -(2 ** 31)
    rows[4] = 2 ** 31 - 1
    const x = uniform(outer * axisSize * inner, 37)
    const dy = uniform(outer * rows.length * inner, 38)
    const shape = [outer, axisSize, inner] as const
    const whole = scatterAddRows(dy, rows, shape)
    let uncut: Float32Array | undefined
    for (const parts of CUTS) {
      const y = bench.output(dy.length, 'y')
      const dx = bench.output(x.length, 'dx')
      const index = bench.inputInt(rows)
      bench.run('gatherRows', [bench.input(x), index, y, ...shape, rows.length], outer * rows.length, { parts })
      expectSameBits(bench.read(y, dy.length), gatherRows(x, rows, shape), `y in ${parts}`)
      bench.run('scatterAddRows', [bench.input(dy), index, dx, ...shape, rows.length], outer * axisSize, { parts })
      const sums = bench.read(dx, x.length)
      expectWithinRounding(sums, whole, rows.length, `dx in ${parts}`)
      uncut ??= sums
      expectSameBits(sums, uncut, `dx in ${parts}`)
    }
    bench.reset()
  })

  it.each([1, 3, 4, 10, 17])('oneHot: depth %i, an index outside sets nothing', (depth) => {
    const rows = [0, depth - 1, depth, -1, Math.floor(depth / 2), 0, 2 ** 31 - 1]
    const expected = rows.flatMap((row) => Array.from({ length: depth }, (_, i) => (i === row ? 0.875 : -0.125)))
    for (const parts of CUTS) {
      const y = bench.output(rows.length * depth, 'y')
      bench.run('oneHot', [bench.inputInt(rows), y, depth, 0.875, -0.125], rows.length, { parts })
      expectSameBits(bench.read(y, rows.length * depth), expected, `in ${parts}`)
    }
    bench.reset()
  })
})
