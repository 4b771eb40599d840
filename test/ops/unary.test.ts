import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grad } from '../../src/autograd.ts'
import { init } from '../../src/init.ts'
import { tensor } from '../../src/ops/create.ts'
import * as unary from '../../src/ops/unary.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { memory, type Tensor, tidy } from '../../src/tensor.ts'
import { expectClose, expectSameBits } from '../helpers/compare.ts'
import { expectLikeTfjs, expectNoLeak, floats, integers, values } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const { exp, log, log1p, expm1, sqrt, rsqrt, square, abs, neg, reciprocal, sign, clipByValue } = unary

const OPS = { ...unary }
type UnaryName = Exclude<keyof typeof OPS, 'clipByValue'>

/** Each op with the interval of its inputs. */
const TABLE: [name: UnaryName, low: number, high: number][] = [
  ['exp', -5, 5],
  ['log', 0.1, 8],
  ['log1p', -0.8, 8],
  ['expm1', -5, 5],
  ['sqrt', 0.1, 8],
  ['rsqrt', 0.1, 8],
  ['square', -5, 5],
  ['abs', -5, 5],
  ['neg', -5, 5],
  ['reciprocal', 0.2, 5],
  ['sign', -5, 5],
  ['floor', -5, 5],
  ['ceil', -5, 5],
  ['round', -5, 5],
]

describe.each(TABLE)('%s', (name, low, high) => {
  it('agrees with TF.js, value and gradient', () => {
    expectLikeTfjs((ops, x) => ops[name](x), [floats([5, 7], { low, high })], { relative: 4e-6 })
  })

  it('takes a scalar, and a tensor without elements', () => {
    expectLikeTfjs((ops, x) => ops[name](x), [floats([], { low, high })], { relative: 4e-6 })
    expectLikeTfjs((ops, x) => ops[name](x), [floats([0, 3])], { gradient: false })
  })

  it('leaves nothing behind of values that are no tensors', () => {
    expectNoLeak(() => [OPS[name](2), OPS[name]([1, 2]), OPS[name](Int32Array.of(1, 2))])
  })
})

describe('special values', () => {
  const specials = [0, -0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]

  it.each(TABLE)('%s', (name) => {
    const y = OPS[name](specials)
    expectClose(y.dataSync(), specials.map(referenceOf(name)))
    y.dispose()
  })
})

/** The op by the host's Math. */
function referenceOf(name: UnaryName): (x: number) => number {
  if (name === 'neg') return (x) => -x
  if (name === 'square') return (x) => x * x
  if (name === 'reciprocal') return (x) => 1 / x
  if (name === 'rsqrt') return (x) => 1 / Math.sqrt(x)
  return Math[name as 'exp' | 'log' | 'log1p' | 'expm1' | 'sqrt' | 'abs' | 'sign' | 'floor' | 'ceil' | 'round']
}

describe('dtypes', () => {
  it.each(['neg', 'abs', 'square', 'sign', 'round'] as const)('%s of int32 stays int32', (name) => {
    expectLikeTfjs((ops, x) => ops[name](x), [integers([4], 5, -3, 0, name === 'square' ? 4099 : 16777217)])
  })

  it.each(['floor', 'ceil'] as const)('%s of int32, which TF.js refuses, is the same int32', (name) => {
    const y = OPS[name](Int32Array.of(-3, 16777217))
    expect(y.dtype).toBe('int32')
    expect([...y.dataSync()]).toEqual([-3, 16777217])
    y.dispose()
  })

  it('square wraps as int32 does', () => {
    const y = square(tensor([46341], [1], 'int32'))
    expect(y.dataSync()[0]).toBe(Math.imul(46341, 46341))
    y.dispose()
  })

  it.each(['exp', 'sqrt', 'reciprocal'] as const)('%s of int32 is float32', (name) => {
    const y = OPS[name](tensor([1, 4], [2], 'int32'))
    expect(y.dtype).toBe('float32')
    expectClose(y.dataSync(), [1, 4].map(referenceOf(name)))
    y.dispose()
  })
})

describe('gradients where they are delicate', () => {
  it('that of |x| is 0 at 0', () => {
    tidy(() => expectSameBits(grad(abs)(tensor([-2, 0, 3])).dataSync(), [-1, 0, 1]))
  })

  it('that of eˣ − 1 keeps its digits far below 0', () => {
    tidy(() => expectClose(grad(expm1)(tensor([-30])).dataSync(), [Math.exp(-30)], { absolute: 0, relative: 1e-6 }))
  })

  it.each(['sign', 'floor', 'ceil', 'round'] as const)('that of %s is 0', (name) => {
    tidy(() => expectSameBits(grad(OPS[name])(tensor([-1.5, 0.3])).dataSync(), [0, 0]))
  })
})

describe('second derivatives', () => {
  const CASES: [string, (x: Tensor) => Tensor, (x: number) => number][] = [
    ['exp', exp, Math.exp],
    ['log', log, (x) => -1 / x ** 2],
    ['log1p', log1p, (x) => -1 / (1 + x) ** 2],
    ['expm1', expm1, Math.exp],
    ['sqrt', sqrt, (x) => -0.25 * x ** -1.5],
    ['rsqrt', rsqrt, (x) => 0.75 * x ** -2.5],
    ['square', square, () => 2],
    ['reciprocal', reciprocal, (x) => 2 / x ** 3],
    ['abs ∘ square', (x) => abs(square(x)), () => 2],
    ['neg ∘ square', (x) => neg(square(x)), () => -2],
    ['sign · x²', (x) => sign(x).mul(square(x)), () => 2],
    ['clip(x², 0.5, 2)', (x) => clipByValue(square(x), 0.5, 2), (x) => (x * x > 0.5 && x * x < 2 ? 2 : 0)],
  ]

  it.each(CASES)('%s', (_, f, expected) => {
    tidy(() => {
      const points = [0.3, 0.9, 1.3, 2.5]
      expectClose(grad((x) => grad(f)(x))(tensor(points)).dataSync(), points.map(expected), { relative: 1e-5 })
    })
  })

  it('the third of log', () => {
    tidy(() => {
      const third = grad((x) => grad((x) => grad(log)(x))(x))
      expectClose(third(tensor([0.5, 2])).dataSync(), [16, 0.25], { relative: 1e-5 })
    })
  })
})

describe('clipByValue', () => {
  it('agrees with TF.js', () => {
    expectLikeTfjs((ops, x) => ops.clipByValue(x, -0.5, 1.25), [floats([4, 9])])
    expectLikeTfjs((ops, x) => ops.clipByValue(x, -2, 3), [integers([4], -7, 2, 3, 9)])
  })

  it('passes the gradient at the bounds', () => {
    expectLikeTfjs((ops, x) => ops.clipByValue(x, -1, 1), [values([4], -1, 1, -1.5, 1.5)])
  })

  it('takes infinite bounds, and lets NaN be', () => {
    tidy(() => {
      const x = tensor([Number.NaN, -5, 5])
      expectSameBits(clipByValue(x, 0, Number.POSITIVE_INFINITY).dataSync(), [Number.NaN, 0, 5])
    })
  })

  it('refuses bounds that cross, and NaN', () => {
    expect(() => clipByValue([1], 2, 1)).toThrow(
      'clipByValue: expected clipValueMin of at most clipValueMax, received 2 and 1',
    )
    expect(() => clipByValue([1], Number.NaN, 1)).toThrow('received NaN and 1')
    expect(() => clipByValue([1], 0, '6' as unknown as number)).toThrow("received 0 and '6'")
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() => [clipByValue([1, 2], 0, 1), clipByValue(Int32Array.of(1), 0, 1)])
  })
})

describe('isNaN', () => {
  it('agrees with TF.js', () => {
    expectLikeTfjs((ops, x) => ops.isNaN(x), [values([5], 1, Number.NaN, Number.POSITIVE_INFINITY, 0, -Number.NaN)])
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() => [OPS.isNaN([1, Number.NaN]), OPS.isNaN(Int32Array.of(1))])
  })
})

it('gradients leave nothing behind', () => {
  const x = tensor([0.5, 1.5])
  const before = memory().numDataBuffers
  for (const [name] of TABLE) grad(OPS[name])(x).dispose()
  expect(memory().numDataBuffers).toBe(before)
  x.dispose()
})
