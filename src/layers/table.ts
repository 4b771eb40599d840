/** The table by which model files find the layers. */

import { Activation, ELU, LeakyReLU, ReLU, Softmax } from './activation.ts'
import { Conv2D, DepthwiseConv2D } from './convolution.ts'
import { Dense } from './dense.ts'
import { Dropout, SpatialDropout2D } from './dropout.ts'
import { InputLayer } from './input.ts'
import type { Layer } from './layer.ts'
import { AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D } from './pooling.ts'
import { Flatten, Reshape, ZeroPadding2D } from './shaping.ts'

/** Layers by the name that they have in model files. A new layer is its file and a line here. */
export const LAYER_TYPES: Readonly<Record<string, new (args: never) => Layer>> = {
  Activation,
  AveragePooling2D,
  Conv2D,
  Dense,
  DepthwiseConv2D,
  Dropout,
  ELU,
  Flatten,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  InputLayer,
  LeakyReLU,
  MaxPooling2D,
  ReLU,
  Reshape,
  Softmax,
  SpatialDropout2D,
  ZeroPadding2D,
}
