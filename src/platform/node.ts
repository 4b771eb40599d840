/** Node. */

import { availableParallelism } from 'node:os'
// Jest's jsdom takes the global away.
import { setImmediate } from 'node:timers'
import { brotliDecompressSync } from 'node:zlib'
import type { Platform } from './platform.ts'

export const platform: Platform = {
  name: 'node',
  decodeBase64: (text) => Uint8Array.from(Buffer.from(text, 'base64')),
  hardwareThreads: availableParallelism(),
  revectorizes: startedWith('--experimental-wasm-revectorize'),
  mayBlock: true,
  unpack: (packed, size) => new Uint8Array(brotliDecompressSync(packed).subarray(0, size)),
  yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
}

function startedWith(flag: string): boolean {
  return [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(' ')].includes(flag)
}
