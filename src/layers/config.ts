/**
 * Layers as model files have them: Keras's class names and snake case, with the options that TF.js writes. An option
 * that quadlane lacks is accepted where it says what quadlane does anyway (no regularizer, channels last), and refused
 * otherwise: a model that would compute something else must not load.
 */

import type { Initializer } from '../initializers/table.ts'
import type { JsonObject } from '../json.ts'
import { toSnakeCase } from '../names.ts'
import { isObject } from '../objects.ts'
import type { Layer, LayerConfig } from './layer.ts'
import { registeredLayer } from './registry.ts'

/** An entry of a model file's list of layers. */
export interface LayerEntry {
  readonly class_name: string
  readonly config: JsonObject
}

const CHANNELS_LAST = { dataFormat: 'channelsLast' }
const NO_ACTIVITY = { activityRegularizer: null }

/** What TF.js writes beside what our layers tell of themselves. */
const WRITTEN: Readonly<Record<string, LayerConfig>> = {
  Conv1D: NO_ACTIVITY,
  Conv1DTranspose: NO_ACTIVITY,
  Conv2D: NO_ACTIVITY,
  Conv2DTranspose: NO_ACTIVITY,
  Dense: NO_ACTIVITY,
  DepthwiseConv1D: NO_ACTIVITY,
  DepthwiseConv2D: NO_ACTIVITY,
  Embedding: NO_ACTIVITY,
  InputLayer: { sparse: false },
  SeparableConv1D: NO_ACTIVITY,
  SeparableConv2D: NO_ACTIVITY,
  SpatialDropout2D: CHANNELS_LAST,
}

/** What ours tell and TF.js does not write. */
const UNWRITTEN: Readonly<Record<string, readonly string[]>> = {
  InputLayer: ['trainable'],
  LayerNormalization: ['betaConstraint', 'gammaConstraint'],
}

/** 'kernel_size' as 'kernelSize'. */
export function toCamelCase(name: string): string {
  return name.replace(/_+(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** A layer for a model file. */
export function layerToFile(layer: Layer): LayerEntry {
  const { className } = layer
  const own = layer.getConfig()
  if (!layer.isBuiltIn || registeredLayer(className) !== undefined)
    return { class_name: className, config: plainValue(own) as JsonObject }
  const first = own.batchInputShape === undefined ? {} : { dtype: 'float32' }
  const config: LayerConfig = { ...own, ...WRITTEN[className], ...first }
  for (const key of UNWRITTEN[className] ?? []) if (config[key] === null || key === 'trainable') delete config[key]
  return { class_name: className, config: snakeKeys(config) }
}

function snakeKeys(config: LayerConfig): JsonObject {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [toSnakeCase(key), valueToFile(key, value)]))
}

/** The values of a layer of your own, as they are, with keys as all others. */
function plainValue(value: unknown): unknown {
  if (isInitializer(value)) return initializerToFile(value)
  if (isConfigured(value)) return { class_name: value.className, config: snakeKeys(value.getConfig()) }
  if (Array.isArray(value)) return value.map(plainValue)
  if (!isObject(value)) return value ?? null
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [toSnakeCase(key), plainValue(inner)]))
}

function valueToFile(key: string, value: unknown): unknown {
  if (key === 'name') return value
  if (typeof value === 'string') return toSnakeCase(value)
  if (isInitializer(value)) return initializerToFile(value)
  if (isConfigured(value)) return { class_name: value.className, config: snakeKeys(value.getConfig()) }
  return value ?? null
}

function isInitializer(value: unknown): value is Initializer {
  return isObject(value) && 'apply' in value && 'className' in value && 'config' in value
}

/** Regularizers and constraints. */
function isConfigured(value: unknown): value is { readonly className: string; getConfig(): LayerConfig } {
  return isObject(value) && 'className' in value && typeof value.getConfig === 'function'
}

/** The named initializers that are a variance scaling, which is how TF.js writes them. */
export const SCALED_INITIALIZERS: Readonly<
  Record<string, readonly [scale: number, mode: string, distribution: string]>
> = {
  GlorotNormal: [1, 'fan_avg', 'normal'],
  GlorotUniform: [1, 'fan_avg', 'uniform'],
  HeNormal: [2, 'fan_in', 'normal'],
  HeUniform: [2, 'fan_in', 'uniform'],
  LeCunNormal: [1, 'fan_in', 'normal'],
  LeCunUniform: [1, 'fan_in', 'uniform'],
}

function initializerToFile({ className, config }: Initializer): JsonObject {
  const scaled = SCALED_INITIALIZERS[className]
  if (scaled === undefined) return { class_name: className, config: snakeKeys(config) }
  const [scale, mode, distribution] = scaled
  return { class_name: 'VarianceScaling', config: { scale, mode, distribution, seed: config.seed ?? null } }
}
