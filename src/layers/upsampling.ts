/** Layers that make images and sequences larger. */

import { checkInteger, checkOneOf } from '../errors.ts'
import { reshape } from '../ops/layout.ts'
import { resizeBilinear } from '../ops/resize.ts'
import { broadcastTo } from '../ops/sum.ts'
import { type BatchShape, checkPair, type Pair } from '../shape.ts'
import { type Tensor, tidy } from '../tensor.ts'
import {
  checkDataFormat,
  checkInput,
  Layer,
  type LayerArgs,
  type LayerConfig,
  type OptionalLayerFactory,
  optionalLayerFactory,
} from './layer.ts'

/** Each element of x repeated along its axes: so many times as `times` says. */
function repeated(x: Tensor, times: readonly number[]): Tensor {
  const apart = x.shape.flatMap((size, axis) => (times[axis] === 1 ? [size] : [size, 1]))
  const stretched = x.shape.flatMap((size, axis) => (times[axis] === 1 ? [size] : [size, times[axis]!]))
  const shape = x.shape.map((size, axis) => size * times[axis]!)
  return tidy(() => reshape(broadcastTo(reshape(x, apart), stretched), shape))
}

function scaled(size: number | null | undefined, by: number): number | null {
  return size === null || size === undefined ? null : size * by
}

/** What `layers.upSampling1d` takes. */
export interface UpSampling1DArgs extends LayerArgs {
  /** How often each step is repeated. Default 2. */
  readonly size?: number
}

/** Repeats each step: [B, L, C] to [B, L · size, C]. */
export class UpSampling1D extends Layer {
  static override readonly className = 'UpSampling1D'
  readonly size: number

  constructor(args: UpSampling1DArgs = {}) {
    super(args, ['size'])
    checkInteger(this.name, 'size', args.size ?? 2, 1)
    this.size = args.size ?? 2
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const [L, C = null] = checkInput(this.name, inputShape, 3)
    return [inputShape[0] ?? null, scaled(L, this.size), C]
  }

  call(x: Tensor): Tensor {
    return repeated(x, [1, this.size, 1])
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), size: this.size }
  }
}

/** What `layers.upSampling2d` takes. */
export interface UpSampling2DArgs extends LayerArgs {
  /** How many times higher and wider. Default 2. */
  readonly size?: Pair
  /** Default 'nearest', which repeats pixels; 'bilinear' as Keras has it, pixels being where their centres are. */
  readonly interpolation?: 'nearest' | 'bilinear'
  /** 'channelsLast', the default and the one there is. */
  readonly dataFormat?: 'channelsLast'
}

/** Makes images larger: [B, H, W, C] to [B, H · size, W · size, C]. */
export class UpSampling2D extends Layer {
  static override readonly className = 'UpSampling2D'
  readonly size: readonly [number, number]
  readonly interpolation: 'nearest' | 'bilinear'

  constructor(args: UpSampling2DArgs = {}) {
    super(args, ['size', 'interpolation', 'dataFormat'])
    const who = this.name
    this.size = checkPair(who, 'size', args.size ?? 2)
    checkOneOf(who, 'interpolation', args.interpolation ?? 'nearest', ['nearest', 'bilinear'])
    this.interpolation = args.interpolation ?? 'nearest'
    checkDataFormat(who, args.dataFormat)
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const [H, W, C = null] = checkInput(this.name, inputShape, 4)
    return [inputShape[0] ?? null, scaled(H, this.size[0]), scaled(W, this.size[1]), C]
  }

  call(x: Tensor): Tensor {
    if (this.interpolation === 'nearest') return repeated(x, [1, ...this.size, 1])
    const [, H, W] = x.shape as readonly [number, number, number]
    return resizeBilinear(x, [H * this.size[0], W * this.size[1]], false, true)
  }

  override getConfig(): LayerConfig {
    const { size, interpolation } = this
    return { ...super.getConfig(), size, interpolation, dataFormat: 'channelsLast' }
  }
}

/**
 * Repeats each step of sequences.
 * @param args size, default 2
 * @example
 * layers.upSampling1d().apply(tensor([[[1], [2]]])).print() // [[[1], [1], [2], [2]]]
 */
export const upSampling1d: OptionalLayerFactory<UpSampling1DArgs, UpSampling1D> =
  /* @__PURE__ */ optionalLayerFactory(UpSampling1D)
/**
 * Makes images larger.
 * @param args size, default 2, and interpolation, default 'nearest'
 * @example
 * console.log(layers.upSampling2d().apply(zeros([1, 7, 7, 8])).shape) // [ 1, 14, 14, 8 ]
 */
export const upSampling2d: OptionalLayerFactory<UpSampling2DArgs, UpSampling2D> =
  /* @__PURE__ */ optionalLayerFactory(UpSampling2D)
