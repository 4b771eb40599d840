/** Node: files under `file://`, and whatever `fetch` reaches. */

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { fileSystem } from './file-system.node.ts'
import { http } from './http.ts'
import type { Platform, ThreadHandle } from './platform.ts'

export const platform: Platform = {
  name: 'node',
  decodeBase64: (text) => Uint8Array.from(Buffer.from(text, 'base64')),
  hardwareThreads: availableParallelism(),
  revectorizes: startedWith('--experimental-wasm-revectorize'),
  mayBlock: true,
  startThread,
  yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
  schemes: {
    'file://': (url) => fileSystem(url.slice('file://'.length)),
    'http://': (url) => http(url),
    'https://': (url) => http(url),
  },
}

function startedWith(flag: string): boolean {
  return [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(' ')].includes(flag)
}

function startThread(source: string, start: object, onTrouble: (reason: string) => void): ThreadHandle {
  const worker = new Worker(source, { eval: true, workerData: start, name: 'quadlane' })
  worker.on('error', (error) => onTrouble(`a helper thread ended: ${error.message}`))
  worker.unref()
  return { terminate: () => void worker.terminate() }
}
