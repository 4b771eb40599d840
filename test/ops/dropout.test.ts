import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { valueAndGrad } from '../../src/autograd.ts'
import { ArgumentError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import { ones, tensor } from '../../src/ops/create.ts'
import { dropout } from '../../src/ops/dropout.ts'
import { setSeed } from '../../src/ops/random.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { tidy } from '../../src/tensor.ts'
import { expectRefusal } from '../helpers/refusals.ts'
import { expectNoLeak, floats, ours } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

describe('dropout', () => {
  it.each([0.1, 0.25, 0.5, 0.9])('drops a share of %f and scales up the rest', (rate) => {
    tidy(() => {
      const n = 100_000
      const y = dropout(ones([n]), rate, undefined, 7).dataSync()
      const dropped = y.filter((value) => value === 0).length / n
      // Five standard deviations of a binomial share.
      expect(Math.abs(dropped - rate)).toBeLessThan(5 * Math.sqrt((rate * (1 - rate)) / n))
      for (const value of y) expect(value === 0 || value === Math.fround(1 / (1 - rate))).toBe(true)
    })
  })

  it('passes the gradient where it passed the value', () => {
    tidy(() => {
      const [x, dy] = [ours(floats([1000], { low: 1, high: 2 })), ours(floats([1000], { seed: 2, low: 1, high: 2 }))]
      const { value, grad } = valueAndGrad((x) => dropout(x, 0.5, undefined, 3))(x, dy)
      const [y, dx] = [value.dataSync(), grad.dataSync()]
      dy.dataSync().forEach((weight, i) => expect(dx[i]).toBe(y[i] === 0 ? 0 : 2 * weight))
    })
  })

  it('repeats a seed, and draws anew without one', () => {
    tidy(() => {
      const x = ones([1000])
      expect(dropout(x, 0.5, undefined, 3).dataSync()).toEqual(dropout(x, 0.5, undefined, 3).dataSync())
      expect(dropout(x, 0.5).dataSync()).not.toEqual(dropout(x, 0.5).dataSync())
      setSeed(5)
      const first = dropout(x, 0.5).dataSync()
      setSeed(5)
      expect(dropout(x, 0.5).dataSync()).toEqual(first)
    })
  })

  it('drops whole rows where the mask is broadcast', () => {
    tidy(() => {
      const y = dropout(ones([50, 3]), 0.5, [50, 1], 1).arraySync() as number[][]
      for (const row of y) expect(new Set(row).size).toBe(1)
      expect(new Set(y.flat())).toEqual(new Set([0, 2]))
    })
  })

  it('keeps everything at rate 0, and leaves nothing behind', () => {
    const x = tensor([1, 2, 3])
    tidy(() => expect([...dropout(x, 0).dataSync()]).toEqual([1, 2, 3]))
    expectNoLeak(() => dropout(x, 0.5))
    expectNoLeak(() => dropout(x, 0.5, [1]))
    x.dispose()
  })

  it.each([1, -0.1, Number.NaN, 2])('refuses a rate of %f', (rate) => {
    tidy(() => {
      const run = (): unknown => dropout(ones([3]), rate)
      expectRefusal(
        run,
        ArgumentError,
        `dropout: expected rate to be a finite number of at least 0 and below 1, received ${rate}`,
      )
    })
  })
})
