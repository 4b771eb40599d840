import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grads, valueAndGrads } from '../../src/autograd.ts'
import { ArgumentError, ShapeError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import { relu, relu6 } from '../../src/ops/activation.ts'
import { add } from '../../src/ops/arithmetic.ts'
import { batchNormInference, foldBatchNorm, fusedBatchNorm } from '../../src/ops/batch-norm.ts'
import { conv2d } from '../../src/ops/conv2d.ts'
import { depthwiseConv2d } from '../../src/ops/depthwise-conv2d.ts'
import type { EpilogueActivation } from '../../src/ops/epilogue.ts'
import { matMul } from '../../src/ops/matmul.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import type { Shape } from '../../src/shape.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'
import { expectClose } from '../helpers/compare.ts'
import { expectRefusal } from '../helpers/refusals.ts'
import { expectNoLeak, floats, type Input, ours } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const theirs = ({ values, shape }: Input): tf.Tensor => tf.tensor(Array.from(values), [...shape])

const ACTIVATE = { linear: (y: tf.Tensor) => y, relu: tf.relu, relu6: tf.relu6 } as const

/** Compares value and gradients by all inputs with what TF.js says of the same function. */
function expectLike(
  mine: (...xs: Tensor[]) => Tensor,
  foreign: (...xs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly Input[],
  shape: Shape,
): void {
  const dy = floats(shape, { seed: 9 })
  tf.tidy(() => {
    tidy(() => {
      const { value, grads } = valueAndGrads(mine)(inputs.map(ours), ours(dy))
      expect(value.shape).toEqual(shape)
      const others = inputs.map(theirs)
      expectClose(value.dataSync(), foreign(...others).dataSync(), { absolute: 4e-6 }, 'y')
      const slopes = tf.grads(foreign)(others, theirs(dy))
      grads.forEach((gradient, i) => {
        expect(gradient.shape).toEqual(inputs[i]!.shape)
        expectClose(gradient.dataSync(), slopes[i]!.dataSync(), { relative: 1e-5, absolute: 3e-5 }, `by input ${i}`)
      })
    })
  })
}

const CASES: readonly { x: number[]; axis: number; activation: EpilogueActivation }[] = [
  { x: [4, 6, 5, 7], axis: -1, activation: 'linear' },
  { x: [4, 6, 5, 8], axis: 3, activation: 'relu' },
  { x: [30, 9], axis: -1, activation: 'relu6' },
  { x: [3, 5, 4, 6], axis: 1, activation: 'relu' },
  { x: [5, 4, 6], axis: 0, activation: 'linear' },
]

describe('fusedBatchNorm', () => {
  it.each(CASES)('agrees with TF.js, forward and backward: $x, axis $axis, $activation', ({ x, axis, activation }) => {
    const along = (axis + x.length) % x.length
    const C = x[along]!
    const inputs = [
      floats(x, { seed: 1, low: -1, high: 8 }),
      floats([C], { seed: 2, low: 0.5, high: 4 }),
      floats([C], { seed: 3, high: 4 }),
    ]
    const others = x.flatMap((_, i) => (i === along ? [] : [i]))
    const spread = x.map((size, i) => (i === along ? size : 1))
    const mine = (x: Tensor, gamma: Tensor, beta: Tensor): Tensor =>
      fusedBatchNorm('test', x, gamma, beta, { epsilon: 0.01, activation, axis }).y
    const foreign = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor => {
      const { mean, variance } = tf.moments(x, others, true)
      const scaled = tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 0.01))), tf.reshape(gamma, spread))
      return ACTIVATE[activation](tf.add(scaled, tf.reshape(beta, spread)))
    }
    expectLike(mine as (...xs: Tensor[]) => Tensor, foreign as (...xs: tf.Tensor[]) => tf.Tensor, inputs, x)
  })

  it('gives the moments of the batch: the variance of a population', () => {
    tidy(() => {
      const x = floats([6, 5, 4, 9])
      const { mean, variance } = fusedBatchNorm('test', ours(x), null, null)
      tf.tidy(() => {
        const expected = tf.moments(theirs(x), [0, 1, 2])
        expectClose(mean.dataSync(), expected.mean.dataSync(), { absolute: 1e-6 })
        expectClose(variance.dataSync(), expected.variance.dataSync(), { absolute: 1e-6 })
      })
    })
  })

  it('goes without scale, without shift', () => {
    const x = floats([8, 6])
    tidy(() => {
      const ones = floats([6], { low: 1, high: 1 })
      const zeros = floats([6], { low: 0, high: 0 })
      const [dy, whole] = [ours(floats([8, 6], { seed: 5 })), [ours(x), ours(ones), ours(zeros)]]
      const f = (x: Tensor, gamma?: Tensor | null, beta?: Tensor | null): Tensor =>
        fusedBatchNorm('test', x, gamma, beta, { activation: 'relu' }).y
      const all = grads(f as (...xs: Tensor[]) => Tensor)(whole, dy)
      const [dx] = grads((x) => f(x!))([whole[0]!], dy)
      const [, dbeta] = grads((x, beta) => f(x!, null, beta))([whole[0]!, whole[2]!], dy)
      const [, dgamma] = grads((x, gamma) => f(x!, gamma))([whole[0]!, whole[1]!], dy)
      expect(dx!.dataSync()).toEqual(all[0]!.dataSync())
      expect(dgamma!.dataSync()).toEqual(all[1]!.dataSync())
      expect(dbeta!.dataSync()).toEqual(all[2]!.dataSync())
    })
  })

  it('cuts off exactly what relu and relu6 cut off', () => {
    tidy(() => {
      const x = ours(floats([50, 12], { low: -8, high: 8 }))
      const gamma = ours(floats([12], { seed: 2, low: 1, high: 6 }))
      const y = fusedBatchNorm('test', x, gamma, null).y
      expect(fusedBatchNorm('test', x, gamma, null, { activation: 'relu' }).y.dataSync()).toEqual(relu(y).dataSync())
      expect(fusedBatchNorm('test', x, gamma, null, { activation: 'relu6' }).y.dataSync()).toEqual(relu6(y).dataSync())
    })
  })

  it('leaves nothing behind', () => {
    const [x, gamma, beta] = [ours(floats([4, 3, 2, 5])), ours(floats([5])), ours(floats([5], { seed: 2 }))]
    expectNoLeak(() => Object.values(fusedBatchNorm('test', x, gamma, beta)))
    expectNoLeak(() => grads((...xs) => fusedBatchNorm('test', xs[0]!, xs[1]!, xs[2]!).y)([x, gamma, beta]))
    expectNoLeak(() => Object.values(fusedBatchNorm('test', x, null, null, { axis: 1 })))
  })

  it.each([
    [
      () => fusedBatchNorm('bn', ours(floats([2, 3])), ours(floats([2])), null),
      'bn: expected gamma of shape [3], received [2]',
    ],
    [
      () => fusedBatchNorm('bn', ours(floats([2, 3])), null, ours(floats([3, 1]))),
      'bn: expected beta of shape [3], received [3, 1]',
    ],
    [() => fusedBatchNorm('bn', ours(floats([0, 3])), null, null), 'bn: expected x with elements, received [0, 3]'],
  ] as const)('refuses what does not fit: %#', (f, message) => {
    tidy(() => expectRefusal(f, ShapeError, message))
  })

  it('refuses a negative epsilon', () => {
    tidy(() => {
      const f = () => fusedBatchNorm('bn', ours(floats([2, 3])), null, null, { epsilon: -1 })
      expectRefusal(f, ArgumentError, 'bn: expected epsilon to be a finite number of at least 0, received -1')
    })
  })
})

describe('batchNormInference', () => {
  it.each(CASES)('agrees with TF.js by all inputs: $x, axis $axis, $activation', ({ x, axis, activation }) => {
    const along = (axis + x.length) % x.length
    const C = x[along]!
    const inputs = [
      floats(x, { seed: 1, low: -1, high: 8 }),
      floats([C], { seed: 2 }),
      floats([C], { seed: 3, low: 0.5, high: 4 }),
      floats([C], { seed: 4, low: 0.5, high: 4 }),
      floats([C], { seed: 5, high: 4 }),
    ]
    const spread = x.map((size, i) => (i === along ? size : 1))
    const mine = (x: Tensor, mean: Tensor, variance: Tensor, gamma: Tensor, beta: Tensor): Tensor =>
      batchNormInference('test', x, mean, variance, gamma, beta, { epsilon: 0.01, activation, axis })
    const foreign = (x: tf.Tensor, ...given: tf.Tensor[]): tf.Tensor => {
      const [mean, variance, gamma, beta] = given.map((vector) => tf.reshape(vector, spread))
      const scaled = tf.mul(tf.div(tf.sub(x, mean!), tf.sqrt(tf.add(variance!, 0.01))), gamma!)
      return ACTIVATE[activation](tf.add(scaled, beta!))
    }
    expectLike(mine as (...xs: Tensor[]) => Tensor, foreign, inputs, x)
  })

  it.each(['linear', 'relu'] as const)('has the same gradient by x alone: %s', (activation) => {
    tidy(() => {
      const [x, mean, dy] = [ours(floats([7, 5])), ours(floats([5], { seed: 2 })), ours(floats([7, 5], { seed: 4 }))]
      const variance = ours(floats([5], { seed: 3, low: 1, high: 2 }))
      const f = (x: Tensor, mean: Tensor): Tensor =>
        batchNormInference('test', x, mean, variance, null, null, { activation })
      const [alone] = grads((x) => f(x!, mean))([x], dy)
      const [both] = grads((x, mean) => f(x!, mean!))([x, mean], dy)
      expect(alone!.dataSync()).toEqual(both!.dataSync())
    })
  })
})

describe('foldBatchNorm', () => {
  const stats = (C: number) => ({
    mean: ours(floats([C], { seed: 2 })),
    variance: ours(floats([C], { seed: 3, low: 0.5, high: 2 })),
    gamma: ours(floats([C], { seed: 4 })),
    beta: ours(floats([C], { seed: 5 })),
  })

  it.each([
    ['a convolution', [2, 5, 6, 3], [3, 3, 3, 7], 7, (x: Tensor, w: Tensor) => conv2d(x, w, 1, 'same')],
    [
      'a depthwise convolution',
      [2, 5, 6, 3],
      [3, 3, 3, 2],
      6,
      (x: Tensor, w: Tensor) => depthwiseConv2d(x, w, 1, 'same'),
    ],
    ['a dense layer', [4, 3], [3, 5], 5, (x: Tensor, w: Tensor) => matMul(x, w)],
  ] as const)('puts it into the filter and the bias of %s', (_, shape, filterShape, C, op) => {
    tidy(() => {
      const [x, w, bias] = [ours(floats(shape)), ours(floats(filterShape, { seed: 6 })), ours(floats([C], { seed: 7 }))]
      const { mean, variance, gamma, beta } = stats(C)
      for (const own of [bias, null]) {
        const before = own ? add(op(x, w), own) : op(x, w)
        const expected = batchNormInference('test', before, mean, variance, gamma, beta, { epsilon: 0.01 })
        const folded = foldBatchNorm('test', w, own, mean, variance, gamma, beta, 0.01)
        expect(folded.filter.shape).toEqual(filterShape)
        expectClose(add(op(x, folded.filter), folded.bias).dataSync(), expected.dataSync(), { absolute: 2e-5 })
      }
    })
  })
})
