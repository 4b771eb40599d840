/** The data sets that --data names, as commands want them: images to train on, others to validate. */

import type { ImageDataset } from '../data/dataset.ts'
import { syntheticDigits } from '../data/digits.ts'
import { imageFolder } from '../data/image-folder.node.ts'
import type { ImageFolder, ImageFolderOptions } from '../data/image-folder.ts'
import { loadMnist, type MnistProgress } from '../data/mnist.node.ts'
import type { Mnist } from '../data/mnist.ts'
import { ArgumentError } from '../errors.ts'
import { dataKind } from './data-kind.ts'
import { DIGITS } from './defaults.ts'
import { type Output, shown, type TextStream } from './output.ts'

export interface Images {
  readonly training: ImageDataset
  /** With MNIST its test set. */
  readonly validation: ImageDataset
  /** Where they come from a folder of pictures. */
  readonly folder?: ImageFolder
}

/** How pictures are read for a model. */
export type PictureOptions = Pick<
  ImageFolderOptions,
  'size' | 'channels' | 'digits' | 'seed' | 'classNames' | 'validationSplit'
>

/** The part of each class that is kept to validate. */
export const VALIDATION_SPLIT = 0.2

/**
 * Loads a data set.
 * @param limit the first so many training images
 */
export async function loadImages(
  who: string,
  data: string,
  output: Output,
  limit?: number,
  pictures: PictureOptions = {},
): Promise<Images> {
  const kind = await dataKind(who, data)
  const first = (images: ImageDataset): ImageDataset => (limit === undefined ? images : images.take(limit))
  if (kind === 'digits') {
    const { count, seed } = DIGITS.training
    const training = syntheticDigits({ count: Math.min(count, limit ?? count), seed })
    return { training, validation: syntheticDigits(DIGITS.validation) }
  }
  if (kind === 'mnist') {
    const { train, test } = await loadFiles(data, output.streams.stderr)
    return { training: first(train), validation: test }
  }
  const folder = await readFolder(data, output, { validationSplit: VALIDATION_SPLIT, ...pictures })
  if (folder.validation !== undefined)
    return { training: first(folder.training), validation: folder.validation, folder }
  const received = `${folder.training.size}, one for each class`
  throw new ArgumentError({ who, expected: 'pictures to train on and others to validate', received })
}

/**
 * The validation images alone.
 * @param pictures how a folder of pictures is read; all of them where none are kept back
 * @param tell whether to tell of files that are skipped
 */
export async function loadValidation(
  who: string,
  data: string,
  output: Output,
  pictures: () => PictureOptions,
  tell = true,
): Promise<ImageDataset> {
  const kind = await dataKind(who, data)
  if (kind === 'digits') return syntheticDigits(DIGITS.validation)
  if (kind === 'mnist') return (await loadFiles(data, output.streams.stderr)).test
  const { training, validation, skipped } = await readFolder(data, output, pictures())
  if (tell) tellSkipped(skipped, output)
  return validation ?? training
}

async function loadFiles(data: string, progress: TextStream): Promise<Mnist> {
  return data === 'mnist' ? loadMnist({ onProgress: downloadLines(progress) }) : loadMnist(data)
}

/** Milliseconds between two lines of a terminal. */
const REPAINT = 100

async function readFolder(data: string, { streams }: Output, pictures: PictureOptions): Promise<ImageFolder> {
  const { stderr } = streams
  let last = 0
  try {
    return await imageFolder(data, {
      ...pictures,
      onProgress: ({ done, total }) => {
        if (stderr.isTTY !== true || (done < total && performance.now() - last < REPAINT)) return
        last = performance.now()
        stderr.write(`\rReading pictures: ${done} of ${total}`)
      },
    })
  } finally {
    if (last > 0) stderr.write('\r\x1b[2K')
  }
}

/** Skipped files that are named; of more their number is told. */
const MOST_NAMED = 10

/** The classes of a folder, how many pictures they have, and which files were none. */
export function tellFolder({ classNames, counts, skipped }: ImageFolder, output: Output): void {
  const width = Math.max(...classNames.map((name) => name.length))
  const digits = Math.max(...counts.map((count) => String(count).length))
  classNames.forEach((name, i) => {
    output.say(`  ${name.padEnd(width)}  ${String(counts[i]).padStart(digits)}`)
  })
  tellSkipped(skipped, output)
}

function tellSkipped(skipped: ImageFolder['skipped'], output: Output): void {
  if (skipped.length === 0) return
  output.say(`Skipped ${skipped.length} ${skipped.length === 1 ? 'file that is' : 'files that are'} not read:`)
  for (const { file, reason } of skipped.slice(0, MOST_NAMED)) output.say(`  ${shown(file)}: ${reason}`)
  if (skipped.length > MOST_NAMED) output.say(`  and ${skipped.length - MOST_NAMED} more`)
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
