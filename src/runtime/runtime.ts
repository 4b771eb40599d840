/**
 * The one default runtime: which build runs, its memory, its kernels. Made by `init`, or by the first `runtime()`. All
 * contact of the layers above with WebAssembly goes through a `Runtime`.
 */

import { platform } from '#platform'
import { RuntimeUnavailableError, StateError } from '../errors.ts'
import { VERSION } from '../version.ts'
import type { BuildName, BuiltInSet, SetName } from './builds.ts'
import {
  chooseThreads,
  givenOptions,
  INITIAL_PAGES,
  type InitOptions,
  otherOptions,
  type Settings,
  toSettings,
  workerFile,
} from './init-options.ts'
import {
  compileBuild,
  instantiateKernels,
  instantiateLater,
  type KernelArguments,
  type KernelName,
  type Kernels,
  type KernelsOf,
  kernelNames,
} from './load.ts'
import { Memory, type Reservation, reserveMemory } from './memory.ts'
import { compileModule, compileModuleSync, type KernelModule } from './module.ts'
import { PANEL_COLUMNS } from './packing.ts'
import { kernelTrapped, Pool } from './pool.ts'
import { type Features, probeFeatures } from './probe.ts'
import { core } from './sets/core.ts'

export type { InitOptions } from './init-options.ts'

/** What runs, and why. */
export interface RuntimeInfo {
  /** The build of the kernels that runs, e.g. 'relaxed'. */
  readonly build: BuildName
  /** Whether multiply-add is fused: 'relaxed', or 'baseline', with the same bits everywhere. */
  readonly simd: 'relaxed' | 'baseline'
  /** How many threads compute, the calling one included. */
  readonly threads: number
  /** Why it runs fewer threads or a slower build than the machine might have; empty where there is nothing to say. */
  readonly reason: string
  /** The present size of the WebAssembly memory. */
  readonly memoryBytes: number
  /** The version of quadlane. */
  readonly version: string
}

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

/** What runs the kernels of a set. */
export interface KernelRunner<Name extends SetName> {
  /**
   * Runs a kernel over all of its parallel axis, on all threads where it is worth it. An axis that is given as a number
   * is one of single elements.
   */
  run<Kernel extends KernelsOf<Name>>(name: Kernel, axis: number | ParallelAxis, ...args: KernelArguments<Kernel>): void
}

type AnyKernel = (...args: number[]) => void

export class Runtime implements KernelRunner<'core'> {
  /** Those of the sets that are in use. */
  readonly kernels = {} as Kernels
  readonly memory: Memory
  readonly build: BuildName
  /** How convolutions are computed. */
  readonly conv: 'auto' | 'direct'
  readonly settings: Settings
  /** The sets that are there; undefined where one module, which was given, holds them all. */
  readonly #sets: Set<string> | undefined
  readonly #isShared: boolean
  readonly #pool: Pool | undefined
  readonly #reason: string
  /** The open scopes of `tidy`, the innermost last: what has been made in each. */
  readonly scopes: Scoped[][] = []
  /** How many tensors have not been disposed. */
  tensors = 0
  #lastId = 0
  /** Told of each kernel that has run and how long it took; set while someone profiles. */
  observer: KernelObserver | undefined

  /**
   * @param compiled the module of the core set, or the one that `init` was given
   * @param kernels its instance over `memory`
   */
  constructor(settings: Settings, features: Features, compiled: KernelModule, memory: Reservation, kernels: Kernels) {
    const { build, module, shared, reason } = compiled
    const { count, reason: fewer } = chooseThreads(settings.threads, features)
    this.settings = settings
    this.memory = new (settings.checks || always ? Guarded! : Memory)(memory.wasm, memory.most)
    this.build = build
    this.conv = settings.conv
    this.#isShared = shared
    this.#sets = settings.wasm === undefined ? new Set([core.name]) : undefined
    this.#pool = shared && count > 1 ? new Pool(memory.wasm, count, workerFile(settings)) : undefined
    const threadsReason = count > 1 && !shared ? PRIVATE_MODULE : fewer
    this.#reason = [reason, threadsReason, memory.reason].filter((text) => text !== '').join('; ')
    this.#add(module, kernels)
  }

  #add(module: WebAssembly.Module, kernels: Kernels): void {
    for (const name of kernelNames(module) as KernelName[]) Object.assign(this.kernels, { [name]: kernels[name] })
    this.#pool?.add(module)
  }

  /**
   * What runs the kernels of a set, which this file does not know: an op that needs one other than `core` brings it along,
   * and its module is made when the op first runs.
   */
  use<Name extends SetName>(set: BuiltInSet<Name>): KernelRunner<Name> {
    if (this.#sets?.has(set.name) === false) {
      const module = compileBuild(set, this.build, this.#isShared)
      this.#add(module, instantiateKernels(module, this.memory.wasm))
      this.#sets.add(set.name)
    }
    return this as unknown as KernelRunner<Name>
  }

  /**
   * Runs a kernel over all of its parallel axis, on all threads where it is worth it. An axis that is given as a number
   * is one of single elements.
   */
  run<Kernel extends KernelsOf<'core'>>(
    name: Kernel,
    axis: number | ParallelAxis,
    ...args: KernelArguments<Kernel>
  ): void {
    if (this.observer === undefined) {
      this.#launch(name, axis, args)
      this.memory.verify?.(name, args)
      return
    }
    const begun = performance.now()
    this.#launch(name, axis, args)
    const ms = performance.now() - begun
    this.observer(name, ms, typeof axis === 'number' ? axis : axis.extent, args)
    this.memory.verify?.(name, args)
  }

  #launch(name: KernelName, axis: number | ParallelAxis, args: readonly number[]): void {
    const { extent, work, grain } = typeof axis === 'number' ? { extent: axis, work: 1, grain: ELEMENTS } : axis
    const kernel = this.kernels[name] as AnyKernel
    try {
      if (this.#pool !== undefined && extent * work >= 2 * MIN_WORK) {
        const least = Math.ceil(Math.max(1, MIN_WORK / work) / grain) * grain
        this.#pool.run(name, kernel, extent, least, args)
      } else {
        // In one call: kernels whose ranges have scratch of their own are given that of one range by a single thread.
        kernel(...args, 0, extent)
      }
    } catch (error) {
      throw error instanceof WebAssembly.RuntimeError ? kernelTrapped(name, error) : error
    }
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

const PRIVATE_MODULE =
  'one thread: the module given to init is for a private memory, give one of the files kernels.*.shared.wasm'

/** A start that has to wait: for files of kernels, or for an engine that compiles none at once. */
interface Start {
  readonly settings: Settings
  readonly done: Promise<Runtime>
}

/** The allocator that checks, once someone has asked for it: pages that do not never load it. */
let Guarded: typeof Memory | undefined
let always = false
let current: Runtime | undefined
let starting: Start | undefined

/** Has every runtime check its memory, whatever `init` is told: for tests. */
export function checkAlways(guarded: typeof Memory): void {
  Guarded = guarded
  always = true
}

/** Makes the default runtime where there is none; what the public `init` does. */
export async function startRuntime(options: InitOptions = {}): Promise<void> {
  const given = givenOptions(options)
  const settings = toSettings(given)
  const there = current?.settings ?? starting?.settings
  if (there !== undefined) {
    const others = otherOptions(given, there)
    if (others.length > 0) {
      throw new StateError({
        who: 'init',
        expected: 'the options that the present runtime was made with',
        received: `{${others.join(', ')}}`,
        hint: 'call init with options before the first tensor, or shutdown() before it',
      })
    }
  } else {
    const features = probeFeatures()
    if (settings.wasm !== undefined || !startNow(settings, features)) {
      starting = { settings, done: startLater(settings, features) }
    }
  }
  const awaited = starting
  if (awaited !== undefined) {
    try {
      const made = await awaited.done
      if (starting === awaited) current = made
      else if (current !== made) made.terminate()
    } finally {
      if (starting === awaited) starting = undefined
    }
  } else {
    // For shutdown() to come between.
    await undefined
  }
  if (current !== undefined && otherOptions(given, current.settings).length === 0) return
  throw new StateError({ who: 'init', expected: 'no shutdown() before it is done', received: 'one' })
}

/** Whether the engine made the runtime at once. */
function startNow(settings: Settings, features: Features): boolean {
  if (settings.checks && Guarded === undefined) return false
  try {
    const { count } = chooseThreads(settings.threads, features)
    const compiled = compileModuleSync('init', core, settings.simd, features, count > 1)
    const memory = reserveMemory(settings.memory, INITIAL_PAGES, compiled.shared)
    const kernels = instantiateKernels(compiled.module, memory.wasm)
    current = new Runtime(settings, features, compiled, memory, kernels)
    return true
  } catch (error) {
    // The main thread of a page may have to wait for what others do at once.
    if (error instanceof RangeError && !platform.mayBlock) return false
    throw error instanceof RangeError ? noRoom(error) : error
  }
}

function noRoom(cause: RangeError): RuntimeUnavailableError {
  const expected = 'addresses for a memory of WebAssembly and its code'
  const hint =
    'does the process have a limit, as that of ulimit -v? Node takes 10 GB of addresses for a memory, or few where it is started with --disable-wasm-trap-handler'
  return new RuntimeUnavailableError({ who: 'init', expected, received: cause.message, hint }, { cause })
}

async function startLater(settings: Settings, features: Features): Promise<Runtime> {
  if (settings.checks) Guarded ??= (await import('./on-demand.ts')).GuardedMemory
  const { count } = chooseThreads(settings.threads, features)
  try {
    const compiled = await compileModule('init', core, settings, features, count > 1)
    const memory = reserveMemory(settings.memory, INITIAL_PAGES, compiled.shared)
    const kernels = await instantiateLater(compiled.module, memory.wasm)
    return new Runtime(settings, features, compiled, memory, kernels)
  } catch (error) {
    throw error instanceof RangeError ? noRoom(error) : error
  }
}

/**
 * The default runtime, which is made where there is none.
 * @throws StateError while `init` waits for files of kernels; RuntimeUnavailableError where the engine lacks what it takes
 */
export function runtime(who: string): Runtime {
  if (current !== undefined) return current
  if (starting === undefined && startNow(toSettings({}), probeFeatures())) return current!
  throw new StateError({
    who,
    expected: 'a runtime',
    received: starting === undefined ? 'an engine that makes none at once' : 'one that init is still loading',
    hint: 'put `await init()` before the first tensor',
  })
}

/**
 * Which build runs, on how many threads, and why not more.
 * @example
 * console.log(info().version === version) // true
 */
export function info(): RuntimeInfo {
  return runtime('info').info
}

/**
 * Ends the default runtime. Its tensors are gone with it; a model's weights too, so save them before. An `init` that is
 * not done is refused; the next op or `init` makes another runtime.
 * @example
 * const x = tensor([1])
 * shutdown()
 * tensor([2]).print() // [2]
 */
export function shutdown(): void {
  current?.terminate()
  current = undefined
  starting = undefined
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
