/**
 * What every model can do once it knows its layers and how data flows through them: compile, fit, evaluate, predict. A
 * training step is: gather a batch, run the layers on a tape, differentiate the loss, let the optimizer update the
 * weights.
 */

import type { ActivationName } from '../activations/table.ts'
import type { History } from '../callbacks/table.ts'
import { ArgumentError, checkInteger, checkOptions, ShapeError, StateError, show } from '../errors.ts'
import { type Graph, graphOf } from '../graph/graph.ts'
import { type Plan, planOf, runPlan } from '../graph/plan.ts'
import { init } from '../init.ts'
import type { IOHandler, SaveResult } from '../io/io-handler.ts'
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
import { cast } from '../ops/op.ts'
import { nextSeed, streamOf } from '../ops/random.ts'
import type { Optimizer } from '../optimizers/table.ts'
import { Random } from '../random.ts'
import { runtime } from '../runtime/runtime.ts'
import type { BatchShape, Shape } from '../shape.ts'
import { allocate, fromValues, type Tensor, tidy } from '../tensor.ts'
import { type CompileArgs, type Compiled, compileFor } from '../training/compile.ts'
import { type FitArgs, fitRows } from '../training/fit.ts'
import { type FitDatasetArgs, fitStream, type Stream } from '../training/fit-dataset.ts'
import { disposePairs, inputRows, type ModelData, sampleOf, toPairs } from '../training/pairs.ts'
import { type ArrayData, batches, indexRange } from '../training/rows.ts'
import { isSamples, type Samples } from '../training/samples.ts'
import { testStep, trainStep } from '../training/step.ts'
import { Totals } from '../training/totals.ts'
import type { OutputSpec, Pass, TensorSpec, Trainable } from '../training/trainable.ts'
import { nameLayers } from './names.ts'
import { summaryLines } from './summary.ts'
import { modelTopology, type SaveArgs } from './topology.ts'

export interface EvaluateArgs {
  /** Samples that are computed at once. Default 32. */
  readonly batchSize?: number
}

export type PredictArgs = EvaluateArgs

export interface ModelArgs {
  /** What `input` returned, or several of them. */
  readonly inputs: SymbolicInput
  /** What the last layers return of what `inputs` become. */
  readonly outputs: SymbolicInput
  /** Default 'model'. */
  readonly name?: string
  /** What weights, shuffling and dropout come from: equal seeds give equal runs. Default drawn at random. */
  readonly seed?: number
  readonly trainable?: boolean
}

/** A graph of layers from inputs to outputs, which is a layer too. */
export class LayersModel extends Layer implements Trainable {
  static override readonly className: string = 'Functional'
  /** Set by a callback to end training after the batch. */
  stopTraining = false
  /** What of the file that the model comes from could not be taken over, in sentences. */
  notes: readonly string[] = []
  #compiled: Compiled | undefined
  #seed: number | undefined
  #random: { readonly root: Random; readonly shuffle: Random } | undefined
  #graph: Graph | undefined
  readonly #plans = new Map<string, Plan>()
  #leaves: ReadonlyMap<Layer, number> | undefined
  /** How often the model was applied by hand: each time draws other random numbers. */
  #applied = 0

  constructor(args: ModelArgs | RowArgs) {
    const { name, trainable, seed } = args
    super({ ...(name != null && { name }), ...(trainable != null && { trainable }) })
    if (seed != null) checkInteger(this.name, 'seed', seed)
    this.#seed = seed ?? undefined
    if (!('inputs' in args)) return
    checkOptions('model', args, ['inputs', 'outputs', 'name', 'seed', 'trainable'])
    const graph = graphOf(
      this.name,
      symbols(this.name, 'inputs', args.inputs),
      symbols(this.name, 'outputs', args.outputs),
    )
    nameLayers(this, graph.layers)
    this.changeGraph(graph)
    if (trainable === false) this.trainable = false
  }

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
    this.#leaves = undefined
    for (const layer of graph?.layers ?? []) layer.hold(this)
  }

  get inputs(): readonly SymbolicTensor[] {
    return this.graph.inputs
  }

  get outputs(): readonly SymbolicTensor[] {
    return this.graph.outputs
  }

  override get input(): SymbolicTensor | SymbolicTensor[] {
    return oneOrMore(this.inputs)
  }

  override get output(): SymbolicTensor | SymbolicTensor[] {
    return oneOrMore(this.outputs)
  }

  get inputNames(): string[] {
    return this.inputs.map(({ name }) => name)
  }

  get outputNames(): string[] {
    return this.outputs.map(({ name }) => name)
  }

  /** The shape of the input with the batch first; a list for several inputs. */
  override get inputShape(): BatchShape {
    return oneOrMore(this.inputs.map(({ shape }) => shape)) as BatchShape
  }

  override get outputShape(): BatchShape {
    return oneOrMore(this.outputs.map(({ shape }) => shape)) as BatchShape
  }

  get inputSpecs(): TensorSpec[] {
    return this.inputs.map(({ name, shape }) => ({ name, shape }))
  }

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

  override get finalActivation(): ActivationName | undefined {
    return this.outputs.length === 1 ? this.outputSpecs[0]!.finalActivation : undefined
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

  override callLogits(inputs: LayerInput, context: CallContext): LayerOutput {
    return this.#run(listOf(inputs), { training: context.training, logits: [true] }, context)[0]!
  }

  /** The outputs for a batch of each input. */
  forward(inputs: readonly Tensor[], pass: Pass): Tensor[] {
    return this.#run(inputs, pass, this.#context(pass.training, 'dropout', this.optimizer?.iterations ?? 0))
  }

  #run(inputs: readonly Tensor[], { training, logits = [] }: Pass, context: CallContext): Tensor[] {
    const key = `${training} ${logits.join()}`
    let plan = this.#plans.get(key)
    if (plan === undefined) {
      plan = planOf(this.graph, { training, logits })
      this.#plans.set(key, plan)
    }
    const { inputs: symbols } = this.graph
    const given = inputs.map((x, i) => {
      const dtype = symbols[i]?.dtype ?? 'float32'
      return x.dtype === dtype ? x : cast(x, dtype)
    })
    return runPlan(plan, given, context)
  }

  /** The seed that weights, shuffling and dropout come from. Drawn at random, at the first use, where none was given. */
  get seed(): number {
    this.#seed ??= nextSeed(this.name)
    return this.#seed
  }

  get optimizer(): Optimizer | undefined {
    return this.#compiled?.optimizer
  }

  /** What `compile` was given. */
  get compileArgs(): CompileArgs | undefined {
    return this.#compiled?.args
  }

  /** The names of the figures that `evaluate` returns. */
  get metricsNames(): string[] {
    return ['loss', ...this.compiled('metricsNames').metrics.map((metric) => metric.name)]
  }

  override get weights(): Weight[] {
    return this.layers.flatMap((layer) => layer.weights)
  }

  override get trainableWeights(): Weight[] {
    return this.layers.flatMap((layer) => layer.trainableWeights)
  }

  /** Sets how the model learns. Required before fit, evaluate and trainOnBatch. */
  compile(args: CompileArgs): void {
    this.#compiled = compileFor(this.outputSpecs, args)
  }

  /**
   * Trains on all samples, `epochs` times over. Makes the runtime and the weights if need be.
   * @param x a data set with its labels, or inputs [N, …] as a tensor, nested arrays or a flat typed array
   * @param y targets [N, …]; left out for a data set
   * @throws ArgumentError, with the weights as they were before the step, when the loss is no longer finite
   */
  fit(x: Samples, args?: FitArgs): Promise<History>
  fit(x: ArrayData, y: ArrayData, args?: FitArgs): Promise<History>
  async fit(x: Samples | ArrayData, yOrArgs?: ArrayData | FitArgs, maybeArgs?: FitArgs): Promise<History> {
    this.compiled('fit')
    await init()
    if (isSamples(x)) return fitRows(this, toPairs('fit', this, x), (yOrArgs ?? {}) as FitArgs)
    return fitRows(this, toPairs('fit', this, x, yOrArgs as ArrayData), maybeArgs ?? {})
  }

  /** Trains on batches as they come from an iterable or async iterable of `{ xs, ys }`, which it disposes. */
  async fitDataset(dataset: Stream | (() => Stream), args: FitDatasetArgs): Promise<History> {
    this.compiled('fitDataset')
    await init()
    return fitStream(this, dataset, args)
  }

  /** One step on one batch: the loss, or the loss and the metrics where there are any. */
  async trainOnBatch(x: ArrayData, y: ArrayData): Promise<number | number[]> {
    this.compiled('trainOnBatch')
    await init()
    const pairs = toPairs('trainOnBatch', this, x, y)
    const all = indexRange(pairs.x.size)
    try {
      const { loss, metrics } = trainStep('trainOnBatch', this, pairs, all)
      return metrics.length === 0 ? loss : [loss, ...metrics]
    } finally {
      disposePairs(pairs)
    }
  }

  /**
   * The loss over all samples, and the metrics: a scalar, or one per name of `metricsNames`.
   * @param x a data set with its labels, or inputs [N, …]
   * @param y targets [N, …]; left out for a data set
   */
  evaluate(x: Samples, args?: EvaluateArgs): Tensor | Tensor[]
  evaluate(x: ArrayData, y: ArrayData, args?: EvaluateArgs): Tensor | Tensor[]
  evaluate(x: Samples | ArrayData, yOrArgs?: ArrayData | EvaluateArgs, maybeArgs?: EvaluateArgs): Tensor | Tensor[] {
    this.compiled('evaluate')
    runtime('evaluate')
    const pairs = isSamples(x) ? toPairs('evaluate', this, x) : toPairs('evaluate', this, x, yOrArgs as ArrayData)
    const { batchSize = 32 } = checkEvaluate('evaluate', ((isSamples(x) ? yOrArgs : maybeArgs) ?? {}) as EvaluateArgs)
    const totals = new Totals(this.metricsNames)
    for (const batch of batches(pairs.x.size, batchSize)) totals.add(testStep(this, pairs, batch), batch.length)
    disposePairs(pairs)
    const figures = Object.values(totals.means()).map((value) => fromValues('evaluate', [value], []))
    return figures.length === 1 ? figures[0]! : figures
  }

  /**
   * The outputs for inputs [N, …] or for a data set; a list where the model has several outputs, which TypeScript is told
   * by `predict<Tensor[]>(x)`.
   * @param x the input; for several inputs a list in their order, or an object by their names
   * @returns [N, …outputShape]
   */
  predict<Out extends Tensor | Tensor[] = Tensor>(x: ModelData, args: PredictArgs = {}): Out {
    const who = 'predict'
    runtime(who)
    this.makeWeights()
    const { batchSize = 32 } = checkEvaluate(who, args)
    const rows = inputRows(who, this, x)
    const results: Tensor[] = []
    try {
      let at = 0
      for (const batch of batches(rows[0]!.size, batchSize)) {
        const outputs = this.#infer(() => rows.map((each) => each.take(batch)))
        outputs.forEach((output, i) => {
          results[i] ??= allocate(who, [rows[0]!.size, ...output.shape.slice(1)])
          const step = output.size / batch.length
          results[i].view().set(output.view(), at * step)
          output.dispose()
        })
        at += batch.length
      }
    } catch (error) {
      for (const result of results) result.dispose()
      throw error
    } finally {
      for (const each of rows) each.dispose()
    }
    if (results.length === 0) {
      for (const { shape } of this.outputs) results.push(allocate(who, [0, ...shape.slice(1).map((size) => size ?? 0)]))
    }
    return oneOrMore(results) as Out
  }

  /** The outputs for a batch that is a tensor [B, …] already, or one for each input. */
  predictOnBatch<Out extends Tensor | Tensor[] = Tensor>(x: Tensor | readonly Tensor[]): Out {
    const who = 'predictOnBatch'
    runtime(who)
    this.makeWeights()
    for (const rows of inputRows(who, this, x)) rows.dispose()
    return oneOrMore(this.#infer(() => listOf(x))) as Out
  }

  /** In a custom loop each call with `training` draws dropout anew, by the model's seed. */
  protected override applyEager(inputs: readonly Tensor[], _isList: boolean, training: boolean): LayerOutput {
    runtime(this.name)
    this.makeWeights()
    for (const rows of inputRows(this.name, this, inputs)) rows.dispose()
    const context = this.#context(training, 'apply', training ? this.#applied++ : 0)
    return tidy(() => oneOrMore(this.#run(inputs, { training }, context)))
  }

  /** Prints the layers, the shapes of their outputs and their numbers of parameters. */
  summary(
    lineLength?: number | null,
    positions?: readonly number[] | null,
    printFn: (line: string) => void = console.log,
  ): void {
    for (const line of summaryLines(this, lineLength, positions)) printFn(line)
  }

  /** A layer by its name or by its index. */
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
   * a metric that is a function cannot be saved: such a model loads as one that is not compiled.
   * @param target `file://DIR` in Node, or a handler such as `io.withSaveHandler` makes
   * @throws InputOutputError for what cannot be written; the file that was there before is still whole then
   */
  async save(target: string | IOHandler, args: SaveArgs = {}): Promise<SaveResult> {
    checkOptions('save', args, ['includeOptimizer'])
    // Pages that only train never load what reads and writes files.
    const [{ handlerFor }, { modelArtifacts }] = await Promise.all([import('../io/handlers.ts'), import('./save.ts')])
    const handler = handlerFor('save', target, 'save')
    await init()
    this.makeWeights()
    return handler.save(modelArtifacts(this, args))
  }

  /** The layers without their weights, as model files have them: JSON text, or an object where `asText` is false. */
  toJSON(_unused?: unknown, asText = true): string | object {
    const topology = modelTopology(this)
    return asText ? JSON.stringify(topology) : topology
  }

  /** Frees the optimizer's slots, and the weights that no other model holds. The model cannot be used after that. */
  override dispose(): DisposeResult {
    return super.dispose()
  }

  protected override freeWeights(): number {
    const made = this.weights.filter((weight) => weight.isMade)
    for (const layer of this.layers) layer.release(this)
    this.#compiled?.optimizer.dispose()
    return made.filter((weight) => weight.isDisposed).length
  }

  /** Copies of the weights' values, for callbacks. */
  snapshot(): Float32Array[] {
    this.makeWeights()
    return this.weights.map((weight) => weight.variable.view(weight.name).slice() as Float32Array)
  }

  restore(snapshot: readonly Float32Array[]): void {
    this.weights.forEach((weight, i) => {
      weight.set(snapshot[i]!)
    })
  }

  /** The shape of one input. */
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

  /** The generators that the model's seed feeds. */
  get random(): { readonly root: Random; readonly shuffle: Random } {
    if (this.#random === undefined) {
      const root = new Random(this.seed)
      this.#random = { root, shuffle: root.fork('shuffle') }
    }
    return this.#random
  }

  compiled(who: string): Compiled {
    if (this.#compiled !== undefined) return this.#compiled
    throw new StateError({
      who,
      expected: 'a compiled model',
      received: `${show(this.name)}, which is not`,
      hint: "call compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' }) first",
    })
  }

  #infer(inputs: () => readonly Tensor[]): Tensor[] {
    return tidy(() => this.forward(inputs(), { training: false }))
  }

  /** The random numbers of a pass: those of a layer depend on the model's seed, on the pass and on its place. */
  #context(training: boolean, kind: string, pass: number): CallContext {
    const calls = new Map<Layer, number>()
    return {
      training,
      stream: (layer) => {
        const call = calls.get(layer) ?? 0
        calls.set(layer, call + 1)
        const own = this.random.root.fork(kind).fork(pass).fork(this.#placeOf(layer))
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
  const wrong = list.find((item) => !(item instanceof SymbolicTensor))
  if (list.length > 0 && wrong === undefined) return list as readonly SymbolicTensor[]
  throw new ArgumentError({
    who,
    expected: `${argument} to be symbolic tensors`,
    received: show(list.length === 0 ? given : wrong),
    hint: "begin with input({ shape }) and apply layers to it, or take another model's getLayer(name).output",
  })
}

function listOf<T>(given: T | readonly T[]): readonly T[] {
  return Array.isArray(given) ? given : [given as T]
}

function oneOrMore<T>(list: readonly T[]): T | T[] {
  return list.length === 1 ? list[0]! : [...list]
}

/** A model of a graph of layers: `model({ inputs, outputs })`. */
export function model(args: ModelArgs): LayersModel {
  return new LayersModel(args)
}

function checkEvaluate(who: string, args: EvaluateArgs): EvaluateArgs {
  checkOptions(who, args, ['batchSize', 'verbose'])
  checkInteger(who, 'batchSize', args.batchSize ?? 32, 1)
  return args
}
