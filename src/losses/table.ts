/**
 * Losses by name: functions of targets and predictions with one value per sample (per position, where the output has
 * positions). Formulas are those of TF.js and Keras. A loss that has a form on logits is computed there whenever a model
 * ends in softmax or sigmoid: the logarithm of a probability that has been rounded to 0 is lost, that of its logit is
 * not.
 */

import { ArgumentError, ShapeError, show, showShape } from '../errors.ts'
import { checkName, findName, type SnakeCase } from '../names.ts'
import { relu, softplus } from '../ops/activation.ts'
import { add, div, maximum, minimum, mul, squaredDifference, sub } from '../ops/arithmetic.ts'
import { oneHot } from '../ops/gather.ts'
import { reshape } from '../ops/layout.ts'
import { withIntegers } from '../ops/operands.ts'
import { max, mean } from '../ops/reduce.ts'
import { softmaxCrossEntropy } from '../ops/softmax.ts'
import { sum } from '../ops/sum.ts'
import { abs, clipByValue, exp, log, log1p, neg, sqrt, square } from '../ops/unary.ts'
import { sameShape, sizeOf } from '../shape.ts'
import { type Tensor, type TensorLike, tidy, toTensor } from '../tensor.ts'

/** A value per sample, [B], per element or in all, from targets and predictions; training takes the mean of it. */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor

/** Which activation a loss can take back: it is then given the logits. */
export type LogitActivation = 'softmax' | 'sigmoid'

interface LossDefinition {
  readonly apply: LossFunction
  /** The same from what goes into the activation. */
  readonly fromLogits?: { readonly activation: LogitActivation; readonly apply: LossFunction }
  /** The shape of a target for predictions of a shape: what is missing or wrong is told before any arithmetic. */
  readonly checkTarget: (who: string, target: readonly number[], prediction: readonly number[]) => void
  /** Whether targets are class numbers. */
  readonly sparse?: boolean
}

/** Probabilities are kept this far from 0 and 1 before a logarithm: Keras's epsilon. */
const EPSILON = 1e-7

const probable = (p: Tensor): Tensor => clipByValue(p, EPSILON, 1 - EPSILON)

/** Rows that sum to 1, as a softmax gives them already. */
const normalized = (p: Tensor): Tensor => div(p, sum(p, -1, true))

const lastMean = (values: Tensor): Tensor => (values.rank === 0 ? values : mean(values, -1))

/** Class numbers [B, …] or [B, …, 1] as one-hot rows for predictions [B, …, classes]. */
function classesOf(yTrue: Tensor, { shape }: Tensor): Tensor {
  const who = "loss 'sparseCategoricalCrossentropy'"
  const classes = shape.at(-1)!
  return withIntegers(who, 'targets', yTrue, (labels) => {
    const bad = labels.view(who).find((label) => label < 0 || label >= classes)
    if (bad === undefined) return reshape(oneHot(reshape(labels, [-1]), classes), shape)
    throw new ArgumentError({ who, expected: `classes from 0 to ${classes - 1}`, received: String(bad) })
  })
}

function sameAsPrediction(who: string, target: readonly number[], prediction: readonly number[]): void {
  if (sameShape(target, prediction)) return
  const expected = `targets of shape ${batched(prediction)}`
  throw new ShapeError({ who, expected, received: showShape(target) })
}

/** Whether a shape is that of class numbers for predictions [B, …, classes]. */
function isClasses(target: readonly number[], prediction: readonly number[]): boolean {
  const positions = prediction.slice(0, -1)
  return sameShape(target, positions) || sameShape(target, [...positions, 1])
}

function oneHotTarget(who: string, target: readonly number[], prediction: readonly number[]): void {
  if (sameShape(target, prediction)) return
  throw new ShapeError({
    who,
    expected: `one-hot targets ${batched(prediction)}`,
    received: showShape(target),
    hint: isClasses(target, prediction)
      ? "use 'sparseCategoricalCrossentropy' for class numbers, or oneHot()"
      : undefined,
  })
}

function classTarget(who: string, target: readonly number[], prediction: readonly number[]): void {
  if (prediction.length > 1 && isClasses(target, prediction)) return
  const positions = [null, ...prediction.slice(1, -1)]
  throw new ShapeError({
    who,
    expected: `class numbers of shape ${showShape(positions)} or ${showShape([...positions, 1])}`,
    received: showShape(target),
    hint: sameShape(target, prediction) ? "use 'categoricalCrossentropy' for one-hot targets" : undefined,
  })
}

function batched(shape: readonly number[]): string {
  return showShape([null, ...shape.slice(1)])
}

const crossEntropy = (yTrue: Tensor, yPred: Tensor): Tensor =>
  neg(sum(mul(yTrue, log(probable(normalized(yPred)))), -1))

/** x / √max(Σx², ε) */
const unit = (x: Tensor): Tensor => div(x, sqrt(maximum(sum(square(x), -1, true), EPSILON)))

const margin = (yTrue: Tensor, yPred: Tensor): Tensor => relu(sub(1, mul(yTrue, yPred)))

const LOSSES = {
  categoricalCrossentropy: {
    apply: crossEntropy,
    fromLogits: { activation: 'softmax', apply: (yTrue, logits) => softmaxCrossEntropy(yTrue, logits) },
    checkTarget: oneHotTarget,
  },
  sparseCategoricalCrossentropy: {
    apply: (yTrue, yPred) => crossEntropy(classesOf(yTrue, yPred), yPred),
    fromLogits: {
      activation: 'softmax',
      apply: (yTrue, logits) => softmaxCrossEntropy(classesOf(yTrue, logits), logits),
    },
    checkTarget: classTarget,
    sparse: true,
  },
  binaryCrossentropy: {
    apply: (yTrue, yPred) => {
      const p = probable(yPred)
      return lastMean(neg(add(mul(yTrue, log(p)), mul(sub(1, yTrue), log(sub(1, p))))))
    },
    fromLogits: {
      activation: 'sigmoid',
      apply: (yTrue, x) => lastMean(sigmoidCrossEntropyOf(yTrue, x)),
    },
    checkTarget: sameAsPrediction,
  },
  meanSquaredError: {
    apply: (yTrue, yPred) => lastMean(squaredDifference(yPred, yTrue)),
    checkTarget: sameAsPrediction,
  },
  meanAbsoluteError: {
    apply: (yTrue, yPred) => lastMean(abs(sub(yPred, yTrue))),
    checkTarget: sameAsPrediction,
  },
  meanAbsolutePercentageError: {
    apply: (yTrue, yPred) => mul(100, lastMean(abs(div(sub(yTrue, yPred), maximum(abs(yTrue), EPSILON))))),
    checkTarget: sameAsPrediction,
  },
  meanSquaredLogarithmicError: {
    apply: (yTrue, yPred) => {
      const logarithm = (x: Tensor): Tensor => log(add(maximum(x, EPSILON), 1))
      return lastMean(squaredDifference(logarithm(yPred), logarithm(yTrue)))
    },
    checkTarget: sameAsPrediction,
  },
  hinge: { apply: (yTrue, yPred) => lastMean(margin(yTrue, yPred)), checkTarget: sameAsPrediction },
  squaredHinge: { apply: (yTrue, yPred) => lastMean(square(margin(yTrue, yPred))), checkTarget: sameAsPrediction },
  categoricalHinge: {
    apply: (yTrue, yPred) => {
      const right = sum(mul(yTrue, yPred), -1)
      return relu(add(sub(max(mul(sub(1, yTrue), yPred), -1), right), 1))
    },
    checkTarget: oneHotTarget,
  },
  huber: { apply: (yTrue, yPred) => lastMean(huberOf(yTrue, yPred, 1)), checkTarget: sameAsPrediction },
  // log cosh d = d + softplus(−2d) − log 2
  logcosh: {
    apply: (yTrue, yPred) => {
      const d = sub(yPred, yTrue)
      return lastMean(sub(add(d, softplus(mul(d, -2))), Math.LN2))
    },
    checkTarget: sameAsPrediction,
  },
  kullbackLeiblerDivergence: {
    apply: (yTrue, yPred) => {
      const [p, q] = [clipByValue(yTrue, EPSILON, 1), clipByValue(yPred, EPSILON, 1)]
      return sum(mul(yTrue, log(div(p, q))), -1)
    },
    checkTarget: sameAsPrediction,
  },
  poisson: {
    apply: (yTrue, yPred) => lastMean(sub(yPred, mul(yTrue, log(add(yPred, EPSILON))))),
    checkTarget: sameAsPrediction,
  },
  cosineProximity: {
    apply: (yTrue, yPred) => neg(sum(mul(unit(yTrue), unit(yPred)), -1)),
    checkTarget: sameAsPrediction,
  },
} as const satisfies Record<string, LossDefinition>

/** max(x, 0) − x·t + log(1 + e^−|x|), per element. */
export function sigmoidCrossEntropyOf(yTrue: Tensor, x: Tensor): Tensor {
  const positive = relu(x)
  // −|x| in a form whose slope at 0 goes with that of relu there, 0: the two make sigmoid(0) = ½.
  const below = sub(x, mul(positive, 2))
  return add(sub(positive, mul(x, yTrue)), log1p(exp(below)))
}

/** ½e² up to |e| = delta, delta·(|e| − ½delta) beyond, per element: Huber 1964. */
export function huberOf(yTrue: Tensor, yPred: Tensor, delta: number): Tensor {
  const error = abs(sub(yPred, yTrue))
  const quadratic = minimum(error, delta)
  return add(mul(square(quadratic), 0.5), mul(sub(error, quadratic), delta))
}

/** categoricalCrossentropy, sparseCategoricalCrossentropy, binaryCrossentropy, meanSquaredError, … */
export type LossName = keyof typeof LOSSES
export const LOSS_NAMES = /* @__PURE__ */ Object.keys(LOSSES) as LossName[]

/** Names that Keras has beside ours, in lower case and without underscores. */
export const LOSS_ALIASES = {
  mse: 'meanSquaredError',
  mae: 'meanAbsoluteError',
  mape: 'meanAbsolutePercentageError',
  msle: 'meanSquaredLogarithmicError',
  kld: 'kullbackLeiblerDivergence',
  kldivergence: 'kullbackLeiblerDivergence',
  bce: 'binaryCrossentropy',
  huberloss: 'huber',
  cosine: 'cosineProximity',
  cosinesimilarity: 'cosineProximity',
} as const satisfies Record<string, LossName>

/** Names as TF.js and Keras spell them: 'mse', 'mean_squared_error', 'MeanSquaredError'. */
export type LossSpelling =
  | LossName
  | SnakeCase<LossName>
  | Capitalize<LossName>
  | keyof typeof LOSS_ALIASES
  | 'MSE'
  | 'MAE'
  | 'MAPE'
  | 'MSLE'
  | 'KLD'
  | 'cosine_similarity'
  | 'cosineSimilarity'

/** A loss as `compile` keeps it. */
export interface Loss {
  /** The name for messages and files; undefined for a function of the user's. */
  readonly name: LossName | undefined
  readonly apply: LossFunction
  readonly fromLogits: LossDefinition['fromLogits']
  readonly checkTarget: LossDefinition['checkTarget']
  readonly sparse: boolean
}

/** What is known of smoothed losses, so that they too are computed from logits. */
const KNOWN = /* @__PURE__ */ new WeakMap<LossFunction, Partial<Loss>>()

export function toLoss(who: string, given: LossSpelling | LossFunction): Loss {
  if (typeof given === 'function') {
    const custom = { name: undefined, apply: given, fromLogits: undefined, checkTarget: () => {}, sparse: false }
    return { ...custom, ...KNOWN.get(given) }
  }
  const name = checkName(who, 'loss', given, LOSS_NAMES, LOSS_ALIASES)
  const { apply, fromLogits, checkTarget, sparse = false }: LossDefinition = LOSSES[name]
  return { name, apply, fromLogits, checkTarget, sparse }
}

/** The name of the loss that a model file names, in Keras's or in our spelling. */
export function lossFromFile(who: string, file: unknown): LossName {
  const found = findName(file, LOSS_NAMES, LOSS_ALIASES)
  if (found !== undefined) return found
  const expected = `a loss among ${LOSS_NAMES.join(', ')}`
  throw new ArgumentError({ who, expected, received: show(file) })
}

/** A loss of the table on tensors or arrays, its arguments checked. */
export function perSample(name: LossName, who: string, yTrue: TensorLike, yPred: TensorLike): Tensor {
  return tidy(() => {
    const [$true, $pred] = [toTensor(who, 'yTrue', yTrue), toTensor(who, 'yPred', yPred)]
    const { apply, checkTarget }: LossDefinition = LOSSES[name]
    checkTarget(who, $true.shape, $pred.shape)
    const value = apply($true, $pred)
    return value === $true || value === $pred ? value.alias(who) : value
  })
}

/**
 * A cross-entropy whose one-hot targets are smoothed: t·(1 − amount) + amount / classes; for the binary one
 * t·(1 − amount) + ½amount. For `compile({ loss })`.
 * @param loss which one
 * @param amount from 0 to below 1; 0.1 is usual
 * @returns a function for `compile`
 * @example
 * const model = sequential({ layers: [layers.dense({ units: 3, activation: 'softmax', inputShape: [4] })] })
 * model.compile({ optimizer: 'adam', loss: losses.withLabelSmoothing('categoricalCrossentropy', 0.1) })
 */
export function withLabelSmoothing(
  loss: 'categoricalCrossentropy' | 'binaryCrossentropy',
  amount: number,
): LossFunction {
  const who = 'losses.withLabelSmoothing'
  const name = checkName(who, 'loss', loss, ['categoricalCrossentropy', 'binaryCrossentropy'])
  if (!(amount >= 0 && amount <= 1)) {
    throw new ArgumentError({ who, expected: 'amount to be a number from 0 to 1', received: show(amount) })
  }
  const { apply, fromLogits, checkTarget }: LossDefinition = LOSSES[name]
  const smooth = (yTrue: Tensor): Tensor => smoothed(yTrue, amount, name === 'binaryCrossentropy')
  const smoothing: LossFunction = (yTrue, yPred) => apply(smooth(yTrue), yPred)
  const { activation, apply: onLogits } = fromLogits!
  const fromSmooth = { activation, apply: (yTrue: Tensor, x: Tensor) => onLogits(smooth(yTrue), x) }
  KNOWN.set(smoothing, { fromLogits: fromSmooth, checkTarget })
  return smoothing
}

/** Labels moved towards the even distribution; towards ½ where each is one of its own. */
export function smoothed(labels: Tensor, amount: number, binary: boolean): Tensor {
  if (amount === 0) return labels
  return add(mul(labels, 1 - amount), amount * (binary ? 0.5 : 1 / labels.shape.at(-1)!))
}

/**
 * −Σ t·log p over one-hot targets (or distributions) [B, N] and probabilities [B, N], which are scaled to sum 1; [B].
 * @param yTrue targets: a tensor, or values for one
 * @param yPred predictions, likewise
 * @example
 * losses.categoricalCrossentropy([[0, 1]], [[0.25, 0.75]]).print() // [0.2876821]
 */
export function categoricalCrossentropy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return perSample('categoricalCrossentropy', 'categoricalCrossentropy', yTrue, yPred)
}

/**
 * −log p of the class with the target's number; targets [B] or [B, 1]; [B].
 * @param yTrue targets: a tensor, or values for one
 * @param yPred predictions, likewise
 * @example
 * losses.sparseCategoricalCrossentropy([1], [[0.25, 0.75]]).print() // [0.2876821]
 */
export function sparseCategoricalCrossentropy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return perSample('sparseCategoricalCrossentropy', 'sparseCategoricalCrossentropy', yTrue, yPred)
}

/**
 * −t·log p − (1 − t)·log(1 − p), the mean over the last axis.
 * @param yTrue targets: a tensor, or values for one
 * @param yPred predictions, likewise
 * @example
 * losses.binaryCrossentropy([[1], [0]], [[0.9], [0.4]]).print() // [0.1053605, 0.5108256]
 */
export function binaryCrossentropy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return perSample('binaryCrossentropy', 'binaryCrossentropy', yTrue, yPred)
}

/**
 * (p − t)², the mean over the last axis.
 * @param yTrue targets: a tensor, or values for one
 * @param yPred predictions, likewise
 * @example
 * metrics.meanSquaredError([[1, 2]], [[1, 4]]).print() // [2]
 */
export function meanSquaredError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return perSample('meanSquaredError', 'meanSquaredError', yTrue, yPred)
}

/**
 * |p − t|, the mean over the last axis.
 * @param yTrue targets: a tensor, or values for one
 * @param yPred predictions, likewise
 * @example
 * metrics.meanAbsoluteError([[1, 2]], [[1, 4]]).print() // [1]
 */
export function meanAbsoluteError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return perSample('meanAbsoluteError', 'meanAbsoluteError', yTrue, yPred)
}

/**
 * 100·|t − p| / |t|, the mean over the last axis.
 * @param yTrue targets: a tensor, or values for one
 * @param yPred predictions, likewise
 * @example
 * metrics.meanAbsolutePercentageError([[1, 2]], [[1, 4]]).print() // [50]
 */
export function meanAbsolutePercentageError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return perSample('meanAbsolutePercentageError', 'meanAbsolutePercentageError', yTrue, yPred)
}

/**
 * −cos of the angle between target and prediction, along the last axis.
 * @param yTrue targets: a tensor, or values for one
 * @param yPred predictions, likewise
 * @example
 * metrics.cosineProximity([[1, 0]], [[3, 4]]).print() // [-0.6]
 */
export function cosineProximity(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return perSample('cosineProximity', 'cosineProximity', yTrue, yPred)
}

/** The mean over all axes but the batch: [B] of [B, …]; a scalar stays one. */
export function perSampleOf(who: string, values: Tensor, samples: number): Tensor {
  if (values.rank === 0 || values.rank === 1) return values
  if (values.shape[0] === samples) return mean(reshape(values, [samples, sizeOf(values.shape.slice(1))]), 1)
  throw new ShapeError({ who, expected: `values for ${samples} samples`, received: showShape(values.shape) })
}
