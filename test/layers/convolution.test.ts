/** What convolution layers do that no other library is asked about. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { init, layers, sequential, shutdown } from '../../src/exports.ts'
import { tensor } from '../../src/ops/create.ts'
import { transpose } from '../../src/ops/layout.ts'
import { expectClose } from '../helpers/compare.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const CLOSE = { relative: 1e-5, absolute: 1e-6 }

describe('causal padding', () => {
  it('lets a step see itself and those before it, and keeps the length', () => {
    const layer = layers.conv1d({ filters: 1, kernelSize: 3, padding: 'causal', dilationRate: 2, inputShape: [6, 1] })
    layer.connect([null, 6, 1])
    layer.setWeights([tensor([100, 10, 1], [3, 1, 1]), tensor([0])])
    const y = layer.apply(tensor([1, 2, 3, 4, 5, 6], [1, 6, 1]))
    expect(y.shape).toEqual([1, 6, 1])
    expectClose(y.dataSync(), [1, 2, 13, 24, 135, 246], CLOSE)
    layer.dispose()
  })

  it('is nothing for images', () => {
    expect(() => layers.conv2d({ filters: 1, kernelSize: 3, padding: 'causal' as never })).toThrow(
      "conv2d: expected padding to be one of valid, same, received 'causal'",
    )
  })
})

describe('channels first', () => {
  const args = { kernelSize: 3, activation: 'relu6', dataFormat: 'channelsFirst' } as const
  it.each([
    [
      'conv2d',
      () => layers.conv2d({ filters: 4, ...args }),
      () => layers.conv2d({ filters: 4, ...args, dataFormat: 'channelsLast' }),
    ],
    [
      'depthwiseConv2d',
      () => layers.depthwiseConv2d(args),
      () => layers.depthwiseConv2d({ ...args, dataFormat: 'channelsLast' }),
    ],
    [
      'conv2dTranspose',
      () => layers.conv2dTranspose({ filters: 2, strides: 2, ...args }),
      () => layers.conv2dTranspose({ filters: 2, strides: 2, ...args, dataFormat: 'channelsLast' }),
    ],
  ] as const)('is the same turned round: %s', (_, makeFirst, makeLast) => {
    const [first, last] = [makeFirst(), makeLast()]
    const x = tensor(uniform(2 * 3 * 5 * 6, 1, -3, 9), [2, 3, 5, 6])
    const turned = transpose(x, [0, 2, 3, 1])
    first.connect([null, 3, 5, 6])
    last.connect([null, 5, 6, 3])
    last.setWeights(first.getWeights())
    const y = first.apply(x)
    expect(y.shape).toEqual([2, ...first.outputShape.slice(1)])
    expectClose(y.dataSync(), transpose(last.apply(turned), [0, 3, 1, 2]).dataSync(), CLOSE)
  })

  it('is refused by layers that have it not, in a sentence', () => {
    expect(() => layers.maxPooling2d({ dataFormat: 'channelsFirst' as never })).toThrow(
      /max_pooling2d: expected dataFormat to be 'channelsLast', received 'channelsFirst' — .*transpose the input/,
    )
  })
})

describe('a normalization that cannot be folded', () => {
  it('is computed by itself behind a transposed convolution', () => {
    const made = sequential({
      layers: [
        layers.conv2dTranspose({ filters: 2, kernelSize: 2, inputShape: [3, 3, 2] }),
        layers.batchNormalization({ movingMeanInitializer: 'randomNormal' }),
        layers.reLU(),
      ],
    })
    const x = tensor(uniform(18), [1, 3, 3, 2])
    let y = x
    for (const layer of made.layers) y = layer.apply(y)
    expectClose(made.predict(x).dataSync(), y.dataSync(), CLOSE)
    made.dispose()
  })
})
