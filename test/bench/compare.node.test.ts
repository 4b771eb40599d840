/** What the benchmark does with what it measures: medians, rounds, tables, ratios, and how it takes failures. */

import { describe, expect, it } from 'vitest'
import { type CompareArgs, compare, roundsFor } from '../../bench/driver/compare.ts'
import { figure, ratio } from '../../bench/driver/figures.ts'
import type { SystemResult } from '../../bench/driver/results.ts'
import type { SystemSpec } from '../../bench/driver/system.ts'
import { figureLines, ratioLines } from '../../bench/driver/tables.ts'
import { Refusal, type Worker, within } from '../../bench/driver/worker.ts'
import { digest, permuted, TO_NCHW, values } from '../../bench/shared/work.mjs'
import { median } from '../../bench/stats.ts'

/** A worker that answers from a script instead of a process. */
function scripted(answers: (op: string, item: string) => unknown): Worker {
  return {
    request: async (request) => {
      const answer = await answers(request.op, 'item' in request ? request.item : '')
      return answer as never
    },
    close: async () => {},
  }
}

function spec(id: string, start: () => Worker, parts: Partial<SystemSpec> = {}): SystemSpec {
  const names = { family: 'quadlane', label: id, where: 'here', system: 'quadlane' } as const
  return { id, ...names, threads: 1, options: {}, start: async () => start(), ...parts }
}

function opened(items: readonly string[], refusals: Record<string, string> = {}): object {
  return { facts: { version: '1' }, items, refusals }
}

function run(specs: readonly SystemSpec[], parts: Partial<CompareArgs> = {}): Promise<SystemResult[]> {
  return compare({ specs, items: ['matmul-64', 'max-pool'], rounds: 3, minutes: 1, log: () => {}, ...parts })
}

describe('medians and rounds', () => {
  it('takes the middle of an odd number and the mean of the two middles of an even one', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([10, 1, 2, 4])).toBe(3)
    expect(() => median([])).toThrow('median: expected at least one value, received none')
  })

  it('repeats long work less often', () => {
    expect([1, 1000, 1001, 5001].map((ms) => roundsFor(ms, 7))).toEqual([7, 7, 3, 1])
    expect(roundsFor(1001, 2)).toBe(2)
  })
})

describe('a comparison', () => {
  it('takes the median of the rounds, and turns time into a rate', async () => {
    const times = [4, 1, 2]
    const worker = scripted((op) => {
      if (op === 'open') return opened(['matmul-64'])
      return op === 'prepare' ? { ms: 1, runMs: 1, note: '' } : { ms: times.pop() }
    })
    const [system] = await run([spec('a', () => worker)])
    expect(system!.items).toEqual({ 'matmul-64': { ms: 2, least: 1, rounds: 3, gflops: 0.2621 } })
    expect(system!.facts).toEqual({ version: '1' })
  })

  it('goes round over the systems, not through one after the other', async () => {
    const order: string[] = []
    const worker = (name: string): Worker =>
      scripted((op) => {
        if (op === 'open') return opened(['max-pool'])
        if (op === 'round') order.push(name)
        return { ms: 1, runMs: 1, note: '' }
      })
    await run([spec('a', () => worker('a')), spec('b', () => worker('b'))], { rounds: 2 })
    expect(order).toEqual(['a', 'b', 'a', 'b'])
  })

  it('makes a row with the error of a system that does not start, and goes on', async () => {
    const broken = spec('broken', () => {
      throw new Error('no such program\nand its stack')
    })
    const fine = scripted((op) => (op === 'open' ? opened(['max-pool']) : { ms: 3, runMs: 3, note: '' }))
    const systems = await run([broken, spec('fine', () => fine)])
    expect(systems[0]!.items['max-pool']).toEqual({ error: 'no such program' })
    expect(systems[1]!.items['max-pool']).toEqual({ ms: 3, least: 3, rounds: 3 })
  })

  it('starts a worker again that died over one item, and reports a refusal as it is', async () => {
    let starts = 0
    const start = (): Worker => {
      starts++
      return scripted((op, item) => {
        if (op === 'open') return opened(['matmul-64', 'max-pool'], { 'train-lenet': 'cannot train' })
        if (item === 'matmul-64') throw starts === 1 ? new Error('exited with SIGSEGV') : new Refusal('never asked')
        return { ms: 5, runMs: 5, note: '' }
      })
    }
    const [system] = await run([spec('a', start)], { items: ['matmul-64', 'max-pool', 'train-lenet'] })
    expect(starts).toBe(2)
    expect(system!.items['matmul-64']).toEqual({ error: 'exited with SIGSEGV' })
    expect(system!.items['max-pool']).toEqual({ ms: 5, least: 5, rounds: 3 })
    expect(system!.items['train-lenet']).toEqual({ error: 'cannot train' })
  })

  it('strikes out who computes something else', async () => {
    const worker = (digest: number): Worker =>
      scripted((op) => (op === 'open' ? opened(['max-pool']) : { ms: 1, runMs: 1, note: '', digest }))
    const systems = await run([1, 1.0001, 2].map((digest) => spec(String(digest), () => worker(digest))))
    expect(systems.map(({ items }) => items['max-pool']?.error)).toEqual([
      undefined,
      undefined,
      'computes something else: mean |y| is 2, not 1.0001',
    ])
  })

  it('gives up waiting', async () => {
    await expect(within(new Promise(() => {}), 5)).rejects.toThrow('timed out after 0 s')
    await expect(within(Promise.resolve(7), 1000)).resolves.toBe(7)
  })
})

const OURS: SystemResult = {
  ...{ id: 'q', family: 'quadlane', label: 'quadlane', where: 'Node 20', threads: 1, facts: {} },
  items: { 'train-lenet': { ms: 100, rounds: 3 }, 'matmul-64': { ms: 0.01, rounds: 3, gflops: 52.43 } },
}
const THEIRS: SystemResult = {
  ...{ id: 'p', family: 'pytorch', label: 'PyTorch', where: 'native', threads: 1, facts: {} },
  items: { 'train-lenet': { ms: 2500, rounds: 1, note: 'extrapolated' }, 'matmul-64': { error: 'has none' } },
}

describe('tables', () => {
  it('writes three digits', () => {
    expect([1234.5, 123.4, 12.34, 1.234, 0.0123].map(figure)).toEqual(['1,235', '123', '12.3', '1.23', '0.012'])
  })

  it('shows times, rates, and why there is no figure', () => {
    expect(figureLines({ systems: [OURS, THEIRS] }, ['train-lenet', 'matmul-64', 'max-pool'])).toEqual([
      'ms; matmul in GFLOP/s   train 128  matmul 64',
      'quadlane · Node 20 · 1        100       52.4',
      'PyTorch · native · 1       2,500*     cannot',
      '',
      'PyTorch · native · 1: train 128: *: extrapolated',
      'PyTorch · native · 1: matmul 64: cannot: has none',
    ])
  })

  it('divides our time by theirs, where both have one and as many threads', () => {
    expect(ratio(OURS.items['train-lenet'], THEIRS.items['train-lenet'])).toBe(0.04)
    expect(ratio(OURS.items['matmul-64'], THEIRS.items['matmul-64'])).toBeUndefined()
    const other = { ...THEIRS, threads: 2 }
    expect(ratioLines({ systems: [OURS, THEIRS, other] }, ['train-lenet', 'matmul-64'])).toEqual([
      'quadlane · Node 20 · 1: its time ÷ that of  train 128  matmul 64',
      'PyTorch · native · 1                            0.040',
      '',
    ])
  })
})

describe('the numbers that all systems compute with', () => {
  it('are the formula that the Python worker has too', () => {
    // numpy: ((i * 7919 + 2 * 104729) % 1000) / 1000 - 0.5 for i = 0 … 3
    expect([...values([2, 2], 2)]).toEqual([-0.042, -0.123, -0.204, -0.285].map(Math.fround))
  })

  it('change their layout, not their mean', () => {
    const x = values([2, 3, 4, 5], 1)
    const nchw = permuted(x, [2, 3, 4, 5], TO_NCHW)
    expect(nchw[((1 * 5 + 4) * 3 + 2) * 4 + 1]).toBe(x[((1 * 3 + 2) * 4 + 1) * 5 + 4])
    expect(digest(nchw)).toBeCloseTo(digest(x), 12)
  })
})
