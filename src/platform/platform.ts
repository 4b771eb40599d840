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
  /** The bytes that a base64 text stands for. */
  decodeBase64(text: string): Uint8Array<ArrayBuffer>
  /** How many threads the processor runs at once. */
  readonly hardwareThreads: number
  /** Whether the engine is known to make 256-bit code of pairs of 128-bit SIMD operations. */
  readonly revectorizes: boolean
  /** Whether this thread may sleep until another wakes it. */
  readonly mayBlock: boolean
  /**
   * Starts a helper thread on what `runtime/pool-worker` is bundled to, and tells why where it fails; undefined where
   * there are no threads. It does not keep the process alive.
   */
  startThread?(source: string, start: object, onTrouble: (reason: string) => void): ThreadHandle | undefined
  /** What reads and writes models, by the scheme of their URL: a scheme is a file and a line here. */
  readonly schemes: Readonly<Record<string, HandlerFactory>>
  /** What takes a URL without a scheme, where there is such a thing. */
  readonly relative?: HandlerFactory
}
