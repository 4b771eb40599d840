/**
 * The order in which a run takes its images. It follows from the seed and the step alone, so any step can be taken
 * again, from wherever a run is wound back to.
 */

/** A generator of 32-bit words: Steele, Lea & Flood's SplitMix, in the 32-bit form of MurmurHash3's finalizer. */
function words(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let word = state
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
    return (word ^ (word >>> 16)) >>> 0
  }
}

export class Order {
  readonly #size: number
  readonly #batchSize: number
  readonly #seed: number
  #epoch = -1
  #indices: Int32Array = new Int32Array(0)

  constructor(size: number, batchSize: number, seed: number) {
    this.#size = size
    this.#batchSize = batchSize
    this.#seed = seed
  }

  get stepsPerEpoch(): number {
    return Math.ceil(this.#size / this.#batchSize)
  }

  /** The epoch of a step; both count from 0. */
  epochOf(step: number): number {
    return Math.floor(step / this.stepsPerEpoch)
  }

  /** The images of a step, counted from 0; the last batch of an epoch may be smaller. */
  batch(step: number): Int32Array {
    const epoch = this.epochOf(step)
    if (epoch !== this.#epoch) {
      this.#indices = this.#shuffled(epoch)
      this.#epoch = epoch
    }
    const begin = (step % this.stepsPerEpoch) * this.#batchSize
    return this.#indices.subarray(begin, begin + this.#batchSize)
  }

  #shuffled(epoch: number): Int32Array {
    const next = words(Math.imul(this.#seed + 1, 0x01000193) ^ Math.imul(epoch + 1, 0x27d4eb2f))
    const indices = Int32Array.from({ length: this.#size }, (_, i) => i)
    for (let i = this.#size - 1; i > 0; i--) {
      const j = Math.floor((next() / 2 ** 32) * (i + 1))
      const index = indices[i]!
      indices[i] = indices[j]!
      indices[j] = index
    }
    return indices
  }
}
