import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FormatError } from '../../src/errors.ts'
import { type LayersModel, layers, loadModel, sequential, type Tensor, tensor } from '../../src/exports.ts'
import { writeSafetensors } from '../../src/formats/safetensors.ts'
import { init } from '../../src/init.ts'
import { modelBytes } from '../../src/model/save-file.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
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
