/** Zero padding for the kernels, which convolve an input that is padded already. */

import type { WindowShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'

/** Lends `use` the padded images, a copy where there is padding at all, with their height and width. */
export function withPadding(
  who: string,
  x: Tensor,
  shape: WindowShape,
  use: (at: number, height: number, width: number) => void,
): void {
  const { B, H, W, C, padTop, padBottom, padLeft, padRight } = shape
  if (padTop + padBottom + padLeft + padRight === 0) {
    use(x.at(who), H, W)
    return
  }
  const [height, width] = [H + padTop + padBottom, W + padLeft + padRight]
  const owner = x.storage(who).owner
  owner.withScratch(B * height * width * C * 4, who, (padded) => {
    owner.run(
      'pad2d',
      { extent: B * height, work: width * C, grain: 1 },
      x.at(who),
      padded,
      B,
      H,
      W,
      C,
      height,
      width,
      padTop,
      padLeft,
      1,
      1,
    )
    use(padded, height, width)
  })
}
