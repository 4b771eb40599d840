/** Packs by LZMA, for src/platform/lzma.ts to unpack. */

import { createRequire } from 'node:module'

// Required rather than imported: the package's types are its sources, which our compiler options find fault with.
const { compress } = createRequire(import.meta.url)('lzma1') as {
  compress(bytes: Uint8Array, level: number): Uint8Array
}

/** lc = 3, lp = 0, pb = 2, as the header writes them. */
const PARAMETERS = 0x5d
const HEADER = 13

/** The stream alone: the decoder takes its parameters, the encoder's defaults, for granted. */
export function lzmaEncoded(bytes: Uint8Array): Uint8Array {
  const file = compress(new Uint8Array(bytes), 9)
  if (file[0] !== PARAMETERS) throw new Error(`the LZMA encoder took other parameters: ${file[0]}`)
  return file.subarray(HEADER)
}
