/** Node: files under `file://`, and whatever `fetch` reaches. */

import { fileSystem } from './file-system.node.ts'
import { http } from './http.ts'
import type { Platform } from './platform.ts'

export const platform: Platform = {
  name: 'node',
  yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
  schemes: {
    'file://': (url) => fileSystem(url.slice('file://'.length)),
    'http://': (url) => http(url),
    'https://': (url) => http(url),
  },
}
