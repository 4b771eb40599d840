/**
 * The folder of a run: a model as `model.save` writes it, which is also a checkpoint of its training, with the settings
 * of the run among its metadata. All of it takes the place of the one before in one moment.
 */

import { rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import {
  ArgumentError,
  checkBooleans,
  checkInteger,
  checkNumber,
  checkOneOf,
  FormatError,
  InputOutputError,
  QuadlaneError,
  show,
} from '../errors.ts'
import { MODEL_FILE } from '../formats/model-json.ts'
import { readBytes } from '../io/file-system.node.ts'
import { makeFolder } from '../io/folders.node.ts'
import { isObject, type JsonObject, MAX_JSON_BYTES, parseJson } from '../json.ts'
import type { LayersModel } from '../model/model.ts'
import { OPTIMIZER_NAMES } from '../optimizers/table.ts'
import { MODEL_NAMES, type ModelName } from './defaults.ts'
import { type Output, shown } from './output.ts'
import type { Figures, Settings, TrainingState } from './settings.ts'

/** Under which the settings stand among the metadata of a model. */
const KEY = 'train'

/** The address of a folder's model, for `save` and `loadLayersModel`. */
export function modelUrl(folder: string): string {
  return `file://${resolve(folder)}`
}

/**
 * Asks before the run of a folder is overwritten, where somebody is there to answer; else refuses.
 * @throws ArgumentError for a folder that holds a model
 */
export async function checkOverwrite(who: string, folder: string, output: Output): Promise<void> {
  const held = await stat(join(folder, MODEL_FILE)).catch(() => undefined)
  if (held === undefined) return
  if (await output.confirm(`${shown(folder)} holds a model already. Overwrite it?`)) return
  throw new ArgumentError({
    who,
    expected: '--out to be a folder without a model',
    received: show(folder),
    hint: '--force overwrites it, --resume goes on with it',
  })
}

/**
 * Makes the folder and writes a file into it, to find out before training whether that works.
 * @returns what takes the folder away again where nothing has been saved in it
 */
export async function prepareFolder(who: string, folder: string): Promise<() => Promise<void>> {
  const probe = join(folder, `.writable-${process.pid}`)
  let first: string | undefined
  try {
    first = await makeFolder(folder)
    await writeFile(probe, '')
    await rm(probe)
  } catch (cause) {
    throw new InputOutputError(
      {
        who,
        expected: '--out to be a folder that can be written',
        received: `${show(folder)} (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`,
        hint: 'choose another folder with --out',
      },
      { cause },
    )
  }
  return async () => {
    if (first === undefined) return
    // rmdir leaves folders alone that hold something.
    for (let made = resolve(folder); made.length >= first.length; made = dirname(made)) {
      await rmdir(made).catch(() => {})
    }
  }
}

/** What a run keeps beside its settings. */
export interface RunNotes {
  /** What the classes are called; null for digits. */
  readonly classNames: readonly string[] | null
  /** An epoch each; grows while the run goes on. */
  readonly history: readonly Figures[]
}

const NO_NOTES: RunNotes = { classNames: null, history: [] }

/** What a run's model has beside what every checkpoint has. */
export function runMetadata(settings: Settings, notes = NO_NOTES): JsonObject {
  return { [KEY]: { ...settings, ...notes } }
}

/** Saves the model with all that training needs to go on. */
export async function saveRun(folder: string, model: LayersModel, settings: Settings, notes = NO_NOTES): Promise<void> {
  await model.save(modelUrl(folder), { checkpoint: true, metadata: runMetadata(settings, notes) })
}

/** The settings of a run and how far it has come; undefined where the folder has no model, or one that was not trained here. */
export async function readState(folder: string): Promise<TrainingState | undefined> {
  const file = join(folder, MODEL_FILE)
  const metadata = metadataOf(await readModelJson(file))
  const own = metadata.quadlane
  const checkpoint = isObject(own) ? own.checkpoint : undefined
  if (!isObject(metadata[KEY]) || !isObject(checkpoint)) return undefined
  const moment = isObject(checkpoint.moment) ? checkpoint.moment : {}
  return checkState(file, {
    ...metadata[KEY],
    completed: moment.epoch,
    steps: moment.batch,
    iterations: checkpoint.iterations,
  })
}

async function readModelJson(file: string): Promise<JsonObject> {
  try {
    const json = parseJson(file, await readBytes(file, MAX_JSON_BYTES + 1))
    return isObject(json) ? json : {}
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return {}
    throw error
  }
}

function metadataOf(json: JsonObject): JsonObject {
  return isObject(json.userDefinedMetadata) ? json.userDefinedMetadata : {}
}

/** As `readState`, for a folder that must have one. */
export async function readRun(who: string, folder: string): Promise<TrainingState> {
  const state = await readState(folder)
  if (state !== undefined) return state
  throw new ArgumentError({
    who,
    expected: '--resume to be a folder that train has saved to',
    received: show(folder),
    hint: 'models of version 0.1 can be evaluated, but not trained further',
  })
}

function checkState(file: string, state: Record<string, unknown>): TrainingState {
  try {
    const { model, data, seed, epochs, batchSize, optimizer, learningRate, limit, completed, steps, iterations } = state
    // What a run for pictures has beside them; others, and older ones, do not.
    const { size = null, augment = false, from = null, range = [0, 1], classNames = null, history = [] } = state
    if (model !== null || from === null) checkOneOf(file, 'model', model, MODEL_NAMES)
    if (from !== null && typeof from !== 'string') throw wrongSetting(file, 'from to be text', from)
    if (size !== null) checkInteger(file, 'size (or null)', size, 1)
    checkBooleans(file, { augment })
    if (!isRange(range)) throw wrongSetting(file, 'range to be two numbers', range)
    if (!isNames(classNames)) throw wrongSetting(file, 'classNames to be texts, or null', classNames)
    if (!isHistory(history)) throw wrongSetting(file, 'history to be the figures of epochs', history)
    checkOneOf(file, 'optimizer', optimizer, OPTIMIZER_NAMES)
    checkInteger(file, 'seed', seed)
    checkInteger(file, 'epochs', epochs, 1)
    checkInteger(file, 'batchSize', batchSize, 1)
    checkNumber(file, 'learningRate', learningRate, { min: 0 })
    if (limit !== null) checkInteger(file, 'limit (or null)', limit, 1)
    checkInteger(file, 'epoch', completed, 0, epochs)
    checkInteger(file, 'batch', steps)
    checkInteger(file, 'iterations', iterations)
    if (typeof data !== 'string') throw wrongSetting(file, 'data to be text', data)
    const pictures = { size, augment: augment as boolean, from, range, classNames, history }
    const settings = { model: model as ModelName | null, data, seed, epochs, batchSize, optimizer, learningRate, limit }
    return { ...settings, ...pictures, completed, steps, iterations }
  } catch (error) {
    // What is wrong with a file is not the caller's argument.
    if (error instanceof ArgumentError) throw new FormatError(error, { cause: error })
    throw error instanceof QuadlaneError
      ? error
      : new FormatError({ who: file, expected: 'settings', received: show(error) })
  }
}

function wrongSetting(file: string, expected: string, received: unknown): FormatError {
  return new FormatError({ who: file, expected, received: show(received) })
}

function isRange(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isFinite)
}

function isNames(value: unknown): value is readonly string[] | null {
  return value === null || (Array.isArray(value) && value.every((name) => typeof name === 'string'))
}

function isHistory(value: unknown): value is readonly Figures[] {
  const names = ['loss', 'accuracy', 'valLoss', 'valAccuracy'] as const
  return (
    Array.isArray(value) && value.every((one) => isObject(one) && names.every((name) => typeof one[name] === 'number'))
  )
}
