/** Draws from distributions over classes. */

import { checkBooleans, checkInteger, ShapeError, showShape } from '../errors.ts'
import { fromValues, type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { withFloat } from './operands.ts'
import { randomUniform } from './random.ts'
import { softmax } from './softmax.ts'

/**
 * Class numbers drawn at random, by the weights of a row.
 * @param logits [B, classes] or [classes]: logarithms of weights, or probabilities where `normalized` is set
 * @param numSamples how many for each row
 * @param seed fixes the values; default: the next stream of `setSeed`'s seed
 * @param normalized whether the rows are probabilities already; default false
 * @returns int32 [B, numSamples] or [numSamples]
 * @example
 * multinomial([0.5, 0.5], 6, 7, true).print() // [1, 0, 0, 0, 1, 1]
 */
export function multinomial(logits: TensorLike, numSamples: number, seed?: number, normalized?: boolean): Tensor {
  const who = 'multinomial'
  checkInteger(who, 'numSamples', numSamples)
  checkBooleans(who, { normalized })
  return withFloat(who, 'logits', logits, ($logits) => {
    const classes = $logits.shape[$logits.rank - 1] ?? 0
    if ($logits.rank < 1 || $logits.rank > 2 || classes === 0) {
      throw new ShapeError({ who, expected: 'logits of rank 1 or 2, with classes', received: showShape($logits.shape) })
    }
    const rows = $logits.size / classes
    const shape = [...$logits.shape.slice(0, -1), numSamples]
    return tidy(() => {
      const uniform = randomUniform(shape, 0, 1, 'float32', seed).dataSync()
      const weights = (normalized === true ? $logits : softmax($logits)).view(who)
      const drawn = new Int32Array(rows * numSamples)
      for (let row = 0; row < rows; row++) {
        const sums = new Float64Array(classes)
        for (let i = 0, sum = 0; i < classes; i++) sums[i] = sum += weights[row * classes + i]!
        for (let i = 0; i < numSamples; i++) {
          // Of the whole sum, which rounding leaves a little beside 1.
          const at = uniform[row * numSamples + i]! * sums[classes - 1]!
          const found = sums.findIndex((sum) => at < sum)
          drawn[row * numSamples + i] = found < 0 ? classes - 1 : found
        }
      }
      return fromValues(who, drawn, shape, 'int32')
    })
  })
}
