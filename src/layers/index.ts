/** The namespace `layers`: a factory for each. */

export * from './absent.ts'
export { activation, elu, leakyReLU, prelu, reLU, softmax, thresholdedReLU } from './activation.ts'
export type * from './args.ts'
export { randomBrightness, randomContrast, randomFlip } from './augmentation.ts'
export {
  conv1d,
  conv1dTranspose,
  conv2d,
  conv2dTranspose,
  depthwiseConv1d,
  depthwiseConv2d,
  separableConv1d,
  separableConv2d,
} from './convolution.ts'
export { dense } from './dense.ts'
export { dropout, spatialDropout2d } from './dropout.ts'
export { embedding } from './embedding.ts'
export { categoryEncoding, normalization } from './features.ts'
export { groupNormalization, identity, unitNormalization } from './group-normalization.ts'
export { input, inputLayer } from './input.ts'
export { Layer } from './layer.ts'
export { add, average, concatenate, dot, maximum, minimum, multiply, subtract } from './merge.ts'
export { alphaDropout, gaussianDropout, gaussianNoise, spatialDropout1d } from './noise.ts'
export { batchNormalization, layerNormalization } from './normalization.ts'
// TF.js's other names.
export {
  averagePooling1d,
  averagePooling1d as avgPool1d,
  averagePooling1d as avgPooling1d,
  averagePooling2d,
  averagePooling2d as avgPool2d,
  averagePooling2d as avgPooling2d,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling1d as globalMaxPool1d,
  globalMaxPooling2d,
  globalMaxPooling2d as globalMaxPool2d,
  maxPooling1d,
  maxPooling1d as maxPool1d,
  maxPooling2d,
  maxPooling2d as maxPool2d,
} from './pooling.ts'
export { centerCrop, rescaling, resizing } from './preprocessing.ts'
export { randomCrop, randomHeight, randomWidth } from './random-sizes.ts'
export { randomRotation, randomTranslation, randomZoom } from './random-transforms.ts'
export {
  cropping1D,
  cropping2D,
  flatten,
  permute,
  repeatVector,
  reshape,
  zeroPadding1d,
  zeroPadding2d,
} from './shaping.ts'
export { upSampling1d, upSampling2d } from './upsampling.ts'
