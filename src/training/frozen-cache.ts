/**
 * The outputs of frozen layers, kept. Layers before the first weight that is trained, with nothing random among them, give
 * the same for a sample in every epoch: they are computed when a sample is first trained on, and read back from then on.
 * What is kept lies outside of the WebAssembly memory.
 */

import { allocate, type Tensor, tidy } from '../tensor.ts'
import type { Pairs } from './pairs.ts'
import type { Rows } from './rows.ts'
import type { FrozenFront, Trainable } from './trainable.ts'

/** The most bytes that `cacheFrozen: 'auto'` keeps: 256 MiB. */
const MOST_CACHED_BYTES = 2 ** 28

/** What a training step needs of a model. */
export type Stepped = Pick<Trainable, 'session' | 'makeWeights' | 'trainableWeights' | 'outputSpecs' | 'forward'>

/** A model without its frozen front, and samples as the rest of it takes them. */
export interface CachedTraining {
  readonly model: Stepped
  readonly pairs: Pairs
}

/**
 * The rest of a model on outputs of its front that are kept; undefined where all samples together would take more than
 * `MOST_CACHED_BYTES`.
 * @param tells whether to say so on the console
 */
export function cachedTraining(
  model: Trainable,
  split: FrozenFront,
  pairs: Pairs,
  tells: boolean,
): CachedTraining | undefined {
  model.makeWeights()
  const sizes = tidy(() => split.front(pairs.x.map((rows) => rows.take(Int32Array.of(0)))).map(({ shape }) => shape))
  const bytes = sizes.reduce((sum, shape) => sum + 4 * pairs.size * shape.reduce((n, size) => n * size, 1), 0)
  if (bytes > MOST_CACHED_BYTES) return undefined
  if (tells) {
    const [kept, most] = [(bytes / 2 ** 20).toFixed(1), MOST_CACHED_BYTES / 2 ** 20]
    console.log(`Keeping the outputs of ${split.layers.length} frozen layers: ${kept} MiB (${most} MiB at most)`)
  }
  const kept = new KeptOutputs(split, pairs)
  const rest: Stepped = {
    session: model.session,
    makeWeights: () => model.makeWeights(),
    get trainableWeights() {
      return model.trainableWeights
    },
    get outputSpecs() {
      return model.outputSpecs
    },
    forward: (inputs, pass) => split.forward(inputs, pass),
  }
  const x = sizes.map((shape, i) => new KeptRows(kept, i, pairs.size, shape.slice(1)))
  return { model: rest, pairs: { ...pairs, x } }
}

class KeptOutputs {
  readonly #front: FrozenFront
  readonly #pairs: Pairs
  readonly #known: Uint8Array
  readonly #values: Float32Array[] = []

  constructor(front: FrozenFront, pairs: Pairs) {
    this.#front = front
    this.#pairs = pairs
    this.#known = new Uint8Array(pairs.size)
  }

  /** Computes what is not known yet of some samples. */
  require(indices: Int32Array): void {
    if (indices.every((index) => this.#known[index] === 1)) return
    // The whole batch, as it would be computed without a cache.
    tidy(() => {
      const outputs = this.#front.front(this.#pairs.x.map((rows) => rows.take(indices)))
      outputs.forEach((output, i) => {
        const step = output.size / indices.length
        this.#values[i] ??= new Float32Array(step * this.#known.length)
        const view = output.view() as Float32Array
        indices.forEach((index, row) => {
          this.#values[i]!.set(view.subarray(row * step, (row + 1) * step), index * step)
        })
      })
    })
    for (const index of indices) this.#known[index] = 1
  }

  values(output: number): Float32Array {
    return this.#values[output]!
  }
}

class KeptRows implements Rows {
  readonly size: number
  readonly shape: readonly number[]
  readonly #kept: KeptOutputs
  readonly #output: number

  constructor(kept: KeptOutputs, output: number, size: number, shape: readonly number[]) {
    this.#kept = kept
    this.#output = output
    this.size = size
    this.shape = shape
  }

  take(indices: Int32Array): Tensor {
    this.#kept.require(indices)
    const values = this.#kept.values(this.#output)
    const step = values.length / this.size
    const rows = allocate('fit', [indices.length, ...this.shape])
    const view = rows.view()
    indices.forEach((index, row) => {
      view.set(values.subarray(index * step, (index + 1) * step), row * step)
    })
    return rows
  }

  dispose(): void {}
}
