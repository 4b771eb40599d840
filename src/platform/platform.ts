/** What differs between Node and a browser. `#platform` is the one that runs; package.json chooses. */

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
  /** The first `size` bytes of what a packed set of kernels stands for: Node's have been packed by Brotli, others by LZMA. */
  unpack(packed: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer>
  /** The URL that a relative one means, where there is a page. */
  resolve?(url: string): string
}
