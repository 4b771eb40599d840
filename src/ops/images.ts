/** Image ops take a batch [B, H, W, C], or one image [H, W, C] as TF.js does. */

import { type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { reshape } from './layout.ts'
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
