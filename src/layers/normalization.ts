/** Normalization layers. */

import { ArgumentError, checkInteger, checkNumber, ShapeError, show, showShape } from '../errors.ts'
import { add, mul } from '../ops/arithmetic.ts'
import { type BatchNormActivation, batchNormInference, foldBatchNorm, fusedBatchNorm } from '../ops/batch-norm.ts'
import { reshape, transpose } from '../ops/layout.ts'
import { type BatchShape, checkAxis, sizeOf } from '../shape.ts'
import { fromValues, type Tensor } from '../tensor.ts'
import {
  type CallContext,
  isShapeList,
  knownSize,
  Layer,
  type LayerArgs,
  type LayerConfig,
  type OptionalLayerFactory,
  optionalLayerFactory,
  showShapes,
  type Tail,
} from './layer.ts'
import type { Weight } from './weight.ts'
import {
  type ConstraintOption,
  type InitializerOption,
  type RegularizerOption,
  type WeightOptions,
  weightConfig,
  weightOptionNames,
  weightOptions,
} from './weight-options.ts'

export interface NormalizationArgs extends LayerArgs {
  /** Added to the variance. Default 0.001. */
  readonly epsilon?: number
  /** Whether `beta` is added. Default true. */
  readonly center?: boolean
  /** Whether `gamma` is a factor. Default true. */
  readonly scale?: boolean
  /** Default 'zeros'. */
  readonly betaInitializer?: InitializerOption
  readonly betaRegularizer?: RegularizerOption
  readonly betaConstraint?: ConstraintOption
  /** Default 'ones'. */
  readonly gammaInitializer?: InitializerOption
  readonly gammaRegularizer?: RegularizerOption
  readonly gammaConstraint?: ConstraintOption
}

const NORMALIZATION_ARGS = [
  'axis',
  'epsilon',
  'center',
  'scale',
  ...weightOptionNames('beta'),
  ...weightOptionNames('gamma'),
]

export abstract class NormalizationLayer extends Layer {
  readonly epsilon: number
  readonly center: boolean
  readonly scale: boolean
  readonly #betaOptions: WeightOptions
  readonly #gammaOptions: WeightOptions
  protected gamma: Weight | undefined
  protected beta: Weight | undefined

  constructor(args: NormalizationArgs, own: readonly string[]) {
    super(args, [...NORMALIZATION_ARGS, ...own])
    const who = this.name
    const { epsilon = 1e-3, center = true, scale = true } = args
    checkNumber(who, 'epsilon', epsilon, { min: 0 })
    for (const [name, value] of Object.entries({ center, scale })) {
      if (typeof value === 'boolean') continue
      throw new ArgumentError({ who, expected: `${name} to be true or false`, received: show(value) })
    }
    this.epsilon = epsilon
    this.center = center
    this.scale = scale
    this.#betaOptions = weightOptions(who, args, 'beta', 'zeros')
    this.#gammaOptions = weightOptions(who, args, 'gamma', 'ones')
  }

  protected addGammaAndBeta(shape: readonly number[]): void {
    if (this.scale) this.gamma = this.declare('gamma', shape, this.#gammaOptions)
    if (this.center) this.beta = this.declare('beta', shape, this.#betaOptions)
  }

  override getConfig(): LayerConfig {
    const { epsilon, center, scale } = this
    const weights = { ...weightConfig('beta', this.#betaOptions), ...weightConfig('gamma', this.#gammaOptions) }
    return { ...super.getConfig(), epsilon, center, scale, ...weights }
  }
}

/** Axes counted from the input's first, the batch's, which is none of them. */
export function axesOf(who: string, axis: number | readonly number[], inputShape: BatchShape): number[] {
  if (isShapeList(inputShape) || inputShape.length < 2) {
    const expected = 'input of rank 2 or more, the batch first'
    throw new ShapeError({ who, expected, received: showShapes(inputShape) })
  }
  const given = typeof axis === 'number' ? [axis] : axis
  const axes = given.map((each) => checkAxis(who, each, inputShape.length))
  if (!axes.includes(0) && new Set(axes).size === axes.length) return axes
  throw new ArgumentError({
    who,
    expected: `axis to be among those of the input ${showShape(inputShape)} but the batch`,
    received: show(axis),
  })
}

/** What `layers.batchNormalization` takes. */
export interface BatchNormalizationArgs extends NormalizationArgs {
  /** The axis of the channels. Default the last. */
  readonly axis?: number | readonly number[]
  /** How much of the running statistics a step keeps. Default 0.99. */
  readonly momentum?: number
  /** What the running mean starts from. Default 'zeros'. */
  readonly movingMeanInitializer?: InitializerOption
  /** What the running variance starts from. Default 'ones'. */
  readonly movingVarianceInitializer?: InitializerOption
}

/**
 * gamma · (x − mean) / √(variance + epsilon) + beta for each channel: Ioffe and Szegedy 2015. While training, mean and
 * variance are those of the batch, and running averages of them are kept; in inference, and where the layer is frozen,
 * they are the running ones.
 */
export class BatchNormalization extends NormalizationLayer {
  static override readonly className = 'BatchNormalization'
  readonly axis: number
  readonly momentum: number
  readonly #meanOptions: WeightOptions
  readonly #varianceOptions: WeightOptions
  #mean: Weight | undefined
  #variance: Weight | undefined
  /** The statistics that a pass has come to: a shared layer goes on from them. */
  #pending: { readonly context: CallContext; readonly values: readonly Float32Array[] } | undefined

  constructor(args: BatchNormalizationArgs = {}) {
    super(args, ['momentum', 'movingMeanInitializer', 'movingVarianceInitializer'])
    const who = this.name
    const { axis = -1, momentum = 0.99 } = args
    // Keras writes a list of one.
    const one: unknown = Array.isArray(axis) && axis.length === 1 ? axis[0] : axis
    checkInteger(who, 'axis', one, -6, 5)
    checkNumber(who, 'momentum', momentum, { min: 0, max: 1 })
    this.axis = one
    this.momentum = momentum
    this.#meanOptions = weightOptions(who, args, 'movingMean', 'zeros')
    this.#varianceOptions = weightOptions(who, args, 'movingVariance', 'ones')
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const [axis] = axesOf(this.name, this.axis, inputShape)
    knownSize(this.name, inputShape, axis!)
    return inputShape
  }

  protected override fits(inputShape: BatchShape): boolean {
    const [axis] = axesOf(this.name, this.axis, inputShape)
    return inputShape[axis!] === this.#mean?.shape[0]
  }

  override build(inputShape: BatchShape): void {
    const [axis] = axesOf(this.name, this.axis, inputShape)
    const shape = [knownSize(this.name, inputShape, axis!)]
    this.addGammaAndBeta(shape)
    this.#mean = this.declare('moving_mean', shape, this.#meanOptions, false)
    this.#variance = this.declare('moving_variance', shape, this.#varianceOptions, false)
  }

  call(x: Tensor, context: CallContext): Tensor {
    return this.#normalize(x, 'linear', context)
  }

  #usesBatch({ training }: CallContext): boolean {
    return training && this.trainable
  }

  #normalize(x: Tensor, activation: BatchNormActivation, context: CallContext): Tensor {
    const options = { epsilon: this.epsilon, axis: this.axis, activation }
    const [gamma, beta] = [this.gamma?.variable, this.beta?.variable]
    if (!this.#usesBatch(context)) {
      return batchNormInference(this.name, x, this.#mean!.variable, this.#variance!.variable, gamma, beta, options)
    }
    const { y, mean, variance } = fusedBatchNorm(this.name, x, gamma, beta, options)
    this.#average(mean, variance, context)
    return y
  }

  /** Moves the running statistics towards those of a batch: by 1 − momentum of the distance. */
  #average(mean: Tensor, variance: Tensor, context: CallContext): void {
    const weights = [this.#mean!, this.#variance!] as const
    const before = this.#pending?.context === context ? this.#pending.values : undefined
    const values = [mean, variance].map((batch, i) => {
      const from = before?.[i] ?? weights[i]!.variable.dataSync()
      const to = batch.dataSync()
      return from.map((value, c) => value - (value - to[c]!) * (1 - this.momentum))
    })
    this.#pending = { context, values }
    weights.forEach((weight, i) => {
      const value = fromValues(weight.name, values[i]!, weight.shape)
      if (context.update === undefined) weight.write(value)
      else context.update(weight, value)
    })
  }

  override get tail(): Tail | undefined {
    if (this.axis !== -1 && this.axis !== this.inputShape.length - 1) return undefined
    const sources = (): Tensor[] =>
      [this.#mean, this.#variance, this.gamma, this.beta].flatMap((weight) => weight?.variable ?? [])
    return {
      kind: 'affine',
      isFixed: (context) => !this.#usesBatch(context),
      sources,
      fold: (who, filter, bias) => {
        const [mean, variance] = [this.#mean!.variable, this.#variance!.variable]
        const [gamma, beta] = [this.gamma?.variable, this.beta?.variable]
        return foldBatchNorm(who, filter, bias, mean, variance, gamma, beta, this.epsilon)
      },
      apply: (x, activation, context) => this.#normalize(x, activation, context),
    }
  }

  /** relu and relu6. */
  override takes([tail, ...others]: readonly Tail[]): boolean {
    return others.length === 0 && tail?.kind === 'activation'
  }

  override callWith([tail]: readonly Tail[], x: Tensor, context: CallContext): Tensor {
    return this.#normalize(x, tail?.kind === 'activation' ? tail.activation : 'linear', context)
  }

  override getConfig(): LayerConfig {
    const { axis, momentum } = this
    const movingMeanInitializer = this.#meanOptions.initializer
    const movingVarianceInitializer = this.#varianceOptions.initializer
    return { ...super.getConfig(), axis, momentum, movingMeanInitializer, movingVarianceInitializer }
  }
}

/** What `layers.layerNormalization` takes. */
export interface LayerNormalizationArgs extends NormalizationArgs {
  /** The axes that each sample is normalized over. Default the last. */
  readonly axis?: number | readonly number[]
}

/** gamma · (x − mean) / √(variance + epsilon) + beta, with mean and variance of each sample over `axis`: Ba et al. 2016. */
export class LayerNormalization extends NormalizationLayer {
  static override readonly className = 'LayerNormalization'
  readonly axis: readonly number[]
  #axes: readonly number[] | undefined

  constructor(args: LayerNormalizationArgs = {}) {
    super(args, [])
    const { axis = -1 } = args
    const list: readonly unknown[] = Array.isArray(axis) ? axis : [axis]
    if (list.length === 0) {
      throw new ArgumentError({ who: this.name, expected: 'axis to be a number or several', received: show(axis) })
    }
    for (const each of list) checkInteger(this.name, 'axis', each, -6, 5)
    this.axis = list as readonly number[]
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    for (const axis of axesOf(this.name, this.axis, inputShape)) knownSize(this.name, inputShape, axis)
    return inputShape
  }

  protected override fits(inputShape: BatchShape): boolean {
    const sizes = axesOf(this.name, this.axis, inputShape).map((axis) => inputShape[axis])
    const { shape } = this.weights[0]!
    return sizes.length === shape.length && sizes.every((size, i) => size === shape[i])
  }

  override build(inputShape: BatchShape): void {
    this.#axes = axesOf(this.name, this.axis, inputShape)
    this.addGammaAndBeta(this.#axes.map((axis) => inputShape[axis]!))
  }

  call(x: Tensor): Tensor {
    const axes = axesOf(this.name, this.axis, x.shape)
    // A sample's values stand one under the other, as the pixels of a channel do.
    const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
    const order = [...axes, ...kept]
    const inOrder = order.every((axis, i) => axis === i)
    const turned = inOrder ? x : transpose(x, order)
    const columns = reshape(turned, [sizeOf(axes.map((axis) => x.shape[axis]!)), -1])
    const { y } = fusedBatchNorm(this.name, columns, null, null, { epsilon: this.epsilon })
    const back = order.map((_, axis) => order.indexOf(axis))
    const normalized = transpose(reshape(y, turned.shape), back)
    const stretched = (weight: Weight): Tensor => stretch(weight.variable, axes, x.rank)
    const scaled = this.gamma === undefined ? normalized : mul(normalized, stretched(this.gamma))
    return this.beta === undefined ? scaled : add(scaled, stretched(this.beta))
  }

  override getConfig(): LayerConfig {
    // Files of TF.js have them counted from the first axis.
    return { ...super.getConfig(), axis: this.#axes ?? this.axis }
  }
}

/** A weight whose axes are `axes` of a tensor, with a size of 1 for the others. */
function stretch(weight: Tensor, axes: readonly number[], rank: number): Tensor {
  const sorted = axes.map((axis, i) => [axis, i] as const).sort(([a], [b]) => a - b)
  const inOrder = sorted.every(([, i], place) => i === place)
  const ordered = inOrder
    ? weight
    : transpose(
        weight,
        sorted.map(([, i]) => i),
      )
  const shape = new Array<number>(rank).fill(1)
  for (const [axis, i] of sorted) shape[axis] = weight.shape[i]!
  return reshape(ordered, shape)
}

/**
 * Normalizes each channel by the batch while training, and by running statistics else: Ioffe & Szegedy 2015. A frozen
 * one stays as it is. Weights: gamma, beta, moving_mean, moving_variance, [channels] each.
 * @param args axis, momentum, epsilon, center, scale, and what every layer takes
 * @example
 * const norm = layers.batchNormalization()
 * norm.apply(tensor([[1, 2], [3, 4]]), { training: true }).print()
 * // [[-0.9995004, -0.9995004], [0.9995004, 0.9995004]]
 */
export const batchNormalization: OptionalLayerFactory<BatchNormalizationArgs, BatchNormalization> =
  /* @__PURE__ */ optionalLayerFactory(BatchNormalization)

/**
 * Normalizes each sample by itself: Ba et al. 2016. Weights: gamma, beta.
 * @param args axis, epsilon, center, scale, and what every layer takes
 * @example
 * layers.layerNormalization().apply(tensor([[1, 3], [5, 9]])).print()
 * // [[-0.9995004, 0.9995004], [-0.9998751, 0.9998751]]
 */
export const layerNormalization: OptionalLayerFactory<LayerNormalizationArgs, LayerNormalization> =
  /* @__PURE__ */ optionalLayerFactory(LayerNormalization)
