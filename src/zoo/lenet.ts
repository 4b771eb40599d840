/** The network of the lecture, which calls it LeNet-5: the Keras example for MNIST. */

import * as layers from '../layers/index.ts'
import { type Sequential, sequential } from '../model/sequential.ts'
import { type Given, readOptions } from '../options.ts'
import type { Shape } from '../shape.ts'

/** What all models of the zoo take. */
export interface ZooArgs {
  /** What weights, shuffling and dropout come from. Default drawn at random. */
  readonly seed?: number
}

/** What the networks for digits take beside it, to be used on other images. */
export interface DigitNetArgs extends ZooArgs {
  /** [height, width, channels] of one image. Default [28, 28, 1]. */
  readonly inputShape?: Shape
  /** Default 10. */
  readonly classes?: number
}

/** The options of a network for digits that are given. */
export function digitNetArgs(who: string, args: DigitNetArgs): Given<DigitNetArgs> {
  return readOptions(who, args, ['inputShape', 'classes', 'seed'])
}

/**
 * Conv 32@3×3 relu, Conv 64@3×3 relu, max-pool 2×2, dropout 0.25, dense 128 relu, dropout 0.5, dense 10 softmax, for
 * images [28, 28, 1]: 1,199,882 parameters. Kernels start from Glorot's uniform distribution, as in Keras.
 * @param args inputShape, classes and seed
 * @example
 * console.log(zoo.lenet({ seed: 1 }).countParams()) // 1199882
 */
export function lenet(args: DigitNetArgs = {}): Sequential {
  const kernelInitializer = 'glorotUniform'
  const { inputShape = [28, 28, 1], classes = 10, ...rest } = digitNetArgs('zoo.lenet', args)
  return sequential({
    ...rest,
    name: 'lenet',
    layers: [
      layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu', kernelInitializer, inputShape }),
      layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu', kernelInitializer }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.dropout({ rate: 0.25 }),
      layers.flatten(),
      layers.dense({ units: 128, activation: 'relu', kernelInitializer }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: classes, activation: 'softmax', kernelInitializer }),
    ],
  })
}
