/** Images moved, turned, sheared and scaled by projective maps. */

import { checkNumber, checkOneOf, ShapeError, showShape } from '../errors.ts'
import { vision } from '../runtime/sets/vision.ts'
import { checkNotEmpty, checkRank } from '../shape.ts'
import type { Tensor, TensorLike } from '../tensor.ts'
import { allocate, record } from './op.ts'
import { withFloat } from './operands.ts'
import { checkSize } from './resize.ts'

/** In the order of the kernel's numbers. */
export const FILL_MODES = ['constant', 'reflect', 'wrap', 'nearest'] as const
export const INTERPOLATIONS = ['nearest', 'bilinear'] as const

export type FillMode = (typeof FILL_MODES)[number]
export type Interpolation = (typeof INTERPOLATIONS)[number]

interface Sampling {
  readonly interpolation: Interpolation
  readonly fillMode: FillMode
  readonly fillValue: number
}

/**
 * Images under projective maps. Pixel (x, y) of the output shows the point ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k)
 * of the image, with k = c0 x + c1 y + 1.
 * @param image [B, H, W, C]
 * @param transforms [B, 8] or [1, 8], rows of a0, a1, a2, b0, b1, b2, c0, c1
 * @param interpolation default 'nearest'
 * @param fillMode what lies beyond the image: `fillValue` ('constant', the default), the image mirrored at its edges
 *   ('reflect': d c b a | a b c d | d c b a), repeated ('wrap'), or its edge ('nearest')
 * @param fillValue default 0
 * @param outputShape [height, width]; default that of the image
 * @returns float32 [B, ...outputShape, C]; the gradient is that of the image
 * @example
 * image.transform(tensor([1, 2, 3], [1, 1, 3, 1]), [[1, 0, 1, 0, 1, 0, 0, 0]]).print() // [[[[2], [3], [0]]]]
 */
export function transform(
  image: TensorLike,
  transforms: TensorLike,
  interpolation?: Interpolation,
  fillMode?: FillMode,
  fillValue?: number,
  outputShape?: readonly [number, number] | readonly number[],
): Tensor {
  const who = 'image.transform'
  const sampling = {
    interpolation: interpolation ?? 'nearest',
    fillMode: fillMode ?? 'constant',
    fillValue: fillValue ?? 0,
  }
  checkOneOf(who, 'interpolation', sampling.interpolation, INTERPOLATIONS)
  checkOneOf(who, 'fillMode', sampling.fillMode, FILL_MODES)
  checkNumber(who, 'fillValue', sampling.fillValue)
  const given = outputShape === undefined || outputShape === null ? undefined : checkSize(who, outputShape)
  return withFloat(who, 'image', image, ($image) =>
    withFloat(who, 'transforms', transforms, ($maps) => {
      checkRank(who, 'image', $image.shape, 4, 'images are [batch, height, width, channels]')
      const [B, H, W] = $image.shape as readonly [number, number, number, number]
      checkNotEmpty(who, 'image', [H, W])
      const [rows, columns] = $maps.shape
      if ($maps.rank !== 2 || columns !== 8 || (rows !== B && rows !== 1)) {
        const expected = B === 1 ? 'transforms of shape [1, 8]' : `transforms of shape [${B}, 8] or [1, 8]`
        throw new ShapeError({ who, expected, received: showShape($maps.shape) })
      }
      return transformed(who, $image, $maps, given ?? [H, W], sampling)
    }),
  )
}

function transformed(
  who: string,
  x: Tensor,
  maps: Tensor,
  [P, Q]: readonly [number, number],
  sampling: Sampling,
): Tensor {
  const [B, H, W, C] = x.shape as readonly [number, number, number, number]
  const y = allocate(who, [B, P, Q, C])
  const { fillValue } = sampling
  if (y.size > 0) {
    const { owner } = x.storage(who)
    const axis = { extent: B * P * Q, work: 4 * C + 16, grain: 1 }
    const args = [x.at(who), maps.at(who), y.at(who), H, W, C, P, Q, ...modes(maps, sampling)] as const
    owner.use(vision).run('transformForward', axis, ...args, fillValue)
  }
  return record(who, [x], y, [maps], (dy, [maps]) => [transformedGrad(who, dy, maps!, [H, W], sampling)])
}

/** [B, P, Q, C] -> [B, H, W, C]. Linear in dy: its own gradient is the map without what fills. */
function transformedGrad(
  who: string,
  dy: Tensor,
  maps: Tensor,
  [H, W]: readonly [number, number],
  sampling: Sampling,
): Tensor {
  const [B, P, Q, C] = dy.shape as readonly [number, number, number, number]
  const dx = allocate(who, [B, H, W, C])
  if (dx.size > 0) {
    const { owner } = dy.storage(who)
    const axis = { extent: B, work: (5 * P * Q + H * W) * C, grain: 1 }
    const args = [dy.at(who), maps.at(who), dx.at(who), H, W, C, P, Q, ...modes(maps, sampling)] as const
    owner.use(vision).run('transformGrad', axis, ...args)
  }
  return record(who, [dy], dx, [maps], (ddx, [maps]) => [
    transformed(who, ddx, maps!, [P, Q], { ...sampling, fillValue: 0 }),
  ])
}

function modes(
  maps: Tensor,
  { fillMode, interpolation }: Sampling,
): readonly [step: number, fillMode: number, bilinear: number] {
  return [maps.shape[0] === 1 ? 0 : 8, FILL_MODES.indexOf(fillMode), INTERPOLATIONS.indexOf(interpolation)]
}
