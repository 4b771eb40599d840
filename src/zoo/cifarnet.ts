/** A network for small photographs, in the manner of Simonyan & Zisserman's VGG (2015) with batch normalization. */

import { checkInteger } from '../errors.ts'
import * as layers from '../layers/index.ts'
import type { Layer } from '../layers/layer.ts'
import { type Sequential, sequential } from '../model/sequential.ts'
import { readOptions } from '../options.ts'
import type { Shape } from '../shape.ts'
import type { ZooArgs } from './lenet.ts'

export interface CifarNetArgs extends ZooArgs {
  /** [height, width, channels] of one image, height and width of at least 8. Default [32, 32, 3]. */
  readonly inputShape?: Shape
  /** Default 10. */
  readonly classes?: number
}

/** What is dropped behind each pair of convolutions. */
const STAGES = [
  { filters: 32, rate: 0.2 },
  { filters: 64, rate: 0.3 },
  { filters: 128, rate: 0.4 },
] as const

/**
 * Three stages of two 3×3 convolutions with 32, 64 and 128 filters, each with batch normalization and relu, then
 * max-pooling and dropout; one dense layer reads the classes. Kernels start from He's uniform distribution. For images
 * [32, 32, 3] 307,946 parameters that are trained.
 * @param args inputShape, classes and seed
 * @example
 * console.log(zoo.cifarNet({ inputShape: [64, 64, 3], classes: 5 }).outputShape) // [ null, 5 ]
 */
export function cifarNet(args: CifarNetArgs = {}): Sequential {
  const who = 'zoo.cifarNet'
  const { inputShape = [32, 32, 3], classes = 10, seed } = readOptions(who, args, ['inputShape', 'classes', 'seed'])
  checkInteger(who, 'classes', classes, 1)
  const convolution = (filters: number, first: boolean): Layer[] => [
    layers.conv2d({
      filters,
      kernelSize: 3,
      padding: 'same',
      useBias: false,
      kernelInitializer: 'heUniform',
      ...(first ? { inputShape } : {}),
    }),
    layers.batchNormalization(),
    layers.reLU(),
  ]
  return sequential({
    name: 'cifarnet',
    ...(seed === undefined ? {} : { seed }),
    layers: [
      ...STAGES.flatMap(({ filters, rate }, stage) => [
        ...convolution(filters, stage === 0),
        ...convolution(filters, false),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.dropout({ rate }),
      ]),
      layers.flatten(),
      layers.dense({ units: classes, activation: 'softmax' }),
    ],
  })
}
