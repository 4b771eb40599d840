/** What Keras compiled a model with, as TF.js writes it: optimizer, loss and metrics by name. */

import { isObject, type JsonObject } from '../json.ts'
import { KERAS_SCHEDULES } from './keras-optimizer.ts'

/** Options of optimizers that Keras writes and that change nothing in a step, or whose defaults do. */
const DEFAULTS: Readonly<Record<string, readonly unknown[]>> = {
  amsgrad: [false],
  clipnorm: [null, 0],
  clipvalue: [null, 0],
  decay: [0],
  ema_momentum: [0.99],
  ema_overwrite_frequency: [null],
  global_clipnorm: [null],
  gradient_accumulation_steps: [null],
  is_legacy_optimizer: [true, false],
  jit_compile: [true, false],
  loss_scale_factor: [null],
  nesterov: [false],
  use_ema: [false],
  weight_decay: [null, 0],
}

/** Optimizers by their names in any case, as files of TF.js have them. */
const OPTIMIZERS: Readonly<Record<string, string>> = {
  adadelta: 'Adadelta',
  adagrad: 'Adagrad',
  adam: 'Adam',
  adamax: 'Adamax',
  adamw: 'AdamW',
  rmsprop: 'RMSProp',
  sgd: 'SGD',
}

/** Losses and metrics that Keras names by a class. */
const CLASSES: Readonly<Record<string, string>> = {
  KLDivergence: 'kullback_leibler_divergence',
  LogCosh: 'logcosh',
  LogCoshError: 'logcosh',
}

/**
 * @param value `compile_config` of a .keras, `training_config` of an HDF5 file
 * @param notes gets a sentence for what does not go over
 * @returns undefined where nothing was compiled, or not by names
 */
export function kerasTraining(value: unknown, notes: string[]): JsonObject | undefined {
  if (!isObject(value)) return undefined
  const loss = lossName(single(value.loss))
  if (loss === undefined) {
    if (value.loss !== undefined && value.loss !== null) notes.push('the loss is none that has a name: compile anew')
    return undefined
  }
  if (takesLogits(single(value.loss))) {
    notes.push(`the loss ${loss} takes logits in Keras, from_logits: compile anew`)
    return undefined
  }
  const optimizer = optimizerOf(value.optimizer ?? value.optimizer_config, notes)
  if (optimizer === undefined) {
    notes.push('the optimizer is none that has a name: compile anew')
    return undefined
  }
  const metrics = flat(value.metrics).flatMap((metric) => {
    const name = lossName(metric)
    return name === undefined || name === 'loss' ? [] : [name]
  })
  return { optimizer_config: optimizer, loss, metrics }
}

function optimizerOf(value: unknown, notes: string[]): JsonObject | undefined {
  if (typeof value === 'string') return { class_name: optimizerName(value), config: {} }
  if (!isObject(value) || typeof value.class_name !== 'string') return undefined
  const className = value.class_name.replace(/^.*>/, '')
  const given = isObject(value.config) ? value.config : {}
  const config: Record<string, unknown> = {}
  for (const [key, option] of Object.entries(given)) {
    if (key === 'name') continue
    if (key === 'learning_rate' || key === 'lr') {
      config.learning_rate = rateOf(option, notes)
    } else if (key === 'beta_1' || key === 'beta_2') config[key.replace('_', '')] = option
    else if (!(DEFAULTS[key] ?? []).some((usual) => usual === option)) config[key] = option
  }
  const name = optimizerName(className)
  if (name === 'RMSProp' && config.rho !== undefined) {
    config.decay = config.rho
    delete config.rho
  }
  if (name !== 'SGD' || !(Number(given.momentum) > 0)) {
    if (name === 'SGD') delete config.momentum
    return { class_name: name, config }
  }
  const { learning_rate, momentum } = config
  return { class_name: 'Momentum', config: { learning_rate, momentum, use_nesterov: given.nesterov === true } }
}

function optimizerName(name: string): string {
  return OPTIMIZERS[name.toLowerCase()] ?? name
}

/** Another schedule begins with a rate, which is all that can be said of it here. */
function rateOf(option: unknown, notes: string[]): unknown {
  if (typeof option === 'number') return option
  const config = isObject(option) && isObject(option.config) ? option.config : {}
  if (isObject(option) && KERAS_SCHEDULES.includes(option.class_name as string)) {
    return { class_name: option.class_name, config }
  }
  const rate = config.initial_learning_rate ?? config.learning_rate
  notes.push('the schedule of the learning rate was left behind')
  return typeof rate === 'number' ? rate : undefined
}

/** The one of several that there may be for each output. */
function single(value: unknown): unknown {
  const all = Array.isArray(value)
    ? value
    : isObject(value) && value.class_name === undefined
      ? Object.values(value)
      : [value]
  return all.length === 1 ? all[0] : undefined
}

function flat(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flat(3).flatMap((item) => flat(item))
  if (isObject(value) && value.class_name === undefined) return Object.values(value).flatMap((item) => flat(item))
  return value === undefined || value === null ? [] : [value]
}

function takesLogits(value: unknown): boolean {
  return isObject(value) && isObject(value.config) && value.config.from_logits === true
}

/** 'CategoricalCrossentropy' as 'categorical_crossentropy'. */
function lossName(value: unknown): string | undefined {
  if (typeof value === 'string') return snake(value)
  if (!isObject(value)) return undefined
  if (typeof value.config === 'string') return snake(value.config)
  if (value.class_name === 'MeanMetricWrapper' && isObject(value.config)) return lossName(value.config.name)
  return typeof value.class_name === 'string' ? snake(value.class_name) : undefined
}

function snake(name: string): string {
  const plain = name.replace(/^.*>/, '')
  if (Object.hasOwn(CLASSES, plain)) return CLASSES[plain]!
  return plain
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}
