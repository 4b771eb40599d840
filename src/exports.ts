/** The public surface that Node and browsers have in common. No `node:` import may be reachable from here. */

export type { ActivationName } from './activations/table.ts'
export * as browser from './api/browser.ts'
export * as callbacks from './api/callbacks.ts'
export * as constraints from './api/constraints.ts'
export * as fused from './api/fused.ts'
export * as initializers from './api/initializers.ts'
export * as losses from './api/losses.ts'
export * as metrics from './api/metrics.ts'
export * as regularizers from './api/regularizers.ts'
export * as schedules from './api/schedules.ts'
export * as serialization from './api/serialization.ts'
export * as train from './api/train.ts'
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
export { add, addN, div, maximum, minimum, mul, pow, squaredDifference, sub } from './ops/arithmetic.ts'
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
export { depthwiseConv2d } from './ops/depthwise-conv2d.ts'
export { dropout } from './ops/dropout.ts'
export {
  broadcastTo,
  cast,
  clone,
  concat,
  expandDims,
  gather,
  oneHot,
  pad,
  reshape,
  reverse,
  slice,
  split,
  squeeze,
  stack,
  tile,
  transpose,
  unstack,
} from './ops/layout.ts'
export { matMul } from './ops/matmul.ts'
export { avgPool, maxPool } from './ops/pool2d.ts'
export { randomNormal, randomUniform, setSeed, truncatedNormal } from './ops/random.ts'
export { all, any, argMax, argMin, max, mean, min, moments, norm, prod, sum } from './ops/reduce.ts'
export { logSoftmax, logSumExp, softmax } from './ops/softmax.ts'
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
export type { NamedTensor, OptimizerArgs } from './optimizers/optimizer.ts'
export { Optimizer } from './optimizers/optimizer.ts'
export type { OptimizerName } from './optimizers/table.ts'
export { type KernelProfile, type ProfileInfo, profile } from './profile.ts'
export type { Regularizer } from './regularizers/table.ts'
export { type InitOptions, info, type RuntimeInfo, shutdown } from './runtime/runtime.ts'
export type { Schedule } from './schedules/table.ts'
export type { BatchShape, Padding, Pair, Shape } from './shape.ts'
export {
  type DataType,
  dispose,
  keep,
  type MemoryInfo,
  memory,
  Tensor,
  type TensorLike,
  type TensorValues,
  tidy,
  Variable,
} from './tensor.ts'
export type { CompileArgs } from './training/compile.ts'
export type { EvaluateArgs, EvaluateDatasetArgs } from './training/evaluate.ts'
export type { FitArgs } from './training/fit.ts'
export type { FitDatasetArgs } from './training/fit-dataset.ts'
export type { NamedData, Weighting } from './training/pairs.ts'
export type { PredictArgs } from './training/predict.ts'
export type { Batch } from './training/rows.ts'
export type { Samples } from './training/samples.ts'
export { VERSION as version } from './version.ts'
export * as zoo from './zoo/index.ts'
