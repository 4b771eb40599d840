/** What a hosted file of kernels says of itself, in a section of its own, which engines leave alone. */

import { joined } from './wasm-bytes.ts'

const CUSTOM = 0
const NAME = 'quadlane'

export function isWasm(bytes: Uint8Array): boolean {
  return [0, 0x61, 0x73, 0x6d].every((byte, i) => bytes[i] === byte)
}

export interface Stamp {
  readonly version: string
  readonly build: string
  readonly shared: boolean
}

/** The module with a stamp at its end, in a section that engines leave alone. */
export function withStamp(bytes: Uint8Array, { version, build, shared }: Stamp): Uint8Array<ArrayBuffer> {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
  const name = encode(NAME)
  const body = [name.length, ...name, ...encode(`${version} ${build}${shared ? ' shared' : ''}`)]
  return joined([bytes, [CUSTOM, body.length], body])
}

export function readStamp(module: WebAssembly.Module): Stamp | undefined {
  const section = WebAssembly.Module.customSections(module, NAME)[0]
  if (section === undefined) return undefined
  const [version = '', build = '', shared] = new TextDecoder().decode(section).split(' ')
  return { version, build, shared: shared === 'shared' }
}
