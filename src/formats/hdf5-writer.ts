/**
 * Writing HDF5, as far as weights need it: groups, contiguous float32 and int64 data, text in attributes. All in the oldest
 * form (superblock 0, symbol tables, object headers of version 1), which every reader knows. By the HDF5 File Format
 * Specification 3.0.
 */

import { HDF5_SIGNATURE } from './hdf5.ts'

export interface Hdf5Dataset {
  readonly shape: readonly number[]
  /** Floats, or integers as they are counted in: BigInt64Array. */
  readonly values: Float32Array | BigInt64Array
}

export interface Hdf5Group {
  readonly members: Readonly<Record<string, Hdf5Group | Hdf5Dataset>>
  readonly attributes?: Readonly<Record<string, string | readonly string[]>>
}

/** Half of the entries that a leaf of a group holds, and of the children that a node has: HDF5's own defaults. */
const LEAF_K = 4
const NODE_K = 16
const UNDEFINED = 0xffffffffffffffffn
const SUPERBLOCK_BYTES = 96

/** The bytes of a file with `root` as its root group. */
export function writeHdf5(root: Hdf5Group): Uint8Array {
  const out = new Output()
  out.reserve(SUPERBLOCK_BYTES)
  const placed = writeGroup(out, root)
  const file = out.finish()
  const view = new DataView(file.buffer)
  for (let i = 0; i < 8; i++) file[i] = HDF5_SIGNATURE.charCodeAt(i)
  // Five versions of 0, then the sizes of offsets and lengths.
  file.set([8, 8], 13)
  view.setUint16(16, LEAF_K, true)
  view.setUint16(18, NODE_K, true)
  view.setBigUint64(32, UNDEFINED, true)
  view.setBigUint64(40, BigInt(file.length), true)
  view.setBigUint64(48, UNDEFINED, true)
  file.set(symbol(0, placed), 56)
  return file
}

/** Where an object is; of a group also where its members are listed. */
interface Placed {
  readonly header: number
  readonly members?: { readonly tree: number; readonly heap: number }
}

/** Bytes that grow, in blocks that begin at multiples of eight. */
class Output {
  readonly #blocks: { readonly at: number; readonly bytes: Uint8Array }[] = []
  #length = 0

  reserve(length: number): number {
    const at = this.#length
    this.#length = (at + length + 7) & ~7
    return at
  }

  add(bytes: Uint8Array): number {
    const at = this.reserve(bytes.length)
    this.place(at, bytes)
    return at
  }

  /** Fills what was reserved. */
  place(at: number, bytes: Uint8Array): void {
    this.#blocks.push({ at, bytes })
  }

  finish(): Uint8Array {
    const file = new Uint8Array(this.#length)
    for (const { at, bytes } of this.#blocks) file.set(bytes, at)
    return file
  }
}

function writeGroup(out: Output, group: Hdf5Group): Placed {
  const encoder = new TextEncoder()
  const members = Object.entries(group.members)
    .map(([name, member]) => ({ name: encoder.encode(name), placed: writeMember(out, member) }))
    .sort((a, b) => compareBytes(a.name, b.name))
  // The name at offset 0 is empty: it is less than all others.
  let heapBytes = 8
  const offsets = members.map(({ name }) => {
    const at = heapBytes
    heapBytes += (name.length + 8) & ~7
    return at
  })
  const names = new Uint8Array(heapBytes)
  members.forEach(({ name }, i) => {
    names.set(name, offsets[i])
  })
  const heapHead = new Block(32).text('HEAP').skip(4).u64(heapBytes).u64(1).u64(out.add(names))
  const heap = out.add(heapHead.bytes)
  let children = chunks(members, 2 * LEAF_K).map((some, i) => {
    const first = i * 2 * LEAF_K
    const leaf = new Block(8 + 2 * LEAF_K * 40).text('SNOD').u8(1).skip(1).u16(some.length)
    some.forEach(({ placed }, j) => leaf.put(symbol(offsets[first + j]!, placed)))
    return { at: out.add(leaf.bytes), last: offsets[first + some.length - 1]! }
  })
  let level = 0
  let tree: number
  for (;;) {
    // An empty group has a node without children.
    const nodes = children.length === 0 ? [[]] : chunks(children, 2 * NODE_K)
    const isRoot = nodes.length === 1
    const size = 24 + (2 * NODE_K + 1) * 8 + 2 * NODE_K * 8
    const places = nodes.map(() => out.reserve(size))
    let before = 0
    nodes.forEach((node, i) => {
      const bytes = new Block(size).text('TREE').u8(0).u8(level).u16(node.length)
      bytes
        .address(places[i - 1])
        .address(places[i + 1])
        .u64(before)
      for (const { at, last } of node) bytes.u64(at).u64(last)
      out.place(places[i]!, bytes.bytes)
      before = node.at(-1)?.last ?? 0
    })
    tree = places[0]!
    if (isRoot) break
    children = nodes.map((node, i) => ({ at: places[i]!, last: node.at(-1)!.last }))
    level++
  }
  const messages = [
    message(17, new Block(16).u64(tree).u64(heap).bytes),
    ...Object.entries(group.attributes ?? {}).map(([name, value]) => message(12, attribute(out, name, value))),
  ]
  return { header: writeHeader(out, messages), members: { tree, heap } }
}

function writeMember(out: Output, member: Hdf5Group | Hdf5Dataset): Placed {
  if ('members' in member) return writeGroup(out, member)
  const { shape, values } = member
  const data = values.length === 0 ? undefined : out.add(littleEndian(values))
  const layout = new Block(24).u8(3).u8(1).address(data).u64(values.byteLength)
  // A fill value of zero, that is written when someone asks for it.
  const fill = new Uint8Array([2, 2, 2, 0, 0, 0, 0, 0])
  return {
    header: writeHeader(out, [
      message(1, dataspace(shape)),
      message(3, values instanceof Float32Array ? FLOAT32 : INT64),
      message(5, fill),
      message(8, layout.bytes),
    ]),
  }
}

function writeHeader(out: Output, messages: readonly Uint8Array[]): number {
  const size = messages.reduce((sum, bytes) => sum + bytes.length, 0)
  const header = new Block(16 + size).u8(1).skip(1).u16(messages.length).u32(1).u32(size).skip(4)
  for (const bytes of messages) header.put(bytes)
  return out.add(header.bytes)
}

function message(type: number, data: Uint8Array): Uint8Array {
  const size = (data.length + 7) & ~7
  return new Block(8 + size).u16(type).u16(size).skip(4).put(data).bytes
}

function symbol(name: number, { header, members }: Placed): Uint8Array {
  const bytes = new Block(40).u64(name).u64(header)
  if (members === undefined) return bytes.bytes
  return bytes.u32(1).skip(4).u64(members.tree).u64(members.heap).bytes
}

function dataspace(shape: readonly number[]): Uint8Array {
  const bytes = new Block(8 + 8 * shape.length).u8(1).u8(shape.length).skip(6)
  for (const size of shape) bytes.u64(size)
  return bytes.bytes
}

/** Class 1, little-endian, mantissa implied: 32 bits with the exponent at 23, the sign at 31, a bias of 127. */
const FLOAT32 = /* @__PURE__ */ new Uint8Array([
  0x11, 0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0, 0, 0, 0, 0,
])
/** Class 0, little-endian, signed: 64 bits. */
const INT64 = /* @__PURE__ */ new Uint8Array([0x10, 8, 0, 0, 8, 0, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0])

/** A message of a header cannot hold more than 64 kB. */
const MAX_IN_HEADER = 16_000

/** Strings of one length, in UTF-8 and padded with zeros: as h5py reads and writes them. A long one is on the global heap. */
function attribute(out: Output, name: string, value: string | readonly string[]): Uint8Array {
  const encoder = new TextEncoder()
  let texts: Uint8Array[] = (typeof value === 'string' ? [value] : value).map((text) => encoder.encode(text))
  let size = Math.max(1, ...texts.map((text) => text.length))
  let type: Uint8Array = new Block(8).u8(0x13).u8(0x11).skip(2).u32(size).bytes
  if (typeof value === 'string' && size > MAX_IN_HEADER) {
    // A string of variable length: its length, where the collection of the heap is, and its number in there.
    type = new Block(16).u8(0x19).u8(1).u8(1).skip(1).u32(16).u8(0x13).skip(3).u32(1).bytes
    texts = [new Block(16).u32(size).u64(heapCollection(out, texts[0]!)).u32(1).bytes]
    size = 16
  }
  const space = dataspace(typeof value === 'string' ? [] : [value.length])
  const nameBytes = encoder.encode(`${name}\0`)
  const paddedName = (nameBytes.length + 7) & ~7
  const bytes = new Block(8 + paddedName + type.length + space.length + size * texts.length)
  bytes.u8(1).skip(1).u16(nameBytes.length).u16(type.length).u16(space.length)
  bytes
    .put(nameBytes)
    .skip(paddedName - nameBytes.length)
    .put(type)
    .put(space)
  for (const text of texts) bytes.put(text).skip(size - text.length)
  return bytes.bytes
}

/** A collection of the global heap with one object. @returns where it lies */
function heapCollection(out: Output, object: Uint8Array): number {
  const size = 16 + 16 + ((object.length + 7) & ~7)
  const block = new Block(size).text('GCOL').u8(1).skip(3).u64(size).u16(1).u16(1).skip(4).u64(object.length)
  return out.add(block.put(object).bytes)
}

function littleEndian(values: Float32Array | BigInt64Array): Uint8Array {
  const bytes = new Uint8Array(values.byteLength)
  const view = new DataView(bytes.buffer)
  if (values instanceof Float32Array) for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i]!, true)
  else for (let i = 0; i < values.length; i++) view.setBigInt64(8 * i, values[i]!, true)
  return bytes
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const result: T[][] = []
  for (let i = 0; i < items.length; i += size) result.push(items.slice(i, i + size))
  return result
}

/** A block that is filled from its start. */
class Block {
  readonly bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(length: number) {
    this.bytes = new Uint8Array(length)
    this.#view = new DataView(this.bytes.buffer)
  }

  skip(length: number): this {
    this.#at += length
    return this
  }

  put(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#at)
    return this.skip(bytes.length)
  }

  text(text: string): this {
    for (const letter of text) this.u8(letter.charCodeAt(0))
    return this
  }

  u8(value: number): this {
    this.#view.setUint8(this.#at, value)
    return this.skip(1)
  }

  u16(value: number): this {
    this.#view.setUint16(this.#at, value, true)
    return this.skip(2)
  }

  u32(value: number): this {
    this.#view.setUint32(this.#at, value, true)
    return this.skip(4)
  }

  u64(value: number): this {
    this.#view.setBigUint64(this.#at, BigInt(value), true)
    return this.skip(8)
  }

  address(value: number | undefined): this {
    this.#view.setBigUint64(this.#at, value === undefined ? UNDEFINED : BigInt(value), true)
    return this.skip(8)
  }
}
