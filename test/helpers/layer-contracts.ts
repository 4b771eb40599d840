/** A layer of each type, with its shapes and its number of parameters: what the tests of all layers go through. */

import * as constraints from '../../src/constraints/table.ts'
import * as initializers from '../../src/initializers/table.ts'
import * as layers from '../../src/layers/index.ts'
import type { Layer } from '../../src/layers/layer.ts'
import * as regularizers from '../../src/regularizers/table.ts'
import type { Shape } from '../../src/shape.ts'

export interface Contract {
  readonly make: () => Layer
  /** The shape of one sample; of one for each input where there are several. */
  readonly input: Shape | readonly Shape[]
  readonly output: Shape
  readonly params: number
  /** A shape of one sample that the layer refuses, or one for each input. */
  readonly refused?: Shape | readonly Shape[]
  /** The number of different indices, where the input is of those and has no gradient. */
  readonly indices?: number
}

export function isList(shape: Shape | readonly Shape[]): shape is readonly Shape[] {
  return Array.isArray(shape[0])
}

export function listOf(shape: Shape | readonly Shape[]): readonly Shape[] {
  return isList(shape) ? shape : [shape]
}

const IMAGE: Shape = [6, 7, 4]

export const CONTRACTS: Record<string, Contract> = {
  'Activation tanh': { make: () => layers.activation({ activation: 'tanh' }), input: [5], output: [5], params: 0 },
  Add: { make: () => layers.add(), input: [[5], [5], [5]], output: [5], params: 0, refused: [[5], [4]] },
  'Add, stretched': {
    make: () => layers.add(),
    input: [
      [4, 3],
      [1, 3],
    ],
    output: [4, 3],
    params: 0,
  },
  Average: { make: () => layers.average(), input: [[5], [5]], output: [5], params: 0, refused: [5] },
  AveragePooling2D: {
    make: () => layers.averagePooling2d(),
    input: IMAGE,
    output: [3, 3, 4],
    params: 0,
    refused: [6, 7],
  },
  AlphaDropout: { make: () => layers.alphaDropout({ rate: 0.3 }), input: [5], output: [5], params: 0 },
  AveragePooling1D: {
    make: () => layers.averagePooling1d({ poolSize: 3, strides: 2, padding: 'same' }),
    input: [6, 4],
    output: [3, 4],
    params: 0,
    refused: [6],
  },
  'AveragePooling2D same': {
    make: () => layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
    input: IMAGE,
    output: [3, 4, 4],
    params: 0,
  },
  BatchNormalization: {
    make: () =>
      layers.batchNormalization({
        betaInitializer: initializers.randomUniform({ seed: 1 }),
        gammaInitializer: initializers.randomUniform({ minval: 0.5, maxval: 1.5, seed: 2 }),
      }),
    input: [2, 3, 5],
    output: [2, 3, 5],
    params: 20,
    refused: [],
  },
  'BatchNormalization of another axis, without scale': {
    make: () => layers.batchNormalization({ axis: 1, scale: false, epsilon: 0.01, momentum: 0.9 }),
    input: [4, 3],
    output: [4, 3],
    params: 12,
  },
  CenterCrop: {
    make: () => layers.centerCrop({ height: 3, width: 4 }),
    input: IMAGE,
    output: [3, 4, 4],
    params: 0,
    refused: [6, 7],
  },
  'CenterCrop of smaller images': {
    make: () => layers.centerCrop({ height: 3, width: 9 }),
    input: IMAGE,
    output: [3, 9, 4],
    params: 0,
  },
  CategoryEncoding: {
    make: () => layers.categoryEncoding({ numTokens: 3 }),
    input: [4],
    output: [3],
    params: 0,
    indices: 3,
  },
  'CategoryEncoding, one-hot': {
    make: () => layers.categoryEncoding({ numTokens: 3, outputMode: 'oneHot' }),
    input: [4],
    output: [4, 3],
    params: 0,
    indices: 3,
  },
  Concatenate: {
    make: () => layers.concatenate(),
    input: [
      [2, 3],
      [2, 4],
    ],
    output: [2, 7],
    params: 0,
    refused: [
      [2, 3],
      [3, 3],
    ],
  },
  'Concatenate along the first axis': {
    make: () => layers.concatenate({ axis: 1 }),
    input: [
      [2, 3],
      [4, 3],
    ],
    output: [6, 3],
    params: 0,
  },
  Conv1D: {
    make: () => layers.conv1d({ filters: 5, kernelSize: 3, activation: 'tanh' }),
    input: [7, 4],
    output: [5, 5],
    params: 3 * 4 * 5 + 5,
    refused: [2, 4],
  },
  'Conv1D, causal': {
    make: () =>
      layers.conv1d({ filters: 2, kernelSize: [3], padding: 'causal', dilationRate: 2, strides: 2, useBias: false }),
    input: [7, 3],
    output: [4, 2],
    params: 3 * 3 * 2,
  },
  'Conv1D in groups, channels first': {
    make: () => layers.conv1d({ filters: 4, kernelSize: 2, groups: 2, strides: 2, dataFormat: 'channelsFirst' }),
    input: [4, 7],
    output: [4, 3],
    params: 2 * 2 * 4 + 4,
  },
  Conv1DTranspose: {
    make: () => layers.conv1dTranspose({ filters: 3, kernelSize: 3, strides: 2, activation: 'sigmoid' }),
    input: [4, 2],
    output: [9, 3],
    params: 3 * 2 * 3 + 3,
    refused: [4],
  },
  'Conv1DTranspose same': {
    make: () => layers.conv1dTranspose({ filters: 3, kernelSize: [4], strides: [3], padding: 'same', useBias: false }),
    input: [3, 2],
    output: [9, 3],
    params: 4 * 2 * 3,
  },
  Conv2D: {
    make: () => layers.conv2d({ filters: 5, kernelSize: 3 }),
    input: IMAGE,
    output: [4, 5, 5],
    params: 3 * 3 * 4 * 5 + 5,
    refused: [2, 2, 4],
  },
  'Conv2D with regularizers and constraints, channels first': {
    make: () =>
      layers.conv2d({
        filters: 5,
        kernelSize: 3,
        dataFormat: 'channelsFirst',
        kernelRegularizer: 'l1l2',
        kernelConstraint: 'unitNorm',
        biasRegularizer: regularizers.l2({ l2: 0.5 }),
        biasConstraint: constraints.maxNorm({ maxValue: 3 }),
      }),
    input: [4, 6, 7],
    output: [5, 4, 5],
    params: 3 * 3 * 4 * 5 + 5,
  },
  Conv2DTranspose: {
    make: () => layers.conv2dTranspose({ filters: 3, kernelSize: [3, 2], strides: 2, activation: 'sigmoid' }),
    input: [3, 4, 2],
    output: [7, 8, 3],
    params: 3 * 2 * 2 * 3 + 3,
    refused: [3, 4],
  },
  'Conv2DTranspose same': {
    make: () => layers.conv2dTranspose({ filters: 3, kernelSize: 4, strides: [2, 1], padding: 'same', useBias: false }),
    input: [3, 4, 2],
    output: [6, 4, 3],
    params: 4 * 4 * 2 * 3,
  },
  'Conv2D with everything': {
    make: () =>
      layers.conv2d({
        filters: 6,
        kernelSize: [2, 3],
        strides: [2, 1],
        padding: 'same',
        dilationRate: [1, 2],
        activation: 'tanh',
        useBias: false,
        groups: 2,
        kernelInitializer: 'heNormal',
      }),
    input: IMAGE,
    output: [3, 7, 6],
    params: 2 * 3 * 2 * 6,
    refused: [6, 7, 3],
  },
  'Conv2D relu': {
    make: () =>
      layers.conv2d({
        filters: 3,
        kernelSize: 1,
        activation: 'relu',
        // Some filters on and some off, all far from the kink.
        kernelInitializer: initializers.constant({ value: 0.01 }),
        biasInitializer: initializers.randomNormal({ stddev: 1, seed: 3 }),
      }),
    input: IMAGE,
    output: [6, 7, 3],
    params: 4 * 3 + 3,
  },
  Cropping1D: {
    make: () => layers.cropping1D({ cropping: [1, 2] }),
    input: [6, 3],
    output: [3, 3],
    params: 0,
    refused: [3, 3],
  },
  Cropping2D: {
    make: () => layers.cropping2D({ cropping: [1, [0, 2]] as never }),
    input: IMAGE,
    output: [4, 5, 4],
    params: 0,
    refused: [2, 7, 4],
  },
  Dense: { make: () => layers.dense({ units: 3 }), input: [5], output: [3], params: 18 },
  'Dense over more axes, sigmoid': {
    make: () => layers.dense({ units: 3, activation: 'sigmoid', useBias: false }),
    input: [2, 5],
    output: [2, 3],
    params: 15,
  },
  'Dense softmax': {
    make: () => layers.dense({ units: 4, activation: 'softmax' }),
    input: [5],
    output: [4],
    params: 24,
  },
  DepthwiseConv1D: {
    make: () => layers.depthwiseConv1d({ kernelSize: 3, depthMultiplier: 2, strides: 2, activation: 'tanh' }),
    input: [7, 3],
    output: [3, 6],
    params: 3 * 3 * 2 + 6,
    refused: [2, 3],
  },
  'DepthwiseConv1D, causal': {
    make: () => layers.depthwiseConv1d({ kernelSize: [2], padding: 'causal', dilationRate: [3], useBias: false }),
    input: [7, 3],
    output: [7, 3],
    params: 2 * 3,
  },
  DepthwiseConv2D: {
    make: () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, activation: 'tanh' }),
    input: IMAGE,
    output: [4, 5, 8],
    params: 3 * 3 * 4 * 2 + 8,
    refused: [6, 7],
  },
  Dot: {
    make: () => layers.dot({ axes: 1 }),
    input: [[5], [5]],
    output: [1],
    params: 0,
    refused: [[5], [4]],
  },
  'Dot of matrices, normalized': {
    make: () => layers.dot({ axes: [2, 1], normalize: true }),
    input: [
      [2, 3],
      [3, 4],
    ],
    output: [2, 4],
    params: 0,
    refused: [[3], [3]],
  },
  Dropout: { make: () => layers.dropout({ rate: 0.5 }), input: [5], output: [5], params: 0 },
  ELU: { make: () => layers.elu(), input: [5], output: [5], params: 0 },
  Flatten: { make: () => layers.flatten(), input: IMAGE, output: [168], params: 0 },
  Embedding: {
    make: () => layers.embedding({ inputDim: 3, outputDim: 4, embeddingsInitializer: 'randomNormal' }),
    input: [2],
    output: [2, 4],
    params: 12,
    indices: 3,
  },
  GaussianDropout: { make: () => layers.gaussianDropout({ rate: 0.3 }), input: [5], output: [5], params: 0 },
  GaussianNoise: { make: () => layers.gaussianNoise({ stddev: 0.3 }), input: [5], output: [5], params: 0 },
  GlobalAveragePooling1D: {
    make: () => layers.globalAveragePooling1d(),
    input: [6, 4],
    output: [4],
    params: 0,
    refused: [6],
  },
  GlobalMaxPooling1D: { make: () => layers.globalMaxPooling1d(), input: [6, 4], output: [4], params: 0, refused: [7] },
  'GlobalAveragePooling2D that keeps axes': {
    make: () => layers.globalAveragePooling2d({ keepDims: true }),
    input: IMAGE,
    output: [1, 1, 4],
    params: 0,
  },
  GlobalAveragePooling2D: {
    make: () => layers.globalAveragePooling2d(),
    input: IMAGE,
    output: [4],
    params: 0,
    refused: [6, 7],
  },
  GlobalMaxPooling2D: { make: () => layers.globalMaxPooling2d(), input: IMAGE, output: [4], params: 0, refused: [7] },
  GroupNormalization: {
    make: () => layers.groupNormalization({ groups: 2, gammaInitializer: initializers.randomUniform({ seed: 2 }) }),
    input: [3, 2, 4],
    output: [3, 2, 4],
    params: 8,
    refused: [3, 2, 5],
  },
  'GroupNormalization of single channels, without beta': {
    make: () => layers.groupNormalization({ groups: -1, center: false, epsilon: 0.1 }),
    input: [6, 3],
    output: [6, 3],
    params: 3,
  },
  Identity: { make: () => layers.identity(), input: [5], output: [5], params: 0 },
  InputLayer: { make: () => layers.inputLayer({ inputShape: [5] }), input: [5], output: [5], params: 0 },
  LayerNormalization: {
    make: () => layers.layerNormalization({ gammaInitializer: initializers.randomUniform({ seed: 2 }) }),
    input: [3, 5],
    output: [3, 5],
    params: 10,
  },
  'LayerNormalization over two axes': {
    make: () => layers.layerNormalization({ axis: [1, 3], gammaInitializer: initializers.randomNormal({ seed: 2 }) }),
    input: [3, 2, 4],
    output: [3, 2, 4],
    params: 24,
  },
  LeakyReLU: { make: () => layers.leakyReLU({ alpha: 0.2 }), input: [5], output: [5], params: 0 },
  Maximum: { make: () => layers.maximum(), input: [[5], [5]], output: [5], params: 0 },
  Minimum: { make: () => layers.minimum(), input: [[5], [5]], output: [5], params: 0 },
  Multiply: { make: () => layers.multiply(), input: [[5], [5], [5]], output: [5], params: 0 },
  MaxPooling2D: { make: () => layers.maxPooling2d(), input: IMAGE, output: [3, 3, 4], params: 0, refused: [1, 7, 4] },
  MaxPooling1D: { make: () => layers.maxPooling1d(), input: [7, 3], output: [3, 3], params: 0, refused: [1, 3] },
  'MaxPooling2D overlapping': {
    make: () => layers.maxPooling2d({ poolSize: [3, 2], strides: 1 }),
    input: IMAGE,
    output: [4, 6, 4],
    params: 0,
  },
  PReLU: {
    make: () => layers.prelu({ alphaInitializer: initializers.constant({ value: 0.2 }), sharedAxes: [1] }),
    input: [3, 4],
    output: [3, 4],
    params: 4,
  },
  Permute: {
    make: () => layers.permute({ dims: [3, 1, 2] }),
    input: [2, 3, 4],
    output: [4, 2, 3],
    params: 0,
    refused: [2],
  },
  Normalization: { make: () => layers.normalization(), input: [4, 3], output: [4, 3], params: 7 },
  'Normalization over two axes, inverse': {
    make: () => layers.normalization({ axis: [1, 3], mean: [1, 2, 3, 4, 5, 6], variance: 4, invert: true }),
    input: [2, 5, 3],
    output: [2, 5, 3],
    params: 0,
    refused: [2, 5, 4],
  },
  'ReLU with everything': {
    make: () => layers.reLU({ maxValue: 0.9, negativeSlope: 0.1, threshold: 0.3 }),
    input: [4],
    output: [4],
    params: 0,
  },
  ReLU: { make: () => layers.reLU(), input: [5], output: [5], params: 0 },
  'ReLU with a ceiling': { make: () => layers.reLU({ maxValue: 0.5 }), input: [5], output: [5], params: 0 },
  RandomBrightness: {
    make: () => layers.randomBrightness({ factor: 0.5, valueRange: [-9, 9] }),
    input: IMAGE,
    output: IMAGE,
    params: 0,
  },
  RandomContrast: {
    make: () => layers.randomContrast({ factor: [0.2, 0.4], seed: 3 }),
    input: IMAGE,
    output: IMAGE,
    params: 0,
  },
  RandomCrop: {
    make: () => layers.randomCrop({ height: 3, width: 5, seed: 4 }),
    input: IMAGE,
    output: [3, 5, 4],
    params: 0,
    refused: [5],
  },
  RandomRotation: {
    make: () => layers.randomRotation({ factor: 0.2, seed: 3 }),
    input: IMAGE,
    output: IMAGE,
    params: 0,
    refused: [5],
  },
  RandomTranslation: {
    make: () => layers.randomTranslation({ heightFactor: 0.3, widthFactor: [-0.1, 0.4], fillMode: 'wrap' }),
    input: IMAGE,
    output: IMAGE,
    params: 0,
  },
  RandomZoom: {
    make: () => layers.randomZoom({ heightFactor: [-0.3, 0.4], fillMode: 'constant', fillValue: 2 }),
    input: IMAGE,
    output: IMAGE,
    params: 0,
  },
  'RandomZoom, the nearest pixels': {
    make: () =>
      layers.randomZoom({ heightFactor: 0.3, widthFactor: 0.2, fillMode: 'nearest', interpolation: 'nearest' }),
    input: IMAGE,
    output: IMAGE,
    params: 0,
  },
  RandomFlip: { make: () => layers.randomFlip(), input: IMAGE, output: IMAGE, params: 0, refused: [5] },
  Rescaling: { make: () => layers.rescaling({ scale: 1 / 255, offset: -0.5 }), input: IMAGE, output: IMAGE, params: 0 },
  'Rescaling by channel': {
    make: () => layers.rescaling({ scale: [1, 2, 3, 4], offset: [0, 1, 2, 3] }),
    input: IMAGE,
    output: IMAGE,
    params: 0,
    refused: [6, 7, 3],
  },
  Resizing: {
    make: () => layers.resizing({ height: 4, width: 9 }),
    input: IMAGE,
    output: [4, 9, 4],
    params: 0,
    refused: [5],
  },
  'Resizing, cropped': {
    make: () => layers.resizing({ height: 4, width: 9, cropToAspectRatio: true, interpolation: 'nearest' }),
    input: IMAGE,
    output: [4, 9, 4],
    params: 0,
  },
  'Resizing, padded': {
    make: () => layers.resizing({ height: 8, width: 5, padToAspectRatio: true, fillValue: 3 }),
    input: IMAGE,
    output: [8, 5, 4],
    params: 0,
  },
  RepeatVector: { make: () => layers.repeatVector({ n: 3 }), input: [4], output: [3, 4], params: 0, refused: [2, 2] },
  Reshape: {
    make: () => layers.reshape({ targetShape: [2, -1] }),
    input: [6],
    output: [2, 3],
    params: 0,
    refused: [5],
  },
  SeparableConv1D: {
    make: () =>
      layers.separableConv1d({ filters: 5, kernelSize: 3, strides: 2, depthMultiplier: 2, activation: 'tanh' }),
    input: [7, 4],
    output: [3, 5],
    params: 3 * 4 * 2 + 8 * 5 + 5,
    refused: [6],
  },
  'SeparableConv1D same': {
    make: () => layers.separableConv1d({ filters: 2, kernelSize: 4, padding: 'same', useBias: false }),
    input: [7, 3],
    output: [7, 2],
    params: 4 * 3 + 3 * 2,
  },
  SeparableConv2D: {
    make: () =>
      layers.separableConv2d({ filters: 5, kernelSize: 3, strides: 2, depthMultiplier: 2, activation: 'tanh' }),
    input: IMAGE,
    output: [2, 3, 5],
    params: 3 * 3 * 4 * 2 + 8 * 5 + 5,
    refused: [6, 7],
  },
  Softmax: { make: () => layers.softmax(), input: [5], output: [5], params: 0 },
  SpatialDropout1D: {
    make: () => layers.spatialDropout1d({ rate: 0.5 }),
    input: [6, 4],
    output: [6, 4],
    params: 0,
    refused: [5],
  },
  SpatialDropout2D: {
    make: () => layers.spatialDropout2d({ rate: 0.5 }),
    input: IMAGE,
    output: IMAGE,
    params: 0,
    refused: [5],
  },
  Subtract: { make: () => layers.subtract(), input: [[5], [5]], output: [5], params: 0, refused: [[5], [5], [5]] },
  ThresholdedReLU: { make: () => layers.thresholdedReLU({ theta: 0.45 }), input: [5], output: [5], params: 0 },
  UnitNormalization: { make: () => layers.unitNormalization(), input: [3, 4], output: [3, 4], params: 0 },
  'UnitNormalization along two axes': {
    make: () => layers.unitNormalization({ axis: [1, 2] }),
    input: [3, 4, 2],
    output: [3, 4, 2],
    params: 0,
  },
  UpSampling1D: {
    make: () => layers.upSampling1d({ size: 3 }),
    input: [2, 3],
    output: [6, 3],
    params: 0,
    refused: [3],
  },
  UpSampling2D: {
    make: () => layers.upSampling2d({ size: [2, 3] }),
    input: [2, 3, 2],
    output: [4, 9, 2],
    params: 0,
    refused: [2, 3],
  },
  'UpSampling2D bilinear': {
    make: () => layers.upSampling2d({ size: [2, 3], interpolation: 'bilinear' }),
    input: [2, 3, 2],
    output: [4, 9, 2],
    params: 0,
  },
  ZeroPadding1D: {
    make: () => layers.zeroPadding1d({ padding: [1, 2] }),
    input: [2, 3],
    output: [5, 3],
    params: 0,
    refused: [3],
  },
  ZeroPadding2D: {
    make: () => layers.zeroPadding2d({ padding: [1, [0, 2]] as never }),
    input: IMAGE,
    output: [8, 9, 4],
    params: 0,
    refused: [6],
  },
}
