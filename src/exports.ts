/** The public surface that Node and browsers have in common. No `node:` import may be reachable from here. */

export type { ActivationName } from './activations/table.ts'
export {
  avgPool3d,
  backend,
  basicLSTMCell,
  bitwiseAnd,
  broadcastArgs,
  complex,
  conv3d,
  conv3dTranspose,
  cosineWindow,
  dilation2d,
  disposeVariables,
  enableDebugMode,
  fft,
  findBackend,
  findBackendFactory,
  ifft,
  imag,
  irfft,
  linalg,
  loadGraphModel,
  maxPool3d,
  multiRNNCell,
  raggedGather,
  raggedRange,
  raggedTensorToTensor,
  randomGamma,
  real,
  registerBackend,
  registerCallbackConstructor,
  registerGradient,
  registerKernel,
  removeBackend,
  rfft,
  setPlatform,
  signal,
  sparse,
  sparseToDense,
  spectral,
  string,
} from './api/absent.ts'
export * as browser from './api/browser.ts'
export * as callbacks from './api/callbacks.ts'
export * as constraints from './api/constraints.ts'
export {
  disableDeprecationWarnings,
  type Environment,
  enableProdMode,
  engine,
  env,
  getBackend,
  nextFrame,
  ready,
  setBackend,
  time,
} from './api/environment.ts'
export * as fused from './api/fused.ts'
export * as image from './api/image.ts'
export * as initializers from './api/initializers.ts'
export * as losses from './api/losses.ts'
export * as math from './api/math.ts'
export * as metrics from './api/metrics.ts'
export * as models from './api/models.ts'
export {
  AdadeltaOptimizer,
  AdagradOptimizer,
  AdamaxOptimizer,
  AdamOptimizer,
  MomentumOptimizer,
  type OptimizerClass,
  RMSPropOptimizer,
  SGDOptimizer,
} from './api/optimizer-classes.ts'
export * as regularizers from './api/regularizers.ts'
export * as schedules from './api/schedules.ts'
export * as serialization from './api/serialization.ts'
export * as train from './api/train.ts'
export * as util from './api/util.ts'
export {
  customGrad,
  grad,
  grads,
  type SaveFunction,
  valueAndGrad,
  valueAndGrads,
  variableGrads,
} from './autograd.ts'
export { Callback, type CallbackHooks, CustomCallback, History, type Logs } from './callbacks/callback.ts'
export type { Constraint } from './constraints/table.ts'
export {
  ArgumentError,
  FormatError,
  InputOutputError,
  KernelError,
  OutOfMemoryError,
  QuadlaneError,
  RuntimeUnavailableError,
  ShapeError,
  StateError,
} from './errors.ts'
export { init } from './init.ts'
export type { Initializer, InitializerName } from './initializers/table.ts'
export * as layers from './layers/index.ts'
export { type InputArgs, input } from './layers/input.ts'
export { type CallContext, Layer, type LayerArgs } from './layers/layer.ts'
export { SymbolicTensor } from './layers/symbolic.ts'
export type { Weight } from './layers/weight.ts'
export type { LossFunction, LossName } from './losses/table.ts'
export { Reduction } from './losses/weighted.ts'
export type { MetricFunction, MetricName } from './metrics/table.ts'
export { type LoadArgs, loadLayersModel } from './model/load-layers-model.ts'
export { type LoadModelArgs, loadModel } from './model/load-model.ts'
export { LayersModel, type ModelArgs, model } from './model/model.ts'
export { Sequential, type SequentialArgs, sequential } from './model/sequential.ts'
export {
  elu,
  leakyRelu,
  logSigmoid,
  relu,
  relu6,
  selu,
  sigmoid,
  softplus,
  softsign,
  swish,
  tanh,
} from './ops/activation.ts'
export { add, addN, div, maximum, minimum, mul, squaredDifference, sub } from './ops/arithmetic.ts'
export {
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
} from './ops/compare.ts'
export { conv2d, conv2dTranspose } from './ops/conv2d.ts'
export {
  eye,
  fill,
  linspace,
  ones,
  onesLike,
  range,
  scalar,
  tensor,
  tensor1d,
  tensor2d,
  tensor3d,
  tensor4d,
  variable,
  zeros,
  zerosLike,
} from './ops/create.ts'
export { cumprod, cumsum } from './ops/cumulative.ts'
export { depthwiseConv2d } from './ops/depthwise-conv2d.ts'
export { divNoNan, floorDiv, logicalXor, mod } from './ops/division.ts'
export { dropout } from './ops/dropout.ts'
export { isFinite, isInf, step } from './ops/finite.ts'
export { gather, oneHot } from './ops/gather.ts'
export { diag, meshgrid } from './ops/grids.ts'
export { enclosingPowerOfTwo, movingAverage, rand } from './ops/helpers.ts'
export { cast, clone, ensureShape, expandDims, reshape, reverse, squeeze, transpose } from './ops/layout.ts'
export { matMul } from './ops/matmul.ts'
export { mirrorPad } from './ops/mirror-pad.ts'
export { multinomial } from './ops/multinomial.ts'
export { batchNorm, batchNorm2d, batchNorm3d, batchNorm4d, localResponseNormalization } from './ops/normalization.ts'
export {
  booleanMaskAsync,
  inTopKAsync,
  lowerBound,
  searchSorted,
  setdiff1dAsync,
  topk,
  unique,
  upperBound,
  whereAsync,
} from './ops/order.ts'
export { avgPool, maxPool } from './ops/pool2d.ts'
export { pow } from './ops/pow.ts'
export { prelu } from './ops/prelu.ts'
export { dot, einsum, outerProduct } from './ops/products.ts'
export {
  randomNormal,
  randomStandardNormal,
  randomUniform,
  randomUniformInt,
  setSeed,
  truncatedNormal,
} from './ops/random.ts'
export { all, any, argMax, argMin, euclideanNorm, max, mean, min, moments, norm, prod } from './ops/reduce.ts'
export {
  bincount,
  denseBincount,
  gatherND,
  scatterND,
  tensorScatterUpdate,
  unsortedSegmentSum,
} from './ops/scatter.ts'
export { conv1d, separableConv2d } from './ops/separable-conv2d.ts'
export { concat, pad, slice, split, stack, unstack } from './ops/slices.ts'
export { logSoftmax, logSumExp, softmax } from './ops/softmax.ts'
export { batchToSpaceND, depthToSpace, spaceToBatchND } from './ops/space.ts'
export { stridedSlice } from './ops/strided-slice.ts'
export {
  concat1d,
  concat2d,
  concat3d,
  concat4d,
  pad1d,
  pad2d,
  pad3d,
  pad4d,
  reverse1d,
  reverse2d,
  reverse3d,
  reverse4d,
  slice1d,
  slice2d,
  slice3d,
  slice4d,
  tensor5d,
  tensor6d,
} from './ops/suffixed.ts'
export { broadcastTo, sum } from './ops/sum.ts'
export { tile } from './ops/tile.ts'
export {
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atan2,
  atanh,
  cos,
  cosh,
  erf,
  sin,
  sinh,
  tan,
} from './ops/trigonometry.ts'
export {
  abs,
  ceil,
  clipByValue,
  exp,
  expm1,
  floor,
  isNaN,
  log,
  log1p,
  neg,
  reciprocal,
  round,
  rsqrt,
  sign,
  sqrt,
  square,
} from './ops/unary.ts'
export { maxPoolWithArgmax, pool } from './ops/window-pool.ts'
export type { NamedTensor, OptimizerArgs } from './optimizers/optimizer.ts'
export { Optimizer } from './optimizers/optimizer.ts'
export type { OptimizerName } from './optimizers/table.ts'
export { type KernelProfile, type ProfileInfo, profile } from './profile.ts'
export type { Regularizer } from './regularizers/table.ts'
export { type InitOptions, info, type RuntimeInfo, shutdown } from './runtime/runtime.ts'
export type { Schedule } from './schedules/table.ts'
export type { BatchShape, Padding, Pair, RoundingMode, Shape } from './shape.ts'
export {
  type DataType,
  dispose,
  keep,
  type MemoryInfo,
  memory,
  print,
  type Rank,
  type Scalar,
  Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  type Tensor5D,
  type Tensor6D,
  type TensorContainer,
  type TensorLike,
  type TensorValues,
  tidy,
  Variable,
} from './tensor.ts'
export { buffer, TensorBuffer } from './tensor-buffer.ts'
export type { CompileArgs } from './training/compile.ts'
export type { EvaluateArgs } from './training/evaluate.ts'
export type { EvaluateDatasetArgs } from './training/evaluate-dataset.ts'
export type { FitArgs } from './training/fit.ts'
export type { FitDatasetArgs } from './training/fit-dataset.ts'
export type { NamedData, Weighting } from './training/pairs.ts'
export type { PredictArgs } from './training/predict.ts'
export type { Batch } from './training/rows.ts'
export type { Samples } from './training/samples.ts'
export { VERSION as version } from './version.ts'
export * as zoo from './zoo/index.ts'
