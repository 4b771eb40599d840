/** Node: files under `file://`, and whatever `fetch` reaches. */

import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { inflateSync } from 'node:zlib'
import { fileSystem, readBytes } from './file-system.node.ts'
import { fetchBytes, http } from './http.ts'
import type { Platform, ThreadHandle } from './platform.ts'

export const platform: Platform = {
  name: 'node',
  hardwareThreads: availableParallelism(),
  mayBlock: true,
  startThread,
  // Faster to start than a stream: a process that trains little notices.
  inflate: async (bytes) => new Uint8Array(inflateSync(bytes)),
  readFile,
  yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
  schemes: {
    'file://': (url) => fileSystem(url.slice('file://'.length)),
    'http://': (url) => http(url),
    'https://': (url) => http(url),
  },
}

/** The kernels are a thousandth of it. */
const MAX_FILE_BYTES = 2 ** 27

function readFile(where: string): Promise<Uint8Array> {
  if (/^https?:/.test(where)) return fetchBytes(where, MAX_FILE_BYTES)
  return readBytes(where.startsWith('file:') ? fileURLToPath(where) : where, MAX_FILE_BYTES)
}

function startThread(source: string | URL, start: object, onTrouble: (reason: string) => void): ThreadHandle {
  const worker = new Worker(source, { eval: typeof source === 'string', workerData: start, name: 'quadlane' })
  worker.on('error', (error) => onTrouble(`a helper thread ended: ${error.message}`))
  worker.unref()
  return { terminate: () => void worker.terminate() }
}
