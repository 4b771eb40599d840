import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { syntheticDigits } from '../../src/data/digits.ts'
import type { Logs } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { fromValues } from '../../src/tensor.ts'
import { COUNT, expectSameWeights, figures, network, tiny, xs, ys } from '../helpers/small-models.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const digits = syntheticDigits({ count: 600, seed: 1 })

describe('training on digits', () => {
  it('makes the loss fall and the accuracy rise', async () => {
    const model = network(2)
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
