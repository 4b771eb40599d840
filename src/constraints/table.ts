/**
 * Constraints: where weights are projected after each update. Formulas, names and defaults are those of TF.js and
 * Keras; norms are over `axis`, by default the first, which holds the inputs of a dense unit.
 */

import { ArgumentError, checkInteger, checkNumber, checkOptions, show } from '../errors.ts'
import { checkName, findName } from '../names.ts'
import { relu } from '../ops/activation.ts'
import { add, div, mul } from '../ops/arithmetic.ts'
import { sum } from '../ops/sum.ts'
import { clipByValue, sqrt, square } from '../ops/unary.ts'
import { type Tensor, tidy } from '../tensor.ts'

/** What a weight is projected to after each step. */
export interface Constraint {
  /** The name in model files: 'MaxNorm'. */
  readonly className: string
  /**
   * The weight, projected; the same shape.
   * @param weight the weight after the step
   */
  apply(weight: Tensor): Tensor
  /** The arguments that make it again. */
  getConfig(): Record<string, unknown>
}

interface Axis {
  /** The axes that a norm is taken over. Default 0. */
  readonly axis?: number | readonly number[]
}

/** What `constraints.maxNorm` takes. */
export interface MaxNormArgs extends Axis {
  /** Default 2. */
  readonly maxValue?: number
}

export type UnitNormArgs = Axis

/** What `constraints.minMaxNorm` takes. */
export interface MinMaxNormArgs extends Axis {
  /** Default 0. */
  readonly minValue?: number
  /** Default 1. */
  readonly maxValue?: number
  /** How far a step goes to the allowed norm: 1, the default, all the way. */
  readonly rate?: number
}

/** Keras's epsilon, in place of dividing by 0. */
const EPSILON = 1e-7

function norms(weight: Tensor, axis: number | readonly number[]): Tensor {
  return sqrt(sum(square(weight), typeof axis === 'number' ? axis : [...axis], true))
}

function checkAxis(who: string, given: number | readonly number[] | undefined): number | readonly number[] {
  const axis = given ?? 0
  for (const one of Array.isArray(axis) ? axis : [axis]) checkInteger(who, 'axis', one, -8, 8)
  return axis
}

function constraint(className: string, config: Record<string, unknown>, apply: (weight: Tensor) => Tensor): Constraint {
  return { className, getConfig: () => config, apply: (weight) => tidy(() => apply(weight)) }
}

/**
 * Scales down what has a norm above `maxValue`: Srivastava et al. 2014.
 * @param args `maxValue`, default 2, and `axis` of the norm, default 0
 * @example
 * constraints.maxNorm({ maxValue: 1 }).apply(tensor([[3], [4]])).print() // [[0.6], [0.8]]
 */
export function maxNorm(args?: MaxNormArgs | null): Constraint {
  const who = 'constraints.maxNorm'
  checkOptions(who, args ?? {}, ['maxValue', 'axis'])
  const [maxValue, axis] = [args?.maxValue ?? 2, checkAxis(who, args?.axis)]
  checkNumber(who, 'maxValue', maxValue, { min: 0 })
  return constraint('MaxNorm', { maxValue, axis }, (w) => {
    const norm = norms(w, axis)
    return mul(w, div(clipByValue(norm, 0, maxValue), add(norm, EPSILON)))
  })
}

/**
 * Scales to the norm 1.
 * @param args `axis` of the norm, default 0
 * @example
 * constraints.unitNorm().apply(tensor([[3], [4]])).print() // [[0.6], [0.8]]
 */
export function unitNorm(args?: UnitNormArgs | null): Constraint {
  const who = 'constraints.unitNorm'
  checkOptions(who, args ?? {}, ['axis'])
  const axis = checkAxis(who, args?.axis)
  return constraint('UnitNorm', { axis }, (w) => div(w, add(norms(w, axis), EPSILON)))
}

/**
 * Negative weights become 0.
 * @example
 * constraints.nonNeg().apply(tensor([-1, 2])).print() // [0, 2]
 */
export function nonNeg(): Constraint {
  return constraint('NonNeg', {}, (w) => relu(w))
}

/**
 * Scales so that the norm lies from `minValue` to `maxValue`.
 * @param args `minValue`, default 0, `maxValue`, default 1, `rate`, default 1, and `axis`, default 0
 * @example
 * constraints.minMaxNorm({ minValue: 1, maxValue: 2 }).apply(tensor([[3], [4]])).print() // [[1.2], [1.6]]
 */
export function minMaxNorm(args?: MinMaxNormArgs | null): Constraint {
  const who = 'constraints.minMaxNorm'
  checkOptions(who, args ?? {}, ['minValue', 'maxValue', 'axis', 'rate'])
  const [minValue, maxValue, rate] = [args?.minValue ?? 0, args?.maxValue ?? 1, args?.rate ?? 1]
  const axis = checkAxis(who, args?.axis)
  checkNumber(who, 'minValue', minValue, { min: 0 })
  checkNumber(who, 'maxValue', maxValue, { min: minValue })
  checkNumber(who, 'rate', rate, { min: 0, max: 1 })
  return constraint('MinMaxNorm', { minValue, maxValue, rate, axis }, (w) => {
    const norm = norms(w, axis)
    const desired = add(mul(clipByValue(norm, minValue, maxValue), rate), mul(norm, 1 - rate))
    return mul(w, div(desired, add(norm, EPSILON)))
  })
}

const CONSTRAINTS = { maxNorm, minMaxNorm, nonNeg, unitNorm } as const

export type ConstraintName = keyof typeof CONSTRAINTS
export const CONSTRAINT_NAMES = Object.keys(CONSTRAINTS) as ConstraintName[]

export interface ConstraintConfig {
  readonly className: string
  readonly config: Readonly<Record<string, unknown>>
}

function isConstraint(value: unknown): value is Constraint {
  return typeof value === 'object' && value !== null && 'apply' in value && typeof value.apply === 'function'
}

/** A constraint by its name, out of a file, or as it is; null and undefined are none. */
export function toConstraint(
  who: string,
  argument: string,
  given: Constraint | ConstraintName | ConstraintConfig | null | undefined,
): Constraint | undefined {
  if (given === undefined || given === null) return undefined
  if (isConstraint(given)) return given
  if (typeof given === 'string') return CONSTRAINTS[checkName(who, argument, given, CONSTRAINT_NAMES)]()
  const { className, class_name, config } = given as { className?: unknown; class_name?: unknown; config?: object }
  const name = findName(className ?? class_name, CONSTRAINT_NAMES)
  if (name === undefined) {
    const expected = `${argument} to be a constraint, or one of ${CONSTRAINT_NAMES.join(', ')}`
    throw new ArgumentError({ who, expected, received: show(className ?? class_name ?? given) })
  }
  const { max_value, min_value, ...rest } = (config ?? {}) as Record<string, unknown>
  const args = {
    ...(max_value === undefined ? {} : { maxValue: max_value }),
    ...(min_value === undefined ? {} : { minValue: min_value }),
    ...rest,
  }
  return (CONSTRAINTS[name] as (args: object) => Constraint)(args)
}

export function constraintConfig(given: Constraint | undefined): ConstraintConfig | null {
  return given === undefined ? null : { className: given.className, config: given.getConfig() }
}
