/** A model whose layers form a row: each takes what the one before it puts out. */

import { ArgumentError, checkOptions, StateError, show } from '../errors.ts'
import { type Graph, graphOf } from '../graph/graph.ts'
import { InputLayer } from '../layers/input.ts'
import { Layer } from '../layers/layer.ts'
import type { SymbolicTensor } from '../layers/symbolic.ts'
import type { TensorSpec } from '../training/trainable.ts'
import { LayersModel } from './model.ts'
import { nameLayer } from './names.ts'

/** What `sequential` takes. */
export interface SequentialArgs {
  /** The layers, the first with an `inputShape`. More can be added. */
  readonly layers?: readonly Layer[]
  /** Default 'sequential'. */
  readonly name?: string
  /** What weights, shuffling and dropout come from: equal seeds give equal runs. Default drawn at random. */
  readonly seed?: number
}

/** A model of layers in a row. Made by `sequential`. */
export class Sequential extends LayersModel {
  static override readonly className = 'Sequential'
  readonly #layers: Layer[] = []
  /** Where data enters, and what the layers have made of it so far. */
  #begin: SymbolicTensor | undefined
  readonly #outputs: SymbolicTensor[] = []

  /** @internal */
  constructor(args: SequentialArgs | null = {}) {
    const who = 'sequential'
    const given = args ?? {}
    checkOptions(who, given, ['layers', 'name', 'seed'])
    const { layers, name, seed } = given
    super({ ...(name != null && { name }), ...(seed != null && { seed }) })
    if (layers === undefined || layers === null) return
    if (!Array.isArray(layers)) {
      throw new ArgumentError({ who, expected: 'layers to be an array', received: show(layers) })
    }
    for (const layer of layers as readonly Layer[]) this.add(layer)
  }

  /** @internal */
  override get typeName(): string {
    return 'sequential'
  }

  override get layers(): readonly Layer[] {
    return this.#layers
  }

  /**
   * The first layer complains of an input, since nobody wrote one before it.
   * @internal
   */
  override get inputSpecs(): TensorSpec[] {
    return super.inputSpecs.map((spec) => ({ ...spec, name: this.#layers[0]?.name ?? spec.name }))
  }

  /**
   * Appends a layer, or a model. The first one needs an `inputShape`.
   * @param layer what comes next
   * @throws ShapeError where it cannot take the output of the one before
   * @example
   * const net = sequential()
   * net.add(layers.dense({ units: 8, inputShape: [4] }))
   * net.add(layers.dense({ units: 2 }))
   * console.log(net.outputShape) // [ null, 2 ]
   */
  add(layer: Layer): void {
    const who = this.name
    if (!(layer instanceof Layer)) {
      throw new ArgumentError({ who, expected: 'a layer', received: show(layer), hint: 'layers.dense({ units: 10 })' })
    }
    if (this.#layers.includes(layer)) {
      throw new ArgumentError({ who, expected: 'each layer once', received: `${show(layer.name)} again` })
    }
    this.#checkAlone('add')
    nameLayer(this, layer, new Set(this.#layers.map(({ name }) => name)))
    const before = this.#outputs.at(-1)
    const begin = before ?? this.#beginning(layer)
    const output = layer instanceof InputLayer && before === undefined ? begin : layer.apply(begin)
    if (Array.isArray(output)) {
      throw new ArgumentError({
        who,
        expected: 'layers with one output',
        received: `${show(layer.name)} with ${output.length}`,
        hint: 'use model({ inputs, outputs })',
      })
    }
    this.#begin ??= begin
    this.#layers.push(layer)
    this.#outputs.push(output)
    layer.hold(this)
    this.changeGraph(undefined)
  }

  /** The symbolic tensor that a first layer is applied to. */
  #beginning(layer: Layer): SymbolicTensor {
    if (layer instanceof InputLayer) return layer.symbol
    const shape = layer.batchInputShape ?? (layer instanceof LayersModel ? layer.inputShape : undefined)
    const dtype = layer.acceptsIntegers ? 'int32' : 'float32'
    if (shape !== undefined) {
      const begin = new InputLayer({ batchInputShape: shape, dtype })
      begin.rename(`${layer.name}_input`)
      return begin.symbol
    }
    throw new ArgumentError({
      who: this.name,
      expected: 'a first layer with an inputShape',
      received: `${show(layer.name)} without one`,
      hint: 'give it inputShape: [28, 28, 1]',
    })
  }

  /** What others have built on must not change under them. */
  #checkAlone(method: string): void {
    const [holder] = this.holders
    if (holder === undefined) return
    const received = `one that ${show(holder.name)} holds`
    throw new StateError({ who: `${this.name}.${method}`, expected: 'a model that is part of no other', received })
  }

  /**
   * Takes the last layer off.
   * @throws StateError where there is none
   * @example
   * const net = zoo.lenet5({ seed: 1 })
   * net.pop()
   * console.log(net.outputShape) // [ null, 84 ]
   */
  pop(): void {
    this.#checkAlone('pop')
    const layer = this.#layers.pop()
    if (layer === undefined) {
      throw new StateError({ who: this.name, expected: 'a model with layers', received: 'one without' })
    }
    const output = this.#outputs.pop()!
    const at = layer.inboundNodes.indexOf(output.node)
    if (at >= 0 && !(layer instanceof InputLayer)) layer.inboundNodes.splice(at, 1)
    if (this.#layers.length === 0) this.#begin = undefined
    // Its weights stay: it may be added to another model.
    layer.letGo(this)
    this.changeGraph(undefined)
  }

  protected override makeGraph(): Graph | undefined {
    const output = this.#outputs.at(-1)
    return output === undefined ? undefined : graphOf(this.name, [this.#begin!], [output])
  }
}

/**
 * A model of layers in a row.
 * @param args layers, name and seed
 * @example
 * const net = sequential({ layers: [layers.dense({ units: 2, inputShape: [4] })], seed: 1 })
 * console.log(net.countParams()) // 10
 */
export function sequential(args?: SequentialArgs | null): Sequential {
  return new Sequential(args)
}
