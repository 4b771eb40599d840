/** The namespace `metrics`: functions of targets and predictions that return one value per sample. */

export { meanAbsoluteError, meanSquaredError } from '../losses.ts'
export {
  binaryAccuracy,
  categoricalAccuracy,
  confusionMatrix,
  sparseCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  topKCategoricalAccuracy,
} from '../metrics.ts'
