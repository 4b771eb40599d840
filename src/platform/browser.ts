/** Browsers and everything else that is built on web standards. */

import { http } from './http.ts'
import type { Platform } from './platform.ts'

export const platform: Platform = {
  name: 'browser',
  yieldToEventLoop,
  schemes: {
    'http://': (url) => http(url),
    'https://': (url) => http(url),
  },
  // As in TF.js, 'model/model.json' is beside the page.
  relative: (url) => http(new URL(url, globalThis.location?.href ?? 'http://localhost/').href),
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
