/**
 * Winograd's convolution and its gradients against float64 within its own error bound, the pooled form against the
 * kernels that it replaces, bit for bit, and the error that the documentation states.
 */

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
import { A, BT, forwardBound, G, gradFilterBound, gradInputBound } from '../helpers/reference/winograd.ts'

const WORK = 2 * 36 * 32 + 64
const FILTER_WORK = 36 * (64 + 16)

const sized = (B: number, H: number, W: number, C: number, F: number, padding: Partial<Conv2dShape> = {}) =>
  conv2dShape({ B, H, W, C, F, R: 3, S: 3, ...padding })

const CASES: [string, Conv2dShape][] = [
  ['one whole tile', sized(1, 6, 6, 8, 8)],
  ['one output', sized(1, 3, 3, 4, 8)],
  ['tiles that end after 1 row and 3 columns', sized(2, 7, 9, 8, 8)],
  ['tiles that end after 2 rows and 2 columns', sized(2, 8, 8, 12, 4)],
  ['tiles that end after 3 rows and 1 column', sized(1, 9, 7, 4, 12)],
  ['panels half full on both sides', sized(2, 6, 10, 20, 12)],
  ['more images than parts', sized(19, 6, 6, 4, 4)],
  ['padding on all sides', sized(2, 8, 8, 8, 8, { top: 1, bottom: 1, left: 1, right: 1 })],
  ['unequal padding', sized(2, 5, 9, 8, 4, { top: 2, bottom: 0, left: 0, right: 2 })],
  ['padding wider than a tile', sized(1, 3, 2, 4, 8, { top: 5, bottom: 6, left: 7, right: 4 })],
  ['many tiles', sized(1, 30, 27, 4, 4)],
  ["LeNet's second layer", sized(1, 26, 26, 32, 64)],
]

const POOL_CASES = CASES.filter(([, shape]) => Math.min(outputSize(shape).P, outputSize(shape).Q) > 1)

const data = (shape: Conv2dShape) => {
  const { B, H, W, C, F } = shape
  const { P, Q } = outputSize(shape)
  return { x: uniform(B * H * W * C), w: uniform(9 * C * F, 2), dy: uniform(B * P * Q * F, 3), bias: uniform(F, 4) }
}

interface Options {
  readonly x?: Float32Array
  readonly bias?: Float32Array
  readonly relu?: boolean
  readonly parts?: number
  readonly blockTiles?: number
}

describe('the transforms of the reference', () => {
  it('make a convolution of 4 outputs from 6 inputs', () => {
    const [d, g] = [uniform(6), uniform(3, 2)]
    const v = BT.map((row) => row.reduce((sum, b, i) => sum + b * d[i]!, 0))
    const u = G.map((row) => row.reduce((sum, b, i) => sum + b * g[i]!, 0))
    const y = [0, 1, 2, 3].map((k) => A.reduce((sum, row, t) => sum + row[k]! * u[t]! * v[t]!, 0))
    const expected = [0, 1, 2, 3].map((k) => d[k]! * g[0]! + d[k + 1]! * g[1]! + d[k + 2]! * g[2]!)
    expectClose(y, expected, { relative: 1e-13, absolute: 1e-13 })
  })
})

describe.each(BUILDS)('%s', (build) => {
  let bench: KernelBench
  beforeAll(async () => {
    bench = await KernelBench.open(build)
  })

  function transformed(shape: Conv2dShape, w: Float32Array, isTransposed: boolean): number {
    const { C, F } = shape
    const [K, N] = isTransposed ? [F, C] : [C, F]
    const panels = Math.ceil(N / bench.NR)
    const u = bench.output(36 * panels * K * bench.NR, 'u')
    const kernel = isTransposed ? 'winogradFilterTransposed' : 'winogradFilter'
    bench.run(kernel, [bench.input(w), u, C, F, bench.output((WORK / 4) * panels)], panels, { parts: 2 })
    return u
  }

  function slots({ C, F }: Conv2dShape, blockTiles: number, count: number): { scratch: number; slotBytes: number } {
    const slotBytes = blockTiles * 144 * (C + F) + 36 * 128 + 144 * Math.max(C, F) + WORK
    return { scratch: bench.output((slotBytes * count) / 4, 'scratch'), slotBytes }
  }

  const tilesOf = (shape: Conv2dShape) => {
    const { P, Q } = outputSize(shape)
    return Math.ceil(P / 4) * Math.ceil(Q / 4)
  }

  function forward(shape: Conv2dShape, pool: boolean, options: Options = {}): { y: Float32Array; indices: Uint8Array } {
    const { B, H, W, C, F, top, left } = shape
    const { P, Q } = outputSize(shape)
    const { x, w } = data(shape)
    const { bias, relu = false, parts = 1, blockTiles = 8 } = options
    const tiles = B * tilesOf(shape)
    const grain = Math.ceil(tiles / 16)
    const length = pool ? B * (P >> 1) * (Q >> 1) * F : B * P * Q * F
    const y = bench.output(length, 'y')
    const indices = pool ? bench.output(Math.ceil(length / 4), 'indices') : 0
    const { scratch, slotBytes } = slots(shape, blockTiles, 16)
    const pointers = [bench.input(options.x ?? x), transformed(shape, w, false), bias ? bench.input(bias) : 0] as const
    const sizes = [H, W, C, P, Q, F, top, left, relu ? 1 : 0, pool ? 1 : 0, blockTiles, grain] as const
    bench.run('winogradForward', [...pointers, y, indices, scratch, slotBytes, ...sizes], tiles, { parts, grain })
    const bytes = pool
      ? new Uint8Array(bench.readInt(indices, Math.ceil(length / 4)).buffer, 0, length)
      : new Uint8Array()
    const result = { y: bench.read(y, length), indices: bytes }
    bench.reset()
    return result
  }

  interface Gradients {
    readonly dx: Float32Array
    readonly dw: Float32Array
    readonly db: Float32Array
  }

  function gradients(
    shape: Conv2dShape,
    dy: Float32Array,
    { indices, parts = 1, blockTiles = 8 }: { indices?: Uint8Array; parts?: number; blockTiles?: number } = {},
  ): Gradients {
    const { B, H, W, C, F, top, left } = shape
    const { P, Q } = outputSize(shape)
    const { x, w } = data(shape)
    const grain = Math.ceil(B / 16)
    const count = Math.ceil(B / grain)
    const dx = bench.output(B * H * W * C, 'dx')
    const dU = bench.output(count * 36 * C * F, 'dU')
    const dbParts = bench.output(count * F, 'db of the parts')
    const { scratch, slotBytes } = slots(shape, blockTiles, count)
    const pointers = [
      bench.input(x),
      bench.input(dy),
      indices ? bench.inputInt(new Int32Array(indices.buffer)) : 0,
    ] as const
    const results = [transformed(shape, w, true), dx, dU, dbParts, scratch, slotBytes] as const
    const sizes = [H, W, C, P, Q, F, top, left, blockTiles, grain] as const
    bench.run('winogradGrad', [...pointers, ...results, ...sizes], B, { parts, grain })
    const dw = bench.output(9 * C * F, 'dw')
    const filterGrain = Math.ceil((C * F) / 16 / 16) * 16
    const work = bench.output((16 * FILTER_WORK) / 4)
    bench.run('winogradGradFilter', [dU, dw, count, C, F, work, filterGrain], C * F, { parts, grain: filterGrain })
    const db = bench.output(F, 'db')
    bench.run('reduceSum', [dbParts, db, 0, 1, count, F], Math.ceil(F / 16))
    const result = { dx: bench.read(dx, B * H * W * C), dw: bench.read(dw, 9 * C * F), db: bench.read(db, F) }
    bench.reset()
    return result
  }

  it.each(CASES)('forward: %s', (_, shape) => {
    const { x, w, bias } = data(shape)
    const bound = forwardBound(shape, x, w, conv2d(shape, x, w, { bias }))
    expectWithinRounding(forward(shape, false, { bias }).y, bound, bound.roundings)
  })

  it.each(CASES)('gradients: %s', (_, shape) => {
    const { x, w, dy } = data(shape)
    const { dx, dw, db } = gradients(shape, dy)
    const dxBound = gradInputBound(shape, dy, w, conv2dGradInput(shape, dy, w))
    expectWithinRounding(dx, dxBound, dxBound.roundings, 'dx')
    const dwBound = gradFilterBound(shape, x, dy, conv2dGradFilter(shape, x, dy))
    expectWithinRounding(dw, dwBound, dwBound.roundings, 'dw')
    const sums = { values: new Float64Array(shape.F), magnitudes: new Float64Array(shape.F) }
    dy.forEach((value, i) => {
      sums.values[i % shape.F]! += value
      sums.magnitudes[i % shape.F]! += Math.abs(value)
    })
    expectWithinRounding(db, sums, dy.length / shape.F, 'db')
  })

  it.each([1, 2, 3, 7, 64])('gives the same bits in blocks of %i tiles and in several parts', (blockTiles) => {
    const shape = sized(19, 9, 11, 8, 12, { top: 1, left: 1 })
    const { dy, bias } = data(shape)
    const whole = forward(shape, false, { bias, relu: true })
    expectSameBits(forward(shape, false, { bias, relu: true, blockTiles, parts: 5 }).y, whole.y)
    const reference = gradients(shape, dy, { blockTiles })
    const cut = gradients(shape, dy, { blockTiles, parts: 5 })
    for (const name of ['dx', 'dw', 'db'] as const) expectSameBits(cut[name], reference[name], name)
  })

  it.each(POOL_CASES)('pools as maxPool2dForward does: %s', (_, shape) => {
    const { P, Q } = outputSize(shape)
    const { bias } = data(shape)
    for (const relu of [false, true]) {
      const { y } = forward(shape, false, { bias, relu })
      const pooled = forward(shape, true, { bias, relu, parts: 3 })
      expectSameBits(pooled.y, maxPool(shape, y), `relu ${relu}`)
      const { dy } = data({ ...shape, H: (P >> 1) + 2, W: (Q >> 1) + 2, top: 0, bottom: 0, left: 0, right: 0 })
      const full = fullGradient(shape, y, pooled.y, dy, relu)
      const expected = gradients(shape, full)
      const actual = gradients(shape, dy, { indices: pooled.indices, parts: 3 })
      for (const name of ['dx', 'dw'] as const) expectSameBits(actual[name], expected[name], `${name}, relu ${relu}`)
      expectClose(actual.db, expected.db, { relative: 1e-5, absolute: 1e-5 })
    }
  })

  function maxPool(shape: Conv2dShape, y: Float32Array): Float32Array {
    const { B, F } = shape
    const { P, Q } = outputSize(shape)
    const length = B * (P >> 1) * (Q >> 1) * F
    const pooled = bench.output(length, 'pooled')
    const sizes = [B, P, Q, F, P >> 1, Q >> 1, 2, 2, 2, 2, 0, 0] as const
    bench.run('maxPool2dForward', [bench.input(y), pooled, ...sizes], B * (P >> 1))
    const result = bench.read(pooled, length)
    bench.reset()
    return result
  }

  /** The gradient before the activation by the kernels for pooling and relu. */
  function fullGradient(
    shape: Conv2dShape,
    y: Float32Array,
    pooled: Float32Array,
    dy: Float32Array,
    relu: boolean,
  ): Float32Array {
    const { B, F } = shape
    const { P, Q } = outputSize(shape)
    const sizes = [B, P, Q, F, P >> 1, Q >> 1, 2, 2, 2, 2, 0, 0] as const
    const [yAt, dz] = [bench.input(y), bench.output(y.length, 'dz')]
    bench.run('maxPool2dGrad', [yAt, bench.input(pooled), bench.input(dy), dz, ...sizes], B)
    if (relu) bench.run('reluGrad', [dz, yAt, dz], y.length)
    const result = bench.read(dz, y.length)
    bench.reset()
    return result
  }

  it('lets NaN through to all outputs that see it, and to the index of a window', () => {
    const shape = sized(1, 10, 10, 4, 4)
    const x = data(shape).x
    x[(5 * 10 + 5) * 4] = Number.NaN
    const { y } = forward(shape, false, { x, relu: true })
    for (let p = 3; p <= 5; p++) for (let q = 3; q <= 5; q++) expect(y[(p * 8 + q) * 4], `${p}, ${q}`).toBeNaN()
    const pooled = forward(shape, true, { x, relu: true })
    expect(pooled.y[(2 * 4 + 2) * 4]).toBeNaN()
    expect(pooled.indices[(2 * 4 + 2) * 4]).toBe(0)
  })

  it('keeps within the error that the documentation states', () => {
    const shape = sized(4, 26, 26, 32, 64)
    const { x, w, dy } = data(shape)
    const { dx, dw } = gradients(shape, dy, { blockTiles: 28 })
    for (const { worst, typical } of [
      relativeError(forward(shape, false).y, conv2d(shape, x, w).values),
      relativeError(dx, conv2dGradInput(shape, dy, w).values),
      relativeError(dw, conv2dGradFilter(shape, x, dy).values),
    ]) {
      expect(typical).toBeLessThan(1e-6)
      expect(worst).toBeLessThan(1e-5)
    }
  })
})

/** The largest and the root mean square error, in units of the root mean square of the exact values. */
function relativeError(actual: Float32Array, exact: Float64Array): { worst: number; typical: number } {
  let [worst, errors, squares] = [0, 0, 0]
  exact.forEach((value, i) => {
    const error = Math.abs(actual[i]! - value)
    worst = Math.max(worst, error)
    errors += error * error
    squares += value * value
  })
  return { worst: worst / Math.sqrt(squares / exact.length), typical: Math.sqrt(errors / squares) }
}
