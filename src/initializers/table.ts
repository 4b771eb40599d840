/**
 * What weights start from. Each initializer draws from a stream of random numbers of its own, so that a model's weights
 * depend on its seed and on nothing else.
 */

import {
  ArgumentError,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  ShapeError,
  show,
  showShape,
} from '../errors.ts'
import { checkName, findName } from '../names.ts'
import { fill } from '../ops/create.ts'
import { nextStream, type RandomStream, randomStream, seededStream } from '../ops/random.ts'
import { type Shape, sizeOf } from '../shape.ts'
import { fromValues, type Tensor, tidy } from '../tensor.ts'

/** Makes the first values of a weight. */
export interface Initializer {
  /** The name in model files, as Keras has it: 'GlorotUniform'. */
  readonly className: string
  /** The arguments that make it again. */
  readonly config: Readonly<Record<string, unknown>>
  /**
   * Values of `shape`, drawn from `stream` unless the initializer has a seed.
   * @param shape of the weight
   * @param stream what random numbers come from; default what `randomUniform` draws from
   */
  apply(shape: Shape, stream?: RandomStream): Tensor
}

interface Seeded {
  /** Fixes the values whatever the model's seed. */
  readonly seed?: number
}

/** What `initializers.constant` takes. */
export interface ConstantArgs {
  /** What all weights are. */
  readonly value: number
}

/** What `initializers.randomUniform` takes. */
export interface RandomUniformArgs extends Seeded {
  /** Default -0.05. */
  readonly minval?: number
  /** Default 0.05. */
  readonly maxval?: number
}

/** What `initializers.randomNormal` and `truncatedNormal` take. */
export interface RandomNormalArgs extends Seeded {
  /** Default 0. */
  readonly mean?: number
  /** Default 0.05. */
  readonly stddev?: number
}

/** What `initializers.varianceScaling` takes. */
export interface VarianceScalingArgs extends Seeded {
  /** Default 1. */
  readonly scale?: number
  /** The number of inputs of a unit, of outputs, or their mean. Default 'fanIn'. */
  readonly mode?: 'fanIn' | 'fanOut' | 'fanAvg'
  /** Default 'normal', which is truncated at two standard deviations. */
  readonly distribution?: 'normal' | 'uniform'
}

/** The standard deviation that is left of a unit normal truncated at ±2. */
const TRUNCATED_DEVIATION = 0.87962566103423978

function checkSeed(who: string, { seed }: Seeded): void {
  if (seed !== undefined) checkInteger(who, 'seed', seed)
}

function stream(args: Seeded, given: RandomStream | undefined): RandomStream {
  if (args.seed !== undefined) return seededStream(args.seed)
  // In ported code the dtype stands there.
  return typeof given === 'object' ? given : nextStream('initializers')
}

/**
 * All weights `value`.
 * @param args `value`
 * @example
 * const layer = layers.dense({ units: 1, inputShape: [2], kernelInitializer: initializers.constant({ value: 3 }) })
 * sequential({ layers: [layer] }).predict(ones([1, 2])).print() // [[6]]
 */
export function constant(args: ConstantArgs): Initializer {
  checkOptions('initializers.constant', args, ['value'])
  checkNumber('initializers.constant', 'value', args.value)
  return { className: 'Constant', config: { value: args.value }, apply: (shape) => fill(shape, args.value) }
}

/**
 * All weights 0.
 * @example
 * const layer = layers.dense({ units: 2, biasInitializer: initializers.zeros() })
 */
export function zeros(): Initializer {
  return { className: 'Zeros', config: {}, apply: (shape) => fill(shape, 0) }
}

/**
 * All weights 1.
 * @example
 * const layer = layers.dense({ units: 2, biasInitializer: initializers.ones() })
 */
export function ones(): Initializer {
  return { className: 'Ones', config: {}, apply: (shape) => fill(shape, 1) }
}

/**
 * Uniform in [minval, maxval).
 * @param args `minval`, default −0.05, `maxval`, default 0.05, and `seed`
 * @example
 * const layer = layers.dense({ units: 2, kernelInitializer: initializers.randomUniform({ minval: -1, maxval: 1 }) })
 */
export function randomUniform(args: RandomUniformArgs = {}): Initializer {
  const who = 'initializers.randomUniform'
  checkOptions(who, args, ['minval', 'maxval', 'seed'])
  const { minval = -0.05, maxval = 0.05 } = args
  checkNumber(who, 'minval', minval)
  checkNumber(who, 'maxval', maxval, { min: minval })
  checkSeed(who, args)
  return {
    className: 'RandomUniform',
    config: { minval, maxval, seed: args.seed ?? null },
    apply: (shape, given) => randomStream('uniform', shape, [minval, maxval], stream(args, given)),
  }
}

/**
 * Normal around `mean`.
 * @param args `mean`, default 0, `stddev`, default 0.05, and `seed`
 * @example
 * const layer = layers.dense({ units: 2, kernelInitializer: initializers.randomNormal({ stddev: 0.1 }) })
 */
export function randomNormal(args: RandomNormalArgs = {}): Initializer {
  return normal('randomNormal', 'RandomNormal', 'normal', args)
}

/**
 * Normal around `mean`, nothing further from it than two standard deviations.
 * @param args `mean`, default 0, `stddev`, default 0.05, and `seed`
 * @example
 * const layer = layers.dense({ units: 2, kernelInitializer: initializers.truncatedNormal({ stddev: 0.1 }) })
 */
export function truncatedNormal(args: RandomNormalArgs = {}): Initializer {
  return normal('truncatedNormal', 'TruncatedNormal', 'truncatedNormal', args)
}

function normal(
  name: string,
  className: string,
  distribution: 'normal' | 'truncatedNormal',
  args: RandomNormalArgs,
): Initializer {
  const who = `initializers.${name}`
  checkOptions(who, args, ['mean', 'stddev', 'seed'])
  const { mean = 0, stddev = 0.05 } = args
  checkNumber(who, 'mean', mean)
  checkNumber(who, 'stddev', stddev, { min: 0 })
  checkSeed(who, args)
  return {
    className,
    config: { mean, stddev, seed: args.seed ?? null },
    apply: (shape, given) => randomStream(distribution, shape, [mean, stddev], stream(args, given)),
  }
}

/**
 * Random weights whose variance is scale / fan, so that signals keep their size through the layers.
 * @param args `scale`, default 1, `mode`, default 'fanIn', `distribution`, default 'normal', and `seed`
 * @example
 * const init = initializers.varianceScaling({ scale: 2, mode: 'fanOut' })
 * const layer = layers.dense({ units: 2, kernelInitializer: init })
 */
export function varianceScaling(args: VarianceScalingArgs = {}): Initializer {
  return scaled('varianceScaling', 'VarianceScaling', args)
}

function scaled(name: string, className: string, args: VarianceScalingArgs): Initializer {
  const who = `initializers.${name}`
  checkOptions(who, args, ['scale', 'mode', 'distribution', 'seed'])
  const { scale = 1, mode = 'fanIn', distribution = 'normal' } = args
  checkNumber(who, 'scale', scale, { above: 0 })
  checkOneOf(who, 'mode', mode, ['fanIn', 'fanOut', 'fanAvg'])
  checkOneOf(who, 'distribution', distribution, ['normal', 'uniform'])
  checkSeed(who, args)
  const apply = (shape: Shape, given?: RandomStream): Tensor => {
    const { fanIn, fanOut } = fans(shape)
    const fan = mode === 'fanIn' ? fanIn : mode === 'fanOut' ? fanOut : (fanIn + fanOut) / 2
    const variance = scale / Math.max(1, fan)
    const limit = Math.sqrt(3 * variance)
    if (distribution === 'uniform') return randomStream('uniform', shape, [-limit, limit], stream(args, given))
    const stddev = Math.sqrt(variance) / TRUNCATED_DEVIATION
    return randomStream('truncatedNormal', shape, [0, stddev], stream(args, given))
  }
  const config = className === 'VarianceScaling' ? { scale, mode, distribution, seed: args.seed ?? null } : {}
  return { className, config: { ...config, seed: args.seed ?? null }, apply }
}

/** Inputs and outputs of a unit: a filter's taps count as inputs. */
function fans(shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2) return { fanIn: sizeOf(shape), fanOut: sizeOf(shape) }
  const taps = sizeOf(shape.slice(0, -2))
  return { fanIn: taps * shape[shape.length - 2]!, fanOut: taps * shape[shape.length - 1]! }
}

/**
 * Uniform, variance 2 / (fanIn + fanOut): Glorot & Bengio 2010. Keras's default for kernels.
 * @param args `seed` fixes the values; default: from the seed of the model
 * @example
 * const layer = layers.dense({ units: 2, kernelInitializer: initializers.glorotUniform({ seed: 7 }) })
 */
export function glorotUniform(args: Seeded = {}): Initializer {
  return scaled('glorotUniform', 'GlorotUniform', { ...args, mode: 'fanAvg', distribution: 'uniform' })
}

/**
 * Truncated normal, variance 2 / (fanIn + fanOut): Glorot & Bengio 2010. TF.js's default for kernels, and ours.
 * @param args `seed` fixes the values; default: from the seed of the model
 * @example
 * const layer = layers.dense({ units: 2, kernelInitializer: initializers.glorotNormal({ seed: 7 }) })
 */
export function glorotNormal(args: Seeded = {}): Initializer {
  return scaled('glorotNormal', 'GlorotNormal', { ...args, mode: 'fanAvg' })
}

/**
 * Uniform, variance 2 / fanIn: He et al. 2015, for relu.
 * @param args `seed` fixes the values; default: from the seed of the model
 * @example
 * const layer = layers.dense({ units: 2, kernelInitializer: initializers.heUniform() })
 */
export function heUniform(args: Seeded = {}): Initializer {
  return scaled('heUniform', 'HeUniform', { ...args, scale: 2, distribution: 'uniform' })
}

/**
 * Truncated normal, variance 2 / fanIn: He et al. 2015, for relu.
 * @param args `seed` fixes the values; default: from the seed of the model
 * @example
 * const layer = layers.dense({ units: 2, activation: 'relu', kernelInitializer: initializers.heNormal() })
 */
export function heNormal(args: Seeded = {}): Initializer {
  return scaled('heNormal', 'HeNormal', { ...args, scale: 2 })
}

/**
 * Uniform, variance 1 / fanIn: LeCun et al. 1998.
 * @param args `seed` fixes the values; default: from the seed of the model
 * @example
 * const layer = layers.dense({ units: 2, kernelInitializer: initializers.leCunUniform() })
 */
export function leCunUniform(args: Seeded = {}): Initializer {
  return scaled('leCunUniform', 'LeCunUniform', { ...args, distribution: 'uniform' })
}

/**
 * Truncated normal, variance 1 / fanIn: LeCun et al. 1998.
 * @param args `seed` fixes the values; default: from the seed of the model
 * @example
 * const layer = layers.dense({ units: 2, activation: 'selu', kernelInitializer: initializers.leCunNormal() })
 */
export function leCunNormal(args: Seeded = {}): Initializer {
  return scaled('leCunNormal', 'LeCunNormal', args)
}

/** What `initializers.identity` takes. */
export interface GainArgs {
  /** What the values are multiplied by. Default 1. */
  readonly gain?: number
}

/**
 * The identity matrix times `gain`: for square matrices alone.
 * @param args `gain`, default 1
 * @example
 * const layer = layers.dense({ units: 2, inputShape: [2], kernelInitializer: initializers.identity() })
 * sequential({ layers: [layer] }).predict([[5, 6]]).print() // [[5, 6]]
 */
export function identity(args: GainArgs = {}): Initializer {
  const who = 'initializers.identity'
  checkOptions(who, args, ['gain'])
  const { gain = 1 } = args
  checkNumber(who, 'gain', gain)
  const apply = (shape: Shape): Tensor => {
    const [n = 0, m] = shape
    if (shape.length !== 2 || n !== m) {
      throw new ShapeError({ who, expected: 'a square matrix', received: showShape(shape) })
    }
    const values = new Float32Array(n * n)
    for (let i = 0; i < n; i++) values[i * n + i] = gain
    return fromValues(who, values, shape)
  }
  return { className: 'Identity', config: { gain }, apply }
}

/** What `initializers.orthogonal` takes. */
export interface OrthogonalArgs extends Seeded, GainArgs {}

/**
 * Orthogonal rows, or columns where there are fewer of them, times `gain`: Saxe et al. 2014.
 * @param args `gain`, default 1, and `seed`
 * @example
 * const layer = layers.dense({ units: 2, kernelInitializer: initializers.orthogonal() })
 */
export function orthogonal(args: OrthogonalArgs = {}): Initializer {
  const who = 'initializers.orthogonal'
  checkOptions(who, args, ['gain', 'seed'])
  const { gain = 1 } = args
  checkNumber(who, 'gain', gain)
  checkSeed(who, args)
  const apply = (shape: Shape, given: RandomStream): Tensor => {
    if (shape.length < 2) throw new ShapeError({ who, expected: 'rank 2 or more', received: showShape(shape) })
    const columns = shape[shape.length - 1]!
    const rows = sizeOf(shape) / columns
    const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)]
    const drawn = tidy(() => randomStream('normal', [count, length], [0, 1], stream(args, given)).dataSync())
    const basis = orthonormal(Float64Array.from(drawn), count, length)
    const values = new Float32Array(rows * columns)
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < length; k++) {
        values[rows <= columns ? i * columns + k : k * columns + i] = gain * basis[i * length + k]!
      }
    }
    return fromValues(who, values, shape)
  }
  return { className: 'Orthogonal', config: { gain, seed: args.seed ?? null }, apply }
}

/** Gram and Schmidt's way on rows, twice over each, in float64: what is left of an error the second time is none. */
function orthonormal(vectors: Float64Array, count: number, length: number): Float64Array {
  const dot = (i: number, j: number): number => {
    let sum = 0
    for (let k = 0; k < length; k++) sum += vectors[i * length + k]! * vectors[j * length + k]!
    return sum
  }
  for (let i = 0; i < count; i++) {
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const along = dot(i, j)
        for (let k = 0; k < length; k++) vectors[i * length + k]! -= along * vectors[j * length + k]!
      }
    }
    const scale = 1 / Math.sqrt(dot(i, i))
    for (let k = 0; k < length; k++) vectors[i * length + k]! *= scale
  }
  return vectors
}

const INITIALIZERS = {
  zeros,
  ones,
  constant: (args: ConstantArgs = { value: 0 }) => constant(args),
  randomUniform,
  randomNormal,
  truncatedNormal,
  varianceScaling,
  glorotUniform,
  glorotNormal,
  heUniform,
  heNormal,
  leCunUniform,
  leCunNormal,
  identity,
  orthogonal,
} as const satisfies Record<string, () => Initializer>

/** An initializer by its name, with its defaults. */
export type InitializerName = keyof typeof INITIALIZERS

/** What files have of an initializer: `{ className, config }`. */
export interface InitializerConfig {
  readonly className: string
  readonly config?: Readonly<Record<string, unknown>>
}

/** What Keras and TF.js call some of them besides. */
const ALIASES: Readonly<Record<string, InitializerName>> = {
  identityinitializer: 'identity',
  normal: 'randomNormal',
  one: 'ones',
  orthogonalinitializer: 'orthogonal',
  uniform: 'randomUniform',
  zero: 'zeros',
}

const INITIALIZER_NAMES = /* @__PURE__ */ Object.keys(INITIALIZERS) as InitializerName[]

/**
 * An initializer by its name, as TF.js or Keras spell it ('glorotUniform', 'glorot_uniform', 'Zeros'), by what files have
 * of it, or as it is.
 */
export function toInitializer(
  who: string,
  argument: string,
  given: InitializerName | Initializer | InitializerConfig,
): Initializer {
  if (typeof given === 'object' && given !== null) {
    if ('apply' in given && typeof given.apply === 'function') return given
    const { className, class_name = className, config } = given as { class_name?: unknown } & InitializerConfig
    if (class_name !== undefined) return initializerFromConfig(`${who}, ${argument}`, class_name, config ?? {})
  }
  return INITIALIZERS[checkName(who, argument, given, INITIALIZER_NAMES, ALIASES)]()
}

/** The initializer that a model file describes. */
export function initializerFromConfig(who: string, className: unknown, config: Record<string, unknown>): Initializer {
  const name = findName(className, INITIALIZER_NAMES, ALIASES)
  if (name === undefined) {
    const expected = `an initializer among ${INITIALIZER_NAMES.join(', ')}`
    throw new ArgumentError({ who, expected, received: show(className) })
  }
  const given = Object.fromEntries(Object.entries(config).filter(([key, value]) => value !== null && key !== 'dtype'))
  return (INITIALIZERS[name] as (config: unknown) => Initializer)(given)
}
