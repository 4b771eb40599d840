/**
 * Modules for a shared memory, out of those for a private one: they are the same but for the declaration of the memory
 * that they import.
 */

import { findSection, joined } from './wasm-bytes.ts'

const IMPORTS = 2
/** How the imported memory is declared: one of at least 0 pages, private or shared with at most 65536. */
const PRIVATE = [2, 0, 0]
const SHARED = [2, 3, 0, 0x80, 0x80, 4]

function endsIn(bytes: Uint8Array, end: number, declaration: readonly number[]): boolean {
  return declaration.every((byte, i) => bytes[end - declaration.length + i] === byte)
}

/**
 * The same module for a shared memory; one that has it already stays as it is. The code is the same to the byte: only
 * the declaration of the imported memory differs.
 */
export function withSharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const section = findSection(bytes, IMPORTS)
  if (section !== undefined && endsIn(bytes, section.end, SHARED)) return bytes
  const grown = section === undefined ? 0 : section.end - section.body + SHARED.length - PRIVATE.length
  if (section === undefined || grown > 127 || !endsIn(bytes, section.end, PRIVATE)) {
    throw new Error('the kernels do not import one private memory: was assembly/ compiled with --importMemory?')
  }
  const before = bytes.subarray(section.body, section.end - PRIVATE.length)
  return joined([bytes.subarray(0, section.start + 1), [grown], before, SHARED, bytes.subarray(section.end)])
}
