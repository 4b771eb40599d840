/** The types of what the factories of the namespace `layers` take. */

export type {
  ActivationArgs,
  AlphaArgs,
  PReLUArgs,
  ReLUArgs,
  SoftmaxArgs,
  ThresholdedReLUArgs,
} from './activation.ts'
export type { RandomArgs, RandomBrightnessArgs, RandomContrastArgs, RandomFlipArgs } from './augmentation.ts'
export type {
  Conv1DArgs,
  Conv1DTransposeArgs,
  Conv2DArgs,
  Conv2DTransposeArgs,
  DepthwiseConv1DArgs,
  DepthwiseConv2DArgs,
  SeparableConv1DArgs,
  SeparableConv2DArgs,
} from './convolution.ts'
export type { DenseArgs } from './dense.ts'
export type { DropoutArgs, NoiseShapeArgs } from './dropout.ts'
export type { EmbeddingArgs } from './embedding.ts'
export type { CategoryEncodingArgs, NormalizationLayerArgs } from './features.ts'
export type { InputLayerArgs } from './input.ts'
export type { ConcatenateArgs, DotArgs } from './merge.ts'
export type { GaussianNoiseArgs } from './noise.ts'
export type { BatchNormalizationArgs, LayerNormalizationArgs } from './normalization.ts'
export type { GlobalPoolingArgs, Pooling1DArgs, Pooling2DArgs } from './pooling.ts'
export type { RescalingArgs, ResizingArgs, SizeArgs } from './preprocessing.ts'
export type { RandomCropArgs, RandomSizeArgs } from './random-sizes.ts'
export type {
  RandomRotationArgs,
  RandomTransformArgs,
  RandomTranslationArgs,
  RandomZoomArgs,
} from './random-transforms.ts'
export type {
  Cropping1DArgs,
  Cropping2DArgs,
  FlattenArgs,
  PermuteArgs,
  RepeatVectorArgs,
  ReshapeArgs,
  ZeroPadding1DArgs,
  ZeroPadding2DArgs,
} from './shaping.ts'
export type { UpSampling1DArgs, UpSampling2DArgs } from './upsampling.ts'
