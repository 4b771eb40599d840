/** Whatever a public function of tensors is given, it answers, or refuses with an error of ours that says what was wrong. */

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { QuadlaneError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { dispose, memory } from '../../src/tensor.ts'
import { FUNCTIONS, hostile, tensorsIn, withTensors } from './calls.ts'

beforeAll(() => init({ simd: 'baseline', threads: 1, memory: 2 ** 28 }))
afterAll(shutdown)

const RUNS = 300

describe.each(FUNCTIONS)('%s', (_, f) => {
  it('answers, or refuses with a typed error', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {})
    await fc.assert(
      fc.asyncProperty(hostile, async (args) => {
        const given = withTensors(args, 'float32')
        let result: unknown
        try {
          result = await f(...given)
        } catch (error) {
          if (!(error instanceof QuadlaneError)) throw error
          expect(error.message).not.toMatch(/undefined:|\[object|NaN elements/)
        }
        dispose([result, given])
        for (const tensor of tensorsIn(result)) expect(Number.isInteger(tensor.size)).toBe(true)
        if (!Number.isInteger(memory().numBytes)) throw new Error('the allocator has lost count')
      }),
      { numRuns: RUNS, seed: 7 },
    )
  })
})
