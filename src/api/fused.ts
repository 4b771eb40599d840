/** The namespace `fused`: ops with bias and activation in the same pass. */

import { checkOneOf, checkOptions } from '../errors.ts'
import { type FusedConv2DOptions, fusedConv2d } from '../ops/conv2d.ts'
import { type EpilogueActivation, isEpilogueActivation } from '../ops/epilogue.ts'
import { type FusedMatMulOptions, fusedMatMul } from '../ops/matmul.ts'
import { withFloat } from '../ops/operands.ts'
import type { Padding, Pair } from '../shape.ts'
import type { Tensor, TensorLike } from '../tensor.ts'

function checkActivation(
  who: string,
  activation: string | undefined,
): asserts activation is EpilogueActivation | undefined {
  if (activation !== undefined && !isEpilogueActivation(activation))
    checkOneOf(who, 'activation', activation, ['linear', 'relu'])
}

export interface FusedConv2DArgs extends FusedConv2DOptions {
  /** [B, H, W, C] */
  readonly x: TensorLike
  /** [R, S, C, F] */
  readonly filter: TensorLike
  readonly strides: Pair
  readonly pad: Padding
}

/** activation(conv2d(x, filter) + bias). */
export function conv2d(args: FusedConv2DArgs): Tensor {
  checkOptions('fused.conv2d', args, ['x', 'filter', 'strides', 'pad', 'dilations', 'bias', 'activation'])
  checkActivation('fused.conv2d', args.activation)
  const { x, filter, ...options } = args
  return withFloat('fused.conv2d', 'x', x, ($x) =>
    withFloat('fused.conv2d', 'filter', filter, ($filter) => fusedConv2d('fused.conv2d', $x, $filter, options)),
  )
}

export interface FusedMatMulArgs extends FusedMatMulOptions {
  /** [..., M, K] */
  readonly a: TensorLike
  /** [..., K, N] */
  readonly b: TensorLike
}

/** activation(matMul(a, b) + bias). */
export function matMul(args: FusedMatMulArgs): Tensor {
  checkOptions('fused.matMul', args, ['a', 'b', 'transposeA', 'transposeB', 'bias', 'activation'])
  checkActivation('fused.matMul', args.activation)
  const { a, b, ...options } = args
  return withFloat('fused.matMul', 'a', a, ($a) =>
    withFloat('fused.matMul', 'b', b, ($b) => fusedMatMul('fused.matMul', $a, $b, options)),
  )
}
