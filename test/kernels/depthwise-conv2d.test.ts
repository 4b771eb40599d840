/** Depthwise convolution and its gradients against float64, and the reference's own gradients by central differences. */

import { beforeAll, describe, expect, it } from 'vitest'
import { expectClose, expectSameBits, expectWithinRounding } from '../helpers/compare.ts'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'
import { uniform } from '../helpers/random.ts'
import {
  type DepthwiseShape,
  depthwiseConv2d,
  depthwiseConv2dGradFilter,
  depthwiseConv2dGradInput,
} from '../helpers/reference/depthwise-conv2d.ts'
import { dot, expectGradient } from '../helpers/reference/differences.ts'

interface Sizes {
  readonly B?: number
  readonly H: number
  readonly W: number
  readonly C: number
  readonly R: number
  readonly S: number
  readonly stride?: readonly [number, number]
  readonly dilation?: readonly [number, number]
  /** top, bottom, left, right */
  readonly pad?: readonly [number, number, number, number]
}

function depthwise({ B = 2, H, W, C, R, S, ...options }: Sizes): DepthwiseShape {
  const { stride = [1, 1], dilation = [1, 1], pad = [0, 0, 0, 0] } = options
  const P = Math.floor((H + pad[0] + pad[1] - (R - 1) * dilation[0] - 1) / stride[0]) + 1
  const Q = Math.floor((W + pad[2] + pad[3] - (S - 1) * dilation[1] - 1) / stride[1]) + 1
  const [strideH, strideW] = stride
  const [dilationH, dilationW] = dilation
  return { B, H, W, C, P, Q, R, S, strideH, strideW, dilationH, dilationW, padTop: pad[0], padLeft: pad[2] }
}

/** Widths that leave 0 to 7 pixels beside the first tile of 4, with and without edges, for each tile that there is. */
const TILES: [string, DepthwiseShape][] = [3, 5].flatMap((S) =>
  [1, 2].flatMap((stride) =>
    [0, 1].flatMap((edge) =>
      [1, 3, 4, 5, 6, 7, 8, 11].map((inside): [string, DepthwiseShape] => {
        const W = (inside - 1) * stride + S
        const pad = edge === 0 ? ([0, 0, 0, 0] as const) : ([1, 2, 2, 1] as const)
        const shape = depthwise({ B: 1, H: 4, W, C: 5, R: 3, S, stride: [1, stride], pad })
        return [`${inside} pixels inside, ${S} wide, stride ${stride}${edge === 0 ? '' : ', edges'}`, shape]
      }),
    ),
  ),
)

const CASES: [string, DepthwiseShape][] = [
  ...TILES,
  ['one pixel, one channel', depthwise({ B: 1, H: 3, W: 3, C: 1, R: 3, S: 3 })],
  ...[1, 2, 3, 4, 7, 8, 15, 16, 17, 22, 37].map((C): [string, DepthwiseShape] => [
    `${C} channels`,
    depthwise({ H: 5, W: 8, C, R: 3, S: 3, pad: [1, 1, 1, 1] }),
  ]),
  ['two columns of taps', depthwise({ H: 4, W: 7, C: 37, R: 3, S: 2 })],
  ['1×1 filter', depthwise({ H: 3, W: 5, C: 6, R: 1, S: 1 })],
  ['1×5 filter', depthwise({ H: 3, W: 9, C: 6, R: 1, S: 5, pad: [0, 0, 2, 2] })],
  ['7×7 filter', depthwise({ H: 9, W: 8, C: 6, R: 7, S: 7, pad: [3, 3, 3, 3] })],
  ['a filter larger than the image', depthwise({ H: 2, W: 3, C: 6, R: 5, S: 5, pad: [2, 2, 2, 2] })],
  ['asymmetric padding', depthwise({ H: 6, W: 7, C: 17, R: 3, S: 4, pad: [0, 2, 3, 1] })],
  ['padding above the filter', depthwise({ H: 5, W: 6, C: 5, R: 3, S: 3, pad: [4, 3, 4, 5] })],
  ['stride 2', depthwise({ H: 9, W: 9, C: 4, R: 3, S: 3, stride: [2, 2], pad: [1, 1, 1, 1] })],
  ['5×5, stride 2', depthwise({ H: 11, W: 12, C: 18, R: 5, S: 5, stride: [2, 2], pad: [1, 2, 1, 2] })],
  ['stride 2 that leaves a row and a column', depthwise({ H: 10, W: 12, C: 5, R: 3, S: 3, stride: [2, 2] })],
  ['stride above the filter', depthwise({ H: 11, W: 13, C: 3, R: 2, S: 2, stride: [3, 4] })],
  ['unequal strides', depthwise({ H: 8, W: 11, C: 16, R: 3, S: 3, stride: [1, 3] })],
  ['stride 2 down, 1 across', depthwise({ H: 8, W: 11, C: 9, R: 3, S: 3, stride: [2, 1], pad: [1, 1, 1, 1] })],
  ['dilation', depthwise({ H: 9, W: 10, C: 5, R: 3, S: 3, dilation: [2, 3] })],
  ['dilation down', depthwise({ H: 9, W: 10, C: 5, R: 3, S: 3, dilation: [2, 1], pad: [2, 2, 1, 1] })],
  [
    'dilation, stride, padding',
    depthwise({ H: 9, W: 8, C: 6, R: 3, S: 2, dilation: [2, 3], stride: [2, 2], pad: [2, 1, 1, 3] }),
  ],
  [
    'dilation by 4 and 6, strides of 6 and 4',
    depthwise({ H: 30, W: 28, C: 3, R: 4, S: 4, dilation: [4, 6], stride: [6, 4], pad: [2, 3, 1, 5] }),
  ],
  ['primes', depthwise({ B: 3, H: 11, W: 13, C: 19, R: 5, S: 3, stride: [2, 1], pad: [2, 1, 0, 2] })],
]

/** Operands behind L2, whose rows are fetched ahead. */
const FAR: [string, DepthwiseShape][] = [
  ['stride 1', depthwise({ H: 67, W: 123, C: 64, R: 3, S: 3, pad: [1, 1, 1, 1] })],
  [
    'rows above and below the image',
    depthwise({ H: 131, W: 67, C: 65, R: 3, S: 3, stride: [2, 2], pad: [7, 9, 1, 0] }),
  ],
]

interface Data {
  readonly x: Float32Array
  readonly w: Float32Array
  readonly dy: Float32Array
}

function dataOf({ B, H, W, C, P, Q, R, S }: DepthwiseShape): Data {
  return { x: uniform(B * H * W * C, 21), w: uniform(R * S * C, 22), dy: uniform(B * P * Q * C, 23) }
}

const steps = ({ R, S, strideH, strideW, dilationH, dilationW, padTop, padLeft }: DepthwiseShape) =>
  [R, S, strideH, strideW, dilationH, dilationW, padTop, padLeft] as const

const NONE = [Number.NaN, Number.NaN] as const

/** The filter as the kernels want it, as it is or turned round. */
function packedFilter(bench: KernelBench, w: Float32Array, { C, R, S }: DepthwiseShape, turned = false): number {
  const group = bench.NR / 2
  const groups = Math.ceil(C / group)
  const packed = bench.output(groups * R * S * group, 'packed')
  bench.run('depthwiseConv2dPack', [bench.input(w), packed, C, R * S, Number(turned)], groups, { parts: 2 })
  return packed
}

function forward(
  bench: KernelBench,
  { x, w }: Data,
  shape: DepthwiseShape,
  { parts = 1, bias, bounds = NONE }: { parts?: number; bias?: Float32Array; bounds?: readonly [number, number] } = {},
): Float32Array {
  const { B, H, W, C, P, Q } = shape
  const y = bench.output(B * P * Q * C, 'y')
  const inputs = [bench.input(x), packedFilter(bench, w, shape), bias === undefined ? 0 : bench.input(bias)] as const
  const sizes = [B, H, W, C, P, Q, ...steps(shape), ...bounds] as const
  bench.run('depthwiseConv2dForward', [...inputs, y, ...sizes], B * P, { parts })
  return bench.read(y, B * P * Q * C)
}

function gradInput(bench: KernelBench, { w, dy }: Data, shape: DepthwiseShape, parts = 1): Float32Array {
  const { B, H, W, C, P, Q } = shape
  const dx = bench.output(B * H * W * C, 'dx')
  const sizes = [B, H, W, C, P, Q, ...steps(shape)] as const
  bench.run('depthwiseConv2dGradInput', [bench.input(dy), packedFilter(bench, w, shape), dx, ...sizes], B * H, {
    parts,
  })
  return bench.read(dx, B * H * W * C)
}

/** The same where strides are 1: a convolution with the filter turned round. */
function turnedRound(bench: KernelBench, { w, dy }: Data, shape: DepthwiseShape, parts = 1): Float32Array {
  const { B, H, W, C, P, Q, R, S, dilationH, dilationW, padTop, padLeft } = shape
  const dx = bench.output(B * H * W * C, 'dx')
  const pads = [(R - 1) * dilationH - padTop, (S - 1) * dilationW - padLeft] as const
  const sizes = [B, P, Q, C, H, W, R, S, 1, 1, dilationH, dilationW, ...pads, ...NONE] as const
  bench.run('depthwiseConv2dForward', [bench.input(dy), packedFilter(bench, w, shape, true), 0, dx, ...sizes], B * H, {
    parts,
  })
  return bench.read(dx, B * H * W * C)
}

function gradFilter(bench: KernelBench, { x, dy }: Data, shape: DepthwiseShape, cuts = 1, rows = 3): Float32Array {
  const { B, H, W, C, P, Q, R, S } = shape
  const parts = Math.ceil((B * P) / rows)
  const group = bench.NR / 2
  const [partials, dw] = [bench.output(parts * R * S * C, 'partials'), bench.output(R * S * C, 'dw')]
  const scratch = bench.output(parts * 3 * R * S * group * Math.ceil(C / group), 'scratch')
  const sizes = [B, H, W, C, P, Q, ...steps(shape), rows] as const
  const pointers = [bench.input(x), bench.input(dy), partials, scratch] as const
  bench.run('depthwiseConv2dGradFilter', [...pointers, ...sizes], parts, { parts: cuts })
  const extent = R * S * C === 1 ? 1 : Math.ceil((R * S * C) / 16)
  bench.run('reduceSum', [partials, dw, bench.output(32 * extent, 'wide'), 1, parts, R * S * C], extent)
  return bench.read(dw, R * S * C)
}

describe('references', () => {
  it.each(CASES.filter(([, { B, H, W, C }]) => B * H * W * C < 500))('%s: gradients', (_, shape) => {
    const { x, w, dy } = dataOf(shape)
    const loss = (xs: ArrayLike<number>, ws: ArrayLike<number>) => dot(depthwiseConv2d(xs, ws, shape).values, dy)
    expectGradient((at) => loss(at, w), x, depthwiseConv2dGradInput(dy, w, shape).values, 'dx')
    expectGradient((at) => loss(x, at), w, depthwiseConv2dGradFilter(x, dy, shape).values, 'dw')
  })

  it('agrees with values worked out by hand', () => {
    const shape = depthwise({ B: 1, H: 2, W: 2, C: 2, R: 2, S: 2 })
    const x = [1, 10, 2, 20, 3, 30, 4, 40]
    const w = [1, 0, 0, 1, 0, 0, 2, 3]
    expectClose(depthwiseConv2d(x, w, shape).values, [9, 140])
  })
})

describe.each(BUILDS)('depthwise-conv2d kernels, %s', (build) => {
  let bench: KernelBench
  beforeAll(async () => {
    bench = await KernelBench.open(build)
  })

  it.each(CASES)('%s', (_, shape) => {
    const data = dataOf(shape)
    const { B, P, Q, R, S, strideH, strideW } = shape
    expectWithinRounding(forward(bench, data, shape), depthwiseConv2d(data.x, data.w, shape), R * S, 'y')
    const dx = depthwiseConv2dGradInput(data.dy, data.w, shape)
    expectWithinRounding(gradInput(bench, data, shape), dx, R * S, 'dx')
    if (strideH === 1 && strideW === 1) {
      expectWithinRounding(turnedRound(bench, data, shape), dx, R * S, 'dx, turned round')
    }
    const dw = depthwiseConv2dGradFilter(data.x, data.dy, shape)
    expectWithinRounding(gradFilter(bench, data, shape), dw, B * P * Q, 'dw')
    bench.reset()
  })

  it.each(CASES)('%s: the same bits in 2, 3 and 4 parts', (_, shape) => {
    const data = dataOf(shape)
    for (const parts of [2, 3, 4]) {
      expectSameBits(forward(bench, data, shape, { parts }), forward(bench, data, shape), `y in ${parts}`)
      expectSameBits(gradInput(bench, data, shape, parts), gradInput(bench, data, shape), `dx in ${parts}`)
      expectSameBits(gradFilter(bench, data, shape, parts), gradFilter(bench, data, shape), `dw in ${parts}`)
    }
    bench.reset()
  })

  it.each([
    ['tiles of 3', depthwise({ H: 5, W: 9, C: 22, R: 3, S: 3, pad: [1, 1, 1, 1] })],
    ['tiles of 5, stride 2', depthwise({ H: 9, W: 13, C: 7, R: 5, S: 5, stride: [2, 2], pad: [2, 2, 2, 2] })],
    ['pixels', depthwise({ H: 5, W: 9, C: 18, R: 2, S: 2 })],
  ])('adds the bias and bounds the result: %s', (_, shape) => {
    const data = dataOf(shape)
    const bias = uniform(shape.C, 24)
    const { values, magnitudes } = depthwiseConv2d(data.x, data.w, shape)
    const shifted = {
      values: values.map((v, i) => v + bias[i % shape.C]!),
      magnitudes: magnitudes.map((m, i) => m + Math.abs(bias[i % shape.C]!)),
    }
    expectWithinRounding(forward(bench, data, shape, { bias }), shifted, shape.R * shape.S + 1, 'y')
    const y = forward(bench, data, shape, { bias })
    const expected = y.map((v) => Math.min(Math.max(v, 0), 0.5))
    expectSameBits(forward(bench, data, shape, { bias, bounds: [0, 0.5] }), expected)
    bench.reset()
  })

  it.each([
    ['tiles', depthwise({ H: 5, W: 9, C: 22, R: 3, S: 3, pad: [1, 1, 1, 1] })],
    ['pixels', depthwise({ H: 5, W: 6, C: 22, R: 2, S: 2 })],
  ])('NaN and infinities stay in their channels: %s', (_, shape) => {
    const data = dataOf(shape)
    data.x[data.x.length - 2 - shape.C] = Number.NaN
    data.x[1] = Number.POSITIVE_INFINITY
    data.dy[7] = Number.NaN
    const { R, S, B, P, Q } = shape
    expectWithinRounding(forward(bench, data, shape), depthwiseConv2d(data.x, data.w, shape), R * S, 'y')
    const dx = depthwiseConv2dGradInput(data.dy, data.w, shape)
    expectWithinRounding(gradInput(bench, data, shape), dx, R * S, 'dx')
    const dw = depthwiseConv2dGradFilter(data.x, data.dy, shape)
    expectWithinRounding(gradFilter(bench, data, shape), dw, B * P * Q, 'dw')
    bench.reset()
  })

  it.each(FAR)('larger than L2: %s', (_, shape) => {
    const data = dataOf(shape)
    const y = forward(bench, data, shape)
    expectWithinRounding(y, depthwiseConv2d(data.x, data.w, shape), 9, 'y')
    expectSameBits(forward(bench, data, shape, { parts: 3 }), y)
    const dw = depthwiseConv2dGradFilter(data.x, data.dy, shape)
    expectWithinRounding(gradFilter(bench, data, shape, 1, 40), dw, shape.B * shape.P * shape.Q, 'dw')
    bench.reset()
  })

  it('sums a million equal products to 1e-6', () => {
    const shape = depthwise({ B: 1, H: 1000, W: 1002, C: 1, R: 1, S: 3 })
    const data = {
      x: new Float32Array(1_002_000).fill(0.7),
      w: new Float32Array(3),
      dy: new Float32Array(1e6).fill(0.1),
    }
    const exact = 1e6 * Math.fround(0.7) * Math.fround(0.1)
    for (const sum of gradFilter(bench, data, shape, 1, 63)) expect(Math.abs(sum / exact - 1)).toBeLessThan(1e-6)
    bench.reset()
  })
})
