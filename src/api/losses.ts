/**
 * The namespace `losses`: TF.js's, weighted and reduced to a scalar, and the cross-entropies and the absolute error of
 * Keras, which return one value per sample.
 */

export {
  binaryCrossentropy,
  categoricalCrossentropy,
  meanAbsoluteError,
  sparseCategoricalCrossentropy,
  withLabelSmoothing,
} from '../losses/table.ts'
export {
  absoluteDifference,
  computeWeightedLoss,
  cosineDistance,
  hingeLoss,
  huberLoss,
  logLoss,
  meanSquaredError,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
} from '../losses/weighted.ts'
