/** Another model that is looked into, and the picture that it is shown: the pad's, until there is another. */

import { batch, computed, signal } from '@preact/signals'
import { DIGIT_SIDE as SIDE } from 'quadlane/data'
import { lab } from '../lab.ts'
import type { GuestAbout } from '../worker/guest.ts'
import type { ImageShape, Range } from '../worker/image-models.ts'

export interface GuestShown extends GuestAbout {
  /** What it was read from. */
  readonly files: readonly File[]
}

/** Undefined where the network that is trained is looked into. */
export const guest = signal<GuestShown | undefined>(undefined)
/** The picture that it is shown; undefined for the pad's. */
export const guestPicture = signal<{ readonly name: string; readonly bitmap: ImageBitmap } | undefined>(undefined)
/** Its numbers as the user would have them; undefined for what is usual. */
export const chosenRange = signal<Range | undefined>(undefined)

/** What models want where their pixels are nothing out of the ordinary. */
export const RANGES: Readonly<Record<Range, string>> = { unit: '0 to 1', signed: '−1 to 1', byte: '0 to 255' }

const SCALES: Readonly<Record<Range, (share: number) => number>> = {
  unit: (share) => share,
  signed: (share) => 2 * share - 1,
  byte: (share) => 255 * share,
}

export const range = computed<Range>(() => chosenRange.value ?? guest.value?.range ?? 'unit')

export function showGuest(about: GuestAbout, files: readonly File[]): void {
  batch(() => {
    guest.value = { ...about, files }
    guestPicture.value = undefined
    chosenRange.value = undefined
  })
}

export function leaveGuest(): void {
  guest.value = undefined
  guestPicture.value = undefined
  void lab.leaveGuest()
}

/** The numbers that the guest is given, [height, width, channels]. */
export function guestNumbers(pad: Float32Array, shape: ImageShape): Float32Array {
  const picture = guestPicture.value
  const scale = SCALES[range.value]
  const shares = picture === undefined ? sharesOfPad(pad, shape) : sharesOfPicture(picture.bitmap, shape)
  return shares.map(scale)
}

/** Paper 0 and ink 1, as digits are, brought to another size. */
function sharesOfPad(pad: Float32Array, { height, width, channels }: ImageShape): Float32Array {
  const out = new Float32Array(height * width * channels)
  const at = (row: number, column: number) => pad[clamp(row) * SIDE + clamp(column)]!
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [row, column] = [((y + 0.5) * SIDE) / height - 0.5, ((x + 0.5) * SIDE) / width - 0.5]
      const [top, left] = [Math.floor(row), Math.floor(column)]
      const [down, across] = [row - top, column - left]
      const above = at(top, left) * (1 - across) + at(top, left + 1) * across
      const below = at(top + 1, left) * (1 - across) + at(top + 1, left + 1) * across
      out.fill(above * (1 - down) + below * down, (y * width + x) * channels, (y * width + x + 1) * channels)
    }
  }
  return out
}

function clamp(index: number): number {
  return Math.min(SIDE - 1, Math.max(0, index))
}

/** The middle of a picture, on white. */
function sharesOfPicture(bitmap: ImageBitmap, { height, width, channels }: ImageShape): Float32Array {
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  const context = canvas.getContext('2d', { willReadFrequently: true })!
  context.imageSmoothingQuality = 'high'
  context.fillStyle = '#fff'
  context.fillRect(0, 0, width, height)
  const scale = Math.max(width / bitmap.width, height / bitmap.height)
  const [w, h] = [bitmap.width * scale, bitmap.height * scale]
  context.drawImage(bitmap, (width - w) / 2, (height - h) / 2, w, h)
  const { data } = context.getImageData(0, 0, width, height)
  const out = new Float32Array(height * width * channels)
  for (let i = 0; i < height * width; i++) {
    const [red, green, blue] = [data[4 * i]! / 255, data[4 * i + 1]! / 255, data[4 * i + 2]! / 255]
    if (channels === 1) out[i] = 0.299 * red + 0.587 * green + 0.114 * blue
    else out.set([red, green, blue], 3 * i)
  }
  return out
}

/** What an answer is called. */
export function answerName(index: number): string {
  return guest.value?.classes[index] ?? `${index}`
}
