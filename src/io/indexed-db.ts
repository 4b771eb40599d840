/**
 * Models in IndexedDB, in the database and the layout of TF.js, so that each finds what the other saved. Room is what the
 * disk has; it works in workers too.
 */

import { InputOutputError } from '../errors.ts'
import type { ModelArtifacts } from '../formats/model-artifacts.ts'
import { joinBuffers } from '../formats/model-json.ts'
import { objectAt } from '../json.ts'
import type { Scheme } from './files.ts'
import { type IOHandler, type ModelArtifactsInfo, type SaveResult, saveResult } from './io-handler.ts'
import { missing, nameIn } from './kept-models.ts'

const SCHEME = 'indexeddb://'
const DATABASE = 'tensorflowjs'
const VERSION = 1
const MODELS = 'models_store'
const INFOS = 'model_info_store'
const STORES = [MODELS, INFOS]
const KEY = 'modelPath'

export const indexedDb: Scheme = { open, list }

function open(url: string): IOHandler {
  const path = nameIn(url, SCHEME)
  return {
    source: url,
    save: (artifacts) => save(url, path, artifacts),
    load: () => load(url, path),
    remove: () => remove(url, path),
  }
}

async function save(url: string, path: string, artifacts: ModelArtifacts): Promise<SaveResult> {
  const modelArtifacts = { ...artifacts, weightData: joinBuffers(artifacts.weightData) }
  const result = saveResult(artifacts)
  const entry = { [KEY]: path, modelArtifactsInfo: result.modelArtifactsInfo }
  await inStores(url, 'readwrite', async (models, infos) => {
    await Promise.all([answer(models.put({ ...entry, modelArtifacts })), answer(infos.put(entry))])
  })
  return result
}

async function load(url: string, path: string): Promise<ModelArtifacts> {
  const record = await inStores(url, 'readonly', (models) => answer<unknown>(models.get(path)))
  if (record === undefined) throw missing(url)
  const { modelArtifacts } = objectAt(url, 'the record', record)
  return objectAt(url, 'modelArtifacts', modelArtifacts) as unknown as ModelArtifacts
}

function remove(url: string, path: string): Promise<ModelArtifactsInfo> {
  return inStores(url, 'readwrite', async (models, infos) => {
    const info = await answer<{ modelArtifactsInfo: ModelArtifactsInfo } | undefined>(infos.get(path))
    if (info === undefined) throw missing(url)
    await Promise.all([answer(models.delete(path)), answer(infos.delete(path))])
    return info.modelArtifactsInfo
  })
}

/** Nothing where the engine has no IndexedDB, or does not let the page have it. */
/** Nothing where there is no IndexedDB, or none for a sandboxed frame. */
async function list(): Promise<Record<string, ModelArtifactsInfo>> {
  let entries: Record<string, unknown>[]
  try {
    if (globalThis.indexedDB === undefined) return {}
    entries = await inStores(SCHEME, 'readonly', (_, infos) => answer<Record<string, unknown>[]>(infos.getAll()))
  } catch (error) {
    const { name } = ((error as Error).cause ?? error) as Error
    if (name === 'SecurityError') return {}
    throw error
  }
  return Object.fromEntries(
    entries.map((entry) => [`${SCHEME}${entry[KEY]}`, entry.modelArtifactsInfo as ModelArtifactsInfo]),
  )
}

/** Lets `use` work in one transaction over both stores: all of it happens, or nothing. */
async function inStores<T>(
  url: string,
  mode: IDBTransactionMode,
  use: (models: IDBObjectStore, infos: IDBObjectStore) => Promise<T>,
): Promise<T> {
  let database: IDBDatabase | undefined
  try {
    database = await openDatabase()
    const transaction = database.transaction(STORES, mode)
    const finished = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error)
    })
    const used = use(transaction.objectStore(MODELS), transaction.objectStore(INFOS))
    // A request that fails ends the transaction, which knows better why.
    used.catch(() => {})
    await finished
    return await used
  } catch (error) {
    throw error instanceof InputOutputError ? error : unusable(url, error)
  } finally {
    database?.close()
  }
}

function openDatabase(): Promise<IDBDatabase> {
  if (globalThis.indexedDB === undefined) throw new Error('no IndexedDB')
  const request = indexedDB.open(DATABASE, VERSION)
  request.onupgradeneeded = () => {
    for (const name of STORES) request.result.createObjectStore(name, { keyPath: KEY })
  }
  return answer(request)
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

function unusable(url: string, error: unknown): InputOutputError {
  const { name, message } = error as Error
  const parts = { expected: 'an IndexedDB that can be used and has room', received: `${name}: ${message}` }
  return new InputOutputError({ who: url, ...parts }, { cause: error })
}
