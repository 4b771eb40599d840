import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grad } from '../../src/autograd.ts'
import { init } from '../../src/init.ts'
import { mul } from '../../src/ops/arithmetic.ts'
import { scalar, tensor } from '../../src/ops/create.ts'
import * as reduce from '../../src/ops/reduce.ts'
import { sum } from '../../src/ops/sum.ts'
import { square } from '../../src/ops/unary.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'
import { expectClose, expectSameBits } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'
import { bools, expectLikeTfjs, expectNoLeak, floats, integers, values } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const { all, any, argMax, argMin, max, mean, min, moments, norm, prod } = reduce
/** By name. */
const OPS = { ...reduce, sum }
const INFINITY = Number.POSITIVE_INFINITY

const REDUCTIONS = ['sum', 'mean', 'max', 'min', 'prod'] as const

/** Shapes and axes, each for a way that axes fall into runs. */
const CASES: [reason: string, shape: number[], axis: number | number[] | undefined, keepDims: boolean][] = [
  ['a row', [7], undefined, false],
  ['everything', [3, 4, 5], undefined, false],
  ['everything, kept', [3, 4], undefined, true],
  ['the last axis', [3, 17], 1, false],
  ['the first axis, more columns than a block', [5, 37], 0, false],
  ['a middle axis', [2, 3, 19], 1, false],
  ['a negative axis, kept', [2, 3, 4], -2, true],
  ['images to channels', [2, 3, 3, 5], [0, 1, 2], false],
  ['axes that are not neighbours', [2, 3, 4, 5], [0, 2], false],
  ['axes that are not neighbours, kept, in another order', [2, 3, 4], [2, 0], true],
  ['three runs', [2, 2, 2, 3, 2], [4, 0, 2], false],
  ['sizes of 1', [1, 3, 1, 4, 1], [0, 1, 2], false],
  ['an axis of size 1', [3, 1], 1, false],
  ['no axis', [2, 3], [], false],
  ['a scalar', [], undefined, false],
]

describe.each(REDUCTIONS)('%s', (name) => {
  it.each(CASES)('agrees with TF.js: %s', (_, shape, axis, keepDims) => {
    // TF.js's gradient of prod needs axes, and its other gradients an axis to reduce.
    const gradient = name !== 'prod' && !(Array.isArray(axis) && axis.length === 0)
    const input = floats(shape, { low: 0.5, high: 1.5 })
    expectLikeTfjs((ops, x) => ops[name](x, axis, keepDims), [input], { gradient, relative: 4e-6 })
  })

  it('takes null for all axes', () => {
    expectLikeTfjs((ops, x) => ops[name](x, null), [floats([2, 3])], { gradient: false })
  })

  it.each([
    [[0, 3], 0],
    [[0, 3], 1],
    [[2, 0, 20], 1],
    [[0], undefined],
  ])('of nothing is what IEEE has for it: %j along %j', (shape, axis) => {
    const y = OPS[name](tensor([], shape), axis)
    const nothing = { sum: 0, mean: Number.NaN, max: -INFINITY, min: INFINITY, prod: 1 }[name]
    expectSameBits([...y.dataSync(), 0], [...new Array(y.size).fill(nothing), 0])
    y.dispose()
  })

  it('lets NaN through', () => {
    expectLikeTfjs((ops, x) => ops[name](x, 1), [values([2, 3], 1, Number.NaN, 2, 3, 4, 5)], { gradient: false })
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() => [
      OPS[name]([
        [1, 2],
        [3, 4],
      ]),
      OPS[name](
        [
          [
            [1, 2],
            [3, 4],
          ],
          [
            [5, 6],
            [7, 8],
          ],
        ],
        [0, 2],
      ),
      OPS[name](Int32Array.of(1, 2)),
    ])
  })

  it('names an axis that is not there, and one that is given twice', () => {
    expect(() => OPS[name]([1, 2], 1)).toThrow(`${name}: expected axis to be an integer from -1 to 0, received 1`)
    expect(() => OPS[name]([[1]], [0, -2])).toThrow(`${name}: expected each axis once, received [0, -2]`)
    expect(() => OPS[name]([[1]], 0.5)).toThrow('received 0.5')
  })
})

describe('dtypes', () => {
  it.each(['sum', 'max', 'min', 'prod'] as const)('%s of int32 is int32', (name) => {
    const input = integers([2, 3], 3, -4, 5, 2, 1, 7)
    expectLikeTfjs((ops, x) => ops[name](x, 1), [input])
    expectLikeTfjs((ops, x) => ops[name](x, [0, 1], true), [input])
  })

  it('sum of int32 is exact beyond 2²⁴', () => {
    expectLikeTfjs((ops, x) => ops.sum(x), [integers([3], 2 ** 24, 1, 2 ** 29)])
  })

  it('sum of bool counts', () => {
    expectLikeTfjs((ops, x) => ops.sum(x, 0), [bools([2, 2], 1, 0, 1, 1)])
  })

  it('max of bool is bool', () => {
    expectLikeTfjs((ops, x) => ops.max(x), [bools([3], 0, 1, 0)])
  })

  it('mean of int32 is float32', () => {
    expectLikeTfjs((ops, x) => ops.mean(x, 0), [integers([2, 2], 1, 2, 2, 4)], { gradient: false })
  })
})

describe('long sums', () => {
  it('keep their digits over a million elements', () => {
    tidy(() => {
      const data = uniform(2 ** 20, 3, 0, 1)
      const exact = data.reduce((total, v) => total + v, 0)
      expectClose(sum(data).dataSync(), [exact], { relative: 2e-7 })
      expectClose(mean(data).dataSync(), [exact / data.length], { relative: 2e-7 })
    })
  })

  it('and along the first axis', () => {
    tidy(() => {
      const data = uniform(50000 * 3, 3, 0, 1)
      const columns = [0, 1, 2].map((c) => data.filter((_, i) => i % 3 === c).reduce((total, v) => total + v, 0))
      expectClose(sum(tensor(data, [50000, 3]), 0).dataSync(), columns, { relative: 2e-7 })
    })
  })
})

describe('gradients where they are delicate', () => {
  it('each of several maxima gets all of it, as in TF.js', () => {
    expectLikeTfjs((ops, x) => ops.max(x, 0), [values([4], 1, 3, 3, 2)])
    expectLikeTfjs((ops, x) => ops.min(x, 1), [values([2, 2], 1, 1, 3, 2)])
  })

  it('that of prod, with no, one and two zeros', () => {
    tidy(() => {
      const x = tensor([
        [2, 3, 4],
        [0, 3, 4],
        [0, 0, 4],
      ])
      const dx = grad((x) => prod(x, 1))(x, tensor([1, 10, 100]))
      expectClose(dx.dataSync(), [12, 8, 6, 120, 0, 0, 0, 0, 0])
    })
  })

  it('that of prod over several axes, against differences', () => {
    tidy(() => {
      const data = [0.5, -1.5, 2, 1.25, -0.75, 3, 1, 0.25]
      const dx = grad((x) => prod(x, [0, 2]))(tensor(data, [2, 2, 2]))
      const product = (values: number[], row: number): number =>
        [0, 1, 4, 5].reduce((total, i) => total * values[i + 2 * row]!, 1)
      const expected = data.map((_, i) => {
        const moved = (h: number): number[] => data.map((v, k) => (k === i ? v + h : v))
        const row = Math.floor(i / 2) % 2
        return (product(moved(1e-4), row) - product(moved(-1e-4), row)) / 2e-4
      })
      expectClose(dx.dataSync(), expected, { relative: 1e-5 })
    })
  })

  it('prod has no second derivative, and says so', () => {
    const x = tensor([1, 2])
    expect(() => grad((x: Tensor) => grad((x) => prod(x))(x))(x)).toThrow(
      'prodGrad: expected an op with a gradient, received prodGrad, which has none',
    )
    x.dispose()
  })

  it('second derivatives of sums and means', () => {
    tidy(() => {
      const x = tensor([
        [1, 2],
        [3, 4],
      ])
      // ∂/∂x Σ (Σ x²)² = 4 x Σ x²; its sum by x is 4 Σ x² + 8 x Σ x.
      const f = (x: Tensor): Tensor => square(sum(square(x)))
      const total = 30
      const second = grad((x) => grad(f)(x))(x)
      expectClose(
        second.dataSync(),
        [1, 2, 3, 4].map((v) => 4 * total + 8 * v * 10),
      )
      expectClose(grad((x) => grad((x) => mean(mul(square(x), x)))(x))(x).dataSync(), [1.5, 3, 4.5, 6])
    })
  })

  it('second derivative of a maximum', () => {
    tidy(() => {
      const second = grad((x: Tensor) => grad((x) => max(mul(square(x), x)))(x))(tensor([1, 3, 2]))
      expectClose(second.dataSync(), [0, 18, 0])
    })
  })
})

describe.each(['any', 'all'] as const)('%s', (name) => {
  const input = bools([2, 2, 3], 1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1)

  it.each([[undefined], [0], [[1, 2]], [[0, 2]], [-1]])('agrees with TF.js along %j', (axis) => {
    expectLikeTfjs((ops, x) => ops[name](x, axis), [input])
    expectLikeTfjs((ops, x) => ops[name](x, axis, true), [input])
  })

  it('of nothing is false for any, true for all', () => {
    tidy(() => {
      const f = name === 'any' ? any : all
      const nothing = name === 'any' ? 0 : 1
      expect([...f(tensor([], [0, 2], 'bool'), 0).dataSync<'bool'>()]).toEqual([nothing, nothing])
    })
  })

  it('counts what is not 0 as true, and leaves nothing behind', () => {
    const f = name === 'any' ? any : all
    expectNoLeak(() => f([0, 0.5]))
    tidy(() => expect([...f([0, 0.5]).dataSync<'bool'>()]).toEqual([name === 'any' ? 1 : 0]))
  })
})

describe.each(['argMax', 'argMin'] as const)('%s', (name) => {
  const f = name === 'argMax' ? argMax : argMin

  it.each([
    [[7], 0],
    [[3, 17], 1],
    [[17, 3], 0],
    [[2, 5, 33], 1],
    [[2, 3, 4], -1],
    [[4, 1], 1],
  ])('agrees with TF.js: %j along %i', (shape, axis) => {
    expectLikeTfjs((ops, x) => ops[name](x, axis), [floats(shape)])
  })

  it('goes along the first axis by default', () => {
    expectLikeTfjs((ops, x) => ops[name](x), [floats([4, 3])])
  })

  it('gives the first of equals, and the first NaN', () => {
    tidy(() => {
      expect([
        ...f(
          [
            [2, 2],
            [1, 1],
            [2, 2],
          ],
          1,
        ).dataSync<'int32'>(),
      ]).toEqual([0, 0, 0])
      expect(f([1, Number.NaN, 3, Number.NaN]).dataSync<'int32'>()[0]).toBe(1)
    })
  })

  it('refuses a scalar, and an empty axis', () => {
    expect(() => f(1)).toThrow(`${name}: expected x of rank 1 or more, received []`)
    expect(() => f(tensor([], [2, 0]), 1)).toThrow(`${name}: expected elements along axis 1, received [2, 0]`)
    expect(() => f([1, 2], 1)).toThrow(`${name}: expected axis to be an integer from -1 to 0, received 1`)
  })

  it('takes an axis of elements in a tensor without any', () => {
    tidy(() => expect(f(tensor([], [0, 2]), 1).shape).toEqual([0]))
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() => [f([1, 2]), f(Int32Array.of(1, 2))])
  })
})

describe('moments', () => {
  it.each([
    [[5], undefined, false],
    [[2, 3, 4], [0, 1], false],
    [[2, 3, 4], 1, true],
    [[2, 3, 4], [0, 2], true],
  ])('agrees with TF.js: %j along %j', (shape, axis, keepDims) => {
    const input = [floats(shape)]
    expectLikeTfjs((ops, x) => ops.moments(x, axis, keepDims).variance, input, { relative: 1e-5, leaves: 1 })
    expectLikeTfjs((ops, x) => ops.moments(x, axis, keepDims).mean, input, { relative: 1e-5, leaves: 1 })
  })

  it('leaves nothing behind but the two', () => {
    expectNoLeak(() => Object.values(moments([1, 2, 3])))
  })
})

describe('norm', () => {
  it.each([
    ['euclidean', undefined],
    ['euclidean', 1],
    [1, 0],
    [1, undefined],
    [INFINITY, 1],
    [-INFINITY, 0],
    [2, 1],
    ['fro', [0, 1]],
  ] as const)('%s along %j agrees with TF.js', (ord, axis) => {
    const along = Array.isArray(axis) ? [...axis] : (axis as number | undefined)
    expectLikeTfjs((ops, x) => ops.norm(x, ord, along), [floats([3, 4])], { relative: 1e-5 })
  })

  it('keeps dimensions, and takes a scalar', () => {
    tidy(() => {
      expect(norm([[3, 4]], 'euclidean', 1, true).shape).toEqual([1, 1])
      expectClose(norm(scalar(-3)).dataSync(), [3])
    })
  })

  it('names an order that it does not know', () => {
    expect(() => norm([1], 3)).toThrow("norm: expected ord 'euclidean', 'fro', 1, 2 or ±Infinity, received 3")
    expect(() => norm([[1]], 2, [0, 1])).toThrow(
      "norm: expected ord 'euclidean', 'fro', 1 or ±Infinity over two axes, received 2 — the spectral norm is not computed",
    )
    expect(() => norm([[[1]]], 'fro', [0, 1, 2])).toThrow(
      'norm: expected one axis, or the two of a matrix, received [0, 1, 2]',
    )
  })

  it.each([1, INFINITY, -INFINITY, 'euclidean', 'fro'] as const)('of matrices, ord %s, agrees with TF.js', (ord) => {
    // Of axes in another order TF.js reduces the wrong one.
    for (const axes of [
      [0, 1],
      [1, 2],
    ]) {
      for (const keepDims of [false, true]) {
        expectLikeTfjs((ops, x) => ops.norm(x, ord, axes, keepDims), [floats([3, 4, 5])], { gradient: false })
      }
    }
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() => [norm([1, 2]), norm([[1, 2]], INFINITY, 1)])
  })
})

it('sum, min and mean of one tensor do not share its buffer', () => {
  tidy(() => {
    const x = tensor([[5]])
    for (const y of [sum(x, []), min(x), mean(x, 1)]) {
      expect(y.at('test')).not.toBe(x.at('test'))
      y.dispose()
    }
    expect(x.dataSync()[0]).toBe(5)
  })
})
