import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { syntheticDigits } from '../src/data/digits.ts'
import { callbacks, type Logs, layers, oneHot, type Sequential, sequential, train } from '../src/exports.ts'
import { init } from '../src/init.ts'
import type { CompileArgs } from '../src/model/model.ts'
import { shutdown } from '../src/runtime/runtime.ts'
import { dispose, fromValues, type Tensor } from '../src/tensor.ts'
import { expectSameBits } from './helpers/compare.ts'
import { uniform } from './helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const digits = syntheticDigits({ count: 600, seed: 1 })

/** A small network of the kind that is trained on digits. */
function network(seed: number, args: Partial<CompileArgs> = {}): Sequential {
  const model = sequential({
    layers: [
      layers.conv2d({ filters: 8, kernelSize: 5, strides: 2, activation: 'relu', inputShape: [28, 28, 1] }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.dropout({ rate: 0.1 }),
      layers.flatten(),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    seed,
  })
  model.compile({ optimizer: train.adam(0.01), loss: 'categoricalCrossentropy', metrics: ['accuracy'], ...args })
  return model
}

/** Three inputs, two classes: class 1 where the first input is the larger. */
function tiny(seed = 1, args: Partial<CompileArgs> = {}): Sequential {
  const model = sequential({ layers: [layers.dense({ units: 2, activation: 'softmax', inputShape: [3] })], seed })
  model.compile({ optimizer: train.sgd(0.5), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'], ...args })
  return model
}

const COUNT = 40
const xs = uniform(COUNT * 3, 3)
const ys = Float32Array.from({ length: COUNT }, (_, i) => Number(xs[3 * i]! > xs[3 * i + 1]!))

const weightsOf = (model: Sequential): Float32Array[] => model.snapshot()

function expectSameWeights(a: Sequential, b: Sequential): void {
  const [mine, other] = [weightsOf(a), weightsOf(b)]
  mine.forEach((values, i) => {
    expectSameBits(values, other[i]!, `weight ${i}`)
  })
}

/** The numbers of an evaluation. */
function figures(result: Tensor | Tensor[]): number[] {
  const values = [result].flat().map((scalar) => scalar.dataSync()[0]!)
  dispose(result)
  return values
}

describe('training on digits', () => {
  it('makes the loss fall and the accuracy rise', async () => {
    const model = network(1)
    const { history, epoch } = await model.fit(digits, { epochs: 6, batchSize: 32, validationSplit: 0.2 })
    expect(epoch).toEqual([0, 1, 2, 3, 4, 5])
    expect(Object.keys(history).sort()).toEqual(['acc', 'loss', 'val_acc', 'val_loss'])
    const { loss = [], acc = [], val_acc: valAcc = [] } = history
    expect(loss).toHaveLength(6)
    expect(loss[0]).toBeGreaterThan(1.2)
    for (let i = 1; i < 6; i++) expect(loss[i]).toBeLessThan(loss[i - 1]!)
    expect(loss[5]).toBeLessThan(0.5)
    expect(acc[5]).toBeGreaterThan(0.85)
    expect(valAcc[5]).toBeGreaterThan(0.75)
    const [fresh] = figures(model.evaluate(syntheticDigits({ count: 100, seed: 2 }))).slice(1)
    expect(fresh).toBeGreaterThan(0.7)
  })

  it('gives the same bits for the same seed, and others for another', async () => {
    const [a, b, c] = [network(4), network(4), network(5)]
    const runs = []
    for (const model of [a, b, c]) runs.push(await model.fit(digits.take(96), { epochs: 2, batchSize: 32 }))
    expect(runs[1]!.history).toEqual(runs[0]!.history)
    expect(runs[2]!.history).not.toEqual(runs[0]!.history)
    expectSameWeights(a, b)
    expect(() => expectSameWeights(a, c)).toThrow()
  })

  it('is the same from a data set, from typed arrays and from tensors', async () => {
    const some = digits.take(50)
    const all = Array.from({ length: some.size }, (_, i) => i)
    const pixels = new Float32Array(50 * 784)
    const classes = new Float32Array(500)
    some.fillInputs(all, pixels)
    some.fillOneHot(all, classes)
    const args = { epochs: 2, batchSize: 16, validationSplit: 0.2 }
    const [set, arrays, tensors, sparse] = [
      network(6),
      network(6),
      network(6),
      network(6, { loss: 'sparseCategoricalCrossentropy' }),
    ]
    const first = await set.fit(some, args)
    const second = await arrays.fit(pixels, classes, args)
    const [x, y] = [fromValues('test', pixels, [50, 28, 28, 1]), fromValues('test', classes, [50, 10])]
    const third = await tensors.fit(x, y, args)
    expect(second.history).toEqual(first.history)
    expect(third.history).toEqual(first.history)
    expectSameWeights(set, arrays)
    expectSameWeights(set, tensors)
    expect(x.isDisposed || y.isDisposed).toBe(false)
    // Class numbers in place of one-hot rows, by the other loss.
    expect((await sparse.fit(some, args)).history).toEqual(first.history)
    expectSameWeights(set, sparse)
  })

  it('takes nested arrays', async () => {
    const [a, b] = [tiny(), tiny()]
    await a.fit(xs, ys, { epochs: 1 })
    const rows = Array.from({ length: COUNT }, (_, i) => Array.from(xs.subarray(3 * i, 3 * i + 3)))
    await b.fit(rows, Array.from(ys), { epochs: 1 })
    expectSameWeights(a, b)
  })
})

describe('fit', () => {
  it('validates on the last samples, which it does not train on', async () => {
    const [split, given, cut] = [tiny(), tiny(), tiny()]
    const [a, b] = await Promise.all([
      split.fit(xs, ys, { epochs: 2, validationSplit: 0.25, batchSize: 8 }),
      given.fit(xs.subarray(0, 90), ys.subarray(0, 30), {
        epochs: 2,
        validationData: [xs.subarray(90), ys.subarray(30)],
        batchSize: 8,
      }),
      cut.fit(xs.subarray(0, 90), ys.subarray(0, 30), { epochs: 2, batchSize: 8 }),
    ])
    expect(a.history).toEqual(b.history)
    expectSameWeights(split, given)
    expectSameWeights(split, cut)
    const [loss, accuracy] = figures(split.evaluate(xs.subarray(90), ys.subarray(30), { batchSize: 8 }))
    expect(Math.fround(a.history.val_loss![1]!)).toBe(loss)
    expect(Math.fround(a.history.val_acc![1]!)).toBe(accuracy)
  })

  it('shuffles anew in each epoch, from the seed, unless it is told not to', async () => {
    const seen: number[][] = []
    const order = (): number[] => {
      const list: number[] = []
      seen.push(list)
      return list
    }
    const samples = (list: number[]) => ({
      size: 10,
      inputShape: [3],
      classes: 2,
      fillInputs: (indices: ArrayLike<number>, out: Float32Array) => {
        list.push(...Array.from(indices))
        out.fill(0.5)
      },
      fillOneHot: () => {},
      fillLabels: (_: ArrayLike<number>, out: Float32Array) => out.fill(0),
    })
    for (const [seed, shuffle] of [
      [1, true],
      [1, true],
      [2, true],
      [1, false],
    ] as const) {
      await tiny(seed).fit(samples(order()), { epochs: 2, batchSize: 4, shuffle })
    }
    const inOrder = Array.from({ length: 10 }, (_, i) => i)
    const [a, b, c, d] = seen
    for (const list of [a, c]) {
      expect(list!.slice(0, 10).sort((m, n) => m - n)).toEqual(inOrder)
      expect(list!.slice(10).sort((m, n) => m - n)).toEqual(inOrder)
      expect(list!.slice(0, 10)).not.toEqual(list!.slice(10))
    }
    expect(b).toEqual(a)
    expect(c).not.toEqual(a)
    expect(d).toEqual([...inOrder, ...inOrder])
  })

  it('calls the hooks in order, each with its logs, and waits for them', async () => {
    const calls: string[] = []
    const note = (name: string) => async (index?: unknown, logs?: Logs) => {
      await Promise.resolve()
      calls.push([name, ...(typeof index === 'number' ? [index] : []), ...Object.keys(logs ?? {})].join(' '))
    }
    const hooks = {
      onTrainBegin: note('train begins'),
      onTrainEnd: note('train ends'),
      onEpochBegin: note('epoch begins'),
      onEpochEnd: note('epoch ends'),
      onBatchBegin: note('batch begins'),
      onBatchEnd: note('batch ends'),
    }
    const args = {
      epochs: 3,
      initialEpoch: 1,
      batchSize: 20,
      validationSplit: 0.25,
      callbacks: hooks,
      yieldEvery: 'never',
    } as const
    await tiny().fit(xs, ys, args)
    const epoch = (n: number): string[] => [
      `epoch begins ${n}`,
      'batch begins 0 batch size',
      'batch ends 0 batch size loss acc',
      'batch begins 1 batch size',
      'batch ends 1 batch size loss acc',
      `epoch ends ${n} loss acc val_loss val_acc`,
    ]
    expect(calls).toEqual(['train begins', ...epoch(1), ...epoch(2), 'train ends'])
  })

  it('lets the event loop run after each batch where it is told to', async () => {
    let [ticks, yields] = [0, 0]
    const timer = setInterval(() => ticks++, 0)
    await tiny().fit(xs, ys, {
      epochs: 20,
      batchSize: 4,
      yieldEvery: 'batch',
      callbacks: { onYield: () => void yields++ },
    })
    clearInterval(timer)
    expect(yields).toBe(200)
    expect(ticks).toBeGreaterThan(0)
  })

  it('stops after the batch when a callback says so', async () => {
    const model = tiny()
    let batches = 0
    const stop = {
      onBatchEnd: () => {
        if (++batches === 3) model.stopTraining = true
      },
    }
    const { epoch } = await model.fit(xs, ys, { epochs: 9, batchSize: 20, callbacks: stop })
    expect(batches).toBe(3)
    expect(epoch).toEqual([0, 1])
    expect(model.optimizer!.iterations).toBe(3)
    // The next fit begins afresh.
    await model.fit(xs, ys, { epochs: 1, batchSize: 20 })
    expect(model.optimizer!.iterations).toBe(5)
  })

  it('prints a line per epoch where it is told to', async () => {
    const lines: unknown[] = []
    const log = console.log
    console.log = (line: unknown) => void lines.push(line)
    await tiny()
      .fit(xs, ys, { epochs: 2, verbose: 1 })
      .finally(() => {
        console.log = log
      })
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^Epoch 1\/2 - loss: \d\.\d{4} - acc: \d\.\d{4}$/)
  })
})

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
    weightsOf(model).forEach((values, i) => {
      expectSameBits(values, snapshots[2]![i]!)
    })
  })

  it('earlyStopping keeps the last weights where it is not told to restore', async () => {
    const model = tiny()
    const { epochs, snapshots } = await fitWith(model, [5, 4, 4.5, 4.2, 1], { patience: 2 })
    expect(epochs).toBe(4)
    weightsOf(model).forEach((values, i) => {
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
