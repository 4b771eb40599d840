/** The namespace `metrics`: functions of targets and predictions that return one value per sample. */

export { meanAbsoluteError, meanSquaredError } from '../losses/table.ts'
export {
  binaryAccuracy,
  categoricalAccuracy,
  confusionMatrix,
  sparseCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  topKCategoricalAccuracy,
} from '../metrics/table.ts'
