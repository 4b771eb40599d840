/** The training loop behind `fitDataset`: batches come from an iterable. */

import type { History, Logs } from '../callbacks/table.ts'
import { ArgumentError, checkInteger, checkOptions, show } from '../errors.ts'
import { checkLoop, LOOP_ARGS, Loop, type LoopArgs, validationLogs, validationPairs } from './loop.ts'
import { disposePairs, toPairs } from './pairs.ts'
import { type ArrayData, type Batch, indexRange } from './rows.ts'
import { trainStep } from './step.ts'
import { Totals } from './totals.ts'
import type { Trainable } from './trainable.ts'

export interface FitDatasetArgs extends LoopArgs {
  readonly epochs: number
  /** Steps that make an epoch. Default as many as the data set gives. */
  readonly batchesPerEpoch?: number
  /** Samples at once when evaluating. Default 32. */
  readonly validationBatchSize?: number
}

export type Stream = Iterable<Batch> | AsyncIterable<Batch>

/** Trains on batches as they come; an epoch ends with the iteration or after `batchesPerEpoch`. */
export async function fitStream(
  model: Trainable,
  dataset: Stream | (() => Stream),
  args: FitDatasetArgs,
): Promise<History> {
  const who = 'fitDataset'
  checkOptions(who, args, [...LOOP_ARGS, 'batchesPerEpoch', 'validationBatchSize'])
  checkLoop(who, args)
  const { batchesPerEpoch, validationBatchSize = 32, validationData } = args
  checkInteger(who, 'validationBatchSize', validationBatchSize, 1)
  if (batchesPerEpoch !== undefined) checkInteger(who, 'batchesPerEpoch', batchesPerEpoch, 1)
  const loop = new Loop(who, model, args, batchesPerEpoch, undefined)
  const source = new BatchSource(who, dataset)
  const validation = validationPairs(who, model, validationData)
  const trainOn = async ({ xs, ys }: Batch, epoch: number, batch: number, totals: Totals): Promise<void> => {
    const pairs = toPairs(who, model, xs, ys)
    const { size } = pairs.x
    try {
      await loop.step(epoch, batch, size, totals, () => trainStep(who, model, pairs, indexRange(size)))
    } finally {
      disposePairs(pairs)
    }
  }
  const runEpoch = async (epoch: number): Promise<Logs> => {
    const totals = new Totals(model.metricsNames)
    let batch = 0
    while (batch < (batchesPerEpoch ?? Number.POSITIVE_INFINITY) && !model.stopTraining) {
      const next = await source.next(batchesPerEpoch !== undefined)
      if (next === undefined) break
      try {
        await trainOn(next, epoch, batch++, totals)
      } finally {
        for (const part of [next.xs, next.ys]) if (isTensor(part)) part.dispose()
      }
    }
    if (batch === 0) throw new ArgumentError({ who, expected: 'a data set with batches', received: 'none in an epoch' })
    return { ...totals.means(), ...(await validationLogs(loop, model, validation, validationBatchSize)) }
  }
  try {
    return await loop.run(runEpoch)
  } finally {
    if (validation !== undefined) disposePairs(validation)
    await source.close()
  }
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

  /** Lets an iteration that has not come to its end clean up after itself. */
  async close(): Promise<void> {
    await this.#iterator?.return?.()
    this.#iterator = undefined
  }

  #checked(batch: unknown): Batch {
    if (typeof batch === 'object' && batch !== null && 'xs' in batch && 'ys' in batch) return batch as Batch
    throw new ArgumentError({ who: this.#who, expected: 'batches { xs, ys }', received: show(batch) })
  }
}
