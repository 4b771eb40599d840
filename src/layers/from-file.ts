/**
 * Layers out of model files: Keras's class names and snake case. An option that quadlane lacks is accepted where it says
 * what quadlane does anyway (channels last, float32), and refused otherwise: a model that would compute something else
 * must not load.
 */

import { FormatError, QuadlaneError, show } from '../errors.ts'
import { type Initializer, initializerFromConfig } from '../initializers/table.ts'
import { isObject, type JsonObject, objectAt, stringAt } from '../json.ts'
import { SCALED_INITIALIZERS, toCamelCase } from './config.ts'
import type { Layer, LayerConfig } from './layer.ts'
import { registeredLayer } from './registry.ts'
import { LAYER_TYPES } from './table.ts'

/** Options that our layers do not have, with the one value that is what they do. */
const IMPLIED: LayerConfig = {
  dataFormat: 'channels_last',
  dtype: 'float32',
  optional: false,
  ragged: false,
  sparse: false,
}

/** The same, for some layers alone. */
const IMPLIED_BY: Readonly<Record<string, LayerConfig>> = {
  BatchNormalization: { renorm: false, synchronized: false },
  Conv1DTranspose: { groups: 1 },
  Conv2DTranspose: { groups: 1 },
  DepthwiseConv1D: { groups: 1 },
  DepthwiseConv2D: { groups: 1 },
  ELU: { alpha: 1 },
  InputLayer: { trainable: true },
  LayerNormalization: { rmsScaling: false },
  SeparableConv1D: { groups: 1 },
  SeparableConv2D: { groups: 1 },
}

/** Options for which null is an answer, not a default. */
const NULLABLE: Readonly<Record<string, readonly string[]>> = {
  Normalization: ['axis'],
}

/** Names that other versions of Keras have for our options. */
const RENAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  LeakyReLU: { negativeSlope: 'alpha' },
}

/**
 * The layer that an entry of a model file describes, without its weights.
 * @param file the path or URL of the model file
 * @param path where in the file the entry is
 * @throws FormatError naming the file, the layer and the option
 */
export function layerFromFile(file: string, path: string, entry: unknown): Layer {
  const { class_name, config } = objectAt(file, path, entry)
  const className = stringAt(file, `${path}.class_name`, class_name)
  const options = objectAt(file, `${path}.config`, config)
  const who = `${file}, layer ${show(options.name ?? path)}`
  const own = registeredLayer(className)
  if (own !== undefined) return asFormatError(who, () => own.fromConfig(own, camelKeys(options) as LayerConfig))
  if (!Object.hasOwn(LAYER_TYPES, className)) {
    const expected = 'a layer that quadlane has'
    const hint = 'a layer of your own is found once serialization.registerClass knows it'
    throw new FormatError({ who, expected, received: show(className), hint })
  }
  const args = argsFromFile(who, className, options)
  return asFormatError(who, () => new LAYER_TYPES[className]!(args as never))
}

/** A config with the keys of JavaScript, at every depth: what a layer of your own wrote is what it reads. */
function camelKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelKeys)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [toCamelCase(key), camelKeys(inner)]))
}

function argsFromFile(who: string, className: string, config: JsonObject): LayerConfig {
  const args: [string, unknown][] = []
  for (const [fileKey, value] of Object.entries(config)) {
    const camel = toCamelCase(fileKey)
    const key = RENAMED[className]?.[camel] ?? camel
    if (value === null && !NULLABLE[className]?.includes(key)) continue
    if (isImplied(who, className, fileKey, key, value)) continue
    if (key === 'batchInputShape' || key === 'batchShape') args.push(['inputShape', sampleShape(who, fileKey, value)])
    else args.push([key, valueFromFile(`${who}, ${fileKey}`, key, value)])
  }
  return Object.fromEntries(args)
}

/** Whether an option says what the layer does anyway; throws where it says something else. */
function isImplied(who: string, className: string, fileKey: string, key: string, value: unknown): boolean {
  // A depthwise layer in a file of Keras may carry the kernel options of the Conv2D that it is derived from.
  if (/^DepthwiseConv/.test(className) && key === 'kernelInitializer') return true
  // Whether the other format will do is for the layer to say.
  if (key === 'dataFormat' && value !== IMPLIED.dataFormat) return false
  const only = key === 'activityRegularizer' ? null : (IMPLIED_BY[className]?.[key] ?? IMPLIED[key])
  if (only === undefined) return false
  const given = key === 'dtype' && isObject(value) && isObject(value.config) ? value.config.name : value
  if (given === only) return true
  throw new FormatError({ who, expected: `${fileKey} to be ${show(only)}`, received: show(given) })
}

/** [null, 28, 28, 1] without the batch. */
function sampleShape(who: string, key: string, shape: unknown): readonly unknown[] {
  if (Array.isArray(shape) && shape.length > 1) return shape.slice(1)
  throw new FormatError({ who, expected: `${key} to be a shape with the batch first`, received: show(shape) })
}

function valueFromFile(who: string, key: string, value: unknown): unknown {
  if ((key === 'activation' || key === 'dataFormat') && typeof value === 'string') return toCamelCase(value)
  if (!key.endsWith('Initializer')) return value
  return typeof value === 'string' ? toCamelCase(value) : initializerFromFile(who, value)
}

function initializerFromFile(who: string, value: unknown): Initializer {
  const { class_name, config } = objectAt(who, 'the initializer', value)
  const className = stringAt(who, 'class_name', class_name)
  const given = Object.entries(objectAt(who, 'config', config ?? {})).map(([key, option]) => {
    return [toCamelCase(key), typeof option === 'string' ? toCamelCase(option) : option] as const
  })
  const options = Object.fromEntries(given)
  // Keras says how its normal distribution is cut; ours always is, at two standard deviations.
  if (options.distribution === 'truncatedNormal') options.distribution = 'normal'
  const name = Object.entries(SCALED_INITIALIZERS).find(([, [scale, mode, distribution]]) => {
    if (className !== 'VarianceScaling') return false
    return options.scale === scale && options.mode === toCamelCase(mode) && options.distribution === distribution
  })?.[0]
  if (!/^[A-Z]/.test(className)) {
    throw new FormatError({ who, expected: 'the class name of an initializer', received: show(className) })
  }
  const kept = name === undefined ? options : { seed: options.seed ?? null }
  return asFormatError(who, () => initializerFromConfig(who, name ?? className, kept))
}

/** Runs `make` and names the file in what it throws. */
export function asFormatError<T>(who: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof QuadlaneError) || error instanceof FormatError) throw error
    const { expected, received, hint } = error
    throw new FormatError({ who, expected, received, hint }, { cause: error })
  }
}
