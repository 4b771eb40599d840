/**
 * What a graph of layers is made of while it is being drawn: a symbolic tensor stands for an output of a layer whose
 * values are not there yet, and a node for one use of a layer.
 */

import { showShape } from '../errors.ts'
import type { BatchShape } from '../shape.ts'
import type { DataType } from '../tensor.ts'
import type { Layer } from './layer.ts'

/** An output of a layer in a graph. What `input` and `layer.apply` of symbolic tensors return. */
export class SymbolicTensor {
  /** The use of a layer that it comes from. */
  readonly node: GraphNode
  /** Which output of the node it is. */
  readonly index: number
  /** With the batch first; null where any size is allowed. */
  readonly shape: BatchShape
  /** 'float32', or 'int32' for indices. */
  readonly dtype: DataType

  /** @internal */
  constructor(node: GraphNode, index: number, shape: BatchShape, dtype: DataType = 'float32') {
    this.node = node
    this.index = index
    this.shape = Object.freeze([...shape])
    this.dtype = dtype
  }

  /** The layer that it comes from. */
  get sourceLayer(): Layer {
    return this.node.layer
  }

  /** What went into that layer. */
  get inputs(): readonly SymbolicTensor[] {
    return this.node.inputs
  }

  /** The name of its layer, numbered where that has several outputs. */
  get name(): string {
    return this.node.layer.name
  }

  /** The number of axes, the batch included. */
  get rank(): number {
    return this.shape.length
  }

  /**
   * Its name and shape.
   * @example
   * console.log(`${input({ shape: [4], name: 'x' })}`) // SymbolicTensor [*, 4] of x
   */
  toString(): string {
    return `SymbolicTensor ${showShape(this.shape)} of ${this.name}`
  }
}

/** One use of a layer: what goes in, and what comes out. A shared layer has several. */
export class GraphNode {
  readonly layer: Layer
  readonly inputs: readonly SymbolicTensor[]
  readonly outputs: readonly SymbolicTensor[]
  /** Whether the layer is given, or gives, a list rather than one tensor. */
  readonly takesList: boolean

  constructor(
    layer: Layer,
    inputs: readonly SymbolicTensor[],
    outputShapes: readonly BatchShape[],
    takesList: boolean,
    dtype: DataType = 'float32',
  ) {
    this.layer = layer
    this.inputs = inputs
    this.takesList = takesList
    this.outputs = outputShapes.map((shape, index) => new SymbolicTensor(this, index, shape, dtype))
  }
}
