/**
 * Two builds as one sequence of bytes in which their functions take turns. The second of a pair repeats most of the
 * first, and stands near enough for deflate to say so. Of a module without a braid it is the same bytes.
 *
 *   size, all up to the first function of A │ the same of B │ function 0 of A │ 0 of B │ 1 of A │ 1 of B │ …
 *
 * A function begins with its size, as in the module. Where one build has fewer, a size of 0 stands in its turn.
 */

import { joined, readSize } from './wasm-bytes.ts'

const STRANDS = 2
const HEADER = 8
const CODE = 10

/** A module without its end, which must be its code: what stands before the functions, and each with its size. */
export interface ModuleParts {
  readonly head: Uint8Array
  readonly functions: readonly Uint8Array[]
}

export function moduleParts(bytes: Uint8Array): ModuleParts {
  for (let start = HEADER; start < bytes.length; ) {
    const { value, end: body } = readSize(bytes, start + 1)
    const end = body + value
    if (bytes[start] === CODE && end === bytes.length) {
      let at = readSize(bytes, body).end
      const head = bytes.subarray(0, at)
      const functions: Uint8Array[] = []
      while (at < end) {
        const size = readSize(bytes, at)
        const next = size.end + size.value
        functions.push(bytes.subarray(at, next))
        at = next
      }
      return { head, functions }
    }
    start = end
  }
  throw new Error('the kernels do not end in their code: was assembly/ compiled without data and debug information?')
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
