/** Helper threads of Node. They do not keep the process alive. */

import { Worker } from 'node:worker_threads'
import type { StartThread } from './threads.ts'

export const startThread: StartThread = (source, start, onTrouble) => {
  try {
    const worker = new Worker(source, { eval: typeof source === 'string', name: 'quadlane' })
    worker.on('error', (error) => onTrouble(`a helper thread ended: ${error.message}`))
    worker.unref()
    worker.postMessage(start)
    return { send: (message) => worker.postMessage(message), terminate: () => void worker.terminate() }
  } catch (error) {
    // Node's permission model may grant no threads.
    onTrouble(`no helper threads: ${(error as Error).message}`)
    return undefined
  }
}
