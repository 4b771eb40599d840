/**
 * Zip archives: entries found by the central directory, stored or deflated, each checked by its CRC. The names are keys
 * and nothing else: no file is ever made after them. Written are stored entries, as Keras and PyTorch do.
 */

import { inflateSync } from 'fflate'
import { show } from '../errors.ts'
import type { Bytes } from './bytes.ts'

const END = 'PK\u0005\u0006'
const END_64 = 'PK\u0006\u0006'
const CENTRAL = 'PK\u0001\u0002'
const LOCAL = 'PK\u0003\u0004'
const UNKNOWN = 0xffffffff
/** Deflate cannot do better than this, and no weights come near it. */
const MAX_EXPANSION = 100

interface Entry {
  readonly method: number
  readonly crc: number
  readonly stored: number
  readonly size: number
  /** Where its local header is. */
  readonly at: number
}

/** The files in an archive. */
export interface ZipArchive {
  readonly names: readonly string[]
  has(name: string): boolean
  /**
   * The bytes of an entry; a view of the archive where it is stored.
   * @throws FormatError for one that is missing or damaged
   */
  read(name: string): Uint8Array
}

export function isZip(bytes: Bytes): boolean {
  return bytes.has(0, LOCAL) || bytes.has(0, END)
}

/** @throws FormatError for an archive without a directory, or with entries outside of it */
export function readZip(bytes: Bytes): ZipArchive {
  const entries = readDirectory(bytes)
  return {
    names: [...entries.keys()],
    has: (name) => entries.has(name),
    read: (name) => {
      const entry = entries.get(name)
      if (entry === undefined) throw bytes.error(0, `an entry ${show(name)}`, show([...entries.keys()]))
      return readEntry(bytes, name, entry)
    },
  }
}

function readDirectory(bytes: Bytes): Map<string, Entry> {
  const end = findEnd(bytes)
  let [count, start] = [bytes.u16(end + 10), bytes.u32(end + 16)]
  if (count === 0xffff || start === UNKNOWN) {
    const end64 = bytes.u64(end - 20 + 8)
    if (!bytes.has(end64, END_64)) throw bytes.error(end - 20, 'the end of a zip64 directory', 'something else')
    count = bytes.u64(end64 + 32)
    start = bytes.u64(end64 + 48)
  }
  const entries = new Map<string, Entry>()
  let at = start
  for (let i = 0; i < count; i++) {
    if (!bytes.has(at, CENTRAL))
      throw bytes.error(at, `entry ${i + 1} of ${count} of a zip directory`, 'something else')
    const [nameSize, extraSize, commentSize] = [bytes.u16(at + 28), bytes.u16(at + 30), bytes.u16(at + 32)]
    const name = bytes.text(at + 46, nameSize)
    if (bytes.u16(at + 8) & 1) throw bytes.error(at, `entry ${show(name)} to be readable`, 'an encrypted one')
    if (entries.has(name)) throw bytes.error(at, 'names that differ', `two entries ${show(name)}`)
    const wide = wideFields(bytes, at + 46 + nameSize, extraSize)
    const field = (offset: number): number => {
      const value = bytes.u32(at + offset)
      return value === UNKNOWN ? (wide.shift() ?? value) : value
    }
    // In the order in which the extra field has those that did not fit.
    const size = field(24)
    const stored = field(20)
    entries.set(name, { method: bytes.u16(at + 10), crc: bytes.u32(at + 16), stored, size, at: field(42) })
    at += 46 + nameSize + extraSize + commentSize
  }
  return entries
}

/** The last record of an archive; a comment of up to 65535 bytes may follow it. */
function findEnd(bytes: Bytes): number {
  const least = Math.max(0, bytes.length - 22 - 0xffff)
  for (let at = bytes.length - 22; at >= least; at--) if (bytes.has(at, END)) return at
  throw bytes.error(
    Math.max(0, bytes.length - 22),
    'the directory of a zip archive',
    'the end of the file',
    'is it cut off?',
  )
}

/** The sizes and offsets of a zip64 extra field. */
function wideFields(bytes: Bytes, at: number, size: number): number[] {
  const end = at + size
  for (let next = at; next + 4 <= end; next += 4 + bytes.u16(next + 2)) {
    if (bytes.u16(next) !== 1) continue
    const count = Math.min(3, Math.floor(Math.min(bytes.u16(next + 2), end - next - 4) / 8))
    return Array.from({ length: count }, (_, i) => bytes.u64(next + 4 + 8 * i))
  }
  return []
}

function readEntry(bytes: Bytes, name: string, { method, crc, stored, size, at }: Entry): Uint8Array {
  if (!bytes.has(at, LOCAL)) throw bytes.error(at, `the header of entry ${show(name)}`, 'something else')
  const data = bytes.slice(at + 30 + bytes.u16(at + 26) + bytes.u16(at + 28), stored, `bytes of entry ${show(name)}`)
  bytes.spend(at, size)
  const result = method === 0 ? data : inflate(bytes, name, method, data, size, at)
  if (result.length !== size) throw bytes.error(at, `${size} bytes in entry ${show(name)}`, `${result.length}`)
  if (crc32(result) === crc) return result
  throw bytes.error(at, `entry ${show(name)} as its checksum says`, 'other bytes', 'the archive is damaged')
}

function inflate(bytes: Bytes, name: string, method: number, data: Uint8Array, size: number, at: number): Uint8Array {
  if (method !== 8) throw bytes.error(at, `entry ${show(name)} to be stored or deflated`, `method ${method}`)
  if (size > data.length * MAX_EXPANSION + 1024) {
    throw bytes.error(at, `entry ${show(name)} to be at most ${MAX_EXPANSION} times as long unpacked`, `${size} bytes`)
  }
  try {
    // One byte more than is wanted tells that there is more.
    return inflateSync(data, { out: new Uint8Array(size + 1) })
  } catch (error) {
    throw bytes.error(at, `deflated data in entry ${show(name)}`, (error as Error).message)
  }
}

const CRC_TABLE = /* @__PURE__ */ crcTable()

/** What each byte does to the rest of CRC-32 of IEEE 802.3, reflected; polynomial 0xedb88320. */
function crcTable(): Int32Array {
  return new Int32Array(256).map((_, byte) => {
    let rest = byte
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0)
    return rest
  })
}

function crc32(bytes: Uint8Array): number {
  const table = CRC_TABLE
  let crc = -1
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8)
  return ~crc >>> 0
}

/** The date of each entry, the first that there is, so that equal models are equal files. */
const DATE = (1 << 5) | 1

/** An archive of stored entries: PKWARE's APPNOTE 4.3, each with its sizes in front. */
export function writeZip(entries: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const files = Object.entries(entries).map(([name, data]) => ({ name: new TextEncoder().encode(name), data }))
  const sum = (each: (file: (typeof files)[number]) => number): number => files.reduce((n, file) => n + each(file), 0)
  const directory = sum(({ name }) => 46 + name.length)
  const begin = sum(({ name, data }) => 30 + name.length + data.length)
  const out = new Uint8Array(begin + directory + 22)
  const view = new DataView(out.buffer)
  const words = (at: number, ...values: (readonly [bytes: 2 | 4, value: number])[]): number => {
    for (const [bytes, value] of values) {
      if (bytes === 2) view.setUint16(at, value, true)
      else view.setUint32(at, value, true)
      at += bytes
    }
    return at
  }
  let [at, entry] = [0, begin]
  for (const { name, data } of files) {
    // Version 2.0, names in UTF-8, stored.
    const common = [
      [2, 20],
      [2, 0x800],
      [2, 0],
      [2, 0],
      [2, DATE],
      [4, crc32(data)],
    ] as const
    const sizes = [
      [4, data.length],
      [4, data.length],
      [2, name.length],
      [2, 0],
    ] as const
    const offset = at
    out.set(name, words(at, [4, 0x04034b50], ...common, ...sizes))
    at += 30 + name.length
    out.set(data, at)
    at += data.length
    out.set(
      name,
      words(entry, [4, 0x02014b50], [2, 20], ...common, ...sizes, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]),
    )
    entry += 46 + name.length
  }
  const count = files.length
  words(entry, [4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, directory], [4, begin], [2, 0])
  return out
}
