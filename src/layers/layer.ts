/**
 * What every layer is: a name, the weights that it declares when the shape of its input is known, and a `call` that is a
 * few ops. A layer knows nothing of memory or of the gradient: weights are made when a model first computes, so a model
 * can be built and summed up before there is a runtime.
 */

import type { ActivationName } from '../activations/table.ts'
import { ArgumentError, checkOptions, ShapeError, StateError, show, showShape } from '../errors.ts'
import type { Constraint } from '../constraints/table.ts'
import type { Initializer } from '../initializers/table.ts'
import type { RandomStream } from '../ops/random.ts'
import type { Regularizer } from '../regularizers/table.ts'
import { runtime } from '../runtime/runtime.ts'
import { type BatchShape, type Shape, sizeOf } from '../shape.ts'
import { fromValues, type Tensor, tidy, Variable } from '../tensor.ts'

export interface LayerArgs {
  /** The layer's name; default its type and a number, e.g. 'conv2d_1'. */
  readonly name?: string
  /** Whether training changes the weights. Default true. */
  readonly trainable?: boolean
  /** The shape of one input, without the batch. The first layer of a model needs it. */
  readonly inputShape?: Shape
}

/** What a layer may know of the pass that it is called in. */
export interface CallContext {
  readonly training: boolean
  /** The random numbers of this pass for one layer, by its index among the model's. */
  readonly stream: (layer: Layer) => RandomStream
}

/** A weight: declared by a layer, made when it is first needed. */
export class Weight {
  readonly name: string
  readonly shape: Shape
  readonly initializer: Initializer
  /** Whether an optimizer may change it; a running mean is not trained. */
  readonly trainable: boolean
  /** Adds a penalty to the loss of each step in which the weight is trained. */
  regularizer: Regularizer | undefined
  /** Projects the weight after each update. */
  constraint: Constraint | undefined
  #variable: Variable | undefined
  #given: Float32Array | undefined

  constructor(name: string, shape: Shape, initializer: Initializer, trainable: boolean) {
    this.name = name
    this.shape = shape
    this.initializer = initializer
    this.trainable = trainable
  }

  get size(): number {
    return sizeOf(this.shape)
  }

  /** The variable in memory. */
  get variable(): Variable {
    if (this.#variable === undefined) {
      throw new StateError({
        who: this.name,
        expected: 'weights',
        received: 'a layer whose weights have not been made',
        hint: 'compute with it as part of a model, or apply() it',
      })
    }
    return this.#variable
  }

  get isMade(): boolean {
    return this.#variable !== undefined
  }

  /** Makes the variable, from values that were given or else by the initializer. */
  make(stream: RandomStream): Variable {
    if (this.#variable !== undefined) return this.#variable
    const variable = tidy(() => {
      const given = this.#given
      const start =
        given === undefined ? this.initializer.apply(this.shape, stream) : fromValues(this.name, given, this.shape)
      this.#checkStart(start)
      return new Variable(start.buffer(this.name).hold(), this.shape, 'float32', this.name, this.trainable)
    })
    this.#variable = variable
    this.#given = undefined
    return variable
  }

  #checkStart(start: Tensor): void {
    if (showShape(start.shape) === showShape(this.shape) && start.dtype === 'float32') return
    throw new ShapeError({
      who: `${this.name}, initializer ${this.initializer.className}`,
      expected: `float32 ${showShape(this.shape)}`,
      received: `${start.dtype} ${showShape(start.shape)}`,
    })
  }

  /** Replaces the values; before the variable is made, it will start from them. */
  set(values: ArrayLike<number>): void {
    if (values.length !== this.size) {
      throw new ShapeError({
        who: this.name,
        expected: `${this.size} values for shape ${showShape(this.shape)}`,
        received: String(values.length),
      })
    }
    if (this.#variable === undefined) this.#given = Float32Array.from(values)
    else this.#variable.write(values)
  }

  dispose(): void {
    this.#variable?.dispose()
    this.#variable = undefined
  }
}

export type LayerConfig = Record<string, unknown>

export abstract class Layer {
  /** The type's name in model files: 'Conv2D'. */
  abstract readonly className: string
  trainable: boolean
  /** The shape of a first layer's input with the batch, e.g. [null, 28, 28, 1]. */
  readonly batchInputShape: BatchShape | undefined
  readonly weights: Weight[] = []
  #name: string | undefined
  #inputShape: BatchShape | undefined
  #outputShape: BatchShape | undefined

  constructor(who: string, args: LayerArgs, own: readonly string[]) {
    checkOptions(who, args, [...own, 'name', 'trainable', 'inputShape'])
    const { name, trainable = true, inputShape } = args
    if (name !== undefined && (typeof name !== 'string' || name === '')) {
      throw new ArgumentError({ who, expected: 'name to be a string with characters', received: show(name) })
    }
    if (typeof trainable !== 'boolean') {
      throw new ArgumentError({ who, expected: 'trainable to be true or false', received: show(trainable) })
    }
    if (inputShape !== undefined) checkInputShape(who, inputShape)
    this.#name = name
    this.trainable = trainable
    this.batchInputShape = inputShape === undefined ? undefined : [null, ...inputShape]
  }

  /** The default name, which a model numbers: 'conv2d'. */
  get typeName(): string {
    return this.className.replace(/([a-z0-9])([A-Z][a-z])/g, '$1_$2').toLowerCase()
  }

  get name(): string {
    return this.#name ?? this.typeName
  }

  get isNamed(): boolean {
    return this.#name !== undefined
  }

  /** A model gives a name to a layer that came without one. */
  rename(name: string): void {
    this.#name = name
  }

  get isBuilt(): boolean {
    return this.#outputShape !== undefined
  }

  get inputShape(): BatchShape {
    return this.#inputShape ?? this.#notBuilt()
  }

  get outputShape(): BatchShape {
    return this.#outputShape ?? this.#notBuilt()
  }

  #notBuilt(): never {
    throw new StateError({
      who: this.name,
      expected: 'a built layer',
      received: 'one whose input shape is not known yet',
      hint: 'add it to a model whose first layer has an inputShape',
    })
  }

  /** Checks the shape of the input, declares the weights and returns the shape of the output. */
  build(inputShape: BatchShape): BatchShape {
    if (this.#inputShape !== undefined && this.#outputShape !== undefined) {
      if (showShape(inputShape) === showShape(this.#inputShape)) return this.#outputShape
      throw new StateError({
        who: this.name,
        expected: `input ${showShape(this.#inputShape)}, for which it was built`,
        received: showShape(inputShape),
        hint: 'make a layer of its own for each place',
      })
    }
    const outputShape = this.computeOutputShape(inputShape)
    this.declareWeights(inputShape)
    this.#inputShape = inputShape
    this.#outputShape = outputShape
    return outputShape
  }

  /** The shape of the output for one of the input; throws where the layer cannot take it. */
  abstract computeOutputShape(inputShape: BatchShape): BatchShape

  /** Declares the weights by `addWeight`. */
  protected declareWeights(_inputShape: BatchShape): void {}

  /** The output of the layer. Its ops carry the gradient. */
  abstract call(x: Tensor, context: CallContext): Tensor

  /** The output of this layer and the next one, where one pass computes both; else undefined. */
  callWith(_next: Layer, _x: Tensor, _context: CallContext): Tensor | undefined {
    return undefined
  }

  /** The activation that `call` ends in, for losses that take what goes into it; undefined where there is none. */
  get finalActivation(): ActivationName | undefined {
    return undefined
  }

  /** What `call` computes before its final activation. */
  callLogits(_x: Tensor, _context: CallContext): Tensor {
    throw new StateError({ who: this.name, expected: 'a layer with a final activation', received: this.className })
  }

  /** The arguments that make this layer again. */
  getConfig(): LayerConfig {
    const { name, trainable, batchInputShape } = this
    const inputShape = batchInputShape === undefined ? {} : { batchInputShape }
    return { name, trainable, ...inputShape }
  }

  /** The output for a tensor, as a layer on its own; its weights are made at the first call. */
  apply(x: Tensor, { training = false }: { training?: boolean } = {}): Tensor {
    runtime(this.name)
    this.build([null, ...x.shape.slice(1)])
    this.weights.forEach((weight, index) => {
      weight.make({ seedLo: 0, seedHi: 0, streamLo: index, streamHi: 0 })
    })
    let draws = 0
    const stream = (): RandomStream => ({ seedLo: 0, seedHi: 1, streamLo: draws++, streamHi: 0 })
    return tidy(() => this.call(x, { training, stream }))
  }

  protected addWeight(name: string, shape: Shape, initializer: Initializer, trainable = true): Weight {
    const weight = new Weight(`${this.name}/${name}`, shape, initializer, trainable)
    this.weights.push(weight)
    return weight
  }

  countParams(): number {
    return this.weights.reduce((sum, weight) => sum + weight.size, 0)
  }

  /** The values of the weights, as tensors that share their memory with them no longer. */
  getWeights(): Tensor[] {
    return this.weights.map((weight) => fromValues(weight.name, weight.variable.view(weight.name), weight.shape))
  }

  setWeights(values: readonly Tensor[]): void {
    if (values.length !== this.weights.length) {
      const received = `${values.length}`
      throw new ArgumentError({ who: this.name, expected: `${this.weights.length} weights`, received })
    }
    this.weights.forEach((weight, i) => {
      const value = values[i]!
      if (showShape(value.shape) !== showShape(weight.shape)) {
        const received = showShape(value.shape)
        throw new ShapeError({ who: weight.name, expected: `shape ${showShape(weight.shape)}`, received })
      }
    })
    this.weights.forEach((weight, i) => {
      weight.set(values[i]!.view(weight.name))
    })
  }

  dispose(): void {
    for (const weight of this.weights) weight.dispose()
  }
}

function checkInputShape(who: string, shape: unknown): void {
  if (Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size >= 1)) return
  throw new ArgumentError({
    who,
    expected: 'inputShape to be sizes of at least 1, without the batch, e.g. [28, 28, 1]',
    received: show(shape),
  })
}

/** Checks the rank of a layer's input, and that its sizes but the batch are known. */
export function checkInput(who: string, shape: BatchShape, rank: number, hint?: string): Shape {
  const sizes = shape.slice(1)
  if (shape.length === rank && sizes.every((size): size is number => size !== null)) return sizes
  const expected = `input of rank ${rank}, the batch first`
  throw new ShapeError({ who, expected, received: showShape(shape), hint })
}

/** A layer that knows the shape of its input, so that a model may begin with it. */
export type Rooted<L extends Layer> = L & { readonly batchInputShape: BatchShape }

/** Makes a layer of its arguments; one that is given an `inputShape` may begin a model. */
export interface LayerFactory<Args extends LayerArgs, L extends Layer> {
  (args: Args & { readonly inputShape: Shape }): Rooted<L>
  (args: Args): L
}

/** A factory whose arguments all have defaults. */
export interface OptionalLayerFactory<Args extends LayerArgs, L extends Layer> {
  (args: Args & { readonly inputShape: Shape }): Rooted<L>
  (args?: Args): L
}

export function layerFactory<Args extends LayerArgs, L extends Layer>(
  type: new (args: Args) => L,
): LayerFactory<Args, L> {
  return ((args: Args) => new type(args)) as LayerFactory<Args, L>
}

export function optionalLayerFactory<Args extends LayerArgs, L extends Layer>(
  type: new (args?: Args) => L,
): OptionalLayerFactory<Args, L> {
  return ((args?: Args) => new type(args)) as OptionalLayerFactory<Args, L>
}
