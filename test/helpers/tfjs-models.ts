/** TF.js's side of the model tests: models that both libraries make of the same code, and artifacts between them. */

import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { type LayersModel, layers, type Sequential, type SequentialArgs, sequential } from '../../src/exports.ts'
import type { ModelArtifacts } from '../../src/formats/model-artifacts.ts'
import { saveResult } from '../../src/io/io-handler.ts'
import { type Shape, sizeOf } from '../../src/shape.ts'
import { makeTensor } from '../../src/tensor.ts'
import { uniform } from './random.ts'

type Layers = typeof layers
type OurLayers = NonNullable<SequentialArgs['layers']>

interface ModelCase {
  readonly what: string
  readonly inputShape: Shape
  /** The layers, made by either library. */
  readonly build: (l: Layers, inputShape: Shape) => readonly unknown[]
}

/** Every layer type that both libraries have, with options away from their defaults. */
export const MODEL_CASES: readonly ModelCase[] = [
  {
    what: 'conv2d, valid, no bias',
    inputShape: [7, 8, 3],
    build: (l, inputShape) => [l.conv2d({ filters: 5, kernelSize: [3, 2], strides: 2, useBias: false, inputShape })],
  },
  {
    what: 'conv2d, same, dilated, tanh',
    inputShape: [9, 9, 2],
    build: (l, inputShape) => [
      l.conv2d({
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        dilationRate: 2,
        activation: 'tanh',
        kernelInitializer: 'heUniform',
        biasInitializer: 'ones',
        inputShape,
      }),
    ],
  },
  {
    what: 'depthwiseConv2d',
    inputShape: [6, 7, 3],
    build: (l, inputShape) => [
      l.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, activation: 'relu', name: 'deep', inputShape }),
    ],
  },
  {
    what: 'maxPooling2d, averagePooling2d',
    inputShape: [12, 12, 2],
    build: (l, inputShape) => [
      l.maxPooling2d({ poolSize: 2, inputShape }),
      l.averagePooling2d({ poolSize: [2, 3], strides: [1, 2], padding: 'same' }),
    ],
  },
  {
    what: 'globalAveragePooling2d',
    inputShape: [4, 5, 3],
    build: (l, inputShape) => [l.globalAveragePooling2d({ inputShape })],
  },
  {
    what: 'globalMaxPooling2d',
    inputShape: [4, 5, 3],
    build: (l, inputShape) => [l.globalMaxPooling2d({ inputShape })],
  },
  {
    what: 'dense of each activation that TF.js has',
    inputShape: [6],
    build: (l, inputShape) => [
      l.dense({ units: 7, activation: 'relu', kernelInitializer: 'glorotUniform', inputShape }),
      l.dense({ units: 6, activation: 'elu', kernelInitializer: 'heNormal' }),
      l.dense({ units: 5, activation: 'sigmoid', kernelInitializer: 'leCunNormal', biasInitializer: 'randomNormal' }),
      l.dense({ units: 5, activation: 'softplus', kernelInitializer: 'randomUniform' }),
      l.dense({ units: 4, activation: 'tanh', kernelInitializer: 'truncatedNormal', useBias: false }),
      l.dense({ units: 4, activation: 'logSoftmax', kernelInitializer: 'leCunUniform' }),
      l.dense({ units: 3, activation: 'softmax', kernelInitializer: 'varianceScaling' }),
    ],
  },
  {
    what: 'dense over the last of three axes',
    inputShape: [3, 4],
    build: (l, inputShape) => [l.dense({ units: 2, inputShape })],
  },
  {
    what: 'activation, reLU, leakyReLU, elu, softmax as layers',
    inputShape: [5],
    build: (l, inputShape) => [
      l.dense({ units: 6, inputShape }),
      l.leakyReLU({ alpha: 0.1 }),
      l.dense({ units: 6 }),
      l.elu(),
      l.dense({ units: 6 }),
      l.activation({ activation: 'sigmoid' }),
      l.reLU({ maxValue: 0.6 }),
      l.softmax({ axis: -1 }),
    ],
  },
  {
    what: 'flatten, reshape, zeroPadding2d, dropout',
    inputShape: [4, 4, 2],
    build: (l, inputShape) => [
      l.zeroPadding2d({
        padding: [
          [1, 2],
          [0, 3],
        ],
        inputShape,
      }),
      l.dropout({ rate: 0.25 }),
      l.flatten(),
      l.reshape({ targetShape: [7, 14] }),
    ],
  },
  {
    what: 'batchNormalization, layerNormalization',
    inputShape: [6, 4],
    build: (l, inputShape) => [
      l.batchNormalization({ momentum: 0.9, epsilon: 0.01, gammaInitializer: 'randomUniform', inputShape }),
      l.batchNormalization({ center: false, movingMeanInitializer: 'randomNormal' }),
      l.layerNormalization({ betaInitializer: 'randomNormal' }),
      l.layerNormalization({ axis: [1, 2], scale: false }),
    ],
  },
  {
    what: 'convolutions with batchNormalization, reLU and pooling behind',
    inputShape: [12, 12, 8],
    build: (l, inputShape) => [
      l.conv2d({ filters: 8, kernelSize: 3, padding: 'same', useBias: false, inputShape }),
      l.batchNormalization({ movingMeanInitializer: 'randomNormal', gammaInitializer: 'randomUniform' }),
      l.reLU({}),
      l.maxPooling2d({ poolSize: 2 }),
      l.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, biasInitializer: 'randomNormal' }),
      l.batchNormalization({ movingMeanInitializer: 'randomNormal', betaInitializer: 'randomNormal' }),
      l.reLU({ maxValue: 6 }),
      l.flatten({}),
      l.dense({ units: 4 }),
      l.batchNormalization({ movingVarianceInitializer: 'randomUniform' } as object),
    ],
  },
  {
    what: 'cropping, upSampling, padding, permute, repeatVector',
    inputShape: [5, 6, 2],
    build: (l, inputShape) => [
      l.cropping2D({
        cropping: [
          [1, 0],
          [0, 2],
        ],
        inputShape,
      }),
      l.upSampling2d({ size: [2, 3] }),
      l.permute({ dims: [3, 1, 2] }),
      l.flatten({}),
      l.repeatVector({ n: 3 }),
      l.permute({ dims: [2, 1] }),
    ],
  },
  {
    what: 'prelu, thresholdedReLU, activations by name',
    inputShape: [4, 3],
    build: (l, inputShape) => [
      l.prelu({ alphaInitializer: 'randomUniform', sharedAxes: [1], inputShape }),
      l.activation({ activation: 'selu' }),
      l.activation({ activation: 'softsign' }),
      l.activation({ activation: 'swish' }),
      l.activation({ activation: 'mish' }),
      l.activation({ activation: 'hardSigmoid' }),
      l.thresholdedReLU({ theta: 0.5 }),
      l.activation({ activation: 'relu6' }),
    ],
  },
  {
    what: 'conv1d, pools and paddings of sequences, spatialDropout1d',
    inputShape: [20, 3],
    build: (l, inputShape) => [
      l.conv1d({ filters: 4, kernelSize: 3, padding: 'same', dilationRate: 2, activation: 'relu', inputShape }),
      l.maxPooling1d({ poolSize: 3, strides: 2, padding: 'same' }),
      l.conv1d({ filters: 5, kernelSize: 2, strides: 2, biasInitializer: 'randomNormal' }),
      l.averagePooling1d({ poolSize: 2, strides: 1 }),
      l.globalMaxPooling1d({}),
    ],
  },
  {
    what: 'globalAveragePooling1d, cropping1D, zeroPadding1d, noise',
    inputShape: [8, 3],
    build: (l, inputShape) => [
      l.gaussianNoise({ stddev: 0.1, inputShape }),
      l.gaussianDropout({ rate: 0.1 }),
      l.alphaDropout({ rate: 0.1 }),
      l.globalAveragePooling1d({}),
    ],
  },
  {
    what: 'separableConv2d, conv2dTranspose',
    inputShape: [6, 7, 2],
    build: (l, inputShape) => [
      l.separableConv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape }),
      l.conv2dTranspose({ filters: 3, kernelSize: 4, strides: 2, padding: 'same', activation: 'tanh' }),
      l.conv2dTranspose({ filters: 2, kernelSize: [3, 2], strides: [2, 3], biasInitializer: 'randomNormal' }),
    ],
  },
  {
    what: 'regularizers and constraints',
    inputShape: [4],
    build: (l, inputShape) => [
      l.dense({ units: 3, kernelRegularizer: 'l1l2', biasConstraint: 'nonNeg', inputShape } as object as never),
      l.batchNormalization({ gammaConstraint: 'nonNeg', betaRegularizer: 'l1l2' } as object),
    ],
  },
  {
    what: 'inputLayer first, names of their own, frozen layers',
    inputShape: [5],
    build: (l, inputShape) => [
      l.inputLayer({ inputShape, name: 'start' }),
      l.dense({ units: 4, name: 'camelCase_and_Snake', trainable: false }),
      l.dense({ units: 2, name: 'second.one' }),
    ],
  },
]

export function ourModel({ build, inputShape }: ModelCase, seed = 5): Sequential {
  return sequential({ layers: build(layers, inputShape) as OurLayers, seed })
}

export function tfjsModel({ build, inputShape }: ModelCase): tfl.Sequential {
  return tfl.sequential({ layers: build(tfl.layers as never, inputShape) as tfl.layers.Layer[] })
}

/** What a model of either library saves. */
export async function artifactsOf(
  model: { save(handler: never, args?: { includeOptimizer: boolean }): Promise<unknown> },
  includeOptimizer = false,
): Promise<ModelArtifacts> {
  let saved: ModelArtifacts | undefined
  const handler = {
    save: async (artifacts: ModelArtifacts) => {
      saved = artifacts
      return saveResult(artifacts)
    },
  }
  await model.save(handler as never, { includeOptimizer })
  return saved!
}

export function loadInTfjs(artifacts: ModelArtifacts): Promise<tfl.LayersModel> {
  return tfl.loadLayersModel({ load: async () => structuredClone(artifacts) as tf.io.ModelArtifacts })
}

/** Predictions of both libraries for the same three samples. */
export function predictions(
  ours: LayersModel,
  theirs: tfl.LayersModel,
  inputShape: Shape,
): { readonly mine: Float32Array; readonly other: Float32Array } {
  const shape = [3, ...inputShape]
  const values = uniform(sizeOf(shape), 8)
  const x = makeTensor('test', values, shape)
  const mine = ours.predict(x)
  const other = tf.tidy(() => theirs.predict(tf.tensor(values, shape)) as tf.Tensor)
  try {
    if (`${mine.shape}` !== `${other.shape}`) throw new Error(`shapes differ: ${mine.shape} and ${other.shape}`)
    return { mine: mine.dataSync(), other: other.dataSync() as Float32Array }
  } finally {
    for (const tensor of [x, mine, other]) tensor.dispose()
  }
}
