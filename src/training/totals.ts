/** Figures of batches, and their means over samples. */

/** Loss and metrics of one batch, as numbers. */
export interface StepResult {
  readonly loss: number
  readonly metrics: readonly number[]
}

/** Sums of figures over samples. */
export class Totals {
  readonly #names: readonly string[]
  readonly #sums: Float64Array
  #count = 0

  constructor(names: readonly string[]) {
    this.#names = names
    this.#sums = new Float64Array(names.length)
  }

  add({ loss, metrics }: StepResult, samples: number): void {
    ;[loss, ...metrics].forEach((value, i) => {
      this.#sums[i] = this.#sums[i]! + value * samples
    })
    this.#count += samples
  }

  means(): Record<string, number> {
    return Object.fromEntries(this.#names.map((name, i) => [name, this.#sums[i]! / this.#count]))
  }
}
