/** Outputs of frozen layers that are kept from epoch to epoch: the same bits as without. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { layers, type Sequential, sequential, train } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { runtime, shutdown } from '../../src/runtime/runtime.ts'
import { uniform } from '../helpers/random.ts'
import { expectSameWeights } from '../helpers/small-models.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const N = 26
const x = uniform(N * 144, 1)
const y = Float32Array.from({ length: N }, (_, i) => i % 3)

function network(): Sequential {
  const model = sequential({
    seed: 2,
    layers: [
      layers.conv2d({ filters: 8, kernelSize: 3, inputShape: [12, 12, 1] }),
      layers.batchNormalization(),
      layers.reLU(),
      layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, activation: 'relu' }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 16, activation: 'relu' }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
  })
  for (const layer of model.layers.slice(0, 7)) layer.trainable = false
  model.compile({ optimizer: train.adam(0.01), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
  return model
}

describe('cacheFrozen', () => {
  it('gives the bits of a run without it, and convolves once a sample', async () => {
    const calls = { count: 0 }
    const run = async (cacheFrozen: 'auto' | false): Promise<{ model: Sequential; history: object; calls: number }> => {
      const model = network()
      const owner = runtime('test')
      calls.count = 0
      owner.observer = (name) => void (/^(conv2d|winograd)Forward/.test(name) && calls.count++)
      const args = { epochs: 4, batchSize: 8, validationData: [x.subarray(0, 288), y.subarray(0, 2)], cacheFrozen }
      const { history } = await model.fit(x, y, args)
      owner.observer = undefined
      return { model, history, calls: calls.count }
    }
    const [kept, plain] = [await run('auto'), await run(false)]
    expectSameWeights(kept.model, plain.model)
    expect(kept.history).toEqual(plain.history)
    // Two convolutions in each of 4 batches and 4 evaluations, and one sample to see how large the outputs are.
    expect([kept.calls, plain.calls]).toEqual([2 * (4 + 4 + 1), 2 * (16 + 4)])
  })

  it('begins anew when other layers are thawed', async () => {
    const run = async (cacheFrozen: 'auto' | false): Promise<Sequential> => {
      const model = network()
      const thaw = { onEpochBegin: (epoch: number) => void (epoch === 2 && (model.layers[6]!.trainable = true)) }
      await model.fit(x, y, { epochs: 4, batchSize: 8, callbacks: thaw, cacheFrozen })
      return model
    }
    expectSameWeights(await run('auto'), await run(false))
  })

  it('tells what it keeps', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    try {
      await network().fit(x, y, { epochs: 2, verbose: 2 })
      expect(log.mock.calls[0]![0]).toMatch(/^Keeping the outputs of 7 frozen layers: 0\.0 MiB \(256 MiB at most\)$/)
    } finally {
      log.mockRestore()
    }
  })
})
