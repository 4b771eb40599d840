/** `quadlane/kernels` on its own: a build, its memory, and a product that is computed with them. */

import { describe, expect, it } from 'vitest'
import { ArgumentError } from '../src/errors.ts'
import * as kernelsSurface from '../src/kernels.ts'
import { ALIGNMENT, instantiateKernels, loadKernels, packedBytes, probeFeatures } from '../src/kernels.ts'
import { expectRejection } from './helpers/refusals.ts'

const BUILDS = probeFeatures().relaxed ? (['baseline', 'relaxed'] as const) : (['baseline'] as const)

describe.each(BUILDS)('loadKernels({ simd: %o })', (simd) => {
  it('gives kernels that multiply', async () => {
    const { kernels, memory, build } = await loadKernels({ simd })
    expect(build).toBe(simd === 'baseline' ? 'simd' : 'relaxed')
    const [M, N, K] = [5, 3, 2]
    const [a, b, c] = [M * K, K * N, M * N].map((length) => memory.allocate(length * 4)) as [number, number, number]
    expect([a, b, c].map((address) => address % ALIGNMENT)).toEqual([0, 0, 0])
    const packed = memory.allocate(packedBytes(build, K, N))
    memory.f32(a, M * K).set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    memory.f32(b, K * N).set([1, 0, 2, 0, 1, -1])
    kernels.packB(b, packed, K, N, N, 0, Math.ceil(N / 8))
    kernels.matmulNN(a, packed, 0, c, M, N, K, K, K, N, 0, 0, M)
    expect([...memory.f32(c, M * N)]).toEqual([1, 2, 0, 3, 4, 2, 5, 6, 4, 7, 8, 6, 9, 10, 8])
  })
})

describe('loadKernels', () => {
  it('keeps memories apart', async () => {
    const [one, other] = [await loadKernels(), await loadKernels()]
    const at = one.memory.allocate(64)
    one.memory.f32(at, 1)[0] = 7
    other.memory.f32(at, 1)[0] = 8
    expect(one.memory.f32(at, 1)[0]).toBe(7)
  })

  it.skipIf(!probeFeatures().sharedMemory)('gives a module and a memory that another thread can use', async () => {
    const { memory, module } = await loadKernels({ shared: true })
    expect(memory.wasm.buffer).toBeInstanceOf(SharedArrayBuffer)
    const second = await instantiateKernels(module, memory.wasm)
    const at = memory.allocate(16)
    memory.f32(at, 4).set([-1, 2, -3, 4])
    second.reluForward(at, at, 0, 4)
    expect([...memory.f32(at, 4)]).toEqual([0, 2, 0, 4])
  })

  it('refuses options that it does not have', async () => {
    const text = "loadKernels: expected only the options simd, shared, memory, wasm, received 'threads'"
    await expectRejection(loadKernels({ threads: 2 } as never), ArgumentError, text)
    const range = 'loadKernels: expected memory to be an integer from 1048576 to 4294967296, received 1'
    await expectRejection(loadKernels({ memory: 1 }), ArgumentError, range)
  })

  it('knows no tensors', () => {
    expect(Object.keys(kernelsSurface)).not.toContain('Tensor')
    expect(typeof kernelsSurface.version).toBe('string')
  })
})
