/** Images of another height and width. */

import { ArgumentError, checkBooleans, ShapeError, show, showShape } from '../errors.ts'
import { checkNotEmpty, checkPair, type Shape } from '../shape.ts'
import { type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { chained } from './chained.ts'
import { asImages } from './images.ts'
import { reshape } from './layout.ts'
import { cast } from './op.ts'
import { type ResampleTable, resample } from './resample.ts'

/** Where the pixels of one axis come from: two of them, and the share of the second. */
interface AxisTable {
  readonly low: readonly number[]
  readonly high: readonly number[]
  readonly share: readonly number[]
}

/** The place in the old axis of the i-th pixel of the new one. */
type Place = (i: number) => number

function placeOf(from: number, to: number, alignCorners: boolean, halfPixelCenters: boolean): Place {
  const ratio = alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to
  return halfPixelCenters ? (i) => ratio * (i + 0.5) - 0.5 : (i) => ratio * i
}

function bilinear(from: number, to: number, place: Place): AxisTable {
  const places = Array.from({ length: to }, (_, i) => place(i))
  const low = places.map((at) => Math.max(0, Math.floor(at)))
  const high = places.map((at) => Math.max(0, Math.min(from - 1, Math.ceil(at))))
  return { low, high, share: places.map((at, i) => at - low[i]!) }
}

/** The products of both axes' tables: four pixels for each, or one where no share is anything. */
function tableOf(rows: AxisTable, columns: AxisTable, width: number): ResampleTable {
  const isNearest = [...rows.share, ...columns.share].every((share) => share === 0)
  const K = isNearest ? 1 : 4
  const size = rows.low.length * columns.low.length * K
  const [indices, weights] = [new Int32Array(size), new Float32Array(size).fill(1)]
  let at = 0
  for (let r = 0; r < rows.low.length; r++) {
    for (let c = 0; c < columns.low.length; c++, at += K) {
      const [top, bottom] = [rows.low[r]! * width, rows.high[r]! * width]
      const [left, right] = [columns.low[c]!, columns.high[c]!]
      indices[at] = top + left
      if (isNearest) continue
      const [down, across] = [rows.share[r]!, columns.share[c]!]
      indices.set([top + right, bottom + left, bottom + right], at + 1)
      weights.set([(1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across], at)
    }
  }
  return { indices, weights, K }
}

function resized(
  who: string,
  images: Tensor,
  size: readonly [number, number],
  table: (from: number, to: number) => AxisTable,
): Tensor {
  const [B, H, W, C] = images.shape as readonly [number, number, number, number]
  checkNotEmpty(who, 'images', [H, W])
  return tidy(() => {
    const rows = resample(who, reshape(images, [B, H * W, C]), tableOf(table(H, size[0]), table(W, size[1]), W))
    return reshape(rows, [B, ...size, C])
  })
}

export function checkSize(who: string, size: unknown): readonly [number, number] {
  if (Array.isArray(size)) return checkPair(who, 'size', size)
  throw new ArgumentError({ who, expected: 'size to be [height, width]', received: show(size) })
}

function checkImages(who: string, { shape }: { shape: Shape }): void {
  if (shape.length === 4) return
  throw new ShapeError({ who, expected: 'images of rank 3 or 4', received: showShape(shape) })
}

function checkCorners(who: string, alignCorners: boolean | undefined, halfPixelCenters: boolean | undefined): void {
  checkBooleans(who, { alignCorners, halfPixelCenters })
  if (alignCorners !== true || halfPixelCenters !== true) return
  throw new ArgumentError({ who, expected: 'alignCorners or halfPixelCenters', received: 'both' })
}

/**
 * Resizes by linear interpolation between the four pixels around each place.
 * @param images [B, H, W, C], or one image [H, W, C]
 * @param size [height, width]
 * @param alignCorners whether the corner pixels lie on each other, default false: the upper left one alone does
 * @param halfPixelCenters whether a pixel's place is its centre, as in Keras and PIL; default false
 * @returns float32 [B, ...size, C]
 * @example
 * image.resizeBilinear(tensor([0, 1, 2, 3], [2, 2, 1]), [4, 4], false, true).squeeze().print()
 * // [[0, 0.25, 0.75, 1], [0.5, 0.75, 1.25, 1.5], [1.5, 1.75, 2.25, 2.5], [2, 2.25, 2.75, 3]]
 */
export const resizeBilinear = /* @__PURE__ */ chained(
  'resizeBilinear',
  (
    images: TensorLike,
    size: readonly [number, number] | readonly number[],
    alignCorners?: boolean,
    halfPixelCenters?: boolean,
  ): Tensor => {
    const who = 'image.resizeBilinear'
    const sizes = checkSize(who, size)
    checkCorners(who, alignCorners, halfPixelCenters)
    return asImages(who, images, ($images) => {
      checkImages(who, $images)
      return resized(who, $images, sizes, (from, to) =>
        bilinear(from, to, placeOf(from, to, alignCorners ?? false, halfPixelCenters ?? false)),
      )
    })
  },
)

/**
 * Resizes by taking the nearest pixel. The parameters are those of `resizeBilinear`.
 * @param images [B, H, W, C], or one image [H, W, C]
 * @param size [height, width]
 * @param alignCorners default false
 * @param halfPixelCenters default false
 * @returns [B, ...size, C], of the dtype of the images
 * @example
 * image.resizeNearestNeighbor(tensor([1, 2], [1, 2, 1]), [2, 4]).squeeze().print() // [[1, 1, 2, 2], [1, 1, 2, 2]]
 */
export const resizeNearestNeighbor = /* @__PURE__ */ chained(
  'resizeNearestNeighbor',
  (
    images: TensorLike,
    size: readonly [number, number] | readonly number[],
    alignCorners?: boolean,
    halfPixelCenters?: boolean,
  ): Tensor => {
    const who = 'image.resizeNearestNeighbor'
    const sizes = checkSize(who, size)
    checkCorners(who, alignCorners, halfPixelCenters)
    const nearest = (from: number, to: number): AxisTable => {
      const place = placeOf(from, to, alignCorners ?? false, false)
      const round = alignCorners === true ? Math.round : Math.floor
      const half = halfPixelCenters === true ? 0.5 : 0
      const low = Array.from({ length: to }, (_, i) => Math.max(0, Math.min(from - 1, round(place(i + half)))))
      return { low, high: low, share: low.map(() => 0) }
    }
    return asImages(who, images, ($images, { dtype }) => {
      checkImages(who, $images)
      const y = resized(who, $images, sizes, nearest)
      if (dtype === 'float32') return y
      const converted = cast(y, dtype)
      y.dispose()
      return converted
    })
  },
)
