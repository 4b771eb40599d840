/** Layers that are an activation. */

import { type ActivationName, activate, checkActivation } from '../activations/table.ts'
import { checkInteger, checkNumber } from '../errors.ts'
import { elu as eluOp, leakyRelu, relu } from '../ops/activation.ts'
import { minimum } from '../ops/arithmetic.ts'
import { isEpilogueActivation } from '../ops/epilogue.ts'
import { softmax as softmaxOp } from '../ops/softmax.ts'
import { type BatchShape, checkAxis } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import {
  Layer,
  type LayerArgs,
  type LayerConfig,
  type LayerFactory,
  layerFactory,
  type OptionalLayerFactory,
  optionalLayerFactory,
  type Tail,
} from './layer.ts'

/** A layer that works element by element. */
abstract class ElementwiseLayer extends Layer {
  override computeOutputShape(inputShape: BatchShape): BatchShape {
    return inputShape
  }
}

/** An activation that the kernels of the layer before may apply. */
function tailOf(activation: string): Tail | undefined {
  return isEpilogueActivation(activation) ? { kind: 'activation', activation } : undefined
}

export interface ActivationArgs extends LayerArgs {
  readonly activation: ActivationName
}

/** Any activation by its name. */
export class Activation extends ElementwiseLayer {
  static override readonly className = 'Activation'
  readonly activation: ActivationName

  constructor(args: ActivationArgs) {
    super(args, ['activation'])
    const who = this.name
    checkActivation(who, args.activation)
    this.activation = args.activation
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

export interface ReLUArgs extends LayerArgs {
  /** The largest output. Default none. */
  readonly maxValue?: number | null
}

/** max(x, 0), at most `maxValue`. */
export class ReLU extends ElementwiseLayer {
  static override readonly className = 'ReLU'
  readonly maxValue: number | undefined

  constructor(args: ReLUArgs = {}) {
    super(args, ['maxValue'])
    const who = this.name
    if (args.maxValue !== undefined && args.maxValue !== null) {
      checkNumber(who, 'maxValue', args.maxValue, { min: 0 })
      this.maxValue = args.maxValue
    }
  }

  call(x: Tensor): Tensor {
    return this.maxValue === undefined ? relu(x) : minimum(relu(x), this.maxValue)
  }

  override get tail(): Tail | undefined {
    return tailOf(this.maxValue === undefined ? 'relu' : `relu${this.maxValue}`)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), maxValue: this.maxValue ?? null }
  }
}

export interface AlphaArgs extends LayerArgs {
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

export interface SoftmaxArgs extends LayerArgs {
  /** Default the last. */
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

/** Applies an activation by its name. */
export const activation: LayerFactory<ActivationArgs, Activation> = /* @__PURE__ */ layerFactory(Activation)
/** Applies max(x, 0). */
export const reLU: OptionalLayerFactory<ReLUArgs, ReLU> = /* @__PURE__ */ optionalLayerFactory(ReLU)
/** Applies x or alpha·x. */
export const leakyReLU: OptionalLayerFactory<AlphaArgs, LeakyReLU> = /* @__PURE__ */ optionalLayerFactory(LeakyReLU)
/** Applies x or e^x − 1. */
export const elu: OptionalLayerFactory<AlphaArgs, ELU> = /* @__PURE__ */ optionalLayerFactory(ELU)
/** Turns logits into probabilities along an axis. */
export const softmax: OptionalLayerFactory<SoftmaxArgs, Softmax> = /* @__PURE__ */ optionalLayerFactory(Softmax)
