/**
 * Losses: functions of targets and predictions that return one value per sample. A loss that has a form on logits is
 * computed there whenever a model ends in softmax or sigmoid: the logarithm of a probability that has been rounded to 0
 * is lost, that of its logit is not.
 */

import { ArgumentError, checkOneOf, ShapeError, show, showShape } from '../errors.ts'
import { relu } from '../ops/activation.ts'
import { add, mul, squaredDifference, sub } from '../ops/arithmetic.ts'
import { oneHot, reshape } from '../ops/layout.ts'
import { withIntegers } from '../ops/operands.ts'
import { mean, sum } from '../ops/reduce.ts'
import { softmaxCrossEntropy } from '../ops/softmax.ts'
import { abs, clipByValue, exp, log, log1p, neg } from '../ops/unary.ts'
import { sameShape } from '../shape.ts'
import { type Tensor, tidy } from '../tensor.ts'

/** One value per sample, [B], from targets and predictions. */
export type LossFunction = (yTrue: Tensor, yPred: Tensor) => Tensor

/** Which activation a loss can take back: it is then given the logits. */
export type LogitActivation = 'softmax' | 'sigmoid'

interface LossDefinition {
  /** The name in model files, as Keras has it. */
  readonly file: string
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

function flatMean(values: Tensor): Tensor {
  if (values.rank < 2) return values
  return mean(reshape(values, [values.shape[0]!, -1]), 1)
}

/** Class numbers [B] or [B, 1] as one-hot rows. */
function classesOf(yTrue: Tensor, classes: number): Tensor {
  const who = "loss 'sparseCategoricalCrossentropy'"
  return withIntegers(who, 'targets', yTrue, (labels) => {
    const bad = labels.view(who).find((label) => label < 0 || label >= classes)
    if (bad === undefined) return oneHot(reshape(labels, [-1]), classes)
    throw new ArgumentError({ who, expected: `classes from 0 to ${classes - 1}`, received: String(bad) })
  })
}

function sameAsPrediction(who: string, target: readonly number[], prediction: readonly number[]): void {
  if (sameShape(target, prediction)) return
  const expected = `targets of shape ${batched(prediction)}`
  throw new ShapeError({ who, expected, received: showShape(target) })
}

function oneHotTarget(who: string, target: readonly number[], prediction: readonly number[]): void {
  if (sameShape(target, prediction)) return
  const sparse = target.length === 1 || (target.length === 2 && target[1] === 1)
  throw new ShapeError({
    who,
    expected: `one-hot targets ${batched(prediction)}`,
    received: showShape(target),
    hint: sparse ? "use 'sparseCategoricalCrossentropy' for class numbers, or oneHot()" : undefined,
  })
}

function classTarget(who: string, target: readonly number[], prediction: readonly number[]): void {
  if (prediction.length === 2 && (target.length === 1 || (target.length === 2 && target[1] === 1))) return
  throw new ShapeError({
    who,
    expected: 'class numbers of shape [*] or [*, 1]',
    received: showShape(target),
    hint: sameShape(target, prediction) ? "use 'categoricalCrossentropy' for one-hot targets" : undefined,
  })
}

function batched(shape: readonly number[]): string {
  return showShape([null, ...shape.slice(1)])
}

const LOSSES = {
  categoricalCrossentropy: {
    file: 'categorical_crossentropy',
    apply: (yTrue, yPred) => neg(sum(mul(yTrue, log(probable(yPred))), -1)),
    fromLogits: { activation: 'softmax', apply: (yTrue, logits) => softmaxCrossEntropy(yTrue, logits) },
    checkTarget: oneHotTarget,
  },
  sparseCategoricalCrossentropy: {
    file: 'sparse_categorical_crossentropy',
    apply: (yTrue, yPred) => neg(sum(mul(classesOf(yTrue, yPred.shape[1]!), log(probable(yPred))), -1)),
    fromLogits: {
      activation: 'softmax',
      apply: (yTrue, logits) => softmaxCrossEntropy(classesOf(yTrue, logits.shape[1]!), logits),
    },
    checkTarget: classTarget,
    sparse: true,
  },
  binaryCrossentropy: {
    file: 'binary_crossentropy',
    apply: (yTrue, yPred) => {
      const p = probable(yPred)
      return flatMean(neg(add(mul(yTrue, log(p)), mul(sub(1, yTrue), log(sub(1, p))))))
    },
    // max(x, 0) − x·t + log(1 + e^−|x|)
    fromLogits: {
      activation: 'sigmoid',
      apply: (yTrue, x) => flatMean(add(sub(relu(x), mul(x, yTrue)), log1p(exp(neg(abs(x)))))),
    },
    checkTarget: sameAsPrediction,
  },
  meanSquaredError: {
    file: 'mean_squared_error',
    apply: (yTrue, yPred) => flatMean(squaredDifference(yPred, yTrue)),
    checkTarget: sameAsPrediction,
  },
  meanAbsoluteError: {
    file: 'mean_absolute_error',
    apply: (yTrue, yPred) => flatMean(abs(sub(yPred, yTrue))),
    checkTarget: sameAsPrediction,
  },
} as const satisfies Record<string, LossDefinition>

/** categoricalCrossentropy, sparseCategoricalCrossentropy, binaryCrossentropy, meanSquaredError, … */
export type LossName = keyof typeof LOSSES
export const LOSS_NAMES = Object.keys(LOSSES) as LossName[]

/** A loss as `compile` keeps it. */
export interface Loss {
  /** The name for messages and files; undefined for a function of the user's. */
  readonly name: LossName | undefined
  readonly file: string
  readonly apply: LossFunction
  readonly fromLogits: LossDefinition['fromLogits']
  readonly checkTarget: LossDefinition['checkTarget']
  readonly sparse: boolean
}

export function toLoss(who: string, given: LossName | LossFunction): Loss {
  if (typeof given === 'function') {
    const file = given.name === '' ? 'custom' : given.name
    return { name: undefined, file, apply: given, fromLogits: undefined, checkTarget: () => {}, sparse: false }
  }
  checkOneOf(who, 'loss', given, LOSS_NAMES)
  const definition: LossDefinition = LOSSES[given]
  return {
    name: given,
    file: definition.file,
    apply: definition.apply,
    fromLogits: definition.fromLogits,
    checkTarget: definition.checkTarget,
    sparse: definition.sparse ?? false,
  }
}

/** The name of the loss that a model file names, in Keras's or in our spelling. */
export function lossFromFile(who: string, file: unknown): LossName {
  const found = LOSS_NAMES.find((name) => name === file || LOSSES[name].file === file)
  if (found !== undefined) return found
  const expected = `a loss among ${LOSS_NAMES.map((name) => LOSSES[name].file).join(', ')}`
  throw new ArgumentError({ who, expected, received: show(file) })
}

function checked(name: LossName): LossFunction {
  return (yTrue, yPred) => {
    LOSSES[name].checkTarget(`losses.${name}`, yTrue.shape, yPred.shape)
    return tidy(() => LOSSES[name].apply(yTrue, yPred))
  }
}

/** −Σ t·log p over one-hot targets (or distributions) [B, N] and probabilities [B, N]; [B]. */
export const categoricalCrossentropy: LossFunction = checked('categoricalCrossentropy')
/** −log p of the class with the target's number; targets [B] or [B, 1]; [B]. */
export const sparseCategoricalCrossentropy: LossFunction = checked('sparseCategoricalCrossentropy')
/** −t·log p − (1 − t)·log(1 − p), the mean over all axes but the batch; [B]. */
export const binaryCrossentropy: LossFunction = checked('binaryCrossentropy')
/** (p − t)², the mean over all axes but the batch; [B]. */
export const meanSquaredError: LossFunction = checked('meanSquaredError')
/** |p − t|, the mean over all axes but the batch; [B]. */
export const meanAbsoluteError: LossFunction = checked('meanAbsoluteError')
