/** The compile state out of a model file: optimizer, loss and metrics by the names that TF.js and Keras have for them. */

import { FormatError, show } from '../errors.ts'
import { isObject, objectAt, stringAt } from '../json.ts'
import { asFormatError, toCamelCase } from '../layers/config.ts'
import { lossFromFile } from '../losses/table.ts'
import { METRIC_NAMES, type MetricName } from '../metrics/table.ts'
import { adagrad, adam, adamw, momentum, type Optimizer, rmsprop, sgd } from '../optimizers/table.ts'
import type { CompileArgs } from '../training/compile.ts'

type Config = Readonly<Record<string, never>>

/** Optimizers by the name that they have in model files. */
const OPTIMIZERS: Readonly<Record<string, (config: Config) => Optimizer>> = {
  SGD: (c) => sgd(c.learningRate!),
  Momentum: (c) => momentum(c.learningRate!, c.momentum!, c.useNesterov),
  Adam: (c) => adam(c.learningRate, c.beta1, c.beta2, c.epsilon),
  AdamW: (c) => adamw(c.learningRate, c.beta1, c.beta2, c.epsilon, c.weightDecay),
  RMSProp: (c) => rmsprop(c.learningRate!, c.decay, c.momentum, c.epsilon, c.centered),
  Adagrad: (c) => adagrad(c.learningRate!, c.initialAccumulatorValue),
}

const METRIC_ALIASES: Readonly<Record<string, MetricName>> = {
  mae: 'meanAbsoluteError',
  MAE: 'meanAbsoluteError',
  mse: 'meanSquaredError',
  MSE: 'meanSquaredError',
}

/**
 * The compile arguments that a `trainingConfig` describes.
 * @throws FormatError for a loss, metric or optimizer that quadlane does not have
 */
export function compileArgsFromFile(file: string, value: unknown): CompileArgs {
  const who = `${file}, trainingConfig`
  const { loss, metrics, optimizer_config } = objectAt(file, 'trainingConfig', value)
  return {
    optimizer: optimizerFromFile(who, optimizer_config),
    loss: asFormatError(who, () => lossFromFile(who, stringAt(who, 'loss', onlyOne(loss)))),
    metrics: listOf(metrics).map((name) => metricFromFile(who, name)),
  }
}

function optimizerFromFile(who: string, value: unknown): Optimizer {
  const { class_name, config } = objectAt(who, 'optimizer_config', value)
  const make =
    typeof class_name === 'string' && Object.hasOwn(OPTIMIZERS, class_name) ? OPTIMIZERS[class_name] : undefined
  if (make === undefined) {
    const expected = `an optimizer among ${Object.keys(OPTIMIZERS).join(', ')}`
    throw new FormatError({ who, expected, received: show(class_name) })
  }
  const entries = Object.entries(objectAt(who, 'optimizer_config.config', config))
  const given = entries.map(([key, option]) => [toCamelCase(key), option ?? undefined])
  return asFormatError(who, () => make(Object.fromEntries(given)))
}

/** Files may have one per output, in an array or by the output's name. */
function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (isObject(value)) return Object.values(value)
  return Array.isArray(value) ? value : [value]
}

function onlyOne(loss: unknown): unknown {
  const all = listOf(loss)
  return all.length === 1 ? all[0] : loss
}

function metricFromFile(who: string, value: unknown): MetricName {
  const name = typeof value === 'string' ? toCamelCase(value) : ''
  if (Object.hasOwn(METRIC_ALIASES, name)) return METRIC_ALIASES[name]!
  if ((METRIC_NAMES as readonly string[]).includes(name)) return name as MetricName
  throw new FormatError({ who, expected: `a metric among ${METRIC_NAMES.join(', ')}`, received: show(value) })
}
