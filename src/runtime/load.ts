/**
 * Instantiates a build of the kernels. The only file that knows `@assemblyscript/loader`, and that the bytes come as
 * base64 in modules of their own, loaded when they are chosen.
 */

import { instantiateSync } from '@assemblyscript/loader'
import { platform } from '#platform'
import type { instantiate } from './wasm/exports.d.ts'

/**
 * One of the compiled builds, by what it uses of SIMD: 'simd' is the baseline; 'wide' is 'relaxed' with tiles for engines
 * that turn pairs of 128-bit operations into 256-bit ones.
 */
export type BuildName = 'simd' | 'relaxed' | 'wide'

/** Columns of a panel of a packed matrix: NR of the kernels. */
export const PANEL_COLUMNS: Readonly<Record<BuildName, number>> = { simd: 8, relaxed: 8, wide: 16 }

type Exports = Awaited<ReturnType<typeof instantiate>>

/** The kernels by name, as `assembly/index.ts` exports them. */
export type Kernels = Omit<Exports, 'memory'>
export type KernelName = keyof Kernels

/** A kernel's arguments without the range that the runtime adds. */
export type KernelArguments<Name extends KernelName> =
  Parameters<Kernels[Name]> extends [...infer Head extends number[], number, number] ? Head : never

const BYTES: Record<BuildName, () => Promise<{ wasm: string }>> = {
  simd: () => import('./wasm/simd.ts'),
  relaxed: () => import('./wasm/relaxed.ts'),
  wide: () => import('./wasm/wide.ts'),
}

/**
 * Compiles a build. The module can be sent to workers.
 * @param shared whether its memory is shared between threads; a module for the one kind refuses the other
 */
export async function compileBuild(build: BuildName, shared = false): Promise<WebAssembly.Module> {
  const { wasm } = await BYTES[build]()
  const bytes = platform.decodeBase64(wasm)
  return WebAssembly.compile(shared ? withSharedMemory(bytes) : bytes)
}

/**
 * The same module for a shared memory. The code is the same to the byte: only the declaration of the imported memory
 * differs, `02 00 00` (a memory of at least 0 pages) becoming `02 03 00 80 80 04` (shared, at most 65536 pages).
 */
function withSharedMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const PRIVATE = [2, 0, 0]
  const SHARED = [2, 3, 0, 0x80, 0x80, 4]
  const IMPORTS = 2
  // Sections are an id, a size and that many bytes; the types come first, the imports second.
  const types = readSize(bytes, 9)
  const section = types.end + types.value
  const imports = readSize(bytes, section + 1)
  const end = imports.end + imports.value
  const declaration = end - PRIVATE.length
  const grown = imports.value + SHARED.length - PRIVATE.length
  if (bytes[section] !== IMPORTS || grown > 127 || PRIVATE.some((byte, i) => bytes[declaration + i] !== byte)) {
    throw new Error('the kernels do not import one private memory: was assembly/ compiled with --importMemory?')
  }
  const parts = [
    bytes.subarray(0, section + 1),
    [grown],
    bytes.subarray(imports.end, declaration),
    SHARED,
    bytes.subarray(end),
  ]
  const result = new Uint8Array(bytes.length + grown - imports.value)
  let at = 0
  for (const part of parts) {
    result.set(part, at)
    at += part.length
  }
  return result
}

/** An unsigned LEB128 number. */
function readSize(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return { value, end: at }
  }
}

/** The names of the kernels, in the order of the module. */
export function kernelNames(module: WebAssembly.Module): string[] {
  return WebAssembly.Module.exports(module).flatMap(({ kind, name }) => (kind === 'function' ? [name] : []))
}

/**
 * An instance over `memory`: its exports as they are. The loader's own take each call through another function, and its
 * asynchronous form looks for a `Response`, for which Node loads all of fetch.
 */
export async function instantiateKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Kernels> {
  const { instance } = instantiateSync(module, { env: { memory } })
  return instance.exports as unknown as Kernels
}
