/**
 * Networks that people know from TensorFlow.js's examples, written as they would be there: what a program that was
 * ported by changing its import calls, on data small enough for a test. A loss that falls is the least of what is asked.
 */

import { afterAll, describe, expect, it } from 'vitest'
import * as tf from '../../src/index.ts'
import { uniform } from '../helpers/random.ts'

afterAll(() => tf.shutdown())

const images = (count: number, size: number, channels: number, seed = 1): tf.Tensor =>
  tf.tensor(uniform(count * size * size * channels, seed, 0, 1), [count, size, size, channels])

async function losses(model: tf.LayersModel, x: tf.Tensor, y: tf.Tensor, epochs = 6): Promise<number[]> {
  const { history } = await model.fit(x, y, { epochs, batchSize: 8 })
  return history.loss!
}

function expectFalling(values: readonly number[]): void {
  expect(values.every(Number.isFinite)).toBe(true)
  expect(values.at(-1)!).toBeLessThan(values[0]!)
}

describe('a curve', () => {
  it('is fitted by a polynomial whose coefficients are variables', () => {
    tf.setSeed(1)
    const [a, b, c] = [tf.scalar(0.1).variable(), tf.scalar(0.1).variable(), tf.scalar(0.1).variable()]
    const x = tf.linspace(-1, 1, 40)
    const y = x.square().mul(0.8).add(x.mul(-0.4)).add(0.3)
    const predict = (t: tf.Tensor): tf.Tensor => a.mul(t.square()).add(b.mul(t)).add(c)
    const optimizer = tf.train.sgd(0.5)
    for (let step = 0; step < 150; step++) {
      tf.tidy(() => void optimizer.minimize(() => predict(x).sub(y).square().mean()))
    }
    const found = [a, b, c].map((coefficient) => coefficient.dataSync()[0]!)
    expect(found[0]).toBeCloseTo(0.8, 1)
    expect(found[1]).toBeCloseTo(-0.4, 1)
    expect(found[2]).toBeCloseTo(0.3, 1)
  })
})

describe('a table', () => {
  it('of flowers is classified by two dense layers', async () => {
    const model = tf.sequential({ seed: 1 })
    model.add(tf.layers.dense({ units: 10, activation: 'sigmoid', inputShape: [4] }))
    model.add(tf.layers.dense({ units: 3, activation: 'softmax' }))
    model.compile({ optimizer: tf.train.adam(0.05), loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
    const classes = Int32Array.from({ length: 45 }, (_, i) => i % 3)
    const rows = uniform(45 * 4, 3, 0, 0.4).map((value, i) => value + classes[i >> 2]!)
    const [x, y] = [tf.tensor2d(rows, [45, 4]), tf.oneHot(tf.tensor1d(classes, 'int32'), 3).toFloat()]
    const { history } = await model.fit(x, y, { epochs: 40, validationSplit: 0.2 })
    expect(history.acc!.at(-1)).toBeGreaterThan(0.9)
    expect(history.val_acc).toHaveLength(40)
  })

  it('of houses is fitted with normalised columns', async () => {
    const raw = tf.tensor2d(uniform(60 * 5, 4, 0, 100), [60, 5])
    const { mean, variance } = tf.moments(raw, 0)
    const x = raw.sub(mean).div(variance.sqrt())
    const y = x.matMul(tf.tensor2d([1, -2, 0.5, 0, 3], [5, 1])).add(20)
    const model = tf.sequential({ seed: 1 })
    model.add(tf.layers.dense({ inputShape: [5], units: 20, activation: 'sigmoid', kernelInitializer: 'leCunNormal' }))
    model.add(tf.layers.dense({ units: 1 }))
    model.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError' })
    expectFalling(await losses(model, x, y, 20))
  })
})

describe('transfer learning', () => {
  it('freezes the features of a trained network, and trains a new head', async () => {
    const model = tf.sequential({ seed: 1 })
    const features = [
      tf.layers.conv2d({ inputShape: [12, 12, 1], kernelSize: 3, filters: 8, activation: 'relu' }),
      tf.layers.maxPooling2d({ poolSize: [2, 2] }),
      tf.layers.flatten(),
    ]
    const head = [
      tf.layers.dense({ units: 16, activation: 'relu' }),
      tf.layers.dense({ units: 3, activation: 'softmax' }),
    ]
    for (const layer of [...features, ...head]) model.add(layer)
    for (const layer of features) layer.trainable = false
    model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
    const before = features[0]!.getWeights()[0]!.dataSync()
    const y = tf.oneHot(
      tf.tensor1d(
        Int32Array.from({ length: 16 }, (_, i) => i % 3),
        'int32',
      ),
      3,
    )
    expectFalling(await losses(model, images(16, 12, 1), y))
    expect(features[0]!.getWeights()[0]!.dataSync()).toEqual(before)
  })

  it('cuts a MobileNet at a layer, and puts a head on what it returns', async () => {
    const mobilenet = tf.zoo.mobileNet({ alpha: 0.25, inputShape: [64, 64, 3], classes: 10, seed: 1 })
    // As in a trained one: without statistics a signal fades on its way through 27 layers.
    for (const weight of mobilenet.weights) {
      if (weight.name.endsWith('variance')) weight.set(new Float32Array(weight.size).fill(0.1))
    }
    const layer = mobilenet.getLayer('conv_pw_13_relu')
    const truncated = tf.model({ inputs: mobilenet.inputs, outputs: layer.output })
    const x = truncated.predict(images(8, 64, 3))
    expect(x.shape).toEqual([8, 2, 2, 256])
    const head = tf.sequential({
      seed: 2,
      layers: [
        tf.layers.flatten({ inputShape: truncated.outputs[0]!.shape.slice(1) }),
        tf.layers.dense({ units: 10, activation: 'relu', kernelInitializer: 'varianceScaling', useBias: true }),
        tf.layers.dense({ units: 4, kernelInitializer: 'varianceScaling', useBias: false, activation: 'softmax' }),
      ],
    })
    head.compile({ optimizer: tf.train.adam(0.001), loss: 'categoricalCrossentropy' })
    const y = tf.tidy(() => tf.oneHot(tf.tensor1d([0, 1, 2, 3, 0, 1, 2, 3], 'int32'), 4))
    expectFalling(await losses(head, x, y))
  })
})

describe('object detection', () => {
  it('has a loss of its own and is trained in two phases', async () => {
    const base = tf.sequential({
      name: 'base',
      seed: 1,
      layers: [
        tf.layers.conv2d({ filters: 6, kernelSize: 3, strides: 2, activation: 'relu', inputShape: [16, 16, 3] }),
        tf.layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, activation: 'relu' }),
      ],
    })
    const flat = tf.layers.flatten().apply(base.outputs[0]!)
    const outputs = tf.layers.dense({ units: 5 }).apply(tf.layers.dense({ units: 20, activation: 'relu' }).apply(flat))
    const model = tf.model({ inputs: base.inputs, outputs, seed: 2 })
    // The first column is the kind of the object, and weighs as much as the box.
    const scale = tf.tensor2d([10, 1, 1, 1, 1], [1, 5])
    const loss = (yTrue: tf.Tensor, yPred: tf.Tensor): tf.Tensor => yTrue.sub(yPred).mul(scale).square().mean(-1)
    for (const layer of base.layers) layer.trainable = false
    model.compile({ loss, optimizer: tf.train.rmsprop(5e-3) })
    const [x, y] = [images(16, 16, 3), tf.tensor2d(uniform(80, 7, 0, 1), [16, 5])]
    expectFalling(await losses(model, x, y))
    const frozen = base.getWeights()[0]!.dataSync()
    for (const layer of base.layers) layer.trainable = true
    model.compile({ loss, optimizer: tf.train.rmsprop(2e-3) })
    expectFalling(await losses(model, x, y))
    expect(base.getWeights()[0]!.dataSync()).not.toEqual(frozen)
  })
})

describe('feature maps', () => {
  it('are the outputs of the inner layers, all at once', () => {
    const model = tf.sequential({
      seed: 1,
      layers: [
        tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [10, 10, 1], name: 'one' }),
        tf.layers.maxPooling2d({ name: 'pool' }),
        tf.layers.conv2d({ filters: 6, kernelSize: 3, activation: 'relu', name: 'two' }),
      ],
    })
    const outputs = ['one', 'pool', 'two'].map((name) => model.getLayer(name).output as tf.SymbolicTensor)
    const maps = tf.model({ inputs: model.inputs, outputs }).predict<tf.Tensor[]>(images(2, 10, 1))
    expect(maps.map(({ shape }) => shape)).toEqual([
      [2, 8, 8, 4],
      [2, 4, 4, 4],
      [2, 2, 2, 6],
    ])
    expect(maps[2]!.dataSync()).toEqual(model.predict(images(2, 10, 1)).dataSync())
  })
})

describe('a layer of one’s own', () => {
  class Antirectifier extends tf.layers.Layer {
    static override readonly className = 'Antirectifier'

    override computeOutputShape(inputShape: tf.BatchShape): tf.BatchShape {
      return [...inputShape.slice(0, -1), 2 * inputShape.at(-1)!]
    }

    call(inputs: tf.Tensor): tf.Tensor {
      return tf.tidy(() => {
        const centred = inputs.sub(inputs.mean(1, true))
        return tf.concat([centred.relu(), centred.neg().relu()], -1)
      })
    }
  }

  it('computes by itself and learns in a model', async () => {
    expect(new Antirectifier().apply(tf.tensor2d([1, 3], [1, 2])).arraySync()).toEqual([[0, 1, 1, 0]])
    const model = tf.sequential({
      seed: 1,
      layers: [tf.layers.dense({ units: 8, inputShape: [6] }), new Antirectifier(), tf.layers.dense({ units: 1 })],
    })
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
    const x = tf.tensor2d(uniform(16 * 6, 8), [16, 6])
    expectFalling(await losses(model, x, x.abs().sum(1, true), 12))
  })

  /** z = mean + e^(log-variance / 2)·ε */
  class Sampling extends tf.layers.Layer {
    static override readonly className = 'Sampling'

    override computeOutputShape(shapes: never): tf.BatchShape {
      return shapes[0]
    }

    call(inputs: readonly tf.Tensor[]): tf.Tensor {
      const [mean, logVariance] = inputs as [tf.Tensor, tf.Tensor]
      return mean.add(logVariance.div(2).exp().mul(tf.randomNormal(mean.shape)))
    }
  }

  it('draws the code of a variational autoencoder of three models', () => {
    tf.setSeed(3)
    const begin = tf.input({ shape: [20], name: 'encoder_input' })
    const hidden = tf.layers.dense({ units: 12, activation: 'relu' }).apply(begin)
    const mean = tf.layers.dense({ units: 2, name: 'mean' }).apply(hidden)
    const logVariance = tf.layers.dense({ units: 2, name: 'log_variance' }).apply(hidden)
    const code = new Sampling().apply([mean, logVariance])
    const encoder = tf.model({ inputs: begin, outputs: [mean, logVariance, code], name: 'encoder', seed: 1 })
    const latent = tf.input({ shape: [2] })
    const decoded = tf.layers
      .dense({ units: 20, activation: 'sigmoid' })
      .apply(tf.layers.dense({ units: 12, activation: 'relu' }).apply(latent))
    const decoder = tf.model({ inputs: latent, outputs: decoded, name: 'decoder', seed: 2 })
    const [m, v, z] = encoder.apply([begin]) as unknown as tf.SymbolicTensor[]
    const vae = tf.model({ inputs: begin, outputs: [decoder.apply(z!), m!, v!], name: 'vae', seed: 3 })
    const x = tf.tensor2d(uniform(32 * 20, 5, 0, 1).map(Math.round), [32, 20])
    const optimizer = tf.train.adam(0.01)
    const values: number[] = []
    for (let step = 0; step < 30; step++) {
      tf.tidy(() => {
        const loss = (): tf.Tensor => {
          const [y, mu, logVar] = vae.apply(x, { training: true }) as unknown as tf.Tensor[]
          const reconstruction = y!.sub(x).square().sum(-1)
          const divergence = logVar!.add(1).sub(mu!.square()).sub(logVar!.exp()).sum(-1).mul(-0.5)
          return reconstruction.add(divergence).mean()
        }
        values.push(optimizer.minimize(loss, true)!.dataSync()[0]!)
      })
    }
    expectFalling(values)
    expect(decoder.predict(tf.zeros([1, 2])).shape).toEqual([1, 20])
  })
})
describe('a generator and its critic', () => {
  it('condition images on a class, and tell real ones from made ones with two outputs', async () => {
    const [size, kinds] = [10, 3]
    const noise = tf.input({ shape: [size] })
    const kind = tf.input({ shape: [1], dtype: 'int32' })
    const embedded = tf.layers.embedding({ inputDim: kinds, outputDim: size }).apply(kind)
    const mixed = tf.layers.multiply().apply([noise, tf.layers.flatten().apply(embedded)])
    let x = tf.layers
      .reshape({ targetShape: [3, 3, 8] })
      .apply(tf.layers.dense({ units: 72, activation: 'relu' }).apply(mixed))
    x = tf.layers
      .batchNormalization()
      .apply(
        tf.layers
          .conv2dTranspose({ filters: 6, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' })
          .apply(x),
      )
    x = tf.layers
      .conv2dTranspose({ filters: 1, kernelSize: 3, strides: 2, padding: 'same', activation: 'tanh' })
      .apply(x)
    const generator = tf.model({ inputs: [noise, kind], outputs: x, name: 'generator', seed: 1 })
    const picture = tf.input({ shape: [12, 12, 1] })
    let seen = tf.layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, padding: 'same' }).apply(picture)
    seen = tf.layers.dropout({ rate: 0.3 }).apply(tf.layers.leakyReLU({ alpha: 0.2 }).apply(seen))
    seen = tf.layers.flatten().apply(seen)
    const real = tf.layers.dense({ units: 1, activation: 'sigmoid', name: 'real' }).apply(seen)
    const guess = tf.layers.dense({ units: kinds, activation: 'softmax', name: 'guess' }).apply(seen)
    const critic = tf.model({ inputs: picture, outputs: [real, guess], name: 'critic', seed: 2 })
    critic.compile({
      optimizer: tf.train.adam(0.002),
      loss: ['binaryCrossentropy', 'sparseCategoricalCrossentropy'],
    })
    const made = generator.predict([
      tf.tensor2d(uniform(8 * size, 6), [8, size]),
      tf.tensor2d([0, 1, 2, 0, 1, 2, 0, 1], [8, 1], 'int32'),
    ])
    expect(made.shape).toEqual([8, 12, 12, 1])
    const kindsOf = tf.tensor2d([0, 1, 2, 0, 1, 2, 0, 1], [8, 1])
    const first = (await critic.trainOnBatch(made, [tf.zeros([8, 1]), kindsOf])) as number[]
    expect(first).toHaveLength(3)
    expect(first[0]!).toBeCloseTo(first[1]! + first[2]!, 4)
    for (let step = 0; step < 10; step++) await critic.trainOnBatch(made, [tf.zeros([8, 1]), kindsOf])
    const last = (await critic.trainOnBatch(made, [tf.zeros([8, 1]), kindsOf])) as number[]
    expect(last[0]!).toBeLessThan(first[0]!)
    // The critic is frozen while the generator learns to be taken for real.
    critic.trainable = false
    const [isReal, taken] = critic.apply(x) as unknown as tf.SymbolicTensor[]
    const combined = tf.model({ inputs: [noise, kind], outputs: [isReal!, taken!], seed: 3 })
    combined.compile({
      optimizer: tf.train.adam(0.002),
      loss: ['binaryCrossentropy', 'sparseCategoricalCrossentropy'],
    })
    const before = critic.getWeights().map((weight) => weight.dataSync())
    await combined.trainOnBatch([tf.tensor2d(uniform(8 * size, 7), [8, size]), kindsOf], [tf.ones([8, 1]), kindsOf])
    critic.getWeights().forEach((weight, i) => expect(weight.dataSync()).toEqual(before[i]))
    // By itself it goes on learning: it was compiled when nothing of it was frozen.
    await critic.trainOnBatch(made, [tf.zeros([8, 1]), kindsOf])
    expect(critic.trainable).toBe(false)
    critic.getWeights().forEach((weight, i) => expect(weight.dataSync()).not.toEqual(before[i]))
  })
})
