/** Browsers and everything else that is built on web standards. */

import { http } from './http.ts'
import type { Platform, ThreadHandle } from './platform.ts'

export const platform: Platform = {
  name: 'browser',
  decodeBase64,
  hardwareThreads: globalThis.navigator?.hardwareConcurrency ?? 1,
  // Off by default everywhere, and a page cannot see the flag.
  revectorizes: false,
  // Only a worker may sleep; the main thread of a page has a document.
  mayBlock: typeof document === 'undefined',
  startThread,
  yieldToEventLoop,
  schemes: {
    'http://': (url) => http(url),
    'https://': (url) => http(url),
  },
  // As in TF.js, 'model/model.json' is beside the page.
  relative: (url) => http(new URL(url, globalThis.location?.href ?? 'http://localhost/').href),
}

function decodeBase64(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/** A message to oneself: timers wait for at least 4 ms when they follow each other. */
function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}

function startThread(source: string, start: object, onTrouble: (reason: string) => void): ThreadHandle | undefined {
  if (typeof Worker === 'undefined') return undefined
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  try {
    const worker = new Worker(url, { name: 'quadlane' })
    worker.onerror = ({ message }) => onTrouble(`a helper thread failed: ${message ?? 'is worker-src blob: allowed?'}`)
    worker.postMessage(start)
    return { terminate: () => worker.terminate() }
  } catch (error) {
    onTrouble(`no helper threads: ${error instanceof Error ? error.message : error}`)
    return undefined
  } finally {
    // The worker has fetched it by the time that its first message arrives.
    setTimeout(() => URL.revokeObjectURL(url), 10_000)
  }
}
