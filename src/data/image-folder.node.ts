/** Folders of pictures in Node: a directory, or files. */

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ArgumentError, FormatError, InputOutputError, show } from '../errors.ts'
import { isByteArray } from '../typed-arrays.ts'
import {
  checkFolderOptions,
  classesOfFiles,
  type ImageFolder,
  type ImageFolderOptions,
  type PictureClass,
  type PictureFiles,
  readClasses,
  targetOf,
} from './image-folder.ts'
import { type NodePicture, pictureReader } from './picture-reader.node.ts'
import type { PictureReader } from './picture-reader.ts'

const WHO = 'data.imageFolder'

/**
 * Pictures of one's own as data sets to train on and to validate, a class for each folder. They may be PNG, JPEG, WebP or GIF
 * (its first frame) and of any size; EXIF's orientation is followed, transparent pixels lie over white. Each is scaled by a
 * bilinear filter that is as wide as the reduction. They are decoded in threads. Files that cannot be read are named in
 * `skipped`; hidden ones are passed over.
 *
 * ```js
 * const { training, validation, classNames } = await data.imageFolder('photos', { size: 64 })
 * await model.fit(training, { epochs: 20, validationData: validation })
 * ```
 * @param source a directory with a directory for each class; or Files with paths, or `{ cats: [files], dogs: [files]
 *   }`
 * @param options size, channels, fit, digits, validationSplit, seed, classNames, onProgress, signal
 * @throws ArgumentError for pictures without a folder, one class alone, a class without a picture that can be read
 * @throws InputOutputError for a directory that cannot be read
 * @example
 * const { training, classNames, counts } = await data.imageFolder('photos', { size: 32, validationSplit: 0 })
 * console.log(classNames, counts, training.inputShape) // [ 'cats', 'dogs' ] [ 3, 3 ] [ 32, 32, 3 ]
 */
export async function imageFolder(
  source: string | URL | PictureFiles,
  options: ImageFolderOptions = {},
): Promise<ImageFolder> {
  const checked = checkFolderOptions(WHO, options)
  if (typeof source === 'string' || source instanceof URL) {
    const classes = await classesOfFolder(source instanceof URL ? decodeURIComponent(source.pathname) : source)
    return readClasses<NodePicture>(WHO, classes, checked, pictureReader)
  }
  return readClasses(WHO, classesOfFiles(WHO, source), checked, blobReader)
}

/**
 * One picture as `imageFolder` reads it: PNG, JPEG, WebP or GIF.
 * @param source a path, a File or Blob, or the bytes of a file
 * @param options size, channels, fit, digits; as for `imageFolder`
 * @returns [height, width, channels] bytes
 * @throws FormatError for what is no picture, or a damaged one
 * @throws InputOutputError for a file that cannot be read
 * @example
 * console.log((await data.readPicture('photos/cats/1.png', { size: 32 })).length) // 3072
 */
export async function readPicture(
  source: string | Blob | Uint8Array,
  options: Pick<ImageFolderOptions, 'size' | 'channels' | 'fit' | 'digits'> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const who = 'data.readPicture'
  const { target } = targetOf(who, options)
  const isBlob = source instanceof Blob
  if (typeof source !== 'string' && !isBlob && !isByteArray(source)) {
    throw new ArgumentError({ who, expected: 'a path, a Blob or bytes', received: show(source) })
  }
  if (typeof source === 'string') {
    await stat(source).catch((cause) => {
      throw new InputOutputError(
        { who, expected: 'a file that can be read', received: `${show(source)} (${cause.code})` },
        { cause },
      )
    })
  }
  const reader = pictureReader(1)
  try {
    const result = await reader.read(isBlob ? new Uint8Array(await source.arrayBuffer()) : source, target)
    if ('pixels' in result) return result.pixels
    const name = typeof source === 'string' ? source : who
    throw new FormatError({ who: name, expected: 'a picture (PNG, JPEG, WebP, GIF)', received: result.reason })
  } finally {
    reader.close()
  }
}

function blobReader(pictures: number): PictureReader<Blob> {
  const reader = pictureReader(pictures)
  return {
    ...reader,
    read: async (blob, form) => reader.read(new Uint8Array(await blob.arrayBuffer()), form),
  }
}

/** The folders in a folder, with their files; what is hidden and what systems leave behind is passed over. */
async function classesOfFolder(folder: string): Promise<PictureClass<string>[]> {
  const { files, folders } = await list(folder)
  if (folders.length === 0 && files.length > 0) {
    throw new ArgumentError({
      who: WHO,
      expected: `a folder for each class in '${folder}'`,
      received: `${files.length} ${files.length === 1 ? 'file' : 'files'} and no folder`,
      hint: 'sort the pictures into folders: photos/cats, photos/dogs',
    })
  }
  const classes: PictureClass<string>[] = []
  for (const name of folders) {
    const inside = await list(join(folder, name))
    if (inside.files.length === 0 && inside.folders.length > 0) {
      const example = join(folder, name)
      throw new ArgumentError({
        who: WHO,
        expected: `pictures in '${example}'`,
        received: `folders: ${inside.folders.slice(0, 3).join(', ')}${inside.folders.length > 3 ? ', …' : ''}`,
        hint: `if those are the classes, give '${example}'`,
      })
    }
    classes.push({
      name,
      files: inside.files.map((file) => ({ name: join(folder, name, file), source: join(folder, name, file) })),
    })
  }
  return classes
}

const LEFT_BEHIND = /^(\..*|Thumbs\.db|desktop\.ini|__MACOSX)$/i

async function list(folder: string): Promise<{ files: string[]; folders: string[] }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    const received = `'${folder}' (${cause.code})`
    throw new InputOutputError({ who: WHO, expected: 'a folder that can be read', received }, { cause })
  })
  const [files, folders]: [string[], string[]] = [[], []]
  for (const entry of entries) {
    if (LEFT_BEHIND.test(entry.name)) continue
    const isFolder = entry.isSymbolicLink()
      ? (await stat(join(folder, entry.name)).catch(() => undefined))?.isDirectory() === true
      : entry.isDirectory()
    ;(isFolder ? folders : files).push(entry.name)
  }
  return { files: files.sort(), folders: folders.sort() }
}
