/** Depthwise convolution and its gradients against float64, and the reference's own gradients by central differences. */

import { beforeAll, describe, it } from 'vitest'
import { SPARE_BYTES } from '../../src/runtime/memory.ts'
import { expectClose, expectSameBits, expectWithinRounding } from '../helpers/compare.ts'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'
import { uniform } from '../helpers/random.ts'
import {
  type DepthwiseShape,
  depthwiseConv2d,
  depthwiseConv2dGradFilter,
  depthwiseConv2dGradInput,
  padded,
} from '../helpers/reference/depthwise-conv2d.ts'
import { dot, expectGradient } from '../helpers/reference/differences.ts'

interface Sizes {
  readonly B?: number
  readonly H: number
  readonly W: number
  readonly C: number
  readonly M?: number
  readonly R: number
  readonly S: number
  readonly stride?: readonly [number, number]
  readonly dilation?: readonly [number, number]
  /** top, bottom, left, right */
  readonly pad?: readonly [number, number, number, number]
}

function depthwise({ B = 2, H, W, C, M = 1, R, S, ...options }: Sizes): DepthwiseShape {
  const { stride = [1, 1], dilation = [1, 1], pad = [0, 0, 0, 0] } = options
  const Hp = H + pad[0] + pad[1]
  const Wp = W + pad[2] + pad[3]
  const P = Math.floor((Hp - (R - 1) * dilation[0] - 1) / stride[0]) + 1
  const Q = Math.floor((Wp - (S - 1) * dilation[1] - 1) / stride[1]) + 1
  const [strideH, strideW] = stride
  const [dilationH, dilationW] = dilation
  return { B, H, W, C, M, P, Q, R, S, strideH, strideW, dilationH, dilationW, padTop: pad[0], padLeft: pad[2], Hp, Wp }
}

const CASES: [string, DepthwiseShape][] = [
  ['one pixel, one channel', depthwise({ B: 1, H: 3, W: 3, C: 1, R: 3, S: 3 })],
  ['a tile of 4 pixels, one vector', depthwise({ H: 4, W: 6, C: 4, R: 3, S: 3 })],
  ['pixel tail, channel tail of 1', depthwise({ H: 5, W: 9, C: 5, R: 3, S: 3 })],
  ['pixel tail of 3, channel tail of 3', depthwise({ H: 5, W: 9, C: 7, R: 2, S: 3 })],
  ['16 channels at once', depthwise({ H: 5, W: 6, C: 16, R: 3, S: 3 })],
  ['16 channels, a vector, a tail', depthwise({ H: 5, W: 6, C: 22, R: 3, S: 3 })],
  ['several 16 channels', depthwise({ H: 4, W: 7, C: 37, R: 3, S: 2 })],
  ['1×1 filter', depthwise({ H: 3, W: 5, C: 6, R: 1, S: 1 })],
  ['same padding', depthwise({ H: 6, W: 7, C: 5, R: 3, S: 3, pad: [1, 1, 1, 1] })],
  ['asymmetric padding', depthwise({ H: 6, W: 7, C: 17, R: 3, S: 4, pad: [0, 2, 3, 1] })],
  ['stride 2', depthwise({ H: 9, W: 9, C: 4, R: 3, S: 3, stride: [2, 2], pad: [1, 1, 1, 1] })],
  ['stride 2 that leaves a row and a column', depthwise({ H: 10, W: 12, C: 5, R: 3, S: 3, stride: [2, 2] })],
  ['stride above the filter', depthwise({ H: 11, W: 13, C: 3, R: 2, S: 2, stride: [3, 4] })],
  ['unequal strides', depthwise({ H: 8, W: 11, C: 16, R: 3, S: 3, stride: [1, 3] })],
  ['dilation', depthwise({ H: 9, W: 10, C: 5, R: 3, S: 3, dilation: [2, 3] })],
  [
    'dilation, stride, padding',
    depthwise({ H: 9, W: 8, C: 6, R: 3, S: 2, dilation: [2, 3], stride: [2, 2], pad: [2, 1, 1, 3] }),
  ],
  ['multiplier 2', depthwise({ H: 5, W: 6, C: 3, M: 2, R: 3, S: 3 })],
  [
    'multiplier 3, padding and stride',
    depthwise({ H: 7, W: 6, C: 5, M: 3, R: 3, S: 3, stride: [2, 1], pad: [1, 1, 1, 1] }),
  ],
  ['multiplier 4, dilation', depthwise({ H: 7, W: 8, C: 4, M: 4, R: 2, S: 3, dilation: [2, 2] })],
  ['one channel, multiplier 32', depthwise({ B: 3, H: 6, W: 7, C: 1, M: 32, R: 3, S: 3 })],
  [
    'large multiplier, so that a channel tail would leave the buffer',
    depthwise({ H: 4, W: 4, C: 2, M: 67, R: 3, S: 3 }),
  ],
  ['primes', depthwise({ B: 3, H: 11, W: 13, C: 19, R: 5, S: 3, stride: [2, 1], pad: [2, 1, 0, 2] })],
]

interface Data {
  readonly x: Float32Array
  readonly w: Float32Array
  readonly dy: Float32Array
}

function dataOf({ B, H, W, C, M, P, Q, R, S }: DepthwiseShape): Data {
  return { x: uniform(B * H * W * C, 21), w: uniform(R * S * C * M, 22), dy: uniform(B * P * Q * C * M, 23) }
}

const steps = ({ P, Q, R, S, strideH, strideW, dilationH, dilationW }: DepthwiseShape) =>
  [P, Q, R, S, strideH, strideW, dilationH, dilationW] as const

function forward(bench: KernelBench, { x, w }: Data, shape: DepthwiseShape, parts = 1): Float32Array {
  const { B, Hp, Wp, C, M, P, Q } = shape
  const y = bench.output(B * P * Q * C * M, 'y')
  const inputs = [bench.input(padded(x, shape)), bench.input(w)] as const
  bench.run('depthwiseConv2dForward', [...inputs, y, B, Hp, Wp, C, M, ...steps(shape)], B * P, { parts })
  return bench.read(y, B * P * Q * C * M)
}

function gradInput(bench: KernelBench, { w, dy }: Data, shape: DepthwiseShape, parts = 1): Float32Array {
  const { B, H, W, C, M, padTop, padLeft } = shape
  const dx = bench.output(B * H * W * C, 'dx')
  const sizes = [B, H, W, C, M, ...steps(shape), padTop, padLeft] as const
  bench.run('depthwiseConv2dGradInput', [bench.input(dy), bench.input(w), dx, ...sizes], B * H, { parts })
  return bench.read(dx, B * H * W * C)
}

function gradFilter(bench: KernelBench, { x, dy }: Data, shape: DepthwiseShape, parts = 1): Float32Array {
  const { B, Hp, Wp, C, M, R, S } = shape
  const dw = bench.output(R * S * C * M, 'dw')
  const sizes = [B, Hp, Wp, C, M, ...steps(shape)] as const
  const inputs = [bench.input(padded(x, shape)), bench.input(dy)] as const
  bench.run('depthwiseConv2dGradFilter', [...inputs, dw, ...sizes], Math.ceil(C / 4), { parts })
  return bench.read(dw, R * S * C * M)
}

describe('references', () => {
  it.each(CASES.filter(([, { B, H, W, C, M }]) => B * H * W * C * M < 700))('%s: gradients', (_, shape) => {
    const { x, w, dy } = dataOf(shape)
    const loss = (xs: ArrayLike<number>, ws: ArrayLike<number>) => dot(depthwiseConv2d(xs, ws, shape).values, dy)
    expectGradient((at) => loss(at, w), x, depthwiseConv2dGradInput(dy, w, shape).values, 'dx')
    expectGradient((at) => loss(x, at), w, depthwiseConv2dGradFilter(x, dy, shape).values, 'dw')
  })

  it('agrees with values worked out by hand', () => {
    const shape = depthwise({ B: 1, H: 2, W: 2, C: 2, M: 2, R: 2, S: 2 })
    const x = [1, 10, 2, 20, 3, 30, 4, 40]
    const w = [1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 5, 0, 1]
    expectClose(depthwiseConv2d(x, w, shape).values, [10, 20, 0, 100])
  })
})

describe.each(BUILDS)('depthwise-conv2d kernels, %s', (build) => {
  let bench: KernelBench
  beforeAll(async () => {
    bench = await KernelBench.open(build)
  })

  it.each(CASES)('%s', (_, shape) => {
    const data = dataOf(shape)
    const { B, M, P, Q, R, S } = shape
    expectWithinRounding(forward(bench, data, shape), depthwiseConv2d(data.x, data.w, shape), R * S, 'y')
    const dx = depthwiseConv2dGradInput(data.dy, data.w, shape)
    expectWithinRounding(gradInput(bench, data, shape), dx, R * S * M, 'dx')
    const dw = depthwiseConv2dGradFilter(data.x, data.dy, shape)
    expectWithinRounding(gradFilter(bench, data, shape), dw, B * P * Q, 'dw')
    bench.reset()
  })

  it.each(CASES)('%s: the same bits in 2, 3 and 4 parts', (_, shape) => {
    const data = dataOf(shape)
    for (const parts of [2, 3, 4]) {
      expectSameBits(forward(bench, data, shape, parts), forward(bench, data, shape), `y in ${parts}`)
      expectSameBits(gradInput(bench, data, shape, parts), gradInput(bench, data, shape), `dx in ${parts}`)
      expectSameBits(gradFilter(bench, data, shape, parts), gradFilter(bench, data, shape), `dw in ${parts}`)
    }
    bench.reset()
  })

  it.each([
    ['one filter per channel', depthwise({ H: 5, W: 6, C: 22, R: 3, S: 3 })],
    ['several', depthwise({ H: 5, W: 6, C: 5, M: 3, R: 3, S: 3 })],
  ])('NaN and infinities stay in their channels: %s', (_, shape) => {
    const data = dataOf(shape)
    data.x[data.x.length - 2 - shape.C] = Number.NaN
    data.x[1] = Number.POSITIVE_INFINITY
    data.dy[7] = Number.NaN
    const { R, S, M, B, P, Q } = shape
    expectWithinRounding(forward(bench, data, shape), depthwiseConv2d(data.x, data.w, shape), R * S, 'y')
    const dx = depthwiseConv2dGradInput(data.dy, data.w, shape)
    expectWithinRounding(gradInput(bench, data, shape), dx, R * S * M, 'dx')
    const dw = depthwiseConv2dGradFilter(data.x, data.dy, shape)
    expectWithinRounding(gradFilter(bench, data, shape), dw, B * P * Q, 'dw')
    bench.reset()
  })

  it('a channel tail with a large multiplier reads nothing past the spare bytes', () => {
    const shape = depthwise({ B: 1, H: 4, W: 4, C: 1, M: 67, R: 3, S: 3 })
    const data = dataOf(shape)
    const { dy, w } = data
    const atEnd = (values: Float32Array): number => {
      const at = bench.memory.totalBytes - 4 * values.length - SPARE_BYTES
      bench.memory.f32(at, values.length).set(values)
      return at
    }
    const dx = bench.output(16, 'dx')
    const sizes = [1, 4, 4, 1, 67, ...steps(shape)] as const
    bench.run('depthwiseConv2dGradInput', [atEnd(dy), bench.input(w), dx, ...sizes, 0, 0], 4)
    expectSameBits(bench.read(dx, 16), gradInput(bench, data, shape))
    bench.run('depthwiseConv2dGradInput', [bench.input(dy), atEnd(w), dx, ...sizes, 0, 0], 4)
    expectSameBits(bench.read(dx, 16), gradInput(bench, data, shape))
    const dw = bench.output(w.length, 'dw')
    bench.run('depthwiseConv2dGradFilter', [bench.input(data.x), atEnd(dy), dw, ...sizes], 1)
    expectSameBits(bench.read(dw, w.length), gradFilter(bench, data, shape))
    bench.reset()
  })
})
