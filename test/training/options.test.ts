/** What fit can be asked for beside data: weights of samples and classes, steps, signals; and what it refuses meanwhile. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { layers, type Sequential, sequential, type Tensor, tensor, tensor1d, train } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { memory } from '../../src/tensor.ts'
import { expectClose } from '../helpers/compare.ts'
import { COUNT, expectSameWeights, tiny, xs, ys } from '../helpers/small-models.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

/** y = x₁ + x₂ + bias, with a loss whose gradient is easy. */
function line(): Sequential {
  const model = sequential({ layers: [layers.dense({ units: 1, kernelInitializer: 'ones', inputShape: [2] })] })
  model.compile({ optimizer: train.sgd(0.1), loss: 'meanSquaredError' })
  return model
}

const X = [
  [1, 2],
  [3, 4],
]

describe('weights', () => {
  it('of samples count in the loss, the mean of which is over all samples', async () => {
    // Errors 3 and 7.
    expect(await line().testOnBatch(X, [0, 0], { sampleWeight: [1, 0] })).toBeCloseTo(9 / 2, 5)
    expect(await line().testOnBatch(X, [0, 0], { sampleWeight: Float32Array.of(2, 3) })).toBeCloseTo((18 + 147) / 2, 4)
    const figure = line().evaluate(X, [0, 0], { sampleWeight: tensor1d([0, 1]) }) as Tensor
    expect(figure.dataSync()[0]).toBeCloseTo(49 / 2, 4)
  })

  it('of classes are those of samples, of numbers and of one-hot rows', async () => {
    const weighting = { classWeight: { 0: 0.5, 1: 3 } }
    const perSample = Float32Array.from(ys, (label) => (label === 1 ? 3 : 0.5))
    const [a, b, c] = [tiny(3), tiny(3), tiny(3, { loss: 'categoricalCrossentropy' })]
    await a.fit(xs, ys, { epochs: 2, ...weighting })
    await b.fit(xs, ys, { epochs: 2, sampleWeight: perSample })
    const oneHot = Float32Array.from({ length: 2 * COUNT }, (_, i) => Number(ys[i >> 1] === i % 2))
    await c.fit(xs, oneHot, { epochs: 2, ...weighting })
    expectSameWeights(a, b)
    expectSameWeights(a, c)
  })

  it.each([
    [{ classWeight: { 2: 1 } }, "fit: expected a class of classWeight ('2') to be an integer from 0 to 1, received 2"],
    [
      { classWeight: { one: 1 } },
      "fit: expected a class of classWeight ('one') to be an integer from 0 to 1, received NaN",
    ],
    [
      { classWeight: { 0: -1 } },
      'fit: expected classWeight of class 0 to be a finite number of at least 0, received -1',
    ],
    [{ sampleWeight: [1, 2] }, 'fit: expected sampleWeight of shape [40], received [2, 1]'],
    [{ stepsPerEpoch: 3 }, 'fit: expected stepsPerEpoch to be an integer from 1 to 2, received 3'],
    [{ signal: {} }, 'fit: expected signal to be an AbortSignal, received {}'],
    [{ cacheFrozen: true }, "fit: expected cacheFrozen to be 'auto' or false, received true"],
  ])('refuses %o', async (args, text) => {
    await expect(tiny().fit(xs, ys, args as never)).rejects.toThrow(text)
  })
})

describe('options that say nothing', () => {
  it('as null are not given', async () => {
    const model = tiny()
    model.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy', metrics: null, lossWeights: null })
    const nothing = {
      epochs: null,
      batchSize: null,
      callbacks: null,
      validationData: null,
      verbose: null,
      shuffle: null,
    }
    const history = await model.fit(xs, ys, { ...nothing, validationSplit: null, signal: null, resume: null })
    expect(history.epoch).toEqual([0])
    expect((model.evaluate(xs, ys, null) as Tensor).shape).toEqual([])
    expect(model.predict(xs, null).shape).toEqual([COUNT, 2])
  })

  it('a vector is one number per sample', async () => {
    const model = sequential({ layers: [layers.dense({ units: 1, kernelInitializer: 'ones', inputShape: [1] })] })
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    expect((model.evaluate(tensor1d([1, 2]), tensor1d([1, 4])) as Tensor).dataSync()[0]).toBe(2)
    expect(model.predict(tensor1d([5])).arraySync()).toEqual([[5]])
    expect(model.predict(tensor(new Int32Array([3]), [1])).arraySync()).toEqual([[3]])
  })
})

describe('steps', () => {
  it('make an epoch, of training and of validation', async () => {
    const model = tiny()
    let steps = 0
    const onBatchEnd = (): void => void steps++
    const args = { batchSize: 8, epochs: 2, stepsPerEpoch: 2, validationData: [xs, ys], validationSteps: 1 }
    await model.fit(xs, ys, { ...args, callbacks: { onBatchEnd } })
    expect(steps).toBe(4)
  })
})

describe('a signal', () => {
  it('ends training after the batch, with its reason', async () => {
    const [model, controller] = [tiny(), new AbortController()]
    let steps = 0
    const onBatchEnd = (): void => void (++steps === 3 && controller.abort(new Error('enough')))
    const { signal } = controller
    await expect(model.fit(xs, ys, { batchSize: 4, callbacks: { onBatchEnd }, signal })).rejects.toThrow('enough')
    expect(steps).toBe(3)
    expect(model.optimizer!.iterations).toBe(3)
    await expect(model.fit(xs, ys, { signal })).rejects.toThrow('enough')
    await model.fit(xs, ys)
  })
})

describe('while a model is being trained', () => {
  const busy = "received 'sequential' in the middle of fit"

  it('another fit, compile and dispose are refused, and the run goes on', async () => {
    const [model, alone] = [tiny(), tiny()]
    const run = model.fit(xs, ys, { epochs: 3 })
    await expect(model.fit(xs, ys)).rejects.toThrow(`fit: expected a model that is not being trained, ${busy}`)
    await expect(model.fitDataset([])).rejects.toThrow(
      `fitDataset: expected a model that is not being trained, ${busy}`,
    )
    expect(() => model.compile({ optimizer: 'sgd', loss: 'mse' })).toThrow(`compile: expected a model that`)
    expect(() => model.dispose()).toThrow('dispose: expected a model that is not being trained')
    await run
    await alone.fit(xs, ys, { epochs: 3 })
    expectSameWeights(model, alone)
    model.dispose()
  })
})

describe('verbose', () => {
  it('prints a line per epoch', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    try {
      await tiny().fit(xs, ys, { epochs: 2, verbose: 1 })
      expect(log.mock.calls.map(([line]) => line)).toEqual([
        expect.stringMatching(/^Epoch 1\/2 - loss: \d\.\d{4} - acc: \d\.\d{4}$/),
        expect.stringMatching(/^Epoch 2\/2 - /),
      ])
    } finally {
      log.mockRestore()
    }
  })
})

describe('what throws', () => {
  it('leaves no buffers behind', async () => {
    const model = tiny()
    model.predict(xs).dispose()
    const before = memory().numDataBuffers
    expect(() => model.predict([[1, 2]])).toThrow('expected input [*, 3]')
    expect(() => model.evaluate([[1, 2, 3]], [[1, 2]])).toThrow()
    await expect(model.fit([[1, 2, 3]], [7])).rejects.toThrow('classes from 0 to 1')
    await expect(model.trainOnBatch([[1, 2, 3]], [Number.NaN])).rejects.toThrow()
    expect(memory().numDataBuffers).toBe(before)
  })
})

describe('evaluateDataset', () => {
  it('tells what evaluate tells', async () => {
    const model = tiny()
    const batches = [0, 1].map((i) => ({
      xs: tensor(xs.subarray(60 * i, 60 * (i + 1)), [20, 3]),
      ys: ys.subarray(20 * i, 20 * (i + 1)),
    }))
    const [loss, accuracy] = (await model.evaluateDataset(batches)) as Tensor[]
    const [wantedLoss, wantedAccuracy] = model.evaluate(xs, ys) as Tensor[]
    expectClose(loss!.dataSync(), wantedLoss!.dataSync())
    expect(accuracy!.dataSync()).toEqual(wantedAccuracy!.dataSync())
  })

  it('takes pairs and iterators of data sets', async () => {
    const model = tiny()
    const dataset = {
      iterator: async () => {
        let i = 0
        return { next: async () => ({ done: i++ > 1, value: [xs, ys] }) }
      },
    }
    expect(await model.evaluateDataset(dataset)).toHaveLength(2)
    const { history } = await model.fitDataset(dataset, { epochs: 1, validationData: dataset, validationBatches: 1 })
    expect(Object.keys(history)).toEqual(['loss', 'acc', 'val_loss', 'val_acc'])
  })
})
