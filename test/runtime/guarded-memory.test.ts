/** What `init({ checks: true })` finds out. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { KernelError } from '../../src/errors.ts'
import { depthwiseConv2d, info, init, matMul, ones, relu, shutdown, tensor, tidy } from '../../src/index.ts'
import { GuardedMemory } from '../../src/runtime/guarded-memory.ts'
import { runtime } from '../../src/runtime/runtime.ts'
import { expectRefusal } from '../helpers/refusals.ts'

describe('a memory that checks', () => {
  const make = (): GuardedMemory => new GuardedMemory(new WebAssembly.Memory({ initial: 1, maximum: 64 }), 64 * 65536)

  it('finds a write past the end, to the byte, and says who made the buffer', () => {
    for (const [bytes, element] of [
      [16, 4],
      [0, 0],
      [64, 31],
    ] as const) {
      const memory = make()
      memory.allocate(100, 'before')
      const at = memory.allocate(bytes, 'conv2d')
      memory.allocate(100, 'behind')
      memory.f32(at, 64)[element] = 1
      const text = `aKernel: expected no write behind a buffer of ${bytes} bytes, which conv2d made, received one at byte ${element * 4}`
      expectRefusal(() => memory.verify('aKernel', []), KernelError, text)
      // Told once.
      memory.verify('another', [])
    }
  })

  it('looks at the buffers of a kernel alone where there are very many', () => {
    const memory = make()
    const blocks = Array.from({ length: 100 }, (_, i) => memory.allocate(16, `op ${i}`))
    memory.f32(blocks[7]!, 5)[4] = 1
    memory.verify('innocent', [blocks[6]!, 5])
    const text = 'guilty: expected no write behind a buffer of 16 bytes, which op 7 made, received one at byte 16'
    expectRefusal(() => memory.verify('guilty', [1, blocks[7]!]), KernelError, text)
  })

  it('finds it when the buffer is freed, where no kernel did it', () => {
    const memory = make()
    const at = memory.allocate(16, 'tensor')
    memory.f32(at, 5)[4] = 1
    const text = 'tensor: expected no write behind a buffer of 16 bytes, which tensor made, received one at byte 16'
    expectRefusal(() => memory.free(at), KernelError, text)
    expect(memory.blocksInUse).toBe(0)
  })

  it('finds a write to a buffer that was freed, when the memory is given away again', () => {
    const memory = make()
    const at = memory.allocate(100, 'old')
    memory.free(at)
    memory.free(at)
    memory.f32(at, 4)[3] = 1
    const text = `new: expected memory that nobody has used since it was freed, received another value at ${at + 12} — something wrote to a buffer after it was freed`
    expectRefusal(() => memory.allocate(100, 'new'), KernelError, text)
    expect(memory.blocksInUse).toBe(0)
  })

  it('holds NaN where nothing was written, and in what was freed', () => {
    const memory = make()
    const at = memory.allocate(64, 'test')
    expect([...memory.f32(at, 32)].every(Number.isNaN)).toBe(true)
    memory.f32(at, 16).fill(1)
    memory.free(at)
    expect([...memory.f32(at, 16)].every(Number.isNaN)).toBe(true)
    const sizes = [100, 70_000, 3000, 100]
    for (let round = 0; round < 5; round++) {
      const blocks = sizes.map((bytes) => memory.allocate(bytes * (round + 1), 'test'))
      for (const block of blocks) memory.free(block)
    }
    expect(memory.usedBytes).toBe(0)
  })
})

describe('init({ checks: true })', () => {
  beforeEach(() => init({ checks: true, threads: 1 }))
  afterEach(() => {
    vi.restoreAllMocks()
    shutdown()
  })

  it('changes no result', () => {
    const [a, b] = [tensor([[1, 2]]), tensor([[3], [4]])]
    expect(matMul(a, b).arraySync()).toEqual([[11]])
    expect(tidy(() => depthwiseConv2d(ones([1, 3, 3, 1]), ones([3, 3, 1, 1]), 1, 'valid').dataSync()[0])).toBe(9)
    expect(info().threads).toBe(1)
  })

  it('names the kernel that wrote past its end', () => {
    const owner = runtime('test')
    const { reluForward } = owner.kernels
    vi.spyOn(owner.kernels, 'reluForward').mockImplementation((x, y, begin, end) => {
      reluForward(x, y, begin, end)
      owner.memory.f32(y, end + 1)[end] = 7
    })
    const text = 'reluForward: expected no write behind a buffer of 12 bytes, which relu made, received one at byte 12'
    expectRefusal(() => relu(tensor([1, 2, 3])), KernelError, text)
  })
})

describe('a kernel that traps', () => {
  afterEach(shutdown)

  it.each([1, 2])('is an error of the library on %i threads', async (threads) => {
    await init({ threads })
    const owner = runtime('test')
    const extent = 2 ** 20
    // An address far outside.
    expect(() => owner.run('reluForward', extent, 2 ** 32 - 64, 1024)).toThrow(KernelError)
    expect(() => owner.run('reluForward', 1, 2 ** 32 - 64, 1024)).toThrow(
      /^reluForward: expected a kernel that stays within its memory, received .* — this is a fault of quadlane: please report it/,
    )
    expect(relu(tensor([-1, 1])).arraySync()).toEqual([0, 1])
  })
})
