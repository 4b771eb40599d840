/** What the kernels are unpacked with, held to what an encoder that we did not write has packed. */

import { describe, expect, it } from 'vitest'
import { lzmaEncoded } from '../../scripts/lzma.ts'
import { lzmaDecoded } from '../../src/platform/lzma.ts'
import { generator } from '../helpers/random.ts'

const next = generator()
const drawn = (length: number, most: number): number[] => Array.from({ length }, () => Math.floor(next() * most))
/** Stretches of earlier bytes, so that distances and lengths of every size come, with a changed byte here and there. */
function repetitive(length: number): Uint8Array {
  const bytes: number[] = drawn(40, 256)
  while (bytes.length < length) {
    const begin = bytes.length - 1 - Math.floor(next() ** 3 * (bytes.length - 1))
    bytes.push(...bytes.slice(begin, begin + 1 + Math.floor(next() ** 4 * 600)), ...drawn(Math.floor(next() * 3), 256))
  }
  return Uint8Array.from(bytes)
}

describe('what LZMA has packed', () => {
  it.each([
    ['nothing', new Uint8Array(0)],
    ['one byte', Uint8Array.of(200)],
    ['one byte again and again', new Uint8Array(5000).fill(7)],
    ['noise', Uint8Array.from(drawn(5000, 256))],
    ['noise of few values', Uint8Array.from(drawn(5000, 3))],
    ['a text', new TextEncoder().encode('It was the best of times, it was the worst of times. '.repeat(40))],
    ['repetitions near and far', repetitive(200_000)],
  ])('comes back, the whole and the beginning: %s', (_, bytes) => {
    const packed = lzmaEncoded(bytes)
    expect(Buffer.compare(lzmaDecoded(packed, bytes.length), bytes)).toBe(0)
    for (const size of [0, 1, bytes.length >> 1]) {
      const begin = bytes.subarray(0, Math.min(size, bytes.length))
      expect(Buffer.compare(lzmaDecoded(packed, begin.length), begin)).toBe(0)
    }
  })
})
