/** Browsers and everything else that is built on web standards. */

import { lzmaDecoded } from './lzma.ts'
import type { Platform } from './platform.ts'

export const platform: Platform = {
  name: 'browser',
  decodeBase64,
  hardwareThreads: globalThis.navigator?.hardwareConcurrency ?? 1,
  // Off by default everywhere, and a page cannot see the flag.
  revectorizes: false,
  // Only a worker may sleep; the main thread of a page has a document.
  mayBlock: typeof document === 'undefined',
  // Browsers decompress streams alone, and kernels have to be there at the first op.
  unpack: lzmaDecoded,
  resolve: resolveUrl,
  yieldToEventLoop,
}

/** The URL that a relative one means to the page. */
export function resolveUrl(url: string): string {
  // A page may set the base of its links, a worker has the place of its script alone.
  const base = typeof document === 'undefined' ? globalThis.location?.href : document.baseURI
  return new URL(url, base ?? 'http://localhost/').href
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
