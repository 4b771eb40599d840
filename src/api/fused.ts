/** The namespace `fused`: ops with bias and activation in the same pass. */

import { ArgumentError, checkOneOf, show } from '../errors.ts'
import { elu, leakyRelu, relu, relu6, sigmoid } from '../ops/activation.ts'
import { add } from '../ops/arithmetic.ts'
import { fusedConv2d } from '../ops/conv2d.ts'
import { depthwiseConv2d as depthwise } from '../ops/depthwise-conv2d.ts'
import { isEpilogueActivation } from '../ops/epilogue.ts'
import { asImagesOf, paddingOf } from '../ops/images.ts'
import { reshape } from '../ops/layout.ts'
import { fusedMatMul } from '../ops/matmul.ts'
import { withFloat } from '../ops/operands.ts'
import { prelu } from '../ops/prelu.ts'
import { readOptions } from '../options.ts'
import { checkDataFormat, type DataFormat, type Padding, type Pair, type RoundingMode } from '../shape.ts'
import { type Tensor, type TensorLike, tidy, toTensor } from '../tensor.ts'

/** Those that are not computed in the same pass follow in one of their own. */
const ACTIVATIONS = {
  linear: (x: Tensor) => x,
  relu,
  relu6,
  elu,
  sigmoid,
  leakyrelu: leakyRelu,
  prelu,
} as const satisfies Record<string, (x: Tensor, alpha: never) => Tensor>

/** What fused ops may apply at their end. */
export type FusedActivation = keyof typeof ACTIVATIONS
const NAMES = Object.keys(ACTIVATIONS) as FusedActivation[]

/** What the fused ops have in common. */
export interface FusedArgs {
  /** One number for each output channel or column, or what broadcasts to the output, added before the activation. */
  readonly bias?: TensorLike | null | undefined
  /** Default 'linear'. */
  readonly activation?: FusedActivation | null | undefined
  /** The slope of 'leakyrelu' below 0, default 0.2. */
  readonly leakyreluAlpha?: number | null | undefined
  /** The slopes of 'prelu' below 0, which broadcast to the output. */
  readonly preluActivationWeights?: TensorLike | null | undefined
}

type Finish = Pick<FusedArgs, 'bias' | 'activation' | 'leakyreluAlpha' | 'preluActivationWeights'>

/** Calls `op` with the bias as a tensor and the activation that is fused, and applies the one that is not. */
function withEpilogue(
  who: string,
  { bias, activation = 'linear', leakyreluAlpha, preluActivationWeights }: Finish,
  op: (bias: Tensor | undefined, activation: 'linear' | 'relu') => Tensor,
  channelsFirst = false,
): Tensor {
  checkOneOf(who, 'activation', activation, NAMES)
  const run = (bias: Tensor | undefined): Tensor => {
    // The kernels add a vector along the last axis; any other bias is added in a pass of its own, as in TF.js.
    const isFused = bias === undefined || bias.rank === 1
    if (isFused && isEpilogueActivation(activation as string)) return op(bias, activation as 'linear' | 'relu')
    return tidy(() => {
      const y = isFused ? op(bias, 'linear') : add(op(undefined, 'linear'), bias)
      if (activation === 'leakyrelu') return leakyRelu(y, leakyreluAlpha ?? undefined)
      if (activation === 'prelu') return prelu(y, slopesOf(who, preluActivationWeights, channelsFirst))
      return ACTIVATIONS[activation as Exclude<FusedActivation, 'leakyrelu' | 'prelu'>](y)
    })
  }
  return bias === undefined || bias === null ? run(undefined) : withFloat(who, 'bias', bias, run)
}

function slopesOf(who: string, given: TensorLike | null | undefined, channelsFirst: boolean): TensorLike {
  if (given !== undefined && given !== null) {
    const slopes = toTensor(who, 'preluActivationWeights', given)
    // One for each channel, where the channels come first.
    return channelsFirst && slopes.rank === 1 ? reshape(slopes, [slopes.size, 1, 1]) : slopes
  }
  throw new ArgumentError({
    who,
    expected: "preluActivationWeights where activation is 'prelu'",
    received: show(given),
  })
}

function checkArgs(who: string, args: unknown): void {
  if (typeof args !== 'object' || args === null)
    throw new ArgumentError({ who, expected: 'an options object', received: show(args) })
}

export interface FusedConv2DArgs extends FusedArgs {
  /** [B, H, W, C], or one image [H, W, C] */
  readonly x: TensorLike
  /** [R, S, C, F] */
  readonly filter: TensorLike
  /** A number or [height, width]. */
  readonly strides: Pair
  /** 'valid', 'same', a number or the sides of each axis. */
  readonly pad: Padding
  /** 'NHWC' (default), or 'NCHW' for images [B, C, H, W], which conv2d turns for it. */
  readonly dataFormat?: DataFormat | null | undefined
  /** Default 1. */
  readonly dilations?: Pair | null | undefined
  /** For a pad in numbers; default 'floor'. */
  readonly dimRoundingMode?: RoundingMode | null | undefined
}

const FINISH = ['bias', 'activation', 'leakyreluAlpha', 'preluActivationWeights'] as const
const CONV2D = ['x', 'filter', 'strides', 'pad', 'dataFormat', 'dilations', 'dimRoundingMode', ...FINISH] as const

/**
 * activation(conv2d(x, filter) + bias).
 * @param args x, filter, strides, pad, bias, activation, …
 * @example
 * const x = ones([1, 3, 3, 1])
 * fused.conv2d({ x, filter: ones([3, 3, 1, 1]), strides: 1, pad: 'valid', bias: [1], activation: 'relu' }).print()
 * // [[[[10]]]]
 */
export function conv2d(args: FusedConv2DArgs): Tensor {
  const who = 'fused.conv2d'
  checkArgs(who, args)
  const { dataFormat, bias, activation, leakyreluAlpha, preluActivationWeights, ...geometry } = readOptions(
    who,
    args,
    CONV2D,
  )
  const finish = { bias, activation, leakyreluAlpha, preluActivationWeights }
  const { strides, dilations, dimRoundingMode } = geometry
  const pad = paddingOf(dataFormat, geometry.pad!)
  return withFloat(who, 'filter', args.filter, ($filter) =>
    withEpilogue(
      who,
      finish,
      (bias, activation) =>
        asImagesOf(who, dataFormat, args.x, (images) =>
          fusedConv2d(who, images, $filter, { strides: strides!, pad, dilations, dimRoundingMode, bias, activation }),
        ),
      dataFormat === 'NCHW',
    ),
  )
}

/**
 * activation(depthwiseConv2d(x, filter) + bias); the filter is [R, S, C, M].
 * @param args x, filter, strides, pad, bias, activation, …
 * @example
 * const x = ones([1, 3, 3, 2])
 * fused.depthwiseConv2d({ x, filter: ones([3, 3, 2, 1]), strides: 1, pad: 'valid', bias: [1, 2] }).print()
 * // [[[[10, 11]]]]
 */
export function depthwiseConv2d(args: FusedConv2DArgs): Tensor {
  const who = 'fused.depthwiseConv2d'
  checkArgs(who, args)
  const { x, filter, strides, pad, dataFormat, dilations, dimRoundingMode, ...finish } = readOptions(who, args, CONV2D)
  checkDataFormat(who, dataFormat)
  return withEpilogue(who, finish, (bias, activation) =>
    tidy(() => {
      const y = depthwise(x!, filter!, strides!, pad!, 'NHWC', dilations, dimRoundingMode)
      const z = bias === undefined ? y : add(y, bias)
      return activation === 'relu' ? relu(z) : z
    }),
  )
}

export interface FusedMatMulArgs extends FusedArgs {
  /** [..., M, K] */
  readonly a: TensorLike
  /** [..., K, N] */
  readonly b: TensorLike
  /** Whether a is given as [..., K, M]. Default false. */
  readonly transposeA?: boolean | null | undefined
  /** Whether b is given as [..., N, K]. Default false. */
  readonly transposeB?: boolean | null | undefined
}

/**
 * activation(matMul(a, b) + bias).
 * @param args a, b, transposeA, transposeB, bias, activation
 * @example
 * fused.matMul({ a: [[1, -2]], b: [[1], [1]], bias: [0.5], activation: 'relu' }).print() // [[0]]
 */
export function matMul(args: FusedMatMulArgs): Tensor {
  const who = 'fused.matMul'
  checkArgs(who, args)
  const { transposeA, transposeB, ...finish } = readOptions(who, args, [
    'a',
    'b',
    'transposeA',
    'transposeB',
    ...FINISH,
  ])
  return withFloat(who, 'a', args.a, ($a) =>
    withFloat(who, 'b', args.b, ($b) =>
      withEpilogue(who, finish, (bias, activation) =>
        fusedMatMul(who, $a, $b, { transposeA, transposeB, bias, activation }),
      ),
    ),
  )
}
