/**
 * Metrics that count over batches: precision and recall of all samples are not the means of those of batches. Each is a
 * few sums, what adds a batch to them, and what makes the figure of them.
 */

import { logarithm } from '../elementary.ts'
import { checkInteger, checkNumber, checkOneOf, checkOptions, ShapeError, showShape } from '../errors.ts'
import { scalar } from '../ops/create.ts'
import { type Tensor, type TensorLike, tidy, toTensor } from '../tensor.ts'

/** Sums over batches. */
export interface CountingMetric {
  readonly name: string
  /** How many sums there are; each starts from 0. */
  readonly sums: number
  /** Adds a batch. */
  add(sums: Float64Array, yTrue: Tensor, yPred: Tensor): void
  figure(sums: Float64Array): number
}

/** A counting metric that is also a function of all targets and predictions at once: a scalar. */
export interface Counted {
  (yTrue: TensorLike, yPred: TensorLike): Tensor
  /** The same over batches, for training. */
  readonly counting: CountingMetric
}

export function isCounting(value: unknown): value is Counted {
  return typeof value === 'function' && 'counting' in value
}

function counted(metric: CountingMetric): Counted {
  const all = (yTrue: TensorLike, yPred: TensorLike): Tensor =>
    tidy(() => {
      const sums = new Float64Array(metric.sums)
      metric.add(sums, toTensor(metric.name, 'yTrue', yTrue), toTensor(metric.name, 'yPred', yPred))
      return scalar(metric.figure(sums))
    })
  return Object.assign(all, { counting: metric })
}

/** Calls `each` with the elements of targets and predictions that belong together. */
function eachPair(who: string, yTrue: Tensor, yPred: Tensor, each: (t: number, p: number) => void): void {
  if (yTrue.size !== yPred.size) {
    const expected = `targets of shape ${showShape(yPred.shape)}`
    throw new ShapeError({ who, expected, received: showShape(yTrue.shape) })
  }
  const [targets, predictions] = [yTrue.view(who), yPred.view(who)]
  for (let i = 0; i < targets.length; i++) each(targets[i]!, predictions[i]!)
}

/** What `metrics.precisionAt`, `recallAt` and `f1ScoreAt` take. */
export interface ThresholdArgs {
  /** Predictions above it are positive. Default 0.5. */
  readonly threshold?: number | null
}

/** The counts of true positives, false positives and false negatives, and what is made of them. */
function ofCounts(
  name: string,
  args: ThresholdArgs | null | undefined,
  figure: (tp: number, fp: number, fn: number) => number,
): Counted {
  checkOptions(`metrics.${name}`, args ?? {}, ['threshold'])
  const threshold = args?.threshold ?? 0.5
  checkNumber(`metrics.${name}`, 'threshold', threshold)
  return counted({
    name,
    sums: 3,
    add(sums, yTrue, yPred) {
      eachPair(name, yTrue, yPred, (t, p) => {
        if (p > threshold) sums[t > 0.5 ? 0 : 1]!++
        else if (t > 0.5) sums[2]!++
      })
    },
    figure: ([tp, fp, fn]) => figure(tp!, fp!, fn!),
  })
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

/**
 * Precision with a threshold of one's own, for `compile({ metrics })`.
 * @param args `threshold`, default 0.5
 * @example
 * metrics.precisionAt({ threshold: 0.8 })([[1], [0]], [[0.9], [0.7]]).print() // 1
 */
export function precisionAt(args?: ThresholdArgs | null): Counted {
  return ofCounts('precision', args, (tp, fp) => share(tp, tp + fp))
}

/**
 * Recall with a threshold of one's own.
 * @param args `threshold`, default 0.5
 * @example
 * metrics.recallAt({ threshold: 0.8 })([[1], [1]], [[0.9], [0.7]]).print() // 0.5
 */
export function recallAt(args?: ThresholdArgs | null): Counted {
  return ofCounts('recall', args, (tp, _, fn) => share(tp, tp + fn))
}

/**
 * The harmonic mean of precision and recall, with a threshold of one's own.
 * @param args `threshold`, default 0.5
 * @example
 * metrics.f1ScoreAt({ threshold: 0.8 })([[1], [1]], [[0.9], [0.7]]).print() // 0.6666667
 */
export function f1ScoreAt(args?: ThresholdArgs | null): Counted {
  return ofCounts('f1Score', args, (tp, fp, fn) => share(2 * tp, 2 * tp + fp + fn))
}

/** What `metrics.aucOf` takes. */
export interface AucArgs {
  /** True against false positives, or precision against recall. Default 'ROC'. */
  readonly curve?: 'ROC' | 'PR' | null
  /** The curve is taken at so many thresholds. Default 200. */
  readonly numThresholds?: number | null
}

/**
 * The area under a curve over thresholds from 0 to 1, by trapezoids; of the PR curve by the interpolation of Davis &
 * Goadrich 2006, as Keras does.
 * @param args `curve`, 'ROC' (the default) or 'PR', and `numThresholds`, default 200
 * @example
 * metrics.aucOf({ curve: 'PR' })([[0], [1], [1]], [[0.2], [0.4], [0.9]]).print() // 1
 */
export function aucOf(args?: AucArgs | null): Counted {
  const who = 'metrics.auc'
  checkOptions(who, args ?? {}, ['curve', 'numThresholds'])
  const [curve, count] = [args?.curve ?? 'ROC', args?.numThresholds ?? 200]
  checkOneOf(who, 'curve', curve, ['ROC', 'PR'])
  checkInteger(who, 'numThresholds', count, 2, 1e6)
  // Keras's: the first is below 0 and the last above 1, so that the curve has both ends.
  const thresholds = Float64Array.from({ length: count }, (_, i) => i / (count - 1))
  thresholds[0] = -1e-7
  thresholds[count - 1] = 1 + 1e-7
  return counted({
    name: 'auc',
    // Positives, then negatives, by how many thresholds their prediction is above.
    sums: 2 * (count + 1),
    add(sums, yTrue, yPred) {
      eachPair('auc', yTrue, yPred, (t, p) => {
        let above = Math.max(0, Math.min(count, Math.ceil(p * (count - 1))))
        while (above > 0 && !(p > thresholds[above - 1]!)) above--
        while (above < count && p > thresholds[above]!) above++
        const at = (t > 0.5 ? 0 : count + 1) + above
        sums[at]!++
      })
    },
    figure: (sums) => area(curve, count, sums),
  })
}

function area(curve: 'ROC' | 'PR', count: number, sums: Float64Array): number {
  // tp[i], fp[i]: positives and negatives whose prediction is above threshold i.
  const tp = new Float64Array(count)
  const fp = new Float64Array(count)
  for (let i = count - 1; i >= 0; i--) {
    tp[i] = (tp[i + 1] ?? 0) + sums[i + 1]!
    fp[i] = (fp[i + 1] ?? 0) + sums[count + 1 + i + 1]!
  }
  const [positives, negatives] = [tp[0]! + sums[0]!, fp[0]! + sums[count + 1]!]
  let total = 0
  for (let i = 0; i + 1 < count; i++) {
    const [dtp, dp] = [tp[i]! - tp[i + 1]!, tp[i]! + fp[i]! - tp[i + 1]! - fp[i + 1]!]
    if (curve === 'ROC') {
      const heights = share(tp[i]!, positives) + share(tp[i + 1]!, positives)
      total += (heights / 2) * share(fp[i]! - fp[i + 1]!, negatives)
      continue
    }
    const slope = share(dtp, dp)
    const [p, next] = [tp[i]! + fp[i]!, tp[i + 1]! + fp[i + 1]!]
    const intercept = tp[i + 1]! - slope * next
    const ratio = p > 0 && next > 0 ? p / next : 1
    total += share(slope * (dtp + intercept * logarithm(ratio)), positives)
  }
  return total
}

/** 1 − Σ(t − p)² / Σ(t − t̄)² over all elements. */
export function r2(): Counted {
  return counted({
    name: 'r2Score',
    sums: 4,
    add(sums, yTrue, yPred) {
      eachPair('r2Score', yTrue, yPred, (t, p) => {
        sums[0]! += (t - p) * (t - p)
        sums[1]! += t
        sums[2]! += t * t
        sums[3]!++
      })
    },
    figure: ([errors, sum, squares, n]) => 1 - errors! / (squares! - (sum! * sum!) / n!),
  })
}

/**
 * Of the predictions above 0.5 the share whose target is 1.
 * @param yTrue targets, 0 or 1
 * @param yPred predictions from 0 to 1, of the same shape
 * @example
 * metrics.precision([[1], [0], [1]], [[0.9], [0.8], [0.1]]).print() // 0.5
 */
export const precision: Counted = /* @__PURE__ */ precisionAt()
/**
 * Of the targets that are 1 the share whose prediction is above 0.5.
 * @param yTrue targets, 0 or 1
 * @param yPred predictions from 0 to 1, of the same shape
 * @example
 * metrics.recall([[1], [0], [1]], [[0.9], [0.8], [0.1]]).print() // 0.5
 */
export const recall: Counted = /* @__PURE__ */ recallAt()
/**
 * The harmonic mean of precision and recall.
 * @param yTrue targets, 0 or 1
 * @param yPred predictions from 0 to 1, of the same shape
 * @example
 * metrics.f1Score([[1], [0], [1]], [[0.9], [0.8], [0.1]]).print() // 0.5
 */
export const f1Score: Counted = /* @__PURE__ */ f1ScoreAt()
/**
 * The area under the ROC curve.
 * @param yTrue targets, 0 or 1
 * @param yPred predictions from 0 to 1, of the same shape
 * @example
 * metrics.auc([[0], [1]], [[0.2], [0.9]]).print() // 1
 */
export const auc: Counted = /* @__PURE__ */ aucOf()
/**
 * How much of the targets' variance the predictions explain.
 * @param yTrue targets
 * @param yPred predictions of the same shape
 * @example
 * metrics.r2Score([1, 2, 3], [1, 2, 2]).print() // 0.5
 */
export const r2Score: Counted = /* @__PURE__ */ r2()
