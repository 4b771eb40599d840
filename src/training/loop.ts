/**
 * What the training loops of `fit` and `fitDataset` share: their arguments, callbacks, logs, validation, yielding, and
 * the moment that a checkpoint keeps.
 */

import { platform } from '#platform'
import { type CallbackHooks, CallbackList, History, type Logs } from '../callbacks/callback.ts'
import { epochLine, ProgressLine } from '../callbacks/progress.ts'
import { ArgumentError, checkInteger, checkNumber, checkOneOf, show } from '../errors.ts'
import { Random, type RandomState } from '../random.ts'
import { type Moment, Streams } from './moment.ts'
import { type NamedData, type Pairs, partOfPairs, toPairs } from './pairs.ts'
import { batches } from './rows.ts'
import { isSamples, type Samples } from './samples.ts'
import { type Figures, testStep } from './step.ts'
import { Totals } from './totals.ts'
import type { Trainable } from './trainable.ts'

/** When training lets others run: 'auto' every 16 ms, after each batch or epoch, never, or every so many ms. */
export type YieldEvery = 'auto' | 'batch' | 'epoch' | 'never' | number

export interface LoopArgs {
  /** How often to go through the data, those epochs included that a resumed run has behind it. Default 1. */
  readonly epochs?: number | null
  /** The number of the first epoch, for a run that goes on. Default 0. */
  readonly initialEpoch?: number | null
  /** Objects with hooks, or what `callbacks.*` makes. */
  readonly callbacks?: CallbackHooks | readonly CallbackHooks[] | null
  /** A data set, or [x, y] or [x, y, sampleWeight], to evaluate after each epoch. */
  readonly validationData?: Samples | readonly NamedData[] | null
  /** At most so many batches of it. */
  readonly validationSteps?: number | null
  /** Samples at once when evaluating. Default that of the training, or 32. */
  readonly validationBatchSize?: number | null
  /** 1 shows how far it has come (in Node on a terminal, a line that moves on), 2 prints a line per epoch. Default 0. */
  readonly verbose?: 0 | 1 | 2 | boolean | null
  /** Default 'auto'. */
  readonly yieldEvery?: YieldEvery | null
  /** Ends training after the batch when it is aborted: the promise rejects with its reason; the weights stay. */
  readonly signal?: AbortSignal | null
  /**
   * Goes on from a checkpoint, as if the run had not been broken off: what `callbacks.modelCheckpoint` saved, where
   * `model.save` takes it (`file://DIR`, `indexeddb://NAME`, a handler).
   */
  readonly resume?: string | object | null
}

export const LOOP_ARGS = [
  'epochs',
  'initialEpoch',
  'callbacks',
  'validationData',
  'validationSteps',
  'validationBatchSize',
  'verbose',
  'yieldEvery',
  'signal',
  'resume',
] as const

export function checkLoop(who: string, args: LoopArgs): void {
  const { epochs, initialEpoch, verbose, validationSteps, validationBatchSize, signal } = args
  const yieldEvery = args.yieldEvery ?? 'auto'
  checkInteger(who, 'initialEpoch', initialEpoch ?? 0)
  checkInteger(who, 'epochs', epochs ?? 1, 1)
  checkInteger(who, 'verbose', Number(verbose ?? 0), 0, 2)
  checkInteger(who, 'validationSteps', validationSteps ?? 1, 1)
  checkInteger(who, 'validationBatchSize', validationBatchSize ?? 1, 1)
  if (typeof yieldEvery === 'number') checkNumber(who, 'yieldEvery', yieldEvery, { above: 0 })
  else checkOneOf(who, 'yieldEvery', yieldEvery, ['auto', 'batch', 'epoch', 'never'])
  if (signal === undefined || signal === null) return
  if (typeof signal === 'object' && 'aborted' in signal) signal.throwIfAborted()
  else throw new ArgumentError({ who, expected: 'signal to be an AbortSignal', received: show(signal) })
}

/** The samples of `validationData`, where there are any. */
export function validationPairs(who: string, model: Trainable, args: LoopArgs, batchSize: number): Pairs | undefined {
  const data = args.validationData
  if (data === undefined || data === null) return undefined
  const where = `${who}, validationData`
  if (isSamples(data)) return firstSteps(toPairs(where, model, data), args, batchSize)
  if (!Array.isArray(data) || data.length < 2 || data.length > 3) {
    const expected = 'validationData to be a data set or [x, y]'
    throw new ArgumentError({ who, expected, received: show(data) })
  }
  const [x, y, sampleWeight] = data as readonly NamedData[]
  const pairs = toPairs(where, model, x!, y, sampleWeight === undefined ? {} : { sampleWeight })
  return firstSteps(pairs, args, batchSize)
}

/** So much of validation data as `validationSteps` asks for. */
export function firstSteps(pairs: Pairs, args: LoopArgs, batchSize: number): Pairs {
  const most = (args.validationSteps ?? Number.POSITIVE_INFINITY) * batchSize
  return most < pairs.size ? partOfPairs(pairs, 0, most) : pairs
}

/** The figures of an evaluation, under the names that begin with 'val_'. */
export async function validationLogs(
  loop: Loop,
  model: Trainable,
  pairs: Pairs | undefined,
  batchSize: number,
): Promise<Logs> {
  if (pairs === undefined) return {}
  const totals = new Totals(model.session.compiled('fit'))
  for (const indices of batches(pairs.size, batchSize)) {
    testStep('fit', model, pairs, indices, totals)
    await loop.rest()
  }
  return asValidation(totals.means())
}

export function asValidation(figures: Logs): Logs {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [`val_${name}`, value]))
}

/** What an epoch's steps need to know of it. */
export interface Epoch {
  readonly number: number
  /** Steps that an earlier run has taken of it. */
  readonly from: number
  readonly totals: Totals
}

/** One run through the epochs. */
export class Loop {
  readonly #model: Trainable
  readonly #who: string
  readonly #args: LoopArgs
  readonly #data: Moment['data']
  readonly #history = new History()
  readonly #callbacks: CallbackList
  readonly #params: Logs
  #progress: ProgressLine | undefined
  #lastYield = performance.now()
  #epoch: number
  #batch = 0
  #shuffle: RandomState
  #totals: Totals

  constructor(who: string, model: Trainable, args: LoopArgs, steps: number | undefined, data: Moment['data']) {
    this.#who = who
    this.#model = model
    this.#args = args
    this.#data = data
    this.#callbacks = new CallbackList(who, args.callbacks, [this.#history])
    const [epochs, initialEpoch] = [args.epochs ?? 1, args.initialEpoch ?? 0]
    this.#epoch = initialEpoch
    this.#shuffle = model.random.shuffle.state
    this.#totals = new Totals(model.session.compiled(who))
    this.#params = {
      epochs,
      initialEpoch,
      ...(steps === undefined ? {} : { steps }),
      ...(data.samples === null ? {} : { samples: data.samples }),
      ...(data.batchSize === null ? {} : { batchSize: data.batchSize }),
    }
  }

  async run(runEpoch: (epoch: Epoch) => Promise<Logs>): Promise<History> {
    const model = this.#model
    const saved = await this.#resumed()
    const epochs = this.#args.epochs ?? 1
    const verbose = Number(this.#args.verbose ?? 0)
    if (verbose === 1) this.#progress = new ProgressLine(epochs, this.#params.steps as number | undefined)
    model.stopTraining = false
    model.session.moment = () => this.#moment()
    this.#callbacks.begin(model, this.#params)
    await this.#callbacks.trainBegin()
    const rate = model.optimizer?.learningRate
    if (saved?.batch === 0) this.#callbacks.restore(saved.callbacks)
    try {
      for (let at = saved; this.#epoch < epochs && !model.stopTraining; at = undefined) {
        const epoch = this.#epoch
        await this.#callbacks.epochBegin(epoch)
        if (at !== undefined && at.batch > 0) {
          // What the hooks have done was done before the break too.
          this.#callbacks.restore(at.callbacks)
          if (model.optimizer !== undefined && model.optimizer.learningRate !== rate)
            model.optimizer.learningRate = rate!
        }
        const logs = await this.#runEpoch(runEpoch, at)
        if (this.#progress !== undefined) this.#progress.end(epoch, logs)
        else if (verbose > 0) console.log(epochLine(epoch, epochs, logs))
        await this.#callbacks.epochEnd(epoch, logs)
        if (this.#args.yieldEvery === 'epoch') await this.#yield(epoch, 0, logs)
      }
      await this.#callbacks.trainEnd()
    } finally {
      this.#progress?.stop()
    }
    return this.#history
  }

  async #runEpoch(runEpoch: (epoch: Epoch) => Promise<Logs>, saved: Moment | undefined): Promise<Logs> {
    const number = this.#epoch
    this.#shuffle = this.#model.random.shuffle.state
    this.#totals = new Totals(this.#model.session.compiled(this.#who))
    this.#batch = saved?.batch ?? 0
    if (saved !== undefined && saved.batch > 0) this.#totals.restore(saved.totals)
    const logs = await runEpoch({ number, from: this.#batch, totals: this.#totals })
    // From here on a checkpoint stands at the beginning of the next one.
    this.#epoch = number + 1
    this.#batch = 0
    this.#shuffle = this.#model.random.shuffle.state
    return logs
  }

  /** One step; `train` returns its figures. */
  async step(epoch: Epoch, batch: number, size: number, train: () => Figures): Promise<void> {
    await this.#callbacks.batchBegin(batch, { batch, size })
    const figures = train()
    this.#batch = batch + 1
    const names = this.#model.session.compiled(this.#who).metricsNames
    const logs: Logs = { batch, size, ...Object.fromEntries(names.map((name, i) => [name, figures[i]!])) }
    this.#progress?.step(epoch.number, this.#batch, epoch.totals)
    await this.#callbacks.batchEnd(batch, logs)
    this.#args.signal?.throwIfAborted()
    if (this.#shouldYield()) await this.#yield(epoch.number, batch, logs)
  }

  /** Lets others run where it is time to, between the batches of an evaluation. */
  async rest(): Promise<void> {
    if (!this.#shouldYield()) return
    await platform.yieldToEventLoop()
    this.#lastYield = performance.now()
    this.#args.signal?.throwIfAborted()
  }

  #moment(): Moment {
    const { epoch, history } = this.#history
    return {
      seed: this.#model.random.seed,
      epoch: this.#epoch,
      batch: this.#batch,
      shuffle: this.#shuffle,
      totals: this.#batch === 0 ? [] : this.#totals.state,
      history: { epoch, figures: history },
      callbacks: this.#callbacks.state,
      data: this.#data,
    }
  }

  /** Brings the model to where the checkpoint stands that `resume` names. */
  async #resumed(): Promise<Moment | undefined> {
    const { resume } = this.#args
    if (resume === undefined || resume === null) return undefined
    const who = `${this.#who}, resume`
    // Pages that do not resume never load what reads files.
    const { restoreCheckpoint } = await import('../on-demand.ts')
    const moment = await restoreCheckpoint(who, this.#model, resume, this.#data)
    const streams = new Streams(moment.seed)
    streams.shuffle = Random.restore(moment.shuffle)
    this.#model.random = streams
    this.#epoch = moment.epoch
    this.#history.epoch.push(...moment.history.epoch)
    for (const [name, values] of Object.entries(moment.history.figures)) {
      this.#history.history[name] = values.map((value) => value ?? Number.NaN)
    }
    return moment
  }

  #shouldYield(): boolean {
    const yieldEvery = this.#args.yieldEvery ?? 'auto'
    if (yieldEvery === 'batch') return true
    if (yieldEvery === 'never' || yieldEvery === 'epoch') return false
    return performance.now() - this.#lastYield >= (yieldEvery === 'auto' ? 16 : yieldEvery)
  }

  async #yield(epoch: number, batch: number, logs: Logs): Promise<void> {
    await platform.yieldToEventLoop()
    this.#lastYield = performance.now()
    await this.#callbacks.yielded(epoch, batch, logs)
    this.#args.signal?.throwIfAborted()
  }
}
