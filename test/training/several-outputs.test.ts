/** Models of several inputs and outputs: losses, weights and metrics per output, against TF.js. */

import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import * as tfl from '@tensorflow/tfjs-layers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { input, type LayersModel, layers, model as modelOf, type Tensor, tensor } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import type { CompileArgs } from '../../src/training/compile.ts'
import { expectClose } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const N = 6
const [a, b] = [uniform(N * 4, 1), uniform(N * 2, 2)]
const classes = Float32Array.from({ length: N * 3 }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3))
const values = uniform(N, 4)

function ours(): LayersModel {
  const [first, second] = [input({ shape: [4], name: 'first' }), input({ shape: [2], name: 'second' })]
  const joined = layers.concatenate().apply([first, second])
  const hidden = layers.dense({ units: 5, activation: 'tanh' }).apply(joined)
  const kind = layers.dense({ units: 3, activation: 'softmax', name: 'kind' }).apply(hidden)
  const size = layers.dense({ units: 1, name: 'size' }).apply(hidden)
  return modelOf({ inputs: [first, second], outputs: [kind, size] as never, seed: 1 })
}

function theirs(): tfl.LayersModel {
  const [first, second] = [tfl.input({ shape: [4] }), tfl.input({ shape: [2] })]
  const joined = tfl.layers.concatenate().apply([first, second]) as tfl.SymbolicTensor
  const hidden = tfl.layers.dense({ units: 5, activation: 'tanh' }).apply(joined) as tfl.SymbolicTensor
  const kind = tfl.layers.dense({ units: 3, activation: 'softmax', name: 'kind' }).apply(hidden) as tfl.SymbolicTensor
  const size = tfl.layers.dense({ units: 1, name: 'size' }).apply(hidden) as tfl.SymbolicTensor
  return tfl.model({ inputs: [first, second], outputs: [kind, size] })
}

const WAYS: [string, CompileArgs, object][] = [
  [
    'by order',
    { optimizer: 'sgd', loss: ['categoricalCrossentropy', 'meanSquaredError'], metrics: ['mae'] },
    { loss: ['categoricalCrossentropy', 'meanSquaredError'], metrics: ['mae'] },
  ],
  [
    'by name',
    {
      optimizer: 'sgd',
      loss: { kind: 'categoricalCrossentropy', size: 'meanAbsoluteError' },
      metrics: { kind: 'accuracy', size: ['mse'] },
    },
    {
      loss: { kind: 'categoricalCrossentropy', size: 'meanAbsoluteError' },
      metrics: { kind: 'accuracy', size: ['mse'] },
    },
  ],
  ['one loss for both', { optimizer: 'sgd', loss: 'mse' }, { loss: 'meanSquaredError' }],
]

describe('two inputs and two outputs', () => {
  it.each(WAYS)('a step as in TF.js, %s', async (_, args, theirArgs) => {
    const [mine, other] = [ours(), theirs()]
    mine.compile(args)
    other.compile({ optimizer: tf.train.sgd(0.01), ...(theirArgs as Omit<tfl.ModelCompileArgs, 'optimizer'>) })
    other.setWeights(mine.getWeights().map((w) => tf.tensor(w.dataSync(), [...w.shape])))
    const expected = (await other.trainOnBatch(
      [tf.tensor(a, [N, 4]), tf.tensor(b, [N, 2])],
      [tf.tensor(classes, [N, 3]), tf.tensor(values, [N, 1])],
    )) as number[]
    const found = (await mine.trainOnBatch([a, b], [classes, values])) as number[]
    expect(mine.metricsNames).toEqual(other.metricsNames)
    expectClose(found, expected, { relative: 1e-5, absolute: 1e-5 })
    const theirWeights = other.getWeights()
    mine.getWeights().forEach((w, i) => {
      expectClose(w.dataSync(), theirWeights[i]!.dataSync(), { relative: 1e-5, absolute: 1e-6 }, `weight ${i}`)
    })
  })

  it('takes data by names, weighs losses, and leaves out an output', async () => {
    const [plain, weighted, single] = [ours(), ours(), ours()]
    const loss = ['categoricalCrossentropy', 'meanSquaredError'] as const
    plain.compile({ optimizer: 'sgd', loss })
    weighted.compile({ optimizer: 'sgd', loss, lossWeights: { size: 3 } })
    single.compile({ optimizer: 'sgd', loss: [null, 'meanSquaredError'] })
    const x = { second: b, first: a }
    const [all, kind, size] = (await plain.testOnBatch(x, { kind: classes, size: values })) as number[]
    expect(all).toBeCloseTo(kind! + size!, 5)
    const [total] = (await weighted.testOnBatch([a, b], [classes, values])) as number[]
    expect(total).toBeCloseTo(kind! + 3 * size!, 5)
    expect(single.metricsNames).toEqual(['loss', 'size_loss'])
    const [only] = (await single.testOnBatch(x, { size: values })) as number[]
    expect(only).toBeCloseTo(size!, 6)
  })

  it('fits, evaluates and predicts', async () => {
    const model = ours()
    model.compile({ optimizer: 'adam', loss: ['categoricalCrossentropy', 'mse'], metrics: { kind: 'accuracy' } })
    const { history } = await model.fit([a, b], [classes, values], { epochs: 3, batchSize: 4, validationSplit: 0.34 })
    expect(Object.keys(history)).toEqual(
      ['', 'val_'].flatMap((p) => ['loss', 'kind_loss', 'size_loss', 'kind_acc'].map((name) => p + name)),
    )
    expect((model.evaluate([a, b], [classes, values]) as Tensor[]).map(({ shape }) => shape)).toEqual([[], [], [], []])
    const stream = [{ xs: { first: tensor(a, [N, 4]), second: tensor(b, [N, 2]) }, ys: [classes, values] }]
    await model.fitDataset(stream as never, { epochs: 1 })
    expect(model.predict<Tensor[]>({ first: a, second: b }).map(({ shape }) => shape)).toEqual([
      [N, 3],
      [N, 1],
    ])
  })

  it.each([
    ['a loss too few', { loss: ['mse'] }, 'compile: expected loss for 2 outputs, received 1'],
    [
      'a loss without a name that is there',
      { loss: { kind: 'mse', sise: 'mse' } },
      "compile, loss: expected only the options kind, size, received 'sise' — did you mean 'size'?",
    ],
    [
      'no loss for an output',
      { loss: { kind: 'mse' } },
      "compile: expected loss for each output, received none for 'size' — give null for an output of which nothing is asked",
    ],
    [
      'no loss at all',
      { loss: [null, null] },
      'compile: expected loss to be a name or a function, received [null, null]',
    ],
    [
      'a weight that is none',
      { loss: 'mse', lossWeights: [1, Number.NaN] },
      "compile: expected lossWeights of 'size' to be a finite number, received NaN",
    ],
  ])('refuses %s', (_, args, text) => {
    expect(() => ours().compile({ optimizer: 'sgd', ...args } as never)).toThrow(text)
  })

  it.each([
    ['one input of two', [a], [classes, values], 'fit: expected x to be a list of 2 (first, second), received 1'],
    ['targets of one', [a, b], [classes], 'fit: expected y to be a list of 2 (kind, size), received 1'],
    [
      'uneven inputs',
      [a, b.subarray(2)],
      [classes, values],
      'fit: expected as many samples for each input, received 6 and 5',
    ],
  ])('refuses %s', async (_, x, y, text) => {
    const model = ours()
    model.compile({ optimizer: 'sgd', loss: 'mse' })
    await expect(model.fit(x, y)).rejects.toThrow(text)
  })
})
