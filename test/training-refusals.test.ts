import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callbacks, layers, type Sequential, sequential, zeros } from '../src/exports.ts'
import { init } from '../src/init.ts'
import { shutdown } from '../src/runtime/runtime.ts'
import { memory } from '../src/tensor.ts'
import { expectSameBits } from './helpers/compare.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

function build(): Sequential {
  return sequential({
    name: 'small',
    layers: [layers.flatten({ inputShape: [2, 2, 1] }), layers.dense({ units: 3, activation: 'softmax' })],
    seed: 1,
  })
}

function compiled(
  loss: 'categoricalCrossentropy' | 'sparseCategoricalCrossentropy' = 'categoricalCrossentropy',
): Sequential {
  const model = build()
  model.compile({ optimizer: 'sgd', loss, metrics: ['accuracy'] })
  return model
}

const x = new Float32Array(16)
const y = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0)
const [model, sparse] = [compiled(), compiled('sparseCategoricalCrossentropy')]
const samples = { size: 0, inputShape: [2, 2, 1], classes: 3, fillInputs() {}, fillOneHot() {}, fillLabels() {} }
const _fit = (args: object) => () => model.fit(x, y, args as never)
const stream = (batches: unknown) => () => model.fitDataset(batches as never, { epochs: 1 })

type Refusal = [what: string, call: () => unknown, text: string]

const NOT_COMPILED =
  "expected a compiled model, received 'small', which is not — call compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' }) first"
const LOSSES =
  'categoricalCrossentropy, sparseCategoricalCrossentropy, binaryCrossentropy, meanSquaredError, meanAbsoluteError'
const FIT_OPTIONS =
  'epochs, initialEpoch, callbacks, validationData, verbose, yieldEvery, batchSize, validationSplit, shuffle'

const COMPILE: Refusal[] = [
  ['fit before compile', () => build().fit(x, y), `fit: ${NOT_COMPILED}`],
  ['fitDataset before compile', () => build().fitDataset([], { epochs: 1 }), `fitDataset: ${NOT_COMPILED}`],
  ['trainOnBatch before compile', () => build().trainOnBatch(x, y), `trainOnBatch: ${NOT_COMPILED}`],
  ['evaluate before compile', () => build().evaluate(x, y), `evaluate: ${NOT_COMPILED}`],
  [
    'an unknown loss',
    () => build().compile({ optimizer: 'sgd', loss: 'crossentropy' as never }),
    `compile: expected loss to be one of ${LOSSES}, received 'crossentropy'`,
  ],
  [
    'an unknown metric',
    () => build().compile({ optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['accurcy' as never] }),
    "compile: expected metric to be one of accuracy, acc, binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy, topKCategoricalAccuracy, sparseTopKCategoricalAccuracy, meanSquaredError, meanAbsoluteError, received 'accurcy' — did you mean 'accuracy'?",
  ],
  [
    'a misspelt option of compile',
    () => build().compile({ optimizer: 'sgd', loss: 'meanSquaredError', metric: 'accuracy' } as never),
    "compile: expected only the options optimizer, loss, metrics, received 'metric' — did you mean 'metrics'?",
  ],
]

const OPTIONS: Refusal[] = [
  [
    'a misspelt option of fit',
    it({ epoch: 3 }),
    `fit: expected only the options ${FIT_OPTIONS}, received 'epoch' — did you mean 'epochs'?`,
  ],
  ['no epochs', it({ epochs: 0 }), 'fit: expected epochs to be an integer of at least 1, received 0'],
  ['half a batch', it({ batchSize: 0.5 }), 'fit: expected batchSize to be an integer of at least 1, received 0.5'],
  [
    'a negative first epoch',
    it({ initialEpoch: -1 }),
    'fit: expected initialEpoch to be an integer of at least 0, received -1',
  ],
  [
    'a split of 1',
    it({ validationSplit: 1 }),
    'fit: expected validationSplit to be a finite number of at least 0 and below 1, received 1',
  ],
  [
    'a split that leaves nothing to train on',
    it({ validationSplit: 0.9 }),
    'fit: expected validationSplit to leave samples on both sides, received 0.9 of 4',
  ],
  [
    'a shuffle that is no boolean',
    it({ shuffle: 'batch' }),
    "fit: expected shuffle to be true or false, received 'batch'",
  ],
  ['a loud verbose', it({ verbose: 3 }), 'fit: expected verbose to be an integer from 0 to 2, received 3'],
  [
    'an unknown yieldEvery',
    it({ yieldEvery: 'step' }),
    "fit: expected yieldEvery to be one of auto, batch, epoch, never, received 'step'",
  ],
  ['a yieldEvery of 0', it({ yieldEvery: 0 }), 'fit: expected yieldEvery to be a finite number above 0, received 0'],
  [
    'validation data without targets',
    it({ validationData: [x] }),
    'fit: expected validationData to be a data set or [x, y], received [Float32Array(16)]',
  ],
  [
    'a misspelt hook',
    it({ callbacks: { onEpochEnds() {} } }),
    "fit, callbacks: expected only the options onTrainBegin, onTrainEnd, onEpochBegin, onEpochEnd, onBatchBegin, onBatchEnd, onYield, received 'onEpochEnds' — did you mean 'onEpochEnd'?",
  ],
  ['a callback that is none', it({ callbacks: [7] }), 'fit: expected callbacks to be objects with hooks, received 7'],
  [
    'early stopping by a figure that is not there',
    it({ callbacks: callbacks.earlyStopping() }),
    "callbacks.earlyStopping: expected monitor to be one of loss, acc, received 'val_loss' — give fit validationData or validationSplit",
  ],
  [
    'early stopping with a misspelt option',
    () => callbacks.earlyStopping({ patient: 3 } as never),
    "callbacks.earlyStopping: expected only the options monitor, minDelta, patience, mode, baseline, restoreBestWeights, received 'patient' — did you mean 'patience'?",
  ],
  [
    'a schedule that is none',
    () => callbacks.learningRateScheduler(0.1 as never),
    'callbacks.learningRateScheduler: expected a function of epoch and learning rate, received 0.1',
  ],
  [
    'a schedule that gives NaN',
    it({ callbacks: callbacks.learningRateScheduler(() => Number.NaN) }),
    'SGD: expected learningRate to be a finite number of at least 0, received NaN',
  ],
  [
    'a misspelt option of evaluate',
    () => model.evaluate(x, y, { batch: 2 } as never),
    "evaluate: expected only the options batchSize, verbose, received 'batch'",
  ],
  [
    'batches of nothing',
    () => model.predict(x, { batchSize: 0 }),
    'predict: expected batchSize to be an integer of at least 1, received 0',
  ],
]

const DATA: Refusal[] = [
  [
    'no targets',
    () => model.fit(x, undefined as never),
    'fit: expected targets y beside the inputs x, received undefined',
  ],
  ['no inputs', () => model.fit(undefined as never, y), 'fit: expected x to be a tensor or arrays, received undefined'],
  [
    'images without channels',
    () => model.fit(zeros([4, 2, 2]), y),
    'fit, flatten: expected input [*, 2, 2, 1], received [4, 2, 2] — add a channel axis: reshape([4, 2, 2, 1])',
  ],
  [
    'images of another size',
    () => model.predict(zeros([4, 3, 2, 1])),
    'predict, flatten: expected input [*, 2, 2, 1], received [4, 3, 2, 1]',
  ],
  [
    'a typed array that is no multiple of an image',
    () => model.predict(new Float32Array(7)),
    'predict: expected x to hold a multiple of 4 values, for rows of [2, 2, 1], received 7',
  ],
  [
    'more inputs than targets',
    () => model.fit(x, y.subarray(0, 9)),
    'fit: expected a target for each input, received 4 inputs but 3 targets',
  ],
  [
    'class numbers where one-hot rows are wanted',
    () => model.fit(x, Float32Array.of(0, 1, 2, 0)),
    "fit, loss 'categoricalCrossentropy': expected one-hot targets [*, 3], received [1] — use 'sparseCategoricalCrossentropy' for class numbers, or oneHot()",
  ],
  [
    'one-hot rows where class numbers are wanted',
    () => sparse.fit(x, y),
    "fit, loss 'sparseCategoricalCrossentropy': expected class numbers of shape [*] or [*, 1], received [1, 3] — use 'categoricalCrossentropy' for one-hot targets",
  ],
  [
    'a class that does not exist',
    () => sparse.fit(x, Float32Array.of(0, 1, 2, 3)),
    "loss 'sparseCategoricalCrossentropy': expected classes from 0 to 2, received 3",
  ],
  ['an empty data set', () => model.fit(samples), 'fit: expected at least one sample, received none'],
  [
    'an empty array',
    () => model.fit(new Float32Array(0), new Float32Array(0)),
    'fit: expected at least one sample, received none',
  ],
  ['a stream that is none', stream(7), 'fitDataset: expected an iterable of { xs, ys }, received 7'],
  ['an empty stream', stream([]), 'fitDataset: expected a data set with batches, received none in an epoch'],
  ['batches that are none', stream([x]), 'fitDataset: expected batches { xs, ys }, received Float32Array(16)'],
  [
    'a disposed tensor',
    () => {
      const gone = zeros([4, 2, 2, 1])
      gone.dispose()
      return model.predict(gone)
    },
    'predict: expected a tensor that has not been disposed, received a disposed one of shape [4, 2, 2, 1] — keep() it or return it from tidy()',
  ],
]

const WEIGHTS: Refusal[] = [
  ['too few weights', () => model.setWeights([zeros([4, 3])]), 'setWeights: expected 2 weights, received 1'],
  [
    'weights of another shape',
    () => model.setWeights([zeros([3, 4]), zeros([3])]),
    'dense/kernel: expected shape [4, 3], received [3, 4]',
  ],
]

describe('a model refuses', () => {
  it.each([...COMPILE, ...OPTIONS, ...DATA, ...WEIGHTS])('%s', async (_, call, text) => {
    const error = await (async () => call())().catch((e: unknown) => e)
    expect(error).toBeInstanceOf(Error)
    expect((error as Error).message).toBe(text)
  })

  it('and is as it was before', async () => {
    const fresh = compiled()
    const before = fresh.snapshot()
    const buffers = memory().numDataBuffers
    const calls = [
      () => fresh.fit(x, y, { epochs: 0 }),
      () => fresh.fit(x, y.subarray(0, 9)),
      () => fresh.fit([[1, 2, 3]] as never, [[1, 0, 0]]),
      () => fresh.trainOnBatch(x, Float32Array.of(0, 1, 2, 0)),
    ]
    for (const call of calls) await expect(call()).rejects.toThrow()
    fresh.snapshot().forEach((values, i) => {
      expectSameBits(values, before[i]!)
    })
    expect(memory().numDataBuffers).toBe(buffers)
    expect(Number.isFinite(((await fresh.trainOnBatch(x, y)) as number[])[0])).toBe(true)
  })
})
