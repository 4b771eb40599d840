/**
 * Two builds as one sequence of bytes in which their functions take turns. The second of a pair repeats most of the
 * first, and stands near enough for deflate to say so.
 *
 *   size, all up to the first function of A │ the same of B │ function 0 of A │ 0 of B │ 1 of A │ 1 of B │ …
 *
 * A function begins with its size, as in the module. Where one build has fewer, a size of 0 stands in its turn.
 */

import { findSection, joined, readSize } from './wasm-bytes.ts'

const STRANDS = 2
const CODE = 10

/** A module that ends in its code: what stands before the functions, and each function with its size. */
export interface ModuleParts {
  readonly head: Uint8Array
  readonly functions: readonly Uint8Array[]
}

export function moduleParts(bytes: Uint8Array): ModuleParts {
  const code = findSection(bytes, CODE)
  if (code?.end !== bytes.length) {
    throw new Error('the kernels do not end in their code: was assembly/ compiled without data and debug information?')
  }
  let at = readSize(bytes, code.body).end
  const head = bytes.subarray(0, at)
  const functions: Uint8Array[] = []
  while (at < code.end) {
    const { value, end } = readSize(bytes, at)
    functions.push(bytes.subarray(at, end + value))
    at = end + value
  }
  return { head, functions }
}

export function braided(modules: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  if (modules.length !== STRANDS) throw new Error(`a braid is made of ${STRANDS} modules, not ${modules.length}`)
  const parts = modules.map(moduleParts)
  const most = Math.max(...parts.map(({ functions }) => functions.length))
  const heads = parts.flatMap(({ head }) => [sizeBytes(head.length), head])
  const turns = Array.from({ length: most }, (_, i) => parts.map(({ functions }) => functions[i] ?? [0]))
  return joined([...heads, ...turns.flat()])
}

/** The module at `strand`. */
export function unbraided(bytes: Uint8Array, strand: number): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  for (let turn = 0, at = 0; at < bytes.length; turn++) {
    const size = readSize(bytes, at)
    const next = size.end + size.value
    // The size of a head is the braid's, that of a function its own.
    if (turn % STRANDS === strand && size.value > 0) parts.push(bytes.subarray(turn < STRANDS ? size.end : at, next))
    at = next
  }
  return joined(parts)
}

/** An unsigned LEB128 number. */
function sizeBytes(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...sizeBytes(value >>> 7)]
}
