/**
 * Pictures to pixels in Node, by libraries that need no compiler: mozjpeg, Rust's png and libwebp as WebAssembly, a reader of
 * GIFs. Each is loaded when the first file of its kind comes.
 */

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type PictureKind, UnreadablePicture } from './picture-header.ts'
import type { Pixels } from './resample.ts'

type Decode = (bytes: Uint8Array<ArrayBuffer>) => Promise<Pixels> | Pixels

/** What a decoder is loaded by. */
const LOADERS: Readonly<Record<PictureKind, () => Promise<Decode>>> = { PNG: png, JPEG: jpeg, WebP: webp, GIF: gif }

const loaded = new Map<PictureKind, Promise<Decode>>()

/** @throws UnreadablePicture */
export async function decodePicture(kind: PictureKind, bytes: Uint8Array<ArrayBuffer>): Promise<Pixels> {
  const decoder = loaded.get(kind) ?? LOADERS[kind]()
  loaded.set(kind, decoder)
  const decode = await decoder
  try {
    return await decode(bytes)
  } catch {
    // What a failure leaves behind in a decoder's memory shall not meet the next picture.
    loaded.delete(kind)
    throw new UnreadablePicture(`a damaged ${kind}`)
  }
}

/** A library's compiled code: the libraries themselves would fetch it. */
async function moduleOf(specifier: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(createRequire(import.meta.url).resolve(specifier)))
}

/** The libraries are made for pages, and make what pages have. */
function provideImageData(): void {
  const scope = globalThis as { ImageData?: unknown }
  scope.ImageData ??= class {
    readonly data: Uint8ClampedArray
    readonly width: number
    readonly height: number

    constructor(data: Uint8ClampedArray, width: number, height: number) {
      this.data = data
      this.width = width
      this.height = height
    }
  }
}

async function jpeg(): Promise<Decode> {
  provideImageData()
  const { default: decode, init } = await import('@jsquash/jpeg/decode.js')
  // Its types leave out the first of two arguments.
  const start = init as (module: WebAssembly.Module, options: object) => Promise<void>
  await start(await moduleOf('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'), { print: quiet, printErr: quiet })
  return (bytes) => decode(bytes as unknown as ArrayBuffer, { preserveOrientation: false })
}

/** Decoders' warnings would land in the program's output. */
function quiet(): void {}

async function png(): Promise<Decode> {
  provideImageData()
  const { default: decode, init } = await import('@jsquash/png/decode.js')
  await init(await moduleOf('@jsquash/png/codec/pkg/squoosh_png_bg.wasm'))
  return (bytes) => decode(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}

async function webp(): Promise<Decode> {
  const { decode } = (await import('@cwasm/webp')).default
  return (bytes) => decode(bytes)
}

async function gif(): Promise<Decode> {
  const { GifReader } = (await import('omggif')).default
  return (bytes) => {
    const reader = new GifReader(bytes as Buffer<ArrayBuffer>)
    const { width, height } = reader
    const data = new Uint8Array(4 * width * height)
    reader.decodeAndBlitFrameRGBA(0, data)
    return { width, height, data }
  }
}
