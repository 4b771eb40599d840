/** The lecture's model: its table, its parameters, its optimizer and the steps of an epoch. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TRAINING_RUN } from '../../examples/helpers/lecture.ts'
import { Callback, data, init, type Logs, layers, sequential, shutdown, train, zoo } from '../../src/index.ts'

// On one thread the memory is private, and growing it detaches what looks into it.
beforeAll(() => init({ simd: 'baseline', threads: 1 }))
afterAll(shutdown)

const lines = (model: ReturnType<typeof zoo.lenet>): string[] => {
  const printed: string[] = []
  model.summary(undefined, undefined, (line) => printed.push(line))
  return printed
}

describe('the table of the model', () => {
  it('line for line', () => {
    expect(lines(zoo.lenet())).toEqual([
      'Model: "lenet"',
      '_________________________________________________________________',
      'Layer (type)                 Output Shape           Param #',
      '=================================================================',
      'conv2d (Conv2D)              (None, 26, 26, 32)     320',
      '_________________________________________________________________',
      'conv2d_1 (Conv2D)            (None, 24, 24, 64)     18496',
      '_________________________________________________________________',
      'max_pooling2d (MaxPooling2D) (None, 12, 12, 64)     0',
      '_________________________________________________________________',
      'dropout (Dropout)            (None, 12, 12, 64)     0',
      '_________________________________________________________________',
      'flatten (Flatten)            (None, 9216)           0',
      '_________________________________________________________________',
      'dense (Dense)                (None, 128)            1179776',
      '_________________________________________________________________',
      'dropout_1 (Dropout)          (None, 128)            0',
      '_________________________________________________________________',
      'dense_1 (Dense)              (None, 10)             1290',
      '=================================================================',
      'Total params: 1,199,882',
      'Trainable params: 1,199,882',
      'Non-trainable params: 0',
      '_________________________________________________________________',
    ])
  })

  it.each([
    [0, 'Conv2D', [26, 26, 32], 320],
    [1, 'Conv2D', [24, 24, 64], 18496],
    [2, 'MaxPooling2D', [12, 12, 64], 0],
    [3, 'Dropout', [12, 12, 64], 0],
    [4, 'Flatten', [9216], 0],
    [5, 'Dense', [128], 1179776],
    [6, 'Dropout', [128], 0],
    [7, 'Dense', [10], 1290],
  ])('layer %i is %s, makes %j of %i parameters', (index, type, shape, params) => {
    const layer = zoo.lenet().layers[index]!
    expect(layer.className).toBe(type)
    expect(layer.outputShape).toEqual([null, ...shape])
    expect(layer.countParams()).toBe(params)
  })

  it('counts what the weights hold', () => {
    const model = zoo.lenet({ seed: 1 })
    const weights = model.getWeights()
    expect(weights.reduce((sum, weight) => sum + weight.size, 0)).toBe(1_199_882)
    expect(model.countParams()).toBe(1_199_882)
    for (const weight of weights) weight.dispose()
    model.dispose()
  })

  it('the settings of the layers', () => {
    const configs = zoo.lenet().layers.map((layer) => layer.getConfig())
    expect(configs[0]).toMatchObject({ filters: 32, kernelSize: [3, 3], strides: [1, 1], padding: 'valid' })
    expect(configs[1]).toMatchObject({ filters: 64, kernelSize: [3, 3], strides: [1, 1], padding: 'valid' })
    expect(configs[2]).toMatchObject({ poolSize: [2, 2], strides: [2, 2] })
    expect([configs[3]!.rate, configs[6]!.rate]).toEqual([0.25, 0.5])
    expect([0, 1, 5, 7].map((i) => configs[i]!.activation)).toEqual(['relu', 'relu', 'relu', 'softmax'])
  })
})

it('the network of 1998 is another, and has a twentieth of the parameters', () => {
  const model = zoo.lenet5()
  expect(model.layers.map(({ name }) => name)).toEqual(['C1', 'S2', 'C3', 'S4', 'C5', 'flatten', 'F6', 'output'])
  expect(model.layers.map((layer) => layer.outputShape.slice(1))).toEqual([
    [28, 28, 6],
    [14, 14, 6],
    [10, 10, 16],
    [5, 5, 16],
    [1, 1, 120],
    [120],
    [84],
    [10],
  ])
  expect(model.countParams()).toBe(156 + 2416 + 48_120 + 10_164 + 850)
})

describe('the training run', () => {
  it('60,000 images in batches of 128 are 469 steps an epoch', async () => {
    const [count, side] = [60_000, 2]
    const images = new data.ImageDataset({
      images: new Uint8Array(count * side * side),
      labels: new Uint8Array(count),
      shape: [side, side, 1],
      classes: 2,
    })
    const model = sequential({
      seed: 1,
      layers: [layers.flatten({ inputShape: [side, side, 1] }), layers.dense({ units: 2, activation: 'softmax' })],
    })
    model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
    const sizes: number[] = []
    const seen: Logs[] = []
    class Watch extends Callback {
      override onTrainBegin(): void {
        seen.push(this.params)
      }
      override onBatchEnd(_batch: number, logs: Logs = {}): void {
        sizes.push(logs.size!)
      }
    }
    const history = await model.fit(images, { batchSize: 128, callbacks: new Watch() })
    expect(seen).toEqual([expect.objectContaining({ epochs: 1, steps: 469, samples: 60_000 })])
    expect(sizes).toHaveLength(469)
    expect(sizes.slice(0, -1).every((size) => size === 128)).toBe(true)
    expect(sizes.at(-1)).toBe(96)
    expect(history.epoch).toEqual([0])
    expect(history.history.loss).toHaveLength(1)
    expect(model.optimizer?.iterations).toBe(469)
    model.dispose()
  })

  it("Adam has Keras's defaults", () => {
    expect(train.adam().getConfig()).toMatchObject({ learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 })
    const model = zoo.lenet()
    model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
    expect(model.optimizer?.getConfig()).toEqual(train.adam().getConfig())
  })

  it('History names the columns of the table', async () => {
    const digits = data.syntheticDigits({ count: 40, seed: 1 })
    const model = zoo.lenet5({ seed: 1 })
    model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
    const { history } = await model.fit(digits.slice(0, 30), { epochs: 2, validationData: digits.slice(30) })
    expect(Object.keys(history)).toEqual(['loss', 'acc', 'val_loss', 'val_acc'])
    expect(Object.values(history).map((figures) => figures.length)).toEqual([2, 2, 2, 2])
    model.dispose()
  })

  it('the table itself has ten epochs, from 98.30 % to 99.13 %', () => {
    expect(TRAINING_RUN).toHaveLength(10)
    expect(TRAINING_RUN[0]).toEqual({ loss: 0.2381, accuracy: 0.9282, valLoss: 0.054, valAccuracy: 0.983 })
    expect(TRAINING_RUN[9]).toEqual({ loss: 0.0262, accuracy: 0.9919, valLoss: 0.0266, valAccuracy: 0.9913 })
    expect(Math.max(...TRAINING_RUN.map(({ valAccuracy }) => valAccuracy))).toBe(0.9916)
  })
})
