/** Images for `predict` out of files: IDX, gzipped or not, or the bare bytes of one image. */

import { readFile, stat } from 'node:fs/promises'
import { ImageDataset } from '../data/dataset.ts'
import { readIdx } from '../data/idx.ts'
import { FormatError, InputOutputError, showShape } from '../errors.ts'
import { sizeOf } from '../shape.ts'

/** A file that is larger is not read. */
const MAX_BYTES = 2 ** 29

/**
 * The images of a file, with labels that mean nothing.
 * @param shape the shape of one image, [H, W, C]: a file of exactly so many bytes holds the image alone
 */
export async function readImages(file: string, shape: readonly number[]): Promise<ImageDataset> {
  const bytes = await readBytes(file)
  if (bytes.length === sizeOf(shape)) return dataset(file, bytes, shape)
  const [first, second] = bytes
  const packed = first === 0x1f && second === 0x8b
  if (!packed && !(first === 0 && second === 0)) {
    const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
    throw new FormatError({
      who: file,
      expected: `IDX images, or the ${sizeOf(shape)} bytes of one image ${showShape(shape)}`,
      received: `${bytes.length} bytes${start === '' ? '' : `, the first ${start}`}`,
      hint: 'other image formats must be converted before',
    })
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
