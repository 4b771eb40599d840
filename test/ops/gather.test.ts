import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grad } from '../../src/autograd.ts'
import { init } from '../../src/init.ts'
import { tensor } from '../../src/ops/create.ts'
import { gather, oneHot } from '../../src/ops/gather.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { type DataType, type Tensor, tidy } from '../../src/tensor.ts'
import { expectSameBits } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'
import { expectLikeTfjs, expectNoLeak, floats, integers } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

describe('gather', () => {
  it.each([
    ['elements', [5], [4, 0, 0], 0],
    ['rows', [4, 7], [3, 1], 0],
    ['columns', [3, 5], [0, 4, 2], 1],
    ['a middle axis', [2, 3, 4], [2, 2], 1],
    ['a negative axis', [2, 3], [1], -1],
  ])('agrees with TF.js: %s', (_, shape, indices, axis) => {
    expectLikeTfjs((ops, x, i) => ops.gather(x, i, axis), [floats(shape), integers([indices.length], ...indices)])
  })

  it('takes indices of any shape', () => {
    const indices = integers([2, 2], 0, 2, 1, 0)
    expectLikeTfjs((ops, x, i) => ops.gather(x, i, 0), [floats([3, 4]), indices], { gradient: false })
    tidy(() => {
      const dx = grad((x) =>
        gather(x, [
          [0, 2],
          [1, 0],
        ]),
      )(tensor([[1], [2], [3]]))
      expectSameBits(dx.dataSync(), [2, 1, 1])
      expect(
        gather(
          [
            [1, 2],
            [3, 4],
          ],
          1,
        ).shape,
      ).toEqual([2])
    })
  })

  it('gathers int32', () => {
    expectLikeTfjs((ops, x, i) => ops.gather(x, i), [integers([3], 7, 2 ** 30, 9), integers([2], 1, 1)])
  })

  it.each([
    [1, 1],
    [2, 1],
    [3, 1],
    [2, 2],
    [3, -1],
  ])('along axis %i with batchDims %i', (axis, batchDims) => {
    const x = floats([2, 3, 4, 5])
    const own = batchDims === 2 ? [2, 3, 2] : [2, 3]
    const count = own.reduce((product, size) => product * size, 1)
    const indices = integers(own, ...Array.from({ length: count }, (_, i) => (i * 2) % 3))
    // TF.js's own gradient wants more of its tensors than they have.
    expectLikeTfjs((ops, x, i) => ops.gather(x, i, axis, batchDims), [x, indices], { gradient: false })
    // The op is linear: its gradient is the adjoint.
    tidy(() => {
      const given = tensor(Float32Array.from(x.values), x.shape)
      const f = (v: Tensor): Tensor => gather(v, tensor(Int32Array.from(indices.values), own, 'int32'), axis, batchDims)
      const y = f(given)
      const dy = tensor(uniform(y.size, 7), y.shape)
      const sides = [y.mul(dy).sum(), grad(f)(given, dy).mul(given).sum()].map((side) => side.dataSync()[0]!)
      expect(sides[0]).toBeCloseTo(sides[1]!, 4)
    })
  })

  it('refuses an index outside, a fraction, and batchDims that do not fit', () => {
    expect(() => gather([1, 2, 3], [0, 3])).toThrow('gather: expected indices from 0 to 2, received 3')
    expect(() => gather([1, 2, 3], [-1])).toThrow('gather: expected indices from 0 to 2, received -1')
    expect(() => gather(tensor([], [0]), [0])).toThrow('gather: expected no index, since the axis is empty, received 0')
    expect(() => gather([1, 2, 3], [0.5])).toThrow('gather: expected indices to be integers, received 0.5')
    expect(() => gather([1, 2, 3], [Number.NaN])).toThrow('received NaN')
    expect(() => gather([[1], [2]], [0], 1, 1)).toThrow(
      'gather: expected batchDims of at most axis, along which x and indices have the same sizes, received 1 of [1]',
    )
    expect(() => gather([[1]], [[0]], 0, 1)).toThrow('gather: expected batchDims of at most axis')
    expect(() => gather(1, [0])).toThrow('gather: expected x of rank 1 or more, received []')
  })

  it('takes no indices at all', () => {
    tidy(() => expect(gather([[1, 2]], tensor([], [0], 'int32')).shape).toEqual([0, 2]))
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() => [gather([1, 2], [1]), gather([1, 2], Int32Array.of(0))])
    expect(() => gather([1, 2], [5])).toThrow()
    expectNoLeak(() => gather([1, 2], 0))
  })
})

describe('oneHot', () => {
  it('agrees with TF.js', () => {
    expectLikeTfjs((ops, i) => ops.oneHot(i, 4), [integers([3], 0, 3, 1)])
    expectLikeTfjs((ops, i) => ops.oneHot(i, 3, 5, -2), [integers([2], 2, 0)])
    expectLikeTfjs((ops, i) => ops.oneHot(i, 3, 0.9, 0.05, 'float32'), [integers([2], 2, 0)], { gradient: false })
    expectLikeTfjs((ops, i) => ops.oneHot(i, 2, 1, 0, 'bool'), [integers([2], 1, 0)])
  })

  it('gives a row without a one for an index outside, as TF.js', () => {
    expectLikeTfjs((ops, i) => ops.oneHot(i, 3), [integers([3], -1, 3, 2)])
  })

  it('takes indices of any shape, also float32 integers', () => {
    tidy(() => {
      const y = oneHot(
        [
          [0, 1],
          [1, 1],
        ],
        2,
      )
      expect(y.shape).toEqual([2, 2, 2])
      expect([...y.dataSync<'int32'>()]).toEqual([1, 0, 0, 1, 0, 1, 0, 1])
      expect(oneHot(1, 3).shape).toEqual([3])
    })
  })

  it('names bad arguments', () => {
    expect(() => oneHot([0], 0)).toThrow('oneHot: expected depth to be an integer of at least 1, received 0')
    expect(() => oneHot([0.5], 2)).toThrow('oneHot: expected indices to be integers, received 0.5')
    expect(() => oneHot([0], 2, 1, 0, 'text' as DataType)).toThrow(
      "oneHot: expected dtype to be one of float32, int32, bool, received 'text'",
    )
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() => [oneHot([1], 2), oneHot(Int32Array.of(1), 2, 1, 0, 'float32')])
  })
})
