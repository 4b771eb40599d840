/**
 * A model as the artifacts that are saved: TF.js's layers model. The compile state is what TF.js writes where it knows
 * what is named, and otherwise stands among the metadata, which TF.js leaves alone. Loaded when a model is saved.
 */

import { checkOneOf, StateError } from '../errors.ts'
import type { ModelArtifacts } from '../formats/model-artifacts.ts'
import { QUANTIZED_TYPES, type QuantizedType, quantize } from '../formats/quantization.ts'
import type { JsonObject } from '../json.ts'
import { LOSS_ALIASES, LOSS_NAMES } from '../losses/table.ts'
import { METRIC_NAMES } from '../metrics/table.ts'
import { findName, toSnakeCase } from '../names.ts'
import { encodeMoment, MOMENT_PREFIX } from '../training/checkpoint.ts'
import type { LayersModel } from './model.ts'
import { GENERATED_BY, modelTopology, type SaveArgs } from './topology.ts'
import { joinParts, type Part, partOf } from './weight-bytes.ts'

/** What TF.js has of ours; the others go into the metadata. */
const TFJS_OPTIMIZERS = ['SGD', 'Momentum', 'Adam', 'Adamax', 'RMSProp', 'Adagrad', 'Adadelta']
const TFJS_METRICS: Readonly<Record<string, string>> = {
  acc: 'acc',
  accuracy: 'accuracy',
  binaryAccuracy: 'binary_accuracy',
  categoricalAccuracy: 'categorical_accuracy',
  categoricalCrossentropy: 'categorical_crossentropy',
  sparseCategoricalCrossentropy: 'sparse_categorical_crossentropy',
  precision: 'precision',
  cosineProximity: 'cosine',
  meanAbsoluteError: 'mae',
  meanAbsolutePercentageError: 'mape',
  meanSquaredError: 'mse',
}
/** Losses that TF.js lacks. */
const OWN_LOSSES = ['huber']

/** Everything that a file has of a model. Its weights must have been made. */
export function modelArtifacts(model: LayersModel, args: SaveArgs): ModelArtifacts {
  const { includeOptimizer = false, checkpoint = false, trainableOnly = false } = args
  const metadata = args.metadata ?? model.getUserDefinedMetadata()
  const { quantize: type } = args
  if (type !== undefined) checkOneOf('save', 'quantize', type, QUANTIZED_TYPES)
  const weights = trainableOnly ? model.trainableWeights : model.weights
  const parts = weights.map((weight) => quantized(partOf(weight.name, weight.variable), type))
  if (includeOptimizer || checkpoint) parts.push(...optimizerParts(model))
  const moment = checkpoint ? momentOf(model) : undefined
  parts.push(...(moment?.parts ?? []))
  return {
    modelTopology: modelTopology(model),
    format: 'layers-model',
    generatedBy: GENERATED_BY,
    convertedBy: null,
    ...withMetadata(compileState(model), metadata, moment?.json),
    weightSpecs: parts.map(({ entry }) => entry),
    weightData: joinParts(parts),
  }
}

function quantized({ entry, values }: Part, type: QuantizedType | undefined): Part {
  if (type === undefined || !(values instanceof Float32Array)) return { entry, values }
  const { bytes, quantization } = quantize(values, type)
  return { entry: { ...entry, quantization }, values: bytes }
}

/** All that the present run needs to go on: what JSON can hold, and the rest. */
function momentOf(model: LayersModel): { readonly json: JsonObject; readonly parts: readonly Part[] } {
  const { session, optimizer } = model
  if (session.moment === undefined || optimizer === undefined) {
    const hint = 'save it from a callback: callbacks.modelCheckpoint'
    throw new StateError({
      who: 'save',
      expected: 'a model that fit has trained',
      received: 'a checkpoint of another',
      hint,
    })
  }
  const { json, arrays } = encodeMoment(session.moment())
  const parts = arrays.map((values, i): Part => {
    return {
      entry: { name: `${MOMENT_PREFIX}${i}`, shape: [values.length], dtype: 'float32', group: 'optimizer' },
      values,
    }
  })
  const { className, iterations, learningRate } = optimizer
  return { json: { optimizer: className, iterations, learningRate, moment: json as JsonObject }, parts }
}

function withMetadata(
  state: Partial<ModelArtifacts>,
  metadata: JsonObject | undefined,
  checkpoint: JsonObject | undefined,
): Partial<ModelArtifacts> {
  if (metadata === undefined && checkpoint === undefined) return state
  const { userDefinedMetadata = {}, ...rest } = state as { userDefinedMetadata?: JsonObject }
  const own = { ...(userDefinedMetadata.quadlane as JsonObject | undefined), ...(checkpoint && { checkpoint }) }
  return { ...rest, userDefinedMetadata: { ...metadata, quadlane: own } }
}

/** The steps taken and the slots, as TF.js orders them: the first slot of all variables, then the second. */
function optimizerParts(model: LayersModel): Part[] {
  const { optimizer } = model
  if (optimizer === undefined) return []
  const steps = { name: 'iter', shape: [], dtype: 'int32', group: 'optimizer' }
  const parts: Part[] = [{ entry: steps, values: Int32Array.of(Math.min(optimizer.iterations, 2 ** 31 - 1)) }]
  const variables = model.trainableWeights.map((weight) => weight.variable)
  optimizer.slotNames.forEach((slot, i) => {
    for (const variable of variables) {
      parts.push(partOf(`${variable.name}/${slot}`, optimizer.slots(variable)[i]!, 'optimizer'))
    }
  })
  return parts
}

function compileState(model: LayersModel): Partial<ModelArtifacts> {
  const training = trainingOf(model)
  if (training === undefined) return {}
  const { state, isKnown } = training
  return isKnown ? { trainingConfig: state } : { userDefinedMetadata: { quadlane: { trainingConfig: state } } }
}

/**
 * Optimizer, losses and metrics, and whether TF.js knows them all. Undefined where a loss or a metric is a function, which
 * no file can hold.
 */
export function trainingOf(model: LayersModel): { readonly state: JsonObject; readonly isKnown: boolean } | undefined {
  const { compileArgs, optimizer } = model
  if (compileArgs === undefined || optimizer === undefined) return undefined
  const seen = { functions: false, own: false }
  const loss = mapNames(compileArgs.loss, (given) => {
    const name = findName(given, LOSS_NAMES, LOSS_ALIASES)
    if (given !== null && name === undefined) seen.functions = true
    if (given === null || OWN_LOSSES.includes(name ?? '')) seen.own = true
    return name === undefined ? null : toSnakeCase(name)
  })
  const metrics = mapNames(compileArgs.metrics ?? [], (given) => {
    const name = findName(given, METRIC_NAMES, LOSS_ALIASES)
    if (name === undefined) seen.functions = true
    else if (!Object.hasOwn(TFJS_METRICS, name)) seen.own = true
    return name === undefined ? null : (TFJS_METRICS[name] ?? toSnakeCase(name))
  })
  if (seen.functions) return undefined
  const config = optimizer.getConfig()
  const lossWeights = compileArgs.lossWeights ?? undefined
  const state = {
    loss,
    metrics: typeof metrics === 'string' ? [metrics] : metrics,
    ...(lossWeights === undefined ? {} : { loss_weights: lossWeights }),
    optimizer_config: { class_name: optimizer.className, config },
  }
  const plain = Object.values(config).every((value) => typeof value !== 'object')
  return { state, isKnown: !seen.own && plain && TFJS_OPTIMIZERS.includes(optimizer.className) }
}

/** One name, or each within lists and objects, by another. */
function mapNames(given: unknown, name: (each: unknown) => string | null): unknown {
  if (Array.isArray(given)) return given.map((each) => mapNames(each, name))
  if (typeof given !== 'object' || given === null) return name(given)
  return Object.fromEntries(Object.entries(given).map(([key, each]) => [key, mapNames(each, name)]))
}
