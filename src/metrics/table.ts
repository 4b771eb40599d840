/**
 * Metrics: what is told of predictions beside the loss. A metric returns one value per sample, [B]; `fit` and `evaluate`
 * report the mean over all samples. None of them has a gradient.
 */

import { ArgumentError, checkInteger, checkOneOf, ShapeError, show, showShape } from '../errors.ts'
import type { Loss } from '../losses/table.ts'
import { meanAbsoluteError, meanSquaredError } from '../losses/table.ts'
import { equal, greater } from '../ops/compare.ts'
import { reshape } from '../ops/layout.ts'
import { cast } from '../ops/op.ts'
import { withIntegers } from '../ops/operands.ts'
import { argMax, mean } from '../ops/reduce.ts'
import { sameShape } from '../shape.ts'
import { fromValues, type Tensor, type TensorLike, tidy } from '../tensor.ts'

/** One value per sample from targets and predictions, [B]. */
export type MetricFunction = (yTrue: Tensor, yPred: Tensor) => Tensor

function integers(who: string, argument: string, values: TensorLike): Int32Array {
  return withIntegers(who, argument, values, (tensor) => tensor.dataSync<'int32'>())
}

function perSample(correct: Tensor): Tensor {
  const values = cast(correct, 'float32')
  return values.rank < 2 ? values : mean(reshape(values, [values.shape[0]!, -1]), 1)
}

function checkSame(who: string, yTrue: Tensor, yPred: Tensor): void {
  if (sameShape(yTrue.shape, yPred.shape)) return
  throw new ShapeError({
    who,
    expected: `targets of shape ${showShape(yPred.shape)}`,
    received: showShape(yTrue.shape),
  })
}

/** 1 where the prediction is on the target's side of `threshold`. */
export function binaryAccuracy(yTrue: Tensor, yPred: Tensor, threshold = 0.5): Tensor {
  checkSame('binaryAccuracy', yTrue, yPred)
  return tidy(() => perSample(equal(cast(yTrue, 'float32'), cast(greater(yPred, threshold), 'float32'))))
}

/** 1 where the largest prediction is at the largest target; [B, N] both. */
export function categoricalAccuracy(yTrue: Tensor, yPred: Tensor): Tensor {
  checkSame('categoricalAccuracy', yTrue, yPred)
  return tidy(() => perSample(equal(argMax(yTrue, -1), argMax(yPred, -1))))
}

/** 1 where the largest prediction is that of the target's class; targets [B] or [B, 1]. */
export function sparseCategoricalAccuracy(yTrue: Tensor, yPred: Tensor): Tensor {
  const who = 'sparseCategoricalAccuracy'
  return tidy(() =>
    withIntegers(who, 'yTrue', yTrue, (labels) => perSample(equal(reshape(labels, [-1]), argMax(yPred, -1)))),
  )
}

/** 1 where the target's class is among the `k` largest predictions; one-hot targets [B, N]. */
export function topKCategoricalAccuracy(yTrue: Tensor, yPred: Tensor, k = 5): Tensor {
  checkSame('topKCategoricalAccuracy', yTrue, yPred)
  const classes = tidy(() => argMax(yTrue, -1).dataSync<'int32'>())
  return amongTopK('topKCategoricalAccuracy', classes, yPred, k)
}

/** As `topKCategoricalAccuracy`, for class numbers [B] or [B, 1]. */
export function sparseTopKCategoricalAccuracy(yTrue: Tensor, yPred: Tensor, k = 5): Tensor {
  const who = 'sparseTopKCategoricalAccuracy'
  return amongTopK(who, integers(who, 'yTrue', yTrue), yPred, k)
}

function amongTopK(who: string, classes: Int32Array, yPred: Tensor, k: number): Tensor {
  const N = yPred.shape[yPred.rank - 1] ?? 0
  checkInteger(who, 'k', k, 1)
  const predictions = yPred.view(who)
  const hits = Array.from(classes, (wanted, row) => {
    const own = predictions[row * N + wanted]
    if (own === undefined || Number.isNaN(own)) return 0
    // Ties go to the lower class, as argMax has it.
    let ahead = 0
    for (let n = 0; n < N; n++) {
      const other = predictions[row * N + n]!
      if (other > own || (other === own && n < wanted)) ahead++
    }
    return ahead < k ? 1 : 0
  })
  return fromValues(who, hits, [classes.length])
}

const METRICS = {
  binaryAccuracy: (yTrue, yPred) => binaryAccuracy(yTrue, yPred),
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  topKCategoricalAccuracy: (yTrue, yPred) => topKCategoricalAccuracy(yTrue, yPred),
  sparseTopKCategoricalAccuracy: (yTrue, yPred) => sparseTopKCategoricalAccuracy(yTrue, yPred),
  meanSquaredError: (yTrue, yPred) => meanSquaredError(yTrue, yPred),
  meanAbsoluteError: (yTrue, yPred) => meanAbsoluteError(yTrue, yPred),
} as const satisfies Record<string, MetricFunction>

/** 'accuracy' takes the form that fits the loss and the output. */
export type MetricName = keyof typeof METRICS | 'accuracy' | 'acc'
export const METRIC_NAMES = ['accuracy', 'acc', ...Object.keys(METRICS)] as MetricName[]

/** A metric as `compile` keeps it, under the name that logs have for it. */
export interface Metric {
  readonly name: string
  readonly apply: MetricFunction
}

export function toMetric(who: string, given: MetricName | MetricFunction, loss: Loss, classes: number): Metric {
  if (typeof given === 'function') return { name: given.name === '' ? 'metric' : given.name, apply: given }
  checkOneOf(who, 'metric', given, METRIC_NAMES)
  if (given !== 'accuracy' && given !== 'acc') return { name: given, apply: METRICS[given] }
  return { name: 'acc', apply: accuracyFor(loss, classes) }
}

function accuracyFor(loss: Loss, classes: number): MetricFunction {
  if (loss.sparse) return METRICS.sparseCategoricalAccuracy
  return loss.name === 'binaryCrossentropy' || classes === 1 ? METRICS.binaryAccuracy : METRICS.categoricalAccuracy
}

/**
 * How often class i was taken for class j: row = true class, column = predicted class.
 * @param labels true classes, [B]
 * @param predictions predicted classes, [B]
 * @returns int32 [numClasses, numClasses]
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
