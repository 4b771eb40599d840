/**
 * A model out of what a file says of it, whatever the format. All is checked before the memory of the runtime is touched,
 * so a load that fails leaves everything as it was. What only training needs and quadlane lacks is left out, with a note.
 */

import { FormatError, QuadlaneError, show } from '../errors.ts'
import type { ConfigEntry, ModelDescription } from '../formats/model-description.ts'
import { isObject, type JsonObject } from '../json.ts'
import { layerFromFile } from '../layers/from-file.ts'
import { modelFromConfig } from './from-config.ts'
import type { LayersModel } from './model.ts'
import { stateFrom } from './optimizer-state.ts'
import { pairWeights } from './pair-weights.ts'
import { checkFinite, setWeights, takeNotes, valuesOf } from './set-weights.ts'
import { compileArgsFromFile } from './training-config.ts'

export interface DescriptionArgs {
  /** Whether the file must have just the weights that the layers want. Default true. */
  readonly strict?: boolean | undefined
  readonly seed?: number | undefined
}

/** A model without weights in memory, and what remains to be done when all has been checked. */
export interface Loading {
  readonly model: LayersModel
  finish(): void
}

/** @throws FormatError for a layer that quadlane does not have, or weights that do not fit */
export function modelFromDescription(description: ModelDescription, { strict = true, seed }: DescriptionArgs): Loading {
  const { file, channelsFirst, trainingConfig } = description
  const notes = [...description.notes]
  const model = modelFromConfig(file, withoutExtras(file, description.model, notes), seed)
  if (trainingConfig !== undefined) compileFromFile(file, model, trainingConfig, notes)
  const { pairs, notes: onPairs } = pairWeights(file, model, description.weights, strict)
  const values = valuesOf(model, pairs, channelsFirst === true)
  checkFinite(file, values, strict, notes)
  const state = description.optimizer
  const setState =
    state === undefined || model.optimizer === undefined
      ? undefined
      : stateFrom(model, state, channelsFirst === true, notes)
  takeNotes(model, file, [...notes, ...onPairs])
  model.producer = description.producer
  return {
    model,
    finish() {
      setWeights(values)
      setState?.()
    },
  }
}

/** Compiles as the file says; what quadlane lacks of it becomes a note, and the model is left to be compiled anew. */
export function compileFromFile(file: string, model: LayersModel, config: JsonObject, notes: string[]): void {
  try {
    model.compile(compileArgsFromFile(file, config, (note) => notes.push(note)))
  } catch (error) {
    if (!(error instanceof QuadlaneError)) throw error
    notes.push(`not compiled, since it has ${error.received} where quadlane has ${error.expected}`)
  }
}

/** What only training needs of a layer. */
const EXTRAS = /_(regularizer|constraint|initializer)$|^noise_shape$/

/** The configuration without those options of layers that quadlane lacks and that no prediction depends on. */
function withoutExtras(file: string, entry: ConfigEntry, notes: string[]): ConfigEntry {
  const { class_name, config } = entry
  if (!Array.isArray(config.layers)) return layerWithoutExtras(file, entry, notes)
  const layers = config.layers.map((layer: unknown) => {
    return isEntry(layer) ? { ...(layer as object), ...withoutExtras(file, layer, notes) } : layer
  })
  return { class_name, config: { ...config, layers } }
}

function isEntry(value: unknown): value is ConfigEntry {
  return isObject(value) && typeof value.class_name === 'string' && isObject(value.config)
}

function layerWithoutExtras(file: string, entry: ConfigEntry, notes: string[]): ConfigEntry {
  const { class_name, config } = entry
  const extras = Object.keys(config).filter((key) => {
    return EXTRAS.test(key) && (isObject(config[key]) || typeof config[key] === 'string')
  })
  if (extras.length === 0 || isRead(file, entry)) return entry
  let kept = config
  for (const extra of extras) {
    const { [extra]: given, ...rest } = kept
    const without = { class_name, config: rest }
    // Each alone, so that of several only those are left out that must be.
    const others = { ...rest, ...Object.fromEntries(extras.filter((key) => key !== extra).map((key) => [key, null])) }
    const mends = !isRead(file, { class_name, config: { ...others, [extra]: given } })
    if (!mends) continue
    const name = isObject(given) ? given.class_name : given
    notes.push(`layer ${show(config.name)}: left out ${extra} ${typeof name === 'string' ? name : show(given)}`)
    kept = without.config
  }
  return { class_name, config: kept }
}

function isRead(file: string, entry: ConfigEntry): boolean {
  try {
    layerFromFile(file, '', entry)
    return true
  } catch (error) {
    if (error instanceof FormatError) return false
    throw error
  }
}
