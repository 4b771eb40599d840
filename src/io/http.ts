/** Models behind a URL, read by `fetch`: in Node and in browsers. */

import { ArgumentError, checkOptions, FormatError, InputOutputError, show } from '../errors.ts'
import { readArtifacts } from '../formats/model-json.ts'
import { checkJsonSize, MAX_JSON_BYTES } from '../json.ts'
import type { IOHandler } from './io-handler.ts'

export interface HttpOptions {
  /** What is passed on to `fetch`, e.g. headers. */
  readonly requestInit?: RequestInit
  /** What is called in its place. */
  readonly fetchFunc?: typeof fetch
  /** Told how much of the weights has come, from 0 to 1, after each of their files. */
  readonly onProgress?: (fraction: number) => void
  /** What stands before the paths of the weights, in place of the folder of the model.json. */
  readonly weightPathPrefix?: string
  /** The URL of a file of weights, by its path in the model.json. */
  readonly weightUrlConverter?: (weightFileName: string) => string | Promise<string>
}

export const HTTP_OPTIONS: readonly (keyof HttpOptions)[] = [
  'requestInit',
  'fetchFunc',
  'onProgress',
  'weightPathPrefix',
  'weightUrlConverter',
]

/**
 * A handler that loads from the URL of a model.json; weight files are found beside it, under the same query.
 * @param url the address of the model.json
 * @param options `requestInit`, passed on to `fetch`; `fetchFunc`, called in its place; `onProgress`; where the weights are,
 *   `weightPathPrefix` or `weightUrlConverter`
 * @throws InputOutputError, when it loads, for a failed request or another status than 200
 * @example
 * const handler = io.http('https://example.com/model.json', { requestInit: { credentials: 'include' } })
 * console.log(handler.source) // https://example.com/model.json
 */
export function http(url: string, options: HttpOptions = {}): IOHandler {
  checkHttpOptions('io.http', options)
  return {
    source: url,
    async load() {
      const bytes = await fetchBytes(url, MAX_JSON_BYTES + 1, options)
      checkJsonSize(url, bytes.length)
      const read = async (path: string, limit: number): Promise<Uint8Array> => {
        return fetchBytes(await weightsUrl(url, path, options), limit, options)
      }
      return readArtifacts(url, bytes, read, undefined, options.onProgress)
    },
  }
}

export function checkHttpOptions(who: string, options: HttpOptions): void {
  checkOptions(who, options, HTTP_OPTIONS)
  const { weightPathPrefix, weightUrlConverter, onProgress } = options
  if (weightPathPrefix !== undefined && typeof weightPathPrefix !== 'string') {
    throw new ArgumentError({ who, expected: 'weightPathPrefix to be a text', received: show(weightPathPrefix) })
  }
  for (const [name, given] of Object.entries({ weightUrlConverter, onProgress })) {
    if (given === undefined || typeof given === 'function') continue
    throw new ArgumentError({ who, expected: `${name} to be a function`, received: show(given) })
  }
}

/** Where a file of weights is: where the options say, else beside the model.json. */
export async function weightsUrl(
  url: string,
  path: string,
  { weightPathPrefix, weightUrlConverter }: HttpOptions,
): Promise<string> {
  if (weightUrlConverter !== undefined) return new URL(await weightUrlConverter(path), url).href
  return weightPathPrefix === undefined ? beside(url, path) : new URL(`${weightPathPrefix}${path}`, url).href
}

/** The URL of a file in the folder of `url`. */
export function beside(url: string, path: string): string {
  const base = new URL(url)
  const folder = new URL('.', base)
  const file = new URL(path, folder)
  if (!file.href.startsWith(folder.href)) {
    throw new FormatError({ who: url, expected: 'a path of weights within its folder', received: file.href })
  }
  // A path may bring a query of its own, as signed URLs do.
  if (file.search === '') file.search = base.search
  return file.href
}

/** At most `limit` bytes of what is at `url`. */
export async function fetchBytes(
  url: string,
  limit: number,
  { requestInit, fetchFunc = fetch }: HttpOptions = {},
): Promise<Uint8Array> {
  let response: Response
  try {
    response = await fetchFunc(url, requestInit)
  } catch (error) {
    throw unreachable(url, error)
  }
  return responseBytes(url, response, limit)
}

/** At most `limit` bytes of an answer. */
export async function responseBytes(url: string, response: Response, limit: number): Promise<Uint8Array> {
  if (!response.ok) {
    await response.body?.cancel()
    const received = `${response.status} ${response.statusText}`.trim()
    throw new InputOutputError({ who: url, expected: 'status 200', received })
  }
  try {
    return await readBody(response, limit)
  } catch (error) {
    throw unreachable(url, error)
  }
}

async function readBody(response: Response, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = response.body?.getReader()
  while (reader !== undefined && size < limit) {
    const { done, value } = await reader.read()
    if (done) break
    chunks.push(value)
    size += value.length
  }
  await reader?.cancel()
  const bytes = new Uint8Array(Math.min(size, limit))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk.subarray(0, limit - at), at)
    at += Math.min(chunk.length, limit - at)
  }
  return bytes
}

function unreachable(url: string, error: unknown): InputOutputError {
  const { message, cause } = error as Error
  const reason = cause instanceof Error && cause.message !== '' ? cause.message : message
  return new InputOutputError({ who: url, expected: 'an answer', received: reason }, { cause: error })
}
