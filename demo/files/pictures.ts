/** Pictures out of files, as the networks take them: a digit's ink, or a small square in colour. */

import { digitFromPixels } from 'quadlane/data'

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
  const { width, height } = picture
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  const context = canvas.getContext('2d', { willReadFrequently: true })!
  context.drawImage(picture, 0, 0)
  return digitFromPixels(context.getImageData(0, 0, width, height))
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
