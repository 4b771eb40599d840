/** Loads MNIST in a browser: from files that the user chose, or from a folder on the page's own server. */
import { ArgumentError, checkOptions, InputOutputError, show } from '../errors.ts'
import { isByteArray } from '../typed-arrays.ts'
import { readIdx } from './idx.ts'
import { buildMnist, MNIST_FILES, type Mnist, type MnistPart, type NamedIdx, spellings } from './mnist.ts'

/** Where the four files are: one of the two. */
export interface LoadMnistOptions {
  /** The address of a folder that holds the four files, gzipped or not; relative to the page. */
  readonly url?: string | URL
  /** The files themselves, gzipped or not: as an `<input multiple>` gives them, or by what they hold. */
  readonly files?: Iterable<File> | Readonly<Record<MnistPart, Blob | Uint8Array>>
}

/**
 * The MNIST digits. The files may be gzipped or not and may be called `train-images-idx3-ubyte` or
 * `train-images.idx3-ubyte`, with or without `.gz`.
 *
 * Throws `ArgumentError` for a missing option or file, `InputOutputError` when a file cannot be fetched, and
 * `FormatError` when it is not what it should be.
 */
export async function loadMnist(options: LoadMnistOptions): Promise<Mnist> {
  checkOptions('loadMnist', options, ['url', 'files'])
  const { url, files } = options
  if (typeof files === 'object' && files !== null)
    return buildMnist(async (part, limits) => readChosen(choose(part, files), limits))
  if (typeof url === 'string' || url instanceof URL) {
    return buildMnist(async (part, limits) => fetchIdx(MNIST_FILES[part].name, `${url}`, limits))
  }
  throw new ArgumentError({
    who: 'loadMnist',
    expected: 'url or files',
    received: received(url, files),
    hint: 'name the folder that holds the four files: loadMnist({ url })',
  })
}

function received(url: unknown, files: unknown): string {
  if (files !== undefined) return `files ${show(files)}`
  return url === undefined ? 'neither' : `url ${show(url)}`
}

interface Chosen {
  readonly file: string
  readonly content: Blob | Uint8Array
}

function choose(part: MnistPart, files: NonNullable<LoadMnistOptions['files']>): Chosen {
  const { name } = MNIST_FILES[part]
  if (!(Symbol.iterator in files)) {
    const content = files[part]
    if (content instanceof Blob || isByteArray(content)) return { file: name, content }
    throw new ArgumentError({
      who: 'loadMnist',
      expected: `files.${part} to be a File, Blob or Uint8Array`,
      received: show(content),
    })
  }
  const names = spellings(name)
  const all = [...files]
  const found = all.find((file) => names.includes(file.name))
  if (found !== undefined) return { file: found.name, content: found }
  throw new ArgumentError({
    who: 'loadMnist',
    expected: `${name} or ${name}.gz among the files`,
    received: all.length === 0 ? 'no files' : all.map((file) => show(file.name)).join(', '),
  })
}

async function readChosen({ file, content }: Chosen, limits: Parameters<typeof readIdx>[2]): Promise<NamedIdx> {
  return { file, array: await readIdx(content instanceof Blob ? content.stream() : content, file, limits) }
}

/** Tries the gzipped file first: it is a fifth of the size. */
async function fetchIdx(name: string, folder: string, limits: Parameters<typeof readIdx>[2]): Promise<NamedIdx> {
  const base = folder === '' || folder.endsWith('/') ? folder : `${folder}/`
  const failures: string[] = []
  for (const file of [`${name}.gz`, name]) {
    const url = `${base}${file}`
    const response = await fetch(url).catch((error: unknown) => {
      throw unreachable(name, `${url}: ${error instanceof Error ? error.message : show(error)}`, error)
    })
    if (response.ok && response.body !== null) return { file, array: await readIdx(response.body, file, limits) }
    await response.body?.cancel()
    failures.push(`${url}: status ${response.status}`)
  }
  throw unreachable(name, failures.join('; '))
}

function unreachable(name: string, received: string, cause?: unknown): InputOutputError {
  return new InputOutputError(
    {
      who: 'loadMnist',
      expected: `${name}.gz or ${name} at the given url`,
      received,
      hint: 'serve the four files from that folder, or hand them over: loadMnist({ files })',
    },
    { cause },
  )
}
