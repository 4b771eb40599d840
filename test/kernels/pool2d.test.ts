/** Pooling kernels against float64 loops: windows that overlap, leave gaps or reach over the edge, ties, NaN, Inf. */

import { beforeAll, describe, expect, it } from 'vitest'
import { expectSameBits, expectWithinRounding } from '../helpers/compare.ts'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'
import { uniform } from '../helpers/random.ts'
import { dot, expectGradient } from '../helpers/reference/differences.ts'
import {
  avgPool2d,
  avgPool2dGrad,
  maxPool2d,
  maxPool2dGrad,
  type PoolShape,
  poolArguments,
} from '../helpers/reference/pool2d.ts'

/** top, bottom, left, right */
type Pad = readonly [number, number, number, number]

function pool(
  [B, H, W, C]: readonly [number, number, number, number],
  [R, S]: readonly [number, number],
  [strideH, strideW]: readonly [number, number],
  [padTop, padBottom, padLeft, padRight]: Pad = [0, 0, 0, 0],
): PoolShape {
  const P = Math.floor((H + padTop + padBottom - R) / strideH) + 1
  const Q = Math.floor((W + padLeft + padRight - S) / strideW) + 1
  return { B, H, W, C, P, Q, R, S, strideH, strideW, padTop, padLeft }
}

const CASES: [string, PoolShape][] = [
  ['2×2 tiles, whole vectors', pool([2, 6, 8, 64], [2, 2], [2, 2])],
  ['2×2 tiles, one channel', pool([2, 6, 4, 1], [2, 2], [2, 2])],
  ['2×2 tiles, 3 channels', pool([2, 4, 6, 3], [2, 2], [2, 2])],
  ['2×2 tiles, one vector', pool([1, 4, 4, 4], [2, 2], [2, 2])],
  ['2×2 tiles, vector and tail', pool([3, 4, 4, 5], [2, 2], [2, 2])],
  ['2×2 tiles, a row left over', pool([2, 7, 6, 6], [2, 2], [2, 2])],
  ['2×2 tiles, a column left over', pool([2, 6, 7, 6], [2, 2], [2, 2])],
  ['2×2 tiles, both left over', pool([2, 5, 5, 4], [2, 2], [2, 2])],
  ['2×2 padded below and right only', pool([2, 5, 5, 5], [2, 2], [2, 2], [0, 1, 0, 1])],
  ['overlapping 3×3, stride 2', pool([2, 7, 9, 5], [3, 3], [2, 2])],
  ['overlapping 2×2, stride 1', pool([1, 5, 6, 4], [2, 2], [1, 1])],
  ['overlapping 3×2, stride 1', pool([2, 6, 5, 3], [3, 2], [1, 1])],
  ['stride above the window', pool([2, 9, 11, 5], [2, 2], [3, 4])],
  ['1×1 windows', pool([1, 3, 3, 5], [1, 1], [2, 2])],
  ['unequal strides', pool([2, 8, 9, 4], [2, 3], [1, 2])],
  ['same padding, stride 1', pool([2, 5, 6, 3], [3, 3], [1, 1], [1, 1, 1, 1])],
  ['asymmetric padding', pool([2, 6, 7, 5], [3, 4], [2, 3], [0, 2, 3, 1])],
  ['padding on top only', pool([1, 4, 4, 1], [2, 2], [2, 2], [1, 1, 0, 0])],
  ['window larger than the image', pool([2, 3, 2, 5], [5, 5], [2, 2], [2, 2, 2, 2])],
  ['one window for all', pool([3, 5, 7, 64], [5, 7], [1, 1])],
  ...[8, 12, 13, 16, 19, 23, 37].flatMap((C): [string, PoolShape][] => [
    [`${C} channels, overlapping`, pool([2, 6, 7, C], [3, 3], [2, 2], [1, 1, 1, 1])],
    [`${C} channels, stride 1`, pool([1, 4, 5, C], [3, 2], [1, 1], [1, 0, 0, 1])],
  ]),
  ["LeNet's first pooling", pool([2, 24, 24, 64], [2, 2], [2, 2])],
  ['primes', pool([3, 11, 13, 7], [5, 3], [2, 3], [2, 1, 1, 2])],
]

const CUTS = [2, 3, 4]

const X_SEED = 11
const inputOf = ({ B, H, W, C }: PoolShape): Float32Array => uniform(B * H * W * C, X_SEED)
const upstreamOf = ({ B, P, Q, C }: PoolShape): Float32Array => uniform(B * P * Q * C, 12)

function maxForward(bench: KernelBench, x: ArrayLike<number>, shape: PoolShape, parts = 1): Float32Array {
  const { B, P, Q, C } = shape
  const y = bench.output(B * P * Q * C, 'y')
  bench.run('maxPool2dForward', [bench.input(x), y, ...poolArguments(shape)], B * P, { parts })
  return bench.read(y, B * P * Q * C)
}

function maxGrad(bench: KernelBench, x: Float32Array, dy: Float32Array, shape: PoolShape, parts = 1): Float32Array {
  const y = bench.input(maxForward(bench, x, shape))
  const dx = bench.output(x.length, 'dx')
  bench.run('maxPool2dGrad', [bench.input(x), y, bench.input(dy), dx, ...poolArguments(shape)], shape.B, { parts })
  return bench.read(dx, x.length)
}

function avgForward(bench: KernelBench, x: ArrayLike<number>, shape: PoolShape, parts = 1): Float32Array {
  const { B, P, Q, C } = shape
  const y = bench.output(B * P * Q * C, 'y')
  bench.run('avgPool2dForward', [bench.input(x), y, ...poolArguments(shape)], B * P, { parts })
  return bench.read(y, B * P * Q * C)
}

function avgGrad(bench: KernelBench, dy: Float32Array, shape: PoolShape, parts = 1): Float32Array {
  const length = shape.B * shape.H * shape.W * shape.C
  const dx = bench.output(length, 'dx')
  bench.run('avgPool2dGrad', [bench.input(dy), dx, ...poolArguments(shape)], shape.B, { parts })
  return bench.read(dx, length)
}

describe('references', () => {
  it.each(CASES.filter(([, { B, H, W, C }]) => B * H * W * C < 400))('%s: gradients', (_, shape) => {
    const x = inputOf(shape)
    const dy = upstreamOf(shape)
    expectGradient((at) => dot(maxPool2d(at, shape), dy), x, maxPool2dGrad(x, dy, shape).values, 'max')
    expectGradient((at) => dot(avgPool2d(at, shape).values, dy), x, avgPool2dGrad(dy, shape).values, 'avg')
  })
})

describe.each(BUILDS)('pool2d kernels, %s', (build) => {
  let bench: KernelBench
  beforeAll(async () => {
    bench = await KernelBench.open(build)
  })

  it.each(CASES)('%s', (_, shape) => {
    const x = inputOf(shape)
    const dy = upstreamOf(shape)
    const K = shape.R * shape.S
    expectSameBits(maxForward(bench, x, shape), maxPool2d(x, shape), 'max')
    expectWithinRounding(maxGrad(bench, x, dy, shape), maxPool2dGrad(x, dy, shape), K, 'max gradient')
    expectWithinRounding(avgForward(bench, x, shape), avgPool2d(x, shape), K, 'mean')
    expectWithinRounding(avgGrad(bench, dy, shape), avgPool2dGrad(dy, shape), K, 'mean gradient')
    bench.reset()
  })

  it.each(CASES)('%s: the same bits in 2, 3 and 4 parts', (_, shape) => {
    const x = inputOf(shape)
    const dy = upstreamOf(shape)
    for (const parts of CUTS) {
      expectSameBits(maxForward(bench, x, shape, parts), maxForward(bench, x, shape), `max in ${parts}`)
      expectSameBits(maxGrad(bench, x, dy, shape, parts), maxGrad(bench, x, dy, shape), `max gradient in ${parts}`)
      expectSameBits(avgForward(bench, x, shape, parts), avgForward(bench, x, shape), `mean in ${parts}`)
      expectSameBits(avgGrad(bench, dy, shape, parts), avgGrad(bench, dy, shape), `mean gradient in ${parts}`)
    }
    bench.reset()
  })

  it.each(CASES)('%s: all negative, so that padding must not count as 0', (_, shape) => {
    const x = inputOf(shape).map((value) => value - 2)
    const dy = upstreamOf(shape)
    expectSameBits(maxForward(bench, x, shape), maxPool2d(x, shape), 'max')
    expectWithinRounding(maxGrad(bench, x, dy, shape), maxPool2dGrad(x, dy, shape), shape.R * shape.S, 'max gradient')
    bench.reset()
  })

  it.each(CASES)('%s: ties go to the first maximum', (_, shape) => {
    const x = inputOf(shape).map((value) => Math.round(value))
    const dy = upstreamOf(shape)
    expectWithinRounding(maxGrad(bench, x, dy, shape), maxPool2dGrad(x, dy, shape), shape.R * shape.S, 'max gradient')
    bench.reset()
  })

  it.each(CASES)('%s: NaN and infinities', (_, shape) => {
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    const pick = uniform(shape.B * shape.H * shape.W * shape.C, 13, 0, 12)
    const x = inputOf(shape).map((value, i) => odd[Math.floor(pick[i]!)] ?? value)
    const dy = upstreamOf(shape)
    expectSameBits(maxForward(bench, x, shape), maxPool2d(x, shape), 'max')
    expectWithinRounding(maxGrad(bench, x, dy, shape), maxPool2dGrad(x, dy, shape), shape.R * shape.S, 'max gradient')
    expectWithinRounding(avgForward(bench, x, shape), avgPool2d(x, shape), shape.R * shape.S, 'mean')
    bench.reset()
  })

  it('gives the first of several NaN the gradient, and a NaN gradient to one position alone', () => {
    const shape = pool([1, 2, 4, 1], [2, 2], [2, 2])
    const x = Float32Array.of(5, Number.NaN, 1, 2, Number.NaN, Number.NaN, 3, 0)
    expectSameBits(maxGrad(bench, x, Float32Array.of(7, Number.NaN), shape), [0, 7, 0, 0, 0, 0, Number.NaN, 0])
    bench.reset()
  })

  it('a window wholly in the padding gives −Inf or 0 and takes no gradient', () => {
    const shape: PoolShape = { ...pool([1, 2, 2, 5], [2, 2], [2, 2], [2, 0, 0, 0]), P: 2, Q: 1 }
    const x = uniform(20, X_SEED)
    const dy = uniform(10, 12)
    expect([...maxForward(bench, x, shape).subarray(0, 5)]).toEqual(Array(5).fill(Number.NEGATIVE_INFINITY))
    expect([...avgForward(bench, x, shape).subarray(0, 5)]).toEqual(Array(5).fill(0))
    expectSameBits(maxGrad(bench, x, dy, shape), maxPool2dGrad(x, dy, shape).values)
    expectSameBits(avgGrad(bench, dy, shape), avgPool2dGrad(dy, shape).values.map(Math.fround))
    bench.reset()
  })
})
