/** The part of a model that training leaves as it is: what it is, and that a pass through it and the rest is the whole. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { init, input, type LayersModel, layers, model, sequential, shutdown } from '../../src/exports.ts'
import { tensor } from '../../src/ops/create.ts'
import type { Tensor } from '../../src/tensor.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

/** A base with a skip connection, within a model in a row that has a head with dropout. */
function transfer(): { base: LayersModel; whole: LayersModel } {
  const begin = input({ shape: [8, 8, 2] })
  const a = layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu', name: 'a' }).apply(begin)
  const b = layers.conv2d({ filters: 4, kernelSize: 1, name: 'b' }).apply(a)
  const pooled = layers.maxPooling2d({ name: 'pool' }).apply(layers.activation({ activation: 'relu' }).apply(b))
  const base = model({ inputs: begin, outputs: pooled, seed: 1, name: 'base' })
  const head = [layers.flatten(), layers.dropout({ rate: 0.5 }), layers.dense({ units: 3, activation: 'softmax' })]
  return { base, whole: sequential({ layers: [base, ...head], seed: 2 }) }
}

const batch = (): Tensor => tensor(uniform(4 * 128, 1), [4, 8, 8, 2])

describe('the frozen front', () => {
  it('is not there while the first weights are trained', () => {
    expect(transfer().whole.frozenFront()).toBeUndefined()
  })

  it('ends before the first weight that is trained and the first random layer', () => {
    const { base, whole } = transfer()
    base.trainable = false
    expect(whole.frozenFront()!.layers).toEqual(['a', 'b', 'activation', 'pool', 'flatten'])
    base.getLayer('b').trainable = true
    expect(whole.frozenFront()!.layers).toEqual(['a'])
  })

  it.each([true, false])('and the rest give the bits of the whole model, training: %s', (training) => {
    const { base, whole } = transfer()
    whole.makeWeights()
    base.trainable = false
    const [expected] = whole.forward([batch()], { training })
    const { front, forward } = whole.frozenFront()!
    const [output] = forward(front([batch()]), { training })
    expect(output!.dataSync()).toEqual(expected!.dataSync())
    const [logits] = forward(front([batch()]), { training, logits: [true] })
    expect(logits!.dataSync()).toEqual(whole.forward([batch()], { training, logits: [true] })[0]!.dataSync())
  })
})
