/** The kernels that a page of dense layers and plain convolutions needs, and those behind the methods of tensors. */

export { packB, packBTransposed, packFilterTransposed } from './pack'
export { matmulNN, matmulSmall } from './matmul'
export { conv2dForward, pad2d } from './conv2d'
export { conv2dGradFilter, conv2dGradInput } from './conv2d-grad'
export {
  winogradFilter, winogradFilterTransposed, winogradForward, winogradGrad, winogradGradFilter,
} from './winograd'
export {
  eluForward, eluGrad, leakyReluForward, leakyReluGrad, relu6Grad, reluForward, reluGrad,
  sigmoidForward, sigmoidGrad, softplusForward, softplusGrad, tanhForward, tanhGrad,
} from './activation'
export {
  castF32ToI32, castI32ToF32, castToBool, clip, clipGrad, fill, fillInt, i32ToBool, isNan, logicalNot,
  unaryAbs, unaryCeil, unaryExp, unaryExpm1, unaryFloor, unaryLog, unaryLog1p, unaryNeg, unaryReciprocal,
  unaryRound, unaryRsqrt, unarySign, unarySqrt, unarySquare,
} from './elementwise'
export {
  addInto, binaryAdd, binaryDiv, binaryMaximum, binaryMinimum, binaryMul, binaryPow,
  binarySquaredDifference, binarySub, compareEqual, compareGreater, compareGreaterEqual, compareLess,
  compareLessEqual, compareNotEqual, logicalAnd, logicalOr, select,
} from './binary'
export { reduceExtremeGrad, reduceMax, reduceMean, reduceMin, reduceProd, reduceSum } from './reduce'
export { argMax, argMin, reduceAll, reduceAny } from './reduce-index'
export {
  logSoftmaxForward, logSoftmaxGrad, softmaxCrossEntropyForward, softmaxCrossEntropyGrad, softmaxForward,
  softmaxGrad,
} from './softmax'
export { avgPool2dForward, avgPool2dGrad, maxPool2dForward, maxPool2dGrad } from './pool2d'
export { gatherRows, oneHot, scatterAddRows, stridedCopy, transpose2d } from './layout'
export { dropout, randomNormal, randomUniform, truncatedNormal } from './random'
export { adadeltaUpdate, adagradUpdate, adamUpdate, adamaxUpdate, momentumUpdate, rmspropUpdate, sgdUpdate } from './update'
