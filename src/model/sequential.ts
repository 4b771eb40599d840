/** A model whose layers form a row: each takes what the one before it puts out. */

import type { ActivationName } from '../activations/table.ts'
import { ArgumentError, checkOptions, StateError, show } from '../errors.ts'
import { type CallContext, Layer, type Rooted } from '../layers/layer.ts'
import type { BatchShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { LayersModel } from './model.ts'

export interface SequentialArgs {
  /** The layers, the first with an `inputShape`. More can be added. */
  readonly layers?: readonly [Rooted<Layer>, ...Layer[]] | readonly []
  /** Default 'sequential'. */
  readonly name?: string
  /** What weights, shuffling and dropout come from: equal seeds give equal runs. Default drawn at random. */
  readonly seed?: number
}

export class Sequential extends LayersModel {
  readonly #layers: Layer[] = []

  constructor(args: SequentialArgs = {}) {
    const who = 'sequential'
    checkOptions(who, args, ['layers', 'name', 'seed'])
    super(args.name ?? who, args.seed)
    const { layers = [] } = args
    if (!Array.isArray(layers)) {
      throw new ArgumentError({ who, expected: 'layers to be an array', received: show(layers) })
    }
    for (const layer of layers as readonly Layer[]) this.add(layer)
  }

  get layers(): readonly Layer[] {
    return this.#layers
  }

  get inputShape(): BatchShape {
    return this.#first().inputShape
  }

  get outputShape(): BatchShape {
    this.#first()
    return this.#layers.at(-1)!.outputShape
  }

  /** Appends a layer. The first one of a model needs an `inputShape`. */
  add(layer: Layer): void {
    const who = this.name
    if (!(layer instanceof Layer)) {
      throw new ArgumentError({ who, expected: 'a layer', received: show(layer), hint: 'layers.dense({ units: 10 })' })
    }
    if (this.#layers.includes(layer)) {
      throw new ArgumentError({ who, expected: 'each layer once', received: `${show(layer.name)} again` })
    }
    this.#name(layer)
    const before = this.#layers.at(-1)
    const inputShape = before?.outputShape ?? layer.batchInputShape
    if (inputShape === undefined) {
      throw new ArgumentError({
        who,
        expected: 'a first layer with an inputShape',
        received: `${show(layer.name)} without one`,
        hint: 'give it inputShape: [28, 28, 1]',
      })
    }
    layer.build(inputShape)
    this.#layers.push(layer)
  }

  /** Takes the last layer off. */
  pop(): void {
    if (this.#layers.pop() !== undefined) return
    throw new StateError({ who: this.name, expected: 'a model with layers', received: 'one without' })
  }

  /** A layer by its name or by its index. */
  getLayer(nameOrIndex: string | number): Layer {
    const found =
      typeof nameOrIndex === 'number'
        ? this.#layers[nameOrIndex]
        : this.#layers.find((layer) => layer.name === nameOrIndex)
    if (found !== undefined) return found
    const expected = `a layer among ${this.#layers.map((layer) => layer.name).join(', ')}`
    throw new ArgumentError({ who: this.name, expected, received: show(nameOrIndex) })
  }

  protected get finalActivation(): ActivationName | undefined {
    return this.#layers.at(-1)?.finalActivation
  }

  protected run(x: Tensor, context: CallContext, logits: boolean): Tensor {
    this.#first()
    const last = this.#layers.length - 1
    let y = x
    for (let i = 0; i <= last; i++) {
      const layer = this.#layers[i]!
      if (logits && i === last) return layer.callLogits(y, context)
      const both = i < last ? layer.callWith(this.#layers[i + 1]!, y, context) : undefined
      y = both ?? layer.call(y, context)
      if (both !== undefined) i++
    }
    return y
  }

  /** Names are unique: conv2d, conv2d_1, … */
  #name(layer: Layer): void {
    const taken = new Set(this.#layers.map((other) => other.name))
    if (!taken.has(layer.name)) {
      layer.rename(layer.name)
      return
    }
    if (layer.isNamed) {
      throw new ArgumentError({
        who: this.name,
        expected: 'a name for each layer',
        received: `${show(layer.name)} twice`,
      })
    }
    let number = 1
    while (taken.has(`${layer.typeName}_${number}`)) number++
    layer.rename(`${layer.typeName}_${number}`)
  }

  #first(): Layer {
    const first = this.#layers[0]
    if (first !== undefined) return first
    throw new StateError({
      who: this.name,
      expected: 'a model with layers',
      received: 'one without',
      hint: 'add() some',
    })
  }
}

/** A model of layers in a row. */
export function sequential(args?: SequentialArgs): Sequential {
  return new Sequential(args)
}
