/** Who owns weights, how long they live, and what freezing them means. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { variableGrads } from '../../src/autograd.ts'
import { StateError } from '../../src/errors.ts'
import {
  init,
  keep,
  type LayersModel,
  layers,
  loadLayersModel,
  memory,
  sequential,
  shutdown,
  train,
} from '../../src/exports.ts'
import { io } from '../../src/index.ts'
import { ones, tensor } from '../../src/ops/create.ts'
import { mean } from '../../src/ops/reduce.ts'
import { square } from '../../src/ops/unary.ts'
import type { Tensor } from '../../src/tensor.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

function small(seed = 1): LayersModel {
  const rows = [layers.dense({ units: 3, inputShape: [2], activation: 'tanh' }), layers.dense({ units: 1 })]
  return sequential({ layers: rows, seed })
}

const x = (): Tensor => tensor([0.5, -1, 2, 0.25], [2, 2])

describe('a disposed model', () => {
  it.each<[string, (model: LayersModel) => unknown]>([
    ['predict', (model) => model.predict(x())],
    ['predictOnBatch', (model) => model.predictOnBatch(x())],
    ['apply', (model) => model.apply(x())],
    ['getWeights', (model) => model.getWeights()],
    ['setWeights', (model) => model.setWeights(model.weights.map(({ shape }) => ones(shape)))],
    ['snapshot', (model) => model.snapshot()],
  ])('refuses %s', (_, use) => {
    const model = small()
    model.predict(x())
    model.dispose()
    expect(() => use(model)).toThrow(StateError)
    expect(() => use(model)).toThrow(/disposed/)
  })

  it('refuses to train, to evaluate and to be saved', async () => {
    const model = small()
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
    model.dispose()
    await expect(model.fit(x(), ones([2, 1]))).rejects.toThrow(/disposed/)
    await expect(model.trainOnBatch(x(), ones([2, 1]))).rejects.toThrow(/disposed/)
    expect(() => model.evaluate(x(), ones([2, 1]))).toThrow(/disposed/)
    await expect(model.save(io.withSaveHandler(async () => ({}) as never))).rejects.toThrow(/disposed/)
  })

  it('leaves the layers that it shared to the other model', () => {
    const shared = layers.dense({ units: 3, inputShape: [2] })
    const [a, b] = [sequential({ layers: [shared] }), sequential({ layers: [shared] })]
    const before = a.predict(x()).dataSync()
    expect(a.dispose().numDisposedVariables).toBe(0)
    expect(b.predict(x()).dataSync()).toEqual(before)
    expect(b.dispose().numDisposedVariables).toBe(2)
    expect(() => shared.apply(x())).toThrow(/disposed/)
  })

  it('gives its memory back', () => {
    const { numBytes } = memory()
    for (let i = 0; i < 20; i++) {
      const model = small(i)
      model.predict(ones([1, 2])).dispose()
      model.dispose()
    }
    expect(memory().numBytes - numBytes).toBeLessThan(10_000)
  })
})

describe('freezing', () => {
  it('a model freezes all its layers, and those of its gradients', () => {
    const model = small()
    model.makeWeights()
    model.trainable = false
    expect(model.trainableWeights).toEqual([])
    expect(model.layers.every(({ trainable }) => !trainable)).toBe(true)
    expect(() => variableGrads(() => mean(square(model.apply(x()))))).toThrow()
    model.layers[1]!.trainable = true
    const { grads } = variableGrads(() => mean(square(model.apply(x()))))
    expect(Object.keys(grads)).toEqual(['dense_1/kernel', 'dense_1/bias'])
  })

  it('a layer keeps its weights from training', async () => {
    const model = small()
    model.layers[0]!.trainable = false
    model.compile({ optimizer: train.sgd(0.5), loss: 'meanSquaredError' })
    const before = model.snapshot()
    await model.fit(x(), ones([2, 1]), { epochs: 3 })
    const after = model.snapshot()
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2))
    expect(after[2]).not.toEqual(before[2])
  })
})

describe('weights', () => {
  it('share no memory with a tensor that an initializer keeps', () => {
    const start = keep(ones([2, 3]))
    const kernelInitializer = { className: 'Mine', config: {}, apply: () => start }
    const [a, b] = [layers.dense({ units: 3, kernelInitializer }), layers.dense({ units: 3, kernelInitializer })]
    a.apply(x())
    b.apply(x())
    a.weights[0]!.set(new Float32Array(6).fill(5))
    expect(b.weights[0]!.read().dataSync()).toEqual(new Float32Array(6).fill(1))
    expect(start.dataSync()).toEqual(new Float32Array(6).fill(1))
  })

  it('are there behind a layer whose model has not computed yet', async () => {
    const model = small(3)
    expect(model.layers[0]!.getWeights()[0]!.shape).toEqual([2, 3])
    let saved: unknown
    await model.save(
      io.withSaveHandler(async (artifacts) => {
        saved = artifacts
        return {} as never
      }),
    )
    const again = await loadLayersModel(io.fromMemory(saved as never))
    again.layers[0]!.getWeights().forEach((value, i) => {
      expect(value.dataSync()).toEqual(model.layers[0]!.getWeights()[i]!.dataSync())
    })
  })

  it('are read and written as TF.js does it', () => {
    const layer = layers.dense({ units: 2 })
    layer.apply(x())
    layer.weights[0]!.write(tensor([1, 2, 3, 4], [2, 2]))
    expect(layer.weights[0]!.read().arraySync()).toEqual([
      [1, 2],
      [3, 4],
    ])
  })

  it('start from those that the layer was given', () => {
    const layer = layers.dense({ units: 1, inputShape: [2], weights: [tensor([2, 3], [2, 1]), tensor([1])] })
    expect(
      sequential({ layers: [layer] })
        .predict(tensor([10, 100], [1, 2]))
        .dataSync(),
    ).toEqual(Float32Array.of(321))
  })
})
