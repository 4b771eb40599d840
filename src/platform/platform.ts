/** What differs between Node and a browser. `#platform` is the one that runs; package.json chooses. */

import type { IOHandler } from './io.ts'

/** Makes the handler of a URL. */
export type HandlerFactory = (url: string) => IOHandler

export interface Platform {
  readonly name: 'node' | 'browser'
  /** Lets the event loop run whatever is waiting. */
  yieldToEventLoop(): Promise<void>
  /** What reads and writes models, by the scheme of their URL: a scheme is a file and a line here. */
  readonly schemes: Readonly<Record<string, HandlerFactory>>
  /** What takes a URL without a scheme, where there is such a thing. */
  readonly relative?: HandlerFactory
}
