import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { FormatError } from '../../src/errors.ts'
import { layers, loadModel, type Sequential, sequential } from '../../src/exports.ts'
import type { ModelArtifacts } from '../../src/formats/model-artifacts.ts'
import { quantize } from '../../src/formats/quantization.ts'
import { writeZip } from '../../src/formats/zip.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { expectRejection } from '../helpers/refusals.ts'
import { artifactsOf } from '../helpers/tfjs-models.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

function build(): Sequential {
  return sequential({
    layers: [
      layers.conv2d({ filters: 2, kernelSize: 2, activation: 'relu', inputShape: [3, 3, 1] }),
      layers.flatten(),
      layers.dense({ units: 2, activation: 'softmax' }),
    ],
    seed: 1,
  })
}

type Weights = readonly (readonly number[])[]

function weightsOf(model: { getWeights(): { dataSync(): ArrayLike<number> }[] }): Weights {
  return model.getWeights().map((weight) => Array.from(weight.dataSync()))
}

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

/** The artifacts as a model.json, and what of it is put elsewhere. */
function modelJson({ weightData: _, weightSpecs, ...rest }: ModelArtifacts): object {
  return { ...rest, weightsManifest: [{ paths: ['./weights.bin'], weights: weightSpecs }] }
}

describe('loadModel', () => {
  let artifacts: ModelArtifacts
  let expected: Weights
  let bytes: Uint8Array

  beforeAll(async () => {
    const model = build()
    artifacts = await artifactsOf(model)
    expected = weightsOf(model)
    bytes = new Uint8Array(artifacts.weightData as ArrayBuffer)
  })

  it('reads a layers model in a zip, in picked files and in one JSON', async () => {
    const zip = writeZip({
      'tm/model.json': json(modelJson(artifacts)),
      'tm/weights.bin': bytes,
      'tm/metadata.json': json({}),
    })
    expect(weightsOf(await loadModel(zip))).toEqual(expected)
    expect(weightsOf(await loadModel(new Blob([zip as Uint8Array<ArrayBuffer>])))).toEqual(expected)
    const files = [
      new File([bytes as Uint8Array<ArrayBuffer>], 'weights.bin'),
      new File([json(modelJson(artifacts)) as Uint8Array<ArrayBuffer>], 'model.json'),
    ]
    expect(weightsOf(await loadModel(files))).toEqual(expected)
    const whole = { ...artifacts, weightData: btoa(String.fromCharCode(...bytes)) }
    expect(weightsOf(await loadModel(json(whole)))).toEqual(expected)
  })

  it.each(['uint8', 'uint16', 'float16'] as const)('reads weights that were quantised to %s', async (dtype) => {
    const parts = artifacts.weightSpecs.map((spec, i) => ({
      spec,
      ...quantize(Float32Array.from(expected[i]!), dtype),
    }))
    const weightSpecs = parts.map(({ spec, quantization }) => ({ ...spec, quantization }))
    const data = parts.flatMap(({ bytes }) => [...bytes])
    const model = await loadModel({
      load: async () => ({ ...artifacts, weightSpecs, weightData: Uint8Array.from(data).buffer }),
    })
    const step = { uint8: 1 / 255, uint16: 1 / 65535, float16: 1 / 2048 }[dtype]
    weightsOf(model).forEach((values, i) => {
      const range = Math.max(...expected[i]!, 0) - Math.min(...expected[i]!, 0)
      values.forEach((value, j) => {
        expect(Math.abs(value - expected[i]![j]!)).toBeLessThanOrEqual(range * step)
      })
    })
  })

  it('pairs weights by layer and order where their names are of another session', async () => {
    const renamed = structuredClone(artifacts)
    renamed.weightSpecs.forEach((spec) => {
      spec.name = spec.name.replace('conv2d/', 'conv2d_10_1/').replace('dense/', 'dense_7/')
    })
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const model = await loadModel({ load: async () => renamed })
    expect(weightsOf(model)).toEqual(expected)
    expect(model.notes).toEqual([
      'weights that no layer has the name of (conv2d_10_1, …) were paired in the order of the layers',
    ])
    expect(warn).toHaveBeenCalledOnce()
    warn.mockRestore()
  })

  it('leaves out what only training needs, and says so', async () => {
    const changed = structuredClone(artifacts) as ModelArtifacts & {
      modelTopology: { config: { layers: { config: Record<string, unknown> }[] } }
    }
    changed.modelTopology.config.layers[2]!.config.kernel_initializer = { class_name: 'Mine', config: {} }
    changed.modelTopology.config.layers[0]!.config.dtype = {
      class_name: 'DTypePolicy',
      config: { name: 'mixed_float16' },
    }
    changed.trainingConfig = { loss: 'ctc', metrics: [], optimizer_config: { class_name: 'Adam', config: {} } }
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const model = await loadModel({ load: async () => changed })
    warn.mockRestore()
    expect(weightsOf(model)).toEqual(expected)
    expect(model.notes.slice(0, 2)).toEqual([
      'dtype mixed_float16: computes in float32',
      "layer 'dense': left out kernel_initializer Mine",
    ])
    expect(model.notes[2]).toMatch(/^not compiled, since it has 'ctc' where quadlane has a loss among /)
  })

  it('refuses an input that has weights', async () => {
    const config = { name: 'x', batch_input_shape: [null, 2], weights: [[1], [2]] }
    const entry = { class_name: 'InputLayer', name: 'x', config, inbound_nodes: [] }
    const places = { input_layers: [['x', 0, 0]], output_layers: [['x', 0, 0]] }
    const json = { class_name: 'Functional', config: { name: 'model', layers: [entry], ...places } }
    const file = new TextEncoder().encode(JSON.stringify(json))
    await expectRejection(loadModel(file), FormatError, 'bytes: expected 0 weights, received 2')
  })

  it('says what is in a file that is no model', async () => {
    const formats = 'expected a model of Keras (.keras, .h5), TF.js (model.json, a zip of it) or ONNX, received'
    const text = (value: string): Uint8Array => new TextEncoder().encode(value)
    const refused = (source: Uint8Array, rest: string): Promise<void> => {
      return expectRejection(loadModel(source), FormatError, `bytes: ${formats} ${rest}`)
    }
    await refused(new Uint8Array(0), 'an empty file')
    await refused(
      text('<!doctype html><html></html>'),
      "text that begins '<!doctype html><' — that is a web page: is the address right?",
    )
    await refused(
      text('version https://git-lfs.github.com/spec/v1\n'),
      "text that begins 'version https://' — that is a pointer of Git LFS: fetch the file itself",
    )
    await refused(writeZip({ 'a.txt': text('a') }), "a zip of ['a.txt']")
    await refused(Uint8Array.of(1, 2, 3, 200), 'bytes that begin 01 02 03 c8')
  })
})
