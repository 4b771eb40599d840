/** What a model file has beside layers and weights, and models of their layers alone. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ModelArtifacts } from '../../src/formats/model-artifacts.ts'
import { io, layers, loadLayersModel, models, sequential, type Tensor, zeros, zoo } from '../../src/index.ts'
import { init } from '../../src/init.ts'
import type { LayersModel } from '../../src/model/model.ts'
import type { SaveArgs } from '../../src/model/topology.ts'
import { shutdown } from '../../src/runtime/runtime.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

function small(): LayersModel {
  const first = layers.dense({ units: 2, inputShape: [3], trainable: false })
  return sequential({ layers: [first, layers.dense({ units: 1 })], seed: 1 })
}

async function saved(model: LayersModel, args?: SaveArgs): Promise<ModelArtifacts> {
  let kept: ModelArtifacts | undefined
  const result = { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } } as never
  await model.save(
    io.withSaveHandler(async (artifacts) => {
      kept = artifacts
      return result
    }),
    args,
  )
  return kept!
}

describe('metadata', () => {
  it('of the user go through a file', async () => {
    const model = small()
    expect(model.getUserDefinedMetadata()).toBeUndefined()
    model.setUserDefinedMetadata({ labels: ['cat', 'dog'], size: { width: 224 } })
    const again = await loadLayersModel(io.fromMemory(await saved(model)))
    expect(again.getUserDefinedMetadata()).toEqual({ labels: ['cat', 'dog'], size: { width: 224 } })
    // What save is given takes their place.
    const other = await loadLayersModel(io.fromMemory(await saved(again, { metadata: { labels: [] } })))
    expect(other.getUserDefinedMetadata()).toEqual({ labels: [] })
  })

  it('that JSON cannot hold are refused', () => {
    const model = small()
    const circle: Record<string, unknown> = {}
    circle.self = circle
    for (const bad of [{ f: () => 1 }, { x: Number.NaN }, { date: new Date() }, circle, [1], null, 'text']) {
      expect(() => model.setUserDefinedMetadata(bad as never)).toThrow(
        /setUserDefinedMetadata: expected an object of JSON/,
      )
    }
  })
})

it('saves the weights that training changes alone, where it is asked to', async () => {
  const model = small()
  const names = (artifacts: ModelArtifacts): string[] => (artifacts.weightSpecs ?? []).map(({ name }) => name)
  expect(names(await saved(model))).toHaveLength(4)
  expect(names(await saved(model, { trainableOnly: true }))).toEqual(model.trainableWeights.map(({ name }) => name))
})

it('takes the parts of a model one by one, as TF.js once did', async () => {
  const model = small()
  const { modelTopology, weightSpecs, weightData } = await saved(model)
  const again = await loadLayersModel(io.fromMemory(modelTopology as object, weightSpecs, weightData))
  expect(again.getWeights().map((weight) => weight.arraySync())).toEqual(
    model.getWeights().map((weight) => weight.arraySync()),
  )
})

describe('modelFromJSON', () => {
  it('makes a model of its layers, from text and from an object', async () => {
    const model = zoo.lenet5({ seed: 1 })
    for (const json of [
      model.toJSON(),
      model.toJSON(undefined, false),
      { modelTopology: model.toJSON(undefined, false) },
    ]) {
      const made = await models.modelFromJSON(json)
      expect(made.toJSON()).toBe(model.toJSON())
      expect(made.predict<Tensor>(zeros([1, 28, 28, 1])).shape).toEqual([1, 10])
    }
  })

  it('refuses what is no model', async () => {
    await expect(models.modelFromJSON('{')).rejects.toThrow(/^modelFromJSON: expected JSON in UTF-8/)
    await expect(models.modelFromJSON({ class_name: 'Dense', config: {} })).rejects.toThrow(
      /^modelFromJSON: expected a model/,
    )
  })
})
