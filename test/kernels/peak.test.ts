/** The kernel that does nothing but multiply and add does multiply and add: its chains have a closed form. */

import { describe, expect, it } from 'vitest'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'

/** The sum over the starts 0 … 11 of x after `steps` steps of x ← (x + 1) / 2, which float32 has exactly. */
function chains(steps: number): number {
  let sum = 0
  for (let start = 0; start < 12; start++) sum += 1 + (start - 1) / 2 ** steps
  return sum
}

describe.each(BUILDS)('multiplyAdds of the %s build', (build) => {
  it.each([0, 1, 4])('does two steps of each chain in each of %i rounds', async (rounds) => {
    const bench = await KernelBench.open(build)
    const y = bench.output(5)
    bench.run('multiplyAdds', [y, 0.5, rounds], 5, { parts: 2 })
    expect([...bench.read(y, 5)]).toEqual(Array(5).fill(chains(2 * rounds)))
    bench.reset()
  })
})
