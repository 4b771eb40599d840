/** The layer that does nothing but tell the shape of the input. */

import type { BatchShape, Shape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { Layer, type LayerArgs, type Rooted } from './layer.ts'

export interface InputLayerArgs extends LayerArgs {
  /** The shape of one sample, without the batch. */
  readonly inputShape: Shape
}

export class InputLayer extends Layer {
  readonly className = 'InputLayer'

  constructor(args: InputLayerArgs) {
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
