/** Batches as they come from a data set: what `fitDataset` and `evaluateDataset` walk through. */

import { ArgumentError, show } from '../errors.ts'
import { Tensor } from '../tensor.ts'
import type { Batch } from './rows.ts'

/** As TF.js's data sets give their elements. */
interface LazyIterator {
  next(): Promise<{ readonly value: unknown; readonly done: boolean }>
}

/** Batches { xs, ys } or [xs, ys]: an iterable, an async one, or a data set of TF.js's kind, with `iterator()`. */
export type Stream =
  | Iterable<Batch | readonly [Batch['xs'], Batch['ys']]>
  | AsyncIterable<Batch | readonly [Batch['xs'], Batch['ys']]>
  | { iterator(): Promise<LazyIterator> }

type AnyIterator = {
  next(): unknown
  return?(): unknown
}

export function isStream(value: unknown): value is Stream | (() => Stream) {
  if (typeof value === 'function') return true
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return (
    Symbol.asyncIterator in value || 'iterator' in value || (Symbol.iterator in value && !ArrayBuffer.isView(value))
  )
}

/** Walks a stream; from its beginning again at each epoch, or whenever it ends where epochs are counted in batches. */
export class BatchSource {
  readonly #who: string
  readonly #open: () => Promise<AnyIterator>
  #iterator: AnyIterator | undefined

  constructor(who: string, dataset: Stream | (() => Stream)) {
    this.#who = who
    this.#open = async () => {
      const stream: unknown = typeof dataset === 'function' ? dataset() : dataset
      if (typeof stream === 'object' && stream !== null) {
        if (Symbol.asyncIterator in stream)
          return (stream as AsyncIterable<unknown>)[Symbol.asyncIterator]() as AnyIterator
        if (Symbol.iterator in stream) return (stream as Iterable<unknown>)[Symbol.iterator]() as AnyIterator
        if ('iterator' in stream && typeof stream.iterator === 'function') return await stream.iterator()
      }
      throw new ArgumentError({ who, expected: 'an iterable of { xs, ys }', received: show(stream) })
    }
  }

  /** The next batch; undefined at the end of an epoch. */
  async next(endless: boolean): Promise<Batch | undefined> {
    for (let attempt = 0; attempt < 2; attempt++) {
      this.#iterator ??= await this.#open()
      const { done, value } = (await this.#iterator.next()) as { done?: boolean; value: unknown }
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
    if (Array.isArray(batch) && batch.length === 2) return { xs: batch[0], ys: batch[1] }
    if (typeof batch === 'object' && batch !== null && 'xs' in batch && 'ys' in batch) return batch as Batch
    throw new ArgumentError({ who: this.#who, expected: 'batches { xs, ys }', received: show(batch) })
  }
}

/** Frees the tensors of a batch. */
export function disposeBatch({ xs, ys }: Batch): void {
  for (const part of [xs, ys]) {
    const tensors =
      part instanceof Tensor ? [part] : typeof part === 'object' && !ArrayBuffer.isView(part) ? Object.values(part) : []
    for (const tensor of tensors) if (tensor instanceof Tensor) tensor.dispose()
  }
}
