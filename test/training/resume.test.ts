/** Checkpoints: a run that was broken off goes on to the bits of one that was not. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callbacks, type FitArgs, layers, type Sequential, schedules, sequential, train } from '../../src/exports.ts'
import type { ModelArtifacts } from '../../src/formats/model-artifacts.ts'
import { init } from '../../src/init.ts'
import { loadLayersModel } from '../../src/model/load-layers-model.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { expectSameBits } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const N = 22
const x = uniform(N * 5, 1)
const y = Float32Array.from({ length: N }, (_, i) => i % 3)
const [valX, valY] = [uniform(7 * 5, 2), Float32Array.from({ length: 7 }, (_, i) => (i * 2) % 3)]

function network(seed = 4): Sequential {
  const model = sequential({
    seed,
    layers: [
      layers.dense({ units: 6, activation: 'tanh', inputShape: [5] }),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
  })
  model.compile({
    optimizer: train.adam({ learningRate: 0.05 }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  })
  return model
}

/** A store that keeps every save. */
function store(): { saves: ModelArtifacts[]; save(artifacts: ModelArtifacts): Promise<never> } {
  const saves: ModelArtifacts[] = []
  return {
    saves,
    save: async (artifacts) => {
      saves.push(structuredClone(artifacts))
      return {} as never
    },
  }
}

const from = (artifacts: ModelArtifacts): { load(): Promise<ModelArtifacts> } => ({ load: async () => artifacts })

const watching = (): unknown[] => [
  callbacks.earlyStopping({ patience: 2, restoreBestWeights: true }),
  callbacks.reduceLROnPlateau({ patience: 1, factor: 0.5 }),
]

function args(more: object = {}): FitArgs {
  return { epochs: 5, batchSize: 4, validationData: [valX, valY], ...more }
}

describe('fit({ resume })', () => {
  it('comes to the same weights and history from every step of a run, callbacks and all', async () => {
    const kept = store()
    const whole = network()
    const saver = callbacks.modelCheckpoint({ filepath: kept, saveFreq: 1 })
    const history = await whole.fit(x, y, args({ callbacks: [...watching(), saver] }))
    expect(kept.saves.length).toBeGreaterThan(12)
    for (const saved of kept.saves) {
      // Other weights, another seed: all of it is in the checkpoint.
      const model = network(99)
      const again = callbacks.modelCheckpoint({ filepath: store(), saveFreq: 1 })
      const found = await model.fit(x, y, args({ callbacks: [...watching(), again], resume: from(saved) }))
      expect(found.epoch).toEqual(history.epoch)
      expect(found.history).toEqual(history.history)
      model.snapshot().forEach((values, i) => {
        expectSameBits(values, whole.snapshot()[i]!, `weight ${i}`)
      })
      expect(model.optimizer!.iterations).toBe(whole.optimizer!.iterations)
      model.dispose()
    }
  })

  it('goes on after a whole epoch, where other data may come', async () => {
    const kept = store()
    await network().fit(x, y, args({ epochs: 2, callbacks: callbacks.modelCheckpoint({ filepath: kept }) }))
    expect(kept.saves).toHaveLength(2)
    const model = network()
    const { epoch } = await model.fit(
      x.subarray(0, 50),
      y.subarray(0, 10),
      args({ epochs: 4, resume: from(kept.saves[1]!) }),
    )
    expect(epoch).toEqual([0, 1, 2, 3])
  })

  it('is a model that loads, with its optimizer', async () => {
    const kept = store()
    const model = network()
    await model.fit(x, y, args({ epochs: 1, callbacks: callbacks.modelCheckpoint({ filepath: kept }) }))
    const loaded = await loadLayersModel(from(kept.saves[0]!))
    expect(loaded.optimizer!.iterations).toBe(6)
    expectSameBits(loaded.predict(valX).dataSync(), model.predict(valX).dataSync())
  })

  it('keeps a schedule', async () => {
    const rate = { learningRate: schedules.cosine({ initialLearningRate: 0.1, decaySteps: 20 }) }
    const make = (): Sequential => {
      const model = network()
      model.compile({ optimizer: train.sgd(rate), loss: 'sparseCategoricalCrossentropy' })
      return model
    }
    const kept = store()
    const whole = make()
    await whole.fit(x, y, args({ callbacks: callbacks.modelCheckpoint({ filepath: kept, saveFreq: 7 }) }))
    const model = make()
    await model.fit(x, y, args({ resume: from(kept.saves[1]!) }))
    model.snapshot().forEach((values, i) => {
      expectSameBits(values, whole.snapshot()[i]!)
    })
  })

  it.each([
    [
      'a model without a checkpoint',
      (a: ModelArtifacts) => void delete a.userDefinedMetadata,
      'expected a checkpoint of training',
    ],
    [
      'another optimizer',
      (a: ModelArtifacts) => Object.assign(checkpointOf(a), { optimizer: 'SGD' }),
      "expected the state of Adam, received 'SGD'",
    ],
    [
      'a wrong number of steps',
      (a: ModelArtifacts) => Object.assign(checkpointOf(a), { iterations: -1 }),
      'expected a number of steps, received -1',
    ],
    [
      'an epoch that cannot be',
      (a: ModelArtifacts) => Object.assign(checkpointOf(a).moment, { epoch: 0.5 }),
      'expected epoch to be an integer of at least 0, received 0.5',
    ],
    [
      'weights that are no numbers',
      (a: ModelArtifacts) => void new Float32Array(a.weightData as ArrayBuffer).fill(Number.NaN, 3, 4),
      'expected a finite number, received NaN',
    ],
  ])('refuses %s, and changes nothing', async (_, spoil, text) => {
    const kept = store()
    await network().fit(x, y, args({ epochs: 1, callbacks: callbacks.modelCheckpoint({ filepath: kept }) }))
    spoil(kept.saves[0]!)
    const model = network(7)
    const before = model.snapshot()
    await expect(model.fit(x, y, args({ resume: from(kept.saves[0]!) }))).rejects.toThrow(text)
    if (text.includes('epoch')) return
    model.snapshot().forEach((values, i) => {
      expectSameBits(values, before[i]!)
    })
  })

  it('refuses another batch size in the middle of an epoch', async () => {
    const kept = store()
    await network().fit(
      x,
      y,
      args({ epochs: 1, callbacks: callbacks.modelCheckpoint({ filepath: kept, saveFreq: 2 }) }),
    )
    await expect(network().fit(x, y, args({ batchSize: 3, resume: from(kept.saves[0]!) }))).rejects.toThrow(
      'fit, resume: expected batchSize 4, with which the epoch was begun, received 3 — a checkpoint between two epochs takes other data',
    )
  })
})

function checkpointOf(artifacts: ModelArtifacts): { moment: object } {
  return (artifacts.userDefinedMetadata!.quadlane as { checkpoint: { moment: object } }).checkpoint
}
