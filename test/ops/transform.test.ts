/** Images under projective maps: TF.js's pixels, and a gradient that is the map's adjoint. */

import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { transform } from '../../src/api/image.ts'
import { grad } from '../../src/autograd.ts'
import { init } from '../../src/init.ts'
import { tensor } from '../../src/ops/create.ts'
import { FILL_MODES, INTERPOLATIONS } from '../../src/ops/transform.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { expectClose } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'
import '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const KINDS = FILL_MODES.flatMap((fillMode) =>
  INTERPOLATIONS.map((interpolation) => [fillMode, interpolation] as const),
)

/** Turned, stretched, shifted and seen aslant, far beyond the image too. */
function mapsOf(count: number, seed: number): Float32Array {
  const random = uniform(8 * count, seed, -1, 1)
  const scale = [1.5, 0.8, 9, 0.8, 1.5, 9, 0.02, 0.02]
  return Float32Array.from(random, (value, i) => value * scale[i % 8]!)
}

describe.each(KINDS)('%s, %s', (fillMode, interpolation) => {
  // Channels around a vector's four, and images of one row or column, which have no period.
  it.each([
    [2, 5, 7, 3, 4, 6],
    [3, 4, 4, 1, 9, 2],
    [1, 6, 5, 4, 6, 5],
    [2, 1, 5, 5, 3, 3],
    [2, 4, 1, 2, 3, 3],
  ])('%i images of %i x %i x %i to %i x %i', (B, H, W, C, P, Q) => {
    const x = uniform(B * H * W * C, 1)
    const maps = mapsOf(B, 2 + H)
    const args = [interpolation, fillMode, 0.75, [P, Q]] as const
    const y = transform(tensor(x, [B, H, W, C]), tensor(maps, [B, 8]), ...args)
    // TF.js computes the first image of a batch alone.
    const each = Array.from({ length: B }, (_, b) => {
      const image = tf.tensor4d(x.slice(b * H * W * C, (b + 1) * H * W * C), [1, H, W, C])
      const map = tf.tensor2d(maps.slice(8 * b, 8 * b + 8), [1, 8])
      return tf.image.transform(image, map, interpolation, fillMode, 0.75, [P, Q])
    })
    const theirs = tf.concat(each)
    expect(y.shape).toEqual(theirs.shape)
    expectClose(y.dataSync(), theirs.dataSync(), { relative: 1e-5, absolute: 2e-6 })
  })

  it('has the gradient of a linear map', () => {
    const [x, dy] = [tensor(uniform(2 * 5 * 6 * 3, 3), [2, 5, 6, 3]), tensor(uniform(2 * 4 * 7 * 3, 4), [2, 4, 7, 3])]
    const maps = tensor(mapsOf(1, 5), [1, 8])
    const f = (image: typeof x): typeof x => transform(image, maps, interpolation, fillMode, 0, [4, 7])
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
      Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0)
    const dx = grad(f)(x, dy)
    expect(dx.shape).toEqual(x.shape)
    const [forward, backward] = [dot(f(x).dataSync(), dy.dataSync()), dot(dx.dataSync(), x.dataSync())]
    expect(Math.abs(forward - backward)).toBeLessThan(1e-5 * Math.max(1, Math.abs(forward)))
    // The gradient of the gradient is the map again.
    const ddx = tensor(uniform(2 * 5 * 6 * 3, 6), [2, 5, 6, 3])
    const again = grad((v: typeof dy) => grad(f)(x, v))(dy, ddx)
    expectClose(again.dataSync(), f(ddx).dataSync(), { absolute: 1e-6 })
  })
})

describe('image.transform', () => {
  it('fills where a map sends pixels to infinity, and keeps what stays', () => {
    const x = tensor([1, 2, 3, 4], [1, 2, 2, 1])
    const y = transform(x, [[1, 0, 0, 0, 1, 0, -1, 0]], 'nearest', 'constant', 9)
    expect([...y.dataSync()]).toEqual([1, 9, 3, 9])
  })

  it('takes images of a page in any number of threads', () => {
    const x = tensor(uniform(4 * 40 * 40 * 3, 1), [4, 40, 40, 3])
    const y = transform(x, [[1, 0, 0, 0, 1, 0, 0, 0]], 'bilinear', 'reflect')
    expect([...y.dataSync()]).toEqual([...x.dataSync()])
  })

  it('refuses maps that do not fit, by name', () => {
    const x = tensor([1, 2, 3, 4], [1, 2, 2, 1])
    expect(() => transform(x, [[1, 0, 0]])).toThrow(
      'image.transform: expected transforms of shape [1, 8], received [1, 3]',
    )
    expect(() => transform(x, [[1, 0, 0, 0, 1, 0, 0, 0]], 'cubic' as never)).toThrow(
      'expected interpolation to be one of',
    )
    expect(() => transform(x, [[1, 0, 0, 0, 1, 0, 0, 0]], 'nearest', 'mirror' as never)).toThrow(
      'expected fillMode to be one of constant, reflect, wrap, nearest',
    )
  })
})
