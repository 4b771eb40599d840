/** The lecture's padding and strides: the formula of the size against the shapes that the convolution really has. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ARITHMETIC } from '../../examples/helpers/lecture.ts'
import { conv2d, init, layers, ones, type Padding, pad, sequential, shutdown, tidy } from '../../src/index.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

/** The side of the feature map of a square image under a square kernel, computed and not inferred. */
function side(D: number, F: number, P: Padding, S: number): number {
  return tidy(() => {
    const y = conv2d(ones([1, D, D, 1]), ones([F, F, 1, 1]), S, P)
    expect(y.shape).toEqual([1, y.shape[1], y.shape[1], 1])
    expect(y.dataSync()).toHaveLength(y.shape[1]! ** 2)
    return y.shape[1]!
  })
}

it('zero padding by 1 turns 5×5 into 7×7 with a border of zeros', () => {
  const expected = [
    [0, 0, 0, 0, 0, 0, 0],
    [0, 1, 1, 1, 1, 1, 0],
    [0, 1, 1, 1, 1, 1, 0],
    [0, 1, 1, 1, 1, 1, 0],
    [0, 1, 1, 1, 1, 1, 0],
    [0, 1, 1, 1, 1, 1, 0],
    [0, 0, 0, 0, 0, 0, 0],
  ]
  const border = [1, 1] as [number, number]
  expect(pad(ones([5, 5]), [border, border]).arraySync()).toEqual(expected)
  const layer = layers.zeroPadding2d({ padding: 1, inputShape: [5, 5, 1] })
  const y = layer.apply(ones([1, 5, 5, 1]))
  expect(y.shape).toEqual([1, 7, 7, 1])
  expect([...y.dataSync()]).toEqual(expected.flat())
})

describe('the size of the activation map, (D − F + 2P) / S + 1', () => {
  it('28, 5, P = 2, S = 1 gives 28', () => {
    expect((28 - 5 + 2 * 2) / 1 + 1).toBe(28)
    expect(side(28, 5, 2, 1)).toBe(28)
  })

  const cases = [28, 32, 200].flatMap((D) =>
    [3, 5, 7].flatMap((F) => [0, 1, 2, 3].flatMap((P) => [1, 2, 3].map((S) => [D, F, P, S] as const))),
  )

  it.each(cases)('D %i, F %i, P %i, S %i', (D, F, P, S) => {
    expect(side(D, F, P, S)).toBe(Math.floor((D - F + 2 * P) / S + 1))
  })
})

describe('the seven figures of convolution arithmetic', () => {
  const sizes = [2, 6, 5, 7, 2, 3, 3]

  it('are seven', () => {
    expect(ARITHMETIC).toHaveLength(sizes.length)
  })

  it.each(ARITHMETIC.map((figure, i) => ({ ...figure, expected: sizes[i]! })))(
    '$title: $input/$kernel, p$padding, s$stride gives $expected',
    ({ input, kernel, padding, stride, expected }) => {
      expect(side(input, kernel, padding, stride)).toBe(expected)
    },
  )

  it('half padding keeps the size, as same does; full padding lets each pixel meet each weight', () => {
    expect(side(5, 3, 'same', 1)).toBe(5)
    const full = conv2d(ones([1, 5, 5, 1]), ones([3, 3, 1, 1]), 1, 2)
    expect(full.sum().dataSync()[0]).toBe(25 * 9)
  })
})

describe('same padding', () => {
  it.each([5, 6, 7, 28])('with stride 2 halves %i, rounded up', (D) => {
    for (const F of [3, 5, 7]) expect(side(D, F, 'same', 2)).toBe(Math.ceil(D / 2))
  })

  it('with stride 2 puts the odd zero right and below', () => {
    const y = conv2d(ones([1, 6, 6, 1]), ones([3, 3, 1, 1]), 2, 'same')
    expect([...y.dataSync()]).toEqual([9, 9, 6, 9, 9, 6, 6, 6, 4])
  })
})

describe('the usual kernels and strides on 28×28', () => {
  it.each([
    [3, 1, 26, 28],
    [3, 2, 13, 14],
    [3, 3, 9, 10],
    [5, 1, 24, 28],
    [5, 2, 12, 14],
    [5, 3, 8, 10],
    [7, 1, 22, 28],
    [7, 2, 11, 14],
    [7, 3, 8, 10],
  ])('%i, stride %i: %i without padding, %i with', (kernelSize, strides, valid, same) => {
    expect(side(28, kernelSize, 'valid', strides)).toBe(valid)
    expect(side(28, kernelSize, 'same', strides)).toBe(same)
    const layer = layers.conv2d({ filters: 2, kernelSize, strides, padding: 'same', inputShape: [28, 28, 1] })
    expect(sequential({ layers: [layer] }).outputShape).toEqual([null, same, same, 2])
  })
})
