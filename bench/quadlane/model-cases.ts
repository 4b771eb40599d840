/** Whole training steps and predictions of the models of the zoo. */

import { data, dispose, type Tensor, tensor, zoo } from '../../src/index.node.ts'
import type { Case, Prepared } from './case.ts'

type ModelName = 'lenet' | 'lenet5' | 'mlp'

/** FLOP per image of the first layer and of the others, products only, convolutions counted as direct ones. */
const FLOPS = {
  lenet: [2 * 26 * 26 * 9 * 32, 2 * (24 * 24 * 288 * 64 + 9216 * 128 + 128 * 10)],
  lenet5: [2 * 28 * 28 * 25 * 6, 2 * (10 * 10 * 150 * 16 + 400 * 120 + 120 * 84 + 84 * 10)],
  mlp: [2 * 784 * 512, 2 * (512 * 512 + 512 * 10)],
} as const satisfies Record<ModelName, readonly [number, number]>

function digits(count: number): { x: Tensor; y: Tensor } {
  const samples = data.syntheticDigits({ count, seed: 1 })
  const indices = Int32Array.from({ length: count }, (_, i) => i)
  const [images, labels] = [new Float32Array(count * 784), new Float32Array(count * samples.classes)]
  samples.fillInputs(indices, images)
  samples.fillOneHot(indices, labels)
  return { x: tensor(images, [count, 28, 28, 1]), y: tensor(labels, [count, samples.classes]) }
}

/** Forward, and two gradients, of which the first layer needs one. */
function trainStep(name: ModelName, batch: number): Case {
  const [first, others] = FLOPS[name]
  const prepare = (): Prepared => {
    const model = zoo[name]({ seed: 1 })
    model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
    const { x, y } = digits(batch)
    const end = (): void => {
      dispose([x, y])
      model.dispose()
    }
    return { run: () => model.trainOnBatch(x, y), end }
  }
  return {
    group: 'model',
    name: `${name} train step, batch ${batch}`,
    flops: batch * (2 * first + 3 * others),
    prepare,
  }
}

function predict(name: ModelName, batch: number): Case {
  const [first, others] = FLOPS[name]
  const prepare = (): Prepared => {
    const model = zoo[name]({ seed: 1 })
    const { x, y } = digits(batch)
    const end = (): void => {
      dispose([x, y])
      model.dispose()
    }
    const run = (): void => {
      const output = model.predict(x, { batchSize: batch })
      output.dataSync()
      output.dispose()
    }
    return { run, end }
  }
  return { group: 'model', name: `${name} predict ${batch}`, flops: batch * (first + others), prepare }
}

export const MODEL_CASES: readonly Case[] = [
  trainStep('lenet', 128),
  trainStep('lenet5', 32),
  trainStep('mlp', 128),
  ...(['lenet', 'lenet5', 'mlp'] as const).flatMap((name) => [predict(name, 1), predict(name, 128)]),
]
