/** Models that are written and read again, in each format: the same bits, layer for layer. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { loadModel } from '../../src/exports.ts'
import type { ModelArtifacts } from '../../src/formats/model-artifacts.ts'
import { init } from '../../src/init.ts'
import type { LayersModel } from '../../src/model/model.ts'
import { modelBytes } from '../../src/model/save-file.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { FORMAT_MODELS, outputsOf, samplesFor, shaken } from '../helpers/format-models.ts'

beforeAll(async () => {
  await init({ simd: 'baseline' })
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterAll(shutdown)

async function artifactsOf(model: LayersModel): Promise<ModelArtifacts> {
  let saved: ModelArtifacts | undefined
  await model.save({
    save: async (artifacts) => {
      saved = artifacts
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } }
    },
  })
  return saved!
}

/** Each way out and in again; `other` is a model of another seed. */
const WAYS: Readonly<Record<string, (model: LayersModel, other: LayersModel) => Promise<LayersModel>>> = {
  'layers-model': async (model) => {
    const artifacts = await artifactsOf(model)
    return loadModel({ load: async () => artifacts })
  },
  keras: async (model) => loadModel(await model.toKeras()),
  'keras, .h5': async (model) => loadModel(await modelBytes(model, '.h5')),
  safetensors: async (model, other) => {
    await other.loadWeights(await modelBytes(model, '.safetensors'))
    return other
  },
}

describe.each(Object.keys(FORMAT_MODELS))('%s', (name) => {
  const given = FORMAT_MODELS[name]!

  // A file of Keras with its channels first is taken with them last.
  const ways = Object.keys(WAYS).filter((way) => !(way.startsWith('keras') && name.includes('channels first')))

  it.each(ways)('is the same by way of %s', async (way) => {
    const model = shaken(given.make(1))
    const inputs = samplesFor(model, given)
    const expected = outputsOf(model, inputs).map((output) => output.dataSync())
    const loaded = await WAYS[way]!(model, given.make(2))
    const outputs = outputsOf(loaded, inputs).map((output) => output.dataSync())
    expect(outputs).toEqual(expected)
    expect(loaded.weights.map(({ shape }) => [...shape])).toEqual(model.weights.map(({ shape }) => [...shape]))
    model.dispose()
    loaded.dispose()
  })
})
