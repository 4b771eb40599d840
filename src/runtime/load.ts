/**
 * Instantiates a build of the kernels. The only file that knows `@assemblyscript/loader`, and that the bytes come as
 * base64 in modules of their own, loaded when they are chosen.
 */

import { instantiate as instantiateModule } from '@assemblyscript/loader'
import type { instantiate } from './wasm/exports.d.ts'

/** One of the compiled builds: what it may use of SIMD, and `mt` where its memory is shared between threads. */
export type BuildName = 'simd' | 'relaxed' | 'simd.mt' | 'relaxed.mt'

type Exports = Awaited<ReturnType<typeof instantiate>>

/** The kernels by name, as `assembly/index.ts` exports them. */
export type Kernels = Omit<Exports, 'memory'>
export type KernelName = keyof Kernels

const BYTES: Record<BuildName, () => Promise<{ wasm: string }>> = {
  simd: () => import('./wasm/simd.ts'),
  relaxed: () => import('./wasm/relaxed.ts'),
  'simd.mt': () => import('./wasm/simd.mt.ts'),
  'relaxed.mt': () => import('./wasm/relaxed.mt.ts'),
}

/** Compiles a build. The module can be sent to workers. */
export async function compileBuild(build: BuildName): Promise<WebAssembly.Module> {
  const { wasm } = await BYTES[build]()
  const text = atob(wasm)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return WebAssembly.compile(bytes)
}

/** An instance over `memory`. The loader adds helpers of its own to the exports: do not enumerate them. */
export async function instantiateKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Kernels> {
  const { exports } = await instantiateModule(module, { env: { memory } })
  return exports as unknown as Kernels
}
