/**
 * 2-D convolution (cross-correlation, as every framework calls it) over NHWC images, with its two gradients. Each is
 * bilinear in its two operands, so each one's gradient is made of the other two, to any order.
 */

import { isRecording } from '../autograd.ts'
import { ShapeError, showShape } from '../errors.ts'
import {
  type Conv2DShape,
  checkShape,
  conv2dShape,
  type DataFormat,
  type Padding,
  type Pair,
  type RoundingMode,
  type Shape,
  sameShape,
} from '../shape.ts'
import type { Tensor, TensorLike } from '../tensor.ts'
import { directForward, directGradFilter, directGradInput } from './direct-conv2d.ts'
import { biasGrad, type EpilogueActivation, epilogueGrad } from './epilogue.ts'
import { asImages, asImagesOf, paddingOf } from './images.ts'
import { checkBias } from './matmul.ts'
import { record } from './op.ts'
import { withFloat, withFloats } from './operands.ts'
import { maxPool } from './pool2d.ts'
import { broadcastTo } from './sum.ts'
import { type GradientOperands, suitsWinograd, winogradForward, winogradGradients } from './winograd.ts'

export interface FusedConv2DOptions {
  readonly strides?: Pair
  readonly pad?: Padding
  readonly dilations?: Pair | null | undefined
  readonly dimRoundingMode?: RoundingMode | null | undefined
  /** [F], added to each pixel. */
  readonly bias?: Tensor | undefined
  readonly activation?: EpilogueActivation
  /** Max-pools the result by 2 × 2, stride 2, without padding. */
  readonly pool?: boolean
}

/**
 * Convolves images with filters: y[b, p, q, f] = Σ x[b, p·strideH + r·dilationH − padTop, …, c] · filter[r, s, c, f],
 * a cross-correlation as everywhere in deep learning.
 * @param x [B, H, W, C], or one image [H, W, C]
 * @param filter [R, S, C, F]; where its third size divides C, the convolution is grouped
 * @param strides a number or [height, width]
 * @param pad 'valid', 'same', a number or the sides of each axis
 * @param dataFormat 'NHWC' (default), or 'NCHW' for images [B, C, H, W], which are turned for it
 * @param dilations distance of the filter's rows and columns, default 1
 * @param dimRoundingMode for a pad in numbers: whether a last window that does not fit is left out ('floor', the
 *   default)
 * @returns [B, P, Q, F]
 * @throws ShapeError where the channels do not fit, or the filter exceeds the padded image
 * @example
 * const image = ones([1, 4, 4, 1])
 * conv2d(image, ones([3, 3, 1, 1]), 1, 'same').squeeze().print()
 * // [[4, 6, 6, 4], [6, 9, 9, 6], [6, 9, 9, 6], [4, 6, 6, 4]]
 */
export function conv2d(
  x: TensorLike,
  filter: TensorLike,
  strides: Pair,
  pad: Padding,
  dataFormat?: DataFormat,
  dilations?: Pair,
  dimRoundingMode?: RoundingMode,
): Tensor {
  return asImagesOf('conv2d', dataFormat, x, (images) =>
    withFloat('conv2d', 'filter', filter, ($filter) =>
      fusedConv2d('conv2d', images, $filter, { strides, pad: paddingOf(dataFormat, pad), dilations, dimRoundingMode }),
    ),
  )
}

/**
 * activation(conv2d(x, filter) + bias) in one pass; with `pool`, its 2 × 2 max-pooling too, and where Winograd's way is
 * taken the large output is then never stored.
 */
export function fusedConv2d(who: string, x: Tensor, filter: Tensor, options: FusedConv2DOptions = {}): Tensor {
  const floats = [x, filter, options.bias]
  return withFloats(who, floats, ([x, filter, bias]) => convolved(who, x!, filter!, { ...options, bias }))
}

function convolved(who: string, x: Tensor, filter: Tensor, options: FusedConv2DOptions): Tensor {
  const { strides = 1, pad = 'valid', dilations, dimRoundingMode, bias, activation = 'linear', pool = false } = options
  const shape = conv2dShape(who, x.shape, filter.shape, { strides, pad, dilations, dimRoundingMode })
  checkBias(who, bias, shape.F)
  if (pool) {
    if (usesWinograd(who, x, shape)) return pooledConv2d(who, x, filter, bias, shape, activation)
    return maxPool(convolved(who, x, filter, { ...options, pool: false }), 2, 2, 'valid')
  }
  const y = forward(who, x, filter, bias, shape, activation)
  const inputs = bias === undefined ? [x, filter] : [x, filter, bias]
  return record(who, inputs, y, [x, filter, y], (dy, [x, filter, y], wanted) => {
    const dz = epilogueGrad(who, activation, dy, y!)
    if (usesWinograd(who, dz, shape)) return winogradBackward(who, x!, dz, filter!, shape, wanted)
    // The input of a first layer is data: no gradient of it is wanted, and it would cost as much as the forward pass.
    const dx = wanted[0] ? gradInput(who, dz, filter!, shape) : null
    const dw = wanted[1] ? gradFilter(who, x!, dz, shape) : null
    return bias === undefined ? [dx, dw] : [dx, dw, biasGrad(dz)]
  })
}

/** The gradients in one pass. Each is linear in dz, so each has a gradient again. */
function winogradBackward(
  who: string,
  x: Tensor,
  dz: Tensor,
  filter: Tensor,
  shape: Conv2DShape,
  wanted: readonly boolean[],
): (Tensor | null)[] {
  const { dx, dw, db } = winogradGradients(who, shape, { dy: dz, ...operandsOf(x, filter, wanted) })
  return [
    dx && recordGradInput(who, dz, filter, shape, dx),
    dw && recordGradFilter(who, x, dz, shape, dw),
    db && record(`${who}, gradient of the bias`, [dz], db, [], (ddb) => [broadcastTo(ddb, dz.shape)]),
  ]
}

/** Convolution, activation and pooling by one kernel. As that of maxPool, its gradient has none itself. */
function pooledConv2d(
  who: string,
  x: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
  shape: Conv2DShape,
  activation: EpilogueActivation,
): Tensor {
  const inputs = bias === undefined ? [x, filter] : [x, filter, bias]
  const pool = isRecording(inputs) ? 'indexed' : 'pooled'
  const { y, indices } = winogradForward(who, x, filter, bias, shape, activation, pool)
  if (indices === undefined) return y
  return record(who, inputs, y, [x, filter, indices], (dy, [x, filter, indices], wanted) => {
    const { dx, dw, db } = winogradGradients(who, shape, { dy, indices, ...operandsOf(x!, filter!, wanted) })
    for (const gradient of [dx, dw, db]) {
      if (gradient !== null) record(`${who}, gradient`, [dy, x!, filter!], gradient)
    }
    return [dx, dw, db]
  })
}

/** What the gradients that are wanted, of input, filter and bias, are made of. */
function operandsOf(x: Tensor, filter: Tensor, wanted: readonly boolean[]): Omit<GradientOperands, 'dy'> {
  const [wantsX = false, wantsFilter = false, wantsBias = false] = wanted
  return { filter: wantsX ? filter : undefined, x: wantsFilter ? x : undefined, bias: wantsBias }
}

function usesWinograd(who: string, x: Tensor, shape: Conv2DShape): boolean {
  return suitsWinograd(x.storage(who).owner, shape)
}

/**
 * The transposed convolution: the gradient of `conv2d` by its input, as an op of its own.
 * @param x [B, P, Q, F], or one image
 * @param filter [R, S, C, F], the filter of the convolution that is transposed
 * @param outputShape [B, H, W, C], which strides leave open
 * @param strides a number or [height, width]
 * @param pad 'valid', 'same' or a number
 * @param dimRoundingMode for a pad in numbers, of the convolution that is transposed: 'floor', the default, or 'ceil'
 * @param dilations of the convolution that is transposed, default 1
 * @throws ShapeError where no convolution leads from outputShape to the shape of x
 * @example
 * conv2dTranspose(ones([1, 2, 2, 1]), ones([2, 2, 1, 1]), [1, 4, 4, 1], 2, 'valid').squeeze().print()
 * // [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]]
 */
export function conv2dTranspose(
  x: TensorLike,
  filter: TensorLike,
  outputShape: Shape,
  strides: Pair,
  pad: Padding,
  dimRoundingMode?: RoundingMode,
  dilations?: Pair,
): Tensor {
  const who = 'conv2dTranspose'
  checkShape(who, outputShape)
  return asImages(who, x, (dy) =>
    withFloat(who, 'filter', filter, ($filter) => {
      const full = outputShape.length === 3 ? [1, ...outputShape] : outputShape
      const shape = conv2dShape(who, full, $filter.shape, { strides, pad, dilations, dimRoundingMode })
      if (sameShape(shape.shape, dy.shape)) return gradInput(who, dy, $filter, shape)
      throw new ShapeError({
        who,
        expected: `x of shape ${showShape(shape.shape)} for the output ${showShape(full)}`,
        received: showShape(dy.shape),
      })
    }),
  )
}

function forward(
  who: string,
  x: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
  shape: Conv2DShape,
  activation: EpilogueActivation,
): Tensor {
  if (usesWinograd(who, x, shape)) return winogradForward(who, x, filter, bias, shape, activation).y
  return directForward(who, x, filter, bias, shape, activation)
}

/** [B, P, Q, F] -> [B, H, W, C] */
function gradInput(who: string, dy: Tensor, filter: Tensor, shape: Conv2DShape): Tensor {
  const dx = usesWinograd(who, dy, shape)
    ? winogradGradients(who, shape, { dy, filter }).dx!
    : directGradInput(who, dy, filter, shape)
  return recordGradInput(who, dy, filter, shape, dx)
}

function recordGradInput(who: string, dy: Tensor, filter: Tensor, shape: Conv2DShape, dx: Tensor): Tensor {
  return record(`${who}, gradient of the input`, [dy, filter], dx, [dy, filter], (ddx, [dy, filter]) => [
    plainConv2d(who, ddx, filter!, shape),
    gradFilter(who, ddx, dy!, shape),
  ])
}

/** [R, S, C / groups, F] out of x and dy. */
function gradFilter(who: string, x: Tensor, dy: Tensor, shape: Conv2DShape): Tensor {
  const dw = usesWinograd(who, dy, shape)
    ? winogradGradients(who, shape, { dy, x }).dw!
    : directGradFilter(who, x, dy, shape)
  return recordGradFilter(who, x, dy, shape, dw)
}

function recordGradFilter(who: string, x: Tensor, dy: Tensor, shape: Conv2DShape, dw: Tensor): Tensor {
  return record(`${who}, gradient of the filter`, [x, dy], dw, [x, dy], (ddw, [x, dy]) => [
    gradInput(who, dy!, ddw, shape),
    plainConv2d(who, x!, ddw, shape),
  ])
}

/** The convolution of a known shape, as a gradient of the gradients. */
function plainConv2d(who: string, x: Tensor, filter: Tensor, shape: Conv2DShape): Tensor {
  const y = forward(who, x, filter, undefined, shape, 'linear')
  return record(who, [x, filter], y, [x, filter], (dy, [x, filter]) => [
    gradInput(who, dy, filter!, shape),
    gradFilter(who, x!, dy, shape),
  ])
}
