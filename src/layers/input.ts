/** The layer that does nothing but tell the shape of the input. */

import { checkOptions } from '../errors.ts'
import type { BatchShape, Shape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { Layer, type Rooted } from './layer.ts'

export interface InputLayerArgs {
  /** The shape of one sample, without the batch. */
  readonly inputShape: Shape
  readonly name?: string
}

export class InputLayer extends Layer {
  readonly className = 'InputLayer'

  constructor(args: InputLayerArgs) {
    checkOptions('input', args, ['inputShape', 'name'])
    super(args.name ?? 'input', args, [])
  }

  override get typeName(): string {
    return 'input'
  }

  computeOutputShape(inputShape: BatchShape): BatchShape {
    return inputShape
  }

  call(x: Tensor): Tensor {
    return x
  }
}

/** Tells a model the shape of its input. */
export function inputLayer(args: InputLayerArgs): Rooted<InputLayer> {
  return new InputLayer(args) as Rooted<InputLayer>
}
