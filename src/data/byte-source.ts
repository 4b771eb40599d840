/**
 * The bytes of a file that may be gzipped, a chunk at a time. `DecompressionStream` is the web's own and is in Node
 * too, so there is nothing to bundle; but engines differ in what they let pass behind the end of the gzip data, so the
 * last bytes of the file are watched here.
 */
import { ArgumentError, FormatError, show } from '../errors.ts'
import { isByteArray } from '../typed-arrays.ts'

type Bytes = ReadableStream<Uint8Array>

/** The most packed bytes that are handed over at once: they may unpack to a thousand times as many. */
const PIECE = 1 << 14

/** Opens a file given as a stream or as bytes, and unpacks it when its first two bytes say gzip. */
export async function openBytes(source: Bytes | Uint8Array, file: string): Promise<ByteSource> {
  const input = new WatchedInput(isByteArray(source) ? asStream(source) : checkStream(source))
  const gzipped = await input.startsWith([0x1f, 0x8b])
  return new ByteSource(input, file, gzipped)
}

/** The unpacked bytes of a file. */
export class ByteSource {
  readonly gzipped: boolean
  readonly #input: WatchedInput
  readonly #file: string
  readonly #unpacked: ReadableStreamDefaultReader<Uint8Array> | undefined
  /** How many unpacked bytes have been read. */
  #count = 0

  constructor(input: WatchedInput, file: string, gzipped: boolean) {
    this.gzipped = gzipped
    this.#input = input
    this.#file = file
    this.#unpacked = gzipped ? unpack(input) : undefined
  }

  /**
   * The next chunk, or `undefined` at the end. Throws `FormatError` when gzip data is damaged, cut short or followed by
   * something else; what the source itself throws passes through.
   */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#unpacked === undefined) return this.#input.next()
    const step = await this.#unpacked.read().catch((error: unknown) => {
      throw this.#input.failure === undefined ? this.#damaged(error) : this.#input.failure.error
    })
    if (step.done) {
      this.#checkTail()
      return undefined
    }
    this.#count += step.value.length
    return step.value
  }

  /** Lets go of the source before its end. */
  async cancel(reason: unknown): Promise<void> {
    await this.#unpacked?.cancel(reason).catch(() => {})
    await this.#input.cancel(reason)
  }

  #damaged(cause: unknown): FormatError {
    const reason = cause instanceof Error && cause.message !== '' ? ` (${cause.message})` : ''
    const { count } = this.#input
    return new FormatError(
      {
        who: this.#file,
        expected: 'sound gzip data',
        received: `damage within its first ${count} bytes, after byte ${this.#count} of the unpacked data${reason}`,
        hint: 'the file is damaged or cut short: fetch it again',
      },
      { cause },
    )
  }

  #checkTail(): void {
    const { tail, count } = this.#input
    if (tail === this.#count % 2 ** 32) return
    throw new FormatError({
      who: this.#file,
      expected: `the unpacked size ${this.#count} in the last 4 bytes, where gzip data ends`,
      received: `${tail} at byte ${count - 4}`,
      hint: 'something follows the gzip data: fetch the file again',
    })
  }
}

/** A stream that can be looked into, counts its bytes and remembers the last four. */
class WatchedInput {
  /** How many bytes have been given out. */
  count = 0
  /** The last four bytes, as the little-endian number that gzip ends in: the unpacked size modulo 2^32. */
  tail = 0
  /** What the source itself threw. */
  failure: { readonly error: unknown } | undefined
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  #ahead: Uint8Array = new Uint8Array(0)

  constructor(source: Bytes) {
    this.#reader = source.getReader()
  }

  /** The next chunk, or `undefined` at the end. */
  async next(): Promise<Uint8Array | undefined> {
    const chunk = this.#ahead.length > 0 ? this.#ahead : await this.#fetch()
    if (chunk === undefined) return undefined
    this.#ahead = new Uint8Array(0)
    this.count += chunk.length
    for (const byte of chunk.subarray(-4)) this.tail = ((this.tail >>> 8) | (byte << 24)) >>> 0
    return chunk
  }

  /** Whether the first bytes are these. They are read, kept, and given out again by `next`. */
  async startsWith(magic: readonly number[]): Promise<boolean> {
    while (this.#ahead.length < magic.length) {
      const chunk = await this.#fetch()
      if (chunk === undefined) return false
      const joined = new Uint8Array(this.#ahead.length + chunk.length)
      joined.set(this.#ahead)
      joined.set(chunk, this.#ahead.length)
      this.#ahead = joined
    }
    return magic.every((byte, i) => byte === this.#ahead[i])
  }

  /** Lets go of the source. */
  async cancel(reason: unknown): Promise<void> {
    await this.#reader.cancel(reason).catch(() => {})
  }

  /** The next bytes that are not nothing. */
  async #fetch(): Promise<Uint8Array | undefined> {
    try {
      for (;;) {
        const step = await this.#reader.read()
        if (step.done) return undefined
        if (step.value.length > 0) return step.value
      }
    } catch (error) {
      this.failure = { error }
      throw error
    }
  }
}

/**
 * Feeds the input to a `DecompressionStream`, a piece at a time and no faster than the unpacked bytes are read:
 * `pipeThrough` lets Node queue the whole file.
 */
function unpack(input: WatchedInput): ReadableStreamDefaultReader<Uint8Array> {
  const { readable, writable } = new DecompressionStream('gzip')
  const writer = writable.getWriter()
  const feed = async (): Promise<void> => {
    for (let chunk = await input.next(); chunk !== undefined; chunk = await input.next()) {
      for (let at = 0; at < chunk.length; at += PIECE) {
        await writer.ready
        // The DOM's types want chunks that an ArrayBuffer is behind; the transform only reads them.
        await writer.write(chunk.subarray(at, at + PIECE) as Uint8Array<ArrayBuffer>)
      }
    }
    await writer.close()
  }
  // Whatever goes wrong here, the reader of the other end gets to know.
  feed().catch((error: unknown) => writer.abort(error).catch(() => {}))
  writer.closed.catch(() => {})
  return readable.getReader()
}

function checkStream(source: Bytes): Bytes {
  if (source instanceof ReadableStream) return source
  throw new ArgumentError({
    who: 'readIdx',
    expected: 'source to be a Uint8Array or a ReadableStream of them',
    received: show(source),
  })
}

function asStream(bytes: Uint8Array): Bytes {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
}
