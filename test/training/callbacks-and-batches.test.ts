import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { syntheticDigits } from '../../src/data/digits.ts'
import { callbacks, type Logs, layers, oneHot, type Sequential, sequential } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { fromValues, memory, type Tensor } from '../../src/tensor.ts'
import { expectSameBits } from '../helpers/compare.ts'
import { COUNT, expectSameWeights, figures, network, tiny, xs, ys } from '../helpers/small-models.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const digits = syntheticDigits({ count: 10, seed: 1 })

describe('callbacks', () => {
  /** Fits with these figures in place of val_loss, and tells how often it trained an epoch. */
  async function fitWith(model: Sequential, losses: number[], args: Parameters<typeof callbacks.earlyStopping>[0]) {
    const stopping = callbacks.earlyStopping(args)
    const snapshots: Float32Array[][] = []
    const faked = {
      onEpochEnd(epoch: number, logs: Logs = {}) {
        logs.val_loss = losses[epoch]!
        snapshots.push(model.snapshot())
      },
    }
    const { epoch } = await model.fit(xs, ys, { epochs: losses.length, callbacks: [faked, stopping] })
    return { epochs: epoch.length, snapshots, stopping }
  }

  it('earlyStopping stops when nothing gets better, and restores the best weights', async () => {
    const model = tiny()
    const { epochs, snapshots, stopping } = await fitWith(model, [5, 4, 3, 3.5, 3.2, 1], {
      patience: 2,
      restoreBestWeights: true,
    })
    expect(epochs).toBe(5)
    expect(stopping.stoppedEpoch).toBe(4)
    model.snapshot().forEach((values, i) => {
      expectSameBits(values, snapshots[2]![i]!)
    })
  })

  it('earlyStopping keeps the last weights where it is not told to restore', async () => {
    const model = tiny()
    const { epochs, snapshots } = await fitWith(model, [5, 4, 4.5, 4.2, 1], { patience: 2 })
    expect(epochs).toBe(4)
    model.snapshot().forEach((values, i) => {
      expectSameBits(values, snapshots[3]![i]!)
    })
  })

  it.each([
    ['a change below minDelta is none', [5, 4.95, 4.9, 1], { minDelta: 0.2, patience: 2 }, 3],
    ['a baseline must be passed', [5, 4, 3, 1], { baseline: 3.5, patience: 2 }, 2],
    ['more may be better', [1, 2, 1.5, 9], { mode: 'max', patience: 1 }, 3],
    ['NaN is no gain', [5, Number.NaN, Number.NaN, 1], { patience: 2 }, 3],
  ] as const)('earlyStopping: %s', async (_, losses, args, epochs) => {
    expect((await fitWith(tiny(), [...losses], args)).epochs).toBe(epochs)
  })

  it('learningRateScheduler sets the rate of each epoch', async () => {
    const model = tiny()
    const rates: number[] = []
    const schedule = callbacks.learningRateScheduler((epoch, rate) => (epoch === 0 ? 0.1 : rate / 2))
    await model.fit(xs, ys, {
      epochs: 3,
      callbacks: [schedule, { onEpochEnd: () => void rates.push(model.optimizer!.learningRate) }],
    })
    expect(rates).toEqual([0.1, 0.05, 0.025])
  })
})

describe('fitDataset', () => {
  const part = (from: number, to: number) => ({ xs: xs.slice(3 * from, 3 * to), ys: ys.slice(from, to) })
  const parts = (): ReturnType<typeof part>[] => [part(0, 16), part(16, 32), part(32, 40)]

  async function* streamed(): AsyncGenerator<ReturnType<typeof part>> {
    for (const each of parts()) {
      await Promise.resolve()
      yield each
    }
  }

  it('is fit without shuffling, from an array, a function and an async function', async () => {
    const wanted = tiny()
    const { history } = await wanted.fit(xs, ys, { epochs: 2, batchSize: 16, shuffle: false, validationData: [xs, ys] })
    for (const source of [parts(), parts, streamed]) {
      const model = tiny()
      const found = await model.fitDataset(source, { epochs: 2, validationData: [xs, ys], validationBatchSize: 16 })
      expect(found.history).toEqual(history)
      expectSameWeights(model, wanted)
    }
  })

  it('counts batchesPerEpoch and goes on where it stopped', async () => {
    const model = tiny()
    const sizes: number[] = []
    const args = {
      epochs: 2,
      batchesPerEpoch: 4,
      callbacks: { onBatchEnd: (_: number, logs: Logs = {}) => void sizes.push(logs.size!) },
    }
    await model.fitDataset(parts, args)
    expect(sizes).toEqual([16, 16, 8, 16, 16, 8, 16, 16])
  })

  it('disposes the tensors of a batch', async () => {
    const made: Tensor[] = []
    function* tensors() {
      const batch = { xs: fromValues('test', xs, [COUNT, 3]), ys: fromValues('test', ys, [COUNT]) }
      made.push(batch.xs, batch.ys)
      yield batch
    }
    await tiny().fitDataset(tensors, { epochs: 2 })
    expect(made.map((tensor) => tensor.isDisposed)).toEqual([true, true, true, true])
  })

  const tensorsOf = (values: Float32Array) => ({
    xs: fromValues('test', values, [values.length / 3, 3]),
    ys: fromValues('test', ys.slice(0, values.length / 3), [values.length / 3]),
  })

  it('leaves no buffer behind, whether it ends well or not', async () => {
    const model = tiny()
    await model.fitDataset(parts, { epochs: 1, validationData: [xs, ys] })
    const before = memory().numDataBuffers
    await model.fitDataset(() => [tensorsOf(xs)], { epochs: 2, validationData: [xs, ys] })
    expect(memory().numDataBuffers).toBe(before)
    const broken = xs.map((value, i) => (i === 4 ? Number.NaN : value))
    const args = { epochs: 1, validationData: [xs, ys] as const }
    await expect(model.fitDataset(() => [tensorsOf(broken)], args)).rejects.toThrow('expected a finite loss')
    expect(memory().numDataBuffers).toBe(before)
    const narrow = { xs: fromValues('test', xs.slice(0, 2 * COUNT), [COUNT, 2]), ys: fromValues('test', ys, [COUNT]) }
    await expect(model.fitDataset(() => [narrow], args)).rejects.toThrow('[40, 2]')
    expect(memory().numDataBuffers).toBe(before)
  })

  it('closes an iteration that it does not take to its end', async () => {
    const ended: string[] = []
    async function* endless() {
      try {
        for (;;) yield part(0, 16)
      } finally {
        ended.push('closed')
      }
    }
    await tiny().fitDataset(endless, { epochs: 2, batchesPerEpoch: 2 })
    expect(ended).toEqual(['closed'])
    await expect(
      tiny().fitDataset(endless, {
        epochs: 2,
        batchesPerEpoch: 2,
        callbacks: {
          onBatchEnd: () => {
            throw new Error('enough')
          },
        },
      }),
    ).rejects.toThrow('enough')
    expect(ended).toEqual(['closed', 'closed'])
  })
})

describe('a step and a prediction', () => {
  it('trainOnBatch tells the loss, or loss and metrics', async () => {
    const [plain, measured] = [tiny(1, { metrics: [] }), tiny(1)]
    const loss = await plain.trainOnBatch(xs, ys)
    const both = (await measured.trainOnBatch(xs, ys)) as number[]
    expect(typeof loss).toBe('number')
    expect(both).toHaveLength(2)
    expect(both[0]).toBe(loss)
    expect(both[1]! * COUNT).toBeCloseTo(Math.round(both[1]! * COUNT), 4)
    expect(await plain.trainOnBatch(xs, ys)).toBeLessThan(loss as number)
  })

  it('evaluate weighs an incomplete batch by its size', () => {
    const model = tiny()
    const whole = figures(model.evaluate(xs, ys, { batchSize: COUNT }))
    const cut = figures(model.evaluate(xs, ys, { batchSize: 7 }))
    expect(cut[0]).toBeCloseTo(whole[0]!, 6)
    expect(cut[1]).toBeCloseTo(whole[1]!, 6)
    expect(model.metricsNames).toEqual(['loss', 'acc'])
    expect(figures(tiny(1, { metrics: [] }).evaluate(xs, ys))).toHaveLength(1)
  })

  it('predict gives a row for each sample, whatever the batches', () => {
    const model = network(3)
    const some = digits.take(7)
    const [one, two] = [model.predict(some, { batchSize: 7 }), model.predict(some, { batchSize: 3 })]
    expect(one.shape).toEqual([7, 10])
    expectSameBits(two.dataSync(), one.dataSync())
    for (let row = 0; row < 7; row++) {
      const sum = one
        .dataSync()
        .subarray(10 * row, 10 * row + 10)
        .reduce((total, p) => total + p, 0)
      expect(sum).toBeCloseTo(1, 5)
    }
    const x = fromValues('test', new Float32Array(784), [1, 28, 28, 1])
    expect(model.predictOnBatch(x).shape).toEqual([1, 10])
    expect(model.apply(x).dataSync()).toEqual(model.predict(new Float32Array(784)).dataSync())
    expect(x.isDisposed).toBe(false)
  })

  it('predicts without dropout', () => {
    const model = network(3)
    const some = digits.take(2)
    expectSameBits(model.predict(some).dataSync(), model.predict(some).dataSync())
  })

  it('leaves frozen layers as they are', async () => {
    const model = sequential({
      layers: [
        layers.dense({ units: 4, activation: 'tanh', trainable: false, inputShape: [3] }),
        layers.dense({ units: 2, activation: 'softmax' }),
      ],
      seed: 1,
    })
    model.compile({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' })
    const before = model.snapshot()
    await model.fit(xs, ys, { epochs: 1 })
    const after = model.snapshot()
    expectSameBits(after[0]!, before[0]!)
    expectSameBits(after[1]!, before[1]!)
    expect(after[2]).not.toEqual(before[2])
  })

  it('stops at a loss that is not finite, with the weights of before', async () => {
    const model = tiny()
    const before = model.snapshot()
    const bad = xs.slice()
    bad[4] = Number.NaN
    await expect(model.trainOnBatch(bad, ys)).rejects.toMatchObject({
      message:
        'trainOnBatch: expected a finite loss, received NaN at step 1 — lower the learning rate, and look for NaN or huge numbers in the inputs; the weights are as before this step',
    })
    model.snapshot().forEach((values, i) => {
      expectSameBits(values, before[i]!)
    })
    expect(await model.trainOnBatch(xs, ys)).toHaveLength(2)
  })

  it('learns from a loss of the user, as from the one that is built in', async () => {
    const meanSquare = (yTrue: Tensor, yPred: Tensor): Tensor => yPred.sub(yTrue).square().mean(1)
    const targets = oneHot(Array.from(ys), 2)
    const own = tiny(1, { loss: meanSquare, metrics: [meanSquare] })
    const builtIn = tiny(1, { loss: 'meanSquaredError', metrics: ['meanSquaredError'] })
    const a = await own.fit(xs, targets, { epochs: 2 })
    const b = await builtIn.fit(xs, targets, { epochs: 2 })
    a.history.loss!.forEach((loss, i) => {
      expect(loss).toBeCloseTo(b.history.loss![i]!, 6)
    })
    expect(own.metricsNames).toEqual(['loss', 'meanSquare'])
  })
})
