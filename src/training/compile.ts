/** How a model learns: what `compile` is given, read and checked. */

import { checkOptions } from '../errors.ts'
import { type Loss, type LossFunction, type LossName, toLoss } from '../losses/table.ts'
import { type Metric, type MetricFunction, type MetricName, toMetric } from '../metrics/table.ts'
import { type Optimizer, type OptimizerName, toOptimizer } from '../optimizers/table.ts'
import type { OutputSpec } from './trainable.ts'

export interface CompileArgs {
  /** A name, with its default learning rate, or what `train.*` makes. */
  readonly optimizer: OptimizerName | Optimizer
  /** A name, or a function of targets and predictions that returns one value per sample. */
  readonly loss: LossName | LossFunction
  /** What else is to be reported. */
  readonly metrics?: MetricName | MetricFunction | readonly (MetricName | MetricFunction)[]
}

export interface Compiled {
  readonly optimizer: Optimizer
  readonly loss: Loss
  readonly metrics: readonly Metric[]
  /** The compile arguments as they came, for model files. */
  readonly args: CompileArgs
}

export function compileFor(outputs: readonly OutputSpec[], args: CompileArgs): Compiled {
  const who = 'compile'
  checkOptions(who, args, ['optimizer', 'loss', 'metrics'])
  const loss = toLoss(who, args.loss)
  const metrics = args.metrics === undefined ? [] : Array.isArray(args.metrics) ? args.metrics : [args.metrics]
  const classes = outputs[0]?.shape.at(-1) ?? 1
  return {
    optimizer: toOptimizer(who, args.optimizer),
    loss,
    metrics: metrics.map((metric: MetricName | MetricFunction) => toMetric(who, metric, loss, classes)),
    args,
  }
}
