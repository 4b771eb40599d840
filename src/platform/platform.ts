/** What differs between Node and a browser. `#platform` is the one that runs; package.json chooses. */

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
   * Starts a helper thread on what `runtime/pool-worker` is bundled to, or on a file that holds the same, and tells why
   * where it fails; undefined where there are no threads. It does not keep the process alive.
   */
  startThread?(source: string | URL, start: object, onTrouble: (reason: string) => void): ThreadHandle | undefined
  /** The exports of a new instance of a module. */
  instantiate(module: WebAssembly.Module, imports: WebAssembly.Imports): Promise<object>
  /** Undoes a zlib compression. */
  inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>
  /** The URL that a relative one means, where there is a page. */
  resolve?(url: string): string
}
