/** Layers that drop values while training and pass all of them on otherwise. */

import { ArgumentError, checkInteger, checkNumber, ShapeError, show, showShape } from '../errors.ts'
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

/** What layers that drop values take. */
export interface DropoutArgs extends LayerArgs {
  /** The share of values that are set to 0, from 0 to below 1. */
  readonly rate: number
  /** Fixes the masks whatever the model's seed: equal seeds drop the same at the same pass. */
  readonly seed?: number
}

export abstract class DropoutLayer extends Layer {
  readonly rate: number
  readonly seed: number | undefined

  constructor(args: DropoutArgs, own: readonly string[] = []) {
    super(args, ['rate', 'seed', ...own])
    const who = this.name
    checkNumber(who, 'rate', args.rate, { min: 0, below: 1 })
    if (args.seed !== undefined && args.seed !== null) checkInteger(who, 'seed', args.seed)
    this.rate = args.rate
    this.seed = args.seed ?? undefined
  }

  override get isRandom(): boolean {
    return this.rate > 0
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    checkInput(this.name, inputShape, inputShape.length)
    return inputShape
  }

  protected stream(context: CallContext): RandomStream {
    return context.stream(this, this.seed)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed ?? null }
  }
}

/** What `layers.dropout` takes. */
export interface NoiseShapeArgs extends DropoutArgs {
  /** The shape of the mask with the batch first; null where it is that of the input, 1 where one value serves all. */
  readonly noiseShape?: readonly (number | null)[] | null
}

/** Drops single values: Srivastava et al. 2014. */
export class Dropout extends DropoutLayer {
  static override readonly className = 'Dropout'
  readonly noiseShape: readonly (number | null)[] | undefined

  constructor(args: NoiseShapeArgs) {
    super(args, ['noiseShape'])
    const { noiseShape } = args
    if (noiseShape === undefined || noiseShape === null) return
    if (!Array.isArray(noiseShape) || !noiseShape.every((size) => size === null || Number.isInteger(size))) {
      const expected = 'noiseShape to be a shape with the batch first'
      throw new ArgumentError({ who: this.name, expected, received: show(noiseShape) })
    }
    this.noiseShape = noiseShape
  }

  call(x: Tensor, context: CallContext): Tensor {
    if (!context.training || this.rate === 0) return x
    const stream = this.stream(context)
    if (this.noiseShape === undefined) return dropoutStream(this.name, x, this.rate, stream)
    const shape = x.shape.map((size, axis) => this.noiseShape?.[axis] ?? size)
    if (this.noiseShape.length !== x.rank || !shape.every((size, axis) => size === 1 || size === x.shape[axis])) {
      const expected = `input that the noiseShape ${showShape(this.noiseShape)} stretches to`
      throw new ShapeError({ who: this.name, expected, received: showShape(x.shape) })
    }
    return mul(x, dropoutStream(this.name, ones(shape), this.rate, stream))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), noiseShape: this.noiseShape ?? null }
  }
}

/** Drops whole channels, of images or sequences: Tompson et al. 2015. */
export abstract class SpatialDropout extends DropoutLayer {
  /** The rank of the input: with the batch first and the channels last. */
  protected abstract readonly rank: number

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    checkInput(this.name, inputShape, this.rank)
    return inputShape
  }

  call(x: Tensor, context: CallContext): Tensor {
    if (!context.training || this.rate === 0) return x
    const shape = x.shape.map((size, axis) => (axis === 0 || axis === this.rank - 1 ? size : 1))
    return mul(x, dropoutStream(this.name, ones(shape), this.rate, this.stream(context)))
  }
}

/** Drops whole channels of images. */
export class SpatialDropout2D extends SpatialDropout {
  static override readonly className = 'SpatialDropout2D'
  protected readonly rank = 4
}

/**
 * Sets a share of the values to 0 while training and scales up the others: Srivastava et al. 2014.
 * @param args rate, from 0 to below 1, noiseShape and seed
 * @example
 * // Where the model does not train, nothing is dropped.
 * layers.dropout({ rate: 0.5 }).apply(ones([1, 3])).print() // [[1, 1, 1]]
 */
export const dropout: LayerFactory<NoiseShapeArgs, Dropout> = /* @__PURE__ */ layerFactory(Dropout)

/**
 * Sets a share of the channels to 0 while training and scales up the others: Tompson et al. 2015.
 * @param args rate, from 0 to below 1, and seed
 * @example
 * console.log(layers.spatialDropout2d({ rate: 0.5 }).apply(ones([1, 4, 4, 8])).shape) // [ 1, 4, 4, 8 ]
 */
export const spatialDropout2d: LayerFactory<DropoutArgs, SpatialDropout2D> =
  /* @__PURE__ */ layerFactory(SpatialDropout2D)
