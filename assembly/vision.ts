/** The kernels of layers and image operations that are not in every network. */

export {
  depthwiseConv2dForward, depthwiseConv2dGradFilter, depthwiseConv2dGradInput, depthwiseConv2dPack,
} from './depthwise-conv2d'
export {
  batchNormCoefficients, batchNormForward, batchNormGradInput, batchNormGradMoments, batchNormGradSums,
  batchNormMoments, batchNormSums,
} from './batch-norm'
export { resampleForward, resampleGrad } from './resample'
export { transformForward, transformGrad } from './transform'
