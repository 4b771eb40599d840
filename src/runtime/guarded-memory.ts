/**
 * The allocator of `init({ checks: true })`. The spare bytes behind each buffer, which kernels may read and must not
 * write, hold a NaN of its own kind, and so does memory that nobody has: what should not have been read shows as NaN, and
 * what should not have been written is found after the kernel that did it.
 */

import { KernelError } from '../errors.ts'
import { Memory } from './memory.ts'

/** NaNs that no arithmetic makes. */
const GUARD = 0x7fc5afe5
const FREE = 0x7fcf4ee5
/** So many buffers are all looked at after each kernel. */
const FEW_BLOCKS = 64

interface Guarded {
  readonly who: string
  readonly bytes: number
  /** The words of the guard. */
  readonly from: number
  readonly to: number
}

export class GuardedMemory extends Memory {
  readonly #blocks = new Map<number, Guarded>()
  /** Above it nothing was ever in use. */
  #highest = 0

  override allocate(bytes: number, who = 'allocate'): number {
    const before = this.usedBytes
    const at = super.allocate(bytes, who)
    const end = at + this.usedBytes - before
    const words = this.i32(0, end / 4)
    const used = Math.min(end, this.#highest) / 4
    for (let word = at / 4; word < used; word++) {
      if (words[word] === FREE) continue
      super.free(at)
      throw new KernelError({
        who,
        expected: 'memory that nobody has used since it was freed',
        received: `another value at ${word * 4}`,
        hint: 'something wrote to a buffer after it was freed',
      })
    }
    this.#highest = Math.max(this.#highest, end)
    const from = Math.ceil((at + bytes) / 4)
    words.fill(FREE, at / 4, from)
    words.fill(GUARD, from, end / 4)
    this.#blocks.set(at, { who, bytes, from, to: end / 4 })
    return at
  }

  override free(at: number): void {
    const block = this.#blocks.get(at)
    if (block === undefined) return
    this.#blocks.delete(at)
    super.free(at)
    const words = new Int32Array(this.wasm.buffer)
    const written = overrun(words, block)
    words.fill(FREE, at / 4, block.to)
    if (written !== undefined) throw overrunError(block.who, block, written)
  }

  override verify(kernel: string, args: readonly number[]): void {
    // Of very many buffers those alone that the kernel was given; the others are looked at when they are freed.
    const given = this.#blocks.size > FEW_BLOCKS ? args.map((at) => this.#blocks.get(at)) : this.#blocks.values()
    const words = new Int32Array(this.wasm.buffer)
    for (const block of given) {
      if (block === undefined) continue
      const written = overrun(words, block)
      if (written === undefined) continue
      // Told once.
      words.fill(GUARD, block.from, block.to)
      throw overrunError(kernel, block, written)
    }
  }
}

/** The first byte behind a buffer that has been written to. */
function overrun(words: Int32Array, { from, to }: Guarded): number | undefined {
  for (let word = from; word < to; word++) if (words[word] !== GUARD) return word * 4
  return undefined
}

function overrunError(who: string, block: Guarded, written: number): KernelError {
  const start = block.from * 4 - Math.ceil(block.bytes / 4) * 4
  return new KernelError({
    who,
    expected: `no write behind a buffer of ${block.bytes} bytes, which ${block.who} made`,
    received: `one at byte ${written - start}`,
  })
}
