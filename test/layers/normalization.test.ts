/** Batch normalization as a layer: what training changes and when, what freezing means, and what is folded away. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grad, variableGrads } from '../../src/autograd.ts'
import { init, input, type LayersModel, layers, model, sequential, shutdown, train } from '../../src/exports.ts'
import { conv2d } from '../../src/ops/conv2d.ts'
import { tensor } from '../../src/ops/create.ts'
import { mean, moments } from '../../src/ops/reduce.ts'
import { square } from '../../src/ops/unary.ts'
import { memory, type Tensor, tidy } from '../../src/tensor.ts'
import { expectClose, expectSameBits } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const CLOSE = { relative: 1e-5, absolute: 1e-6 }

function images(count = 4, seed = 1): Tensor {
  return tensor(uniform(count * 6 * 6 * 3, seed, -1, 3), [count, 6, 6, 3])
}

function withNorm(args = {}): LayersModel {
  const made = sequential({
    seed: 2,
    layers: [
      layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', inputShape: [6, 6, 3] }),
      layers.batchNormalization({ name: 'norm', ...args }),
      layers.reLU(),
      layers.maxPooling2d(),
      layers.flatten(),
      layers.dense({ units: 2 }),
    ],
  })
  made.compile({ optimizer: train.sgd(0.01), loss: 'meanSquaredError' })
  return made
}

function statistics(made: LayersModel): Float32Array[] {
  return made
    .getLayer('norm')
    .getWeights()
    .slice(2)
    .map((weight) => weight.dataSync())
}

const targets = tensor.bind(null, [
  [1, 0],
  [0, 1],
  [1, 1],
  [0, 0],
])

describe('running statistics', () => {
  it('move by 1 - momentum towards those of each batch, with the variance of a population', async () => {
    const made = withNorm({ momentum: 0.9 })
    const x = images()
    const inner = model({ inputs: made.inputs[0]!, outputs: made.layers[0]!.output as never })
    const { mean: m, variance: v } = moments(inner.predict(x), [0, 1, 2])
    const before = statistics(made)
    await made.trainOnBatch(x, targets())
    const after = statistics(made)
    ;[m, v].forEach((batch, i) => {
      const wanted = batch.dataSync().map((value, c) => before[i]![c]! * 0.9 + value * 0.1)
      expectClose(after[i]!, wanted, CLOSE)
    })
    made.dispose()
  })

  it('are as before where a step fails', async () => {
    const made = withNorm()
    await made.trainOnBatch(images(), targets())
    const before = statistics(made)
    const bad = tensor([1, Number.POSITIVE_INFINITY, 1, 1, 1, 1, 1, 1], [4, 2])
    await expect(made.trainOnBatch(images(), bad)).rejects.toThrow(/a finite loss/)
    statistics(made).forEach((values, i) => expectSameBits(values, before[i]!))
    made.dispose()
  })

  it('are neither used nor changed by prediction, and both by apply with training', () => {
    const norm = layers.batchNormalization({ momentum: 0.5, inputShape: [1] })
    const x = tensor([1, 3], [2, 1])
    expectClose(
      norm.apply(x).dataSync(),
      [1, 3].map((value) => value / Math.sqrt(1.001)),
      CLOSE,
    )
    expectClose(
      norm.apply(x, { training: true }).dataSync(),
      [-1, 1].map((value) => value / Math.sqrt(1.001)),
      CLOSE,
    )
    expect(norm.getWeights().map((weight) => weight.dataSync()[0])).toEqual([1, 0, 1, 1])
    norm.dispose()
  })

  it('go through every use of a shared layer', async () => {
    const [a, b] = [input({ shape: [1] }), input({ shape: [1] })]
    const norm = layers.batchNormalization({ momentum: 0.5, name: 'norm' })
    const sum = layers.add().apply([norm.apply(a), norm.apply(b)])
    const made = model({ inputs: [a, b], outputs: sum })
    made.apply([tensor([1, 3], [2, 1]), tensor([5, 5], [2, 1])], { training: true })
    // 0 -> 1 -> 3, and 1 -> 1 -> 0.5
    expect(statistics(made).map(([value]) => value)).toEqual([3, 0.5])
    made.dispose()
  })

  it('are weights that no optimizer changes', () => {
    const norm = layers.batchNormalization({ inputShape: [3] })
    norm.connect([null, 3])
    expect(norm.weights.map(({ name }) => name.split('/')[1])).toEqual([
      'gamma',
      'beta',
      'moving_mean',
      'moving_variance',
    ])
    expect(norm.trainableWeights.map(({ name }) => name.split('/')[1])).toEqual(['gamma', 'beta'])
  })
})

describe('an axis that is not the last', () => {
  // TF.js's CPU backend takes the channels to be the last whatever the axis.
  it('has a mean, a variance, gamma and beta of its own for each index', () => {
    const norm = layers.batchNormalization({ axis: 1, epsilon: 0, inputShape: [2, 3] })
    const x = tensor([1, 2, 3, 10, 20, 30], [1, 2, 3])
    norm.connect([null, 2, 3])
    norm.setWeights([tensor([2, 3]), tensor([1, -1]), tensor([2, 20]), tensor([4, 100])])
    expectClose(norm.apply(x).dataSync(), [0, 1, 2, -4, -1, 2], CLOSE)
    const y = norm.apply(x, { training: true }).dataSync()
    const unit = Math.sqrt(1.5)
    expectClose(y, [1 - 2 * unit, 1, 1 + 2 * unit, -1 - 3 * unit, -1, -1 + 3 * unit], CLOSE)
    norm.dispose()
  })
})

describe('a frozen layer', () => {
  it('is in inference mode while the others train, and keeps every bit', async () => {
    const made = withNorm()
    await made.trainOnBatch(images(), targets())
    made.getLayer('norm').trainable = false
    const before = made
      .getLayer('norm')
      .getWeights()
      .map((weight) => weight.dataSync())
    const kernel = made.layers[0]!.getWeights()[0]!.dataSync()
    await made.trainOnBatch(images(4, 7), targets())
    const after = made
      .getLayer('norm')
      .getWeights()
      .map((weight) => weight.dataSync())
    after.forEach((values, i) => expectSameBits(values, before[i]!))
    expect(made.layers[0]!.getWeights()[0]!.dataSync()).not.toEqual(kernel)
    const x = images()
    expectClose(made.apply(x, { training: true }).dataSync(), made.apply(x).dataSync(), CLOSE)
    made.dispose()
  })
})

describe('folded into the filter before it', () => {
  it('computes what the layers compute one by one, and follows every change of a weight', async () => {
    const made = withNorm()
    const x = images()
    for (let step = 0; step < 3; step++) {
      tidy(() => {
        let y: Tensor = x
        for (const layer of made.layers) y = layer.apply(y)
        expectClose(made.predict(x).dataSync(), y.dataSync(), CLOSE)
      })
      if (step === 0) await made.trainOnBatch(x, targets())
      if (step === 1) made.getLayer('norm').setWeights([3, 1, 0.5, 4].map((value) => tensor(Array(8).fill(value))))
    }
    made.dispose()
    x.dispose()
  })

  it('keeps one copy, and gives it back', () => {
    const before = memory().numDataBuffers
    const made = withNorm()
    const x = images()
    made.predict(x).dispose()
    const used = memory().numDataBuffers
    for (let i = 0; i < 3; i++) made.predict(x).dispose()
    expect(memory().numDataBuffers).toBe(used)
    x.dispose()
    made.dispose()
    expect(memory().numDataBuffers).toBe(before)
  })

  it('leaves the gradients of all weights to who asks for them, and those of the input', () => {
    tidy(() => {
      const made = withNorm()
      const x = images(2)
      made.makeWeights()
      const [kernel, bias] = made.layers[0]!.weights.map((weight) => weight.read())
      const [gamma, beta, m, v] = made.getLayer('norm').weights.map((weight) => weight.read())
      const { grads } = variableGrads(() => mean(square(made.apply(x))))
      expect(Object.keys(grads).sort()).toEqual(made.trainableWeights.map(({ name }) => name).sort())
      const byHand = (image: Tensor): Tensor => {
        const z = conv2d(image, kernel!, 1, 'same').add(bias!)
        const y = z.sub(m!).div(v!.add(1e-3).sqrt()).mul(gamma!).add(beta!)
        const flat = y.relu().maxPool(2, 2, 'valid').reshape([2, -1])
        const [dense, offset] = made.layers.at(-1)!.weights.map((weight) => weight.read())
        return mean(square(flat.matMul(dense!).add(offset!)))
      }
      const wanted = variableGrads(() => byHand(x)).grads
      for (const [name, slopes] of Object.entries(grads)) {
        expectClose(slopes.dataSync(), wanted[name]!.dataSync(), { relative: 1e-3, absolute: 1e-5 }, name)
      }
      const dx = grad((image: Tensor) => mean(square(made.apply(image))))(x)
      expectClose(dx.dataSync(), grad(byHand)(x).dataSync(), { relative: 1e-3, absolute: 1e-5 })
      made.dispose()
    })
  })
})

describe('groupNormalization', () => {
  it('brings each group of each sample to mean 0 and variance 1', () => {
    const [B, H, C, G] = [2, 5, 6, 3]
    const values = uniform(B * H * C, 3)
    const y = layers
      .groupNormalization({ groups: G, epsilon: 0.01 })
      .apply(tensor(values, [B, H, C]))
      .dataSync()
    const expected = new Float64Array(values.length)
    for (let b = 0; b < B; b++) {
      for (let g = 0; g < G; g++) {
        const places = Array.from({ length: H * 2 }, (_, i) => (b * H + (i >> 1)) * C + g * 2 + (i & 1))
        const mean = places.reduce((total, at) => total + values[at]!, 0) / places.length
        const variance = places.reduce((total, at) => total + (values[at]! - mean) ** 2, 0) / places.length
        for (const at of places) expected[at] = (values[at]! - mean) / Math.sqrt(variance + 0.01)
      }
    }
    expectClose(y, expected, { relative: 1e-5, absolute: 1e-6 })
  })

  it('refuses channels that do not divide', () => {
    expect(() => layers.groupNormalization({ groups: 4 }).apply(tensor([1, 2, 3, 4, 5, 6], [1, 6]))).toThrow(
      'group_normalization: expected channels in 4 groups of one size, received [*, 6]',
    )
    expect(() => layers.groupNormalization({ groups: 0 })).toThrow('expected groups to be −1 or above 0, received 0')
  })
})
