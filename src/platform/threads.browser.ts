/** Helper threads of pages and workers. */

import type { StartThread } from './threads.ts'

export const startThread: StartThread = (source, start, onTrouble) => {
  if (typeof Worker === 'undefined') {
    onTrouble('no helper threads: no Worker here')
    return undefined
  }
  const inlined = typeof source === 'string'
  const url = inlined ? URL.createObjectURL(new Blob([source], { type: 'text/javascript' })) : source.href
  // The script has been fetched when the worker speaks, and will not be any more when it fails or is ended.
  const revoke = (): void => {
    if (inlined) URL.revokeObjectURL(url)
  }
  let worker: Worker | undefined
  const end = (): void => {
    revoke()
    worker?.terminate()
  }
  try {
    worker = new Worker(url, { name: 'quadlane' })
    worker.onmessage = revoke
    worker.onerror = (event) => {
      // It is told by `info()`; to the page it is no error, since training goes on without the helper.
      event.preventDefault()
      end()
      onTrouble(
        event.message === undefined
          ? `no helper threads: is worker-src ${inlined ? 'blob:' : url} allowed?`
          : `a helper thread failed: ${event.message}`,
      )
    }
    const send = (message: object): void => worker?.postMessage(message)
    send(start)
    return { send, terminate: end }
  } catch (error) {
    end()
    onTrouble(`no helper threads: ${error}`)
    return undefined
  }
}
