import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grads, valueAndGrads } from '../../src/autograd.ts'
import { ArgumentError, ShapeError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import { mul } from '../../src/ops/arithmetic.ts'
import { conv2d, conv2dTranspose, fusedConv2d } from '../../src/ops/conv2d.ts'
import { tensor } from '../../src/ops/create.ts'
import { concat, slice } from '../../src/ops/slices.ts'
import { sum } from '../../src/ops/sum.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { conv2dShape as inferShape, type Padding } from '../../src/shape.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'
import { expectClose, expectWithinRounding } from '../helpers/compare.ts'
import * as reference from '../helpers/reference/conv2d.ts'
import { expectRefusal } from '../helpers/refusals.ts'
import { expectNoLeak, floats, ours } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

interface Case {
  readonly why: string
  readonly x: readonly [number, number, number, number]
  /** R, S, F */
  readonly filter: readonly [number, number, number]
  readonly strides?: readonly [number, number]
  readonly pad?: Padding
  readonly dilations?: readonly [number, number]
}

const CASES: readonly Case[] = [
  { why: 'plain', x: [2, 6, 7, 3], filter: [3, 3, 4] },
  { why: 'one channel, as in a first layer', x: [1, 9, 8, 1], filter: [3, 3, 9] },
  { why: '1x1', x: [2, 4, 5, 6], filter: [1, 1, 5] },
  { why: '1x1 of few pixels', x: [2, 1, 3, 6], filter: [1, 1, 5] },
  { why: 'same, odd padding', x: [1, 7, 6, 2], filter: [2, 4, 3], pad: 'same' },
  { why: 'same with stride 2', x: [2, 8, 7, 2], filter: [3, 3, 3], strides: [2, 2], pad: 'same' },
  { why: 'strides that leave rows over', x: [1, 9, 10, 2], filter: [2, 3, 3], strides: [3, 2] },
  { why: 'a stride above the kernel', x: [1, 9, 9, 2], filter: [2, 2, 3], strides: [4, 3] },
  { why: 'padding on all sides', x: [1, 4, 5, 2], filter: [3, 3, 3], pad: 2 },
  {
    why: 'padding of each side',
    x: [1, 5, 5, 2],
    filter: [3, 2, 3],
    pad: [
      [0, 0],
      [1, 3],
      [2, 0],
      [0, 0],
    ],
  },
  { why: 'more padding than the kernel is large', x: [1, 3, 3, 1], filter: [2, 2, 2], pad: 3 },
  { why: 'dilation', x: [1, 9, 8, 3], filter: [3, 2, 4], dilations: [2, 3] },
  {
    why: 'dilation, stride and padding',
    x: [2, 9, 9, 2],
    filter: [3, 3, 5],
    dilations: [2, 2],
    strides: [2, 1],
    pad: 'same',
  },
  { why: 'a kernel as large as the image', x: [2, 5, 4, 3], filter: [5, 4, 17] },
  { why: 'primes', x: [3, 11, 7, 5], filter: [3, 5, 13], strides: [2, 3], pad: 1 },
]

function setUp({ x, filter, strides = [1, 1], pad = 'valid', dilations = [1, 1] }: Case) {
  const [R, S, F] = filter
  const filterShape = [R, S, x[3], F]
  const inferred = inferShape('test', x, filterShape, { strides, pad, dilations })
  const { B, H, W, C, strideH, strideW, dilationH, dilationW } = inferred
  const { padTop: top, padBottom: bottom, padLeft: left, padRight: right } = inferred
  const shape = { B, H, W, C, F, R, S, strideH, strideW, dilationH, dilationW, top, bottom, left, right }
  const inputs = [floats(x), floats(filterShape, { seed: 2 }), floats([F], { seed: 3 })] as const
  const dy = floats(inferred.shape, { seed: 4 })
  return { inferred, shape, inputs, dy, options: { strides, pad, dilations } }
}

describe('conv2d', () => {
  it.each(CASES)('agrees with the definition, forward and backward: $why', (given) => {
    const { inferred, shape, inputs, dy, options } = setUp(given)
    const [x, w, bias] = inputs
    tidy(() => {
      const f = (x: Tensor, w: Tensor, b: Tensor): Tensor => fusedConv2d('conv2d', x, w, { ...options, bias: b })
      const { value, grads } = valueAndGrads(f as (...xs: Tensor[]) => Tensor)(inputs.map(ours), ours(dy))
      expect(value.shape).toEqual(inferred.shape)
      const taps = inferred.R * inferred.S * inferred.C
      expectWithinRounding(
        value.dataSync(),
        reference.conv2d(shape, x.values, w.values, { bias: bias.values }),
        taps + 1,
      )
      const [dx, dw, db] = grads as [Tensor, Tensor, Tensor]
      const spots = inferred.P * inferred.Q * inferred.B
      expectWithinRounding(
        dx.dataSync(),
        reference.conv2dGradInput(shape, dy.values, w.values),
        taps * inferred.F,
        'dx',
      )
      expectWithinRounding(dw.dataSync(), reference.conv2dGradFilter(shape, x.values, dy.values), spots, 'dw')
      const sums = new Float64Array(inferred.F)
      Array.from(dy.values).forEach((value, i) => {
        sums[i % inferred.F]! += value
      })
      expectClose(db.dataSync(), sums, { relative: 1e-5, absolute: 1e-5 }, 'db')
    })
  })

  // TF.js has no gradient of a dilated convolution, and reads outside of x where strides and padding leave columns over.
  it.each(CASES.filter(({ dilations, why }) => dilations === undefined && why !== 'primes'))(
    'agrees with TF.js: $why',
    (given) => {
      const { inputs, dy, options } = setUp(given)
      const pad = options.pad as 'valid'
      tf.tidy(() => {
        tidy(() => {
          const foreign = inputs.slice(0, 2).map(({ values, shape }) => tf.tensor(Array.from(values), [...shape]))
          const run = (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
            tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, [...options.strides], pad)
          const expected = tf.grads(run)(foreign, tf.tensor(Array.from(dy.values), [...dy.shape]))
          const actual = grads((x, w) => conv2d(x!, w!, options.strides, options.pad))(
            inputs.slice(0, 2).map(ours),
            ours(dy),
          )
          actual.forEach((tensor, i) => expectClose(tensor.dataSync(), expected[i]!.dataSync(), { absolute: 2e-4 }))
        })
      })
    },
  )

  it.each(['relu', 'relu6'] as const)(
    'is %s of itself where that is fused, and its gradient is masked',
    (activation) => {
      const { inputs, dy } = setUp(CASES[0]!)
      tidy(() => {
        const fused = (x: Tensor, w: Tensor): Tensor => fusedConv2d('conv2d', x, w, { activation })
        const apart = (x: Tensor, w: Tensor): Tensor => conv2d(x, w, 1, 'valid')[activation]()
        const [[x, filter], weights] = [inputs.slice(0, 2).map(ours), ours(dy)]
        const xs = [x!.mul(20), filter!]
        const [a, b] = [fused, apart].map((f) => valueAndGrads(f as (...xs: Tensor[]) => Tensor)(xs, weights))
        expect(a!.value.dataSync()).toEqual(b!.value.dataSync())
        expect(a!.value.dataSync()).toContain(0)
        if (activation === 'relu6') expect(a!.value.dataSync()).toContain(6)
        a!.grads.forEach((gradient, i) => expect(gradient.dataSync()).toEqual(b!.grads[i]!.dataSync()))
      })
    },
  )

  it.each([
    [3, 2],
    [1, 1],
  ])('convolves groups apart, forward and backward: %i × %i', (R, S) => {
    const [x, w] = [floats([2, 5, 6, 6]), floats([R, S, 2, 9], { seed: 2 })]
    tidy(() => {
      const grouped = (x: Tensor, w: Tensor): Tensor => conv2d(x, w, 1, 'same')
      const apart = (x: Tensor, w: Tensor): Tensor =>
        concat(
          [0, 1, 2].map((g) => {
            return conv2d(
              slice(x, [0, 0, 0, g * 2], [-1, -1, -1, 2]),
              slice(w, [0, 0, 0, g * 3], [-1, -1, -1, 3]),
              1,
              'same',
            )
          }),
          3,
        )
      const dy = ours(floats([2, 5, 6, 9], { seed: 3 }))
      const [a, b] = [grouped, apart].map((f) =>
        valueAndGrads(f as (...xs: Tensor[]) => Tensor)([ours(x), ours(w)], dy),
      )
      expect(a!.value.dataSync()).toEqual(b!.value.dataSync())
      a!.grads.forEach((gradient, i) => expectClose(gradient.dataSync(), b!.grads[i]!.dataSync(), { absolute: 2e-6 }))
    })
  })

  it('takes one image without a batch', () => {
    tidy(() => {
      const [x, w] = [ours(floats([5, 6, 2])), ours(floats([3, 3, 2, 4], { seed: 2 }))]
      const y = conv2d(x, w, 1, 'valid')
      expect(y.shape).toEqual([3, 4, 4])
      expect(y.dataSync()).toEqual(conv2d(x.reshape([1, 5, 6, 2]), w, 1, 'valid').dataSync())
    })
  })

  it('has gradients of its gradients', () => {
    const { inputs, options } = setUp(CASES[5]!)
    const [x, w] = inputs
    tidy(() => {
      // The gradient by the filter of Σ (∂y/∂x)² against central differences of the same, taken on the filter.
      const inner = (w: Tensor): Tensor => {
        const [dx] = grads((x) => conv2d(x!, w, options.strides, options.pad).square())([ours(x)])
        return sum(mul(dx!, dx!))
      }
      const [dw] = grads((w) => inner(w!))([ours(w)])
      const at = (i: number, step: number): number =>
        tidy(() => {
          const moved = Float32Array.from(w.values)
          moved[i]! += step
          return inner(tensor(moved, [...w.shape])).dataSync()[0]!
        })
      const slopes = dw!.dataSync()
      for (const i of [0, 7, slopes.length - 1]) {
        const slope = (at(i, 1e-2) - at(i, -1e-2)) / 2e-2
        expect(Math.abs(slopes[i]! - slope)).toBeLessThan(2e-2 * Math.abs(slope) + 1)
      }
    })
  })

  it('leaves nothing behind', () => {
    const { inputs, options } = setUp(CASES[10]!)
    const [x, w] = inputs.map(ours)
    expectNoLeak(() => conv2d(x!, w!, options.strides, options.pad, 'NHWC', options.dilations))
    expectNoLeak(() => grads((x, w) => conv2d(x!, w!, options.strides, 'same', 'NHWC', options.dilations))([x!, w!]))
  })

  it('refuses what does not fit', () => {
    tidy(() => {
      const x = ours(floats([1, 4, 4, 3]))
      const w = ours(floats([3, 3, 3, 2]))
      const refusals: [() => Tensor, new (...args: never) => Error, string][] = [
        [
          () => conv2d(x, ours(floats([3, 3, 2, 2])), 1, 'valid'),
          ShapeError,
          'conv2d: expected a filter for 3 input channels, received [3, 3, 2, 2] on input [1, 4, 4, 3] — its third size is the channels, or divides them (and its fourth) into groups',
        ],
        [
          () => conv2d(x, ours(floats([5, 5, 3, 2])), 1, 'valid'),
          ShapeError,
          "conv2d: expected a kernel within the padded input 4x4, received 5x5 with padding 'valid' — use a smaller kernel or padding 'same'",
        ],
        [
          () => conv2d(x, w, 1, 'valid', 'NHWC', 2),
          ShapeError,
          "conv2d: expected a kernel within the padded input 4x4, received 3x3, dilated to 5x5, with padding 'valid' — use a smaller kernel or padding 'same'",
        ],
        [
          () => conv2d(ours(floats([4, 4])), w, 1, 'valid'),
          ShapeError,
          'conv2d: expected x of rank 4, received [4, 4] — images are [batch, height, width, channels]',
        ],
        [
          () => conv2d(x, w, 0, 'valid'),
          ArgumentError,
          'conv2d: expected strides to be an integer of at least 1, or two of them, received 0',
        ],
        [
          () => conv2d(x, w, [1, 1.5], 'valid'),
          ArgumentError,
          'conv2d: expected strides to be an integer of at least 1, or two of them, received [1, 1.5]',
        ],
        [
          () => conv2d(x, w, 1, -1),
          ArgumentError,
          "conv2d: expected pad to be 'valid', 'same', an integer of at least 0 or [[0, 0], [top, bottom], [left, right], [0, 0]], received -1",
        ],
        [
          () => conv2d(x, w, 1, 'valid', 'NCWH' as 'NHWC'),
          ArgumentError,
          "conv2d: expected dataFormat to be one of NHWC, NCHW, received 'NCWH' — did you mean 'NCHW'?",
        ],
        [
          () => fusedConv2d('conv2d', x, w, { bias: ours(floats([3])) }),
          ShapeError,
          'conv2d: expected bias of shape [2], received [3]',
        ],
      ]
      for (const [run, type, text] of refusals) {
        expectRefusal(run, type, text)
      }
    })
  })
})

describe('conv2dTranspose', () => {
  it.each([
    { why: 'stride 1', out: [1, 5, 6, 3], filter: [3, 3, 3, 4], strides: 1, pad: 'valid' },
    { why: 'stride 2, same', out: [2, 8, 7, 2], filter: [3, 3, 2, 5], strides: 2, pad: 'same' },
    { why: 'stride 3, rows left over', out: [1, 11, 9, 2], filter: [2, 3, 2, 3], strides: 3, pad: 'valid' },
  ] as const)('agrees with TF.js: $why', ({ out, filter, strides, pad }) => {
    tf.tidy(() => {
      tidy(() => {
        const shape = inferShape('test', out, filter, { strides, pad }).shape
        const inputs = [floats(shape), floats(filter, { seed: 2 })]
        const dy = floats(out, { seed: 3 })
        const foreign = inputs.map(({ values, shape }) => tf.tensor(Array.from(values), [...shape]))
        const expected = tf.conv2dTranspose(
          foreign[0] as tf.Tensor4D,
          foreign[1] as tf.Tensor4D,
          [...out],
          strides,
          pad,
        )
        const f = (x: Tensor, w: Tensor): Tensor => conv2dTranspose(x, w, out, strides, pad)
        const { value, grads } = valueAndGrads(f as (...xs: Tensor[]) => Tensor)(inputs.map(ours), ours(dy))
        expect(value.shape).toEqual(out)
        expectClose(value.dataSync(), expected.dataSync(), { absolute: 2e-5 })
        // TF.js has no gradient by this filter in its Node build; by x it is the convolution.
        const dx = tf.conv2d(
          tf.tensor(Array.from(dy.values), [...out]) as tf.Tensor4D,
          foreign[1] as tf.Tensor4D,
          strides,
          pad,
        )
        expectClose(grads[0]!.dataSync(), dx.dataSync(), { absolute: 2e-5 })
        const filterGrad = tf.grad((w) =>
          tf.conv2d(tf.tensor(Array.from(dy.values), [...out]) as tf.Tensor4D, w as tf.Tensor4D, strides, pad),
        )
        expectClose(grads[1]!.dataSync(), filterGrad(foreign[1]!, foreign[0]!).dataSync(), { absolute: 1e-4 })
      })
    })
  })

  it('refuses an output that the convolution would not shrink to x', () => {
    tidy(() => {
      const run = (): Tensor =>
        conv2dTranspose(ours(floats([1, 3, 3, 2])), ours(floats([2, 2, 1, 2])), [1, 9, 9, 1], 2, 'valid')
      expectRefusal(
        run,
        ShapeError,
        'conv2dTranspose: expected x of shape [1, 4, 4, 2] for the output [1, 9, 9, 1], received [1, 3, 3, 2]',
      )
    })
  })
})
