/** Constraints and regularizers against TF.js, alone and in a step. */

import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { constraintConfig, toConstraint } from '../../src/constraints/table.ts'
import { constraints, layers, regularizers, sequential, tensor, train } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { regularizerConfig, toRegularizer } from '../../src/regularizers/table.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { expectClose } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const w = uniform(12, 1, -2, 2)

const CONSTRAINTS = [
  ['maxNorm', { maxValue: 1.5 }],
  ['maxNorm', { maxValue: 1.5, axis: 1 }],
  ['unitNorm', {}],
  ['nonNeg', undefined],
  ['minMaxNorm', { minValue: 1, maxValue: 1.2, rate: 0.7 }],
] as const

describe('constraints', () => {
  it.each(CONSTRAINTS)('%s %o', (name, args) => {
    const ours = (constraints[name] as (a?: object) => ReturnType<typeof constraints.nonNeg>)(args)
    const theirs = (tfl.constraints[name] as (a?: object) => { apply(w: tf.Tensor): tf.Tensor })(args)
    const expected = theirs.apply(tf.tensor(w, [4, 3])).dataSync()
    expectClose(ours.apply(tensor(w, [4, 3])).dataSync(), expected, { relative: 2e-6, absolute: 1e-6 })
    const again = toConstraint('test', 'c', JSON.parse(JSON.stringify(constraintConfig(ours))))!
    expectClose(again.apply(tensor(w, [4, 3])).dataSync(), expected, { relative: 2e-6, absolute: 1e-6 })
  })

  it('are found by name', () => {
    expect(toConstraint('test', 'c', 'maxNorm')!.getConfig()).toEqual({ maxValue: 2, axis: 0 })
    expect(toConstraint('test', 'c', null)).toBeUndefined()
    expect(() => toConstraint('test', 'c', 'maxnrm' as never)).toThrow('test: expected c to be one of maxNorm')
  })
})

describe('regularizers', () => {
  it.each([
    ['l1', { l1: 0.3 }],
    ['l2', { l2: 0.2 }],
    ['l1l2', { l1: 0.1, l2: 0.2 }],
    ['l1l2', undefined],
  ] as const)('%s %o', (name, args) => {
    const ours = regularizers[name](args as never)
    const theirs = (tfl.regularizers[name] as (a?: object) => { apply(w: tf.Tensor): tf.Tensor })(args)
    const expected = theirs.apply(tf.tensor(w, [4, 3])).dataSync()
    expectClose(ours.apply(tensor(w, [4, 3])).dataSync(), expected, { relative: 2e-6, absolute: 1e-6 })
    const again = toRegularizer('test', 'r', JSON.parse(JSON.stringify(regularizerConfig(ours))))!
    expect(again.getConfig()).toEqual(ours.getConfig())
  })
})

it('a step adds penalties and projects, as in TF.js', async () => {
  const x = uniform(24, 3)
  const y = uniform(8, 4)
  const ours = sequential({ layers: [layers.dense({ units: 1, inputShape: [3] })] })
  const [weight] = ours.weights
  Object.assign(weight!, {
    regularizer: regularizers.l2({ l2: 0.5 }),
    constraint: constraints.maxNorm({ maxValue: 0.3 }),
  })
  // Within the bound: TF.js projects what it is given, too.
  ours.setWeights([tensor([0.1, -0.2, 0.15], [3, 1]), tensor([0.05])])
  ours.compile({ optimizer: train.sgd(0.1), loss: 'meanSquaredError' })
  const theirs = tfl.sequential({
    layers: [
      tfl.layers.dense({
        units: 1,
        inputShape: [3],
        kernelRegularizer: tfl.regularizers.l2({ l2: 0.5 }),
        kernelConstraint: tfl.constraints.maxNorm({ maxValue: 0.3 }),
      }),
    ],
  })
  theirs.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' })
  theirs.setWeights(ours.getWeights().map((each) => tf.tensor(each.dataSync(), [...each.shape])))
  const expected = await theirs.trainOnBatch(tf.tensor(x, [8, 3]), tf.tensor(y, [8, 1]))
  expectClose([(await ours.trainOnBatch(x, y)) as number], [expected as number], { relative: 1e-5, absolute: 1e-6 })
  const [kernel, bias] = ours.getWeights()
  const [theirKernel, theirBias] = theirs.getWeights()
  expectClose(bias!.dataSync(), theirBias!.dataSync(), { relative: 1e-5, absolute: 1e-6 })
  // A column of the kernel is the whole unit: both are at the bound.
  expectClose(kernel!.dataSync(), theirKernel!.dataSync(), { relative: 1e-5, absolute: 1e-6 })
})
