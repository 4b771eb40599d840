/** Depthwise 2-D convolution: each channel with filters of its own, with its two gradients, bilinear as those of conv2d. */

import { MULTIPLIES } from '../runtime/runtime.ts'
import { vision } from '../runtime/sets/vision.ts'
import {
  checkDataFormat,
  type DepthwiseConv2DShape,
  depthwiseConv2dShape,
  type Padding,
  type Pair,
  type RoundingMode,
} from '../shape.ts'
import type { Tensor, TensorLike } from '../tensor.ts'
import { chained } from './chained.ts'
import { asImages } from './images.ts'
import { allocate, record } from './op.ts'
import { withFloat } from './operands.ts'
import { withPadding } from './padding.ts'

/**
 * Convolves each channel with its own M filters; output channel c·M + m comes from input channel c.
 * @param x [B, H, W, C], or one image [H, W, C]
 * @param filter [R, S, C, M]
 * @returns [B, P, Q, C·M]
 */
export const depthwiseConv2d = /* @__PURE__ */ chained('depthwiseConv2d', convolve)

function convolve(
  x: TensorLike,
  filter: TensorLike,
  strides: Pair,
  pad: Padding,
  dataFormat?: 'NHWC',
  dilations?: Pair,
  dimRoundingMode?: RoundingMode,
): Tensor {
  const who = 'depthwiseConv2d'
  checkDataFormat(who, dataFormat)
  return asImages(who, x, (images) =>
    withFloat(who, 'filter', filter, ($filter) => {
      const shape = depthwiseConv2dShape(who, images.shape, $filter.shape, { strides, pad, dilations, dimRoundingMode })
      return forward(who, images, $filter, shape)
    }),
  )
}

function forward(who: string, x: Tensor, filter: Tensor, shape: DepthwiseConv2DShape): Tensor {
  const y = allocate(who, shape.shape)
  const taps = (shape.R * shape.S) / MULTIPLIES
  const { B, C, M, P, Q, R, S, strideH, strideW, dilationH, dilationW } = shape
  withPadding(who, x, shape, (input, H, W) => {
    const sizes = [B, H, W, C, M, P, Q, R, S, strideH, strideW, dilationH, dilationW] as const
    y.buffer(who)
      .owner.use(vision)
      .run(
        'depthwiseConv2dForward',
        { extent: B * P, work: Q * C * M * taps, grain: 1 },
        input,
        filter.at(who),
        y.at(who),
        ...sizes,
      )
  })
  return record(who, [x, filter], y, [x, filter], (dy, [x, filter]) => [
    gradInput(who, dy, filter!, shape),
    gradFilter(who, x!, dy, shape),
  ])
}

function gradInput(who: string, dy: Tensor, filter: Tensor, shape: DepthwiseConv2DShape): Tensor {
  const { B, H, W, C, M, P, Q, R, S, strideH, strideW, dilationH, dilationW, padTop, padLeft } = shape
  const dx = allocate(who, [B, H, W, C])
  const taps = (R * S) / MULTIPLIES
  const sizes = [B, H, W, C, M, P, Q, R, S, strideH, strideW, dilationH, dilationW, padTop, padLeft] as const
  dx.buffer(who)
    .owner.use(vision)
    .run(
      'depthwiseConv2dGradInput',
      { extent: B * H, work: W * C * M * taps, grain: 1 },
      dy.at(who),
      filter.at(who),
      dx.at(who),
      ...sizes,
    )
  return record(`${who}, gradient of the input`, [dy, filter], dx, [dy, filter], (ddx, [dy, filter]) => [
    forward(who, ddx, filter!, shape),
    gradFilter(who, ddx, dy!, shape),
  ])
}

function gradFilter(who: string, x: Tensor, dy: Tensor, shape: DepthwiseConv2DShape): Tensor {
  const { B, C, M, P, Q, R, S, strideH, strideW, dilationH, dilationW } = shape
  const dw = allocate(who, [R, S, C, M])
  const taps = (4 * R * S) / MULTIPLIES
  withPadding(who, x, shape, (input, H, W) => {
    const sizes = [B, H, W, C, M, P, Q, R, S, strideH, strideW, dilationH, dilationW] as const
    dw.buffer(who)
      .owner.use(vision)
      .run(
        'depthwiseConv2dGradFilter',
        { extent: Math.ceil(C / 4), work: B * P * Q * M * taps, grain: 1 },
        input,
        dy.at(who),
        dw.at(who),
        ...sizes,
      )
  })
  return record(`${who}, gradient of the filter`, [x, dy], dw, [x, dy], (ddw, [x, dy]) => [
    gradInput(who, dy!, ddw, shape),
    forward(who, x!, ddw, shape),
  ])
}
