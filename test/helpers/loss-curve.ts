/**
 * One loss curve: ten steps of the lecture's network, digits, initial weights, shuffling and dropout included, are the
 * same to the last bit in every engine and with any number of threads, as long as the baseline build computes them.
 */

import { syntheticDigits } from '../../src/data/digits.ts'
import { init } from '../../src/init.ts'
import { info, shutdown } from '../../src/runtime/runtime.ts'
import { lenet } from '../../src/zoo/lenet.ts'

/**
 * The SHA-256 of the ten losses (float64) and then the weights (float32). It changes with whatever changes the order of
 * an addition in the kernels that take part; put in then what the failing test prints as received.
 */
export const LOSS_CURVE = '1cc665d1e8aec49fd69f6dc7fb78a5b1ab6b4ea2c6fc1ea6221a55f9399fbd6d'

const STEPS = 10
const BATCH = 32

export interface LossCurve {
  readonly hash: string
  readonly losses: number[]
  readonly threads: number
}

/** Runs the ten steps on the present runtime, which it starts and shuts down. */
export async function lossCurve(threads: number, ready?: () => Promise<void>): Promise<LossCurve> {
  shutdown()
  await init({ threads, simd: 'baseline' })
  await ready?.()
  try {
    const model = lenet({ seed: 7 })
    model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
    const losses: number[] = []
    const onBatchEnd = (_: number, logs = {}): void => void losses.push((logs as { loss: number }).loss)
    const digits = syntheticDigits({ count: STEPS * BATCH, seed: 5 })
    await model.fit(digits, { batchSize: BATCH, callbacks: { onBatchEnd } })
    const weights = await model.snapshot()
    return { hash: await sha256(Float64Array.from(losses), ...weights), losses, threads: info().threads }
  } finally {
    shutdown()
  }
}

/** The SHA-256 of the bytes of some arrays, in hexadecimal. */
async function sha256(...arrays: readonly ArrayBufferView[]): Promise<string> {
  const blob = new Blob(
    arrays.map((array) => new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength)),
  )
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
