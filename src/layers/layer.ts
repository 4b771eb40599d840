/**
 * What every layer is: a name, the weights that it declares when the shape of its input is known, and a `call` that is a
 * few ops. A layer knows nothing of memory or of the gradient: weights are made when a model first computes, so a model
 * can be built and summed up before there is a runtime. Layers of your own extend `Layer` as in TF.js.
 */

import type { ActivationName } from '../activations/table.ts'
import { ArgumentError, checkOneOf, checkOptions, ShapeError, StateError, show, showShape } from '../errors.ts'
import { type Initializer, type InitializerName, toInitializer } from '../initializers/table.ts'
import type { BatchNormActivation } from '../ops/batch-norm.ts'
import type { EpilogueActivation } from '../ops/epilogue.ts'
import { clone } from '../ops/layout.ts'
import { cast } from '../ops/op.ts'
import { nextStream, type RandomStream, seededStream } from '../ops/random.ts'
import { runtime } from '../runtime/runtime.ts'
import { type BatchShape, type Padding, type Shape, sizeOf } from '../shape.ts'
import { type DataType, fromValues, Tensor, tidy } from '../tensor.ts'
import { GraphNode, SymbolicTensor } from './symbolic.ts'
import { Weight, type WeightConstraint, type WeightOwner, type WeightRegularizer } from './weight.ts'
import type { WeightOptions } from './weight-options.ts'

/** What every layer takes. */
export interface LayerArgs {
  /** The layer's name; default its type and a number, e.g. 'conv2d_1'. */
  readonly name?: string
  /** Whether training changes the weights. Default true. */
  readonly trainable?: boolean
  /** The shape of one input, without the batch; null where any size will do. The first layer of a model needs it. */
  readonly inputShape?: BatchShape
  /** The same with the batch in front. */
  readonly batchInputShape?: BatchShape
  /** The batch's size, where it is fixed. */
  readonly batchSize?: number
  /** What the layer computes in: float32, as everything. */
  readonly dtype?: DataType
  /** What the input is made of. */
  readonly inputDType?: DataType
  /** The first values of the weights. */
  readonly weights?: readonly Tensor[]
}

const BASE_ARGS = [
  'name',
  'trainable',
  'inputShape',
  'batchInputShape',
  'batchSize',
  'dtype',
  'inputDType',
  'weights',
] as const satisfies readonly (keyof LayerArgs)[]

/** What a layer may know of the pass that it is called in. */
export interface CallContext {
  /** Whether the model is being trained. */
  readonly training: boolean
  /**
   * The random numbers of this pass for one layer: others at each call. Those of a layer with a seed of its own depend
   * on that seed and on how many passes there were, and on nothing else.
   */
  readonly stream: (layer: Layer, seed?: number | null) => RandomStream
  /**
   * Takes the next value of a running statistic, which is written when the step cannot fail any more. Where there is
   * none, the layer writes it itself.
   */
  readonly update?: ((weight: Weight, value: Tensor) => void) | undefined
}

/** One shape, or one for each input or output. */
export type Shapes = BatchShape | readonly BatchShape[]
/** What a layer is called with. */
export type LayerInput = Tensor | readonly Tensor[]
/** What a layer returns. */
export type LayerOutput = Tensor | Tensor[]
/** What a layer is applied to in a graph. */
export type SymbolicInput = SymbolicTensor | readonly SymbolicTensor[]

/** Work of a layer that the one before it may do in its own pass. */
export type Tail =
  /** An activation of each element. */
  | { readonly kind: 'activation'; readonly activation: TailActivation }
  /** Max-pooling by 2 × 2, stride 2, without padding. */
  | { readonly kind: 'maxPool' }
  /** A batch normalization, which in inference is a factor and a shift for each channel. */
  | AffineTail
  /** A window over images that has no padding itself, so that zeros in front of it may be its own. */
  | WindowTail

export type TailActivation = EpilogueActivation | BatchNormActivation

/** A convolution that takes the padding in front of it along. */
export interface WindowTail {
  readonly kind: 'window'
  /** Whether it takes these along, too. */
  takes(tails: readonly Tail[], training: boolean): boolean
  /**
   * Its output, and that of the tails, for images with rows and columns of zeros around them, or sequences with steps.
   * @param sides [begin, end] of each axis between the batch and the channels
   */
  padded(
    sides: readonly (readonly [number, number])[],
    tails: readonly Tail[],
    x: Tensor,
    context: CallContext,
  ): LayerOutput
}

/** What a filter needs to know to take a batch normalization in. */
export interface AffineTail {
  readonly kind: 'affine'
  /** Whether it is a fixed map in this pass: that of given statistics, not those of the batch. */
  isFixed(context: CallContext): boolean
  /** What the map is made of. */
  sources(): readonly Tensor[]
  /** A filter [..., F] and a bias [F] that do what they did and the map behind it. */
  fold(who: string, filter: Tensor, bias: Tensor | undefined): FoldedFilter
  /** The map by itself, or the normalization that it is in training, and an activation. */
  apply(x: Tensor, activation: BatchNormActivation, context: CallContext): Tensor
}

export interface FoldedFilter {
  readonly filter: Tensor
  readonly bias: Tensor
}

/** The arguments that make a layer again. */
export type LayerConfig = Record<string, unknown>

/** What keeps a layer alive: a model that it belongs to. */
export interface LayerHolder {
  readonly name: string
  readonly layers: readonly Layer[]
  makeWeights(): void
}

/**
 * What all layers have. `class Mine extends layers.Layer` makes one of your own: `build` declares weights by
 * `addWeight`, `call` computes, `computeOutputShape` tells the shape.
 */
export abstract class Layer implements WeightOwner {
  /** The type's name in model files: 'Conv2D'. */
  declare static readonly className: string
  /** The shape of a first layer's input with the batch, e.g. [null, 28, 28, 1]. */
  readonly batchInputShape: BatchShape | undefined
  /** Set when `build` has run; a `build` of your own may set it too. */
  built = false
  /** The uses of the layer in graphs. */
  readonly inboundNodes: GraphNode[] = []
  /**
   * The models that it belongs to.
   * @internal
   */
  readonly holders: LayerHolder[] = []
  readonly #weights: Weight[] = []
  #trainable: boolean
  #name: string | undefined
  /**
   * Whether the user chose the name.
   * @internal
   */
  readonly isNamed: boolean
  /**
   * Whether it is one of quadlane's own, which name all that they take.
   * @internal
   */
  readonly isBuiltIn: boolean
  #inputShape: Shapes | undefined
  #outputShape: Shapes | undefined
  #initialWeights: readonly Tensor[] | undefined
  #disposed = false
  /** Passes by hand of a layer with a seed of its own. */
  #seededPasses = 0
  /** Whether it is none of quadlane's, which name their options. */
  readonly #isOwn: boolean

  /**
   * For layers of one's own.
   * @param args what every layer takes, and what this one takes
   * @param own the names of the latter; without them, unknown names pass
   */
  constructor(args: LayerArgs | null = {}, own?: readonly string[]) {
    const { typeName } = this
    const given = args ?? {}
    if (typeof given !== 'object') {
      throw new ArgumentError({ who: typeName, expected: 'an options object', received: show(given) })
    }
    const { name, trainable = true, weights } = given
    const who = typeof name === 'string' ? name : typeName
    if (own !== undefined) checkOptions(who, given, [...own, ...BASE_ARGS])
    if (name !== undefined && name !== null && (typeof name !== 'string' || name === '')) {
      throw new ArgumentError({ who, expected: 'name to be a string with characters', received: show(name) })
    }
    if (typeof trainable !== 'boolean') {
      throw new ArgumentError({ who, expected: 'trainable to be true or false', received: show(trainable) })
    }
    checkDtype(who, given.dtype)
    this.#isOwn = own === undefined
    this.#name = name ?? undefined
    this.isBuiltIn = own !== undefined
    this.isNamed = typeof name === 'string'
    this.#trainable = trainable
    this.batchInputShape = batchInputShapeOf(who, given)
    this.#initialWeights = weights
  }

  /** The type's name in model files: 'Conv2D'. */
  get className(): string {
    const type = this.constructor as typeof Layer
    return Object.hasOwn(type, 'className') ? type.className : type.name
  }

  /**
   * As `className`, for code that was written for TF.js.
   * @example
   * console.log(layers.dense({ units: 1 }).getClassName()) // Dense
   */
  getClassName(): string {
    return this.className
  }

  /**
   * The default name, which a model numbers: 'conv2d'.
   * @internal
   */
  get typeName(): string {
    return this.className.replace(/([a-z0-9])([A-Z][a-z])/g, '$1_$2').toLowerCase()
  }

  /** The layer's name; a model numbers those that were not chosen. */
  get name(): string {
    return this.#name ?? this.typeName
  }

  /**
   * A model gives a name to a layer that came without one.
   * @internal
   */
  rename(name: string): void {
    this.#name = name
  }

  /** Whether training changes the weights; a frozen batch normalization is in inference mode. */
  get trainable(): boolean {
    return this.#trainable
  }

  set trainable(value: boolean) {
    if (typeof value !== 'boolean') {
      throw new ArgumentError({ who: this.name, expected: 'trainable to be true or false', received: show(value) })
    }
    this.#trainable = value
    for (const weight of this.weights) weight.refresh()
  }

  /** The weights, those that are trained and others, in the order of files. */
  get weights(): Weight[] {
    return this.#weights
  }

  /** The weights that training changes. */
  get trainableWeights(): Weight[] {
    return this.weights.filter((weight) => weight.trainable)
  }

  /** The weights that training does not change: those of frozen layers, running statistics. */
  get nonTrainableWeights(): Weight[] {
    return this.weights.filter((weight) => !weight.trainable)
  }

  /** The shape of the input, or a list of shapes, with the batch first. */
  get inputShape(): BatchShape {
    return (this.#inputShape as BatchShape | undefined) ?? this.#notBuilt()
  }

  /** The shape of the output, or a list of shapes, with the batch first. */
  get outputShape(): BatchShape {
    return (this.#outputShape as BatchShape | undefined) ?? this.#notBuilt()
  }

  /** What goes into the layer in a graph, where it has one place there. */
  get input(): SymbolicTensor | SymbolicTensor[] {
    return oneOrMore(this.#onlyNode('input').inputs)
  }

  /** What comes out of the layer in a graph, where it has one place there: the start of another model. */
  get output(): SymbolicTensor | SymbolicTensor[] {
    return oneOrMore(this.#onlyNode('output').outputs)
  }

  #onlyNode(which: string): GraphNode {
    const [node] = this.inboundNodes
    if (node !== undefined && this.inboundNodes.length === 1) return node
    const received = node === undefined ? 'none' : `${this.inboundNodes.length}, since the layer is shared`
    throw new StateError({
      who: `${this.name}, ${which}`,
      expected: 'a layer with one place in a graph',
      received,
      hint: node === undefined ? 'apply it to a symbolic tensor first' : `take inboundNodes[i].${which}s`,
    })
  }

  #notBuilt(): never {
    throw new StateError({
      who: this.name,
      expected: 'a built layer',
      received: 'one whose input shape is not known yet',
      hint: 'add it to a model whose first layer has an inputShape',
    })
  }

  /**
   * Checks the shape of the input, has the weights declared where it is the first, and returns the shape of the
   * output.
   * @throws ShapeError where the weights, which are there already, do not fit
   * @internal
   */
  connect(inputShape: Shapes): Shapes {
    this.checkUsable()
    const outputShape = this.computeOutputShape(inputShape as BatchShape)
    if (!this.built) {
      this.build(inputShape as BatchShape)
      this.built = true
      if (this.#initialWeights !== undefined) this.setWeights(this.#initialWeights)
      this.#initialWeights = undefined
    } else if (this.#inputShape !== undefined && !this.fits(inputShape)) {
      throw new ShapeError({
        who: this.name,
        expected: `input ${showShapes(this.#inputShape)}, for which it was built`,
        received: showShapes(inputShape),
        hint: 'make a layer of its own for each place',
      })
    }
    this.#inputShape ??= inputShape
    this.#outputShape ??= outputShape
    return outputShape
  }

  /** Whether weights that were declared for one shape of the input fit another. */
  protected fits(inputShape: Shapes): boolean {
    if (this.weights.length === 0) return true
    const [mine, other] = [shapeList(this.#inputShape!), shapeList(inputShape)]
    return (
      mine.length === other.length &&
      mine.every((shape, i) => shape.length === other[i]!.length && shape.at(-1) === other[i]!.at(-1))
    )
  }

  /**
   * Declares the weights by `addWeight`; called once, with the shape of the first input.
   * @example
   * class Scale extends layers.Layer {
   *   static className = 'Scale'
   *   build(inputShape) {
   *     this.factor = this.addWeight('factor', [inputShape.at(-1)], 'float32', 'ones')
   *   }
   *   call(x) {
   *     return mul(x, this.factor.read())
   *   }
   * }
   * new Scale().apply(tensor([[1, 2]])).print() // [[1, 2]]
   */
  build(_inputShape: BatchShape): void {
    this.built = true
  }

  /**
   * The shape of the output for one of the input; throws where the layer cannot take it. Default: the same.
   * @param inputShape with the batch first, whose size may be null
   * @example
   * console.log(layers.flatten().computeOutputShape([null, 7, 7, 16])) // [ null, 784 ]
   */
  computeOutputShape(inputShape: BatchShape): Shapes {
    return inputShape
  }

  /**
   * The output of the layer. Its ops carry the gradient.
   * @param inputs a tensor, or a list where the layer was applied to one
   * @param context whether the model is being trained, and the random numbers of the pass
   * @example
   * layers.flatten().call(tensor([[[1], [2]]]), { training: false }).print() // [[1, 2]]
   */
  abstract call(inputs: LayerInput, context: CallContext): LayerOutput

  /**
   * What the layer is to the one before it, where that can do its work in the same pass.
   * @internal
   */
  get tail(): Tail | undefined {
    return undefined
  }

  /**
   * Whether one pass can compute this layer and those behind it.
   * @internal
   */
  takes(_tails: readonly Tail[], _training: boolean): boolean {
    return false
  }

  /**
   * The output of this layer and of the tails that it takes.
   * @internal
   */
  callWith(_tails: readonly Tail[], _inputs: LayerInput, _context: CallContext): LayerOutput {
    throw new StateError({ who: this.name, expected: 'a layer that takes others along', received: this.className })
  }

  /**
   * The activation that `call` ends in, for losses that take what goes into it; undefined where there is none.
   * @internal
   */
  get finalActivation(): ActivationName | undefined {
    return undefined
  }

  /**
   * What `call` computes before its final activation.
   * @internal
   */
  callLogits(_x: LayerInput, _context: CallContext): LayerOutput {
    throw new StateError({ who: this.name, expected: 'a layer with a final activation', received: this.className })
  }

  /** Whether equal inputs may give other outputs while training: dropout, augmentation. */
  get isRandom(): boolean {
    return false
  }

  /** Whether the output for an input stays the same while a model trains: no weight is trained, and nothing is random. */
  get isFrozen(): boolean {
    return !this.isRandom && this.trainableWeights.length === 0
  }

  /**
   * The arguments that make this layer again.
   * @example
   * console.log(layers.flatten({ name: 'flat' }).getConfig())
   * // { name: 'flat', trainable: true, dataFormat: 'channelsLast' }
   */
  getConfig(): LayerConfig {
    const { name, trainable, batchInputShape } = this
    const inputShape = batchInputShape === undefined ? {} : { batchInputShape }
    return { name, trainable, ...inputShape }
  }

  /**
   * As in TF.js, where layers of your own call it. It does nothing.
   * @example
   * layers.flatten().invokeCallHook([])
   */
  invokeCallHook(_inputs: unknown, _kwargs?: unknown): void {}

  /**
   * `call`, of inputs as a layer of your own may want them.
   * @internal
   */
  run(inputs: LayerInput, context: CallContext): LayerOutput {
    return this.call(this.#isOwn && inputs instanceof Tensor ? alsoAList(inputs) : inputs, context)
  }

  /**
   * A layer of this type from what `getConfig` returned.
   * @param type the class
   * @param config what `getConfig` returned
   * @example
   * const flat = layers.flatten({ name: 'flat' })
   * console.log(layers.Layer.fromConfig(flat.constructor, flat.getConfig()).name) // flat
   */
  static fromConfig(type: new (config: never) => Layer, config: LayerConfig): Layer {
    return new type(config as never)
  }

  /**
   * The output for a tensor, or a place in a graph for a symbolic one. A layer is a function of tensors: its gradients
   * reach inputs and weights. On its own, a layer makes its weights at the first call.
   * @param inputs a tensor, a symbolic one, or a list of either
   * @param kwargs `training`, whether dropout and the like are active; default false
   * @throws ShapeError where the layer cannot take the shape
   * @example
   * const dense = layers.dense({ units: 2, kernelInitializer: 'ones' })
   * dense.apply(tensor([[1, 2, 3]])).print() // [[6, 6]]
   */
  apply(inputs: SymbolicTensor | readonly SymbolicTensor[], kwargs?: { training?: boolean } | null): SymbolicTensor
  apply(inputs: Tensor | readonly Tensor[], kwargs?: { training?: boolean } | null): Tensor
  apply(
    inputs: LayerInput | SymbolicInput,
    kwargs?: { training?: boolean } | null,
  ): LayerOutput | SymbolicTensor | SymbolicTensor[] {
    const list = Array.isArray(inputs) ? inputs : [inputs]
    if (list.length > 0 && list.every((x) => x instanceof SymbolicTensor)) {
      return this.#applySymbolic(list, Array.isArray(inputs))
    }
    if (list.length === 0 || !list.every((x) => x instanceof Tensor)) {
      throw new ArgumentError({
        who: this.name,
        expected: 'a tensor, or a symbolic one such as input({ shape }) makes, or a list of either',
        received: show(inputs),
      })
    }
    return this.applyEager(list, Array.isArray(inputs), kwargs?.training ?? false)
  }

  #applySymbolic(inputs: readonly SymbolicTensor[], isList: boolean): SymbolicTensor | SymbolicTensor[] {
    const shapes = inputs.map(({ shape }) => shape)
    const output = namingPaths(inputs, () => this.connect(isList ? shapes : shapes[0]!))
    const node = new GraphNode(this, inputs, shapeList(output), isList)
    this.inboundNodes.push(node)
    return isShapeList(output) ? [...node.outputs] : node.outputs[0]!
  }

  /** @internal */
  protected applyEager(inputs: readonly Tensor[], isList: boolean, training: boolean): LayerOutput {
    runtime(this.name)
    const shapes = inputs.map(({ shape }) => [null, ...shape.slice(1)])
    this.connect(isList ? shapes : shapes[0]!)
    this.makeWeights()
    const context: CallContext = { training, stream: (layer, seed) => layer.#handStream(seed) }
    return tidy(() => {
      const own = this.acceptsIntegers ? inputs : inputs.map((x) => (x.dtype === 'float32' ? x : cast(x, 'float32')))
      const output = this.run(isList ? own : own[0]!, context)
      // The caller may dispose what it gets, and what it gave.
      return Array.isArray(output)
        ? output.map((y) => (inputs.includes(y) ? clone(y) : y))
        : inputs.includes(output)
          ? clone(output)
          : output
    })
  }

  /** The random numbers of a pass by hand. */
  #handStream(seed: number | null | undefined): RandomStream {
    return seed === undefined || seed === null ? nextStream(this.name) : seededStream(seed, ++this.#seededPasses)
  }

  /**
   * Whether int32 inputs are taken as they are: class numbers, indices. All others become floats.
   * @internal
   */
  get acceptsIntegers(): boolean {
    return false
  }

  /** Declares a weight, as in TF.js: in `build`. */
  protected addWeight(
    name: string,
    shape: Shape,
    dtype: DataType | null = 'float32',
    initializer: Initializer | InitializerName | null = 'zeros',
    regularizer?: WeightRegularizer | null,
    trainable: boolean | null = true,
    constraint?: WeightConstraint | null,
  ): Weight {
    checkDtype(`${this.name}/${name}`, dtype)
    const weight = new Weight(this, {
      name,
      shape: [...shape],
      initializer: toInitializer(this.name, `the initializer of ${name}`, initializer ?? 'zeros'),
      trainable: trainable ?? true,
      regularizer: regularizer ?? undefined,
      constraint: constraint ?? undefined,
    })
    this.#weights.push(weight)
    return weight
  }

  /** Declares a weight by the options that the layer has for it. */
  protected declare(name: string, shape: Shape, options: WeightOptions, trainable = true): Weight {
    const { initializer, regularizer, constraint } = options
    return this.addWeight(name, shape, 'float32', initializer, regularizer, trainable, constraint)
  }

  /**
   * Makes the weights that are declared, which the first call does by itself: those of its model with the model's
   * seed, or each from a stream of the global one.
   * @example
   * const layer = layers.dense({ units: 2, inputShape: [3] })
   * const net = sequential({ layers: [layer] })
   * net.makeWeights()
   */
  makeWeights(): void {
    this.checkUsable()
    const [holder] = this.holders
    if (this.weights.every((weight) => weight.isMade)) return
    if (holder !== undefined) holder.makeWeights()
    else for (const weight of this.weights) weight.make()
  }

  /**
   * The number of all elements of the weights.
   * @example
   * console.log(sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] }).countParams()) // 8
   */
  countParams(): number {
    return this.weights.reduce((sum, weight) => sum + weight.size, 0)
  }

  /**
   * The values of the weights, as tensors that share their memory with them no longer.
   * @example
   * const net = sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] })
   * console.log(net.getWeights().map((each) => each.shape)) // [ [ 3, 2 ], [ 2 ] ]
   */
  getWeights(): Tensor[] {
    this.makeWeights()
    return this.weights.map((weight) => fromValues(weight.name, weight.variable.view(weight.name), weight.shape))
  }

  /**
   * Gives the weights other values.
   * @param values tensors in the order of `weights`
   * @throws ArgumentError for another number of them; ShapeError for another shape
   * @example
   * const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [2] })] })
   * net.setWeights([tensor([[1], [10]]), tensor([100])])
   * net.predict([[1, 2]]).print() // [[121]]
   */
  setWeights(values: readonly Tensor[]): void {
    const { weights } = this
    if (!Array.isArray(values) || values.length !== weights.length) {
      const received = Array.isArray(values) ? `${values.length}` : show(values)
      throw new ArgumentError({ who: `${this.name}.setWeights`, expected: `${weights.length} weights`, received })
    }
    weights.forEach((weight, i) => {
      const value: unknown = values[i]
      const received = value instanceof Tensor ? showShape(value.shape) : show(value)
      if (value instanceof Tensor && showShape(weight.shape) === received) return
      throw new ShapeError({ who: weight.name, expected: `a tensor of shape ${showShape(weight.shape)}`, received })
    })
    weights.forEach((weight, i) => {
      weight.set(values[i]!.view(weight.name))
    })
  }

  /**
   * A model that the layer belongs to: the weights live as long as one of them does.
   * @internal
   */
  hold(holder: LayerHolder): void {
    if (!this.holders.includes(holder)) this.holders.push(holder)
  }

  /**
   * A model gives the layer up, which lives on.
   * @internal
   */
  letGo(holder: LayerHolder): void {
    const at = this.holders.indexOf(holder)
    if (at >= 0) this.holders.splice(at, 1)
  }

  /**
   * A model that is disposed lets go of the layer; with the last one go its weights.
   * @internal
   */
  release(holder: LayerHolder): void {
    this.letGo(holder)
    if (this.holders.length === 0) this.dispose()
  }

  /**
   * Frees the weights, unless a model still needs them. The layer cannot be used after that.
   * @example
   * const layer = layers.dense({ units: 2 })
   * layer.apply(ones([1, 3])).dispose()
   * console.log(layer.dispose().numDisposedVariables) // 2
   */
  dispose(): DisposeResult {
    if (this.holders.length > 0) return { refCountAfterDispose: this.holders.length, numDisposedVariables: 0 }
    this.#disposed = true
    return { refCountAfterDispose: 0, numDisposedVariables: this.freeWeights() }
  }

  /** Frees the weights, and tells how many there were. */
  protected freeWeights(): number {
    const made = this.weights.filter((weight) => weight.isMade)
    for (const weight of this.weights) weight.dispose()
    return made.length
  }

  /** Whether `dispose` was called and took effect. */
  get isDisposed(): boolean {
    return this.#disposed
  }

  /** Refuses a layer that was disposed. */
  protected checkUsable(): void {
    if (!this.#disposed) return
    throw new StateError({
      who: this.name,
      expected: 'a layer that has not been disposed',
      received: 'one that was, with its model or by itself',
      hint: 'make it again, or dispose it later',
    })
  }
}

/** What `dispose` reports. */
export interface DisposeResult {
  /** How many models still hold it. */
  readonly refCountAfterDispose: number
  /** How many weights were freed. */
  readonly numDisposedVariables: number
}

/** Runs `connect`, and says of shapes that it refuses which way they came. */
function namingPaths<T>(inputs: readonly SymbolicTensor[], connect: () => T): T {
  try {
    return connect()
  } catch (error) {
    // The input of the model itself needs no way.
    if (!(error instanceof ShapeError) || inputs.every(({ node }) => node.inputs.length === 0)) throw error
    const { who, expected, received, hint } = error
    const ways = inputs.map(pathOf).join(' and ')
    throw new ShapeError({ who, expected, received: `${received}, by way of ${ways}`, hint }, { cause: error })
  }
}

/** How far back a path is told. */
const LONGEST_PATH = 5

/** 'a -> b -> c': the layers that a symbolic tensor comes through, by their first inputs. */
function pathOf(tensor: SymbolicTensor): string {
  const names: string[] = []
  for (let at: SymbolicTensor | undefined = tensor; at !== undefined; at = at.node.inputs[0]) {
    names.unshift(names.length === LONGEST_PATH ? '…' : at.node.layer.name)
    if (names[0] === '…') break
  }
  return names.join(' -> ')
}

function checkDtype(who: string, dtype: unknown): void {
  if (dtype !== undefined && dtype !== null) checkOneOf(who, 'dtype', dtype, ['float32', 'int32', 'bool'])
}

/** The shape of the input, from whichever argument it was given by. */
function batchInputShapeOf(who: string, args: LayerArgs): BatchShape | undefined {
  const { inputShape, batchInputShape, batchSize } = args
  if (batchInputShape !== undefined && batchInputShape !== null) {
    checkSizes(who, 'batchInputShape', batchInputShape, '[null, 28, 28, 1]')
    return batchInputShape
  }
  if (inputShape === undefined || inputShape === null) return undefined
  checkSizes(who, 'inputShape', inputShape, 'without the batch, e.g. [28, 28, 1]')
  return [batchSize ?? null, ...inputShape]
}

function checkSizes(who: string, argument: string, shape: unknown, example: string): void {
  const isSize = (size: unknown): boolean => size === null || (Number.isInteger(size) && (size as number) >= 1)
  if (Array.isArray(shape) && shape.every(isSize)) return
  throw new ArgumentError({
    who,
    expected: `${argument} to be sizes of at least 1, ${example}`,
    received: show(shape),
  })
}

export function isShapeList(shapes: Shapes): shapes is readonly BatchShape[] {
  return Array.isArray(shapes[0])
}

export function shapeList(shapes: Shapes): readonly BatchShape[] {
  return isShapeList(shapes) ? shapes : [shapes]
}

/** Shapes as error texts show them. */
export function showShapes(shapes: Shapes): string {
  return isShapeList(shapes) ? `[${shapes.map(showShape).join(', ')}]` : showShape(shapes)
}

/** A tensor that is a list of one besides: TF.js gives a layer the one by hand and the other in models. */
function alsoAList(x: Tensor): Tensor {
  return Object.assign(x.twin('call'), {
    0: x,
    length: 1,
    *[Symbol.iterator]() {
      yield x
    },
  })
}

function oneOrMore<T>(list: readonly T[]): T | T[] {
  return list.length === 1 ? list[0]! : [...list]
}

/** Checks that a layer has one input of a rank. */
export function checkInput(who: string, shape: BatchShape, rank: number, hint?: string): BatchShape {
  if (!isShapeList(shape as Shapes) && shape.length === rank) return shape.slice(1)
  const expected = `input of rank ${rank}, the batch first`
  throw new ShapeError({ who, expected, received: showShapes(shape), hint })
}

/** The size of an axis that weights depend on. */
export function knownSize(who: string, shape: BatchShape, axis: number): number {
  const size = shape.at(axis)
  if (typeof size === 'number') return size
  throw new ShapeError({
    who,
    expected: `a known size of axis ${axis < 0 ? shape.length + axis : axis}`,
    received: showShapes(shape),
    hint: 'give it in the inputShape',
  })
}

/** Refuses what is not channels last, for layers on images and sequences. */
export function checkDataFormat(who: string, dataFormat: unknown): void {
  if (dataFormat === undefined || dataFormat === null) return
  if (typeof dataFormat === 'string' && toCamel(dataFormat) === 'channelsLast') return
  throw new ArgumentError({
    who,
    expected: "dataFormat to be 'channelsLast'",
    received: show(dataFormat),
    hint: 'quadlane computes with the channels last: transpose the input, [batch, height, width, channels]',
  })
}

function toCamel(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** 'valid', 'same', or what convolutions take besides, in the layer's words. */
export function checkWindowPadding(who: string, padding: unknown): Padding {
  if (typeof padding === 'string') checkOneOf(who, 'padding', padding, ['valid', 'same'])
  return padding as Padding
}

/** One number of at least 1, which may stand in a list. */
export function checkOne(who: string, argument: string, given: unknown): number {
  const one: unknown = Array.isArray(given) && given.length === 1 ? given[0] : given
  if (typeof one === 'number' && Number.isInteger(one) && one >= 1) return one
  throw new ArgumentError({ who, expected: `${argument} to be an integer of at least 1`, received: show(given) })
}

/** A size for rules that want one, larger than any window. */
const SOME_SIZE = 512

/**
 * Height and width of an output by a rule for known sizes; null where the input's are.
 * @param sizes [height, width, channels]
 */
export function openImage(sizes: BatchShape, rule: (known: Shape) => Shape): BatchShape {
  const image = rule(sizes.map((size) => size ?? SOME_SIZE))
  return image.map((size, axis) => (sizes[axis] === null ? null : size))
}

/** The number of elements of sizes; null where one is open. */
export function openSizeOf(sizes: BatchShape): number | null {
  return sizes.every((size): size is number => size !== null) ? sizeOf(sizes) : null
}

/** Makes a layer of its arguments. Where one is null or undefined, it counts as not given. */
export type LayerFactory<Args extends LayerArgs, L extends Layer> = (args: Args) => L

/** A factory whose arguments all have defaults. */
export type OptionalLayerFactory<Args extends LayerArgs, L extends Layer> = (args?: Args | null) => L

export function layerFactory<Args extends LayerArgs, L extends Layer>(
  type: new (args: Args) => L,
): LayerFactory<Args, L> {
  return optionalLayerFactory(type as new (args?: Args) => L) as LayerFactory<Args, L>
}

export function optionalLayerFactory<Args extends LayerArgs, L extends Layer>(
  type: new (args?: Args) => L,
): OptionalLayerFactory<Args, L> {
  return (args) => new type(givenArgs(args ?? ({} as Args)))
}

/** Arguments without those that are null or undefined. */
function givenArgs<Args extends object>(args: Args): Args {
  if (typeof args !== 'object') return args
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null && value !== undefined)) as Args
}
