/**
 * Convolutions that go Winograd's way, through the public ops: against TF.js, against the direct way, with the pooling
 * taken along and without.
 */

import * as tf from '@tensorflow/tfjs-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { grads, valueAndGrads } from '../../src/autograd.ts'
import { ArgumentError, StateError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import * as layers from '../../src/layers/index.ts'
import { sequential } from '../../src/model/sequential.ts'
import { mul } from '../../src/ops/arithmetic.ts'
import { conv2d, conv2dTranspose, fusedConv2d } from '../../src/ops/conv2d.ts'
import { tensor } from '../../src/ops/create.ts'
import { maxPool } from '../../src/ops/pool2d.ts'
import { sum } from '../../src/ops/sum.ts'
import { suitsWinograd } from '../../src/ops/winograd.ts'
import { runtime, shutdown } from '../../src/runtime/runtime.ts'
import { conv2dShape, type Padding } from '../../src/shape.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'
import { expectClose, expectSameBits } from '../helpers/compare.ts'
import { expectRefusal, expectRejection } from '../helpers/refusals.ts'
import { expectNoLeak, floats, ours } from '../helpers/tfjs.ts'

interface Case {
  readonly why: string
  readonly x: readonly [number, number, number, number]
  readonly filters: number
  readonly pad?: Padding
}

const CASES: readonly Case[] = [
  { why: 'whole tiles', x: [2, 10, 14, 8], filters: 16 },
  { why: 'tiles that end early', x: [2, 9, 11, 12], filters: 8 },
  { why: 'same', x: [1, 13, 7, 8], filters: 20, pad: 'same' },
  { why: 'more images than parts of a batch', x: [18, 6, 8, 8], filters: 8 },
  { why: 'padding as wide as the kernel', x: [1, 7, 7, 8], filters: 12, pad: 3 },
]

function setUp({ x, filters, pad = 'valid' }: Case) {
  const filterShape = [3, 3, x[3], filters]
  const shape = conv2dShape('test', x, filterShape, { strides: 1, pad })
  const inputs = [floats(x), floats(filterShape, { seed: 2 }), floats([filters], { seed: 3 })] as const
  return { pad, shape, inputs, dy: floats(shape.shape, { seed: 4 }) }
}

type Op = (...inputs: Tensor[]) => Tensor

describe('with conv: auto', () => {
  beforeAll(() => init({ simd: 'baseline' }))
  afterAll(shutdown)

  it.each(CASES)('agrees with TF.js, forward and backward: $why', (given) => {
    const { pad, shape, inputs, dy } = setUp(given)
    expect(suitsWinograd(runtime('test'), shape)).toBe(true)
    tf.tidy(() => {
      tidy(() => {
        const foreign = inputs.slice(0, 2).map(({ values, shape }) => tf.tensor(Array.from(values), [...shape]))
        const run = (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
          tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, pad as 'valid')
        const expected = tf.valueAndGrads(run)(foreign, tf.tensor(Array.from(dy.values), [...dy.shape]))
        const actual = valueAndGrads((x, w) => conv2d(x!, w!, 1, pad))(inputs.slice(0, 2).map(ours), ours(dy))
        const tolerance = { relative: 1e-5, absolute: 1e-3 }
        expectClose(actual.value.dataSync(), expected.value.dataSync(), tolerance)
        actual.grads.forEach((gradient, i) =>
          expectClose(gradient.dataSync(), expected.grads[i]!.dataSync(), tolerance),
        )
      })
    })
  })

  it.each(CASES)('takes the pooling along without a change: $why', (given) => {
    const { pad, shape, inputs } = setUp(given)
    const pooled = floats([shape.B, shape.P >> 1, shape.Q >> 1, shape.F], { seed: 5 })
    for (const activation of ['linear', 'relu', 'relu6'] as const) {
      tidy(() => {
        const fused: Op = (x, w, bias) => fusedConv2d('conv2d', x!, w!, { pad, bias, activation, pool: true })
        const apart: Op = (x, w, bias) => {
          return maxPool(fusedConv2d('conv2d', x!, w!, { pad, bias, activation }), 2, 2, 'valid')
        }
        const [a, b] = [fused, apart].map((f) =>
          valueAndGrads(f)([ours(inputs[0]!).mul(20), ...inputs.slice(1).map(ours)], ours(pooled)),
        ) as [ReturnType<ReturnType<typeof valueAndGrads>>, ReturnType<ReturnType<typeof valueAndGrads>>]
        expectSameBits(a.value.dataSync(), b.value.dataSync())
        expectSameBits(a.grads[0]!.dataSync(), b.grads[0]!.dataSync(), 'dx')
        expectSameBits(a.grads[1]!.dataSync(), b.grads[1]!.dataSync(), 'dw')
        expectClose(a.grads[2]!.dataSync(), b.grads[2]!.dataSync(), { relative: 1e-5, absolute: 1e-4 }, 'db')
        const plain = fused(ours(inputs[0]!).mul(20), ...inputs.slice(1).map(ours))
        expectSameBits(plain.dataSync(), a.value.dataSync(), 'without a tape')
      })
    }
  })

  it('pools behind a direct convolution too', () => {
    const [x, w] = [floats([2, 8, 9, 3]), floats([5, 5, 3, 4], { seed: 2 })]
    tidy(() => {
      const expected = maxPool(conv2d(ours(x), ours(w), 1, 'same'), 2, 2, 'valid')
      const actual = fusedConv2d('conv2d', ours(x), ours(w), { pad: 'same', pool: true })
      expectSameBits(actual.dataSync(), expected.dataSync())
    })
  })

  it('computes only the gradients that are asked for, with the same bits', () => {
    const { pad, inputs, dy } = setUp(CASES[1]!)
    tidy(() => {
      const [x, w] = inputs.slice(0, 2).map(ours) as [Tensor, Tensor]
      const [dx, dw] = grads((x, w) => conv2d(x!, w!, 1, pad))([x, w], ours(dy)) as [Tensor, Tensor]
      const [onlyDx] = grads((x) => conv2d(x!, w, 1, pad))([x], ours(dy)) as [Tensor]
      const [onlyDw] = grads((w) => conv2d(x, w!, 1, pad))([w], ours(dy)) as [Tensor]
      expectSameBits(onlyDx.dataSync(), dx.dataSync())
      expectSameBits(onlyDw.dataSync(), dw.dataSync())
      expectSameBits(conv2dTranspose(ours(dy), w, inputs[0].shape, 1, 'valid').dataSync(), dx.dataSync())
    })
  })

  it.each([0, 1])('has gradients of its gradients: the one of input %i', (which) => {
    const { inputs, dy } = setUp({ why: '', x: [1, 6, 6, 8], filters: 8 })
    tidy(() => {
      // Σ (∂y/∂x)² by w, and Σ (∂y/∂w)² by x, against central differences of the same.
      const [fixed, moving] = which === 0 ? [inputs[0], inputs[1]] : [inputs[1], inputs[0]]
      const convolve = (a: Tensor, b: Tensor): Tensor =>
        which === 0 ? conv2d(a, b, 1, 'valid') : conv2d(b, a, 1, 'valid')
      const inner = (m: Tensor): Tensor => {
        const [gradient] = grads((f) => mul(convolve(f!, m).square(), ours(dy)))([ours(fixed)]) as [Tensor]
        return sum(mul(gradient, gradient))
      }
      const [second] = grads((m) => inner(m!))([ours(moving)]) as [Tensor]
      const at = (i: number, step: number): number =>
        tidy(() => {
          const moved = Float32Array.from(moving.values)
          moved[i]! += step
          return inner(tensor(moved, [...moving.shape])).dataSync()[0]!
        })
      const slopes = second.dataSync()
      for (const i of [0, 100, slopes.length - 1]) {
        const slope = (at(i, 1e-2) - at(i, -1e-2)) / 2e-2
        expect(Math.abs(slopes[i]! - slope)).toBeLessThan(3e-2 * Math.abs(slope) + 3e-4 * Math.abs(at(i, 0)))
      }
    })
  })

  it('refuses the gradient of a pooled gradient, as that of max-pooling', () => {
    const { inputs } = setUp(CASES[0]!)
    tidy(() => {
      const [x, w] = inputs.slice(0, 2).map(ours) as [Tensor, Tensor]
      const inner = (w: Tensor): Tensor => {
        return sum(grads((x) => fusedConv2d('conv2d', x!, w, { pool: true }))([x])[0]!)
      }
      const text = 'conv2d, gradient: expected an op with a gradient, received conv2d, gradient, which has none'
      expectRefusal(() => grads((w) => inner(w!))([w]), StateError, text)
    })
  })

  it('leaves nothing behind', () => {
    const { pad, inputs } = setUp(CASES[2]!)
    const [x, w] = inputs.slice(0, 2).map(ours) as [Tensor, Tensor]
    const pooled: Op = (x, w) => fusedConv2d('conv2d', x!, w!, { pad, pool: true })
    expectNoLeak(() => conv2d(x, w, 1, pad))
    expectNoLeak(() => grads((x, w) => conv2d(x!, w!, 1, pad))([x, w]))
    expectNoLeak(() => pooled(x, w))
    expectNoLeak(() => grads(pooled)([x, w]))
  })

  it('gives a model whose layers run in pairs the results of single layers', () => {
    const stack = [
      layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu', inputShape: [14, 14, 8] }),
      layers.maxPooling2d(),
      layers.conv2d({ filters: 8, kernelSize: 3 }),
      layers.maxPooling2d(),
    ] as const
    const model = sequential({ layers: [...stack], seed: 1 })
    tidy(() => {
      const x = ours(floats([2, 14, 14, 8]))
      const together = model.predict(x) as Tensor
      const apart = stack.reduce((y: Tensor, layer) => layer.apply(y), x)
      expect(together.shape).toEqual([2, 2, 2, 8])
      expectSameBits(together.dataSync(), apart.dataSync())
    })
    model.dispose()
  })

  it.each([
    ['too few channels', [1, 12, 12, 4], [3, 3, 4, 8], {}],
    ['too few filters', [1, 12, 12, 8], [3, 3, 8, 4], {}],
    ['channels that are no multiple of 4', [1, 12, 12, 10], [3, 3, 10, 8], {}],
    ['another kernel size', [1, 12, 12, 8], [5, 3, 8, 8], {}],
    ['strides', [1, 12, 12, 8], [3, 3, 8, 8], { strides: 2 }],
    ['dilation', [1, 12, 12, 8], [3, 3, 8, 8], { dilations: 2 }],
    ['groups', [1, 12, 12, 16], [3, 3, 8, 16], {}],
    ['small images', [1, 4, 4, 8], [3, 3, 8, 8], {}],
  ] as const)('leaves to the direct way: %s', (_, x, filter, options) => {
    const shape = conv2dShape('test', x, filter, { strides: 1, pad: 'valid', ...options })
    expect(suitsWinograd(runtime('test'), shape)).toBe(false)
  })
})

describe('init({ conv })', () => {
  beforeEach(shutdown)
  afterEach(shutdown)

  it("computes directly with 'direct'", async () => {
    const { pad, shape, inputs } = setUp(CASES[0]!)
    const results: ArrayLike<number>[] = []
    for (const conv of ['direct', 'auto'] as const) {
      await init({ conv, simd: 'baseline' })
      expect(suitsWinograd(runtime('test'), shape)).toBe(conv === 'auto')
      results.push(tidy(() => conv2d(ours(inputs[0]), ours(inputs[1]), 1, pad).dataSync()))
      shutdown()
    }
    expectClose(results[0]!, results[1]!, { relative: 1e-5, absolute: 1e-4 })
    expect(results[0]).not.toEqual(results[1])
  })

  it('refuses another word', async () => {
    const text = "init: expected conv to be one of auto, direct, received 'winograd'"
    await expectRejection(init({ conv: 'winograd' as 'auto' }), ArgumentError, text)
  })
})
