/**
 * Reading HDF5, as far as h5py writes it for Keras and PyTables for others: superblocks 0 to 3, object headers 1 and 2,
 * groups of both kinds, contiguous, compact and chunked data with deflate, shuffle and checksums, floats, integers and
 * strings. By the HDF5 File Format Specification 3.0; the letters O and L are its sizes of offsets and lengths.
 */

import { inflateSync } from 'fflate'
import { show } from '../errors.ts'
import { Bytes } from './bytes.ts'
import { ELEMENT_BYTES, type ElementType, type FileTensor, toFloats } from './elements.ts'

export const HDF5_SIGNATURE = '\u0089HDF\r\n\u001a\n'

/** Deeper than any model's groups are nested. */
const MAX_DEPTH = 32

/** What an attribute may hold; an array of any rank comes flat. */
export type Hdf5Value = string | number | readonly string[] | readonly number[]

/** Numbers of header messages. */
const MESSAGE = {
  dataspace: 1,
  linkInfo: 2,
  datatype: 3,
  link: 6,
  layout: 8,
  filters: 11,
  attribute: 12,
  continuation: 16,
  symbolTable: 17,
  attributeInfo: 21,
}

interface Message {
  readonly type: number
  readonly at: number
  readonly size: number
  readonly shared: boolean
}

type Datatype =
  | { readonly kind: 'number'; readonly type: ElementType; readonly littleEndian: boolean; readonly size: number }
  | { readonly kind: 'string'; readonly size: number }
  | { readonly kind: 'variable string'; readonly size: number }
  | { readonly kind: 'other'; readonly size: number; readonly name: string }

interface Filter {
  readonly id: number
  readonly parameters: readonly number[]
}

/** A group or a data set. */
export interface Hdf5Node {
  /** Where it is: '/model_weights/dense'. */
  readonly path: string
  readonly isGroup: boolean
  /** The names of a group's members; by B-tree, that is by name, or in the order of the links. */
  readonly names: readonly string[]
  child(name: string): Hdf5Node | undefined
  readonly attributeNames: readonly string[]
  /** @throws FormatError for one that is of a type that this reader lacks */
  attribute(name: string): Hdf5Value | undefined
  /** The numbers of a data set. */
  read(): FileTensor
}

/**
 * The root group of a file.
 * @param file its path or URL, for error texts
 * @throws FormatError, here or when a node is read
 */
export function openHdf5(file: string, bytes: Uint8Array): Hdf5Node {
  return new Reader(new Bytes(file, bytes)).root()
}

/** Whether bytes begin as an HDF5 file does, at the start or behind a block of the user's. */
export function isHdf5(bytes: Uint8Array): boolean {
  return signatureAt(new Bytes('', bytes)) !== undefined
}

function signatureAt(bytes: Bytes): number | undefined {
  for (let at = 0; at + 8 <= bytes.length; at = at === 0 ? 512 : at * 2) if (bytes.has(at, HDF5_SIGNATURE)) return at
  return undefined
}

/** Every data set below a node, by its path from there: 'dense/kernel:0'. */
export function datasetsBelow(node: Hdf5Node): Map<string, Hdf5Node> {
  const found = new Map<string, Hdf5Node>()
  const visit = (group: Hdf5Node, prefix: string): void => {
    for (const name of group.names) {
      const child = group.child(name)
      if (child === undefined) continue
      if (child.isGroup) visit(child, `${prefix}${name}/`)
      else found.set(prefix + name, child)
    }
  }
  visit(node, '')
  return found
}

class Reader {
  readonly bytes: Bytes
  #offsetSize = 8
  #lengthSize = 8
  #base = 0
  readonly #heaps = new Map<number, Map<number, { readonly at: number; readonly size: number }>>()

  constructor(bytes: Bytes) {
    this.bytes = bytes
  }

  root(): Hdf5Node {
    const { bytes } = this
    const at = signatureAt(bytes)
    if (at === undefined) throw bytes.error(0, 'the signature of HDF5', 'something else')
    const version = bytes.u8(at + 8)
    if (version > 3) throw bytes.error(at + 8, 'a superblock of version 0 to 3', `${version}`)
    const modern = version >= 2
    this.#offsetSize = this.#checkSize(at + (modern ? 9 : 13))
    this.#lengthSize = this.#checkSize(at + (modern ? 10 : 14))
    const addresses = at + (modern ? 12 : version === 1 ? 28 : 24)
    this.#base = this.#uint(addresses, this.#offsetSize) ?? 0
    const rootAt = addresses + (modern ? 3 : 5) * this.#offsetSize
    return this.node(this.#addressOr(rootAt, 'the root group'), '/', 0)
  }

  #checkSize(at: number): number {
    const size = this.bytes.u8(at)
    if (size !== 4 && size !== 8) throw this.bytes.error(at, 'offsets and lengths of 4 or 8 bytes', `${size}`)
    return size
  }

  /** An integer of 1, 2, 4 or 8 bytes, or undefined where all of its bits are set. */
  #uint(at: number, size: number): number | undefined {
    const { bytes } = this
    const value = size === 8 ? bytes.u64(at) : size === 4 ? bytes.u32(at) : size === 2 ? bytes.u16(at) : bytes.u8(at)
    return value >= 2 ** (8 * size) - 1 ? undefined : value
  }

  #length(at: number): number {
    return this.#uint(at, this.#lengthSize) ?? Number.MAX_SAFE_INTEGER
  }

  #address(at: number): number | undefined {
    const value = this.#uint(at, this.#offsetSize)
    return value === undefined ? undefined : value + this.#base
  }

  #addressOr(at: number, what: string): number {
    return this.#address(at) ?? this.bytes.fail(at, `the address of ${what}`, 'none')
  }

  #expect(at: number, signature: string): void {
    if (!this.bytes.has(at, signature)) throw this.bytes.error(at, `a block '${signature}'`, 'something else')
  }

  node(address: number, path: string, depth: number): Hdf5Node {
    if (depth > MAX_DEPTH)
      throw this.bytes.error(address, `groups of at most ${MAX_DEPTH} levels`, `more at ${show(path)}`)
    // Links may lead anywhere, so what is reached again is paid for again.
    this.bytes.spend(address, 1024)
    const messages = this.#messages(address)
    const first = (type: number): Message | undefined => messages.find((message) => message.type === type)
    const layout = first(MESSAGE.layout)
    const links = layout === undefined ? this.#links(messages) : new Map<string, number>()
    const attributes = new Map<string, () => Hdf5Value>()
    for (const message of messages) if (message.type === MESSAGE.attribute) this.#attribute(message, attributes)
    return {
      path,
      isGroup: layout === undefined,
      names: [...links.keys()],
      child: (name) => {
        const at = links.get(name)
        return at === undefined ? undefined : this.node(at, path === '/' ? `/${name}` : `${path}/${name}`, depth + 1)
      },
      attributeNames: [...attributes.keys()],
      attribute: (name) => {
        const read = attributes.get(name)
        if (read === undefined) this.#refuseDense(first(MESSAGE.attributeInfo), `attributes of ${show(path)}`)
        return read?.()
      },
      read: () => this.#read(address, path, first),
    }
  }

  /** The messages of an object header and its continuations. */
  #messages(address: number): Message[] {
    const { bytes } = this
    const messages: Message[] = []
    const blocks: { at: number; size: number }[] = []
    const modern = bytes.has(address, 'OHDR')
    let tracked = 0
    if (modern) {
      const flags = bytes.u8(address + 5)
      const sizeAt = address + 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0)
      const sizeBytes = 1 << (flags & 3)
      tracked = flags & 4 ? 2 : 0
      blocks.push({ at: sizeAt + sizeBytes, size: this.#uint(sizeAt, sizeBytes) ?? Number.MAX_SAFE_INTEGER })
    } else {
      if (bytes.u8(address) !== 1) throw bytes.error(address, 'an object header', 'something else')
      blocks.push({ at: address + 16, size: bytes.u32(address + 8) })
    }
    const headSize = modern ? 4 + tracked : 8
    for (let block = blocks.shift(); block !== undefined; block = blocks.shift()) {
      bytes.check(block.at, block.size, 'bytes of an object header')
      bytes.spend(block.at, block.size + 1)
      const end = block.at + block.size
      for (let at = block.at; at + headSize <= end; ) {
        const type = modern ? bytes.u8(at) : bytes.u16(at)
        const size = bytes.u16(at + (modern ? 1 : 2))
        const flags = bytes.u8(at + (modern ? 3 : 4))
        const message = { type, at: at + headSize, size, shared: (flags & 2) !== 0 }
        if (message.at + size > end) throw bytes.error(at, `a message of at most ${end - message.at} bytes`, `${size}`)
        if (type === MESSAGE.continuation) blocks.push(this.#continuation(message, modern))
        else messages.push(message)
        at = message.at + size
      }
    }
    return messages
  }

  #continuation({ at }: Message, modern: boolean): { at: number; size: number } {
    const target = this.#addressOr(at, 'a continuation')
    const size = this.#length(at + this.#offsetSize)
    if (!modern) return { at: target, size }
    this.#expect(target, 'OCHK')
    return { at: target + 4, size: size - 8 }
  }

  #refuseDense(info: Message | undefined, what: string): void {
    if (info === undefined) return
    const flags = this.bytes.u8(info.at + 1)
    const tracked = info.type === MESSAGE.linkInfo ? (flags & 1 ? 8 : 0) : flags & 1 ? 2 : 0
    if (this.#address(info.at + 2 + tracked) === undefined) return
    throw this.bytes.error(
      info.at,
      `${what} in the object header`,
      'a fractal heap',
      "write the file with libver='earliest'",
    )
  }

  #links(messages: readonly Message[]): Map<string, number> {
    const links = new Map<string, number>()
    for (const message of messages) {
      if (message.type === MESSAGE.symbolTable) this.#symbolTable(message.at, links)
      if (message.type === MESSAGE.link) this.#link(message, links)
      if (message.type === MESSAGE.linkInfo) this.#refuseDense(message, 'links')
    }
    return links
  }

  #link({ at }: Message, links: Map<string, number>): void {
    const { bytes } = this
    const flags = bytes.u8(at + 1)
    let next = at + 2
    const type = flags & 8 ? bytes.u8(next++) : 0
    if (flags & 4) next += 8
    if (flags & 16) next++
    const lengthSize = 1 << (flags & 3)
    const length = this.#uint(next, lengthSize) ?? Number.MAX_SAFE_INTEGER
    next += lengthSize
    const name = bytes.text(next, length)
    if (type === 0) links.set(name, this.#addressOr(next + length, show(name)))
  }

  /** A group as HDF5 first had them: names in a heap, members in the leaves of a B-tree. */
  #symbolTable(at: number, links: Map<string, number>): void {
    const { bytes } = this
    const [O, L] = [this.#offsetSize, this.#lengthSize]
    const heap = this.#addressOr(at + O, 'the names of a group')
    this.#expect(heap, 'HEAP')
    const names = this.#addressOr(heap + 8 + 2 * L, 'the names of a group')
    const namesEnd = names + this.#length(heap + 8)
    bytes.check(names, namesEnd - names, 'bytes of names')
    const tree = this.#addressOr(at, 'the members of a group')
    this.#walkTree(tree, 0, L, undefined, (leaf) => {
      this.#expect(leaf, 'SNOD')
      const count = bytes.u16(leaf + 6)
      bytes.spend(leaf, count * (2 * O + 24))
      for (let i = 0; i < count; i++) {
        const entry = leaf + 8 + i * (2 * O + 24)
        const name = this.#textUntilZero(names + (this.#uint(entry, O) ?? 0), namesEnd)
        links.set(name, this.#addressOr(entry + O, show(name)))
      }
    })
  }

  #textUntilZero(at: number, end: number): string {
    if (at >= end) throw this.bytes.error(at, 'a name within its heap', 'an offset beyond it')
    let stop = at
    while (stop < end && this.bytes.bytes[stop] !== 0) stop++
    this.bytes.spend(at, stop - at)
    return this.bytes.text(at, stop - at)
  }

  /** Calls `visit` for each child of the lowest nodes. A child's level is one less, so there is no way round. */
  #walkTree(
    address: number,
    type: number,
    keySize: number,
    level: number | undefined,
    visit: (child: number, key: number) => void,
  ): void {
    const { bytes } = this
    this.#expect(address, 'TREE')
    const own = bytes.u8(address + 5)
    if (bytes.u8(address + 4) !== type || (level !== undefined && own !== level) || own > MAX_DEPTH) {
      throw bytes.error(address, `a node of a B-tree of type ${type}`, 'another type or level')
    }
    const count = bytes.u16(address + 6)
    const entries = address + 8 + 2 * this.#offsetSize
    bytes.check(entries, count * (keySize + this.#offsetSize), 'bytes of a B-tree')
    bytes.spend(address, 24 + count * (keySize + this.#offsetSize))
    for (let i = 0; i < count; i++) {
      const key = entries + i * (keySize + this.#offsetSize)
      const child = this.#addressOr(key + keySize, 'a node of a B-tree')
      if (own === 0) visit(child, key)
      else this.#walkTree(child, type, keySize, own - 1, visit)
    }
  }

  #dataspace(at: number, size: number): readonly number[] | null {
    const { bytes } = this
    const version = bytes.u8(at)
    const rank = bytes.u8(at + 1)
    if (version !== 1 && version !== 2) throw bytes.error(at, 'a dataspace of version 1 or 2', `${version}`)
    if (version === 2 && bytes.u8(at + 3) === 2) return null
    const from = at + (version === 1 ? 8 : 4)
    if (rank > MAX_DEPTH || from + rank * this.#lengthSize > at + size) {
      throw bytes.error(at, 'the sizes of a dataspace within its message', `rank ${rank}`)
    }
    return Array.from({ length: rank }, (_, i) => this.#length(from + i * this.#lengthSize))
  }

  #datatype(at: number): Datatype {
    const { bytes } = this
    const kind = bytes.u8(at) & 15
    const bits = bytes.u8(at + 1)
    const size = bytes.u32(at + 4)
    const littleEndian = (bits & 1) === 0
    if (kind === 0) {
      const name = `${bits & 8 ? 'int' : 'uint'}${8 * size}`
      if (Object.hasOwn(ELEMENT_BYTES, name)) return { kind: 'number', type: name as ElementType, littleEndian, size }
    }
    if (kind === 1) {
      const name = bytes.u8(at + 13) === 8 && size === 2 ? 'bfloat16' : `float${8 * size}`
      if (Object.hasOwn(ELEMENT_BYTES, name)) return { kind: 'number', type: name as ElementType, littleEndian, size }
    }
    if (kind === 3) return { kind: 'string', size }
    if (kind === 9 && (bits & 15) === 1) return { kind: 'variable string', size }
    // An enumeration, as h5py writes booleans: the type that it is made of comes first.
    if (kind === 8 && (bytes.u8(at + 8) & 15) === 0) return this.#datatype(at + 8)
    return { kind: 'other', size, name: `class ${kind} of ${size} bytes` }
  }

  #attribute(message: Message, attributes: Map<string, () => Hdf5Value>): void {
    const { bytes } = this
    const { at, size } = message
    const version = bytes.u8(at)
    const flags = bytes.u8(at + 1)
    if (version < 1 || version > 3) throw bytes.error(at, 'an attribute of version 1 to 3', `${version}`)
    const pad = (length: number): number => (version === 1 ? (length + 7) & ~7 : length)
    const nameSize = bytes.u16(at + 2)
    const nameAt = at + (version === 3 ? 9 : 8)
    const typeAt = nameAt + pad(nameSize)
    const spaceAt = typeAt + pad(bytes.u16(at + 4))
    const spaceSize = bytes.u16(at + 6)
    const dataAt = spaceAt + pad(spaceSize)
    if (dataAt > at + size) throw bytes.error(at, `an attribute within ${size} bytes`, `${dataAt - at}`)
    const name = this.#textUntilZero(nameAt, nameAt + nameSize)
    attributes.set(name, () => {
      if (message.shared || (version > 1 && flags & 3)) throw bytes.error(at, 'a type of its own', 'a shared one')
      const type = this.#datatype(typeAt)
      const shape = this.#dataspace(spaceAt, spaceSize)
      if (shape === null) return []
      const count = shape.reduce((product, length) => product * length, 1)
      bytes.check(dataAt, count * type.size, 'bytes of an attribute')
      bytes.spend(dataAt, count * (type.size + 8))
      const values = this.#attributeValues(dataAt, type, count, name)
      return shape.length === 0 ? values[0]! : values
    })
  }

  #attributeValues(at: number, type: Datatype, count: number, name: string): readonly string[] | readonly number[] {
    const { bytes } = this
    const indices = Array.from({ length: count }, (_, i) => at + i * type.size)
    if (type.kind === 'string') return indices.map((from) => this.#fixedString(from, type.size))
    if (type.kind === 'variable string') return indices.map((from) => this.#variableString(from))
    if (type.kind === 'number') {
      return [...toFloats(bytes.slice(at, count * type.size), type.type, count, type.littleEndian)]
    }
    return bytes.fail(at, `attribute ${show(name)} to be numbers or strings`, type.name)
  }

  /** Up to the first zero; what pads with spaces is not told from text that ends in some. */
  #fixedString(at: number, size: number): string {
    let length = 0
    while (length < size && this.bytes.bytes[at + length] !== 0) length++
    return this.bytes.text(at, length)
  }

  #variableString(at: number): string {
    const { bytes } = this
    const length = bytes.u32(at)
    const address = this.#address(at + 4)
    if (length === 0 || address === undefined) return ''
    const index = bytes.u32(at + 4 + this.#offsetSize)
    const object = this.#heap(address).get(index)
    if (object === undefined || length > object.size) {
      throw bytes.error(
        at,
        `a string of ${length} bytes in the global heap`,
        object === undefined ? 'none' : `${object.size}`,
      )
    }
    bytes.spend(at, length)
    return this.#fixedString(object.at, length)
  }

  /** Where the objects of a collection of the global heap lie. */
  #heap(address: number): Map<number, { readonly at: number; readonly size: number }> {
    const known = this.#heaps.get(address)
    if (known !== undefined) return known
    const { bytes } = this
    this.#expect(address, 'GCOL')
    const size = this.#length(address + 8)
    bytes.check(address, size, 'bytes of the global heap')
    const objects = new Map<number, { readonly at: number; readonly size: number }>()
    const headSize = 8 + this.#lengthSize
    for (let at = address + 8 + this.#lengthSize; at + headSize <= address + size; ) {
      bytes.spend(at, headSize)
      const index = bytes.u16(at)
      const length = this.#length(at + 8)
      if (index === 0 || at + headSize + length > address + size) break
      objects.set(index, { at: at + headSize, size: length })
      at += headSize + ((length + 7) & ~7)
    }
    this.#heaps.set(address, objects)
    return objects
  }

  #read(address: number, path: string, first: (type: number) => Message | undefined): FileTensor {
    const { bytes } = this
    const [space, type, layout] = [first(MESSAGE.dataspace), first(MESSAGE.datatype), first(MESSAGE.layout)]
    if (space === undefined || type === undefined || layout === undefined) {
      throw bytes.error(address, `${show(path)} to be a data set`, 'a group')
    }
    if (space.shared || type.shared) throw bytes.error(address, `a type of its own for ${show(path)}`, 'a shared one')
    const datatype = this.#datatype(type.at)
    if (datatype.kind !== 'number') {
      throw bytes.error(
        type.at,
        `${show(path)} to be numbers`,
        datatype.kind === 'other' ? datatype.name : `${datatype.kind}s`,
      )
    }
    const shape = this.#dataspace(space.at, space.size) ?? [0]
    const count = shape.reduce((product, length) => product * length, 1)
    // More than any WebAssembly memory holds: before arithmetic with it goes astray.
    if (!(count <= 2 ** 32)) throw bytes.error(space.at, `at most 2³² elements in ${show(path)}`, `${count}`)
    bytes.spend(space.at, count * Math.max(4, datatype.size))
    const filters = first(MESSAGE.filters)
    const raw = this.#raw(layout, shape, datatype.size, filters === undefined ? [] : this.#filters(filters.at), path)
    return { shape, dtype: datatype.type, values: toFloats(raw, datatype.type, count, datatype.littleEndian) }
  }

  /** The bytes of a data set in the order of its elements. */
  #raw({ at }: Message, shape: readonly number[], size: number, filters: readonly Filter[], path: string): Uint8Array {
    const { bytes } = this
    const version = bytes.u8(at)
    const total = shape.reduce((product, length) => product * length, size)
    const found = version >= 3 ? this.#layout(at) : this.#oldLayout(at)
    if (found.kind === 'compact') return this.#whole(found.at, Math.min(found.size, total), total, path)
    // Storage is allocated late: without an address nothing was written, and all is the fill value.
    if (found.address === undefined) return new Uint8Array(total)
    if (found.kind === 'contiguous') return bytes.slice(found.address, total, `bytes of ${show(path)}`)
    const raw = new Uint8Array(total)
    const chunk = found.chunk.slice(0, shape.length)
    const chunkBytes = chunk.reduce((product, length) => product * length, size)
    if (chunk.length !== shape.length || chunk.includes(0) || !(chunkBytes <= 2 ** 32)) {
      throw bytes.error(at, `chunks of rank ${shape.length}`, show(found.chunk))
    }
    const place = (from: number, stored: number, mask: number, origin: readonly number[]): void => {
      bytes.spend(from, chunkBytes)
      const data = this.#unfilter(bytes.slice(from, stored), filters, mask, chunkBytes, size, from)
      copyChunk(raw, shape, data, chunk, origin, size)
    }
    if (found.single !== undefined) {
      place(
        found.address,
        found.single.size ?? chunkBytes,
        found.single.mask,
        shape.map(() => 0),
      )
      return raw
    }
    const keySize = 8 + 8 * (shape.length + 1)
    this.#walkTree(found.address, 1, keySize, undefined, (child, key) => {
      const origin = shape.map((_, i) => bytes.u64(key + 8 + 8 * i))
      if (origin.some((start, i) => start >= shape[i]! || start % chunk[i]! !== 0)) {
        throw bytes.error(key, `a chunk within ${show(path)} ${show(shape)}`, show(origin))
      }
      place(child, bytes.u32(key), bytes.u32(key + 4), origin)
    })
    return raw
  }

  #whole(at: number, size: number, total: number, path: string): Uint8Array {
    if (size < total) throw this.bytes.error(at, `${total} bytes of ${show(path)}`, `${size}`)
    return this.bytes.slice(at, total)
  }

  #layout(at: number): Layout {
    const { bytes } = this
    const [O, L] = [this.#offsetSize, this.#lengthSize]
    const version = bytes.u8(at)
    const kind = bytes.u8(at + 1)
    if (kind === 0) return { kind: 'compact', at: at + 4, size: bytes.u16(at + 2) }
    if (kind === 1) return { kind: 'contiguous', address: this.#address(at + 2) }
    if (kind === 2 && version === 3) {
      const rank = bytes.u8(at + 2)
      const chunk = Array.from({ length: rank }, (_, i) => bytes.u32(at + 3 + O + 4 * i))
      return { kind: 'chunked', address: this.#address(at + 3), chunk, single: undefined }
    }
    if (kind === 2 && version === 4) {
      const [flags, rank, width] = [bytes.u8(at + 2), bytes.u8(at + 3), bytes.u8(at + 4)]
      if (![1, 2, 4, 8].includes(width)) throw bytes.error(at + 4, 'sizes of 1, 2, 4 or 8 bytes', `${width}`)
      const chunk = Array.from({ length: rank }, (_, i) => this.#uint(at + 5 + width * i, width) ?? 0)
      const index = at + 5 + width * rank
      if (bytes.u8(index) === 1) {
        const filtered = (flags & 2) !== 0
        const single = filtered
          ? { size: this.#length(index + 1), mask: bytes.u32(index + 1 + L) }
          : { size: undefined, mask: 0 }
        return { kind: 'chunked', address: this.#address(index + 1 + (filtered ? L + 4 : 0)), chunk, single }
      }
      const received = `index type ${bytes.u8(index)}`
      throw bytes.error(index, 'chunks in a B-tree of version 1', received, "write the file with libver='earliest'")
    }
    return bytes.fail(at, 'compact, contiguous or chunked data', `layout ${kind} of version ${version}`)
  }

  #oldLayout(at: number): Layout {
    const { bytes } = this
    const rank = bytes.u8(at + 1)
    const kind = bytes.u8(at + 2)
    const sizesAt = at + 8 + (kind === 0 ? 0 : this.#offsetSize)
    if (kind === 0) return { kind: 'compact', at: sizesAt + 4 * rank + 4, size: bytes.u32(sizesAt + 4 * rank) }
    const address = this.#address(at + 8)
    if (kind === 1) return { kind: 'contiguous', address }
    if (kind !== 2) throw bytes.error(at, 'compact, contiguous or chunked data', `layout ${kind}`)
    const chunk = Array.from({ length: rank }, (_, i) => bytes.u32(sizesAt + 4 * i))
    return { kind: 'chunked', address, chunk, single: undefined }
  }

  #filters(at: number): Filter[] {
    const { bytes } = this
    const version = bytes.u8(at)
    let next = at + (version === 1 ? 8 : 2)
    return Array.from({ length: Math.min(32, bytes.u8(at + 1)) }, () => {
      const id = bytes.u16(next)
      const named = version === 1 || id >= 256
      const nameLength = named ? bytes.u16(next + 2) : 0
      const count = bytes.u16(next + (named ? 6 : 4))
      const from = next + (named ? 8 : 6) + (version === 1 ? (nameLength + 7) & ~7 : nameLength)
      bytes.check(from, 4 * count, 'bytes of filter parameters')
      bytes.spend(from, 4 * count)
      next = from + 4 * count + (version === 1 && count % 2 === 1 ? 4 : 0)
      return { id, parameters: Array.from({ length: count }, (_, i) => bytes.u32(from + 4 * i)) }
    })
  }

  /** Undoes the filters, the last first; `mask` has a bit for each that this chunk skipped. */
  #unfilter(
    stored: Uint8Array,
    filters: readonly Filter[],
    mask: number,
    size: number,
    elementSize: number,
    at: number,
  ): Uint8Array {
    let data = stored
    for (let i = filters.length - 1; i >= 0; i--) {
      if ((mask >>> i) & 1) continue
      const { id, parameters } = filters[i]!
      if (id === 1) data = this.#inflate(data, size, at)
      else if (id === 2) data = unshuffle(data, parameters[0] || elementSize)
      else if (id === 3) data = data.subarray(0, Math.max(0, data.length - 4))
      else throw this.bytes.error(at, 'chunks filtered by deflate, shuffle or fletcher32', `filter ${id}`)
    }
    if (data.length !== size) throw this.bytes.error(at, `a chunk of ${size} bytes`, `${data.length}`)
    return data
  }

  #inflate(data: Uint8Array, size: number, at: number): Uint8Array {
    // A checksum may follow the elements, so there is room for one; what would be longer is cut there, not kept.
    try {
      // Behind the two bytes of zlib's header.
      return inflateSync(data.subarray(2), { out: new Uint8Array(size + 4) })
    } catch (error) {
      throw this.bytes.error(at, 'deflated data', (error as Error).message)
    }
  }
}

type Layout =
  | { readonly kind: 'compact'; readonly at: number; readonly size: number }
  | { readonly kind: 'contiguous'; readonly address: number | undefined }
  | {
      readonly kind: 'chunked'
      readonly address: number | undefined
      readonly chunk: readonly number[]
      /** Set where the whole data set is one chunk that needs no index. */
      readonly single: { readonly size: number | undefined; readonly mask: number } | undefined
    }

/** The bytes of each element together again, that had been sorted by their place in it. */
function unshuffle(data: Uint8Array, elementSize: number): Uint8Array {
  const count = Math.floor(data.length / elementSize)
  const result = data.slice()
  for (let i = 0; i < count; i++) {
    for (let byte = 0; byte < elementSize; byte++) result[i * elementSize + byte] = data[byte * count + i]!
  }
  return result
}

/** Copies what of a chunk lies within the data set. */
function copyChunk(
  target: Uint8Array,
  shape: readonly number[],
  data: Uint8Array,
  chunk: readonly number[],
  origin: readonly number[],
  size: number,
): void {
  if (shape.length === 0) {
    target.set(data)
    return
  }
  const last = shape.length - 1
  const row = Math.min(chunk[last]!, shape[last]! - origin[last]!) * size
  const rows = data.length / (chunk[last]! * size)
  for (let i = 0; i < rows; i++) {
    let to = origin[last]!
    let rest = i
    let stride = shape[last]!
    let inside = true
    for (let axis = last - 1; axis >= 0; axis--) {
      const index = origin[axis]! + (rest % chunk[axis]!)
      rest = Math.floor(rest / chunk[axis]!)
      inside &&= index < shape[axis]!
      to += index * stride
      stride *= shape[axis]!
    }
    if (inside) target.set(data.subarray(i * chunk[last]! * size, i * chunk[last]! * size + row), to * size)
  }
}
