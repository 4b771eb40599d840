/** Image ops take a batch [B, H, W, C], or one image [H, W, C] as TF.js does. */

import { checkDataFormat, type DataFormat, type Padding } from '../shape.ts'
import { type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { reshape, transpose } from './layout.ts'
import { withFloat, withTensor } from './operands.ts'

/**
 * Runs `op` on a batch, in float32 and in the dtype that it was given in; one image goes in as a batch of one and comes
 * out as one image.
 */
export function asImages(who: string, x: TensorLike, op: (images: Tensor, given: Tensor) => Tensor): Tensor {
  return withTensor(who, 'x', x, (given) =>
    withFloat(who, 'x', given, ($x) => {
      if ($x.rank !== 3) return op($x, given)
      return tidy(() => {
        const batch = [1, ...$x.shape]
        const images = reshape($x, batch)
        const y = op(images, given === $x ? images : reshape(given, batch))
        return reshape(y, y.shape.slice(1))
      })
    }),
  )
}

/** A padding by sides, whose axes stand in the order of the format. */
export function paddingOf(dataFormat: DataFormat | null | undefined, pad: Padding): Padding {
  if (dataFormat !== 'NCHW' || !Array.isArray(pad) || pad.length !== 4) return pad
  const [batch, channels, height, width] = pad as readonly unknown[]
  return [batch, height, width, channels] as unknown as Padding
}

/** The same for an op that also takes its images as [B, C, H, W]: they are turned, and turned back. */
export function asImagesOf(
  who: string,
  dataFormat: DataFormat | null | undefined,
  x: TensorLike,
  op: (images: Tensor) => Tensor,
): Tensor {
  checkDataFormat(who, dataFormat, ['NHWC', 'NCHW'])
  return asImages(who, x, (images) =>
    dataFormat === 'NCHW' && images.rank === 4
      ? tidy(() => transpose(op(transpose(images, [0, 2, 3, 1])), [0, 3, 1, 2]))
      : op(images),
  )
}
