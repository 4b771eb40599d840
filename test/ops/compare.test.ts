import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grad } from '../../src/autograd.ts'
import { init } from '../../src/init.ts'
import { mul } from '../../src/ops/arithmetic.ts'
import * as compare from '../../src/ops/compare.ts'
import { tensor } from '../../src/ops/create.ts'
import { square } from '../../src/ops/unary.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { tidy } from '../../src/tensor.ts'
import { expectSameBits } from '../helpers/compare.ts'
import { bools, expectLikeTfjs, expectNoLeak, floats, integers, values } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const { greater, logicalAnd, logicalNot, logicalOr, where } = compare
/** By name. */
const OPS = { ...compare }
const COMPARISONS = ['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'] as const

describe.each(COMPARISONS)('%s', (name) => {
  const specials = [0, -0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]

  it('agrees with TF.js on every pair of special values', () => {
    expectLikeTfjs((ops, a, b) => ops[name](a, b), [values([7, 1], ...specials), values([7], ...specials)])
  })

  it('broadcasts, also by five axes', () => {
    const small = values([3, 1], 1, 2, 3)
    expectLikeTfjs((ops, a, b) => ops[name](a, b), [values([5], 1, 2, 3, 2, 1), small])
    expectLikeTfjs((ops, a, b) => ops[name](a, b), [floats([2, 1, 3, 1, 2]), floats([1, 3, 1, 2, 1])])
  })

  it('compares int32 exactly beyond 2²⁴', () => {
    expectLikeTfjs((ops, a, b) => ops[name](a, b), [integers([3], 16777216, 16777217, 5), integers([], 16777217)])
  })

  it('takes int32 beside float32, and bool', () => {
    expectLikeTfjs((ops, a, b) => ops[name](a, b), [integers([3], 1, 2, 3), values([3], 1.5, 2, 2.5)])
    expectLikeTfjs((ops, a, b) => ops[name](a, b), [bools([4], 0, 0, 1, 1), bools([4], 0, 1, 0, 1)])
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() => [OPS[name]([1, 2], 1), OPS[name](Int32Array.of(1), [true])])
  })
})

describe('logic', () => {
  const [a, b] = [bools([4, 1], 0, 0, 1, 1), bools([2], 0, 1)]

  it('agrees with TF.js', () => {
    expectLikeTfjs((ops, a, b) => ops.logicalAnd(a, b), [a, b])
    expectLikeTfjs((ops, a, b) => ops.logicalOr(a, b), [a, b])
    expectLikeTfjs((ops, a) => ops.logicalNot(a), [a])
  })

  it('counts what is not 0 as true', () => {
    tidy(() => {
      expect([...logicalAnd(tensor([0, 0.5, Number.NaN]), 1).dataSync<'bool'>()]).toEqual([0, 1, 1])
      expect([...logicalOr(tensor([0, 7], [2], 'int32'), false).dataSync<'bool'>()]).toEqual([0, 1])
      expect([...logicalNot([0, -2]).dataSync<'bool'>()]).toEqual([1, 0])
    })
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() => [logicalAnd([true], 1), logicalOr([true], [false]), logicalNot([1, 0])])
  })
})

describe('where', () => {
  it.each([
    ['equal shapes', [2, 3], [2, 3], [2, 3]],
    ['a condition for each row', [2, 1], [2, 3], [2, 3]],
    ['a scalar choice', [2, 3], [], [3]],
    ['three shapes that stretch', [2, 1, 1], [1, 3, 1], [1, 1, 4]],
  ])('agrees with TF.js: %s', (_, condition, a, b) => {
    const size = condition.reduce((product, n) => product * n, 1)
    const mask = bools(condition, ...Array.from({ length: size }, (_, i) => Number(i % 3 !== 1)))
    expectLikeTfjs((ops, c, a, b) => ops.where(c, a, b), [mask, floats(a), floats(b, { seed: 2 })])
  })

  it('agrees with TF.js on int32', () => {
    expectLikeTfjs((ops, c, a, b) => ops.where(c, a, b), [bools([2], 1, 0), integers([2], 1, 2), integers([], 2 ** 30)])
  })

  it('of two bool is bool', () => {
    expectLikeTfjs((ops, c, a, b) => ops.where(c, a, b), [bools([2], 1, 0), bools([2], 0, 0), bools([2], 1, 1)])
  })

  it('does not let a NaN through that is not chosen, forward and backward', () => {
    tidy(() => {
      const x = tensor([1, 2])
      const f = (x: typeof x2): typeof x2 => where([true, false], x, mul(x, Number.NaN))
      const x2 = x
      expectSameBits(f(x).dataSync(), [1, Number.NaN])
      expectSameBits(grad((x) => where([true, true], x, mul(x, 0)))(x).dataSync(), [1, 1])
      expectSameBits(where([true, false], [1, Number.NaN], [Number.NaN, 2]).dataSync(), [1, 2])
    })
  })

  it('can be differentiated twice, through a condition on x', () => {
    tidy(() => {
      const f = (x: ReturnType<typeof tensor>): ReturnType<typeof tensor> => where(greater(x, 0), square(x), 0)
      expectSameBits(grad((x) => grad(f)(x))(tensor([3, -3])).dataSync(), [2, 0])
    })
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() => [where([true, false], 1, 2), where(1, [1, 2], Int32Array.of(3, 4))])
  })

  it('names shapes that do not fit', () => {
    expect(() => where([true, false], [1, 2, 3], 0)).toThrow(
      'where: expected shapes that are equal or 1 along each axis, counted from the last, received [2] and [3]',
    )
  })
})

it('no gradient passes a comparison', () => {
  const x = tensor([1, 2])
  expect(() => grad((x) => greater(x, 1).toFloat())(x)).toThrow(
    'grad: expected a function whose result depends on each argument, received one that ignores argument 0',
  )
  x.dispose()
})
