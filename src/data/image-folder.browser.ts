/** Folders of pictures in a page: the files that the user picked or dropped. */

import { ArgumentError } from '../errors.ts'
import {
  checkFolderOptions,
  classesOfFiles,
  type ImageFolder,
  type ImageFolderOptions,
  type PictureFiles,
  readClasses,
  targetOf,
} from './image-folder.ts'
import { pictureReader } from './picture-reader.browser.ts'

/**
 * Pictures of one's own as data sets to train on and to validate, a class for each folder. They may be of any kind that the
 * browser reads and of any size; EXIF's orientation is followed, transparent pixels lie over white. Each is scaled by a
 * bilinear filter that is as wide as the reduction. Files that cannot be read are named in `skipped`.
 * @param files what `<input type="file" webkitdirectory>` has in `files`; or `{ cats: [files], dogs: [files] }`
 * @param options size, channels, fit, digits, validationSplit, seed, classNames, onProgress, signal
 * @throws ArgumentError for files without a folder, one class alone, a class without a picture that can be read
 * @example
 * const png = Uint8Array.from(atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4AWP4z8AAAAMBAQDbfS68AAAAAElFTkSuQmCC'), (c) => c.charCodeAt(0))
 * const [red, other] = [new Blob([png]), new Blob([png])]
 * const { training, classNames } = await data.imageFolder({ red: [red], other: [other] }, { size: 4, validationSplit: 0 })
 * console.log(classNames, training.size, training.inputShape) // [ 'other', 'red' ] 2 [ 4, 4, 3 ]
 */
export async function imageFolder(files: PictureFiles, options: ImageFolderOptions = {}): Promise<ImageFolder> {
  const who = 'data.imageFolder'
  const checked = checkFolderOptions(who, options)
  return readClasses(who, classesOfFiles(who, files), checked, pictureReader)
}

/**
 * One picture as `imageFolder` reads it.
 * @param file a File or Blob
 * @param options size, channels and fit, or digits
 * @returns [height, width, channels] bytes
 * @throws ArgumentError for a file that is no picture
 * @example
 * const png = Uint8Array.from(atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4AWP4z8AAAAMBAQDbfS68AAAAAElFTkSuQmCC'), (c) => c.charCodeAt(0))
 * console.log([...(await data.readPicture(new Blob([png]), { size: 1 }))]) // [ 255, 0, 0 ]
 */
export async function readPicture(
  file: Blob,
  options: Pick<ImageFolderOptions, 'size' | 'channels' | 'fit' | 'digits'> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const who = 'data.readPicture'
  const result = await pictureReader().read(file, targetOf(who, options).target)
  if ('pixels' in result) return result.pixels
  throw new ArgumentError({ who, expected: 'a picture', received: result.reason })
}
