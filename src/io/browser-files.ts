/** Models out of files that someone picked or dropped onto the page. */

import { ArgumentError, InputOutputError, show } from '../errors.ts'
import type { ModelArtifacts } from '../formats/model-artifacts.ts'
import { readArtifacts } from '../formats/model-json.ts'
import { checkJsonSize, MAX_JSON_BYTES } from '../json.ts'
import type { IOHandler } from './io-handler.ts'

/** What is needed of a `File`. */
export interface PickedFile {
  /** The name, without a path. */
  readonly name: string
  /** In bytes. */
  readonly size: number
  /**
   * A part of it.
   * @param start the first byte
   * @param end the first byte that is left out
   */
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> }
}

/**
 * A handler that loads from files: the JSON of a model and its weights, in any order. The weights are found by the last
 * part of the paths in the JSON.
 * @param files of an `<input type="file" multiple>` or a drop
 * @throws ArgumentError where not just one of them ends in .json
 * @example
 * const json = new File(['{}'], 'model.json')
 * const model = io.browserFiles([json])
 * console.log(model.source) // model.json
 */
export function browserFiles(files: ArrayLike<PickedFile> | Iterable<PickedFile>): IOHandler {
  const who = 'io.browserFiles'
  const all = Array.from(files ?? [])
  const names = all.map((file) => file?.name)
  const [json, ...others] = all.filter((file) => file?.name?.endsWith('.json'))
  if (json === undefined || others.length > 0) {
    throw new ArgumentError({ who, expected: 'one file that ends in .json, and weights', received: show(names) })
  }
  return { source: json.name, load: () => load(json, new Map(all.map((file) => [file.name, file]))) }
}

async function load(json: PickedFile, files: ReadonlyMap<string, PickedFile>): Promise<ModelArtifacts> {
  checkJsonSize(json.name, json.size)
  return readArtifacts(json.name, await readBytes(json, MAX_JSON_BYTES), async (path, limit) => {
    const name = path.split('/').at(-1) ?? path
    const file = files.get(name)
    if (file !== undefined) return readBytes(file, limit)
    const hint = 'pick the JSON and the weights together'
    throw new InputOutputError({ who: json.name, expected: show(name), received: show([...files.keys()]), hint })
  })
}

/** At most `limit` bytes of a file. */
async function readBytes(file: PickedFile, limit: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.slice(0, limit).arrayBuffer())
  } catch (error) {
    const received = (error as Error).message
    throw new InputOutputError({ who: file.name, expected: 'a file to read', received }, { cause: error })
  }
}
