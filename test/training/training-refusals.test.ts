import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callbacks, layers, type Sequential, sequential } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { expectSameBits } from '../helpers/compare.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

function compiled(): Sequential {
  const model = sequential({
    layers: [layers.flatten({ inputShape: [2, 2, 1] }), layers.dense({ units: 3, activation: 'softmax' })],
    seed: 1,
  })
  model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
  return model
}

const x = new Float32Array(16)
const y = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0)

type Call = (model: Sequential) => unknown
type Refusal = [what: string, call: Call, text: string]

/** fit with arguments that a type checker would not let pass. */
const fitWith =
  (args: object): Call =>
  (model) =>
    model.fit(x, y, args as never)

const stream =
  (batches: unknown): Call =>
  (model) =>
    model.fitDataset(batches as never, { epochs: 1 })

const OPTIONS: Refusal[] = [
  [
    'a negative first epoch',
    fitWith({ initialEpoch: -1 }),
    'fit: expected initialEpoch to be an integer of at least 0, received -1',
  ],
  [
    'a split of 1',
    fitWith({ validationSplit: 1 }),
    'fit: expected validationSplit to be a finite number of at least 0 and below 1, received 1',
  ],
  [
    'a shuffle that is no boolean',
    fitWith({ shuffle: 'batch' }),
    "fit: expected shuffle to be true or false, received 'batch'",
  ],
  ['a loud verbose', fitWith({ verbose: 3 }), 'fit: expected verbose to be an integer from 0 to 2, received 3'],
  [
    'an unknown yieldEvery',
    fitWith({ yieldEvery: 'step' }),
    "fit: expected yieldEvery to be one of auto, batch, epoch, never, received 'step'",
  ],
  [
    'a yieldEvery of 0',
    fitWith({ yieldEvery: 0 }),
    'fit: expected yieldEvery to be a finite number above 0, received 0',
  ],
  [
    'validation data without targets',
    fitWith({ validationData: [x] }),
    'fit: expected validationData to be a data set or [x, y], received [Float32Array(16)]',
  ],
  [
    'a misspelt option of evaluate',
    (model) => model.evaluate(x, y, { batch: 2 } as never),
    "evaluate: expected only the options batchSize, verbose, sampleWeight, steps, received 'batch'",
  ],
  [
    'batches of nothing',
    (model) => model.predict(x, { batchSize: 0 }),
    'predict: expected batchSize to be an integer of at least 1, received 0',
  ],
]

const CALLBACKS: Refusal[] = [
  [
    'a callback that is none',
    fitWith({ callbacks: [7] }),
    'fit: expected callbacks to be objects with hooks, received 7',
  ],
  [
    'early stopping by a figure that is not there',
    fitWith({ callbacks: callbacks.earlyStopping() }),
    "callbacks.earlyStopping: expected monitor to be one of loss, acc, received 'val_loss' — give fit validationData or validationSplit",
  ],
  [
    'early stopping with a misspelt option',
    () => callbacks.earlyStopping({ patient: 3 } as never),
    "callbacks.earlyStopping: expected only the options monitor, minDelta, patience, mode, baseline, restoreBestWeights, verbose, received 'patient' — did you mean 'patience'?",
  ],
  [
    'a schedule that is none',
    () => callbacks.learningRateScheduler(0.1 as never),
    'callbacks.learningRateScheduler: expected a function of epoch and learning rate, received 0.1',
  ],
  [
    'a schedule that gives NaN',
    fitWith({ callbacks: callbacks.learningRateScheduler(() => Number.NaN) }),
    'SGD: expected learningRate to be a finite number of at least 0, received NaN',
  ],
]

const STREAMS: Refusal[] = [
  ['a stream that is none', stream(7), 'fitDataset: expected an iterable of { xs, ys }, received 7'],
  ['an empty stream', stream([]), 'fitDataset: expected a data set with batches, received none in an epoch'],
  ['batches that are none', stream([x]), 'fitDataset: expected batches { xs, ys }, received Float32Array(16)'],
]

describe('training refuses', () => {
  it.each([...OPTIONS, ...CALLBACKS, ...STREAMS])('%s, and can go on', async (_, call, text) => {
    const model = compiled()
    const before = model.snapshot()
    const error = await (async () => call(model))().catch((e: unknown) => e)
    expect(error).toMatchObject({ name: 'ArgumentError', message: text })
    // Early stopping looks at its figure when the first epoch is over.
    if (!text.startsWith('callbacks.earlyStopping: expected monitor')) {
      model.snapshot().forEach((values, i) => {
        expectSameBits(values, before[i]!)
      })
    }
    expect(await model.trainOnBatch(x, y)).toHaveLength(2)
  })
})
