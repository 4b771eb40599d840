/**
 * Reads IDX, the format of the MNIST files: a magic number (two zero bytes, a type, the number of dimensions), the
 * dimensions as big-endian 32-bit integers, then the items. Only unsigned bytes are read. A file may come gzipped. The
 * header is checked and capped before anything is allocated, the items are unpacked straight into the one buffer that
 * it asks for, and unpacking stops at the first byte too many. The format: http://yann.lecun.com/exdb/mnist/
 */
import { ArgumentError, checkInteger, checkOptions, FormatError, show, showShape } from '../errors.ts'
import { isByteArray } from '../typed-arrays.ts'
import { openBytes } from './byte-source.ts'

/** An array out of an IDX file. */
export interface IdxArray {
  /** The dimensions: `[60000, 28, 28]`. */
  readonly shape: readonly number[]
  /** The items, the last dimension innermost: a view of `bytes`. */
  readonly data: Uint8Array
  /** The whole unpacked file with its header, as checksums want it. */
  readonly bytes: Uint8Array
}

/** What a reader accepts. */
export interface IdxLimits {
  /** The number of dimensions that the file must have. Default: any from 1 to 8. */
  readonly dimensions?: number
  /** The most bytes that the unpacked file may have. Default: 1 GiB. */
  readonly maxBytes?: number
}

interface Header {
  readonly shape: readonly number[]
  /** Bytes before the items. */
  readonly length: number
  /** Bytes of header and items. */
  readonly fileBytes: number
}

const UNSIGNED_BYTE = 0x08
const MAX_DIMENSIONS = 8
const MAX_BYTES = 2 ** 30

/**
 * Reads an unpacked IDX file that is in memory already; `data` is a view of `bytes`. `file` is the name that errors
 * give. Throws `FormatError` with the offset when the bytes are not exactly what their header promises.
 * @param bytes the file
 * @param file its name
 * @param limits what is accepted; default: any that is not above 1 GiB
 * @example
 * const file = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 5, 7)
 * console.log(data.parseIdx(file, 'labels-idx1-ubyte').data) // Uint8Array(2) [ 5, 7 ]
 */
export function parseIdx(bytes: Uint8Array, file: string, limits: IdxLimits = {}): IdxArray {
  checkLimits('parseIdx', limits)
  if (!isByteArray(bytes)) {
    throw new ArgumentError({ who: 'parseIdx', expected: 'bytes to be a Uint8Array', received: show(bytes) })
  }
  const header = readHeader(bytes, file, limits)
  if (header === undefined) throw headerCutShort(file, bytes.length)
  if (bytes.length > header.fileBytes) throw tooLong(file, header, '')
  if (bytes.length < header.fileBytes) throw cutShort(file, header, bytes.length, '')
  return toArray(bytes, header)
}

/**
 * Reads an IDX file, gzipped or not, from a stream or from bytes. `file` is the name that errors give. Throws
 * `FormatError` with the offset when the file is truncated, too long, followed by something else, damaged, or larger
 * than `limits` allow. Errors of the stream itself pass through. The stream is cancelled when reading stops early.
 * @param source the file
 * @param file its name
 * @param limits what is accepted; default: any that is not above 1 GiB
 * @example
 * const file = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 5, 7)
 * console.log((await data.readIdx(file, 'labels-idx1-ubyte')).shape) // [ 2 ]
 */
export async function readIdx(
  source: ReadableStream<Uint8Array> | Uint8Array,
  file: string,
  limits: IdxLimits = {},
): Promise<IdxArray> {
  checkLimits('readIdx', limits)
  const input = await openBytes(source, file)
  const sink = new IdxSink(file, limits, input.gzipped ? ' of the unpacked data' : '')
  try {
    for (let chunk = await input.read(); chunk !== undefined; chunk = await input.read()) sink.push(chunk)
    return sink.end()
  } catch (error) {
    await input.cancel(error)
    throw error
  }
}

/** Takes a file in pieces: collects the header, then fills the one buffer that the header asks for. */
class IdxSink {
  readonly #file: string
  readonly #limits: IdxLimits
  readonly #where: string
  #received = 0
  #header: Header | undefined
  #bytes = new Uint8Array(4 + 4 * MAX_DIMENSIONS)

  constructor(file: string, limits: IdxLimits, where: string) {
    this.#file = file
    this.#limits = limits
    this.#where = where
  }

  push(chunk: Uint8Array): void {
    let rest = chunk
    while (this.#header === undefined && rest.length > 0) {
      const part = rest.subarray(0, this.#bytes.length - this.#received)
      this.#append(part)
      rest = rest.subarray(part.length)
      this.#open()
    }
    if (this.#header === undefined) return
    if (this.#received + rest.length > this.#header.fileBytes) throw tooLong(this.#file, this.#header, this.#where)
    this.#append(rest)
  }

  end(): IdxArray {
    if (this.#header === undefined) throw headerCutShort(this.#file, this.#received)
    if (this.#received < this.#header.fileBytes) throw cutShort(this.#file, this.#header, this.#received, this.#where)
    return toArray(this.#bytes, this.#header)
  }

  #append(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#received)
    this.#received += bytes.length
  }

  /** Once the header is complete, swaps the small buffer for the file's. */
  #open(): void {
    const start = this.#bytes.subarray(0, this.#received)
    const header = readHeader(start, this.#file, this.#limits)
    if (header === undefined) return
    if (start.length > header.fileBytes) throw tooLong(this.#file, header, this.#where)
    this.#header = header
    this.#bytes = new Uint8Array(header.fileBytes)
    this.#bytes.set(start)
  }
}

function checkLimits(who: string, limits: IdxLimits): void {
  checkOptions(who, limits, ['dimensions', 'maxBytes'])
  if (limits.dimensions !== undefined) checkInteger(who, 'dimensions', limits.dimensions, 1, MAX_DIMENSIONS)
  if (limits.maxBytes !== undefined) checkInteger(who, 'maxBytes', limits.maxBytes, 1)
}

/** The header at the start of `bytes`, or nothing when it is not complete yet. Throws when it is wrong or too large. */
function readHeader(bytes: Uint8Array, file: string, limits: IdxLimits): Header | undefined {
  if (bytes.length < 4) return undefined
  checkMagic(bytes, file, limits.dimensions)
  const dimensions = bytes[3]!
  const length = 4 + 4 * dimensions
  if (bytes.length < length) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i))
  const empty = shape.indexOf(0)
  if (empty !== -1) {
    throw new FormatError({
      who: file,
      expected: `dimension ${empty} at byte ${4 + 4 * empty} to be at least 1`,
      received: '0',
    })
  }
  const fileBytes = shape.reduce((product, size) => product * size, 1) + length
  const { maxBytes = MAX_BYTES } = limits
  if (fileBytes > maxBytes) {
    throw new FormatError({
      who: file,
      expected: `at most ${maxBytes} bytes`,
      received: `dimensions ${showShape(shape)} at byte 4, which ask for ${fileBytes}`,
    })
  }
  return { shape, length, fileBytes }
}

function checkMagic(bytes: Uint8Array, file: string, dimensions: number | undefined): void {
  const [first, second, type, rank = 0] = bytes
  const rankFits = dimensions === undefined ? rank >= 1 && rank <= MAX_DIMENSIONS : rank === dimensions
  if (first === 0 && second === 0 && type === UNSIGNED_BYTE && rankFits) return
  const wanted = dimensions === undefined ? `01 to 0${MAX_DIMENSIONS}` : `0${dimensions}`
  const plural = dimensions === 1 ? 'dimension' : 'dimensions'
  throw new FormatError({
    who: file,
    expected: `00 00 08 ${wanted} at byte 0 (IDX, unsigned bytes, ${dimensions ?? `1 to ${MAX_DIMENSIONS}`} ${plural})`,
    received: Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' '),
    hint: guess(bytes),
  })
}

/** What a file that is not IDX may be instead. */
function guess([first, second]: Uint8Array): string | undefined {
  if (first === 0x3c) return 'this looks like a web page: check the address'
  if (first === 0x1f && second === 0x8b) return 'this is gzip: unpack it, or use readIdx'
  return undefined
}

function toArray(bytes: Uint8Array, header: Header): IdxArray {
  return { shape: header.shape, data: bytes.subarray(header.length), bytes }
}

function headerCutShort(file: string, length: number): FormatError {
  return new FormatError({ who: file, expected: 'an IDX header from byte 0', received: `the end at byte ${length}` })
}

function cutShort(file: string, header: Header, length: number, where: string): FormatError {
  return new FormatError({
    who: file,
    expected: `${header.fileBytes} bytes for its dimensions ${showShape(header.shape)}`,
    received: `the end at byte ${length}${where}`,
    hint: 'the file is cut short: fetch it again',
  })
}

function tooLong(file: string, header: Header, where: string): FormatError {
  return new FormatError({
    who: file,
    expected: `${header.fileBytes} bytes for its dimensions ${showShape(header.shape)}`,
    received: `more, from byte ${header.fileBytes}${where} on`,
    hint: 'the file is not what its header says: fetch it again',
  })
}
