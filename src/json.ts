/** JSON out of files that nobody vouches for: bounds on its size and depth, and checks of what lies where. */

import { FormatError, show } from './errors.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** A model of a thousand layers is below 1 MB. */
export const MAX_JSON_BYTES = 2 ** 25
/** How deep arrays and objects may nest; a model needs about ten. */
const MAX_DEPTH = 64

/**
 * The value of a JSON file.
 * @throws FormatError naming `who`, the file
 */
export function parseJson(who: string, bytes: Uint8Array): unknown {
  checkJsonSize(who, bytes.length)
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    const received = bytes.length === 0 ? 'an empty file' : `something else (${(error as Error).message})`
    throw new FormatError({ who, expected: 'JSON in UTF-8', received }, { cause: error })
  }
  checkTree(who, value)
  return value
}

export function checkJsonSize(who: string, bytes: number): void {
  if (bytes <= MAX_JSON_BYTES) return
  throw new FormatError({ who, expected: `at most ${MAX_JSON_BYTES} bytes of JSON`, received: `${bytes}` })
}

/** Refuses what nests too deep, and the key that could change what an object is. */
export function checkTree(who: string, value: unknown, path = '', depth = 0): void {
  if (typeof value !== 'object' || value === null) return
  if (depth > MAX_DEPTH) {
    const received = `more at ${path.slice(0, 60)}…`
    throw new FormatError({ who, expected: `JSON of at most ${MAX_DEPTH} levels`, received })
  }
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') {
      throw new FormatError({
        who,
        expected: "no key '__proto__'",
        received: `one in ${path === '' ? 'the file' : path}`,
      })
    }
    checkTree(who, item, Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`, depth + 1)
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `value` as an object; `path` says where in the file it is. */
export function objectAt(who: string, path: string, value: unknown): JsonObject {
  if (isObject(value)) return value
  throw new FormatError({ who, expected: `${path} to be an object`, received: show(value) })
}

export function arrayAt(who: string, path: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new FormatError({ who, expected: `${path} to be an array`, received: show(value) })
}

export function stringAt(who: string, path: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value
  throw new FormatError({ who, expected: `${path} to be a string with characters`, received: show(value) })
}
