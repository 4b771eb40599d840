/** Node. */

import { availableParallelism } from 'node:os'
import { inflateRawSync } from 'node:zlib'
import { instantiateSync } from '@assemblyscript/loader'
import type { Platform } from './platform.ts'

export const platform: Platform = {
  name: 'node',
  decodeBase64: (text) => Uint8Array.from(Buffer.from(text, 'base64')),
  hardwareThreads: availableParallelism(),
  revectorizes: startedWith('--experimental-wasm-revectorize'),
  mayBlock: true,
  // Its exports as they are: the loader's own take each call through another function.
  instantiate: (module, imports) => instantiateSync(module, imports).instance.exports,
  inflate: (bytes) => new Uint8Array(inflateRawSync(bytes)),
  yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
}

function startedWith(flag: string): boolean {
  return [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(' ')].includes(flag)
}
