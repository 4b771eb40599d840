/** The activations that layers know by name. */

import { checkOneOf } from '../errors.ts'
import { elu, leakyRelu, relu, sigmoid, softplus, tanh } from '../ops/activation.ts'
import { logSoftmax, softmax } from '../ops/softmax.ts'
import type { Tensor } from '../tensor.ts'

type Activation = (x: Tensor) => Tensor

const ACTIVATIONS = {
  linear: (x) => x,
  relu: (x) => relu(x),
  leakyRelu: (x) => leakyRelu(x),
  elu: (x) => elu(x),
  sigmoid: (x) => sigmoid(x),
  tanh: (x) => tanh(x),
  softplus: (x) => softplus(x),
  softmax: (x) => softmax(x),
  logSoftmax: (x) => logSoftmax(x),
} as const satisfies Record<string, Activation>

/** relu, softmax, … */
export type ActivationName = keyof typeof ACTIVATIONS

export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as ActivationName[]

export function checkActivation(who: string, name: unknown): asserts name is ActivationName {
  checkOneOf(who, 'activation', name, ACTIVATION_NAMES)
}

export function activate(name: ActivationName, x: Tensor): Tensor {
  return ACTIVATIONS[name](x)
}
