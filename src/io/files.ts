/**
 * What reads and writes files on a platform. `#files` is the one that runs; package.json chooses. It is apart from
 * `#platform` for a page to load it when it saves or loads something, and not before.
 */

import { ArgumentError, show } from '../errors.ts'
import type { HttpOptions } from './http.ts'
import type { IOHandler, ModelArtifactsInfo } from './io-handler.ts'

/** Makes the handler of a URL. The options are for what is fetched. */
export type HandlerFactory = (url: string, options?: HttpOptions) => IOHandler

/** What stands behind the scheme of a URL. */
export interface Scheme {
  readonly open: HandlerFactory
  /** The models that are kept there, by URL; for those that keep models and know which. */
  readonly list?: () => Promise<Record<string, ModelArtifactsInfo>>
}

export interface Files {
  /** What reads and writes models, by the scheme of their URL: a scheme is a file and a line here. */
  readonly schemes: Readonly<Record<string, Scheme>>
  /** What takes a URL without a scheme, where there is such a thing. */
  readonly relative?: HandlerFactory
  /**
   * The bytes of a file, by its URL or, where there are such, its path.
   * @param limit what is read at most; default `MAX_FILE_BYTES`
   * @throws InputOutputError where it cannot be read
   */
  read(where: string, limit?: number, options?: HttpOptions): Promise<Uint8Array>
  /**
   * Writes one file whole, by its URL: an interrupted write leaves what was there.
   * @throws InputOutputError where it cannot be written
   */
  write(where: string, bytes: Uint8Array): Promise<void>
  /** The file that a path means: model.json for a directory that has one. */
  locate(where: string): Promise<string>
  /** Where the file at a relative path from another lies; not outside of that one's folder. */
  beside(where: string, path: string): Promise<string>
}

/** What `read` takes at most: a hundred times the kernels. */
export const MAX_FILE_BYTES = 2 ** 24

/** For a place that a file of a model cannot be written to. */
export function unwritableUrl(where: string, scheme: string): ArgumentError {
  return new ArgumentError({ who: 'save', expected: `a URL that begins with ${scheme}`, received: show(where) })
}
