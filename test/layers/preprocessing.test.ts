/** Layers that change images: nothing in predictions, and by the seed alone while training. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as data from '../../src/data/index.ts'
import { init, layers, sequential, shutdown } from '../../src/exports.ts'
import { layerToFile } from '../../src/layers/config.ts'
import { layerFromFile } from '../../src/layers/from-file.ts'
import { tensor } from '../../src/ops/create.ts'
import { mean } from '../../src/ops/reduce.ts'
import { concat } from '../../src/ops/slices.ts'
import type { Tensor } from '../../src/tensor.ts'
import { expectClose, expectSameBits } from '../helpers/compare.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

/** 64 times the same picture. */
function pictures(): Tensor {
  return tensor(
    Float32Array.from({ length: 64 * 4 }, (_, i) => i % 4),
    [64, 2, 2, 1],
  )
}

const AUGMENTATIONS = {
  randomFlip: () => layers.randomFlip(),
  randomContrast: () => layers.randomContrast({ factor: 0.5 }),
  randomBrightness: () => layers.randomBrightness({ factor: 0.25, valueRange: [0, 4] }),
  randomRotation: () => layers.randomRotation({ factor: 0.5 }),
  randomTranslation: () => layers.randomTranslation({ heightFactor: 0.5, widthFactor: 0.5 }),
  randomZoom: () => layers.randomZoom({ heightFactor: 0.5, fillMode: 'constant' }),
}

describe.each(Object.entries(AUGMENTATIONS))('%s', (_, make) => {
  it('leaves images alone in predictions, and changes each in its own way while training', () => {
    const x = pictures()
    const made = sequential({ seed: 3, layers: [layers.inputLayer({ inputShape: [2, 2, 1] }), make()] })
    const again = sequential({ seed: 3, layers: [layers.inputLayer({ inputShape: [2, 2, 1] }), make()] })
    expectSameBits(made.predict(x).dataSync(), x.dataSync())
    const y = made.apply(x, { training: true }).dataSync()
    expectSameBits(again.apply(x, { training: true }).dataSync(), y)
    expect(made.apply(x, { training: true }).dataSync()).not.toEqual(y)
    const kinds = new Set(Array.from({ length: 64 }, (_, i) => y.slice(4 * i, 4 * i + 4).join()))
    expect(kinds.size).toBeGreaterThanOrEqual(4)
  })
})

describe('randomFlip', () => {
  it.each([
    ['horizontal', ['0,1,2,3', '1,0,3,2']],
    ['vertical', ['0,1,2,3', '2,3,0,1']],
    ['horizontal_and_vertical', ['0,1,2,3', '1,0,3,2', '2,3,0,1', '3,2,1,0']],
  ] as const)('mirrors %s, each way about as often', (mode, ways) => {
    const y = layers.randomFlip({ mode, seed: 5 }).apply(pictures(), { training: true }).dataSync()
    const counts = new Map<string, number>()
    for (let i = 0; i < 64; i++) {
      const way = y.slice(4 * i, 4 * i + 4).join()
      counts.set(way, (counts.get(way) ?? 0) + 1)
    }
    expect([...counts.keys()].sort()).toEqual([...ways])
    for (const count of counts.values()) expect(count).toBeGreaterThan(64 / ways.length / 3)
  })
})

describe('randomContrast', () => {
  it('keeps the mean of each channel', () => {
    const y = layers.randomContrast({ factor: 0.9 }).apply(pictures(), { training: true })
    expectClose(mean(y, [1, 2]).dataSync(), Array(64).fill(1.5), { absolute: 1e-6 })
  })
})

describe('randomBrightness', () => {
  it('stays within the range of values', () => {
    const y = layers
      .randomBrightness({ factor: 1, valueRange: [0, 3] })
      .apply(pictures(), { training: true })
      .dataSync()
    expect(Math.min(...y)).toBe(0)
    expect(Math.max(...y)).toBe(3)
  })
})

/** 3 × 3: 1 2 3 / 4 5 6 / 7 8 9, twice. */
function square(): Tensor {
  return tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9], [2, 3, 3, 1])
}

function inTraining(layer: { apply(x: Tensor, kwargs: { training: boolean }): Tensor }, x: Tensor): number[] {
  return [...layer.apply(x, { training: true }).dataSync()]
}

describe('randomRotation', () => {
  it('turns counter-clockwise, about the middle', () => {
    const y = inTraining(layers.randomRotation({ factor: [0.25, 0.25] }), square())
    const quarter = [3, 6, 9, 2, 5, 8, 1, 4, 7]
    expectClose(y, [...quarter, ...quarter], { absolute: 1e-5 })
  })
})

describe('randomTranslation', () => {
  it.each([
    ['constant', [0, 0, 0, 0, 1, 2, 0, 4, 5]],
    ['reflect', [1, 1, 2, 1, 1, 2, 4, 4, 5]],
    ['nearest', [1, 1, 2, 1, 1, 2, 4, 4, 5]],
  ] as const)('shifts down and right, %s beyond the edge', (fillMode, shifted) => {
    const third: [number, number] = [1 / 3, 1 / 3]
    const y = inTraining(layers.randomTranslation({ heightFactor: third, widthFactor: third, fillMode }), square())
    expectClose(y, [...shifted, ...shifted], { absolute: 1e-5 })
  })
})

describe('randomZoom', () => {
  it('goes out above 0 and in below, about the middle, with its proportions', () => {
    const out = inTraining(
      layers.randomZoom({ heightFactor: [1, 1], fillMode: 'constant', interpolation: 'nearest' }),
      square(),
    )
    expect(out.slice(0, 9)).toEqual([0, 0, 0, 0, 5, 0, 0, 0, 0])
    const into = inTraining(layers.randomZoom({ heightFactor: [-0.5, -0.5] }), square())
    expectClose(into.slice(0, 9), [3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7], { absolute: 1e-5 })
  })

  it('refuses factors beyond 1 and unknown ways to fill', () => {
    expect(() => layers.randomZoom({ heightFactor: 2 })).toThrow('random_zoom: expected heightFactor')
    expect(() => layers.randomZoom({ heightFactor: 0.2, fillMode: 'mirror' as never })).toThrow(
      "random_zoom: expected fillMode to be one of constant, reflect, wrap, nearest, received 'mirror'",
    )
  })
})

describe('randomCrop', () => {
  it('cuts one window out of all images of a batch, every one in time, and the middle in predictions', () => {
    const layer = layers.randomCrop({ height: 2, width: 2 })
    const windows = new Set<string>()
    for (let i = 0; i < 60; i++) {
      const y = inTraining(layer, square())
      expect(y.slice(0, 4)).toEqual(y.slice(4))
      windows.add(y.slice(0, 4).join())
    }
    expect([...windows].sort()).toEqual(['1,2,4,5', '2,3,5,6', '4,5,7,8', '5,6,8,9'])
    expect([...layer.apply(square()).dataSync()].slice(0, 4)).toEqual([1, 2, 4, 5])
  })

  it('enlarges images that are too small', () => {
    expect(layers.randomCrop({ height: 6, width: 4 }).apply(square(), { training: true }).shape).toEqual([2, 6, 4, 1])
  })
})

describe('randomWidth and randomHeight', () => {
  it('stretch images while training, by sizes within the range', () => {
    const sizes = new Set<number>()
    const x = tensor(new Float32Array(10 * 10), [1, 10, 10, 1])
    const [wide, high] = [layers.randomWidth({ factor: 0.3 }), layers.randomHeight({ factor: [0.1, 0.5] })]
    expect(wide.computeOutputShape([null, 10, 10, 1])).toEqual([null, 10, null, 1])
    for (let i = 0; i < 50; i++) sizes.add(wide.apply(x, { training: true }).shape[2]!)
    expect([...sizes].every((size) => size >= 7 && size < 13)).toBe(true)
    expect(sizes.size).toBeGreaterThan(3)
    const [, H, W] = high.apply(x, { training: true }).shape as readonly [number, number, number]
    expect(H >= 11 && H < 15 && W === 10).toBe(true)
    expect(wide.apply(x).shape).toEqual([1, 10, 10, 1])
  })

  it('are made again by their configs', () => {
    for (const layer of [layers.randomWidth({ factor: 0.3, seed: 2 }), layers.randomHeight({ factor: [-0.2, 0.1] })]) {
      const { name: _, ...config } = layer.getConfig()
      const again = new (layer.constructor as new (args: object) => typeof layer)({
        ...config,
        seed: config.seed ?? undefined,
      })
      expect(again.getConfig()).toEqual(layer.getConfig())
    }
    expect(() => layers.randomWidth({ factor: -1 })).toThrow('random_width: expected factor')
  })
})

describe('resizing', () => {
  it('takes pixels where their centres are', () => {
    const x = tensor([0, 1], [1, 1, 2, 1])
    expect([...layers.resizing({ height: 1, width: 4 }).apply(x).dataSync()]).toEqual([0, 0.25, 0.75, 1])
  })

  it('cuts or pads to keep proportions', () => {
    const x = tensor([1, 2, 3, 4, 5, 6], [1, 1, 6, 1])
    const cut = layers.resizing({ height: 1, width: 2, cropToAspectRatio: true }).apply(x)
    expect([...cut.dataSync()]).toEqual([3, 4])
    const padded = layers.resizing({
      height: 6,
      width: 6,
      padToAspectRatio: true,
      fillValue: 9,
      interpolation: 'nearest',
    })
    // Two rows of filling on either side; the odd one is left out, as in Keras.
    expect([...padded.apply(x).dataSync()].slice(0, 6)).toEqual([9, 9, 9, 9, 9, 9])
    expect(() => layers.resizing({ height: 1, width: 1, cropToAspectRatio: true, padToAspectRatio: true })).toThrow(
      'resizing: expected cropToAspectRatio or padToAspectRatio, received both',
    )
  })
})

describe('normalization', () => {
  it('refuses statistics that are no numbers', () => {
    for (const mean of ['a', { flat: 1 }, [[1, null]]]) {
      const make = (): unknown => layers.normalization({ mean, variance: 1 } as never)
      expect(make).toThrow('expected mean to be a finite number, received')
    }
  })

  it('learns mean and variance of columns, or takes given ones', async () => {
    const x = tensor([1, 10, 3, 30, 5, 20], [3, 2])
    const layer = layers.normalization()
    layer.adapt(x)
    const deviations = [Math.sqrt(8 / 3), Math.sqrt(200 / 3)]
    const expected = [-2, -10, 0, 10, 2, 0].map((distance, i) => distance / deviations[i % 2]!)
    expectClose(layer.apply(x).dataSync(), expected)
    expect(layer.getWeights().map((weight) => [...weight.dataSync()])).toEqual([
      [3, 20],
      [Math.fround(8 / 3), Math.fround(200 / 3)],
      [3],
    ])
    const given = layers.normalization({ mean: [3, 20], variance: [8 / 3, 200 / 3] })
    expectClose(given.apply(x).dataSync(), expected)
    const back = layers.normalization({ mean: [3, 20], variance: [8 / 3, 200 / 3], invert: true })
    expectClose(back.apply(tensor(expected, [3, 2])).dataSync(), x.dataSync())
    const batches = data
      .array([
        [1, 10],
        [3, 30],
        [5, 20],
      ])
      .batch(2)
    const streamed = layers.normalization({ inputShape: [2] })
    await streamed.adaptDataset(batches as never)
    expectClose(streamed.apply(x).dataSync(), expected)
  })

  it('knows one mean of all values, and several axes', () => {
    const layer = layers.normalization({ axis: null })
    layer.adapt([
      [0, 2],
      [4, 6],
    ])
    expectClose(layer.apply(tensor([3, 8], [1, 2])).dataSync(), [0, Math.sqrt(5)])
    const two = layers.normalization({ axis: [1, 2] })
    two.adapt([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [3, 4],
        [5, 6],
      ],
    ])
    expect([...two.apply(tensor([3, 4, 5, 6], [1, 2, 2])).dataSync()]).toEqual([1, 1, 1, 1])
  })

  it('refuses what it cannot learn from', () => {
    expect(() => layers.normalization({ mean: 1 })).toThrow('normalization: expected mean and variance, or neither')
    expect(() => layers.normalization({ mean: 1, variance: 1 }).adapt([[1]])).toThrow(
      'normalization.adapt: expected a layer without given statistics',
    )
    expect(() => layers.normalization({ axis: 0 }).adapt([[1]])).toThrow('normalization: expected axis to be among')
  })

  it('serves in a model, which trains it not', () => {
    const layer = layers.normalization({ inputShape: [2] })
    layer.adapt([
      [1, 2],
      [3, 6],
    ])
    const made = sequential({ seed: 1, layers: [layer, layers.dense({ units: 1 })] })
    expect(made.trainableWeights.length).toBe(2)
    expect(made.predict(tensor([2, 4], [1, 2])).dataSync()[0]).toBeCloseTo(0)
  })
})

describe('categoryEncoding', () => {
  const x = [
    [0, 2],
    [1, 1],
  ]

  it.each([
    ['multiHot', [2, 3], [1, 0, 1, 0, 1, 0]],
    ['count', [2, 3], [1, 0, 1, 0, 2, 0]],
    ['oneHot', [2, 2, 3], [1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0]],
  ] as const)('%s', (outputMode, shape, values) => {
    const y = layers.categoryEncoding({ numTokens: 3, outputMode }).apply(tensor(x, [2, 2], 'int32'))
    expect(y.shape).toEqual(shape)
    expect([...y.dataSync()]).toEqual(values)
  })

  it('refuses categories that there are not', () => {
    expect(() => layers.categoryEncoding({ numTokens: 2 }).apply(tensor(x, [2, 2], 'int32'))).toThrow(
      'category_encoding: expected categories from 0 to 1, received 2',
    )
  })
})

describe("Keras's layers out of files", () => {
  it.each([
    [
      'Resizing',
      { height: 4, width: 5, interpolation: 'bilinear', crop_to_aspect_ratio: false, data_format: 'channels_last' },
    ],
    ['RandomCrop', { height: 4, width: 5, seed: null }],
    [
      'RandomRotation',
      { factor: [-0.1, 0.1], fill_mode: 'reflect', interpolation: 'bilinear', fill_value: 0, seed: 3 },
    ],
    ['RandomTranslation', { height_factor: 0.1, width_factor: [0, 0.2], fill_mode: 'constant', fill_value: 0.5 }],
    ['RandomZoom', { height_factor: 0.1, width_factor: null, fill_mode: 'nearest', interpolation: 'nearest' }],
    ['RandomWidth', { factor: 0.2, interpolation: 'bilinear', seed: null }],
    ['RandomHeight', { factor: [0.2, 0.3], interpolation: 'nearest', seed: 1 }],
    ['Normalization', { axis: null, mean: [1.5], variance: [2], invert: false }],
    ['Normalization', { axis: [-1], mean: null, variance: null }],
    ['CategoryEncoding', { num_tokens: 3, output_mode: 'multi_hot' }],
    ['UpSampling2D', { size: [2, 2], data_format: 'channels_last', interpolation: 'bilinear' }],
    ['CenterCrop', { height: 4, width: 5 }],
  ])('%s', (className, options) => {
    const entry = { class_name: className, config: { name: 'it', trainable: true, dtype: 'float32', ...options } }
    const layer = layerFromFile('model.json', 'layers[0]', entry)
    expect(layer.className).toBe(className)
    const again = layerFromFile('model.json', 'layers[0]', JSON.parse(JSON.stringify(layerToFile(layer))))
    expect(again.getConfig()).toEqual(layer.getConfig())
  })
})

describe('rescaling and centerCrop', () => {
  it('compute what they say', () => {
    const x = tensor([0, 51, 102, 255], [1, 2, 2, 1])
    expectClose(
      layers
        .rescaling({ scale: 1 / 51, offset: -1 })
        .apply(x)
        .dataSync(),
      [-1, 0, 1, 4],
      { absolute: 1e-6 },
    )
    const wide = concat([x, x, x], 2)
    expect(layers.centerCrop({ height: 1, width: 3 }).apply(wide).dataSync()).toEqual(Float32Array.of(51, 0, 51))
  })
})

describe('a layer that quadlane has not', () => {
  it('says so, and what to use', () => {
    expect(() => layers.lstm({ units: 3 })).toThrow(
      "layers.lstm: expected a layer of quadlane, received one of TF.js alone: quadlane has no lstm — use conv1d with padding: 'causal' over the steps",
    )
  })
})
