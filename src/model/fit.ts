/** The training loops behind `fit` and `fitDataset`: epochs, batches, validation, callbacks. */

import { platform } from '#platform'
import { type CallbackHooks, CallbackList, History, type Logs } from '../callbacks.ts'
import { ArgumentError, checkInteger, checkNumber, checkOneOf, checkOptions, show } from '../errors.ts'
import type { LayersModel } from './model.ts'
import { disposePairs, type Pairs, splitPairs } from './pairs.ts'
import { type ArrayData, type Batch, batches, indexRange } from './rows.ts'
import { isSamples, type Samples } from './samples.ts'
import { type StepResult, Totals } from './totals.ts'

/** When training lets others run: 'auto' every 16 ms, after each batch or epoch, never, or every so many ms. */
export type YieldEvery = 'auto' | 'batch' | 'epoch' | 'never' | number

interface LoopArgs {
  /** How often to go through the data. Default 1. */
  readonly epochs?: number
  /** The number of the first epoch, for a run that goes on. Default 0. */
  readonly initialEpoch?: number
  /** Objects with hooks, or what `callbacks.*` makes. */
  readonly callbacks?: CallbackHooks | readonly CallbackHooks[]
  /** A data set, or [x, y], to evaluate after each epoch. */
  readonly validationData?: Samples | readonly [x: ArrayData, y: ArrayData]
  /** 1 prints a line per epoch to the console. Default 0. */
  readonly verbose?: 0 | 1 | 2
  /** Default 'auto'. */
  readonly yieldEvery?: YieldEvery
}

export interface FitArgs extends LoopArgs {
  /** Samples per step. Default 32. */
  readonly batchSize?: number
  /** The share of the samples, from the end, to evaluate on rather than train. */
  readonly validationSplit?: number
  /** A new order in each epoch, from the model's seed. Default true. */
  readonly shuffle?: boolean
}

export interface FitDatasetArgs extends LoopArgs {
  readonly epochs: number
  /** Steps that make an epoch. Default as many as the data set gives. */
  readonly batchesPerEpoch?: number
  /** Samples at once when evaluating. Default 32. */
  readonly validationBatchSize?: number
}

const LOOP_ARGS = ['epochs', 'initialEpoch', 'callbacks', 'validationData', 'verbose', 'yieldEvery'] as const

function checkLoop(who: string, args: LoopArgs): void {
  const { epochs = 1, initialEpoch = 0, verbose = 0, yieldEvery = 'auto', validationData } = args
  checkInteger(who, 'initialEpoch', initialEpoch)
  checkInteger(who, 'epochs', epochs, 1)
  checkInteger(who, 'verbose', verbose, 0, 2)
  if (typeof yieldEvery === 'number') checkNumber(who, 'yieldEvery', yieldEvery, { above: 0 })
  else checkOneOf(who, 'yieldEvery', yieldEvery, ['auto', 'batch', 'epoch', 'never'])
  if (validationData === undefined || isSamples(validationData)) return
  if (!Array.isArray(validationData) || validationData.length !== 2) {
    const expected = 'validationData to be a data set or [x, y]'
    throw new ArgumentError({ who, expected, received: show(validationData) })
  }
}

/** Trains on rows, in a new order each epoch. */
export async function fitRows(model: LayersModel, all: Pairs, args: FitArgs): Promise<History> {
  const who = 'fit'
  checkOptions(who, args, [...LOOP_ARGS, 'batchSize', 'validationSplit', 'shuffle'])
  checkLoop(who, args)
  const { batchSize = 32, shuffle = true, validationSplit } = args
  checkInteger(who, 'batchSize', batchSize, 1)
  if (typeof shuffle !== 'boolean') {
    throw new ArgumentError({ who, expected: 'shuffle to be true or false', received: show(shuffle) })
  }
  const [training, validation] = validationPairs(who, model, all, args.validationData, validationSplit)
  const order = indexRange(training.x.size)
  const loop = new Loop(who, model, args, Math.ceil(order.length / batchSize), order.length)
  try {
    return await loop.run(async (epoch) => {
      if (shuffle) model.random.shuffle.shuffle(order)
      const totals = new Totals(model.metricsNames)
      let batch = 0
      for (const indices of batches(order.length, batchSize, order)) {
        await loop.step(epoch, batch++, indices.length, totals, () => {
          return model.trainStep(who, training, indices)
        })
        if (model.stopTraining) break
      }
      return { ...totals.means(), ...(await validationLogs(loop, model, validation, batchSize)) }
    })
  } finally {
    disposePairs(all)
    if (validation !== undefined) disposePairs(validation)
  }
}

function validationPairs(
  who: string,
  model: LayersModel,
  all: Pairs,
  data: LoopArgs['validationData'],
  split: number | undefined,
): [training: Pairs, validation: Pairs | undefined] {
  if (data !== undefined) {
    return [
      all,
      isSamples(data) ? model.pairs(`${who}, validationData`, data) : model.pairs(`${who}, validationData`, ...data),
    ]
  }
  if (split === undefined || split === 0) return [all, undefined]
  checkNumber(who, 'validationSplit', split, { min: 0, below: 1 })
  const [first, last] = splitPairs(all, split)
  if (first.x.size > 0 && last.x.size > 0) return [first, last]
  throw new ArgumentError({
    who,
    expected: 'validationSplit to leave samples on both sides',
    received: `${split} of ${all.x.size}`,
  })
}

/** The figures of an evaluation, under the names that begin with 'val_'. */
async function validationLogs(
  loop: Loop,
  model: LayersModel,
  pairs: Pairs | undefined,
  batchSize: number,
): Promise<Logs> {
  if (pairs === undefined) return {}
  const totals = new Totals(model.metricsNames)
  for (const indices of batches(pairs.x.size, batchSize)) {
    totals.add(model.testStep(pairs, indices), indices.length)
    await loop.rest()
  }
  return Object.fromEntries(Object.entries(totals.means()).map(([name, value]) => [`val_${name}`, value]))
}

type Stream = Iterable<Batch> | AsyncIterable<Batch>

/** Trains on batches as they come; an epoch ends with the iteration or after `batchesPerEpoch`. */
export async function fitStream(
  model: LayersModel,
  dataset: Stream | (() => Stream),
  args: FitDatasetArgs,
): Promise<History> {
  const who = 'fitDataset'
  checkOptions(who, args, [...LOOP_ARGS, 'batchesPerEpoch', 'validationBatchSize'])
  checkLoop(who, args)
  const { batchesPerEpoch, validationBatchSize = 32, validationData } = args
  checkInteger(who, 'validationBatchSize', validationBatchSize, 1)
  if (batchesPerEpoch !== undefined) checkInteger(who, 'batchesPerEpoch', batchesPerEpoch, 1)
  const validation =
    validationData === undefined
      ? undefined
      : isSamples(validationData)
        ? model.pairs(`${who}, validationData`, validationData)
        : model.pairs(`${who}, validationData`, ...validationData)
  const loop = new Loop(who, model, args, batchesPerEpoch, undefined)
  const source = new BatchSource(who, dataset)
  return loop.run(async (epoch) => {
    const totals = new Totals(model.metricsNames)
    let batch = 0
    while (batch < (batchesPerEpoch ?? Number.POSITIVE_INFINITY) && !model.stopTraining) {
      const next = await source.next(batchesPerEpoch !== undefined)
      if (next === undefined) break
      const pairs = model.pairs(who, next.xs, next.ys)
      const size = pairs.x.size
      await loop.step(epoch, batch++, size, totals, () => {
        return model.trainStep(who, pairs, indexRange(size))
      })
      for (const part of [next.xs, next.ys]) if (isTensor(part)) part.dispose()
      disposePairs(pairs)
    }
    if (batch === 0) throw new ArgumentError({ who, expected: 'a data set with batches', received: 'none in an epoch' })
    return { ...totals.means(), ...(await validationLogs(loop, model, validation, validationBatchSize)) }
  })
}

function isTensor(value: ArrayData): value is ArrayData & { dispose(): void } {
  return typeof value === 'object' && value !== null && 'dispose' in value
}

/** Walks an iterable; from its beginning again at each epoch, or whenever it ends where epochs are counted in batches. */
class BatchSource {
  readonly #who: string
  readonly #open: () => Iterator<Batch> | AsyncIterator<Batch>
  #iterator: Iterator<Batch> | AsyncIterator<Batch> | undefined

  constructor(who: string, dataset: Stream | (() => Stream)) {
    this.#who = who
    this.#open = () => {
      const stream: unknown = typeof dataset === 'function' ? dataset() : dataset
      if (typeof stream === 'object' && stream !== null) {
        if (Symbol.asyncIterator in stream) return (stream as AsyncIterable<Batch>)[Symbol.asyncIterator]()
        if (Symbol.iterator in stream) return (stream as Iterable<Batch>)[Symbol.iterator]()
      }
      throw new ArgumentError({ who, expected: 'an iterable of { xs, ys }', received: show(stream) })
    }
  }

  /** The next batch; undefined at the end of an epoch. */
  async next(endless: boolean): Promise<Batch | undefined> {
    for (let attempt = 0; attempt < 2; attempt++) {
      this.#iterator ??= this.#open()
      const { done, value } = await this.#iterator.next()
      if (!done) return this.#checked(value)
      this.#iterator = undefined
      if (!endless) return undefined
    }
    return undefined
  }

  #checked(batch: unknown): Batch {
    if (typeof batch === 'object' && batch !== null && 'xs' in batch && 'ys' in batch) return batch as Batch
    throw new ArgumentError({ who: this.#who, expected: 'batches { xs, ys }', received: show(batch) })
  }
}

/** What both loops share: callbacks, logs, yielding, stopping. */
class Loop {
  readonly #model: LayersModel
  readonly #args: LoopArgs
  readonly #history = new History()
  readonly #callbacks: CallbackList
  readonly #params: Logs
  #lastYield = performance.now()

  constructor(who: string, model: LayersModel, args: LoopArgs, steps: number | undefined, samples: number | undefined) {
    this.#model = model
    this.#args = args
    this.#callbacks = new CallbackList(who, args.callbacks, [this.#history])
    const { epochs = 1, initialEpoch = 0 } = args
    this.#params = {
      epochs,
      initialEpoch,
      ...(steps === undefined ? {} : { steps }),
      ...(samples === undefined ? {} : { samples }),
    }
  }

  async run(runEpoch: (epoch: number) => Promise<Logs>): Promise<History> {
    const { epochs = 1, initialEpoch = 0 } = this.#args
    const model = this.#model
    model.stopTraining = false
    this.#callbacks.begin(model, this.#params)
    await this.#callbacks.trainBegin()
    for (let epoch = initialEpoch; epoch < epochs && !model.stopTraining; epoch++) {
      await this.#callbacks.epochBegin(epoch)
      const logs = await runEpoch(epoch)
      if ((this.#args.verbose ?? 0) > 0) console.log(epochLine(epoch, epochs, logs))
      await this.#callbacks.epochEnd(epoch, logs)
      if (this.#args.yieldEvery === 'epoch') await this.#yield(epoch, 0, logs)
    }
    await this.#callbacks.trainEnd()
    return this.#history
  }

  async step(epoch: number, batch: number, size: number, totals: Totals, train: () => StepResult): Promise<void> {
    await this.#callbacks.batchBegin(batch, { batch, size })
    const result = train()
    totals.add(result, size)
    const names = this.#model.metricsNames
    const logs: Logs = { batch, size }
    ;[result.loss, ...result.metrics].forEach((value, i) => {
      logs[names[i]!] = value
    })
    await this.#callbacks.batchEnd(batch, logs)
    if (this.#shouldYield()) await this.#yield(epoch, batch, logs)
  }

  /** Lets others run where it is time to, between the batches of an evaluation. */
  async rest(): Promise<void> {
    if (!this.#shouldYield()) return
    await platform.yieldToEventLoop()
    this.#lastYield = performance.now()
  }

  #shouldYield(): boolean {
    const { yieldEvery = 'auto' } = this.#args
    if (yieldEvery === 'batch') return true
    if (yieldEvery === 'never' || yieldEvery === 'epoch') return false
    return performance.now() - this.#lastYield >= (yieldEvery === 'auto' ? 16 : yieldEvery)
  }

  async #yield(epoch: number, batch: number, logs: Logs): Promise<void> {
    await platform.yieldToEventLoop()
    this.#lastYield = performance.now()
    await this.#callbacks.yielded(epoch, batch, logs)
  }
}

function epochLine(epoch: number, epochs: number, logs: Logs): string {
  const figures = Object.entries(logs).map(([name, value]) => `${name}: ${value.toFixed(4)}`)
  return `Epoch ${epoch + 1}/${epochs} - ${figures.join(' - ')}`
}
