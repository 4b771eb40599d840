/**
 * The losses of TF.js's namespace `losses`: weighted, and reduced to a scalar unless asked otherwise. Formulas and order
 * of arguments are TF.js's.
 */

import { ArgumentError, checkNumber, ShapeError, show, showShape } from '../errors.ts'
import { relu } from '../ops/activation.ts'
import { add, div, mul, squaredDifference, sub } from '../ops/arithmetic.ts'
import { notEqual } from '../ops/compare.ts'
import { onesLike } from '../ops/create.ts'
import { cast } from '../ops/op.ts'
import { mean } from '../ops/reduce.ts'
import { softmaxCrossEntropy as crossEntropy } from '../ops/softmax.ts'
import { sum } from '../ops/sum.ts'
import { abs, log, neg } from '../ops/unary.ts'
import { sameShape } from '../shape.ts'
import { type Tensor, type TensorLike, tidy, toTensor } from '../tensor.ts'
import { huberOf, sigmoidCrossEntropyOf, smoothed } from './table.ts'

/** What becomes of the single losses. */
export const Reduction = {
  /** They are returned as they are. */
  NONE: 0,
  /** Their weighted mean. */
  MEAN: 1,
  /** Their sum. */
  SUM: 2,
  /** Their sum over the number of weights that are not 0. */
  SUM_BY_NONZERO_WEIGHTS: 3,
} as const
export type Reduction = (typeof Reduction)[keyof typeof Reduction]

type Weights = TensorLike | null | undefined

/**
 * Losses times weights, reduced.
 * @param losses a tensor, or values for one
 * @param weights a scalar, or of the rank of the losses with sizes that are theirs or 1
 * @param reduction one of `Reduction`; default SUM_BY_NONZERO_WEIGHTS, which is the mean without weights
 * @example
 * losses.computeWeightedLoss([1, 2, 3], [1, 0, 1]).print() // 2
 */
export function computeWeightedLoss(losses: TensorLike, weights?: Weights, reduction?: Reduction | null): Tensor {
  const who = 'losses.computeWeightedLoss'
  return tidy(() => reduced(who, toTensor(who, 'losses', losses), weights, reduction))
}

function reduced(who: string, losses: Tensor, weights: Weights, given: Reduction | null | undefined): Tensor {
  const reduction = given ?? Reduction.SUM_BY_NONZERO_WEIGHTS
  if (!Object.values(Reduction).includes(reduction)) {
    throw new ArgumentError({ who, expected: 'a Reduction, from 0 to 3', received: show(given) })
  }
  const $losses = losses.dtype === 'float32' ? losses : cast(losses, 'float32')
  const $weights = weights === undefined || weights === null ? undefined : toTensor(who, 'weights', weights)
  if ($weights !== undefined) checkWeights(who, $weights, $losses)
  const weighted = $weights === undefined ? $losses : mul($losses, $weights)
  if (reduction === Reduction.NONE) return weighted === losses ? weighted.alias(who) : weighted
  if (reduction === Reduction.SUM) return sum(weighted)
  if ($weights === undefined) return mean(weighted)
  const all = mul(onesLike($losses), $weights)
  return div(sum(weighted), reduction === Reduction.MEAN ? sum(all) : sum(cast(notEqual(all, 0), 'float32')))
}

function checkWeights(who: string, weights: Tensor, losses: Tensor): void {
  const fits = weights.rank === losses.rank && weights.shape.every((size, i) => size === 1 || size === losses.shape[i])
  if (weights.rank === 0 || fits) return
  const expected = `weights that are a scalar or fit ${showShape(losses.shape)} axis by axis`
  throw new ShapeError({ who, expected, received: showShape(weights.shape) })
}

/** Runs a loss on two tensors of one shape, and reduces what it gives. */
function weightedLoss(
  who: string,
  labels: TensorLike,
  predictions: TensorLike,
  weights: Weights,
  reduction: Reduction | null | undefined,
  losses: (labels: Tensor, predictions: Tensor) => Tensor,
): Tensor {
  return tidy(() => {
    const [$labels, $predictions] = [toTensor(who, 'labels', labels), toTensor(who, 'predictions', predictions)]
    if (!sameShape($labels.shape, $predictions.shape)) {
      const expected = `labels of shape ${showShape($predictions.shape)}, as the predictions`
      throw new ShapeError({ who, expected, received: showShape($labels.shape) })
    }
    return reduced(who, losses($labels, $predictions), weights, reduction)
  })
}

/**
 * |l − p|, weighted and reduced.
 * @param labels what is right: a tensor, or values for one
 * @param predictions of the same shape
 * @param weights a scalar, or of the rank of the losses with sizes that are theirs or 1; default 1
 * @param reduction one of `Reduction`; default SUM_BY_NONZERO_WEIGHTS, which is the mean without weights
 * @example
 * losses.absoluteDifference([1, 2], [1, 4]).print() // 1
 */
export function absoluteDifference(
  labels: TensorLike,
  predictions: TensorLike,
  weights?: Weights,
  reduction?: Reduction | null,
): Tensor {
  const who = 'losses.absoluteDifference'
  return weightedLoss(who, labels, predictions, weights, reduction, (l, p) => abs(sub(l, p)))
}

/**
 * 1 − Σ l·p along `axis`, for vectors of norm 1; weighted and reduced.
 * @param labels what is right: a tensor, or values for one
 * @param predictions of the same shape
 * @param axis along which the vectors lie
 * @param weights a scalar, or of the rank of the losses with sizes that are theirs or 1; default 1
 * @param reduction one of `Reduction`; default SUM_BY_NONZERO_WEIGHTS, which is the mean without weights
 * @example
 * losses.cosineDistance([[1, 0]], [[0.6, 0.8]], 1).print() // 0.4
 */
export function cosineDistance(
  labels: TensorLike,
  predictions: TensorLike,
  axis: number,
  weights?: Weights,
  reduction?: Reduction | null,
): Tensor {
  const who = 'losses.cosineDistance'
  return weightedLoss(who, labels, predictions, weights, reduction, (l, p) => sub(1, sum(mul(l, p), axis, true)))
}

/**
 * max(0, 1 − (2l − 1)·p), for labels 0 and 1; weighted and reduced.
 * @param labels what is right: a tensor, or values for one
 * @param predictions of the same shape
 * @param weights a scalar, or of the rank of the losses with sizes that are theirs or 1; default 1
 * @param reduction one of `Reduction`; default SUM_BY_NONZERO_WEIGHTS, which is the mean without weights
 * @example
 * losses.hingeLoss([1, 0], [0.5, -2]).print() // 0.25
 */
export function hingeLoss(
  labels: TensorLike,
  predictions: TensorLike,
  weights?: Weights,
  reduction?: Reduction | null,
): Tensor {
  const who = 'losses.hingeLoss'
  const hinge = (l: Tensor, p: Tensor): Tensor => relu(sub(1, mul(sub(mul(l, 2), 1), p)))
  return weightedLoss(who, labels, predictions, weights, reduction, hinge)
}

/**
 * ½e² up to |e| = delta, delta·|e| − ½delta² beyond; weighted and reduced: Huber 1964.
 * @param labels what is right: a tensor, or values for one
 * @param predictions of the same shape
 * @param weights a scalar, or of the rank of the losses with sizes that are theirs or 1; default 1
 * @param delta default 1
 * @param reduction one of `Reduction`; default SUM_BY_NONZERO_WEIGHTS, which is the mean without weights
 * @example
 * losses.huberLoss([0, 0], [0.5, 3]).print() // 1.3125
 */
export function huberLoss(
  labels: TensorLike,
  predictions: TensorLike,
  weights?: Weights,
  delta?: number | null,
  reduction?: Reduction | null,
): Tensor {
  const who = 'losses.huberLoss'
  const bound = delta ?? 1
  checkNumber(who, 'delta', bound, { min: 0 })
  return weightedLoss(who, labels, predictions, weights, reduction, (l, p) => huberOf(l, p, bound))
}

/**
 * −l·log(p + epsilon) − (1 − l)·log(1 − p + epsilon), weighted and reduced.
 * @param labels what is right: a tensor, or values for one
 * @param predictions of the same shape
 * @param weights a scalar, or of the rank of the losses with sizes that are theirs or 1; default 1
 * @param epsilon default 1e-7
 * @param reduction one of `Reduction`; default SUM_BY_NONZERO_WEIGHTS, which is the mean without weights
 * @example
 * losses.logLoss([1, 0], [0.9, 0.4]).print() // 0.3080929
 */
export function logLoss(
  labels: TensorLike,
  predictions: TensorLike,
  weights?: Weights,
  epsilon?: number | null,
  reduction?: Reduction | null,
): Tensor {
  const who = 'losses.logLoss'
  const e = epsilon ?? 1e-7
  checkNumber(who, 'epsilon', e, { min: 0 })
  return weightedLoss(who, labels, predictions, weights, reduction, (l, p) =>
    neg(add(mul(l, log(add(p, e))), mul(sub(1, l), log(add(sub(1, p), e))))),
  )
}

/**
 * (l − p)², weighted and reduced.
 * @param labels what is right: a tensor, or values for one
 * @param predictions of the same shape
 * @param weights a scalar, or of the rank of the losses with sizes that are theirs or 1; default 1
 * @param reduction one of `Reduction`; default SUM_BY_NONZERO_WEIGHTS, which is the mean without weights
 * @example
 * losses.meanSquaredError([1, 2], [1, 4]).print() // 2
 */
export function meanSquaredError(
  labels: TensorLike,
  predictions: TensorLike,
  weights?: Weights,
  reduction?: Reduction | null,
): Tensor {
  return weightedLoss('losses.meanSquaredError', labels, predictions, weights, reduction, squaredDifference)
}

/**
 * The cross-entropy of sigmoids from their logits, weighted and reduced; `labelSmoothing` moves labels towards ½.
 * @param multiClassLabels 0 or 1 each
 * @param logits of the same shape
 * @param weights a scalar, or of the rank of the losses with sizes that are theirs or 1; default 1
 * @param labelSmoothing from 0 to below 1; default 0
 * @param reduction one of `Reduction`; default SUM_BY_NONZERO_WEIGHTS, which is the mean without weights
 * @example
 * losses.sigmoidCrossEntropy([1, 0], [2, -1]).print() // 0.2200948
 */
export function sigmoidCrossEntropy(
  multiClassLabels: TensorLike,
  logits: TensorLike,
  weights?: Weights,
  labelSmoothing?: number | null,
  reduction?: Reduction | null,
): Tensor {
  const who = 'losses.sigmoidCrossEntropy'
  const amount = checkSmoothing(who, labelSmoothing)
  return weightedLoss(who, multiClassLabels, logits, weights, reduction, (l, x) =>
    sigmoidCrossEntropyOf(smoothed(l, amount, true), x),
  )
}

/**
 * The cross-entropy of a softmax from its logits, weighted and reduced; `labelSmoothing` moves labels towards 1 /
 * classes.
 * @param onehotLabels [B, classes]
 * @param logits [B, classes]
 * @param weights a scalar, or of the rank of the losses with sizes that are theirs or 1; default 1
 * @param labelSmoothing from 0 to below 1; default 0
 * @param reduction one of `Reduction`; default SUM_BY_NONZERO_WEIGHTS, which is the mean without weights
 * @example
 * losses.softmaxCrossEntropy([[0, 1]], [[1, 2]]).print() // 0.3132617
 */
export function softmaxCrossEntropy(
  onehotLabels: TensorLike,
  logits: TensorLike,
  weights?: Weights,
  labelSmoothing?: number | null,
  reduction?: Reduction | null,
): Tensor {
  const who = 'losses.softmaxCrossEntropy'
  const amount = checkSmoothing(who, labelSmoothing)
  return weightedLoss(who, onehotLabels, logits, weights, reduction, (l, x) =>
    crossEntropy(smoothed(l, amount, false), x),
  )
}

function checkSmoothing(who: string, given: number | null | undefined): number {
  const amount = given ?? 0
  checkNumber(who, 'labelSmoothing', amount, { min: 0, max: 1 })
  return amount
}
