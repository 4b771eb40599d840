/** Helper threads of Node. They do not keep the process alive. */

import { Worker } from 'node:worker_threads'
import type { StartThread } from './threads.ts'

export const startThread: StartThread = (source, start, onTrouble) => {
  const worker = new Worker(source, { eval: typeof source === 'string', workerData: start, name: 'quadlane' })
  worker.on('error', (error) => onTrouble(`a helper thread ended: ${error.message}`))
  worker.unref()
  return { terminate: () => void worker.terminate() }
}
