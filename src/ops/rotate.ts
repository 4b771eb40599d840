/** Images turned about a point. */

import { ArgumentError, checkNumber, show } from '../errors.ts'
import { checkNotEmpty, checkRank } from '../shape.ts'
import { fromValues, type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { add } from './arithmetic.ts'
import { reshape } from './layout.ts'
import { withFloat } from './operands.ts'
import { resample } from './resample.ts'
import { cos, sin } from './trigonometry.ts'

/**
 * Turns images counter-clockwise; each pixel is the nearest one of the image, or `fillValue` where there is none.
 * @param image [B, H, W, C]
 * @param radians the angle
 * @param fillValue one number, or one for each of three channels, a fourth of which is then 255; default 0
 * @param center of the rotation, as a share of width and height, or [x, y]; default 0.5
 * @example
 * const x = tensor([1, 2, 3, 4], [1, 2, 2, 1])
 * image.rotateWithOffset(x, Math.PI / 2).squeeze().print() // [[0, 0], [2, 4]]
 */
export function rotateWithOffset(
  image: TensorLike,
  radians: number,
  fillValue?: number | readonly [number, number, number],
  center?: number | readonly [number, number],
): Tensor {
  const who = 'image.rotateWithOffset'
  fillValue ??= 0
  center ??= 0.5
  checkNumber(who, 'radians', radians)
  const [shareX, shareY] = numbersOf(who, 'center', center, 2) as [number, number]
  const fills = numbersOf(who, 'fillValue', fillValue, 3)
  return withFloat(who, 'image', image, ($image) => {
    checkRank(who, 'image', $image.shape, 4, 'images are [batch, height, width, channels]')
    const [B, H, W, C] = $image.shape as readonly [number, number, number, number]
    checkNotEmpty(who, 'image', [H, W])
    return tidy(() => {
      const [cosine, sine] = [cos(radians).dataSync()[0]!, sin(radians).dataSync()[0]!]
      const [centerX, centerY] = [W * shareX, H * shareY]
      const indices = Int32Array.from({ length: H * W }, (_, pixel) => {
        const [x, y] = [(pixel % W) - centerX, Math.floor(pixel / W) - centerY]
        const column = Math.round(x * cosine - y * sine + centerX)
        const row = Math.round(x * sine + y * cosine + centerY)
        return row >= 0 && row < H && column >= 0 && column < W ? row * W + column : -1
      })
      const table = { indices, weights: new Float32Array(H * W).fill(1), K: 1 }
      const turned = reshape(resample(who, reshape($image, [B, H * W, C]), table), [B, H, W, C])
      const fillOf = (channel: number): number =>
        typeof fillValue === 'number' ? fillValue : channel === 3 ? 255 : (fills[channel] ?? 0)
      const filling = Float32Array.from({ length: H * W * C }, (_, i) =>
        indices[Math.floor(i / C)] === -1 ? fillOf(i % C) : 0,
      )
      return filling.some((value) => value !== 0) ? add(turned, fromValues(who, filling, [H, W, C])) : turned
    })
  })
}

/** `count` numbers: those of a list, or one so many times. */
function numbersOf(who: string, argument: string, given: unknown, count: number): readonly number[] {
  const list: unknown = typeof given === 'number' ? Array.from({ length: count }, () => given) : given
  if (Array.isArray(list) && list.length === count && list.every((n) => Number.isFinite(n))) return list
  throw new ArgumentError({ who, expected: `${argument} to be a number or ${count} of them`, received: show(given) })
}
