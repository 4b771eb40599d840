/**
 * What the first bytes of a picture's file say: its kind, its size, how it is to be turned. It is looked at before anything
 * is decoded, so that a small file that unpacks to a huge picture is refused.
 */

export const PICTURE_KINDS = ['PNG', 'JPEG', 'WebP', 'GIF'] as const
export type PictureKind = (typeof PICTURE_KINDS)[number]

export interface PictureHeader {
  readonly kind: PictureKind
  readonly width: number
  readonly height: number
  /** EXIF's tag 274, from 1 (upright) to 8. */
  readonly orientation: number
}

/** More pixels than any camera takes: 400 MB as RGBA. */
const MOST_PIXELS = 100_000_000

/** A file that is no picture, or none that is read; the message says what it is. */
export class UnreadablePicture extends Error {
  override name = 'UnreadablePicture'
}

/** Files that are known for what they are, by what stands at `at`. */
const OTHERS: readonly (readonly [at: number, text: string, name: string])[] = [
  [4, 'ftyphei', 'HEIC'],
  [4, 'ftypmif1', 'HEIF'],
  [4, 'ftypavif', 'AVIF'],
  [0, 'BM', 'BMP'],
  [0, 'II*\0', 'TIFF'],
  [0, 'MM\0*', 'TIFF'],
  [0, '%PDF', 'PDF'],
]

/** @throws UnreadablePicture */
export function readHeader(bytes: Uint8Array): PictureHeader {
  const header = headerOf(bytes)
  const { width, height, kind } = header
  if (!(width > 0 && height > 0)) throw new UnreadablePicture(`a damaged ${kind}`)
  if (width * height > MOST_PIXELS)
    throw new UnreadablePicture(`a ${kind} of ${width} × ${height}, more than 100 megapixels`)
  return header
}

function headerOf(bytes: Uint8Array): PictureHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const starts = (text: string, at = 0): boolean => latin(bytes, at, text.length) === text
  try {
    if (starts('\x89PNG\r\n\x1a\n')) return png(view, bytes)
    if (starts('\xff\xd8\xff')) return jpeg(view, bytes)
    if (starts('GIF87a') || starts('GIF89a')) {
      return { kind: 'GIF', width: view.getUint16(6, true), height: view.getUint16(8, true), orientation: 1 }
    }
    if (starts('RIFF') && starts('WEBP', 8)) return webp(view, bytes)
  } catch (error) {
    // A view throws where a file ends too early.
    if (error instanceof RangeError) throw new UnreadablePicture('a picture that is cut short')
    throw error
  }
  if (bytes.length === 0) throw new UnreadablePicture('an empty file')
  const other = OTHERS.find(([at, text]) => starts(text, at))
  throw new UnreadablePicture(
    other === undefined
      ? `no picture (${PICTURE_KINDS.join(', ')})`
      : `${other[2]}, which is not read: save it as PNG or JPEG`,
  )
}

function latin(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length))
}

function png(view: DataView, bytes: Uint8Array): PictureHeader {
  let orientation = 1
  // Chunks: length, name, data, checksum.
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const name = latin(bytes, at + 4, 4)
    if (name === 'eXIf') orientation = readOrientation(bytes.subarray(at + 8, at + 8 + view.getUint32(at)))
    if (name === 'IDAT' || name === 'IEND') break
  }
  return { kind: 'PNG', width: view.getUint32(16), height: view.getUint32(20), orientation }
}

function webp(view: DataView, bytes: Uint8Array): PictureHeader {
  const kind = 'WebP'
  const first = latin(bytes, 12, 4)
  if (first === 'VP8 ') {
    return { kind, width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff, orientation: 1 }
  }
  if (first === 'VP8L') {
    const bits = view.getUint32(21, true)
    return { kind, width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, orientation: 1 }
  }
  const flags = view.getUint8(20)
  if ((flags & 2) !== 0) throw new UnreadablePicture('an animated WebP, which is not read: save its first picture')
  const three = (at: number): number => 1 + view.getUint16(at, true) + (view.getUint8(at + 2) << 16)
  let orientation = 1
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true)
    if (latin(bytes, at, 4) === 'EXIF') orientation = readOrientation(bytes.subarray(at + 8, at + 8 + length))
    at += 8 + length + (length % 2)
  }
  return { kind, width: three(24), height: three(27), orientation }
}

function jpeg(view: DataView, bytes: Uint8Array): PictureHeader {
  let orientation = 1
  for (let at = 2; ; ) {
    // Markers may be padded with 0xff.
    while (view.getUint8(at) === 0xff && view.getUint8(at + 1) === 0xff) at++
    if (view.getUint8(at) !== 0xff) throw new UnreadablePicture('a damaged JPEG')
    const marker = view.getUint8(at + 1)
    const length = view.getUint16(at + 2)
    if (length < 2) throw new UnreadablePicture('a damaged JPEG')
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (isFrame) return { kind: 'JPEG', width: view.getUint16(at + 7), height: view.getUint16(at + 5), orientation }
    if (marker === 0xe1 && latin(bytes, at + 4, 6) === 'Exif\0\0') {
      orientation = readOrientation(bytes.subarray(at + 10, at + 2 + length))
    }
    at += 2 + length
  }
}

/** The orientation that a TIFF block gives in its first directory; upright where it is damaged. */
function readOrientation(block: Uint8Array): number {
  // WebP files are known to keep the name that JPEG has before the block.
  const tiff = latin(block, 0, 6) === 'Exif\0\0' ? block.subarray(6) : block
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  try {
    const little = view.getUint16(0) === 0x4949
    const directory = view.getUint32(4, little)
    const count = view.getUint16(directory, little)
    for (let i = 0; i < count; i++) {
      const entry = directory + 2 + 12 * i
      if (view.getUint16(entry, little) !== 274) continue
      const value = view.getUint16(entry + 8, little)
      return value >= 1 && value <= 8 ? value : 1
    }
  } catch {
    // A picture whose camera wrote nonsense is still a picture.
  }
  return 1
}
