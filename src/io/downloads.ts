/** Models as files that the browser downloads: NAME.json and NAME.weights.bin, as TF.js has them. */

import { InputOutputError } from '../errors.ts'
import type { ModelArtifacts } from '../formats/model-artifacts.ts'
import { joinBuffers, modelJson } from '../formats/model-json.ts'
import type { Scheme } from './files.ts'
import { type IOHandler, type SaveResult, saveResult } from './io-handler.ts'

const SCHEME = 'downloads://'
/** How long the content of a download is kept for it to begin: a dialog may be waiting for its user. */
const KEPT_MS = 60_000

export const downloads: Scheme = { open }

function open(url: string): IOHandler {
  const name = url.slice(SCHEME.length) || 'model'
  return { source: `${name}.json`, save: (artifacts) => save(url, name, artifacts) }
}

async function save(url: string, name: string, artifacts: ModelArtifacts): Promise<SaveResult> {
  if (typeof document === 'undefined') {
    throw new InputOutputError({ who: url, expected: 'a page to download from', received: 'a worker' })
  }
  const weightsFile = `${name}.weights.bin`
  const json = modelJson(artifacts, `./${weightsFile}`)
  await download(`${name}.json`, new Blob([json], { type: 'application/json' }))
  await download(weightsFile, new Blob([joinBuffers(artifacts.weightData)], { type: 'application/octet-stream' }))
  return saveResult(artifacts)
}

export async function download(name: string, content: Blob): Promise<void> {
  const link = document.createElement('a')
  link.download = name
  link.href = URL.createObjectURL(content)
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS)
  // Two clicks in one turn would be one download in some browsers.
  await new Promise((resolve) => setTimeout(resolve))
  link.click()
}
