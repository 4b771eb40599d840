/** Times one case: warm-up, then as many runs as fit into the time that it is given. */

import { median } from '../stats.ts'
import { type Case, Milliseconds } from './case.ts'

export interface CaseResult {
  readonly group: Case['group']
  readonly name: string
  /** The median of the runs. */
  readonly ms: number
  readonly runs: number
  /** 0 where the case counts none. */
  readonly gflops: number
  /** Of the multiply-add peak of all threads that the case may use; 0 where it counts no operations. */
  readonly share: number
}

/** Warm-up before the timed runs: V8 compiles what is hot a second time meanwhile. */
const WARM_UP_SHARE = 0.3
const LEAST_RUNS = 3

/**
 * @param seconds how long the timed runs take together, at least three of them
 * @param ceiling GFLOP/s of one thread
 * @param threads of the runtime; the raw kernels use one
 */
export async function runCase(one: Case, seconds: number, ceiling: number, threads: number): Promise<CaseResult> {
  const { run, end } = await one.prepare()
  try {
    await times(run, seconds * WARM_UP_SHARE)
    const found = await times(run, seconds)
    const ms = median(found)
    const gflops = one.flops / ms / 1e6
    const share = gflops / (ceiling * (one.group === 'kernel' ? 1 : threads))
    return { group: one.group, name: one.name, ms, runs: found.length, gflops, share }
  } finally {
    end?.()
  }
}

async function times(run: () => unknown, seconds: number): Promise<number[]> {
  const found: number[] = []
  const until = performance.now() + 1000 * seconds
  while (found.length < LEAST_RUNS || performance.now() < until) {
    const start = performance.now()
    const timed = await run()
    found.push(timed instanceof Milliseconds ? timed.value : performance.now() - start)
  }
  return found
}
