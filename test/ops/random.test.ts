import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { init } from '../../src/init.ts'
import {
  nextSeed,
  nextStream,
  randomNormal,
  randomStream,
  randomUniform,
  seededStream,
  setSeed,
  streamOf,
  truncatedNormal,
} from '../../src/ops/random.ts'
import { Random } from '../../src/random.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'
import { expectSameBits } from '../helpers/compare.ts'
import { expectNoLeak } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

function taken(x: Tensor): number[] {
  const data = [...x.dataSync()]
  x.dispose()
  return data
}

function mean(data: readonly number[]): number {
  return data.reduce((sum, v) => sum + v, 0) / data.length
}

const OPS = {
  uniform: (seed?: number) => randomUniform([5], 0, 1, 'float32', seed),
  integers: (seed?: number) => randomUniform([5], 0, 1000, 'int32', seed),
  normal: (seed?: number) => randomNormal([5], 0, 1, 'float32', seed),
  truncated: (seed?: number) => truncatedNormal([5], 0, 1, 'float32', seed),
} as const

describe.each(Object.keys(OPS) as (keyof typeof OPS)[])('%s', (name) => {
  const op = OPS[name]

  it('gives the same for a seed, and other values for another', () => {
    expect(taken(op(3))).toEqual(taken(op(3)))
    expect(taken(op(3))).not.toEqual(taken(op(4)))
    expect(taken(op(2 ** 33))).not.toEqual(taken(op(0)))
  })

  it('gives the same again after setSeed, and new values each time', () => {
    setSeed(7)
    const [first, second] = [taken(op()), taken(op())]
    expect(first).not.toEqual(second)
    setSeed(7)
    expect([taken(op()), taken(op())]).toEqual([first, second])
    setSeed(8)
    expect(taken(op())).not.toEqual(first)
  })

  it('draws from another stream with a seed than after setSeed', () => {
    setSeed(7)
    const next = taken(op())
    expect(taken(op(7))).not.toEqual(next)
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() => op())
  })
})

describe('values', () => {
  it('uniform lies in [minval, maxval) and has its mean and variance', () => {
    const data = taken(randomUniform([200, 100], -1, 3, 'float32', 5))
    expect(Math.min(...data)).toBeGreaterThanOrEqual(-1)
    expect(Math.max(...data)).toBeLessThan(3)
    expect(mean(data)).toBeCloseTo(1, 1)
    expect(mean(data.map((v) => (v - 1) ** 2))).toBeCloseTo(16 / 12, 1)
  })

  it('uniform as int32 takes every integer of the interval alike', () => {
    const data = taken(randomUniform([6000], -1, 2, 'int32', 5))
    for (const n of [-1, 0, 1]) expect(data.filter((v) => v === n).length / 6000).toBeCloseTo(1 / 3, 1)
    expect(data.every((v) => v >= -1 && v <= 1)).toBe(true)
  })

  it('uniform of equal bounds is that bound', () => {
    expect(taken(randomUniform([3], 2, 2))).toEqual([2, 2, 2])
  })

  it('normal has its mean and deviation', () => {
    const data = taken(randomNormal([20000], 5, 2, 'float32', 5))
    expect(mean(data)).toBeCloseTo(5, 1)
    expect(Math.sqrt(mean(data.map((v) => (v - 5) ** 2)))).toBeCloseTo(2, 1)
    expect(data.some((v) => Math.abs(v - 5) > 4)).toBe(true)
  })

  it('truncated normal stays within two deviations', () => {
    const data = taken(truncatedNormal([20000], 5, 2, 'float32', 5))
    expect(data.every((v) => Math.abs(v - 5) <= 4)).toBe(true)
    expect(Math.sqrt(mean(data.map((v) => (v - 5) ** 2)))).toBeCloseTo(2 * 0.8796, 1)
  })

  it('normal as int32 is rounded', () => {
    const floats = taken(randomNormal([50], 0, 10, 'float32', 5))
    expect(taken(randomNormal([50], 0, 10, 'int32', 5))).toEqual(floats.map((v) => Math.round(v) + 0))
  })

  it('an element depends on its index, not on the shape', () => {
    const long = taken(randomUniform([40], 0, 1, 'float32', 9))
    expectSameBits(taken(randomUniform([3, 7], 0, 1, 'float32', 9)), long.slice(0, 21))
  })

  it('take no elements', () => {
    tidy(() => {
      expect(randomNormal([0, 2]).shape).toEqual([0, 2])
      expect(randomUniform([0], 0, 5, 'int32').shape).toEqual([0])
    })
  })
})

describe('streams', () => {
  it('count from 1 after setSeed', () => {
    setSeed(2 ** 32 + 5)
    expect(nextStream('test')).toEqual({ seedLo: 5, seedHi: 1, streamLo: 1, streamHi: 0 })
    expect(nextStream('test')).toEqual({ seedLo: 5, seedHi: 1, streamLo: 2, streamHi: 0 })
    expect(seededStream(5)).toEqual({ seedLo: 5, seedHi: 0, streamLo: 0, streamHi: 0 })
  })

  it('are those of the generator on the JavaScript side', () => {
    const random = new Random(11)
    const drawn = Array.from({ length: 20 }, () => random.nextFloat())
    expectSameBits(taken(randomStream('uniform', [20], [0, 1], seededStream(11))), drawn)
    const fork = new Random(11).fork('weights')
    const forked = Array.from({ length: 20 }, () => fork.nextFloat())
    const stream = streamOf(new Random(11).fork('weights'))
    expectSameBits(taken(randomStream('uniform', [20], [0, 1], stream)), forked)
  })

  it('of a new runtime have another seed', async () => {
    const seeds = []
    for (let i = 0; i < 2; i++) {
      shutdown()
      await init({ simd: 'baseline' })
      const { seedLo, seedHi } = nextStream('test')
      seeds.push(`${seedLo},${seedHi}`)
    }
    expect(seeds[0]).not.toBe(seeds[1])
  })

  it('give seeds to whoever needs streams of his own', () => {
    setSeed(1)
    const seeds = [nextSeed('test'), nextSeed('test')]
    expect(seeds[0]).not.toBe(seeds[1])
    expect(seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0)).toBe(true)
    setSeed(1)
    expect(nextSeed('test')).toBe(seeds[0])
  })
})

describe('seeds and dtypes that TF.js takes', () => {
  it('may be fractions and below 0, each with numbers of its own', () => {
    const drawn = [3, 3.14, 3.15, -3].map((seed) => randomUniform([4], 0, 1, 'float32', seed).dataSync().join())
    expect(new Set(drawn).size).toBe(4)
    expect(randomUniform([4], 0, 1, 'float32', 3.14).dataSync().join()).toBe(drawn[1])
  })

  it('may be bool: heads as often as tails', () => {
    const coins = randomUniform([1000], 0, 1, 'bool', 5)
    expect(coins.dtype).toBe('bool')
    const heads = coins.dataSync<'bool'>().reduce((sum, coin) => sum + coin, 0)
    expect(Math.abs(heads - 500)).toBeLessThan(80)
  })
})

describe('bad arguments', () => {
  it('are named', () => {
    expect(() => setSeed(-1)).toThrow('setSeed: expected seed to be an integer of at least 0, received -1')
    expect(() => setSeed(0.5)).toThrow('received 0.5')
    expect(() => randomUniform([2], 1, 0)).toThrow(
      'randomUniform: expected maxval to be a finite number of at least 1, received 0',
    )
    expect(() => randomUniform([2], Number.NaN)).toThrow(
      'randomUniform: expected minval to be a finite number, received NaN',
    )
    expect(() => randomUniform([2], 0, 1, 'string' as 'int32')).toThrow(
      "randomUniform: expected dtype to be one of float32, int32, bool, received 'string'",
    )
    expect(() => randomUniform([2], 0.2, 0.8, 'int32')).toThrow(
      'randomUniform: expected int32 numbers between minval and maxval, received 0.2 and 0.8',
    )
    expect(() => randomUniform([2], 0, 2 ** 31, 'int32')).toThrow('received 0 and 2147483648')
    expect(() => randomNormal([2], 0, -1)).toThrow(
      'randomNormal: expected stdDev to be a finite number of at least 0, received -1',
    )
    expect(() => truncatedNormal([2], Number.POSITIVE_INFINITY)).toThrow(
      'truncatedNormal: expected mean to be a finite number',
    )
    expect(() => randomNormal([2], 0, 1, 'float32', Number.NaN)).toThrow(
      'randomNormal: expected seed to be a finite number, received NaN',
    )
    expect(() => randomNormal([-2])).toThrow('randomNormal: expected a shape of integers of at least 0, received [-2]')
  })
})
