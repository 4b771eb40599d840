/** The table by which model files find the layers. */

import { Activation, ELU, LeakyReLU, PReLU, ReLU, Softmax, ThresholdedReLU } from './activation.ts'
import { Conv2D, DepthwiseConv2D } from './convolution.ts'
import { Dense } from './dense.ts'
import { Dropout, SpatialDropout2D } from './dropout.ts'
import { InputLayer } from './input.ts'
import type { Layer } from './layer.ts'
import { Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract } from './merge.ts'
import { BatchNormalization, LayerNormalization } from './normalization.ts'
import { AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D } from './pooling.ts'
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
  Average,
  AveragePooling2D,
  BatchNormalization,
  Concatenate,
  Conv2D,
  Cropping1D,
  Cropping2D,
  Dense,
  DepthwiseConv2D,
  Dot,
  Dropout,
  ELU,
  Flatten,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  InputLayer,
  LayerNormalization,
  LeakyReLU,
  MaxPooling2D,
  Maximum,
  Minimum,
  Multiply,
  PReLU,
  Permute,
  ReLU,
  RepeatVector,
  Reshape,
  Softmax,
  SpatialDropout2D,
  Subtract,
  ThresholdedReLU,
  UpSampling1D,
  UpSampling2D,
  ZeroPadding1D,
  ZeroPadding2D,
}
