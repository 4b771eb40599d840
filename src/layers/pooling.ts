/** Pooling layers. */

import { avgPool, maxPool } from '../ops/pool2d.ts'
import { max, mean } from '../ops/reduce.ts'
import { type BatchShape, checkPair, type Padding, type Pair, pool2dShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import {
  checkInput,
  Layer,
  type LayerArgs,
  type LayerConfig,
  type OptionalLayerFactory,
  openImage,
  optionalLayerFactory,
  type Tail,
} from './layer.ts'

export interface Pooling2DArgs extends LayerArgs {
  /** Height and width of the window. Default 2. */
  readonly poolSize?: Pair
  /** Default the window's size. */
  readonly strides?: Pair | null
  /** Default 'valid'. */
  readonly padding?: Padding
}

abstract class Pooling2D extends Layer {
  readonly poolSize: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly padding: Padding

  constructor(args: Pooling2DArgs = {}) {
    super(args, ['poolSize', 'strides', 'padding'])
    const who = this.name
    this.poolSize = checkPair(who, 'poolSize', args.poolSize ?? 2)
    this.strides = checkPair(who, 'strides', args.strides ?? this.poolSize)
    this.padding = args.padding ?? 'valid'
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

abstract class GlobalPooling2D extends Layer {
  constructor(args: LayerArgs = {}) {
    super(args, [])
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    return [inputShape[0] ?? null, checkInput(this.name, inputShape, 4)[2] ?? null]
  }
}

/** The mean of each channel: [B, H, W, C] to [B, C]. */
export class GlobalAveragePooling2D extends GlobalPooling2D {
  static override readonly className = 'GlobalAveragePooling2D'

  call(x: Tensor): Tensor {
    return mean(x, [1, 2])
  }
}

/** The largest value of each channel: [B, H, W, C] to [B, C]. */
export class GlobalMaxPooling2D extends GlobalPooling2D {
  static override readonly className = 'GlobalMaxPooling2D'

  call(x: Tensor): Tensor {
    return max(x, [1, 2])
  }
}

/** A max-pooling layer. */
export const maxPooling2d: OptionalLayerFactory<Pooling2DArgs, MaxPooling2D> =
  /* @__PURE__ */ optionalLayerFactory(MaxPooling2D)

/** An average-pooling layer. */
export const averagePooling2d: OptionalLayerFactory<Pooling2DArgs, AveragePooling2D> =
  /* @__PURE__ */ optionalLayerFactory(AveragePooling2D)

/** Averages each channel over the whole image. */
export const globalAveragePooling2d: OptionalLayerFactory<LayerArgs, GlobalAveragePooling2D> =
  /* @__PURE__ */ optionalLayerFactory(GlobalAveragePooling2D)

/** Takes each channel's maximum over the whole image. */
export const globalMaxPooling2d: OptionalLayerFactory<LayerArgs, GlobalMaxPooling2D> =
  /* @__PURE__ */ optionalLayerFactory(GlobalMaxPooling2D)
