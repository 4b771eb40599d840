/** Of boxes that overlap, the best alone. */

import { checkBooleans, checkInteger, checkNumber, ShapeError, showShape } from '../errors.ts'
import { fromValues, type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { withFloat } from './operands.ts'
import { exp } from './unary.ts'

interface Selection {
  readonly kept: number[]
  readonly scores: number[]
}

interface Candidate {
  readonly box: number
  score: number
  /** How many of the kept boxes it has been compared with. */
  compared: number
}

/** Goes through the boxes by falling score; with a `sigma` above 0 a box that overlaps loses score first (Bodla et al. 2017). */
function selected(
  who: string,
  boxes: TensorLike,
  scores: TensorLike,
  maxOutputSize: number,
  iouThreshold = 0.5,
  scoreThreshold = Number.NEGATIVE_INFINITY,
  sigma = 0,
): Selection {
  checkInteger(who, 'maxOutputSize', maxOutputSize)
  checkNumber(who, 'iouThreshold', iouThreshold, { min: 0, max: 1 })
  checkNumber(who, 'softNmsSigma', sigma, { min: 0, max: 1 })
  if (scoreThreshold !== Number.NEGATIVE_INFINITY) checkNumber(who, 'scoreThreshold', scoreThreshold)
  return withFloat(who, 'boxes', boxes, ($boxes) =>
    withFloat(who, 'scores', scores, ($scores) => {
      if ($boxes.rank !== 2 || $boxes.shape[1] !== 4 || $scores.rank !== 1 || $scores.size !== $boxes.shape[0]) {
        const received = `${showShape($boxes.shape)} and ${showShape($scores.shape)}`
        throw new ShapeError({ who, expected: 'boxes [N, 4] and scores [N]', received })
      }
      const corners = $boxes.view(who)
      const worse = (a: Candidate, b: Candidate): number => a.score - b.score || b.box - a.box
      const open = Array.from($scores.view(who), (score, box): Candidate => ({ box, score, compared: 0 }))
        .filter(({ score }) => score > scoreThreshold)
        .sort(worse)
      const selection: Selection = { kept: [], scores: [] }
      const { kept } = selection
      while (kept.length < maxOutputSize) {
        const candidate = open.pop()
        if (candidate === undefined) break
        const before = candidate.score
        let isDropped = false
        for (let k = kept.length - 1; k >= candidate.compared && !isDropped; k--) {
          const shared = overlap(corners, candidate.box, kept[k]!)
          isDropped = shared > iouThreshold
          if (sigma > 0) candidate.score *= weightOf((-0.5 / sigma) * shared * shared)
          isDropped ||= candidate.score <= scoreThreshold
        }
        candidate.compared = kept.length
        if (isDropped) continue
        if (candidate.score === before) {
          kept.push(candidate.box)
          selection.scores.push(before)
          continue
        }
        const place = open.findIndex((other) => worse(candidate, other) < 0)
        open.splice(place < 0 ? open.length : place, 0, candidate)
      }
      return selection
    }),
  )
}

/** eˣ, the same on every engine. */
function weightOf(x: number): number {
  return tidy(() => exp(x).dataSync()[0]!)
}

function numbers(who: string, values: readonly number[], dtype: 'int32' | 'float32' = 'int32'): Tensor {
  return fromValues(who, values, [values.length], dtype)
}

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
  return numbers(who, selected(who, boxes, scores, maxOutputSize, iouThreshold, scoreThreshold).kept)
}

/**
 * As `nonMaxSuppression`.
 * @param boxes [N, 4], rows of y1, x1, y2, x2
 * @param scores [N]
 * @param maxOutputSize the most boxes that are kept
 * @param iouThreshold default 0.5
 * @param scoreThreshold default −Infinity
 * @example
 * const kept = await image.nonMaxSuppressionAsync([[0, 0, 1, 1], [0, 0, 1, 0.9]], [0.8, 0.9], 2)
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

/**
 * The boxes to keep and their scores. With a sigma above 0 boxes that overlap a better one lose score, and may be kept
 * later: Bodla et al. 2017.
 * @param boxes [N, 4], rows of y1, x1, y2, x2
 * @param scores [N]
 * @param maxOutputSize the most boxes that are kept
 * @param iouThreshold intersection over union above which the worse of two goes; default 0.5
 * @param scoreThreshold boxes that are not above it go; default −Infinity
 * @param softNmsSigma 0 to 1, default 0: scores stay as they are
 * @example
 * const { selectedIndices } = image.nonMaxSuppressionWithScore([[0, 0, 1, 1], [0, 0, 1, 0.9]], [0.8, 0.9], 2)
 * selectedIndices.print() // [1]
 */
export function nonMaxSuppressionWithScore(
  boxes: TensorLike,
  scores: TensorLike,
  maxOutputSize: number,
  iouThreshold?: number,
  scoreThreshold?: number,
  softNmsSigma?: number,
): { selectedIndices: Tensor; selectedScores: Tensor } {
  const who = 'image.nonMaxSuppressionWithScore'
  const found = selected(who, boxes, scores, maxOutputSize, iouThreshold, scoreThreshold, softNmsSigma)
  return { selectedIndices: numbers(who, found.kept), selectedScores: numbers(who, found.scores, 'float32') }
}

/**
 * As `nonMaxSuppressionWithScore`.
 * @param boxes [N, 4], rows of y1, x1, y2, x2
 * @param scores [N]
 * @param maxOutputSize the most boxes that are kept
 * @param iouThreshold default 0.5
 * @param scoreThreshold default −Infinity
 * @param softNmsSigma 0 to 1, default 0: scores stay as they are
 * @example
 * const { selectedScores } = await image.nonMaxSuppressionWithScoreAsync([[0, 0, 1, 1]], [0.5], 2)
 * selectedScores.print() // [0.5]
 */
export async function nonMaxSuppressionWithScoreAsync(
  boxes: TensorLike,
  scores: TensorLike,
  maxOutputSize: number,
  iouThreshold?: number,
  scoreThreshold?: number,
  softNmsSigma?: number,
): Promise<{ selectedIndices: Tensor; selectedScores: Tensor }> {
  return nonMaxSuppressionWithScore(boxes, scores, maxOutputSize, iouThreshold, scoreThreshold, softNmsSigma)
}

/**
 * The boxes to keep, and how many they are.
 * @param boxes [N, 4], rows of y1, x1, y2, x2
 * @param scores [N]
 * @param maxOutputSize the most boxes that are kept
 * @param iouThreshold intersection over union above which the worse of two goes; default 0.5
 * @param scoreThreshold boxes that are not above it go; default −Infinity
 * @param padToMaxOutputSize whether zeros follow up to maxOutputSize; default false
 * @example
 * const { validOutputs } = image.nonMaxSuppressionPadded([[0, 0, 1, 1], [2, 2, 3, 3]], [0.8, 0.9], 4, 0.5, 0, true)
 * validOutputs.print() // 2
 */
export function nonMaxSuppressionPadded(
  boxes: TensorLike,
  scores: TensorLike,
  maxOutputSize: number,
  iouThreshold?: number,
  scoreThreshold?: number,
  padToMaxOutputSize?: boolean,
): { selectedIndices: Tensor; validOutputs: Tensor } {
  const who = 'image.nonMaxSuppressionPadded'
  checkBooleans(who, { padToMaxOutputSize })
  const { kept } = selected(who, boxes, scores, maxOutputSize, iouThreshold, scoreThreshold)
  const length = padToMaxOutputSize === true ? maxOutputSize : kept.length
  return {
    selectedIndices: numbers(
      who,
      Array.from({ length }, (_, i) => kept[i] ?? 0),
    ),
    validOutputs: fromValues(who, [kept.length], [], 'int32'),
  }
}

/**
 * As `nonMaxSuppressionPadded`.
 * @param boxes [N, 4], rows of y1, x1, y2, x2
 * @param scores [N]
 * @param maxOutputSize the most boxes that are kept
 * @param iouThreshold default 0.5
 * @param scoreThreshold default −Infinity
 * @param padToMaxOutputSize whether zeros follow up to maxOutputSize; default false
 * @example
 * const { validOutputs } = await image.nonMaxSuppressionPaddedAsync([[0, 0, 1, 1]], [0.5], 2)
 * validOutputs.print() // 1
 */
export async function nonMaxSuppressionPaddedAsync(
  boxes: TensorLike,
  scores: TensorLike,
  maxOutputSize: number,
  iouThreshold?: number,
  scoreThreshold?: number,
  padToMaxOutputSize?: boolean,
): Promise<{ selectedIndices: Tensor; validOutputs: Tensor }> {
  return nonMaxSuppressionPadded(boxes, scores, maxOutputSize, iouThreshold, scoreThreshold, padToMaxOutputSize)
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
