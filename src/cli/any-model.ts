/** The model that a command is given: a folder, a file of any format, or a URL. */

import { stat } from 'node:fs/promises'
import { loadLayersModel } from '../model/load-layers-model.ts'
import { loadModel } from '../model/load-model.ts'
import type { LayersModel } from '../model/model.ts'
import { modelUrl } from './run-folder.ts'

/**
 * @param source a folder with a model.json; a file of Keras, ONNX or TF.js, told apart by its content; or a URL
 * @throws InputOutputError, FormatError
 */
export async function readAnyModel(source: string): Promise<LayersModel> {
  if (/^https?:\/\//.test(source)) return loadModel(source)
  const isFolder = await stat(source).then(
    (found) => found.isDirectory(),
    () => !/\.\w+$/.test(source),
  )
  // A folder is read as it is saved: its weights must be those that its model.json was saved with.
  return isFolder ? loadLayersModel(modelUrl(source)) : loadModel(source)
}
