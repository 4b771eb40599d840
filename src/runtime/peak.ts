/**
 * The ceiling that kernels are held against: how many floating-point operations per second this machine does when it does
 * nothing but multiply and add, on the threads of a runtime and with its build.
 */

import type { Runtime } from './runtime.ts'
import { special } from './sets/special.ts'

/** Operations of a round of the kernel. */
const ROUND = 192
const ROUNDS = 1024
/** Some milliseconds at once, cut into enough pieces for any number of threads. */
const EXTENT = 1024

/** The multiply-add peak in GFLOP/s: the best of several runs within `ms` milliseconds, after one to warm up. */
export function probePeak(owner: Runtime, ms = 200): number {
  return owner.withScratch(4 * EXTENT, 'probePeak', (y) => {
    const axis = { extent: EXTENT, work: ROUNDS, grain: 1 }
    const until = performance.now() + ms
    let best = Number.POSITIVE_INFINITY
    for (let run = 0; run < 3 || performance.now() < until; run++) {
      const begun = performance.now()
      owner.use(special).run('multiplyAdds', axis, y, 0.5, ROUNDS)
      best = Math.min(best, performance.now() - begun)
    }
    return (ROUND * ROUNDS * EXTENT) / best / 1e6
  })
}
