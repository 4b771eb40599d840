/** Models behind URLs, for browsers. */

import { resolveUrl } from './browser.ts'
import { type Files, MAX_FILE_BYTES } from './files.ts'
import { fetchBytes, http } from './http.ts'

export const files: Files = {
  schemes: {
    'http://': (url) => http(url),
    'https://': (url) => http(url),
  },
  // As in TF.js, 'model/model.json' is beside the page.
  relative: (url) => http(resolveUrl(url)),
  read: (where) => fetchBytes(resolveUrl(where), MAX_FILE_BYTES),
}
