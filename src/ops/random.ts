/**
 * Random tensors. An element depends on a seed, a stream and its index alone (Philox 4×32-10 in the kernels), so the
 * values are the same on every engine and for any number of threads.
 *
 * Streams: an op that is given a seed draws from stream 0 of that seed, so it gives the same values each time. An op
 * without one takes the next stream, 1, 2, 3, …, of the runtime's seed, which `setSeed` sets and which is drawn from the
 * system's entropy otherwise. Two ops never share numbers, and the n-th random op after `setSeed` always gives the same.
 */

import { ArgumentError, checkInteger, checkNumber, checkOneOf, show } from '../errors.ts'
import { Random } from '../random.ts'
import { type Runtime, runtime } from '../runtime/runtime.ts'
import { special } from '../runtime/sets/special.ts'
import { checkShape, type Shape } from '../shape.ts'
import { allocate, DATA_TYPES, type DataType, type Tensor, tidy } from '../tensor.ts'
import { cast } from './op.ts'

/** Which random numbers: the four words of key and counter that a kernel takes, as int32. */
export interface RandomStream {
  readonly seedLo: number
  readonly seedHi: number
  readonly streamLo: number
  readonly streamHi: number
}

interface Source {
  readonly seed: number
  streams: number
}

/** The seed of a runtime, and how many streams of it were given out. */
const sources = new WeakMap<Runtime, Source>()

const LOW = 2 ** 32

/** Stream `stream` of a seed; both are integers from 0 to 2⁵³ − 1. */
export function seededStream(seed: number, stream = 0): RandomStream {
  return {
    seedLo: seed | 0,
    seedHi: Math.floor(seed / LOW) | 0,
    streamLo: stream | 0,
    streamHi: Math.floor(stream / LOW) | 0,
  }
}

/**
 * Seeds the random ops that are given no seed of their own: what follows is the same each time.
 * @param seed an integer from 0 to 2⁵³ − 1
 * @throws ArgumentError for any other seed
 * @example
 * setSeed(7)
 * const first = randomUniform([2]).arraySync()
 * setSeed(7)
 * console.log(util.arraysEqual(first, randomUniform([2]).arraySync())) // true
 */
export function setSeed(seed: number): void {
  checkInteger('setSeed', 'seed', seed)
  sources.set(runtime('setSeed'), { seed, streams: 0 })
}

function sourceOf(owner: Runtime): Source {
  let source = sources.get(owner)
  if (source === undefined) {
    const [low, high] = crypto.getRandomValues(new Uint32Array(2))
    source = { seed: fromWords(high!, low!), streams: 0 }
    sources.set(owner, source)
  }
  return source
}

/** 53 of 64 bits, as many as a seed has. */
function fromWords(high: number, low: number): number {
  return (high >>> 11) * LOW + low
}

/** The next stream of the runtime's seed. */
export function nextStream(who: string): RandomStream {
  const source = sourceOf(runtime(who))
  return seededStream(source.seed, ++source.streams)
}

/** A seed for something that draws many streams of its own, such as a model; itself drawn from the next stream. */
export function nextSeed(who: string): number {
  const source = sourceOf(runtime(who))
  const stream = ++source.streams
  const words = (n: number): [number, number] => [n % LOW, Math.floor(n / LOW)]
  const random = Random.restore({ seed: words(source.seed), stream: words(stream), position: 0 })
  return fromWords(random.nextUint32(), random.nextUint32())
}

/** The stream of a generator, for kernels. */
export function streamOf(random: Random): RandomStream {
  const [seedLo, seedHi, streamLo, streamHi] = random.key
  return { seedLo, seedHi, streamLo, streamHi }
}

const KERNELS = {
  uniform: 'randomUniform',
  normal: 'randomNormal',
  truncatedNormal: 'truncatedNormal',
} as const

/** A tensor drawn from a given stream: uniform in [first, second), or normal with mean `first`, deviation `second`. */
export function randomStream(
  distribution: keyof typeof KERNELS,
  shape: Shape,
  [first, second]: readonly [number, number],
  { seedLo, seedHi, streamLo, streamHi }: RandomStream,
): Tensor {
  const kernel = KERNELS[distribution]
  checkShape(kernel, shape)
  const y = allocate(kernel, [...shape])
  runtime(kernel).run(kernel, y.size, y.at(kernel), seedLo, seedHi, streamLo, streamHi, first, second)
  return y
}

function chosenStream(who: string, seed: number | null | undefined): RandomStream {
  if (seed === undefined || seed === null) return nextStream(who)
  checkNumber(who, 'seed', seed)
  // TF.js takes fractions too: each is a stream of its own.
  const whole = Math.floor(seed)
  return seededStream(whole, Math.floor((seed - whole) * LOW))
}

/**
 * Uniform random numbers in [minval, maxval): of 24 bits, or integers where `dtype` is 'int32'.
 * @param shape the sizes of the axes
 * @param minval the least value; default 0
 * @param maxval the bound above, not reached; default 1
 * @param dtype 'float32' (the default) or 'int32'
 * @param seed fixes the values; default: the next stream of `setSeed`'s seed
 * @example
 * const x = randomUniform([1000], -1, 1, 'float32', 7)
 * console.log(x.min().arraySync() >= -1, x.max().arraySync() < 1) // true true
 */
export function randomUniform(shape: Shape, minval?: number, maxval?: number, dtype?: DataType, seed?: number): Tensor {
  const who = 'randomUniform'
  minval ??= 0
  maxval ??= 1
  dtype ??= 'float32'
  checkNumber(who, 'minval', minval)
  checkNumber(who, 'maxval', maxval, { min: minval })
  checkOneOf(who, 'dtype', dtype, DATA_TYPES)
  if (dtype === 'bool') return tidy(() => cast(randomUniform(shape, 0, 2, 'int32', seed), 'bool'))
  if (dtype === 'float32') return randomStream('uniform', shape, [minval, maxval], chosenStream(who, seed))
  checkShape(who, shape)
  // The integers of the interval: those from ⌈minval⌉ on that are below maxval.
  const [low, high] = [Math.ceil(minval), Math.ceil(maxval)]
  if (high <= low || low < -(2 ** 31) || high > 2 ** 31 - 1) {
    const received = `${show(minval)} and ${show(maxval)}`
    throw new ArgumentError({ who, expected: 'int32 numbers between minval and maxval', received })
  }
  const { seedLo, seedHi, streamLo, streamHi } = chosenStream(who, seed)
  const y = allocate(who, [...shape], 'int32')
  runtime(who).use(special).run('randomInt', y.size, y.at(who), seedLo, seedHi, streamLo, streamHi, low, high)
  return y
}

function normal(
  who: 'randomNormal' | 'truncatedNormal',
  shape: Shape,
  mean: number | undefined,
  stdDev: number | undefined,
  dtype: 'float32' | 'int32' | undefined,
  seed: number | undefined,
): Tensor {
  mean ??= 0
  stdDev ??= 1
  dtype ??= 'float32'
  checkNumber(who, 'mean', mean)
  checkNumber(who, 'stdDev', stdDev, { min: 0 })
  checkOneOf(who, 'dtype', dtype, ['float32', 'int32'])
  const distribution = who === 'randomNormal' ? 'normal' : 'truncatedNormal'
  const y = randomStream(distribution, shape, [mean, stdDev], chosenStream(who, seed))
  if (dtype === 'float32') return y
  // Rounded to the nearest: cutting off fractions would pull every value towards 0.
  return tidy(() => {
    const rounded = allocate(who, y.shape)
    runtime(who).run('unaryRound', y.size, y.at(who), rounded.at(who))
    y.dispose()
    return cast(rounded, 'int32')
  })
}

/**
 * Normal random numbers, default mean 0 and deviation 1; of dtype 'int32' rounded to the nearest integer.
 * @param shape the sizes of the axes
 * @param mean default 0
 * @param stdDev the standard deviation; default 1
 * @param dtype 'float32' (the default) or 'int32'
 * @param seed fixes the values; default: the next stream of `setSeed`'s seed
 * @example
 * randomNormal([3], 0, 1, 'float32', 7).print() // [1.691163, -0.235371, -2.50775]
 */
export function randomNormal(
  shape: Shape,
  mean?: number,
  stdDev?: number,
  dtype?: 'float32' | 'int32',
  seed?: number,
): Tensor {
  return normal('randomNormal', shape, mean, stdDev, dtype, seed)
}

/**
 * Normal random numbers, none further from the mean than two standard deviations; of dtype 'int32' rounded after that.
 * @param shape the sizes of the axes
 * @param mean default 0
 * @param stdDev the standard deviation before it is cut; default 1
 * @param dtype 'float32' (the default) or 'int32'
 * @param seed fixes the values; default: the next stream of `setSeed`'s seed
 * @example
 * const x = truncatedNormal([1000], 0, 1, 'float32', 7)
 * console.log(x.abs().max().arraySync() <= 2) // true
 */
export function truncatedNormal(
  shape: Shape,
  mean?: number,
  stdDev?: number,
  dtype?: 'float32' | 'int32',
  seed?: number,
): Tensor {
  return normal('truncatedNormal', shape, mean, stdDev, dtype, seed)
}

/**
 * `randomNormal` of mean 0 and deviation 1.
 * @param shape the sizes of the axes
 * @param dtype 'float32' (the default) or 'int32'
 * @param seed fixes the values; default: the next stream of `setSeed`'s seed
 * @example
 * randomStandardNormal([2, 2], 'float32', 7).print() // [[1.691163, -0.235371], [-2.50775, -0.2788002]]
 */
export function randomStandardNormal(shape: Shape, dtype?: 'float32' | 'int32', seed?: number): Tensor {
  return normal('randomNormal', shape, 0, 1, dtype, seed)
}

/**
 * Random integers from minval to below maxval, as int32.
 * @param shape the sizes of the axes
 * @param minval the least value
 * @param maxval the bound above, not reached
 * @param seed fixes the values; default: the next stream of `setSeed`'s seed
 * @example
 * randomUniformInt([5], 1, 7, 7).print() // [6, 3, 1, 3, 5]
 */
export function randomUniformInt(shape: Shape, minval: number, maxval: number, seed?: number): Tensor {
  return randomUniform(shape, minval, maxval, 'int32', seed)
}
