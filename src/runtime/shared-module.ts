/**
 * Modules for a shared memory, out of those for a private one: they are the same but for the declaration of the memory
 * that they import. Sections of a module are an id, a size and that many bytes.
 */

import { joined, readSize } from './wasm-bytes.ts'

const HEADER = 8
const IMPORTS = 2
/** How the imported memory is declared: one of at least 0 pages, private or shared with at most 65536. */
const PRIVATE = [2, 0, 0]
const SHARED = [2, 3, 0, 0x80, 0x80, 4]

/** Where the section of the imports lies. */
interface Section {
  readonly start: number
  readonly body: number
  readonly end: number
}

function importSection(bytes: Uint8Array): Section | undefined {
  for (let start = HEADER; start < bytes.length; ) {
    const { value, end: body } = readSize(bytes, start + 1)
    const end = body + value
    if (bytes[start] === IMPORTS) return { start, body, end }
    start = end
  }
  return undefined
}

function endsIn(bytes: Uint8Array, end: number, declaration: readonly number[]): boolean {
  return declaration.every((byte, i) => bytes[end - declaration.length + i] === byte)
}

/**
 * The same module for a shared memory; one that has it already stays as it is. The code is the same to the byte: only
 * the declaration of the imported memory differs.
 */
export function withSharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const section = importSection(bytes)
  if (section !== undefined && endsIn(bytes, section.end, SHARED)) return bytes
  const grown = section === undefined ? 0 : section.end - section.body + SHARED.length - PRIVATE.length
  if (section === undefined || grown > 127 || !endsIn(bytes, section.end, PRIVATE)) {
    throw new Error('the kernels do not import one private memory: was assembly/ compiled with --importMemory?')
  }
  const before = bytes.subarray(section.body, section.end - PRIVATE.length)
  return joined([bytes.subarray(0, section.start + 1), [grown], before, SHARED, bytes.subarray(section.end)])
}
