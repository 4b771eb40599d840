import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ArgumentError, FormatError } from '../../src/errors.ts'
import {
  type LayersModel,
  layers,
  loadModel,
  type Optimizer,
  schedules,
  sequential,
  type Tensor,
  tensor,
  train,
} from '../../src/exports.ts'
import { Bytes } from '../../src/formats/bytes.ts'
import { writeSafetensors } from '../../src/formats/safetensors.ts'
import { readZip, writeZip } from '../../src/formats/zip.ts'
import { init } from '../../src/init.ts'
import { modelBytes } from '../../src/model/save-file.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { expectClose } from '../helpers/compare.ts'
import { expectRejection } from '../helpers/refusals.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

function build(seed: number): LayersModel {
  return sequential({
    layers: [
      layers.conv2d({
        filters: 3,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
        inputShape: [6, 5, 2],
        name: 'conv1',
      }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, name: 'conv2' }),
      layers.flatten(),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 4, activation: 'softmax', name: 'fc' }),
    ],
    seed,
  })
}

const x = (): Tensor =>
  tensor(
    Float32Array.from({ length: 120 }, (_, i) => Math.sin(i + 1)),
    [2, 6, 5, 2],
  )
const valuesOf = (model: LayersModel): number[] => [...(model.predict(x()) as Tensor).dataSync()]

describe('a model as one file', () => {
  it('is the same from Keras, bit for bit', async () => {
    const model = build(1)
    model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
    const loaded = await loadModel(await model.toKeras())
    expect(valuesOf(loaded)).toEqual(valuesOf(model))
    expect(loaded.layers.map(({ name }) => name)).toEqual(expect.arrayContaining(model.layers.map(({ name }) => name)))
    expect(loaded.optimizer?.className).toBe('Adam')
  })

  it('predicts the same from ONNX', async () => {
    const model = build(2)
    const loaded = await loadModel(await model.toONNX())
    const [own, theirs] = [valuesOf(model), valuesOf(loaded)]
    own.forEach((value, i) => {
      expect(theirs[i]).toBeCloseTo(value, 6)
    })
  })

  it('gives its weights to another by safetensors', async () => {
    const [model, other] = [build(3), build(4)]
    const file = await modelBytes(model, '.safetensors')
    expect(await other.loadWeights(file)).toEqual([])
    expect(valuesOf(other)).toEqual(valuesOf(model))
  })

  it('takes weights in the order of PyTorch, turned', async () => {
    const model = build(5)
    await modelBytes(model, '.safetensors')
    const [conv, bias] = model.layers[0]!.getWeights() as [Tensor, Tensor]
    const dense = model.getLayer('fc').getWeights() as Tensor[]
    const depthwise = model.getLayer('conv2').getWeights() as Tensor[]
    const turned = (t: Tensor, perm: number[]): { shape: readonly number[]; values: Float32Array } => {
      const result = t.transpose(perm)
      return { shape: result.shape, values: result.dataSync() as Float32Array }
    }
    const plain = (t: Tensor): { shape: readonly number[]; values: Float32Array } => {
      return { shape: t.shape, values: t.dataSync() as Float32Array }
    }
    // Rows of the dense kernel are (row, column, channel) here and (channel, row, column) there.
    const rows = dense[0]!.reshape([2, 1, 6, 4]).transpose([2, 0, 1, 3]).reshape([12, 4]).transpose([1, 0])
    const dw = turned(depthwise[0]!, [2, 3, 0, 1])
    const file = writeSafetensors([
      ['fc.weight', plain(rows)],
      ['fc.bias', plain(dense[1]!)],
      ['conv1.weight', turned(conv, [3, 2, 0, 1])],
      ['conv1.bias', plain(bias)],
      ['conv2.weight', { shape: [6, 1, 2, 2], values: dw.values }],
      ['conv2.bias', plain(depthwise[1]!)],
    ])
    const other = build(6)
    expect(await other.loadWeights(file)).toEqual([])
    expect(valuesOf(other)).toEqual(valuesOf(model))
  })

  it('refuses weights that fit no layer', async () => {
    const file = writeSafetensors([['fc9.weight', { shape: [1], values: Float32Array.of(1) }]])
    const text =
      'bytes: expected weights for conv1, conv2, fc, received fc9 — load with { strict: false } to take what fits'
    await expectRejection(build(7).loadWeights(file), FormatError, text)
  })
})

describe("an optimizer's state in a .keras", () => {
  const y = (): Tensor => tensor([1, 0, 0, 0, 0, 0, 1, 0], [2, 4])
  /** Without dropout and shuffling, of which a file says nothing. */
  function trained(optimizer: Optimizer): LayersModel {
    const model = sequential({
      layers: [
        layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu', inputShape: [6, 5, 2], name: 'conv1' }),
        layers.batchNormalization({ name: 'norm' }),
        layers.flatten(),
        layers.dense({ units: 4, activation: 'softmax', name: 'fc' }),
      ],
      seed: 8,
    })
    model.compile({ optimizer, loss: 'categoricalCrossentropy' })
    return model
  }
  const fit = (model: LayersModel): Promise<unknown> => model.fit(x(), y(), { epochs: 3, shuffle: false, batchSize: 1 })
  const rate = schedules.exponential({ initialLearningRate: 0.05, decaySteps: 2, decayRate: 0.7 })

  it.each<[string, () => Optimizer]>([
    ['sgd', () => train.sgd(0.1)],
    ['adam', () => train.adam(0.01)],
    ['adam with a schedule', () => train.adam(rate)],
    ['adam, amsgrad', () => train.adam({ learningRate: 0.01, amsgrad: true, clipNorm: 0.5 })],
    ['adamw', () => train.adamw({ learningRate: 0.01, weightDecay: 0.1 })],
    ['adamax', () => train.adamax(0.02)],
    ['rmsprop', () => train.rmsprop(0.01)],
    ['rmsprop, centered', () => train.rmsprop({ learningRate: 0.01, momentum: 0.5, centered: true })],
    ['adagrad', () => train.adagrad(0.1)],
    ['adadelta', () => train.adadelta(0.5)],
  ])('%s goes on to the bits of a run that was not broken off', async (_, optimizer) => {
    const model = trained(optimizer())
    await fit(model)
    const loaded = await loadModel(await model.toKeras({ includeOptimizer: true }))
    expect(loaded.notes).toEqual([])
    expect(loaded.optimizer!.getConfig()).toEqual(model.optimizer!.getConfig())
    expect(loaded.optimizer!.iterations).toBe(6)
    const anew = await loadModel(await model.toKeras())
    expect(anew.optimizer!.iterations).toBe(0)
    for (const each of [model, loaded, anew]) await fit(each)
    expect(valuesOf(loaded)).toEqual(valuesOf(model))
    if (model.optimizer!.className !== 'SGD') expect(valuesOf(anew)).not.toEqual(valuesOf(model))
  })

  it('momentum goes on to within a rounding: the velocity of Keras has the learning rate in it', async () => {
    const model = trained(train.momentum(0.1, 0.9))
    await fit(model)
    const loaded = await loadModel(await model.toKeras({ includeOptimizer: true }))
    for (const each of [model, loaded]) await fit(each)
    expectClose(valuesOf(loaded), valuesOf(model), { relative: 1e-6 })
  })

  it('has the learning rate that a callback has set', async () => {
    const model = trained(train.adam(0.01))
    await fit(model)
    model.optimizer!.learningRate = 0.003
    const { optimizer } = await loadModel(await model.toKeras({ includeOptimizer: true }))
    expect(optimizer!.learningRate).toBe(0.003)
  })

  it('is left behind where it fits no optimizer of the model, and said', async () => {
    const model = trained(train.adam(0.01))
    await fit(model)
    const archive = readZip(new Bytes('file', await model.toKeras({ includeOptimizer: true })))
    const config = new TextDecoder().decode(archive.read('config.json')).replace('"Adam"', '"SGD"')
    const entries = Object.fromEntries(archive.names.map((name) => [name, archive.read(name)]))
    const loaded = await loadModel(writeZip({ ...entries, 'config.json': new TextEncoder().encode(config) }))
    expect(loaded.notes.at(-1)).toBe("the optimizer's state was left behind: it starts anew")
    expect(loaded.optimizer!.iterations).toBe(0)
  })

  it('is refused in formats that have no place for it', async () => {
    const args = { includeOptimizer: true }
    await expectRejection(
      trained(train.adam(0.01)).save('file://model.onnx', args),
      ArgumentError,
      'save: expected no includeOptimizer for a .onnx, which has no place for it, received true — a folder and a .keras have',
    )
    await expectRejection(
      trained(train.adam(0.01)).save('file://model.keras', { quantize: 'uint8' }),
      ArgumentError,
      "save: expected no quantize for a .keras, which has no place for it, received 'uint8' — a folder has: file://DIR",
    )
  })
})
