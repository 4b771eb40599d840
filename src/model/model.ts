/**
 * What every model can do once it knows its layers and how data flows through them: compile, fit, evaluate, predict. A
 * training step is: gather a batch, run the layers on a tape, differentiate the loss, let the optimizer update the
 * weights.
 */

import { type ActivationName, activate } from '../activations.ts'
import { gradients, withoutTape } from '../autograd.ts'
import type { History } from '../callbacks.ts'
import { ArgumentError, checkInteger, checkOptions, ShapeError, StateError, show, showShape } from '../errors.ts'
import { init } from '../init.ts'
import type { CallContext, Layer, Weight } from '../layers/layer.ts'
import { type Loss, type LossFunction, type LossName, toLoss } from '../losses.ts'
import { type Metric, type MetricFunction, type MetricName, toMetric } from '../metrics.ts'
import { nextSeed, streamOf } from '../ops/random.ts'
import { mean } from '../ops/reduce.ts'
import { type Optimizer, type OptimizerName, toOptimizer } from '../optimizers.ts'
import type { IOHandler, SaveResult } from '../platform/io.ts'
import { Random } from '../random.ts'
import { runtime } from '../runtime/runtime.ts'
import { type BatchShape, type Shape, sameShape } from '../shape.ts'
import { allocate, fromValues, keep, type Tensor, tidy } from '../tensor.ts'
import { type FitArgs, fitRows } from './fit.ts'
import { type FitDatasetArgs, fitStream, type Stream } from './fit-dataset.ts'
import { checkInputs, disposePairs, type Pairs, toPairs } from './pairs.ts'
import { type ArrayData, batches, indexRange, sampleInputs, toRows } from './rows.ts'
import { isSamples, type Samples } from './samples.ts'
import { summaryLines } from './summary.ts'
import { modelTopology, type SaveArgs } from './topology.ts'
import { type StepResult, Totals } from './totals.ts'

export interface CompileArgs {
  /** A name, with its default learning rate, or what `train.*` makes. */
  readonly optimizer: OptimizerName | Optimizer
  /** A name, or a function of targets and predictions that returns one value per sample. */
  readonly loss: LossName | LossFunction
  /** What else is to be reported. */
  readonly metrics?: MetricName | MetricFunction | readonly (MetricName | MetricFunction)[]
}

export interface EvaluateArgs {
  /** Samples that are computed at once. Default 32. */
  readonly batchSize?: number
}

export type PredictArgs = EvaluateArgs

interface Compiled {
  readonly optimizer: Optimizer
  readonly loss: Loss
  readonly metrics: readonly Metric[]
  /** The compile arguments as they came, for model files. */
  readonly args: CompileArgs
}

export abstract class LayersModel {
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
  protected abstract forward(x: Tensor, context: CallContext, logits: boolean): Tensor

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
    return ['loss', ...this.#compiledOr('metricsNames').metrics.map((metric) => metric.name)]
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
    const who = 'compile'
    checkOptions(who, args, ['optimizer', 'loss', 'metrics'])
    const loss = toLoss(who, args.loss)
    const metrics = args.metrics === undefined ? [] : Array.isArray(args.metrics) ? args.metrics : [args.metrics]
    const classes = this.outputShape.at(-1) ?? 1
    this.#compiled = {
      optimizer: toOptimizer(who, args.optimizer),
      loss,
      metrics: metrics.map((metric: MetricName | MetricFunction) => toMetric(who, metric, loss, classes)),
      args,
    }
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
    this.#compiledOr('fit')
    await init()
    if (isSamples(x)) return fitRows(this, this.pairs('fit', x), (yOrArgs ?? {}) as FitArgs)
    return fitRows(this, this.pairs('fit', x, yOrArgs as ArrayData), maybeArgs ?? {})
  }

  /** Trains on batches as they come from an iterable or async iterable of `{ xs, ys }`, which it disposes. */
  async fitDataset(dataset: Stream | (() => Stream), args: FitDatasetArgs): Promise<History> {
    this.#compiledOr('fitDataset')
    await init()
    return fitStream(this, dataset, args)
  }

  /** One step on one batch: the loss, or the loss and the metrics where there are any. */
  async trainOnBatch(x: ArrayData, y: ArrayData): Promise<number | number[]> {
    this.#compiledOr('trainOnBatch')
    await init()
    const pairs = this.pairs('trainOnBatch', x, y)
    const all = indexRange(pairs.x.size)
    try {
      const { loss, metrics } = this.trainStep('trainOnBatch', pairs, all)
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
    this.#compiledOr('evaluate')
    runtime('evaluate')
    const pairs = isSamples(x) ? this.pairs('evaluate', x) : this.pairs('evaluate', x, yOrArgs as ArrayData)
    const { batchSize = 32 } = checkEvaluate('evaluate', ((isSamples(x) ? yOrArgs : maybeArgs) ?? {}) as EvaluateArgs)
    const totals = new Totals(this.metricsNames)
    for (const batch of batches(pairs.x.size, batchSize)) totals.add(this.testStep(pairs, batch), batch.length)
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
    checkInputs('predict', this.#entry, this.inputShape, rows)
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
    checkInputs('predictOnBatch', this.#entry, this.inputShape, toRows('predictOnBatch', 'x', x, this.sampleShape))
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
    const [{ handlerFor }, { modelArtifacts }] = await Promise.all([
      import('../platform/handlers.ts'),
      import('./save.ts'),
    ])
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

  /** Data in whichever form as rows, checked against the model. */
  pairs(who: string, x: Samples | ArrayData, y?: ArrayData): Pairs {
    const { loss } = this.#compiledOr(who)
    return toPairs(who, { loss, inputShape: this.inputShape, outputShape: this.outputShape, entry: this.#entry }, x, y)
  }

  /** Who complains of an input: the first layer. */
  get #entry(): string {
    return this.layers[0]?.name ?? this.name
  }

  #compiledOr(who: string): Compiled {
    if (this.#compiled !== undefined) return this.#compiled
    throw new StateError({
      who,
      expected: 'a compiled model',
      received: `${show(this.name)}, which is not`,
      hint: "call compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' }) first",
    })
  }

  /** A training step on some rows. */
  trainStep(who: string, pairs: Pairs, indices: Int32Array): StepResult {
    const { optimizer, loss, metrics } = this.#compiledOr(who)
    this.makeWeights()
    const variables = this.trainableWeights.map((weight) => weight.variable)
    return tidy(() => {
      const [input, target] = [pairs.x.take(indices), pairs.y.take(indices)]
      const outputs: { predictions?: Tensor } = {}
      const { value, grads } = gradients(
        who,
        () => {
          const { perSample, predictions } = this.#lossOf(loss, input, target, true)
          if (metrics.length > 0) outputs.predictions = keep(predictions())
          return mean(perSample)
        },
        variables,
      )
      const { predictions } = outputs
      const figures = metrics.map((metric) => meanOf(metric.apply(target, predictions!)))
      predictions?.dispose()
      const lossValue = value.view(who)[0]!
      checkFinite(who, lossValue, optimizer.iterations)
      optimizer.apply(variables, grads)
      return { loss: lossValue, metrics: figures }
    })
  }

  /** Loss and metrics of some rows, without training. */
  testStep(pairs: Pairs, indices: Int32Array): StepResult {
    const { loss, metrics } = this.#compiledOr('evaluate')
    this.makeWeights()
    return tidy(() => {
      const target = pairs.y.take(indices)
      const { perSample, predictions } = this.#lossOf(loss, pairs.x.take(indices), target, false)
      const output = metrics.length > 0 ? predictions() : undefined
      return { loss: meanOf(perSample), metrics: metrics.map((metric) => meanOf(metric.apply(target, output!))) }
    })
  }

  /** The loss per sample, from logits where the loss and the last layer allow it, and the predictions on demand. */
  #lossOf(loss: Loss, x: Tensor, y: Tensor, training: boolean): { perSample: Tensor; predictions: () => Tensor } {
    const context = this.#context(training)
    const { fromLogits } = loss
    if (fromLogits !== undefined && fromLogits.activation === this.finalActivation) {
      const logits = this.forward(x, context, true)
      const predictions = (): Tensor => withoutTape('fit', () => activate(fromLogits.activation, logits))
      return { perSample: fromLogits.apply(y, logits), predictions }
    }
    const output = this.forward(x, context, false)
    return { perSample: loss.apply(y, output), predictions: () => output.alias('fit') }
  }

  #infer(input: () => Tensor): Tensor {
    this.makeWeights()
    return tidy(() => this.forward(input(), this.#context(false), false).alias('predict'))
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

/** The mean, added up in float64: shares of correct answers come out exact. */
function meanOf(perSample: Tensor): number {
  const values = perSample.view()
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}

function checkFinite(who: string, loss: number, step: number): void {
  if (Number.isFinite(loss)) return
  throw new ArgumentError({
    who,
    expected: 'a finite loss',
    received: `${loss} at step ${step + 1}`,
    hint: 'lower the learning rate, and look for NaN or huge numbers in the inputs; the weights are as before this step',
  })
}

function checkEvaluate(who: string, args: EvaluateArgs): EvaluateArgs {
  checkOptions(who, args, ['batchSize', 'verbose'])
  checkInteger(who, 'batchSize', args.batchSize ?? 32, 1)
  return args
}
