/** What lies on the pad: strokes, upon an image or upon nothing. */

import { signal } from '@preact/signals'
import { type Stroke, TWO } from './strokes.ts'

export interface Drawing {
  readonly strokes: readonly Stroke[]
  /** 28×28 bytes. */
  readonly image?: Uint8Array
}

export const drawing = signal<Drawing>({ strokes: TWO })

export function putOnPad(image: Uint8Array): void {
  drawing.value = { strokes: [], image }
}
