/** How a model learns: what `compile` is given, read and checked against the outputs. */

import { ArgumentError, checkNumber, checkOptions, show } from '../errors.ts'
import { type Loss, type LossFunction, type LossSpelling, toLoss } from '../losses/table.ts'
import type { Counted } from '../metrics/counting.ts'
import { type Metric, type MetricFunction, type MetricSpelling, toMetric } from '../metrics/table.ts'
import { isObject } from '../objects.ts'
import type { Optimizer } from '../optimizers/optimizer.ts'
import { type OptimizerSpelling, toOptimizer } from '../optimizers/table.ts'
import type { OutputSpec } from './trainable.ts'

export type LossArg = LossSpelling | LossFunction
export type MetricArg = MetricSpelling | MetricFunction | Counted
/** One for all outputs, one for each in their order, or by their names. */
export type PerOutput<T> = T | readonly T[] | Readonly<Record<string, T>>

/** What `compile` takes. */
export interface CompileArgs {
  /** A name, with its default learning rate, or what `train.*` makes. */
  readonly optimizer: OptimizerSpelling | Optimizer
  /**
   * A name, or a function of targets and predictions whose mean is the loss. With several outputs: one for all, or one
   * for each, in their order or by their names; null for an output that nothing is asked of.
   */
  readonly loss: PerOutput<LossArg | null>
  /** How much each output's loss counts, in their order or by their names. Default 1 each. */
  readonly lossWeights?: readonly number[] | Readonly<Record<string, number>> | null
  /** What else is to be reported: of all outputs, in lists per output, or by the outputs' names. */
  readonly metrics?:
    | MetricArg
    | readonly (MetricArg | readonly MetricArg[])[]
    | Readonly<Record<string, MetricArg | readonly MetricArg[]>>
    | null
}

/** What is asked of one output. */
export interface CompiledOutput {
  readonly name: string
  /** Undefined where nothing is asked of it. */
  readonly loss: Loss | undefined
  readonly weight: number
  readonly metrics: readonly Metric[]
}

export interface Compiled {
  readonly optimizer: Optimizer
  readonly outputs: readonly CompiledOutput[]
  /** The names of all figures: the loss, that of each output where there are several, the metrics. */
  readonly metricsNames: readonly string[]
  /** The compile arguments as they came, for model files. */
  readonly args: CompileArgs
}

export function compileFor(specs: readonly OutputSpec[], args: CompileArgs): Compiled {
  const who = 'compile'
  checkOptions(who, args, ['optimizer', 'loss', 'lossWeights', 'metrics'])
  const names = specs.map(({ name }) => name)
  const losses = perOutput<LossArg | null>(who, 'loss', args.loss, names, true)
  if (losses.every((loss) => loss === null || loss === undefined)) {
    throw new ArgumentError({ who, expected: 'loss to be a name or a function', received: show(args.loss) })
  }
  const weights = lossWeights(who, args.lossWeights ?? undefined, names)
  const given = metricsPerOutput(who, args.metrics ?? undefined, names)
  const several = specs.length > 1
  const taken = new Set(['loss', ...(several ? trained(names, losses).map((name) => `${name}_loss`) : [])])
  const outputs = specs.map(({ name, shape }, i): CompiledOutput => {
    const loss = losses[i] === null || losses[i] === undefined ? undefined : toLoss(who, losses[i])
    const metrics = given[i]!.map((each) => {
      const metric = toMetric(who, each, loss, shape.at(-1) ?? 1)
      return { ...metric, name: ownName(who, several ? `${name}_${metric.name}` : metric.name, taken) }
    })
    return { name, loss, weight: weights[i]!, metrics }
  })
  const metricsNames = [...taken]
  return { optimizer: toOptimizer(who, args.optimizer), outputs, metricsNames, args }
}

function trained(names: readonly string[], losses: readonly unknown[]): string[] {
  return names.filter((_, i) => losses[i] !== null && losses[i] !== undefined)
}

/** A name that no other figure has, nor one of an evaluation: acc, acc_1, … */
function ownName(who: string, name: string, taken: Set<string>): string {
  if (name === '__proto__') {
    throw new ArgumentError({ who, expected: 'a metric with a name that logs can have', received: show(name) })
  }
  const isTaken = (each: string): boolean =>
    taken.has(each) || taken.has(`val_${each}`) || (each.startsWith('val_') && taken.has(each.slice(4)))
  let own = name
  for (let number = 1; isTaken(own); number++) own = `${name}_${number}`
  taken.add(own)
  return own
}

/** One value per output, out of a list, an object by names, or one for all. */
function perOutput<T>(who: string, argument: string, given: unknown, names: readonly string[], complete: boolean): T[] {
  if (Array.isArray(given)) {
    if (given.length === names.length) return given as T[]
    const expected = `${argument} for ${names.length} output${names.length === 1 ? '' : 's'}`
    throw new ArgumentError({ who, expected, received: `${given.length}` })
  }
  if (!isObject(given)) return names.map(() => given as T)
  checkOptions(`${who}, ${argument}`, given, names)
  const missing = names.find((name) => !Object.hasOwn(given, name))
  if (complete && missing !== undefined) {
    const hint = 'give null for an output of which nothing is asked'
    const received = `none for ${show(missing)}`
    throw new ArgumentError({ who, expected: `${argument} for each output`, received, hint })
  }
  return names.map((name) => (Object.hasOwn(given, name) ? (given[name] as T) : (undefined as T)))
}

function lossWeights(who: string, given: CompileArgs['lossWeights'], names: readonly string[]): number[] {
  if (given === undefined || given === null) return names.map(() => 1)
  if (!Array.isArray(given) && !isObject(given)) {
    throw new ArgumentError({ who, expected: 'lossWeights to be a list or an object', received: show(given) })
  }
  return perOutput<number | undefined>(who, 'lossWeights', given, names, false).map((weight, i) => {
    if (weight === undefined || weight === null) return 1
    checkNumber(who, `lossWeights of ${show(names[i])}`, weight)
    return weight
  })
}

function metricsPerOutput(who: string, given: CompileArgs['metrics'], names: readonly string[]): MetricArg[][] {
  const list = (value: unknown): MetricArg[] =>
    value === undefined || value === null ? [] : Array.isArray(value) ? value : [value as MetricArg]
  const nested = Array.isArray(given) && given.some((each) => Array.isArray(each) || each === null)
  if (nested || isObject(given)) return perOutput(who, 'metrics', given, names, false).map(list)
  return names.map(() => list(given))
}
