/** Seeded test data. `TEST_SEED` in the environment changes it; a failing test prints the seed. */

export const TEST_SEED: number = Number(globalThis.process?.env?.TEST_SEED ?? 1)

/** mulberry32: numbers in [0, 1). */
export function generator(seed: number = TEST_SEED): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** `length` float32 values, uniform in [low, high). */
export function uniform(length: number, seed: number = TEST_SEED, low = -1, high = 1): Float32Array {
  const next = generator(seed)
  return Float32Array.from({ length }, () => low + (high - low) * next())
}
