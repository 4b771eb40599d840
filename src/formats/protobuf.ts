/**
 * Protocol Buffers' wire format, as far as ONNX needs it: varints, fixed 32 and 64 bits, bytes. A message is read into its
 * fields without a schema, each a list in the order of the file; what a field means is for its reader to say.
 *
 * Our own, since the small libraries trust in the lengths that they read: a length beyond the end makes them run on.
 */

import type { Bytes } from './bytes.ts'

/** More than any message of a model has; each takes some fifty bytes of memory. */
const MAX_FIELDS = 2 ** 20

/** A field's value: a number for varints and fixed ones, or where its bytes lie. */
export type WireValue =
  | { readonly kind: 'varint'; readonly value: bigint }
  | { readonly kind: 'fixed32' | 'fixed64'; readonly at: number }
  | { readonly kind: 'bytes'; readonly at: number; readonly length: number }

/** Fields by number. */
export class Message {
  readonly bytes: Bytes
  readonly at: number
  readonly #fields = new Map<number, WireValue[]>()

  /** @throws FormatError for what is no message */
  constructor(bytes: Bytes, start = 0, length: number = bytes.length) {
    bytes.check(start, length, 'bytes of a message')
    // Objects for its fields: some forty bytes for one of the file.
    bytes.spend(start, length)
    this.bytes = bytes
    this.at = start
    const end = start + length
    const cursor = { at: start }
    for (let fields = 0; cursor.at < end; fields++) {
      const tagAt = cursor.at
      if (fields === MAX_FIELDS) throw bytes.error(tagAt, `at most ${MAX_FIELDS} fields in a message`, 'more')
      const tag = Number(readVarint(bytes, cursor, end))
      const field = Math.floor(tag / 8)
      const value = readValue(bytes, cursor, end, tag % 8, tagAt)
      const known = this.#fields.get(field)
      if (known === undefined) this.#fields.set(field, [value])
      else known.push(value)
    }
  }

  all(field: number): readonly WireValue[] {
    return this.#fields.get(field) ?? []
  }

  /** The last value of a field, which is the one that counts. */
  last(field: number): WireValue | undefined {
    return this.all(field).at(-1)
  }

  has(field: number): boolean {
    return this.#fields.has(field)
  }

  messages(field: number): Message[] {
    return this.all(field).map((value) => this.#message(field, value))
  }

  message(field: number): Message | undefined {
    const value = this.last(field)
    return value === undefined ? undefined : this.#message(field, value)
  }

  #message(field: number, value: WireValue): Message {
    const { at, length } = this.#bytes(field, value)
    return new Message(this.bytes, at, length)
  }

  #bytes(field: number, value: WireValue): { at: number; length: number } {
    if (value.kind === 'bytes') return value
    throw this.bytes.error(this.at, `field ${field} to be bytes`, value.kind)
  }

  texts(field: number): string[] {
    return this.all(field).map((value) => {
      const { at, length } = this.#bytes(field, value)
      return this.bytes.text(at, length)
    })
  }

  text(field: number): string {
    return this.texts(field).at(-1) ?? ''
  }

  /** A view of a field's bytes. */
  data(field: number): Uint8Array | undefined {
    const value = this.last(field)
    if (value === undefined) return undefined
    const { at, length } = this.#bytes(field, value)
    return this.bytes.slice(at, length)
  }

  /** Integers, packed or not; signed, of 64 bits. One beyond 2⁵³ is rounded. */
  integers(field: number): number[] {
    const numbers: number[] = []
    for (const value of this.all(field)) {
      if (value.kind === 'varint') numbers.push(signed(value.value))
      else {
        const { at, length } = this.#bytes(field, value)
        const cursor = { at }
        this.bytes.spend(at, length * 8)
        while (cursor.at < at + length) numbers.push(signed(readVarint(this.bytes, cursor, at + length)))
      }
    }
    return numbers
  }

  integer(field: number): number | undefined {
    return this.integers(field).at(-1)
  }

  /** Floats of 32 bits, packed or not. */
  floats(field: number): Float32Array {
    return this.#numbers(field, 4, 'fixed32', (at) => this.bytes.f32(at)) as Float32Array
  }

  doubles(field: number): Float32Array {
    return this.#numbers(field, 8, 'fixed64', (at) => this.bytes.f64(at)) as Float32Array
  }

  #numbers(field: number, size: number, kind: WireValue['kind'], read: (at: number) => number): Float32Array {
    const places = this.all(field).map((value) => {
      if (value.kind === kind && value.kind !== 'varint') return { at: value.at, count: 1 }
      const { at, length } = this.#bytes(field, value)
      return { at, count: Math.floor(length / size) }
    })
    const values = new Float32Array(places.reduce((sum, { count }) => sum + count, 0))
    let next = 0
    for (const { at, count } of places) for (let i = 0; i < count; i++) values[next++] = read(at + i * size)
    return values
  }

  float(field: number): number | undefined {
    return this.floats(field).at(-1)
  }
}

function readValue(bytes: Bytes, cursor: { at: number }, end: number, wire: number, tagAt: number): WireValue {
  if (wire === 0) return { kind: 'varint', value: readVarint(bytes, cursor, end) }
  const length = wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? Number(readVarint(bytes, cursor, end)) : undefined
  if (length === undefined) throw bytes.error(tagAt, 'a field of wire type 0, 1, 2 or 5', `${wire}`)
  const { at } = cursor
  if (at + length > end)
    throw bytes.error(tagAt, `a field within the ${end - at} bytes of its message`, `${length} bytes`)
  cursor.at += length
  return wire === 2 ? { kind: 'bytes', at, length } : { kind: wire === 5 ? 'fixed32' : 'fixed64', at }
}

function readVarint(bytes: Bytes, cursor: { at: number }, end: number): bigint {
  let value = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    if (cursor.at >= end) throw bytes.error(cursor.at, 'the end of an integer', 'the end of its message')
    const byte = bytes.u8(cursor.at++)
    value |= BigInt(byte & 127) << shift
    if (byte < 128) return value
  }
  throw bytes.error(cursor.at, 'an integer of at most 10 bytes', 'a longer one')
}

function signed(value: bigint): number {
  return Number(BigInt.asIntN(64, value))
}
