/**
 * What the compiled modules must not hold: each thread instantiates them over one memory, so a data segment would be
 * written again by every worker, and a mutable global would differ between them.
 */

import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { kernelSets } from '../../scripts/kernel-sets.ts'
import { unfused } from '../../scripts/unfused.ts'
import { type BuiltInSet, buildBytes } from '../../src/runtime/builds.ts'
import { fuse } from '../../src/runtime/fuse.ts'
import { compileBuild, instantiateKernels, kernelNames } from '../../src/runtime/load.ts'
import { all } from '../../src/runtime/sets/all.ts'
import { core } from '../../src/runtime/sets/core.ts'
import { special } from '../../src/runtime/sets/special.ts'
import { vision } from '../../src/runtime/sets/vision.ts'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'

const SETS: Readonly<Record<string, BuiltInSet>> = { core, vision, special }
const MODULES = [all, core, special, vision].flatMap((set) =>
  (['simd', 'relaxed', 'wide'] as const).map((build) => ({ set, build, name: `${set.name}.${build}` })),
)
const DATA = 11
const GLOBAL = 6
const IMPORT = 2
const START = 8

/** The sections of a WebAssembly binary: id and body. */
function sections(bytes: Uint8Array): { id: number; body: Uint8Array }[] {
  const found: { id: number; body: Uint8Array }[] = []
  let at = 8
  while (at < bytes.length) {
    const id = bytes[at++]!
    let [size, shift, byte] = [0, 0, 0]
    do {
      byte = bytes[at++]!
      size |= (byte & 0x7f) << shift
      shift += 7
    } while (byte & 0x80)
    found.push({ id, body: bytes.subarray(at, at + size) })
    at += size
  }
  return found
}

describe('the sets', () => {
  it('are those that assembly/index.ts lists, and no kernel is in two', async () => {
    const lists = await kernelSets()
    expect(Object.keys(lists)).toEqual(Object.keys(SETS))
    const names = Object.values(lists).flatMap(({ kernels }) => kernels)
    expect(new Set(names).size).toBe(names.length)
    expect(kernelNames(compileBuild(all, 'simd')).sort()).toEqual(names.sort())
  })

  it.each(Object.entries(SETS))('%s holds what its file exports', async (name, set) => {
    const { kernels } = (await kernelSets())[name]!
    for (const build of BUILDS) expect(kernelNames(compileBuild(set, build)).sort()).toEqual(kernels.toSorted())
  })
})

describe.each(MODULES)('the $name module', ({ set, build, name }) => {
  const read = (): Uint8Array => buildBytes(set, build)

  it('has no data segment, no global and no start function', () => {
    const ids = sections(read()).map(({ id }) => id)
    expect(ids.length).toBeGreaterThan(4)
    expect(ids).not.toContain(DATA)
    expect(ids).not.toContain(GLOBAL)
    expect(ids).not.toContain(START)
  })

  it('imports the memory alone', () => {
    const body = sections(read()).find(({ id }) => id === IMPORT)!.body
    expect(body[0]).toBe(1)
    expect(new TextDecoder().decode(body.subarray(1, 13))).toContain('env')
  })

  it.runIf(set === all)('is the file that was compiled', async () => {
    const file = Uint8Array.from(await readFile(new URL(`../../build/${name}.wasm`, import.meta.url)))
    // The relaxed one is made of the baseline, which was made of it.
    expect(Buffer.from(read()).equals(build === 'relaxed' ? fuse(unfused(file)) : file)).toBe(true)
  })
})

describe.each(BUILDS)('the %s build over a shared memory', (build) => {
  const pages = { initial: 16, maximum: 256 }

  it('takes a shared memory, and a private one where it is not asked for sharing', () => {
    const shared = new WebAssembly.Memory({ ...pages, shared: true })
    const [forShared, forPrivate] = [compileBuild(all, build, true), compileBuild(all, build)]
    expect(() => instantiateKernels(forPrivate, shared)).toThrow(WebAssembly.LinkError)
    expect(() => instantiateKernels(forShared, new WebAssembly.Memory(pages))).toThrow(WebAssembly.LinkError)
    const kernels = instantiateKernels(forShared, shared)
    const values = new Float32Array(shared.buffer, 1024, 4)
    values.set([-1, 2, -3, 4])
    kernels.reluForward(1024, 1024, 0, 4)
    expect([...values]).toEqual([0, 2, 0, 4])
  })
})

describe.each(BUILDS)('the kernels of the %s build', (build) => {
  it('all end in begin and end, and take numbers alone', async () => {
    const { kernels } = await KernelBench.open(build)
    const types = await readFile(new URL('../../src/runtime/wasm/exports.d.ts', import.meta.url), 'utf8')
    const signatures = [...types.matchAll(/export function (\w+)\(([^)]*)\): (\w+)/g)]
    expect(signatures.length).toBeGreaterThan(80)
    for (const [, name, parameters, result] of signatures) {
      expect(result, name).toBe('void')
      expect(parameters, name).toMatch(/begin: number, end: number$/)
      expect(parameters!.replaceAll(/\w+: number(, )?/g, ''), name).toBe('')
      expect(typeof kernels[name as keyof typeof kernels], name).toBe('function')
    }
  })
})
