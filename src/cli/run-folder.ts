/**
 * The folder of a run: the model as `model.save` writes it, and beside it what is needed to go on training:
 * `training.json`, how the model is trained and how far it has come, and `optimizer.bin`, the optimizer's slots as
 * little-endian float32, variable by variable.
 */

import { readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import {
  ArgumentError,
  checkInteger,
  checkNumber,
  checkOneOf,
  FormatError,
  InputOutputError,
  QuadlaneError,
  show,
} from '../errors.ts'
import { makeFolder } from '../io/folders.node.ts'
import type { LayersModel } from '../model/model.ts'
import { OPTIMIZER_NAMES } from '../optimizers/table.ts'
import type { Tensor } from '../tensor.ts'
import { MODEL_NAMES } from './defaults.ts'
import type { Settings, TrainingState } from './settings.ts'

const STATE_FILE = 'training.json'
const SLOTS_FILE = 'optimizer.bin'
/** More than any such file has. */
const MAX_STATE_BYTES = 1 << 16

/** The address of a folder's model, for `save` and `loadLayersModel`. */
export function modelUrl(folder: string): string {
  return `file://${resolve(folder)}`
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

/** Saves the model with all that training needs to go on. */
export async function saveRun(
  folder: string,
  model: LayersModel,
  settings: Settings,
  completed: number,
): Promise<void> {
  await model.save(modelUrl(folder))
  const state: TrainingState = { ...settings, completed, iterations: model.optimizer?.iterations ?? 0 }
  await replaceFile(join(folder, SLOTS_FILE), slotBytes(model))
  await replaceFile(join(folder, STATE_FILE), `${JSON.stringify(state, undefined, 2)}\n`)
}

/** What `saveRun` wrote of the training; undefined where the folder has no such file. */
export async function readState(folder: string): Promise<TrainingState | undefined> {
  const file = join(folder, STATE_FILE)
  const text = await readOrNothing(file)
  if (text === undefined) return undefined
  if (text.length > MAX_STATE_BYTES) {
    throw new FormatError({ who: file, expected: `at most ${MAX_STATE_BYTES} bytes`, received: `${text.length}` })
  }
  return checkState(file, parseJson(file, text.toString('utf8')))
}

/** As `readState`, for a folder that must have one. */
export async function readRun(who: string, folder: string): Promise<TrainingState> {
  const state = await readState(folder)
  if (state !== undefined) return state
  throw new ArgumentError({
    who,
    expected: `--resume to be a folder that train has saved to, with ${STATE_FILE}`,
    received: show(folder),
  })
}

/** Gives the optimizer the slots and the step count that were saved. The model must have its weights. */
export async function restoreOptimizer(folder: string, model: LayersModel, iterations: number): Promise<void> {
  const file = join(folder, SLOTS_FILE)
  const bytes = (await readOrNothing(file)) ?? Buffer.alloc(0)
  const slots = optimizerSlots(model)
  const expected = slots.reduce((sum, slot) => sum + 4 * slot.size, 0)
  if (bytes.length !== expected) {
    const hint = `without ${STATE_FILE} and ${SLOTS_FILE} the model can still be evaluated`
    throw new FormatError({ who: file, expected: `${expected} bytes`, received: `${bytes.length}`, hint })
  }
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
  const wrong = values.findIndex((value) => !Number.isFinite(value))
  if (wrong !== -1) {
    throw new FormatError({ who: file, expected: `a finite number at byte ${4 * wrong}`, received: `${values[wrong]}` })
  }
  let at = 0
  for (const slot of slots) slot.view().set(values.subarray(at, (at += slot.size)))
  model.optimizer!.iterations = iterations
}

/** A copy of one slot at a time: all of them at once would be twice the model's size. */
function* slotBytes(model: LayersModel): Generator<Uint8Array> {
  for (const slot of optimizerSlots(model)) yield new Uint8Array(slot.dataSync().buffer)
}

/** The slots of all trained variables, in order. */
function optimizerSlots(model: LayersModel): Tensor[] {
  const { optimizer } = model
  if (optimizer === undefined) return []
  return model.trainableWeights.flatMap((weight) => optimizer.slots(weight.variable))
}

function parseJson(file: string, text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    const received = cause instanceof Error ? cause.message : String(cause)
    throw new FormatError({ who: file, expected: 'JSON', received }, { cause })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new FormatError({ who: file, expected: 'a JSON object', received: show(value) })
}

function checkState(file: string, state: Record<string, unknown>): TrainingState {
  try {
    const { model, data, seed, epochs, batchSize, optimizer, learningRate, limit, completed, iterations } = state
    checkOneOf(file, 'model', model, MODEL_NAMES)
    checkOneOf(file, 'optimizer', optimizer, OPTIMIZER_NAMES)
    checkInteger(file, 'seed', seed)
    checkInteger(file, 'epochs', epochs, 1)
    checkInteger(file, 'batchSize', batchSize, 1)
    checkNumber(file, 'learningRate', learningRate, { min: 0 })
    if (limit !== null) checkInteger(file, 'limit (or null)', limit, 1)
    checkInteger(file, 'completed', completed, 0, epochs)
    checkInteger(file, 'iterations', iterations)
    if (typeof data !== 'string')
      throw new FormatError({ who: file, expected: 'data to be text', received: show(data) })
    return { model, data, seed, epochs, batchSize, optimizer, learningRate, limit, completed, iterations }
  } catch (error) {
    // What is wrong with a file is not the caller's argument.
    if (error instanceof ArgumentError) throw new FormatError(error, { cause: error })
    throw error instanceof QuadlaneError
      ? error
      : new FormatError({ who: file, expected: 'settings', received: show(error) })
  }
}

async function readOrNothing(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new InputOutputError(
      { who: file, expected: 'a file that can be read', received: code ?? String(cause) },
      { cause },
    )
  }
}

/** Writes beside the file, then renames: the file is whole at any moment. */
async function replaceFile(file: string, content: string | Iterable<Uint8Array>): Promise<void> {
  const part = `${file}.${process.pid}.part`
  try {
    await writeFile(part, content)
    await rename(part, file)
  } catch (cause) {
    await rm(part, { force: true })
    const { code } = cause as NodeJS.ErrnoException
    throw new InputOutputError(
      { who: file, expected: 'a file that can be written', received: code ?? String(cause) },
      { cause },
    )
  }
}
