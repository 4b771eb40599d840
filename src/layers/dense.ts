/** The fully connected layer. */

import { checkInteger, ShapeError } from '../errors.ts'
import type { EpilogueActivation } from '../ops/epilogue.ts'
import { fusedMatMul } from '../ops/matmul.ts'
import type { BatchShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { type FilterArgs, FilterLayer, type KernelArgs } from './filter-layer.ts'
import { isShapeList, knownSize, type LayerConfig, type LayerFactory, layerFactory, showShapes } from './layer.ts'
import { type WeightOptions, weightConfig, weightOptionNames, weightOptions } from './weight-options.ts'

/** What `layers.dense` takes. */
export interface DenseArgs extends FilterArgs, KernelArgs {
  /** The number of outputs. */
  readonly units: number
  /** The size of the input, where there is no `inputShape`. */
  readonly inputDim?: number
}

/** y = activation(x·kernel + bias) over the last axis of [B, …, K]. */
export class Dense extends FilterLayer {
  static override readonly className = 'Dense'
  readonly units: number
  readonly #kernelOptions: WeightOptions

  constructor(args: DenseArgs) {
    super(withInputDim(args), ['units', ...weightOptionNames('kernel'), 'inputDim'])
    const who = this.name
    checkInteger(who, 'units', args.units, 1)
    this.units = args.units
    this.#kernelOptions = weightOptions(who, args, 'kernel', 'glorotNormal')
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
    const shape = [knownSize(this.name, inputShape, -1), this.units]
    this.kernel = this.declare('kernel', shape, this.#kernelOptions)
    this.addBias(this.units)
  }

  protected filtered(x: Tensor, kernel: Tensor, bias: Tensor | undefined, activation: EpilogueActivation): Tensor {
    return fusedMatMul(this.name, x, kernel, { bias, activation })
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), units: this.units, ...weightConfig('kernel', this.#kernelOptions) }
  }
}

/** `inputDim: n` as `inputShape: [n]`. */
function withInputDim(args: DenseArgs): DenseArgs {
  if (typeof args !== 'object' || args === null || args.inputDim === undefined || args.inputShape) return args
  return { ...args, inputShape: [args.inputDim] }
}

/**
 * A fully connected layer, over the last axis: [B, …, K] to [B, …, units]. Weights: kernel [K, units], bias [units].
 * @param args units, activation, useBias, kernelInitializer, …, and what every layer takes
 * @throws ArgumentError where units is no positive integer
 * @example
 * const layer = layers.dense({ units: 10, activation: 'softmax', inputShape: [128] })
 * console.log(sequential({ layers: [layer] }).countParams()) // 1290
 */
export const dense: LayerFactory<DenseArgs, Dense> = /* @__PURE__ */ layerFactory(Dense)
