/** Models behind URLs, for browsers. */

import { resolveUrl } from '../platform/browser.ts'
import { download, downloads } from './downloads.ts'
import { type Files, MAX_FILE_BYTES, unwritableUrl } from './files.ts'
import { beside, fetchBytes, http } from './http.ts'
import { indexedDb } from './indexed-db.ts'
import { localStorage } from './local-storage.ts'

export const files: Files = {
  schemes: {
    'http://': { open: (url, options) => http(url, options) },
    'https://': { open: (url, options) => http(url, options) },
    'indexeddb://': indexedDb,
    'localstorage://': localStorage,
    'downloads://': downloads,
  },
  // As in TF.js, 'model/model.json' is beside the page.
  relative: (url, options) => http(resolveUrl(url), options),
  read: (where, limit = MAX_FILE_BYTES, options) => fetchBytes(resolveUrl(where), limit, options),
  async write(where, bytes) {
    if (!where.startsWith('downloads://')) throw unwritableUrl(where, "'downloads://'")
    await download(where.slice('downloads://'.length), new Blob([bytes as Uint8Array<ArrayBuffer>]))
  },
  locate: async (where) => resolveUrl(where),
  beside: async (where, path) => beside(resolveUrl(where), path),
}
