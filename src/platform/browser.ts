/** Browsers and everything else that is built on web standards. */

import type { Platform } from './platform.ts'

export const platform: Platform = {
  name: 'browser',
  yieldToEventLoop,
  ioHandler: () => undefined,
  schemes: ['http://', 'https://'],
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
