/** Weights: declared by a layer when the shape of its input is known, made when they are first needed. */

import { ShapeError, StateError, showShape } from '../errors.ts'
import type { Initializer } from '../initializers/table.ts'
import { nextStream, type RandomStream } from '../ops/random.ts'
import { runtime } from '../runtime/runtime.ts'
import { checkedSize, type Shape, sameShape, sizeOf } from '../shape.ts'
import { fromValues, Tensor, tidy, Variable } from '../tensor.ts'

/** A penalty that training adds to the loss for a weight: `regularizers.*`. */
export interface WeightRegularizer {
  apply(weight: Tensor): Tensor
}

/** What an update must leave a weight at: `constraints.*`. */
export interface WeightConstraint {
  apply(weight: Tensor): Tensor
}

export interface WeightSpec {
  /** The name within its layer: 'kernel'. */
  readonly name: string
  readonly shape: Shape
  readonly initializer: Initializer
  /** Whether an optimizer may ever change it; a running mean is not trained. */
  readonly trainable: boolean
  readonly regularizer: WeightRegularizer | undefined
  readonly constraint: WeightConstraint | undefined
}

/** What a weight knows of the layer that declared it. */
export interface WeightOwner {
  readonly name: string
  /** Whether training changes the layer's weights. */
  readonly trainable: boolean
  /** Makes the weights of the layer, or of the model that it belongs to. */
  makeWeights(): void
}

/** A weight of a layer. As TF.js's LayerVariable it has `read` and `write`. */
export class Weight {
  /** @internal */
  readonly owner: WeightOwner
  /** The name within its layer: 'kernel'. */
  readonly localName: string
  /** Its sizes. */
  readonly shape: Shape
  /** Always 'float32'. */
  readonly dtype = 'float32'
  /** What its first values come from. */
  readonly initializer: Initializer
  /** The penalty that it adds to the loss, where there is one. */
  readonly regularizer: WeightRegularizer | undefined
  /** What it is projected to after each step, where there is such. */
  readonly constraint: WeightConstraint | undefined
  readonly #trainable: boolean
  #variable: Variable | undefined
  #given: Float32Array | undefined
  #disposed = false

  /** @internal */
  constructor(owner: WeightOwner, spec: WeightSpec) {
    this.owner = owner
    this.localName = spec.name
    this.shape = spec.shape
    this.initializer = spec.initializer
    this.regularizer = spec.regularizer
    this.constraint = spec.constraint
    this.#trainable = spec.trainable
    checkedSize(this.name, this.shape)
  }

  /** The layer's name and the weight's: 'conv2d_1/kernel'. */
  get name(): string {
    return `${this.owner.name}/${this.localName}`
  }

  /** The number of elements. */
  get size(): number {
    return sizeOf(this.shape)
  }

  /** Whether an optimizer may change it now: it is one to be trained, and its layer is not frozen. */
  get trainable(): boolean {
    return this.#trainable && this.owner.trainable
  }

  /** Whether it is one to be trained, in a layer that is not frozen. */
  get isParameter(): boolean {
    return this.#trainable
  }

  /** The variable in memory. Its layer must have computed, or made its weights. */
  get variable(): Variable {
    if (this.#variable !== undefined) return this.#variable
    this.#checkAlive()
    throw new StateError({
      who: this.name,
      expected: 'weights',
      received: 'a layer whose weights have not been made',
      hint: 'compute with it as part of a model, or apply() it',
    })
  }

  /** Whether it has values yet. */
  get isMade(): boolean {
    return this.#variable !== undefined
  }

  /** The value: the variable itself, so that gradients reach it. */
  read(): Variable {
    if (this.#variable === undefined) {
      this.#checkAlive()
      this.owner.makeWeights()
    }
    return this.variable
  }

  /**
   * Replaces the value by that of a tensor of the same shape.
   * @param value of its shape
   */
  write(value: Tensor): this {
    if (!sameShape(value.shape, this.shape)) {
      const received = showShape(value.shape)
      throw new ShapeError({ who: this.name, expected: `shape ${showShape(this.shape)}`, received })
    }
    this.set(value.view(this.name))
    return this
  }

  /**
   * Makes the variable, from values that were given or else by the initializer.
   * @internal
   */
  make(stream: RandomStream = nextStream(this.name)): Variable {
    if (this.#variable !== undefined) return this.#variable
    this.#checkAlive()
    const variable = tidy(() => {
      const given = this.#given
      const start =
        given === undefined ? this.initializer.apply(this.shape, stream) : fromValues(this.name, given, this.shape)
      this.#checkStart(start)
      // An initializer may keep what it returns; a weight shares its memory with no one.
      const fresh = !start.kept && runtime(this.name).scopes.at(-1)!.includes(start)
      const own = fresh && !start.storage(this.name).shared ? start : fromValues(this.name, start.view(), this.shape)
      return new Variable(own.storage(this.name).hold(), this.shape, 'float32', this.name, this.trainable)
    })
    this.#variable = variable
    this.#given = undefined
    return variable
  }

  #checkStart(start: unknown): asserts start is Tensor {
    const isTensor = start instanceof Tensor
    if (isTensor && sameShape(start.shape, this.shape) && start.dtype === 'float32') return
    throw new ShapeError({
      who: `${this.name}, initializer ${this.initializer.className}`,
      expected: `float32 ${showShape(this.shape)}`,
      received: isTensor ? `${start.dtype} ${showShape(start.shape)}` : String(start),
    })
  }

  /**
   * Replaces the values; before the variable is made, it will start from them.
   * @param values as many as it has elements
   */
  set(values: ArrayLike<number>): void {
    this.#checkAlive()
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

  /**
   * To be called when its layer is frozen or thawed, or has another name.
   * @internal
   */
  refresh(): void {
    if (this.#variable !== undefined) this.#variable.trainable = this.trainable
  }

  #checkAlive(): void {
    if (!this.#disposed) return
    throw new StateError({
      who: this.name,
      expected: 'a layer that has not been disposed',
      received: 'one that was, with its model or by itself',
      hint: 'build it again, or dispose it later',
    })
  }

  /** Frees its values. */
  dispose(): void {
    this.#variable?.dispose()
    this.#variable = undefined
    this.#given = undefined
    this.#disposed = true
  }

  /** Whether it was freed. */
  get isDisposed(): boolean {
    return this.#disposed
  }
}
