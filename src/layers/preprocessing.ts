/**
 * Keras's layers that prepare images: scaled, cropped, and, while training alone, mirrored and changed in brightness and
 * contrast. What is random comes from the pass's stream, so a seed gives the same images on every engine.
 */

import { ArgumentError, checkInteger, checkNumber, checkOneOf, ShapeError, show, showShape } from '../errors.ts'
import { add, mul, sub } from '../ops/arithmetic.ts'
import { greaterEqual, where } from '../ops/compare.ts'
import { reverse, slice } from '../ops/layout.ts'
import { randomStream } from '../ops/random.ts'
import { mean } from '../ops/reduce.ts'
import { clipByValue } from '../ops/unary.ts'
import type { BatchShape } from '../shape.ts'
import { fromValues, type Tensor, tidy } from '../tensor.ts'
import { streamWith } from './dropout.ts'
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

export interface RescalingArgs extends LayerArgs {
  /** The factor, or one per channel: 1 / 255 for pixels. */
  readonly scale: number | readonly number[]
  /** What is added, or one number per channel. Default 0. */
  readonly offset?: number | readonly number[]
}

/** x · scale + offset */
export class Rescaling extends Layer {
  static override readonly className = 'Rescaling'
  readonly scale: number | readonly number[]
  readonly offset: number | readonly number[]

  constructor(args: RescalingArgs) {
    super(args, ['scale', 'offset'])
    this.scale = checkFactors(this.name, 'scale', args.scale)
    this.offset = checkFactors(this.name, 'offset', args.offset ?? 0)
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    checkInput(this.name, inputShape, inputShape.length)
    for (const factors of [this.scale, this.offset]) {
      if (typeof factors === 'number' || factors.length === inputShape.at(-1)) continue
      const expected = `input with ${factors.length} channels, as there are factors`
      throw new ShapeError({ who: this.name, expected, received: showShape(inputShape) })
    }
    return inputShape
  }

  call(x: Tensor): Tensor {
    const by = (factors: number | readonly number[]): Tensor =>
      typeof factors === 'number'
        ? fromValues(this.name, [factors], [])
        : fromValues(this.name, factors, [factors.length])
    return tidy(() => add(mul(x, by(this.scale)), by(this.offset)))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), scale: this.scale, offset: this.offset }
  }
}

function checkFactors(who: string, argument: string, given: unknown): number | readonly number[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (list.length === 0) throw new ArgumentError({ who, expected: `${argument} to be numbers`, received: 'none' })
  for (const each of list) checkNumber(who, argument, each)
  return given as number | readonly number[]
}

export interface CenterCropArgs extends LayerArgs {
  readonly height: number
  readonly width: number
}

/** The middle of images. */
export class CenterCrop extends Layer {
  static override readonly className = 'CenterCrop'
  readonly height: number
  readonly width: number

  constructor(args: CenterCropArgs) {
    super(args, ['height', 'width'])
    checkInteger(this.name, 'height', args.height, 1)
    checkInteger(this.name, 'width', args.width, 1)
    this.height = args.height
    this.width = args.width
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const [H = null, W = null, C = null] = checkInput(this.name, inputShape, 4)
    if ((H !== null && H < this.height) || (W !== null && W < this.width)) {
      const expected = `images of at least ${this.height} x ${this.width}`
      throw new ShapeError({ who: this.name, expected, received: showShape(inputShape), hint: 'enlarge them first' })
    }
    return [inputShape[0] ?? null, this.height, this.width, C]
  }

  call(x: Tensor): Tensor {
    this.computeOutputShape(x.shape)
    const [, H, W] = x.shape as readonly [number, number, number]
    const [top, left] = [(H - this.height) >> 1, (W - this.width) >> 1]
    return slice(x, [0, top, left, 0], [-1, this.height, this.width, -1])
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), height: this.height, width: this.width }
  }
}

export interface RandomArgs extends LayerArgs {
  /** Fixes what is drawn whatever the model's seed. */
  readonly seed?: number
}

/** What changes images while training alone. */
abstract class Augmentation extends Layer {
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
        const stream = streamWith(context.stream(this), this.seed)
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
type Range = number | readonly [number, number]

function checkRange(who: string, argument: string, given: unknown): readonly [number, number] {
  const [low, high] = Array.isArray(given) ? (given as unknown[]) : [typeof given === 'number' ? -given : given, given]
  checkNumber(who, argument, low)
  checkNumber(who, argument, high, { min: low })
  if (!Array.isArray(given) || given.length === 2) return [low, high]
  throw new ArgumentError({ who, expected: `${argument} to be a number or [lower, upper]`, received: show(given) })
}

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

/** Computes x · scale + offset. */
export const rescaling: LayerFactory<RescalingArgs, Rescaling> = /* @__PURE__ */ layerFactory(Rescaling)
/** Takes the middle of images. */
export const centerCrop: LayerFactory<CenterCropArgs, CenterCrop> = /* @__PURE__ */ layerFactory(CenterCrop)
/** Mirrors images by chance while training. */
export const randomFlip: OptionalLayerFactory<RandomFlipArgs, RandomFlip> =
  /* @__PURE__ */ optionalLayerFactory(RandomFlip)
/** Changes the contrast of images while training. */
export const randomContrast: LayerFactory<RandomContrastArgs, RandomContrast> =
  /* @__PURE__ */ layerFactory(RandomContrast)
/** Changes the brightness of images while training. */
export const randomBrightness: LayerFactory<RandomBrightnessArgs, RandomBrightness> =
  /* @__PURE__ */ layerFactory(RandomBrightness)
