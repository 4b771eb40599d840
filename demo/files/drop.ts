/** Files that are dropped anywhere on the page: a model, or the four files of MNIST. */

import { loadMnist } from '../training/data-source.tsx'
import { loadModel } from './state.ts'

function isModel({ name }: File): boolean {
  return name.endsWith('.zip') || name.endsWith('.json')
}

export function acceptDrops(): void {
  addEventListener('dragover', (event) => event.preventDefault())
  addEventListener('drop', (event) => {
    event.preventDefault()
    const files = [...(event.dataTransfer?.files ?? [])]
    if (files.length === 0) return
    if (files.some(isModel)) void loadModel(files)
    else void loadMnist({ files })
  })
}
