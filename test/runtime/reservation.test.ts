import { afterEach, describe, expect, it } from 'vitest'
import { RuntimeUnavailableError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import { info, shutdown } from '../../src/runtime/runtime.ts'

const { Memory } = WebAssembly

/** Puts an engine in place that finds addresses for so many pages at most. */
function limitPages(pages: number): void {
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super({ ...descriptor, initial: 0, maximum: 1 })
      if (descriptor.maximum! > pages) throw new RangeError('could not allocate memory')
      // biome-ignore lint/correctness/noConstructorReturn: a real memory, of the size that was asked for
      return new Memory(descriptor)
    }
  }
}

describe('init where the engine cannot reserve 4 GiB', () => {
  afterEach(() => {
    WebAssembly.Memory = Memory
    shutdown()
  })

  it.each([1, 2])('takes what there is and says so, with threads: %i', async (threads) => {
    limitPages(2 ** 14)
    await init({ threads })
    expect(info()).toMatchObject({ threads, reason: 'at most 1073 MB: the engine reserves no more' })
  })

  it('gives up where there is next to nothing', async () => {
    limitPages(8)
    await expect(init()).rejects.toThrow(RuntimeUnavailableError)
    await expect(init()).rejects.toThrow(
      /^init: expected addresses for a memory of WebAssembly and its code, received could not allocate memory — does/,
    )
  })
})
