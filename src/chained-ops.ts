/** The ops that a tensor has as methods: `x.matMul(w).add(b).relu()`. Types alone; `ops/chain.ts` holds the methods. */

import type { Padding, Pair, RoundingMode, Shape } from './shape.ts'
import type { DataType, Tensor, TensorLike, Variable } from './tensor.ts'
import type { TensorBuffer } from './tensor-buffer.ts'

type Axis = number | readonly number[] | null

/** Each method is the op of the same name with the tensor as its first argument. */
export interface ChainedOps {
  /** Arithmetic, with broadcasting. */
  add(b: TensorLike): Tensor
  sub(b: TensorLike): Tensor
  mul(b: TensorLike): Tensor
  div(b: TensorLike): Tensor
  maximum(b: TensorLike): Tensor
  minimum(b: TensorLike): Tensor
  pow(exp: TensorLike): Tensor
  squaredDifference(b: TensorLike): Tensor

  /** Functions of each element. */
  exp(): Tensor
  log(): Tensor
  log1p(): Tensor
  expm1(): Tensor
  sqrt(): Tensor
  rsqrt(): Tensor
  square(): Tensor
  abs(): Tensor
  neg(): Tensor
  reciprocal(): Tensor
  sign(): Tensor
  floor(): Tensor
  ceil(): Tensor
  round(): Tensor
  clipByValue(min: number, max: number): Tensor
  isNaN(): Tensor
  sin(): Tensor
  cos(): Tensor
  tan(): Tensor
  asin(): Tensor
  acos(): Tensor
  atan(): Tensor
  atan2(b: TensorLike): Tensor
  sinh(): Tensor
  cosh(): Tensor
  asinh(): Tensor
  acosh(): Tensor
  atanh(): Tensor
  erf(): Tensor
  isFinite(): Tensor
  isInf(): Tensor
  step(alpha?: number): Tensor
  mod(b: TensorLike): Tensor
  floorDiv(b: TensorLike): Tensor
  divNoNan(b: TensorLike): Tensor

  /** Activations. */
  relu(): Tensor
  relu6(): Tensor
  leakyRelu(alpha?: number): Tensor
  elu(alpha?: number): Tensor
  selu(): Tensor
  prelu(alpha: TensorLike): Tensor
  sigmoid(): Tensor
  logSigmoid(): Tensor
  tanh(): Tensor
  softplus(): Tensor
  softmax(dim?: number): Tensor
  logSoftmax(axis?: number): Tensor

  /** Comparisons and logic, as bool. */
  equal(b: TensorLike): Tensor
  notEqual(b: TensorLike): Tensor
  less(b: TensorLike): Tensor
  lessEqual(b: TensorLike): Tensor
  greater(b: TensorLike): Tensor
  greaterEqual(b: TensorLike): Tensor
  logicalAnd(b: TensorLike): Tensor
  logicalOr(b: TensorLike): Tensor
  logicalNot(): Tensor
  logicalXor(b: TensorLike): Tensor
  /** This tensor's elements where `condition` is true, those of `b` elsewhere. */
  where(condition: TensorLike, b: TensorLike): Tensor

  /** Reductions over `axis`, default all. */
  sum(axis?: Axis, keepDims?: boolean): Tensor
  mean(axis?: Axis, keepDims?: boolean): Tensor
  max(axis?: Axis, keepDims?: boolean): Tensor
  min(axis?: Axis, keepDims?: boolean): Tensor
  prod(axis?: Axis, keepDims?: boolean): Tensor
  any(axis?: Axis, keepDims?: boolean): Tensor
  all(axis?: Axis, keepDims?: boolean): Tensor
  logSumExp(axis?: Axis, keepDims?: boolean): Tensor
  norm(ord?: 'euclidean' | 'fro' | number, axis?: Axis, keepDims?: boolean): Tensor
  cumsum(axis?: number, exclusive?: boolean, reverse?: boolean): Tensor
  cumprod(axis?: number, exclusive?: boolean, reverse?: boolean): Tensor
  unsortedSegmentSum(segmentIds: TensorLike, numSegments: number): Tensor
  topk(k?: number, sorted?: boolean): { values: Tensor; indices: Tensor }
  unique(axis?: number): { values: Tensor; indices: Tensor }
  /** Along one axis, default 0. */
  argMax(axis?: number): Tensor
  argMin(axis?: number): Tensor

  /** Shapes and places. */
  reshape(shape: Shape): Tensor
  reshapeAs(x: Tensor): Tensor
  flatten(): Tensor
  asScalar(): Tensor
  as1D(): Tensor
  as2D(rows: number, columns: number): Tensor
  as3D(rows: number, columns: number, depth: number): Tensor
  as4D(rows: number, columns: number, depth: number, depth2: number): Tensor
  expandDims(axis?: number): Tensor
  squeeze(axis?: number | readonly number[]): Tensor
  transpose(perm?: readonly number[]): Tensor
  broadcastTo(shape: Shape): Tensor
  tile(reps: readonly number[]): Tensor
  reverse(axis?: number | readonly number[]): Tensor
  concat(x: Tensor | readonly TensorLike[], axis?: number): Tensor
  stack(x: Tensor | readonly TensorLike[], axis?: number): Tensor
  unstack(axis?: number): Tensor[]
  split(numOrSizeSplits: number | readonly number[], axis?: number): Tensor[]
  slice(begin: number | readonly number[], size?: number | readonly number[]): Tensor
  pad(paddings: readonly (readonly [number, number])[], constantValue?: number): Tensor
  mirrorPad(paddings: readonly (readonly [number, number])[], mode: 'reflect' | 'symmetric'): Tensor
  stridedSlice(
    begin: readonly number[],
    end: readonly number[],
    strides?: readonly number[],
    beginMask?: number,
    endMask?: number,
    ellipsisMask?: number,
    newAxisMask?: number,
    shrinkAxisMask?: number,
  ): Tensor
  depthToSpace(blockSize: number, dataFormat?: 'NHWC'): Tensor
  spaceToBatchND(blockShape: readonly number[], paddings: readonly (readonly [number, number])[]): Tensor
  batchToSpaceND(blockShape: readonly number[], crops: readonly (readonly [number, number])[]): Tensor
  gather(indices: TensorLike, axis?: number, batchDims?: number): Tensor
  oneHot(depth: number, onValue?: number, offValue?: number): Tensor
  clone(): Tensor
  variable(trainable?: boolean, name?: string, dtype?: DataType): Variable
  zerosLike(): Tensor
  onesLike(): Tensor

  /** Other dtypes. */
  cast(dtype: DataType): Tensor
  asType(dtype: DataType): Tensor
  toFloat(): Tensor
  toInt(): Tensor
  toBool(): Tensor

  /** Products and images. */
  matMul(b: TensorLike, transposeA?: boolean, transposeB?: boolean): Tensor
  dot(t2: TensorLike): Tensor
  conv1d(
    filter: TensorLike,
    stride: number,
    pad: 'valid' | 'same' | number,
    dataFormat?: 'NWC',
    dilation?: number,
    dimRoundingMode?: RoundingMode,
  ): Tensor
  conv2d(
    filter: TensorLike,
    strides: Pair,
    pad: Padding,
    dataFormat?: 'NHWC',
    dilations?: Pair,
    dimRoundingMode?: RoundingMode,
  ): Tensor
  depthwiseConv2d(
    filter: TensorLike,
    strides: Pair,
    pad: Padding,
    dataFormat?: 'NHWC',
    dilations?: Pair,
    dimRoundingMode?: RoundingMode,
  ): Tensor
  separableConv2d(
    depthwiseFilter: TensorLike,
    pointwiseFilter: TensorLike,
    strides: Pair,
    pad: Padding,
    dilation?: Pair,
    dataFormat?: 'NHWC',
  ): Tensor
  conv2dTranspose(
    filter: TensorLike,
    outputShape: Shape,
    strides: Pair,
    pad: Padding,
    dimRoundingMode?: RoundingMode,
    dilations?: Pair,
  ): Tensor
  maxPool(filterSize: Pair, strides: Pair, pad: Padding, dimRoundingMode?: RoundingMode): Tensor
  avgPool(filterSize: Pair, strides: Pair, pad: Padding, dimRoundingMode?: RoundingMode): Tensor
  pool(
    windowShape: Pair,
    poolingType: 'avg' | 'max',
    pad?: Padding,
    dilations?: Pair,
    strides?: Pair,
    dimRoundingMode?: RoundingMode,
  ): Tensor
  batchNorm(
    mean: TensorLike,
    variance: TensorLike,
    offset?: TensorLike | null,
    scale?: TensorLike | null,
    varianceEpsilon?: number,
  ): Tensor
  localResponseNormalization(depthRadius?: number, bias?: number, alpha?: number, beta?: number): Tensor
  resizeBilinear(size: readonly [number, number], alignCorners?: boolean, halfPixelCenters?: boolean): Tensor
  resizeNearestNeighbor(size: readonly [number, number], alignCorners?: boolean, halfPixelCenters?: boolean): Tensor

  /** The elements, copied, to be read and written one by one: `(await x.buffer()).get(0, 1)`. */
  buffer(): Promise<TensorBuffer>
  bufferSync(): TensorBuffer

  /** Writes the elements to the console. */
  print(verbose?: boolean): void
}
