/** Pictures in black and white, as TF.js makes them. */

import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { threshold } from '../../src/api/image.ts'
import { init } from '../../src/init.ts'
import { tensor } from '../../src/ops/create.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { uniform } from '../helpers/random.ts'
import '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

/** Half dark, half bright, in whole levels. */
function picture(C: number, seed: number): number[] {
  return Array.from(uniform(9 * 7 * C, seed, 0, 1), (value, i) => Math.round(value * 90 + (i % 2) * 120))
}

describe.each([
  [1, 'binary', false],
  [3, 'binary', true],
  [1, 'otsu', false],
  [3, 'otsu', true],
] as const)('%i channels, %s, inverted %s', (C, method, inverted) => {
  it.each([1, 2, 3])('picture %i', (seed) => {
    const values = picture(C, seed)
    const mine = threshold(tensor(values, [9, 7, C]), method, inverted, 0.4)
    const theirs = tf.image.threshold(tf.tensor3d(values, [9, 7, C]), method, inverted, 0.4)
    expect(mine.shape).toEqual([9, 7, 1])
    expect(mine.dtype).toBe('int32')
    expect([...mine.dataSync()]).toEqual([...theirs.dataSync()])
  })
})

it('refuses other pictures', () => {
  expect(() => threshold([[1]])).toThrow('image.threshold: expected an image [H, W, 3] or [H, W, 1], received [1, 1]')
  expect(() => threshold([[[1]]], 'mean' as never)).toThrow(
    "expected method to be one of binary, otsu, received 'mean'",
  )
})
