/** The namespace `losses`: functions of targets and predictions that return one value per sample. */

export {
  binaryCrossentropy,
  categoricalCrossentropy,
  meanAbsoluteError,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from '../losses.ts'
export { softmaxCrossEntropy } from '../ops/softmax.ts'
