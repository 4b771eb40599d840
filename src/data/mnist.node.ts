/** Loads MNIST in Node: from a folder, or from the public mirrors into a cache that is checked at every use. */
import { createHash } from 'node:crypto'
import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ArgumentError, checkInteger, checkOptions, FormatError, InputOutputError, show } from '../errors.ts'
import { cacheFolder } from './cache-folder.node.ts'
import { type DownloadProgress, download } from './download.node.ts'
import { type IdxArray, type IdxLimits, readIdx } from './idx.ts'
import {
  buildMnist,
  MNIST_FILES,
  type Mnist,
  type MnistFile,
  type MnistPart,
  type NamedIdx,
  spellings,
} from './mnist.ts'

/** Where MNIST comes from. */
export interface LoadMnistOptions {
  /** A folder that holds the four files, gzipped or not. With it nothing is downloaded, and no checksum is asked for. */
  readonly dir?: string
  /** Addresses of folders to download from, the first first. Default: two public mirrors. */
  readonly mirrors?: readonly string[]
  /** The folder for downloads. Default: `QUADLANE_CACHE`, or `quadlane` in the platform's cache folder. */
  readonly cacheDir?: string
  /** How many milliseconds a download may stall before the next mirror is tried. Default: 30,000. */
  readonly timeoutMs?: number
  /** Called while files are downloaded. */
  readonly onProgress?: (progress: MnistProgress) => void
}

/** How far the download of one file has come. */
export interface MnistProgress extends DownloadProgress {
  /** The file's name. */
  readonly file: string
}

const MIRRORS = [
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
]
const BY_HAND = 'download the four files by hand and name their folder: loadMnist(dir), or --data DIR'
const CACHE_HINT = 'choose another cache folder: QUADLANE_CACHE or cacheDir'

/**
 * The MNIST digits, from a folder (`loadMnist('data/mnist')`) or, without one, downloaded once (12 MB) and kept in a
 * cache. In a folder the files may be gzipped or not and may be called `train-images-idx3-ubyte` or
 * `train-images.idx3-ubyte`, with or without `.gz`. A cached file that is damaged is downloaded again.
 *
 * Throws `ArgumentError` for a wrong option, `InputOutputError` when a file is missing or no mirror gives it, and
 * `FormatError` when a file is not what it should be.
 * @param dirOrOptions a folder, or options; default: the cache
 * @example
 * const { train, test } = await data.loadMnist('mnist')
 * console.log(train.inputShape, test.classes) // [ 28, 28, 1 ] 10
 */
export function loadMnist(dirOrOptions: string | LoadMnistOptions = {}): Promise<Mnist> {
  return loadMnistFiles(MNIST_FILES, typeof dirOrOptions === 'string' ? { dir: dirOrOptions } : dirOrOptions)
}

/** `loadMnist` for any four files. */
export async function loadMnistFiles(
  files: Readonly<Record<MnistPart, MnistFile>>,
  options: LoadMnistOptions,
): Promise<Mnist> {
  checkOptions('loadMnist', options, ['dir', 'mirrors', 'cacheDir', 'timeoutMs', 'onProgress'])
  const { dir, mirrors = MIRRORS, cacheDir, timeoutMs = 30_000, onProgress } = options
  if (dir !== undefined) {
    checkFolder('dir', dir)
    return buildMnist((part, limits) => readFrom(dir, files[part].name, limits))
  }
  if (cacheDir !== undefined) checkFolder('cacheDir', cacheDir)
  checkMirrors(mirrors)
  checkInteger('loadMnist', 'timeoutMs', timeoutMs, 1, 2 ** 31 - 1)
  const folder = join(cacheDir ?? cacheFolder(), 'mnist')
  return buildMnist(async (part) => {
    const file = `${files[part].name}.gz`
    const check = (bytes: Uint8Array): Promise<IdxArray> => readChecked(bytes, file, files[part])
    const path = join(folder, file)
    const cached = await readCached(path, check)
    if (cached !== undefined) return { file, array: cached }
    const array = await download({
      who: 'loadMnist',
      what: `${file} from ${mirrors.length === 1 ? 'the mirror' : `one of ${mirrors.length} mirrors`}`,
      hint: BY_HAND,
      urls: mirrors.map((mirror) => `${mirror.endsWith('/') ? mirror : `${mirror}/`}${file}`),
      path,
      maxBytes: files[part].bytes + 1024,
      timeoutMs,
      check,
      onProgress: onProgress && ((progress) => onProgress({ file, ...progress })),
    })
    return { file, array }
  })
}

function checkFolder(option: string, value: unknown): asserts value is string {
  if (typeof value === 'string' && value !== '') return
  throw new ArgumentError({ who: 'loadMnist', expected: `${option} to be the path of a folder`, received: show(value) })
}

function checkMirrors(mirrors: unknown): void {
  const good = (mirror: unknown): boolean => typeof mirror === 'string' && /^https?:\/\//.test(mirror)
  if (Array.isArray(mirrors) && mirrors.length > 0 && mirrors.every(good)) return
  throw new ArgumentError({
    who: 'loadMnist',
    expected: 'mirrors to be a list of http or https addresses',
    received: show(mirrors),
  })
}

/** Unpacks a file and compares its checksum. */
async function readChecked(bytes: Uint8Array, name: string, file: MnistFile): Promise<IdxArray> {
  const array = await readIdx(bytes, name, { maxBytes: file.bytes })
  const sha256 = createHash('sha256').update(array.bytes).digest('hex')
  if (sha256 === file.sha256) return array
  throw new FormatError({ who: name, expected: `SHA-256 ${file.sha256} of the unpacked bytes`, received: sha256 })
}

/** What the cache holds, or nothing when that is missing or damaged. */
async function readCached(
  path: string,
  check: (bytes: Uint8Array) => Promise<IdxArray>,
): Promise<IdxArray | undefined> {
  try {
    return await check(await readFile(path))
  } catch (error) {
    if (error instanceof FormatError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unreadable(path, error, CACHE_HINT)
  }
}

async function readFrom(dir: string, name: string, limits: IdxLimits): Promise<NamedIdx> {
  for (const spelling of spellings(name)) {
    const path = join(dir, spelling)
    const found = await stat(path).catch(() => undefined)
    // Some archives unpack to folders that are called like the files.
    if (found?.isFile() !== true) continue
    return { file: path, array: await readIdx(await openFile(path), path, limits) }
  }
  const folder = await stat(dir).catch(() => undefined)
  const absent = folder === undefined ? 'no such folder' : folder.isDirectory() ? 'no such file' : 'something else'
  throw new InputOutputError({
    who: 'loadMnist',
    expected: `${name} or ${name}.gz in the folder '${dir}'`,
    received: absent,
    hint: 'name the folder that holds the four MNIST files',
  })
}

/** A file as a stream of 256 KiB chunks; reading it whole would double the memory that MNIST takes. */
async function openFile(path: string): Promise<ReadableStream<Uint8Array>> {
  const file = await open(path).catch((error: unknown) => {
    throw unreadable(path, error)
  })
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { bytesRead, buffer } = await file.read(new Uint8Array(1 << 18)).catch(async (error: unknown) => {
          await file.close()
          throw unreadable(path, error)
        })
        if (bytesRead > 0) return controller.enqueue(buffer.subarray(0, bytesRead))
        await file.close()
        controller.close()
      },
      cancel: () => file.close(),
    },
    { highWaterMark: 0 },
  )
}

function unreadable(path: string, cause: unknown, hint?: string): InputOutputError {
  const { code = 'an error' } = cause as NodeJS.ErrnoException
  return new InputOutputError({ who: 'loadMnist', expected: `to read '${path}'`, received: code, hint }, { cause })
}
