/**
 * Regularizers: penalties that weights add to the loss of a training step. Formulas, names and defaults are those of
 * TF.js and Keras.
 */

import { ArgumentError, checkNumber, checkOptions, show } from '../errors.ts'
import { checkName, findName } from '../names.ts'
import { add, mul } from '../ops/arithmetic.ts'
import { sum } from '../ops/sum.ts'
import { abs, square } from '../ops/unary.ts'
import type { Tensor } from '../tensor.ts'

/** A penalty that is added to the loss. */
export interface Regularizer {
  /** The name in model files: 'L1L2'. */
  readonly className: string
  /**
   * The penalty of a weight, a scalar.
   * @param weight the weight's present value
   */
  apply(weight: Tensor): Tensor
  /** The arguments that make it again. */
  getConfig(): Record<string, unknown>
}

/** What `regularizers.l1` takes. */
export interface L1Args {
  /** Default 0.01. */
  readonly l1?: number
}

/** What `regularizers.l2` takes. */
export interface L2Args {
  /** Default 0.01. */
  readonly l2?: number
}

/** What `regularizers.l1l2` takes. */
export interface L1L2Args extends L1Args, L2Args {}

class L1L2 implements Regularizer {
  readonly className = 'L1L2'
  readonly l1: number
  readonly l2: number

  constructor(who: string, l1: number, l2: number) {
    checkNumber(who, 'l1', l1, { min: 0 })
    checkNumber(who, 'l2', l2, { min: 0 })
    this.l1 = l1
    this.l2 = l2
  }

  apply(weight: Tensor): Tensor {
    const absolute = this.l1 === 0 ? undefined : mul(sum(abs(weight)), this.l1)
    const squares = this.l2 === 0 ? undefined : mul(sum(square(weight)), this.l2)
    if (absolute !== undefined && squares !== undefined) return add(absolute, squares)
    return absolute ?? squares ?? mul(sum(weight), 0)
  }

  getConfig(): Record<string, unknown> {
    return { l1: this.l1, l2: this.l2 }
  }
}

/**
 * l1 · Σ|w|
 * @param args `l1`, default 0.01
 * @example
 * regularizers.l1({ l1: 0.1 }).apply(tensor([-1, 2])).print() // 0.3
 */
export function l1(args?: L1Args | null): Regularizer {
  const who = 'regularizers.l1'
  checkOptions(who, args ?? {}, ['l1'])
  return new L1L2(who, args?.l1 ?? 0.01, 0)
}

/**
 * l2 · Σw²
 * @param args `l2`, default 0.01
 * @example
 * const layer = layers.dense({ units: 2, kernelRegularizer: regularizers.l2({ l2: 0.001 }) })
 * regularizers.l2({ l2: 0.1 }).apply(tensor([-1, 2])).print() // 0.5
 */
export function l2(args?: L2Args | null): Regularizer {
  const who = 'regularizers.l2'
  checkOptions(who, args ?? {}, ['l2'])
  return new L1L2(who, 0, args?.l2 ?? 0.01)
}

/**
 * l1 · Σ|w| + l2 · Σw²
 * @param args `l1` and `l2`, default 0.01
 * @example
 * regularizers.l1l2({ l1: 0.1, l2: 0.1 }).apply(tensor([-1, 2])).print() // 0.8
 */
export function l1l2(args?: L1L2Args | null): Regularizer {
  const who = 'regularizers.l1l2'
  checkOptions(who, args ?? {}, ['l1', 'l2'])
  return new L1L2(who, args?.l1 ?? 0.01, args?.l2 ?? 0.01)
}

const REGULARIZERS = { l1, l2, l1l2 } as const

export type RegularizerName = keyof typeof REGULARIZERS
export const REGULARIZER_NAMES = Object.keys(REGULARIZERS) as RegularizerName[]

function isRegularizer(value: unknown): value is Regularizer {
  return typeof value === 'object' && value !== null && 'apply' in value && typeof value.apply === 'function'
}

/** What files have of a regularizer: `{ className, config }`. */
export interface RegularizerConfig {
  readonly className: string
  readonly config: Readonly<Record<string, unknown>>
}

/** A regularizer by its name, out of a file, or as it is; null and undefined are none. */
export function toRegularizer(
  who: string,
  argument: string,
  given: Regularizer | RegularizerName | RegularizerConfig | null | undefined,
): Regularizer | undefined {
  if (given === undefined || given === null) return undefined
  if (isRegularizer(given)) return given
  if (typeof given === 'string') return REGULARIZERS[checkName(who, argument, given, REGULARIZER_NAMES)]()
  const { className, class_name, config } = given as { className?: unknown; class_name?: unknown; config?: object }
  const name = findName(className ?? class_name, REGULARIZER_NAMES)
  if (name === undefined) {
    const expected = `${argument} to be a regularizer, or one of ${REGULARIZER_NAMES.join(', ')}`
    throw new ArgumentError({ who, expected, received: show(className ?? class_name ?? given) })
  }
  // Files have both factors whatever the name: a missing one is none there, not the default.
  const { l1 = 0, l2 = 0 } = (config ?? {}) as L1L2Args
  return new L1L2(`${who}, ${argument}`, l1 ?? 0, l2 ?? 0)
}

export function regularizerConfig(regularizer: Regularizer | undefined): RegularizerConfig | null {
  return regularizer === undefined ? null : { className: regularizer.className, config: regularizer.getConfig() }
}
