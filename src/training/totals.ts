/** Figures of batches, and what they come to over samples. */

import type { Tally } from '../metrics/table.ts'
import type { Tensor } from '../tensor.ts'
import type { Compiled } from './compile.ts'

/** The loss of one batch, that of each output that has one, and what the metrics are computed of. */
export interface StepResult {
  readonly loss: number
  readonly losses: readonly number[]
}

/** Adds figures up over batches, in the order of `metricsNames`. */
export class Totals {
  readonly #names: readonly string[]
  /** Per loss the sum over samples. */
  readonly #losses: Float64Array
  readonly #tallies: readonly (readonly Tally[])[]
  readonly #count = new Float64Array(1)

  constructor(compiled: Compiled) {
    const trained = compiled.outputs.filter(({ loss }) => loss !== undefined).length
    this.#names = compiled.metricsNames
    this.#losses = new Float64Array(compiled.outputs.length > 1 ? 1 + trained : 1)
    this.#tallies = compiled.outputs.map(({ metrics }) => metrics.map((metric) => metric.start()))
  }

  /** Adds the metrics of a batch, and returns its figures. */
  measure(targets: readonly (Tensor | undefined)[], predictions: readonly (Tensor | undefined)[]): number[] {
    return this.#tallies.flatMap((tallies, i) => tallies.map((tally) => tally.add(targets[i]!, predictions[i]!)))
  }

  /** Adds the losses of a batch, and returns them. */
  add({ loss, losses }: StepResult, samples: number): number[] {
    const all = this.#losses.length > 1 ? [loss, ...losses] : [loss]
    all.forEach((value, i) => {
      this.#losses[i] = this.#losses[i]! + value * samples
    })
    this.#count[0]! += samples
    return all
  }

  means(): Record<string, number> {
    const losses = Array.from(this.#losses, (sum) => sum / this.#count[0]!)
    const figures = [...losses, ...this.#tallies.flat().map((tally) => tally.value)]
    return Object.fromEntries(this.#names.map((name, i) => [name, figures[i]!]))
  }

  get #sums(): Float64Array[] {
    return [this.#losses, this.#count, ...this.#tallies.flat().map((tally) => tally.sums)]
  }

  /** The sums, for checkpoints. */
  get state(): number[][] {
    return this.#sums.map((sums) => [...sums])
  }

  /** Goes on from sums that fit; others, of another compile say, are left alone. */
  restore(state: readonly (readonly number[])[]): void {
    const sums = this.#sums
    if (state.length !== sums.length || !state.every((each, i) => each.length === sums[i]!.length)) return
    sums.forEach((each, i) => {
      each.set(state[i]!.map((value) => value ?? Number.NaN))
    })
  }
}
