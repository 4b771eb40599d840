/**
 * Keras's layers that change images while training alone: mirrored, and in brightness and contrast. What is random comes
 * from the pass's stream, so a seed gives the same images on every engine.
 */

import { ArgumentError, checkInteger, checkNumber, checkOneOf, show } from '../errors.ts'
import { add, mul, sub } from '../ops/arithmetic.ts'
import { greaterEqual, where } from '../ops/compare.ts'
import { reverse } from '../ops/layout.ts'
import { randomStream } from '../ops/random.ts'
import { mean } from '../ops/reduce.ts'
import { slice } from '../ops/slices.ts'
import { clipByValue } from '../ops/unary.ts'
import type { BatchShape } from '../shape.ts'
import { type Tensor, tidy } from '../tensor.ts'
import {
  type CallContext,
  checkInput,
  Layer,
  type LayerArgs,
  type LayerConfig,
  type LayerFactory,
  layerFactory,
  type OptionalLayerFactory,
  optionalLayerFactory,
} from './layer.ts'

/** What layers that change images at random take. */
export interface RandomArgs extends LayerArgs {
  /** Fixes what is drawn whatever the model's seed. */
  readonly seed?: number
}

/** What changes images while training alone. */
export abstract class Augmentation extends Layer {
  readonly seed: number | undefined

  constructor(args: RandomArgs, own: readonly string[]) {
    super(args, ['seed', ...own])
    if (args.seed !== undefined && args.seed !== null) checkInteger(this.name, 'seed', args.seed)
    this.seed = args.seed ?? undefined
  }

  override get isRandom(): boolean {
    return true
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    checkInput(this.name, inputShape, 4)
    return inputShape
  }

  call(x: Tensor, context: CallContext): Tensor {
    if (!context.training) return x
    return tidy(() => {
      const draw = (low: number, high: number, last = 1): Tensor => {
        const stream = context.stream(this, this.seed)
        return randomStream('uniform', [x.shape[0]!, 1, 1, last], [low, high], stream)
      }
      return this.changed(x, draw)
    })
  }

  /** @param draw a number for each image between two, [B, 1, 1, 1], or several */
  protected abstract changed(x: Tensor, draw: (low: number, high: number, last?: number) => Tensor): Tensor

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), seed: this.seed ?? null }
  }
}

const MODES = ['horizontal', 'vertical', 'horizontal_and_vertical'] as const

/** What `layers.randomFlip` takes. */
export interface RandomFlipArgs extends RandomArgs {
  /** Default 'horizontal_and_vertical'. */
  readonly mode?: (typeof MODES)[number] | 'horizontalAndVertical'
}

/** Mirrors every other image, by chance: along each axis that `mode` names. */
export class RandomFlip extends Augmentation {
  static override readonly className = 'RandomFlip'
  readonly mode: (typeof MODES)[number]

  constructor(args: RandomFlipArgs = {}) {
    super(args, ['mode'])
    const { mode = 'horizontal_and_vertical' } = args
    const plain = mode === 'horizontalAndVertical' ? 'horizontal_and_vertical' : mode
    checkOneOf(this.name, 'mode', plain, MODES)
    this.mode = plain
  }

  protected changed(x: Tensor, draw: (low: number, high: number, last?: number) => Tensor): Tensor {
    const coins = draw(0, 1, 2)
    const flipped = (image: Tensor, axis: number, coin: number): Tensor => {
      const tails = greaterEqual(slice(coins, [0, 0, 0, coin], [-1, -1, -1, 1]), 0.5)
      return where(tails, reverse(image, axis), image)
    }
    const across = this.mode === 'vertical' ? x : flipped(x, 2, 0)
    return this.mode === 'horizontal' ? across : flipped(across, 1, 1)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), mode: this.mode }
  }
}

/** A factor, or [lower, upper]. */
export type Range = number | readonly [number, number]

export function checkRange(who: string, argument: string, given: unknown): readonly [number, number] {
  const [low, high] = Array.isArray(given) ? (given as unknown[]) : [typeof given === 'number' ? -given : given, given]
  checkNumber(who, argument, low)
  checkNumber(who, argument, high, { min: low })
  if (!Array.isArray(given) || given.length === 2) return [low, high]
  throw new ArgumentError({ who, expected: `${argument} to be a number or [lower, upper]`, received: show(given) })
}

/** What `layers.randomContrast` takes. */
export interface RandomContrastArgs extends RandomArgs {
  /** Contrast becomes 1 − factor to 1 + factor of what it was; or [lower, upper] for 1 − lower to 1 + upper. */
  readonly factor: Range
}

/** Moves the pixels of each channel away from their mean, or towards it. */
export class RandomContrast extends Augmentation {
  static override readonly className = 'RandomContrast'
  readonly factor: Range

  constructor(args: RandomContrastArgs) {
    super(args, ['factor'])
    const { factor } = args
    for (const each of Array.isArray(factor) ? factor : [factor]) checkNumber(this.name, 'factor', each, { min: 0 })
    this.factor = factor
  }

  protected changed(x: Tensor, draw: (low: number, high: number) => Tensor): Tensor {
    const [lower, upper] = typeof this.factor === 'number' ? [this.factor, this.factor] : this.factor
    const centre = mean(x, [1, 2], true)
    return add(mul(sub(x, centre), draw(1 - lower, 1 + upper)), centre)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), factor: this.factor }
  }
}

/** What `layers.randomBrightness` takes. */
export interface RandomBrightnessArgs extends RandomArgs {
  /** What is added at most, as a share of the range of values: −factor to factor, or [lower, upper]. */
  readonly factor: Range
  /** The range of values, within which they stay. Default [0, 255]. */
  readonly valueRange?: readonly [number, number]
}

/** Adds a number to all pixels of an image. */
export class RandomBrightness extends Augmentation {
  static override readonly className = 'RandomBrightness'
  readonly factor: Range
  readonly valueRange: readonly [number, number]

  constructor(args: RandomBrightnessArgs) {
    super(args, ['factor', 'valueRange'])
    checkRange(this.name, 'factor', args.factor)
    this.factor = args.factor
    this.valueRange = checkRange(this.name, 'valueRange', args.valueRange ?? [0, 255])
  }

  protected changed(x: Tensor, draw: (low: number, high: number) => Tensor): Tensor {
    const [lower, upper] = checkRange(this.name, 'factor', this.factor)
    const [low, high] = this.valueRange
    return clipByValue(add(x, mul(draw(lower, upper), high - low)), low, high)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), factor: this.factor, valueRange: this.valueRange }
  }
}

/**
 * Mirrors images by chance while training.
 * @param args mode, default 'horizontal_and_vertical', and seed
 * @example
 * const flip = layers.randomFlip({ mode: 'horizontal', seed: 1 })
 * console.log(flip.apply(ones([1, 8, 8, 3]), { training: true }).shape) // [ 1, 8, 8, 3 ]
 */
export const randomFlip: OptionalLayerFactory<RandomFlipArgs, RandomFlip> =
  /* @__PURE__ */ optionalLayerFactory(RandomFlip)
/**
 * Changes the contrast of images while training.
 * @param args factor and seed
 * @example
 * const contrast = layers.randomContrast({ factor: 0.2 })
 * console.log(contrast.apply(ones([1, 8, 8, 3]), { training: true }).shape) // [ 1, 8, 8, 3 ]
 */
export const randomContrast: LayerFactory<RandomContrastArgs, RandomContrast> =
  /* @__PURE__ */ layerFactory(RandomContrast)
/**
 * Changes the brightness of images while training.
 * @param args factor, valueRange and seed
 * @example
 * const bright = layers.randomBrightness({ factor: 0.2, valueRange: [0, 1] })
 * console.log(bright.apply(ones([1, 8, 8, 3]), { training: true }).shape) // [ 1, 8, 8, 3 ]
 */
export const randomBrightness: LayerFactory<RandomBrightnessArgs, RandomBrightness> =
  /* @__PURE__ */ layerFactory(RandomBrightness)
