/** What a user may choose, and what it may be. The names are those of quadlane's `zoo` and `train`. */

import { FIRST_LAYERS, type LayerSpec } from './builder/layers.ts'

export const NETWORKS = {
  lenet: 'LeNet, the lecture’s',
  lenet5: 'LeNet-5 of 1998',
  mlp: 'MLP, no convolutions',
  own: 'Build your own',
} as const

export const OPTIMIZERS = {
  adam: 'Adam',
  adamw: 'AdamW',
  momentum: 'Momentum',
  sgd: 'SGD',
  rmsprop: 'RMSProp',
  adagrad: 'Adagrad',
} as const

export const BATCH_SIZES = [16, 32, 64, 128, 256] as const
export const LEARNING_RATES = [0.0001, 0.0003, 0.001, 0.002, 0.003, 0.01, 0.03, 0.1] as const

export type NetworkName = keyof typeof NETWORKS
export type OptimizerName = keyof typeof OPTIMIZERS
export type DataName = 'digits' | 'mnist'

export interface Settings {
  readonly network: NetworkName
  /** Those of a network of one's own. */
  readonly layers: readonly LayerSpec[]
  readonly optimizer: OptimizerName
  readonly learningRate: number
  readonly batchSize: number
  readonly epochs: number
  /** What weights, shuffling and dropout come from. */
  readonly seed: number
  readonly threads: number | 'auto'
  readonly data: DataName
}

export const DEFAULTS: Settings = {
  network: 'lenet',
  layers: FIRST_LAYERS,
  optimizer: 'adam',
  // Twice the usual: nine of ten digits are read after two thirds of the steps, and as many after three epochs.
  learningRate: 0.002,
  batchSize: 64,
  epochs: 3,
  seed: 1,
  threads: 'auto',
  data: 'digits',
}
