/** Layers that only move values: flatten, reshape, pad. */

import { ArgumentError, show } from '../errors.ts'
import { pad, reshape as reshapeOp } from '../ops/layout.ts'
import { type BatchShape, reshapedShape, type Shape, sizeOf } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import {
  checkInput,
  Layer,
  type LayerArgs,
  type LayerConfig,
  type LayerFactory,
  layerFactory,
  type OptionalLayerFactory,
  openImage,
  openSizeOf,
  optionalLayerFactory,
} from './layer.ts'

/** [B, …] to [B, product of the others]. */
export class Flatten extends Layer {
  static override readonly className = 'Flatten'

  constructor(args: LayerArgs = {}) {
    super(args, [])
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

export interface ReshapeArgs extends LayerArgs {
  /** The shape of one sample, without the batch; one size may be -1. */
  readonly targetShape: Shape
}

/** Another shape for the same values. */
export class Reshape extends Layer {
  static override readonly className = 'Reshape'
  readonly targetShape: Shape

  constructor(args: ReshapeArgs) {
    super(args, ['targetShape'])
    const who = this.name
    const { targetShape } = args
    if (!Array.isArray(targetShape) || !targetShape.every((n) => Number.isInteger(n) && (n >= 1 || n === -1))) {
      const expected = 'targetShape to be sizes of at least 1, one of them -1 at most'
      throw new ArgumentError({ who, expected, received: show(targetShape) })
    }
    this.targetShape = targetShape
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

export interface ZeroPadding2DArgs extends LayerArgs {
  /** One number for all sides, [vertical, horizontal], or [[top, bottom], [left, right]]. Default 1. */
  readonly padding?: number | Sides | readonly [Sides, Sides]
}

/** Adds rows and columns of zeros around images. */
export class ZeroPadding2D extends Layer {
  static override readonly className = 'ZeroPadding2D'
  readonly padding: readonly [Sides, Sides]

  constructor(args: ZeroPadding2DArgs = {}) {
    super(args, ['padding'])
    const who = this.name
    const { padding = 1 } = args
    const [vertical, horizontal] = Array.isArray(padding) ? (padding as unknown[]) : [padding, padding]
    const sides = [vertical, horizontal].map((side) => (Array.isArray(side) ? side : [side, side]))
    if (!sides.every((side) => side.length === 2 && side.every((n) => Number.isInteger(n) && n >= 0))) {
      const expected = 'padding to be a number, [vertical, horizontal] or [[top, bottom], [left, right]]'
      throw new ArgumentError({ who, expected, received: show(padding) })
    }
    this.padding = sides as unknown as readonly [Sides, Sides]
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const [H, W, C = null] = checkInput(this.name, inputShape, 4)
    const [[top, bottom], [left, right]] = this.padding
    const image = openImage([H ?? null, W ?? null], ([h, w]) => [h! + top + bottom, w! + left + right])
    return [inputShape[0] ?? null, ...image, C]
  }

  call(x: Tensor): Tensor {
    const [[top, bottom], [left, right]] = this.padding
    return pad(x, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ])
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), padding: this.padding, dataFormat: 'channelsLast' }
  }
}

/** Makes each sample a vector. */
export const flatten: OptionalLayerFactory<LayerArgs, Flatten> = /* @__PURE__ */ optionalLayerFactory(Flatten)
/** Gives each sample another shape. */
export const reshape: LayerFactory<ReshapeArgs, Reshape> = /* @__PURE__ */ layerFactory(Reshape)
/** Puts zeros around images. */
export const zeroPadding2d: OptionalLayerFactory<ZeroPadding2DArgs, ZeroPadding2D> =
  /* @__PURE__ */ optionalLayerFactory(ZeroPadding2D)
