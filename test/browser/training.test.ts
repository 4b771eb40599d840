/** Training in a page: it lets the page live between steps; in a worker it has helpers of its own. */

import { afterEach, describe, expect, it } from 'vitest'
import { syntheticDigits } from '../../src/data/digits.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { lenet } from '../../src/zoo/lenet.ts'
import { LOSS_CURVES } from '../helpers/loss-curve.ts'
import type { Trained } from './train-worker.ts'

afterEach(shutdown)

/** Counts how often the page comes to run something else. */
function pageTurns(): { readonly count: () => number; readonly stop: () => void } {
  let [turns, running] = [0, true]
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => {
    turns++
    if (running) port2.postMessage(undefined)
  }
  port2.postMessage(undefined)
  return { count: () => turns, stop: () => void (running = false) }
}

describe('on the main thread', () => {
  it('the page runs between any two steps, and between the batches of a validation', async () => {
    await init({ threads: 2 })
    // Batches that take longer than the 16 ms after which training yields.
    const digits = syntheticDigits({ count: 4 * 128, seed: 1 })
    const model = lenet({ seed: 1 })
    model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
    const seen: number[] = []
    const page = pageTurns()
    const callbacks = {
      onBatchEnd: (): void => void seen.push(page.count()),
      onEpochEnd: (): void => void seen.push(page.count()),
    }
    await model.fit(digits, { batchSize: 128, validationData: digits, callbacks })
    page.stop()
    expect(seen).toHaveLength(5)
    seen.slice(1).forEach((turns, i) => expect(turns, `after step ${i + 1}`).toBeGreaterThan(seen[i]!))
    // Four batches are evaluated between the last step and the end of the epoch, with as many rests.
    expect(seen[4]! - seen[3]!).toBeGreaterThanOrEqual(3)
  })
})

describe('in a worker', () => {
  it.each([1, 2])(
    'training gives the same loss curve, with threads: %i',
    async (threads) => {
      const worker = new Worker(new URL('./train-worker.ts', import.meta.url), { type: 'module' })
      try {
        const { curve, helped, hasDocument } = await new Promise<Trained>((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data)
          worker.onerror = ({ message }) => reject(new Error(message))
          worker.postMessage(threads)
        })
        expect(hasDocument).toBe(false)
        expect(curve.threads).toBe(threads)
        expect(helped).toBe(threads > 1)
        expect(curve.hash).toBe(LOSS_CURVES.row)
      } finally {
        worker.terminate()
      }
    },
    60_000,
  )
})
