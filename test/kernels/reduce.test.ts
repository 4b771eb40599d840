/** Reductions against float64: every remainder of rows, columns and summing blocks, long sums, NaN, first of equals. */

import { beforeAll, describe, expect, it } from 'vitest'
import { expectSameBits, expectWithinRounding } from '../helpers/compare.ts'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'
import { generator, uniform } from '../helpers/random.ts'
import { EXACT, exactly, INDEX, mean, type Sizes, sum } from '../helpers/reference/reduce.ts'

/** As in assembly/config.ts: values to a lane, 32 lanes in a row. */
const SUM_BLOCK = 64
const ROW_BLOCK = SUM_BLOCK * 32
/** What the header of assembly/reduce.ts promises instead of one 2⁻²⁴ for each value. */
const ROUNDINGS = SUM_BLOCK + 12

const SUMS = ['reduceSum', 'reduceMean'] as const
const EXACT_NAMES = Object.keys(EXACT) as (keyof typeof EXACT)[]
const INDEX_NAMES = Object.keys(INDEX) as (keyof typeof INDEX)[]
type Name = (typeof SUMS)[number] | keyof typeof EXACT | keyof typeof INDEX

const row = (reduce: number): Sizes => [3, reduce, 1]
const SHAPES: readonly Sizes[] = [
  ...[1, 2, 3, 4, 5, 7, 31, 32, 33, 37, 64, 99].map(row),
  ...[ROW_BLOCK - 1, ROW_BLOCK, ROW_BLOCK + 1, 2 * ROW_BLOCK + 39].map(row),
  ...[2, 3, 4, 5, 10, 15, 16, 17, 31, 32, 33, 47, 64, 70].map((inner): Sizes => [2, 7, inner]),
  ...[1, SUM_BLOCK - 1, SUM_BLOCK, SUM_BLOCK + 1, 2 * SUM_BLOCK + 3].map((reduce): Sizes => [2, reduce, 19]),
  [2, 2 * SUM_BLOCK + 3, 53],
  [1, 1, 1],
  [128, 10, 1],
  [4, 576, 64],
]

describe.each(BUILDS)('%s', (build) => {
  let bench: KernelBench
  beforeAll(async () => {
    bench = await KernelBench.open(build)
  })

  function run(name: Name, x: ArrayLike<number>, sizes: Sizes, parts = 1): Float32Array | Int32Array {
    const [outer, reduce, inner] = sizes
    const length = outer * inner
    const y = bench.output(length)
    const at = name === 'reduceAny' || name === 'reduceAll' ? bench.inputInt(x) : bench.input(x)
    const extent = inner === 1 ? outer : outer * Math.ceil(inner / 16)
    if (name === 'reduceSum' || name === 'reduceMean') {
      bench.run(name, [at, y, bench.output(32 * extent, 'wide'), outer, reduce, inner], extent, { parts })
    } else {
      bench.run(name, [at, y, outer, reduce, inner], extent, { parts })
    }
    const result = name in INDEX ? bench.readInt(y, length) : bench.read(y, length)
    bench.reset()
    return result
  }

  describe.each(SHAPES)('[%i, %i, %i]', (...sizes) => {
    const length = sizes[0] * sizes[1] * sizes[2]
    const K = Math.min(sizes[1], ROUNDINGS)

    it('sums', () => {
      const x = uniform(length, 1)
      expectWithinRounding(run('reduceSum', x, sizes), sum(x, sizes), K, 'sum')
      expectWithinRounding(run('reduceMean', x, sizes), mean(x, sizes), K, 'mean')
    })

    it('the gradient of the greatest', () => {
      // Few different values, so that several are equal to the extreme.
      const x = uniform(length, 5).map((value) => Math.round(4 * value))
      const [outer, reduce, inner] = sizes
      const extremes = run('reduceMax', x, sizes)
      const dy = uniform(outer * inner, 6)
      const own = (i: number): number => Math.floor(i / (reduce * inner)) * inner + (i % inner)
      const expected = x.map((value, i) => (value === extremes[own(i)] ? dy[own(i)]! : 0))
      for (const parts of [1, 2, 3]) {
        const dx = bench.output(length)
        const args = [bench.input(x), bench.input(extremes), bench.input(dy), dx, reduce, inner] as const
        bench.run('reduceExtremeGrad', [...args], inner === 1 ? outer : outer * reduce, { parts })
        expectSameBits(bench.read(dx, length), expected, `in ${parts} parts`)
        bench.reset()
      }
    })

    it('the greatest, the least, the product', () => {
      const x = uniform(length, 2, -1.6, 1.6)
      for (const name of EXACT_NAMES) {
        expectSameBits(run(name, x, sizes), Float32Array.from(exactly(name, x, sizes)), name)
      }
    })

    it('the index of the first of equals, any and all', () => {
      const next = generator(3)
      for (const levels of [2, 5, 1000]) {
        const x = Int32Array.from({ length }, () => Math.floor(next() * levels))
        for (const name of INDEX_NAMES) expectSameBits(run(name, x, sizes), exactly(name, x, sizes), name)
      }
      const [zeros, ones] = [new Int32Array(length), new Int32Array(length).fill(-1)]
      for (const x of [zeros, ones]) {
        for (const name of INDEX_NAMES) expectSameBits(run(name, x, sizes), exactly(name, x, sizes), name)
      }
    })

    it('has the same bits however it is cut', () => {
      const x = uniform(length, 4)
      for (const name of [...SUMS, ...EXACT_NAMES, ...INDEX_NAMES]) {
        const whole = run(name, x, sizes)
        for (const parts of [2, 3, 4]) expectSameBits(run(name, x, sizes, parts), whole, `${name}, ${parts} parts`)
      }
    })
  })

  it.each<Sizes>([
    [1, 7, 1],
    [1, 40, 1],
    [1, 2, 3],
    [1, 9, 21],
  ])('NaN in [%i, %i, %i] stays in its row or column, and its index is the first', (...sizes) => {
    const [, reduce, inner] = sizes
    for (let r = 0; r < reduce; r++) {
      const x = uniform(reduce * inner, 5, 1, 2)
      x[r * inner + inner - 1] = NaN
      x[(reduce - 1) * inner + inner - 1] = NaN
      x[0] = inner > 1 ? Infinity : x[0]!
      const nan = Array.from({ length: inner }, (_, c) => c === inner - 1)
      for (const name of [...SUMS, ...EXACT_NAMES]) {
        expect(Array.from(run(name, x, sizes), Number.isNaN), name).toEqual(nan)
      }
      for (const name of ['argMax', 'argMin'] as const) {
        expectSameBits(run(name, x, sizes), exactly(name, x, sizes), name)
        expect(run(name, x, sizes)[inner - 1], name).toBe(r)
      }
    }
  })

  it('of nothing', () => {
    const expected = { reduceSum: 0, reduceMean: NaN, reduceMax: -Infinity, reduceMin: Infinity, reduceProd: 1 }
    for (const inner of [1, 3]) {
      for (const [name, value] of Object.entries(expected)) {
        expectSameBits(run(name as Name, [], [1, 0, inner]), new Float32Array(inner).fill(value), name)
      }
      expect(Array.from(run('reduceAny', [], [1, 0, inner]))).toEqual(new Array(inner).fill(0))
      expect(Array.from(run('reduceAll', [], [1, 0, inner]))).toEqual(new Array(inner).fill(1))
    }
  })

  it('infinities of both signs, and a product that overflows only on the way', () => {
    const x = [Infinity, 1, -Infinity, 2, 1e30, 1e30, 1e-30, 1e-30]
    const float = Float32Array.from(x)
    for (const name of EXACT_NAMES) {
      expectSameBits(run(name, float, [2, 4, 1]), Float32Array.from(exactly(name, float, [2, 4, 1])), name)
    }
    expectSameBits(run('reduceSum', [Infinity, 1, Infinity, -Infinity], [2, 2, 1]), [Infinity, NaN])
  })

  it.each<Sizes>([
    [1, 1_000_000, 1],
    [1, 73_728, 8],
  ])('a long sum [%i, %i, %i] keeps its digits', (...sizes) => {
    const x = new Float32Array(sizes[0] * sizes[1] * sizes[2]).fill(0.1)
    const expected = sum(x, sizes)
    expectWithinRounding(run('reduceSum', x, sizes), expected, ROUNDINGS)
    // This test would see a sum in the plain order.
    let naive = 0
    for (let i = 0; i < sizes[1]; i++) naive = Math.fround(naive + x[0]!)
    expect(() => expectWithinRounding([naive], sum(x, [1, sizes[1], 1]), ROUNDINGS)).toThrow()
  })
})
