/** What differs between Node and a browser. `#platform` is the one that runs; package.json chooses. */

import type { IOHandler } from './io.ts'

export interface Platform {
  readonly name: 'node' | 'browser'
  /** Lets the event loop run whatever is waiting. */
  yieldToEventLoop(): Promise<void>
  /** What reads and writes models under a URL, by its scheme; undefined where none does. */
  ioHandler(url: string): IOHandler | undefined
  /** The schemes that `ioHandler` knows, for error texts. */
  readonly schemes: readonly string[]
}
