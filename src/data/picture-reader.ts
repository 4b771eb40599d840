/** What reads pictures: threads of Node, or the browser's own decoders. */

import type { PictureForm } from './resample.ts'

/** What a picture is brought to: a photograph's size and channels, or a digit as MNIST has it. */
export type PictureTarget = PictureForm | 'digit'

/** The pixels of a picture; or why it is none, in a few words. */
export type PictureResult = { readonly pixels: Uint8Array<ArrayBuffer> } | { readonly reason: string }

/** @typeParam Source where a picture is */
export interface PictureReader<Source> {
  /** How many pictures are read at once. */
  readonly width: number
  read(source: Source, target: PictureTarget): Promise<PictureResult>
  /** Ends the threads. */
  close(): void
}
