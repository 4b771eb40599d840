/**
 * 2-D convolution (cross-correlation, as every framework calls it) over NHWC images, with its two gradients. Each is
 * bilinear in its two operands, so each one's gradient is made of the other two, to any order.
 */

import { ShapeError, showShape } from '../errors.ts'
import { MULTIPLIES, type Runtime } from '../runtime/runtime.ts'
import {
  type Conv2DShape,
  checkDataFormat,
  conv2dShape,
  type Padding,
  type Pair,
  type Shape,
  sameShape,
} from '../shape.ts'
import type { Tensor, TensorLike } from '../tensor.ts'
import { biasGrad, type EpilogueActivation, epilogueCode, epilogueGrad } from './epilogue.ts'
import { asImages } from './images.ts'
import { checkBias, packedBytes, packOperand } from './matmul.ts'
import { allocate, atOrNull, record } from './op.ts'
import { withFloat } from './operands.ts'
import { withPadding } from './padding.ts'

/** Pixels that a kernel works through at a time. */
const CONV_BLOCK = 96

export interface FusedConv2DOptions {
  readonly strides?: Pair
  readonly pad?: Padding
  readonly dilations?: Pair
  /** [F], added to each pixel. */
  readonly bias?: Tensor | undefined
  readonly activation?: EpilogueActivation
}

/**
 * Convolves images with filters: y[b, p, q, f] = Σ x[b, p·strideH + r·dilationH − padTop, …, c] · filter[r, s, c, f].
 * @param x [B, H, W, C], or one image [H, W, C]
 * @param filter [R, S, C, F]; where its third size divides C, the convolution is grouped
 * @param strides a number or [height, width]
 * @param pad 'valid', 'same', a number or the sides of each axis
 * @param dilations distance of the filter's rows and columns, default 1
 * @returns [B, P, Q, F]
 */
export function conv2d(
  x: TensorLike,
  filter: TensorLike,
  strides: Pair,
  pad: Padding,
  dataFormat: 'NHWC' = 'NHWC',
  dilations: Pair = 1,
): Tensor {
  checkDataFormat('conv2d', dataFormat)
  return asImages('conv2d', x, (images) =>
    withFloat('conv2d', 'filter', filter, ($filter) =>
      fusedConv2d('conv2d', images, $filter, { strides, pad, dilations }),
    ),
  )
}

/** activation(conv2d(x, filter) + bias) in one pass. */
export function fusedConv2d(who: string, x: Tensor, filter: Tensor, options: FusedConv2DOptions = {}): Tensor {
  const { strides = 1, pad = 'valid', dilations = 1, bias, activation = 'linear' } = options
  const shape = conv2dShape(who, x.shape, filter.shape, { strides, pad, dilations })
  checkBias(who, bias, shape.F)
  const y = forward(who, x, filter, bias, shape, activation)
  const inputs = bias === undefined ? [x, filter] : [x, filter, bias]
  return record(who, inputs, y, [x, filter, y], (dy, [x, filter, y], wanted) => {
    const dz = epilogueGrad(who, activation, dy, y!)
    // The input of a first layer is data: no gradient of it is wanted, and it would cost as much as the forward pass.
    const dx = wanted[0] ? gradInput(who, dz, filter!, shape) : null
    const dw = gradFilter(who, x!, dz, shape)
    return bias === undefined ? [dx, dw] : [dx, dw, biasGrad(dz)]
  })
}

/**
 * The transposed convolution: the gradient of `conv2d` by its input, as an op of its own.
 * @param x [B, P, Q, F], or one image
 * @param filter [R, S, C, F], the filter of the convolution that is transposed
 * @param outputShape [B, H, W, C], which strides leave open
 */
export function conv2dTranspose(
  x: TensorLike,
  filter: TensorLike,
  outputShape: Shape,
  strides: Pair,
  pad: Padding,
): Tensor {
  const who = 'conv2dTranspose'
  return asImages(who, x, (dy) =>
    withFloat(who, 'filter', filter, ($filter) => {
      const full = outputShape.length === 3 ? [1, ...outputShape] : outputShape
      const shape = conv2dShape(who, full, $filter.shape, { strides, pad })
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
  const y = allocate(who, shape.shape)
  const { B, C, P, Q, F, R, S, strideH, strideW, dilationH, dilationW, groups } = shape
  const [groupC, groupF] = [C / groups, F / groups]
  const K = R * S * groupC
  const owner = y.buffer(who).owner
  if (y.size === 0) return y
  withPadding(who, x, shape, (input, H, W) => {
    owner.withScratch(packedBytes(K, groupF), who, (packed) => {
      for (let g = 0; g < groups; g++) {
        const outputOffset = g * groupF * 4
        packOperand(owner, filter.at(who) + outputOffset, packed, K, groupF, F)
        const groupBias = bias === undefined ? 0 : atOrNull(who, bias) + outputOffset
        const from = input + g * groupC * 4
        const to = y.at(who) + outputOffset
        const sizes = [B, H, W, groupC, P, Q, groupF, R, S] as const
        const steps = [strideH, strideW, dilationH, dilationW, C, F] as const
        const pixels = { extent: B * P * Q, work: (K * groupF) / MULTIPLIES, grain: CONV_BLOCK }
        owner.run('conv2dForward', pixels, from, packed, groupBias, to, ...sizes, ...steps, epilogueCode(activation))
      }
    })
  })
  return y
}

/** [B, P, Q, F] -> [B, H, W, C]: a convolution of the spread and padded dy with the flipped filter. */
function gradInput(who: string, dy: Tensor, filter: Tensor, shape: Conv2DShape): Tensor {
  const { B, H, W, C, P, Q, F, R, S, strideH, strideW, dilationH, dilationW, padTop, padLeft, groups } = shape
  const dx = allocate(who, [B, H, W, C])
  const [spreadH, spreadW] = [H + (R - 1) * dilationH, W + (S - 1) * dilationW]
  const [top, left] = [(R - 1) * dilationH - padTop, (S - 1) * dilationW - padLeft]
  const [groupC, groupF] = [C / groups, F / groups]
  const owner = dx.buffer(who).owner
  const compute = (input: number): void => {
    owner.withScratch(packedBytes(R * S * groupF, groupC), who, (packed) => {
      for (let g = 0; g < groups; g++) {
        packFlipped(owner, filter.at(who) + g * groupF * 4, packed, R, S, groupC, groupF, F)
        const from = input + g * groupF * 4
        const to = dx.at(who) + g * groupC * 4
        const sizes = [B, spreadH, spreadW, groupF, H, W, groupC, R, S] as const
        const pixels = { extent: B * H * W, work: (R * S * groupF * groupC) / MULTIPLIES, grain: CONV_BLOCK }
        owner.run('conv2dForward', pixels, from, packed, 0, to, ...sizes, 1, 1, dilationH, dilationW, F, C, 0)
      }
    })
  }
  if (dx.size > 0) {
    if (top === 0 && left === 0 && spreadH === P && spreadW === Q && strideH * strideW === 1) compute(dy.at(who))
    else {
      owner.withScratch(B * spreadH * spreadW * F * 4, who, (spread) => {
        const rows = { extent: B * spreadH, work: spreadW * F, grain: 1 }
        owner.run('pad2d', rows, dy.at(who), spread, B, P, Q, F, spreadH, spreadW, top, left, strideH, strideW)
        compute(spread)
      })
    }
  }
  return record(`${who}, gradient of the input`, [dy, filter], dx, [dy, filter], (ddx, [dy, filter]) => [
    recorded(who, ddx, filter!, shape),
    gradFilter(who, ddx, dy!, shape),
  ])
}

/** The plain convolution of a known shape, as a gradient of the gradients. */
function recorded(who: string, x: Tensor, filter: Tensor, shape: Conv2DShape): Tensor {
  const y = forward(who, x, filter, undefined, shape, 'linear')
  return record(who, [x, filter], y, [x, filter], (dy, [x, filter]) => [
    gradInput(who, dy, filter!, shape),
    gradFilter(who, x!, dy, shape),
  ])
}

function packFlipped(
  owner: Runtime,
  filter: number,
  packed: number,
  R: number,
  S: number,
  C: number,
  F: number,
  ldw: number,
): void {
  const panels = { extent: Math.ceil(C / 8), work: R * S * F * 8, grain: 1 }
  owner.run('packFilterFlipped', panels, filter, packed, R, S, C, F, ldw)
}

/** [R, S, C / groups, F] out of x and dy. */
function gradFilter(who: string, x: Tensor, dy: Tensor, shape: Conv2DShape): Tensor {
  const { B, C, P, Q, F, R, S, strideH, strideW, dilationH, dilationW, groups } = shape
  const [groupC, groupF] = [C / groups, F / groups]
  const dw = allocate(who, [R, S, groupC, F])
  const owner = dw.buffer(who).owner
  withPadding(who, x, shape, (input, H, W) => {
    for (let g = 0; g < groups; g++) {
      const offset = g * groupF * 4
      const [from, dyAt, to] = [input + g * groupC * 4, dy.at(who) + offset, dw.at(who) + offset]
      const sizes = [B, H, W, groupC, P, Q, groupF, R, S] as const
      const steps = [strideH, strideW, dilationH, dilationW, C, F, F] as const
      const taps = { extent: R * S * groupC, work: (B * P * Q * groupF) / MULTIPLIES, grain: 4 }
      owner.run('conv2dGradFilter', taps, from, dyAt, to, ...sizes, ...steps)
    }
  })
  return record(`${who}, gradient of the filter`, [x, dy], dw, [x, dy], (ddw, [x, dy]) => [
    gradInput(who, dy!, ddw, shape),
    recorded(who, x!, ddw, shape),
  ])
}
