/**
 * Threads: the coordinator cuts a kernel's range into chunks, and whoever is free takes the next one, the coordinator
 * too. Kernels give the same bits however their range is cut, so it does not matter who does. No one waits for a helper
 * that has not come: one that sleeps, or is still starting, takes no chunk.
 */

import { platform } from '#platform'
import { startThread } from '#threads'
import { KernelError } from '../errors.ts'
import type { ThreadHandle } from '../platform/threads.ts'
import { kernelNames } from './load.ts'
import {
  ARGUMENTS_AT,
  CLOSED,
  CONTROL_WORDS,
  DONE,
  EPOCH,
  FAILED,
  LAST_MS,
  MAX_ARGUMENTS,
  MAX_CHUNKS,
  MODULES,
  spinWhile,
  TAKEN,
  TICKET,
  takeChunks,
} from './pool-control.ts'
import type { PoolModule, PoolStart } from './pool-worker.ts'
import { worker } from './wasm/pool-worker.ts'

/** Chunks per thread: enough to even out what the threads get done, few enough to keep the kernels' blocks whole. */
const CHUNKS_PER_THREAD = 4
/** The number of a dispatch has 23 bits beside the 8 of the chunk, and stays positive. */
const EPOCHS = 2 ** 23

type AnyKernel = (...args: number[]) => void

/** For a kernel that an engine had to stop. */
export function kernelTrapped(name: string, cause?: Error): KernelError {
  return new KernelError(
    {
      who: name,
      expected: 'a kernel that stays within its memory',
      received: cause?.message ?? 'one that trapped',
      hint: 'this is a fault of quadlane: please report it, with the op and its shapes',
    },
    { cause },
  )
}

export class Pool {
  readonly #memory: WebAssembly.Memory
  readonly #indices = new Map<string, number>()
  readonly #control: Int32Array
  readonly #arguments: Float64Array
  readonly #helpers: ThreadHandle[] = []
  #epoch = 0
  /** Why helpers were lost, if any were. */
  trouble = ''

  constructor(memory: WebAssembly.Memory, threads: number, workerFile?: URL) {
    this.#memory = memory
    this.#control = new Int32Array(memory.buffer, 0, CONTROL_WORDS)
    this.#arguments = new Float64Array(memory.buffer, ARGUMENTS_AT, MAX_ARGUMENTS)
    for (let member = 1; member < threads; member++) {
      const start: PoolStart = { memory, member }
      // Trouble may come before the call returns.
      let helper: ThreadHandle | undefined
      helper = startThread(workerFile ?? worker, start, (reason) => this.#lose(helper, reason))
      if (helper !== undefined) this.#helpers.push(helper)
    }
  }

  /** Sends a module to the helpers. Until it has arrived they take no chunks of its kernels. */
  add(module: WebAssembly.Module): void {
    const names = kernelNames(module)
    const message: PoolModule = { module, names }
    for (const helper of this.#helpers) helper.send(message)
    for (const name of names) this.#indices.set(name, this.#indices.size)
    // It is on its way before anyone looks for it.
    Atomics.add(this.#control, MODULES, 1)
  }

  get threads(): number {
    return this.#helpers.length + 1
  }

  /** Chunks that each thread has taken since the pool began, the coordinator first. */
  get taken(): number[] {
    return Array.from({ length: this.threads }, (_, member) => Atomics.load(this.#control, TAKEN + member))
  }

  /** Runs a kernel over [0, extent) in chunks that are multiples of `grain`. */
  run(name: string, kernel: AnyKernel, extent: number, grain: number, args: readonly number[]): void {
    const most = this.threads * CHUNKS_PER_THREAD
    const wanted = Math.min(most, Math.floor(extent / grain), MAX_CHUNKS)
    const chunk = Math.ceil(extent / Math.max(1, wanted) / grain) * grain
    const chunks = Math.ceil(extent / chunk)
    const index = this.#indices.get(name)
    if (chunks < 2 || index === undefined || this.#helpers.length === 0) {
      kernel(...args, 0, extent)
      return
    }
    const control = this.#control
    this.#epoch = (this.#epoch + 1) % EPOCHS
    const ticket = this.#epoch << 8
    Atomics.store(control, TICKET, ticket | CLOSED)
    this.#arguments.set(args)
    control.set([0, chunks, index, args.length, extent, chunk, 0, this.#memory.buffer.byteLength / 65536], DONE)
    Atomics.store(control, TICKET, ticket)
    Atomics.store(control, EPOCH, this.#epoch)
    Atomics.notify(control, EPOCH)
    takeChunks(control, this.#epoch, 0, kernel, args, extent, chunk, chunks)
    this.#awaitChunks(chunks)
    if (control[FAILED] !== 0) throw kernelTrapped(name)
  }

  /** Waits for the chunks that others took. The main thread of a page may not sleep; it keeps looking. */
  #awaitChunks(chunks: number): void {
    const control = this.#control
    for (;;) {
      const done = Atomics.load(control, DONE)
      if (done === chunks) return
      spinWhile(control, DONE, done, LAST_MS)
      if (platform.mayBlock) Atomics.wait(control, DONE, done, 100)
    }
  }

  #lose(helper: ThreadHandle | undefined, reason: string): void {
    const at = helper === undefined ? -1 : this.#helpers.indexOf(helper)
    if (at >= 0) this.#helpers.splice(at, 1)
    this.trouble = reason
  }

  /** Ends the helpers. */
  terminate(): void {
    for (const helper of this.#helpers.splice(0)) helper.terminate()
  }
}
