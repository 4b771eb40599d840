/** Of boxes that overlap, the best alone. */

import { checkInteger, checkNumber, ShapeError, showShape } from '../errors.ts'
import { fromValues, type Tensor, type TensorLike } from '../tensor.ts'
import { withFloat } from './operands.ts'

/**
 * The boxes to keep, by falling score: none overlaps a better one too much.
 * @param boxes [N, 4], rows of y1, x1, y2, x2
 * @param scores [N]
 * @param maxOutputSize the most boxes that are kept
 * @param iouThreshold intersection over union above which the worse of two goes; default 0.5
 * @param scoreThreshold boxes below it go; default −Infinity
 * @returns their numbers, int32
 * @example
 * const boxes = [[0, 0, 1, 1], [0, 0, 1, 0.9], [0, 2, 1, 3]]
 * image.nonMaxSuppression(boxes, [0.9, 0.8, 0.7], 10).print() // [0, 2]
 */
export function nonMaxSuppression(
  boxes: TensorLike,
  scores: TensorLike,
  maxOutputSize: number,
  iouThreshold?: number,
  scoreThreshold?: number,
): Tensor {
  const who = 'image.nonMaxSuppression'
  const most = iouThreshold ?? 0.5
  const least = scoreThreshold ?? Number.NEGATIVE_INFINITY
  checkInteger(who, 'maxOutputSize', maxOutputSize)
  checkNumber(who, 'iouThreshold', most, { min: 0, max: 1 })
  if (least !== Number.NEGATIVE_INFINITY) checkNumber(who, 'scoreThreshold', least)
  return withFloat(who, 'boxes', boxes, ($boxes) =>
    withFloat(who, 'scores', scores, ($scores) => {
      if ($boxes.rank !== 2 || $boxes.shape[1] !== 4 || $scores.rank !== 1 || $scores.size !== $boxes.shape[0]) {
        const received = `${showShape($boxes.shape)} and ${showShape($scores.shape)}`
        throw new ShapeError({ who, expected: 'boxes [N, 4] and scores [N]', received })
      }
      const [corners, score] = [$boxes.view(who), $scores.view(who)]
      const order = Array.from({ length: $scores.size }, (_, i) => i)
        .filter((i) => score[i]! > least)
        .sort((i, j) => score[j]! - score[i]! || i - j)
      const kept: number[] = []
      for (const i of order) {
        if (kept.length >= maxOutputSize) break
        if (kept.every((k) => overlap(corners, i, k) <= most)) kept.push(i)
      }
      return fromValues(who, kept, [kept.length], 'int32')
    }),
  )
}

/**
 * As `nonMaxSuppression`.
 * @param boxes [N, 4], rows of y1, x1, y2, x2
 * @param scores [N]
 * @param maxOutputSize the most boxes that are kept
 * @param iouThreshold default 0.5
 * @param scoreThreshold default −Infinity
 * @example
 * const kept = await image.nonMaxSuppressionAsync([[0, 0, 1, 1], [0, 2, 1, 3]], [0.2, 0.7], 1)
 * kept.print() // [1]
 */
export async function nonMaxSuppressionAsync(
  boxes: TensorLike,
  scores: TensorLike,
  maxOutputSize: number,
  iouThreshold?: number,
  scoreThreshold?: number,
): Promise<Tensor> {
  return nonMaxSuppression(boxes, scores, maxOutputSize, iouThreshold, scoreThreshold)
}

/** Intersection over union of two boxes; 0 where one has no area. */
function overlap(corners: ArrayLike<number>, i: number, j: number): number {
  const side = (box: number, axis: number): readonly [number, number] => {
    const [a, b] = [corners[4 * box + axis]!, corners[4 * box + axis + 2]!]
    return a < b ? [a, b] : [b, a]
  }
  let [shared, areaI, areaJ] = [1, 1, 1]
  for (const axis of [0, 1]) {
    const [[lowI, highI], [lowJ, highJ]] = [side(i, axis), side(j, axis)]
    areaI *= highI - lowI
    areaJ *= highJ - lowJ
    shared *= Math.max(0, Math.min(highI, highJ) - Math.max(lowI, lowJ))
  }
  return areaI <= 0 || areaJ <= 0 ? 0 : shared / (areaI + areaJ - shared)
}
