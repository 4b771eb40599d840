/** Layers that change images: nothing in predictions, and by the seed alone while training. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { init, layers, sequential, shutdown } from '../../src/exports.ts'
import { tensor } from '../../src/ops/create.ts'
import { concat } from '../../src/ops/layout.ts'
import { mean } from '../../src/ops/reduce.ts'
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
