/** The namespace `io`: ways to read and write models beside URLs, and the choice of a handler by the scheme of a URL. */

import { files } from '#files'
import { ArgumentError, show } from '../errors.ts'
import type { ModelArtifacts } from '../formats/model-artifacts.ts'
import type { HttpOptions } from './http.ts'
import type { IOHandler, SaveResult } from './io-handler.ts'

export type { ModelArtifacts, WeightEntry } from '../formats/model-artifacts.ts'
export { browserFiles, type PickedFile } from './browser-files.ts'
export { type HttpOptions, http } from './http.ts'
export type { IOHandler, ModelArtifactsInfo, SaveResult } from './io-handler.ts'

/**
 * A handler that gives what is to be saved to a function.
 * @param save gets the parts of the model
 * @example
 * const model = zoo.lenet5({ seed: 1 })
 * await model.save(io.withSaveHandler(async ({ weightData }) => {
 *   console.log(weightData.byteLength) // 246824
 *   return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } }
 * }))
 */
export function withSaveHandler(save: (artifacts: ModelArtifacts) => Promise<SaveResult>): IOHandler {
  if (typeof save === 'function') return { save }
  throw new ArgumentError({ who: 'io.withSaveHandler', expected: 'a function', received: show(save) })
}

/**
 * A handler that loads from artifacts in memory.
 * @param artifacts the parts of a model; or, as TF.js took them once, its topology alone, with the others behind it
 * @param weightSpecs the names and shapes of the weights
 * @param weightData their bytes
 * @param trainingConfig how it was compiled
 * @example
 * let kept
 * await zoo.lenet5({ seed: 1 }).save(io.withSaveHandler(async (artifacts) => {
 *   kept = artifacts
 *   return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } }
 * }))
 * console.log((await loadLayersModel(io.fromMemory(kept))).countParams()) // 61706
 */
export function fromMemory(
  artifacts: ModelArtifacts | object,
  weightSpecs?: ModelArtifacts['weightSpecs'],
  weightData?: ModelArtifacts['weightData'],
  trainingConfig?: ModelArtifacts['trainingConfig'],
): IOHandler {
  if (typeof artifacts === 'object' && artifacts !== null) {
    const whole = 'modelTopology' in artifacts || 'weightSpecs' in artifacts
    const parts = { modelTopology: artifacts, weightSpecs, weightData, ...(trainingConfig && { trainingConfig }) }
    return { load: async () => (whole ? artifacts : parts) as ModelArtifacts }
  }
  throw new ArgumentError({ who: 'io.fromMemory', expected: 'model artifacts', received: show(artifacts) })
}

/**
 * The handler of a URL, or a handler as it is, with the method that is needed.
 * @throws ArgumentError for an unknown scheme, or one that cannot do this
 */
export function handlerFor<Method extends 'save' | 'load' | 'remove'>(
  who: string,
  given: string | URL | IOHandler,
  method: Method,
  options?: HttpOptions,
): IOHandler & Required<Pick<IOHandler, Method>> {
  // By its tag: another frame has a class of its own.
  const isUrl = Object.prototype.toString.call(given) === '[object URL]'
  const address = isUrl ? String(given) : given
  const handler = typeof address === 'string' ? handlerOfUrl(who, address, options) : (address as IOHandler)
  if (typeof handler === 'object' && handler !== null && typeof handler[method] === 'function') {
    return handler as IOHandler & Required<Pick<IOHandler, Method>>
  }
  const what = { save: 'written to', load: 'read from', remove: 'removed' }[method]
  const fetched = typeof address === 'string' && /^https?:/.test(address)
  const hint = fetched && method === 'save' ? 'use io.withSaveHandler to send it there' : undefined
  const expected = `a URL or a handler that can be ${what}`
  throw new ArgumentError({ who, expected, received: show(given), hint })
}

function handlerOfUrl(who: string, url: string, options?: HttpOptions): IOHandler {
  for (const [scheme, { open }] of Object.entries(files.schemes)) if (url.startsWith(scheme)) return open(url, options)
  const { relative, schemes } = files
  if (relative !== undefined && !url.includes('://')) return relative(url, options)
  throw new ArgumentError({
    who,
    expected: `a URL that begins with ${Object.keys(schemes).join(', ')}`,
    received: show(url),
    hint: 'file://' in schemes && !url.includes('://') ? `did you mean 'file://${url}'?` : undefined,
  })
}
