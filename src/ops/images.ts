/** Image ops take a batch [B, H, W, C], or one image [H, W, C] as TF.js does. */

import type { Tensor, TensorLike } from '../tensor.ts'
import { reshape } from './layout.ts'
import { floatTensor } from './op.ts'

/** Runs `op` on a batch; one image goes in as a batch of one and comes out as one image. */
export function asImages(who: string, x: TensorLike, op: (images: Tensor) => Tensor): Tensor {
  const $x = floatTensor(who, 'x', x)
  if ($x.rank !== 3) return op($x)
  const y = op(reshape($x, [1, ...$x.shape]))
  return reshape(y, y.shape.slice(1))
}
