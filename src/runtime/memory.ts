/**
 * The allocator of the WebAssembly memory. Kernels never allocate; every buffer comes from here. A freed block goes to
 * the bin of its size, so a training loop, which asks for the same sizes at each step, takes its blocks from the bins
 * and the memory stops growing after the first step. When no bin fits, blocks are carved from the top, and the memory
 * grows for it as long as it is not much larger than what is in use; then the best fitting free block is split, and where
 * none is large enough, neighbours are merged before.
 */

import { ArgumentError, OutOfMemoryError, show } from '../errors.ts'

/** Buffers start on a cache line. */
export const ALIGNMENT = 64
/** Readable bytes after each buffer, so that a kernel may load a whole vector at its end. */
export const SPARE_BYTES = 64
const PAGE = 65536
/** How far a small memory may grow beyond what is in use at once before free blocks are merged. */
const SLACK = 4 * 1024 * 1024
/** Sizes of free blocks: splitting makes new ones, all of which are looked through, until merging clears them away. */
const MOST_BINS = 1024
/** Smaller ones are taken from larger blocks only after merging: some live long, and would lie scattered between them. */
const LEAST_PART = 16384
/** Addresses below are never handed out: 0 means "no pointer" to a kernel. */
const BASE = 1024

interface Block {
  readonly at: number
  readonly size: number
}

/** The allocator of a memory: blocks by size, merged where neighbours are free. */
export class Memory {
  /** The memory itself. */
  readonly wasm: WebAssembly.Memory
  readonly #maxBytes: number
  /** Free blocks by size. */
  readonly #bins = new Map<number, number[]>()
  /** The size of each block in use, by its address. */
  readonly #used = new Map<number, number>()
  #top = BASE
  #usedBytes = 0
  #peakBytes = 0

  /**
   * An allocator of a memory that nothing else allocates in.
   * @param wasm the memory
   * @param maxBytes the most that it may grow to
   */
  constructor(wasm: WebAssembly.Memory, maxBytes: number) {
    this.wasm = wasm
    this.#maxBytes = maxBytes
  }

  /**
   * What a memory that checks does after each kernel.
   * @internal
   */
  verify?(kernel: string, args: readonly number[]): void

  /** Bytes in use, spare bytes included. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /** The most bytes that were ever in use at once. */
  get peakBytes(): number {
    return this.#peakBytes
  }

  /** The size of the WebAssembly memory. It never shrinks. */
  get totalBytes(): number {
    return this.wasm.buffer.byteLength
  }

  /** How many buffers are in use. */
  get blocksInUse(): number {
    return this.#used.size
  }

  /**
   * The address of a new buffer of `bytes` bytes, 64-byte aligned and followed by 64 spare bytes. Its content is what
   * was there before. Views made earlier may be detached by it.
   * @param bytes at least 0
   * @param who what errors name; default 'allocate'
   * @throws OutOfMemoryError where the memory cannot grow that far, ArgumentError for what is no number of bytes;
   *   nothing is changed by either
   * @example
   * const { memory } = await loadKernels()
   * console.log(memory.allocate(100) % 64) // 0
   */
  allocate(bytes: number, who = 'allocate'): number {
    if (!(Number.isSafeInteger(bytes) && bytes >= 0)) {
      throw new ArgumentError({ who, expected: 'a whole number of bytes to allocate', received: show(bytes) })
    }
    const size = Math.ceil((bytes + SPARE_BYTES) / ALIGNMENT) * ALIGNMENT
    const at =
      this.#fromBin(size) ??
      this.#fromTop(size) ??
      (this.#mayGrow(size) ? this.#fromGrown(size) : undefined) ??
      (size >= LEAST_PART && this.#bins.size < MOST_BINS ? this.#fromLarger(size) : undefined) ??
      this.#fromMerged(size) ??
      this.#fromGrown(size)
    if (at === undefined) {
      throw new OutOfMemoryError({
        who,
        expected: `at most ${megabytes(this.#maxBytes - this.#usedBytes)} more, of ${megabytes(this.#maxBytes)} in all`,
        received: `a request for ${megabytes(bytes)}`,
        hint: 'use a smaller batch, dispose tensors that are no longer needed, or raise init({ memory })',
      })
    }
    this.#used.set(at, size)
    this.#usedBytes += size
    if (this.#usedBytes > this.#peakBytes) this.#peakBytes = this.#usedBytes
    return at
  }

  /**
   * Gives a buffer back.
   * @param at what `allocate` returned
   * @example
   * const { memory } = await loadKernels()
   * memory.free(memory.allocate(100))
   * console.log(memory.blocksInUse) // 0
   */
  free(at: number): void {
    const size = this.#used.get(at)
    if (size === undefined) return
    this.#used.delete(at)
    this.#usedBytes -= size
    this.#bin(size).push(at)
  }

  /**
   * A view that is valid until the next allocation.
   * @param at an address
   * @param length elements
   * @example
   * const { memory } = await loadKernels()
   * console.log(memory.f32(memory.allocate(8), 2).fill(1)) // Float32Array(2) [ 1, 1 ]
   */
  f32(at: number, length: number): Float32Array {
    return new Float32Array(this.wasm.buffer, at, length)
  }

  /**
   * A view that is valid until the next allocation.
   * @param at an address
   * @param length elements
   * @example
   * const { memory } = await loadKernels()
   * console.log(memory.i32(memory.allocate(8), 2).fill(1)) // Int32Array(2) [ 1, 1 ]
   */
  i32(at: number, length: number): Int32Array {
    return new Int32Array(this.wasm.buffer, at, length)
  }

  #bin(size: number): number[] {
    let bin = this.#bins.get(size)
    if (bin === undefined) this.#bins.set(size, (bin = []))
    return bin
  }

  #fromBin(size: number): number | undefined {
    return this.#bins.get(size)?.pop()
  }

  #fromTop(size: number): number | undefined {
    if (this.#top + size > this.totalBytes) return undefined
    const at = this.#top
    this.#top += size
    return at
  }

  /**
   * Merging breaks up the bins that the next step of a loop would take from, so a memory that is well used grows; but
   * not by much, or a last batch of another size would double it.
   */
  #mayGrow(size: number): boolean {
    const needed = Math.max(this.#peakBytes, this.#usedBytes + size)
    return this.totalBytes + size <= Math.max(1.25 * needed, needed + SLACK)
  }

  #fromMerged(size: number): number | undefined {
    this.#merge()
    return this.#fromLarger(size) ?? this.#fromTop(size)
  }

  /** A part of the smallest block that is large enough. */
  #fromLarger(size: number): number | undefined {
    let best: Block | undefined
    for (const [free, bin] of this.#bins) {
      if (free < size || bin.length === 0 || (best !== undefined && best.size <= free)) continue
      best = { at: bin[bin.length - 1]!, size: free }
    }
    if (best === undefined) return undefined
    this.#bin(best.size).pop()
    if (best.size > size) this.#bin(best.size - size).push(best.at + size)
    return best.at
  }

  #fromGrown(size: number): number | undefined {
    const needed = this.#top + size
    if (needed > this.#maxBytes) return undefined
    const total = this.totalBytes
    // A quarter more than needed, so that a growing set of buffers does not detach the views at each allocation.
    for (const target of [Math.min(this.#maxBytes, Math.max(needed, total * 1.25)), needed]) {
      try {
        this.wasm.grow(Math.ceil((target - total) / PAGE))
        return this.#fromTop(size)
      } catch {}
    }
    return undefined
  }

  /** Joins neighbouring free blocks and gives those at the end back to the top. */
  #merge(): void {
    const free: Block[] = []
    for (const [size, bin] of this.#bins) for (const at of bin) free.push({ at, size })
    this.#bins.clear()
    free.sort((a, b) => a.at - b.at)
    let run: Block | undefined
    for (const block of free) {
      if (run !== undefined && run.at + run.size === block.at) {
        run = { at: run.at, size: run.size + block.size }
      } else {
        if (run !== undefined) this.#bin(run.size).push(run.at)
        run = block
      }
    }
    if (run === undefined) return
    if (run.at + run.size === this.#top) this.#top = run.at
    else this.#bin(run.size).push(run.at)
  }
}

export interface Reservation {
  readonly wasm: WebAssembly.Memory
  /** The bytes that it can grow to. */
  readonly most: number
  /** Why that is less than was asked for; empty where it is not. */
  readonly reason: string
}

/**
 * A memory that can grow to `bytes`, or to the largest half, quarter … of that for which the engine finds addresses: a
 * shared memory is reserved as a whole, and telephones have less to reserve.
 */
export function reserveMemory(bytes: number, initial: number, shared: boolean): Reservation {
  for (let most = bytes; ; most /= 2) {
    try {
      const wasm = new WebAssembly.Memory({ initial, maximum: Math.floor(most / PAGE), shared })
      const reason = most === bytes ? '' : `at most ${Math.floor(most / 1e6)} MB: the engine reserves no more`
      return { wasm, most, reason }
    } catch (error) {
      if (!(error instanceof RangeError) || most / 2 < initial * PAGE) throw error
    }
  }
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(0, Math.ceil(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
