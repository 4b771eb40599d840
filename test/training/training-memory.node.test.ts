/** A training loop holds after thousands of steps what it held after the first. */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const SCRIPT = fileURLToPath(new URL('../helpers/training-memory.ts', import.meta.url))

interface Report {
  readonly step: number
  readonly heapUsed: number
  readonly arrayBuffers: number
  readonly memoryBytes: number
  readonly numBytes: number
  readonly numDataBuffers: number
}

/** Without the optimizing compilers, whose code lies on the heap too and comes in for as long as a loop runs. */
const FLAGS = ['--expose-gc', '--no-opt', '--no-maglev', '--no-sparkplug', '--import', import.meta.resolve('tsx')]

async function reports(...args: readonly (string | number)[]): Promise<[first: Report, early: Report, last: Report]> {
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, SCRIPT, ...args.map(String)])
  const found = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Report)
  expect(found).toHaveLength(3)
  return found as [Report, Report, Report]
}

describe('training', () => {
  it.each([
    { model: 'lenet5', batchSize: 2, steps: 2000, threads: 2 },
    { model: 'lenet', batchSize: 1, steps: 800, threads: 1 },
    { model: 'resNet', batchSize: 2, steps: 300, threads: 2 },
    { model: 'mobileNet', batchSize: 2, steps: 300, threads: 1 },
  ])(
    '$model for $steps steps on $threads threads holds no more than after the first',
    async (run) => {
      const [first, early, last] = await reports(run.model, run.batchSize, run.steps, run.threads)
      expect(last.step).toBe(run.steps)
      for (const kind of ['memoryBytes', 'numBytes', 'numDataBuffers'] as const) expect(last[kind]).toBe(first[kind])
      expect(last.arrayBuffers).toBeLessThanOrEqual(early.arrayBuffers)
      // The history of the epochs is 14 bytes a step, and code that a busy machine reaches late comes in whole; a tensor that
      // is kept at each step would be more than 100.
      expect(last.heapUsed - early.heapUsed).toBeLessThan(25_000 + 25 * (last.step - early.step))
    },
    120_000,
  )
})
