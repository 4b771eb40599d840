/**
 * What a user may get wrong with models: each mistake has an error that says who, what was expected, what came and how
 * to mend it; and the program that catches it goes on with its weights as they were.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACTIVATION_NAMES } from '../../src/activations/table.ts'
import * as train from '../../src/api/train.ts'
import { ImageDataset } from '../../src/data/dataset.ts'
import { ArgumentError, OutOfMemoryError, type QuadlaneError, ShapeError, StateError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import * as initializers from '../../src/initializers/table.ts'
import * as layers from '../../src/layers/index.ts'
import { type Sequential, sequential } from '../../src/model/sequential.ts'
import { ones, tensor, zeros } from '../../src/ops/create.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { keep, memory } from '../../src/tensor.ts'
import { uniform } from '../helpers/random.ts'
import { expectRefusal, expectRejection } from '../helpers/refusals.ts'

beforeAll(() => init({ simd: 'baseline', memory: 64 * 1024 * 1024 }))
afterAll(shutdown)

function images(): Sequential {
  const model = sequential({
    seed: 1,
    layers: [
      layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [6, 6, 1] }),
      layers.flatten(),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
  })
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
  return model
}

const x = (n = 4): Float32Array => uniform(n * 36)
const y = (n = 4): Float32Array => Float32Array.from({ length: n * 3 }, (_, i) => (i % 3 === 0 ? 1 : 0))

describe('layers', () => {
  const cases: [what: string, make: () => unknown, text: string][] = [
    [
      'filters of 0',
      () => layers.conv2d({ filters: 0, kernelSize: 3 }),
      'conv2d: expected filters to be an integer of at least 1, received 0',
    ],
    [
      'negative filters, by the name of the layer',
      () => layers.conv2d({ filters: -1, kernelSize: 3, name: 'first' }),
      'first: expected filters to be an integer of at least 1, received -1',
    ],
    [
      'a kernel of half a pixel',
      () => layers.conv2d({ filters: 1, kernelSize: 2.5 }),
      'conv2d: expected kernelSize to be an integer of at least 1, or two of them, received 2.5',
    ],
    [
      'a kernel with three sizes',
      () => layers.conv2d({ filters: 1, kernelSize: [3, 3, 3] }),
      'conv2d: expected kernelSize to be an integer of at least 1, or two of them, received [3, 3, 3]',
    ],
    [
      'no kernel',
      () => layers.conv2d({ filters: 1 } as never),
      'conv2d: expected kernelSize to be an integer of at least 1, or two of them, received undefined',
    ],
    [
      'a stride of 0',
      () => layers.conv2d({ filters: 1, kernelSize: 3, strides: 0 }),
      'conv2d: expected strides to be an integer of at least 1, or two of them, received 0',
    ],
    [
      'units of NaN',
      () => layers.dense({ units: Number.NaN }),
      'dense: expected units to be an integer of at least 1, received NaN',
    ],
    [
      'an unknown activation',
      () => layers.dense({ units: 1, activation: 'rleu' as 'relu' }),
      `dense: expected activation to be one of ${ACTIVATION_NAMES.join(', ')}, received 'rleu' — did you mean 'relu'?`,
    ],
    [
      'a misspelt option',
      () => layers.conv2d({ filter: 6, kernelSize: 3 } as never),
      "conv2d: expected only the options filters, groups, kernelInitializer, kernelRegularizer, kernelConstraint, kernelSize, strides, padding, dilationRate, dataFormat, activation, useBias, biasInitializer, biasRegularizer, biasConstraint, name, trainable, inputShape, batchInputShape, batchSize, dtype, inputDType, weights, received 'filter' — did you mean 'filters'?",
    ],
    [
      'a dropout of everything',
      () => layers.dropout({ rate: 1 }),
      'dropout: expected rate to be a finite number of at least 0 and below 1, received 1',
    ],
    [
      'an input shape with a size of 0',
      () => layers.dense({ units: 1, inputShape: [0, 4] }),
      'dense: expected inputShape to be sizes of at least 1, without the batch, e.g. [28, 28, 1], received [0, 4]',
    ],
    [
      'groups that do not divide the filters',
      () => layers.conv2d({ filters: 5, kernelSize: 1, groups: 2 }),
      'conv2d: expected groups to divide the filters, received 2 groups, 5 filters',
    ],
    [
      'an infinite scale',
      () => initializers.varianceScaling({ scale: Number.POSITIVE_INFINITY }),
      'initializers.varianceScaling: expected scale to be a finite number above 0, received Infinity',
    ],
  ]
  it.each(cases)('refuse %s', (_, make, text) => expectRefusal(make, ArgumentError, text))
})

describe('sequential', () => {
  it('refuses a first layer without an inputShape', () => {
    expectRefusal(
      () => sequential().add(layers.dense({ units: 1 })),
      ArgumentError,
      "sequential: expected a first layer with an inputShape, received 'dense' without one — give it inputShape: [28, 28, 1]",
    )
  })

  it('refuses a kernel larger than what the layer before leaves, by the name of the layer', () => {
    const run = (): unknown =>
      sequential({
        layers: [
          layers.conv2d({ filters: 1, kernelSize: 3, inputShape: [6, 6, 1] }),
          layers.conv2d({ filters: 1, kernelSize: 5 }),
        ],
      })
    const text =
      "conv2d_1: expected a kernel within the padded input 4x4, received 5x5 with padding 'valid', by way of conv2d_input -> conv2d — use a smaller kernel or padding 'same'"
    expectRefusal(run, ShapeError, text)
  })

  it('refuses images where there is no channel axis', () => {
    expectRefusal(
      () => sequential({ layers: [layers.conv2d({ filters: 1, kernelSize: 3, inputShape: [28, 28] })] }),
      ShapeError,
      'conv2d: expected input of rank 4, the batch first, received [*, 28, 28] — add a channel axis: images are [batch, height, width, channels]',
    )
  })

  it('refuses what is no layer, a layer twice, a name twice', () => {
    const model = images()
    expectRefusal(
      () => model.add({} as never),
      ArgumentError,
      'sequential: expected a layer, received {} — layers.dense({ units: 10 })',
    )
    expectRefusal(
      () => model.add(model.layers[1]!),
      ArgumentError,
      "sequential: expected each layer once, received 'flatten' again",
    )
    expectRefusal(
      () => model.add(layers.dense({ units: 1, name: 'dense' })),
      ArgumentError,
      "sequential: expected a name for each layer, received 'dense' twice",
    )
    expect(model.layers.length).toBe(3)
  })

  it('refuses to be used without layers', () => {
    expectRefusal(
      () => sequential().compile({ optimizer: 'adam', loss: 'meanSquaredError' }),
      StateError,
      'sequential: expected a model with layers, received one without — add() some',
    )
  })
})

describe('compile', () => {
  const cases: [what: string, args: object, text: string][] = [
    [
      'an unknown optimizer',
      { optimizer: 'adan', loss: 'meanSquaredError' },
      "compile: expected optimizer to be one of sgd, momentum, adam, adamw, adamax, rmsprop, adagrad, adadelta, received 'adan' — did you mean 'adam'?",
    ],
    [
      'an unknown loss',
      { optimizer: 'sgd', loss: 'l3' },
      "compile: expected loss to be one of categoricalCrossentropy, sparseCategoricalCrossentropy, binaryCrossentropy, meanSquaredError, meanAbsoluteError, meanAbsolutePercentageError, meanSquaredLogarithmicError, hinge, squaredHinge, categoricalHinge, huber, logcosh, kullbackLeiblerDivergence, poisson, cosineProximity, received 'l3'",
    ],
    [
      'an unknown metric',
      { optimizer: 'sgd', loss: 'meanSquaredError', metrics: ['acuracy'] },
      "compile: expected metric to be one of accuracy, acc, crossentropy, ce, binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy, topKCategoricalAccuracy, sparseTopKCategoricalAccuracy, precision, recall, f1Score, auc, r2Score, categoricalCrossentropy, sparseCategoricalCrossentropy, binaryCrossentropy, meanSquaredError, meanAbsoluteError, meanAbsolutePercentageError, meanSquaredLogarithmicError, hinge, squaredHinge, categoricalHinge, huber, logcosh, kullbackLeiblerDivergence, poisson, cosineProximity, received 'acuracy' — did you mean 'accuracy'?",
    ],
    [
      'a misspelt option',
      { optimizer: 'sgd', loss: 'meanSquaredError', metric: [] },
      "compile: expected only the options optimizer, loss, lossWeights, metrics, received 'metric' — did you mean 'metrics'?",
    ],
  ]
  it.each(cases)('refuses %s', (_, args, text) => {
    expectRefusal(() => images().compile(args as never), ArgumentError, text)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1])('refuses a learning rate of %f', (rate) => {
    expectRefusal(
      () => train.adam(rate),
      ArgumentError,
      `optimizer: expected learningRate to be a finite number of at least 0, received ${rate}`,
    )
  })

  it('refuses hyperparameters out of their range', () => {
    expectRefusal(
      () => train.adam(0.1, 1),
      ArgumentError,
      'train.adam: expected beta1 to be a finite number of at least 0 and below 1, received 1',
    )
    expectRefusal(
      () => train.momentum(0.1, Number.NaN),
      ArgumentError,
      'train.momentum: expected momentum to be a finite number of at least 0 and below 1, received NaN',
    )
    expectRefusal(
      () => train.rmsprop(0.1, 0.9, 0, 0),
      ArgumentError,
      'train.rmsprop: expected epsilon to be a finite number above 0, received 0',
    )
  })
})

describe('fit', () => {
  const cases: [
    what: string,
    run: (model: Sequential) => Promise<unknown>,
    type: typeof QuadlaneError,
    text: string,
  ][] = [
    [
      'inputs without targets',
      (model) => model.fit(x(), undefined as never),
      ArgumentError,
      'fit: expected targets y beside the inputs x, received undefined',
    ],
    [
      'fewer targets than inputs',
      (model) => model.fit(x(10), y(9)),
      ShapeError,
      'fit: expected a target for each input, received 10 inputs but 9 targets',
    ],
    [
      'images of another size',
      (model) => model.fit(zeros([4, 5, 6, 1]), zeros([4, 3])),
      ShapeError,
      'fit, conv2d: expected input [*, 6, 6, 1], received [4, 5, 6, 1]',
    ],
    [
      'images without a channel axis',
      (model) => model.fit(zeros([32, 6, 6]), zeros([32, 3])),
      ShapeError,
      'fit, conv2d: expected input [*, 6, 6, 1], received [32, 6, 6] — add a channel axis: reshape([32, 6, 6, 1])',
    ],
    [
      'class numbers where one-hot is wanted',
      (model) => model.fit(zeros([4, 6, 6, 1]), zeros([4, 1])),
      ShapeError,
      "fit, loss 'categoricalCrossentropy': expected one-hot targets [*, 3], received [4, 1] — use 'sparseCategoricalCrossentropy' for class numbers, or oneHot()",
    ],
    [
      'labels as bytes where one-hot is wanted',
      (model) => model.fit(x(), Uint8Array.of(0, 1, 2, 0)),
      ShapeError,
      "fit, loss 'categoricalCrossentropy': expected one-hot targets [*, 3], received [4, 1] — use 'sparseCategoricalCrossentropy' for class numbers, or oneHot()",
    ],
    [
      'values that make no whole images',
      (model) => model.fit(new Float32Array(37), y(1)),
      ShapeError,
      'fit: expected x to hold a multiple of 36 values, for rows of [6, 6, 1], received 37',
    ],
    [
      'no samples',
      (model) => model.fit(zeros([0, 6, 6, 1]), zeros([0, 3])),
      ArgumentError,
      'fit: expected at least one sample, received none',
    ],
    [
      'a misspelt option',
      (model) => model.fit(x(), y(), { batchsize: 2 } as never),
      ArgumentError,
      "fit: expected only the options epochs, initialEpoch, callbacks, validationData, validationSteps, validationBatchSize, verbose, yieldEvery, signal, resume, batchSize, validationSplit, shuffle, stepsPerEpoch, sampleWeight, classWeight, cacheFrozen, received 'batchsize' — did you mean 'batchSize'?",
    ],
    [
      'half a batch',
      (model) => model.fit(x(), y(), { batchSize: 1.5 }),
      ArgumentError,
      'fit: expected batchSize to be an integer of at least 1, received 1.5',
    ],
    [
      'no epochs',
      (model) => model.fit(x(), y(), { epochs: 0 }),
      ArgumentError,
      'fit: expected epochs to be an integer of at least 1, received 0',
    ],
    [
      'a validation split that leaves nothing',
      (model) => model.fit(x(), y(), { validationSplit: 0.99 }),
      ArgumentError,
      'fit: expected validationSplit to leave samples on both sides, received 0.99 of 4',
    ],
    [
      'a misspelt hook',
      (model) => model.fit(x(), y(), { callbacks: { onEpochEnds: () => {} } as never }),
      ArgumentError,
      "fit, callbacks: expected only the options onTrainBegin, onTrainEnd, onEpochBegin, onEpochEnd, onBatchBegin, onBatchEnd, onYield, received 'onEpochEnds' — did you mean 'onEpochEnd'?",
    ],
    [
      'a disposed tensor',
      (model) => {
        const gone = zeros([4, 6, 6, 1])
        gone.dispose()
        return model.fit(gone, zeros([4, 3]))
      },
      StateError,
      'fit: expected a tensor that has not been disposed, received a disposed one of shape [4, 6, 6, 1] — keep() it or return it from tidy()',
    ],
    [
      'NaN in the inputs',
      (model) => model.fit(x().fill(Number.NaN, 50, 51), y()),
      ArgumentError,
      'fit: expected a finite loss, received NaN at step 1 — lower the learning rate, and look for NaN or huge numbers in the inputs; the weights are as before this step',
    ],
    [
      'a batch that does not fit into the memory',
      (model) => model.fit(new Float32Array(36 * 400_000), new Float32Array(3 * 400_000), { batchSize: 400_000 }),
      OutOfMemoryError,
      '*',
    ],
  ]

  it.each(cases)('refuses %s, and leaves the weights as they were', async (_, run, type, text) => {
    const model = images()
    const before = model.snapshot()
    const buffers = memory().numDataBuffers
    const error: unknown = await run(model).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(type)
    if (text === '*')
      expect((error as Error).message).toMatch(
        /: expected at most .* MB more, of 67.1 MB in all, received a request for .* MB — use a smaller batch/,
      )
    else expect((error as Error).message).toBe(text)
    model.snapshot().forEach((values, i) => expect(values).toEqual(before[i]))
    // What the case itself made may be left; the failed call adds nothing.
    expect(memory().numDataBuffers - buffers).toBeLessThanOrEqual(2)
    const history = await model.fit(x(), y(), { epochs: 2 })
    expect(history.history.loss).toHaveLength(2)
    model.dispose()
  })

  it('and the others refuse a model that is not compiled', async () => {
    const model = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] })
    const text =
      "expected a compiled model, received 'sequential', which is not — call compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' }) first"
    await expectRejection(model.fit([[1, 2]], [[1]]), StateError, `fit: ${text}`)
    await expectRejection(model.fitDataset([], { epochs: 1 }), StateError, `fitDataset: ${text}`)
    await expectRejection(model.trainOnBatch([[1, 2]], [[1]]), StateError, `trainOnBatch: ${text}`)
    expectRefusal(() => model.evaluate([[1, 2]], [[1]]), StateError, `evaluate: ${text}`)
  })

  it('refuses classes out of range', async () => {
    const model = images()
    model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
    const text = "loss 'sparseCategoricalCrossentropy': expected classes from 0 to 2, received 3"
    await expectRejection(model.fit(x(), Uint8Array.of(0, 1, 2, 3)), ArgumentError, text)
    const oneHot =
      "fit, loss 'sparseCategoricalCrossentropy': expected class numbers of shape [*] or [*, 1], received [4, 3] — use 'categoricalCrossentropy' for one-hot targets"
    await expectRejection(model.fit(zeros([4, 6, 6, 1]), zeros([4, 3])), ShapeError, oneHot)
  })

  it('refuses a data set of other images', async () => {
    const data = new ImageDataset({
      images: new Uint8Array(2 * 16),
      labels: Uint8Array.of(0, 1),
      shape: [4, 4, 1],
      classes: 3,
    })
    const text = 'fit, conv2d: expected input [*, 6, 6, 1], received [2, 4, 4, 1]'
    await expectRejection(images().fit(data), ShapeError, text)
  })

  it('passes on what a callback throws, with the weights of the step before', async () => {
    const model = images()
    const hooks = {
      onBatchEnd: () => {
        throw new Error('mine')
      },
    }
    await expect(model.fit(x(), y(), { callbacks: hooks })).rejects.toThrow('mine')
    expect(await model.trainOnBatch(x(), y())).toHaveLength(2)
  })
})

describe('fitDataset', () => {
  it('refuses what gives no batches', async () => {
    const model = images()
    const none = 'fitDataset: expected a data set with batches, received none in an epoch'
    await expectRejection(model.fitDataset([], { epochs: 1 }), ArgumentError, none)
    const number = 'fitDataset: expected an iterable of { xs, ys }, received 3'
    await expectRejection(model.fitDataset(3 as never, { epochs: 1 }), ArgumentError, number)
    const batch = 'fitDataset: expected batches { xs, ys }, received {x, y}'
    await expectRejection(model.fitDataset([{ x: 1, y: 2 }] as never, { epochs: 1 }), ArgumentError, batch)
  })
})

describe('predict and evaluate', () => {
  it('refuse other shapes', () => {
    const model = images()
    const text = 'predict, conv2d: expected input [*, 6, 6, 1], received [1, 3, 3, 1]'
    expectRefusal(() => model.predict(keep(ones([1, 3, 3, 1]))), ShapeError, text)
    const counts = 'evaluate: expected a target for each input, received 2 inputs but 1 targets'
    expectRefusal(() => model.evaluate(x(2), y(1)), ShapeError, counts)
    const batch = 'predict: expected batchSize to be an integer of at least 1, received 0'
    expectRefusal(() => model.predict(x(1), { batchSize: 0 }), ArgumentError, batch)
  })
})

describe('setWeights', () => {
  it('refuses weights of other shapes, and changes none', () => {
    const model = images()
    const before = model.snapshot()
    const weights = model.getWeights()
    expectRefusal(
      () => model.setWeights(weights.slice(1)),
      ArgumentError,
      'sequential.setWeights: expected 4 weights, received 3',
    )
    const wrong = [...weights.slice(0, 3), tensor([1, 2])]
    expectRefusal(() => model.setWeights(wrong), ShapeError, 'dense/bias: expected a tensor of shape [3], received [2]')
    model.snapshot().forEach((values, i) => expect(values).toEqual(before[i]))
  })
})
