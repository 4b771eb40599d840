/** Keras's layers that turn, shift and zoom images while training, each image in its own way. */

import { checkNumber, checkOneOf } from '../errors.ts'
import { FILL_MODES, type FillMode, INTERPOLATIONS, type Interpolation, transform } from '../ops/transform.ts'
import { cos, sin } from '../ops/trigonometry.ts'
import { fromValues, type Tensor } from '../tensor.ts'
import { Augmentation, checkRange, type RandomArgs, type Range } from './augmentation.ts'
import { type LayerConfig, type LayerFactory, layerFactory } from './layer.ts'

/** What layers that turn, shift and zoom take. */
export interface RandomTransformArgs extends RandomArgs {
  /** What lies beyond an image; default 'reflect', the image mirrored at its edges. See `image.transform`. */
  readonly fillMode?: FillMode
  /** Default 'bilinear'. */
  readonly interpolation?: Interpolation
  /** What is beyond an image where fillMode is 'constant'. Default 0. */
  readonly fillValue?: number
}

/** A number for each image of a batch, between two. */
type Draw = (low: number, high: number, last?: number) => Tensor
/** Where pixel (0, 0) of an image's map comes from, and the steps across and down: a0, a1, a2, b0, b1, b2. */
type AffineMap = readonly [number, number, number, number, number, number]

abstract class RandomTransform extends Augmentation {
  readonly fillMode: FillMode
  readonly interpolation: Interpolation
  readonly fillValue: number

  constructor(args: RandomTransformArgs, own: readonly string[]) {
    super(args, ['fillMode', 'interpolation', 'fillValue', ...own])
    const { fillMode = 'reflect', interpolation = 'bilinear', fillValue = 0 } = args
    checkOneOf(this.name, 'fillMode', fillMode, FILL_MODES)
    checkOneOf(this.name, 'interpolation', interpolation, INTERPOLATIONS)
    checkNumber(this.name, 'fillValue', fillValue)
    this.fillMode = fillMode
    this.interpolation = interpolation
    this.fillValue = fillValue
  }

  /** The map of image `b` of height H and width W. */
  protected abstract maps(H: number, W: number, draw: Draw): (b: number) => AffineMap

  protected changed(x: Tensor, draw: Draw): Tensor {
    const [B, H, W] = x.shape as readonly [number, number, number]
    const mapOf = this.maps(H, W, draw)
    const rows = Float32Array.from({ length: 8 * B }, () => 0)
    for (let b = 0; b < B; b++) rows.set(mapOf(b), 8 * b)
    return transform(x, fromValues(this.name, rows, [B, 8]), this.interpolation, this.fillMode, this.fillValue)
  }

  override getConfig(): LayerConfig {
    const { fillMode, interpolation, fillValue } = this
    return { ...super.getConfig(), fillMode, interpolation, fillValue }
  }
}

/** A share of something, −1 to 1, or a range of them. */
function checkShares(who: string, argument: string, given: unknown): Range {
  const [low, high] = checkRange(who, argument, typeof given === 'number' ? Math.abs(given) : given)
  checkNumber(who, argument, low, { min: -1 })
  checkNumber(who, argument, high, { max: 1 })
  return given as Range
}

/** As checked, from low to high. */
function rangeOf(range: Range): readonly [low: number, high: number] {
  return typeof range === 'number' ? [-Math.abs(range), Math.abs(range)] : range
}

/** What `layers.randomRotation` takes. */
export interface RandomRotationArgs extends RandomTransformArgs {
  /** Shares of a full turn: −factor to factor, or [lower, upper]; above 0 counter-clockwise. */
  readonly factor: Range
}

/** Turns each image about its middle. */
export class RandomRotation extends RandomTransform {
  static override readonly className = 'RandomRotation'
  readonly factor: Range

  constructor(args: RandomRotationArgs) {
    super(args, ['factor'])
    this.factor = checkShares(this.name, 'factor', args.factor)
  }

  protected maps(H: number, W: number, draw: Draw): (b: number) => AffineMap {
    const [low, high] = rangeOf(this.factor)
    const angles = draw(low * 2 * Math.PI, high * 2 * Math.PI)
    const [cosines, sines] = [cos(angles).dataSync(), sin(angles).dataSync()]
    return (b) => {
      const [cosine, sine] = [cosines[b]!, sines[b]!]
      const right = (W - 1 - (cosine * (W - 1) - sine * (H - 1))) / 2
      const down = (H - 1 - (sine * (W - 1) + cosine * (H - 1))) / 2
      return [cosine, -sine, right, sine, cosine, down]
    }
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), factor: this.factor }
  }
}

/** What `layers.randomTranslation` takes. */
export interface RandomTranslationArgs extends RandomTransformArgs {
  /** Shares of the height: −factor to factor, or [lower, upper]; above 0 downwards. */
  readonly heightFactor: Range
  /** Shares of the width; above 0 to the right. */
  readonly widthFactor: Range
}

/** Shifts each image. */
export class RandomTranslation extends RandomTransform {
  static override readonly className = 'RandomTranslation'
  readonly heightFactor: Range
  readonly widthFactor: Range

  constructor(args: RandomTranslationArgs) {
    super(args, ['heightFactor', 'widthFactor'])
    this.heightFactor = checkShares(this.name, 'heightFactor', args.heightFactor)
    this.widthFactor = checkShares(this.name, 'widthFactor', args.widthFactor)
  }

  protected maps(H: number, W: number, draw: Draw): (b: number) => AffineMap {
    const shares = draw(0, 1, 2).dataSync()
    const between = ([low, high]: readonly [number, number], share: number): number => low + (high - low) * share
    const [heights, widths] = [rangeOf(this.heightFactor), rangeOf(this.widthFactor)]
    return (b) => {
      const down = between(heights, shares[2 * b]!) * H
      const right = between(widths, shares[2 * b + 1]!) * W
      return [1, 0, -right, 0, 1, -down]
    }
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), heightFactor: this.heightFactor, widthFactor: this.widthFactor }
  }
}

/** What `layers.randomZoom` takes. */
export interface RandomZoomArgs extends RandomTransformArgs {
  /** Zooms out by −factor to factor, or [lower, upper], of the height: below 0 into the image. */
  readonly heightFactor: Range
  /** The same across; default as down, which keeps proportions. */
  readonly widthFactor?: Range
}

/** Zooms into each image or out of it. */
export class RandomZoom extends RandomTransform {
  static override readonly className = 'RandomZoom'
  readonly heightFactor: Range
  readonly widthFactor: Range | undefined

  constructor(args: RandomZoomArgs) {
    super(args, ['heightFactor', 'widthFactor'])
    this.heightFactor = checkShares(this.name, 'heightFactor', args.heightFactor)
    const { widthFactor } = args
    if (widthFactor === undefined || widthFactor === null) return
    this.widthFactor = checkShares(this.name, 'widthFactor', widthFactor)
  }

  protected maps(H: number, W: number, draw: Draw): (b: number) => AffineMap {
    const shares = draw(0, 1, 2).dataSync()
    const zoom = ([low, high]: readonly [number, number], share: number): number => 1 + low + (high - low) * share
    const heights = rangeOf(this.heightFactor)
    return (b) => {
      const down = zoom(heights, shares[2 * b]!)
      const across = this.widthFactor === undefined ? down : zoom(rangeOf(this.widthFactor), shares[2 * b + 1]!)
      return [across, 0, ((W - 1) / 2) * (1 - across), 0, down, ((H - 1) / 2) * (1 - down)]
    }
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), heightFactor: this.heightFactor, widthFactor: this.widthFactor ?? null }
  }
}

/**
 * Turns images while training.
 * @param args factor, fillMode, interpolation, fillValue and seed
 * @example
 * const turn = layers.randomRotation({ factor: 0.05, seed: 1 })
 * console.log(turn.apply(zeros([1, 32, 32, 3]), { training: true }).shape) // [ 1, 32, 32, 3 ]
 */
export const randomRotation: LayerFactory<RandomRotationArgs, RandomRotation> =
  /* @__PURE__ */ layerFactory(RandomRotation)
/**
 * Shifts images while training.
 * @param args heightFactor, widthFactor, fillMode, interpolation, fillValue and seed
 * @example
 * const shift = layers.randomTranslation({ heightFactor: 0.1, widthFactor: 0.1, seed: 1 })
 * console.log(shift.apply(zeros([1, 32, 32, 3]), { training: true }).shape) // [ 1, 32, 32, 3 ]
 */
export const randomTranslation: LayerFactory<RandomTranslationArgs, RandomTranslation> =
  /* @__PURE__ */ layerFactory(RandomTranslation)
/**
 * Zooms into images and out of them while training.
 * @param args heightFactor, widthFactor, fillMode, interpolation, fillValue and seed
 * @example
 * const zoom = layers.randomZoom({ heightFactor: 0.1, seed: 1 })
 * console.log(zoom.apply(zeros([1, 32, 32, 3]), { training: true }).shape) // [ 1, 32, 32, 3 ]
 */
export const randomZoom: LayerFactory<RandomZoomArgs, RandomZoom> = /* @__PURE__ */ layerFactory(RandomZoom)
