/**
 * Metrics by name: what is told of predictions beside the loss. Most are functions with one value per sample, of which
 * `fit` and `evaluate` report the mean over all samples; those for which a mean of batches would be wrong (precision,
 * AUC) keep counts over the batches. None of them has a gradient.
 */

import { checkInteger, ShapeError, showShape } from '../errors.ts'
import {
  LOSS_ALIASES,
  LOSS_NAMES,
  type Loss,
  type LossName,
  type LossSpelling,
  perSample,
  perSampleOf,
} from '../losses/table.ts'
import { checkName, type SnakeCase } from '../names.ts'
import { equal, greater } from '../ops/compare.ts'
import { reshape } from '../ops/layout.ts'
import { cast } from '../ops/op.ts'
import { withIntegers } from '../ops/operands.ts'
import { argMax, mean } from '../ops/reduce.ts'
import { sameShape } from '../shape.ts'
import { fromValues, type Tensor, type TensorLike, tidy, toTensor } from '../tensor.ts'
import {
  aucOf,
  type Counted,
  type CountingMetric,
  f1ScoreAt,
  isCounting,
  precisionAt,
  r2,
  recallAt,
} from './counting.ts'

/** One value per sample from targets and predictions, [B], or a scalar. */
export type MetricFunction = (yTrue: Tensor, yPred: Tensor) => Tensor

function lastMean(correct: Tensor): Tensor {
  const values = cast(correct, 'float32')
  return values.rank === 0 ? values : mean(values, -1)
}

/** Runs a metric on two tensors of one shape. */
function onPair(
  who: string,
  yTrue: TensorLike,
  yPred: TensorLike,
  metric: (yTrue: Tensor, yPred: Tensor) => Tensor,
): Tensor {
  return tidy(() => {
    const [$true, $pred] = [toTensor(who, 'yTrue', yTrue), toTensor(who, 'yPred', yPred)]
    if (sameShape($true.shape, $pred.shape)) return metric($true, $pred)
    const expected = `targets of shape ${showShape($pred.shape)}`
    throw new ShapeError({ who, expected, received: showShape($true.shape) })
  })
}

/**
 * The share, along the last axis, of predictions on the target's side of `threshold`.
 * @param yTrue targets, 0 or 1, [B, …]
 * @param yPred predictions of the same shape
 * @param threshold default 0.5
 * @example
 * metrics.binaryAccuracy([[1, 0]], [[0.9, 0.8]]).print() // [0.5]
 */
export function binaryAccuracy(yTrue: TensorLike, yPred: TensorLike, threshold?: number | null): Tensor {
  return onPair('binaryAccuracy', yTrue, yPred, (t, p) =>
    lastMean(equal(cast(t, 'float32'), cast(greater(p, threshold ?? 0.5), 'float32'))),
  )
}

/**
 * 1 where the largest prediction is at the largest target; [B, N] both.
 * @param yTrue one-hot targets, [B, N]
 * @param yPred predictions, [B, N]
 * @example
 * metrics.categoricalAccuracy([[0, 1], [1, 0]], [[0.2, 0.8], [0.3, 0.7]]).print() // [1, 0]
 */
export function categoricalAccuracy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return onPair('categoricalAccuracy', yTrue, yPred, (t, p) => cast(equal(argMax(t, -1), argMax(p, -1)), 'float32'))
}

/**
 * 1 where the largest prediction is that of the target's class; targets [B] or [B, 1].
 * @param yTrue class numbers, [B] or [B, 1]
 * @param yPred predictions, [B, N]
 * @example
 * metrics.sparseCategoricalAccuracy([1, 0], [[0.2, 0.8], [0.3, 0.7]]).print() // [1, 0]
 */
export function sparseCategoricalAccuracy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const who = 'sparseCategoricalAccuracy'
  return tidy(() => {
    const found = argMax(toTensor(who, 'yPred', yPred), -1)
    return withIntegers(who, 'yTrue', yTrue, (labels) => {
      if (labels.size === found.size) return cast(equal(reshape(labels, found.shape), found), 'float32')
      throw new ShapeError({
        who,
        expected: `class numbers of shape ${showShape(found.shape)}`,
        received: showShape(labels.shape),
      })
    })
  })
}

/**
 * 1 where the target's class is among the `k` largest predictions; one-hot targets [B, N].
 * @param yTrue one-hot targets, [B, N]
 * @param yPred predictions, [B, N]
 * @param k default 5
 * @example
 * metrics.topKCategoricalAccuracy([[0, 0, 1]], [[0.5, 0.2, 0.3]], 2).print() // [1]
 */
export function topKCategoricalAccuracy(yTrue: TensorLike, yPred: TensorLike, k?: number | null): Tensor {
  return onPair('topKCategoricalAccuracy', yTrue, yPred, (t, p) =>
    amongTopK('topKCategoricalAccuracy', argMax(t, -1).dataSync<'int32'>(), p, k ?? 5),
  )
}

/**
 * As `topKCategoricalAccuracy`, for class numbers [B] or [B, 1].
 * @param yTrue class numbers, [B] or [B, 1]
 * @param yPred predictions, [B, N]
 * @param k default 5
 * @example
 * metrics.sparseTopKCategoricalAccuracy([1], [[0.5, 0.2, 0.3]], 2).print() // [0]
 */
export function sparseTopKCategoricalAccuracy(yTrue: TensorLike, yPred: TensorLike, k?: number | null): Tensor {
  const who = 'sparseTopKCategoricalAccuracy'
  return tidy(() => {
    const classes = withIntegers(who, 'yTrue', yTrue, (labels) => labels.dataSync<'int32'>())
    return amongTopK(who, classes, toTensor(who, 'yPred', yPred), k ?? 5)
  })
}

function amongTopK(who: string, classes: Int32Array, yPred: Tensor, k: number): Tensor {
  const N = yPred.shape[yPred.rank - 1] ?? 0
  checkInteger(who, 'k', k, 1)
  if (classes.length * N !== yPred.size) {
    const expected = `a target for each prediction of ${showShape(yPred.shape)}`
    throw new ShapeError({ who, expected, received: `${classes.length}` })
  }
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
  return fromValues(who, hits, yPred.shape.slice(0, -1))
}

const ACCURACIES = {
  binaryAccuracy: (yTrue, yPred) => binaryAccuracy(yTrue, yPred),
  categoricalAccuracy: (yTrue, yPred) => categoricalAccuracy(yTrue, yPred),
  sparseCategoricalAccuracy: (yTrue, yPred) => sparseCategoricalAccuracy(yTrue, yPred),
  topKCategoricalAccuracy: (yTrue, yPred) => topKCategoricalAccuracy(yTrue, yPred),
  sparseTopKCategoricalAccuracy: (yTrue, yPred) => sparseTopKCategoricalAccuracy(yTrue, yPred),
} as const satisfies Record<string, MetricFunction>

const COUNTING = {
  precision: precisionAt,
  recall: recallAt,
  f1Score: f1ScoreAt,
  auc: aucOf,
  r2Score: r2,
} as const satisfies Record<string, () => Counted>

type OwnMetricName = keyof typeof ACCURACIES | keyof typeof COUNTING
/** Names that stand for the form that fits the loss and the output. */
const FORMS = { accuracy: 'acc', acc: 'acc', crossentropy: 'ce', ce: 'ce' } as const
type Form = (typeof FORMS)[keyof typeof FORMS]
/** 'accuracy' and 'crossentropy' take the form that fits the loss and the output; each loss is a metric too. */
export type MetricName = OwnMetricName | LossName | keyof typeof FORMS

const OWN_NAMES = /* @__PURE__ */ [...Object.keys(ACCURACIES), ...Object.keys(COUNTING)] as OwnMetricName[]
export const METRIC_NAMES = /* @__PURE__ */ [...Object.keys(FORMS), ...OWN_NAMES, ...LOSS_NAMES] as MetricName[]

const ALIASES: Readonly<Record<string, MetricName>> = {
  ...LOSS_ALIASES,
  r2: 'r2Score',
  f1: 'f1Score',
}

/** Names as TF.js and Keras spell them: 'mae', 'binary_accuracy', 'AUC'. */
export type MetricSpelling = MetricName | SnakeCase<OwnMetricName> | Capitalize<OwnMetricName> | LossSpelling | 'AUC'

/** A metric as `compile` keeps it, under the name that logs have for it. */
export interface Metric {
  readonly name: string
  /** A tally that starts from nothing. */
  start(): Tally
}

/** What a metric has come to, over batches. */
export interface Tally {
  /** Adds a batch, and returns its figure: its own for a mean, that of all so far for what is counted. */
  add(yTrue: Tensor, yPred: Tensor): number
  readonly value: number
  /** The sums, for checkpoints. */
  readonly sums: Float64Array
}

/** The mean over samples of a figure per sample. */
function meanTally(who: string, apply: MetricFunction): Tally {
  const sums = new Float64Array(2)
  return {
    sums,
    add(yTrue, yPred) {
      const samples = yPred.shape[0]!
      const value = meanOf(perSampleOf(who, apply(yTrue, yPred), samples))
      sums[0]! += value * samples
      sums[1]! += samples
      return value
    },
    get value() {
      return sums[0]! / sums[1]!
    },
  }
}

function countingTally(metric: CountingMetric): Tally {
  const sums = new Float64Array(metric.sums)
  return {
    sums,
    add(yTrue, yPred) {
      metric.add(sums, yTrue, yPred)
      return metric.figure(sums)
    },
    get value() {
      return metric.figure(sums)
    },
  }
}

/** The mean, added up in float64: shares of correct answers come out exact. */
export function meanOf(perSample: Tensor): number {
  const values = perSample.view()
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}

/** The form of 'accuracy' and 'crossentropy' for an output. */
function formFor(name: Form, loss: Loss | undefined, classes: number): OwnMetricName | LossName {
  const kind = loss?.sparse ? 0 : loss?.name === 'binaryCrossentropy' || classes === 1 ? 1 : 2
  return name === 'acc'
    ? (['sparseCategoricalAccuracy', 'binaryAccuracy', 'categoricalAccuracy'] as const)[kind]
    : (['sparseCategoricalCrossentropy', 'binaryCrossentropy', 'categoricalCrossentropy'] as const)[kind]
}

/** @param classes the size of the output's last axis */
export function toMetric(
  who: string,
  given: MetricSpelling | MetricFunction | Counted,
  loss: Loss | undefined,
  classes: number,
): Metric {
  if (isCounting(given)) return { name: given.counting.name, start: () => countingTally(given.counting) }
  if (typeof given === 'function') {
    const name = given.name === '' ? 'metric' : given.name
    return { name, start: () => meanTally(name, given) }
  }
  const found = checkName(who, 'metric', given, METRIC_NAMES, ALIASES)
  const form = Object.hasOwn(FORMS, found) ? FORMS[found as keyof typeof FORMS] : undefined
  const name = form === undefined ? (found as OwnMetricName | LossName) : formFor(form, loss, classes)
  const shown = form ?? given
  if (Object.hasOwn(COUNTING, name)) {
    const { counting } = COUNTING[name as keyof typeof COUNTING]()
    return { name: shown, start: () => countingTally(counting) }
  }
  const own = Object.hasOwn(ACCURACIES, name) ? ACCURACIES[name as keyof typeof ACCURACIES] : undefined
  const apply: MetricFunction = own ?? ((t, p) => perSample(name as LossName, name, t, p))
  return { name: shown, start: () => meanTally(name, apply) }
}
