/**
 * What a matmul or a convolution does to each element before it stores it: add the bias, apply the activation. Only
 * activations whose gradient can be told from the output are fused; the others run as an op of their own.
 */

import { isRecording } from '../autograd.ts'
import type { Tensor } from '../tensor.ts'
import { allocate, record } from './op.ts'
import { sum } from './sum.ts'

/** The codes of the kernels' `activation` parameter. */
const CODES = { linear: 0, relu: 1, relu6: 2 } as const

export type EpilogueActivation = keyof typeof CODES

export function isEpilogueActivation(name: string): name is EpilogueActivation {
  return name in CODES
}

export function epilogueCode(activation: EpilogueActivation): number {
  return CODES[activation]
}

/**
 * The gradient before the activation, from the gradient after it and the output. It takes the place of dy where nobody
 * else holds that: the gradient of a large activation exists once.
 */
export function epilogueGrad(who: string, activation: EpilogueActivation, dy: Tensor, y: Tensor): Tensor {
  if (activation === 'linear') return dy
  const inPlace = !dy.storage(who).shared && !isRecording([dy, y])
  const dz = inPlace ? dy : allocate(who, dy.shape)
  dz.storage(who).owner.run(`${activation}Grad`, dz.size, dy.at(who), y.at(who), dz.at(who))
  return inPlace ? dz : record(`${who}, ${activation}Grad`, [dy, y], dz)
}

/** The gradient of a bias along the last axis. */
export function biasGrad(dy: Tensor): Tensor {
  return sum(
    dy,
    dy.shape.slice(0, -1).map((_, axis) => axis),
  )
}
