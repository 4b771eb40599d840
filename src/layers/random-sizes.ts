/** Keras's layers that cut or stretch images while training: all images of a batch alike, since they are one tensor. */

import { checkInteger, checkNumber } from '../errors.ts'
import { randomStream } from '../ops/random.ts'
import type { BatchShape } from '../shape.ts'
import { type Tensor, tidy } from '../tensor.ts'
import { checkRange, type RandomArgs, type Range } from './augmentation.ts'
import { type CallContext, checkInput, Layer, type LayerConfig, type LayerFactory, layerFactory } from './layer.ts'
import {
  checkInterpolation,
  type ResizingInterpolation,
  resizedTo,
  type SizeArgs,
  SizedLayer,
} from './preprocessing.ts'

function checkSeed(who: string, seed: unknown): number | undefined {
  if (seed !== undefined && seed !== null) checkInteger(who, 'seed', seed)
  return seed ?? undefined
}

/** Numbers in [0, 1) for a pass. */
function drawn(layer: Layer & { readonly seed: number | undefined }, count: number, context: CallContext): number[] {
  const values = tidy(() => randomStream('uniform', [count], [0, 1], context.stream(layer, layer.seed)).dataSync())
  return [...values]
}

/** What `layers.randomCrop` takes. */
export interface RandomCropArgs extends SizeArgs {
  /** Fixes what is drawn whatever the model's seed. */
  readonly seed?: number
}

/**
 * Cuts out a piece at a random place while training, one place for all images of a batch; otherwise the middle. Images
 * that are too small give their middle with these proportions, enlarged.
 */
export class RandomCrop extends SizedLayer {
  static override readonly className = 'RandomCrop'
  readonly seed: number | undefined

  constructor(args: RandomCropArgs) {
    super(args, ['seed'])
    this.seed = checkSeed(this.name, args.seed)
  }

  override get isRandom(): boolean {
    return true
  }

  call(x: Tensor, context: CallContext): Tensor {
    if (!context.training) return this.cropped(x, (slack) => slack >> 1)
    const shares = drawn(this, 2, context)
    return this.cropped(x, (slack, axis) => Math.floor(shares[axis]! * (slack + 1)))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), seed: this.seed ?? null }
  }
}

/** What `layers.randomWidth` and `layers.randomHeight` take. */
export interface RandomSizeArgs extends RandomArgs {
  /** The size becomes 1 − factor to 1 + factor of what it was; or [lower, upper] for 1 + lower to 1 + upper. */
  readonly factor: Range
  /** Default 'bilinear'. */
  readonly interpolation?: ResizingInterpolation
  /** As TF.js writes it: whether the images of a batch are handled at once, which they are. */
  readonly autoVectorize?: boolean
}

abstract class RandomSize extends Layer {
  readonly factor: Range
  readonly interpolation: ResizingInterpolation
  readonly seed: number | undefined

  constructor(args: RandomSizeArgs) {
    super(args, ['factor', 'interpolation', 'seed', 'autoVectorize'])
    const [low] = checkRange(this.name, 'factor', args.factor)
    checkNumber(this.name, 'factor', low, { above: -1 })
    this.factor = args.factor
    this.interpolation = checkInterpolation(this.name, args.interpolation)
    this.seed = checkSeed(this.name, args.seed)
  }

  /** Of [B, H, W, C]. */
  protected abstract readonly axis: 1 | 2

  override get isRandom(): boolean {
    return true
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    checkInput(this.name, inputShape, 4)
    return inputShape.map((size, axis) => (axis === this.axis ? null : size))
  }

  call(x: Tensor, context: CallContext): Tensor {
    if (!context.training) return x
    const [low, high] = checkRange(this.name, 'factor', this.factor)
    const size = x.shape[this.axis]!
    const [share] = drawn(this, 1, context)
    const changed = Math.max(1, Math.floor(size * (1 + low + (high - low) * share!)))
    const [, H, W] = x.shape as readonly [number, number, number]
    return resizedTo(x, this.axis === 1 ? changed : H, this.axis === 2 ? changed : W, this.interpolation)
  }

  override getConfig(): LayerConfig {
    const { factor, interpolation } = this
    return { ...super.getConfig(), factor, interpolation, seed: this.seed ?? null }
  }
}

/** Stretches images across while training. */
export class RandomWidth extends RandomSize {
  static override readonly className = 'RandomWidth'
  protected readonly axis = 2
}

/** Stretches images down while training. */
export class RandomHeight extends RandomSize {
  static override readonly className = 'RandomHeight'
  protected readonly axis = 1
}

/**
 * Cuts pieces out of images at random places while training.
 * @param args height, width and seed
 * @example
 * console.log(layers.randomCrop({ height: 24, width: 24 }).apply(zeros([1, 32, 32, 3]), { training: true }).shape)
 * // [ 1, 24, 24, 3 ]
 */
export const randomCrop: LayerFactory<RandomCropArgs, RandomCrop> = /* @__PURE__ */ layerFactory(RandomCrop)
/**
 * Changes the width of images while training.
 * @param args factor, interpolation and seed
 * @example
 * const wider = layers.randomWidth({ factor: [0.5, 0.5] })
 * console.log(wider.apply(zeros([1, 10, 10, 3]), { training: true }).shape) // [ 1, 10, 15, 3 ]
 */
export const randomWidth: LayerFactory<RandomSizeArgs, RandomWidth> = /* @__PURE__ */ layerFactory(RandomWidth)
/**
 * Changes the height of images while training.
 * @param args factor, interpolation and seed
 * @example
 * const higher = layers.randomHeight({ factor: [0.5, 0.5] })
 * console.log(higher.apply(zeros([1, 10, 10, 3]), { training: true }).shape) // [ 1, 15, 10, 3 ]
 */
export const randomHeight: LayerFactory<RandomSizeArgs, RandomHeight> = /* @__PURE__ */ layerFactory(RandomHeight)
