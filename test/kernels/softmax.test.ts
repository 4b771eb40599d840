/** Softmax, its logarithm and cross-entropy against float64: every remainder of a vector, extreme and special logits. */

import { beforeAll, describe, expect, it } from 'vitest'
import { expectClose, expectSameBits } from '../helpers/compare.ts'
import { centralDifferences } from '../helpers/difference.ts'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'
import { uniform } from '../helpers/random.ts'
import * as reference from '../helpers/reference/softmax.ts'

/** One row, LeNet's ten classes, remainders of a vector, a prime pair, long rows. */
const SHAPES = [
  [1, 1],
  [5, 2],
  [3, 3],
  [4, 4],
  [3, 5],
  [7, 7],
  [128, 10],
  [13, 31],
  [2, 1000],
] as const

/** The rounding of x − max weighs most: |x − max| · 2⁻²⁴ with logits in −8 … 8, then 3 ulp of exp and scaling. */
const PROBABILITY = { relative: (16 + 6) * 2 ** -24, absolute: 2 ** -126 }

const weights = uniform(2000, 9, -1, 1)
const weighted = (y: Float64Array): number => y.reduce((sum, value, i) => sum + value * weights[i]!, 0)

describe('reference', () => {
  const x = uniform(35, 1, -3, 3)
  const labels = uniform(35, 2, 0, 1)
  const dy = weights.subarray(0, 35)

  it('softmaxGrad is the central difference of softmax', () => {
    const differences = centralDifferences((at) => weighted(reference.softmax(at, 7)), x)
    expectClose(reference.softmaxGrad(dy, reference.softmax(x, 7), 7), differences, { relative: 1e-6, absolute: 1e-9 })
  })

  it('logSoftmaxGrad is the central difference of logSoftmax', () => {
    const differences = centralDifferences((at) => weighted(reference.logSoftmax(at, 7)), x)
    const dx = reference.logSoftmaxGrad(dy, reference.logSoftmax(x, 7), 7)
    expectClose(dx, differences, { relative: 1e-6, absolute: 1e-9 })
  })

  it('crossEntropyGrad is the central difference of crossEntropy', () => {
    const differences = centralDifferences((at) => weighted(reference.crossEntropy(at, labels, 7)), x)
    const dx = reference.crossEntropyGrad(reference.softmax(x, 7), labels, dy, 7)
    expectClose(dx, differences, { relative: 1e-6, absolute: 1e-9 })
  })
})

describe.each(BUILDS)('%s', (build) => {
  let bench: KernelBench
  beforeAll(async () => {
    bench = await KernelBench.open(build)
  })

  interface Run {
    readonly parts?: number
    readonly inPlace?: boolean
  }

  function forward(name: 'softmaxForward' | 'logSoftmaxForward', x: Float32Array, cols: number, run: Run = {}) {
    const at = bench.input(x)
    const y = run.inPlace ? at : bench.output(x.length)
    bench.run(name, [at, y, cols], x.length / cols, { parts: run.parts ?? 1 })
    const result = bench.read(y, x.length)
    bench.reset()
    return result
  }

  function gradient(
    name: 'softmaxGrad' | 'logSoftmaxGrad',
    dy: Float32Array,
    y: Float32Array,
    cols: number,
    run: Run = {},
  ) {
    const at = bench.input(dy)
    const dx = run.inPlace ? at : bench.output(y.length)
    bench.run(name, [at, bench.input(y), dx, cols], y.length / cols, { parts: run.parts ?? 1 })
    const result = bench.read(dx, y.length)
    bench.reset()
    return result
  }

  function crossEntropy(
    logits: Float32Array,
    labels: Float32Array,
    cols: number,
    { parts = 1, inPlace = false }: Run = {},
  ) {
    const rows = logits.length / cols
    const at = bench.input(logits)
    const loss = bench.output(rows, 'loss')
    const probs = inPlace ? at : bench.output(logits.length, 'probs')
    bench.run('softmaxCrossEntropyForward', [at, bench.input(labels), loss, probs, cols], rows, { parts })
    const results = { loss: bench.read(loss, rows), probs: bench.read(probs, logits.length) }
    bench.reset()
    return results
  }

  describe.each(SHAPES)('%i rows of %i', (rows, cols) => {
    const x = uniform(rows * cols, 3, -8, 8)
    const dy = uniform(rows * cols, 4)
    const labels = uniform(rows * cols, 5, 0, 1)

    it('softmax', () => {
      const y = forward('softmaxForward', x, cols)
      expectClose(y, reference.softmax(x, cols), PROBABILITY)
      const dx = gradient('softmaxGrad', dy, y, cols)
      // Each gradient is y times a difference of numbers below 1, so its error is a few ulp of y.
      reference.softmaxGrad(dy, y, cols).forEach((value, i) => {
        expect(Math.abs(dx[i]! - value)).toBeLessThanOrEqual(4 * 2 ** -24 * y[i]!)
      })
      for (const parts of [2, 3, 4]) {
        expectSameBits(forward('softmaxForward', x, cols, { parts, inPlace: true }), y)
        expectSameBits(gradient('softmaxGrad', dy, y, cols, { parts, inPlace: true }), dx)
      }
    })

    it('logSoftmax', () => {
      const y = forward('logSoftmaxForward', x, cols)
      expectClose(y, reference.logSoftmax(x, cols), { relative: 3 * 2 ** -24, absolute: 1e-6 })
      const dx = gradient('logSoftmaxGrad', dy, y, cols)
      expectClose(dx, reference.logSoftmaxGrad(dy, y, cols), { relative: 4 * 2 ** -24, absolute: 1e-5 })
      for (const parts of [2, 3, 4]) {
        expectSameBits(forward('logSoftmaxForward', x, cols, { parts, inPlace: true }), y)
        expectSameBits(gradient('logSoftmaxGrad', dy, y, cols, { parts, inPlace: true }), dx)
      }
    })

    it('softmaxCrossEntropy, labels that do not add up to 1', () => {
      const { loss, probs } = crossEntropy(x, labels, cols)
      expectSameBits(probs, forward('softmaxForward', x, cols), 'probs')
      expectClose(loss, reference.crossEntropy(x, labels, cols), { relative: 3 * 2 ** -24, absolute: 1e-6 })
      const dloss = uniform(rows, 6)
      const grad = (parts: number, inPlace: boolean): Float32Array => {
        const at = bench.input(probs)
        const dlogits = inPlace ? at : bench.output(probs.length)
        const [l, d] = [bench.input(labels), bench.input(dloss)]
        bench.run('softmaxCrossEntropyGrad', [at, l, d, dlogits, cols], rows, { parts })
        const result = bench.read(dlogits, probs.length)
        bench.reset()
        return result
      }
      const dlogits = grad(1, false)
      expectClose(dlogits, reference.crossEntropyGrad(probs, labels, dloss, cols), { relative: 1e-6, absolute: 1e-6 })
      for (const parts of [2, 3, 4]) {
        expect(crossEntropy(x, labels, cols, { parts, inPlace: true })).toEqual({ loss, probs })
        expectSameBits(grad(parts, true), dlogits)
      }
    })
  })

  it('does not overflow, and gives a certain class probability 1 and loss 0', () => {
    const x = Float32Array.of(1e30, 0, -1e30, -500, -500, -500, 3e38, 3e38, 3e38, 90, 0, -90)
    const labels = Float32Array.of(1, 0, 0, 1, 0, 0, 0.5, 0.5, 0, 0, 0, 1)
    const third = Math.fround(1 / 3)
    const { loss, probs } = crossEntropy(x, labels, 3)
    expectClose(probs, [1, 0, 0, third, third, third, third, third, third, 1, 8.194012623990515e-40, 0], {
      relative: 2 ** -23,
      absolute: 1e-38,
    })
    expectClose(loss, [0, Math.log(3), Math.log(3), 180], { relative: 2 ** -23, absolute: 0 })
  })

  it('keeps the digits of a small loss', () => {
    const { loss } = crossEntropy(Float32Array.of(0, -10, 0, -18), Float32Array.of(1, 0, 1, 0), 2)
    expectClose(loss, [Math.log1p(Math.exp(-10)), Math.log1p(Math.exp(-18))], { relative: 1e-7, absolute: 0 })
  })

  it.each([4, 5, 7])('gives −∞ probability 0 in rows of %i, and no more to a loss that does not ask for it', (cols) => {
    const x = uniform(3 * cols, 7)
    const labels = new Float32Array(3 * cols)
    for (let row = 0; row < 3; row++) {
      x[row * cols + row] = -Infinity
      labels[row * cols + row + 1] = 1
    }
    const expected = reference.softmax(x, cols)
    expect([expected[0], expected[cols + 1], expected[2 * cols + 2]]).toEqual([0, 0, 0])
    const { loss, probs } = crossEntropy(x, labels, cols)
    expectClose(probs, expected, PROBABILITY)
    expectClose(loss, reference.crossEntropy(x, labels, cols), { relative: 1e-6 })
    expectClose(forward('logSoftmaxForward', x, cols), reference.logSoftmax(x, cols))
    labels[0] = 1
    expect(crossEntropy(x, labels, cols).loss[0]).toBe(Infinity)
  })

  it.each([
    ['NaN', [NaN]],
    ['∞', [Infinity]],
    ['nothing but −∞', [-Infinity, -Infinity, -Infinity, -Infinity, -Infinity]],
  ])('%s gives NaN in its own row only', (_, values) => {
    const x = uniform(15, 8)
    x.set(values, 5)
    const nan = Array.from(x, (_, i) => i >= 5 && i < 10)
    for (const name of ['softmaxForward', 'logSoftmaxForward'] as const) {
      expect(Array.from(forward(name, x, 5), Number.isNaN), name).toEqual(nan)
    }
    const { loss, probs } = crossEntropy(x, new Float32Array(15).fill(0.2), 5)
    expect(Array.from(probs, Number.isNaN)).toEqual(nan)
    expect(Array.from(loss, Number.isNaN)).toEqual([false, true, false])
    // Even where no label asks for it.
    expect(Array.from(crossEntropy(x, new Float32Array(15), 5).loss)).toEqual([0, NaN, 0])
    const dy = uniform(15, 10)
    const y = forward('softmaxForward', x, 5)
    expect(Array.from(gradient('softmaxGrad', dy, y, 5), Number.isNaN)).toEqual(nan)
  })
})
