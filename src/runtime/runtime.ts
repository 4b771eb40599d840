/**
 * The one default runtime: which build runs, its memory, its kernels. Made by `init`, found by `runtime()`. All contact
 * of the layers above with WebAssembly goes through a `Runtime`.
 */

import { platform } from '#platform'
import { ArgumentError, checkInteger, checkOneOf, checkOptions, StateError, show } from '../errors.ts'
import { VERSION } from '../version.ts'
import type { BuildName } from './builds.ts'
import { instantiateKernels, type KernelArguments, type KernelName, type Kernels, kernelNames } from './load.ts'
import { Memory, reserveMemory } from './memory.ts'
import { compileModule, SIMD_CHOICES, type SimdChoice, type WasmSource } from './module.ts'
import { PANEL_COLUMNS } from './packing.ts'
import type { Pool } from './pool.ts'
import { MAX_MEMBERS } from './pool-control.ts'
import { type Features, probeFeatures } from './probe.ts'

export interface InitOptions {
  /** How many threads compute, the calling one included. Default 'auto'. */
  readonly threads?: number | 'auto'
  /**
   * Which build runs: 'baseline' gives the same bits on every engine and machine, 'relaxed' fuses multiply and add and
   * is faster, 'wide' is relaxed for engines that make 256-bit code of it (Node from version 24 with
   * `--experimental-wasm-revectorize`; Chromium with `--js-flags=--wasm-revectorize`, where `wasm` must give its file).
   * Default 'auto': relaxed where the engine has it, wide where Node was started with that flag.
   */
  readonly simd?: SimdChoice
  /** The most bytes that the WebAssembly memory may grow to. Default 4 GiB, the limit of 32-bit addresses. */
  readonly memory?: number
  /**
   * How convolutions are computed: 'direct', or 'auto', which takes Winograd's F(4 × 4, 3 × 3) where that is faster (3 × 3
   * filters, stride 1, at least 8 channels on both sides): about three times the speed, for about twice the rounding
   * error (7e-7 of the values' root mean square, 7e-6 at worst, in LeNet's second layer). Default 'auto'.
   */
  readonly conv?: 'auto' | 'direct'
  /**
   * The kernels, for pages that may not have them inlined: the URL of a folder with the files of `quadlane/wasm`, ending
   * in `/`, or one of these files as a URL, a `Response`, bytes or a compiled module. Default: those that are built in.
   */
  readonly wasm?: WasmSource
  /**
   * The URL of `worker.js` out of `quadlane/wasm`, which the threads of a page run; for pages whose policy forbids
   * `worker-src blob:`. Default: in the folder that `wasm` names, else built in. Node always has it built in.
   */
  readonly worker?: string | URL
}

export interface RuntimeInfo {
  /** The build of the kernels that runs, e.g. 'relaxed'. */
  readonly build: BuildName
  readonly simd: 'relaxed' | 'baseline'
  readonly threads: number
  /** Why it runs fewer threads or a slower build than the machine might have; empty where there is nothing to say. */
  readonly reason: string
  /** The present size of the WebAssembly memory. */
  readonly memoryBytes: number
  readonly version: string
}

const MAX_MEMORY = 65536 * 65536
const INITIAL_PAGES = 16

/** The parallel axis of a kernel, and what an item of it costs. */
export interface ParallelAxis {
  readonly extent: number
  /** What an item costs, in elements that are read or written; `MULTIPLIES` multiply-adds count as one. */
  readonly work: number
  /** A multiple of this many items makes whole tiles. */
  readonly grain: number
}

/** Multiply-adds that take as long as it takes to move an element. */
export const MULTIPLIES = 8
/** Below this much work a chunk costs less than handing it over: about 10 µs. */
const MIN_WORK = 32_768
/** Items of a kernel that goes through single elements: whole cache lines. */
const ELEMENTS = 16

/** What a scope of `tidy` cares for: tensors, which this file does not know. */
export interface Scoped {
  readonly isDisposed: boolean
  readonly kept: boolean
  dispose(): void
  /** Leaves it to the garbage collector. */
  leave(): void
}

export type KernelObserver = (name: KernelName, ms: number, extent: number, args: readonly number[]) => void

export class Runtime {
  readonly kernels: Kernels
  readonly memory: Memory
  readonly build: BuildName
  /** How convolutions are computed. */
  readonly conv: 'auto' | 'direct'
  readonly #pool: Pool | undefined
  readonly #reason: string
  /** The open scopes of `tidy`, the innermost last: what has been made in each. */
  readonly scopes: Scoped[][] = []
  /** How many tensors have not been disposed. */
  tensors = 0
  #lastId = 0
  /** Told of each kernel that has run and how long it took; set while someone profiles. */
  observer: KernelObserver | undefined

  constructor(
    kernels: Kernels,
    memory: Memory,
    build: BuildName,
    conv: 'auto' | 'direct',
    pool: Pool | undefined,
    reason: string,
  ) {
    this.kernels = kernels
    this.memory = memory
    this.build = build
    this.conv = conv
    this.#pool = pool
    this.#reason = reason
  }

  /**
   * Runs a kernel over all of its parallel axis, on all threads where it is worth it. An axis that is given as a number
   * is one of single elements.
   */
  run<Name extends KernelName>(name: Name, axis: number | ParallelAxis, ...args: KernelArguments<Name>): void {
    if (this.observer === undefined) {
      this.#launch(name, axis, args)
      return
    }
    const begun = performance.now()
    this.#launch(name, axis, args)
    const ms = performance.now() - begun
    this.observer(name, ms, typeof axis === 'number' ? axis : axis.extent, args)
  }

  #launch(name: KernelName, axis: number | ParallelAxis, args: readonly number[]): void {
    const { extent, work, grain } = typeof axis === 'number' ? { extent: axis, work: 1, grain: ELEMENTS } : axis
    if (this.#pool !== undefined && extent * work >= 2 * MIN_WORK) {
      const least = Math.ceil(Math.max(1, MIN_WORK / work) / grain) * grain
      this.#pool.run(name, extent, least, args)
      return
    }
    // In one call: kernels whose ranges have scratch of their own are given that of one range by a single thread.
    const kernel = this.kernels[name] as (...args: number[]) => void
    kernel(...args, 0, extent)
  }

  /** Columns of a panel of a packed matrix. */
  get panelColumns(): number {
    return PANEL_COLUMNS[this.build]
  }

  /** A number that no other tensor has. */
  nextId(): number {
    return ++this.#lastId
  }

  get threads(): number {
    return this.#pool?.threads ?? 1
  }

  /** Chunks that each thread has computed, the calling one first: proof that threads were at work. */
  get chunksByThread(): number[] {
    return this.#pool?.taken ?? []
  }

  /** Ends the helper threads. */
  terminate(): void {
    this.#pool?.terminate()
  }

  /** Lends a buffer of `bytes` bytes to `use` and takes it back. */
  withScratch<T>(bytes: number, who: string, use: (at: number) => T): T {
    const at = this.memory.allocate(bytes, who)
    try {
      return use(at)
    } finally {
      this.memory.free(at)
    }
  }

  get info(): RuntimeInfo {
    return {
      build: this.build,
      simd: this.build === 'simd' ? 'baseline' : 'relaxed',
      threads: this.threads,
      reason: [this.#reason, this.#pool?.trouble ?? ''].filter((text) => text !== '').join('; '),
      memoryBytes: this.memory.totalBytes,
      version: VERSION,
    }
  }
}

let current: Runtime | undefined
let starting: Promise<Runtime> | undefined

/** Makes the default runtime where there is none; what the public `init` does. */
export async function startRuntime(options: InitOptions = {}): Promise<void> {
  checkOptions('init', options, ['threads', 'simd', 'memory', 'conv', 'wasm', 'worker'])
  if (current !== undefined || starting !== undefined) {
    if (Object.keys(options).length > 0) {
      throw new StateError({
        who: 'init',
        expected: 'no options, since a runtime is there already',
        received: `{${Object.keys(options).join(', ')}}`,
        hint: 'call init with options first of all, or shutdown() before it',
      })
    }
    await starting
    return
  }
  starting = start(options)
  try {
    current = await starting
  } finally {
    starting = undefined
  }
}

async function start(options: InitOptions): Promise<Runtime> {
  const { threads = 'auto', simd = 'auto', memory = MAX_MEMORY, conv = 'auto', wasm } = options
  if (threads !== 'auto') checkInteger('init', "threads (or 'auto')", threads, 1, MAX_MEMBERS)
  checkOneOf('init', 'simd', simd, SIMD_CHOICES)
  checkOneOf('init', 'conv', conv, ['auto', 'direct'])
  checkInteger('init', 'memory', memory, INITIAL_PAGES * 65536, MAX_MEMORY)
  const worker = workerFile(options)
  const features = probeFeatures()
  const { count, reason: fewer } = chooseThreads(threads, features)
  // Pages with one thread never load what makes more; with more it comes while the kernels do.
  const threading = count > 1 ? import('./threads.ts') : undefined
  const { module, build, shared, reason } = await compileModule('init', { simd, wasm }, features, count > 1)
  const { wasm: wasmMemory, most, reason: smaller } = reserveMemory(memory, INITIAL_PAGES, shared)
  const kernels = await instantiateKernels(module, wasmMemory)
  const Threads = shared ? (await threading)?.Pool : undefined
  const pool = Threads && new Threads(kernels, kernelNames(module), module, wasmMemory, count, worker)
  const threadsReason = count > 1 && !shared ? PRIVATE_MODULE : fewer
  const reasons = [reason, threadsReason, smaller].filter((text) => text !== '')
  return new Runtime(kernels, new Memory(wasmMemory, most), build, conv, pool, reasons.join('; '))
}

const PRIVATE_MODULE =
  'one thread: the module given to init is for a private memory, give one of the files kernels.*.shared.wasm'

/** The script of the helpers, where it is not to be the one that is built in. */
function workerFile({ wasm, worker }: InitOptions): URL | undefined {
  if (worker !== undefined && typeof worker !== 'string' && !(worker instanceof URL)) {
    throw new ArgumentError({ who: 'init', expected: 'worker to be a URL', received: show(worker) })
  }
  if (platform.resolve === undefined) return undefined
  if (worker !== undefined) return new URL(platform.resolve(String(worker)))
  const isFolder = (typeof wasm === 'string' || wasm instanceof URL) && String(wasm).endsWith('/')
  return isFolder ? new URL('worker.js', platform.resolve(String(wasm))) : undefined
}

/** More threads than the memory's bandwidth feeds are of no use to small networks. */
const MOST_AUTO_THREADS = 8

function chooseThreads(threads: number | 'auto', features: Features): { count: number; reason: string } {
  const count = threads === 'auto' ? Math.min(platform.hardwareThreads, MOST_AUTO_THREADS) : threads
  if (count === 1) return { count, reason: '' }
  if (features.sharedMemory) return { count, reason: '' }
  return { count: 1, reason: 'one thread: the page is not cross-origin isolated' }
}

/** The default runtime; throws where `init` has not been awaited. */
export function runtime(who: string): Runtime {
  if (current !== undefined) return current
  throw new StateError({
    who,
    expected: 'a runtime',
    received: 'none yet',
    hint: 'put `await init()` before the first tensor',
  })
}

/** Which build runs, on how many threads, and why not more. */
export function info(): RuntimeInfo {
  return runtime('info').info
}

/** Ends the default runtime. Its tensors are gone with it; a model's weights too, so save them before. */
export function shutdown(): void {
  current?.terminate()
  current = undefined
}

export function isAlive(owner: Runtime): boolean {
  return owner === current
}

/** Refuses what belongs to a runtime that has been shut down. */
export function checkAlive(who: string, owner: Runtime): void {
  if (isAlive(owner)) return
  throw new StateError({
    who,
    expected: 'a tensor of the present runtime',
    received: 'one of a runtime that was shut down',
  })
}
