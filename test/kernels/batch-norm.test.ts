/** Batch normalization against float64: every remainder of rows, channels and summing blocks, far means, NaN. */

import { beforeAll, describe, expect, it } from 'vitest'
import { expectClose, expectSameBits } from '../helpers/compare.ts'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'
import { uniform } from '../helpers/random.ts'
import {
  type BatchNormCase,
  batchNorm,
  batchNormGrad,
  moments,
  type Statistics,
} from '../helpers/reference/batch-norm.ts'
import { dot, expectGradient } from '../helpers/reference/differences.ts'

const SUM_BLOCK = 64
const EPSILON = 1e-3
const BOUNDS = { linear: [Number.NaN, Number.NaN], relu: [0, Number.NaN], relu6: [0, 0.75] } as const

type Activation = keyof typeof BOUNDS

const sizes = (N: number, C: number, activation: Activation = 'linear'): BatchNormCase => {
  const [low, high] = BOUNDS[activation]
  return { N, C, epsilon: EPSILON, low, high }
}

const CASES: readonly (readonly [N: number, C: number])[] = [
  ...[1, 2, 3, 4, 5, 7].map((N) => [N, 5] as const),
  ...[1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 15, 16, 17, 24, 31, 37].map((C) => [6, C] as const),
  ...[SUM_BLOCK - 1, SUM_BLOCK, SUM_BLOCK + 1, 2 * SUM_BLOCK + 3, 5 * SUM_BLOCK].map((N) => [N, 19] as const),
]

interface Data {
  readonly x: Float32Array
  readonly gamma: Float32Array
  readonly beta: Float32Array
  readonly dy: Float32Array
}

function dataOf({ N, C }: BatchNormCase): Data {
  return {
    x: uniform(N * C, 1, -2, 3),
    gamma: uniform(C, 2, -1, 1.5),
    beta: uniform(C, 3),
    dy: uniform(N * C, 4),
  }
}

/** How the rows are joined, summed in parts, and cut into ranges. */
interface Cut {
  /** Rows of x that make one of the kernels'. */
  readonly copies?: number
  /** Rows of a part. */
  readonly rows?: number
  readonly cuts?: number
}

/** What the kernels are told: N and C of joined rows. */
function cutOf({ N, C }: BatchNormCase, { copies = 1, rows = N, cuts = 1 }: Cut) {
  return { N: N / copies, C: C * copies, copies, rows, parts: Math.ceil(N / copies / rows), cuts }
}

const bits = (values: ArrayLike<number>): Float32Array => Float32Array.from(values)

describe('the reference', () => {
  it.each(['linear', 'relu', 'relu6'] as const)('has the gradients of central differences: %s', (activation) => {
    for (const given of [
      undefined,
      { mean: new Float64Array([0.2, -1, 2]), variance: new Float64Array([1, 2, 0.1]) },
    ]) {
      const shape = sizes(5, 3, activation)
      const { x, gamma, beta, dy } = dataOf(shape)
      const { dx, dgamma, dbeta } = batchNormGrad(x, gamma, beta, dy, shape, given)
      const loss = (at: ArrayLike<number>, scale: ArrayLike<number>, shift: ArrayLike<number>) =>
        dot(batchNorm(at, scale, shift, shape, given), dy)
      expectGradient((at) => loss(at, gamma, beta), x, dx, 'dx')
      expectGradient((at) => loss(x, at, beta), gamma, dgamma, 'dgamma')
      expectGradient((at) => loss(x, gamma, at), beta, dbeta, 'dbeta')
    }
  })
})

describe.each(BUILDS)('%s', (build) => {
  let bench: KernelBench
  beforeAll(async () => {
    bench = await KernelBench.open(build)
  })

  const wholePairs = (C: number): number => Math.ceil(C / 8) * 8

  /** The moments. */
  function statistics(x: Float32Array, shape: BatchNormCase, cut: Cut = {}): Record<'mean' | 'variance', number> {
    const { N, C, copies, rows, parts, cuts } = cutOf(shape, cut)
    const partials = bench.output(parts * 6 * wholePairs(C), 'partials')
    bench.run('batchNormSums', [bench.input(x), partials, N, C, rows], parts, { parts: cuts })
    const result = { mean: bench.output(shape.C, 'mean'), variance: bench.output(shape.C, 'variance') }
    const sizes = [parts, N, C, copies] as const
    bench.run('batchNormMoments', [partials, result.mean, result.variance, ...sizes], shape.C, { parts: cuts })
    return result
  }

  function coefficients(
    by: { mean: number; variance: number },
    { gamma, beta }: Data,
    shape: BatchNormCase,
    cut: Cut,
  ): number {
    const { C, copies } = cutOf(shape, cut)
    const at = bench.output(5 * wholePairs(C), 'coefficients')
    const pointers = [by.mean, by.variance, bench.input(gamma), bench.input(beta), at] as const
    bench.run('batchNormCoefficients', [...pointers, C, copies, EPSILON], shape.C, { parts: 2 })
    return at
  }

  function forward(data: Data, shape: BatchNormCase, given: Statistics, cut: Cut = {}): Float32Array {
    const { N, C, cuts } = cutOf(shape, cut)
    const by = { mean: bench.input(bits(given.mean)), variance: bench.input(bits(given.variance)) }
    const y = bench.output(N * C, 'y')
    const pointers = [bench.input(data.x), coefficients(by, data, shape, cut), y] as const
    bench.run('batchNormForward', [...pointers, C, shape.low, shape.high], N, { parts: cuts })
    return bench.read(y, N * C)
  }

  function gradients(data: Data, shape: BatchNormCase, given: Statistics, frozen: boolean, cut: Cut = {}) {
    const { low, high } = shape
    const { N, C, copies, rows, parts, cuts } = cutOf(shape, cut)
    const by = { mean: bench.input(bits(given.mean)), variance: bench.input(bits(given.variance)) }
    const own = coefficients(by, data, shape, cut)
    const [x, dy] = [bench.input(data.x), bench.input(data.dy)]
    const partials = bench.output(parts * 6 * wholePairs(C), 'partials')
    bench.run('batchNormGradSums', [x, dy, own, partials, N, C, rows, low, high], parts, { parts: cuts })
    const [dgamma, dbeta] = [bench.output(shape.C, 'dgamma'), bench.output(shape.C, 'dbeta')]
    const results = [partials, by.variance, own, dgamma, dbeta] as const
    bench.run('batchNormGradMoments', [...results, parts, N, C, copies, EPSILON], shape.C, { parts: cuts })
    const dx = bench.output(N * C, 'dx')
    bench.run('batchNormGradInput', [x, dy, own, dx, C, Number(frozen), low, high], N, { parts: cuts })
    return { dx: bench.read(dx, N * C), dgamma: bench.read(dgamma, shape.C), dbeta: bench.read(dbeta, shape.C) }
  }

  it.each(CASES)('%i rows of %i channels', (N, C) => {
    const plain = sizes(N, C)
    const exact = moments(dataOf(plain).x, plain)
    for (const copies of [1, 2, 4].filter((copies) => N % copies === 0)) {
      const found = statistics(dataOf(plain).x, plain, { copies, rows: SUM_BLOCK })
      expectClose(bench.read(found.mean, C), exact.mean, { relative: 1e-6, absolute: 1e-6 }, 'mean')
      expectClose(bench.read(found.variance, C), exact.variance, { relative: 4e-6, absolute: 1e-6 }, 'variance')
    }
    bench.reset()
    const cut = { rows: SUM_BLOCK, copies: N % 2 === 0 ? 2 : 1 }
    for (const activation of ['linear', 'relu', 'relu6'] as const) {
      const shape = sizes(N, C, activation)
      const data = dataOf(shape)
      const given = { mean: uniform(C, 5), variance: uniform(C, 6, 0.3, 2) }
      const by = { mean: Float64Array.from(given.mean), variance: Float64Array.from(given.variance) }
      const y = batchNorm(data.x, data.gamma, data.beta, shape, by)
      expectClose(forward(data, shape, by, cut), y, { absolute: 2e-6 }, `y, ${activation}`)
      const fixed = gradients(data, shape, by, true, cut)
      const fixedExact = batchNormGrad(data.x, data.gamma, data.beta, data.dy, shape, by)
      for (const name of ['dx', 'dgamma', 'dbeta'] as const) {
        expectClose(fixed[name], fixedExact[name], { relative: 4e-6, absolute: 1e-5 }, `${name}, given, ${activation}`)
      }
      const own = moments(data.x, shape)
      const trained = gradients(data, shape, own, false, cut)
      const trainedExact = batchNormGrad(data.x, data.gamma, data.beta, data.dy, shape)
      for (const name of ['dx', 'dgamma', 'dbeta'] as const) {
        expectClose(trained[name], trainedExact[name], { relative: 4e-6, absolute: 2e-5 }, `${name}, ${activation}`)
      }
      bench.reset()
    }
  })

  it('has the same bits however the ranges are cut', () => {
    const shape = sizes(4 * SUM_BLOCK + 5, 23, 'relu6')
    const data = dataOf(shape)
    const results = [1, 2, 3, 4].map((cuts) => {
      const found = statistics(data.x, shape, { rows: SUM_BLOCK, cuts })
      const given = { mean: bench.read(found.mean, 23), variance: bench.read(found.variance, 23) }
      const by = { mean: Float64Array.from(given.mean), variance: Float64Array.from(given.variance) }
      const { dx, dgamma, dbeta } = gradients(data, shape, by, false, { rows: SUM_BLOCK, cuts })
      return [given.mean, given.variance, forward(data, shape, by, { cuts }), dx, dgamma, dbeta]
    })
    for (const other of results.slice(1)) other.forEach((values, i) => expectSameBits(values, results[0]![i]!, `${i}`))
    bench.reset()
  })

  it('keeps a small variance beside a large mean, and with a first value far off', () => {
    const shape = sizes(300, 18)
    const x = uniform(300 * 18, 7).map((v) => 1000 + v / 8)
    for (const [first, relative] of [
      [x[0]!, 1e-5],
      [0, 4e-5],
    ] as const) {
      x.fill(first, 0, 18)
      const exact = moments(x, shape)
      const found = statistics(x, shape, { rows: 128 })
      expectClose(bench.read(found.variance, 18), exact.variance, { relative, absolute: 0 }, 'variance')
      expectClose(bench.read(found.mean, 18), exact.mean, { relative: 1e-7, absolute: 0 }, 'mean')
    }
    bench.reset()
  })

  it('has no variance, and none below 0, where all values are equal', () => {
    const shape = sizes(1000, 8)
    const found = statistics(new Float32Array(8000).fill(0.1), shape, { rows: 128 })
    const variance = bench.read(found.variance, 8)
    for (const v of variance) expect(v >= 0 && v < 1e-15).toBe(true)
    expectSameBits(bench.read(found.mean, 8), new Float32Array(8).fill(0.1))
    bench.reset()
  })

  it('sums a million equal terms to 1e-5', () => {
    const N = 1_000_000
    const shape = sizes(N, 4)
    const data = { x: new Float32Array(4 * N).fill(0.7), dy: new Float32Array(4 * N).fill(0.1) }
    const by = { mean: new Float64Array(4).fill(0.2), variance: new Float64Array(4).fill(1) }
    const whole = { ...data, gamma: new Float32Array(4).fill(1), beta: new Float32Array(4) }
    const { dgamma, dbeta } = gradients(whole, shape, by, true, { rows: 65536 })
    expectClose(dbeta, new Float64Array(4).fill(N * Math.fround(0.1)), { relative: 1e-6 })
    expectClose(dgamma, new Float64Array(4).fill((0.05 * N) / Math.sqrt(1.001)), { relative: 1e-6 })
    bench.reset()
  })

  it('keeps NaN in its channel, and lets relu pass it', () => {
    const shape = sizes(9, 6, 'relu')
    const data = dataOf(shape)
    data.x[2] = Number.NaN
    const found = statistics(data.x, shape)
    const given = { mean: bench.read(found.mean, 6), variance: bench.read(found.variance, 6) }
    expect(Array.from(given.mean, Number.isNaN)).toEqual([false, false, true, false, false, false])
    expect(Array.from(given.variance, Number.isNaN)).toEqual([false, false, true, false, false, false])
    const by = { mean: Float64Array.from(given.mean), variance: Float64Array.from(given.variance) }
    const y = forward(data, shape, by)
    const { dx } = gradients(data, shape, by, false)
    for (const values of [y, dx]) {
      values.forEach((v, i) => expect(Number.isNaN(v)).toBe(i % 6 === 2))
    }
    bench.reset()
  })

  it('may write dx over dy', () => {
    const shape = sizes(11, 13, 'relu')
    const data = dataOf(shape)
    const by = moments(data.x, shape)
    const { dx } = gradients(data, shape, by, true)
    const pointers = { mean: bench.input(bits(by.mean)), variance: bench.input(bits(by.variance)) }
    const dy = bench.input(data.dy)
    const own = coefficients(pointers, data, shape, {})
    bench.run('batchNormGradInput', [bench.input(data.x), dy, own, dy, 13, 1, 0, Number.NaN], 11)
    expectSameBits(bench.read(dy, 143), dx)
    bench.reset()
  })
})
