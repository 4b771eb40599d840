/** The namespace `metrics`: functions of targets and predictions; one value per sample, or one in all where it is counted. */

export {
  binaryCrossentropy,
  categoricalCrossentropy,
  cosineProximity,
  cosineProximity as cosine,
  meanAbsoluteError,
  meanAbsoluteError as MAE,
  meanAbsoluteError as mae,
  meanAbsolutePercentageError,
  meanAbsolutePercentageError as MAPE,
  meanAbsolutePercentageError as mape,
  meanSquaredError,
  meanSquaredError as MSE,
  meanSquaredError as mse,
  sparseCategoricalCrossentropy,
} from '../losses/table.ts'
export { confusionMatrix } from '../metrics/confusion-matrix.ts'
export type { AucArgs, ThresholdArgs } from '../metrics/counting.ts'
export {
  auc,
  aucOf,
  f1Score,
  f1ScoreAt,
  precision,
  precisionAt,
  r2Score,
  recall,
  recallAt,
} from '../metrics/counting.ts'
export {
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  topKCategoricalAccuracy,
} from '../metrics/table.ts'
