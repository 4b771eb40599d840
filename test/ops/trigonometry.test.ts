import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { init } from '../../src/init.ts'
import { tensor } from '../../src/ops/create.ts'
import * as trigonometry from '../../src/ops/trigonometry.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { tidy } from '../../src/tensor.ts'
import { expectClose } from '../helpers/compare.ts'
import { expectLikeTfjs, expectNoLeak, floats } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

type Name = Exclude<keyof typeof trigonometry, 'atan2' | 'erf'>

const TABLE: [name: Name, low: number, high: number][] = [
  ['sin', -9, 9],
  ['cos', -9, 9],
  ['tan', -1.4, 1.4],
  ['asin', -0.95, 0.95],
  ['acos', -0.95, 0.95],
  ['atan', -9, 9],
  ['sinh', -5, 5],
  ['cosh', -5, 5],
  ['asinh', -9, 9],
  ['acosh', 1.1, 9],
  ['atanh', -0.9, 0.9],
]

/** Magnitudes over the whole range of float32, of both signs. */
const RANGE = Array.from({ length: 4000 }, (_, i) =>
  Math.fround((i % 2 ? -1 : 1) * 2 ** (((i * 0.618034) % 1) * 250 - 125)),
)
const SPECIALS = [0, -0, 1, -1, 0.5, Number.NaN, Infinity, -Infinity]

describe.each(TABLE)('%s', (name, low, high) => {
  it('agrees with TF.js, value and gradient', () => {
    // Next to a pole or a zero the slope of a float32 is a float32's.
    expectLikeTfjs((ops, x) => ops[name](x), [floats([5, 7], { low, high })], { relative: 1e-5, absolute: 2e-6 })
  })

  it('is right to a rounding over the whole range, and where nothing is', () => {
    const values = [...RANGE, ...SPECIALS]
    tidy(() => {
      const y = trigonometry[name](tensor(values)).dataSync()
      expectClose(
        y,
        Float32Array.from(values, (x) => Math[name](x)),
        { relative: 1.3e-7, absolute: 2 ** -149 },
        name,
      )
    })
  })

  it('takes integers, and leaves nothing behind', () => {
    expectNoLeak(() => [trigonometry[name](1), trigonometry[name](Int32Array.of(1)), trigonometry[name]([true])])
  })
})

describe('erf', () => {
  it('is the error function', () => {
    tidy(() => {
      // By Abramowitz & Stegun, table 7.1, and the limits.
      const y = trigonometry.erf([0, 0.1, 0.5, 1, 2, 3.5, 5, -1, Infinity, -Infinity, Number.NaN, 1e-20])
      const expected = [
        0, 0.112462916018285, 0.520499877813047, 0.842700792949715, 0.995322265018953, 0.999999256901628,
      ]
      expectClose(y.dataSync(), [...expected, 1, -0.842700792949715, 1, -1, Number.NaN, 1.12837916709551e-20], {
        relative: 1.3e-7,
        absolute: 0,
      })
    })
  })

  it('agrees with TF.js, gradient too, which is right to 2e-7 itself', () => {
    expectLikeTfjs((ops, x) => ops.erf(x), [floats([5, 7])], { absolute: 1e-6 })
  })
})

describe('atan2', () => {
  it('agrees with TF.js and broadcasts', () => {
    expectLikeTfjs((ops, a, b) => ops.atan2(a, b), [floats([4, 5]), floats([5], { seed: 2 })], {
      relative: 2e-5,
      absolute: 2e-6,
    })
  })

  it('knows the signs of zeros and infinities', () => {
    const values = [0, -0, 1, -1, Infinity, -Infinity, Number.NaN]
    const pairs = values.flatMap((a) => values.map((b) => [a, b] as const))
    tidy(() => {
      const y = trigonometry.atan2(
        pairs.map(([a]) => a),
        pairs.map(([, b]) => b),
      )
      expectClose(
        y.dataSync(),
        Float32Array.from(pairs, ([a, b]) => Math.atan2(a, b)),
      )
      pairs.forEach(([a, b], i) => expect(Object.is(y.dataSync()[i], -0)).toBe(Object.is(Math.atan2(a, b), -0)))
    })
  })
})
