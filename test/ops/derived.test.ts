/** Filters that are kept in the form that kernels take, as long as they do not change. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { init } from '../../src/init.ts'
import { conv2d } from '../../src/ops/conv2d.ts'
import { tensor, variable } from '../../src/ops/create.ts'
import { sum } from '../../src/ops/sum.ts'
import { sgd } from '../../src/optimizers/sgd.ts'
import { runtime, shutdown } from '../../src/runtime/runtime.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'
import { expectSameBits } from '../helpers/compare.ts'
import { floats, ours } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

/** How often a kernel is called while `run` runs. */
function callsOf(kernel: string, run: () => void): number {
  const owner = runtime('test')
  let calls = 0
  owner.observer = (name) => {
    if (name === kernel) calls++
  }
  run()
  owner.observer = undefined
  return calls
}

/** The values of a convolution. */
function convolved(x: Tensor, filter: Tensor): ArrayLike<number> {
  return tidy(() => conv2d(x, filter, 1, 'valid').dataSync())
}

describe.each([
  { way: 'Winograd', kernel: 'winogradFilter', x: [2, 10, 14, 8], filter: [3, 3, 8, 16] },
  { way: 'direct', kernel: 'packB', x: [2, 6, 7, 3], filter: [2, 3, 3, 5] },
  { way: 'direct, in groups', kernel: 'packB', x: [2, 6, 7, 6], filter: [2, 3, 2, 9] },
])('a filter, $way', ({ kernel, x: xShape, filter: filterShape }) => {
  it('is made ready once, and again when its variable has changed', () => {
    const [x, other] = [ours(floats(xShape)), ours(floats(filterShape, { seed: 9 }))]
    const filter = variable(ours(floats(filterShape, { seed: 2 })))
    const calls = (): number => callsOf(kernel, () => convolved(x, filter))
    const groups = xShape[3]! / filterShape[2]!
    const first = convolved(x, filter)
    expect(calls()).toBe(0)
    expectSameBits(convolved(x, filter), first)
    filter.assign(other)
    expect(calls()).toBe(groups)
    expectSameBits(convolved(x, filter), convolved(x, other))
    // A step of an optimizer, whose pass is recorded and so makes it ready anew.
    sgd(0.5).minimize(() => sum(conv2d(x, filter, 1, 'valid')))
    const changed = tensor(filter.dataSync(), filter.shape)
    expectSameBits(convolved(x, filter), convolved(x, changed))
    filter.view()[1] = 3
    changed.view()[1] = 3
    expectSameBits(convolved(x, filter), convolved(x, changed))
    const before = runtime('test').memory.usedBytes
    filter.dispose()
    // What was kept goes with it.
    expect(before - runtime('test').memory.usedBytes).toBeGreaterThan(2 * 4 * other.size)
    for (const t of [x, other, changed]) t.dispose()
  })
})

it('a filter is packed anew for other groups', () => {
  const filter = variable(ours(floats([2, 2, 2, 12], { seed: 2 })))
  const plain = tensor(filter.dataSync(), filter.shape)
  for (const channels of [2, 4, 6, 2, 12]) {
    const x = ours(floats([1, 5, 5, channels]))
    expectSameBits(convolved(x, filter), convolved(x, plain))
    x.dispose()
  }
  for (const t of [filter, plain]) t.dispose()
})
