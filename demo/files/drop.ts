/**
 * Files that are dropped anywhere on the page: a picture of a digit, folders of pictures, a model, the four files of
 * MNIST. What becomes of them is said where they were dropped.
 */

import { signal } from '@preact/signals'
import { putOnPad } from '../drawing/drawing.ts'
import { guest, guestPicture } from '../guest/state.ts'
import { addFolders, base, useBase } from '../own/state.ts'
import { loadMnist, mnistMessage, settingsOpen } from '../training/data-source.tsx'
import { messageOf } from '../training/state.ts'
import { type DroppedFile, droppedFiles } from './folders.ts'
import { decodePicture, digitOf, isPicture } from './pictures.ts'
import { fileMessage, loadModel } from './state.ts'

/** Whether files are being held over the page. */
export const isOver = signal(false)

export interface Said {
  readonly text: string
  readonly isProblem: boolean
  /** In CSS pixels of the window. */
  readonly x: number
  readonly y: number
}

/** What became of the last drop. */
export const said = signal<Said | undefined>(undefined)

/** Milliseconds that good news stays. */
const BRIEF = 4000

function isMnist({ name }: File): boolean {
  return /idx[13]-ubyte/.test(name)
}

/** Shows the part of the page that tells what becomes of the files. */
function show(selector: string): void {
  document.querySelector(selector)?.scrollIntoView({ block: 'nearest' })
}

/** What is to be said of files that were taken. */
async function take(
  dropped: readonly DroppedFile[],
  part: string | undefined,
): Promise<{ text: string; isProblem: boolean } | undefined> {
  const files = dropped.map(({ file }) => file)
  const pictures = dropped.filter(({ file }) => isPicture(file))
  if (pictures.some(({ folder }) => folder !== '')) {
    show('#own')
    return { text: await addFolders(pictures), isProblem: false }
  }
  if (pictures.length > 0) {
    const [first] = pictures
    if (part === 'network' && guest.value !== undefined) {
      guestPicture.value = { name: first!.file.name, bitmap: await decodePicture(first!.file) }
      return { text: `${guest.value.name} is shown ${first!.file.name}.`, isProblem: false }
    }
    putOnPad(digitOf(await decodePicture(first!.file)))
    document.querySelector('#draw')?.scrollIntoView()
    return { text: `${first!.file.name} is on the pad.`, isProblem: false }
  }
  if (files.some(isMnist)) {
    settingsOpen.value = true
    show('.settings')
    const good = await loadMnist({ files })
    return { text: mnistMessage.value, isProblem: !good }
  }
  if (part === 'own') {
    const problem = await useBase(files)
    return { text: problem ?? `${base.value?.name} sees your own classes now.`, isProblem: problem !== undefined }
  }
  const loaded = await loadModel(files)
  if (loaded === true) show(guest.value === undefined ? '#model' : '#network')
  return loaded === undefined ? undefined : { text: fileMessage.value, isProblem: !loaded }
}

/** `part` is the part of the page that they were dropped on. */
async function receive(transfer: DataTransfer, part: string | undefined, x: number, y: number): Promise<void> {
  said.value = undefined
  try {
    const dropped = await droppedFiles(transfer)
    if (dropped.length === 0) return
    const result = await take(dropped, part)
    if (result !== undefined) say(result.text, result.isProblem, x, y)
  } catch (error) {
    say(messageOf(error), true, x, y)
  }
}

function say(text: string, isProblem: boolean, x: number, y: number): void {
  const made = { text, isProblem, x, y }
  said.value = made
  if (isProblem) return
  setTimeout(() => {
    if (said.value === made) said.value = undefined
  }, BRIEF)
}

export function acceptDrops(): void {
  addEventListener('dragover', (event) => {
    event.preventDefault()
    isOver.value = event.dataTransfer?.types.includes('Files') ?? false
  })
  addEventListener('dragleave', (event) => {
    // Not from one element of the page to another.
    if (event.relatedTarget === null) isOver.value = false
  })
  addEventListener('drop', (event) => {
    event.preventDefault()
    isOver.value = false
    const part = (event.target as Element | null)?.closest?.('section[id]')?.id
    if (event.dataTransfer !== null) void receive(event.dataTransfer, part, event.clientX, event.clientY)
  })
}
