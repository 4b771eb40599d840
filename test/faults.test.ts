/**
 * What people found wrong in 0.1.0, by the number under which they wrote it down: the case that they sent, with the value
 * that is right. What such a case is a member of has its own tests beside the code; this is the list.
 */

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import * as q from '../src/index.ts'
import { expectClose } from './helpers/compare.ts'

const L = q.layers
const one = (): q.Sequential =>
  q.sequential({
    layers: [L.dense({ units: 1, inputShape: [2], weights: [q.tensor2d([[1], [1]]), q.tensor1d([0])] })],
  })
/** Of a layer or model that is not asked for its shapes here. */
const values = (x: q.Tensor | q.Tensor[]): number[] => Array.from((Array.isArray(x) ? x[0]! : x).dataSync())
const compiled = (): q.Sequential => {
  const model = one()
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
  return model
}
const any = <T>(value: unknown): T => value as T

beforeAll(() => q.init({ threads: 1 }))
afterAll(q.shutdown)
afterEach(() => vi.restoreAllMocks())

describe('wrong values without a word', () => {
  it('0: pixels of a canvas without sizes are refused, and memory goes on', () => {
    const canvas = {
      width: 2,
      height: 2,
      getContext: () => ({
        getImageData: (_x: number, _y: number, w: number, h: number) => ({ data: new Uint8ClampedArray(w * h * 4) }),
      }),
    }
    let pixels: q.Tensor | undefined
    try {
      pixels = q.browser.fromPixels(any(canvas))
    } catch (error) {
      expect(error).toBeInstanceOf(q.ArgumentError)
    }
    if (pixels !== undefined) expect(pixels.shape).toEqual([2, 2, 3])
    expect(Number.isFinite(q.memory().numBytes)).toBe(true)
    const [a, b] = [q.fill([64], 1), q.fill([64], 2)]
    expect([values(a).every((v) => v === 1), values(b).every((v) => v === 2)]).toEqual([true, true])
  })

  it('1: tensors of integers and bools are numbers to models and layers', async () => {
    const integers = () => q.tensor(new Uint8Array([3, 4]), [1, 2])
    expect(values(one().predict(integers()) as q.Tensor)).toEqual([7])
    expect(values(one().predict(q.tensor([1, 0], [1, 2], 'bool')) as q.Tensor)).toEqual([1])
    expect(values(one().layers[0]!.apply(integers()) as q.Tensor)).toEqual([7])
    const model = compiled()
    const target = q.tensor2d([[7]])
    expect(values((await model.evaluate(integers(), target)) as q.Tensor)).toEqual([0])
    const { history } = await model.fit(integers(), target)
    expect(history.loss).toEqual([0])
    const behind = q.sequential({
      layers: [L.flatten({ inputShape: [1, 2] }), L.dropout({ rate: 0.5 }), ...one().layers],
    })
    expect(values(behind.predict(q.tensor(new Int32Array([3, 4]), [1, 1, 2])) as q.Tensor)).toEqual([7])
    const convolution = L.conv2d({ filters: 1, kernelSize: 1, inputShape: [1, 2, 1], kernelInitializer: 'ones' })
    expect(values(convolution.apply(q.tensor(new Uint8Array([3, 4]), [1, 1, 2, 1])) as q.Tensor)).toEqual([3, 4])
  })

  it('3: a disposed model says so, and a shared layer lives as long as one model holds it', async () => {
    const model = compiled()
    const layer = model.layers[0]!
    const other = q.sequential({ layers: [layer] })
    model.dispose()
    const x = q.tensor2d([[3, 4]])
    expect(() => model.predict(x)).toThrow(/disposed/)
    expect(() => model.getWeights()).toThrow(/disposed/)
    await expect(model.fit(x, q.tensor2d([[1]]))).rejects.toThrow(/disposed/)
    await expect(model.save({ save: async () => ({}) } as never)).rejects.toThrow(/disposed/)
    expect(values(other.predict(x) as q.Tensor)).toEqual([7])
    other.dispose()
    expect(() => layer.apply(x)).toThrow(/disposed/)
  })

  it('4: models are functions with gradients, and minimize refuses what reads no variable', () => {
    const model = one()
    const x = q.tensor2d([[3, 4]])
    const before = values(model.getWeights()[0]!)
    const cost = q.train
      .sgd(0.01)
      .minimize(() => (model.apply(x, { training: true }) as q.Tensor).sub(3).square().mean() as q.Scalar, true)
    expect(values(cost!)).toEqual([16])
    // d/dw of (w·x - 3)² is 2 · 4 · x.
    expectClose(values(model.getWeights()[0]!), [before[0]! - 0.01 * 24, before[1]! - 0.01 * 32])
    const dropout = q.sequential({ layers: [L.dropout({ rate: 0.5, inputShape: [100] })] })
    expect(values(dropout.apply(q.ones([1, 100]), { training: true }) as q.Tensor)).toContain(0)
    expect(values(dropout.apply(q.ones([1, 100])) as q.Tensor)).not.toContain(0)
    expect(() => q.train.sgd(0.1).minimize(() => q.scalar(1))).toThrow(/variable/)
    const { grads } = q.variableGrads(() => (model.apply(x) as q.Tensor).sum() as q.Scalar)
    expect(Object.keys(grads)).toHaveLength(2)
    expect(values(q.grad((v) => model.apply(v) as q.Tensor)(x)).map((v) => v.toFixed(2))).toEqual(['0.76', '0.68'])
  })

  it('5: trainable = false freezes a model', async () => {
    const model = one()
    model.trainable = false
    expect(model.trainableWeights).toEqual([])
    model.trainable = true
    expect(model.trainableWeights).toHaveLength(2)
    const frozen = compiled()
    frozen.trainable = false
    await frozen.fit([[1, 2]], [[0]], { epochs: 2 })
    expect(frozen.getWeights().map(values)).toEqual([[1, 1], [0]])
  })

  it('6: two layers alike have weights of their own, by the seed', () => {
    q.setSeed(1)
    const x = q.tensor2d([[1, 2]])
    const made = () => [L.dense({ units: 2 }), L.dense({ units: 2 })].map((layer) => values(layer.apply(x) as q.Tensor))
    const [a, b] = made()
    expect(a).not.toEqual(b)
    q.setSeed(1)
    expect(made()).toEqual([a, b])
  })

  it('7: the tensor that an initializer keeps is copied', () => {
    const kept = q.tensor2d([[1], [1]])
    const initializer = { className: 'Kept', config: {}, apply: () => kept }
    const layers = [0, 1].map(() => L.dense({ units: 1, kernelInitializer: initializer, inputShape: [2] }))
    const models = layers.map((layer) => q.sequential({ layers: [layer] }))
    layers[0]!.setWeights([q.tensor2d([[5], [5]]), q.tensor1d([0])])
    expect(models.map((model) => values(model.predict(q.tensor2d([[1, 1]])) as q.Tensor)[0])).toEqual([10, 2])
    expect(values(kept)).toEqual([1, 1])
  })

  it("8: a shape is nobody else's", () => {
    const x = q.tensor2d([[1, 2]])
    const y = x.relu()
    try {
      any<number[]>(y.shape).shift()
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError)
    }
    expect(x.shape).toEqual([1, 2])
  })

  it('9: dimRoundingMode rounds', () => {
    const x = q.range(0, 25).reshape([1, 5, 5, 1]) as q.Tensor4D
    expect(q.maxPool(x, 2, 2, 0, 'ceil').shape).toEqual([1, 3, 3, 1])
    expect(values(q.maxPool(x, 2, 2, 0, 'ceil'))).toEqual([6, 8, 9, 16, 18, 19, 21, 23, 24])
    expect(q.avgPool(x, 2, 2, 0, 'floor').shape).toEqual([1, 2, 2, 1])
    expect(q.conv2d(x, q.ones([2, 2, 1, 1]), 2, 0, 'NHWC', 1, 'ceil').shape).toEqual([1, 3, 3, 1])
    expect(() => q.maxPool(x, 2, 2, 'same', 'ceil')).toThrow(q.ArgumentError)
  })

  it('10: tf.losses reduce to a scalar, with weights and smoothing', () => {
    const [labels, predictions] = [
      q.tensor2d([
        [1, 2],
        [3, 4],
      ]),
      q.tensor2d([
        [2, 2],
        [3, 7],
      ]),
    ] // prettier-ignore
    expect(q.losses.meanSquaredError(labels, predictions).shape).toEqual([])
    expect(values(q.losses.meanSquaredError(labels, predictions))).toEqual([2.5])
    expect(
      values(
        q.losses.meanSquaredError(
          labels,
          predictions,
          q.tensor2d([
            [1, 0],
            [0, 1],
          ]),
        ),
      ),
    ).toEqual([5]) // prettier-ignore
    const logits = q.tensor2d([[0, 0]])
    const smooth = q.losses.softmaxCrossEntropy(q.tensor2d([[1, 0]]), logits, undefined, 0.5)
    expectClose(values(smooth), [Math.log(2)])
    const uneven = q.losses.softmaxCrossEntropy(q.tensor2d([[1, 0]]), q.tensor2d([[1, 0]]), undefined, 0.5)
    const p = Math.E / (Math.E + 1)
    expectClose(values(uneven), [-0.75 * Math.log(p) - 0.25 * Math.log(1 - p)])
  })

  it('11: a second fit of a model at once is refused', async () => {
    const model = compiled()
    const [x, y] = [q.ones([8, 2]), q.ones([8, 1])]
    const first = model.fit(x, y, { epochs: 2 })
    await expect(model.fit(x, y)).rejects.toThrow(/fit/)
    expect((await first).history.loss).toHaveLength(2)
  })

  it('12: metrics have names of their own', async () => {
    const model = one()
    const metric = () => (labels: q.Tensor, predictions: q.Tensor) => q.sub(labels, predictions).abs().mean()
    model.compile({
      optimizer: 'sgd',
      loss: 'meanSquaredError',
      metrics: [metric(), metric(), q.metrics.meanAbsoluteError, 'mse', 'meanSquaredError'],
    })
    const result = (await model.evaluate(q.ones([2, 2]), q.ones([2, 1]))) as q.Scalar[]
    expect(result).toHaveLength(6)
    expect(new Set(model.metricsNames).size).toBe(6)
  })

  it('13: sums of a million terms keep their digits', () => {
    const product = q.matMul(q.fill([1, 1e6], 0.1), q.ones([1e6, 1]))
    expectClose(values(product), [Math.fround(0.1) * 1e6], { relative: 1e-5, absolute: 0 })
    const [x, dy] = [q.fill([64, 128, 128, 1], 0.1), q.ones([64, 128, 128, 1])]
    const gradient = q.grad((f) =>
      q
        .conv2d(x as q.Tensor4D, f as q.Tensor4D, 1, 'same')
        .mul(dy)
        .sum(),
    )(q.ones([1, 1, 1, 1]))
    expectClose(values(gradient), [Math.fround(0.1) * 64 * 128 * 128], { relative: 1e-5, absolute: 0 })
    const mean = q.avgPool(q.fill([1, 1000, 1000, 1], 0.1) as q.Tensor4D, 1000, 1, 'valid')
    expectClose(values(mean), [0.1], { relative: 1e-5, absolute: 0 })
  })

  it('15: integers are exact, and sizes and values fit', () => {
    expect(values(q.argMax(q.tensor([16777216, 16777217], [2], 'int32')))).toEqual([1])
    const x = q.ones([1, 4, 4, 1]) as q.Tensor4D
    expect(() => q.maxPool(x, 2 ** 32 + 2, 1, 'same')).toThrow(q.ArgumentError)
    expect(() => q.tensor([2 ** 31], [1], 'int32')).toThrow(q.ArgumentError)
    expect(() => q.tensor([Number.NaN], [1], 'int32')).toThrow(q.ArgumentError)
  })

  it('15a: what is not trainable is left alone', () => {
    const fixed = q.scalar(4).variable(false)
    const moving = q.scalar(4).variable()
    const f = () => fixed.mul(moving).square() as q.Scalar
    const attempt = () => q.train.sgd(0.01).minimize(f, false, [fixed])
    expect(attempt).toThrow()
    q.train.sgd(0.01).minimize(f)
    expect(values(fixed)).toEqual([4])
    expect(values(moving)[0]).not.toBe(4)
    const layer = L.dense({ units: 1, trainable: false, inputShape: [2] })
    const model = q.sequential({ layers: [layer, L.dense({ units: 1 })] })
    const before = values(layer.getWeights()[0]!)
    q.train.sgd(0.1).minimize(() => (model.apply(q.ones([1, 2])) as q.Tensor).square().mean() as q.Scalar)
    expect(values(layer.getWeights()[0]!)).toEqual(before)
  })

  it('15b: gradients that someone has worked on are taken by name', () => {
    const v = q.variable(q.scalar(3), true, 'worked_on')
    const optimizer = q.train.sgd(1)
    const { grads } = q.variableGrads(() => v.square() as q.Scalar)
    optimizer.applyGradients({ worked_on: grads.worked_on!.clipByValue(-1, 1) })
    expect(values(v)).toEqual([2])
    v.dispose()
  })

  it('15c: dtypes and axes as in TF.js', () => {
    const normal = values(q.randomNormal([1e5], 0, 2, 'int32', 1))
    // Truncated ones would have twice as many zeros as their neighbours' mean.
    const count = (n: number) => normal.filter((v) => v === n).length
    expect(count(0) / count(1)).toBeLessThan(1.3)
    expect(q.relu(q.tensor([-1, 2], [2], 'int32')).dtype).toBe('int32')
    expect(q.matMul(q.ones([2, 2], 'int32'), q.ones([2, 2], 'int32')).dtype).toBe('int32')
    expect(q.squeeze(q.ones([1, 2, 1]), []).shape).toEqual([2])
    expect(values(q.grad((a) => q.zerosLike(a))(q.ones([2])))).toEqual([0, 0])
    expect(
      values(
        q.norm(
          q.tensor2d([
            [3, 0],
            [0, 4],
          ]),
          'euclidean',
          [0, 1],
        ),
      ),
    ).toEqual([5]) // prettier-ignore
    expect(() =>
      q.norm(
        q.tensor2d([
          [3, 0],
          [0, 4],
        ]),
        2,
        [0, 1],
      ),
    ).toThrow() // prettier-ignore
    expect(
      q.metrics.binaryAccuracy(
        q.tensor2d([
          [1, 0],
          [1, 1],
        ]),
        q.tensor2d([
          [1, 1],
          [1, 1],
        ]),
      ).shape,
    ).toEqual([2]) // prettier-ignore
  })

  it('15d: null and undefined are not given', async () => {
    expect(q.randomNormal([2], 0, 1, any(null), 1).dtype).toBe('float32')
    const layer = L.dense(any({ units: 1, activation: null, inputShape: [2], name: undefined, useBias: null }))
    expect((layer.apply(q.ones([1, 2]), any(null)) as q.Tensor).shape).toEqual([1, 1])
    const model = q.sequential({ layers: [layer], name: any(null) })
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError', metrics: any(null) })
    const given = any<q.FitArgs>({ callbacks: null, validationSplit: null, epochs: undefined })
    const { history } = await model.fit(q.ones([2, 2]), q.ones([2, 1]), given)
    expect(history.loss).toHaveLength(1)
  })

  it('15e: rank 1 where a model has one feature', async () => {
    const model = q.sequential({ layers: [L.dense({ units: 1, inputShape: [1], kernelInitializer: 'ones' })] })
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    expect(values((await model.evaluate(q.tensor1d([1, 2]), q.tensor1d([1, 2]))) as q.Scalar)).toEqual([0])
    expect((model.predict(q.tensor1d([1, 2])) as q.Tensor).shape).toEqual([2, 1])
  })
})

describe('under load and faults', () => {
  it('R7: deep and circular arrays, and symbols as names, are refused in words', () => {
    const circle: unknown[] = []
    circle.push(circle)
    let deep: unknown = 1
    for (let i = 0; i < 20_000; i++) deep = [deep]
    for (const bad of [circle, deep]) expect(() => q.tensor(any(bad))).toThrow(q.QuadlaneError)
    expect(() => L.dense({ units: 1, name: any(Symbol('x')) })).toThrow(q.ArgumentError)
    expect(() => q.variable(q.scalar(1), true, any(Symbol('x')))).toThrow(q.ArgumentError)
  })

  it('R8: a model that trains is not compiled or disposed', async () => {
    const model = compiled()
    const training = model.fit(q.ones([64, 2]), q.ones([64, 1]), { epochs: 3, batchSize: 4 })
    expect(() => model.compile({ optimizer: 'adam', loss: 'meanSquaredError' })).toThrow(/fit/)
    let refused = false
    try {
      model.dispose()
    } catch (error) {
      expect(error).toBeInstanceOf(q.QuadlaneError)
      refused = true
    }
    if (refused) expect((await training).history.loss).toHaveLength(3)
    else await expect(training).rejects.toThrow(/disposed/)
  })

  it('R9: variables and metrics may be called __proto__', async () => {
    const v = q.variable(q.scalar(3), true, '__proto__')
    q.train.adam(0.1).minimize(() => v.square() as q.Scalar)
    expect(values(v)[0]).toBeCloseTo(2.9)
    v.dispose()
    const metric = Object.defineProperty((a: q.Tensor, b: q.Tensor) => q.sub(a, b).mean(), 'name', {
      value: '__proto__',
    })
    const compile = () => one().compile({ optimizer: 'sgd', loss: 'meanSquaredError', metrics: [metric] })
    expect(compile).toThrow(/a metric with a name that logs can have/)
  })
})

describe('words that help', () => {
  const refusal = async (f: () => unknown): Promise<string> => {
    try {
      await f()
    } catch (error) {
      expect(error).toBeInstanceOf(q.QuadlaneError)
      return (error as Error).message
    }
    throw new Error('was not refused')
  }

  it('30: arrays where tensors are expected', async () => {
    // Either a value or words, but no bare TypeError.
    expect(values(q.losses.meanSquaredError([1], [2]))).toEqual([1])
    expect(await refusal(() => one().setWeights(any([[[1, 2]], [0]])))).toMatch(/dense.*\[2, 1\]/)
    expect(values(one().predictOnBatch(any([[1, 2]])) as q.Tensor)).toEqual([3])
    expect(await refusal(() => q.tensor(any(new BigInt64Array(2))))).toMatch(/BigInt64Array/)
  })

  it('31: val_accuracy and val_acc are the same to monitor', async () => {
    const model = q.sequential({ layers: [L.dense({ units: 2, activation: 'softmax', inputShape: [2] })] })
    model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
    const data = [
      q.ones([4, 2]),
      q.tensor2d([
        [1, 0],
        [1, 0],
        [1, 0],
        [1, 0],
      ]),
    ] as const // prettier-ignore
    for (const monitor of ['val_accuracy', 'val_acc']) {
      const { history } = await model.fit(...data, {
        epochs: 2,
        validationData: [...data],
        callbacks: q.callbacks.earlyStopping({ monitor, patience: 5 }),
      })
      expect(history.val_acc).toHaveLength(2)
    }
  })

  it('33: layers that nobody named may come from two models', () => {
    const [a, b] = [one(), q.sequential({ layers: [L.dense({ units: 1, inputShape: [1] })] })]
    const joined = q.sequential({ layers: [...a.layers, ...b.layers] })
    expect(new Set(joined.layers.map(({ name }) => name)).size).toBe(2)
  })

  it('35, 36: the argument that the user wrote', async () => {
    expect(await refusal(() => L.conv2d({ filters: 1, kernelSize: 2, padding: any('full') }))).toMatch(/padding/)
    const huge = () => q.sequential({ layers: [L.dense({ units: 100_000, inputShape: [100_000], name: 'huge' })] })
    const message = await refusal(() => huge().predict(q.ones([1, 100_000])))
    expect(message).toMatch(/huge/)
    expect(message).not.toMatch(/truncatedNormal|glorot/)
  })

  it('37: hooks that do not exist are refused', async () => {
    for (const hook of ['onepochend', 'foo', 'onEpochEnds']) {
      const callbacks = any<never>({ [hook]: () => undefined })
      expect(await refusal(() => compiled().fit(q.ones([2, 2]), q.ones([2, 1]), { callbacks }))).toMatch(hook)
    }
  })

  it('39: print shows the matrix', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    q.range(0, 8).reshape([2, 4]).print()
    expect(log.mock.calls.join('\n')).toMatch(/\[\[0, 1, 2, 3\],\s*\[4, 5, 6, 7\]\]/)
  })
})

describe('small leaks', () => {
  it('40: what throws frees what it made', async () => {
    const model = q.sequential({
      layers: [L.dense({ units: 4, inputShape: [2] }), L.reshape({ targetShape: [2, 2] }), L.flatten()],
    })
    const throwing = (_: q.Tensor, predictions: q.Tensor): q.Tensor => {
      predictions.square()
      throw new Error('mine')
    }
    model.compile({ optimizer: 'adam', loss: throwing })
    const [x, y] = [q.ones([2, 2]), q.ones([2, 4])]
    model.predict(x)
    const attempts = [
      () => model.fit(x, y),
      () => model.evaluate(x, y),
      () => model.predict(any({})),
      () => model.trainOnBatch(x, y),
      () => model.predict(q.ones([2, 3])),
    ]
    const attempt = async (f: () => unknown): Promise<void> => {
      const scope = q.memory().numTensors
      await expect(Promise.resolve().then(f)).rejects.toThrow()
      // The argument of the last, which is not theirs.
      expect(q.memory().numTensors - scope).toBeLessThanOrEqual(1)
    }
    for (const f of attempts) await attempt(f)
  })
})
