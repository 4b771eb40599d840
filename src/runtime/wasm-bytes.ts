/** What those need who take WebAssembly modules apart and put them together. */

/** A section begins with an id and a size; its body is what the size counts. */
export interface Section {
  readonly start: number
  readonly body: number
  readonly end: number
}

const HEADER = 8

/** Where the section of a module with this id lies. */
export function findSection(bytes: Uint8Array, id: number): Section | undefined {
  for (let start = HEADER; start < bytes.length; ) {
    const { value, end: body } = readSize(bytes, start + 1)
    const end = body + value
    if (bytes[start] === id) return { start, body, end }
    start = end
  }
  return undefined
}

/** An unsigned LEB128 number. */
export function readSize(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++] ?? 0
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) break
  }
  return { value: value >>> 0, end: at }
}

export function joined(parts: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
