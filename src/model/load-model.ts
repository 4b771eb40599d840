/** `loadModel`: any file to a model. What reads the formats is loaded when it is first called. */

import type { HttpOptions } from '../io/http.ts'
import type { IOHandler } from '../io/io-handler.ts'
import type { ModelSource } from '../io/source.ts'
import type { LoadArgs } from './load-layers-model.ts'
import type { LayersModel } from './model.ts'

/** How a model is loaded, and how it is fetched where it is behind a URL. */
export type LoadModelArgs = LoadArgs & HttpOptions

/**
 * A model out of a file of Keras (`.keras`, `.h5`), TF.js (model.json, its folder, a zip of both) or ONNX; the content
 * tells which. Weights are turned where a file has channels first. What quadlane lacks of what only training needs is left
 * out and named in `model.notes`. Makes the runtime if need be.
 * @param source a path (Node) or URL; a File or Blob; several files that belong together; the bytes; a handler
 * @param args strict and seed, and `requestInit` or `fetchFunc` for a URL
 * @throws FormatError for a file that is damaged, or has a layer or operator that quadlane does not have
 * @throws InputOutputError for one that cannot be read
 * @example
 * await zoo.lenet5({ seed: 1 }).save('file://lenet5.keras')
 * console.log((await loadModel('lenet5.keras')).countParams()) // 61706
 */
export async function loadModel(source: ModelSource | IOHandler, args: LoadModelArgs = {}): Promise<LayersModel> {
  const { readModel } = await import('./read-model.ts')
  return readModel(source, args)
}
