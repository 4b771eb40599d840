/** The generator in TypeScript: published vectors, the kernels' streams, unbiased integers, checkpoints, errors. */

import { beforeAll, describe, expect, it } from 'vitest'
import { ArgumentError } from '../src/errors.ts'
import { philox4x32, Random, type RandomState } from '../src/random.ts'
import { KernelBench } from './helpers/kernels.ts'
import { chiSquare } from './helpers/reference/random.ts'

describe('philox4x32', () => {
  const ones = 0xffffffff
  it.each([
    ['zeros', [0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
    ['ones', [ones, ones, ones, ones], [ones, ones], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
    [
      'digits of π',
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)("Random123's known answer: %s", (_, counter, key, expected) => {
    expect(philox4x32(counter, key)).toEqual(expected)
  })
})

describe('Random', () => {
  let bench: KernelBench
  beforeAll(async () => {
    bench = await KernelBench.open('simd')
  })

  it.each([
    ['a small seed', new Random(7)],
    ['a seed above 32 bits', new Random(2 ** 53 - 1)],
    ['a fork', new Random(3).fork('dropout_1').fork(12)],
  ])('draws the kernels’ streams: %s', (_, random) => {
    const words = bench.output(100)
    const floats = bench.output(100)
    bench.run('randomBits', [words, ...random.key], 100)
    bench.run('randomUniform', [floats, ...random.key, 0, 1], 100)
    const again = Random.restore(random.state)
    expect(Array.from({ length: 100 }, () => random.nextUint32() | 0)).toEqual([...bench.readInt(words, 100)])
    expect(Array.from({ length: 100 }, () => again.nextFloat())).toEqual([...bench.read(floats, 100)])
    bench.reset()
  })

  it.each([1, 2, 6, 10, 61])('nextBelow(%i): all equally likely', (n) => {
    const random = new Random(17).fork(n)
    const counts = Array.from({ length: n }, () => 0)
    for (let i = 0; i < 2000 * n; i++) counts[random.nextBelow(n)]!++
    // Five standard deviations above the mean of χ² with n − 1 degrees of freedom.
    expect(chiSquare(counts)).toBeLessThanOrEqual(n - 1 + 5 * Math.sqrt(2 * (n - 1)))
  })

  it('nextBelow rejects what would favour small results', () => {
    const n = 3 * 2 ** 30
    const random = new Random(23)
    const thirds = [0, 0, 0]
    for (let i = 0; i < 3000; i++) thirds[Math.floor(random.nextBelow(n) / 2 ** 30)]!++
    // Without rejection the first third would come up twice as often.
    expect(chiSquare(thirds)).toBeLessThan(12)
    expect(random.state.position).toBeGreaterThan(3500)
    expect(Number.isInteger(random.nextBelow(2 ** 32))).toBe(true)
  })

  it('shuffle gives every order equally often', () => {
    const random = new Random(29)
    const counts = new Map<string, number>()
    for (let i = 0; i < 12000; i++) {
      const order = random.shuffle(Int32Array.of(0, 1, 2, 3)).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(24)
    expect(chiSquare([...counts.values()])).toBeLessThan(23 + 5 * Math.sqrt(46))
  })

  it('shuffle keeps the elements, in place, and takes the shortest arrays', () => {
    const values = Int32Array.from({ length: 1000 }, (_, i) => i)
    const shuffled = new Random(1).shuffle(values)
    expect(shuffled).toBe(values)
    expect(shuffled.slice().sort()).toEqual(Int32Array.from({ length: 1000 }, (_, i) => i))
    expect([...shuffled]).not.toEqual([...shuffled.slice().sort()])
    expect(new Random(1).shuffle(new Int32Array(0))).toHaveLength(0)
    expect([...new Random(1).shuffle(Int32Array.of(5))]).toEqual([5])
  })

  it.each([0, 1, 15, 16, 100])('continues from a state after %i draws, through JSON', (draws) => {
    const random = new Random(99).fork('shuffle')
    for (let i = 0; i < draws; i++) random.nextUint32()
    const restored = Random.restore(JSON.parse(JSON.stringify(random.state)) as RandomState)
    const next = (from: Random) => Array.from({ length: 40 }, () => from.nextUint32())
    expect(next(restored)).toEqual(next(random))
    expect(restored.state).toEqual(random.state)
  })

  it('a state is a copy', () => {
    const random = new Random(4)
    const { state } = random
    random.nextUint32()
    expect(state.position).toBe(0)
    ;(state.seed as [number, number])[0] = 5
    expect(random.state.seed).toEqual([4, 0])
  })

  it('forks by name and by number are streams of their own, whatever was drawn before', () => {
    const parent = new Random(5)
    const names = ['', 'a', 'b', 'ab', 'ba', 'dense_1', 'dense_2', 'é', '\u4e00', '1', 0, 1, 2, 2 ** 32, 2 ** 53 - 1]
    const words = (random: Random) => Array.from({ length: 4 }, () => random.nextUint32()).join()
    const streams = names.map((name) => words(parent.fork(name)))
    streams.push(words(parent.fork('a').fork('b')), words(parent.fork('b').fork('a')), words(new Random(6).fork('a')))
    streams.push(words(Random.restore(parent.state)))
    expect(new Set(streams).size).toBe(streams.length)
    parent.nextUint32()
    expect(words(parent.fork('dense_1'))).toBe(streams[names.indexOf('dense_1')])
    expect(parent.fork('a').state.position).toBe(0)
  })

  it('the first numbers of a seed never change', () => {
    const random = new Random(42)
    expect([random.nextUint32(), random.nextFloat(), random.nextBelow(10)]).toEqual([2632642643, 0.9877186417579651, 3])
    expect(new Random(42).fork('conv2d_1').nextUint32()).toBe(2279186434)
    expect([...new Random(42).shuffle(Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7))]).toEqual([2, 4, 6, 7, 5, 1, 0, 3])
  })

  it.each([
    [() => new Random(-1), 'Random: expected seed to be an integer of at least 0, received -1'],
    [() => new Random(0.5), 'Random: expected seed to be an integer of at least 0, received 0.5'],
    [() => new Random(Number.NaN), 'Random: expected seed to be an integer of at least 0, received NaN'],
    [() => new Random(1).nextBelow(0), 'nextBelow: expected n to be an integer from 1 to 4294967296, received 0'],
    [() => new Random(1).fork(-2), 'fork: expected name to be an integer of at least 0, received -2'],
    [
      () => Random.restore(null as never),
      'Random.restore: expected a state with seed, stream and position, received null',
    ],
    [
      () => Random.restore({ ...new Random(1).state, position: -1 }),
      'Random.restore: expected state.position to be an integer of at least 0, received -1',
    ],
    [
      () => Random.restore({ ...new Random(1).state, seed: [1] as never }),
      'Random.restore: expected state.seed to be two 32-bit words, received [1]',
    ],
    [
      () => Random.restore({ ...new Random(1).state, stream: [0, 2 ** 32] }),
      'Random.restore: expected state.stream[1] to be an integer from 0 to 4294967295, received 4294967296',
    ],
  ])('refuses what is no seed, bound, name or state (%#)', (make, text) => {
    expect(make).toThrow(ArgumentError)
    expect(make).toThrow(text)
  })
})
