/** Files that are dropped anywhere on the page: a model, or the four files of MNIST. */

import { signal } from '@preact/signals'
import { loadMnist, settingsOpen } from '../training/data-source.tsx'
import { loadModel } from './state.ts'

/** Whether files are being held over the page. */
export const isOver = signal(false)

function isModel({ name }: File): boolean {
  return name.endsWith('.zip') || name.endsWith('.json')
}

/** Shows the part of the page that tells what becomes of the files. */
function show(selector: string): void {
  document.querySelector(selector)?.scrollIntoView({ block: 'nearest' })
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
    const files = [...(event.dataTransfer?.files ?? [])]
    if (files.length === 0) return
    if (files.some(isModel)) {
      show('#model')
      void loadModel(files)
    } else {
      settingsOpen.value = true
      show('.settings')
      void loadMnist({ files })
    }
  })
}
