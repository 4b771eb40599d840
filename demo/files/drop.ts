/**
 * Files that are dropped anywhere on the page: a picture of a digit, folders of pictures, a model, the four files of
 * MNIST. What becomes of them is said where they were dropped.
 */

import { signal } from '@preact/signals'
import { putOnPad } from '../drawing/drawing.ts'
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
async function take(dropped: readonly DroppedFile[]): Promise<{ text: string; isProblem: boolean } | undefined> {
  const files = dropped.map(({ file }) => file)
  const pictures = dropped.filter(({ file }) => isPicture(file))
  if (pictures.some(({ folder }) => folder !== '')) {
    show('#own')
    return { text: await addFolders(pictures), isProblem: false }
  }
  if (pictures.length > 0) {
    const [first] = pictures
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
  show('#model')
  const loaded = await loadModel(files)
  if (loaded === false && isForPictures(fileMessage.value)) {
    // No model of digits, but one that pictures may go through.
    show('#own')
    const problem = await useBase(files)
    return { text: problem ?? `${base.value?.name} sees your own classes now.`, isProblem: problem !== undefined }
  }
  return loaded === undefined ? undefined : { text: fileMessage.value, isProblem: !loaded }
}

async function receive(transfer: DataTransfer, x: number, y: number): Promise<void> {
  said.value = undefined
  try {
    const dropped = await droppedFiles(transfer)
    if (dropped.length === 0) return
    const result = await take(dropped)
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

/** Whether a model was refused for the digits alone: it takes pictures in colour. */
function isForPictures(problem: string): boolean {
  return /goes from \[\d*,\d*,3\]/.test(problem)
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
    if (event.dataTransfer !== null) void receive(event.dataTransfer, event.clientX, event.clientY)
  })
}
