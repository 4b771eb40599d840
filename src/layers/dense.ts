/** The fully connected layer. */

import { type ActivationName, activate, checkActivation } from '../activations/table.ts'
import { ArgumentError, checkInteger, ShapeError, show } from '../errors.ts'
import { type Initializer, type InitializerName, toInitializer } from '../initializers/table.ts'
import { type EpilogueActivation, isEpilogueActivation } from '../ops/epilogue.ts'
import { fusedMatMul } from '../ops/matmul.ts'
import type { BatchShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import {
  isShapeList,
  knownSize,
  Layer,
  type LayerArgs,
  type LayerConfig,
  type LayerFactory,
  layerFactory,
  showShapes,
  type Tail,
} from './layer.ts'
import type { Weight } from './weight.ts'

export interface DenseArgs extends LayerArgs {
  /** The number of outputs. */
  readonly units: number
  /** What is applied to the output. Default 'linear'. */
  readonly activation?: ActivationName
  /** Default true. */
  readonly useBias?: boolean
  /** Default 'glorotNormal'. */
  readonly kernelInitializer?: InitializerName | Initializer
  /** Default 'zeros'. */
  readonly biasInitializer?: InitializerName | Initializer
}

/** y = activation(x·kernel + bias) over the last axis of [B, …, K]. */
export class Dense extends Layer {
  static override readonly className = 'Dense'
  readonly units: number
  readonly activation: ActivationName
  readonly useBias: boolean
  readonly kernelInitializer: Initializer
  readonly biasInitializer: Initializer
  #kernel: Weight | undefined
  #bias: Weight | undefined

  constructor(args: DenseArgs) {
    super(args, ['units', 'activation', 'useBias', 'kernelInitializer', 'biasInitializer'])
    const who = this.name
    const { units, activation = 'linear', useBias = true } = args
    checkInteger(who, 'units', units, 1)
    checkActivation(who, activation)
    if (typeof useBias !== 'boolean') {
      throw new ArgumentError({ who, expected: 'useBias to be true or false', received: show(useBias) })
    }
    this.units = units
    this.activation = activation
    this.useBias = useBias
    this.kernelInitializer = toInitializer(who, 'kernelInitializer', args.kernelInitializer ?? 'glorotNormal')
    this.biasInitializer = toInitializer(who, 'biasInitializer', args.biasInitializer ?? 'zeros')
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    if (isShapeList(inputShape) || inputShape.length < 2) {
      const expected = 'input of rank 2 or more, the batch first'
      throw new ShapeError({ who: this.name, expected, received: showShapes(inputShape) })
    }
    knownSize(this.name, inputShape, -1)
    return [...inputShape.slice(0, -1), this.units]
  }

  override build(inputShape: BatchShape): void {
    this.#kernel = this.addWeight(
      'kernel',
      [knownSize(this.name, inputShape, -1), this.units],
      'float32',
      this.kernelInitializer,
    )
    if (this.useBias) this.#bias = this.addWeight('bias', [this.units], 'float32', this.biasInitializer)
  }

  call(x: Tensor): Tensor {
    const fused = isEpilogueActivation(this.activation)
    const y = this.#multiply(x, isEpilogueActivation(this.activation) ? this.activation : 'linear')
    return fused ? y : activate(this.activation, y)
  }

  /** An activation, where it has none itself. */
  override takes(tails: readonly Tail[]): boolean {
    return tails.length === 1 && tails[0]!.kind === 'activation' && this.activation === 'linear'
  }

  override callWith([tail]: readonly Tail[], x: Tensor): Tensor {
    return this.#multiply(x, tail?.kind === 'activation' ? tail.activation : 'linear')
  }

  override get finalActivation(): ActivationName {
    return this.activation
  }

  override callLogits(x: Tensor): Tensor {
    return this.#multiply(x, 'linear')
  }

  #multiply(x: Tensor, activation: EpilogueActivation): Tensor {
    return fusedMatMul(this.name, x, this.#kernel!.variable, { bias: this.#bias?.variable, activation })
  }

  override getConfig(): LayerConfig {
    const { units, activation, useBias, kernelInitializer, biasInitializer } = this
    return { ...super.getConfig(), units, activation, useBias, kernelInitializer, biasInitializer }
  }
}

/** A fully connected layer. Weights: kernel [inputs, units], bias [units]. */
export const dense: LayerFactory<DenseArgs, Dense> = /* @__PURE__ */ layerFactory(Dense)
