/** The lecture's convolutions by hand: nine steps on a binary image, and the first step on a colour image. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BIAS, CHANNELS, IMAGE, KERNEL, type Matrix, MISPRINTED_IMAGE } from '../../examples/helpers/lecture.ts'
import { conv2d, init, layers, shutdown, type Tensor, tensor1d, tensor4d } from '../../src/index.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const image = (matrix: Matrix): Tensor => tensor4d(matrix.flat(), [1, matrix.length, matrix[0]!.length, 1])
const filter = (matrix: Matrix): Tensor => tensor4d(matrix.flat(), [matrix.length, matrix[0]!.length, 1, 1])
const values = (tensor: Tensor): number[] => [...tensor.dataSync()]

describe('the nine steps', () => {
  it.each([
    [1, 0, 0, 4],
    [2, 0, 1, 3],
    [3, 0, 2, 4],
    [4, 1, 0, 2],
    [5, 1, 1, 4],
    [6, 1, 2, 3],
    [7, 2, 0, 2],
    [8, 2, 1, 3],
    [9, 2, 2, 4],
  ])('step %i, the patch at row %i and column %i, gives %i', (_, row, column, expected) => {
    const patch = IMAGE.slice(row, row + 3).map((line) => line.slice(column, column + 3))
    const y = conv2d(image(patch), filter(KERNEL), 1, 'valid')
    expect(y.shape).toEqual([1, 1, 1, 1])
    expect(values(y)).toEqual([expected])
  })

  it('as one convolution', () => {
    const y = conv2d(image(IMAGE), filter(KERNEL), 1, 'valid')
    expect(y.arraySync()).toEqual([
      [
        [[4], [3], [4]],
        [[2], [4], [3]],
        [[2], [3], [4]],
      ],
    ])
  })

  it('as a layer', () => {
    const layer = layers.conv2d({ filters: 1, kernelSize: 3, useBias: false, inputShape: [5, 5, 1] })
    layer.apply(image(IMAGE))
    layer.setWeights([filter(KERNEL)])
    expect(values(layer.apply(image(IMAGE)))).toEqual([4, 3, 4, 2, 4, 3, 2, 3, 4])
  })

  it('the misprinted image differs in its fourth row and gives another map', () => {
    expect(MISPRINTED_IMAGE[3]).toEqual([0, 0, 1, 1, 1])
    expect(MISPRINTED_IMAGE.filter((_, i) => i !== 3)).toEqual(IMAGE.filter((_, i) => i !== 3))
    const y = conv2d(image(MISPRINTED_IMAGE), filter(KERNEL), 1, 'valid')
    expect(values(y)).toEqual([4, 3, 4, 2, 4, 4, 2, 3, 4])
  })
})

describe('the colour image', () => {
  /** Channels innermost, as images and filters are stored. */
  const interleaved = (channels: readonly Matrix[]): number[] =>
    channels[0]!.flatMap((row, i) => row.flatMap((_, j) => channels.map((channel) => channel[i]![j]!)))
  const photograph = (): Tensor => tensor4d(interleaved(CHANNELS.map(({ corner }) => corner)), [1, 5, 5, 3])
  const kernels = (): Tensor => tensor4d(interleaved(CHANNELS.map(({ kernel }) => kernel)), [3, 3, 3, 1])

  it.each([
    ['red', 0, [0, 0, 0, 0, 156, 155, 0, 153, 154], 308],
    ['green', 1, [0, 0, 0, 0, 167, 166, 0, 164, 165], -498],
    ['blue', 2, [0, 0, 0, 0, 163, 162, 0, 160, 161], 164],
  ])('the %s patch', (name, channel, patch, expected) => {
    const { kernel } = CHANNELS[channel]!
    expect(CHANNELS[channel]!.name).toBe(name)
    expect(values(conv2d(tensor4d(patch, [1, 3, 3, 1]), filter(kernel), 1, 'valid'))).toEqual([expected])
  })

  it.each([
    ['red', 0, 308],
    ['green', 1, -498],
    ['blue', 2, 164],
  ])('the top left of the %s channel with a border of zeros', (_, channel, expected) => {
    const { corner, kernel } = CHANNELS[channel]!
    expect(values(conv2d(image(corner), filter(kernel), 1, 1))[0]).toBe(expected)
  })

  it('the three channels and the bias give −25', () => {
    expect(308 - 498 + 164 + BIAS).toBe(-25)
    const y = conv2d(photograph(), kernels(), 1, 1).add(BIAS)
    expect(y.shape).toEqual([1, 5, 5, 1])
    expect(values(y)[0]).toBe(-25)
  })

  it('as a layer with a bias', () => {
    const layer = layers.conv2d({ filters: 1, kernelSize: 3, padding: 'same', inputShape: [5, 5, 3] })
    layer.apply(photograph())
    layer.setWeights([kernels(), tensor1d([BIAS])])
    expect(values(layer.apply(photograph()))[0]).toBe(-25)
  })

  it('each place is what nine products for each channel add up to', () => {
    const at = (matrix: Matrix, i: number, j: number): number => matrix[i]?.[j] ?? 0
    const expected = IMAGE.flatMap((row, i) =>
      row.map((_, j) =>
        CHANNELS.reduce((sum, { corner, kernel }) => {
          const terms = kernel.flatMap((line, r) => line.map((w, s) => w * at(corner, i + r - 1, j + s - 1)))
          return sum + terms.reduce((a, b) => a + b, 0)
        }, BIAS),
      ),
    )
    expect(values(conv2d(photograph(), kernels(), 1, 1).add(BIAS))).toEqual(expected)
  })
})
