/** Node: files under `file://`, and whatever the web's `fetch` reaches. */

import type { Platform } from './platform.ts'

export const platform: Platform = {
  name: 'node',
  yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
  ioHandler: () => undefined,
  schemes: ['file://', 'http://', 'https://'],
}
