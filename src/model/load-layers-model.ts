/**
 * Loading TF.js's layers model: what TF.js, quadlane and the converter for Keras save. A file is believed in nothing:
 * all of it is checked before a model is made, and the memory of the runtime is not touched before the end, so a load
 * that fails leaves everything as it was.
 */

import { ArgumentError, checkInteger, checkOptions, FormatError, show, showShape } from '../errors.ts'
import { kerasConfig } from '../formats/keras-config.ts'
import type { ModelArtifacts } from '../formats/model-artifacts.ts'
import { joinBuffers, MODEL_FILE } from '../formats/model-json.ts'
import { checkWeightBytes, type PlacedWeight, placeWeights, tensorOf } from '../formats/weight-specs.ts'
import { init } from '../init.ts'
import { handlerFor } from '../io/handlers.ts'
import { checkHttpOptions, HTTP_OPTIONS, type HttpOptions } from '../io/http.ts'
import type { IOHandler } from '../io/io-handler.ts'
import { checkTree, isObject, type JsonObject, objectAt, parseJson } from '../json.ts'
import { asFormatError } from '../layers/from-file.ts'
import { restoreSlots } from '../optimizers/state.ts'
import { MOMENT_PREFIX } from '../training/checkpoint.ts'
import { isArrayBuffer } from '../typed-arrays.ts'
import { modelFromConfig } from './from-config.ts'
import { type DescriptionArgs, type Loading, modelFromDescription } from './from-description.ts'
import type { LayersModel } from './model.ts'
import { takeNotes } from './set-weights.ts'

/** How a model is loaded. */
export interface LoadArgs {
  /** Whether the file must have just the weights that the layers want. Default true. */
  readonly strict?: boolean
  /** What shuffling, dropout and missing weights come from. Default drawn at random. */
  readonly seed?: number
}

/**
 * A model out of a file: its layers and weights, and, where the file has them, optimizer, loss and metrics. Makes the
 * runtime if need be.
 * @param source `file://DIR` in Node, a URL of a model.json, or a handler (`io.fromMemory`, one written for TF.js)
 * @param args strict and seed
 * @throws FormatError for a file that is not what it claims to be, or asks for what quadlane does not have
 * @throws InputOutputError for one that cannot be read
 * @example
 * await zoo.lenet5({ seed: 1 }).save('file://tfjs-model')
 * console.log((await loadLayersModel('file://tfjs-model')).countParams()) // 61706
 */
export async function loadLayersModel<Model extends LayersModel = LayersModel>(
  source: string | URL | IOHandler,
  args: LoadArgs & HttpOptions = {},
): Promise<Model> {
  const who = 'loadLayersModel'
  checkOptions(who, args, ['strict', 'seed', ...HTTP_OPTIONS])
  const { strict = true, seed, ...options } = args
  checkHttpOptions(who, options)
  if (typeof strict !== 'boolean') {
    throw new ArgumentError({ who, expected: 'strict to be true or false', received: show(strict) })
  }
  if (seed !== undefined) checkInteger(who, 'seed', seed)
  const handler = handlerFor(who, source, 'load', options)
  const artifacts = await handler.load()
  const model = loadingOfArtifacts(handler.source ?? MODEL_FILE, artifacts, {
    strict,
    ...(seed === undefined ? {} : { seed }),
  })
  await init()
  model.finish()
  return model.model as Model
}

/**
 * A model out of what `model.toJSON()` gives or a model.json says of layers: without weights, which start anew, and not
 * compiled.
 * @param json text or an object: the topology, or artifacts that have it as `modelTopology`
 * @param args seed
 * @throws FormatError for what is no model, or asks for what quadlane does not have
 * @example
 * const net = await models.modelFromJSON(zoo.lenet5({ seed: 1 }).toJSON())
 * console.log(net.countParams()) // 61706
 */
export async function modelFromJSON(json: string | object, args: Pick<LoadArgs, 'seed'> = {}): Promise<LayersModel> {
  const who = 'modelFromJSON'
  checkOptions(who, args, ['seed'])
  if (args.seed !== undefined) checkInteger(who, 'seed', args.seed)
  const given = objectAt(
    who,
    'the model',
    typeof json === 'string' ? parseJson(who, new TextEncoder().encode(json)) : json,
  )
  checkTree(who, given)
  const topology = objectAt(who, 'modelTopology', given.modelTopology ?? given)
  const { model, notes } = kerasConfig(who, topology.model_config ?? topology)
  const made = modelFromConfig(who, model, args.seed)
  takeNotes(made, who, notes)
  return made
}

/** A model out of the artifacts of a handler. */
export function loadingOfArtifacts(file: string, given: unknown, args: DescriptionArgs): Loading {
  const artifacts = objectAt(file, 'the artifacts', given) as unknown as ModelArtifacts
  const { weightSpecs, weightData, trainingConfig, userDefinedMetadata } = artifacts
  for (const part of [artifacts.modelTopology, trainingConfig, userDefinedMetadata]) checkTree(file, part)
  const topology = objectAt(file, 'modelTopology', artifacts.modelTopology)
  // The converter for Keras puts the model beside its training configuration.
  const described = kerasConfig(file, topology.model_config ?? topology)
  const compiled = trainingConfig ?? ownTrainingConfig(userDefinedMetadata) ?? topology.training_config
  const placed = placeWeights(file, 'weightSpecs', weightSpecs ?? [])
  const data = bufferOf(file, weightData)
  checkWeightBytes(`${file}, weights`, placed, data.byteLength)
  // What a checkpoint has beside the slots is for a run that goes on.
  const ofOptimizer = placed.filter(({ group, name }) => group === 'optimizer' && !name.startsWith(MOMENT_PREFIX))
  const ofLayers = placed.filter((weight) => weight.group !== 'optimizer')
  const loading = modelFromDescription(
    {
      file,
      producer: String(artifacts.generatedBy ?? artifacts.convertedBy ?? 'layers-model'),
      ...described,
      weights: ofLayers.map((from) => ({ name: from.name, offset: from.offset, tensor: tensorOf(data, from) })),
      trainingConfig: isObject(compiled) ? compiled : undefined,
    },
    args,
  )
  const { model } = loading
  const metadata = ownMetadata(userDefinedMetadata)
  if (metadata !== undefined) model.setUserDefinedMetadata(metadata)
  const state =
    ofOptimizer.length === 0 || model.optimizer === undefined ? undefined : pairSlots(file, model, ofOptimizer)
  return {
    model,
    finish() {
      loading.finish()
      if (state !== undefined) restoreState(model, data, state)
    },
  }
}

/** What the user has put beside the model, without what quadlane has. */
function ownMetadata(metadata: unknown): JsonObject | undefined {
  if (!isObject(metadata)) return undefined
  const { quadlane: _, ...own } = metadata
  return Object.keys(own).length > 0 ? own : undefined
}

/** The compile state of a model whose optimizer or metrics TF.js does not have. */
function ownTrainingConfig(metadata: unknown): unknown {
  const own = isObject(metadata) ? metadata.quadlane : undefined
  return isObject(own) ? own.trainingConfig : undefined
}

function bufferOf(file: string, data: unknown): ArrayBuffer {
  if (data === undefined || data === null) return new ArrayBuffer(0)
  if (isArrayBuffer(data) || (Array.isArray(data) && data.every(isArrayBuffer))) {
    return joinBuffers(data)
  }
  throw new FormatError({ who: file, expected: 'weightData to be an ArrayBuffer or several', received: show(data) })
}

function floats(data: ArrayBuffer, { offset, bytes }: PlacedWeight): Float32Array {
  return new Float32Array(data.slice(offset, offset + bytes))
}

function checkFits(who: string, weight: { readonly shape: readonly number[] }, from: PlacedWeight): void {
  if (from.dtype === 'float32' && showShape(from.shape) === showShape(weight.shape)) return
  const received = `${from.dtype} ${showShape(from.shape)}`
  throw new FormatError({ who, expected: `float32 ${showShape(weight.shape)}`, received })
}

/** The number of steps, and the slots in the order of `optimizer.slotNames`, each for all variables. */
interface OptimizerState {
  readonly steps: PlacedWeight
  readonly slots: readonly PlacedWeight[]
}

/** The state of the optimizer among the tensors; checked by shape, since the names differ between writers. */
function pairSlots(file: string, model: LayersModel, placed: readonly PlacedWeight[]): OptimizerState {
  const optimizer = model.optimizer!
  const slots = optimizer.slotNames
  const weights = slots.flatMap(() => model.trainableWeights)
  const [steps, ...tensors] = placed
  const who = `${file}, state of ${optimizer.className}`
  if (steps === undefined || steps.dtype !== 'int32' || steps.bytes !== 4) {
    throw new FormatError({ who, expected: "the number of steps, 'iter', first", received: show(steps?.name) })
  }
  // An optimizer of TF.js that has taken no step has no slots yet.
  if (tensors.length === 0) return { steps, slots: [] }
  if (tensors.length !== weights.length) {
    const expected = `${weights.length} tensors (${slots.join(', ')})`
    throw new FormatError({ who, expected, received: `${tensors.length}` })
  }
  tensors.forEach((from, i) => {
    checkFits(`${file}, tensor ${show(from.name)} at offset ${from.offset}`, weights[i]!, from)
  })
  return { steps, slots: tensors }
}

function restoreState(model: LayersModel, data: ArrayBuffer, { steps, slots }: OptimizerState): void {
  const optimizer = model.optimizer!
  model.makeWeights()
  const iterations = new DataView(data).getInt32(steps.offset, true)
  const variables = model.trainableWeights.map((weight) => weight.variable)
  asFormatError(`state of ${optimizer.className}`, () => {
    restoreSlots(
      optimizer,
      variables,
      iterations,
      slots.map((from) => floats(data, from)),
    )
  })
}
