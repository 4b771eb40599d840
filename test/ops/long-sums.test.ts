/** Sums of a million terms on constant data, where the rounding errors of a single chain would all point the same way. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grads } from '../../src/autograd.ts'
import { init } from '../../src/init.ts'
import { conv2d } from '../../src/ops/conv2d.ts'
import { fill } from '../../src/ops/create.ts'
import { fusedMatMul, matMul } from '../../src/ops/matmul.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import type { Shape } from '../../src/shape.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'

const TERM = 0.1
const MILLION = 1_000_000

const constant = (...shape: number[]): Tensor => fill(shape as Shape, TERM)
const one = (...shape: number[]): Tensor => fill(shape as Shape, 1)

/** Every element is `terms` times 0.1, to 1e-5. */
function expectSums(y: Tensor, terms: number): void {
  const exact = terms * Math.fround(TERM)
  for (const value of y.dataSync()) expect(Math.abs(value / exact - 1)).toBeLessThan(1e-5)
}

/** The gradients of a convolution where dy is one everywhere. */
function convGrads(x: Tensor, w: Tensor, pad: 'valid' | 'same' = 'valid', strides: 1 | 2 = 1): Tensor[] {
  return grads((x, w) => conv2d(x!, w!, strides, pad))([x, w])
}

describe.each(['auto', 'direct'] as const)('a million terms, convolutions: %s', (conv) => {
  beforeAll(() => init({ threads: 1, conv }))
  afterAll(shutdown)

  it.each([
    ['a row by a column', 1, 1, false, false],
    ['a row by few columns', 1, 5, false, false],
    ['few rows by columns that are rows', 3, 5, false, true],
    ['columns by columns', 2, 3, true, false],
    ['any strides', 2, 2, true, true],
    ['packed', 9, 5, false, false],
    ['packed, transposed', 8, 3, false, true],
    ['over rows', 9, 5, true, false],
    ['both transposed', 8, 2, true, true],
  ] as const)('matMul: %s', (_, M, N, transposeA, transposeB) => {
    tidy(() => {
      const a = transposeA ? constant(MILLION, M) : constant(M, MILLION)
      const b = transposeB ? one(N, MILLION) : one(MILLION, N)
      expectSums(matMul(a, b, transposeA, transposeB), MILLION)
    })
  })

  it('a dense layer with bias and activation, in slabs', () => {
    tidy(() => {
      const [a, b] = [constant(8, 200_000), one(200_000, 3)]
      const sum = 200_000 * Math.fround(TERM)
      const y = fusedMatMul('dense', a, b, { bias: fill([3], -sum + 3), activation: 'relu6' })
      for (const value of y.dataSync()) expect(Math.abs(value - 3)).toBeLessThan(sum * 1e-5)
      const clipped = fusedMatMul('dense', a, b, { bias: one(3), activation: 'relu6' })
      expect([...new Set(clipped.dataSync())]).toEqual([6])
      const negative = fusedMatMul('dense', a, b, { bias: fill([3], -2 * sum), activation: 'relu' })
      expect([...new Set(negative.dataSync())]).toEqual([0])
    })
  })

  it('the filter and the bias of a convolution over 64 images of 128 × 128', () => {
    tidy(() => {
      const [x, w] = [constant(64, 128, 128, 1), one(1, 1, 1, 2)]
      const [, dw] = convGrads(x, w)
      expectSums(dw!, 64 * 128 * 128)
      const [, strided] = convGrads(constant(16, 512, 512, 1), one(1, 1, 1, 1), 'valid', 2)
      expectSums(strided!, 16 * 256 * 256)
    })
  })

  it('the filter of a 3 × 3 convolution of 8 channels', () => {
    tidy(() => {
      const [, dw] = convGrads(constant(16, 258, 258, 8), one(3, 3, 8, 8))
      expectSums(dw!, 16 * 256 * 256)
    })
  })

  it('a convolution with a filter of a million values', () => {
    tidy(() => {
      expectSums(conv2d(constant(1, 25, 20, 2000), one(25, 20, 2000, 1), 1, 'valid'), MILLION)
      expectSums(conv2d(constant(1, 1, 1, MILLION), one(1, 1, MILLION, 1), 1, 'valid'), MILLION)
    })
  })

  it('the input of a convolution with a million filters and taps', () => {
    tidy(() => {
      const filter = fill([5, 5, 1, 40_000], TERM)
      const [dx] = convGrads(one(1, 5, 5, 1), filter, 'same')
      expect(Math.abs(dx!.dataSync()[12]! / (MILLION * Math.fround(TERM)) - 1)).toBeLessThan(1e-5)
      const [wide] = convGrads(one(1, 1, 1, 1), fill([1, 1, 1, MILLION], TERM))
      expectSums(wide!, MILLION)
    })
  })
})
