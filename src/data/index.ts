/** Data sets, as browsers have them: `data.*` of the public surface. */
export { ImageDataset, type ImageDatasetArgs } from './dataset.ts'
export { DIGIT_SIDE, digitFromPixels, normalizeDigit } from './digit-picture.ts'
export { type DigitsOptions, syntheticDigits } from './digits.ts'
export { type IdxArray, type IdxLimits, parseIdx, readIdx } from './idx.ts'
export { imageFolder, readPicture } from './image-folder.browser.ts'
export type {
  ImageFolder,
  ImageFolderOptions,
  ImageFolderProgress,
  PictureFiles,
  SkippedPicture,
} from './image-folder.ts'
export { type LoadMnistOptions, loadMnist } from './mnist.browser.ts'
export type { Mnist, MnistPart } from './mnist.ts'
export { array, CSVDataset, type CsvConfig, csv, Dataset, func, generator, zip } from './pipeline.ts'
export type { PictureFit, Pixels } from './resample.ts'
