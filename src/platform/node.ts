/** Node. */

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { inflateSync } from 'node:zlib'
import { instantiate } from '@assemblyscript/loader'
import type { Platform, ThreadHandle } from './platform.ts'

export const platform: Platform = {
  name: 'node',
  hardwareThreads: availableParallelism(),
  mayBlock: true,
  startThread,
  instantiate: async (module, imports) => (await instantiate(module, imports)).exports,
  // Faster to start than a stream: a process that trains little notices.
  inflate: async (bytes) => new Uint8Array(inflateSync(bytes)),
  yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
}

function startThread(source: string | URL, start: object, onTrouble: (reason: string) => void): ThreadHandle {
  const worker = new Worker(source, { eval: typeof source === 'string', workerData: start, name: 'quadlane' })
  worker.on('error', (error) => onTrouble(`a helper thread ended: ${error.message}`))
  worker.unref()
  return { terminate: () => void worker.terminate() }
}
