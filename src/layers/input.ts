/** Where data enters a model: the layer that does nothing but tell the shape of the input, and its symbolic tensor. */

import { ArgumentError, checkOptions, show } from '../errors.ts'
import type { BatchShape } from '../shape.ts'
import type { DataType, Tensor } from '../tensor.ts'
import { Layer, type LayerArgs, type LayerConfig, type LayerFactory, layerFactory } from './layer.ts'
import { GraphNode, type SymbolicTensor } from './symbolic.ts'

/** What `layers.inputLayer` takes. */
export interface InputLayerArgs extends LayerArgs {
  /** Nothing else is: kept for files of Keras. */
  readonly sparse?: false
}

export class InputLayer extends Layer {
  static override readonly className = 'InputLayer'
  readonly dtype: DataType

  constructor(args: InputLayerArgs) {
    super(args, ['sparse'])
    this.dtype = args.dtype ?? 'float32'
    if (this.batchInputShape === undefined) {
      throw new ArgumentError({ who: this.name, expected: 'an inputShape', received: 'none' })
    }
  }

  override get typeName(): string {
    return 'input'
  }

  override get acceptsIntegers(): boolean {
    return this.dtype !== 'float32'
  }

  /** Its place in a graph, made when it is first asked for. */
  get symbol(): SymbolicTensor {
    const [node] = this.inboundNodes
    if (node !== undefined) return node.outputs[0]!
    this.connect(this.batchInputShape!)
    const first = new GraphNode(this, [], [this.batchInputShape!], false, this.dtype)
    this.inboundNodes.push(first)
    return first.outputs[0]!
  }

  call(x: Tensor): Tensor {
    return x
  }

  override getConfig(): LayerConfig {
    const { trainable: _, ...config } = super.getConfig()
    return { ...config, dtype: this.dtype }
  }
}

/**
 * Tells a model the shape of its input.
 * @param args inputShape or batchInputShape, and name
 * @example
 * const model = sequential({ layers: [layers.inputLayer({ inputShape: [4] }), layers.dense({ units: 2 })] })
 * console.log(model.outputShape) // [ null, 2 ]
 */
export const inputLayer: LayerFactory<InputLayerArgs, InputLayer> = /* @__PURE__ */ layerFactory(InputLayer)

/** What `input` takes. */
export interface InputArgs {
  /** The shape of one sample, without the batch; null where any size will do. */
  readonly shape?: BatchShape
  /** The same with the batch in front. */
  readonly batchShape?: BatchShape
  /** The name, by which a model's data may be given. Default 'input' and a number. */
  readonly name?: string
  /** Default 'float32'; 'int32' for indices that an embedding looks up. */
  readonly dtype?: DataType
  /** Nothing but false is: kept for ported code. */
  readonly sparse?: false
}

/**
 * The start of a graph: `const x = input({ shape: [28, 28, 1] })`, then `layers.conv2d(…).apply(x)` and so on, and
 * `model({ inputs: x, outputs })`.
 * @param args shape or batchShape, name and dtype
 * @example
 * const x = input({ shape: [4] })
 * const y = layers.dense({ units: 2 }).apply(x)
 * console.log(model({ inputs: x, outputs: y }).outputShape) // [ null, 2 ]
 */
export function input(args: InputArgs): SymbolicTensor {
  const who = 'input'
  checkOptions(who, args, ['shape', 'batchShape', 'name', 'dtype', 'sparse'])
  const { shape, batchShape, name, dtype } = args
  const sizes = batchShape ?? (Array.isArray(shape) ? [null, ...shape] : undefined)
  if (sizes === undefined) {
    const hint = 'input({ shape: [28, 28, 1] }), without the batch'
    throw new ArgumentError({ who, expected: 'a shape', received: show(shape), hint })
  }
  const given = { ...(name && { name }), ...(dtype && { dtype }) }
  return new InputLayer({ batchInputShape: sizes, ...given }).symbol
}
