/**
 * What every model can do once it knows its layers and how data flows through them: compile, fit, evaluate, predict. A
 * training step is: gather a batch, run the layers on a tape, differentiate the loss, let the optimizer update the
 * weights.
 */

import type { ActivationName } from '../activations/table.ts'
import type { History } from '../callbacks/table.ts'
import { ArgumentError, checkInteger, checkOptions, ShapeError, StateError, show, showShape } from '../errors.ts'
import { init } from '../init.ts'
import type { IOHandler, SaveResult } from '../io/io-handler.ts'
import type { CallContext, Layer, Weight } from '../layers/layer.ts'
import { nextSeed, streamOf } from '../ops/random.ts'
import type { Optimizer } from '../optimizers/table.ts'
import { Random } from '../random.ts'
import { runtime } from '../runtime/runtime.ts'
import { type BatchShape, type Shape, sameShape } from '../shape.ts'
import { allocate, fromValues, type Tensor, tidy } from '../tensor.ts'
import { type CompileArgs, type Compiled, compileFor } from '../training/compile.ts'
import { type FitArgs, fitRows } from '../training/fit.ts'
import { type FitDatasetArgs, fitStream, type Stream } from '../training/fit-dataset.ts'
import { checkInputs, disposePairs, toPairs } from '../training/pairs.ts'
import { type ArrayData, batches, indexRange, sampleInputs, toRows } from '../training/rows.ts'
import { isSamples, type Samples } from '../training/samples.ts'
import { testStep, trainStep } from '../training/step.ts'
import { Totals } from '../training/totals.ts'
import type { OutputSpec, Pass, TensorSpec, Trainable } from '../training/trainable.ts'
import { summaryLines } from './summary.ts'
import { modelTopology, type SaveArgs } from './topology.ts'

export interface EvaluateArgs {
  /** Samples that are computed at once. Default 32. */
  readonly batchSize?: number
}

export type PredictArgs = EvaluateArgs

export abstract class LayersModel implements Trainable {
  readonly name: string
  /** Set by a callback to end training after the batch. */
  stopTraining = false
  #compiled: Compiled | undefined
  #seed: number | undefined
  #random: { readonly root: Random; readonly shuffle: Random } | undefined

  constructor(name: string, seed: number | undefined) {
    this.name = name
    if (seed !== undefined) checkInteger(name, 'seed', seed)
    this.#seed = seed
  }

  /** The layers in the order in which data flows through them. */
  abstract readonly layers: readonly Layer[]
  abstract readonly inputShape: BatchShape
  abstract readonly outputShape: BatchShape
  /** The activation that the output ends in, if it does. */
  protected abstract readonly finalActivation: ActivationName | undefined
  /** The output for a batch, or what goes into its final activation. */
  protected abstract run(x: Tensor, context: CallContext, logits: boolean): Tensor

  get inputSpecs(): TensorSpec[] {
    return [{ name: this.#entry, shape: this.inputShape }]
  }

  get outputSpecs(): OutputSpec[] {
    const { outputShape } = this
    return [{ name: this.layers.at(-1)!.name, shape: outputShape, finalActivation: this.finalActivation }]
  }

  forward([x]: readonly Tensor[], { training, logits = [] }: Pass): Tensor[] {
    return [this.run(x!, this.#context(training), logits[0] ?? false)]
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

  get weights(): Weight[] {
    return this.layers.flatMap((layer) => layer.weights)
  }

  get trainableWeights(): Weight[] {
    return this.layers.filter((layer) => layer.trainable).flatMap((layer) => layer.weights.filter((w) => w.trainable))
  }

  countParams(): number {
    return this.layers.reduce((sum, layer) => sum + layer.countParams(), 0)
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
   * The outputs for inputs [N, …] or for a data set.
   * @returns [N, …outputShape]
   */
  predict(x: Samples | ArrayData, args: PredictArgs = {}): Tensor {
    runtime('predict')
    const { batchSize = 32 } = checkEvaluate('predict', args)
    const rows = isSamples(x) ? sampleInputs(x) : toRows('predict', 'x', x, this.sampleShape)
    checkInputs('predict', this.inputSpecs[0]!, rows)
    const result = allocate('predict', [rows.size, ...this.outputShape.slice(1).map((size) => size ?? 1)])
    let at = 0
    for (const batch of batches(rows.size, batchSize)) {
      const output = this.#infer(() => rows.take(batch))
      result.view().set(output.view(), at)
      at += output.size
      output.dispose()
    }
    rows.dispose()
    return result
  }

  /** The outputs for a batch that is a tensor [B, …] already. */
  predictOnBatch(x: Tensor): Tensor {
    runtime('predictOnBatch')
    checkInputs('predictOnBatch', this.inputSpecs[0]!, toRows('predictOnBatch', 'x', x, this.sampleShape))
    return this.#infer(() => x)
  }

  /** As `predictOnBatch`: a model is a function of tensors. */
  apply(x: Tensor): Tensor {
    return this.predictOnBatch(x)
  }

  /** Prints the layers, the shapes of their outputs and their numbers of parameters. */
  summary(lineLength?: number, positions?: readonly number[], printFn: (line: string) => void = console.log): void {
    for (const line of summaryLines(this, lineLength, positions)) printFn(line)
  }

  getWeights(): Tensor[] {
    this.makeWeights()
    return this.layers.flatMap((layer) => layer.getWeights())
  }

  setWeights(values: readonly Tensor[]): void {
    const weights = this.weights
    if (values.length !== weights.length) {
      throw new ArgumentError({
        who: 'setWeights',
        expected: `${weights.length} weights`,
        received: `${values.length}`,
      })
    }
    weights.forEach((weight, i) => {
      if (sameShape(values[i]!.shape, weight.shape)) return
      const received = showShape(values[i]!.shape)
      throw new ShapeError({ who: weight.name, expected: `shape ${showShape(weight.shape)}`, received })
    })
    weights.forEach((weight, i) => {
      weight.set(values[i]!.view('setWeights'))
    })
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

  /** Frees the weights and the optimizer's slots. */
  dispose(): void {
    for (const layer of this.layers) layer.dispose()
    this.#compiled?.optimizer.dispose()
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
    return this.inputShape.slice(1).map((size) => size ?? 1)
  }

  /** Makes the weights that are not there yet, each from a stream of random numbers of its own. */
  makeWeights(): void {
    // Asked at each prediction, which may be a short one: no list is made for it.
    if (this.layers.every((layer) => layer.weights.every((weight) => weight.isMade))) return
    const { weights } = this
    const streams = this.random.root.fork('weights')
    weights.forEach((weight, i) => {
      weight.make(streamOf(streams.fork(i)))
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

  /** Who complains of an input: the first layer. */
  get #entry(): string {
    return this.layers[0]?.name ?? this.name
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

  #infer(input: () => Tensor): Tensor {
    this.makeWeights()
    return tidy(() => this.run(input(), this.#context(false), false).alias('predict'))
  }

  #context(training: boolean): CallContext {
    const step = this.optimizer?.iterations ?? 0
    const layers = this.layers
    return {
      training,
      stream: (layer) => streamOf(this.random.root.fork('dropout').fork(step).fork(layers.indexOf(layer))),
    }
  }
}

function checkEvaluate(who: string, args: EvaluateArgs): EvaluateArgs {
  checkOptions(who, args, ['batchSize', 'verbose'])
  checkInteger(who, 'batchSize', args.batchSize ?? 32, 1)
  return args
}
