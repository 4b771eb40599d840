/** Starting: by the first op, by `init`, again, and what comes between. */

import { afterEach, describe, expect, it, vi } from 'vitest'
import { RuntimeUnavailableError, StateError } from '../../src/errors.ts'
import { depthwiseConv2d, info, init, memory, ones, shutdown, tensor, tidy, train, variable } from '../../src/index.ts'
import { runtime } from '../../src/runtime/runtime.ts'
import { expectRefusal, expectRejection } from '../helpers/refusals.ts'
import { helpersChunks, untilHelpersWork } from '../helpers/threads.ts'

afterEach(() => {
  vi.restoreAllMocks()
  shutdown()
})

/** A class of which no instance is made. */
const refusing = (error: Error): typeof WebAssembly.Module =>
  class {
    constructor() {
      throw error
    }
  } as never

const OTHER = (given: string): string =>
  `init: expected the options that the present runtime was made with, received {${given}} — call init with options before the first tensor, or shutdown() before it`

describe('the first op', () => {
  it('makes the runtime, with the methods of tensors', () => {
    expect(tensor([1, -2]).relu().add(1).arraySync()).toEqual([2, 1])
    expect(info().threads).toBeGreaterThanOrEqual(1)
  })

  it('may be any that makes a tensor or asks for one', () => {
    for (const first of [() => variable(tensor([1])), () => tidy(() => tensor([1])), () => memory(), () => info()]) {
      shutdown()
      expect(first).not.toThrow()
    }
  })

  it('trains what follows', () => {
    const w = variable(tensor([3]))
    train.sgd(0.1).minimize(() => w.square().sum())
    expect(w.dataSync()[0]).toBeCloseTo(2.4, 6)
  })

  it('leaves options to init afterwards only where they are so anyway', async () => {
    tensor([1])
    await init()
    await init({ conv: 'auto', simd: 'auto', threads: 'auto' })
    await expectRejection(init({ conv: 'direct' }), StateError, OTHER('conv'))
  })

  it('waits for init where the engine compiles nothing at once', async () => {
    // As Chrome did before version 115, on the main thread of a page.
    const refuse = refusing(new RangeError('WebAssembly.Compile is disallowed on the main thread'))
    vi.spyOn(WebAssembly, 'Module').mockImplementationOnce(refuse).mockImplementationOnce(refuse)
    const text =
      'tensor: expected a runtime, received an engine that makes none at once — put `await init()` before the first tensor'
    expectRefusal(() => tensor([1]), StateError, text)
    await init({ threads: 1 })
    expect(tensor([1]).add(1).arraySync()).toEqual([2])
  })

  it('says that a page forbids WebAssembly', () => {
    vi.spyOn(WebAssembly, 'Module').mockImplementation(refusing(new WebAssembly.CompileError('blocked by CSP')))
    const text =
      "init: expected to compile WebAssembly, received blocked by CSP — does the page's script-src have 'wasm-unsafe-eval'?"
    expectRefusal(() => tensor([1]), RuntimeUnavailableError, text)
  })
})

describe('init', () => {
  it('holds from its call on, awaited or not', async () => {
    const ready = init({ threads: 1, simd: 'baseline' })
    expect(tensor([1]).add(1).arraySync()).toEqual([2])
    expect(info()).toMatchObject({ threads: 1, build: 'simd' })
    await ready
  })

  it('may be called again with the same options, or with fewer, as React and hot reloads do', async () => {
    const options = { threads: 1, conv: 'direct', memory: 2 ** 28 } as const
    await Promise.all([init(options), init({ ...options })])
    const x = tensor([1])
    await init({ ...options })
    await init({ threads: 1 })
    await init()
    expect(x.add(1).arraySync()).toEqual([2])
  })

  it('is refused with others, which it names', async () => {
    await init({ threads: 1 })
    await expectRejection(init({ threads: 2, conv: 'direct', simd: 'auto' }), StateError, OTHER('threads, conv'))
  })

  it('takes null and undefined for options that are not given', async () => {
    await init({ threads: null, memory: undefined, conv: 'direct' } as never)
    await init({ simd: null } as never)
    expect(tensor([1]).add(1).arraySync()).toEqual([2])
  })

  it('is refused by a shutdown before it is done, and may be called again meanwhile', async () => {
    const first = init({ threads: 1 })
    shutdown()
    await expectRejection(first, StateError, 'init: expected no shutdown() before it is done, received one')
    // What StrictMode does: the effect, its cleanup, the effect again.
    const effect = init({ threads: 1 })
    shutdown()
    await Promise.all([effect, init({ threads: 1 })])
    expect(info().threads).toBe(1)
  })

  it('with files to wait for keeps ops waiting, and ends with shutdown', async () => {
    vi.spyOn(globalThis, 'fetch').mockReturnValue(new Promise(() => {}))
    const late = init({ wasm: 'https://quadlane.test/kernels.simd.wasm' })
    const text =
      'tensor: expected a runtime, received one that init is still loading — put `await init()` before the first tensor'
    expectRefusal(() => tensor([1]), StateError, text)
    shutdown()
    expect(tensor([1]).add(1).arraySync()).toEqual([2])
    late.catch(() => {})
  })
})

describe('a set of kernels', () => {
  it('is made when an op first runs one of them, on helpers that are at work with others too', async () => {
    const sizes = [4, 64, 64, 16] as const
    const x = new Float32Array(4 * 64 * 64 * 16).map((_, i) => (i * 7919) % 13)
    const convolved = (): Float32Array =>
      tidy(() => depthwiseConv2d(tensor(x, sizes), ones([3, 3, 16, 1]), 1, 'same').dataSync())
    await init({ threads: 1 })
    const alone = convolved()
    shutdown()
    await init({ threads: 3 })
    await untilHelpersWork()
    expect(info().threads).toBe(3)
    for (let attempt = 0, before = helpersChunks(); attempt < 500 && helpersChunks() === before; attempt++) {
      expect(convolved()).toEqual(alone)
      before = helpersChunks()
      convolved()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const before = helpersChunks()
    for (let i = 0; i < 50; i++) convolved()
    expect(helpersChunks()).toBeGreaterThan(before)
  })

  it('is not made for ops of another', async () => {
    await init({ threads: 1 })
    expect(Object.keys(runtime('test').kernels)).not.toContain('depthwiseConv2dForward')
    expect(tensor([1]).relu().dataSync()[0]).toBe(1)
    depthwiseConv2d(ones([1, 3, 3, 1]), ones([3, 3, 1, 1]), 1, 'valid')
    expect(Object.keys(runtime('test').kernels)).toContain('depthwiseConv2dForward')
  })
})
