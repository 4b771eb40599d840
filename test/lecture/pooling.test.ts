/** The lecture's pooling examples. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Matrix, POOL_4X4, POOL_5X5 } from '../../examples/helpers/lecture.ts'
import { avgPool, init, layers, maxPool, ones, shutdown, type Tensor, tensor4d } from '../../src/index.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const image = (matrix: Matrix): Tensor => tensor4d(matrix.flat(), [1, matrix.length, matrix[0]!.length, 1])

describe('2×2 with stride 2', () => {
  it('the maximum of each window', () => {
    const y = maxPool(image(POOL_4X4), 2, 2, 'valid')
    expect(y.shape).toEqual([1, 2, 2, 1])
    expect([...y.dataSync()]).toEqual([9, 8, 19, 8])
  })

  it('as a layer, whose stride is its size by default', () => {
    const y = layers.maxPooling2d({ poolSize: 2 }).apply(image(POOL_4X4))
    expect([...y.dataSync()]).toEqual([9, 8, 19, 8])
  })

  it('the mean of each window', () => {
    expect([...avgPool(image(POOL_4X4), 2, 2, 'valid').dataSync()]).toEqual([5, 3.5, 12.75, 5.75])
  })
})

describe('3×3 with stride 1', () => {
  it('the maximum of each window', () => {
    const y = maxPool(image(POOL_5X5), 3, 1, 'valid')
    expect(y.shape).toEqual([1, 3, 3, 1])
    expect([...y.dataSync()]).toEqual([3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 2.0, 3.0])
  })

  it('as a layer', () => {
    const y = layers.maxPooling2d({ poolSize: 3, strides: 1 }).apply(image(POOL_5X5))
    expect([...y.dataSync()]).toEqual([3, 3, 3, 3, 3, 3, 3, 2, 3])
  })
})

describe('depth', () => {
  it.each([1, 3, 32, 64])('of %i channels is kept while space shrinks', (depth) => {
    const x = ones([2, 24, 24, depth])
    expect(maxPool(x, 2, 2, 'valid').shape).toEqual([2, 12, 12, depth])
    expect(avgPool(x, 2, 2, 'valid').shape).toEqual([2, 12, 12, depth])
  })

  it('each channel is pooled on its own', () => {
    // The second channel is the first, mirrored at the diagonal.
    const mirrored = POOL_4X4.map((row, i) => row.map((_, j) => POOL_4X4[j]![i]!))
    const both = POOL_4X4.flatMap((row, i) => row.flatMap((value, j) => [value, mirrored[i]![j]!]))
    const y = maxPool(tensor4d(both, [1, 4, 4, 2]), 2, 2, 'valid')
    expect([...y.dataSync()]).toEqual([9, 9, 8, 19, 19, 8, 8, 8])
  })
})
