/** The compile state out of a model file: optimizer, loss and metrics by the names that TF.js and Keras have for them. */

import { FormatError, show } from '../errors.ts'
import { isObject, objectAt } from '../json.ts'
import { asFormatError, toCamelCase } from '../layers/config.ts'
import { LOSS_ALIASES, lossFromFile } from '../losses/table.ts'
import { METRIC_NAMES, type MetricName } from '../metrics/table.ts'
import { findName } from '../names.ts'
import type { Optimizer } from '../optimizers/optimizer.ts'
import { optimizerFromConfig } from '../optimizers/table.ts'
import { scheduleFromConfig } from '../schedules/table.ts'
import type { CompileArgs } from '../training/compile.ts'

/**
 * The compile arguments that a `trainingConfig` describes.
 * @param outputs the names of the model's outputs
 * @param note told what could not be taken over: a loss, a metric or an optimizer's argument that quadlane lacks
 * @throws FormatError for a loss or an optimizer that quadlane does not have
 */
export function compileArgsFromFile(file: string, value: unknown, note: (text: string) => void = warn): CompileArgs {
  const who = `${file}, trainingConfig`
  const { loss, metrics, loss_weights, optimizer_config } = objectAt(file, 'trainingConfig', value)
  return {
    optimizer: optimizerFromFile(who, optimizer_config, note),
    loss: lossesFromFile(who, loss) as CompileArgs['loss'],
    metrics: metricsFromFile(who, metrics, note) as NonNullable<CompileArgs['metrics']>,
    ...(isWeights(loss_weights) ? { lossWeights: loss_weights } : {}),
  }
}

function warn(text: string): void {
  console.warn(`quadlane: ${text}`)
}

function isWeights(value: unknown): value is NonNullable<CompileArgs['lossWeights']> {
  return (Array.isArray(value) || isObject(value)) && Object.keys(value).length > 0
}

/** Keras's arguments under other names, or in other words. */
const OPTIMIZER_ALIASES: Readonly<Record<string, string>> = {
  lr: 'learningRate',
  nesterov: 'useNesterov',
  clipnorm: 'clipNorm',
  globalClipnorm: 'globalClipNorm',
  clipvalue: 'clipValue',
}

/** What Keras's optimizers also have, in the values that mean nothing. */
const WITHOUT_EFFECT: Readonly<Record<string, readonly unknown[]>> = {
  weightDecay: [null, 0, false],
  useEma: [false],
  emaMomentum: [0.99],
  emaOverwriteFrequency: [null],
  jitCompile: [true, false],
  isLegacyOptimizer: [true, false],
  lossScaleFactor: [null],
  gradientAccumulationSteps: [null],
  decay: [0, 0.0],
  amsgrad: [false],
}

const OWN_ARGS: Readonly<Record<string, readonly string[]>> = {
  SGD: [],
  Momentum: ['momentum', 'useNesterov'],
  Adam: ['beta1', 'beta2', 'epsilon', 'amsgrad'],
  AdamW: ['beta1', 'beta2', 'epsilon', 'amsgrad', 'weightDecay'],
  Adamax: ['beta1', 'beta2', 'epsilon', 'decay'],
  RMSProp: ['decay', 'momentum', 'epsilon', 'centered'],
  Adagrad: ['initialAccumulatorValue', 'epsilon'],
  Adadelta: ['rho', 'epsilon'],
}

function optimizerFromFile(who: string, value: unknown, note: (text: string) => void): Optimizer {
  const { class_name, config } = objectAt(who, 'optimizer_config', value)
  const entries = Object.entries(objectAt(who, 'optimizer_config.config', config)).map(([key, option]) => {
    // beta_1, beta1
    const camel = toCamelCase(key).replace(/_(\d)$/, '$1')
    return [OPTIMIZER_ALIASES[camel] ?? camel, option] as const
  })
  const given = Object.fromEntries(entries.filter(([key]) => key !== 'name')) as Record<string, unknown>
  let className: unknown = class_name
  const isNamed = (name: string): boolean => typeof class_name === 'string' && class_name.toLowerCase() === name
  if (isNamed('sgd') && typeof given.momentum === 'number' && given.momentum > 0) className = 'Momentum'
  if (isNamed('rmsprop') && given.decay === undefined && given.rho !== undefined) given.decay = given.rho
  if (isNamed('rmsprop')) delete given.rho
  if (isObject(given.learningRate))
    given.learningRate = asFormatError(who, () => scheduleFromConfig(who, given.learningRate as never))
  const name = findName(className, Object.keys(OWN_ARGS)) ?? ''
  const known = [...(OWN_ARGS[name] ?? []), 'learningRate', 'clipNorm', 'clipValue', 'globalClipNorm']
  if (className !== 'Momentum') for (const key of ['momentum', 'useNesterov']) dropWhere(given, key, known, [0, false])
  for (const [key, values] of Object.entries(WITHOUT_EFFECT)) dropWhere(given, key, known, values)
  for (const key of Object.keys(given)) {
    if (name === '' || known.includes(key)) continue
    note(`${who}: ${show(class_name)} has ${key}: ${show(given[key])}, which quadlane does not do`)
    delete given[key]
  }
  return asFormatError(who, () => optimizerFromConfig(who, className, withoutNull(given)))
}

/** Takes out an argument that says what is so anyway. */
function dropWhere(
  given: Record<string, unknown>,
  key: string,
  known: readonly string[],
  values: readonly unknown[],
): void {
  if (!known.includes(key) && Object.hasOwn(given, key) && values.includes(given[key])) delete given[key]
}

function withoutNull(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined))
}

/** A name, names per output in a list or by the outputs' names. Keras also writes { class_name, config }. */
function lossesFromFile(who: string, value: unknown): unknown {
  if (value === null || value === undefined)
    throw new FormatError({ who, expected: 'loss to be a text', received: show(value) })
  if (Array.isArray(value)) {
    const all = value.map((each) => lossesFromFile(who, each))
    return all.length === 1 ? all[0] : all
  }
  if (!isObject(value)) return asFormatError(who, () => lossFromFile(who, value))
  const className = value.class_name ?? value.className
  if (className !== undefined) return asFormatError(who, () => lossFromFile(who, className))
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, lossesFromFile(who, each)]))
}

function metricsFromFile(who: string, value: unknown, note: (text: string) => void): unknown {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) {
    return value.flatMap((each) => {
      if (Array.isArray(each)) return [metricsFromFile(who, each, note)]
      const name = metricFromFile(who, each, note)
      return name === undefined ? [] : [name]
    })
  }
  if (isObject(value) && value.class_name === undefined) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, metricsFromFile(who, each, note)]))
  }
  const name = metricFromFile(who, value, note)
  return name === undefined ? [] : [name]
}

const KERAS_METRICS: Readonly<Record<string, MetricName>> = { ...LOSS_ALIASES, auc: 'auc' }

function metricFromFile(who: string, value: unknown, note: (text: string) => void): MetricName | undefined {
  const given = isObject(value)
    ? value.class_name === 'MeanMetricWrapper'
      ? objectAt(who, 'config', value.config).fn
      : value.class_name
    : value
  const name = findName(given, METRIC_NAMES, KERAS_METRICS)
  if (name === undefined) note(`${who}: the metric ${show(given)} is left out, which quadlane does not have`)
  return name
}
