/** Models that are graphs: branches, several inputs and outputs, shared layers, models within models, open sizes. */

import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { valueAndGrad, variableGrads } from '../../src/autograd.ts'
import { ArgumentError, StateError } from '../../src/errors.ts'
import { init, input, layers, loadLayersModel, memory, model, sequential, shutdown } from '../../src/exports.ts'
import type { ModelArtifacts } from '../../src/formats/model-artifacts.ts'
import { withSaveHandler } from '../../src/io/handlers.ts'
import type { LayersModel } from '../../src/model/model.ts'
import { tensor } from '../../src/ops/create.ts'
import { mean } from '../../src/ops/reduce.ts'
import { square } from '../../src/ops/unary.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

/** One input, two branches that share a layer, two outputs of different kinds. */
function branches(): LayersModel {
  const begin = input({ shape: [8, 8, 2], name: 'begin' })
  const shared = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'relu', name: 'shared' })
  const stem = layers.conv2d({ filters: 2, kernelSize: 1, name: 'stem' }).apply(begin)
  const [left, right] = [shared.apply(begin), shared.apply(stem)]
  const pooled = layers.maxPooling2d().apply(left)
  const flat = layers.flatten().apply(pooled)
  const classes = layers.dense({ units: 4, activation: 'softmax', name: 'classes' }).apply(flat)
  const map = layers.activation({ activation: 'tanh', name: 'map' }).apply(right)
  return model({ inputs: begin, outputs: [classes, map], seed: 3, name: 'branches' })
}

/** The same in TF.js. */
function theirs(): tfl.LayersModel {
  const begin = tfl.input({ shape: [8, 8, 2], name: 'begin' })
  const shared = tfl.layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'relu', name: 'shared' })
  const stem = tfl.layers.conv2d({ filters: 2, kernelSize: 1, name: 'stem' }).apply(begin) as tfl.SymbolicTensor
  const [left, right] = [shared.apply(begin), shared.apply(stem)] as tfl.SymbolicTensor[]
  const pooled = tfl.layers.maxPooling2d({ poolSize: 2 }).apply(left!) as tfl.SymbolicTensor
  const flat = tfl.layers.flatten().apply(pooled) as tfl.SymbolicTensor
  const classes = tfl.layers.dense({ units: 4, activation: 'softmax', name: 'classes' }).apply(flat)
  const map = tfl.layers.activation({ activation: 'tanh', name: 'map' }).apply(right!)
  return tfl.model({ inputs: begin, outputs: [classes, map] as tfl.SymbolicTensor[] })
}

function images(count = 3): Tensor {
  return tensor(uniform(count * 128, 2), [count, 8, 8, 2])
}

function expectClose(actual: Tensor, expected: ArrayLike<number>): void {
  const values = actual.dataSync()
  expect(values.length).toBe(expected.length)
  values.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5))
}

describe('a graph', () => {
  it('predicts as TF.js with the same weights', () => {
    const [mine, other] = [branches(), theirs()]
    const values = other.weights.map(({ originalName }) => {
      const weight = mine.weights.find(({ name }) => name === originalName)!
      return tf.tensor(weight.read().dataSync(), [...weight.shape])
    })
    other.setWeights(values)
    const x = images()
    const outputs = mine.predict<Tensor[]>(x)
    const expected = other.predict(tf.tensor(x.dataSync(), [3, 8, 8, 2])) as unknown as ReturnType<typeof tf.tensor>[]
    expect(outputs.map(({ shape }) => shape)).toEqual([
      [3, 4],
      [3, 8, 8, 3],
    ])
    outputs.forEach((output, i) => expectClose(output, expected[i]!.dataSync()))
    mine.dispose()
  })

  it('lists its layers once, in the order of the data, and counts shared weights once', () => {
    const made = branches()
    const names = made.layers.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names[0]).toBe('begin')
    expect(names.indexOf('stem')).toBeLessThan(names.indexOf('map'))
    expect(made.countParams()).toBe(3 * 3 * 2 * 3 + 3 + (2 * 2 + 2) + 4 * 4 * 3 * 4 + 4)
    expect(made.outputShape).toEqual([
      [null, 4],
      [null, 8, 8, 3],
    ])
    expect(made.inputNames).toEqual(['begin'])
    expect(made.outputNames).toEqual(['classes', 'map'])
  })

  it('has a summary that says what each layer is connected to', () => {
    const lines: string[] = []
    branches().summary(null, null, (line) => lines.push(line))
    expect(lines[2]).toMatch(/Layer \(type\) +Output Shape +Param # +Connected to/)
    expect(lines.find((line) => line.startsWith('map'))).toMatch(/shared\[1\]\[0\]$/)
    expect(lines.find((line) => line.startsWith('stem'))).toMatch(/begin\[0\]\[0\]$/)
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(98)
  })

  it('takes any height and width where its shape is open', () => {
    const begin = input({ shape: [null, null, 1] })
    const y = layers.conv2d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }).apply(begin)
    const made = model({ inputs: begin, outputs: layers.globalAveragePooling2d().apply(y) })
    expect(y.shape).toEqual([null, null, null, 2])
    for (const size of [4, 7, 9]) {
      const one = made.predict(tensor(uniform(size * (size + 1)), [1, size, size + 1, 1]))
      expect(one.shape).toEqual([1, 2])
    }
    expect(() => made.predict(tensor(uniform(32), [1, 4, 4, 2]))).toThrow(/expected input \[\*, \*, \*, 1\]/)
  })

  it('gives the maps of an inner layer, and shares the weights with the model that it came from', () => {
    const whole = sequential({
      seed: 1,
      layers: [
        layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [8, 8, 2], name: 'first' }),
        layers.maxPooling2d(),
        layers.flatten(),
        layers.dense({ units: 2 }),
      ],
    })
    const maps = model({ inputs: whole.inputs, outputs: whole.getLayer('first').output })
    const y = maps.predict(images())
    expect(y.shape).toEqual([3, 6, 6, 4])
    expect(maps.weights[0]).toBe(whole.weights[0])
    // Disposing one leaves the other whole.
    maps.dispose()
    expect(() => maps.predict(images())).toThrow(StateError)
    expect(whole.predict(images()).shape).toEqual([3, 2])
    whole.dispose()
    expect(() => whole.predict(images())).toThrow(/disposed/)
  })

  it('nests models, in rows and in graphs', () => {
    const base = sequential({
      seed: 2,
      layers: [layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [8, 8, 2], name: 'inner' }), layers.flatten()],
    })
    const row = sequential({ layers: [base, layers.dense({ units: 2 })], seed: 4 })
    expect(row.predict(images()).shape).toEqual([3, 2])
    const begin = input({ shape: [8, 8, 2] })
    const twice = model({ inputs: begin, outputs: [base.apply(begin), row.apply(begin)] })
    const [inner, outer] = twice.predict<Tensor[]>(images())
    expectClose(inner!, base.predict(images()).dataSync())
    expectClose(outer!, row.predict(images()).dataSync())
    base.trainable = false
    expect(row.trainableWeights.map(({ name }) => name)).toEqual(['dense/kernel', 'dense/bias'])
    expect(twice.trainableWeights.length).toBe(2)
  })

  it('numbers the layers of joined models that nobody named', () => {
    const side = (): LayersModel =>
      sequential({ layers: [layers.dense({ units: 2, inputShape: [3] }), layers.dense({ units: 1 })] })
    const [a, b] = [side(), side()]
    const joined = model({ inputs: [...a.inputs, ...b.inputs], outputs: [...a.outputs, ...b.outputs] })
    expect(new Set(joined.layers.map(({ name }) => name)).size).toBe(joined.layers.length)
  })

  it('frees each result behind its last use', () => {
    let x = input({ shape: [32, 32, 8] })
    const begin = x
    for (let i = 0; i < 12; i++) x = layers.conv2d({ filters: 8, kernelSize: 1, activation: 'tanh' }).apply(x)
    const deep = model({ inputs: begin, outputs: x, seed: 1 })
    const batch = tensor(uniform(16 * 32 * 32 * 8), [16, 32, 32, 8])
    deep.predict(batch).dispose()
    const { numBytes } = memory()
    const bytes = 16 * 32 * 32 * 8 * 4
    const y = tidy(() => deep.predictOnBatch(batch))
    expect(memory().peakBytes - numBytes).toBeLessThan(5 * bytes)
    expect(memory().numBytes - numBytes).toBeLessThan(2 * bytes)
    y.dispose()
  })

  it('is saved and loaded, by itself and by TF.js', async () => {
    const made = branches()
    let saved: ModelArtifacts | undefined
    await made.save(
      withSaveHandler(async (artifacts) => {
        saved = artifacts
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } } as never
      }),
    )
    const expected = made.predict<Tensor[]>(images()).map((y) => y.dataSync())
    const again = await loadLayersModel({ load: async () => structuredClone(saved!) } as never)
    const outputs = again.predict<Tensor[]>(images())
    outputs.forEach((y, i) => expect(y.dataSync()).toEqual(expected[i]))
    const other = await tfl.loadLayersModel({ load: async () => structuredClone(saved!) as never })
    const x = tf.tensor(images().dataSync(), [3, 8, 8, 2])
    const theirOutputs = other.predict(x) as unknown as ReturnType<typeof tf.tensor>[]
    outputs.forEach((y, i) => expectClose(y, theirOutputs[i]!.dataSync()))
  })
})

describe('models and layers', () => {
  it('are differentiable functions of tensors', () => {
    const made = branches()
    const x = images(2)
    const { grad } = valueAndGrad((t) => mean(square((made.apply(t) as unknown as Tensor[])[1]!)))(x)
    expect(grad.shape).toEqual(x.shape)
    expect(grad.dataSync().some((value) => value !== 0)).toBe(true)
    const { grads } = variableGrads(() => mean(square((made.apply(x) as unknown as Tensor[])[0]!)))
    expect(Object.keys(grads).sort()).toEqual(['classes/bias', 'classes/kernel', 'shared/bias', 'shared/kernel'])
    made.dispose()
  })

  it('of their own come each from a stream of its own, by the global seed', () => {
    const x = tensor([1, 2], [1, 2])
    const [a, b] = [layers.dense({ units: 2 }), layers.dense({ units: 2 })].map((layer) => layer.apply(x).dataSync())
    expect(a).not.toEqual(b)
  })

  it('convert integers to floats on the way in', () => {
    const one = sequential({ layers: [layers.dense({ units: 1, inputShape: [2], kernelInitializer: 'ones' })] })
    for (const x of [tensor(new Uint8Array([3, 4]), [1, 2]), tensor([3, 4], [1, 2], 'int32')]) {
      expect(one.predict(x).dataSync()).toEqual(Float32Array.of(7))
      expect(one.apply(x).dataSync()).toEqual(Float32Array.of(7))
      expect(layers.dense({ units: 1, kernelInitializer: 'ones' }).apply(x).dataSync()).toEqual(Float32Array.of(7))
    }
  })

  it('drop other values at each call while training', () => {
    const begin = input({ shape: [64] })
    const made = model({ inputs: begin, outputs: layers.dropout({ rate: 0.5 }).apply(begin), seed: 1 })
    const x = tensor(new Float32Array(64).fill(1), [1, 64])
    const [first, second] = [made.apply(x, { training: true }), made.apply(x, { training: true })]
    expect(first.dataSync()).not.toEqual(second.dataSync())
    expect(made.apply(x).dataSync()).toEqual(x.dataSync())
  })
})

describe('a wrong graph', () => {
  it('is refused: an output that no input reaches, with the way to it', () => {
    const [a, b] = [input({ shape: [2], name: 'a' }), input({ shape: [2], name: 'b' })]
    const y = layers.dense({ units: 1, name: 'y' }).apply(b)
    const make = (): LayersModel => model({ inputs: a, outputs: y })
    expect(make).toThrow(ArgumentError)
    expect(make).toThrow(
      "model: expected outputs that depend on the inputs 'a' alone, received one that depends on 'b', by way of b -> y — name it among the inputs",
    )
  })

  it('is refused: an input that nothing uses', () => {
    const [a, b] = [input({ shape: [2], name: 'a' }), input({ shape: [2], name: 'b' })]
    const y = layers.dense({ units: 1 }).apply(a)
    expect(() => model({ inputs: [a, b], outputs: y })).toThrow(
      "model: expected inputs that an output depends on, received 'b', which none does",
    )
  })

  it('is refused: a layer for inputs of other sizes than its weights', () => {
    const dense = layers.dense({ units: 1, name: 'dense' })
    dense.apply(input({ shape: [2] }))
    expect(() => dense.apply(input({ shape: [3] }))).toThrow(
      'dense: expected input [*, 2], for which it was built, received [*, 3]',
    )
  })

  it('is refused: tensors where symbols belong', () => {
    const x = tensor([1, 2], [1, 2])
    expect(() => model({ inputs: x as never, outputs: x as never })).toThrow(/inputs to be symbolic tensors/)
    expect(() => layers.dense({ units: 1 }).apply(3 as never)).toThrow(/expected a tensor, or a symbolic one/)
  })
})
