import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { init } from '../../src/init.ts'
import { tensor, zeros } from '../../src/ops/create.ts'
import { concat, pad, slice, split, stack, unstack } from '../../src/ops/slices.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'
import { bools, expectLikeTfjs, expectNoLeak, floats, integers, type Ops } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const exactly = { relative: 0, absolute: 0 }

describe('slice', () => {
  it.each([
    ['rows', [5, 7], [1, 0], [3, 7]],
    ['columns', [5, 7], [0, 2], [5, 4]],
    ['a box', [3, 4, 5], [1, 1, 2], [2, 2, 3]],
    ['the rest', [3, 4], [1, 2], [-1, -1]],
    ['all that follows a begin', [3, 4], [1], undefined],
    ['a number', [6], 2, 3],
    ['nothing', [3, 4], [1, 1], [0, 2]],
  ])('agrees with TF.js: %s', (_, shape, begin, size) => {
    const gradient = !(Array.isArray(size) && size.includes(0))
    expectLikeTfjs((ops, x) => ops.slice(x, begin, size), [floats(shape)], { ...exactly, gradient })
  })

  it('moves int32 too', () => {
    expectLikeTfjs((ops, x) => ops.slice(x, [1], [2]), [integers([4], 1, 2 ** 30, 3, 4)])
  })

  it('names the box that does not fit', () => {
    const x = [[1, 2, 3]]
    expect(() => slice(x, [0, 2], [1, 2])).toThrow(
      'slice: expected a box within [1, 3], received begin [0, 2] and size [1, 2]',
    )
    expect(() => slice(x, [0, -1])).toThrow('slice: expected a box within [1, 3], received begin [0, -1] and size none')
    expect(() => slice(x, [0, 4])).toThrow('received begin [0, 4] and size none')
    expect(() => slice(x, [0, 0, 0])).toThrow(
      'slice: expected begin to be at most 2 integers for [1, 3], received [0, 0, 0]',
    )
    expect(() => slice(x, [0.5])).toThrow('received [0.5]')
    expect(() => slice(1, 0)).toThrow('slice: expected x of rank 1 or more, received []')
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() => slice([1, 2, 3], 1))
  })
})

describe('pad', () => {
  it.each([
    [[3], [[1, 2]], 0],
    [
      [2, 3],
      [
        [0, 1],
        [2, 0],
      ],
      7.5,
    ],
    [
      [1, 4, 4, 3],
      [
        [0, 0],
        [1, 1],
        [2, 1],
        [0, 0],
      ],
      -1,
    ],
    [
      [2, 2],
      [
        [0, 0],
        [0, 0],
      ],
      5,
    ],
  ] as [number[], [number, number][], number][])('%j by %j agrees with TF.js', (shape, paddings, value) => {
    expectLikeTfjs((ops, x) => ops.pad(x, paddings, value), [floats(shape)], exactly)
  })

  it('pads int32 and bool', () => {
    expectLikeTfjs((ops, x) => ops.pad(x, [[1, 1]], 3), [integers([2], 2 ** 30, 2)])
    expectLikeTfjs((ops, x) => ops.pad(x, [[0, 2]], 1), [bools([1], 0)])
  })

  it('pads what has no elements', () => {
    tidy(() => expect([...pad(zeros([0]), [[1, 1]], 4).dataSync()]).toEqual([4, 4]))
  })

  it('names paddings that do not fit', () => {
    const text = 'pad: expected paddings to be [before, after] for each axis of [2]'
    expect(() => pad([1, 2], [])).toThrow(`${text}, received []`)
    expect(() => pad([1, 2], [[-1, 0]])).toThrow(`${text}, received [[-1, 0]]`)
    expect(() => pad([1, 2], [[0.5, 0]])).toThrow('received [[0.5, 0]]')
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() => pad([1, 2], [[1, 1]]))
  })
})

describe('concat and stack', () => {
  it.each([
    ['vectors', [[2], [3]], 0],
    [
      'rows',
      [
        [2, 3],
        [1, 3],
        [4, 3],
      ],
      0,
    ],
    [
      'columns',
      [
        [2, 3],
        [2, 1],
      ],
      1,
    ],
    [
      'channels',
      [
        [2, 2, 2, 3],
        [2, 2, 2, 5],
      ],
      -1,
    ],
    ['one alone', [[2, 3]], 0],
  ])('concat agrees with TF.js: %s', (_, shapes, axis) => {
    const inputs = shapes.map((shape, seed) => floats(shape, { seed: seed + 1 }))
    expectLikeTfjs((ops, ...xs) => ops.concat(xs, axis), inputs, exactly)
  })

  it('concat joins int32 as int32, and different dtypes as float32', () => {
    expectLikeTfjs((ops, a, b) => ops.concat([a, b]), [integers([1], 2 ** 30), integers([2], 1, 2)])
    tidy(() => {
      const y = concat([tensor([1, 2], [2], 'int32'), [0.5]])
      expect(y.dtype).toBe('float32')
      expect([...y.dataSync()]).toEqual([1, 2, 0.5])
    })
  })

  it('concat takes what has no elements', () => {
    tidy(() => expect([...concat([zeros([0]), [1, 2]]).dataSync()]).toEqual([1, 2]))
  })

  it.each([0, 1, 2, -1])('stack at %i agrees with TF.js', (axis) => {
    // TF.js counts a negative axis from the last of the inputs.
    const oracle = (ops: Ops, ...xs: Tensor[]): Tensor => ops.stack(xs, axis < 0 ? axis + 3 : axis)
    expectLikeTfjs((ops, ...xs) => ops.stack(xs, axis), [floats([2, 3]), floats([2, 3], { seed: 2 })], {
      ...exactly,
      oracle,
    })
  })

  it('name what does not fit', () => {
    expect(() => concat([[[1, 2]], [[1]]])).toThrow(
      'concat: expected shapes that differ along axis 0 alone, received [1, 2] and [1, 1]',
    )
    expect(() => concat(tensor([1]) as unknown as Tensor[])).toThrow(
      'concat: expected tensors to be a list of at least one tensor, received a Tensor',
    )
    expect(() => concat([])).toThrow('concat: expected tensors to be a list of at least one tensor, received none')
    expect(() => concat([[1], [2]], 1)).toThrow('concat: expected axis to be an integer from -1 to 0, received 1')
    expect(() => concat([1, 2])).toThrow('concat: expected tensors of rank 1 or more, received []')
    expect(() => stack([[1, 2], [1]])).toThrow('stack: expected tensors of shape [2], received [1]')
    expect(() => stack([[1]], 3)).toThrow('stack: expected axis to be an integer from -2 to 1, received 3')
  })

  it('leave nothing behind', () => {
    expectNoLeak(() => [
      concat([[1], Int32Array.of(2)]),
      stack([
        [1, 2],
        [3, 4],
      ]),
    ])
  })
})

describe('split and unstack', () => {
  it.each([
    [[6, 2], 3, 0],
    [[2, 6], [1, 2, 3], 1],
    [[5], [2, -1], 0],
    [[2, 4], 2, -1],
  ] as [number[], number | number[], number][])('split %j into %j along %i agrees with TF.js', (shape, parts, axis) => {
    const oracle = (ops: Ops, x: Tensor): Tensor =>
      ops.concat(ops.split(x, parts, axis + (axis < 0 ? 2 : 0)).toReversed(), axis)
    const f = (ops: Ops, x: Tensor): Tensor =>
      tidyOf(ops, () => ops.concat(ops.split(x, parts, axis).toReversed(), axis))
    expectLikeTfjs(f, [floats(shape)], { ...exactly, oracle })
  })

  it.each([0, 1])('unstack along %i agrees with TF.js', (axis) => {
    const f = (ops: Ops, x: Tensor): Tensor => tidyOf(ops, () => ops.stack(ops.unstack(x, axis).toReversed(), 1))
    expectLikeTfjs(f, [floats([2, 3, 4])], {
      ...exactly,
      oracle: (ops, x) => ops.stack(ops.unstack(x, axis).toReversed(), 1),
    })
  })

  /** tidy is the library's own: TF.js cleans up behind the whole comparison. */
  function tidyOf(_: Ops, f: () => Tensor): Tensor {
    return tidy(f)
  }

  it('name what does not fit', () => {
    expect(() => split([1, 2, 3], 2)).toThrow('split: expected a number of parts that divides 3, received 2')
    expect(() => split([1, 2, 3], [1, 1])).toThrow('split: expected sizes that add up to 3, received [1, 1]')
    expect(() => split([1, 2, 3], [-1, -1])).toThrow('received [-1, -1]')
    expect(() => split([1, 2, 3], [4, -1])).toThrow('received [4, -1]')
    expect(() => split([1, 2, 3], 0)).toThrow(
      'split: expected numOrSizeSplits to be an integer of at least 1, received 0',
    )
    expect(() => split([1, 2, 3], '3' as unknown as number)).toThrow(
      "split: expected a number of parts or a list of their sizes, received '3'",
    )
    expect(() => split(1, 1)).toThrow('split: expected x of rank 1 or more, received []')
    expect(() => unstack(1)).toThrow('unstack: expected x of rank 1 or more, received []')
  })

  it('leave nothing behind', () => {
    expectNoLeak(() => split([1, 2, 3, 4], 2))
    expectNoLeak(() =>
      unstack([
        [1, 2],
        [3, 4],
      ]),
    )
  })
})
