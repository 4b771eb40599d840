/** LeNet-5 as published: LeCun, Bottou, Bengio & Haffner, "Gradient-Based Learning Applied to Document Recognition", 1998. */

import * as layers from '../layers/index.ts'
import { type Sequential, sequential } from '../model/sequential.ts'
import { type DigitNetArgs, digitNetArgs } from './lenet.ts'

/**
 * C1 6@5×5, S2, C3 16@5×5, S4, C5 120, F6 84, 10 outputs, for images [28, 28, 1] that are padded to the paper's 32×32:
 * 61,706 parameters. It departs from the paper in four things, as most do today: S2 and S4 average without a trained
 * scale and bias; C3 sees all six maps of S2 where the paper connects some of them (61,706 parameters, not 60,000);
 * tanh is not scaled to 1.7159·tanh(2x/3); and the output is a softmax, not distances to drawn digits.
 * @param args inputShape, classes and seed
 * @example
 * console.log(zoo.lenet5({ seed: 1 }).countParams()) // 61706
 */
export function lenet5(args: DigitNetArgs = {}): Sequential {
  const activation = 'tanh'
  const kernelInitializer = 'glorotUniform'
  const { inputShape = [28, 28, 1], classes = 10, ...rest } = digitNetArgs('zoo.lenet5', args)
  return sequential({
    ...rest,
    name: 'lenet5',
    layers: [
      layers.conv2d({
        filters: 6,
        kernelSize: 5,
        padding: 'same',
        activation,
        kernelInitializer,
        inputShape,
        name: 'C1',
      }),
      layers.averagePooling2d({ poolSize: 2, name: 'S2' }),
      layers.conv2d({ filters: 16, kernelSize: 5, activation, kernelInitializer, name: 'C3' }),
      layers.averagePooling2d({ poolSize: 2, name: 'S4' }),
      layers.conv2d({ filters: 120, kernelSize: 5, activation, kernelInitializer, name: 'C5' }),
      layers.flatten(),
      layers.dense({ units: 84, activation, kernelInitializer, name: 'F6' }),
      layers.dense({ units: classes, activation: 'softmax', kernelInitializer, name: 'output' }),
    ],
  })
}
