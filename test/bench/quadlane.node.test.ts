/** The cases of `npm run bench` run, and time what they say. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KERNEL_CASES } from '../../bench/quadlane/kernel-cases.ts'
import { MODEL_CASES } from '../../bench/quadlane/model-cases.ts'
import { OP_CASES } from '../../bench/quadlane/op-cases.ts'
import { runCase } from '../../bench/quadlane/run-case.ts'
import { Host } from '../../bench/shared/host.mjs'
import { probePeak } from '../../bench/shared/peak.mjs'
import { init, memory, shutdown } from '../../src/index.node.ts'

const CASES = [...KERNEL_CASES, ...OP_CASES, ...MODEL_CASES]

describe('the cases', () => {
  beforeAll(() => init({ threads: 1, simd: 'baseline' }))
  afterAll(shutdown)

  it('have names of their own', () => {
    expect(new Set(CASES.map(({ group, name }) => `${group} ${name}`)).size).toBe(CASES.length)
  })

  it.each(['matmul 64', 'conv1 filter gradient', 'dense pack w', 'lenet5 predict 1'])(
    '%s leaves nothing behind',
    async (name) => {
      const one = CASES.find((candidate) => candidate.name === name)!
      const { numDataBuffers } = memory()
      const { ms, gflops, runs } = await runCase(one, 0.001, 100, 1)
      expect(memory().numDataBuffers).toBe(numDataBuffers)
      expect(runs).toBeGreaterThanOrEqual(3)
      expect(ms).toBeGreaterThan(0)
      expect(gflops).toBeCloseTo(one.flops / ms / 1e6, 9)
    },
  )

  it('count the operations of the direct method', () => {
    const flops = (name: string): number => CASES.find((one) => one.name === name)!.flops
    expect(flops('conv2 forward, bias, relu')).toBe(2 * 128 * 576 * 288 * 64)
    expect(flops('lenet train step, batch 128') / 1e9).toBeCloseTo(9.17, 1)
  })
})

it('probes a peak that is a number of GFLOP/s', async () => {
  expect(await probePeak(false, 1)).toBeGreaterThan(0.1)
})

describe('a host', () => {
  it('opens a system, sets an item up, times rounds, and scales what is extrapolated', async () => {
    let runs = 0
    const run = (): number => {
      runs++
      return 6000
    }
    const items = { 'max-pool': () => ({ run, scale: 10, digest: () => 4, note: 'a part' }) }
    const host = new Host(async () => ({ open: async () => ({ facts: { version: 1 }, items }) }))
    expect(await host.handle({ op: 'open', system: 'x', options: {} })).toEqual({
      facts: { version: 1 },
      items: ['max-pool'],
      refusals: {},
    })
    expect(await host.handle({ op: 'prepare', item: 'max-pool' })).toEqual({
      ms: 60_000,
      runMs: 6000,
      digest: 4,
      note: 'a part',
    })
    expect(await host.handle({ op: 'round', item: 'max-pool' })).toEqual({ ms: 60_000 })
    expect(runs).toBe(2)
    await expect(host.handle({ op: 'prepare', item: 'train-lenet' })).rejects.toThrow('no item train-lenet')
  })
})
