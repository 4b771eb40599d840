/** The networks to start from: their sizes by their papers and by Keras, and that they learn. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { init, layers, model, sequential, shutdown, tensor, zoo } from '../../src/exports.ts'
import type { LayersModel } from '../../src/model/model.ts'
import type { Tensor } from '../../src/tensor.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const images = (count: number, size: number): Tensor =>
  tensor(uniform(count * size * size * 3, 1, 0, 1), [count, size, size, 3])

function oneHot(count: number, classes: number): Tensor {
  const rows = new Float32Array(count * classes)
  for (let i = 0; i < count; i++) rows[i * classes + (i % classes)] = 1
  return tensor(rows, [count, classes])
}

async function expectLearning(net: LayersModel, size: number, classes: number): Promise<void> {
  net.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
  const { history } = await net.fit(images(8, size), oneHot(8, classes), { epochs: 8, batchSize: 8 })
  expect(history.loss!.at(-1)).toBeLessThan(history.loss![0]!)
}

const trained = (net: LayersModel): number =>
  net.weights.filter((weight) => weight.trainable).reduce((sum, { size }) => sum + size, 0)

describe('mobileNet', () => {
  it('has the parameters and the names of Keras', () => {
    const net = zoo.mobileNet({ alpha: 0.25 })
    expect(net.countParams()).toBe(475_544)
    expect(trained(net)).toBe(470_072)
    expect(net.outputShape).toEqual([null, 1000])
    expect(net.getLayer('conv_pw_13_relu').outputShape).toEqual([null, 7, 7, 256])
    expect(zoo.mobileNet().countParams()).toBe(4_253_864)
    expect(zoo.mobileNet({ includeTop: false }).countParams()).toBe(3_228_864)
  })

  it('learns', async () => {
    const net = zoo.mobileNet({ alpha: 0.25, inputShape: [32, 32, 3], classes: 4, dropout: 0, seed: 1 })
    await expectLearning(net, 32, 4)
  })

  it('takes images of any size without its top', () => {
    const net = zoo.mobileNet({ alpha: 0.25, inputShape: [null, null, 3], includeTop: false, seed: 1 })
    expect(net.predict(images(1, 64)).shape).toEqual([1, 2, 2, 256])
  })

  it('keeps its statistics to the bit while a head on it is trained, and thaws where it is told to', async () => {
    const base = zoo.mobileNet({ alpha: 0.25, inputShape: [32, 32, 3], includeTop: false, seed: 1 })
    // Statistics such as a trained network has: without them a signal that was not normalised fades away.
    for (const weight of base.weights) {
      if (weight.name.endsWith('variance')) weight.set(new Float32Array(weight.size).fill(0.1))
    }
    base.trainable = false
    const head = [layers.globalAveragePooling2d(), layers.dense({ units: 4, activation: 'softmax' })]
    const whole = sequential({ layers: [base, ...head], seed: 2 })
    whole.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
    const before = base.snapshot()
    await whole.fit(images(8, 32), oneHot(8, 4), { epochs: 2, batchSize: 4 })
    expect(base.snapshot()).toEqual(before)
    const last = ['conv_pw_13', 'conv_pw_13_bn']
    for (const name of last) base.getLayer(name).trainable = true
    whole.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
    await whole.fit(images(8, 32), oneHot(8, 4), { epochs: 1, batchSize: 4 })
    const after = base.snapshot()
    base.weights.forEach(({ name }, i) => {
      const same = JSON.stringify(after[i]) === JSON.stringify(before[i])
      expect(same, name).toBe(!last.some((layer) => name.startsWith(`${layer}/`)))
    })
  })

  it('is cut at a layer', () => {
    const net = zoo.mobileNet({ alpha: 0.25, inputShape: [64, 64, 3], classes: 10, seed: 1 })
    const cut = model({ inputs: net.inputs, outputs: net.getLayer('conv_pw_5_relu').output })
    expect(cut.predict(images(1, 64)).shape).toEqual([1, 8, 8, 64])
  })
})

describe('resNet', () => {
  it('has the layers of the paper', () => {
    const net = zoo.resNet()
    expect(trained(net)).toBe(272_474)
    expect(net.weights.filter(({ name }) => /^conv2d(_\d+)?\/kernel$/.test(name))).toHaveLength(19 + 2)
    const wrong = 'zoo.resNet: expected depth to be 6n + 2: 20, 32, 44, 56, …, received 18'
    expect(() => zoo.resNet({ depth: 18 })).toThrow(wrong)
  })

  it('learns', async () => {
    await expectLearning(zoo.resNet({ depth: 8, inputShape: [16, 16, 3], classes: 4, seed: 1 }), 16, 4)
  })
})

describe('cifarNet', () => {
  it('has as many parameters as it says', () => {
    const net = zoo.cifarNet()
    expect(trained(net)).toBe(307_946)
    expect(net.countParams()).toBe(308_842)
  })

  it('learns', async () => {
    await expectLearning(zoo.cifarNet({ inputShape: [16, 16, 3], classes: 4, seed: 1 }), 16, 4)
  })
})
