/** The table by which model files find the layers. */

import { Activation, ELU, LeakyReLU, PReLU, ReLU, Softmax, ThresholdedReLU } from './activation.ts'
import { RandomBrightness, RandomContrast, RandomFlip } from './augmentation.ts'
import {
  Conv1D,
  Conv1DTranspose,
  Conv2D,
  Conv2DTranspose,
  DepthwiseConv1D,
  DepthwiseConv2D,
  SeparableConv1D,
  SeparableConv2D,
} from './convolution.ts'
import { Dense } from './dense.ts'
import { Dropout, SpatialDropout2D } from './dropout.ts'
import { Embedding } from './embedding.ts'
import { CategoryEncoding, Normalization } from './features.ts'
import { GroupNormalization, Identity, UnitNormalization } from './group-normalization.ts'
import { InputLayer } from './input.ts'
import type { Layer } from './layer.ts'
import { Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract } from './merge.ts'
import { AlphaDropout, GaussianDropout, GaussianNoise, SpatialDropout1D } from './noise.ts'
import { BatchNormalization, LayerNormalization } from './normalization.ts'
import {
  AveragePooling1D,
  AveragePooling2D,
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
  MaxPooling1D,
  MaxPooling2D,
} from './pooling.ts'
import { CenterCrop, Rescaling, Resizing } from './preprocessing.ts'
import { RandomCrop, RandomHeight, RandomWidth } from './random-sizes.ts'
import { RandomRotation, RandomTranslation, RandomZoom } from './random-transforms.ts'
import {
  Cropping1D,
  Cropping2D,
  Flatten,
  Permute,
  RepeatVector,
  Reshape,
  ZeroPadding1D,
  ZeroPadding2D,
} from './shaping.ts'
import { UpSampling1D, UpSampling2D } from './upsampling.ts'

/** Layers by the name that they have in model files. A new layer is its file and a line here. */
export const LAYER_TYPES: Readonly<Record<string, new (args: never) => Layer>> = {
  Activation,
  Add,
  AlphaDropout,
  Average,
  AveragePooling1D,
  AveragePooling2D,
  BatchNormalization,
  CategoryEncoding,
  CenterCrop,
  Concatenate,
  Conv1D,
  Conv1DTranspose,
  Conv2D,
  Conv2DTranspose,
  Cropping1D,
  Cropping2D,
  Dense,
  DepthwiseConv1D,
  DepthwiseConv2D,
  Dot,
  Dropout,
  ELU,
  Embedding,
  Flatten,
  GaussianDropout,
  GaussianNoise,
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalMaxPooling1D,
  GlobalMaxPooling2D,
  GroupNormalization,
  Identity,
  InputLayer,
  LayerNormalization,
  LeakyReLU,
  MaxPooling1D,
  MaxPooling2D,
  Maximum,
  Minimum,
  Multiply,
  Normalization,
  PReLU,
  Permute,
  RandomBrightness,
  RandomContrast,
  RandomCrop,
  RandomFlip,
  RandomHeight,
  RandomRotation,
  RandomTranslation,
  RandomWidth,
  RandomZoom,
  ReLU,
  RepeatVector,
  Rescaling,
  Reshape,
  Resizing,
  SeparableConv1D,
  SeparableConv2D,
  Softmax,
  SpatialDropout1D,
  SpatialDropout2D,
  Subtract,
  ThresholdedReLU,
  UnitNormalization,
  UpSampling1D,
  UpSampling2D,
  ZeroPadding1D,
  ZeroPadding2D,
}
