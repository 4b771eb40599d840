/**
 * Batch normalization (Ioffe and Szegedy 2015): y = activation(gamma · (x − mean) / √(variance + epsilon) + beta) for each
 * channel, with the mean and the variance of the batch (training) or given ones (inference). The gradient computes the
 * normalized values anew, so that a batch is kept once, as x; with the activation taken along, its input is nowhere.
 */

import { isRecording } from '../autograd.ts'
import { checkNumber, ShapeError, showShape } from '../errors.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { vision } from '../runtime/sets/vision.ts'
import { checkAxis, checkNotEmpty, sameShape } from '../shape.ts'
import { type Tensor, tidy } from '../tensor.ts'
import { add, div, mul } from './arithmetic.ts'
import { BOUNDS } from './bounds.ts'
import type { EpilogueActivation } from './epilogue.ts'
import { transpose } from './layout.ts'
import { allocate, atOrNull, record } from './op.ts'
import { rsqrt } from './unary.ts'

/** The activations that are taken along. */
export type BatchNormActivation = EpilogueActivation

export interface BatchNormOptions {
  /** Added to the variance. Default 0.001. */
  readonly epsilon?: number
  /** Default 'linear'. */
  readonly activation?: BatchNormActivation
  /** The axis of the channels. Default the last, the only one without a copy of x. */
  readonly axis?: number
}

export interface BatchNormResult {
  readonly y: Tensor
  /** The mean of each channel, for running averages. No gradient flows back from it, nor from the variance. */
  readonly mean: Tensor
  /** The variance of each channel, that of a population: divided by the number of values, as Keras and TF.js do it. */
  readonly variance: Tensor
}

type Optional = Tensor | null | undefined

/** Sums over rows are cut into at most this many parts, whatever the threads; each has at least PART_SIZE values. */
const MOST_PARTS = 16
const PART_SIZE = 32768
/** Rows whose sums are exact enough in float32: SUM_BLOCK of the kernels. */
const SUM_BLOCK = 64

/** Rows of fewer channels are joined, where their number allows it: the kernels like long ones. */
const LEAST_CHANNELS = 64

/** x as rows of channels, and what else all passes need. */
class Channels {
  readonly owner: Runtime
  /** Channels of x. */
  readonly channels: number
  /** Rows of x that make a row of the kernels. */
  readonly copies: number
  /** Channels of such a row. */
  readonly C: number
  readonly N: number
  /** Elements of a row of coefficients: pairs of vectors. */
  readonly row: number
  readonly #rows: number
  readonly #parts: number

  constructor(who: string, x: Tensor, channels: number) {
    this.owner = x.storage(who).owner
    this.channels = channels
    const rows = channels === 0 ? 0 : x.size / channels
    let copies = 1
    while (channels * copies < LEAST_CHANNELS && rows % (2 * copies) === 0 && rows > 0) copies *= 2
    this.copies = copies
    this.C = channels * copies
    this.N = rows / copies
    this.row = Math.ceil(this.C / 8) * 8
    const parts = Math.min(MOST_PARTS, Math.max(1, Math.floor(x.size / PART_SIZE)))
    this.#rows = Math.max(SUM_BLOCK, Math.ceil(this.N / parts / SUM_BLOCK) * SUM_BLOCK)
    this.#parts = Math.ceil(this.N / this.#rows)
  }

  /** Lends the sums over all rows, in parts, that `batchNormSums` or `batchNormGradSums` leaves. */
  withSums(
    who: string,
    kernel: 'batchNormSums' | 'batchNormGradSums',
    inputs: readonly number[],
    bounds: readonly number[],
    use: (partials: number, parts: number) => void,
  ): void {
    const { owner, N, C } = this
    const axis = { extent: this.#parts, work: this.#rows * C * inputs.length, grain: 1 }
    const run = owner.use(vision).run.bind(owner) as (name: typeof kernel, axis: object, ...args: number[]) => void
    owner.withScratch(this.#parts * 3 * this.row * 8, who, (partials) => {
      run(kernel, axis, ...inputs, partials, N, C, this.#rows, ...bounds)
      use(partials, this.#parts)
    })
  }

  /** Lends the coefficients of the channels; the last two rows are the gradient's to fill. */
  withCoefficients(who: string, by: Statistics, epsilon: number, use: (coefficients: number) => void): void {
    const { owner, C, copies } = this
    const pointers = [by.mean.at(who), by.variance.at(who), atOrNull(who, by.gamma), atOrNull(who, by.beta)] as const
    owner.withScratch(5 * this.row * 4, who, (coefficients) => {
      owner.use(vision).run('batchNormCoefficients', this.channels, ...pointers, coefficients, C, copies, epsilon)
      use(coefficients)
    })
  }

  /** The axis of a pass over all rows. */
  rows(work: number): { extent: number; work: number; grain: number } {
    return { extent: this.N, work: this.C * work, grain: 1 }
  }
}

interface Statistics {
  readonly mean: Tensor
  readonly variance: Tensor
  readonly gamma?: Optional
  readonly beta?: Optional
}

interface Call {
  readonly who: string
  readonly epsilon: number
  readonly activation: BatchNormActivation
  /** Whether mean and variance are given ones. */
  readonly frozen: boolean
}

/**
 * Normalizes each channel of a batch by its own mean and variance.
 * @param x [..., C]; a channel has at least one value
 * @param gamma the scale, [C]; default ones
 * @param beta the shift, [C]; default zeros
 */
export function fusedBatchNorm(
  who: string,
  x: Tensor,
  gamma: Optional,
  beta: Optional,
  options: BatchNormOptions = {},
): BatchNormResult {
  checkNotEmpty(who, 'x', x.shape)
  const { call, axis } = checked(who, x, { gamma, beta }, options, false)
  if (axis < x.rank - 1) {
    return tidy(() => {
      const turned = fusedBatchNorm(who, withLast(x, axis), gamma, beta, { ...options, axis: -1 })
      return { ...turned, y: withLast(turned.y, axis) }
    })
  }
  const C = x.shape[axis]!
  const channels = new Channels(who, x, C)
  const [mean, variance] = [allocate(who, [C]), allocate(who, [C])]
  channels.withSums(who, 'batchNormSums', [x.at(who)], [], (partials, parts) => {
    const sizes = [parts, channels.N, channels.C, channels.copies] as const
    channels.owner.use(vision).run('batchNormMoments', C, partials, mean.at(who), variance.at(who), ...sizes)
  })
  return { y: normalize(call, channels, x, { mean, variance, gamma, beta }), mean, variance }
}

/**
 * Normalizes each channel by a given mean and variance, e.g. running averages. All five tensors have gradients.
 * @param x [..., C]
 * @param mean [C]
 * @param variance [C]
 * @param gamma the scale, [C]; default ones
 * @param beta the shift, [C]; default zeros
 */
export function batchNormInference(
  who: string,
  x: Tensor,
  mean: Tensor,
  variance: Tensor,
  gamma: Optional,
  beta: Optional,
  options: BatchNormOptions = {},
): Tensor {
  const statistics = { mean, variance, gamma, beta }
  const { call, axis } = checked(who, x, statistics, options, true)
  if (axis === x.rank - 1) return normalize(call, new Channels(who, x, x.shape[axis]!), x, statistics)
  return tidy(() => {
    const turned = batchNormInference(who, withLast(x, axis), mean, variance, gamma, beta, { ...options, axis: -1 })
    return withLast(turned, axis)
  })
}

function checked(
  who: string,
  x: Tensor,
  vectors: Readonly<Record<string, Optional>>,
  { epsilon = 1e-3, activation = 'linear', axis = -1 }: BatchNormOptions,
  frozen: boolean,
): { call: Call; axis: number } {
  checkNumber(who, 'epsilon', epsilon, { min: 0 })
  const along = checkAxis(who, axis, x.rank)
  const C = x.shape[along]
  for (const [name, vector] of Object.entries(vectors)) {
    if (vector === null || vector === undefined || sameShape(vector.shape, [C!])) continue
    throw new ShapeError({ who, expected: `${name} of shape [${C}]`, received: showShape(vector.shape) })
  }
  return { call: { who, epsilon, activation, frozen }, axis: along }
}

/** x with an axis and the last one exchanged. */
function withLast(x: Tensor, axis: number): Tensor {
  const order = x.shape.map((_, i) => i)
  ;[order[axis], order[x.rank - 1]] = [x.rank - 1, axis]
  return transpose(x, order)
}

function normalize(call: Call, channels: Channels, x: Tensor, by: Statistics): Tensor {
  const { who, epsilon, activation, frozen } = call
  const y = allocate(who, x.shape)
  channels.withCoefficients(who, by, epsilon, (coefficients) => {
    const bounds = BOUNDS[activation]
    const { owner, C } = channels
    owner.use(vision).run('batchNormForward', channels.rows(2), x.at(who), coefficients, y.at(who), C, ...bounds)
  })
  const small = [by.mean, by.variance, by.gamma, by.beta].filter((tensor) => tensor !== null && tensor !== undefined)
  // dx of given statistics alone does not look at x where nothing is cut off.
  const saved = frozen && activation === 'linear' && !isRecording(small) ? small : [...small, x]
  return record(who, [x, ...small], y, saved, (dy, held, [wantsX, ...wanted]) => {
    const [mean, variance, ...others] = held as [Tensor, Tensor, ...Tensor[]]
    const gamma = by.gamma ? others.shift() : undefined
    const beta = by.beta ? others.shift() : undefined
    const x = others.shift() ?? dy
    const gradients = gradient(call, channels, x, dy, { mean, variance, gamma, beta }, wantsX!, wanted)
    return [gradients.dx, ...gradients.small]
  })
}

interface Gradients {
  readonly dx: Tensor | null
  /** By mean, variance, gamma and beta, those that there are. */
  readonly small: readonly (Tensor | null)[]
}

function gradient(
  { who, epsilon, activation, frozen }: Call,
  channels: Channels,
  x: Tensor,
  dy: Tensor,
  by: Statistics,
  wantsX: boolean,
  wanted: readonly boolean[],
): Gradients {
  const { owner, C, N, copies } = channels
  const bounds = BOUNDS[activation]
  const [dgamma, dbeta] = [allocate(who, [channels.channels]), allocate(who, [channels.channels])]
  const inputs = [x, dy, by.mean, by.variance, by.gamma, by.beta].filter(
    (tensor) => tensor !== null && tensor !== undefined,
  )
  const recorded = isRecording(inputs)
  // The gradient takes the place of dy where nobody else holds that.
  const inPlace = wantsX && !recorded && !dy.storage(who).shared
  const dx = inPlace ? dy : wantsX ? allocate(who, dy.shape) : null
  channels.withCoefficients(who, by, epsilon, (coefficients) => {
    if (wanted.includes(true) || (wantsX && !frozen)) {
      const pointers = [x.at(who), dy.at(who), coefficients]
      channels.withSums(who, 'batchNormGradSums', pointers, bounds, (partials, parts) => {
        const results = [by.variance.at(who), coefficients, dgamma.at(who), dbeta.at(who)] as const
        owner.use(vision).run('batchNormGradMoments', dbeta.size, partials, ...results, parts, N, C, copies, epsilon)
      })
    }
    if (dx === null) return
    const pointers = [x.at(who), dy.at(who), coefficients, dx.at(who)] as const
    owner.use(vision).run('batchNormGradInput', channels.rows(3), ...pointers, C, Number(frozen), ...bounds)
  })
  const noted = (tensor: Tensor): Tensor => (recorded ? record(`${who}, gradient`, inputs, tensor) : tensor)
  const [wantsMean, wantsVariance] = wanted
  const small = [
    wantsMean ? noted(meanGrad(dbeta, by, epsilon)) : null,
    wantsVariance ? noted(varianceGrad(dgamma, by, epsilon)) : null,
  ]
  if (by.gamma) small.push(noted(dgamma))
  if (by.beta) small.push(noted(dbeta))
  return { dx: dx === null || inPlace ? dx : noted(dx), small }
}

/** −scale · dbeta */
function meanGrad(dbeta: Tensor, { variance, gamma }: Statistics, epsilon: number): Tensor {
  return mul(mul(dbeta, rsqrt(add(variance, epsilon))), gamma ? mul(gamma, -1) : -1)
}

/** −½ · gamma · dgamma / (variance + epsilon) */
function varianceGrad(dgamma: Tensor, { variance, gamma }: Statistics, epsilon: number): Tensor {
  return div(mul(dgamma, gamma ? mul(gamma, -0.5) : -0.5), add(variance, epsilon))
}

/**
 * The filter and the bias of a convolution, a depthwise convolution or a dense layer that do what it does followed by
 * batch normalization with given statistics: filter · scale and (bias − mean) · scale + beta, where scale is gamma /
 * √(variance + epsilon). Unrecorded.
 * @param filter [..., F], or [R, S, C, M] of a depthwise convolution, where F = C · M
 * @param bias [F]; default zeros
 */
export function foldBatchNorm(
  who: string,
  filter: Tensor,
  bias: Optional,
  mean: Tensor,
  variance: Tensor,
  gamma: Optional,
  beta: Optional,
  epsilon = 1e-3,
): { filter: Tensor; bias: Tensor } {
  const F = mean.size
  const channels = new Channels(who, filter, F)
  const folded = { filter: allocate(who, filter.shape), bias: allocate(who, [F]) }
  // As long as a row of coefficients, which few channels stand in several times.
  const shifts = allocate(who, [channels.row])
  shifts.view(who).fill(0)
  if (bias) shifts.view(who).set(bias.view(who))
  channels.withCoefficients(who, { mean, variance, gamma, beta }, epsilon, (coefficients) => {
    const { owner, N, C, row } = channels
    const scale = coefficients + row * 4
    const sizes = [1, N, C, 0, 0, C, 1, 0, 0, 0, 1] as const
    owner.run('binaryMul', filter.size, filter.at(who), scale, folded.filter.at(who), ...sizes)
    const at = shifts.at(who)
    owner.use(vision).run('batchNormForward', 1, at, coefficients, at, row, ...BOUNDS.linear)
  })
  folded.bias.view(who).set(shifts.view(who).slice(0, F))
  shifts.dispose()
  return folded
}
