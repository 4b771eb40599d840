/** A thread that reads pictures: from files or bytes to what a network reads of them. */

import { readFile, stat } from 'node:fs/promises'
import { parentPort } from 'node:worker_threads'
import { decodePicture } from './decoders.node.ts'
import { digitFromPixels } from './digit-picture.ts'
import { readHeader, UnreadablePicture } from './picture-header.ts'
import type { PictureJob, PictureResult } from './picture-reader.node.ts'
import { resample } from './resample.ts'

/** A file that is larger is not read. */
const MOST_BYTES = 2 ** 28

async function bytesOf(source: string | Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof source !== 'string') return source as Uint8Array<ArrayBuffer>
  const { size } = await stat(source)
  if (size > MOST_BYTES) throw new UnreadablePicture(`a file of ${size} bytes, more than 256 MB`)
  return readFile(source) as Promise<Uint8Array<ArrayBuffer>>
}

async function read({ source, form }: PictureJob): Promise<PictureResult> {
  try {
    const bytes = await bytesOf(source)
    const header = readHeader(bytes)
    const picture = await decodePicture(header.kind, bytes)
    if (picture.width !== header.width || picture.height !== header.height) {
      throw new UnreadablePicture(`a damaged ${header.kind}`)
    }
    const { orientation } = header
    return { pixels: form === 'digit' ? digitFromPixels(picture, orientation) : resample(picture, form, orientation) }
  } catch (error) {
    if (error instanceof UnreadablePicture) return { reason: error.message }
    const { code } = error as NodeJS.ErrnoException
    return { reason: code === undefined ? `not decoded: ${(error as Error).message}` : `not read: ${code}` }
  }
}

parentPort?.on('message', async (job: PictureJob) => {
  const result = await read(job)
  parentPort?.postMessage(result, 'pixels' in result ? [result.pixels.buffer] : [])
})
