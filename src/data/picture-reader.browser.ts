/** Reads pictures with the browser's own decoders, which run beside the page. */

import { readPixels } from '../platform/pixels.ts'
import { digitFromPixels } from './digit-picture.ts'
import type { PictureReader, PictureTarget } from './picture-reader.ts'
import { type Pixels, resample } from './resample.ts'

/** So many are decoded at once: a picture of 12 megapixels takes 48 MB. */
const AT_ONCE = 4

const OPTIONS: ImageBitmapOptions = {
  imageOrientation: 'from-image',
  premultiplyAlpha: 'none',
  colorSpaceConversion: 'none',
}

export function pictureReader(): PictureReader<Blob> {
  return { width: AT_ONCE, read, close: () => {} }
}

async function read(
  file: Blob,
  target: PictureTarget,
): Promise<{ pixels: Uint8Array<ArrayBuffer> } | { reason: string }> {
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file, OPTIONS)
  } catch {
    return { reason: file.size === 0 ? 'an empty file' : 'no picture that this browser reads' }
  }
  try {
    const pixels: Pixels = readPixels('data.imageFolder', bitmap)
    return { pixels: target === 'digit' ? digitFromPixels(pixels) : resample(pixels, target) }
  } finally {
    bitmap.close()
  }
}
