/** Metrics: names in logs, figures over batches, and the functions of the namespace against TF.js. */

import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js'
import * as tfl from '@tensorflow/tfjs-layers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { layers, losses, metrics, type Sequential, sequential, type Tensor, tensor } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import type { CompileArgs } from '../../src/training/compile.ts'
import { expectClose } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const N = 57
const targets = Float32Array.from({ length: N }, (_, i) => Number((i * 7) % 5 < 2))
const scores = uniform(N, 3, 0, 1)

/** A model that puts out its input. */
function echo(args: Partial<CompileArgs>): Sequential {
  const model = sequential({ layers: [layers.activation({ activation: 'linear', inputShape: [1] })] })
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError', ...args })
  return model
}

function figures(args: Partial<CompileArgs>, batchSize: number): number[] {
  return (echo(args).evaluate(scores, targets, { batchSize }) as Tensor[]).slice(1).map((t) => t.dataSync()[0]!)
}

describe('names in logs', () => {
  it.each([
    [
      ['accuracy', 'acc'],
      ['acc', 'acc_1'],
    ],
    [
      ['mae', 'mse'],
      ['mae', 'mse'],
    ],
    [
      [(t: Tensor, p: Tensor) => t.sub(p), (t: Tensor) => t],
      ['metric', 'metric_1'],
    ],
    [
      [losses.meanSquaredError, losses.meanSquaredError],
      ['meanSquaredError', 'meanSquaredError_1'],
    ],
    [[Object.defineProperty((t: Tensor) => t, 'name', { value: 'loss' })], ['loss_1']],
    [[Object.defineProperty((t: Tensor) => t, 'name', { value: 'val_loss' })], ['val_loss_1']],
  ])('%o are %o', (given, expected) => {
    expect(echo({ metrics: given as never }).metricsNames).toEqual(['loss', ...expected])
  })

  it('cannot be __proto__', () => {
    const metric = Object.defineProperty((t: Tensor) => t, 'name', { value: '__proto__' })
    expect(() => echo({ metrics: [metric] })).toThrow('compile: expected a metric with a name that logs can have')
  })
})

describe('figures over batches', () => {
  const names = ['precision', 'recall', 'f1Score', 'auc', 'r2Score', 'binaryAccuracy', 'mae'] as const

  it('do not depend on how they are cut', () => {
    const whole = figures({ metrics: names }, N)
    for (const batchSize of [1, 10, 32]) expectClose(figures({ metrics: names }, batchSize), whole, { relative: 1e-6 })
  })

  it('are those of the definitions', () => {
    const [precision, recall, f1, auc, r2] = figures({ metrics: names }, 16)
    const positive = [...scores].map((s) => s > 0.5)
    const tp = positive.filter((p, i) => p && targets[i] === 1).length
    const all = targets.filter((t) => t === 1).length
    const predicted = positive.filter(Boolean).length
    expect(precision).toBeCloseTo(tp / predicted, 6)
    expect(recall).toBeCloseTo(tp / all, 6)
    expect(f1).toBeCloseTo((2 * tp) / (predicted + all), 6)
    // The share of pairs in the right order; thresholds and trapezoids come near it.
    const pairs = [...scores].flatMap((s, i) =>
      [...scores].map((r, j) => (targets[i] === 1 && targets[j] === 0 ? Number(s > r) : -1)),
    )
    const known = pairs.filter((v) => v >= 0)
    expect(auc).toBeCloseTo(known.reduce((a, b) => a + b, 0) / known.length, 2)
    const theirs = tfl.metrics.r2Score(tf.tensor1d(targets), tf.tensor1d(scores)).dataSync()[0]!
    expect(r2).toBeCloseTo(theirs, 5)
  })

  it('take thresholds of their own', () => {
    const [high] = figures({ metrics: [metrics.precisionAt({ threshold: 0.9 })] }, 8)
    const chosen = [...scores].map((s, i) => [s, targets[i]!] as const).filter(([s]) => s > 0.9)
    expect(high).toBeCloseTo(chosen.filter(([, t]) => t === 1).length / chosen.length, 6)
    expect(() => metrics.precisionAt({ threshhold: 1 } as never)).toThrow("did you mean 'threshold'?")
  })

  it('the area under precision and recall is 1 for a perfect order', () => {
    const area = metrics.aucOf({ curve: 'PR' })
    expect(area([0, 1, 0, 1], [0.1, 0.8, 0.3, 0.9]).dataSync()[0]).toBeCloseTo(1, 5)
    expect(metrics.auc([0, 1, 0, 1], [0.1, 0.8, 0.3, 0.9]).dataSync()[0]).toBeCloseTo(1, 5)
    expect(metrics.auc([1, 0, 1, 0], [0.1, 0.8, 0.3, 0.9]).dataSync()[0]).toBeCloseTo(0, 5)
  })
})

describe('the namespace, as TF.js', () => {
  const [t, p] = [uniform(12, 5, 0.1, 0.9), uniform(12, 6, 0.1, 0.9)]
  const bits = t.map((v) => Number(v > 0.5))
  const names = [
    'binaryAccuracy',
    'binaryCrossentropy',
    'categoricalAccuracy',
    'categoricalCrossentropy',
    'cosineProximity',
    'meanAbsoluteError',
    'meanAbsolutePercentageError',
    'meanSquaredError',
    'precision',
    'recall',
    'r2Score',
  ] as const

  it.each(names)('%s', (name) => {
    for (const shape of [[12], [4, 3], [2, 2, 3]]) {
      const target = name === 'meanAbsolutePercentageError' ? t : bits
      // Those of TF.js want predictions that are 0 or 1 already.
      const prediction = name === 'precision' || name === 'recall' ? p.map((v) => Number(v > 0.4)) : p
      const theirs = tfl.metrics[name](tf.tensor(target, shape), tf.tensor(prediction, shape))
      const found = metrics[name](tensor(target, shape), tensor(prediction, shape))
      expect(found.shape).toEqual(theirs.shape)
      expectClose(found.dataSync(), Float32Array.from(theirs.dataSync()), { relative: 1e-5, absolute: 1e-6 }, name)
    }
  })

  it('takes arrays, and tells what does not fit', () => {
    expect(metrics.binaryAccuracy([1, 0], [0.9, 0.8]).arraySync()).toBe(0.5)
    expect(() => metrics.binaryAccuracy([1], [1, 2])).toThrow(
      'binaryAccuracy: expected targets of shape [2], received [1]',
    )
  })
})
