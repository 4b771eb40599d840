/** Images for `predict` out of files: pictures, IDX, gzipped or not, or the bare bytes of one image. */

import { readFile, stat } from 'node:fs/promises'
import { ImageDataset } from '../data/dataset.ts'
import { readIdx } from '../data/idx.ts'
import { readPicture } from '../data/image-folder.node.ts'
import { FormatError, InputOutputError, showShape } from '../errors.ts'
import { sizeOf } from '../shape.ts'
import type { PictureOptions } from './images.ts'

/** A file that is larger is not read. */
const MAX_BYTES = 2 ** 29

/**
 * The images of a file, with labels that mean nothing.
 * @param shape the shape of one image, [H, W, C]: a file of exactly so many bytes holds the image alone
 * @param pictures how a picture is read
 */
export async function readImages(
  file: string,
  shape: readonly number[],
  pictures: () => PictureOptions,
): Promise<ImageDataset> {
  const bytes = await readBytes(file)
  if (bytes.length === sizeOf(shape)) return dataset(file, bytes, shape)
  const [first, second] = bytes
  const packed = first === 0x1f && second === 0x8b
  if (!packed && !(first === 0 && second === 0)) {
    const { size, channels, digits } = pictures()
    const options = digits === true ? { digits } : { ...(size && { size }), ...(channels && { channels }) }
    const pixels = await readPicture(bytes, options).catch((error: unknown) => {
      if (!(error instanceof FormatError)) throw error
      const expected = `a picture (PNG, JPEG, WebP, GIF), IDX images, or the ${sizeOf(shape)} bytes of one image ${showShape(shape)}`
      throw new FormatError({ who: file, expected, received: error.received }, { cause: error })
    })
    return dataset(file, pixels, shape)
  }
  const { shape: all, data } = await readIdx(bytes, file, { dimensions: 3, maxBytes: MAX_BYTES })
  return dataset(file, data, [all[1]!, all[2]!, 1])
}

function dataset(name: string, images: Uint8Array, shape: readonly number[]): ImageDataset {
  return new ImageDataset({ images, labels: new Uint8Array(images.length / sizeOf(shape)), shape, classes: 1, name })
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file)
    if (size > MAX_BYTES) {
      throw new FormatError({ who: file, expected: `at most ${MAX_BYTES} bytes`, received: String(size) })
    }
    return await readFile(file)
  } catch (cause) {
    if (cause instanceof FormatError) throw cause
    const received = (cause as NodeJS.ErrnoException).code ?? String(cause)
    throw new InputOutputError({ who: file, expected: 'a file that can be read', received }, { cause })
  }
}
