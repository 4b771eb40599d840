/** A step of training happens whole or not at all, whichever request for memory is refused. */

import { afterEach, describe, expect, it } from 'vitest'
import {
  constraints,
  layers,
  OutOfMemoryError,
  regularizers,
  type Sequential,
  sequential,
  train,
} from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import type { Optimizer } from '../../src/optimizers/optimizer.ts'
import { OPTIMIZER_NAMES, toOptimizer } from '../../src/optimizers/table.ts'
import { runtime, shutdown } from '../../src/runtime/runtime.ts'
import { expectSameBits } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'

afterEach(shutdown)

const x = uniform(8 * 36, 1)
const y = Float32Array.from({ length: 8 }, (_, i) => i % 3)

function network(optimizer: Optimizer): Sequential {
  const kernelConstraint = constraints.maxNorm({ maxValue: 0.5 })
  const kernelRegularizer = regularizers.l1l2()
  const model = sequential({
    seed: 3,
    layers: [
      layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 1] }),
      // Its running statistics are part of a step too.
      layers.batchNormalization(),
      layers.flatten(),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
  })
  const [kernel] = model.weights as unknown as { constraint: unknown; regularizer: unknown }[]
  Object.assign(kernel!, { constraint: kernelConstraint, regularizer: kernelRegularizer })
  model.compile({ optimizer, loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy', 'mae'].slice(0, 1) as never })
  return model
}

/** Has the n-th request for memory refused, from now on, and tells how many there were. */
function refuse(n: number): { readonly requests: () => number; stop(): void } {
  const { memory } = runtime('test')
  const allocate = memory.allocate
  let count = 0
  memory.allocate = (bytes, who) => {
    if (++count === n) {
      throw new OutOfMemoryError({ who: who ?? 'test', expected: 'memory', received: 'none' })
    }
    return allocate.call(memory, bytes, who)
  }
  return {
    requests: () => count,
    stop: () => {
      memory.allocate = allocate
    },
  }
}

const OPTIMIZERS: [string, () => Optimizer][] = [
  ...OPTIMIZER_NAMES.map((name): [string, () => Optimizer] => [name, () => toOptimizer('test', name)]),
  ['amsgrad, clipped', () => train.adam({ amsgrad: true, clipNorm: 0.1, clipValue: 0.5, globalClipNorm: 0.05 })],
]

describe('a step that is refused memory', () => {
  it.each(OPTIMIZERS)('%s: leaves weights, slots and the number of steps, and can be taken then', async (_, make) => {
    await init({ simd: 'baseline' })
    const whole = network(make())
    await whole.trainOnBatch(x, y)
    const steps: Float32Array[][] = [whole.snapshot()]
    const model = network(make())
    model.makeWeights()
    const before = model.snapshot()
    expect(before).toHaveLength(model.weights.length)
    let refusals = 0
    for (let n = 1; ; n++) {
      const allocator = refuse(n)
      const error = await model.trainOnBatch(x, y).then(
        () => undefined,
        (e: unknown) => e,
      )
      allocator.stop()
      if (error === undefined) break
      expect(error).toBeInstanceOf(OutOfMemoryError)
      expect(model.optimizer!.iterations).toBe(0)
      model.snapshot().forEach((values, i) => {
        expectSameBits(values, before[i]!, `request ${n}, weight ${i}`)
      })
      refusals++
    }
    expect(refusals).toBeGreaterThan(15)
    expect(model.optimizer!.iterations).toBe(1)
    model.snapshot().forEach((values, i) => {
      expectSameBits(values, steps[0]![i]!, `weight ${i}`)
    })
  })
})
