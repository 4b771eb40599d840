/** Data sets, as Node has them: `data.*` of the public surface. */
import { provideTensors } from '../late-tensor.ts'
import { tensor } from '../ops/create.ts'

export { ImageDataset, type ImageDatasetArgs } from './dataset.ts'
export { DIGIT_SIDE, digitFromPixels, normalizeDigit } from './digit-picture.ts'
export { type DigitsOptions, syntheticDigits } from './digits.ts'
export { type IdxArray, type IdxLimits, parseIdx, readIdx } from './idx.ts'
export { imageFolder, readPicture } from './image-folder.node.ts'
export type {
  ImageFolder,
  ImageFolderOptions,
  ImageFolderProgress,
  PictureFiles,
  SkippedPicture,
} from './image-folder.ts'
export { type LoadMnistOptions, loadMnist, type MnistProgress } from './mnist.node.ts'
export type { Mnist, MnistPart } from './mnist.ts'
export { array, CSVDataset, type CsvConfig, csv, Dataset, func, generator, zip } from './pipeline.ts'
export type { PictureFit, Pixels } from './resample.ts'

// In Node nothing is downloaded, so that the data sets make tensors by themselves.
provideTensors(tensor)
