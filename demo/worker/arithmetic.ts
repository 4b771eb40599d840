/** The lecture's arithmetic, computed by quadlane's own ops. */

import { conv2d, maxPool, type Tensor, tensor, tidy } from 'quadlane'
import { BIAS, CHANNELS, type Matrix } from '../../examples/helpers/lecture.ts'

export interface ConvolutionTask {
  readonly image: Matrix
  readonly kernel: Matrix
  readonly stride: number
  readonly padding: number
}

export function convolve({ image, kernel, stride, padding }: ConvolutionTask): Matrix {
  return tidy(() => mapOf(conv2d(asImage([image]), asFilter([kernel]), stride, padding)))
}

export interface PoolingTask {
  readonly image: Matrix
  readonly size: number
  readonly stride: number
}

/** The greatest value of each window. */
export function pool({ image, size, stride }: PoolingTask): Matrix {
  return tidy(() => mapOf(maxPool(asImage([image]), size, stride, 'valid')))
}

/** One value of the colour example: what each channel gives, and what they make together. */
export interface ColourStep {
  readonly channels: readonly { readonly patch: Matrix; readonly products: Matrix; readonly sum: number }[]
  /** The sums and the bias. */
  readonly total: number
  /** All of the feature map. */
  readonly map: Matrix
}

/** The step at a place of the feature map, with a border of zeros around the image. */
export function colourStep(row: number, column: number): ColourStep {
  return tidy(() => {
    const channels = CHANNELS.map(({ corner, kernel }) => {
      const padded = tensor(corner as number[][]).pad([
        [1, 1],
        [1, 1],
      ])
      const patch = padded.slice([row, column], [3, 3])
      const products = patch.mul(tensor(kernel as number[][]))
      return { patch: matrixOf(patch), products: matrixOf(products), sum: products.sum().dataSync()[0]! }
    })
    const image = asImage(CHANNELS.map(({ corner }) => corner))
    const filter = asFilter(CHANNELS.map(({ kernel }) => kernel))
    const map = mapOf(conv2d(image, filter, 1, 1).add(BIAS))
    return { channels, total: map[row]![column]!, map }
  })
}

function matrixOf(matrix: Tensor): Matrix {
  return matrix.arraySync() as number[][]
}

/** Channels as [1, height, width, channels]. */
function asImage(channels: readonly Matrix[]): Tensor {
  return tensor(channels as number[][][])
    .transpose([1, 2, 0])
    .expandDims(0)
}

/** Kernels, one per channel, as one filter [height, width, channels, 1]. */
function asFilter(kernels: readonly Matrix[]): Tensor {
  return tensor(kernels as number[][][])
    .transpose([1, 2, 0])
    .expandDims(3)
}

/** The one map of [1, height, width, 1]. */
function mapOf(output: Tensor): Matrix {
  return matrixOf(output.squeeze([0, 3]))
}
