/**
 * A moment of a run: all that, beside weights and the optimizer's state, decides how it goes on. Plain data, so that any
 * file can hold it; arrays of numbers may stand in it as Float32Array.
 */

import { ArgumentError, checkInteger, show } from '../errors.ts'
import { Random, type RandomState } from '../random.ts'

export interface Moment {
  /** The seed that weights, shuffling and dropout come from. */
  readonly seed: number
  /** Whole epochs before this moment. */
  readonly epoch: number
  /** Steps of the present epoch before this moment. */
  readonly batch: number
  /** Where the stream that shuffles stood when the present epoch began. */
  readonly shuffle: RandomState
  /** Sums of the figures over the steps of the present epoch. */
  readonly totals: readonly (readonly number[])[]
  /** The figures of the epochs before. */
  readonly history: { readonly epoch: readonly number[]; readonly figures: Readonly<Record<string, readonly number[]>> }
  /** What callbacks want to remember, in their order. */
  readonly callbacks: readonly unknown[]
  /** What must be the same for the rest of an epoch to be the same. */
  readonly data: { readonly samples: number | null; readonly batchSize: number | null; readonly shuffle: boolean }
}

/** The generators that a model's seed feeds. */
export class Streams {
  readonly seed: number
  readonly root: Random
  /** Each epoch's order is drawn from it. */
  shuffle: Random

  constructor(seed: number) {
    this.seed = seed
    this.root = new Random(seed)
    this.shuffle = this.root.fork('shuffle')
  }
}

/** A moment out of a file, where it is one. */
export function checkMoment(who: string, value: unknown): Moment {
  if (typeof value !== 'object' || value === null) {
    const hint = 'save with callbacks.modelCheckpoint, or model.save(target, { checkpoint: true })'
    throw new ArgumentError({ who, expected: 'a checkpoint of training', received: 'a model without one', hint })
  }
  const { seed, epoch, batch, shuffle, totals, history, callbacks, data } = value as Record<string, unknown>
  checkInteger(who, 'seed', seed)
  checkInteger(who, 'epoch', epoch)
  checkInteger(who, 'batch', batch)
  Random.restore(shuffle as RandomState)
  if (!Array.isArray(totals) || !totals.every(isNumbers)) refuse(who, 'totals', totals)
  const { epoch: epochs, figures } = (history ?? {}) as Record<string, unknown>
  if (!isNumbers(epochs) || typeof figures !== 'object' || figures === null) refuse(who, 'history', history)
  if (!Object.values(figures).every(isNumbers)) refuse(who, 'history', figures)
  if (!Array.isArray(callbacks)) refuse(who, 'callbacks', callbacks)
  if (typeof data !== 'object' || data === null) refuse(who, 'data', data)
  return value as Moment
}

/** Numbers, of which JSON writes NaN as null. */
function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'number' || each === null)
}

function refuse(who: string, part: string, value: unknown): never {
  throw new ArgumentError({ who, expected: `a checkpoint whose ${part} can be read`, received: show(value) })
}
