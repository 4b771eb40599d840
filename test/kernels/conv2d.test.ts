/** Convolution, padding and the gradients against float64, and the reference's own gradients by central differences. */

import { beforeAll, describe, expect, it } from 'vitest'
import { expectClose, expectSameBits, expectWithinRounding } from '../helpers/compare.ts'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'
import { uniform } from '../helpers/random.ts'
import {
  type Conv2dShape,
  conv2d,
  conv2dGradFilter,
  conv2dGradInput,
  conv2dShape,
  outputSize,
} from '../helpers/reference/conv2d.ts'
import { gatherRows, primeAbove, spreadRows } from '../helpers/strided.ts'

interface Options {
  readonly x?: Float32Array
  readonly bias?: Float32Array
  readonly relu?: boolean
  /** Pixels longer than their channels, NaN between. */
  readonly gaps?: boolean
  readonly parts?: number
  /** Sums that the pixels are cut into. */
  readonly most?: number
}

/** As in assembly/config.ts. */
const [GRAD_BLOCK, GRAD_ROWS] = [256, 64]

const CASES: [string, Conv2dShape][] = [
  ['one pixel', conv2dShape({ B: 1, H: 3, W: 3, C: 2, F: 3, R: 3, S: 3 })],
  ['row tail of 1, one channel', conv2dShape({ B: 1, H: 3, W: 7, C: 1, F: 8, R: 3, S: 3 })],
  ['row tail of 3, column tail', conv2dShape({ B: 1, H: 9, W: 3, C: 5, F: 9, R: 3, S: 3 })],
  ['tiles across rows and images', conv2dShape({ B: 3, H: 5, W: 5, C: 3, F: 19, R: 3, S: 3 })],
  ['rows narrower than a tile', conv2dShape({ B: 5, H: 4, W: 4, C: 4, F: 8, R: 4, S: 4 })],
  ['1×1 filter', conv2dShape({ B: 2, H: 4, W: 5, C: 7, F: 11, R: 1, S: 1 })],
  ['5×5 on one channel', conv2dShape({ B: 2, H: 12, W: 12, C: 1, F: 6, R: 5, S: 5 })],
  ['not square', conv2dShape({ B: 2, H: 9, W: 11, C: 3, F: 5, R: 2, S: 4 })],
  ['several blocks of pixels', conv2dShape({ B: 2, H: 17, W: 19, C: 2, F: 4, R: 3, S: 3 })],
  ['rows longer than a block', conv2dShape({ B: 2, H: 4, W: 207, C: 2, F: 3, R: 3, S: 3 })],
  ['stride 2', conv2dShape({ B: 2, H: 9, W: 9, C: 3, F: 5, R: 3, S: 3, strideH: 2, strideW: 2 })],
  [
    'stride 2 that leaves a row and a column',
    conv2dShape({ B: 2, H: 10, W: 10, C: 3, F: 5, R: 3, S: 3, strideH: 2, strideW: 2 }),
  ],
  [
    'stride 3 above the filter size',
    conv2dShape({ B: 2, H: 11, W: 12, C: 3, F: 5, R: 2, S: 2, strideH: 3, strideW: 3 }),
  ],
  ['unequal strides', conv2dShape({ B: 2, H: 11, W: 12, C: 3, F: 5, R: 3, S: 3, strideH: 1, strideW: 3 })],
  ['dilation', conv2dShape({ B: 2, H: 9, W: 10, C: 3, F: 5, R: 3, S: 3, dilationH: 2, dilationW: 3 })],
  ['dilation of rows only', conv2dShape({ B: 2, H: 9, W: 10, C: 3, F: 5, R: 3, S: 3, dilationH: 2 })],
  ['padding', conv2dShape({ B: 2, H: 6, W: 6, C: 3, F: 5, R: 3, S: 3, top: 1, bottom: 1, left: 1, right: 1 })],
  [
    'asymmetric padding, stride and dilation',
    conv2dShape({
      ...{ B: 2, H: 8, W: 7, C: 3, F: 9, R: 3, S: 2, strideH: 2, strideW: 3, dilationH: 2, dilationW: 2 },
      ...{ top: 1, bottom: 2, left: 0, right: 3 },
    }),
  ],
  [
    'padding above the filter size',
    conv2dShape({ B: 1, H: 5, W: 4, C: 2, F: 3, R: 2, S: 2, top: 3, bottom: 4, left: 5, right: 2 }),
  ],
  ['short sums, tiles across rows and images', conv2dShape({ B: 5, H: 9, W: 12, C: 1, F: 37, R: 3, S: 3 })],
  ['short sums, strides', conv2dShape({ B: 3, H: 12, W: 15, C: 1, F: 13, R: 3, S: 3, strideH: 2, strideW: 2 })],
  [
    'short sums, dilation and strides',
    conv2dShape({ ...{ B: 2, H: 13, W: 17, C: 2, F: 21, R: 2, S: 3 }, strideW: 2, dilationH: 3, dilationW: 2 }),
  ],
  ['1×1 filter on many channels, strides', conv2dShape({ B: 2, H: 7, W: 21, C: 18, F: 35, R: 1, S: 1, strideW: 2 })],
  ['several sets of panels', conv2dShape({ B: 2, H: 5, W: 13, C: 19, F: 53, R: 3, S: 3 })],
  [
    'rows of dw of two chunks, a block of pixels and a bit',
    conv2dShape({ B: 3, H: 12, W: 11, C: 8, F: 5, R: 3, S: 3 }),
  ],
  [
    'runs that cross panels, padding',
    conv2dShape({ B: 2, H: 9, W: 9, C: 6, F: 16, R: 5, S: 5, top: 2, bottom: 2, left: 2, right: 2 }),
  ],
  [
    'few channels, stride 2, padding',
    conv2dShape({ B: 2, H: 15, W: 16, C: 3, F: 32, R: 3, S: 3, strideH: 2, strideW: 2, top: 1, left: 1, bottom: 1 }),
  ],
  [
    'sums over more filters than a block, rows of dx in two groups',
    conv2dShape({ B: 1, H: 24, W: 9, C: 17, F: 259, R: 2, S: 3, strideW: 2 }),
  ],
  [
    'stride 4 and dilation 6',
    conv2dShape({ B: 1, H: 21, W: 22, C: 4, F: 5, R: 3, S: 3, strideH: 4, strideW: 4, dilationH: 6, dilationW: 6 }),
  ],
  ['sums in blocks of filter rows', conv2dShape({ B: 2, H: 7, W: 9, C: 71, F: 19, R: 4, S: 3 })],
  ['sums in blocks of runs', conv2dShape({ B: 1, H: 5, W: 6, C: 599, F: 9, R: 2, S: 2, strideW: 2 })],
  ['sums in blocks of taps', conv2dShape({ B: 1, H: 6, W: 8, C: 587, F: 5, R: 2, S: 2, dilationW: 3, dilationH: 2 })],
  ["LeNet's first layer", conv2dShape({ B: 2, H: 28, W: 28, C: 1, F: 32, R: 3, S: 3 })],
  ["LeNet's second layer", conv2dShape({ B: 1, H: 26, W: 26, C: 32, F: 64, R: 3, S: 3 })],
  ['primes', conv2dShape({ B: 3, H: 13, W: 17, C: 11, F: 23, R: 5, S: 3, strideW: 2, top: 2, left: 1 })],
]

const data = (shape: Conv2dShape) => {
  const { P, Q } = outputSize(shape)
  const { B, H, W, C, F, R, S } = shape
  return { x: uniform(B * H * W * C), w: uniform(R * S * C * F, 2), dy: uniform(B * P * Q * F, 3) }
}

describe.each(BUILDS)('%s', (build) => {
  let bench: KernelBench
  beforeAll(async () => {
    bench = await KernelBench.open(build)
  })

  /** x with its padding, in a new buffer with `ld` elements per pixel. */
  function padded(shape: Conv2dShape, x: Float32Array, ld: number): { at: number; height: number; width: number } {
    const { B, H, W, C, top, bottom, left, right } = shape
    const [height, width] = [H + top + bottom, W + left + right]
    const y = bench.output(B * height * width * C, 'padded')
    bench.run('pad2d', [bench.input(x), y, B, H, W, C, height, width, top, left, 1, 1], B * height)
    return { at: bench.input(spreadRows(bench.read(y, B * height * width * C), C, ld)), height, width }
  }

  function packB(w: Float32Array, K: number, F: number): number {
    const panels = bench.output(Math.ceil(F / bench.NR) * K * bench.NR, 'panels')
    bench.run('packB', [bench.input(w), panels, K, F, F], Math.ceil(F / bench.NR))
    return panels
  }

  function forward(shape: Conv2dShape, { x, bias, relu = false, gaps = false, parts = 1 }: Options = {}): Float32Array {
    const { B, C, F, R, S, strideH, strideW, dilationH, dilationW } = shape
    const { P, Q } = outputSize(shape)
    const values = data(shape)
    const [ldx, ldy] = gaps ? [primeAbove(C), primeAbove(F)] : [C, F]
    const { at, height, width } = padded(shape, x ?? values.x, ldx)
    const length = (B * P * Q - 1) * ldy + F
    const y = bench.output(length, 'y')
    const [w, biasAt] = [packB(values.w, R * S * C, F), bias ? bench.input(bias) : 0]
    const sizes = [B, height, width, C, P, Q, F, R, S, strideH, strideW, dilationH, dilationW] as const
    bench.run('conv2dForward', [at, w, biasAt, y, ...sizes, R * S * C, ldx, ldy, relu ? 1 : 0], B * P * Q, { parts })
    const result = gatherRows(bench.read(y, length), F, ldy)
    bench.reset()
    return result
  }

  function gradInput(shape: Conv2dShape, { gaps = false, parts = 1 }: Options = {}): Float32Array {
    const { B, H, W, C, F, R, S, strideH, strideW, dilationH, dilationW, top, left } = shape
    const { P, Q } = outputSize(shape)
    const { w, dy } = data(shape)
    const [lddy, lddx] = gaps ? [primeAbove(F), primeAbove(C)] : [F, C]
    const panels = Math.ceil((S * C) / bench.NR)
    const packed = bench.output(R * panels * F * bench.NR, 'panels')
    bench.run('packFilterTransposed', [bench.input(w), packed, S * C, F, F], R * panels, { parts })
    const slot = R * Math.max(Q, 64) * panels * bench.NR
    const scratch = bench.output(slot * B * H, 'products')
    const length = (B * H * W - 1) * lddx + C
    const dx = bench.output(length, 'dx')
    const pointers = [bench.input(spreadRows(dy, F, lddy)), packed, dx, scratch, slot * 4] as const
    const sizes = [H, W, C, P, Q, F, R, S, strideH, strideW, dilationH, dilationW, top, left, lddy, lddx] as const
    bench.run('conv2dGradInput', [...pointers, ...sizes, 1], B * H, { parts })
    const result = gatherRows(bench.read(dx, length), C, lddx)
    bench.reset()
    return result
  }

  /** In up to `most` sums, each with a dw of its own. */
  function gradFilter(shape: Conv2dShape, { gaps = false, parts = 1, most = 1 }: Options = {}): Float32Array {
    const { B, H, W, C, F, R, S, strideH, strideW, dilationH, dilationW, top, left } = shape
    const { P, Q } = outputSize(shape)
    const { x, dy } = data(shape)
    const [ldx, lddy, lddw] = gaps ? [primeAbove(C), primeAbove(F), primeAbove(F + 1)] : [C, F, F]
    const rows = R * S * C
    const length = (rows - 1) * lddw + F
    const pixels = B * P * Q
    const partPixels = Math.ceil(pixels / most)
    const cuts = Math.ceil(pixels / partPixels)
    const dws = bench.output(length * cuts, 'dw')
    const slot = GRAD_BLOCK * (GRAD_ROWS + Math.ceil(F / bench.NR) * bench.NR)
    const extent = cuts * Math.ceil(rows / GRAD_ROWS)
    const scratch = bench.output(slot * extent, 'panels')
    const [$x, $dy] = [bench.input(spreadRows(x, C, ldx)), bench.input(spreadRows(dy, F, lddy))]
    const sizes = [H, W, C, P, Q, F, R, S, strideH, strideW, dilationH, dilationW, top, left, ldx, lddy, lddw] as const
    const args = [$x, $dy, dws, scratch, slot * 4, ...sizes, pixels, partPixels, length, 1] as const
    bench.run('conv2dGradFilter', [...args], extent, { parts })
    const sum = new Float32Array(rows * F)
    for (let cut = 0; cut < cuts; cut++) {
      const part = gatherRows(bench.read(dws + cut * length * 4, length), F, lddw)
      for (const [i, value] of part.entries()) sum[i]! += value
    }
    bench.reset()
    return sum
  }

  it.each(CASES)('forward: %s', (_, shape) => {
    const { x, w } = data(shape)
    const K = shape.R * shape.S * shape.C
    expectWithinRounding(forward(shape), conv2d(shape, x, w), K)
    const bias = uniform(shape.F, 4)
    const fused = conv2d(shape, x, w, { bias, relu: true })
    expectWithinRounding(forward(shape, { bias, relu: true, gaps: true }), fused, K, 'with bias, relu and gaps')
  })

  it.each(CASES)('gradient of the input: %s', (_, shape) => {
    const { w, dy } = data(shape)
    const expected = conv2dGradInput(shape, dy, w)
    const K = shape.R * shape.S * shape.F
    expectWithinRounding(gradInput(shape), expected, K)
    expectWithinRounding(gradInput(shape, { gaps: true }), expected, K, 'with gaps')
  })

  it.each(CASES)('gradient of the filter: %s', (_, shape) => {
    const { x, dy } = data(shape)
    const { P, Q } = outputSize(shape)
    const expected = conv2dGradFilter(shape, x, dy)
    expectWithinRounding(gradFilter(shape), expected, shape.B * P * Q)
    expectWithinRounding(gradFilter(shape, { gaps: true }), expected, shape.B * P * Q, 'with gaps')
    expectWithinRounding(gradFilter(shape, { most: 3 }), expected, shape.B * P * Q, 'in three sums')
  })

  it.each(CASES.slice(-9))('the same bits for 1, 2, 3 and 4 parts: %s', (_, shape) => {
    for (const run of [forward, gradInput, gradFilter]) {
      const whole = run(shape)
      for (const parts of [2, 3, 4]) expectSameBits(run(shape, { parts }), whole, `${run.name}, ${parts} parts`)
    }
  })

  it('a NaN in the input reaches its windows and nothing else, through relu', () => {
    const shape = conv2dShape({ B: 1, H: 6, W: 6, C: 2, F: 3, R: 3, S: 3 })
    const x = uniform(72)
    x[(1 * 6 + 4) * 2] = Number.NaN
    x[(5 * 6 + 0) * 2 + 1] = Number.POSITIVE_INFINITY
    const y = conv2d(shape, x, data(shape).w, { relu: true })
    expect(y.values.filter(Number.isNaN)).toHaveLength(2 * 2 * 3)
    expectWithinRounding(forward(shape, { x, relu: true }), y, 18)
  })

  describe('pad2d', () => {
    it.each([
      ['copy', 3, 4, 3, 4, 0, 0, 1, 1],
      ['around', 3, 4, 6, 9, 1, 3, 1, 1],
      ['crop at every side', 5, 6, 2, 3, -1, -2, 1, 1],
      ['crop above and left, pad below and right', 4, 4, 5, 6, -2, -1, 1, 1],
      ['zeros between', 3, 4, 9, 11, 1, 0, 3, 2],
      ['zeros between, cropped within the gap', 3, 4, 5, 6, -1, -3, 2, 2],
      ['zeros between, cropped on a value', 3, 4, 5, 6, -2, -2, 2, 2],
      ['nothing of the image is left', 2, 2, 3, 3, 5, -9, 1, 2],
      ['image wholly to the right', 2, 2, 3, 3, 0, 3, 1, 1],
    ])('%s', (_, H, W, Hout, Wout, top, left, dilationH, dilationW) => {
      const B = 2
      for (const C of [1, 3, 4, 6]) {
        const x = uniform(B * H * W * C)
        const expected = new Float32Array(B * Hout * Wout * C)
        for (let b = 0; b < B; b++)
          for (let h = 0; h < H; h++)
            for (let w = 0; w < W; w++) {
              const [row, column] = [top + h * dilationH, left + w * dilationW]
              if (row < 0 || row >= Hout || column < 0 || column >= Wout) continue
              const from = ((b * H + h) * W + w) * C
              expected.set(x.subarray(from, from + C), ((b * Hout + row) * Wout + column) * C)
            }
        for (const parts of [1, 3]) {
          const y = bench.output(expected.length)
          const args = [bench.input(x), y, B, H, W, C, Hout, Wout, top, left, dilationH, dilationW] as const
          bench.run('pad2d', [...args], B * Hout, { parts })
          expectSameBits(bench.read(y, expected.length), expected, `${C} channels, ${parts} parts`)
          bench.reset()
        }
      }
    })
  })
})

describe('the reference', () => {
  const small = CASES.filter(([, { B, H, W, C, F }]) => B * H * W * C * F < 3100)

  it.each(small)('its gradients agree with central differences: %s', (_, shape) => {
    const { x, w, dy } = data(shape)
    const loss = (xs: ArrayLike<number>, ws: ArrayLike<number>): number =>
      conv2d(shape, xs, ws).values.reduce((sum, y, i) => sum + y * dy[i]!, 0)
    const slope = (values: Float32Array, f: (moved: Float64Array) => number): Float64Array =>
      Float64Array.from(values, (value, i) => {
        const moved = Float64Array.from(values)
        moved[i] = value + 1e-5
        const above = f(moved)
        moved[i] = value - 1e-5
        return (above - f(moved)) / 2e-5
      })
    const tolerance = { relative: 1e-6, absolute: 1e-8 }
    const dx = slope(x, (xs) => loss(xs, w))
    expectClose(conv2dGradInput(shape, dy, w).values, dx, tolerance, 'dx')
    const dw = slope(w, (ws) => loss(x, ws))
    expectClose(conv2dGradFilter(shape, x, dy).values, dw, tolerance, 'dw')
  })
})
