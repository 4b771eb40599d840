/** Layers that are an activation. */

import { type ActivationName, activate, toActivation } from '../activations/table.ts'
import { checkInteger, checkNumber } from '../errors.ts'
import { elu as eluOp, leakyRelu, relu } from '../ops/activation.ts'
import { add, minimum, mul, sub } from '../ops/arithmetic.ts'
import { greater, greaterEqual, where } from '../ops/compare.ts'
import { isEpilogueActivation } from '../ops/epilogue.ts'
import { softmax as softmaxOp } from '../ops/softmax.ts'
import { type BatchShape, checkAxis, sameShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import {
  checkInput,
  knownSize,
  Layer,
  type LayerArgs,
  type LayerConfig,
  type LayerFactory,
  layerFactory,
  type OptionalLayerFactory,
  optionalLayerFactory,
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

/** A layer that works element by element. */
abstract class ElementwiseLayer extends Layer {
  override computeOutputShape(inputShape: BatchShape): BatchShape {
    checkInput(this.name, inputShape, inputShape.length)
    return inputShape
  }
}

/** An activation that the kernels of the layer before may apply. */
function tailOf(activation: string): Tail | undefined {
  if (activation !== 'relu6' && !isEpilogueActivation(activation)) return undefined
  return { kind: 'activation', activation }
}

/** What `layers.activation` takes. */
export interface ActivationArgs extends LayerArgs {
  /** Its name: 'relu', 'sigmoid', 'softmax', … */
  readonly activation: ActivationName
}

/** Any activation by its name. */
export class Activation extends ElementwiseLayer {
  static override readonly className = 'Activation'
  readonly activation: ActivationName

  constructor(args: ActivationArgs) {
    super(args, ['activation'])
    this.activation = toActivation(this.name, args.activation)
  }

  call(x: Tensor): Tensor {
    return activate(this.activation, x)
  }

  override get tail(): Tail | undefined {
    return tailOf(this.activation)
  }

  override get finalActivation(): ActivationName {
    return this.activation
  }

  override callLogits(x: Tensor): Tensor {
    return x
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), activation: this.activation }
  }
}

/** What `layers.reLU` takes. */
export interface ReLUArgs extends LayerArgs {
  /** The largest output. Default none. */
  readonly maxValue?: number | null
  /** The slope below the threshold. Default 0. */
  readonly negativeSlope?: number
  /** Where the line begins. Default 0. */
  readonly threshold?: number
}

/** x from `threshold` to `maxValue`, which it is at most; negativeSlope · (x − threshold) below. */
export class ReLU extends ElementwiseLayer {
  static override readonly className = 'ReLU'
  readonly maxValue: number | undefined
  readonly negativeSlope: number
  readonly threshold: number

  constructor(args: ReLUArgs = {}) {
    super(args, ['maxValue', 'negativeSlope', 'threshold'])
    const who = this.name
    const { negativeSlope = 0, threshold = 0 } = args
    checkNumber(who, 'negativeSlope', negativeSlope, { min: 0 })
    checkNumber(who, 'threshold', threshold)
    this.negativeSlope = negativeSlope
    this.threshold = threshold
    if (args.maxValue !== undefined && args.maxValue !== null) {
      checkNumber(who, 'maxValue', args.maxValue, { min: 0 })
      this.maxValue = args.maxValue
    }
  }

  /** The activation that it is, where it is one of those that kernels know. */
  get #known(): 'relu' | 'relu6' | undefined {
    if (this.negativeSlope !== 0 || this.threshold !== 0) return undefined
    return this.maxValue === undefined ? 'relu' : this.maxValue === 6 ? 'relu6' : undefined
  }

  call(x: Tensor): Tensor {
    const known = this.#known
    if (known !== undefined) return activate(known, x)
    const y = this.#withoutCeiling(x)
    return this.maxValue === undefined ? y : minimum(y, this.maxValue)
  }

  #withoutCeiling(x: Tensor): Tensor {
    const { negativeSlope, threshold } = this
    if (threshold === 0) return negativeSlope === 0 ? relu(x) : leakyRelu(x, negativeSlope)
    const below = negativeSlope === 0 ? 0 : mul(sub(x, threshold), negativeSlope)
    return where(greaterEqual(x, threshold), x, below)
  }

  override get tail(): Tail | undefined {
    return tailOf(this.#known ?? '')
  }

  override getConfig(): LayerConfig {
    const { maxValue = null, negativeSlope, threshold } = this
    // TF.js knows of the ceiling alone.
    const more = negativeSlope === 0 && threshold === 0 ? {} : { negativeSlope, threshold }
    return { ...super.getConfig(), maxValue, ...more }
  }
}

/** What `layers.thresholdedReLU` takes. */
export interface ThresholdedReLUArgs extends LayerArgs {
  /** Where the line begins. Default 1. */
  readonly theta?: number
}

/** x above theta, 0 elsewhere: Konda et al. 2015. */
export class ThresholdedReLU extends ElementwiseLayer {
  static override readonly className = 'ThresholdedReLU'
  readonly theta: number

  constructor(args: ThresholdedReLUArgs = {}) {
    super(args, ['theta'])
    checkNumber(this.name, 'theta', args.theta ?? 1)
    this.theta = args.theta ?? 1
  }

  override get typeName(): string {
    return 'thresholded_relu'
  }

  call(x: Tensor): Tensor {
    return where(greater(x, this.theta), x, 0)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), theta: this.theta }
  }
}

/** What `layers.prelu` takes. */
export interface PReLUArgs extends LayerArgs {
  /** What the slopes start from. Default 'zeros'. */
  readonly alphaInitializer?: InitializerOption
  /** A penalty on the slopes. Default none. */
  readonly alphaRegularizer?: RegularizerOption
  /** What the slopes are held to. Default nothing. */
  readonly alphaConstraint?: ConstraintOption
  /** The axes along which all elements have one slope, e.g. [1, 2] for one per channel. Default none. */
  readonly sharedAxes?: number | readonly number[]
}

/** x where it is positive, alpha·x elsewhere, with slopes that are learnt: He et al. 2015. */
export class PReLU extends ElementwiseLayer {
  static override readonly className = 'PReLU'
  readonly #alphaOptions: WeightOptions
  readonly sharedAxes: readonly number[] | undefined
  #alpha: Weight | undefined

  constructor(args: PReLUArgs = {}) {
    super(args, [...weightOptionNames('alpha'), 'sharedAxes'])
    const who = this.name
    this.#alphaOptions = weightOptions(who, args, 'alpha', 'zeros')
    const { sharedAxes } = args
    if (sharedAxes === undefined || sharedAxes === null) return
    this.sharedAxes = typeof sharedAxes === 'number' ? [sharedAxes] : [...sharedAxes]
    for (const axis of this.sharedAxes) checkInteger(who, 'sharedAxes', axis, 1)
  }

  override get typeName(): string {
    return 'p_re_lu'
  }

  #shape(inputShape: BatchShape): readonly number[] {
    for (const axis of this.sharedAxes ?? []) checkAxis(this.name, axis, inputShape.length)
    const own = checkInput(this.name, inputShape, inputShape.length)
    return own.map((_, i) => (this.sharedAxes?.includes(i + 1) ? 1 : knownSize(this.name, inputShape, i + 1)))
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.#shape(inputShape)
    return inputShape
  }

  protected override fits(inputShape: BatchShape): boolean {
    return sameShape(this.#shape(inputShape), this.#alpha!.shape)
  }

  override build(inputShape: BatchShape): void {
    this.#alpha = this.declare('alpha', this.#shape(inputShape), this.#alphaOptions)
  }

  call(x: Tensor): Tensor {
    return add(relu(x), mul(minimum(x, 0), this.#alpha!.variable))
  }

  override getConfig(): LayerConfig {
    const { sharedAxes = null } = this
    return { ...super.getConfig(), ...weightConfig('alpha', this.#alphaOptions), sharedAxes }
  }
}

/** What `layers.leakyReLU` and `layers.elu` take. */
export interface AlphaArgs extends LayerArgs {
  /** The slope or factor below 0. Default 0.3 of leakyReLU, 1 of elu. */
  readonly alpha?: number
}

/** x where it is positive, alpha·x elsewhere; alpha is 0.3 by default. */
export class LeakyReLU extends ElementwiseLayer {
  static override readonly className = 'LeakyReLU'
  readonly alpha: number

  constructor(args: AlphaArgs = {}) {
    super(args, ['alpha'])
    const who = this.name
    checkNumber(who, 'alpha', args.alpha ?? 0.3)
    this.alpha = args.alpha ?? 0.3
  }

  call(x: Tensor): Tensor {
    return leakyRelu(x, this.alpha)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), alpha: this.alpha }
  }
}

/** x where it is positive, alpha·(e^x − 1) elsewhere; alpha is 1 by default: Clevert et al. 2016. */
export class ELU extends ElementwiseLayer {
  static override readonly className = 'ELU'
  readonly alpha: number

  constructor(args: AlphaArgs = {}) {
    super(args, ['alpha'])
    const who = this.name
    checkNumber(who, 'alpha', args.alpha ?? 1, { min: 0 })
    this.alpha = args.alpha ?? 1
  }

  call(x: Tensor): Tensor {
    return eluOp(x, this.alpha)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), alpha: this.alpha }
  }
}

/** What `layers.softmax` takes. */
export interface SoftmaxArgs extends LayerArgs {
  /** Along which the outputs sum to 1. Default the last. */
  readonly axis?: number
}

/** Softmax along one axis. */
export class Softmax extends ElementwiseLayer {
  static override readonly className = 'Softmax'
  readonly axis: number

  constructor(args: SoftmaxArgs = {}) {
    super(args, ['axis'])
    const who = this.name
    checkInteger(who, 'axis', args.axis ?? -1, -6, 5)
    this.axis = args.axis ?? -1
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    checkAxis(this.name, this.axis, inputShape.length)
    return inputShape
  }

  call(x: Tensor): Tensor {
    return softmaxOp(x, this.axis)
  }

  override get finalActivation(): ActivationName | undefined {
    return this.axis === -1 ? 'softmax' : undefined
  }

  override callLogits(x: Tensor): Tensor {
    return x
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), axis: this.axis }
  }
}

/**
 * Applies an activation by its name.
 * @param args `activation`, its name, and what every layer takes
 * @throws ArgumentError for a name that is none
 * @example
 * layers.activation({ activation: 'relu' }).apply(tensor([[-1, 2]])).print() // [[0, 2]]
 */
export const activation: LayerFactory<ActivationArgs, Activation> = /* @__PURE__ */ layerFactory(Activation)
/**
 * Applies max(x, 0).
 * @param args maxValue, negativeSlope and threshold; default max(x, 0)
 * @example
 * layers.reLU({ maxValue: 6 }).apply(tensor([[-1, 2, 9]])).print() // [[0, 2, 6]]
 */
export const reLU: OptionalLayerFactory<ReLUArgs, ReLU> = /* @__PURE__ */ optionalLayerFactory(ReLU)
/**
 * Applies x above 0, alpha·x below.
 * @param args alpha, default 0.3
 * @example
 * layers.leakyReLU().apply(tensor([[-1, 2]])).print() // [[-0.3, 2]]
 */
export const leakyReLU: OptionalLayerFactory<AlphaArgs, LeakyReLU> = /* @__PURE__ */ optionalLayerFactory(LeakyReLU)
/**
 * Applies x above 0, alpha·x below, with slopes that are learnt: He et al. 2015. Weights: alpha, of the shape of a
 * sample but for shared axes.
 * @param args alphaInitializer, default 'zeros', and sharedAxes
 * @example
 * layers.prelu({ alphaInitializer: initializers.constant({ value: 0.5 }) }).apply(tensor([[-1, 2]])).print()
 * // [[-0.5, 2]]
 */
export const prelu: OptionalLayerFactory<PReLUArgs, PReLU> = /* @__PURE__ */ optionalLayerFactory(PReLU)
/**
 * Applies x above theta, 0 elsewhere: Konda et al. 2015.
 * @param args theta, default 1
 * @example
 * layers.thresholdedReLU({ theta: 2 }).apply(tensor([[1, 2, 3]])).print() // [[0, 0, 3]]
 */
export const thresholdedReLU: OptionalLayerFactory<ThresholdedReLUArgs, ThresholdedReLU> =
  /* @__PURE__ */ optionalLayerFactory(ThresholdedReLU)
/**
 * Applies x above 0, alpha·(eˣ − 1) below: Clevert et al. 2016.
 * @param args alpha, default 1
 * @example
 * layers.elu().apply(tensor([[-1, 2]])).print() // [[-0.6321205, 2]]
 */
export const elu: OptionalLayerFactory<AlphaArgs, ELU> = /* @__PURE__ */ optionalLayerFactory(ELU)
/**
 * Turns logits into probabilities along an axis.
 * @param args axis, default the last
 * @example
 * layers.softmax().apply(tensor([[0, 0]])).print() // [[0.5, 0.5]]
 */
export const softmax: OptionalLayerFactory<SoftmaxArgs, Softmax> = /* @__PURE__ */ optionalLayerFactory(Softmax)
