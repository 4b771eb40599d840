/** Keras's layers that prepare images: scaled, cropped and resized. */

import {
  ArgumentError,
  checkBooleans,
  checkInteger,
  checkNumber,
  checkOneOf,
  ShapeError,
  showShape,
} from '../errors.ts'
import { add, mul } from '../ops/arithmetic.ts'
import { resizeBilinear, resizeNearestNeighbor } from '../ops/resize.ts'
import { pad, slice } from '../ops/slices.ts'
import type { BatchShape } from '../shape.ts'
import { fromValues, type Tensor, tidy } from '../tensor.ts'
import { checkInput, Layer, type LayerArgs, type LayerConfig, type LayerFactory, layerFactory } from './layer.ts'

/** What `layers.rescaling` takes. */
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

/** What layers that give images a size take. */
export interface SizeArgs extends LayerArgs {
  /** In pixels. */
  readonly height: number
  /** In pixels. */
  readonly width: number
}

const INTERPOLATIONS = ['bilinear', 'nearest'] as const

export type ResizingInterpolation = (typeof INTERPOLATIONS)[number]

export function checkInterpolation(who: string, given: unknown): ResizingInterpolation {
  const interpolation = given ?? 'bilinear'
  checkOneOf(who, 'interpolation', interpolation, INTERPOLATIONS)
  return interpolation
}

/** Images of another size, pixels being where their centres are: as Keras has it, unlike `image.resizeBilinear` by default. */
export function resizedTo(
  x: Tensor,
  height: number,
  width: number,
  interpolation: ResizingInterpolation = 'bilinear',
): Tensor {
  if (x.shape[1] === height && x.shape[2] === width) return x
  return interpolation === 'nearest'
    ? resizeNearestNeighbor(x, [height, width], false, true)
    : resizeBilinear(x, [height, width], false, true)
}

/** The middle of images, as large as it can be with the proportions of `height` to `width`. */
function withProportions(x: Tensor, height: number, width: number): Tensor {
  const [, H, W] = x.shape as readonly [number, number, number]
  const rows = Math.max(Math.min(H, Math.floor((W * height) / width)), 1)
  const columns = Math.max(Math.min(W, Math.floor((H * width) / height)), 1)
  return slice(x, [0, (H - rows) >> 1, (W - columns) >> 1, 0], [-1, rows, columns, -1])
}

/** What makes images of one size out of those of any. */
export abstract class SizedLayer extends Layer {
  readonly height: number
  readonly width: number

  constructor(args: SizeArgs, own: readonly string[] = []) {
    super(args, ['height', 'width', ...own])
    checkInteger(this.name, 'height', args.height, 1)
    checkInteger(this.name, 'width', args.width, 1)
    this.height = args.height
    this.width = args.width
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const C = checkInput(this.name, inputShape, 4)[2] ?? null
    return [inputShape[0] ?? null, this.height, this.width, C]
  }

  /** Cut out at a place; where the images are too small for that, their middle, enlarged. */
  protected cropped(x: Tensor, place: (slack: number, axis: number) => number): Tensor {
    const { height, width } = this
    const [, H, W] = x.shape as readonly [number, number, number]
    if (H >= height && W >= width) {
      return slice(x, [0, place(H - height, 0), place(W - width, 1), 0], [-1, height, width, -1])
    }
    return tidy(() => resizedTo(withProportions(x, height, width), height, width))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), height: this.height, width: this.width }
  }
}

/** The middle of images; of smaller ones the largest middle with these proportions, enlarged. */
export class CenterCrop extends SizedLayer {
  static override readonly className = 'CenterCrop'

  call(x: Tensor): Tensor {
    return this.cropped(x, (slack) => slack >> 1)
  }
}

/** What `layers.resizing` takes. */
export interface ResizingArgs extends SizeArgs {
  /** Default 'bilinear'. */
  readonly interpolation?: ResizingInterpolation
  /** Whether to keep proportions by cutting off what sticks out on either side. Default false. */
  readonly cropToAspectRatio?: boolean
  /** Whether to keep proportions by adding `fillValue` on either side. Default false. */
  readonly padToAspectRatio?: boolean
  /** What lies beside a padded image: 'constant', the default and the one there is. */
  readonly fillMode?: 'constant'
  /** Default 0. */
  readonly fillValue?: number
}

/** Images in another size. Pixels are where their centres are, as in Keras; nothing is smoothed before it shrinks. */
export class Resizing extends SizedLayer {
  static override readonly className = 'Resizing'
  readonly interpolation: ResizingInterpolation
  readonly cropToAspectRatio: boolean
  readonly padToAspectRatio: boolean
  readonly fillValue: number

  constructor(args: ResizingArgs) {
    super(args, ['interpolation', 'cropToAspectRatio', 'padToAspectRatio', 'fillMode', 'fillValue'])
    const who = this.name
    const { cropToAspectRatio = false, padToAspectRatio = false, fillValue = 0 } = args
    this.interpolation = checkInterpolation(who, args.interpolation)
    checkBooleans(who, { cropToAspectRatio, padToAspectRatio })
    checkOneOf(who, 'fillMode', args.fillMode ?? 'constant', ['constant'])
    checkNumber(who, 'fillValue', fillValue)
    if (cropToAspectRatio && padToAspectRatio) {
      throw new ArgumentError({ who, expected: 'cropToAspectRatio or padToAspectRatio', received: 'both' })
    }
    this.cropToAspectRatio = cropToAspectRatio
    this.padToAspectRatio = padToAspectRatio
    this.fillValue = fillValue
  }

  call(x: Tensor): Tensor {
    const { height, width, interpolation } = this
    return tidy(() => {
      const cut = this.cropToAspectRatio ? withProportions(x, height, width) : this.#padded(x)
      return resizedTo(cut, height, width, interpolation)
    })
  }

  #padded(x: Tensor): Tensor {
    if (!this.padToAspectRatio) return x
    const [, H, W] = x.shape as readonly [number, number, number]
    const rows = (Math.max(H, Math.floor((W * this.height) / this.width)) - H) >> 1
    const columns = (Math.max(W, Math.floor((H * this.width) / this.height)) - W) >> 1
    const paddings = [
      [0, 0],
      [rows, rows],
      [columns, columns],
      [0, 0],
    ] as const
    return pad(x, paddings, this.fillValue)
  }

  override getConfig(): LayerConfig {
    const { interpolation, cropToAspectRatio, padToAspectRatio, fillValue } = this
    // TF.js and Keras 2 know of cropping alone.
    const padding = padToAspectRatio ? { padToAspectRatio, fillValue } : {}
    return { ...super.getConfig(), interpolation, cropToAspectRatio, ...padding }
  }
}

/**
 * Computes x · scale + offset.
 * @param args scale and offset, default 0
 * @example
 * layers.rescaling({ scale: 1 / 255 }).apply(tensor([[0, 255]])).print() // [[0, 1]]
 */
export const rescaling: LayerFactory<RescalingArgs, Rescaling> = /* @__PURE__ */ layerFactory(Rescaling)
/**
 * Makes images of another size.
 * @param args height, width, interpolation, cropToAspectRatio, padToAspectRatio
 * @example
 * console.log(layers.resizing({ height: 32, width: 32 }).apply(zeros([1, 50, 40, 3])).shape) // [ 1, 32, 32, 3 ]
 */
export const resizing: LayerFactory<ResizingArgs, Resizing> = /* @__PURE__ */ layerFactory(Resizing)
/**
 * Takes the middle of images.
 * @param args height and width
 * @example
 * console.log(layers.centerCrop({ height: 24, width: 24 }).apply(zeros([1, 32, 32, 3])).shape) // [ 1, 24, 24, 3 ]
 */
export const centerCrop: LayerFactory<SizeArgs, CenterCrop> = /* @__PURE__ */ layerFactory(CenterCrop)
