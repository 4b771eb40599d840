/** Small models and data for tests of training. */

import { layers, type Sequential, sequential, train } from '../../src/exports.ts'
import { dispose, type Tensor } from '../../src/tensor.ts'
import type { CompileArgs } from '../../src/training/compile.ts'
import { expectSameBits } from './compare.ts'
import { uniform } from './random.ts'

/** A small network of the kind that is trained on digits. */
export function network(seed: number, args: Partial<CompileArgs> = {}): Sequential {
  const model = sequential({
    layers: [
      layers.conv2d({ filters: 8, kernelSize: 5, strides: 2, activation: 'relu', inputShape: [28, 28, 1] }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.dropout({ rate: 0.1 }),
      layers.flatten(),
      layers.dense({ units: 10, activation: 'softmax' }),
    ],
    seed,
  })
  model.compile({ optimizer: train.adam(0.01), loss: 'categoricalCrossentropy', metrics: ['accuracy'], ...args })
  return model
}

/** Three inputs, two classes: class 1 where the first input is the larger. */
export function tiny(seed = 1, args: Partial<CompileArgs> = {}): Sequential {
  const model = sequential({ layers: [layers.dense({ units: 2, activation: 'softmax', inputShape: [3] })], seed })
  model.compile({ optimizer: train.sgd(0.5), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'], ...args })
  return model
}

export const COUNT = 40
export const xs = uniform(COUNT * 3, 3)
export const ys = Float32Array.from({ length: COUNT }, (_, i) => Number(xs[3 * i]! > xs[3 * i + 1]!))

/** The same bits in every weight. */
export function expectSameWeights(a: Sequential, b: Sequential): void {
  const [mine, other] = [a.snapshot(), b.snapshot()]
  mine.forEach((values, i) => {
    expectSameBits(values, other[i]!, `weight ${i}`)
  })
}

/** The numbers of an evaluation. */
export function figures(result: Tensor | Tensor[]): number[] {
  const values = [result].flat().map((scalar) => scalar.dataSync()[0]!)
  dispose(result)
  return values
}
