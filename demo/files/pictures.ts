/** Pictures out of files, as the networks take them: a digit's ink, or a small square in colour. */

import { normalizeDigit } from '../drawing/normalize.ts'

/** The side that a picture of a digit is brought to before its ink is measured. */
const SIDE = 280

export function isPicture({ name, type }: File): boolean {
  return type.startsWith('image/') || /\.(png|jpe?g|webp|gif|bmp|avif)$/i.test(name)
}

/** @throws Error that names the file where it is no picture that the browser can read */
export async function decodePicture(file: File): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file)
  } catch {
    throw new Error(`${file.name} is no picture that this browser can read.`)
  }
}

type Drawn = CanvasImageSource & { readonly width: number; readonly height: number }

function contextOf(side: number): CanvasRenderingContext2D {
  const canvas = Object.assign(document.createElement('canvas'), { width: side, height: side })
  const context = canvas.getContext('2d', { willReadFrequently: true })!
  context.imageSmoothingQuality = 'high'
  return context
}

/** 28×28 bytes as MNIST has digits, from dark ink on light paper or the other way round. */
export function digitOf(picture: Drawn): Uint8Array {
  const context = contextOf(SIDE)
  context.fillStyle = '#fff'
  context.fillRect(0, 0, SIDE, SIDE)
  const scale = SIDE / Math.max(picture.width, picture.height)
  const [width, height] = [picture.width * scale, picture.height * scale]
  context.drawImage(picture, 0, 0, width, height)
  const { data } = context.getImageData(0, 0, SIDE, SIDE)
  const grey = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    return (0.299 * data[4 * i]! + 0.587 * data[4 * i + 1]! + 0.114 * data[4 * i + 2]!) / 255
  })
  const edge = borderMean(grey, Math.round(width), Math.round(height))
  const inside = (i: number) => i % SIDE < Math.floor(width) && Math.floor(i / SIDE) < Math.floor(height)
  const ink = grey.map((value, i) => (inside(i) ? Math.abs(value - edge) : 0))
  const most = Math.max(
    0.2,
    ink.reduce((a, b) => Math.max(a, b), 0),
  )
  // What differs little from the paper is the paper's grain.
  const clear = ink.map((value) => Math.max(0, value / most - 0.15) / 0.85)
  return Uint8Array.from(normalizeDigit(clear, SIDE), (value) => Math.round(255 * Math.min(1, value)))
}

/** The mean along the edges: what the paper is like. */
function borderMean(grey: Float32Array, width: number, height: number): number {
  let [sum, count] = [0, 0]
  for (let x = 0; x < width; x++) {
    for (const y of [0, height - 1]) {
      sum += grey[y * SIDE + x]!
      count++
    }
  }
  for (let y = 0; y < height; y++) {
    for (const x of [0, width - 1]) {
      sum += grey[y * SIDE + x]!
      count++
    }
  }
  return sum / count
}

/** The middle square of a picture, `side`×`side` with three bytes a pixel, on white. */
export function squareOf(picture: Drawn, side: number): Uint8Array {
  const context = contextOf(side)
  context.fillStyle = '#fff'
  context.fillRect(0, 0, side, side)
  const length = Math.min(picture.width, picture.height)
  const [left, top] = [(picture.width - length) / 2, (picture.height - length) / 2]
  context.drawImage(picture, left, top, length, length, 0, 0, side, side)
  const { data } = context.getImageData(0, 0, side, side)
  return Uint8Array.from({ length: side * side * 3 }, (_, i) => data[4 * Math.floor(i / 3) + (i % 3)]!)
}
