/** The relaxed build out of the baseline one: on a module of one function, and on those that are built in. */

import { describe, expect, it } from 'vitest'
import { buildBytes } from '../../src/runtime/builds.ts'
import { fuse } from '../../src/runtime/fuse.ts'
import { probeFeatures } from '../../src/runtime/probe.ts'
import { core } from '../../src/runtime/sets/core.ts'
import { vision } from '../../src/runtime/sets/vision.ts'
import { joined } from '../../src/runtime/wasm-bytes.ts'

/** (a, b, acc: f32) => acc + a · b in the first lane, where `unused` locals come before the one in which the sum waits. */
function moduleOf(unused: number): Uint8Array<ArrayBuffer> {
  const local = unused + 3 < 128 ? [unused + 3] : [((unused + 3) & 127) | 128, (unused + 3) >> 7]
  const size = unused < 128 ? [unused] : [(unused & 127) | 128, unused >> 7]
  const splats = [0, 1, 2].flatMap((i) => [0x20, i, 0xfd, 0x13])
  const sum = [0x21, ...local, 0xfd, 0xe6, 0x01, 0x20, ...local, 0xfd, 0xe4, 0x01]
  const body = [2, ...size, 0x7b, 1, 0x7b, ...splats, ...sum, 0xfd, 0x1f, 0, 0x0b]
  const types = [1, 8, 1, 0x60, 3, 0x7d, 0x7d, 0x7d, 1, 0x7d]
  const code = [10, body.length + 2, 1, body.length, ...body]
  return joined([[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], types, [3, 2, 1, 0], [7, 5, 1, 1, 0x66, 0, 0], code])
}

function sumOf(bytes: Uint8Array<ArrayBuffer>): (a: number, b: number, acc: number) => number {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f as never
}

describe('fuse', () => {
  // (1 + 2^-12)² = 1 + 2^-11 + 2^-24: the product is rounded down to 1 + 2^-11 before it is added, and fused it is not.
  const [a, acc] = [1 + 2 ** -12, -1 - 2 ** -11]

  it.each([0, 1, 124, 125, 200])('puts a multiply-add where the sum waits in local %i + 3', (unused) => {
    const [apart, together] = [moduleOf(unused), fuse(moduleOf(unused))]
    expect(together.length).toBe(apart.length)
    expect(sumOf(apart)(a, a, acc)).toBe(0)
    if (!probeFeatures().relaxed) return
    const sum = sumOf(together)(a, a, acc)
    // Engines without a fused instruction round twice.
    expect([0, 2 ** -24]).toContain(sum)
    expect(sumOf(together)(3, 5, 7)).toBe(22)
  })

  it('leaves a product and a sum alone that belong to others', () => {
    const other = moduleOf(0)
    other[other.length - 10] = 0x1a
    const before = [...other]
    expect([...fuse(other)]).toEqual(before)
  })

  it.each([core, vision])('finds the multiply-adds of $name', (set) => {
    const [simd, relaxed] = [buildBytes(set, 'simd'), buildBytes(set, 'relaxed')]
    const madds = relaxed.reduce((n, _, at) => n + Number([0xfd, 0x85, 0x02].every((b, i) => relaxed[at + i] === b)), 0)
    expect(madds).toBeGreaterThan(100)
    expect(relaxed.length).toBe(simd.length)
    expect(simd.some((_, at) => [0xfd, 0x85, 0x02].every((b, i) => simd[at + i] === b))).toBe(false)
  })
})
