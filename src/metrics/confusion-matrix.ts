/** Classes against classes. */

import { ArgumentError, checkInteger, ShapeError, show } from '../errors.ts'
import { withIntegers } from '../ops/operands.ts'
import { fromValues, type Tensor, type TensorLike } from '../tensor.ts'

function integers(who: string, argument: string, values: TensorLike): Int32Array {
  return withIntegers(who, argument, values, (tensor) => tensor.dataSync<'int32'>())
}

/**
 * How often class i was taken for class j: row = true class, column = predicted class.
 * @param labels true classes, [B]
 * @param predictions predicted classes, [B]
 * @param numClasses how many classes there are
 * @returns int32 [numClasses, numClasses]
 * @throws ArgumentError where a label or a prediction is not a class
 * @example
 * metrics.confusionMatrix([0, 1, 1], [0, 1, 0], 2).print() // [[1, 0], [1, 1]]
 */
export function confusionMatrix(labels: TensorLike, predictions: TensorLike, numClasses: number): Tensor {
  const who = 'confusionMatrix'
  checkInteger(who, 'numClasses', numClasses, 1)
  const $labels = integers(who, 'labels', labels)
  const $predictions = integers(who, 'predictions', predictions)
  if ($labels.length !== $predictions.length) {
    const received = `${$labels.length} labels and ${$predictions.length} predictions`
    throw new ShapeError({ who, expected: 'as many labels as predictions', received })
  }
  const counts = new Int32Array(numClasses * numClasses)
  $labels.forEach((label, i) => {
    const predicted = $predictions[i]!
    for (const n of [label, predicted]) {
      if (n >= 0 && n < numClasses) continue
      throw new ArgumentError({ who, expected: `classes from 0 to ${numClasses - 1}`, received: show(n) })
    }
    const at = label * numClasses + predicted
    counts[at] = counts[at]! + 1
  })
  return fromValues(who, counts, [numClasses, numClasses], 'int32')
}
