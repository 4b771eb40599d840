/** The data sets that --data names, as commands want them: images to train on, others to validate. */

import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ImageDataset } from '../data/dataset.ts'
import { syntheticDigits } from '../data/digits.ts'
import { loadMnist, type MnistProgress } from '../data/mnist.node.ts'
import type { Mnist } from '../data/mnist.ts'
import { ArgumentError, show } from '../errors.ts'
import { DIGITS } from './defaults.ts'
import type { TextStream } from './output.ts'

export interface Images {
  readonly training: ImageDataset
  /** With MNIST its test set. */
  readonly validation: ImageDataset
}

/** --data as it can be kept: a folder by its full path. */
export function fullDataName(data: string): string {
  return data === 'digits' || data === 'mnist' ? data : resolve(data)
}

/**
 * Loads a data set.
 * @param limit the first so many training images
 * @param progress where to tell of a download
 */
export async function loadImages(who: string, data: string, progress: TextStream, limit?: number): Promise<Images> {
  if (data === 'digits') {
    const { count, seed } = DIGITS.training
    const training = syntheticDigits({ count: Math.min(count, limit ?? count), seed })
    return { training, validation: syntheticDigits(DIGITS.validation) }
  }
  const { train, test } = await loadFiles(who, data, progress)
  return { training: limit === undefined ? train : train.take(limit), validation: test }
}

/** The validation images alone. */
export async function loadValidation(who: string, data: string, progress: TextStream): Promise<ImageDataset> {
  if (data === 'digits') return syntheticDigits(DIGITS.validation)
  return (await loadFiles(who, data, progress)).test
}

async function loadFiles(who: string, data: string, progress: TextStream): Promise<Mnist> {
  if (data === 'mnist') return loadMnist({ onProgress: downloadLines(progress) })
  // A misspelt name is no folder: say what the names are.
  const exists = await stat(data).catch(() => undefined)
  if (exists !== undefined) return loadMnist(data)
  throw new ArgumentError({
    who,
    expected: '--data to be digits, mnist or a folder with the four MNIST files',
    received: `${show(data)}, which is no folder`,
  })
}

/** Tells of a download, a line per file. */
function downloadLines(stream: TextStream): (progress: MnistProgress) => void {
  const begun = new Set<string>()
  return ({ file }) => {
    if (begun.has(file)) return
    begun.add(file)
    stream.write(`Downloading ${file}\n`)
  }
}
