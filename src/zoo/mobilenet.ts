/** MobileNet: Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017. */

import { ArgumentError, checkInteger, checkNumber } from '../errors.ts'
import * as layers from '../layers/index.ts'
import type { SymbolicTensor } from '../layers/symbolic.ts'
import { type LayersModel, model } from '../model/model.ts'
import { readOptions } from '../options.ts'
import type { BatchShape } from '../shape.ts'
import type { ZooArgs } from './lenet.ts'

/** What `mobileNet` takes. */
export interface MobileNetArgs extends ZooArgs {
  /** The width: how many of the paper's filters each layer has. Default 1. */
  readonly alpha?: number
  /** [height, width, channels] of one image; height and width may be null without a top. Default [224, 224, 3]. */
  readonly inputShape?: BatchShape
  /** Default 1000. */
  readonly classes?: number
  /** Whether it ends in classes; else in the feature maps that they are read from. Default true. */
  readonly includeTop?: boolean
  /** What is dropped before the classes. Default 0.001, as in Keras. */
  readonly dropout?: number
}

/** Filters of the pointwise convolution and stride of the depthwise one, block by block: the paper's table 1. */
const BLOCKS: readonly (readonly [filters: number, stride: 1 | 2])[] = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
]

/**
 * Depthwise separable convolutions with batch normalization and relu6, layer by layer as Keras names them, so that its
 * weights fit. Kernels start from Glorot's uniform distribution. With alpha 0.25 and 1,000 classes 475,544 parameters.
 * @param args alpha, inputShape, classes, includeTop, dropout and seed
 * @example
 * const net = zoo.mobileNet({ alpha: 0.25, inputShape: [96, 96, 3], classes: 4, seed: 1 })
 * console.log(net.outputShape) // [ null, 4 ]
 */
export function mobileNet(args: MobileNetArgs = {}): LayersModel {
  const who = 'zoo.mobileNet'
  const {
    alpha = 1,
    inputShape = [224, 224, 3],
    classes = 1000,
    includeTop = true,
    dropout = 0.001,
    seed,
  } = readOptions(who, args, ['alpha', 'inputShape', 'classes', 'includeTop', 'dropout', 'seed'])
  checkNumber(who, 'alpha', alpha, { above: 0 })
  checkInteger(who, 'classes', classes, 1)
  const width = (filters: number): number => Math.max(1, Math.floor(filters * alpha))
  if (!Array.isArray(inputShape) || inputShape.length !== 3) {
    const expected = 'inputShape to be [height, width, channels]'
    throw new ArgumentError({ who, expected, received: String(inputShape) })
  }
  const begin = layers.input({ shape: inputShape })
  let x = normalized(
    layers
      .conv2d({ filters: width(32), kernelSize: 3, strides: 2, padding: 'same', ...PLAIN, name: 'conv1' })
      .apply(begin),
    'conv1',
  )
  BLOCKS.forEach(([filters, stride], i) => {
    x = separable(x, width(filters), stride, i + 1)
  })
  const outputs = includeTop ? top(x, classes, dropout) : x
  return model({ inputs: begin, outputs, name: 'mobilenet', ...(seed === undefined ? {} : { seed }) })
}

const PLAIN = { useBias: false, kernelInitializer: 'glorotUniform' } as const

function normalized(x: SymbolicTensor, name: string): SymbolicTensor {
  const y = layers.batchNormalization({ name: `${name}_bn` }).apply(x)
  return layers.reLU({ maxValue: 6, name: `${name}_relu` }).apply(y)
}

/** A depthwise convolution that looks around, a pointwise one that mixes the channels. */
function separable(x: SymbolicTensor, filters: number, strides: 1 | 2, block: number): SymbolicTensor {
  // Keras pads below and right where it strides, whatever the size of the image.
  const sides = [
    [0, 1],
    [0, 1],
  ] as const
  const padded = strides === 1 ? x : layers.zeroPadding2d({ padding: sides, name: `conv_pad_${block}` }).apply(x)
  const depthwise = layers.depthwiseConv2d({
    kernelSize: 3,
    strides,
    padding: strides === 1 ? 'same' : 'valid',
    useBias: false,
    depthwiseInitializer: 'glorotUniform',
    name: `conv_dw_${block}`,
  })
  const y = normalized(depthwise.apply(padded), `conv_dw_${block}`)
  const pointwise = layers.conv2d({ filters, kernelSize: 1, padding: 'same', ...PLAIN, name: `conv_pw_${block}` })
  return normalized(pointwise.apply(y), `conv_pw_${block}`)
}

function top(x: SymbolicTensor, classes: number, dropout: number): SymbolicTensor {
  const channels = x.shape.at(-1)!
  const pooled = layers.globalAveragePooling2d().apply(x)
  const kept = layers
    .dropout({ rate: dropout, name: 'dropout' })
    .apply(layers.reshape({ targetShape: [1, 1, channels], name: 'reshape_1' }).apply(pooled))
  const preds = layers.conv2d({ filters: classes, kernelSize: 1, padding: 'same', name: 'conv_preds' }).apply(kept)
  const flat = layers.reshape({ targetShape: [classes], name: 'reshape_2' }).apply(preds)
  return layers.activation({ activation: 'softmax', name: 'predictions' }).apply(flat)
}
