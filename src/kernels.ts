/**
 * `quadlane/kernels`: the kernels on their buffers, for those who bring a framework of their own. No tensors, no layers
 * and no threads: a build for this engine, an allocator for its memory, and the functions, which take addresses and sizes.
 * `docs/raw-kernels.md` shows them at work.
 */

import { checkInteger, checkOneOf, checkOptions } from './errors.ts'
import type { BuildName } from './runtime/builds.ts'
import { instantiateLater, type Kernels } from './runtime/load.ts'
import { Memory } from './runtime/memory.ts'
import { compileModule, SIMD_CHOICES, type SimdChoice, type WasmSource } from './runtime/module.ts'
import { probeFeatures } from './runtime/probe.ts'
import { all } from './runtime/sets/all.ts'

export {
  ArgumentError,
  FormatError,
  InputOutputError,
  OutOfMemoryError,
  QuadlaneError,
  RuntimeUnavailableError,
} from './errors.ts'
export type { BuildName } from './runtime/builds.ts'
export { instantiateLater as instantiateKernels, type KernelName, type Kernels } from './runtime/load.ts'
export { ALIGNMENT, Memory, SPARE_BYTES } from './runtime/memory.ts'
export type { WasmSource } from './runtime/module.ts'
export { PANEL_COLUMNS, packedBytes } from './runtime/packing.ts'
export { type Features, probeFeatures } from './runtime/probe.ts'
export { VERSION as version } from './version.ts'

/** What `loadKernels` may be told. */
export interface LoadKernelsOptions {
  /** Which build: 'auto', the default, is relaxed where the engine has it. */
  readonly simd?: SimdChoice
  /** Whether the memory is one that workers can share; they call `instantiateKernels` over it. Default false. */
  readonly shared?: boolean
  /** The most bytes that the memory may grow to. Default 4 GiB. */
  readonly memory?: number
  /** The kernels, where they are not to be those that are built in; as for `init`. */
  readonly wasm?: WasmSource
}

/** Kernels and their memory. */
export interface KernelSet {
  /** The kernels by name. Each ends in `begin, end`, the range of its parallel axis that is computed. */
  readonly kernels: Kernels
  /** The allocator of their memory. */
  readonly memory: Memory
  /** The build that runs: 'simd', 'relaxed' or 'wide'. */
  readonly build: BuildName
  /** The compiled module, to send to workers. */
  readonly module: WebAssembly.Module
}

const PAGE = 65536
const INITIAL_PAGES = 16

/**
 * Loads the kernels over a memory of their own.
 * @param options simd, shared, memory and wasm; default the fastest build, over a memory of its own
 * @throws RuntimeUnavailableError where the engine lacks WebAssembly SIMD, or the build that was asked for
 * @example
 * const { kernels, memory } = await loadKernels()
 * const x = memory.allocate(4 * 4)
 * memory.f32(x, 4).set([-1, 2, -3, 4])
 * kernels.unaryAbs(x, x, 0, 4)
 * console.log(memory.f32(x, 4)) // Float32Array(4) [ 1, 2, 3, 4 ]
 */
export async function loadKernels(options: LoadKernelsOptions = {}): Promise<KernelSet> {
  const who = 'loadKernels'
  checkOptions(who, options, ['simd', 'shared', 'memory', 'wasm'])
  const { simd = 'auto', shared = false, memory = PAGE * PAGE, wasm } = options
  checkOneOf(who, 'simd', simd, SIMD_CHOICES)
  checkInteger(who, 'memory', memory, INITIAL_PAGES * PAGE, PAGE * PAGE)
  const compiled = await compileModule(who, all, { simd, wasm }, probeFeatures(), shared)
  const maximum = Math.floor(memory / PAGE)
  const buffer = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum, shared: compiled.shared })
  const kernels = await instantiateLater(compiled.module, buffer)
  return { kernels, memory: new Memory(buffer, memory), build: compiled.build, module: compiled.module }
}
