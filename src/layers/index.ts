/** The namespace `layers`: a factory for each. */

export { activation, elu, leakyReLU, prelu, reLU, softmax, thresholdedReLU } from './activation.ts'
export { conv2d, depthwiseConv2d } from './convolution.ts'
export { dense } from './dense.ts'
export { dropout, spatialDropout2d } from './dropout.ts'
export { input, inputLayer } from './input.ts'
export { Layer } from './layer.ts'
export { add, average, concatenate, dot, maximum, minimum, multiply, subtract } from './merge.ts'
export { batchNormalization, layerNormalization } from './normalization.ts'
export { averagePooling2d, globalAveragePooling2d, globalMaxPooling2d, maxPooling2d } from './pooling.ts'
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
