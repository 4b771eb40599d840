/** The braid of two builds gives both back, to the byte. */

import { describe, expect, it } from 'vitest'
import { braided, moduleParts, unbraided } from '../../src/runtime/braid.ts'
import { buildBytes } from '../../src/runtime/builds.ts'
import { core } from '../../src/runtime/sets/core.ts'

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const TYPES = [1, 4, 1, 0x60, 0, 0]

/** A module with so many functions that do nothing. */
function smallModule(count: number): Uint8Array {
  const functions = [3, 1 + count, count, ...Array(count).fill(0)]
  return Uint8Array.from([
    ...HEADER,
    ...TYPES,
    ...functions,
    10,
    1 + 3 * count,
    count,
    ...Array(count).fill([2, 0, 11]).flat(),
  ])
}

describe('a braid', () => {
  it('gives back the builds that it is made of', () => {
    const builds = [buildBytes(core, 'simd'), buildBytes(core, 'relaxed')]
    const braid = braided(builds)
    builds.forEach((bytes, i) => {
      expect(Array.from(unbraided(braid, i)), `build ${i}`).toEqual(Array.from(bytes))
    })
  })

  it('holds builds with different numbers of functions', () => {
    for (const counts of [
      [1, 4],
      [4, 1],
      [2, 2],
    ]) {
      const modules = counts.map(smallModule)
      for (const module of modules) expect(WebAssembly.validate(module.slice())).toBe(true)
      const braid = braided(modules)
      expect(modules.map((_, i) => unbraided(braid, i))).toEqual(modules)
    }
  })

  it('is made of two modules that end in their code', () => {
    const module = smallModule(2)
    expect(moduleParts(module).functions).toHaveLength(2)
    expect(() => braided([module])).toThrow('a braid is made of 2 modules, not 1')
    const named = Uint8Array.from([...module, 0, 2, 1, 0x61])
    expect(() => braided([module, named])).toThrow('the kernels do not end in their code')
  })
})
