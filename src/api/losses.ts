/** The namespace `losses`: functions of targets and predictions that return one value per sample. */

export {
  binaryCrossentropy,
  categoricalCrossentropy,
  meanAbsoluteError,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from '../losses/table.ts'
export { softmaxCrossEntropy } from '../ops/softmax.ts'
