/**
 * MNIST (LeCun, Cortes and Burges), 60,000 and 10,000 handwritten digits of 28 x 28: the names of its four files, their
 * checksums, and how two data sets come out of them. Where the bytes come from is the business of `mnist.node.ts` and
 * `mnist.browser.ts`.
 */
import { FormatError, showShape } from '../errors.ts'
import { ImageDataset } from './dataset.ts'
import type { IdxArray, IdxLimits } from './idx.ts'

/** The training and the test images. */
export interface Mnist {
  /** 60,000 images. */
  readonly train: ImageDataset
  /** 10,000 images. */
  readonly test: ImageDataset
}

/** The four files, by what they hold. */
export type MnistPart = 'trainImages' | 'trainLabels' | 'testImages' | 'testLabels'

/** One of the four files. */
export interface MnistFile {
  /** Its name, unpacked. */
  readonly name: string
  /** How many bytes it has, unpacked. */
  readonly bytes: number
  /** SHA-256 of the unpacked bytes, in hexadecimal. */
  readonly sha256: string
}

/** The four files as they were published. */
export const MNIST_FILES: Readonly<Record<MnistPart, MnistFile>> = {
  trainImages: {
    name: 'train-images-idx3-ubyte',
    bytes: 47_040_016,
    sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  },
  trainLabels: {
    name: 'train-labels-idx1-ubyte',
    bytes: 60_008,
    sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  },
  testImages: {
    name: 't10k-images-idx3-ubyte',
    bytes: 7_840_016,
    sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  },
  testLabels: {
    name: 't10k-labels-idx1-ubyte',
    bytes: 10_008,
    sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  },
}

/** An array and the name of the file that it was read from. */
export interface NamedIdx {
  readonly file: string
  readonly array: IdxArray
}

/** The names that a file goes by, unpacked or not: with a dash or a dot before `idx`. */
export function spellings(name: string): string[] {
  const dotted = name.replace('-idx', '.idx')
  return [name, dotted, `${name}.gz`, `${dotted}.gz`]
}

/**
 * Reads the four files one after the other (so that no more than one is unpacked at a time) and makes the data sets.
 * Throws `FormatError` when images are not 28 x 28, a label is above 9, or images and labels differ in number.
 */
export async function buildMnist(read: (part: MnistPart, limits: IdxLimits) => Promise<NamedIdx>): Promise<Mnist> {
  const build = async (name: string, images: MnistPart, labels: MnistPart): Promise<ImageDataset> =>
    pair(name, await read(images, { dimensions: 3 }), await read(labels, { dimensions: 1 }))
  return {
    train: await build('mnist train', 'trainImages', 'trainLabels'),
    test: await build('mnist test', 'testImages', 'testLabels'),
  }
}

function pair(name: string, images: NamedIdx, labels: NamedIdx): ImageDataset {
  const [count = 0, height, width] = images.array.shape
  if (height !== 28 || width !== 28) {
    throw new FormatError({
      who: images.file,
      expected: `images of [28, 28], dimensions ${showShape([null, 28, 28])} at byte 4`,
      received: showShape(images.array.shape),
    })
  }
  if (labels.array.shape[0] !== count) {
    throw new FormatError({
      who: labels.file,
      expected: `${count} labels at byte 4, one for each image of ${images.file}`,
      received: `${labels.array.shape[0]}`,
      hint: 'take both files from the same set',
    })
  }
  const wrong = labels.array.data.findIndex((label) => label > 9)
  if (wrong !== -1) {
    throw new FormatError({
      who: labels.file,
      expected: 'labels from 0 to 9',
      received: `${labels.array.data[wrong]} at byte ${wrong + labels.array.bytes.length - labels.array.data.length}`,
    })
  }
  return new ImageDataset({
    images: images.array.data,
    labels: labels.array.data,
    shape: [28, 28, 1],
    classes: 10,
    name,
  })
}
