/** The lecture's first part: what a network without convolutions costs, and what it does not see. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FLATTENED, SEVEN } from '../../examples/helpers/lecture.ts'
import { data, init, layers, sequential, shutdown, tensor3d } from '../../src/index.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

describe('parameters of a dense layer on a 200×200×3 image', () => {
  const dense = (units: number): number =>
    sequential({
      layers: [layers.flatten({ inputShape: [200, 200, 3] }), layers.dense({ units })],
    }).countParams()

  it('a neuron has 120,000 weights and a bias', () => {
    expect(dense(1)).toBe(120_000 + 1)
  })

  it('64 neurons have 7,680,064', () => {
    expect(dense(64)).toBe(7_680_064)
  })

  it('64 filters of 3×3 have 1,792, on any size of image', () => {
    for (const side of [28, 200]) {
      const conv = layers.conv2d({ filters: 64, kernelSize: 3, inputShape: [side, side, 3] })
      expect(sequential({ layers: [conv] }).countParams()).toBe(3 * 3 * 3 * 64 + 64)
    }
  })
})

it('flattening puts the rows one after the other', () => {
  const flat = layers.flatten().apply(tensor3d(FLATTENED.flat(), [1, 3, 3]))
  expect(flat.shape).toEqual([1, 9])
  expect([...flat.dataSync()]).toEqual([1, 1, 0, 4, 2, 1, 0, 2, 1])
  flat.dispose()
})

describe('a shift by one pixel', () => {
  const [height, width] = [SEVEN.length, SEVEN[0]!.length]
  const seven = new data.ImageDataset({
    images: Uint8Array.from(SEVEN.flat(), (pixel) => pixel * 255),
    labels: Uint8Array.of(7),
    shape: [height, width, 1],
    classes: 10,
  })

  /** What a dense layer behind a flatten layer is given. */
  const inputs = (images: data.ImageDataset): Float32Array => {
    const pixels = new Float32Array(height * width)
    images.fillInputs([0], pixels)
    const flat = layers.flatten().apply(tensor3d(pixels, [1, height, width]))
    return flat.dataSync()
  }

  it.each([
    ['right', 1],
    ['left', -1],
  ])('to the %s changes 20 inputs of the flattened picture', (_, dx) => {
    const before = inputs(seven)
    const after = inputs(seven.shifted(dx, 0))
    expect(before.filter((value, i) => value !== after[i])).toHaveLength(20)
    // The picture itself is all there: as many lit pixels as before.
    expect(after.filter((value) => value === 1)).toHaveLength(before.filter((value) => value === 1).length)
  })
})
