/** Bytes of a file that nobody vouches for: each read lies within them, or is a `FormatError` with file and offset. */

import { FormatError } from '../errors.ts'

/** How many bytes a file may make us read or write per byte of its own: what Keras allows of a compressed file. */
const WORK_PER_BYTE = 100
/** What any file may, however short it is. */
const LEAST_WORK = 2 ** 20

/** A cursorless, bounds-checked view of a file: little-endian, as all of our formats are. */
export class Bytes {
  readonly file: string
  readonly bytes: Uint8Array
  readonly #view: DataView
  #work: number

  constructor(file: string, bytes: Uint8Array) {
    this.file = file
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#work = LEAST_WORK + bytes.length * WORK_PER_BYTE
  }

  get length(): number {
    return this.bytes.length
  }

  /** The error of what stands at `offset`. */
  error(offset: number, expected: string, received: string, hint?: string): FormatError {
    return new FormatError({ who: `${this.file}, offset ${offset}`, expected, received, hint })
  }

  /** Throws it, within an expression. */
  fail(offset: number, expected: string, received: string, hint?: string): never {
    throw this.error(offset, expected, received, hint)
  }

  /**
   * Counts work that is not bounded by the file's length by itself: bytes made out of it, entries of tables that may name
   * each other. Ends files whose parts overlap, loop or unpack without end.
   */
  spend(offset: number, amount: number): void {
    this.#work -= amount
    if (this.#work >= 0) return
    throw this.error(offset, `a file that unpacks to at most ${WORK_PER_BYTE} times its size`, 'more')
  }

  /** Checks that `length` bytes lie at `offset`. */
  check(offset: number, length: number, what = 'bytes'): void {
    if (offset >= 0 && length >= 0 && offset + length <= this.length) return
    throw this.error(offset, `${length} ${what} within the ${this.length} of the file`, 'an end before that')
  }

  /** A view of bytes of the file, without a copy. */
  slice(offset: number, length: number, what?: string): Uint8Array {
    this.check(offset, length, what)
    return this.bytes.subarray(offset, offset + length)
  }

  u8(offset: number): number {
    this.check(offset, 1)
    return this.bytes[offset]!
  }

  u16(offset: number): number {
    this.check(offset, 2)
    return this.#view.getUint16(offset, true)
  }

  u32(offset: number): number {
    this.check(offset, 4)
    return this.#view.getUint32(offset, true)
  }

  i32(offset: number): number {
    this.check(offset, 4)
    return this.#view.getInt32(offset, true)
  }

  f32(offset: number): number {
    this.check(offset, 4)
    return this.#view.getFloat32(offset, true)
  }

  f64(offset: number, littleEndian = true): number {
    this.check(offset, 8)
    return this.#view.getFloat64(offset, littleEndian)
  }

  /** An unsigned integer of 8 bytes; one above 2⁵³ is no longer exact, and beyond the end of any file. */
  u64(offset: number): number {
    return this.u32(offset) + this.u32(offset + 4) * 2 ** 32
  }

  /** Whether the ASCII characters `text` stand at `offset`. */
  has(offset: number, text: string): boolean {
    if (offset < 0 || offset + text.length > this.length) return false
    for (let i = 0; i < text.length; i++) if (this.bytes[offset + i] !== text.charCodeAt(i)) return false
    return true
  }

  /** UTF-8 text; bytes that are none become U+FFFD. */
  text(offset: number, length: number): string {
    return new TextDecoder().decode(this.slice(offset, length, 'bytes of text'))
  }
}
