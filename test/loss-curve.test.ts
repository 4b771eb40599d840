/** The same file runs in Node, Chromium and Firefox: there is one constant for all. */

import { describe, expect, it } from 'vitest'
import { LOSS_CURVES, lossCurve, NETWORK_KINDS } from './helpers/loss-curve.ts'
import { untilHelpersWork } from './helpers/threads.ts'

const TIMEOUT = 60_000

describe.each(NETWORK_KINDS)('ten steps of the baseline build, %s', (kind) => {
  it.each([1, 2])(
    'give one loss curve, with threads: %i',
    async (threads) => {
      const curve = await lossCurve(kind, threads, threads > 1 ? untilHelpersWork : undefined)
      expect(curve.threads).toBe(threads)
      expect(curve.losses).toHaveLength(10)
      expect(curve.hash, `LOSS_CURVES.${kind} in test/helpers/loss-curve.ts; losses ${curve.losses}`).toBe(
        LOSS_CURVES[kind],
      )
    },
    TIMEOUT,
  )
})
