/** What differs between Node and a browser. `#platform` is the one that runs; package.json chooses. */

import type { IOHandler } from './io.ts'

/** Makes the handler of a URL. */
export type HandlerFactory = (url: string) => IOHandler

/** A helper thread. */
export interface ThreadHandle {
  terminate(): void
}

export interface Platform {
  readonly name: 'node' | 'browser'
  /** Lets the event loop run whatever is waiting. */
  yieldToEventLoop(): Promise<void>
  /** How many threads the processor runs at once. */
  readonly hardwareThreads: number
  /** Whether this thread may sleep until another wakes it. */
  readonly mayBlock: boolean
  /**
   * Starts a helper thread on what `runtime/pool-worker` is bundled to, or on a file that holds the same, and tells why
   * where it fails; undefined where there are no threads. It does not keep the process alive.
   */
  startThread?(source: string | URL, start: object, onTrouble: (reason: string) => void): ThreadHandle | undefined
  /** Undoes a zlib compression. */
  inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>
  /**
   * The bytes of a file, by its URL or, where there are such, its path.
   * @throws InputOutputError where it cannot be read
   */
  readFile(where: string): Promise<Uint8Array>
  /** The URL that a relative one means, where there is a page. */
  resolve?(url: string): string
  /** What reads and writes models, by the scheme of their URL: a scheme is a file and a line here. */
  readonly schemes: Readonly<Record<string, HandlerFactory>>
  /** What takes a URL without a scheme, where there is such a thing. */
  readonly relative?: HandlerFactory
}
