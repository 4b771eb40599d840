/**
 * Every layer that TF.js has too, in configurations that a seed draws: the same output, and the same gradients by inputs
 * and weights. What TF.js lacks, or has otherwise, stands in a list with the reason.
 */

import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gradients } from '../../src/autograd.ts'
import { init } from '../../src/init.ts'
import * as layers from '../../src/layers/index.ts'
import type { Layer } from '../../src/layers/layer.ts'
import { LAYER_TYPES } from '../../src/layers/table.ts'
import { tensor, variable } from '../../src/ops/create.ts'
import { sum } from '../../src/ops/sum.ts'
import { Random } from '../../src/random.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { type Shape, sizeOf } from '../../src/shape.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'
import { expectClose } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'
import '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

/** How many configurations of each layer. */
const DRAWS = 5
const BATCH = 2

type Pick = <T>(...choices: readonly T[]) => T

interface Drawn {
  readonly args: Record<string, unknown>
  /** Of each input, without the batch. */
  readonly inputs: readonly Shape[]
  /** False where TF.js's own gradient throws or is wrong. */
  readonly gradient?: boolean
  readonly training?: boolean
  /** Inputs are integers from 0 to below this. */
  readonly indices?: number
}

const image = (pick: Pick, C = pick(1, 2, 3, 5)): Shape => [pick(5, 6, 9), pick(5, 7, 8), C]
const steps = (pick: Pick): Shape => [pick(6, 9), pick(1, 3, 4)]
const anyShape = (pick: Pick): Shape => pick<Shape>([5], [3, 4], [2, 3, 4])
const activation = (pick: Pick): string => pick('linear', 'relu', 'tanh', 'sigmoid', 'elu', 'selu', 'softplus')

/** TF.js has gradients of convolutions without dilation alone, and none of dilation with strides. */
function windows(pick: Pick): { args: Record<string, unknown>; gradient: boolean } {
  const dilationRate = pick(1, 1, 2)
  const strides = dilationRate > 1 ? 1 : pick<unknown>(1, 2, [1, 2])
  return {
    args: { kernelSize: pick<unknown>(1, 2, 3, [3, 2]), padding: pick('valid', 'same'), strides, dilationRate },
    gradient: dilationRate === 1,
  }
}

function pools(pick: Pick): Record<string, unknown> {
  return {
    poolSize: pick<unknown>(2, 3, [2, 3]),
    strides: pick<unknown>(1, 2, undefined),
    padding: pick('valid', 'same'),
  }
}

const merging = (pick: Pick, count = pick(2, 3)): Drawn => {
  const shape = anyShape(pick)
  return { args: {}, inputs: Array.from({ length: count }, () => shape) }
}

/** How to draw a configuration: by the name of the factory, which both libraries have. */
const DRAW: Readonly<Record<string, readonly [className: string, draw: (pick: Pick) => Drawn]>> = {
  activation: [
    'Activation',
    (pick) => ({
      args: { activation: pick('relu', 'relu6', 'swish', 'softsign', 'hardSigmoid', 'mish', 'gelu', 'softmax') },
      inputs: [[3, 4]],
    }),
  ],
  add: ['Add', (pick) => merging(pick)],
  average: ['Average', (pick) => merging(pick)],
  maximum: ['Maximum', (pick) => merging(pick)],
  minimum: ['Minimum', (pick) => merging(pick)],
  multiply: ['Multiply', (pick) => merging(pick)],
  concatenate: [
    'Concatenate',
    (pick) => {
      const axis = pick(1, 2, -1)
      const sizes = (size: number): Shape => (axis === 1 ? [size, 4] : [3, size])
      return { args: { axis }, inputs: [sizes(2), sizes(5), sizes(1)] }
    },
  ],
  dot: [
    'Dot',
    (pick) =>
      pick<Drawn>(
        { args: { axes: 1 }, inputs: [[5], [5]] },
        { args: { axes: -1, normalize: true }, inputs: [[5], [5]] },
        {
          args: { axes: [2, 1] },
          inputs: [
            [2, 3],
            [3, 4],
          ],
        },
        {
          args: { axes: 2 },
          inputs: [
            [2, 3],
            [4, 3],
          ],
        },
      ),
  ],
  dense: [
    'Dense',
    (pick) => ({
      args: { units: pick(1, 3, 5), useBias: pick(true, false), activation: activation(pick) },
      inputs: [pick<Shape>([4], [3, 4])],
    }),
  ],
  conv1d: [
    'Conv1D',
    (pick) => {
      const dilationRate = pick(1, 1, 2)
      const args = {
        filters: pick(1, 4),
        kernelSize: pick(1, 2, 3),
        padding: pick('valid', 'same'),
        strides: dilationRate > 1 ? 1 : pick(1, 2),
        dilationRate,
        useBias: pick(true, false),
        activation: activation(pick),
      }
      return { args, inputs: [steps(pick)], gradient: dilationRate === 1 }
    },
  ],
  conv2d: [
    'Conv2D',
    (pick) => {
      const { args, gradient } = windows(pick)
      return {
        args: { filters: pick(1, 2, 5, 8), useBias: pick(true, false), activation: activation(pick), ...args },
        inputs: [image(pick)],
        gradient,
      }
    },
  ],
  conv2dTranspose: [
    'Conv2DTranspose',
    (pick) => ({
      args: {
        filters: pick(1, 3),
        kernelSize: pick<unknown>(2, 3, [3, 2]),
        strides: pick<unknown>(1, 2, [1, 2]),
        padding: pick('valid', 'same'),
        useBias: pick(true, false),
        activation: activation(pick),
      },
      inputs: [[pick(2, 4), pick(3, 5), pick(1, 3)]],
    }),
  ],
  depthwiseConv2d: [
    'DepthwiseConv2D',
    (pick) => ({
      args: {
        kernelSize: pick<unknown>(2, 3, [3, 2]),
        depthMultiplier: pick(1, 2),
        padding: pick('valid', 'same'),
        strides: pick(1, 2),
        useBias: pick(true, false),
        activation: activation(pick),
      },
      inputs: [image(pick)],
    }),
  ],
  separableConv2d: [
    'SeparableConv2D',
    (pick) => ({
      args: {
        filters: pick(2, 4),
        kernelSize: pick(2, 3),
        depthMultiplier: pick(1, 2),
        padding: pick('valid', 'same'),
        strides: pick(1, 2),
        useBias: pick(true, false),
        activation: activation(pick),
      },
      inputs: [image(pick, pick(2, 3))],
    }),
  ],
  maxPooling1d: [
    'MaxPooling1D',
    (pick) => ({
      args: { poolSize: pick(2, 3), strides: pick(1, 2, undefined), padding: pick('valid', 'same') },
      inputs: [steps(pick)],
    }),
  ],
  maxPooling2d: ['MaxPooling2D', (pick) => ({ args: pools(pick), inputs: [image(pick)] })],
  // TF.js divides the gradient of a padded average by the whole window.
  averagePooling1d: [
    'AveragePooling1D',
    (pick) => {
      const padding = pick('valid', 'same')
      return {
        args: { poolSize: pick(2, 3), strides: pick(1, 2, undefined), padding },
        inputs: [steps(pick)],
        gradient: padding === 'valid',
      }
    },
  ],
  averagePooling2d: [
    'AveragePooling2D',
    (pick) => {
      const args = pools(pick)
      return { args, inputs: [image(pick)], gradient: args.padding === 'valid' }
    },
  ],
  globalAveragePooling1d: ['GlobalAveragePooling1D', (pick) => ({ args: {}, inputs: [steps(pick)] })],
  globalAveragePooling2d: ['GlobalAveragePooling2D', (pick) => ({ args: {}, inputs: [image(pick)] })],
  globalMaxPooling1d: ['GlobalMaxPooling1D', (pick) => ({ args: {}, inputs: [steps(pick)] })],
  globalMaxPooling2d: ['GlobalMaxPooling2D', (pick) => ({ args: {}, inputs: [image(pick)] })],
  // TF.js's gradients want gamma and beta.
  batchNormalization: [
    'BatchNormalization',
    (pick) => ({
      args: { epsilon: pick(1e-3, 0.1), center: true, scale: true },
      inputs: [pick<Shape>([5], [3, 4], [3, 4, 2])],
      training: pick(true, false),
    }),
  ],
  layerNormalization: [
    'LayerNormalization',
    (pick) => ({
      args: {
        epsilon: pick(1e-3, 0.1),
        axis: pick<unknown>(-1, 1, [1, 2]),
      },
      inputs: [[3, 4]],
    }),
  ],
  reLU: ['ReLU', (pick) => ({ args: { maxValue: pick(undefined, 0.4, 6) }, inputs: [anyShape(pick)] })],
  leakyReLU: ['LeakyReLU', (pick) => ({ args: { alpha: pick(undefined, 0.1, 0.5) }, inputs: [anyShape(pick)] })],
  elu: ['ELU', (pick) => ({ args: { alpha: pick(undefined, 1) }, inputs: [anyShape(pick)] })],
  prelu: ['PReLU', (pick) => ({ args: { sharedAxes: pick<unknown>(undefined, [1]) }, inputs: [[3, 4]] })],
  // TF.js has no gradient of comparisons.
  thresholdedReLU: [
    'ThresholdedReLU',
    (pick) => ({ args: { theta: pick(undefined, 0.3) }, inputs: [anyShape(pick)], gradient: false }),
  ],
  // TF.js's default axis is 1.
  softmax: ['Softmax', (pick) => ({ args: { axis: -1 }, inputs: [anyShape(pick)] })],
  embedding: [
    'Embedding',
    (pick) => ({ args: { inputDim: 7, outputDim: pick(1, 3) }, inputs: [pick<Shape>([4], [2, 3])], indices: 7 }),
  ],
  flatten: ['Flatten', (pick) => ({ args: {}, inputs: [image(pick)] })],
  reshape: ['Reshape', (pick) => ({ args: { targetShape: pick([6, 4], [-1, 2], [2, 3, 4]) }, inputs: [[4, 6]] })],
  permute: ['Permute', (pick) => ({ args: { dims: pick([2, 1, 3], [3, 1, 2], [1, 2, 3]) }, inputs: [[2, 3, 4]] })],
  repeatVector: ['RepeatVector', (pick) => ({ args: { n: pick(1, 3) }, inputs: [[4]] })],
  zeroPadding2d: [
    'ZeroPadding2D',
    (pick) => ({
      args: {
        padding: pick<unknown>(
          1,
          [1, 2],
          [
            [1, 0],
            [2, 3],
          ],
        ),
      },
      inputs: [image(pick)],
    }),
  ],
  cropping2D: [
    'Cropping2D',
    (pick) => ({
      args: {
        cropping: pick<unknown>(
          [
            [1, 1],
            [0, 2],
          ],
          [
            [0, 1],
            [2, 1],
          ],
        ),
      },
      inputs: [image(pick)],
    }),
  ],
  // TF.js gives the gradients of stretched pixels to their neighbours.
  upSampling2d: [
    'UpSampling2D',
    (pick) => ({ args: { size: pick([2, 2], [1, 3]) }, inputs: [image(pick)], gradient: false }),
  ],
  rescaling: [
    'Rescaling',
    (pick) => ({ args: { scale: pick(1 / 255, 2), offset: pick(0, -1) }, inputs: [image(pick)] }),
  ],
  centerCrop: [
    'CenterCrop',
    (pick) => ({ args: { height: pick(2, 3), width: pick(3, 4) }, inputs: [[6, 7, 2]], gradient: false }),
  ],
  categoryEncoding: [
    'CategoryEncoding',
    (pick) => ({
      args: { numTokens: 7, outputMode: pick('multiHot', 'count') },
      inputs: [[4]],
      indices: 7,
      gradient: false,
    }),
  ],
  dropout: ['Dropout', (pick) => ({ args: { rate: 0.4 }, inputs: [anyShape(pick)] })],
  spatialDropout1d: ['SpatialDropout1D', (pick) => ({ args: { rate: 0.4 }, inputs: [steps(pick)] })],
  gaussianNoise: ['GaussianNoise', (pick) => ({ args: { stddev: 0.4 }, inputs: [anyShape(pick)] })],
  gaussianDropout: ['GaussianDropout', (pick) => ({ args: { rate: 0.4 }, inputs: [anyShape(pick)] })],
  alphaDropout: ['AlphaDropout', (pick) => ({ args: { rate: 0.4 }, inputs: [anyShape(pick)] })],
}

/** Layers that are not compared. */
const APART: Readonly<Record<string, string>> = {
  Conv1DTranspose: 'TF.js has none',
  Cropping1D: 'TF.js has none',
  DepthwiseConv1D: 'TF.js has none',
  GroupNormalization: 'TF.js has none',
  Identity: 'TF.js has none',
  InputLayer: 'has no call',
  Normalization: 'TF.js has none',
  RandomBrightness: 'TF.js has none',
  RandomContrast: 'TF.js has none',
  RandomCrop: 'TF.js has none',
  RandomFlip: 'TF.js has none',
  RandomHeight: 'TF.js has none',
  RandomRotation: 'TF.js has none',
  RandomTranslation: 'TF.js has none',
  RandomWidth: 'gives other sizes even in inference there',
  RandomZoom: 'TF.js has none',
  Resizing: 'takes pixels by their corners there, by their centres in Keras and here',
  SeparableConv1D: 'TF.js has none',
  SpatialDropout2D: 'TF.js has none',
  Subtract: 'TF.js has none',
  UnitNormalization: 'TF.js has none',
  UpSampling1D: 'TF.js has none',
  ZeroPadding1D: 'TF.js has none',
}

it('is every layer, or one with a reason', () => {
  const compared = Object.values(DRAW).map(([className]) => className)
  expect([...compared, ...Object.keys(APART)].sort()).toEqual(Object.keys(LAYER_TYPES).sort())
})

type Factory = (args: unknown) => Layer
type TheirFactory = (args: unknown) => tfl.layers.Layer

describe.each(Object.entries(DRAW))('%s', (name, [, draw]) => {
  it.each(Array.from({ length: DRAWS }, (_, i) => i + 1))('configuration %i', (seed) => {
    const random = new Random(1000 * seed + name.length)
    for (let i = 0; i < 7 * seed; i++) random.nextUint32()
    const drawn = draw((...choices) => choices[random.nextBelow(choices.length)]!)
    const args = Object.fromEntries(Object.entries(drawn.args).filter(([, value]) => value !== undefined))
    compare(
      (layers as unknown as Record<string, Factory>)[name]!(args),
      (tfl.layers as unknown as Record<string, TheirFactory>)[name]!(structuredClone(args)),
      drawn,
      JSON.stringify(args),
    )
  })
})

function compare(mine: Layer, theirs: tfl.layers.Layer, drawn: Drawn, what: string): void {
  const { inputs, gradient = true, training = false, indices } = drawn
  const values = inputs.map((shape, k) => {
    const size = BATCH * sizeOf(shape)
    if (indices !== undefined) return Float32Array.from({ length: size }, (_, i) => (i * 3 + k) % indices)
    // Distinct and away from 0, so that no maximum is a tie and no kink is met.
    return uniform(size, 3 + k, -1, 1).map(
      (value, i) => Math.sign(value || 1) * (0.05 + ((i * 37 + 11 * k) % size) / size) + 0.01 * value,
    )
  })
  tidy(() =>
    tf.tidy(() => {
      const xs = values.map((list, k) => variable(tensor(list, [BATCH, ...inputs[k]!])))
      const txs = values.map((list, k) => tf.variable(tf.tensor(list, [BATCH, ...inputs[k]!])))
      const call = (): Tensor => mine.apply(inputs.length === 1 ? xs[0]! : xs, { training }) as Tensor
      const theirCall = (): tf.Tensor => theirs.apply(inputs.length === 1 ? txs[0]! : txs, { training }) as tf.Tensor
      const shape = [...call().shape]
      theirCall()
      expect(mine.weights.map((weight) => weight.shape)).toEqual(theirs.weights.map((weight) => weight.shape))
      const start = mine.weights.map((weight, k) => {
        const isVariance = weight.localName.includes('variance')
        return uniform(weight.size, 50 + k, isVariance ? 0.5 : -1, 1)
      })
      mine.setWeights(start.map((list, k) => tensor(list, mine.weights[k]!.shape)))
      theirs.setWeights(start.map((list, k) => tf.tensor(list, [...mine.weights[k]!.shape])))
      const dy = uniform(sizeOf(shape), 90, 0.5, 1.5)
      const tolerance = { relative: 2e-5, absolute: 2e-5 }
      const [y, expected] = [call(), theirCall()]
      expect(y.shape, what).toEqual(expected.shape)
      expectClose(y.dataSync(), expected.dataSync(), tolerance, what)
      if (!gradient) return
      const weights = mine.weights.flatMap((weight, k) => (weight.isParameter ? [k] : []))
      const f = (): Tensor => sum(call().mul(tensor(dy, shape)))
      const by = [...(indices === undefined ? xs : []), ...weights.map((k) => mine.weights[k]!.variable)]
      const { grads } = gradients('test', f, by)
      const theirBy = [
        ...(indices === undefined ? txs : []),
        ...weights.map((k) => (theirs.weights[k] as unknown as { val: tf.Variable }).val),
      ]
      const found = tf.variableGrads(() => tf.sum(tf.mul(theirCall(), tf.tensor(dy, shape))), theirBy)
      theirBy.forEach((wanted, i) => {
        const own = found.grads[wanted.name]!
        expect(grads[i]!.shape).toEqual(own.shape)
        // Moving a statistic of the batch in training leaves sums of many terms that cancel.
        expectClose(grads[i]!.dataSync(), own.dataSync(), { relative: 1e-4, absolute: 1e-4 }, `${what}, gradient ${i}`)
      })
    }),
  )
  mine.dispose()
}
