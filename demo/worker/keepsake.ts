/** The last run, kept in the browser's database: a reload, or a tab that was closed by mistake, loses nothing. */

import type { Settings } from '../settings.ts'
import type { StepFigures, Validation } from './figures.ts'
import type { State } from './timeline.ts'

export interface Run {
  readonly settings: Settings
  readonly state: State
  /** Where the run was to end. */
  readonly goal: number
  readonly steps: readonly StepFigures[]
  readonly validations: readonly Validation[]
}

const DATABASE = 'quadlane-demo'
const STORE = 'runs'
const LAST = 'last'

function asPromise<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

async function withStore<Result>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
  const opening = indexedDB.open(DATABASE, 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE)
  const database = await asPromise(opening)
  try {
    return await asPromise(work(database.transaction(STORE, mode).objectStore(STORE)))
  } finally {
    database.close()
  }
}

/** Whether it could be kept: private windows may refuse, and disks may be full. */
export async function keepRun(run: Run): Promise<boolean> {
  try {
    await withStore('readwrite', (store) => store.put(run, LAST))
    return true
  } catch {
    return false
  }
}

export async function lastRun(): Promise<Run | undefined> {
  try {
    return (await withStore('readonly', (store) => store.get(LAST))) as Run | undefined
  } catch {
    return undefined
  }
}
