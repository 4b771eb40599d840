/** Compiles and instantiates a build of the kernels. */

import { builds } from '#builds'
import { platform } from '#platform'
import { compilationRefused, RuntimeUnavailableError } from '../errors.ts'
import type { BuildName } from './builds.ts'
import type { instantiate } from './wasm/exports.d.ts'

type Exports = Awaited<ReturnType<typeof instantiate>>

/** The kernels by name, as `assembly/index.ts` exports them. */
export type Kernels = Omit<Exports, 'memory'>
export type KernelName = keyof Kernels

/** A kernel's arguments without the range that the runtime adds. */
export type KernelArguments<Name extends KernelName> =
  Parameters<Kernels[Name]> extends [...infer Head extends number[], number, number] ? Head : never

/** The bytes of a build that is built in. */
export async function buildBytes(build: BuildName): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await builds[build]?.()
  if (bytes !== undefined) return bytes
  throw new RuntimeUnavailableError({
    who: 'init',
    expected: `wasm to be the URL of kernels.${build}.wasm`,
    received: 'none',
    hint: 'pages host this build themselves',
  })
}

/**
 * Compiles a build that is built in. The module can be sent to workers.
 * @param shared whether its memory is shared between threads; a module for the one kind refuses the other
 * @throws RuntimeUnavailableError where the engine refuses, as one does whose page forbids WebAssembly
 */
export async function compileBuild(build: BuildName, shared = false): Promise<WebAssembly.Module> {
  const bytes = await buildBytes(build)
  const module = shared ? (await import('./threads.ts')).withSharedMemory(bytes) : bytes
  return WebAssembly.compile(module).catch((error) => {
    throw compilationRefused(error)
  })
}

/** The names of the kernels, in the order of the module. */
export function kernelNames(module: WebAssembly.Module): string[] {
  return WebAssembly.Module.exports(module).flatMap(({ kind, name }) => (kind === 'function' ? [name] : []))
}

/** An instance over `memory`. A loader may add helpers of its own to the exports: do not enumerate them. */
export async function instantiateKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Kernels> {
  return (await platform.instantiate(module, { env: { memory } })) as unknown as Kernels
}
