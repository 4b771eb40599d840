/** Layers that disturb values while training and pass them on otherwise. */

import { checkNumber } from '../errors.ts'
import { add, mul } from '../ops/arithmetic.ts'
import { ones } from '../ops/create.ts'
import { dropoutStream } from '../ops/dropout.ts'
import { randomStream } from '../ops/random.ts'
import type { BatchShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { DropoutLayer, SpatialDropout } from './dropout.ts'
import {
  type CallContext,
  checkInput,
  Layer,
  type LayerArgs,
  type LayerConfig,
  type LayerFactory,
  layerFactory,
} from './layer.ts'

/** What `layers.gaussianNoise` takes. */
export interface GaussianNoiseArgs extends LayerArgs {
  /** The standard deviation of what is added. */
  readonly stddev: number
  /** Fixes the noise whatever the model's seed. */
  readonly seed?: number
}

/** Adds normal noise. */
export class GaussianNoise extends Layer {
  static override readonly className = 'GaussianNoise'
  readonly stddev: number
  readonly seed: number | undefined

  constructor(args: GaussianNoiseArgs) {
    super(args, ['stddev', 'seed'])
    checkNumber(this.name, 'stddev', args.stddev, { min: 0 })
    this.stddev = args.stddev
    this.seed = args.seed
  }

  override get isRandom(): boolean {
    return this.stddev > 0
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    checkInput(this.name, inputShape, inputShape.length)
    return inputShape
  }

  call(x: Tensor, context: CallContext): Tensor {
    if (!context.training || this.stddev === 0) return x
    return add(x, randomStream('normal', x.shape, [0, this.stddev], context.stream(this, this.seed)))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), stddev: this.stddev, ...(this.seed !== undefined && { seed: this.seed }) }
  }
}

/** Multiplies by normal noise around 1, whose variance is rate / (1 − rate): Srivastava et al. 2014. */
export class GaussianDropout extends DropoutLayer {
  static override readonly className = 'GaussianDropout'

  call(x: Tensor, context: CallContext): Tensor {
    if (!context.training || this.rate === 0) return x
    const stddev = Math.sqrt(this.rate / (1 - this.rate))
    return mul(x, randomStream('normal', x.shape, [1, stddev], this.stream(context)))
  }

  override getConfig(): LayerConfig {
    return withoutNullSeed(super.getConfig())
  }
}

/** The value that selu tends to on the left: −scale · alpha of Klambauer et al. 2017. */
const SELU_FLOOR = -1.7580993408473766

/** Dropout for selu, which keeps mean and variance: Klambauer et al. 2017. */
export class AlphaDropout extends DropoutLayer {
  static override readonly className = 'AlphaDropout'

  call(x: Tensor, context: CallContext): Tensor {
    const { rate } = this
    if (!context.training || rate === 0) return x
    const keep = 1 - rate
    const factor = 1 / Math.sqrt(keep * (1 + rate * SELU_FLOOR * SELU_FLOOR))
    // What is kept is 1 here, what is dropped 0.
    const mask = mul(dropoutStream(this.name, ones(x.shape), rate, this.stream(context)), keep)
    const dropped = mul(add(mul(mask, -1), 1), SELU_FLOOR)
    return add(mul(add(mul(x, mask), dropped), factor), -factor * SELU_FLOOR * rate)
  }

  override getConfig(): LayerConfig {
    return withoutNullSeed(super.getConfig())
  }
}

/** TF.js knows no seed of these. */
function withoutNullSeed({ seed, ...config }: LayerConfig): LayerConfig {
  return seed === null ? config : { ...config, seed }
}

/** Drops whole channels of sequences. */
export class SpatialDropout1D extends SpatialDropout {
  static override readonly className = 'SpatialDropout1D'
  protected readonly rank = 3
}

type Rate = ConstructorParameters<typeof GaussianDropout>[0]

/**
 * Adds normal noise while training.
 * @param args stddev and seed
 * @example
 * console.log(layers.gaussianNoise({ stddev: 0.1 }).apply(ones([1, 4]), { training: true }).shape) // [ 1, 4 ]
 */
export const gaussianNoise: LayerFactory<GaussianNoiseArgs, GaussianNoise> = /* @__PURE__ */ layerFactory(GaussianNoise)
/**
 * Multiplies by normal noise of mean 1 while training: Srivastava et al. 2014.
 * @param args rate, from 0 to below 1, and seed
 * @example
 * console.log(layers.gaussianDropout({ rate: 0.5 }).apply(ones([1, 4]), { training: true }).shape) // [ 1, 4 ]
 */
export const gaussianDropout: LayerFactory<Rate, GaussianDropout> = /* @__PURE__ */ layerFactory(GaussianDropout)
/**
 * Dropout for networks of selu, which keeps mean and variance: Klambauer et al. 2017.
 * @param args rate, from 0 to below 1, and seed
 * @example
 * console.log(layers.alphaDropout({ rate: 0.5 }).apply(ones([1, 4]), { training: true }).shape) // [ 1, 4 ]
 */
export const alphaDropout: LayerFactory<Rate, AlphaDropout> = /* @__PURE__ */ layerFactory(AlphaDropout)
/**
 * Sets a share of the channels of sequences to 0 while training and scales up the others.
 * @param args rate, from 0 to below 1, and seed
 * @example
 * console.log(layers.spatialDropout1d({ rate: 0.5 }).apply(ones([1, 10, 4])).shape) // [ 1, 10, 4 ]
 */
export const spatialDropout1d: LayerFactory<Rate, SpatialDropout1D> = /* @__PURE__ */ layerFactory(SpatialDropout1D)
