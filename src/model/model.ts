/**
 * What every model can do once it knows its layers and how data flows through them: compile, fit, evaluate, predict. A
 * training step is: gather a batch, run the layers on a tape, differentiate the loss, let the optimizer update the
 * weights.
 */

import type { ActivationName } from '../activations/table.ts'
import type { History } from '../callbacks/callback.ts'
import { ArgumentError, checkInteger, checkOptions, ShapeError, showShape } from '../errors.ts'
import { init } from '../init.ts'
import type { IOHandler, SaveResult } from '../io/io-handler.ts'
import type { CallContext, Layer, Weight } from '../layers/layer.ts'
import { nextSeed, streamOf } from '../ops/random.ts'
import type { Optimizer } from '../optimizers/optimizer.ts'
import { runtime } from '../runtime/runtime.ts'
import { type BatchShape, type Shape, sameShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { CompileArgs } from '../training/compile.ts'
import {
  type EvaluateArgs,
  type EvaluateDatasetArgs,
  evaluate,
  evaluateDataset,
  onBatch,
} from '../training/evaluate.ts'
import { type FitArgs, fit } from '../training/fit.ts'
import { type FitDatasetArgs, fitDataset } from '../training/fit-dataset.ts'
import { Streams } from '../training/moment.ts'
import type { NamedData, Weighting } from '../training/pairs.ts'
import { type PredictArgs, predict, predictOnBatch } from '../training/predict.ts'
import { isSamples, type Samples } from '../training/samples.ts'
import { Session } from '../training/session.ts'
import type { Stream } from '../training/stream.ts'
import type { OutputSpec, Pass, TensorSpec, Trainable } from '../training/trainable.ts'
import { summaryLines } from './summary.ts'
import { modelTopology, type SaveArgs } from './topology.ts'

export abstract class LayersModel implements Trainable {
  readonly name: string
  /** Set by a callback to end training after the batch. */
  stopTraining = false
  readonly session = new Session(this)
  #seed: number | undefined
  #random: Streams | undefined

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
    this.session.compile(this.outputSpecs, args)
  }

  /**
   * Trains on all samples, `epochs` times over. Makes the runtime and the weights if need be.
   * @param x a data set with its labels, or inputs [N, …] as a tensor, nested arrays or a flat typed array; a list or an
   *   object by names where the model has several
   * @param y targets [N, …], likewise; left out for a data set
   * @throws ArgumentError, with the weights as they were before the step, when the loss is no longer finite
   * @throws StateError where the model is being trained already
   */
  fit(x: Samples, args?: FitArgs | null): Promise<History>
  fit(x: NamedData, y: NamedData, args?: FitArgs | null): Promise<History>
  fit(x: Samples | NamedData, yOrArgs?: NamedData | FitArgs | null, maybeArgs?: FitArgs | null): Promise<History> {
    return this.session.run('fit', async () => {
      await init()
      const args = isSamples(x) ? yOrArgs : maybeArgs
      return fit(this, x, yOrArgs as NamedData, args as FitArgs)
    })
  }

  /** Trains on batches as they come from an iterable or async iterable of `{ xs, ys }`, which it disposes. */
  fitDataset(dataset: Stream | (() => Stream), args?: FitDatasetArgs | null): Promise<History> {
    return this.session.run('fitDataset', async () => {
      await init()
      return fitDataset(this, dataset, args)
    })
  }

  /** One step on one batch: the loss, or all figures of `metricsNames` where there are more. */
  async trainOnBatch(x: NamedData, y: NamedData, weighting?: Weighting | null): Promise<number | number[]> {
    this.session.compiled('trainOnBatch')
    await init()
    return onBatch('trainOnBatch', this, x, y, weighting ?? {})
  }

  /** As `trainOnBatch`, without training. */
  async testOnBatch(x: NamedData, y: NamedData, weighting?: Weighting | null): Promise<number | number[]> {
    this.session.compiled('testOnBatch')
    await init()
    return onBatch('testOnBatch', this, x, y, weighting ?? {})
  }

  /**
   * The loss over all samples, and the other figures: a scalar, or one per name of `metricsNames`.
   * @param x a data set with its labels, or inputs [N, …]
   * @param y targets [N, …]; left out for a data set
   */
  evaluate(x: Samples, args?: EvaluateArgs | null): Tensor | Tensor[]
  evaluate(x: NamedData, y: NamedData, args?: EvaluateArgs | null): Tensor | Tensor[]
  evaluate(
    x: Samples | NamedData,
    yOrArgs?: NamedData | EvaluateArgs | null,
    maybeArgs?: EvaluateArgs | null,
  ): Tensor | Tensor[] {
    this.session.compiled('evaluate')
    runtime('evaluate')
    return evaluate(this, x, yOrArgs as NamedData, (isSamples(x) ? yOrArgs : maybeArgs) as EvaluateArgs)
  }

  /** As `evaluate`, over batches of an iterable or async iterable of `{ xs, ys }`, which it disposes. */
  async evaluateDataset(
    dataset: Stream | (() => Stream),
    args?: EvaluateDatasetArgs | null,
  ): Promise<Tensor | Tensor[]> {
    this.session.compiled('evaluateDataset')
    await init()
    return evaluateDataset(this, dataset, args)
  }

  /**
   * The outputs for inputs [N, …] or for a data set.
   * @returns [N, …outputShape]
   */
  predict(x: Samples | NamedData, args?: PredictArgs | null): Tensor {
    runtime('predict')
    return predict(this, x, args) as Tensor
  }

  /** The outputs for one batch [B, …]. */
  predictOnBatch(x: NamedData): Tensor {
    runtime('predictOnBatch')
    return predictOnBatch(this, x) as Tensor
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
    checkOptions('save', args, ['includeOptimizer', 'checkpoint', 'metadata'])
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
    this.session.checkIdle('dispose')
    for (const layer of this.layers) layer.dispose()
    this.optimizer?.dispose()
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
  get random(): Streams {
    this.#random ??= new Streams(this.seed)
    return this.#random
  }

  set random(streams: Streams) {
    this.#seed = streams.seed
    this.#random = streams
  }

  /** Who complains of an input: the first layer. */
  get #entry(): string {
    return this.layers[0]?.name ?? this.name
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
