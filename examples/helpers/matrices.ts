/** Between matrices as the examples write them and the tensors that quadlane computes with. */

import { type Tensor, tensor4d } from '../../src/index.node.ts'
import type { Matrix } from './lecture.ts'

/** One image of one or more channels: [1, H, W, C]. */
export function imageTensor(...channels: readonly Matrix[]): Tensor {
  return interleaved(channels, (height, width, depth) => [1, height, width, depth])
}

/** One filter over one or more channels: [R, S, C, 1]. */
export function filterTensor(...channels: readonly Matrix[]): Tensor {
  return interleaved(channels, (height, width, depth) => [height, width, depth, 1])
}

function interleaved(
  channels: readonly Matrix[],
  shape: (height: number, width: number, depth: number) => [number, number, number, number],
): Tensor {
  const [first = []] = channels
  const values = first.flatMap((row, i) => row.flatMap((_, j) => channels.map((channel) => channel[i]![j]!)))
  return tensor4d(values, shape(first.length, first[0]!.length, channels.length))
}

/** One channel of the first image of [B, H, W, C]. */
export function channelOf(images: Tensor, channel = 0): number[][] {
  const [, height, width, depth] = images.shape as [number, number, number, number]
  const values = images.dataSync()
  return Array.from({ length: height }, (_, i) =>
    Array.from({ length: width }, (_, j) => values[(i * width + j) * depth + channel]!),
  )
}

/** The part of a matrix under a window. */
export function patch(matrix: Matrix, row: number, column: number, height: number, width: number): number[][] {
  return matrix.slice(row, row + height).map((line) => line.slice(column, column + width))
}

/** Element times element. */
export function products(a: Matrix, b: Matrix): number[][] {
  return a.map((row, i) => row.map((value, j) => value * b[i]![j]!))
}

export function sum(matrix: Matrix): number {
  return matrix.flat().reduce((total, value) => total + value, 0)
}

/** A border of zeros around a matrix. */
export function zeroPadded(matrix: Matrix, by: number): number[][] {
  const width = matrix[0]!.length + 2 * by
  const zeros = (): number[][] => Array.from({ length: by }, () => Array.from({ length: width }, () => 0))
  const side = Array.from({ length: by }, () => 0)
  return [...zeros(), ...matrix.map((row) => [...side, ...row, ...side]), ...zeros()]
}

/** Each place at which a window of `size` stands, in reading order. */
export function positions(matrix: Matrix, size: number, stride: number): [row: number, column: number][] {
  const places = (length: number): number[] =>
    Array.from({ length: Math.floor((length - size) / stride) + 1 }, (_, i) => i * stride)
  return places(matrix.length).flatMap((row) =>
    places(matrix[0]!.length).map((column): [number, number] => [row, column]),
  )
}
