/** ResNet for small images: He, Zhang, Ren & Sun, "Deep Residual Learning for Image Recognition", 2016, section 4.2. */

import { ArgumentError, checkInteger } from '../errors.ts'
import * as layers from '../layers/index.ts'
import type { SymbolicTensor } from '../layers/symbolic.ts'
import { type LayersModel, model } from '../model/model.ts'
import { readOptions } from '../options.ts'
import type { Shape } from '../shape.ts'
import type { ZooArgs } from './lenet.ts'

/** What `resNet` takes. */
export interface ResNetArgs extends ZooArgs {
  /** 6n + 2 layers with weights: 20, 32, 44, 56, 110. Default 20. */
  readonly depth?: number
  /** [height, width, channels] of one image. Default [32, 32, 3]. */
  readonly inputShape?: Shape
  /** Default 10. */
  readonly classes?: number
}

/**
 * Three stages of n blocks with 16, 32 and 64 filters; a block is two 3×3 convolutions with batch normalization beside a
 * skip connection. Where a stage begins, the skip is a 1×1 convolution of stride 2 (the paper's option B; it has
 * zeros in place of new channels). Kernels start from He's normal distribution. Depth 20: 272,474 parameters that are trained.
 * @param args depth, inputShape, classes and seed
 * @throws ArgumentError where the depth is not 6n + 2
 * @example
 * console.log(zoo.resNet({ depth: 20, seed: 1 }).outputShape) // [ null, 10 ]
 */
export function resNet(args: ResNetArgs = {}): LayersModel {
  const who = 'zoo.resNet'
  const {
    depth = 20,
    inputShape = [32, 32, 3],
    classes = 10,
    seed,
  } = readOptions(who, args, ['depth', 'inputShape', 'classes', 'seed'])
  checkInteger(who, 'classes', classes, 1)
  checkInteger(who, 'depth', depth, 8)
  if ((depth - 2) % 6 !== 0) {
    throw new ArgumentError({ who, expected: 'depth to be 6n + 2: 20, 32, 44, 56, …', received: String(depth) })
  }
  const begin = layers.input({ shape: inputShape })
  let x = layers.reLU().apply(convolved(begin, 16, 3, 1))
  for (const filters of [16, 32, 64]) {
    for (let block = 0; block < (depth - 2) / 6; block++) x = residual(x, filters, block === 0 && filters > 16 ? 2 : 1)
  }
  const features = layers.globalAveragePooling2d().apply(x)
  const outputs = layers.dense({ units: classes, activation: 'softmax', kernelInitializer: 'heNormal' }).apply(features)
  return model({ inputs: begin, outputs, name: `resnet${depth}`, ...(seed === undefined ? {} : { seed }) })
}

function residual(x: SymbolicTensor, filters: number, strides: 1 | 2): SymbolicTensor {
  const first = layers.reLU().apply(convolved(x, filters, 3, strides))
  const second = convolved(first, filters, 3, 1)
  const skip = strides === 1 ? x : convolved(x, filters, 1, strides)
  return layers.reLU().apply(layers.add().apply([second, skip]))
}

/** A convolution with batch normalization in place of a bias. */
function convolved(x: SymbolicTensor, filters: number, kernelSize: 1 | 3, strides: 1 | 2): SymbolicTensor {
  const kernelInitializer = 'heNormal'
  const convolution = layers.conv2d({
    filters,
    kernelSize,
    strides,
    padding: 'same',
    useBias: false,
    kernelInitializer,
  })
  return layers.batchNormalization().apply(convolution.apply(x))
}
