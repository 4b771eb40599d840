/**
 * safetensors: eight bytes of length, a JSON header, and the tensors one after the other. The rules are those of its own
 * reader: the header begins with a brace, and the tensors cover what follows it without a gap.
 */

import { FormatError, show } from '../errors.ts'
import { arrayAt, isObject, objectAt, parseJson } from '../json.ts'
import type { Bytes } from './bytes.ts'
import { ELEMENT_BYTES, type ElementType, type FileTensor, toFloats } from './elements.ts'

const DTYPES: Readonly<Record<string, ElementType>> = {
  BOOL: 'bool',
  U8: 'uint8',
  I8: 'int8',
  U16: 'uint16',
  I16: 'int16',
  F16: 'float16',
  BF16: 'bfloat16',
  U32: 'uint32',
  I32: 'int32',
  F32: 'float32',
  U64: 'uint64',
  I64: 'int64',
  F64: 'float64',
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, FileTensor>
  readonly metadata: Readonly<Record<string, string>>
}

/** Whether bytes begin as such a file does; nothing is said of the rest. */
export function isSafetensors(bytes: Bytes): boolean {
  return bytes.length >= 10 && bytes.has(8, '{') && bytes.u64(0) <= bytes.length - 8
}

/** @throws FormatError naming the tensor and its offset */
export function readSafetensors(bytes: Bytes): Safetensors {
  const headerBytes = bytes.u64(0)
  bytes.check(8, headerBytes, 'bytes of header')
  if (!bytes.has(8, '{')) throw bytes.error(8, "a header that begins with '{'", 'something else')
  const header = objectAt(bytes.file, 'the header', parseJson(bytes.file, bytes.slice(8, headerBytes)))
  const data = 8 + headerBytes
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__')
  const placed = entries.map(([name, value]) => place(bytes, name, value, bytes.length - data))
  placed.sort((a, b) => a.begin - b.begin || a.end - b.end)
  let end = 0
  for (const { name, begin, end: next } of placed) {
    if (begin !== end) {
      throw bytes.error(data + begin, `tensor ${show(name)} where the one before it ends, at ${end}`, `${begin}`)
    }
    end = next
  }
  if (data + end !== bytes.length) {
    throw bytes.error(data + end, 'the end of the file', `${bytes.length - data - end} bytes more`)
  }
  const offsets = new Map(placed.map(({ name, ...rest }) => [name, rest]))
  const tensors = new Map<string, FileTensor>()
  for (const [name] of entries) {
    const { shape, dtype, begin, end } = offsets.get(name)!
    const count = (end - begin) / ELEMENT_BYTES[dtype]
    tensors.set(name, { shape, dtype, values: toFloats(bytes.slice(data + begin, end - begin), dtype, count) })
  }
  return { tensors, metadata: metadataOf(header.__metadata__) }
}

interface Placed {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: ElementType
  readonly begin: number
  readonly end: number
}

function place(bytes: Bytes, name: string, value: unknown, available: number): Placed {
  const who = `${bytes.file}, tensor ${show(name)}`
  const { dtype: type, shape, data_offsets } = objectAt(who, 'its entry', value)
  const dtype = typeof type === 'string' && Object.hasOwn(DTYPES, type) ? DTYPES[type]! : undefined
  if (dtype === undefined) {
    throw new FormatError({
      who,
      expected: `dtype to be one of ${Object.keys(DTYPES).join(', ')}`,
      received: show(type),
    })
  }
  const isSize = (size: unknown): size is number => Number.isSafeInteger(size) && (size as number) >= 0
  if (!Array.isArray(shape) || shape.length > 32 || !shape.every(isSize)) {
    throw new FormatError({ who, expected: 'shape to be integers of at least 0', received: show(shape) })
  }
  const [begin, end, ...rest] = arrayAt(who, 'data_offsets', data_offsets)
  if (!isSize(begin) || !isSize(end) || begin > end || end > available || rest.length > 0) {
    throw new FormatError({ who, expected: `data_offsets within ${available} bytes`, received: show(data_offsets) })
  }
  const size = shape.reduce((product: number, length: number) => product * length, ELEMENT_BYTES[dtype])
  if (size !== end - begin) {
    throw new FormatError({ who, expected: `${size} bytes for ${type} ${show(shape)}`, received: `${end - begin}` })
  }
  return { name, shape, dtype, begin, end }
}

function metadataOf(value: unknown): Record<string, string> {
  if (!isObject(value)) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** A file of float32 tensors, in the order given. */
export function writeSafetensors(
  tensors: Iterable<
    readonly [name: string, tensor: { readonly shape: readonly number[]; readonly values: Float32Array }]
  >,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const all = [...tensors]
  let at = 0
  const entries = all.map(([name, { shape, values }]) => {
    const begin = at
    at += values.byteLength
    return [name, { dtype: 'F32', shape, data_offsets: [begin, at] }] as const
  })
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) })
  const header = new TextEncoder().encode(json)
  // Padded with spaces, so that the tensors begin at a multiple of eight bytes.
  const headerBytes = (header.length + 7) & ~7
  const file = new Uint8Array(8 + headerBytes + at).fill(0x20, 8, 8 + headerBytes)
  const view = new DataView(file.buffer)
  view.setUint32(0, headerBytes, true)
  file.set(header, 8)
  let next = 8 + headerBytes
  for (const [, { values }] of all) {
    for (let i = 0; i < values.length; i++, next += 4) view.setFloat32(next, values[i]!, true)
  }
  return file
}
