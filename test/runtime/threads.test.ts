/** Threads compute the same bits as one thread does, and they do compute. */

import { afterEach, describe, expect, it } from 'vitest'
import { valueAndGrads } from '../../src/autograd.ts'
import { syntheticDigits } from '../../src/data/digits.ts'
import { ArgumentError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import * as layers from '../../src/layers/index.ts'
import { sequential } from '../../src/model/sequential.ts'
import { add } from '../../src/ops/arithmetic.ts'
import { fusedBatchNorm } from '../../src/ops/batch-norm.ts'
import { conv2d } from '../../src/ops/conv2d.ts'
import { depthwiseConv2d } from '../../src/ops/depthwise-conv2d.ts'
import { dropout } from '../../src/ops/dropout.ts'
import { avgPool, maxPool } from '../../src/ops/pool2d.ts'
import { randomNormal } from '../../src/ops/random.ts'
import { max } from '../../src/ops/reduce.ts'
import { square } from '../../src/ops/unary.ts'
import { info, shutdown } from '../../src/runtime/runtime.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'
import { lenet } from '../../src/zoo/lenet.ts'
import { BUILDS } from '../helpers/kernels.ts'
import { expectRejection } from '../helpers/refusals.ts'
import { helpersChunks, untilHelpersWork } from '../helpers/threads.ts'

afterEach(shutdown)

const SIMD = { simd: 'baseline', relaxed: 'relaxed', wide: 'wide' } as const

/** The weights and the losses of a few steps. */
async function trained(threads: number, build: (typeof BUILDS)[number], steps: number): Promise<Float32Array[]> {
  shutdown()
  await init({ threads, simd: SIMD[build] })
  expect(info().threads).toBe(threads)
  if (threads > 1) await untilHelpersWork()
  const before = helpersChunks()
  const model = lenet({ seed: 3 })
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
  const losses: number[] = []
  const onBatchEnd = (_: number, logs = {}): void => void losses.push((logs as { loss: number }).loss)
  await model.fit(syntheticDigits({ count: 16 * steps, seed: 5 }), { batchSize: 16, callbacks: { onBatchEnd } })
  // Equal bits alone would not show that there was more than one thread.
  if (threads > 1) expect(helpersChunks()).toBeGreaterThan(before)
  return [Float32Array.from(losses), ...model.snapshot()]
}

describe.each(BUILDS)('the %s build', (build) => {
  it('gives the same bits on 1, 2, 3 and 4 threads', async () => {
    const alone = await trained(1, build, 2)
    expect(alone[0]).toHaveLength(2)
    for (const threads of [2, 3, 4]) {
      const together = await trained(threads, build, 2)
      together.forEach((values, i) => expect(values, `${threads} threads, weight ${i}`).toEqual(alone[i]))
    }
  }, 120_000)
})

/** Functions of images that are large enough for several threads, with filters or scales of as many channels. */
const OPS: readonly [name: string, f: (...xs: Tensor[]) => Tensor, shapes: readonly number[][]][] = [
  [
    'depthwise',
    (x, w) => depthwiseConv2d(x!, w!, 1, 'same'),
    [
      [5, 30, 31, 24],
      [3, 3, 24, 1],
    ],
  ],
  [
    'depthwise, strided',
    (x, w) => depthwiseConv2d(x!, w!, 2, 'same'),
    [
      [5, 30, 31, 24],
      [5, 5, 24, 1],
    ],
  ],
  [
    'batch norm',
    (x, g, b) => fusedBatchNorm('test', x!, g!, b!, { activation: 'relu' }).y,
    [[5, 30, 31, 24], [24], [24]],
  ],
  ['average pooling', (x) => avgPool(x!, 3, 2, 'same'), [[7, 30, 31, 24]]],
  ['max pooling', (x) => maxPool(x!, 3, 2, 'same'), [[7, 30, 31, 24]]],
  ['a bias', (x, b) => add(x!, b!), [[5, 30, 31, 24], [24]]],
  ['the greatest of an image', (x) => max(x!, [1, 2]), [[7, 30, 31, 24]]],
  ['dropout', (x) => dropout(x!, 0.3, undefined, 5), [[5, 30, 31, 25]]],
  [
    'a strided convolution',
    (x, w) => conv2d(x!, w!, 2, 'same'),
    [
      [5, 30, 31, 24],
      [3, 3, 24, 20],
    ],
  ],
  [
    'a convolution of few channels',
    (x, w) => conv2d(x!, w!, 1, 'same'),
    [
      [5, 30, 31, 3],
      [5, 5, 3, 6],
    ],
  ],
  [
    "Winograd's convolution",
    (x, w) => conv2d(x!, w!, 1, 'same'),
    [
      [9, 30, 31, 24],
      [3, 3, 24, 20],
    ],
  ],
]

describe.each(BUILDS)('ops of images, %s', (build) => {
  it('give the same bits on 1, 2, 3 and 4 threads, forward and backward', async () => {
    const alone = new Map<string, Float32Array[]>()
    for (const threads of [1, 2, 3, 4]) {
      shutdown()
      await init({ threads, simd: SIMD[build] })
      if (threads > 1) await untilHelpersWork()
      const before = helpersChunks()
      for (const [name, f, shapes] of OPS) {
        const results = tidy(() => {
          const xs = shapes.map((shape, i) => randomNormal(shape, 0, 1, 'float32', 7 + i))
          const { value, grads } = valueAndGrads((...xs) => square(f(...xs)))(xs)
          return [value, ...grads].map((tensor) => tensor.dataSync())
        })
        if (threads === 1) alone.set(name, results)
        results.forEach((values, i) => expect(values, `${name}, ${threads} threads`).toEqual(alone.get(name)![i]))
      }
      if (threads > 1) expect(helpersChunks()).toBeGreaterThan(before)
    }
  }, 120_000)
})

describe('init', () => {
  it('takes as many threads as it is told', async () => {
    await init({ threads: 1 })
    expect(info().threads).toBe(1)
    shutdown()
    await init()
    expect(info().threads).toBeGreaterThanOrEqual(1)
  })

  it.each([0, -1, 1.5, 1000, Number.NaN])('refuses %f threads', async (threads) => {
    const text = `init: expected threads (or 'auto') to be an integer from 1 to 48, received ${threads}`
    await expectRejection(init({ threads }), ArgumentError, text)
  })

  it('can be called again after shutdown, and models go on with new weights', async () => {
    for (const threads of [2, 1, 2]) {
      await init({ threads })
      const model = sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] })
      expect(model.predict([[1, 2, 3]]).shape).toEqual([1, 2])
      shutdown()
    }
  })
})
