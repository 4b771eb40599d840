/** The namespace `layers`: a factory for each. */

export { activation, elu, leakyReLU, prelu, reLU, softmax, thresholdedReLU } from './activation.ts'
export { conv1d, conv2d, conv2dTranspose, depthwiseConv2d, separableConv2d } from './convolution.ts'
export { dense } from './dense.ts'
export { dropout, spatialDropout2d } from './dropout.ts'
export { embedding } from './embedding.ts'
export { input, inputLayer } from './input.ts'
export { Layer } from './layer.ts'
export { add, average, concatenate, dot, maximum, minimum, multiply, subtract } from './merge.ts'
export { alphaDropout, gaussianDropout, gaussianNoise, spatialDropout1d } from './noise.ts'
export { batchNormalization, layerNormalization } from './normalization.ts'
export {
  averagePooling1d,
  averagePooling2d,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  maxPooling1d,
  maxPooling2d,
} from './pooling.ts'
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
