/** Ops with bias and activation, as TF.js has them: biases that broadcast, slopes that are tensors, channels first. */

import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as fused from '../../src/api/fused.ts'
import { grads } from '../../src/autograd.ts'
import { init } from '../../src/init.ts'
import { conv2d } from '../../src/ops/conv2d.ts'
import { tensor } from '../../src/ops/create.ts'
import { transpose } from '../../src/ops/layout.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { expectClose } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'
import '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const X = uniform(2 * 5 * 6 * 3, 1)
const W = uniform(3 * 3 * 3 * 4, 2)
const [xShape, wShape, yShape] = [[2, 5, 6, 3] as const, [3, 3, 3, 4] as const, [2, 3, 4, 4] as const]

const BIASES: readonly [string, readonly number[]][] = [
  ['none', []],
  ['one for each channel', [4]],
  ['one for all', [1, 1]],
  ['one for each pixel', [...yShape]],
]
const ACTIVATIONS = ['linear', 'relu', 'elu', 'prelu', 'leakyrelu'] as const

describe.each(ACTIVATIONS)('conv2d and %s', (activation) => {
  it.each(BIASES)('bias: %s', (_, shape) => {
    const size = shape.reduce((product, n) => product * n, 1)
    const bias = shape.length === 0 ? undefined : uniform(size, 3)
    const slopes = uniform(4, 4)
    const args = { strides: 1, pad: 'valid', activation, leakyreluAlpha: 0.3 } as const
    const mine = (x: ReturnType<typeof tensor>, w: ReturnType<typeof tensor>): ReturnType<typeof tensor> =>
      fused.conv2d({
        ...args,
        x,
        filter: w,
        bias: bias && tensor(bias, [...shape]),
        preluActivationWeights: activation === 'prelu' ? tensor(slopes) : undefined,
      })
    const xy = [tensor(X, xShape), tensor(W, wShape)] as const
    const theirs = tf.fused.conv2d({
      ...args,
      x: tf.tensor4d(X, [...xShape]),
      filter: tf.tensor4d(W, [...wShape]),
      ...(bias && { bias: tf.tensor(bias, [...shape]) }),
      ...(activation === 'prelu' && { preluActivationWeights: tf.tensor(slopes) }),
    })
    expect(mine(...xy).shape).toEqual([...yShape])
    expectClose(mine(...xy).dataSync(), theirs.dataSync(), { relative: 1e-5, absolute: 2e-6 })
    expect(grads(mine)([...xy]).map((gradient) => gradient.shape)).toEqual([[...xShape], [...wShape]])
  })
})

describe('channels first', () => {
  const turned = (x: ReturnType<typeof tensor>): ReturnType<typeof tensor> => transpose(x, [0, 3, 1, 2])

  it.each([
    'valid',
    'same',
    1,
    [
      [0, 0],
      [0, 0],
      [1, 2],
      [0, 1],
    ],
  ] as const)('pad %s', (pad) => {
    const [x, w] = [tensor(X, xShape), tensor(W, wShape)]
    const last = Array.isArray(pad) ? [pad[0], pad[2], pad[3], pad[1]] : pad
    const expected = turned(conv2d(x, w, 2, last as never))
    const y = conv2d(turned(x), w, 2, pad as never, 'NCHW')
    expect(y.shape).toEqual(expected.shape)
    expect([...y.dataSync()]).toEqual([...expected.dataSync()])
    const slopes = tensor(uniform(expected.size, 5), expected.shape)
    const activated = fused.conv2d({
      x: turned(x),
      filter: w,
      strides: 2,
      pad: pad as never,
      dataFormat: 'NCHW',
      bias: [1, 2, 3, 4],
      activation: 'prelu',
      preluActivationWeights: slopes,
    })
    const byChannel = fused.conv2d({
      x: turned(x),
      filter: w,
      strides: 2,
      pad: pad as never,
      dataFormat: 'NCHW',
      activation: 'prelu',
      preluActivationWeights: [1, 2, 3, 4],
    })
    const lower = expected.minimum(0).mul(tensor([1, 2, 3, 4], [4, 1, 1]))
    expectClose(byChannel.dataSync(), expected.relu().add(lower).dataSync(), { absolute: 1e-5 })
    const biased = expected.add(tensor([1, 2, 3, 4], [4, 1, 1]))
    expectClose(activated.dataSync(), biased.relu().add(biased.minimum(0).mul(slopes)).dataSync(), { absolute: 1e-5 })
  })

  it('one image', () => {
    const x = tensor(X.slice(0, 90), [1, 5, 6, 3])
    const y = conv2d(turned(x).reshape([3, 5, 6]), tensor(W, wShape), 1, 'valid', 'NCHW')
    expect(y.shape).toEqual([4, 3, 4])
    expect([...y.dataSync()]).toEqual([...turned(conv2d(x, tensor(W, wShape), 1, 'valid')).dataSync()])
  })
})

describe('matMul', () => {
  it.each([[[3]], [[1, 3]], [[2, 3]], [[2, 1]], [[1, 1]]])('bias of shape %j', (shape) => {
    const [a, b] = [uniform(2 * 5, 1), uniform(5 * 3, 2)]
    const bias = uniform(
      shape.reduce((product, n) => product * n, 1),
      3,
    )
    const mine = fused.matMul({
      a: tensor(a, [2, 5]),
      b: tensor(b, [5, 3]),
      bias: tensor(bias, shape),
      activation: 'relu',
    })
    const theirs = tf.fused.matMul({
      a: tf.tensor2d(a, [2, 5]),
      b: tf.tensor2d(b, [5, 3]),
      bias: tf.tensor(bias, shape),
      activation: 'relu',
    })
    expectClose(mine.dataSync(), theirs.dataSync(), { relative: 1e-5, absolute: 1e-6 })
  })

  it('wants slopes for prelu', () => {
    expect(() => fused.matMul({ a: [[1]], b: [[1]], activation: 'prelu' })).toThrow(
      "fused.matMul: expected preluActivationWeights where activation is 'prelu', received undefined",
    )
  })
})
