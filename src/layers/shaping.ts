/** Layers that only move values: flatten, reshape, pad, crop, turn and repeat. */

import { ArgumentError, checkInteger, ShapeError, show, showShape } from '../errors.ts'
import { reshape as reshapeOp, transpose } from '../ops/layout.ts'
import { pad, slice } from '../ops/slices.ts'
import { broadcastTo } from '../ops/sum.ts'
import { type BatchShape, reshapedShape, type Shape, sizeOf } from '../shape.ts'
import { type Tensor, tidy } from '../tensor.ts'
import {
  type CallContext,
  checkDataFormat,
  checkInput,
  Layer,
  type LayerArgs,
  type LayerConfig,
  type LayerFactory,
  type LayerOutput,
  layerFactory,
  type OptionalLayerFactory,
  openSizeOf,
  optionalLayerFactory,
  type Tail,
  type WindowTail,
} from './layer.ts'

/** What `layers.flatten` takes. */
export interface FlattenArgs extends LayerArgs {
  /** 'channelsLast', the default and the one there is. */
  readonly dataFormat?: 'channelsLast'
}

/** [B, …] to [B, product of the others]. */
export class Flatten extends Layer {
  static override readonly className = 'Flatten'

  constructor(args: FlattenArgs = {}) {
    super(args, ['dataFormat'])
    checkDataFormat(this.name, args.dataFormat)
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    return [inputShape[0] ?? null, openSizeOf(checkInput(this.name, inputShape, inputShape.length))]
  }

  call(x: Tensor): Tensor {
    return reshapeOp(x, [x.shape[0]!, sizeOf(x.shape.slice(1))])
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), dataFormat: 'channelsLast' }
  }
}

/** What `layers.reshape` takes. */
export interface ReshapeArgs extends LayerArgs {
  /** The shape of one sample, without the batch; one size may be -1, or null for the same. */
  readonly targetShape: BatchShape
}

/** Another shape for the same values. */
export class Reshape extends Layer {
  static override readonly className = 'Reshape'
  readonly targetShape: Shape

  constructor(args: ReshapeArgs) {
    super(args, ['targetShape'])
    const who = this.name
    const targetShape = Array.isArray(args.targetShape) ? args.targetShape.map((n) => n ?? -1) : args.targetShape
    if (!Array.isArray(targetShape) || !targetShape.every((n) => Number.isInteger(n) && (n >= 1 || n === -1))) {
      const expected = 'targetShape to be sizes of at least 1, one of them -1 at most'
      throw new ArgumentError({ who, expected, received: show(targetShape) })
    }
    this.targetShape = targetShape as Shape
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const sizes = checkInput(this.name, inputShape, inputShape.length)
    const [batch = null] = inputShape
    if (openSizeOf(sizes) === null) return [batch, ...this.targetShape.map((size) => (size === -1 ? null : size))]
    return [batch, ...reshapedShape(this.name, sizes as Shape, this.targetShape)]
  }

  call(x: Tensor): Tensor {
    return reshapeOp(x, [x.shape[0]!, ...reshapedShape(this.name, x.shape.slice(1), this.targetShape)])
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), targetShape: this.targetShape }
  }
}

type Sides = readonly [number, number]

/** One number for all sides, [vertical, horizontal], or [[top, bottom], [left, right]]. */
export type ImageSides = number | Sides | readonly [Sides, Sides]

/** [[top, bottom], [left, right]] */
function checkSides(who: string, argument: string, given: unknown): readonly [Sides, Sides] {
  const [vertical, horizontal] = Array.isArray(given) && given.length === 2 ? (given as unknown[]) : [given, given]
  const sides = [vertical, horizontal].map((side) => (Array.isArray(side) ? side : [side, side]))
  if (sides.every((side) => side.length === 2 && side.every((n) => Number.isInteger(n) && n >= 0))) {
    return sides as unknown as readonly [Sides, Sides]
  }
  const expected = `${argument} to be a number, [vertical, horizontal] or [[top, bottom], [left, right]]`
  throw new ArgumentError({ who, expected, received: show(given) })
}

/** [begin, end] */
function checkEnds(who: string, argument: string, given: unknown): Sides {
  const ends: readonly unknown[] = Array.isArray(given) ? given : [given, given]
  if (ends.length === 2 && ends.every((n) => Number.isInteger(n) && (n as number) >= 0)) return ends as unknown as Sides
  throw new ArgumentError({ who, expected: `${argument} to be a number or [begin, end]`, received: show(given) })
}

/** What layers share that add to the ends of axes, or cut something off: steps, or rows and columns. */
abstract class SidesLayer extends Layer {
  /** [begin, end] of each axis between the batch and the channels. */
  protected readonly sides: readonly Sides[]
  readonly #option: 'padding' | 'cropping'

  constructor(args: LayerArgs, option: 'padding' | 'cropping', axes: 1 | 2, otherwise: number) {
    super(args, axes === 1 ? [option] : [option, 'dataFormat'])
    const given = (args as Readonly<Record<string, unknown>>)[option] ?? otherwise
    this.#option = option
    this.sides = axes === 1 ? [checkEnds(this.name, option, given)] : checkSides(this.name, option, given)
    if (axes === 2) checkDataFormat(this.name, (args as ZeroPadding2DArgs).dataFormat)
  }

  /** The size of an axis behind the layer. */
  protected abstract sizeOf(shape: BatchShape, size: number, sides: Sides): number

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const sizes = checkInput(this.name, inputShape, this.sides.length + 2)
    const changed = this.sides.map((sides, i) => {
      const size = sizes[i] ?? null
      return size === null ? null : this.sizeOf(inputShape, size, sides)
    })
    return [inputShape[0] ?? null, ...changed, sizes.at(-1) ?? null]
  }

  override getConfig(): LayerConfig {
    const isImage = this.sides.length === 2
    const own = {
      [this.#option]: isImage ? this.sides : this.sides[0],
      ...(isImage ? { dataFormat: 'channelsLast' } : {}),
    }
    return { ...super.getConfig(), ...own }
  }
}

abstract class ZeroPadding extends SidesLayer {
  constructor(args: ZeroPadding1DArgs | ZeroPadding2DArgs, axes: 1 | 2) {
    super(args, 'padding', axes, 1)
  }

  protected sizeOf(_shape: BatchShape, size: number, [begin, end]: Sides): number {
    return size + begin + end
  }

  call(x: Tensor): Tensor {
    return pad(x, [[0, 0], ...this.sides, [0, 0]])
  }

  /** A convolution behind it, whose kernel need not see the zeros, and what that takes. */
  override takes([window, ...others]: readonly Tail[], training: boolean): boolean {
    return window?.kind === 'window' && window.takes(others, training)
  }

  override callWith([window, ...others]: readonly Tail[], x: Tensor, context: CallContext): LayerOutput {
    return (window as WindowTail).padded(this.sides, others, x, context)
  }
}

abstract class Cropping extends SidesLayer {
  constructor(args: Cropping1DArgs | Cropping2DArgs, axes: 1 | 2, otherwise: number) {
    super(args, 'cropping', axes, otherwise)
  }

  protected sizeOf(shape: BatchShape, size: number, [begin, end]: Sides): number {
    if (size > begin + end) return size - begin - end
    const expected = `sizes above what is cut off, ${begin} + ${end}`
    throw new ShapeError({ who: this.name, expected, received: showShape(shape) })
  }

  call(x: Tensor): Tensor {
    const [, ...sizes] = this.computeOutputShape(x.shape) as Shape
    return slice(x, [0, ...this.sides.map(([begin]) => begin), 0], [-1, ...sizes])
  }
}

/** What `layers.zeroPadding1d` takes. */
export interface ZeroPadding1DArgs extends LayerArgs {
  /** One number for both ends, or [begin, end]. Default 1. */
  readonly padding?: number | Sides
}

/** Adds steps of zeros before and behind sequences. */
export class ZeroPadding1D extends ZeroPadding {
  static override readonly className = 'ZeroPadding1D'

  constructor(args: ZeroPadding1DArgs = {}) {
    super(args, 1)
  }
}

/** What `layers.zeroPadding2d` takes. */
export interface ZeroPadding2DArgs extends LayerArgs {
  /** One number for all sides, [height, width], or [[top, bottom], [left, right]]. Default 1. */
  readonly padding?: ImageSides
  /** 'channelsLast', the default and the one there is. */
  readonly dataFormat?: 'channelsLast'
}

/** Adds rows and columns of zeros around images. */
export class ZeroPadding2D extends ZeroPadding {
  static override readonly className = 'ZeroPadding2D'

  constructor(args: ZeroPadding2DArgs = {}) {
    super(args, 2)
  }
}

/** What `layers.cropping1D` takes. */
export interface Cropping1DArgs extends LayerArgs {
  /** How many steps are cut off both ends, or [begin, end]. Default 1. */
  readonly cropping?: number | Sides
}

/** Cuts steps off sequences. */
export class Cropping1D extends Cropping {
  static override readonly className = 'Cropping1D'

  constructor(args: Cropping1DArgs = {}) {
    super(args, 1, 1)
  }
}

/** What `layers.cropping2D` takes. */
export interface Cropping2DArgs extends LayerArgs {
  /** One number for all sides, [height, width], or [[top, bottom], [left, right]]. Default 0. */
  readonly cropping?: ImageSides
  /** 'channelsLast', the default and the one there is. */
  readonly dataFormat?: 'channelsLast'
}

/** Cuts rows and columns off images. */
export class Cropping2D extends Cropping {
  static override readonly className = 'Cropping2D'

  constructor(args: Cropping2DArgs = {}) {
    super(args, 2, 0)
  }
}

/** What `layers.permute` takes. */
export interface PermuteArgs extends LayerArgs {
  /** The axes of a sample in their new order, counted from 1: [2, 1] exchanges two. */
  readonly dims: readonly number[]
}

/** Puts the axes of each sample into another order. */
export class Permute extends Layer {
  static override readonly className = 'Permute'
  readonly dims: readonly number[]

  constructor(args: PermuteArgs) {
    super(args, ['dims'])
    const { dims } = args
    const valid = Array.isArray(dims) && dims.length > 0 && [...dims].sort((a, b) => a - b).every((d, i) => d === i + 1)
    if (!valid) {
      const expected = 'dims to be an order of the axes, counted from 1'
      throw new ArgumentError({ who: this.name, expected, received: show(dims) })
    }
    this.dims = dims
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    checkInput(this.name, inputShape, this.dims.length + 1)
    return [inputShape[0] ?? null, ...this.dims.map((axis) => inputShape[axis]!)]
  }

  call(x: Tensor): Tensor {
    return transpose(x, [0, ...this.dims])
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), dims: this.dims }
  }
}

/** What `layers.repeatVector` takes. */
export interface RepeatVectorArgs extends LayerArgs {
  /** How often. */
  readonly n: number
}

/** [B, C] to [B, n, C]: each vector n times. */
export class RepeatVector extends Layer {
  static override readonly className = 'RepeatVector'
  readonly n: number

  constructor(args: RepeatVectorArgs) {
    super(args, ['n'])
    checkInteger(this.name, 'n', args.n, 1)
    this.n = args.n
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const [C = null] = checkInput(this.name, inputShape, 2)
    return [inputShape[0] ?? null, this.n, C]
  }

  call(x: Tensor): Tensor {
    const [B, C] = x.shape as readonly [number, number]
    return tidy(() => broadcastTo(reshapeOp(x, [B, 1, C]), [B, this.n, C]))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), n: this.n }
  }
}

/**
 * Makes each sample a vector: [B, …] to [B, K].
 * @param args what every layer takes
 * @example
 * console.log(layers.flatten().apply(zeros([2, 7, 7, 16])).shape) // [ 2, 784 ]
 */
export const flatten: OptionalLayerFactory<FlattenArgs, Flatten> = /* @__PURE__ */ optionalLayerFactory(Flatten)
/**
 * Gives each sample another shape.
 * @param args targetShape
 * @throws ShapeError where the number of elements differs
 * @example
 * console.log(layers.reshape({ targetShape: [4, -1] }).apply(zeros([2, 8])).shape) // [ 2, 4, 2 ]
 */
export const reshape: LayerFactory<ReshapeArgs, Reshape> = /* @__PURE__ */ layerFactory(Reshape)
/**
 * Puts zeros around images.
 * @param args padding, default 1
 * @example
 * console.log(layers.zeroPadding2d({ padding: 2 }).apply(zeros([1, 28, 28, 1])).shape) // [ 1, 32, 32, 1 ]
 */
export const zeroPadding2d: OptionalLayerFactory<ZeroPadding2DArgs, ZeroPadding2D> =
  /* @__PURE__ */ optionalLayerFactory(ZeroPadding2D)
/**
 * Puts zeros before and behind sequences.
 * @param args padding, default 1
 * @example
 * layers.zeroPadding1d().apply(tensor([[[1], [2]]])).print() // [[[0], [1], [2], [0]]]
 */
export const zeroPadding1d: OptionalLayerFactory<ZeroPadding1DArgs, ZeroPadding1D> =
  /* @__PURE__ */ optionalLayerFactory(ZeroPadding1D)
/**
 * Cuts steps off sequences.
 * @param args cropping, default 1
 * @example
 * layers.cropping1D().apply(tensor([[[1], [2], [3]]])).print() // [[[2]]]
 */
export const cropping1D: OptionalLayerFactory<Cropping1DArgs, Cropping1D> =
  /* @__PURE__ */ optionalLayerFactory(Cropping1D)
/**
 * Cuts rows and columns off images.
 * @param args cropping, default 0
 * @example
 * console.log(layers.cropping2D({ cropping: 2 }).apply(zeros([1, 32, 32, 3])).shape) // [ 1, 28, 28, 3 ]
 */
export const cropping2D: OptionalLayerFactory<Cropping2DArgs, Cropping2D> =
  /* @__PURE__ */ optionalLayerFactory(Cropping2D)
/**
 * Puts the axes of each sample into another order.
 * @param args dims, counted from 1
 * @example
 * console.log(layers.permute({ dims: [2, 1] }).apply(zeros([1, 3, 5])).shape) // [ 1, 5, 3 ]
 */
export const permute: LayerFactory<PermuteArgs, Permute> = /* @__PURE__ */ layerFactory(Permute)
/**
 * Repeats each vector: [B, K] to [B, n, K].
 * @param args n
 * @example
 * layers.repeatVector({ n: 2 }).apply(tensor([[1, 2]])).print() // [[[1, 2], [1, 2]]]
 */
export const repeatVector: LayerFactory<RepeatVectorArgs, RepeatVector> = /* @__PURE__ */ layerFactory(RepeatVector)
