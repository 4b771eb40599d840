/**
 * What this engine can run, found by validating tiny modules. Each holds one function whose body uses the feature.
 */

/** (func (result v128) i32.const 0 i8x16.splat) */
const SIMD = [10, 8, 1, 6, 0, 0x41, 0, 0xfd, 15, 11]
/** (func (result v128) three splatted constants, f32x4.relaxed_madd) */
const RELAXED = [10, 19, 1, 17, 0, 0x41, 0, 0xfd, 15, 0x41, 0, 0xfd, 15, 0x41, 0, 0xfd, 15, 0xfd, 0x85, 2, 11]

function validates(code: readonly number[]): boolean {
  const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0]
  const body = code.slice(2)
  return WebAssembly.validate(Uint8Array.from([...head, 10, body.length, ...body]))
}

/** What the engine has. */
export interface Features {
  /** 128-bit SIMD: every build needs it. */
  readonly simd: boolean
  /** Relaxed SIMD: the fused multiply-add. */
  readonly relaxed: boolean
  /** A memory that workers can share. */
  readonly sharedMemory: boolean
}

/**
 * Asks the engine what it has, by validating small modules.
 * @example
 * console.log(probeFeatures().simd) // true
 */
export function probeFeatures(): Features {
  const exists = typeof WebAssembly === 'object'
  return {
    simd: exists && validates(SIMD),
    relaxed: exists && validates(RELAXED),
    sharedMemory: typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated !== false,
  }
}
