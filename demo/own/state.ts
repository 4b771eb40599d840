/** The user's own classes: their pictures, the network that learns them, and what it makes of what it is shown. */

import { batch, computed, signal } from '@preact/signals'
import { proxy } from 'comlink'
import type { DroppedFile } from '../files/folders.ts'
import { decodePicture, isPicture, squareOf } from '../files/pictures.ts'
import { lab } from '../lab.ts'
import { messageOf } from '../training/state.ts'
import type { Base, OwnResult } from '../worker/own-classes.ts'

export interface OwnClass {
  readonly name: string
  readonly pictures: readonly ImageBitmap[]
}

/** The side of the network that learns from nothing. */
const SMALL_SIDE = 32
/** Pictures are kept as large as networks want them at most. */
const KEPT_SIDE = 224
export const MOST_CLASSES = 8
export const MOST_PICTURES = 100

export const classes = signal<readonly OwnClass[]>([
  { name: 'Class 1', pictures: [] },
  { name: 'Class 2', pictures: [] },
])
/** The network that pictures go through first; undefined where a small one learns from nothing. */
export const base = signal<Base | undefined>(undefined)
export const result = signal<OwnResult | undefined>(undefined)
/** The names of the classes that it was trained for. */
export const trainedNames = signal<readonly string[]>([])
export const share = signal<number | undefined>(undefined)
export const doing = signal('')
export const message = signal('')
export const shares = signal<readonly number[] | undefined>(undefined)

const side = computed(() => base.value?.side ?? SMALL_SIDE)

export const isReady = computed(() => classes.value.filter(({ pictures }) => pictures.length > 0).length >= 2)

/** The middle square of a picture, as it is kept. */
function kept(picture: ImageBitmap | HTMLVideoElement): Promise<ImageBitmap> {
  const [width, height] =
    'videoWidth' in picture ? [picture.videoWidth, picture.videoHeight] : [picture.width, picture.height]
  const length = Math.min(width, height)
  return createImageBitmap(picture, (width - length) / 2, (height - length) / 2, length, length, {
    resizeWidth: KEPT_SIDE,
    resizeHeight: KEPT_SIDE,
    resizeQuality: 'high',
  })
}

export function change(index: number, changed: Partial<OwnClass>): void {
  classes.value = classes.value.map((one, i) => (i === index ? { ...one, ...changed } : one))
}

export function addClass(): void {
  classes.value = [...classes.value, { name: `Class ${classes.value.length + 1}`, pictures: [] }]
}

export function removeClass(index: number): void {
  classes.value = classes.value.filter((_, i) => i !== index)
}

/** Adds pictures to a class; returns the names of files that are none. */
export async function addFiles(index: number, files: readonly File[]): Promise<string[]> {
  const bad: string[] = []
  const good: ImageBitmap[] = []
  for (const file of files) {
    try {
      good.push(await kept(await decodePicture(file)))
    } catch {
      bad.push(file.name)
    }
  }
  const old = classes.value[index]
  if (old !== undefined) change(index, { pictures: [...old.pictures, ...good].slice(0, MOST_PICTURES) })
  message.value = bad.length === 0 ? '' : `Not read: ${bad.join(', ')}.`
  return bad
}

export async function addFrame(index: number, video: HTMLVideoElement): Promise<void> {
  const old = classes.value[index]
  if (old === undefined || old.pictures.length >= MOST_PICTURES || video.videoWidth === 0) return
  const picture = await kept(video)
  change(index, { pictures: [...(classes.value[index]?.pictures ?? []), picture].slice(0, MOST_PICTURES) })
}

/** A class for each folder; returns what is to be said of it. */
export async function addFolders(dropped: readonly DroppedFile[]): Promise<string> {
  const byFolder = new Map<string, DroppedFile[]>()
  for (const one of dropped.filter(({ file }) => isPicture(file))) {
    byFolder.set(one.folder, [...(byFolder.get(one.folder) ?? []), one])
  }
  const named = [...byFolder].filter(([folder]) => folder !== '').slice(0, MOST_CLASSES)
  const filled = classes.value.filter(({ pictures }) => pictures.length > 0)
  classes.value = [...filled, ...named.map(([name]) => ({ name, pictures: [] }))].slice(0, MOST_CLASSES)
  const bad: string[] = []
  for (const [i, [, files]] of named.entries()) {
    bad.push(...(await addFiles(filled.length + i, files.map(({ file }) => file).slice(0, MOST_PICTURES))))
  }
  if (classes.value.length === 1) addClass()
  const counts = named.map(([name, files]) => `${name} (${files.length})`).join(', ')
  return `Classes: ${counts}.${bad.length === 0 ? '' : ` Not read: ${bad.join(', ')}.`}`
}

export async function trainOwn(): Promise<void> {
  const chosen = classes.value.filter(({ pictures }) => pictures.length > 0)
  const pixels = side.value ** 2 * 3
  const all = chosen.flatMap(({ pictures }, label) => pictures.map((picture) => ({ picture, label })))
  const images = new Uint8Array(all.length * pixels)
  all.forEach(({ picture }, i) => images.set(squareOf(picture, side.value), i * pixels))
  batch(() => {
    share.value = 0
    doing.value = ''
    message.value = ''
    result.value = undefined
    shares.value = undefined
  })
  // What is told of the progress comes by another way than the result, and may come after it.
  let isDone = false
  try {
    const names = chosen.map(({ name }) => name)
    const labels = Uint8Array.from(all, ({ label }) => label)
    const made = await lab.trainOwn(
      { classes: names, images, labels, side: side.value },
      proxy((done: number, what = '') => {
        if (isDone) return
        share.value = done
        doing.value = what
      }),
    )
    batch(() => {
      result.value = made
      trainedNames.value = names
    })
  } catch (error) {
    message.value = messageOf(error)
  } finally {
    isDone = true
    share.value = undefined
  }
}

export function cancelOwn(): void {
  void lab.callOff('own')
}

let isAsking = false

/** What it makes of a picture; calls that come too fast are left out. */
export async function judge(picture: ImageBitmap | HTMLVideoElement): Promise<void> {
  if (isAsking || result.value === undefined || share.value !== undefined) return
  isAsking = true
  try {
    const square = await kept(picture)
    shares.value = await lab.predictOwn(squareOf(square, side.value))
    square.close()
  } catch (error) {
    message.value = messageOf(error)
  } finally {
    isAsking = false
  }
}

/** Pictures go through the network of these files first; through none where there are none. Returns what went wrong. */
export async function useBase(files: readonly File[]): Promise<string | undefined> {
  message.value = files.length === 0 ? '' : 'Reading …'
  try {
    const made = await lab.useBase(files)
    batch(() => {
      base.value = made
      result.value = undefined
      shares.value = undefined
      message.value = ''
    })
    return undefined
  } catch (error) {
    message.value = messageOf(error)
    return message.value
  }
}

export async function downloadOwn(): Promise<void> {
  const zip = await lab.saveOwn([...trainedNames.value])
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([zip as Uint8Array<ArrayBuffer>], { type: 'application/zip' }))
  link.download = 'own-classes.zip'
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
