import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grad, grads, valueAndGrads } from '../../src/autograd.ts'
import { ShapeError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import { relu, relu6 } from '../../src/ops/activation.ts'
import { add } from '../../src/ops/arithmetic.ts'
import { conv2d } from '../../src/ops/conv2d.ts'
import { depthwiseConv2d, fusedDepthwiseConv2d } from '../../src/ops/depthwise-conv2d.ts'
import { reshape } from '../../src/ops/layout.ts'
import { concat, slice } from '../../src/ops/slices.ts'
import { sum } from '../../src/ops/sum.ts'
import { square } from '../../src/ops/unary.ts'
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
  { why: 'thirty filters for one channel', x: [2, 6, 7, 1], filter: [3, 3, 1, 30], strides: 1, pad: 'same' },
  { why: 'several filters, stride 2', x: [2, 7, 6, 3], filter: [3, 3, 3, 2], strides: 2, pad: 'same' },
  { why: '5×5, stride 2', x: [2, 9, 12, 6], filter: [5, 5, 6, 1], strides: 2, pad: 'same' },
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

  it.each(['linear', 'relu', 'relu6'] as const)('takes bias and activation along: %s', (activation) => {
    const inputs = [floats([2, 6, 9, 5]), floats([3, 3, 5, 2], { seed: 2 }), floats([10], { seed: 4 })]
    const dy = floats([2, 6, 9, 10], { seed: 3 })
    tidy(() => {
      const fused = (x: Tensor, w: Tensor, bias: Tensor): Tensor =>
        fusedDepthwiseConv2d('test', x, w, { strides: 1, pad: 'same', bias, activation })
      const apart = (x: Tensor, w: Tensor, bias: Tensor): Tensor => {
        const y = add(depthwiseConv2d(x, w, 1, 'same'), bias)
        return { linear: (y: Tensor) => y, relu, relu6 }[activation](y)
      }
      const [one, other] = [fused, apart].map((f) =>
        valueAndGrads(f as (...xs: Tensor[]) => Tensor)(inputs.map(ours), ours(dy)),
      )
      expectClose(one!.value.dataSync(), other!.value.dataSync(), { absolute: 2e-6 })
      one!.grads.forEach((gradient, i) => {
        expectClose(gradient.dataSync(), other!.grads[i]!.dataSync(), { absolute: 2e-5 }, `by input ${i}`)
      })
    })
  })

  it('refuses a bias for other channels', () => {
    tidy(() => {
      const [x, w, bias] = [ours(floats([1, 5, 5, 3])), ours(floats([2, 2, 3, 2])), ours(floats([3]))]
      const f = () => fusedDepthwiseConv2d('dw', x, w, { strides: 1, pad: 'same', bias })
      expectRefusal(f, ShapeError, 'dw: expected bias of shape [6], received [3]')
    })
  })

  it('has gradients of gradients', () => {
    tidy(() => {
      const [x, w] = [ours(floats([1, 5, 6, 3])), ours(floats([3, 3, 3, 1], { seed: 2 }))]
      // y is bilinear: the gradient by x of Σ (dΣy²/dw)², checked along one direction.
      const f = (x: Tensor): Tensor => sum(square(grads((w) => square(depthwiseConv2d(x, w!, 2, 'same')))([w])[0]!))
      const slope = grad(f)(x).dataSync()
      const [step, values] = [1e-2, x.dataSync()]
      const at = (sign: number): number => {
        const moved = values.map((v, i) => v + sign * step * ((i % 7) - 3))
        return f(ours({ values: moved, shape: x.shape, dtype: 'float32' })).dataSync()[0]!
      }
      const along = slope.reduce((total, s, i) => total + s * ((i % 7) - 3), 0)
      expect(((at(1) - at(-1)) / (2 * step) - along) / along).toBeCloseTo(0, 2)
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
