/** Layers that drop values while training and pass all of them on otherwise. */

import { checkInteger, checkNumber } from '../errors.ts'
import { mul } from '../ops/arithmetic.ts'
import { ones } from '../ops/create.ts'
import { dropoutStream } from '../ops/dropout.ts'
import type { RandomStream } from '../ops/random.ts'
import type { BatchShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import {
  type CallContext,
  checkInput,
  Layer,
  type LayerArgs,
  type LayerConfig,
  type LayerFactory,
  layerFactory,
} from './layer.ts'

export interface DropoutArgs extends LayerArgs {
  /** The share of values that are set to 0, from 0 to below 1. */
  readonly rate: number
  /** Fixes the masks whatever the model's seed. */
  readonly seed?: number
}

abstract class DropoutLayer extends Layer {
  readonly rate: number
  readonly seed: number | undefined

  constructor(args: DropoutArgs) {
    super(args, ['rate', 'seed'])
    const who = this.name
    checkNumber(who, 'rate', args.rate, { min: 0, below: 1 })
    if (args.seed !== undefined) checkInteger(who, 'seed', args.seed)
    this.rate = args.rate
    this.seed = args.seed
  }

  override get isRandom(): boolean {
    return this.rate > 0
  }

  protected stream(context: CallContext): RandomStream {
    const stream = context.stream(this)
    return this.seed === undefined ? stream : { ...stream, seedLo: this.seed | 0, seedHi: 3 }
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed ?? null }
  }
}

/** Drops single values: Srivastava et al. 2014. */
export class Dropout extends DropoutLayer {
  static override readonly className = 'Dropout'

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    return inputShape
  }

  call(x: Tensor, context: CallContext): Tensor {
    if (!context.training || this.rate === 0) return x
    return dropoutStream(this.name, x, this.rate, this.stream(context))
  }
}

/** Drops whole channels: Tompson et al. 2015. */
export class SpatialDropout2D extends DropoutLayer {
  static override readonly className = 'SpatialDropout2D'

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    checkInput(this.name, inputShape, 4)
    return inputShape
  }

  call(x: Tensor, context: CallContext): Tensor {
    if (!context.training || this.rate === 0) return x
    const mask = dropoutStream(this.name, ones([x.shape[0]!, 1, 1, x.shape[3]!]), this.rate, this.stream(context))
    return mul(x, mask)
  }
}

/** Sets a share of the values to 0 while training and scales up the others. */
export const dropout: LayerFactory<DropoutArgs, Dropout> = /* @__PURE__ */ layerFactory(Dropout)

/** Sets a share of the channels to 0 while training and scales up the others. */
export const spatialDropout2d: LayerFactory<DropoutArgs, SpatialDropout2D> =
  /* @__PURE__ */ layerFactory(SpatialDropout2D)
