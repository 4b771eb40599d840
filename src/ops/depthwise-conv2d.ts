/**
 * Depthwise 2-D convolution: each channel with filters of its own, with bias and activation in the same pass. The linear
 * part is bilinear in input and filter, as that of conv2d: three ops that are each other's gradients.
 */

import { ShapeError, showShape } from '../errors.ts'
import { type KernelRunner, MULTIPLIES, type ParallelAxis } from '../runtime/runtime.ts'
import { vision } from '../runtime/sets/vision.ts'
import {
  checkDataFormat,
  type DepthwiseConv2DShape,
  depthwiseConv2dShape,
  type Padding,
  type Pair,
  type RoundingMode,
  sameShape,
  type WindowOptions,
} from '../shape.ts'
import { type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { BOUNDS } from './bounds.ts'
import { chained } from './chained.ts'
import { withDerived } from './derived.ts'
import { biasGrad, type EpilogueActivation, epilogueGrad } from './epilogue.ts'
import { asImages } from './images.ts'
import { reshape } from './layout.ts'
import { allocate, atOrNull, record } from './op.ts'
import { withFloat } from './operands.ts'
import { broadcastTo } from './sum.ts'

/**
 * Convolves each channel with its own M filters; output channel c·M + m comes from input channel c.
 * @param x [B, H, W, C], or one image [H, W, C]
 * @param filter [R, S, C, M]
 * @param strides a number or [height, width]
 * @param pad 'valid', 'same', a number or the sides of each axis
 * @param dataFormat 'NHWC', the default and the one there is
 * @param dilations distance of the filter's rows and columns; default 1
 * @param dimRoundingMode for a pad in numbers: whether a last window that does not fit is left out ('floor', the
 *   default)
 * @returns [B, P, Q, C·M]
 * @throws ShapeError where the channels do not fit, or the filter exceeds the padded image
 * @example
 * console.log(depthwiseConv2d(zeros([1, 8, 8, 3]), zeros([3, 3, 3, 2]), 1, 'same').shape) // [ 1, 8, 8, 6 ]
 */
export const depthwiseConv2d = /* @__PURE__ */ chained(
  'depthwiseConv2d',
  (
    x: TensorLike,
    filter: TensorLike,
    strides: Pair,
    pad: Padding,
    dataFormat?: 'NHWC',
    dilations?: Pair,
    dimRoundingMode?: RoundingMode,
  ): Tensor => {
    const who = 'depthwiseConv2d'
    checkDataFormat(who, dataFormat)
    return asImages(who, x, (images) =>
      withFloat(who, 'filter', filter, ($filter) =>
        fusedDepthwiseConv2d(who, images, $filter, { strides, pad, dilations, dimRoundingMode }),
      ),
    )
  },
)

export interface FusedDepthwiseConv2DOptions extends WindowOptions {
  /** [C·M] */
  readonly bias?: Tensor | undefined
  readonly activation?: EpilogueActivation | undefined
}

/**
 * activation(depthwiseConv2d(x, filter) + bias).
 * @param x [B, H, W, C]
 * @param filter [R, S, C, M]
 */
export function fusedDepthwiseConv2d(
  who: string,
  x: Tensor,
  filter: Tensor,
  options: FusedDepthwiseConv2DOptions,
): Tensor {
  const { bias, activation = 'linear', ...window } = options
  const shape = depthwiseConv2dShape(who, x.shape, filter.shape, window)
  const { C, M, R, S } = shape
  if (bias !== undefined && !sameShape(bias.shape, [C * M])) {
    throw new ShapeError({ who, expected: `bias of shape [${C * M}]`, received: showShape(bias.shape) })
  }
  if (M === 1) return forward(who, x, filter, bias, shape, activation)
  // Each channel as often as it has filters: then each has one.
  return tidy(() => {
    const { B, H, W } = shape
    const repeated = reshape(broadcastTo(reshape(x, [B, H, W, C, 1]), [B, H, W, C, M]), [B, H, W, C * M])
    return fusedDepthwiseConv2d(who, repeated, reshape(filter, [R, S, C * M, 1]), options)
  })
}

type Sizes = readonly [
  ...[B: number, H: number, W: number, C: number, P: number, Q: number, R: number, S: number],
  ...[strideH: number, strideW: number, dilationH: number, dilationW: number, padTop: number, padLeft: number],
]

function sizesOf(shape: DepthwiseConv2DShape): Sizes {
  const { B, H, W, C, P, Q, R, S, strideH, strideW, dilationH, dilationW, padTop, padLeft } = shape
  return [B, H, W, C, P, Q, R, S, strideH, strideW, dilationH, dilationW, padTop, padLeft]
}

/** Rows of images, of `columns` pixels each. */
function rowsOf(extent: number, columns: number, { C, R, S }: DepthwiseConv2DShape): ParallelAxis {
  return { extent, work: columns * C * (1 + (R * S) / MULTIPLIES), grain: 1 }
}

/** Channels whose taps lie side by side in a packed filter. */
function groupOf({ panelColumns }: { readonly panelColumns: number }): number {
  return panelColumns / 2
}

/** Lends the filter as the kernels want it, as it is or turned round. */
function withPacked(
  who: string,
  filter: Tensor,
  turned: boolean,
  use: (owner: KernelRunner<'vision'>, packed: number) => void,
): void {
  const [R, S, C] = filter.shape as readonly [number, number, number]
  const { owner } = filter.storage(who)
  const runner = owner.use(vision)
  const groups = Math.ceil(C / groupOf(owner))
  const pack = (packed: number): void => {
    const axis = { extent: groups, work: 2 * groupOf(owner) * R * S, grain: 1 }
    runner.run('depthwiseConv2dPack', axis, filter.at(who), packed, C, R * S, Number(turned))
  }
  const bytes = groups * groupOf(owner) * R * S * 4
  withDerived(who, filter, turned ? 'depthwise, turned' : 'depthwise', bytes, pack, (packed) => use(runner, packed))
}

function forward(
  who: string,
  x: Tensor,
  filter: Tensor,
  bias: Tensor | undefined,
  shape: DepthwiseConv2DShape,
  activation: EpilogueActivation = 'linear',
): Tensor {
  const y = allocate(who, shape.shape)
  const axis = rowsOf(shape.B * shape.P, shape.Q, shape)
  withPacked(who, filter, false, (owner, packed) => {
    const pointers = [x.at(who), packed, atOrNull(who, bias), y.at(who)] as const
    owner.run('depthwiseConv2dForward', axis, ...pointers, ...sizesOf(shape), ...BOUNDS[activation])
  })
  const inputs = bias === undefined ? [x, filter] : [x, filter, bias]
  const saved = activation === 'linear' ? [x, filter] : [x, filter, y]
  return record(who, inputs, y, saved, (dy, [x, filter, y], [wantsX, wantsFilter, wantsBias]) => {
    const dz = epilogueGrad(who, activation, dy, y!)
    return [
      wantsX ? gradInput(who, dz, filter!, shape) : null,
      wantsFilter ? gradFilter(who, x!, dz, shape) : null,
      ...(bias === undefined ? [] : [wantsBias ? biasGrad(dz) : null]),
    ]
  })
}

function gradInput(who: string, dy: Tensor, filter: Tensor, shape: DepthwiseConv2DShape): Tensor {
  const { B, H, W, C, P, Q, R, S, strideH, strideW, dilationH, dilationW, padTop, padLeft } = shape
  const dx = allocate(who, [B, H, W, C])
  const axis = rowsOf(B * H, W, shape)
  const isDense = strideH === 1 && strideW === 1
  withPacked(who, filter, isDense, (owner, packed) => {
    if (isDense) {
      const sizes = [B, P, Q, C, H, W, R, S, 1, 1, dilationH, dilationW] as const
      const pads = [(R - 1) * dilationH - padTop, (S - 1) * dilationW - padLeft] as const
      const pointers = [dy.at(who), packed, 0, dx.at(who)] as const
      owner.run('depthwiseConv2dForward', axis, ...pointers, ...sizes, ...pads, ...BOUNDS.linear)
    } else {
      owner.run('depthwiseConv2dGradInput', axis, dy.at(who), packed, dx.at(who), ...sizesOf(shape))
    }
  })
  return record(`${who}, gradient of the input`, [dy, filter], dx, [dy, filter], (ddx, [dy, filter]) => [
    forward(who, ddx, filter!, undefined, shape),
    gradFilter(who, ddx, dy!, shape),
  ])
}

/** The filter's gradient is summed up in at most this many parts, whatever the threads. */
const MOST_PARTS = 16
/** What a part is worth at least, as `ParallelAxis.work`. */
const PART_WORK = 32768

function gradFilter(who: string, x: Tensor, dy: Tensor, shape: DepthwiseConv2DShape): Tensor {
  const { B, C, P, Q, R, S } = shape
  const dw = allocate(who, [R, S, C, 1])
  const { owner } = dw.storage(who)
  const { extent, work } = rowsOf(B * P, Q, shape)
  const rows = Math.max(1, Math.ceil(extent / MOST_PARTS), Math.ceil(PART_WORK / work))
  const parts = Math.ceil(extent / rows)
  const scratchBytes = 12 * R * S * Math.ceil(C / groupOf(owner)) * groupOf(owner)
  owner.withScratch(parts * dw.size * 4, who, (partials) => {
    owner.withScratch(parts * scratchBytes, who, (scratch) => {
      const axis = { extent: parts, work: rows * work, grain: 1 }
      const pointers = [x.at(who), dy.at(who), partials, scratch] as const
      owner.use(vision).run('depthwiseConv2dGradFilter', axis, ...pointers, ...sizesOf(shape), rows)
    })
    const axis = { extent: dw.size === 1 ? 1 : Math.ceil(dw.size / 16), work: parts * 16, grain: 1 }
    owner.run('reduceSum', axis, partials, dw.at(who), 0, 1, parts, dw.size)
  })
  return record(`${who}, gradient of the filter`, [x, dy], dw, [x, dy], (ddw, [x, dy]) => [
    gradInput(who, dy!, ddw, shape),
    forward(who, x!, ddw, undefined, shape),
  ])
}
