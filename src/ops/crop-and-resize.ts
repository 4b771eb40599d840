/** Boxes cut out of images, each resized to one size: the regions of a detector. */

import { ArgumentError, checkNumber, checkOneOf, ShapeError, showShape } from '../errors.ts'
import { checkNotEmpty, checkRank } from '../shape.ts'
import { fromValues, type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { add } from './arithmetic.ts'
import { reshape } from './layout.ts'
import { withFloat, withIntegers } from './operands.ts'
import { type ResampleTable, resample } from './resample.ts'
import { checkSize } from './resize.ts'

/**
 * Boxes of images, each resized to one size.
 * @param image [B, H, W, C]
 * @param boxes [N, 4], rows of y1, x1, y2, x2, where 0 is the first and 1 the last row or column; beyond lies
 *   `extrapolationValue`
 * @param boxInd [N], the image that each box is of
 * @param cropSize [height, width]
 * @param method default 'bilinear'
 * @param extrapolationValue default 0
 * @returns float32 [N, ...cropSize, C]; the gradient is that of the image
 * @example
 * const x = tensor([1, 2, 3, 4], [1, 2, 2, 1])
 * image.cropAndResize(x, [[0, 0, 1, 1]], [0], [3, 3]).squeeze().print()
 * // [[1, 1.5, 2], [2, 2.5, 3], [3, 3.5, 4]]
 */
export function cropAndResize(
  image: TensorLike,
  boxes: TensorLike,
  boxInd: TensorLike,
  cropSize: readonly [number, number] | readonly number[],
  method?: 'bilinear' | 'nearest',
  extrapolationValue?: number,
): Tensor {
  const who = 'image.cropAndResize'
  const size = checkSize(who, cropSize)
  method ??= 'bilinear'
  extrapolationValue ??= 0
  checkOneOf(who, 'method', method, ['bilinear', 'nearest'])
  checkNumber(who, 'extrapolationValue', extrapolationValue)
  return withFloat(who, 'image', image, ($image) =>
    withFloat(who, 'boxes', boxes, ($boxes) =>
      withIntegers(who, 'boxInd', boxInd, ($boxInd) => {
        checkRank(who, 'image', $image.shape, 4, 'images are [batch, height, width, channels]')
        const N = $boxInd.size
        if ($boxInd.rank !== 1 || $boxes.rank !== 2 || $boxes.shape[0] !== N || $boxes.shape[1] !== 4) {
          const received = `${showShape($boxes.shape)} and ${showShape($boxInd.shape)}`
          throw new ShapeError({ who, expected: 'boxes of shape [N, 4] and boxInd of shape [N]', received })
        }
        const [B, H, W, C] = $image.shape as readonly [number, number, number, number]
        checkNotEmpty(who, 'image', [H, W])
        const table = cropTable(who, { B, H, W }, size, $boxes.view(who), $boxInd.view(who), method === 'nearest')
        return tidy(() => {
          const inside = resample(who, reshape($image, [1, B * H * W, C]), table)
          const y = reshape(inside, [N, ...size, C])
          if (extrapolationValue === 0 || y.size === 0) return y
          const beyond = Float32Array.from({ length: N * size[0] * size[1] }, (_, t) =>
            table.indices[t * table.K] === -1 ? extrapolationValue : 0,
          )
          return add(y, fromValues(who, beyond, [N, ...size, 1]))
        })
      }),
    ),
  )
}

function cropTable(
  who: string,
  { B, H, W }: { B: number; H: number; W: number },
  size: readonly [number, number],
  boxes: ArrayLike<number>,
  boxInd: ArrayLike<number>,
  isNearest: boolean,
): ResampleTable {
  const K = isNearest ? 1 : 4
  const length = boxInd.length * size[0] * size[1] * K
  const [indices, weights] = [new Int32Array(length).fill(-1), new Float32Array(length).fill(1)]
  /** The places of one axis; NaN where one lies beyond the image. */
  const places = (start: number, end: number, from: number, to: number): number[] => {
    const at = (i: number): number =>
      to > 1 ? start * (from - 1) + (i * (end - start) * (from - 1)) / (to - 1) : 0.5 * (start + end) * (from - 1)
    return Array.from({ length: to }, (_, i) => (at(i) >= 0 && at(i) <= from - 1 ? at(i) : Number.NaN))
  }
  let at = 0
  for (let n = 0; n < boxInd.length; n++) {
    const image = boxInd[n]!
    if (image < 0 || image >= B) {
      throw new ArgumentError({ who, expected: `boxInd from 0 to ${B - 1}`, received: String(image) })
    }
    const [y1, x1, y2, x2] = [boxes[4 * n]!, boxes[4 * n + 1]!, boxes[4 * n + 2]!, boxes[4 * n + 3]!]
    const columns = places(x1, x2, W, size[1])
    for (const row of places(y1, y2, H, size[0])) {
      for (const column of columns) {
        const pixel = (h: number, w: number): number => (image * H + h) * W + w
        if (!Number.isNaN(row + column) && isNearest) indices[at] = pixel(Math.round(row), Math.round(column))
        else if (!Number.isNaN(row + column)) {
          const [top, left, bottom, right] = [Math.floor(row), Math.floor(column), Math.ceil(row), Math.ceil(column)]
          const [down, across] = [row - top, column - left]
          indices.set([pixel(top, left), pixel(top, right), pixel(bottom, left), pixel(bottom, right)], at)
          weights.set([(1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across], at)
        }
        at += K
      }
    }
  }
  return { indices, weights, K }
}
