/** Node: files under `file://`, and whatever `fetch` reaches. */

import { fileURLToPath } from 'node:url'
import { besideFile, fileSystem, locate, readBytes, writeWhole } from './file-system.node.ts'
import { type Files, MAX_FILE_BYTES, unwritableUrl } from './files.ts'
import { beside, fetchBytes, http } from './http.ts'

export const files: Files = {
  schemes: {
    'file://': { open: (url) => fileSystem(pathOf(url)) },
    'http://': { open: (url, options) => http(url, options) },
    'https://': { open: (url, options) => http(url, options) },
  },
  read(where, limit = MAX_FILE_BYTES, options) {
    return isFetched(where) ? fetchBytes(where, limit, options) : readBytes(pathOf(where), limit)
  },
  async write(where, bytes) {
    if (isFetched(where) || !where.startsWith('file:')) throw unwritableUrl(where, "'file://'")
    await writeWhole(pathOf(where), bytes)
  },
  locate: async (where) => (isFetched(where) ? where : locate(pathOf(where))),
  beside: async (where, path) => (isFetched(where) ? beside(where, path) : besideFile(pathOf(where), path)),
}

function isFetched(where: string): boolean {
  return /^https?:/.test(where)
}

/** A path, or the path of a file URL; those that are only begun as one, as `file://models`, too. */
function pathOf(where: string): string {
  if (!where.startsWith('file:')) return where
  if (where.startsWith('file:///')) return fileURLToPath(where)
  return where.replace(/^file:(\/\/)?/, '')
}
