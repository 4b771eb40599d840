/** Node: files under `file://`, and whatever `fetch` reaches. */

import { fileURLToPath } from 'node:url'
import { fileSystem, readBytes } from './file-system.node.ts'
import { type Files, MAX_FILE_BYTES } from './files.ts'
import { fetchBytes, http } from './http.ts'

export const files: Files = {
  schemes: {
    'file://': { open: (url) => fileSystem(url.slice('file://'.length)) },
    'http://': { open: (url) => http(url) },
    'https://': { open: (url) => http(url) },
  },
  read(where) {
    if (/^https?:/.test(where)) return fetchBytes(where, MAX_FILE_BYTES)
    return readBytes(where.startsWith('file:') ? fileURLToPath(where) : where, MAX_FILE_BYTES)
  },
}
