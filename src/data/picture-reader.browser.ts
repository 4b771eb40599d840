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
  let pixels: Pixels
  try {
    pixels = await pixelsOf(file)
  } catch {
    return { reason: file.size === 0 ? 'an empty file' : 'no picture that this browser reads' }
  }
  return { pixels: target === 'digit' ? digitFromPixels(pixels) : resample(pixels, target) }
}

async function pixelsOf(file: Blob): Promise<Pixels> {
  const who = 'data.imageFolder'
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file, OPTIONS)
  } catch (error) {
    // Firefox makes no bitmap of a JPEG that begins with EXIF, as cameras write them, but shows it.
    if (typeof Image === 'undefined') throw error
    const image = new Image()
    image.src = URL.createObjectURL(file)
    try {
      await image.decode()
      return readPixels(who, image)
    } finally {
      URL.revokeObjectURL(image.src)
    }
  }
  try {
    return readPixels(who, bitmap)
  } finally {
    bitmap.close()
  }
}
