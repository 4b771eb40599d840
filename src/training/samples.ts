/** Samples that a model trains on, gathered a batch at a time: how a data set is seen by `fit`. */

export interface Samples {
  /** How many samples there are. */
  readonly size: number
  /** The shape of one sample, without the batch: `[28, 28, 1]`. */
  readonly inputShape: readonly number[]
  /** How many classes the labels name, from 0. */
  readonly classes: number
  /**
   * Writes the samples at `indices`, one after the other, scaled to [0, 1].
   * @param indices which samples
   * @param out where they are written
   */
  fillInputs(indices: ArrayLike<number>, out: Float32Array): void
  /**
   * Writes `classes` numbers per index: 1 at the label, 0 elsewhere.
   * @param indices which labels
   * @param out where they are written
   */
  fillOneHot(indices: ArrayLike<number>, out: Float32Array): void
  /**
   * Writes one label per index.
   * @param indices which labels
   * @param out where they are written
   */
  fillLabels(indices: ArrayLike<number>, out: Float32Array): void
}

export function isSamples(value: unknown): value is Samples {
  return typeof value === 'object' && value !== null && 'fillInputs' in value && typeof value.fillInputs === 'function'
}
