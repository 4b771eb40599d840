/** Browsers and everything else that is built on web standards. */

import { fetchBytes, http } from './http.ts'
import type { Platform, ThreadHandle } from './platform.ts'

export const platform: Platform = {
  name: 'browser',
  hardwareThreads: globalThis.navigator?.hardwareConcurrency ?? 1,
  // Only a worker may sleep; the main thread of a page has a document.
  mayBlock: typeof document === 'undefined',
  startThread,
  inflate,
  readFile: (where) => fetchBytes(resolve(where), MAX_FILE_BYTES),
  resolve,
  yieldToEventLoop,
  schemes: {
    'http://': (url) => http(url),
    'https://': (url) => http(url),
  },
  // As in TF.js, 'model/model.json' is beside the page.
  relative: (url) => http(resolve(url)),
}

/** The kernels are a thousandth of it. */
const MAX_FILE_BYTES = 2 ** 27

function resolve(url: string): string {
  // A page may set the base of its links, a worker has the place of its script alone.
  const base = typeof document === 'undefined' ? globalThis.location?.href : document.baseURI
  return new URL(url, base ?? 'http://localhost/').href
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))
  return new Uint8Array(await new Response(inflated).arrayBuffer())
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

function startThread(source: string | URL, start: object, onTrouble: (reason: string) => void): ThreadHandle | undefined {
  if (typeof Worker === 'undefined') return undefined
  const inlined = typeof source === 'string'
  const url = inlined ? URL.createObjectURL(new Blob([source], { type: 'text/javascript' })) : source.href
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
    if (inlined) setTimeout(() => URL.revokeObjectURL(url), 10_000)
  }
}
