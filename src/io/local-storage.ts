/**
 * Models in localStorage, under the keys of TF.js, so that each finds what the other saved. A page has some 5 MB of it:
 * enough for LeNet-5, too little for a million weights.
 */

import { FormatError, InputOutputError, show } from '../errors.ts'
import type { ModelArtifacts } from '../formats/model-artifacts.ts'
import { joinBuffers, metadataOf } from '../formats/model-json.ts'
import { arrayAt, objectAt, parseJson } from '../json.ts'
import type { Scheme } from './files.ts'
import { type IOHandler, type ModelArtifactsInfo, type SaveResult, saveResult } from './io-handler.ts'
import { missing, nameIn } from './kept-models.ts'

const SCHEME = 'localstorage://'
const PREFIX = 'tensorflowjs_models/'
const INFO = '/info'
const PARTS = ['info', 'model_topology', 'weight_specs', 'weight_data', 'model_metadata'] as const
type Part = (typeof PARTS)[number]

export const localStorage: Scheme = { open, list: async () => list() }

function open(url: string): IOHandler {
  const path = nameIn(url, SCHEME)
  const key = (part: Part): string => `${PREFIX}${path}/${part}`
  return {
    source: url,
    save: async (artifacts) => save(url, key, artifacts),
    load: async () => load(url, key),
    remove: async () => remove(url, key),
  }
}

/** The storage of the page. Workers have none, and a sandboxed frame may not touch it. */
function storageOf(url: string): Storage {
  let cause: unknown
  try {
    if (globalThis.localStorage) return globalThis.localStorage
  } catch (error) {
    cause = error
  }
  throw refusal(url, 'none here', cause)
}

function refusal(who: string, received: string, cause: unknown): InputOutputError {
  return new InputOutputError(
    { who, expected: 'localStorage with room', received, hint: 'use indexeddb://' },
    { cause },
  )
}

function save(url: string, key: (part: Part) => string, artifacts: ModelArtifacts): SaveResult {
  const storage = storageOf(url)
  const { modelTopology, weightSpecs, weightData, ...metadata } = artifacts
  const result = saveResult(artifacts)
  const texts: Record<Part, string> = {
    info: JSON.stringify(result.modelArtifactsInfo),
    model_topology: JSON.stringify(modelTopology),
    weight_specs: JSON.stringify(weightSpecs),
    weight_data: toBase64(new Uint8Array(joinBuffers(weightData))),
    model_metadata: JSON.stringify(metadata),
  }
  const before = PARTS.map((part) => storage.getItem(key(part)))
  try {
    // What was there makes room first.
    for (const part of PARTS) storage.removeItem(key(part))
    for (const part of PARTS) storage.setItem(key(part), texts[part])
  } catch (error) {
    for (const part of PARTS) storage.removeItem(key(part))
    PARTS.forEach((part, i) => before[i] != null && storage.setItem(key(part), before[i]))
    throw refusal(url, (error as Error).name, error)
  }
  return result
}

function load(url: string, key: (part: Part) => string): ModelArtifacts {
  const storage = storageOf(url)
  if (storage.getItem(key('info')) === null) throw missing(url)
  // What is missing is refused as if it were empty.
  const textOf = (part: Part): string => storage.getItem(key(part)) ?? ''
  const jsonOf = (part: Part): unknown => parseJson(key(part), new TextEncoder().encode(textOf(part)))
  return {
    modelTopology: objectAt(url, 'model_topology', jsonOf('model_topology')),
    weightSpecs: arrayAt(url, 'weight_specs', jsonOf('weight_specs')) as ModelArtifacts['weightSpecs'],
    weightData: fromBase64(key('weight_data'), textOf('weight_data')),
    ...metadataOf(url, objectAt(url, 'model_metadata', jsonOf('model_metadata'))),
  }
}

function remove(url: string, key: (part: Part) => string): ModelArtifactsInfo {
  const storage = storageOf(url)
  const text = storage.getItem(key('info'))
  if (text === null) throw missing(url)
  for (const part of PARTS) storage.removeItem(key(part))
  return infoOf(key('info'), text)
}

/** Nothing where there is no localStorage. */
function list(): Record<string, ModelArtifactsInfo> {
  let storage: Storage
  try {
    storage = storageOf(SCHEME)
  } catch {
    return {}
  }
  const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i)!)
  const infos = keys.filter((key) => key.startsWith(PREFIX) && key.endsWith(INFO))
  return Object.fromEntries(
    infos.map((key) => [
      `${SCHEME}${key.slice(PREFIX.length, -INFO.length)}`,
      infoOf(key, storage.getItem(key) ?? '{}'),
    ]),
  )
}

function infoOf(key: string, text: string): ModelArtifactsInfo {
  const info = objectAt(key, 'the item', parseJson(key, new TextEncoder().encode(text)))
  return { ...info, dateSaved: new Date(String(info.dateSaved)) } as ModelArtifactsInfo
}

function toBase64(bytes: Uint8Array): string {
  const STEP = 0x6000
  let text = ''
  for (let at = 0; at < bytes.length; at += STEP) text += btoa(String.fromCharCode(...bytes.subarray(at, at + STEP)))
  return text
}

function fromBase64(key: string, text: string): ArrayBuffer {
  let binary: string
  try {
    binary = atob(text)
  } catch (error) {
    throw new FormatError({ who: key, expected: 'base64', received: show(text) }, { cause: error })
  }
  return Uint8Array.from(binary, (char) => char.charCodeAt(0)).buffer
}
