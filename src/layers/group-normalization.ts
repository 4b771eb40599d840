/** Normalization by groups of channels, to length 1, and not at all: layers of Keras that TF.js has not. */

import { ArgumentError, checkInteger, show, showShape } from '../errors.ts'
import { add, div, maximum, mul } from '../ops/arithmetic.ts'
import { fusedBatchNorm } from '../ops/batch-norm.ts'
import { reshape, transpose } from '../ops/layout.ts'
import { sum } from '../ops/sum.ts'
import { sqrt, square } from '../ops/unary.ts'
import { type BatchShape, checkAxis, sizeOf } from '../shape.ts'
import { type Tensor, tidy } from '../tensor.ts'
import {
  knownSize,
  Layer,
  type LayerArgs,
  type LayerConfig,
  type OptionalLayerFactory,
  optionalLayerFactory,
} from './layer.ts'
import { axesOf, type NormalizationArgs, NormalizationLayer } from './normalization.ts'

/** What `layers.groupNormalization` takes. */
export interface GroupNormalizationArgs extends NormalizationArgs {
  /** How many groups the channels are cut into; −1 for one channel in each. Default 32. */
  readonly groups?: number
  /** The axis of the channels: the last, which is the default and the one there is. */
  readonly axis?: number
}

/** gamma · (x − mean) / √(variance + epsilon) + beta, with the statistics of each sample and group: Wu and He 2018. */
export class GroupNormalization extends NormalizationLayer {
  static override readonly className = 'GroupNormalization'
  readonly groups: number

  constructor(args: GroupNormalizationArgs = {}) {
    super(args, ['groups'])
    const { groups = 32, axis = -1 } = args
    checkInteger(this.name, 'groups', groups, -1)
    checkInteger(this.name, 'axis', axis, -6, 5)
    if (groups === 0) throw new ArgumentError({ who: this.name, expected: 'groups to be −1 or above 0', received: '0' })
    this.groups = groups
    this.#axis = axis
  }

  readonly #axis: number

  #groupsOf(channels: number): number {
    return this.groups === -1 ? channels : this.groups
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const [axis] = axesOf(this.name, this.#axis, inputShape)
    const channels = knownSize(this.name, inputShape, inputShape.length - 1)
    const isLast = axis === inputShape.length - 1
    if (isLast && channels % this.#groupsOf(channels) === 0) return inputShape
    throw new ArgumentError({
      who: this.name,
      expected: isLast ? `channels in ${this.groups} groups of one size` : 'axis to be the last',
      received: isLast ? showShape(inputShape) : show(this.#axis),
    })
  }

  override build(inputShape: BatchShape): void {
    this.addGammaAndBeta([inputShape.at(-1)!])
  }

  call(x: Tensor): Tensor {
    const [B, C] = [x.shape[0]!, x.shape.at(-1)!]
    const [G, pixels] = [this.#groupsOf(C), sizeOf(x.shape.slice(1, -1))]
    return tidy(() => {
      // The values of a group of a sample stand one under the other, as the pixels of a channel do.
      const apart = transpose(reshape(x, [B, pixels, G, C / G]), [1, 3, 0, 2])
      const columns = reshape(apart, [-1, B * G])
      const { y } = fusedBatchNorm(this.name, columns, null, null, { epsilon: this.epsilon })
      const normalized = reshape(transpose(reshape(y, apart.shape), [2, 0, 3, 1]), x.shape)
      const scaled = this.gamma === undefined ? normalized : mul(normalized, this.gamma.variable)
      return this.beta === undefined ? scaled : add(scaled, this.beta.variable)
    })
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), groups: this.groups, axis: this.#axis }
  }
}

/** What `layers.unitNormalization` takes. */
export interface UnitNormalizationArgs extends LayerArgs {
  /** The axes along which vectors stand. Default the last. */
  readonly axis?: number | readonly number[]
}

/** Keras's least square of a length. */
const LEAST_SQUARE = 1e-12

/** x / ‖x‖: vectors of length 1. */
export class UnitNormalization extends Layer {
  static override readonly className = 'UnitNormalization'
  readonly axis: number | readonly number[]

  constructor(args: UnitNormalizationArgs = {}) {
    super(args, ['axis'])
    const { axis = -1 } = args
    for (const each of Array.isArray(axis) ? (axis as unknown[]) : [axis]) checkInteger(this.name, 'axis', each, -6, 5)
    this.axis = axis
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    for (const each of Array.isArray(this.axis) ? this.axis : [this.axis]) {
      checkAxis(this.name, each as number, inputShape.length)
    }
    return inputShape
  }

  call(x: Tensor): Tensor {
    return tidy(() => div(x, sqrt(maximum(sum(square(x), this.axis, true), LEAST_SQUARE))))
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), axis: this.axis }
  }
}

/** Passes on what it gets. */
export class Identity extends Layer {
  static override readonly className = 'Identity'

  constructor(args: LayerArgs = {}) {
    super(args, [])
  }

  call(x: Tensor): Tensor {
    return x
  }
}

/**
 * Normalizes each sample by groups of its channels: Wu and He 2018. Weights: gamma, beta.
 * @param args groups, epsilon, center, scale, and what every layer takes
 * @example
 * layers.groupNormalization({ groups: 2 }).apply(tensor([[1, 3, 5, 9]])).print()
 * // [[-0.9995004, 0.9995004, -0.9998751, 0.9998751]]
 */
export const groupNormalization: OptionalLayerFactory<GroupNormalizationArgs, GroupNormalization> =
  /* @__PURE__ */ optionalLayerFactory(GroupNormalization)
/**
 * Brings vectors to length 1.
 * @param args axis, and what every layer takes
 * @example
 * layers.unitNormalization().apply(tensor([[3, 4]])).print() // [[0.6, 0.8]]
 */
export const unitNormalization: OptionalLayerFactory<UnitNormalizationArgs, UnitNormalization> =
  /* @__PURE__ */ optionalLayerFactory(UnitNormalization)
/**
 * Passes on what it gets.
 * @param args what every layer takes
 * @example
 * layers.identity().apply(tensor([1, 2])).print() // [1, 2]
 */
export const identity: OptionalLayerFactory<LayerArgs, Identity> = /* @__PURE__ */ optionalLayerFactory(Identity)
