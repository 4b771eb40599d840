/** Pictures in black and white. */

import { checkBooleans, checkNumber, checkOneOf, ShapeError, showShape } from '../errors.ts'
import { fromValues, type Tensor, type TensorLike } from '../tensor.ts'
import { withFloat } from './operands.ts'

/** What red, green and blue weigh in brightness: ITU-R BT.601, as TF.js rounds it. */
const LUMA = [0.2989, 0.587, 0.114]

/**
 * 255 where a picture is brighter than a threshold, 0 elsewhere.
 * @param image [H, W, 3] or [H, W, 1], values from 0 to 255
 * @param method 'binary' (default): the threshold is `threshValue`; 'otsu': that which parts dark and bright best, Otsu 1979
 * @param inverted whether dark pixels are the 255; default false
 * @param threshValue a share of 255, default 0.5
 * @returns int32 [H, W, 1]
 * @example
 * image.threshold([[[10], [200]]]).print() // [[[0], [255]]]
 */
export function threshold(
  image: TensorLike,
  method?: 'binary' | 'otsu',
  inverted?: boolean,
  threshValue?: number,
): Tensor {
  const who = 'image.threshold'
  checkOneOf(who, 'method', method ?? 'binary', ['binary', 'otsu'])
  checkBooleans(who, { inverted })
  checkNumber(who, 'threshValue', threshValue ?? 0.5)
  return withFloat(who, 'image', image, ($image) => {
    const [H, W, C] = $image.shape
    if ($image.rank !== 3 || (C !== 1 && C !== 3)) {
      throw new ShapeError({ who, expected: 'an image [H, W, 3] or [H, W, 1]', received: showShape($image.shape) })
    }
    const values = $image.view(who)
    const grey = Float32Array.from({ length: H! * W! }, (_, i) =>
      C === 1 ? values[i]! : LUMA.reduce((sum, weight, c) => sum + weight * values[3 * i + c]!, 0),
    )
    const border = method === 'otsu' ? otsu(grey) : (threshValue ?? 0.5) * 255
    const bright = inverted === true ? 0 : 255
    return fromValues(
      who,
      Int32Array.from(grey, (value) => (value > border ? bright : 255 - bright)),
      [H!, W!, 1],
      'int32',
    )
  })
}

/** The threshold with the largest variance between the pixels below and those above it. */
function otsu(grey: Float32Array): number {
  const counts = new Float64Array(256)
  for (const value of grey) counts[Math.min(255, Math.max(0, Math.round(value)))]!++
  const total = counts.reduce((sum, count, level) => sum + count * level, 0)
  let [below, sumBelow, best, found] = [0, 0, 0, -1]
  for (let level = 0; level < 255; level++) {
    below += counts[level]!
    sumBelow += counts[level]! * level
    const above = grey.length - below
    const distance = sumBelow / below - (total - sumBelow) / above
    const variance = below * above * distance * distance
    if (variance > best) [best, found] = [variance, level]
  }
  return found
}
