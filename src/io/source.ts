/** What a model is loaded from, whatever it is: its bytes, and those of the files that lie beside it. */

import { files } from '#files'
import { ArgumentError, InputOutputError, show } from '../errors.ts'
import type { PickedFile } from './browser-files.ts'
import { type HttpOptions, weightsUrl } from './http.ts'

/** More than a WebAssembly memory holds. */
const MAX_BYTES = 2 ** 32

/** A path or URL; a picked or dropped file, or several; a Blob; the bytes. */
export type ModelSource =
  | string
  | URL
  | Blob
  | ArrayBuffer
  | ArrayBufferView
  | PickedFile
  | readonly PickedFile[]
  | { readonly [index: number]: PickedFile; readonly length: number }

export interface OpenedSource {
  /** Its path, URL or name, for error texts. */
  readonly file: string
  readonly bytes: Uint8Array
  /** At most `limit` bytes of a file beside it, by its path from there. */
  beside(path: string, limit: number): Promise<Uint8Array>
}

/**
 * @throws ArgumentError for what is none of a `ModelSource`
 * @throws InputOutputError for what cannot be read
 */
export async function openSource(who: string, source: unknown, options: HttpOptions = {}): Promise<OpenedSource> {
  if (typeof source === 'string' && source !== '') return openPath(source, options)
  if (isOf<URL>(source, 'URL')) return openPath(String(source), options)
  if (isOf<ArrayBuffer>(source, 'ArrayBuffer') || isOf<ArrayBuffer>(source, 'SharedArrayBuffer')) {
    return alone('bytes', new Uint8Array(source))
  }
  if (ArrayBuffer.isView(source))
    return alone('bytes', new Uint8Array(source.buffer, source.byteOffset, source.byteLength))
  if (isBlob(source)) return openFiles(who, [source])
  if (typeof source === 'object' && source !== null && 'length' in source) {
    const picked = Array.from(source as ArrayLike<unknown>)
    if (picked.length > 0 && picked.every(isBlob)) return openFiles(who, picked)
  }
  const expected = 'a path, a URL, bytes, a File or Blob, several files, or a handler'
  throw new ArgumentError({ who, expected, received: show(source) })
}

/** By its tag, since another frame has classes of its own. */
function isOf<T>(value: unknown, tag: string): value is T {
  return Object.prototype.toString.call(value) === `[object ${tag}]`
}

function isBlob(value: unknown): value is PickedFile {
  return typeof value === 'object' && value !== null && 'size' in value && 'slice' in value
}

async function openPath(where: string, options: HttpOptions): Promise<OpenedSource> {
  const file = await files.locate(where)
  const bytes = await files.read(file, MAX_BYTES, options)
  return {
    file,
    bytes,
    beside: async (path, limit) => {
      const isElsewhere = options.weightPathPrefix !== undefined || options.weightUrlConverter !== undefined
      const where =
        isElsewhere && /^https?:/.test(file) ? await weightsUrl(file, path, options) : await files.beside(file, path)
      return files.read(where, limit, options)
    },
  }
}

function alone(file: string, bytes: Uint8Array): OpenedSource {
  return {
    file,
    bytes,
    beside: async (path) => {
      const hint = 'give the files together, or a path or URL beside which it lies'
      throw new InputOutputError({ who: file, expected: show(path), received: 'bytes alone', hint })
    },
  }
}

/** What a model is in, of several files: the others lie beside it. */
function mainFile(picked: readonly PickedFile[]): PickedFile {
  const rank = (file: PickedFile): number => {
    const at = ['.json', '.keras', '.h5', '.hdf5', '.onnx', '.zip'].findIndex((end) => file.name?.endsWith(end))
    return file.name === 'metadata.json' ? 90 : at < 0 ? 99 : at
  }
  return [...picked].sort((a, b) => rank(a) - rank(b))[0]!
}

async function openFiles(who: string, picked: readonly PickedFile[]): Promise<OpenedSource> {
  const main = mainFile(picked)
  const file = main.name ?? who
  return {
    file,
    bytes: await readPicked(file, main, MAX_BYTES),
    beside: async (path, limit) => {
      const name = path.split('/').at(-1)
      const found = picked.find((each) => each.name === name)
      if (found !== undefined) return readPicked(found.name, found, limit)
      const received = show(picked.map((each) => each.name))
      throw new InputOutputError({
        who: file,
        expected: show(name),
        received,
        hint: 'pick all files of the model together',
      })
    },
  }
}

async function readPicked(name: string, file: PickedFile, limit: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.slice(0, Math.min(limit, file.size)).arrayBuffer())
  } catch (error) {
    const received = (error as Error).message
    throw new InputOutputError({ who: name, expected: 'a file to read', received }, { cause: error })
  }
}
