/** Losses against TF.js: those of tf.losses, weighted and reduced, and those that `compile` knows by name. */

import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-layers'
import * as theirLosses from '@tensorflow/tfjs-layers/dist/losses.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grad, losses, Reduction, type Tensor, tensor } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { LOSS_NAMES, type LossName, toLoss } from '../../src/losses/table.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { expectClose } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const SHAPE: [number, number] = [5, 3]
const rows = (seed: number, low: number, high: number): Float32Array => uniform(15, seed, low, high)

/** Rows of one 1 each. */
const oneHot = Float32Array.from({ length: 15 }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3))
const bits = Float32Array.from({ length: 15 }, (_, i) => i % 2)

type Way = (l: typeof losses | typeof tf.losses, make: (v: Float32Array, s: number[]) => never, r?: never) => unknown

const labels = oneHot
const logits = rows(3, -2, 2)
const shares = rows(4, 0.05, 0.95)

const CASES: [name: string, way: Way][] = [
  ['absoluteDifference', (l, t, r) => l.absoluteDifference(t(labels, SHAPE), t(logits, SHAPE), undefined, r)],
  ['cosineDistance', (l, t, r) => l.cosineDistance(t(labels, SHAPE), t(shares, SHAPE), 1, undefined, r)],
  ['hingeLoss', (l, t, r) => l.hingeLoss(t(bits, SHAPE), t(logits, SHAPE), undefined, r)],
  ['huberLoss', (l, t, r) => l.huberLoss(t(labels, SHAPE), t(logits, SHAPE), undefined, 0.7, r)],
  ['logLoss', (l, t, r) => l.logLoss(t(bits, SHAPE), t(shares, SHAPE), undefined, 1e-4, r)],
  ['meanSquaredError', (l, t, r) => l.meanSquaredError(t(labels, SHAPE), t(logits, SHAPE), undefined, r)],
  ['sigmoidCrossEntropy', (l, t, r) => l.sigmoidCrossEntropy(t(bits, SHAPE), t(logits, SHAPE), undefined, 0.1, r)],
  ['softmaxCrossEntropy', (l, t, r) => l.softmaxCrossEntropy(t(labels, SHAPE), t(logits, SHAPE), undefined, 0.2, r)],
]

const ours = (values: Float32Array, shape: number[]): never => tensor(values, shape) as never
const theirs = (values: Float32Array, shape: number[]): never => tf.tensor(values, shape) as never

describe('tf.losses', () => {
  it.each(CASES)('%s, by each reduction', (_, way) => {
    for (const reduction of Object.values(Reduction)) {
      const expected = way(tf.losses, theirs, reduction as never) as tf.Tensor
      const found = way(losses, ours, reduction as never) as Tensor
      expect(found.shape).toEqual(expected.shape)
      expectClose(found.dataSync(), expected.dataSync(), { relative: 3e-6, absolute: 1e-6 })
    }
  })

  it.each([
    ['a scalar', [0.5], []],
    ['one per row', [1, 0, 2, 0.5, 0], [5, 1]],
    ['one per column', [1, 0, 3], [1, 3]],
  ])('weights: %s', (_, values, shape) => {
    for (const reduction of Object.values(Reduction)) {
      const weights = Float32Array.from(values)
      const expected = tf.losses.meanSquaredError(
        theirs(labels, SHAPE),
        theirs(logits, SHAPE),
        theirs(weights, shape),
        reduction as never,
      ) as tf.Tensor
      const found = losses.meanSquaredError(ours(labels, SHAPE), ours(logits, SHAPE), ours(weights, shape), reduction)
      expectClose(found.dataSync(), expected.dataSync(), { relative: 3e-6, absolute: 1e-6 })
    }
  })

  it('has the slope of the sigmoid at logits of 0 too, where its parts have kinks', () => {
    const x = tensor([0, 0, -0, 1, -30])
    const slopes = grad((z) => losses.sigmoidCrossEntropy([0, 1, 1, 0, 0], z, undefined, 0, Reduction.SUM))(x)
    expectClose(slopes.dataSync(), [0.5, -0.5, -0.5, 1 / (1 + Math.exp(-1)), Math.exp(-30)], { relative: 1e-6 })
    const second = grad((y) => grad((z) => losses.sigmoidCrossEntropy([0], z, undefined, 0, Reduction.SUM))(y).sum())
    expectClose(second(tensor([1])).dataSync(), [0.19661193], { relative: 1e-5 })
  })

  it('is a scalar of arrays too, and computeWeightedLoss takes what null leaves out', () => {
    expect(losses.meanSquaredError([1, 2], [2, 4]).arraySync()).toBe(2.5)
    expect(losses.computeWeightedLoss([1, 2, 3], null, null).arraySync()).toBe(2)
    expect(() => losses.meanSquaredError([1], [1, 2])).toThrow('losses.meanSquaredError: expected labels of shape [2]')
    expect(() => losses.meanSquaredError([1, 2], [1, 2], [1, 2, 3])).toThrow('expected weights that are a scalar')
  })
})

/** What each loss is tried on: targets and predictions. */
const DATA: Partial<Record<LossName, [Float32Array, Float32Array]>> = {
  categoricalCrossentropy: [oneHot, shares],
  binaryCrossentropy: [bits, shares],
  meanSquaredLogarithmicError: [shares, rows(8, 0.1, 3)],
  kullbackLeiblerDivergence: [shares, rows(9, 0.1, 0.9)],
  poisson: [bits, rows(10, 0.2, 2)],
  hinge: [bits.map((b) => 2 * b - 1), logits],
  squaredHinge: [bits.map((b) => 2 * b - 1), logits],
  categoricalHinge: [oneHot, logits],
}

/** TF.js's functions by name. */
function tfjsLoss(name: string): (t: tf.Tensor, p: tf.Tensor) => tf.Tensor {
  return (theirLosses as unknown as Record<string, (t: tf.Tensor, p: tf.Tensor) => tf.Tensor>)[name]!
}

describe('losses by name', () => {
  it.each(LOSS_NAMES.filter((name) => name !== 'huber' && name !== 'sparseCategoricalCrossentropy'))(
    '%s, and its gradient',
    (name) => {
      const [t, p] = DATA[name] ?? [rows(5, -1, 1), logits]
      const theirLoss = tfjsLoss(name)
      const expected = theirLoss(theirs(t, SHAPE), theirs(p, SHAPE))
      const { apply } = toLoss('test', name)
      const target = ours(t, SHAPE) as Tensor
      const found = apply(target, ours(p, SHAPE))
      expect(found.shape).toEqual(expected.shape)
      expectClose(found.dataSync(), expected.dataSync(), { relative: 1e-5, absolute: 1e-5 })
      const theirGrad = tf.grad((x) => tf.sum(theirLoss(theirs(t, SHAPE), x)))(theirs(p, SHAPE))
      const gradient = grad((x) => apply(target, x).sum())(ours(p, SHAPE))
      expectClose(gradient.dataSync(), theirGrad.dataSync(), { relative: 2e-5, absolute: 2e-5 }, name)
    },
  )

  it('huber is ½e² near the target and straight beyond', () => {
    const { apply } = toLoss('test', 'huber')
    const value = apply(tensor([[0], [0]]), tensor([[0.5], [3]]))
    expectClose(value.dataSync(), [0.125, 2.5])
  })

  it('sparse targets for positions of an image', () => {
    const { apply, checkTarget } = toLoss('test', 'sparse_categorical_crossentropy')
    const p = tensor([0.2, 0.8, 0.5, 0.5, 0.9, 0.1, 0.3, 0.7], [1, 2, 2, 2])
    checkTarget('test', [1, 2, 2, 1], p.shape)
    const value = apply(tensor([1, 0, 0, 1], [1, 2, 2, 1]), p)
    expect(value.shape).toEqual([1, 2, 2])
    expectClose(
      value.dataSync(),
      [0.8, 0.5, 0.9, 0.7].map((share) => -Math.log(share)),
    )
  })

  it.each([
    ['mse', 'meanSquaredError'],
    ['MAE', 'meanAbsoluteError'],
    ['mean_squared_error', 'meanSquaredError'],
    ['CategoricalCrossentropy', 'categoricalCrossentropy'],
    ['binary_crossentropy', 'binaryCrossentropy'],
    ['cosine_similarity', 'cosineProximity'],
    ['kld', 'kullbackLeiblerDivergence'],
  ] as const)('%s is %s', (alias, name) => {
    expect(toLoss('test', alias).name).toBe(name)
  })

  it('smooths labels, from logits as from probabilities', () => {
    const loss = losses.withLabelSmoothing('categoricalCrossentropy', 0.2)
    const { apply, fromLogits } = toLoss('test', loss)
    const expected = tf.losses.softmaxCrossEntropy(theirs(oneHot, SHAPE), theirs(logits, SHAPE), undefined, 0.2)
    const target = ours(oneHot, SHAPE) as Tensor
    const x = ours(logits, SHAPE) as Tensor
    expectClose(fromLogits!.apply(target, x).mean().dataSync(), expected.dataSync(), { relative: 1e-5, absolute: 1e-6 })
    expectClose(apply(target, x.softmax()).mean().dataSync(), expected.dataSync(), { relative: 1e-5, absolute: 1e-6 })
  })
})
