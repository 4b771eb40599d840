/** Models behind a URL, read by `fetch`: in Node and in browsers. */

import { checkOptions, FormatError, InputOutputError } from '../errors.ts'
import { readArtifacts } from '../formats/model-json.ts'
import { checkJsonSize, MAX_JSON_BYTES } from '../json.ts'
import type { IOHandler } from './io-handler.ts'

export interface HttpOptions {
  /** What is passed on to `fetch`, e.g. headers. */
  readonly requestInit?: RequestInit
  /** What is called in its place. */
  readonly fetchFunc?: typeof fetch
}

/**
 * A handler that loads from the URL of a model.json; weight files are found beside it, under the same query.
 * @param url the address of the model.json
 * @param options `requestInit`, passed on to `fetch`, and `fetchFunc`, called in its place
 * @throws InputOutputError, when it loads, for a failed request or another status than 200
 * @example
 * const handler = io.http('https://example.com/model.json', { requestInit: { credentials: 'include' } })
 * console.log(handler.source) // https://example.com/model.json
 */
export function http(url: string, options: HttpOptions = {}): IOHandler {
  checkOptions('io.http', options, ['requestInit', 'fetchFunc'])
  return {
    source: url,
    async load() {
      const bytes = await fetchBytes(url, MAX_JSON_BYTES + 1, options)
      checkJsonSize(url, bytes.length)
      return readArtifacts(url, bytes, (path, limit) => fetchBytes(beside(url, path), limit, options))
    },
  }
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
