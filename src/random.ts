/**
 * Random numbers on the JavaScript side: for shuffles, seeds and whatever a kernel does not draw. The generator and the
 * streams are the kernels' (Philox 4×32-10, by element index), so that either side can draw a stream. Integer arithmetic
 * only: the same numbers on every engine.
 */

import { ArgumentError, checkInteger, show } from './errors.ts'

/** Where a generator stands, as plain data for checkpoints. */
export interface RandomState {
  readonly seed: readonly [low: number, high: number]
  readonly stream: readonly [low: number, high: number]
  /** How many words were drawn. */
  readonly position: number
}

/** What the random kernels take: seedLo, seedHi, streamLo, streamHi, as i32. */
export type RandomKey = readonly [seedLo: number, seedHi: number, streamLo: number, streamHi: number]

const TWO_32 = 2 ** 32
/** The second counter word of a draw is small; these mark the counters that fork draws from. */
const FORK_NUMBER = 0x40000000
const FORK_NAME = 0x80000000

/**
 * One call of Philox 4×32-10 (Salmon, Moraes, Dror, Shaw 2011): four random words from a counter of four words under a
 * key of two.
 */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter
  let [k0, k1] = key
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0)
    const high2 = multiplyHigh(0xcd9e8d57, c2)
    const low0 = Math.imul(0xd2511f53, c0)
    const low2 = Math.imul(0xcd9e8d57, c2)
    c0 = (high2 ^ c1 ^ k0) >>> 0
    c1 = low2 >>> 0
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0 >>> 0
    k0 = (k0 + 0x9e3779b9) >>> 0
    k1 = (k1 + 0xbb67ae85) >>> 0
  }
  return [c0, c1, c2, c3]
}

/** The upper 32 bits of the product of two 32-bit words, by 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const carry = aLow * bHigh + (middle & 0xffff)
  return aHigh * bHigh + (middle >>> 16) + (carry >>> 16)
}

/**
 * A stream of random numbers. The i-th word drawn is element i of the kernels' randomBits under the same key: a stream
 * can be drawn from here or be given to a kernel (`key`), and a tensor needs a stream of its own: `fork` makes them.
 */
export class Random {
  #seed: readonly [number, number]
  #stream: readonly [number, number] = [0, 0]
  #position = 0
  /** The 16 words of block `#block`: those that the next draws come from. */
  readonly #words = new Uint32Array(16)
  #block = -1

  /** @param seed an integer from 0 to 2⁵³ − 1; equal seeds give equal numbers, on every engine */
  constructor(seed: number) {
    checkInteger('Random', 'seed', seed)
    this.#seed = [seed % TWO_32, Math.floor(seed / TWO_32)]
  }

  /**
   * The generator that `state` was read from, at the place where it stood.
   * @throws ArgumentError where `state` is not what the `state` property gives
   */
  static restore(state: RandomState): Random {
    const who = 'Random.restore'
    if (typeof state !== 'object' || state === null) {
      throw new ArgumentError({ who, expected: 'a state with seed, stream and position', received: show(state) })
    }
    checkInteger(who, 'state.position', state.position)
    const random = new Random(0)
    random.#seed = checkWords(who, 'state.seed', state.seed)
    random.#stream = checkWords(who, 'state.stream', state.stream)
    random.#position = state.position
    return random
  }

  /** Plain data that `Random.restore` continues from; JSON keeps it. */
  get state(): RandomState {
    return { seed: [...this.#seed], stream: [...this.#stream], position: this.#position }
  }

  /** This stream as the random kernels take it. */
  get key(): RandomKey {
    return [this.#seed[0] | 0, this.#seed[1] | 0, this.#stream[0] | 0, this.#stream[1] | 0]
  }

  /** An integer from 0 to 2³² − 1. */
  nextUint32(): number {
    const block = Math.floor(this.#position / 16)
    if (block !== this.#block) this.#fill(block)
    return this.#words[this.#position++ % 16]!
  }

  /** A multiple of 2⁻²⁴ in [0, 1): exact as float32. */
  nextFloat(): number {
    return (this.nextUint32() >>> 8) * 2 ** -24
  }

  /** An integer from 0 to n − 1, all equally likely. @param n an integer from 1 to 2³² */
  nextBelow(n: number): number {
    checkInteger('nextBelow', 'n', n, 1, TWO_32)
    // Words from the last, incomplete multiple of n on would favour small results.
    const limit = TWO_32 - (TWO_32 % n)
    let word = this.nextUint32()
    while (word >= limit) word = this.nextUint32()
    return word % n
  }

  /** Puts the elements in random order, in place (Fisher–Yates). */
  shuffle(values: Int32Array): Int32Array {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.nextBelow(i + 1)
      const value = values[i]!
      values[i] = values[j]!
      values[j] = value
    }
    return values
  }

  /**
   * A stream of its own for what `name` says (a layer's name, a step's number). It depends on this stream's key and on
   * the name, not on what was drawn: the same name gives the same stream again.
   * @param name a string, or an integer from 0 to 2⁵³ − 1
   */
  fork(name: string | number): Random {
    if (typeof name !== 'string') checkInteger('fork', 'name', name)
    const [low, high] = typeof name === 'string' ? hash(name) : [name % TWO_32, FORK_NUMBER + Math.floor(name / TWO_32)]
    const [streamLo, streamHi] = philox4x32([low, high, ...this.#stream], this.#seed)
    const random = new Random(0)
    random.#seed = this.#seed
    random.#stream = [streamLo, streamHi]
    return random
  }

  /** In the kernels' order: word k of counter 4 · block + j is element 4k + j of the block. */
  #fill(block: number): void {
    const high = Math.floor((4 * block) / TWO_32)
    for (let j = 0; j < 4; j++) {
      const words = philox4x32([(4 * block + j) % TWO_32, high, ...this.#stream], this.#seed)
      for (let k = 0; k < 4; k++) this.#words[4 * k + j] = words[k]!
    }
    this.#block = block
  }
}

/** 63 bits of a string by two multiplicative hashes (FNV-1a's scheme), marked as a name. */
function hash(name: string): [number, number] {
  let low = 0x811c9dc5
  let high = 0x9e3779b9
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i)
    for (const byte of [unit & 0xff, unit >>> 8]) {
      low = Math.imul(low ^ byte, 0x01000193)
      high = Math.imul(high ^ byte, 0x85ebca6b)
      high ^= high >>> 15
    }
  }
  return [low >>> 0, (high | FORK_NAME) >>> 0]
}

function checkWords(who: string, argument: string, words: unknown): readonly [number, number] {
  if (!Array.isArray(words) || words.length !== 2) {
    throw new ArgumentError({ who, expected: `${argument} to be two 32-bit words`, received: show(words) })
  }
  const [low, high] = words
  checkInteger(who, `${argument}[0]`, low, 0, TWO_32 - 1)
  checkInteger(who, `${argument}[1]`, high, 0, TWO_32 - 1)
  return [low, high]
}
