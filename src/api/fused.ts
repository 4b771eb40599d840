/** The namespace `fused`: ops with bias and activation in the same pass. */

import { ArgumentError, checkOneOf, show } from '../errors.ts'
import { elu, leakyRelu, relu, relu6, sigmoid } from '../ops/activation.ts'
import { add } from '../ops/arithmetic.ts'
import { fusedConv2d } from '../ops/conv2d.ts'
import { depthwiseConv2d as depthwise } from '../ops/depthwise-conv2d.ts'
import { isEpilogueActivation } from '../ops/epilogue.ts'
import { asImages } from '../ops/images.ts'
import { fusedMatMul } from '../ops/matmul.ts'
import { withFloat } from '../ops/operands.ts'
import { readOptions } from '../options.ts'
import { checkDataFormat, type Padding, type Pair, type RoundingMode } from '../shape.ts'
import { type Tensor, type TensorLike, tidy } from '../tensor.ts'

/** Those that are not computed in the same pass follow in one of their own. */
const ACTIVATIONS = {
  linear: (x: Tensor) => x,
  relu,
  relu6,
  elu,
  sigmoid,
  leakyrelu: leakyRelu,
} as const satisfies Record<string, (x: Tensor, alpha?: number) => Tensor>

/** What fused ops may apply at their end. */
export type FusedActivation = keyof typeof ACTIVATIONS
const NAMES = Object.keys(ACTIVATIONS) as FusedActivation[]

/** What the fused ops have in common. */
export interface FusedArgs {
  /** One number for each output channel or column, added before the activation. */
  readonly bias?: TensorLike | null | undefined
  /** Default 'linear'. */
  readonly activation?: FusedActivation | null | undefined
  /** The slope of 'leakyrelu' below 0, default 0.2. */
  readonly leakyreluAlpha?: number | null | undefined
}

type Finish = Pick<FusedArgs, 'bias' | 'activation' | 'leakyreluAlpha'>

/** Calls `op` with the bias as a tensor and the activation that is fused, and applies the one that is not. */
function withEpilogue(
  who: string,
  { bias, activation = 'linear', leakyreluAlpha }: Finish,
  op: (bias: Tensor | undefined, activation: 'linear' | 'relu') => Tensor,
): Tensor {
  checkOneOf(who, 'activation', activation, NAMES)
  const run = (bias: Tensor | undefined): Tensor => {
    if (isEpilogueActivation(activation as string)) return op(bias, activation as 'linear' | 'relu')
    const apply: (x: Tensor, alpha?: number) => Tensor = ACTIVATIONS[activation as FusedActivation]
    return tidy(() => apply(op(bias, 'linear'), activation === 'leakyrelu' ? (leakyreluAlpha ?? undefined) : undefined))
  }
  return bias === undefined || bias === null ? run(undefined) : withFloat(who, 'bias', bias, run)
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
  /** 'NHWC', the default and the one there is. */
  readonly dataFormat?: 'NHWC' | null | undefined
  /** Default 1. */
  readonly dilations?: Pair | null | undefined
  /** For a pad in numbers; default 'floor'. */
  readonly dimRoundingMode?: RoundingMode | null | undefined
}

const FINISH = ['bias', 'activation', 'leakyreluAlpha'] as const
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
  const { dataFormat, bias, activation, leakyreluAlpha, ...geometry } = readOptions(who, args, CONV2D)
  checkDataFormat(who, dataFormat)
  return asImages(who, args.x, (images) =>
    withFloat(who, 'filter', args.filter, ($filter) =>
      withEpilogue(who, { bias, activation, leakyreluAlpha }, (bias, activation) => {
        const { strides, pad, dilations, dimRoundingMode } = geometry
        return fusedConv2d(who, images, $filter, {
          strides: strides!,
          pad: pad!,
          dilations,
          dimRoundingMode,
          bias,
          activation,
        })
      }),
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
  return withEpilogue(who, finish, (bias, activation) =>
    tidy(() => {
      const y = depthwise(x!, filter!, strides!, pad!, dataFormat, dilations, dimRoundingMode)
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
