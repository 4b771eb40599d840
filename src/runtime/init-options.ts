/** What `init` may be told: each option with its default, the checks of them, and what follows for threads. */

import { platform } from '#platform'
import { ArgumentError, checkBooleans, checkInteger, checkOneOf, checkOptions, show } from '../errors.ts'
import { SIMD_CHOICES, type SimdChoice, type WasmSource } from './module.ts'
import { MAX_MEMBERS } from './pool-control.ts'
import type { Features } from './probe.ts'

/** What `init` may be told. */
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
   * filters, stride 1, at least 8 channels on both sides): about three times the speed, for two to five times the rounding
   * error (8e-7 of the values' root mean square, 7e-6 at worst, in LeNet's second layer). Default 'auto'.
   */
  readonly conv?: 'auto' | 'direct'
  /**
   * Whether each kernel is watched: one that writes past the end of a buffer is named by a KernelError, a buffer that is
   * written to after it was freed too, and values that are read from where nothing was written are NaN. Slower by a part
   * that grows with the number of tensors. Default false.
   */
  readonly checks?: boolean
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

/** All options, those with a default given. */
export interface Settings extends Required<Omit<InitOptions, 'wasm' | 'worker'>> {
  readonly wasm: WasmSource | undefined
  readonly worker: string | URL | undefined
}

const NAMES = ['threads', 'simd', 'memory', 'conv', 'checks', 'wasm', 'worker'] as const satisfies (keyof InitOptions)[]

const MAX_MEMORY = 65536 * 65536
export const INITIAL_PAGES = 16

/** The options that were given: not those that are undefined or null. */
export function givenOptions(options: InitOptions): InitOptions {
  checkOptions('init', options, NAMES)
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null))
}

export function toSettings(options: InitOptions): Settings {
  const { threads = 'auto', simd = 'auto', memory = MAX_MEMORY, conv = 'auto', checks = false, wasm, worker } = options
  if (threads !== 'auto') checkInteger('init', "threads (or 'auto')", threads, 1, MAX_MEMBERS)
  checkOneOf('init', 'simd', simd, SIMD_CHOICES)
  checkOneOf('init', 'conv', conv, ['auto', 'direct'])
  checkBooleans('init', { checks })
  checkInteger('init', 'memory', memory, INITIAL_PAGES * 65536, MAX_MEMORY)
  if (worker !== undefined && typeof worker !== 'string' && !(worker instanceof URL)) {
    throw new ArgumentError({ who: 'init', expected: 'worker to be a URL', received: show(worker) })
  }
  return { threads, simd, memory, conv, checks, wasm, worker }
}

/** The names of the options that ask for something else than what is so. */
export function otherOptions(options: InitOptions, settings: Settings): string[] {
  return NAMES.filter((name) => name in options && !same(options[name], settings[name]))
}

function same(a: unknown, b: unknown): boolean {
  // First, since Node loads all of fetch where `Response` is named: 10 ms.
  if (a === b) return true
  if (a instanceof URL || b instanceof URL) return String(a) === String(b)
  const responses = typeof Response !== 'undefined' && a instanceof Response && b instanceof Response
  return responses && a.url !== '' && a.url === b.url
}

/** The script of the helpers, where it is not to be the one that is built in. */
export function workerFile({ wasm, worker }: Settings): URL | undefined {
  if (platform.resolve === undefined) return undefined
  if (worker !== undefined) return new URL(platform.resolve(String(worker)))
  const isFolder = (typeof wasm === 'string' || wasm instanceof URL) && String(wasm).endsWith('/')
  return isFolder ? new URL('worker.js', platform.resolve(String(wasm))) : undefined
}

/** More threads than the memory's bandwidth feeds are of no use to small networks. */
const MOST_AUTO_THREADS = 8

export function chooseThreads(threads: number | 'auto', features: Features): { count: number; reason: string } {
  const count = threads === 'auto' ? Math.min(platform.hardwareThreads, MOST_AUTO_THREADS) : threads
  if (count === 1) return { count, reason: '' }
  if (features.sharedMemory) return { count, reason: '' }
  return { count: 1, reason: 'one thread: the page is not cross-origin isolated' }
}
