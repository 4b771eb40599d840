/** A page without the headers that isolate it: one thread over private memory, and the same numbers. */

import { afterEach, describe, expect, it } from 'vitest'
import { init } from '../../../src/init.ts'
import { info, shutdown } from '../../../src/runtime/runtime.ts'
import { LOSS_CURVES, lossCurve } from '../../helpers/loss-curve.ts'

afterEach(shutdown)

describe('a page that is not cross-origin isolated', () => {
  it.each(['auto', 4] as const)('runs one thread where it is asked for %s, and says why', async (threads) => {
    expect(crossOriginIsolated).toBe(false)
    await init({ threads })
    expect(info()).toMatchObject({ threads: 1, reason: 'one thread: the page is not cross-origin isolated' })
  })

  it('has nothing to say where it was asked for one', async () => {
    await init({ threads: 1 })
    expect(info()).toMatchObject({ threads: 1, reason: '' })
  })

  it('computes the loss curve that all engines have', async () => {
    const { hash, threads } = await lossCurve('row', 2)
    expect(threads).toBe(1)
    expect(hash).toBe(LOSS_CURVES.row)
  }, 60_000)
})
