/** Starts the runtime as the flags ask, and says what came of it. */

import v8 from 'node:v8'
import { init } from '../init.ts'
import { probeFeatures } from '../runtime/probe.ts'
import { info, type RuntimeInfo } from '../runtime/runtime.ts'
import type { RuntimeFlags } from './flags.ts'

/**
 * Makes the runtime. V8 keeps two things behind flags, which a program may set before it compiles WebAssembly: relaxed
 * SIMD in Node 20, and from Node 24 on 256-bit code where the processor is an x64 one. A command line may do so, a
 * library may not.
 */
export async function start({ threads = 'auto', simd = 'auto' }: RuntimeFlags): Promise<RuntimeInfo> {
  const version = Number.parseInt(process.versions.node, 10)
  const widens = version >= 24 && process.arch === 'x64' && (simd === 'auto' || simd === 'wide')
  if (widens) v8.setFlagsFromString('--experimental-wasm-revectorize')
  if (simd !== 'baseline' && !probeFeatures().relaxed && version === 20) {
    v8.setFlagsFromString('--experimental-wasm-relaxed-simd')
  }
  await init({ threads, simd: widens ? 'wide' : simd })
  return info()
}

/** E.g. `relaxed SIMD, 1 thread (this version computes on one thread)`. */
export function runtimeText({ simd, threads, reason }: RuntimeInfo): string {
  const text = `${simd} SIMD, ${threads} ${threads === 1 ? 'thread' : 'threads'}`
  return reason === '' ? text : `${text} (${reason})`
}
