/** Of boxes that overlap, TF.js's choice. */

import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as image from '../../src/api/image.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { expectClose } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'
import '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

/** Boxes around three places, some with their corners the other way round. */
function boxesOf(count: number, seed: number): { boxes: number[][]; scores: number[] } {
  const random = uniform(4 * count, seed, 0, 1)
  const boxes = Array.from({ length: count }, (_, i) => {
    const [y, x] = [(i % 3) * 2 + random[4 * i]! * 0.4, (i % 3) * 2 + random[4 * i + 1]! * 0.4]
    const box = [y, x, y + 1 + random[4 * i + 2]! * 0.3, x + 1]
    return i % 5 === 4 ? [box[2]!, box[3]!, box[0]!, box[1]!] : box
  })
  return { boxes, scores: boxes.map((_, i) => random[4 * i + 3]!) }
}

describe.each([1, 2, 3, 4])('boxes of seed %i', (seed) => {
  const { boxes, scores } = boxesOf(17, seed)

  it('with scores, hard and soft', () => {
    for (const sigma of [0, 0.3, 1]) {
      for (const least of [0.1, Number.NEGATIVE_INFINITY]) {
        const mine = image.nonMaxSuppressionWithScore(boxes, scores, 9, 0.6, least, sigma)
        const theirs = tf.image.nonMaxSuppressionWithScore(boxes, scores, 9, 0.6, least, sigma) as unknown as {
          selectedIndices: tf.Tensor
          selectedScores: tf.Tensor
        }
        expect([...mine.selectedIndices.dataSync()]).toEqual([...theirs.selectedIndices.dataSync()])
        expectClose(mine.selectedScores.dataSync(), theirs.selectedScores.dataSync(), { relative: 1e-5 })
      }
    }
  })

  it('padded', () => {
    for (const pad of [false, true]) {
      const mine = image.nonMaxSuppressionPadded(boxes, scores, 12, 0.3, 0.2, pad)
      const theirs = tf.image.nonMaxSuppressionPadded(boxes, scores, 12, 0.3, 0.2, pad) as unknown as typeof mine
      expect([...mine.selectedIndices.dataSync()]).toEqual([...theirs.selectedIndices.dataSync()])
      expect(mine.validOutputs.shape).toEqual([])
      expect(mine.validOutputs.dataSync()[0]).toBe(theirs.validOutputs.dataSync()[0])
    }
  })

  it('plainly, and as promises', async () => {
    const theirs = tf.image.nonMaxSuppression(boxes, scores, 5, 0.4)
    expect([...image.nonMaxSuppression(boxes, scores, 5, 0.4).dataSync()]).toEqual([...theirs.dataSync()])
    const [plain, scored, padded] = await Promise.all([
      image.nonMaxSuppressionAsync(boxes, scores, 5, 0.4),
      image.nonMaxSuppressionWithScoreAsync(boxes, scores, 5, 0.4),
      image.nonMaxSuppressionPaddedAsync(boxes, scores, 5, 0.4),
    ])
    for (const found of [plain, scored.selectedIndices, padded.selectedIndices]) {
      expect([...found.dataSync()]).toEqual([...theirs.dataSync()])
    }
  })
})

it('refuses what makes no sense, by name', () => {
  expect(() => image.nonMaxSuppressionWithScore([[0, 0, 1, 1]], [1], 1, 0.5, 0, 2)).toThrow(
    'image.nonMaxSuppressionWithScore: expected softNmsSigma to be a finite number',
  )
  expect(() => image.nonMaxSuppressionPadded([[0, 0, 1]], [1], 1)).toThrow(
    'image.nonMaxSuppressionPadded: expected boxes [N, 4] and scores [N], received [1, 3] and [1]',
  )
})
