/** Compiles and instantiates modules of kernels. */

import { compilationRefused } from '../errors.ts'
import { type BuildName, type BuiltInSet, buildBytes, type SetName } from './builds.ts'
import { withSharedMemory } from './shared-module.ts'
import type { instantiate } from './wasm/exports.d.ts'
import type { KernelSets } from './wasm/sets.d.ts'

type Exports = Awaited<ReturnType<typeof instantiate>>

/** The kernels by name, as `assembly/index.ts` exports them. */
export type Kernels = Omit<Exports, 'memory'>
/** The name of a kernel. */
export type KernelName = keyof Kernels

/** The kernels of a set. */
export type KernelsOf<Name extends SetName> = KernelSets[Name] & KernelName

/** A kernel's arguments without the range that the runtime adds. */
export type KernelArguments<Name extends KernelName> =
  Parameters<Kernels[Name]> extends [...infer Head extends number[], number, number] ? Head : never

/**
 * Compiles a build that is built in. The module can be sent to workers.
 * @param shared whether its memory is shared between threads; a module for the one kind refuses the other
 * @throws RuntimeUnavailableError where the engine refuses, as one does whose page forbids WebAssembly; RangeError where
 * it refuses to do so at once, as Chrome did on the main thread of a page before version 115
 */
export function compileBuild(set: BuiltInSet, build: BuildName, shared = false): WebAssembly.Module {
  const bytes = bytesFor(set, build, shared)
  try {
    return new WebAssembly.Module(bytes)
  } catch (error) {
    throw error instanceof RangeError ? error : compilationRefused(error)
  }
}

/** The same without keeping the thread from other things. */
export function compileBuildAsync(set: BuiltInSet, build: BuildName, shared = false): Promise<WebAssembly.Module> {
  return WebAssembly.compile(bytesFor(set, build, shared)).catch((error) => {
    throw compilationRefused(error)
  })
}

function bytesFor(set: BuiltInSet, build: BuildName, shared: boolean): Uint8Array<ArrayBuffer> {
  const bytes = buildBytes(set, build)
  return shared ? withSharedMemory(bytes) : bytes
}

/** The names of the kernels, in the order of the module. */
export function kernelNames(module: WebAssembly.Module): string[] {
  return WebAssembly.Module.exports(module).flatMap(({ kind, name }) => (kind === 'function' ? [name] : []))
}

/**
 * An instance over `memory`, without keeping the thread from other things.
 * @param module of `KernelSet.module`
 * @param memory what it computes in
 * @example
 * const { module, memory } = await loadKernels({ shared: false })
 * const again = await instantiateKernels(module, memory.wasm)
 * console.log(typeof again.unaryAbs) // function
 */
export async function instantiateLater(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Kernels> {
  return (await WebAssembly.instantiate(module, { env: { memory } })).exports as unknown as Kernels
}

/** An instance over `memory`. AssemblyScript's loader adds what managed objects need, and kernels have none. */
export function instantiateKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels
}
