/** The model that a command is given: a folder, a file of any format, or a URL. */

import { stat } from 'node:fs/promises'
import { loadLayersModel } from '../model/load-layers-model.ts'
import { loadModel } from '../model/load-model.ts'
import type { LayersModel } from '../model/model.ts'
import type { Output } from './output.ts'
import { modelUrl } from './run-folder.ts'

/**
 * Says what a file has that the model has not, once: on the lines of the command.
 * @param source a folder with a model.json; a file of Keras, ONNX or TF.js, told apart by its content; or a URL
 * @throws InputOutputError, FormatError
 */
export async function readAnyModel(source: string, output: Output): Promise<LayersModel> {
  const model = await readQuietly(source)
  sayNotes(model, output)
  return model
}

export function sayNotes({ notes }: LayersModel, output: Output): void {
  for (const note of notes) output.say(`Note: ${note}`)
}

/** The same without a word: `model.notes` has them. */
export function readQuietly(source: string): Promise<LayersModel> {
  return quietly(() => read(source))
}

/** Without the warnings of what reads files, which say what `model.notes` says. */
export async function quietly<T>(read: () => Promise<T>): Promise<T> {
  const { warn } = console
  console.warn = () => {}
  try {
    return await read()
  } finally {
    console.warn = warn
  }
}

async function read(source: string): Promise<LayersModel> {
  if (/^https?:\/\//.test(source)) return loadModel(source)
  const isFolder = await stat(source).then(
    (found) => found.isDirectory(),
    () => !/\.\w+$/.test(source),
  )
  // A folder is read as it is saved: its weights must be those that its model.json was saved with.
  return isFolder ? loadLayersModel(modelUrl(source)) : loadModel(source)
}
