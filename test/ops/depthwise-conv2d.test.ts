import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grads, valueAndGrads } from '../../src/autograd.ts'
import { ShapeError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import { conv2d } from '../../src/ops/conv2d.ts'
import { depthwiseConv2d } from '../../src/ops/depthwise-conv2d.ts'
import { concat, reshape, slice } from '../../src/ops/layout.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { depthwiseConv2dShape, type Padding } from '../../src/shape.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'
import { expectClose } from '../helpers/compare.ts'
import { expectRefusal } from '../helpers/refusals.ts'
import { expectNoLeak, floats, ours } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const CASES: readonly { why: string; x: number[]; filter: number[]; strides: number; pad: Padding }[] = [
  { why: 'one filter per channel', x: [2, 6, 7, 5], filter: [3, 3, 5, 1], strides: 1, pad: 'valid' },
  { why: 'two filters per channel', x: [1, 6, 5, 3], filter: [3, 2, 3, 2], strides: 1, pad: 'same' },
  { why: 'stride 2', x: [2, 7, 8, 4], filter: [3, 3, 4, 1], strides: 2, pad: 'same' },
]

describe('depthwiseConv2d', () => {
  it.each(CASES)('agrees with TF.js, forward and backward: $why', ({ x, filter, strides, pad }) => {
    const inputs = [floats(x), floats(filter, { seed: 2 })]
    const { shape } = depthwiseConv2dShape('test', x, filter, { strides, pad })
    const dy = floats(shape, { seed: 3 })
    tf.tidy(() => {
      tidy(() => {
        const foreign = inputs.map(({ values, shape }) => tf.tensor(Array.from(values), [...shape]))
        const run = (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
          tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad as 'valid')
        const f = (x: Tensor, w: Tensor): Tensor => depthwiseConv2d(x, w, strides, pad)
        const { value, grads } = valueAndGrads(f as (...xs: Tensor[]) => Tensor)(inputs.map(ours), ours(dy))
        expect(value.shape).toEqual(shape)
        expectClose(value.dataSync(), run(foreign[0]!, foreign[1]!).dataSync(), { absolute: 1e-5 })
        const slopes = tf.grads(run)(foreign, tf.tensor(Array.from(dy.values), [...shape]))
        grads.forEach((gradient, i) => expectClose(gradient.dataSync(), slopes[i]!.dataSync(), { absolute: 2e-5 }))
      })
    })
  })

  // TF.js has no gradient of a dilated convolution.
  it('is a convolution of each channel by itself where it is dilated', () => {
    const [x, w, dy] = [floats([2, 8, 9, 3]), floats([3, 2, 3, 2], { seed: 2 }), floats([2, 4, 7, 6], { seed: 3 })]
    tidy(() => {
      const apart = (x: Tensor, w: Tensor): Tensor =>
        concat(
          [0, 1, 2].map((c) => {
            const filter = reshape(slice(w, [0, 0, c, 0], [-1, -1, 1, -1]), [3, 2, 1, 2])
            return conv2d(slice(x, [0, 0, 0, c], [-1, -1, -1, 1]), filter, 1, 'valid', 'NHWC', 2)
          }),
          3,
        )
      const whole = (x: Tensor, w: Tensor): Tensor => depthwiseConv2d(x, w, 1, 'valid', 'NHWC', 2)
      const [a, b] = [whole, apart].map((f) => grads(f as (...xs: Tensor[]) => Tensor)([ours(x), ours(w)], ours(dy)))
      a!.forEach((gradient, i) => expectClose(gradient.dataSync(), b![i]!.dataSync(), { absolute: 2e-5 }))
    })
  })

  it('leaves nothing behind', () => {
    const [x, w] = [ours(floats([1, 5, 5, 3])), ours(floats([2, 2, 3, 2]))]
    expectNoLeak(() => depthwiseConv2d(x, w, 1, 'same'))
    expectNoLeak(() => grads((x, w) => depthwiseConv2d(x!, w!, 1, 'same'))([x, w]))
  })

  it('refuses a filter for other channels', () => {
    tidy(() => {
      expectRefusal(
        () => depthwiseConv2d(ours(floats([1, 5, 5, 3])), ours(floats([2, 2, 4, 1])), 1, 'same'),
        ShapeError,
        'depthwiseConv2d: expected a filter for 3 input channels, received [2, 2, 4, 1]',
      )
    })
  })
})
