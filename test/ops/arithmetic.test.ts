import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grad } from '../../src/autograd.ts'
import { ShapeError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import { add, addN, div, maximum, minimum, mul, squaredDifference, sub } from '../../src/ops/arithmetic.ts'
import { scalar, tensor } from '../../src/ops/create.ts'
import { pow } from '../../src/ops/pow.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { broadcastShape } from '../../src/shape.ts'
import { memory, type Tensor, type TensorLike, tidy } from '../../src/tensor.ts'
import { expectClose } from '../helpers/compare.ts'
import { bools, expectLikeTfjs, expectNoLeak, floats, integers, type Ops, ours, values } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

type BinaryName = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'pow' | 'squaredDifference'
const NAMES: BinaryName[] = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'pow', 'squaredDifference']

/** Pairs of shapes, each for a way that axes are merged. */
const SHAPES: [reason: string, a: number[], b: number[]][] = [
  ['equal shapes', [3, 5], [3, 5]],
  ['a row for each row', [4, 6], [6]],
  ['a column for each column', [4, 6], [4, 1]],
  ['a scalar', [2, 3, 4], []],
  ['a scalar on the left', [], [7]],
  ['sizes of 1 in other places', [1, 5], [5, 1, 1]],
  ['channels of images', [2, 3, 3, 5], [5]],
  ['both repeated', [3, 1, 4], [1, 5, 4]],
  ['repeated in the middle', [2, 3, 4], [2, 1, 4]],
  ['five axes by turns', [2, 1, 3, 1, 2], [1, 3, 1, 2, 1]],
  ['five axes, one operand whole', [2, 2, 3, 2, 2], [2, 1, 3, 1, 2]],
  ['a short row for many, joined by sixteens', [64, 4, 20], [20]],
  ['a short row on the left, joined by twos', [17], [258, 17]],
  ['no elements', [0, 3], [1, 3]],
]

describe.each(NAMES)('%s', (name) => {
  const op = (ops: Ops, a: Tensor, b: Tensor): Tensor => ops[name](a, b)
  // A power of a negative number is NaN, and its gradient by the exponent is not TF.js's affair.
  const range = name === 'pow' ? { low: 0.2, high: 2 } : { low: -2, high: 2 }

  it.each(SHAPES)('agrees with TF.js: %s', (_, a, b) => {
    // TF.js does not sum the gradients of maximum, minimum and squaredDifference to the operands' shapes.
    const shape = [...broadcastShape('test', a, b)]
    const oracle = (ops: Ops, a: Tensor, b: Tensor): Tensor =>
      ops[name](ops.add(a, ops.zeros(shape)), ops.add(b, ops.zeros(shape)))
    const options = { oracle, relative: 4e-6, gradient: !a.includes(0) }
    expectLikeTfjs(op, [floats(a, range), floats(b, { ...range, seed: 2 })], options)
  })

  it('leaves nothing behind of number operands', () => {
    const x = tensor([1, 2, 3])
    expectNoLeak(() => {
      const OPS = { add, sub, mul, div, maximum, minimum, pow, squaredDifference }
      return [OPS[name](x, 2), OPS[name](2, x), OPS[name](x, [4, 5, 6]), OPS[name](x, Int32Array.of(7, 8, 9))]
    })
    x.dispose()
  })
})

describe('dtypes', () => {
  it.each(NAMES)('%s of int32 stays int32', (name) => {
    const b = name === 'pow' ? integers([4], 2, 3, 1, 0) : integers([4], 2, -3, 5, 4)
    expectLikeTfjs((ops, a, b) => ops[name](a, b), [integers([4], 7, -7, 0, -1), b])
  })

  it.each(NAMES)('%s of int32 and float32 is float32', (name) => {
    expectLikeTfjs((ops, a, b) => ops[name](a, b), [integers([3], 1, 2, 3), floats([3], { low: 1 })], {
      gradient: false,
    })
  })

  it('int32 beyond 2²⁴ is exact', () => {
    expectLikeTfjs((ops, a, b) => ops.add(a, b), [integers([2], 16777217, 2 ** 30), integers([2], 2, 12345)])
    expectLikeTfjs((ops, a, b) => ops.mul(a, b), [integers([2], 46341, -30001), integers([], 30011)])
  })

  it('int32 broadcasts', () => {
    expectLikeTfjs((ops, a, b) => ops.sub(a, b), [integers([2, 1, 2], 1, 2, 3, 4), integers([3, 1], 10, 20, 30)])
  })

  it('a number is float32, as in TF.js', () => {
    expectLikeTfjs((ops, a) => ops.mul(a, 2.5), [integers([2], 3, 4)], { gradient: false })
  })

  it('bool counts as 0 and 1', () => {
    const a = ours(bools([3], 1, 0, 1))
    const y = add(a, a)
    expect(y.dtype).toBe('int32')
    expect([...y.dataSync()]).toEqual([2, 0, 2])
    y.dispose()
    a.dispose()
  })

  it('int32 divided by 0 is 0', () => {
    expectLikeTfjs((ops, a, b) => ops.div(a, b), [integers([2], 5, -5), integers([2], 0, 0)])
  })

  it('negative int32 powers are truncated', () => {
    const y = pow(ours(integers([4], 2, 1, -1, -1)), ours(integers([4], -1, -3, -3, -2)))
    expect([...y.dataSync()]).toEqual([0, 1, -1, 1])
  })
})

describe('special values', () => {
  const specials = [0, -0, 1, -2.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  const left = values([7, 1], ...specials)
  const right = values([7], ...specials)

  it.each(['add', 'sub', 'mul', 'div', 'squaredDifference'] as const)('%s as IEEE 754 has it', (name) => {
    expectLikeTfjs((ops, a, b) => ops[name](a, b), [left, right], { gradient: false, relative: 0, absolute: 0 })
  })

  it.each(['maximum', 'minimum'] as const)('%s propagates NaN', (name) => {
    expectLikeTfjs((ops, a, b) => ops[name](a, b), [left, right], { gradient: false, relative: 0, absolute: 0 })
  })

  it('pow as IEEE 754 has it: as Math.pow, but 1 to any power is 1, also to NaN and ±Infinity', () => {
    const y = pow(ours(left), ours(right))
    const expected = specials.flatMap((a) => specials.map((b) => (a === 1 ? 1 : a ** b)))
    expectClose(y.dataSync(), expected)
  })

  it('a tie gives the gradient to a', () => {
    const tie = values([2], 1, 1)
    expectLikeTfjs((ops, a, b) => ops.maximum(a, b), [tie, tie])
    expectLikeTfjs((ops, a, b) => ops.minimum(a, b), [tie, tie])
  })

  it('the gradient of x⁰ is 0 at 0, and that of x¹ is 1', () => {
    const x = tensor([0, 2])
    expect([...grad((x) => pow(x, 0))(x).dataSync()]).toEqual([0, 0])
    expect([...grad((x) => pow(x, 1))(x).dataSync()]).toEqual([1, 1])
  })

  it('the gradient by an exponent is 0 where the base is not above 0', () => {
    expectLikeTfjs((ops, a, b) => ops.pow(a, b), [values([3], 0, -2, 3), values([3], 2, 3, 2)])
  })
})

describe('second derivatives', () => {
  /** f″ at x, from the library and in closed form. */
  const CASES: [string, (x: Tensor) => Tensor, (x: number) => number][] = [
    ['x³ by mul', (x) => mul(mul(x, x), x), (x) => 6 * x],
    ['x⁴ by pow', (x) => pow(x, 4), (x) => 12 * x * x],
    ['2ˣ', (x) => pow(2, x), (x) => Math.log(2) ** 2 * 2 ** x],
    ['1 / x', (x) => div(1, x), (x) => 2 / x ** 3],
    ['(x − 3)²', (x) => squaredDifference(x, 3), () => 2],
    ['max(x², 1)', (x) => maximum(mul(x, x), 1), (x) => (x * x > 1 ? 2 : 0)],
    ['x + x · x', (x) => add(x, mul(x, x)), () => 2],
  ]

  it.each(CASES)('%s', (_, f, expected) => {
    const points = [0.3, 0.7, 1.2, 2.5]
    tidy(() => {
      const second = grad((x) => grad(f)(x))(tensor(points))
      expectClose(second.dataSync(), points.map(expected), { relative: 1e-5 })
    })
  })

  it('of a broadcast product', () => {
    tidy(() => {
      const row = tensor([1, 2, 3])
      // Σ (x·r)² over rows: the gradient is 2 x Σ r², the second one 2 Σ r² = 28.
      const f = (x: Tensor): Tensor => pow(mul(x, row), 2)
      const second = grad((x) => grad(f)(x))(tensor([[1], [2]]))
      expectClose(second.dataSync(), [28, 28])
    })
  })
})

describe('addN', () => {
  it('agrees with TF.js', () => {
    const inputs = [floats([3, 4]), floats([3, 4], { seed: 2 }), floats([3, 4], { seed: 3 })]
    expectLikeTfjs((ops, ...xs) => ops.addN(xs), inputs)
    expectLikeTfjs((ops, a, b) => ops.addN([a, b]), [integers([2], 1, 16777217), integers([2], 3, 4)])
  })

  it('refuses other shapes, and nothing at all', () => {
    expect(() => addN([[1, 2], [1]])).toThrow('addN: expected tensors of shape [2], received [1]')
    expect(() => addN([])).toThrow('addN: expected tensors to be a list of at least one tensor, received none')
    expect(() => addN([[true], [false]])).toThrow('addN: expected float32 or int32 tensors, received bool')
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() => addN([[1, 2], Int32Array.of(3, 4)]))
  })
})

describe('bad arguments', () => {
  it('names both shapes that do not fit', () => {
    expect(() => add([1, 2, 3], [1, 2])).toThrow(
      'add: expected shapes that are equal or 1 along each axis, counted from the last, received [3] and [2]',
    )
  })

  it('leaves nothing behind when it fails', () => {
    const before = memory().numDataBuffers
    expect(() => add([1, 2, 3], [1, 2])).toThrow(ShapeError)
    expect(memory().numDataBuffers).toBe(before)
  })

  it('names an argument that is no tensor', () => {
    expect(() => sub(undefined as unknown as TensorLike, 1)).toThrow(
      'sub: expected a to be a tensor or values for one, received undefined',
    )
    expect(() => div(1, 'two' as unknown as TensorLike)).toThrow(
      "div, b: expected numbers, booleans, arrays of them or a typed array, received 'two'",
    )
  })

  it('refuses a disposed tensor', () => {
    const x = scalar(1)
    x.dispose()
    expect(() => minimum(x, 1)).toThrow(
      'minimum: expected a tensor that has not been disposed, received a disposed one of shape [] — keep() it or return it from tidy()',
    )
  })
})
