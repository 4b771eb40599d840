/** The networks and optimizers to choose from, made by their names. */

import { type LayersModel, type Sequential, train, zoo } from 'quadlane'
import type { NetworkName, OptimizerName, Settings } from '../settings.ts'
import { ownNetwork } from './own-network.ts'

const OPTIMIZERS = {
  adam: (rate) => train.adam(rate),
  adamw: (rate) => train.adamw(rate),
  momentum: (rate) => train.momentum(rate, 0.9),
  sgd: (rate) => train.sgd(rate),
  rmsprop: (rate) => train.rmsprop(rate),
  adagrad: (rate) => train.adagrad(rate),
} as const satisfies Record<OptimizerName, (rate: number) => train.Optimizer>

/** One by one, so that the page loads no others. */
const READY_MADE = { lenet: zoo.lenet, lenet5: zoo.lenet5, mlp: zoo.mlp } as const

/** A network that has learned nothing yet. */
export function makeNetwork(network: NetworkName, settings: Settings) {
  const { seed, layers } = settings
  const model: Sequential = network === 'own' ? ownNetwork(layers, seed) : READY_MADE[network]({ seed })
  compile(model, settings)
  return model
}

export function compile(model: LayersModel, { optimizer, learningRate }: Pick<Settings, 'optimizer' | 'learningRate'>) {
  const metrics = ['accuracy'] as const
  model.compile({ optimizer: OPTIMIZERS[optimizer](learningRate), loss: 'categoricalCrossentropy', metrics })
}
