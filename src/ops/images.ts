/** Image ops take a batch [B, H, W, C], or one image [H, W, C] as TF.js does. */

import { type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { reshape } from './layout.ts'
import { withFloat } from './operands.ts'

/** Runs `op` on a batch; one image goes in as a batch of one and comes out as one image. */
export function asImages(who: string, x: TensorLike, op: (images: Tensor) => Tensor): Tensor {
  return withFloat(who, 'x', x, ($x) => {
    if ($x.rank !== 3) return op($x)
    return tidy(() => {
      const y = op(reshape($x, [1, ...$x.shape]))
      return reshape(y, y.shape.slice(1))
    })
  })
}
