/** Random kernels: the generator's published vectors, each distribution element by element and as a whole. */

import { beforeAll, describe, expect, it } from 'vitest'
import { philox4x32 } from '../../src/random.ts'
import { expectSameBits } from '../helpers/compare.ts'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'
import { uniform } from '../helpers/random.ts'
import { distanceFrom, moments, normalCdf, normalDensity } from '../helpers/reference/random.ts'

type Key = readonly [seedLo: number, seedHi: number, streamLo: number, streamHi: number]

const KEY: Key = [0x12345678, -7, 3, -(2 ** 31)]
const MANY = 1 << 17
/** P(|z| ≤ 2) */
const SHARE = 0.9544997361036416

/** The word of element `index`, from the generator in TypeScript. */
function wordAt(index: number, [seedLo, seedHi, streamLo, streamHi]: Key): number {
  const counter = 4 * Math.floor(index / 16) + (index % 4)
  const words = philox4x32([counter, 0, streamLo >>> 0, streamHi >>> 0], [seedLo >>> 0, seedHi >>> 0])
  return words[Math.floor(index / 4) % 4]!
}

/** 99.9 % of samples of n independent values are nearer to their distribution than this. */
const distanceBound = (n: number): number => 1.95 / Math.sqrt(n)

describe.each(BUILDS)('random kernels, %s', (build) => {
  let bench: KernelBench
  beforeAll(async () => {
    bench = await KernelBench.open(build)
  })

  type Draw = 'randomBits' | 'randomUniform' | 'randomInt' | 'randomNormal' | 'truncatedNormal'

  function draw(name: Draw, length: number, scalars: readonly number[] = [], key: Key = KEY, parts = 1): Float32Array {
    const y = bench.output(length, name)
    bench.run(name, [y, ...key, ...scalars] as never, length, { parts })
    return bench.read(y, length)
  }

  const asBits = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer)
  const bits = (length: number, key: Key = KEY): Uint32Array => asBits(draw('randomBits', length, [], key))

  it('the published known answer: zero counter, zero key', () => {
    const words = bits(16, [0, 0, 0, 0])
    expect([0, 4, 8, 12].map((i) => words[i])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8])
    bench.reset()
  })

  it.each([KEY, [-1, -1, -1, -1], [0, 1, 0, 0], [0, 0, 0, 1]] as Key[])(
    'randomBits is Philox 4×32-10 at each index: key %i %i, stream %i %i',
    (...key) => {
      const expected = Uint32Array.from({ length: 83 }, (_, i) => wordAt(i, key))
      expect(bits(83, key)).toEqual(expected)
      bench.reset()
    },
  )

  it('far indices, where counters have more than 24 bits', () => {
    const first = 2 ** 29 - 40
    const y = bench.output(59)
    bench.kernels.randomBits((y - 4 * first) | 0, ...KEY, first, first + 59)
    expect(asBits(bench.read(y, 59))).toEqual(Uint32Array.from({ length: 59 }, (_, i) => wordAt(first + i, KEY)))
    bench.reset()
  })

  it.each([
    ['randomBits', []],
    ['randomUniform', [-3, 5]],
    ['randomInt', [-10, 1000]],
    ['randomNormal', [0.5, 2]],
    ['truncatedNormal', [0, 0.1]],
  ] as [Draw, number[]][])('%s: a value depends on its index alone, not on range or length', (name, scalars) => {
    const whole = asBits(draw(name, 211, scalars))
    for (const parts of [2, 3, 4, 29]) expect(asBits(draw(name, 211, scalars, KEY, parts))).toEqual(whole)
    for (const length of [1, 3, 15, 16, 17, 33]) {
      expect(asBits(draw(name, length, scalars))).toEqual(whole.slice(0, length))
    }
    bench.reset()
  })

  it.each([
    [0, 1],
    [-0.25, 0.75],
    [-3, -2.5],
    [-5, 0],
    [100, 1e6],
    [1, 1 + 2 ** -23],
    [7, 7],
  ])('randomUniform in [%d, %d)', (low, high) => {
    const words = bits(1 << 12)
    const y = draw('randomUniform', 1 << 12, [low, high])
    const span = Math.fround(high - low)
    y.forEach((value, i) => {
      const expected = Math.fround(low + Math.fround((words[i]! >>> 8) * 2 ** -24 * span))
      const inside = low === high ? value === low : value >= low && value < high
      // Where rounding reaches high, the kernel gives the number below it.
      if (!inside || (value !== expected && expected < high)) {
        throw new Error(`[${i}] ${value}, expected ${expected} in [${low}, ${high})`)
      }
    })
    bench.reset()
  })

  it('randomUniform is uniform', () => {
    const y = draw('randomUniform', MANY, [-1, 3])
    const { mean, variance } = moments(y)
    expect(Math.abs(mean - 1)).toBeLessThan(4 * Math.sqrt(16 / 12 / MANY))
    expect(Math.abs(variance - 16 / 12)).toBeLessThan(0.01)
    expect(distanceFrom((value) => (value + 1) / 4, y)).toBeLessThan(distanceBound(MANY))
    bench.reset()
  })

  it.each([
    [0, 2],
    [0, 1],
    [-3, 4],
    [0, 10],
    [-(2 ** 31), 2 ** 31 - 1],
    [5, 2 ** 31 - 1],
  ])('randomInt from %i to below %i', (low, high) => {
    const words = bits(1000)
    const expected = Int32Array.from(words, (word) => low + Number((BigInt(word) * BigInt(high - low)) >> 32n))
    expect(new Int32Array(draw('randomInt', 1000, [low, high]).buffer)).toEqual(expected)
    expect(expected.every((value) => value >= low && value < high)).toBe(true)
    bench.reset()
  })

  it.each([
    ['randomNormal', 0, 1, 1],
    ['randomNormal', -3, 0.5, 1],
    ['truncatedNormal', 0, 1, SHARE],
    ['truncatedNormal', 2, 0.05, SHARE],
  ] as const)('%s(%d, %d) is the quantile of its word', (name, mean, stdDev, share) => {
    const words = bits(1 << 15)
    const y = draw(name, 1 << 15, [mean, stdDev])
    const [meanF32, stdDevF32] = [Math.fround(mean), Math.fround(stdDev)]
    y.forEach((value, i) => {
      const z = (value - meanF32) / stdDevF32
      const p = 0.5 + ((words[i]! + 0.5) / 2 ** 32 - 0.5) * share
      // One rounding to float32, as far as it moves the probability.
      const bound = (normalDensity(z) * 2 ** -23 * Math.abs(value)) / stdDevF32 + 1e-15
      if (!(Math.abs(normalCdf(z) - p) <= bound)) {
        throw new Error(`[${i}] ${value} has probability ${normalCdf(z)}, expected ${p} within ${bound}`)
      }
    })
    bench.reset()
  })

  it('randomNormal is normal', () => {
    const y = draw('randomNormal', MANY, [0, 1])
    const { mean, variance } = moments(y)
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(MANY))
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / MANY))
    expect(distanceFrom(normalCdf, y)).toBeLessThan(distanceBound(MANY))
    expect(Math.max(...y.subarray(0, 1 << 15))).toBeGreaterThan(3.3)
    bench.reset()
  })

  it('truncatedNormal is the middle of a normal distribution', () => {
    const y = draw('truncatedNormal', MANY, [0, 1])
    expect(y.every((value) => Math.abs(value) <= 2)).toBe(true)
    expect(distanceFrom((z) => (normalCdf(z) - (1 - SHARE) / 2) / SHARE, y)).toBeLessThan(distanceBound(MANY))
    // 1 − 4 φ(2) / SHARE
    expect(Math.abs(moments(y).variance - 0.7737413)).toBeLessThan(0.01)
    bench.reset()
  })

  it('neighbouring seeds and streams are independent', () => {
    const first = draw('randomUniform', MANY, [-1, 1], [1, 0, 1, 0])
    for (const key of [
      [2, 0, 1, 0],
      [1, 1, 1, 0],
      [1, 0, 2, 0],
      [1, 0, 1, 1],
    ] as Key[]) {
      const second = draw('randomUniform', MANY, [-1, 1], key)
      let product = 0
      first.forEach((value, i) => {
        product += value * second[i]!
      })
      expect(Math.abs(product)).toBeLessThan(4 * Math.sqrt(MANY / 9))
    }
    bench.reset()
  })

  describe('dropout', () => {
    /** What the elements compare: a word for four of them, each time turned by a byte. */
    function turnedWords(length: number): Uint32Array {
      return Uint32Array.from({ length }, (_, i) => {
        const word = wordAt(16 * Math.floor(i / 64) + 4 * (Math.floor(i / 16) % 4) + (i % 4), KEY)
        const bits = 8 * (Math.floor(i / 4) % 4)
        return bits === 0 ? word : ((word << bits) | (word >>> (32 - bits))) >>> 0
      })
    }

    function dropped(x: Float32Array, threshold: number, scale: number, parts = 1): Float32Array {
      const y = bench.output(x.length, 'y')
      bench.run('dropout', [bench.input(x), y, ...KEY, threshold | 0, scale], x.length, { parts })
      return bench.read(y, x.length)
    }

    it.each([1, 3, 15, 16, 17, 63, 64, 65, 211])(
      '%i elements: zero where the word is below the threshold',
      (length) => {
        const x = uniform(length, 61)
        const words = turnedWords(length)
        for (const rate of [0, 0.1, 0.5, 0.9, 1 - 2 ** -32]) {
          const scale = Math.fround(1 / (1 - rate))
          const threshold = rate * 2 ** 32
          const expected = x.map((value, i) => (words[i]! < threshold ? 0 : Math.fround(value * scale)))
          for (const parts of [1, 2, 3, 4])
            expectSameBits(dropped(x, threshold, scale, parts), expected, `rate ${rate}`)
        }
        bench.reset()
      },
    )

    it('in place', () => {
      const x = uniform(45, 62)
      const expected = dropped(x, 2 ** 30, 4 / 3)
      const y = bench.output(45, 'y')
      bench.memory.f32(y, 45).set(x)
      bench.run('dropout', [y, y, ...KEY, 2 ** 30, 4 / 3], 45)
      expectSameBits(bench.read(y, 45), expected)
      bench.reset()
    })

    it('a dropped NaN or infinity is 0, a kept one stays', () => {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const words = turnedWords(53)
        const expected = Float32Array.from(words, (word) => (word < 2 ** 31 ? 0 : value))
        expectSameBits(dropped(new Float32Array(53).fill(value), 2 ** 31, 2), expected)
      }
      bench.reset()
    })

    it.each([0.1, 0.25, 0.6])('drops its rate, %d, and neighbours independently', (rate) => {
      const y = dropped(new Float32Array(MANY).fill(1), (rate * 2 ** 32) | 0, 1)
      const spread = Math.sqrt(MANY * rate * (1 - rate))
      expect(Math.abs(y.filter((value) => value === 0).length - MANY * rate)).toBeLessThan(4 * spread)
      // Those that share a word are 4, 8 and 12 apart.
      for (const distance of [1, 4, 8, 12, 16]) {
        let product = 0
        for (let i = distance; i < MANY; i++) product += (y[i]! - 1 + rate) * (y[i - distance]! - 1 + rate)
        expect(Math.abs(product)).toBeLessThan((4.5 / Math.sqrt(MANY)) * spread ** 2)
      }
      bench.reset()
    })
  })
})
