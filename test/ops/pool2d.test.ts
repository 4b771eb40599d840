import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grad, valueAndGrad } from '../../src/autograd.ts'
import { QuadlaneError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import { fill, tensor4d } from '../../src/ops/create.ts'
import { avgPool, maxPool } from '../../src/ops/pool2d.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { type Padding, pool2dShape } from '../../src/shape.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'
import { expectClose } from '../helpers/compare.ts'
import { expectRefusal } from '../helpers/refusals.ts'
import { expectNoLeak, floats, ours } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

interface Case {
  readonly why: string
  readonly x: readonly [number, number, number, number]
  readonly size: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly pad: Padding
}

const CASES: readonly Case[] = [
  { why: '2x2, as in LeNet', x: [2, 6, 8, 5], size: [2, 2], strides: [2, 2], pad: 'valid' },
  { why: 'overlapping windows', x: [1, 7, 7, 4], size: [3, 3], strides: [1, 1], pad: 'valid' },
  { why: 'overlapping and padded', x: [2, 7, 6, 3], size: [3, 2], strides: [2, 1], pad: 'same' },
  { why: 'strides above the window', x: [1, 9, 9, 2], size: [2, 2], strides: [3, 4], pad: 'valid' },
  {
    why: 'padding of each side',
    x: [1, 5, 6, 1],
    size: [3, 3],
    strides: [2, 2],
    pad: [
      [0, 0],
      [1, 2],
      [2, 0],
      [0, 0],
    ],
  },
]

describe.each(['maxPool', 'avgPool'] as const)('%s', (name) => {
  const pool = { maxPool, avgPool }[name]
  const foreignPool = { maxPool: tf.maxPool, avgPool: tf.avgPool }[name]

  it.each(CASES)('agrees with TF.js, forward and backward: $why', ({ x, size, strides, pad }) => {
    const input = floats(x)
    const { shape } = pool2dShape('test', x, size, { strides, pad })
    const dy = floats(shape, { seed: 2 })
    tf.tidy(() => {
      tidy(() => {
        const foreign = tf.tensor(Array.from(input.values), [...x]) as tf.Tensor4D
        const run = (x: tf.Tensor4D): tf.Tensor4D => foreignPool(x, [...size], [...strides], pad as 'valid')
        const { value, grad } = valueAndGrad((x) => pool(x, size, strides, pad))(ours(input), ours(dy))
        expect(value.shape).toEqual(shape)
        expectClose(value.dataSync(), run(foreign).dataSync())
        // TF.js divides by the whole window in the gradient of a padded average.
        if (name === 'avgPool' && pad !== 'valid') return
        const slope = tf.grad(run as (x: tf.Tensor) => tf.Tensor)(foreign, tf.tensor(Array.from(dy.values), [...shape]))
        expectClose(grad.dataSync(), slope.dataSync(), {}, 'gradient')
      })
    })
  })

  it('leaves nothing behind', () => {
    const x = ours(floats([1, 4, 4, 3]))
    expectNoLeak(() => pool(x, 2, 2, 'valid'))
    expectNoLeak(() => grad((x) => pool(x, 2, 2, 'valid'))(x))
  })

  it('refuses what does not fit', () => {
    tidy(() => {
      const x = ours(floats([1, 4, 4, 3]))
      const refusals: [() => Tensor, string][] = [
        [
          () => pool(x, 5, 1, 'valid'),
          `${name}: expected a kernel within the padded input 4x4, received 5x5 with padding 'valid' — use a smaller kernel or padding 'same'`,
        ],
        [
          () => pool(x, 0, 1, 'valid'),
          `${name}: expected filterSize to be an integer of at least 1, or two of them, received 0`,
        ],
        [
          () => pool(x, 2, -2, 'valid'),
          `${name}: expected strides to be an integer of at least 1, or two of them, received -2`,
        ],
        [
          () => pool(x, 2, 2, 2),
          `${name}: expected windows of 2x2 that each have a pixel of the 4x4 input, received pad 2 — a window in the padding alone has no maximum and no mean`,
        ],
      ]
      for (const [run, text] of refusals) expectRefusal(run, QuadlaneError, text)
    })
  })
})

describe.each([
  ['maxPool', maxPool],
  ['avgPool', avgPool],
] as const)('%s with dimRoundingMode', (name, pool) => {
  it.each([
    ['floor', 5, 2, 2, 0],
    ['ceil', 5, 2, 2, 0],
    ['round', 5, 2, 2, 0],
    ['ceil', 7, 3, 2, 1],
    ['ceil', 8, 3, 2, 1],
    ['round', 8, 3, 3, 0],
    ['ceil', 8, 3, 3, 0],
  ] as const)('%s: %i pixels, window %i, stride %i, pad %i', (mode, size, window, stride, padding) => {
    tf.tidy(() => {
      tidy(() => {
        const x = floats([2, size, size + 1, 3])
        const expected = tf[name](
          tf.tensor4d(Array.from(x.values), [2, size, size + 1, 3]),
          window,
          stride,
          padding,
          mode,
        )
        const y = pool(ours(x), window, stride, padding, mode)
        expect(y.shape).toEqual(expected.shape)
        expectClose(y.dataSync(), expected.dataSync())
      })
    })
  })

  it('is for a pad in numbers', () => {
    const refuse = (mode: unknown, pad: 'same' | 0): void => void pool([[[[1]]]], 1, 1, pad, mode as 'ceil')
    expect(() => refuse('ceil', 'same')).toThrow(
      `${name}: expected pad in numbers where dimRoundingMode is given, received 'same'`,
    )
    expect(() => refuse('up', 0)).toThrow(`${name}: expected dimRoundingMode to be one of floor, round, ceil`)
  })

  it('has a gradient where the last window hangs over the edge', () => {
    tidy(() => {
      const x = ours(floats([1, 5, 5, 2]))
      const y = pool(x, 2, 2, 0, 'ceil')
      const dx = grad((x) => pool(x, 2, 2, 0, 'ceil'))(x)
      // Each output hands on 1.
      expect(y.shape).toEqual([1, 3, 3, 2])
      expectClose([dx.sum().arraySync() as number], [18], { relative: 1e-6 })
    })
  })

  it('refuses sizes that a kernel cannot take', () => {
    expect(() => pool([[[[1]]]], 2 ** 32 + 2, 1, 'same')).toThrow(`${name}: expected filterSize to be an integer`)
    expect(() => pool([[[[1]]]], 1, 2 ** 32 + 1, 'same')).toThrow(`${name}: expected strides to be an integer`)
    expect(() => pool([[[[1]]]], 1, 1, 2 ** 40)).toThrow(`${name}: expected pad to be`)
  })
})

it('maxPool of integers stays exact', () => {
  tidy(() => {
    const y = maxPool(tensor4d([2 ** 24, 2 ** 24 + 1, 1, 2], [1, 2, 2, 1], 'int32'), 2, 2, 'valid')
    expect([y.dtype, ...y.dataSync()]).toEqual(['int32', 2 ** 24 + 1])
    expect(avgPool(tensor4d([1, 2, 3, 4], [1, 2, 2, 1], 'int32'), 2, 2, 'valid').dataSync()).toEqual(
      Float32Array.of(2.5),
    )
  })
})

describe('maxPool, where TF.js is wrong', () => {
  it('gives the gradient of windows whose maximum is negative to that maximum', () => {
    tidy(() => {
      const x = tensor4d([-4, -3, -2, -1, -8, -7, -6, -5, 1, 2, 3, 4, 0, 0, 0, 0], [1, 4, 4, 1])
      const dx = grad((x) => maxPool(x, 2, 2, 'valid'))(x)
      expect([...dx.dataSync()]).toEqual([0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0])
    })
  })

  it('gives the gradient of a tie to the first maximum', () => {
    tidy(() => {
      const dx = grad((x) => maxPool(x, 2, 2, 'valid'))(tensor4d([5, 5, 5, 5], [1, 2, 2, 1]))
      expect([...dx.dataSync()]).toEqual([1, 0, 0, 0])
    })
  })

  it('lets NaN win', () => {
    tidy(() => {
      const x = tensor4d([1, Number.NaN, 3, 2, 4, 0, -1, -2], [1, 2, 4, 1])
      expect([...maxPool(x, 2, 2, 'valid').dataSync()]).toEqual([Number.NaN, 3])
      expect([...grad((x) => maxPool(x, 2, 2, 'valid'))(x).dataSync()]).toEqual([0, 1, 1, 0, 0, 0, 0, 0])
    })
  })
})

describe('avgPool, one window over the image', () => {
  it.each([
    ['as large as the image', [5, 7], [1, 1], 'valid'],
    ['larger, padded', [9, 13], [5, 7], 'same'],
  ] as const)('agrees with TF.js: %s', (_, size, strides, pad) => {
    const [x, dy] = [floats([3, 5, 7, 6]), floats([3, 1, 1, 6], { seed: 2 })]
    tf.tidy(() => {
      tidy(() => {
        const { value, grad } = valueAndGrad((x) => avgPool(x, size, strides, pad))(ours(x), ours(dy))
        const foreign = tf.tensor4d(Array.from(x.values), [3, 5, 7, 6])
        const mean = (x: tf.Tensor): tf.Tensor => tf.mean(x, [1, 2], true)
        expect(value.shape).toEqual([3, 1, 1, 6])
        expectClose(value.dataSync(), mean(foreign).dataSync(), { absolute: 1e-6 })
        const slope = tf.grad(mean)(foreign, tf.tensor4d(Array.from(dy.values), [3, 1, 1, 6]))
        expectClose(grad.dataSync(), slope.dataSync(), { absolute: 1e-6 })
      })
    })
  })

  it('is right to 1e-6 over a million equal values', () => {
    tidy(() => {
      const [y] = avgPool(fill([1, 1000, 1000, 1], 0.1), 1000, 1, 'valid').dataSync()
      expect(Math.abs(y! / Math.fround(0.1) - 1)).toBeLessThan(1e-6)
    })
  })
})

describe('avgPool, padded', () => {
  it('divides by the positions within the image, forward and backward', () => {
    tidy(() => {
      const x = tensor4d([1, 2, 3, 4], [1, 2, 2, 1])
      const { value, grad } = valueAndGrad((x) => avgPool(x, 2, 1, 'same'))(x)
      expect([...value.dataSync()]).toEqual([2.5, 3, 3.5, 4])
      expect([...grad.dataSync()]).toEqual([0.25, 0.75, 0.75, 2.25])
    })
  })

  it('has a gradient of its gradient: it is linear', () => {
    tidy(() => {
      const x = ours(floats([1, 4, 4, 2]))
      const inner = (x: Tensor): Tensor => grad((x) => avgPool(x, 2, 1, 'valid').square())(x).sum()
      const slopes = grad(inner)(x).dataSync()
      const moved = x.dataSync()
      moved[5]! += 1
      const step =
        inner(ours({ values: moved, shape: x.shape, dtype: 'float32' })).dataSync()[0]! - inner(x).dataSync()[0]!
      expect(slopes[5]).toBeCloseTo(step, 4)
    })
  })
})

describe('the shape of a pooling', () => {
  it('is there at once however long the input', () => {
    expect(pool2dShape('maxPool', [1, 2 ** 40, 2 ** 40, 1], 2, { strides: 2, pad: 'valid' }).shape).toEqual([
      1,
      2 ** 39,
      2 ** 39,
      1,
    ])
  })
})
