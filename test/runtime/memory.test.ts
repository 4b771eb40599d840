/** The allocator: alignment, reuse, merging, and what happens when there is no more. */

import { describe, expect, it } from 'vitest'
import { ArgumentError, OutOfMemoryError } from '../../src/errors.ts'
import { ALIGNMENT, Memory, SPARE_BYTES } from '../../src/runtime/memory.ts'
import { generator } from '../helpers/random.ts'
import { expectRefusal } from '../helpers/refusals.ts'

const PAGE = 65536

function make(maxPages = 64): Memory {
  return new Memory(new WebAssembly.Memory({ initial: 1, maximum: maxPages }), maxPages * PAGE)
}

describe('the allocator', () => {
  it.each([8000, 80_000])('gives aligned blocks of up to %i bytes with spare ones, none of them twice', (most) => {
    const memory = make(256)
    const next = generator(1)
    const blocks: { at: number; bytes: number }[] = []
    for (let round = 0; round < 2000; round++) {
      if (next() < 0.45 && blocks.length > 0) {
        memory.free(blocks.splice(Math.floor(next() * blocks.length), 1)[0]!.at)
        continue
      }
      const bytes = Math.floor(next() * most)
      const at = memory.allocate(bytes, 'test')
      expect(at % ALIGNMENT).toBe(0)
      expect(at).toBeGreaterThanOrEqual(1024)
      expect(at + bytes + SPARE_BYTES).toBeLessThanOrEqual(memory.totalBytes)
      for (const other of blocks) {
        expect(at + bytes + SPARE_BYTES <= other.at || other.at + other.bytes + SPARE_BYTES <= at).toBe(true)
      }
      blocks.push({ at, bytes })
    }
    for (const { at } of blocks) memory.free(at)
    expect(memory.usedBytes).toBe(0)
    expect(memory.blocksInUse).toBe(0)
  })

  it('gives a freed block again for the same size', () => {
    const memory = make()
    const at = memory.allocate(1000, 'test')
    memory.allocate(1000, 'test')
    memory.free(at)
    expect(memory.allocate(1000, 'test')).toBe(at)
  })

  it('does not grow in a loop that asks for the same sizes', () => {
    const memory = make()
    const sizes = [100, 70_000, 3000, 100, 200_000, 64]
    const step = (): void => {
      for (const at of sizes.map((bytes) => memory.allocate(bytes, 'test'))) memory.free(at)
    }
    step()
    const { totalBytes } = memory
    for (let i = 0; i < 500; i++) step()
    expect(memory.totalBytes).toBe(totalBytes)
  })

  it('splits a larger block where there is no room at the top', () => {
    const memory = make(4)
    const [first, second] = [memory.allocate(100_000, 'test'), memory.allocate(100_000, 'test')]
    memory.free(first)
    expect(memory.allocate(60_000, 'test')).toBeGreaterThan(second)
    const half = memory.allocate(40_000, 'test')
    expect(half).toBe(first)
    expect(memory.allocate(40_000, 'test')).toBe(half + 40_064)
  })

  it('merges free neighbours before it refuses', () => {
    const memory = make(4)
    const size = 30_000
    const blocks = Array.from({ length: 8 }, () => memory.allocate(size, 'test'))
    for (const at of blocks) memory.free(at)
    expect(() => memory.allocate(7 * size, 'test')).not.toThrow()
  })

  it('says what was asked for and what is left, and goes on', () => {
    const memory = make(4)
    const at = memory.allocate(100_000, 'test')
    memory.f32(at, 1)[0] = 42
    const text =
      'conv2d: expected at most 163 kB more, of 263 kB in all, received a request for 200 kB — use a smaller batch, dispose tensors that are no longer needed, or raise init({ memory })'
    expectRefusal(() => memory.allocate(200_000, 'conv2d'), OutOfMemoryError, text)
    expect(memory.f32(at, 1)[0]).toBe(42)
    expect(() => memory.allocate(100_000, 'test')).not.toThrow()
  })

  it('takes a second free of a block for none', () => {
    const memory = make()
    const at = memory.allocate(10, 'test')
    memory.free(at)
    memory.free(at)
    expect(memory.allocate(10, 'test')).not.toBe(memory.allocate(10, 'test'))
  })
})

describe('the allocator refuses', () => {
  it.each([
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [-1, '-1'],
    [-0.5, '-0.5'],
    [10.5, '10.5'],
    [2 ** 60, String(2 ** 60)],
    ['8', "'8'"],
    [8n, '8n'],
    [undefined, 'undefined'],
    [null, 'null'],
    [{}, '{}'],
  ])('%s bytes, whatever the path, and stays as it was', (bytes, shown) => {
    const memory = make()
    const before = memory.allocate(100, 'test')
    const { usedBytes, totalBytes } = memory
    const text = `fromPixels: expected a whole number of bytes to allocate, received ${shown}`
    expectRefusal(() => memory.allocate(bytes as number, 'fromPixels'), ArgumentError, text)
    expect(memory).toMatchObject({ usedBytes, totalBytes, blocksInUse: 1 })
    const [next, after] = [memory.allocate(100, 'test'), memory.allocate(100, 'test')]
    expect(new Set([before, next, after]).size).toBe(3)
  })

  it('more than there are addresses for', () => {
    const memory = make(4)
    for (const bytes of [2 ** 31, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      expect(() => memory.allocate(bytes, 'test')).toThrow(OutOfMemoryError)
    }
    expect(memory.usedBytes).toBe(0)
  })
})
