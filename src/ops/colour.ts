/** Colours of images, and images seen in a mirror. */

import { ShapeError, showShape } from '../errors.ts'
import { checkRank } from '../shape.ts'
import { fromValues, type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { mul } from './arithmetic.ts'
import { reverse } from './layout.ts'
import { cast } from './op.ts'
import { withFloat, withTensor } from './operands.ts'
import { sum } from './sum.ts'
import { tile } from './tile.ts'

/** The shares of red, green and blue in what is seen as brightness (ITU-R BT.601). */
const BRIGHTNESS = [0.2989, 0.587, 0.114] as const

function checkChannels(who: string, image: Tensor, channels: number): void {
  if (image.rank >= 2 && image.shape[image.rank - 1] === channels) return
  const expected = `images whose last axis is ${channels} channel${channels > 1 ? 's' : ''}`
  throw new ShapeError({ who, expected, received: showShape(image.shape) })
}

/**
 * The one channel three times: [..., 1] -> [..., 3].
 * @param image [..., 1]
 * @example
 * console.log(image.grayscaleToRGB(zeros([28, 28, 1])).shape) // [ 28, 28, 3 ]
 */
export function grayscaleToRGB(image: TensorLike): Tensor {
  const who = 'image.grayscaleToRGB'
  return withTensor(who, 'image', image, ($image) => {
    checkChannels(who, $image, 1)
    return tile(
      $image,
      $image.shape.map((_, axis) => (axis === $image.rank - 1 ? 3 : 1)),
    )
  })
}

/**
 * The brightness, 0.2989 red + 0.587 green + 0.114 blue: [..., 3] -> [..., 1], of the dtype of the image.
 * @param image [..., 3]
 * @example
 * image.rgbToGrayscale([[[255, 0, 0], [255, 255, 255]]]).print() // [[[76.21951], [254.9745]]]
 */
export function rgbToGrayscale(image: TensorLike): Tensor {
  const who = 'image.rgbToGrayscale'
  return withTensor(who, 'image', image, (given) =>
    withFloat(who, 'image', given, ($image) => {
      checkChannels(who, $image, 3)
      return tidy(() => {
        const gray = sum(mul($image, fromValues(who, BRIGHTNESS, [3])), -1, true)
        return given.dtype === 'float32' ? gray : cast(gray, given.dtype)
      })
    }),
  )
}

/**
 * Images [B, H, W, C] with left and right changed over.
 * @param image [B, H, W, C]
 * @example
 * image.flipLeftRight(tensor([1, 2, 3], [1, 1, 3, 1])).print() // [[[[3], [2], [1]]]]
 */
export function flipLeftRight(image: TensorLike): Tensor {
  const who = 'image.flipLeftRight'
  return withTensor(who, 'image', image, ($image) => {
    checkRank(who, 'image', $image.shape, 4, 'images are [batch, height, width, channels]')
    return reverse($image, 2)
  })
}
