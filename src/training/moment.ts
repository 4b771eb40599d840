/**
 * A moment of a run: all that, beside weights and the optimizer's state, decides how it goes on. Plain data, so that any
 * file can hold it; arrays of numbers may stand in it as Float32Array.
 */

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
