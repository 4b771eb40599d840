/** Models that are kept somewhere: which there are, and moving them about. */

import { files } from '#files'
import { handlerFor } from './handlers.ts'
import type { ModelArtifactsInfo } from './io-handler.ts'

/**
 * The models that IndexedDB and localStorage keep for this page's origin, by URL; those saved by TF.js too.
 * @example
 * console.log(Object.keys(await io.listModels())) // []
 */
export async function listModels(): Promise<Record<string, ModelArtifactsInfo>> {
  const lists = Object.values(files.schemes).map(async ({ list }) => list?.() ?? {})
  return Object.assign({}, ...(await Promise.all(lists)))
}

/**
 * Removes a model that is kept under a URL of IndexedDB or localStorage.
 * @param url 'indexeddb://NAME' or 'localstorage://NAME'
 * @throws InputOutputError where there is none; ArgumentError outside of a page
 * @example
 * await io.removeModel('indexeddb://old').catch((error) => console.log(error.name)) // ArgumentError
 */
export async function removeModel(url: string): Promise<ModelArtifactsInfo> {
  return handlerFor('io.removeModel', url, 'remove').remove()
}

/**
 * Saves what is under a URL under another, where it replaces what was there.
 * @param sourceUrl where it is
 * @param destinationUrl where it goes
 * @throws InputOutputError where there is none; ArgumentError outside of a page
 * @example
 * await io.copyModel('indexeddb://old', 'indexeddb://new').catch((error) => console.log(error.name))
 * // ArgumentError
 */
export async function copyModel(sourceUrl: string, destinationUrl: string): Promise<ModelArtifactsInfo> {
  return copy('io.copyModel', sourceUrl, destinationUrl)
}

/**
 * As `copyModel`, and removes what was copied.
 * @param sourceUrl where it is
 * @param destinationUrl where it goes
 * @throws InputOutputError where there is none; ArgumentError outside of a page
 * @example
 * await io.moveModel('indexeddb://old', 'indexeddb://new').catch((error) => console.log(error.name))
 * // ArgumentError
 */
export async function moveModel(sourceUrl: string, destinationUrl: string): Promise<ModelArtifactsInfo> {
  const source = handlerFor('io.moveModel', sourceUrl, 'remove')
  const info = await copy('io.moveModel', sourceUrl, destinationUrl)
  if (sourceUrl !== destinationUrl) await source.remove()
  return info
}

async function copy(who: string, sourceUrl: string, destinationUrl: string): Promise<ModelArtifactsInfo> {
  const destination = handlerFor(who, destinationUrl, 'save')
  const artifacts = await handlerFor(who, sourceUrl, 'load').load()
  return (await destination.save(artifacts)).modelArtifactsInfo
}
