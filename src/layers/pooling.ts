/** Pooling layers. */

import { ArgumentError, show } from '../errors.ts'
import { reshape } from '../ops/layout.ts'
import { avgPool, maxPool } from '../ops/pool2d.ts'
import { max, mean } from '../ops/reduce.ts'
import { type BatchShape, checkPair, type Padding, type Pair, pool2dShape } from '../shape.ts'
import { type Tensor, tidy } from '../tensor.ts'
import {
  checkDataFormat,
  checkInput,
  checkOne,
  checkWindowPadding,
  Layer,
  type LayerArgs,
  type LayerConfig,
  type OptionalLayerFactory,
  openImage,
  optionalLayerFactory,
  type Tail,
} from './layer.ts'

/** What the 2-D pooling layers take. */
export interface Pooling2DArgs extends LayerArgs {
  /** Height and width of the window. Default 2. */
  readonly poolSize?: Pair
  /** Default the window's size. */
  readonly strides?: Pair | null
  /** Default 'valid'. */
  readonly padding?: Padding
  /** 'channelsLast', the default and the one there is. */
  readonly dataFormat?: 'channelsLast'
}

abstract class Pooling2D extends Layer {
  readonly poolSize: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly padding: Padding

  constructor(args: Pooling2DArgs = {}) {
    super(args, ['poolSize', 'strides', 'padding', 'dataFormat'])
    const who = this.name
    this.poolSize = checkPair(who, 'poolSize', args.poolSize ?? 2)
    this.strides = checkPair(who, 'strides', args.strides ?? this.poolSize)
    this.padding = checkWindowPadding(who, args.padding ?? 'valid')
    checkDataFormat(who, args.dataFormat)
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const sizes = checkInput(this.name, inputShape, 4)
    const window = { strides: this.strides, pad: this.padding }
    const image = openImage(sizes, ([H, W]) => {
      const { P, Q } = pool2dShape(this.name, [1, H!, W!, 1], this.poolSize, window)
      return [P, Q]
    })
    return [inputShape[0] ?? null, ...image, inputShape[3] ?? null]
  }

  override getConfig(): LayerConfig {
    const { poolSize, strides, padding } = this
    return { ...super.getConfig(), poolSize, strides, padding, dataFormat: 'channelsLast' }
  }
}

/** The largest value of each window; NaN wins. */
export class MaxPooling2D extends Pooling2D {
  static override readonly className = 'MaxPooling2D'

  call(x: Tensor): Tensor {
    return maxPool(x, this.poolSize, this.strides, this.padding)
  }

  override get tail(): Tail | undefined {
    const halves = this.padding === 'valid' && [...this.poolSize, ...this.strides].every((size) => size === 2)
    return halves ? { kind: 'maxPool' } : undefined
  }
}

/** The mean of each window, over the positions within the image. */
export class AveragePooling2D extends Pooling2D {
  static override readonly className = 'AveragePooling2D'

  call(x: Tensor): Tensor {
    return avgPool(x, this.poolSize, this.strides, this.padding)
  }
}

/** What the global pooling layers take. */
export interface GlobalPoolingArgs extends LayerArgs {
  /** Whether the pooled axes are kept with the size 1. Default false. */
  readonly keepDims?: boolean
  /** The same, as Keras spells it. */
  readonly keepdims?: boolean
  /** 'channelsLast', the default and the one there is. */
  readonly dataFormat?: 'channelsLast'
}

abstract class GlobalPooling extends Layer {
  readonly keepDims: boolean
  /** The axes that are pooled: 1, or 1 and 2. */
  protected abstract readonly axes: readonly number[]

  constructor(args: GlobalPoolingArgs = {}) {
    super(args, ['keepDims', 'keepdims', 'dataFormat'])
    const who = this.name
    const keepDims = args.keepDims ?? args.keepdims ?? false
    if (typeof keepDims !== 'boolean') {
      throw new ArgumentError({ who, expected: 'keepDims to be true or false', received: show(keepDims) })
    }
    this.keepDims = keepDims
    checkDataFormat(who, args.dataFormat)
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const sizes = checkInput(this.name, inputShape, this.axes.length + 2)
    const pooled = this.keepDims ? this.axes.map(() => 1) : []
    return [inputShape[0] ?? null, ...pooled, sizes.at(-1) ?? null]
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), ...(this.keepDims && { keepDims: true }) }
  }
}

/** What the 1-D pooling layers take. */
export interface Pooling1DArgs extends LayerArgs {
  /** The length of the window. Default 2. */
  readonly poolSize?: number | readonly number[]
  /** Default the window's length. */
  readonly strides?: number | readonly number[] | null
  /** Default 'valid'. */
  readonly padding?: 'valid' | 'same'
  /** 'channelsLast', the default and the one there is. */
  readonly dataFormat?: 'channelsLast'
}

abstract class Pooling1D extends Layer {
  readonly poolSize: number
  readonly strides: number
  readonly padding: Padding

  constructor(args: Pooling1DArgs = {}) {
    super(args, ['poolSize', 'strides', 'padding', 'dataFormat'])
    const who = this.name
    this.poolSize = checkOne(who, 'poolSize', args.poolSize ?? 2)
    this.strides = checkOne(who, 'strides', args.strides ?? this.poolSize)
    this.padding = checkWindowPadding(who, args.padding ?? 'valid')
    checkDataFormat(who, args.dataFormat)
  }

  protected abstract pooled(x: Tensor, size: Pair, strides: Pair): Tensor

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const [L = null, C = null] = checkInput(this.name, inputShape, 3)
    const window = { strides: [1, this.strides], pad: this.padding }
    const [, Q = null] = openImage([1, L], ([, length]) => {
      const { Q } = pool2dShape(this.name, [1, 1, length!, 1], [1, this.poolSize], window)
      return [1, Q]
    })
    return [inputShape[0] ?? null, Q, C]
  }

  /** A sequence is an image of one row. */
  call(x: Tensor): Tensor {
    const [B, L, C] = x.shape as readonly [number, number, number]
    return tidy(() => {
      const y = this.pooled(reshape(x, [B, 1, L, C]), [1, this.poolSize], [1, this.strides])
      return reshape(y, [B, y.shape[2]!, C])
    })
  }

  override getConfig(): LayerConfig {
    const [poolSize, strides] = [[this.poolSize], [this.strides]]
    return { ...super.getConfig(), poolSize, strides, padding: this.padding }
  }
}

/** The largest value of each window of steps; NaN wins. */
export class MaxPooling1D extends Pooling1D {
  static override readonly className = 'MaxPooling1D'

  protected pooled(x: Tensor, size: Pair, strides: Pair): Tensor {
    return maxPool(x, size, strides, this.padding)
  }
}

/** The mean of each window of steps, over those within the sequence. */
export class AveragePooling1D extends Pooling1D {
  static override readonly className = 'AveragePooling1D'

  protected pooled(x: Tensor, size: Pair, strides: Pair): Tensor {
    return avgPool(x, size, strides, this.padding)
  }
}

abstract class GlobalPooling1D extends GlobalPooling {
  protected readonly axes = [1]
}

/** The mean of each channel: [B, L, C] to [B, C]. */
export class GlobalAveragePooling1D extends GlobalPooling1D {
  static override readonly className = 'GlobalAveragePooling1D'

  call(x: Tensor): Tensor {
    return mean(x, this.axes, this.keepDims)
  }
}

/** The largest value of each channel: [B, L, C] to [B, C]. */
export class GlobalMaxPooling1D extends GlobalPooling1D {
  static override readonly className = 'GlobalMaxPooling1D'

  call(x: Tensor): Tensor {
    return max(x, this.axes, this.keepDims)
  }
}

abstract class GlobalPooling2D extends GlobalPooling {
  protected readonly axes = [1, 2]

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), dataFormat: 'channelsLast' }
  }
}

/** The mean of each channel: [B, H, W, C] to [B, C]. */
export class GlobalAveragePooling2D extends GlobalPooling2D {
  static override readonly className = 'GlobalAveragePooling2D'

  call(x: Tensor): Tensor {
    return mean(x, this.axes, this.keepDims)
  }
}

/** The largest value of each channel: [B, H, W, C] to [B, C]. */
export class GlobalMaxPooling2D extends GlobalPooling2D {
  static override readonly className = 'GlobalMaxPooling2D'

  call(x: Tensor): Tensor {
    return max(x, this.axes, this.keepDims)
  }
}

/**
 * Takes each window's largest value: [B, H, W, C] to [B, P, Q, C].
 * @param args poolSize, strides, padding, and what every layer takes
 * @example
 * console.log(layers.maxPooling2d({ poolSize: 2 }).apply(zeros([1, 24, 24, 8])).shape) // [ 1, 12, 12, 8 ]
 */
export const maxPooling2d: OptionalLayerFactory<Pooling2DArgs, MaxPooling2D> =
  /* @__PURE__ */ optionalLayerFactory(MaxPooling2D)

/**
 * Takes each window's mean: [B, H, W, C] to [B, P, Q, C].
 * @param args poolSize, strides, padding, and what every layer takes
 * @example
 * console.log(layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }).apply(zeros([1, 9, 9, 8])).shape)
 * // [ 1, 5, 5, 8 ]
 */
export const averagePooling2d: OptionalLayerFactory<Pooling2DArgs, AveragePooling2D> =
  /* @__PURE__ */ optionalLayerFactory(AveragePooling2D)

/**
 * Averages each channel over the whole image: [B, H, W, C] to [B, C].
 * @param args keepDims, default false
 * @example
 * console.log(layers.globalAveragePooling2d().apply(zeros([1, 7, 7, 64])).shape) // [ 1, 64 ]
 */
export const globalAveragePooling2d: OptionalLayerFactory<GlobalPoolingArgs, GlobalAveragePooling2D> =
  /* @__PURE__ */ optionalLayerFactory(GlobalAveragePooling2D)

/**
 * Takes each channel's maximum over the whole image: [B, H, W, C] to [B, C].
 * @param args keepDims, default false
 * @example
 * console.log(layers.globalMaxPooling2d({ keepDims: true }).apply(zeros([1, 7, 7, 64])).shape) // [ 1, 1, 1, 64 ]
 */
export const globalMaxPooling2d: OptionalLayerFactory<GlobalPoolingArgs, GlobalMaxPooling2D> =
  /* @__PURE__ */ optionalLayerFactory(GlobalMaxPooling2D)

/**
 * Takes each window's largest value: [B, L, C] to [B, Q, C].
 * @param args poolSize, strides, padding, and what every layer takes
 * @example
 * console.log(layers.maxPooling1d({ poolSize: 2 }).apply(zeros([1, 10, 4])).shape) // [ 1, 5, 4 ]
 */
export const maxPooling1d: OptionalLayerFactory<Pooling1DArgs, MaxPooling1D> =
  /* @__PURE__ */ optionalLayerFactory(MaxPooling1D)

/**
 * Takes each window's mean: [B, L, C] to [B, Q, C].
 * @param args poolSize, strides, padding, and what every layer takes
 * @example
 * console.log(layers.averagePooling1d({ poolSize: 2 }).apply(zeros([1, 10, 4])).shape) // [ 1, 5, 4 ]
 */
export const averagePooling1d: OptionalLayerFactory<Pooling1DArgs, AveragePooling1D> =
  /* @__PURE__ */ optionalLayerFactory(AveragePooling1D)

/**
 * Averages each channel over the whole sequence: [B, L, C] to [B, C].
 * @param args keepDims, default false
 * @example
 * console.log(layers.globalAveragePooling1d().apply(zeros([1, 10, 4])).shape) // [ 1, 4 ]
 */
export const globalAveragePooling1d: OptionalLayerFactory<GlobalPoolingArgs, GlobalAveragePooling1D> =
  /* @__PURE__ */ optionalLayerFactory(GlobalAveragePooling1D)

/**
 * Takes each channel's maximum over the whole sequence: [B, L, C] to [B, C].
 * @param args keepDims, default false
 * @example
 * console.log(layers.globalMaxPooling1d().apply(zeros([1, 10, 4])).shape) // [ 1, 4 ]
 */
export const globalMaxPooling1d: OptionalLayerFactory<GlobalPoolingArgs, GlobalMaxPooling1D> =
  /* @__PURE__ */ optionalLayerFactory(GlobalMaxPooling1D)
