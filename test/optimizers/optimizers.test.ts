import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-layers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { variableGrads } from '../../src/autograd.ts'
import { init } from '../../src/init.ts'
import { scalar, tensor1d, variable } from '../../src/ops/create.ts'
import { adam, adamax, adamw } from '../../src/optimizers/adam.ts'
import { adadelta, adagrad, rmsprop } from '../../src/optimizers/adaptive.ts'
import type { Optimizer } from '../../src/optimizers/optimizer.ts'
import { momentum, sgd } from '../../src/optimizers/sgd.ts'
import { toOptimizer } from '../../src/optimizers/table.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { fromValues, memory, tidy, type Variable } from '../../src/tensor.ts'
import { hashed } from '../fixtures/formula.ts'
import fixture from '../fixtures/optimizers.json' with { type: 'json' }
import { expectClose, expectSameBits } from '../helpers/compare.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const STEPS = 10

/** The start and the gradients of the fixture: of very different sizes, 2, 0.2, 0.02 and so on. */
const start = (): Float32Array => Float32Array.from(hashed(0, fixture.size))
const gradient = (step: number): Float32Array =>
  Float32Array.from(hashed(1 + step, fixture.size), (value, i) => value * 2 * 10 ** -(i % 4))

/** The weights after each step. */
function path(optimizer: Optimizer): Float32Array[] {
  const w = variable(tensor1d(start()))
  const steps = Array.from({ length: STEPS }, (_, step) => {
    const g = tensor1d(gradient(step))
    optimizer.apply([w], [g])
    g.dispose()
    return w.dataSync()
  })
  w.dispose()
  optimizer.dispose()
  return steps
}

function tfjsPath(optimizer: tf.Optimizer): Float32Array[] {
  const w = tf.variable(tf.tensor1d(start()))
  return Array.from({ length: STEPS }, (_, step) => {
    optimizer.applyGradients([{ name: w.name, tensor: tf.tensor1d(gradient(step)) }])
    return w.dataSync().slice() as Float32Array
  })
}

describe('ten steps of PyTorch', () => {
  const OURS: Record<keyof typeof fixture.paths, () => Optimizer> = {
    sgd: () => sgd(0.1),
    momentum: () => momentum(0.05, 0.9),
    nesterov: () => momentum(0.05, 0.9, true),
    adam: () => adam(0.01),
    adamBeta: () => adam(0.02, 0.7, 0.9, 1e-3),
    adamw: () => adamw(0.01, 0.9, 0.999, 1e-7, 0.1),
    amsgrad: () => adam({ learningRate: 0.01, beta1: 0.7, beta2: 0.6, amsgrad: true }),
    adamax: () => adamax(0.02, 0.9, 0.99, 1e-30),
    adadelta: () => adadelta(0.5, 0.9, 1e-5),
    rmsprop: () => rmsprop(0.01, 0.9, 0, 1e-30),
    rmspropMomentum: () => rmsprop(0.01, 0.8, 0.5, 1e-30),
    rmspropCentered: () => rmsprop(0.01, 0.9, 0.5, 1e-30, true),
    adagrad: () => adagrad(0.1, 0.1),
  }

  it('are in the fixture for each of ours', () => {
    expect(Object.keys(fixture.paths).sort()).toEqual(Object.keys(OURS).sort())
  })

  it.each(Object.entries(OURS))('%s', (name, make) => {
    const expected = fixture.paths[name as keyof typeof OURS]
    path(make()).forEach((w, step) => {
      expectClose(w, expected[step]!, { relative: 1e-6, absolute: 1e-6 }, `${name}, step ${step + 1}`)
    })
  })
})

describe('ten steps of TF.js', () => {
  const PAIRS: [name: string, ours: () => Optimizer, theirs: () => tf.Optimizer][] = [
    ['sgd', () => sgd(0.1), () => tf.train.sgd(0.1)],
    ['momentum', () => momentum(0.1, 0.8), () => tf.train.momentum(0.1, 0.8)],
    ['nesterov', () => momentum(0.1, 0.8, true), () => tf.train.momentum(0.1, 0.8, true)],
    ['adam', () => adam(), () => tf.train.adam()],
    ['adam, other betas', () => adam(0.02, 0.7, 0.9, 1e-3), () => tf.train.adam(0.02, 0.7, 0.9, 1e-3)],
    ['adamax', () => adamax(0.01), () => tf.train.adamax(0.01)],
    ['adamax, decaying', () => adamax(0.01, 0.8, 0.9, 1e-3, 0.5), () => tf.train.adamax(0.01, 0.8, 0.9, 1e-3, 0.5)],
    ['rmsprop', () => rmsprop(0.01), () => tf.train.rmsprop(0.01)],
    ['rmsprop, momentum', () => rmsprop(0.01, 0.8, 0.5, 1e-4), () => tf.train.rmsprop(0.01, 0.8, 0.5, 1e-4)],
    // TF.js subtracts epsilon from the variance, where it can make a root of a negative number; so none here.
    [
      'rmsprop, centered',
      () => rmsprop(0.01, 0.9, 0.5, 1e-30, true),
      () => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-30, true),
    ],
    ['adagrad', () => adagrad(0.1), () => tf.train.adagrad(0.1)],
    ['adagrad, from 0.5', () => adagrad(0.1, 0.5), () => tf.train.adagrad(0.1, 0.5)],
  ]

  it.each(PAIRS)('%s', (name, ours, theirs) => {
    const expected = tfjsPath(theirs())
    path(ours()).forEach((w, step) => {
      expectClose(w, expected[step]!, { relative: 2e-6, absolute: 2e-6 }, `${name}, step ${step + 1}`)
    })
  })

  it('adamw without decay is adam, and decays by rate and decay alone where there is no gradient', () => {
    const plain = path(adam(0.01))
    path(adamw(0.01, 0.9, 0.999, 1e-7, 0)).forEach((w, step) => {
      expectSameBits(w, plain[step]!)
    })
    const w = variable(tensor1d([1, -2]))
    const zero = tensor1d([0, 0])
    adamw(0.1, 0.9, 0.999, 1e-7, 0.5).apply([w], [zero])
    expectClose(w.dataSync(), [0.95, -1.9])
  })
})

describe('Optimizer', () => {
  /** (w − 3)² */
  const square = (w: Variable) => () => w.sub(3).square().sum()

  it('minimizes a function of variables, and tells its value where it is asked to', () => {
    const w = variable(tensor1d([0, 10]))
    const optimizer = sgd(0.25)
    expect(optimizer.minimize(square(w), true)!.arraySync()).toBe(9 + 49)
    expect(w.arraySync()).toEqual([1.5, 6.5])
    expect(optimizer.minimize(square(w))).toBeNull()
    expect(w.arraySync()).toEqual([2.25, 4.75])
    expect(optimizer.iterations).toBe(2)
  })

  it('steps those variables alone that it is given', () => {
    const [a, b] = [variable(tensor1d([0])), variable(tensor1d([0]))]
    sgd(0.5).minimize(() => a.add(b).sub(1).square().sum(), false, [b])
    expect([a.arraySync(), b.arraySync()]).toEqual([[0], [1]])
  })

  it('takes what variableGrads returns', () => {
    const w = variable(tensor1d([0, 10]))
    const { grads } = variableGrads(square(w))
    sgd(0.25).applyGradients(grads)
    expect(w.arraySync()).toEqual([1.5, 6.5])
    const text = "SGD.applyGradients: expected gradients under the names that variableGrads returns, received 'nobody'"
    expect(() => sgd(1).applyGradients({ nobody: scalar(1) })).toThrow(expect.objectContaining({ message: text }))
  })

  it('leaves a variable without a gradient as it is', () => {
    const w = variable(tensor1d([1]))
    const optimizer = adam()
    optimizer.apply([w], [null])
    expect(w.arraySync()).toEqual([1])
    expect(optimizer.iterations).toBe(1)
  })

  it('follows a learning rate that is set later', () => {
    const w = variable(tensor1d([1]))
    const optimizer = sgd(0)
    optimizer.apply([w], [tensor1d([1])])
    expect(w.arraySync()).toEqual([1])
    optimizer.learningRate = 0.5
    optimizer.apply([w], [tensor1d([1])])
    expect(w.arraySync()).toEqual([0.5])
    expect(optimizer.getConfig()).toEqual({ learningRate: 0.5 })
  })

  it('has slots of its own for each variable, and gives them back', () => {
    const [v, w] = [variable(tensor1d([0, 0])), variable(tensor1d([0]))]
    const before = memory().numDataBuffers
    const optimizer = adam(0.1)
    tidy(() => optimizer.apply([v, w], [tensor1d([1, 2]), tensor1d([4])]))
    expect(memory().numDataBuffers).toBe(before + 4)
    expectClose(optimizer.slots(v)[0]!.dataSync(), [0.1, 0.2])
    expectClose(optimizer.slots(w)[1]!.dataSync(), [0.016])
    optimizer.dispose()
    expect(memory().numDataBuffers).toBe(before)
  })

  it('starts the accumulator of adagrad where it is told to', () => {
    const w = variable(tensor1d([0]))
    const optimizer = adagrad(1, 0.75)
    optimizer.apply([w], [tensor1d([0.5])])
    expectClose(w.dataSync(), [-0.5])
    expectClose(optimizer.slots(w)[0]!.dataSync(), [1])
  })

  it('lets NaN through to the weights', () => {
    for (const optimizer of [
      sgd(1),
      momentum(1, 0.9),
      adam(),
      rmsprop(1),
      rmsprop(1, 0.9, 0, 1e-7, true),
      adagrad(1),
    ]) {
      const w = variable(tensor1d([1, 1]))
      optimizer.apply([w], [tensor1d([Number.NaN, 0])])
      expect(w.arraySync()).toEqual([Number.NaN, 1])
    }
  })

  const REFUSALS: [what: string, call: () => unknown, text: string][] = [
    [
      'a negative rate',
      () => sgd(-1),
      'optimizer: expected learningRate to be a finite number of at least 0, received -1',
    ],
    [
      'a rate of NaN',
      () => adam(Number.NaN),
      'optimizer: expected learningRate to be a finite number of at least 0, received NaN',
    ],
    [
      'a later rate of Infinity',
      () => {
        adam().learningRate = Number.POSITIVE_INFINITY
      },
      'Adam: expected learningRate to be a finite number of at least 0, received Infinity',
    ],
    [
      'no rate',
      () => sgd(undefined as never),
      'optimizer: expected learningRate to be a finite number of at least 0, received undefined',
    ],
    [
      'momentum of 1',
      () => momentum(0.1, 1),
      'train.momentum: expected momentum to be a finite number of at least 0 and below 1, received 1',
    ],
    [
      'beta1 of 1',
      () => adam(0.1, 1),
      'train.adam: expected beta1 to be a finite number of at least 0 and below 1, received 1',
    ],
    [
      'beta2 below 0',
      () => adam(0.1, 0.9, -0.1),
      'train.adam: expected beta2 to be a finite number of at least 0 and below 1, received -0.1',
    ],
    [
      'epsilon of 0',
      () => adam(0.1, 0.9, 0.999, 0),
      'train.adam: expected epsilon to be a finite number above 0, received 0',
    ],
    [
      'a negative decay of weights',
      () => adamw(0.1, 0.9, 0.999, 1e-7, -1),
      'train.adamw: expected weightDecay to be a finite number of at least 0, received -1',
    ],
    [
      'a decay of 1',
      () => rmsprop(0.1, 1),
      'train.rmsprop: expected decay to be a finite number of at least 0 and below 1, received 1',
    ],
    [
      'a negative accumulator',
      () => adagrad(0.1, -1),
      'train.adagrad: expected initialAccumulatorValue to be a finite number of at least 0, received -1',
    ],
    [
      'an unknown name',
      () => toOptimizer('compile', 'adm' as never),
      "compile: expected optimizer to be one of sgd, momentum, adam, adamw, adamax, rmsprop, adagrad, adadelta, received 'adm' — did you mean 'adam'?",
    ],
    [
      'a gradient of another shape',
      () => adam().apply([variable(tensor1d([1, 2]), true, 'w')], [fromValues('test', [1], [1])]),
      'Adam, w: expected a gradient of shape [2], received [1]',
    ],
  ]

  it.each(REFUSALS)('refuses %s', (_, call, text) => {
    expect(call).toThrow(expect.objectContaining({ message: text }))
  })
})
