/**
 * What programs for TensorFlow.js ask of their environment. There is one backend here, which is always ready: these
 * functions answer so that such a program goes on.
 */

import { platform } from '#platform'
import { ArgumentError, checkOneOf, show } from '../errors.ts'
import { init } from '../init.ts'
import { probeFeatures } from '../runtime/probe.ts'
import { runtime } from '../runtime/runtime.ts'
import { keep, memory, startScope, stopScope, tidy } from '../tensor.ts'

/** The backends of TensorFlow.js; all of them are this one. */
const BACKENDS = ['wasm', 'cpu', 'webgl', 'webgpu', 'tensorflow', 'node'] as const

/**
 * Makes the runtime, if there is none, as `init()` does.
 * @example
 * await ready()
 */
export async function ready(): Promise<void> {
  await init()
}

/**
 * Makes the runtime, if there is none, and says that the backend is there: whichever of TensorFlow.js's is asked for, it is
 * quadlane's own that computes.
 * @param backendName 'wasm', 'cpu', 'webgl', 'webgpu' or 'tensorflow'
 * @throws ArgumentError for a name that TensorFlow.js does not know either
 * @example
 * console.log(await setBackend('webgl'), getBackend()) // true wasm
 */
export async function setBackend(backendName: string): Promise<boolean> {
  checkOneOf('setBackend', 'backendName', backendName, BACKENDS)
  await init()
  return true
}

/**
 * The name of the backend, as TF.js has it: always 'wasm'.
 * @example
 * console.log(getBackend()) // wasm
 */
export function getBackend(): 'wasm' {
  return 'wasm'
}

/**
 * Resolves when the page may paint anew, where there is one, else after a turn of the event loop.
 * @example
 * await nextFrame()
 */
export function nextFrame(): Promise<void> {
  if (typeof requestAnimationFrame !== 'function') return platform.yieldToEventLoop()
  return new Promise((resolve) => {
    requestAnimationFrame(() => resolve())
  })
}

/**
 * Changes nothing: there are no checks to switch off. Those of `init({ checks: true })` are off unless asked for.
 * @example
 * enableProdMode()
 */
export function enableProdMode(): void {}

/** What `env()` gives. */
export interface Environment {
  /** Where it runs. */
  readonly platformName: 'node' | 'browser'
  /**
   * A flag of TensorFlow.js as it is here; those of other backends are false or 0.
   * @param flag a name such as 'WASM_HAS_SIMD_SUPPORT'
   */
  get(flag: string): boolean | number
  /**
   * As `get`, as a promise.
   * @param flag its name
   */
  getAsync(flag: string): Promise<boolean | number>
  /**
   * A flag that is true or false.
   * @param flag its name
   */
  getBool(flag: string): boolean
  /**
   * A flag that is a number.
   * @param flag its name
   */
  getNumber(flag: string): number
  /**
   * Accepts any flag, and changes nothing: each is about something that is not here, or is so anyway.
   * @param flag its name
   * @param value is not looked at
   */
  set(flag: string, value: boolean | number | string): void
}

const FLAGS: Readonly<Record<string, () => boolean | number>> = {
  IS_NODE: () => platform.name === 'node',
  IS_BROWSER: () => platform.name === 'browser',
  PROD: () => true,
  DEBUG: () => false,
  WASM_HAS_SIMD_SUPPORT: () => probeFeatures().simd,
  WASM_HAS_MULTITHREAD_SUPPORT: () => probeFeatures().sharedMemory,
  WEBGL_VERSION: () => 0,
}

function get(flag: string): boolean | number {
  if (typeof flag !== 'string') {
    throw new ArgumentError({ who: 'env().get', expected: 'the name of a flag', received: show(flag) })
  }
  return (Object.hasOwn(FLAGS, flag) && FLAGS[flag]?.()) || false
}

/**
 * The flags of TensorFlow.js, as far as they mean something here.
 * @example
 * console.log(env().getBool('WASM_HAS_SIMD_SUPPORT')) // true
 */
export function env(): Environment {
  return {
    platformName: platform.name,
    get,
    getAsync: async (flag) => get(flag),
    getBool: (flag) => Boolean(get(flag)),
    getNumber: (flag) => Number(get(flag)),
    set: () => {},
  }
}

/** What programs ask of TensorFlow.js's engine: scopes around code that waits, and what there is. */
export interface Engine {
  readonly backendName: 'wasm'
  /** Begins a scope: `endScope` disposes the tensors that are made until then, as `tidy` does after a function. */
  startScope(name?: string): void
  /** Ends the scope that was begun last; what `result` holds stays. */
  endScope(result?: unknown): void
  tidy: typeof tidy
  keep: typeof keep
  memory: typeof memory
}

/**
 * The scopes by hand, for code that waits for promises, which `tidy` cannot hold.
 * @example
 * engine().startScope()
 * const y = await tensor([1, 2]).mul(2).data()
 * engine().endScope()
 */
export function engine(): Engine {
  return {
    backendName: 'wasm',
    startScope: () => startScope(),
    endScope: (result) => stopScope(result),
    tidy,
    keep,
    memory,
  }
}

/**
 * For ported code: nothing is deprecated.
 * @example
 * disableDeprecationWarnings()
 */
export function disableDeprecationWarnings(): void {}

/**
 * How long a function takes, in ms. The kernels run while it does, so there is no time of theirs apart.
 * @param f a function, async or not
 * @example
 * const { wallMs } = await time(() => matMul(ones([64, 64]), ones([64, 64])))
 * console.log(wallMs > 0) // true
 */
export async function time(f: () => unknown): Promise<{ kernelMs: number; wallMs: number }> {
  if (typeof f !== 'function') throw new ArgumentError({ who: 'time', expected: 'a function', received: show(f) })
  runtime('time')
  const begun = performance.now()
  await f()
  const wallMs = performance.now() - begun
  return { kernelMs: wallMs, wallMs }
}
