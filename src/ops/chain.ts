/**
 * The ops as methods of tensors. They are put on the prototype by `installChainedOps`, which the entry of the package and
 * `init` call, and not by importing this file: a module that only imports has no side effects, so bundlers may drop what
 * is not used. Ops whose kernels are not in the core set are not among them: each makes itself a method where a page has
 * it (`chained`), so that the methods do not bring its kernels into every page.
 */

import type { ChainedOps } from '../chained-ops.ts'
import { StateError } from '../errors.ts'
import { provideTensors } from '../late-tensor.ts'
import { Tensor, type TensorLike } from '../tensor.ts'
import { TensorBuffer } from '../tensor-buffer.ts'
import { elu, leakyRelu, logSigmoid, relu, relu6, selu, sigmoid, softplus, tanh } from './activation.ts'
import { add, div, maximum, minimum, mul, squaredDifference, sub } from './arithmetic.ts'
import { chained, defineMethod, type OpOf } from './chained.ts'
import {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  notEqual,
  where,
} from './compare.ts'
import { conv2d, conv2dTranspose } from './conv2d.ts'
import { onesLike, tensor, variable, zerosLike } from './create.ts'
import { gather, oneHot } from './gather.ts'
import { cast, clone, expandDims, reshape, reverse, squeeze, transpose } from './layout.ts'
import { matMul } from './matmul.ts'
import { avgPool, maxPool } from './pool2d.ts'
import { pow } from './pow.ts'
import { all, any, argMax, argMin, max, mean, min, norm, prod } from './reduce.ts'
import { concat, pad, slice, split, stack, unstack } from './slices.ts'
import { logSoftmax, logSumExp, softmax } from './softmax.ts'
import { broadcastTo, sum } from './sum.ts'
import { tile } from './tile.ts'
import {
  abs,
  ceil,
  clipByValue,
  exp,
  expm1,
  floor,
  isNaN as isNaNumber,
  log,
  log1p,
  neg,
  reciprocal,
  round,
  rsqrt,
  sign,
  sqrt,
  square,
} from './unary.ts'

/** The methods that are not just an op of their name. */
type Own =
  | 'where'
  | 'concat'
  | 'stack'
  | 'reshapeAs'
  | 'flatten'
  | 'asType'
  | 'print'
  | 'buffer'
  | 'bufferSync'
  | `as${number}D`
  | 'asScalar'
  | `to${'Float' | 'Int' | 'Bool'}`

/** Methods that are there where their ops are. */
const IMPORTED = [
  ...['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2', 'sinh', 'cosh', 'asinh', 'acosh', 'atanh', 'erf'],
  ...['isFinite', 'isInf', 'step', 'mod', 'floorDiv', 'divNoNan', 'logicalXor', 'prelu'],
  ...['cumsum', 'cumprod', 'unsortedSegmentSum', 'topk', 'unique', 'dot'],
  ...['mirrorPad', 'stridedSlice', 'depthToSpace', 'spaceToBatchND', 'batchToSpaceND'],
  ...['conv1d', 'depthwiseConv2d', 'separableConv2d', 'pool', 'batchNorm', 'localResponseNormalization'],
  ...['resizeBilinear', 'resizeNearestNeighbor'],
] as const satisfies readonly (keyof ChainedOps)[]

const OPS = {
  ...{ add, sub, mul, div, maximum, minimum, pow, squaredDifference },
  ...{ exp, log, log1p, expm1, sqrt, rsqrt, square, abs, neg, reciprocal },
  ...{ sign, floor, ceil, round, clipByValue, isNaN: isNaNumber },
  ...{ relu, relu6, leakyRelu, elu, selu, sigmoid, logSigmoid, tanh, softplus, softmax, logSoftmax },
  ...{ equal, notEqual, less, lessEqual, greater, greaterEqual, logicalAnd, logicalOr, logicalNot },
  ...{ sum, mean, max, min, prod, any, all, logSumExp, norm, argMax, argMin },
  ...{ reshape, expandDims, squeeze, transpose, broadcastTo, tile, reverse },
  ...{ unstack, split, slice, pad, gather, oneHot },
  ...{ clone, variable, zerosLike, onesLike, cast },
  ...{ matMul, conv2d, conv2dTranspose, maxPool, avgPool },
} as const satisfies { [Name in Exclude<keyof ChainedOps, Own | (typeof IMPORTED)[number]>]: OpOf<Name> }

const OWN: Pick<ChainedOps, Own & keyof ChainedOps> & ThisType<Tensor> = {
  where(condition, b) {
    return where(condition, this, b)
  },
  concat(tensors, axis) {
    return concat([this, ...listOf(tensors)], axis)
  },
  stack(x, axis) {
    return stack([this, ...listOf(x)], axis)
  },
  reshapeAs(x) {
    return reshape(this, x.shape)
  },
  flatten() {
    return reshape(this, [this.size])
  },
  asScalar() {
    return reshape(this, [])
  },
  as1D() {
    return reshape(this, [this.size])
  },
  as2D(...shape) {
    return reshape(this, shape)
  },
  as3D(...shape) {
    return reshape(this, shape)
  },
  as4D(...shape) {
    return reshape(this, shape)
  },
  asType(dtype) {
    return cast(this, dtype)
  },
  toFloat() {
    return cast(this, 'float32')
  },
  toInt() {
    return cast(this, 'int32')
  },
  toBool() {
    return cast(this, 'bool')
  },
  async buffer() {
    return this.bufferSync()
  },
  bufferSync() {
    return new TensorBuffer(this.shape, this.dtype, this.dataSync())
  },
  print(verbose) {
    console.log(this.toString(verbose))
  },
}

function listOf(tensors: Tensor | readonly TensorLike[]): readonly TensorLike[] {
  return tensors instanceof Tensor ? [tensors] : tensors
}

/** Gives tensors the ops as methods, and data sets tensors. A second call changes nothing. */
export function installChainedOps(): void {
  if (Object.hasOwn(Tensor.prototype, 'add')) return
  provideTensors(tensor)
  for (const [name, op] of Object.entries(OPS)) chained(name as keyof ChainedOps, op as OpOf<keyof ChainedOps>)
  for (const [name, method] of Object.entries(OWN)) defineMethod(name, method)
  for (const name of IMPORTED) {
    if (Object.hasOwn(Tensor.prototype, name)) continue
    defineMethod(name, () => {
      throw new StateError({
        who: `tensor.${name}`,
        expected: `${name} to be imported somewhere in the page, which leaves out ops that nothing imports`,
        received: 'a page without it',
        hint: `call ${name}(tensor, …), imported from quadlane`,
      })
    })
  }
}
