/** A network without convolutions, to compare with. */

import * as layers from '../layers/index.ts'
import { type Sequential, sequential } from '../model/sequential.ts'
import { type DigitNetArgs, digitNetArgs } from './lenet.ts'

/**
 * Flatten, dense 512 relu, dropout 0.2 twice, dense 10 softmax, for images [28, 28, 1]: 669,706 parameters.
 * @param args inputShape, classes and seed
 * @example
 * console.log(zoo.mlp({ seed: 1 }).countParams()) // 669706
 */
export function mlp(args: DigitNetArgs = {}): Sequential {
  const kernelInitializer = 'glorotUniform'
  const { inputShape = [28, 28, 1], classes = 10, ...rest } = digitNetArgs('zoo.mlp', args)
  return sequential({
    ...rest,
    name: 'mlp',
    layers: [
      layers.flatten({ inputShape }),
      layers.dense({ units: 512, activation: 'relu', kernelInitializer }),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: 512, activation: 'relu', kernelInitializer }),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: classes, activation: 'softmax', kernelInitializer }),
    ],
  })
}
