/** Starts the runtime as the flags ask, and says what came of it. */

import v8 from 'node:v8'
import { init } from '../init.ts'
import { probeFeatures } from '../runtime/probe.ts'
import { info, type RuntimeInfo } from '../runtime/runtime.ts'
import type { RuntimeFlags } from './flags.ts'

/**
 * Makes the runtime. Node 20 keeps relaxed SIMD behind a V8 flag, which a program may set before it compiles
 * WebAssembly: a command line may do so, a library may not.
 */
export async function start({ threads = 'auto', simd = 'auto' }: RuntimeFlags): Promise<RuntimeInfo> {
  if (simd !== 'baseline' && !probeFeatures().relaxed && process.versions.node.startsWith('20.')) {
    v8.setFlagsFromString('--experimental-wasm-relaxed-simd')
  }
  await init({ threads, simd })
  return info()
}

/** E.g. `relaxed SIMD, 1 thread (this version computes on one thread)`. */
export function runtimeText({ simd, threads, reason }: RuntimeInfo): string {
  const text = `${simd} SIMD, ${threads} ${threads === 1 ? 'thread' : 'threads'}`
  return reason === '' ? text : `${text} (${reason})`
}
