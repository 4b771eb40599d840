import { beforeAll, describe, expect, it } from 'vitest'
import { parseIdx, readIdx } from '../../src/data/idx.ts'
import { ArgumentError, FormatError } from '../../src/errors.ts'
import { gzip, idxFile, joined } from './idx-files.ts'

/** A stream of the given chunks that remembers how many were asked for and whether it was cancelled. */
function streamOf(...chunks: readonly (Uint8Array | Error)[]) {
  const seen = { asked: 0, cancelled: false }
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[seen.asked++]
        if (chunk === undefined) controller.close()
        else if (chunk instanceof Error) controller.error(chunk)
        else controller.enqueue(chunk)
      },
      cancel() {
        seen.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, seen }
}

const plain = idxFile([2, 3, 2])
let packed: Uint8Array<ArrayBuffer>

beforeAll(async () => {
  packed = await gzip(plain)
})

/** The text that reading these bytes is refused with, the same for `parseIdx` and `readIdx`. */
async function refusal(bytes: Uint8Array, limits = {}): Promise<string> {
  const error = await readIdx(bytes, 'f.idx', limits).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(FormatError)
  const { message } = error as FormatError
  expect(() => parseIdx(bytes, 'f.idx', limits)).toThrow(message)
  return message
}

/** The text that reading these gzipped bytes is refused with. */
async function gzipRefusal(bytes: Uint8Array, limits = {}): Promise<string> {
  const error = await readIdx(bytes, 'f.gz', limits).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(FormatError)
  return (error as FormatError).message
}

describe('IDX', () => {
  it('parses in place', () => {
    const array = parseIdx(plain, 'f.idx')
    expect(array.shape).toEqual([2, 3, 2])
    expect([...array.data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(array.data.buffer).toBe(plain.buffer)
    expect(array.bytes).toBe(plain)
  })

  it('reads every number of dimensions up to 8', async () => {
    for (let rank = 1; rank <= 8; rank++) {
      const shape = Array.from({ length: rank }, (_, i) => (i % 3) + 1)
      const array = await readIdx(await gzip(idxFile(shape)), 'f.gz')
      expect(array.shape).toEqual(shape)
      expect([...array.data]).toEqual(Array.from({ length: array.data.length }, (_, i) => i + 1))
    }
  })

  it('reads a part of a larger buffer', async () => {
    const inside = joined([9, 9, 9], plain, [9]).subarray(3, 3 + plain.length)
    expect([...parseIdx(inside, 'f.idx').data]).toEqual([...plain.subarray(16)])
    expect([...(await readIdx(inside, 'f.idx')).data]).toEqual([...plain.subarray(16)])
  })

  it('reads bytes and streams, packed or not, however they are cut', async () => {
    for (const file of [plain, packed]) {
      const bytewise = Array.from(file, (byte) => Uint8Array.of(byte))
      const cut = [file.subarray(0, 1), new Uint8Array(0), file.subarray(1, 6), file.subarray(6)]
      for (const source of [file, streamOf(file).stream, streamOf(...bytewise).stream, streamOf(...cut).stream]) {
        const array = await readIdx(source, 'f.idx')
        expect(array.shape).toEqual([2, 3, 2])
        expect([...array.bytes]).toEqual([...plain])
      }
    }
  })

  it('reads more than one chunk of unpacked data', async () => {
    const large = idxFile(
      [300, 28, 28],
      Uint8Array.from({ length: 300 * 784 }, (_, i) => (i * i) % 255),
    )
    expect((await readIdx(await gzip(large), 'f.gz')).bytes).toEqual(large)
    expect((await readIdx(large, 'f.idx')).bytes).toEqual(large)
  })
})

describe('IDX refuses', () => {
  it('another magic number', async () => {
    expect(await refusal(joined([0, 0, 13, 3], plain.subarray(4)))).toBe(
      'f.idx: expected 00 00 08 01 to 08 at byte 0 (IDX, unsigned bytes, 1 to 8 dimensions), received 00 00 0d 03',
    )
    for (const magic of [
      [1, 0, 8, 3],
      [0, 1, 8, 3],
      [0, 0, 8, 0],
      [0, 0, 8, 9],
    ]) {
      const text = magic.map((byte) => `0${byte}`).join(' ')
      expect(await refusal(joined(magic, plain.subarray(4)))).toContain(`received ${text}`)
    }
  })

  it('another number of dimensions than asked for', async () => {
    expect(await refusal(plain, { dimensions: 1 })).toBe(
      'f.idx: expected 00 00 08 01 at byte 0 (IDX, unsigned bytes, 1 dimension), received 00 00 08 03',
    )
    expect(await refusal(plain, { dimensions: 4 })).toContain('expected 00 00 08 04 at byte 0')
  })

  it('a web page, with a hint', async () => {
    const page = new TextEncoder().encode('<!doctype html><title>Not found</title>')
    expect(await refusal(page)).toMatch(/received 3c 21 64 6f — this looks like a web page: check the address$/)
  })

  it('gzip where it cannot unpack, with a hint', () => {
    expect(() => parseIdx(packed, 'f.gz')).toThrow(/received 1f 8b 08 00 — this is gzip: unpack it, or use readIdx$/)
  })

  it('an empty dimension', async () => {
    const empty = idxFile([2, 0, 2])
    expect(await refusal(empty)).toBe('f.idx: expected dimension 1 at byte 8 to be at least 1, received 0')
  })

  it('a file cut short, at any byte', async () => {
    for (const length of [0, 1, 3, 4, 15]) {
      expect(await refusal(plain.slice(0, length))).toBe(
        `f.idx: expected an IDX header from byte 0, received the end at byte ${length}`,
      )
    }
    for (const length of [16, 17, 27]) {
      expect(await refusal(plain.slice(0, length))).toBe(
        `f.idx: expected 28 bytes for its dimensions [2, 3, 2], received the end at byte ${length}` +
          ' — the file is cut short: fetch it again',
      )
    }
    expect(await gzipRefusal(await gzip(plain.slice(0, 20)))).toContain(
      'received the end at byte 20 of the unpacked data',
    )
  })

  it('a file that is too long', async () => {
    expect(await refusal(joined(plain, [0]))).toBe(
      'f.idx: expected 28 bytes for its dimensions [2, 3, 2], received more, from byte 28 on' +
        ' — the file is not what its header says: fetch it again',
    )
    expect(await gzipRefusal(await gzip(joined(plain, [0])))).toContain(
      'received more, from byte 28 of the unpacked data on',
    )
    // A header of two dimensions, in the room for eight.
    expect(await refusal(joined(idxFile([1, 1]), [1, 2, 3]))).toContain('expected 13 bytes for its dimensions [1, 1]')
  })

  it('a header that asks for more than it may, before allocating', async () => {
    const huge = joined([0, 0, 8, 1], [0xff, 0xff, 0xff, 0xff], [1, 2, 3])
    expect(await refusal(huge)).toBe(
      'f.idx: expected at most 1073741824 bytes, received dimensions [4294967295] at byte 4, which ask for 4294967303',
    )
    const overflowing = joined([0, 0, 8, 8], new Uint8Array(32).fill(0xff))
    expect(await refusal(overflowing)).toContain('expected at most 1073741824 bytes')
    expect(await refusal(plain, { maxBytes: 27 })).toBe(
      'f.idx: expected at most 27 bytes, received dimensions [2, 3, 2] at byte 4, which ask for 28',
    )
    expect(parseIdx(plain, 'f.idx', { maxBytes: 28 }).shape).toEqual([2, 3, 2])
  })

  it('limits that are none', async () => {
    await expect(readIdx(plain, 'f.idx', { dimensions: 9 })).rejects.toThrow(
      'readIdx: expected dimensions to be an integer from 1 to 8, received 9',
    )
    expect(() => parseIdx(plain, 'f.idx', { maxBytes: 0.5 })).toThrow(
      'parseIdx: expected maxBytes to be an integer of at least 1, received 0.5',
    )
    const misspelt = { max: 1 } as object
    expect(() => parseIdx(plain, 'f.idx', misspelt)).toThrow(
      "parseIdx: expected only the options dimensions, maxBytes, received 'max'",
    )
  })

  it('anything but bytes', async () => {
    const text = 'f.idx' as unknown as Uint8Array
    expect(() => parseIdx(text, 'f.idx')).toThrow(ArgumentError)
    expect(() => parseIdx(text, 'f.idx')).toThrow("parseIdx: expected bytes to be a Uint8Array, received 'f.idx'")
    await expect(readIdx(text, 'f.idx')).rejects.toThrow(
      "readIdx: expected source to be a Uint8Array or a ReadableStream of them, received 'f.idx'",
    )
  })
})

describe('gzip', () => {
  it('cut short at any byte is refused', async () => {
    for (let length = 2; length < packed.length; length++) {
      expect(await gzipRefusal(packed.slice(0, length))).toMatch(/^f\.gz: expected /)
    }
    expect(await gzipRefusal(packed.slice(0, -1))).toMatch(
      /^f\.gz: expected sound gzip data, received damage within its first \d+ bytes, after byte \d+ of the unpacked data/,
    )
  })

  it('damaged at any byte of its data or checksum is refused', async () => {
    // Bytes 4 to 9 hold the time, the effort and the system: they may say anything.
    for (let at = 10; at < packed.length; at++) {
      const damaged = packed.slice()
      damaged[at]! ^= 0x55
      expect(await gzipRefusal(damaged), `byte ${at}`).toMatch(/^f\.gz: expected /)
    }
  })

  it('followed by something else is refused', async () => {
    const text = `f.gz: expected the unpacked size 28 in the last 4 bytes, where gzip data ends, received 0 at byte ${packed.length}`
    const error = await gzipRefusal(joined(packed, [0, 0, 0, 0]))
    // Engines that see the garbage themselves call it damage.
    expect(error.startsWith(text) || error.startsWith('f.gz: expected sound gzip data')).toBe(true)
    for (const tail of [[0], [1, 2, 3, 4], new Uint8Array(512), await gzip(new Uint8Array(0))]) {
      expect(await gzipRefusal(joined(packed, tail))).toMatch(/^f\.gz: expected /)
    }
  })

  it('twice in one file is refused', async () => {
    expect(await gzipRefusal(joined(packed, packed))).toMatch(/^f\.gz: expected /)
    const halves = joined(await gzip(plain.slice(0, 20)), await gzip(plain.slice(20)))
    expect(await gzipRefusal(halves)).toMatch(/^f\.gz: expected /)
  })

  it('that unpacks to more than the header promised is not unpacked to its end', async () => {
    const bomb = await gzip(joined(idxFile([2]), new Uint8Array(1)))
    expect(await gzipRefusal(bomb)).toContain('expected 10 bytes for its dimensions [2]')
    // 64 MiB of zeros in 64 KiB, handed over in pieces: most of them are never asked for.
    const large = await gzip(padded(idxFile([2]), 1 << 26))
    const pieces = Array.from({ length: 64 }, (_, i) =>
      large.subarray((i * large.length) / 64, ((i + 1) * large.length) / 64),
    )
    const { stream, seen } = streamOf(...pieces)
    await expect(readIdx(stream, 'bomb.gz')).rejects.toThrow('bomb.gz: expected 10 bytes for its dimensions [2]')
    expect(seen.cancelled).toBe(true)
    expect(seen.asked).toBeLessThan(32)
  })
})

/** The bytes, followed by zeros up to `length`. */
function padded(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const long = new Uint8Array(length)
  long.set(bytes)
  return long
}

describe('the stream', () => {
  it('is cancelled when the file is refused', async () => {
    const { stream, seen } = streamOf(Uint8Array.of(1, 2, 3, 4), plain, plain)
    await expect(readIdx(stream, 'f.idx')).rejects.toThrow('received 01 02 03 04')
    expect(seen).toEqual({ asked: 1, cancelled: true })
  })

  it('passes its own error through', async () => {
    const lost = new Error('the cable was cut')
    await expect(readIdx(streamOf(plain.subarray(0, 20), lost).stream, 'f.idx')).rejects.toBe(lost)
    await expect(readIdx(streamOf(packed.subarray(0, 20), lost).stream, 'f.gz')).rejects.toBe(lost)
    await expect(readIdx(streamOf(lost).stream, 'f.idx')).rejects.toBe(lost)
  })
})
