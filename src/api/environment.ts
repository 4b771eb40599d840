/** The calls around a program that TF.js has for its choice of backends. quadlane has one, and says so. */

import { ArgumentError, checkOneOf, show } from '../errors.ts'
import { init } from '../init.ts'
import { info, runtime } from '../runtime/runtime.ts'
import { now } from './util.ts'

/** Resolves once the kernels are ready and all threads are up: the same as `init()`. */
export async function ready(): Promise<void> {
  await init()
}

/** For ported code: there is one backend, WebAssembly, whatever the name. Resolves to true once it is ready. */
export async function setBackend(backendName: string): Promise<boolean> {
  checkOneOf('setBackend', 'backendName', backendName, ['wasm', 'cpu', 'webgl', 'webgpu', 'tensorflow'])
  await init()
  return true
}

/** 'wasm' */
export function getBackend(): string {
  return 'wasm'
}

/** Resolves when the page may draw again, so that it does not stand still while a model trains. */
export function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    const { requestAnimationFrame } = globalThis as { requestAnimationFrame?: (callback: () => void) => void }
    if (requestAnimationFrame !== undefined) requestAnimationFrame(() => resolve())
    else setTimeout(resolve)
  })
}

/** For ported code: there is no slower mode to leave. */
export function enableProdMode(): void {}

/** For ported code: nothing is deprecated. */
export function disableDeprecationWarnings(): void {}

/** What TF.js's flags say of quadlane: threads and SIMD are `init`'s options, and `info()` tells what runs. */
export function env(): {
  get(flag: string): boolean | number | string | undefined
  getBool(flag: string): boolean
  getNumber(flag: string): number
  set(flag: string, value: unknown): void
} {
  const get = (flag: string): boolean | number | undefined => {
    if (flag === 'IS_BROWSER') return typeof document !== 'undefined'
    if (flag === 'IS_NODE') return typeof process !== 'undefined' && process.versions?.node !== undefined
    if (flag === 'WASM_HAS_SIMD_SUPPORT') return true
    return flag === 'WASM_HAS_MULTITHREAD_SUPPORT' ? info().threads > 1 : undefined
  }
  return { get, getBool: (flag) => get(flag) === true, getNumber: (flag) => Number(get(flag)), set: () => {} }
}

/** How long a function takes, in ms. The kernels run while it does, so there is no time of theirs apart. */
export async function time(f: () => unknown): Promise<{ kernelMs: number; wallMs: number }> {
  if (typeof f !== 'function') throw new ArgumentError({ who: 'time', expected: 'a function', received: show(f) })
  runtime('time')
  const begun = now()
  await f()
  const wallMs = now() - begun
  return { kernelMs: wallMs, wallMs }
}
