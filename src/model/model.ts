/**
 * What every model can do once it knows its layers and how data flows through them: compile, fit, evaluate, predict. A
 * training step is: gather a batch, run the layers on a tape, differentiate the loss, let the optimizer update the
 * weights.
 */

import type { ActivationName } from '../activations/table.ts'
import type { History } from '../callbacks/callback.ts'
import { ArgumentError, checkInteger, checkOptions, ShapeError, StateError, show } from '../errors.ts'
import { flattened } from '../graph/flatten.ts'
import { frozenSteps, splitFrozen } from '../graph/frozen-front.ts'
import { type Graph, graphOf } from '../graph/graph.ts'
import { type Plan, planOf, runPlan } from '../graph/plan.ts'
import { init } from '../init.ts'
import type { IOHandler, SaveResult } from '../io/io-handler.ts'
import type { ModelSource } from '../io/source.ts'
import type { JsonObject } from '../json.ts'
import {
  type CallContext,
  type DisposeResult,
  Layer,
  type LayerInput,
  type LayerOutput,
  type Shapes,
  type SymbolicInput,
  shapeList,
} from '../layers/layer.ts'
import { SymbolicTensor } from '../layers/symbolic.ts'
import type { Weight } from '../layers/weight.ts'
import { isJson, isObject } from '../objects.ts'
import { cast } from '../ops/op.ts'
import { nextSeed, streamOf } from '../ops/random.ts'
import type { Optimizer } from '../optimizers/optimizer.ts'
import { Random } from '../random.ts'
import { runtime } from '../runtime/runtime.ts'
import type { BatchShape, Shape } from '../shape.ts'
import { type Tensor, tidy } from '../tensor.ts'
import type { CompileArgs } from '../training/compile.ts'
import { type EvaluateArgs, evaluate, onBatch } from '../training/evaluate.ts'
import { type EvaluateDatasetArgs, evaluateDataset } from '../training/evaluate-dataset.ts'
import { type FitArgs, fit } from '../training/fit.ts'
import { type FitDatasetArgs, fitDataset } from '../training/fit-dataset.ts'
import { Streams } from '../training/moment.ts'
import { inputRows, type ModelData, type NamedData, sampleOf, type Weighting } from '../training/pairs.ts'
import { type PredictArgs, predict, predictOnBatch } from '../training/predict.ts'
import { isSamples, type Samples } from '../training/samples.ts'
import { Session } from '../training/session.ts'
import type { Stream } from '../training/stream.ts'
import type { FrozenFront, OutputSpec, Pass, TensorSpec, Trainable } from '../training/trainable.ts'
import type { LoadWeightsArgs } from './load-weights.ts'
import { nameLayers } from './names.ts'
import { summaryLines } from './summary.ts'
import { modelTopology, type SaveArgs } from './topology.ts'

/** What `model` takes. */
export interface ModelArgs {
  /** What `input` returned, or several of them. */
  readonly inputs: SymbolicInput
  /** What the last layers return of what `inputs` become. */
  readonly outputs: SymbolicInput
  /** Default 'model'. */
  readonly name?: string
  /** What weights, shuffling and dropout come from: equal seeds give equal runs. Default drawn at random. */
  readonly seed?: number
  /** Whether training changes the weights of all layers. Default true. */
  readonly trainable?: boolean
}

const MODEL_OPTIONS = ['inputs', 'outputs', 'name', 'seed', 'trainable'] as const

/**
 * A graph of layers from inputs to outputs, which is a layer too. Made by `model`, `sequential` and the loading
 * functions.
 */
export class LayersModel extends Layer implements Trainable {
  static override readonly className: string = 'Functional'
  /** Set by a callback to end training after the batch. */
  stopTraining = false
  /** What of the file that the model comes from could not be taken over, in sentences. */
  notes: readonly string[] = []
  /** Who wrote the file that the model comes from: 'Keras 3.8.0', 'ONNX opset 17, pytorch 2.9.1'. */
  producer: string | undefined
  #metadata: JsonObject | undefined
  /** The layers whose weights could be trained when the model was compiled. */
  #learning: readonly Layer[] = []
  /** Whether another model was compiled that holds this one frozen. */
  #isFrozenPart = false
  /** @internal */
  readonly session = new Session(this)
  #seed: number | undefined
  #random: Streams | undefined
  #graph: Graph | undefined
  readonly #plans = new Map<string, Plan>()
  #flat: Graph | undefined
  #leaves: ReadonlyMap<Layer, number> | undefined
  /** How often the model was applied by hand: each time draws other random numbers. */
  #applied = 0

  /** @internal */
  constructor(args: ModelArgs | RowArgs) {
    const { name, trainable, seed } = args
    super({ ...(name != null && { name }), ...(trainable != null && { trainable }) })
    if (seed != null) checkInteger(this.name, 'seed', seed)
    this.#seed = seed ?? undefined
    if (!('inputs' in args)) return
    checkOptions('model', args, MODEL_OPTIONS)
    const graph = graphOf(
      this.name,
      symbols(this.name, 'inputs', args.inputs),
      symbols(this.name, 'outputs', args.outputs),
    )
    nameLayers(this, graph.layers)
    this.changeGraph(graph)
    if (trainable === false) this.trainable = false
  }

  /** @internal */
  override get typeName(): string {
    return 'model'
  }

  /** The layers in the order in which data flows through them. */
  get layers(): readonly Layer[] {
    return this.graph.layers
  }

  /** The layers as a graph. */
  get graph(): Graph {
    this.#graph ??= this.makeGraph()
    if (this.#graph !== undefined) return this.#graph
    throw new StateError({
      who: this.name,
      expected: 'a model with layers',
      received: 'one without',
      hint: 'add() some',
    })
  }

  /** The graph of a model that is given its layers one by one; undefined while there are none. */
  protected makeGraph(): Graph | undefined {
    return undefined
  }

  /** Another graph, or one that is yet to be made: what was planned for the one before is worth nothing any more. */
  protected changeGraph(graph: Graph | undefined): void {
    this.#graph = graph
    this.#plans.clear()
    this.#flat = undefined
    this.#leaves = undefined
    for (const layer of graph?.layers ?? []) layer.hold(this)
  }

  /** The inputs, symbolic: what another model may begin with. */
  get inputs(): readonly SymbolicTensor[] {
    return this.graph.inputs
  }

  /** The outputs, symbolic: what another model may go on from. */
  get outputs(): readonly SymbolicTensor[] {
    return this.graph.outputs
  }

  override get input(): SymbolicTensor | SymbolicTensor[] {
    return oneOrMore(this.inputs)
  }

  override get output(): SymbolicTensor | SymbolicTensor[] {
    return oneOrMore(this.outputs)
  }

  /** The names by which inputs may be given. */
  get inputNames(): string[] {
    return this.inputs.map(({ name }) => name)
  }

  /** The names by which targets may be given. */
  get outputNames(): string[] {
    return this.outputs.map(({ name }) => name)
  }

  /** The shape of the input with the batch first; a list for several inputs. */
  override get inputShape(): BatchShape {
    return oneOrMore(this.inputs.map(({ shape }) => shape)) as BatchShape
  }

  /** The shape of the output with the batch first; a list for several outputs. */
  override get outputShape(): BatchShape {
    return oneOrMore(this.outputs.map(({ shape }) => shape)) as BatchShape
  }

  /** @internal */
  get inputSpecs(): TensorSpec[] {
    return this.inputs.map(({ name, shape }) => ({ name, shape }))
  }

  /** @internal */
  get outputSpecs(): OutputSpec[] {
    const { outputs, outputSlots, steps } = this.graph
    return outputs.map(({ name, shape, node }, i) => {
      // Whoever else takes the output takes it after its activation.
      const slot = outputSlots[i]!
      const isShared =
        steps.some(({ inputs }) => inputs.includes(slot)) || outputSlots.indexOf(slot) !== outputSlots.lastIndexOf(slot)
      const alone = node.outputs.length === 1 && !isShared
      return { name, shape, finalActivation: alone ? node.layer.finalActivation : undefined }
    })
  }

  /** @internal */
  override get finalActivation(): ActivationName | undefined {
    return this.outputs.length === 1 ? this.outputSpecs[0]!.finalActivation : undefined
  }

  override get isFrozen(): boolean {
    return this.layers.every((layer) => layer.isFrozen)
  }

  override get isRandom(): boolean {
    return this.layers.some((layer) => layer.isRandom)
  }

  /** Whether any layer's weights are changed by training. Setting it freezes or thaws all layers. */
  override get trainable(): boolean {
    return this.layers.some((layer) => layer.trainable)
  }

  override set trainable(value: boolean) {
    for (const layer of this.layers) layer.trainable = value
  }

  override computeOutputShape(inputShape: BatchShape): Shapes {
    const { graph } = this
    const shapes = new Array<BatchShape>(graph.slots)
    const given = shapeList(inputShape)
    if (given.length !== graph.inputs.length) {
      const received = `${given.length}`
      throw new ShapeError({ who: this.name, expected: `${graph.inputs.length} inputs`, received })
    }
    graph.inputSlots.forEach((slot, i) => {
      shapes[slot] = given[i]!
    })
    for (const { layer, node, inputs, outputs } of graph.steps) {
      const own = inputs.map((slot) => shapes[slot]!)
      const list = shapeList(layer.connect(node.takesList ? own : own[0]!))
      outputs.forEach((slot, i) => {
        shapes[slot] = list[i]!
      })
    }
    return oneOrMore(graph.outputSlots.map((slot) => shapes[slot]!)) as Shapes
  }

  protected override fits(): boolean {
    return true
  }

  call(inputs: LayerInput, context: CallContext): LayerOutput {
    return oneOrMore(this.#run(listOf(inputs), { training: context.training }, context))
  }

  /** @internal */
  override callLogits(inputs: LayerInput, context: CallContext): LayerOutput {
    return this.#run(listOf(inputs), { training: context.training, logits: [true] }, context)[0]!
  }

  /**
   * The outputs for a batch of each input.
   * @internal
   */
  forward(inputs: readonly Tensor[], pass: Pass): Tensor[] {
    const context = this.#context(pass.training, 'dropout', this.optimizer?.iterations ?? 0)
    return this.#run(inputs, pass, { ...context, update: pass.update })
  }

  #run(inputs: readonly Tensor[], { training, logits = [] }: Pass, context: CallContext): Tensor[] {
    const graph = this.#flatGraph
    // Which layers are frozen may change at any time.
    const frozen = training ? frozenSteps(graph) : undefined
    const key = `${logits.join()} ${frozen === undefined ? '' : graph.steps.map((step) => +frozen.has(step)).join('')}`
    let plan = this.#plans.get(key)
    if (plan === undefined) {
      plan = planOf(graph, { training, logits, ...(frozen && { frozen }) })
      this.#plans.set(key, plan)
    }
    return runPlan(plan, this.#floats(inputs), context)
  }

  /** Inputs as the model takes them: floats, or indices where it has asked for such. */
  #floats(inputs: readonly Tensor[]): Tensor[] {
    return inputs.map((x, i) => {
      const dtype = this.inputs[i]?.dtype ?? 'float32'
      return x.dtype === dtype ? x : cast(x, dtype)
    })
  }

  /** The graph with the layers of nested models in their place. */
  get #flatGraph(): Graph {
    this.#flat ??= flattened(this.graph)
    return this.#flat
  }

  /**
   * What training leaves as it is before the first weight that it changes, and the rest; undefined where no weights are
   * frozen in front. The outputs of `front` go into `forward` of the rest.
   * @internal
   */
  frozenFront(): FrozenFront | undefined {
    const split = splitFrozen(this.#flatGraph)
    if (split === undefined) return undefined
    const front = planOf(split.front, { training: true, logits: [], frozen: new Set(split.front.steps) })
    const rests = new Map<string, Plan>()
    return {
      layers: split.front.steps.map(({ layer }) => layer.name),
      front: (inputs) => {
        const context = this.#context(false, 'dropout', 0)
        return tidy(() => runPlan(front, this.#floats(inputs), context))
      },
      forward: (inputs, pass) => {
        const { training, logits = [] } = pass
        const key = `${training} ${logits.join()}`
        let plan = rests.get(key)
        if (plan === undefined) {
          plan = planOf(split.rest, { training, logits })
          rests.set(key, plan)
        }
        const context = this.#context(training, 'dropout', this.optimizer?.iterations ?? 0)
        return runPlan(plan, inputs, { ...context, update: pass.update })
      },
    }
  }

  /** The seed that weights, shuffling and dropout come from. Drawn at random, at the first use, where none was given. */
  get seed(): number {
    this.#seed ??= nextSeed(this.name)
    return this.#seed
  }

  /** The optimizer that `compile` made or was given; undefined before. */
  get optimizer(): Optimizer | undefined {
    return this.session.given?.optimizer
  }

  /** What `compile` was given. */
  get compileArgs(): CompileArgs | undefined {
    return this.session.given?.args
  }

  /** The names of the figures that `evaluate` returns. */
  get metricsNames(): string[] {
    return [...this.session.compiled('metricsNames').metricsNames]
  }

  /** The weights of all layers, in their order. */
  override get weights(): Weight[] {
    return this.layers.flatMap((layer) => layer.weights)
  }

  /** The weights that training changes, of all layers in their order. */
  override get trainableWeights(): Weight[] {
    return this.layers.flatMap((layer) => layer.trainableWeights)
  }

  /**
   * Sets how the model learns. Required before fit, evaluate and trainOnBatch.
   * @param args optimizer, loss, metrics and lossWeights
   * @throws ArgumentError for an unknown name, or a loss that does not fit the output
   * @example
   * const net = zoo.lenet5({ seed: 1 })
   * net.compile({ optimizer: train.adam(0.001), loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
   * console.log(net.metricsNames) // [ 'loss', 'acc' ]
   */
  compile(args: CompileArgs): void {
    this.session.compile(this.outputSpecs, args)
    this.#learning = leavesOf(this.layers).filter((layer) => layer.trainableWeights.length > 0)
    for (const part of this.layers) {
      if (part instanceof LayersModel && part.trainableWeights.length === 0) part.#isFrozenPart = true
    }
  }

  /**
   * Trains what `compile` found trainable where all has been frozen since for another model: a discriminator that is
   * frozen as a part goes on learning by itself, as Keras has it. Frozen for its own sake a model stays as it is.
   */
  async #learn<T>(train: () => T | Promise<T>): Promise<T> {
    const thawed = this.#isFrozenPart && this.trainableWeights.length === 0 ? this.#learning : []
    for (const layer of thawed) layer.trainable = true
    try {
      return await train()
    } finally {
      for (const layer of thawed) layer.trainable = false
    }
  }

  /**
   * Trains on all samples, `epochs` times over. Makes the runtime and the weights if need be.
   * @param x a data set with its labels
   * @param args epochs, batchSize, validationData, callbacks, verbose, …
   * @throws ArgumentError, with the weights as they were before the step, when the loss is no longer finite
   * @throws StateError where the model is being trained already
   * @example
   * const net = zoo.lenet5({ seed: 1 })
   * net.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
   * const { history } = await net.fit(data.syntheticDigits({ count: 64 }), { epochs: 2, verbose: 0 })
   * console.log(history.loss.length) // 2
   */
  fit(x: Samples, args?: FitArgs | null): Promise<History>
  /**
   * The same on inputs and targets.
   * @param x inputs [N, …] as a tensor, nested arrays or a flat typed array; a list or an object by names where the model
   *   has several
   * @param y targets [N, …], likewise
   * @param args epochs, batchSize, validationData, callbacks, verbose, …
   */
  fit(x: NamedData, y: NamedData, args?: FitArgs | null): Promise<History>
  fit(x: ModelData, yOrArgs?: NamedData | FitArgs | null, maybeArgs?: FitArgs | null): Promise<History> {
    return this.session.run('fit', async () => {
      await init()
      const args = isSamples(x) ? yOrArgs : maybeArgs
      return this.#learn(() => fit(this, x, yOrArgs as NamedData, args as FitArgs))
    })
  }

  /**
   * Trains on batches as they come from an iterable or async iterable of `{ xs, ys }`, which it disposes.
   * @param dataset batches, or a function that begins to give them anew each epoch
   * @param args epochs, batchesPerEpoch, validationData, callbacks, …
   * @throws StateError where the model is being trained already
   * @example
   * const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [1] })], seed: 1 })
   * net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
   * const pairs = data.array([0, 1, 2, 3]).map((x) => ({ xs: tensor([x]), ys: tensor([2 * x]) })).batch(2)
   * const { epoch } = await net.fitDataset(pairs, { epochs: 3, verbose: 0 })
   * console.log(epoch) // [ 0, 1, 2 ]
   */
  fitDataset(dataset: Stream | (() => Stream), args?: FitDatasetArgs | null): Promise<History> {
    return this.session.run('fitDataset', async () => {
      await init()
      return this.#learn(() => fitDataset(this, dataset, args))
    })
  }

  /**
   * One step on one batch: the loss, or all figures of `metricsNames` where there are more.
   * @param x inputs [B, …]; a list or an object by names where the model has several
   * @param y targets [B, …], likewise
   * @param weighting `sampleWeight` and `classWeight`
   * @example
   * const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'zeros' })] })
   * net.compile({ optimizer: train.sgd(0.1), loss: 'meanSquaredError' })
   * console.log(await net.trainOnBatch([[1], [2]], [[2], [4]])) // 10
   */
  async trainOnBatch(x: NamedData, y: NamedData, weighting?: Weighting | null): Promise<number | number[]> {
    this.session.compiled('trainOnBatch')
    await init()
    return this.#learn(() => onBatch('trainOnBatch', this, x, y, weighting ?? {}))
  }

  /**
   * As `trainOnBatch`, without training.
   * @param x inputs [B, …]
   * @param y targets [B, …]
   * @param weighting `sampleWeight` and `classWeight`
   * @example
   * const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'zeros' })] })
   * net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
   * console.log(await net.testOnBatch([[1], [2]], [[2], [4]])) // 10
   */
  async testOnBatch(x: NamedData, y: NamedData, weighting?: Weighting | null): Promise<number | number[]> {
    this.session.compiled('testOnBatch')
    await init()
    return onBatch('testOnBatch', this, x, y, weighting ?? {})
  }

  /**
   * The loss over all samples, and the other figures: a scalar, or one per name of `metricsNames`.
   * @param x a data set with its labels
   * @param args batchSize, sampleWeight and steps
   * @throws StateError where the model is not compiled
   * @example
   * const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'zeros' })] })
   * net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
   * net.evaluate([[1], [2]], [[2], [4]]).print() // 10
   */
  evaluate(x: Samples, args?: EvaluateArgs | null): Tensor | Tensor[]
  /**
   * The same of inputs and targets.
   * @param x inputs [N, …]
   * @param y targets [N, …]
   * @param args batchSize, sampleWeight and steps
   */
  evaluate(x: NamedData, y: NamedData, args?: EvaluateArgs | null): Tensor | Tensor[]
  evaluate(
    x: ModelData,
    yOrArgs?: NamedData | EvaluateArgs | null,
    maybeArgs?: EvaluateArgs | null,
  ): Tensor | Tensor[] {
    this.session.compiled('evaluate')
    runtime('evaluate')
    return evaluate(this, x, yOrArgs as NamedData, (isSamples(x) ? yOrArgs : maybeArgs) as EvaluateArgs)
  }

  /**
   * As `evaluate`, over batches of an iterable or async iterable of `{ xs, ys }`, which it disposes.
   * @param dataset batches, or a function that begins to give them
   * @param args `batches`, how many at most
   * @example
   * const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'zeros' })] })
   * net.compile({ optimizer: 'sgd', loss: 'meanSquaredError' })
   * const loss = await net.evaluateDataset([{ xs: tensor([[1]]), ys: tensor([[2]]) }])
   * loss.print() // 4
   */
  async evaluateDataset(
    dataset: Stream | (() => Stream),
    args?: EvaluateDatasetArgs | null,
  ): Promise<Tensor | Tensor[]> {
    this.session.compiled('evaluateDataset')
    await init()
    return evaluateDataset(this, dataset, args)
  }

  /**
   * The outputs for inputs [N, …] or for a data set; a list where the model has several outputs, which TypeScript is told
   * by `predict<Tensor[]>(x)`.
   * @param x the input; for several inputs a list in their order, or an object by their names
   * @param args batchSize, default 32
   * @returns [N, …outputShape]
   * @throws ShapeError where the inputs do not fit
   * @example
   * const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [2], kernelInitializer: 'ones' })] })
   * net.predict([[1, 2], [3, 4]]).print() // [[3], [7]]
   */
  predict<Out extends Tensor | Tensor[] = Tensor>(x: ModelData, args?: PredictArgs | null): Out {
    runtime('predict')
    return predict(this, x, args) as Out
  }

  /**
   * The outputs for one batch [B, …] of each input.
   * @param x inputs [B, …]; a list or an object by names where the model has several
   * @example
   * const net = sequential({ layers: [layers.dense({ units: 1, inputShape: [2], kernelInitializer: 'ones' })] })
   * net.predictOnBatch([[1, 2]]).print() // [[3]]
   */
  predictOnBatch<Out extends Tensor | Tensor[] = Tensor>(x: NamedData): Out {
    runtime('predictOnBatch')
    return predictOnBatch(this, x) as Out
  }

  /** In a custom loop each call with `training` draws dropout anew, by the model's seed. */
  protected override applyEager(inputs: readonly Tensor[], _isList: boolean, training: boolean): LayerOutput {
    runtime(this.name)
    this.makeWeights()
    for (const rows of inputRows(this.name, this, inputs)) rows.dispose()
    const context = this.#context(training, 'apply', training ? this.#applied++ : 0)
    return tidy(() => oneOrMore(this.#run(inputs, { training }, context)))
  }

  /**
   * Prints the layers, the shapes of their outputs and their numbers of parameters.
   * @param lineLength the width in characters; default as wide as it takes
   * @param positions where columns end, in characters or as shares; default by their content
   * @param printFn gets each line; default `console.log`
   * @example
   * const lines = []
   * zoo.lenet5({ seed: 1 }).summary(null, null, (line) => lines.push(line))
   * console.log(lines.find((line) => line.startsWith('Total'))) // Total params: 61,706
   */
  summary(
    lineLength?: number | null,
    positions?: readonly number[] | null,
    printFn: (line: string) => void = console.log,
  ): void {
    for (const line of summaryLines(this, lineLength, positions)) printFn(line)
  }

  /**
   * A layer by its name or by its index.
   * @param nameOrIndex its name, or its place in `layers`
   * @param index its place, where the name is null; for ported code
   * @throws ArgumentError where there is none
   * @example
   * console.log(zoo.lenet5({ seed: 1 }).getLayer(0).className) // Conv2D
   */
  getLayer(nameOrIndex: string | number, index?: number): Layer {
    const wanted = nameOrIndex ?? index
    const { layers } = this
    const found = typeof wanted === 'number' ? layers[wanted] : layers.find((layer) => layer.name === wanted)
    if (found !== undefined) return found
    const expected = `a layer among ${layers.map((layer) => layer.name).join(', ')}`
    throw new ArgumentError({ who: this.name, expected, received: show(wanted) })
  }

  /**
   * Saves layers, weights and compile state in TF.js's layers-model format; `loadLayersModel` reads it again. A loss or
   * a metric that is a function cannot be saved: such a model loads as one that is not compiled. A URL that ends in
   * `.keras`, `.h5`, `.onnx` or `.safetensors` (weights alone) is written as one file of that format.
   * @param target `file://DIR` or `file://x.keras` in Node, or a handler such as `io.withSaveHandler` makes
   * @param args `includeOptimizer`, `checkpoint`, `metadata`, …
   * @throws InputOutputError for what cannot be written; the file that was there before is still whole then
   * @example
   * const net = zoo.lenet5({ seed: 1 })
   * await net.save('file://digits')
   * console.log((await loadModel('digits/model.json')).countParams()) // 61706
   */
  async save(target: string | IOHandler, args: SaveArgs = {}): Promise<SaveResult> {
    checkOptions('save', args, ['includeOptimizer', 'checkpoint', 'trainableOnly', 'metadata', 'quantize'])
    // Pages that only train never load what reads and writes files.
    const ending =
      typeof target === 'string' ? /\.(keras|onnx|safetensors|h5|hdf5|pb|tflite|pt|pth)$/i.exec(target)?.[0] : undefined
    if (ending !== undefined) return (await import('../on-demand.ts')).saveFile(this, target as string, ending, args)
    const { handlerFor, modelArtifacts } = await import('../on-demand.ts')
    const handler = handlerFor('save', target, 'save')
    await init()
    this.makeWeights()
    return handler.save(modelArtifacts(this, args))
  }

  /**
   * Plain data that model files keep beside the model; `save({ metadata })` gives others.
   * @param metadata what JSON can hold
   * @throws ArgumentError for what it cannot
   * @example
   * const net = zoo.lenet5({ seed: 1 })
   * net.setUserDefinedMetadata({ labels: ['zero', 'one'] })
   */
  setUserDefinedMetadata(metadata: JsonObject): void {
    const who = `${this.name}.setUserDefinedMetadata`
    // What would come back as something else, or not at all, is refused: functions, tensors, NaN.
    if (isObject(metadata) && isJson(metadata)) this.#metadata = metadata
    else throw new ArgumentError({ who, expected: 'an object of JSON', received: show(metadata) })
  }

  /**
   * What `setUserDefinedMetadata` was given, or the file had from which the model was loaded.
   * @example
   * const net = zoo.lenet5({ seed: 1 })
   * net.setUserDefinedMetadata({ labels: ['zero', 'one'] })
   * console.log(net.getUserDefinedMetadata()) // { labels: [ 'zero', 'one' ] }
   */
  getUserDefinedMetadata(): JsonObject | undefined {
    return this.#metadata
  }

  /**
   * The bytes of a `.keras` file of Keras 3: layers, weights, and what was compiled as far as it has names.
   * @param args `includeOptimizer` for the state of the optimizer, to train on from it; default without
   * @example
   * const net = zoo.lenet5({ seed: 1 })
   * console.log((await loadModel(await net.toKeras())).countParams()) // 61706
   */
  async toKeras(args: Pick<SaveArgs, 'includeOptimizer'> = {}): Promise<Uint8Array> {
    return (await import('../on-demand.ts')).modelBytes(this, '.keras', args)
  }

  /**
   * The bytes of an ONNX file, opset 17. Images come and go with their channels last.
   * @throws FormatError for a layer that ONNX is not written for
   * @example
   * const net = zoo.lenet5({ seed: 1 })
   * console.log((await net.toONNX()) instanceof Uint8Array) // true
   */
  async toONNX(): Promise<Uint8Array> {
    return (await import('../on-demand.ts')).modelBytes(this, '.onnx')
  }

  /**
   * Takes weights out of a file that has them alone, or with a model: Keras's HDF5, safetensors, a state_dict of PyTorch,
   * whose kernels are turned. By the names of layers, or else by their order.
   * @param source a path (Node) or URL, a File or Blob, the bytes
   * @param args how names are paired; default by the names of layers, or else by their order
   * @returns sentences on what was paired otherwise than by name, or not at all
   * @throws FormatError for weights that fit no layer; the model is as it was then
   * @example
   * await zoo.lenet5({ seed: 1 }).save('file://lenet5.safetensors')
   * const other = zoo.lenet5({ seed: 2 })
   * console.log(await other.loadWeights('lenet5.safetensors')) // []
   */
  async loadWeights(source: ModelSource, args: LoadWeightsArgs = {}): Promise<readonly string[]> {
    return (await import('./load-weights.ts')).loadWeights(this, source, args)
  }

  /**
   * The layers without their weights, as model files have them: JSON text, or an object where `asText` is false.
   * @param asText default true
   * @param _unused is not looked at
   * @example
   * console.log(typeof zoo.lenet5({ seed: 1 }).toJSON()) // string
   */
  toJSON(_unused?: unknown, asText = true): string | object {
    const topology = modelTopology(this)
    return asText ? JSON.stringify(topology) : topology
  }

  /**
   * Frees the optimizer's slots, and the weights that no other model holds. The model cannot be used after that.
   * @example
   * const net = zoo.lenet5({ seed: 1 })
   * net.makeWeights()
   * console.log(net.dispose().numDisposedVariables) // 10
   */
  override dispose(): DisposeResult {
    this.session.checkIdle('dispose')
    return super.dispose()
  }

  protected override freeWeights(): number {
    const made = this.weights.filter((weight) => weight.isMade)
    for (const layer of this.layers) layer.release(this)
    this.optimizer?.dispose()
    return made.filter((weight) => weight.isDisposed).length
  }

  /**
   * Copies of the weights' values, for callbacks.
   * @example
   * const net = zoo.lenet5({ seed: 1 })
   * const before = net.snapshot()
   * net.restore(before)
   */
  snapshot(): Float32Array[] {
    this.makeWeights()
    return this.weights.map((weight) => weight.variable.view(weight.name).slice() as Float32Array)
  }

  /**
   * Writes back what `snapshot` returned.
   * @param snapshot values for each weight, in their order
   * @example
   * const net = zoo.lenet5({ seed: 1 })
   * net.restore(net.snapshot())
   */
  restore(snapshot: readonly Float32Array[]): void {
    this.weights.forEach((weight, i) => {
      weight.set(snapshot[i]!)
    })
  }

  /**
   * The shape of one input.
   * @internal
   */
  get sampleShape(): Shape {
    return sampleOf(this.inputSpecs[0]!)
  }

  /** Makes the weights that are not there yet, each from a stream of random numbers of its own. */
  override makeWeights(): void {
    this.checkUsable()
    // Asked at each prediction, which may be a short one: no list is made for it.
    if (this.layers.every((layer) => layer.weights.every((weight) => weight.isMade))) return
    const { weights } = this
    const streams = this.random.root.fork('weights')
    weights.forEach((weight, i) => {
      if (!weight.isMade) weight.make(streamOf(streams.fork(i)))
    })
  }

  /**
   * The generators that the model's seed feeds.
   * @internal
   */
  get random(): Streams {
    this.#random ??= new Streams(this.seed)
    return this.#random
  }

  set random(streams: Streams) {
    this.#seed = streams.seed
    this.#random = streams
  }

  /**
   * The random numbers of a pass: those of a layer depend on the model's seed, on the pass and on its place, or on the
   * layer's own seed and the pass.
   */
  #context(training: boolean, kind: string, pass: number): CallContext {
    const calls = new Map<Layer, number>()
    return {
      training,
      stream: (layer, seed) => {
        const call = calls.get(layer) ?? 0
        calls.set(layer, call + 1)
        const isSeeded = seed !== undefined && seed !== null
        const passes = (isSeeded ? new Random(seed) : this.random.root).fork(kind).fork(pass)
        const own = isSeeded ? passes : passes.fork(this.#placeOf(layer))
        return streamOf(call === 0 ? own : own.fork(call))
      },
    }
  }

  /** The number of a layer among all, those of nested models included. */
  #placeOf(layer: Layer): number {
    this.#leaves ??= new Map(leavesOf(this.layers).map((leaf, i) => [leaf, i]))
    return this.#leaves.get(layer) ?? this.#leaves.size
  }
}

/** Layers with those of nested models in their place. */
function leavesOf(layers: readonly Layer[]): Layer[] {
  return layers.flatMap((layer) => (layer instanceof LayersModel ? leavesOf(layer.layers) : [layer]))
}

/** What a model in a row passes on: its graph comes layer by layer. */
export type RowArgs = Omit<ModelArgs, 'inputs' | 'outputs'>

function symbols(who: string, argument: string, given: unknown): readonly SymbolicTensor[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  const wrong = list.findIndex((item) => !(item instanceof SymbolicTensor))
  if (list.length > 0 && wrong < 0) return list as readonly SymbolicTensor[]
  throw new ArgumentError({
    who,
    expected: `${argument} to be symbolic tensors`,
    received: show(list.length === 0 ? given : list[wrong]),
    hint: "begin with input({ shape }) and apply layers to it, or take another model's getLayer(name).output",
  })
}

function listOf<T>(given: T | readonly T[]): readonly T[] {
  return Array.isArray(given) ? given : [given as T]
}

function oneOrMore<T>(list: readonly T[]): T | T[] {
  return list.length === 1 ? list[0]! : [...list]
}

/**
 * A model of a graph of layers: `model({ inputs, outputs })`.
 * @param args inputs, outputs, name, seed and trainable
 * @throws ArgumentError where an output cannot be reached from the inputs
 * @example
 * const x = input({ shape: [8] })
 * const hidden = layers.dense({ units: 8, activation: 'relu' }).apply(x)
 * const sum = layers.add().apply([x, hidden])
 * console.log(model({ inputs: x, outputs: sum, seed: 1 }).countParams()) // 72
 */
export function model(args: ModelArgs): LayersModel {
  checkOptions('model', args, MODEL_OPTIONS)
  return new LayersModel({ ...args, inputs: args.inputs, outputs: args.outputs })
}
