/**
 * Schedules: learning rates by the number of steps taken. An optimizer takes one in place of a number, and asks it
 * before each step. Formulas and arguments are those of keras.optimizers.schedules.
 */

import { cosPi, power } from '../elementary.ts'
import { ArgumentError, checkInteger, checkNumber, checkOptions, show } from '../errors.ts'
import { checkName } from '../names.ts'

/** A learning rate by the number of steps taken. */
export interface Schedule {
  /** The name in model files: 'CosineDecay'. */
  readonly className: string
  /** The arguments that make it again. */
  getConfig(): Record<string, unknown>
  /**
   * The learning rate of a step; `step` is the number of steps taken before it.
   * @param step how many steps were taken before it
   */
  at(step: number): number
}

/** A number, a schedule, or a function of the number of steps taken. */
export type LearningRate = number | Schedule | ((step: number) => number)

export function isSchedule(value: unknown): value is Schedule {
  return typeof value === 'object' && value !== null && 'at' in value && typeof value.at === 'function'
}

/** What `schedules.cosine` takes. */
export interface CosineArgs {
  /** The rate of the first step. */
  readonly initialLearningRate: number
  /** Steps until the end of the cosine, after those of the warm-up. */
  readonly decaySteps: number
  /** The least rate, as a share of the highest. Default 0. */
  readonly alpha?: number
  /** The rate that a warm-up climbs to from `initialLearningRate`; default no warm-up. */
  readonly warmupTarget?: number
  /** Steps of that climb. Default 0. */
  readonly warmupSteps?: number
}

/**
 * Half a cosine from the initial rate down to alpha times it: Loshchilov & Hutter 2017.
 * @param args initialLearningRate, decaySteps, alpha, warmupTarget, warmupSteps
 * @example
 * const rate = schedules.cosine({ initialLearningRate: 0.1, decaySteps: 100 })
 * console.log(rate.at(0), rate.at(50).toFixed(3), rate.at(100)) // 0.1 0.050 0
 */
export function cosine(args: CosineArgs): Schedule {
  const who = 'schedules.cosine'
  checkOptions(who, args, ['initialLearningRate', 'decaySteps', 'alpha', 'warmupTarget', 'warmupSteps', 'name'])
  const { initialLearningRate, decaySteps } = args
  const [alpha, warmupSteps] = [args.alpha ?? 0, args.warmupSteps ?? 0]
  const target = args.warmupTarget ?? undefined
  checkRate(who, 'initialLearningRate', initialLearningRate)
  checkInteger(who, 'decaySteps', decaySteps, 1)
  checkNumber(who, 'alpha', alpha, { min: 0, max: 1 })
  checkInteger(who, 'warmupSteps', warmupSteps)
  if (target !== undefined) checkRate(who, 'warmupTarget', target)
  const config = { initialLearningRate, decaySteps, alpha, warmupTarget: target ?? null, warmupSteps }
  return schedule('CosineDecay', config, (step) => {
    if (target === undefined) return cosineAt(step, decaySteps, initialLearningRate, alpha)
    if (step < warmupSteps) return initialLearningRate + (target - initialLearningRate) * (step / warmupSteps)
    return cosineAt(step - warmupSteps, decaySteps, target, alpha)
  })
}

function cosineAt(step: number, steps: number, rate: number, alpha: number): number {
  const share = 0.5 * (1 + cosPi(Math.min(step, steps) / steps))
  return rate * ((1 - alpha) * share + alpha)
}

/** What `schedules.exponential` takes. */
export interface ExponentialArgs {
  /** The rate of the first step. */
  readonly initialLearningRate: number
  /** Steps in which the rate falls by `decayRate`. */
  readonly decaySteps: number
  /** What the rate is multiplied by every `decaySteps` steps. */
  readonly decayRate: number
  /** Whether it falls in stairs. Default false. */
  readonly staircase?: boolean
}

/**
 * initial · decayRate^(step / decaySteps)
 * @param args initialLearningRate, decaySteps, decayRate, staircase
 * @example
 * const rate = schedules.exponential({ initialLearningRate: 0.1, decaySteps: 100, decayRate: 0.5 })
 * console.log(rate.at(100)) // 0.05
 */
export function exponential(args: ExponentialArgs): Schedule {
  const who = 'schedules.exponential'
  checkOptions(who, args, ['initialLearningRate', 'decaySteps', 'decayRate', 'staircase', 'name'])
  const { initialLearningRate, decaySteps, decayRate } = args
  const staircase = args.staircase ?? false
  checkRate(who, 'initialLearningRate', initialLearningRate)
  checkInteger(who, 'decaySteps', decaySteps, 1)
  checkNumber(who, 'decayRate', decayRate, { min: 0 })
  const config = { initialLearningRate, decaySteps, decayRate, staircase }
  return schedule('ExponentialDecay', config, (step) => {
    const exponent = step / decaySteps
    return initialLearningRate * power(decayRate, staircase ? Math.floor(exponent) : exponent)
  })
}

/** What `schedules.polynomial` takes. */
export interface PolynomialArgs {
  /** The rate of the first step. */
  readonly initialLearningRate: number
  /** Steps until it ends at `endLearningRate`. */
  readonly decaySteps: number
  /** Default 0.0001. */
  readonly endLearningRate?: number
  /** Default 1, a straight line. */
  readonly power?: number
  /** Whether it starts anew, from longer and longer intervals, beyond `decaySteps`. Default false. */
  readonly cycle?: boolean
}

/**
 * (initial − end) · (1 − step / decaySteps)^power + end
 * @param args initialLearningRate, decaySteps, endLearningRate, power, cycle
 * @example
 * const rate = schedules.polynomial({ initialLearningRate: 0.1, decaySteps: 100, endLearningRate: 0 })
 * console.log(rate.at(50)) // 0.05
 */
export function polynomial(args: PolynomialArgs): Schedule {
  const who = 'schedules.polynomial'
  checkOptions(who, args, ['initialLearningRate', 'decaySteps', 'endLearningRate', 'power', 'cycle', 'name'])
  const { initialLearningRate, decaySteps } = args
  const [end, exponent, cycle] = [args.endLearningRate ?? 0.0001, args.power ?? 1, args.cycle ?? false]
  checkRate(who, 'initialLearningRate', initialLearningRate)
  checkInteger(who, 'decaySteps', decaySteps, 1)
  checkRate(who, 'endLearningRate', end)
  checkNumber(who, 'power', exponent, { above: 0 })
  const config = { initialLearningRate, decaySteps, endLearningRate: end, power: exponent, cycle }
  return schedule('PolynomialDecay', config, (step) => {
    const steps = cycle ? decaySteps * Math.max(1, Math.ceil(step / decaySteps)) : decaySteps
    return (initialLearningRate - end) * power(1 - Math.min(step, steps) / steps, exponent) + end
  })
}

/** What `schedules.piecewise` takes. */
export interface PiecewiseArgs {
  /** Steps, rising. */
  readonly boundaries: readonly number[]
  /** One rate more than boundaries: values[i] holds up to and with step boundaries[i]. */
  readonly values: readonly number[]
}

/**
 * A constant rate in each interval.
 * @param args boundaries and values
 * @example
 * const rate = schedules.piecewise({ boundaries: [100], values: [0.1, 0.01] })
 * console.log(rate.at(100), rate.at(101)) // 0.1 0.01
 */
export function piecewise(args: PiecewiseArgs): Schedule {
  const who = 'schedules.piecewise'
  checkOptions(who, args, ['boundaries', 'values', 'name'])
  const { boundaries, values } = args
  if (!Array.isArray(boundaries) || !boundaries.every((b, i) => Number.isInteger(b) && b >= (boundaries[i - 1] ?? 0))) {
    throw new ArgumentError({ who, expected: 'boundaries to be rising numbers of steps', received: show(boundaries) })
  }
  if (!Array.isArray(values) || values.length !== boundaries.length + 1) {
    const expected = `values to be ${boundaries.length + 1} rates, one more than boundaries`
    throw new ArgumentError({ who, expected, received: show(values) })
  }
  for (const [i, value] of values.entries()) checkRate(who, `values[${i}]`, value)
  return schedule('PiecewiseConstantDecay', { boundaries: [...boundaries], values: [...values] }, (step) => {
    const at = boundaries.findIndex((boundary) => step <= boundary)
    return values[at < 0 ? values.length - 1 : at]!
  })
}

/** What `schedules.warmup` takes. */
export interface WarmupArgs {
  /** What follows: a rate or another schedule, whose steps count from the end of the warm-up. */
  readonly schedule: LearningRate
  /** How many steps the climb takes. */
  readonly steps: number
  /** Where it starts. Default 0. */
  readonly initialLearningRate?: number
}

/**
 * A straight climb to where another schedule begins.
 * @param args steps, what follows, initialLearningRate
 * @example
 * const rate = schedules.warmup({ steps: 10, schedule: 0.1 })
 * console.log(rate.at(0), rate.at(5), rate.at(10)) // 0 0.05 0.1
 */
export function warmup(args: WarmupArgs): Schedule {
  const who = 'schedules.warmup'
  checkOptions(who, args, ['schedule', 'steps', 'initialLearningRate', 'name'])
  const { steps } = args
  const start = args.initialLearningRate ?? 0
  checkRate(who, 'initialLearningRate', start)
  checkInteger(who, 'steps', steps, 1)
  const next = isRecord(args.schedule) ? scheduleFromConfig(who, args.schedule) : args.schedule
  const rate = rateFunction(who, 'schedule', next)
  const config = { schedule: isSchedule(next) ? scheduleConfig(next) : next, steps, initialLearningRate: start }
  return schedule('Warmup', config, (step) => {
    return step < steps ? start + (rate(0) - start) * (step / steps) : rate(step - steps)
  })
}

function schedule(className: string, config: Record<string, unknown>, at: (step: number) => number): Schedule {
  return { className, getConfig: () => config, at }
}

function checkRate(who: string, argument: string, value: unknown): void {
  checkNumber(who, argument, value, { min: 0 })
}

/** A learning rate in any of its forms as a function of the steps taken. */
export function rateFunction(who: string, argument: string, given: LearningRate): (step: number) => number {
  if (isSchedule(given)) return (step) => given.at(step)
  if (typeof given === 'function') return given
  checkRate(who, argument, given)
  return () => given
}

const SCHEDULES = {
  CosineDecay: cosine,
  ExponentialDecay: exponential,
  PolynomialDecay: polynomial,
  PiecewiseConstantDecay: piecewise,
  Warmup: warmup,
} as const satisfies Record<string, (args: never) => Schedule>

/** As files have it, `{ className, config }`. */
export function scheduleConfig(given: Schedule): Record<string, unknown> {
  return { className: given.className, config: given.getConfig() }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' && value !== null && ('className' in value || 'class_name' in value) && !isSchedule(value)
  )
}

/** A schedule out of `{ className, config }`. */
export function scheduleFromConfig(who: string, value: Readonly<Record<string, unknown>>): Schedule {
  const name = checkName(
    who,
    'schedule',
    value.className ?? value.class_name,
    Object.keys(SCHEDULES),
  ) as keyof typeof SCHEDULES
  const entries = Object.entries((value.config ?? {}) as Record<string, unknown>)
  const config = entries.map(([key, option]) => [camelCase(key), option])
  return (SCHEDULES[name] as (args: object) => Schedule)(Object.fromEntries(config))
}

function camelCase(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
