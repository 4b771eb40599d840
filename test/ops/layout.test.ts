import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grad } from '../../src/autograd.ts'
import { init } from '../../src/init.ts'
import { tensor, variable, zeros } from '../../src/ops/create.ts'
import { gather } from '../../src/ops/gather.ts'
import * as layout from '../../src/ops/layout.ts'
import { concat, pad, slice } from '../../src/ops/slices.ts'
import { broadcastTo } from '../../src/ops/sum.ts'
import { tile } from '../../src/ops/tile.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { type DataType, memory, type Tensor, tidy } from '../../src/tensor.ts'
import { expectSameBits } from '../helpers/compare.ts'
import { bools, expectLikeTfjs, expectNoLeak, floats, integers, values } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const { cast, clone, expandDims, reshape, reverse, squeeze, transpose } = layout
const exactly = { relative: 0, absolute: 0 }

describe('reshape', () => {
  it.each([
    [
      [2, 6],
      [3, 4],
    ],
    [[2, 6], [-1]],
    [[12], [2, -1, 3]],
    [[1], []],
    [[], [1, 1]],
  ])('agrees with TF.js: %j to %j', (from, to) => {
    expectLikeTfjs((ops, x) => ops.reshape(x, to), [floats(from)], exactly)
  })

  it('shares the buffer, which lives as long as either tensor', () => {
    const x = tensor([1, 2, 3, 4])
    const before = memory().numDataBuffers
    const y = reshape(x, [2, 2])
    expect(memory().numDataBuffers).toBe(before)
    x.dispose()
    expect([...y.dataSync()]).toEqual([1, 2, 3, 4])
    y.dispose()
    expect(memory().numDataBuffers).toBe(before - 1)
  })

  it('does not keep the array that gave the shape', () => {
    const shape = [2, 2]
    tidy(() => {
      const y = reshape([1, 2, 3, 4], shape)
      shape[0] = 9
      expect(y.shape).toEqual([2, 2])
    })
  })

  it('of a variable is a copy, which assign leaves alone', () => {
    const v = variable([1, 2, 3, 4])
    const [y, z] = [reshape(v, [2, 2]), clone(v)]
    const next = tensor([5, 6, 7, 8])
    v.assign(next)
    expect([...y.dataSync()]).toEqual([1, 2, 3, 4])
    expect([...z.dataSync()]).toEqual([1, 2, 3, 4])
    for (const t of [v, y, z, next]) t.dispose()
  })

  it('names both shapes where the elements do not fit', () => {
    expect(() => reshape([1, 2, 3], [2, 2])).toThrow(
      'reshape: expected a shape of 3 elements, as [3] has, received [2, 2]',
    )
    expect(() => reshape([1, 2, 3], [-1, -1])).toThrow('received [-1, -1]')
    expect(() => reshape([1, 2, 3], [-1, 2])).toThrow('received [-1, 2]')
    expect(() => reshape([1, 2, 3], 3 as unknown as number[])).toThrow(
      'reshape: expected a shape as a list of sizes, received 3',
    )
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() => reshape([1, 2], [2, 1]))
  })
})

describe('expandDims and squeeze', () => {
  it.each([0, 1, 2])('expandDims at %i agrees with TF.js', (axis) => {
    expectLikeTfjs((ops, x) => ops.expandDims(x, axis), [floats([2, 3])], exactly)
  })

  it('expandDims counts negative axes from behind the last', () => {
    tidy(() => {
      expect(expandDims([1, 2], -1).shape).toEqual([2, 1])
      expect(expandDims([1, 2]).shape).toEqual([1, 2])
      expect(() => expandDims([1, 2], 2)).toThrow('expandDims: expected axis to be an integer from -2 to 1, received 2')
    })
  })

  it.each([[undefined], [[0]], [[2]], [[0, 2]]])('squeeze at %j agrees with TF.js', (axis) => {
    expectLikeTfjs((ops, x) => ops.squeeze(x, axis), [floats([1, 3, 1, 2])], exactly)
  })

  it('squeeze refuses a size that is not 1', () => {
    expect(() => squeeze([[1, 2]], 1)).toThrow('squeeze: expected size 1 at axis 1, received [1, 2]')
  })

  it('leave nothing behind', () => {
    expectNoLeak(() => [expandDims([1, 2]), squeeze([[1, 2]]), squeeze([[1, 2]], 0)])
  })
})

describe('transpose', () => {
  it.each([
    ['a matrix', [3, 5], undefined],
    ['a matrix beyond a tile', [19, 37], [1, 0]],
    ['a batch of matrices', [3, 7, 9], [0, 2, 1]],
    ['channels to the front', [2, 5, 6, 3], [0, 3, 1, 2]],
    ['channels to the back', [2, 3, 5, 6], [0, 2, 3, 1]],
    ['everything reversed', [2, 3, 4], undefined],
    ['the outer axes', [2, 3, 4], [1, 0, 2]],
    ['five axes', [2, 3, 2, 3, 2], [4, 2, 0, 3, 1]],
    ['nothing', [2, 3], [0, 1]],
    ['a vector', [4], undefined],
  ])('agrees with TF.js: %s', (_, shape, perm) => {
    expectLikeTfjs((ops, x) => ops.transpose(x, perm), [floats(shape)], exactly)
  })

  it('of eight axes is undone by itself', () => {
    tidy(() => {
      const shape = [2, 3, 2, 2, 3, 2, 2, 2]
      const x = tensor(floats(shape).values as Float32Array, shape)
      const perm = [7, 2, 5, 0, 3, 6, 1, 4]
      const back = perm.map((_, axis) => perm.indexOf(axis))
      const y = transpose(x, perm)
      expect(y.shape).toEqual(perm.map((axis) => shape[axis]))
      expectSameBits(transpose(y, back).dataSync(), x.dataSync())
      // One element by hand.
      const strides = [288, 96, 48, 24, 8, 4, 2, 1]
      const at = [1, 0, 1, 0, 1, 1, 2, 1]
      const from = at.reduce((sum, i, axis) => sum + i * strides[perm[axis]!]!, 0)
      const to = at.reduce((offset, i, axis) => offset * y.shape[axis]! + i, 0)
      expect(y.dataSync()[to]).toBe(x.dataSync()[from])
    })
  })

  it('moves int32 and bool too', () => {
    expectLikeTfjs((ops, x) => ops.transpose(x), [integers([2, 2], 1, 2 ** 30, 3, 4)])
    expectLikeTfjs((ops, x) => ops.transpose(x), [bools([1, 3], 1, 0, 1)])
  })

  it('takes negative axes, and no elements', () => {
    tidy(() => {
      expect(transpose([[1, 2, 3]], [-1, 0]).shape).toEqual([3, 1])
      expect(transpose(zeros([0, 3])).shape).toEqual([3, 0])
    })
  })

  it('names an order that is none', () => {
    expect(() => transpose([[1, 2]], [0])).toThrow(
      'transpose: expected perm to be an order of the 2 axes of [1, 2], received [0]',
    )
    expect(() => transpose([[1, 2]], [0, 0])).toThrow('received [0, 0]')
    expect(() => transpose([[1, 2]], [0, 2])).toThrow(
      'transpose: expected axis to be an integer from -2 to 1, received 2',
    )
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() =>
      transpose([
        [1, 2],
        [3, 4],
      ]),
    )
  })
})

describe('broadcastTo and tile', () => {
  it.each([
    ['a row', [4], [3, 4]],
    ['a column', [3, 1], [3, 5]],
    ['a scalar', [], [2, 3]],
    ['itself', [2, 3], [2, 3]],
    ['the middle', [2, 1, 3], [2, 4, 3]],
  ])('broadcastTo agrees with TF.js: %s', (_, from, to) => {
    expectLikeTfjs((ops, x) => ops.broadcastTo(x, to), [floats(from)], exactly)
  })

  it('broadcastTo takes seven axes by turns', () => {
    tidy(() => {
      const x = tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 2, 1, 2, 1, 1])
      const y = broadcastTo(x, [2, 2, 2, 2, 2, 2, 1])
      const expected = Array.from(
        { length: 64 },
        (_, i) => 1 + ((i >> 5) & 1) * 4 + ((i >> 3) & 1) * 2 + ((i >> 1) & 1),
      )
      expectSameBits(y.dataSync(), expected)
      expectSameBits(grad((x) => broadcastTo(x, [2, 2, 2, 2, 2, 2, 1]))(x).dataSync(), new Array(8).fill(8))
    })
  })

  it('broadcastTo names what does not stretch', () => {
    expect(() => broadcastTo([[1, 2]], [2])).toThrow(
      'broadcastTo: expected a shape that stretches to [2], received [1, 2]',
    )
    expect(() => broadcastTo([1, 2], [3])).toThrow('received [2] and [3]')
    expect(() => broadcastTo([1], [-1])).toThrow(
      'broadcastTo: expected a shape of integers of at least 0, received [-1]',
    )
  })

  it.each([
    [[3], [2]],
    [
      [2, 3],
      [2, 1],
    ],
    [
      [2, 3],
      [3, 2],
    ],
    [
      [2, 1, 3],
      [1, 4, 2],
    ],
  ])('tile %j by %j agrees with TF.js', (shape, reps) => {
    expectLikeTfjs((ops, x) => ops.tile(x, reps), [floats(shape)], { relative: 1e-6 })
  })

  it('tile takes no repetition, and a scalar', () => {
    tidy(() => {
      expect(tile([[1, 2]], [0, 2]).shape).toEqual([0, 4])
      expect(tile(5, []).shape).toEqual([])
    })
  })

  it('tile names its repetitions', () => {
    expect(() => tile([1, 2], [1, 2])).toThrow('tile: expected reps for 1 axes, received [1, 2]')
    expect(() => tile([1, 2], [1.5])).toThrow('tile: expected reps to be an integer of at least 0, received 1.5')
  })

  it('leave nothing behind', () => {
    expectNoLeak(() => [broadcastTo([1], [3]), tile([1, 2], [2])])
  })
})

describe('reverse', () => {
  it.each([[undefined], [0], [1], [[0, 2]], [-1]])('along %j agrees with TF.js', (axis) => {
    expectLikeTfjs((ops, x) => ops.reverse(x, axis), [floats([2, 3, 4])], exactly)
  })

  it('takes int32, a scalar and no elements, and leaves nothing behind', () => {
    expectLikeTfjs((ops, x) => ops.reverse(x), [integers([3], 1, 2, 2 ** 30)])
    tidy(() => expect(reverse(zeros([0, 2])).shape).toEqual([0, 2]))
    expectNoLeak(() => [reverse([1, 2, 3]), reverse(7)])
  })
})

describe('cast', () => {
  const DTYPES: DataType[] = ['float32', 'int32', 'bool']

  it.each(DTYPES.flatMap((from) => DTYPES.map((to) => [from, to] as const)))(
    '%s to %s agrees with TF.js',
    (from, to) => {
      const input = {
        float32: values([5], -1.7, 0, 0.4, 1, 2.9),
        int32: integers([5], -2, 0, 1, 3, 2 ** 20),
        bool: bools([5], 0, 1, 1, 0, 1),
      }[from]
      expectLikeTfjs((ops, x) => ops.cast(x, to), [input], { gradient: from === 'float32' && to === 'float32' })
    },
  )

  it('of NaN is 0 as int32, true as bool, and large numbers are cut off', () => {
    tidy(() => {
      const x = tensor([Number.NaN, 1e20, -1e20])
      expect([...cast(x, 'int32').dataSync<'int32'>()]).toEqual([0, 2 ** 31 - 1, -(2 ** 31)])
      expect([...cast(x, 'bool').dataSync<'bool'>()]).toEqual([1, 1, 1])
    })
  })

  it('to the same dtype is another tensor over the same buffer', () => {
    const x = tensor([1])
    const y = cast(x, 'float32')
    expect(y).not.toBe(x)
    x.dispose()
    expect([...y.dataSync()]).toEqual([1])
    y.dispose()
  })

  it('stops gradients on the way to integers', () => {
    const x = tensor([1.5])
    expect(() => grad((x) => cast(cast(x, 'int32'), 'float32'))(x)).toThrow(
      'cast: expected an op with a gradient, received cast, which has none',
    )
    x.dispose()
  })

  it('names an unknown dtype', () => {
    expect(() => cast([1], 'float16' as DataType)).toThrow(
      "cast: expected dtype to be one of float32, int32, bool, received 'float16' — did you mean 'float32'?",
    )
  })

  it('leaves nothing behind', () => {
    expectNoLeak(() => [cast([1, 2], 'int32'), cast([1, 2], 'float32'), cast(Int32Array.of(3), 'bool')])
  })
})

describe('clone', () => {
  it('is another tensor over the same buffer, with the gradient 1', () => {
    expectLikeTfjs((ops, x) => ops.clone(x), [floats([2, 2])], exactly)
    const x = tensor([1, 2])
    const before = memory().numDataBuffers
    const y = clone(x)
    expect(memory().numDataBuffers).toBe(before)
    x.dispose()
    expect([...y.dataSync()]).toEqual([1, 2])
    y.dispose()
  })
})

describe('second derivatives', () => {
  const CASES: [string, (x: Tensor) => Tensor][] = [
    ['reshape', (x) => reshape(x, [4, 1])],
    ['transpose', (x) => transpose(x)],
    ['tile', (x) => tile(x, [2, 1])],
    ['reverse', (x) => reverse(x, 1)],
    [
      'pad',
      (x) =>
        pad(x, [
          [1, 0],
          [0, 2],
        ]),
    ],
    ['slice', (x) => concat([slice(x, [0, 0], [2, 1]), slice(x, [0, 1])], 1)],
    ['gather', (x) => gather(x, [1, 0, 0])],
  ]

  // The second derivative of Σ m x³ is 6 m x, where m counts how often an element is moved to the output.
  it.each(CASES)('through %s', (name, move) => {
    tidy(() => {
      const times = { tile: [2, 2, 2, 2], gather: [2, 2, 1, 1] }[name] ?? [1, 1, 1, 1]
      const x = tensor([
        [1, 2],
        [3, 4],
      ])
      const cubes = (x: Tensor): Tensor => move(x).pow(3)
      expectSameBits(
        grad((x) => grad(cubes)(x))(x).dataSync(),
        [1, 2, 3, 4].map((v, i) => 6 * v * times[i]!),
      )
    })
  })
})
