/** The namespace `layers`: a factory for each. */

export { activation, elu, leakyReLU, reLU, softmax } from './activation.ts'
export { conv2d, depthwiseConv2d } from './convolution.ts'
export { dense } from './dense.ts'
export { dropout, spatialDropout2d } from './dropout.ts'
export { input, inputLayer } from './input.ts'
export { Layer } from './layer.ts'
export { averagePooling2d, globalAveragePooling2d, globalMaxPooling2d, maxPooling2d } from './pooling.ts'
export { flatten, reshape, zeroPadding2d } from './shaping.ts'
