/** JSON out of files that nobody vouches for: bounds on its size and depth, and checks of what lies where. */

import { FormatError, show } from './errors.ts'
import { isObject } from './objects.ts'

export { isObject }

export type JsonObject = Readonly<Record<string, unknown>>

/** A model of a thousand layers is below 1 MB. */
export const MAX_JSON_BYTES = 2 ** 25
/** How deep arrays and objects may nest; a model needs about ten. */
const MAX_DEPTH = 64
/** How many values there may be; a layer has about forty. */
const MAX_PARTS = 2 ** 20

/**
 * The value of a JSON file.
 * @throws FormatError naming `who`, the file
 */
export function parseJson(who: string, bytes: Uint8Array): unknown {
  checkJsonSize(who, bytes.length)
  checkParts(who, bytes)
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

/** Refuses what nests too deep or has too many parts, and the key that could change what an object is. */
export function checkTree(who: string, value: unknown): void {
  checkPart(who, value, [], { parts: 0 })
}

function checkPart(who: string, value: unknown, path: string[], count: { parts: number }): void {
  if (++count.parts > MAX_PARTS) throw tooMany(who)
  if (typeof value !== 'object' || value === null) return
  if (path.length > MAX_DEPTH) {
    const received = `more at ${pathText(path).slice(0, 60)}…`
    throw new FormatError({ who, expected: `JSON of at most ${MAX_DEPTH} levels`, received })
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item: unknown = value[i]
      // Most of what is long are numbers: no path is made for them.
      if (typeof item !== 'object' || item === null) {
        if (++count.parts > MAX_PARTS) throw tooMany(who)
        continue
      }
      path.push(`[${i}]`)
      checkPart(who, item, path, count)
      path.pop()
    }
    return
  }
  for (const key of Object.keys(value)) {
    if (key === '__proto__') {
      const received = `one in ${path.length === 0 ? 'the file' : pathText(path)}`
      throw new FormatError({ who, expected: "no key '__proto__'", received })
    }
    path.push(key)
    checkPart(who, (value as JsonObject)[key], path, count)
    path.pop()
  }
}

function tooMany(who: string): FormatError {
  return new FormatError({ who, expected: `JSON of at most ${MAX_PARTS} values`, received: 'more' })
}

/** layers[0].config */
function pathText(path: readonly string[]): string {
  return path.join('.').replaceAll('.[', '[')
}

/** Counts what begins a value, outside of strings, before memory is spent on them. */
function checkParts(who: string, bytes: Uint8Array): void {
  let parts = 0
  let inString = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (inString) {
      if (byte === 0x5c) i++
      else if (byte === 0x22) inString = false
    } else if (byte === 0x22) inString = true
    // A comma, a bracket, a brace.
    else if ((byte === 0x2c || byte === 0x5b || byte === 0x7b) && ++parts > MAX_PARTS) throw tooMany(who)
  }
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
