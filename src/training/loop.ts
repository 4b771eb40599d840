/** What the training loops of `fit` and `fitDataset` share: their arguments, callbacks, logs, validation, yielding. */

import { platform } from '#platform'
import { type CallbackHooks, CallbackList, History, type Logs } from '../callbacks/table.ts'
import { ArgumentError, checkInteger, checkNumber, checkOneOf, show } from '../errors.ts'
import { type Pairs, toPairs } from './pairs.ts'
import { type ArrayData, batches } from './rows.ts'
import { isSamples, type Samples } from './samples.ts'
import { testStep } from './step.ts'
import { type StepResult, Totals } from './totals.ts'
import type { Trainable } from './trainable.ts'

/** When training lets others run: 'auto' every 16 ms, after each batch or epoch, never, or every so many ms. */
export type YieldEvery = 'auto' | 'batch' | 'epoch' | 'never' | number

export interface LoopArgs {
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

export const LOOP_ARGS = ['epochs', 'initialEpoch', 'callbacks', 'validationData', 'verbose', 'yieldEvery'] as const

export function checkLoop(who: string, args: LoopArgs): void {
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

/** The samples of `validationData`, where there are any. */
export function validationPairs(who: string, model: Trainable, data: LoopArgs['validationData']): Pairs | undefined {
  if (data === undefined) return undefined
  const where = `${who}, validationData`
  return isSamples(data) ? toPairs(where, model, data) : toPairs(where, model, ...data)
}

/** The figures of an evaluation, under the names that begin with 'val_'. */
export async function validationLogs(
  loop: Loop,
  model: Trainable,
  pairs: Pairs | undefined,
  batchSize: number,
): Promise<Logs> {
  if (pairs === undefined) return {}
  const totals = new Totals(model.metricsNames)
  for (const indices of batches(pairs.x.size, batchSize)) {
    totals.add(testStep(model, pairs, indices), indices.length)
    await loop.rest()
  }
  return Object.fromEntries(Object.entries(totals.means()).map(([name, value]) => [`val_${name}`, value]))
}

/** One run through the epochs. */
export class Loop {
  readonly #model: Trainable
  readonly #args: LoopArgs
  readonly #history = new History()
  readonly #callbacks: CallbackList
  readonly #params: Logs
  #lastYield = performance.now()

  constructor(who: string, model: Trainable, args: LoopArgs, steps: number | undefined, samples: number | undefined) {
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
