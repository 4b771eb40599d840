/** Pictures of one's own, a folder for each class, as data sets to train on and to validate. */

import { ArgumentError, checkBooleans, checkInteger, checkNumber, checkOneOf, show } from '../errors.ts'
import { type Given, readOptions } from '../options.ts'
import { Random } from '../random.ts'
import { checkPair } from '../shape.ts'
import { ImageDataset } from './dataset.ts'
import { DIGIT_SIDE } from './digit-picture.ts'
import type { PictureReader, PictureTarget } from './picture-reader.ts'
import { FITS, type PictureFit } from './resample.ts'

/** How pictures are read, and how they are divided. */
export interface ImageFolderOptions {
  /** What each picture is brought to: the side of a square, or [height, width]. Default 64. */
  readonly size?: number | readonly [height: number, width: number]
  /** 3 for colours, 1 for brightness alone. Default 3. */
  readonly channels?: 1 | 3
  /**
   * How a picture of other proportions fills the size: 'cover' cuts what lies beside the middle, 'contain' leaves white
   * beside it, 'fill' stretches. Default 'cover'.
   */
  readonly fit?: PictureFit
  /**
   * Whether the pictures are of single digits, to be read as MNIST has them: cropped, light on dark, centred in
   * [28, 28, 1]. `size`, `channels` and `fit` do not go with it. Default false.
   */
  readonly digits?: boolean
  /** The part of each class that is kept to validate, from 0 (none) to below 1. Default 0.2. */
  readonly validationSplit?: number
  /** Which pictures those are, and the order of all. Equal seeds give equal sets. Default 0. */
  readonly seed?: number
  /** The classes in an order of one's own, as a model has them that was trained before. Default the folders' names, sorted. */
  readonly classNames?: readonly string[]
  /** Told after each picture how many are done. */
  readonly onProgress?: (progress: ImageFolderProgress) => void
  /** Breaks off. */
  readonly signal?: AbortSignal
}

/** How far reading has come. */
export interface ImageFolderProgress {
  /** Pictures that were read or skipped. */
  readonly done: number
  /** All pictures. */
  readonly total: number
}

/** A file that is no picture, or none that can be read. */
export interface SkippedPicture {
  /** Its name, or its path below the folder. */
  readonly file: string
  /** In a few words: 'a damaged PNG'. */
  readonly reason: string
}

/** A folder of pictures, read. */
export interface ImageFolder {
  /** What to train on. */
  readonly training: ImageDataset
  /** Undefined where `validationSplit` is 0, or leaves nothing to validate. */
  readonly validation: ImageDataset | undefined
  /** Label i is `classNames[i]`. */
  readonly classNames: readonly string[]
  /** How many pictures of each class were read. */
  readonly counts: readonly number[]
  /** Files that could not be read. */
  readonly skipped: readonly SkippedPicture[]
}

/** A class and where its pictures are, by name. */
export interface PictureClass<Source> {
  readonly name: string
  readonly files: readonly { readonly name: string; readonly source: Source }[]
}

/** Of a data set of bytes, larger ones are better read a batch at a time. */
const MOST_BYTES = 2 ** 32 - 1
const MOST_CLASSES = 256

const TARGET_OPTIONS = ['size', 'channels', 'fit', 'digits'] as const

type Checked = Required<Pick<ImageFolderOptions, 'validationSplit' | 'seed'>> & {
  readonly target: PictureTarget
  readonly shape: readonly [number, number, number]
} & Pick<ImageFolderOptions, 'onProgress' | 'signal' | 'classNames'>

/** @throws ArgumentError */
export function checkFolderOptions(who: string, options: ImageFolderOptions): Checked {
  const given = readOptions(who, options, [
    ...TARGET_OPTIONS,
    ...(['validationSplit', 'seed', 'classNames', 'onProgress', 'signal'] as const),
  ])
  const { validationSplit = 0.2, seed = 0, classNames, onProgress, signal } = given
  checkNumber(who, 'validationSplit', validationSplit, { min: 0, below: 1 })
  checkInteger(who, 'seed', seed, 0)
  const rest = {
    ...{ validationSplit, seed },
    ...(classNames === undefined ? {} : { classNames }),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(signal === undefined ? {} : { signal }),
  }
  return { ...targetOfGiven(who, given), ...rest }
}

type TargetOptions = Pick<ImageFolderOptions, (typeof TARGET_OPTIONS)[number]>
interface Target {
  readonly target: PictureTarget
  readonly shape: readonly [number, number, number]
}

/** What a picture is brought to, by the options that say so. */
export function targetOf(who: string, options: TargetOptions): Target {
  return targetOfGiven(who, readOptions(who, options, TARGET_OPTIONS))
}

function targetOfGiven(who: string, options: Given<TargetOptions>): Target {
  checkBooleans(who, { digits: options.digits })
  if (options.digits === true) {
    const other = (['size', 'channels', 'fit'] as const).find((name) => options[name] !== undefined)
    if (other !== undefined) {
      const received = `${other} beside it`
      throw new ArgumentError({ who, expected: 'digits, which are [28, 28, 1], alone', received })
    }
    return { target: 'digit', shape: [DIGIT_SIDE, DIGIT_SIDE, 1] }
  }
  const { size = 64, channels = 3, fit = 'cover' } = options
  const [height, width] = checkPair(who, 'size', size)
  checkInteger(who, 'size', height, 1, 4096)
  checkInteger(who, 'size', width, 1, 4096)
  if (channels !== 1 && channels !== 3) {
    throw new ArgumentError({ who, expected: 'channels to be 1 or 3', received: show(channels) })
  }
  checkOneOf(who, 'fit', fit, FITS)
  return { target: { width, height, channels, fit }, shape: [height, width, channels] }
}

/** Reads all pictures of all classes and divides them. */
export async function readClasses<Source>(
  who: string,
  classes: readonly PictureClass<Source>[],
  options: Checked,
  open: (pictures: number) => PictureReader<Source>,
): Promise<ImageFolder> {
  const sorted = inOrder(who, classes, options.classNames)
  const jobs = sorted.flatMap(({ files }, label) => files.map((file) => ({ ...file, label })))
  const { target, shape, onProgress, signal } = options
  const pixels = shape[0] * shape[1] * shape[2]
  if (jobs.length * pixels > MOST_BYTES) {
    const received = `${jobs.length} pictures of ${pixels} bytes each`
    throw new ArgumentError({ who, expected: 'at most 4 GB', received, hint: 'choose a smaller size' })
  }
  const read: (Uint8Array | undefined)[] = new Array(jobs.length)
  const skipped: (SkippedPicture & { index: number })[] = []
  const reader = open(jobs.length)
  let next = 0
  let done = 0
  const work = async (): Promise<void> => {
    while (next < jobs.length) {
      signal?.throwIfAborted()
      const index = next++
      const { name, source } = jobs[index]!
      const result = await reader.read(source, target)
      if ('pixels' in result) read[index] = result.pixels
      else skipped.push({ index, file: name, reason: result.reason })
      onProgress?.({ done: ++done, total: jobs.length })
    }
  }
  try {
    await Promise.all(Array.from({ length: reader.width }, work))
  } finally {
    reader.close()
  }
  skipped.sort((a, b) => a.index - b.index)
  const byClass: number[][] = sorted.map(() => [])
  jobs.forEach(({ label }, i) => {
    if (read[i] !== undefined) byClass[label]!.push(i)
  })
  checkRead(who, sorted, byClass, skipped)
  const { training, validation } = divided(byClass, options)
  const classNames = sorted.map(({ name }) => name)
  const gather = (indices: readonly number[], name: string): ImageDataset => {
    const images = new Uint8Array(indices.length * pixels)
    indices.forEach((from, i) => images.set(read[from]!, i * pixels))
    const labels = Uint8Array.from(indices, (i) => jobs[i]!.label)
    return new ImageDataset({ images, labels, shape, classes: sorted.length, classNames, name })
  }
  return {
    training: gather(training, 'pictures'),
    validation: validation.length === 0 ? undefined : gather(validation, 'pictures to validate'),
    classNames,
    counts: byClass.map(({ length }) => length),
    skipped: skipped.map(({ file, reason }) => ({ file, reason })),
  }
}

/** The classes by name, as every platform sorts them; or in the order that is wanted. */
function inOrder<Source>(
  who: string,
  classes: readonly PictureClass<Source>[],
  names: readonly string[] | undefined,
): PictureClass<Source>[] {
  const empty = classes.find(({ files }) => files.length === 0)
  if (empty !== undefined && names === undefined) {
    const hint = 'add pictures, or take the folder away'
    throw new ArgumentError({ who, expected: 'pictures in each class', received: `none in ${show(empty.name)}`, hint })
  }
  if (names !== undefined) {
    const unknown = classes.find(({ name }) => !names.includes(name))
    if (unknown !== undefined) {
      const expected = `folders named after the classes ${names.join(', ')}`
      throw new ArgumentError({ who, expected, received: show(unknown.name) })
    }
    return names.map((name) => classes.find((each) => each.name === name) ?? { name, files: [] })
  }
  const all = [...classes].sort((a, b) => (a.name < b.name ? -1 : 1))
  if (all.length < 2) {
    throw new ArgumentError({
      who,
      expected: 'a folder for each of at least two classes',
      received: all.length === 0 ? 'none' : `one, ${show(all[0]!.name)}`,
      hint: 'a network learns to tell classes apart: photos/cats, photos/dogs',
    })
  }
  if (all.length <= MOST_CLASSES) return all
  throw new ArgumentError({ who, expected: `at most ${MOST_CLASSES} classes`, received: `${all.length} folders` })
}

function checkRead<Source>(
  who: string,
  classes: readonly PictureClass<Source>[],
  byClass: readonly (readonly number[])[],
  skipped: readonly SkippedPicture[],
): void {
  const label = classes.findIndex(({ files }, i) => files.length > 0 && byClass[i]!.length === 0)
  if (label < 0 && byClass.some(({ length }) => length > 0)) return
  const { name, files } = classes[Math.max(0, label)]!
  const own = skipped.find(({ file }) => files.some((each) => each.name === file))
  const first = own === undefined ? '' : `: ${own.file} is ${own.reason}`
  const received = `${files.length} in ${show(name)} that are not${first}`
  throw new ArgumentError({ who, expected: 'pictures in each class that can be read', received })
}

/** Of each class the same part, chosen by the seed; each set in an order by the seed. */
function divided(
  byClass: readonly (readonly number[])[],
  { validationSplit, seed }: Checked,
): { training: number[]; validation: number[] } {
  const random = new Random(seed)
  const [training, validation]: [number[], number[]] = [[], []]
  byClass.forEach((indices, label) => {
    const order = random.fork('split').fork(label).shuffle(Int32Array.from(indices))
    // One of two or three is better than none; all of them would leave nothing to learn from.
    const least = validationSplit > 0 && order.length > 1 ? 1 : 0
    const kept = Math.min(order.length - 1, Math.max(least, Math.round(order.length * validationSplit)))
    validation.push(...order.subarray(0, Math.max(0, kept)))
    training.push(...order.subarray(Math.max(0, kept)))
  })
  const mixed = (indices: number[], name: string): number[] => [...random.fork(name).shuffle(Int32Array.from(indices))]
  return { training: mixed(training, 'training'), validation: mixed(validation, 'validation') }
}

/** Files as a page has them: picked with their folder, or by class. */
export type PictureFiles = Iterable<File> | ArrayLike<File> | Readonly<Record<string, Iterable<Blob> | ArrayLike<Blob>>>

/**
 * Classes out of files: each is called after the folder that it lies in, by `webkitRelativePath` (what
 * `<input webkitdirectory>` gives) or a name with slashes; or as the object says.
 */
export function classesOfFiles(who: string, files: PictureFiles): PictureClass<Blob>[] {
  if (typeof files !== 'object' || files === null) {
    throw new ArgumentError({ who, expected: 'files, or an object of them by class', received: show(files) })
  }
  if (!isList(files)) {
    return Object.entries(files).map(([name, list]) => {
      const blobs = Array.from(list as ArrayLike<Blob>)
      const wrong = blobs.find((blob) => !(blob instanceof Blob))
      if (wrong !== undefined)
        throw new ArgumentError({ who, expected: `Blobs for ${show(name)}`, received: show(wrong) })
      return { name, files: blobs.map((blob, i) => ({ name: `${name}/${nameOf(blob) ?? i}`, source: blob })) }
    })
  }
  const classes = new Map<string, { name: string; source: Blob }[]>()
  for (const file of Array.from(files as ArrayLike<File>)) {
    if (!(file instanceof Blob)) throw new ArgumentError({ who, expected: 'Files', received: show(file) })
    const path = file.webkitRelativePath || (nameOf(file) ?? '')
    const parts = path.split('/')
    if (parts.some((part) => part.startsWith('.'))) continue
    const folder = parts.at(-2)
    if (folder === undefined) {
      const hint = 'pick the folder: <input type="file" webkitdirectory>; or give { cats: [files], dogs: [files] }'
      throw new ArgumentError({ who, expected: 'files in a folder for each class', received: show(path), hint })
    }
    const list = classes.get(folder) ?? []
    list.push({ name: path, source: file })
    classes.set(folder, list)
  }
  for (const list of classes.values()) list.sort((a, b) => (a.name < b.name ? -1 : 1))
  return [...classes].map(([name, list]) => ({ name, files: list }))
}

function nameOf(blob: Blob): string | undefined {
  return 'name' in blob && typeof blob.name === 'string' ? blob.name : undefined
}

function isList(files: object): files is Iterable<File> | ArrayLike<File> {
  return Symbol.iterator in files || typeof (files as ArrayLike<File>).length === 'number'
}
