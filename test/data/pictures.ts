/** Pictures that tests draw: three kinds of shapes in many colours and sizes, in every format that is read. */

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { PNG } from 'pngjs'
import { Random } from '../../src/random.ts'

export interface Drawn {
  readonly width: number
  readonly height: number
  /** RGBA */
  readonly data: Uint8ClampedArray<ArrayBuffer>
}

export const SHAPES = ['circle', 'cross', 'stripes'] as const
export type ShapeName = (typeof SHAPES)[number]

/** A picture from what each pixel is. */
export function drawn(
  width: number,
  height: number,
  pixel: (x: number, y: number) => readonly [number, number, number, number?],
): Drawn {
  const data = new Uint8ClampedArray(4 * width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [r, g, b, a = 255] = pixel(x, y)
      data.set([r, g, b, a], 4 * (y * width + x))
    }
  }
  return { width, height, data }
}

/** A shape of the given kind: colours, size, place and proportions by the seed. */
export function drawShape(shape: ShapeName, seed: number): Drawn {
  const random = new Random(seed).fork(shape)
  const [width, height] = [41 + random.nextBelow(60), 37 + random.nextBelow(60)]
  const side = Math.min(width, height)
  const [cx, cy] = [
    width / 2 + (random.nextFloat() - 0.5) * side * 0.2,
    height / 2 + (random.nextFloat() - 0.5) * side * 0.2,
  ]
  const radius = side * (0.25 + 0.12 * random.nextFloat())
  const colour = (low: number): [number, number, number] =>
    [0, 0, 0].map(() => low + random.nextBelow(100)) as [number, number, number]
  const [ink, paper] = random.nextFloat() < 0.5 ? [colour(0), colour(155)] : [colour(155), colour(0)]
  const inside: Record<ShapeName, (x: number, y: number) => boolean> = {
    circle: (x, y) => (x - cx) ** 2 + (y - cy) ** 2 < radius ** 2,
    cross: (x, y) =>
      Math.min(Math.abs(x - cx), Math.abs(y - cy)) < radius / 4 &&
      Math.max(Math.abs(x - cx), Math.abs(y - cy)) < radius,
    stripes: (_, y) => Math.floor(y / (side / 9)) % 2 === 0,
  }
  return drawn(width, height, (x, y) => (inside[shape](x + 0.5, y + 0.5) ? ink : paper))
}

export function pngFile({ width, height, data }: Drawn): Uint8Array {
  const png = new PNG({ width, height })
  png.data = Buffer.from(data)
  return PNG.sync.write(png)
}

async function encoder(specifier: string): Promise<WebAssembly.Module> {
  const scope = globalThis as { ImageData?: unknown }
  scope.ImageData ??= class {}
  return WebAssembly.compile(await readFile(createRequire(import.meta.url).resolve(specifier)))
}

type Start = (module: WebAssembly.Module) => Promise<void>

/** @param orientation EXIF's tag 274, written in front of the picture where it is given */
export async function jpegFile(picture: Drawn, orientation?: number): Promise<Uint8Array> {
  const { default: encode, init } = await import('@jsquash/jpeg/encode.js')
  await (init as unknown as Start)(await encoder('@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm'))
  const bytes = new Uint8Array(await encode(picture as unknown as ImageData, { quality: 92 }))
  if (orientation === undefined) return bytes
  const exif = [0xff, 0xe1, 0, 34, ...Buffer.from('Exif\0\0'), ...tiff(orientation)]
  return Uint8Array.from([...bytes.subarray(0, 2), ...exif, ...bytes.subarray(2)])
}

/** A TIFF block, big-endian, with one directory of one entry. */
function tiff(orientation: number): number[] {
  return [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
}

export async function webpFile(picture: Drawn, lossless = false): Promise<Uint8Array> {
  const { default: encode, init } = await import('@jsquash/webp/encode.js')
  await (init as unknown as Start)(await encoder('@jsquash/webp/codec/enc/webp_enc.wasm'))
  return new Uint8Array(
    await encode(picture as unknown as ImageData, { quality: 90, lossless: lossless ? 1 : 0, exact: 1 }),
  )
}

/** Two frames, of which the second is black; of up to 256 colours. */
export async function gifFile({ width, height, data }: Drawn): Promise<Uint8Array> {
  const { GifWriter } = (await import('omggif')).default
  const palette: number[] = [0]
  const indices = Array.from({ length: width * height }, (_, i) => {
    const colour = (data[4 * i]! << 16) | (data[4 * i + 1]! << 8) | data[4 * i + 2]!
    const at = palette.indexOf(colour)
    return at >= 0 ? at : palette.push(colour) - 1
  })
  while ((palette.length & (palette.length - 1)) !== 0 || palette.length < 2) palette.push(0)
  const out = Buffer.alloc(width * height * 3 + 4096)
  const writer = new GifWriter(out, width, height, { loop: 0 })
  writer.addFrame(0, 0, width, height, indices, { palette, delay: 10 })
  writer.addFrame(0, 0, width, height, new Array(width * height).fill(0), { palette, delay: 10 })
  return new Uint8Array(out.subarray(0, writer.end()))
}
