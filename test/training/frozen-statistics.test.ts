/** A frozen MobileNet keeps its batch norms to the bit while its head learns; thawing the last block changes just that. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fill, init, layers, type Sequential, sequential, shutdown, train } from '../../src/exports.ts'
import { mobileNet } from '../../src/zoo/mobilenet.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const N = 8
const SIDE = 64
const xs = uniform(N * SIDE * SIDE * 3, 1)
const ys = Float32Array.from({ length: N }, (_, i) => i % 2)

function bitsOf(layer: { getWeights(): { dataSync(): ArrayLike<number> }[] }): string {
  return layer
    .getWeights()
    .map((weight) => Array.from(weight.dataSync()).join())
    .join(';')
}

describe('a frozen MobileNet', () => {
  it('is unchanged to the bit after its head has learnt, and then its last block alone changes', async () => {
    const body = mobileNet({ alpha: 0.25, inputShape: [SIDE, SIDE, 3], classes: 10, seed: 3 })
    // Running statistics that are nobody's defaults, and let activations through.
    const [gamma, beta, mean, variance] = [0.95, 0.1, 0.02, 0.05]
    for (const layer of body.layers) {
      if (layer.className !== 'BatchNormalization') continue
      layer.setWeights(layer.getWeights().map(({ shape }, i) => fill([...shape], [gamma, beta, mean, variance][i]!)))
    }
    const cut = body.layers.findIndex((layer) => /^global/.test(layer.className.toLowerCase()))
    expect(cut).toBeGreaterThan(20)
    const model: Sequential = sequential({ seed: 5 })
    for (const layer of body.layers.slice(0, cut)) model.add(layer)
    model.add(layers.globalAveragePooling2d())
    model.add(layers.dense({ units: 2, activation: 'softmax', name: 'head' }))
    const front = model.layers.slice(0, cut)
    for (const layer of front) layer.trainable = false
    model.compile({ optimizer: train.adam(0.01), loss: 'sparseCategoricalCrossentropy' })
    const [before, head] = [front.map(bitsOf), bitsOf(model.layers.at(-1)!)]
    await model.fit(xs, ys, { epochs: 3, batchSize: 4 })
    expect(front.map(bitsOf)).toEqual(before)
    expect(bitsOf(model.layers.at(-1)!)).not.toBe(head)

    const last = front.slice(-6)
    for (const layer of last) layer.trainable = true
    model.compile({ optimizer: train.adam(0.01), loss: 'sparseCategoricalCrossentropy' })
    await model.fit(xs, ys, { epochs: 2, batchSize: 4 })
    const after = front.map(bitsOf)
    expect(after.slice(0, -6)).toEqual(before.slice(0, -6))
    const thawed = last.flatMap((layer, i) => (layer.weights.length > 0 ? [i] : []))
    expect(thawed.length).toBe(4)
    for (const i of thawed) expect(after.at(i - 6)).not.toBe(before.at(i - 6))
  })
})
