/**
 * Pooling with windows that have holes, and pooling that tells where its maxima are. A dilated window is taken apart into
 * its positions, each a strided slice of the image, so the gradient is that of slices.
 */

import { withoutTape } from '../autograd.ts'
import { checkOneOf, ShapeError, showShape } from '../errors.ts'
import {
  checkPair,
  type Padding,
  type Pair,
  pool2dShape,
  type RoundingMode,
  type Shape,
  type WindowShape,
} from '../shape.ts'
import { allocate, fromValues, type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { add, div, maximum } from './arithmetic.ts'
import { chained } from './chained.ts'
import { ones } from './create.ts'
import { gather } from './gather.ts'
import { asImages } from './images.ts'
import { reshape } from './layout.ts'
import { withFloat } from './operands.ts'
import { avgPool, maxPool } from './pool2d.ts'
import { pad as padded } from './slices.ts'
import { stridedSlice } from './strided-slice.ts'

/**
 * Max or average pooling, also with dilated windows.
 * @param input [B, H, W, C], or one image [H, W, C]
 * @param windowShape a number or [height, width]
 * @param poolingType 'max' or 'avg'
 * @param pad what the padding adds counts for nothing; default 'valid'
 * @param dilations the distance of the window's rows and columns, default 1
 * @param strides default 1
 * @param dimRoundingMode for a pad in numbers: 'ceil' keeps a last window that hangs over the edge, 'floor' (the
 *   default) not
 * @returns [B, P, Q, C]
 * @example
 * pool(tensor([1, 2, 3, 4], [1, 2, 2, 1]), 2, 'avg').print() // [[[[2.5]]]]
 */
export const pool = /* @__PURE__ */ chained(
  'pool',
  (
    input: TensorLike,
    windowShape: Pair,
    poolingType: 'avg' | 'max',
    pad?: Padding,
    dilations?: Pair,
    strides?: Pair,
    dimRoundingMode?: RoundingMode,
  ): Tensor => {
    const who = 'pool'
    checkOneOf(who, 'poolingType', poolingType, ['avg', 'max'])
    const options = { strides: strides ?? 1, pad: pad ?? 'valid', dilations, dimRoundingMode }
    const isDense = checkPair(who, 'dilations', dilations ?? 1).every((n) => n === 1)
    if (isDense) {
      return (poolingType === 'max' ? maxPool : avgPool)(
        input,
        windowShape,
        options.strides,
        options.pad,
        dimRoundingMode,
      )
    }
    return asImages(who, input, (images) => {
      const shape = pool2dShape(who, images.shape, windowShape, options)
      if (poolingType === 'max') return tidy(() => overTaps(images, shape, Number.NEGATIVE_INFINITY, maximum))
      return tidy(() => {
        const counts = withoutTape(who, () => overTaps(ones([1, ...images.shape.slice(1, 3), 1]), shape, 0, add))
        return div(overTaps(images, shape, 0, add), counts)
      })
    })
  },
)

/** The positions of a window, each for all outputs, put together by `join`. */
function overTaps(images: Tensor, shape: WindowShape, edge: number, join: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const { P, Q, R, S, strideH, strideW, dilationH, dilationW, padTop, padBottom, padLeft, padRight } = shape
  const framed = padded(
    images,
    [
      [0, 0],
      [padTop, padBottom],
      [padLeft, padRight],
      [0, 0],
    ],
    edge,
  )
  const [B, , , C] = framed.shape as readonly [number, number, number, number]
  let result: Tensor | undefined
  for (let r = 0; r < R; r++) {
    for (let s = 0; s < S; s++) {
      const [top, left] = [r * dilationH, s * dilationW]
      const end = [B, top + (P - 1) * strideH + 1, left + (Q - 1) * strideW + 1, C]
      const tap = stridedSlice(framed, [0, top, left, 0], end, [1, strideH, strideW, 1])
      result = result === undefined ? tap : join(result, tap)
    }
  }
  return result!
}

/**
 * Max pooling, and where each maximum lies, the first of equals: as (row · width + column) · channels + channel within its
 * image, and counted over the batch where `includeBatchInIndex` is set.
 * @param x [B, H, W, C]
 * @param filterSize the window, a number or [height, width]
 * @param strides a number or [height, width]
 * @param pad 'valid', 'same', a number or the sides of each axis
 * @param includeBatchInIndex default false
 * @returns both [B, P, Q, C]; the indexes are int32
 * @example
 * const { result, indexes } = maxPoolWithArgmax(tensor([1, 2, 3, 4], [1, 2, 2, 1]), 2, 2, 'valid')
 * console.log(result.dataSync(), indexes.dataSync()) // Float32Array(1) [ 4 ] Int32Array(1) [ 3 ]
 */
export function maxPoolWithArgmax(
  x: TensorLike,
  filterSize: Pair,
  strides: Pair,
  pad: Padding,
  includeBatchInIndex?: boolean,
): { result: Tensor; indexes: Tensor } {
  const who = 'maxPoolWithArgmax'
  return withFloat(who, 'x', x, ($x) => {
    if ($x.rank !== 4) throw new ShapeError({ who, expected: 'x of rank 4', received: showShape($x.shape) })
    const shape = pool2dShape(who, $x.shape, filterSize, { strides, pad })
    return tidy(() => {
      const places = firstMaxima(who, $x, shape)
      const indexes = allocate(who, places.shape, 'int32')
      const perImage = shape.H * shape.W * shape.C
      indexes.view().set(places.view().map((at) => (includeBatchInIndex === true ? at : at % perImage)))
      return { result: reshape(gather(reshape($x, [$x.size]), reshape(places, [places.size])), places.shape), indexes }
    })
  })
}

/** The position in x of each window's first maximum; a NaN counts as one. */
function firstMaxima(
  who: string,
  x: Tensor,
  { B, H, W, C, P, Q, R, S, strideH, strideW, padTop, padLeft, shape }: WindowShape & { shape: Shape },
): Tensor {
  const from = x.view(who)
  const places = new Int32Array(B * P * Q * C)
  let i = 0
  for (let b = 0; b < B; b++) {
    for (let p = 0; p < P; p++) {
      for (let q = 0; q < Q; q++) {
        const [top, left] = [p * strideH - padTop, q * strideW - padLeft]
        for (let c = 0; c < C; c++, i++) {
          let best = -1
          for (let h = Math.max(0, top); h < Math.min(H, top + R); h++) {
            for (let w = Math.max(0, left); w < Math.min(W, left + S); w++) {
              const at = ((b * H + h) * W + w) * C + c
              if (best < 0 || from[at]! > from[best]! || (Number.isNaN(from[at]) && !Number.isNaN(from[best])))
                best = at
            }
          }
          places[i] = best
        }
      }
    }
  }
  return fromValues(who, places, shape, 'int32')
}
