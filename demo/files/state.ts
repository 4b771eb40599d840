/** The network as files: out to the user's disk, and back in. */

import { signal } from '@preact/signals'
import { lab } from '../lab.ts'
import { busy } from '../test-set/state.ts'
import { mayLose, noteDownload } from '../training/keeping.ts'
import { bench, messageOf, openModel, phase } from '../training/state.ts'

/** What became of the last file, for the user to read. */
export const fileMessage = signal('')

export async function downloadModel(): Promise<void> {
  const name = `${bench.value?.network ?? 'model'}.zip`
  const zip = await lab.saveModel()
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([zip as Uint8Array<ArrayBuffer>], { type: 'application/zip' }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
  noteDownload()
  fileMessage.value = `${name} is on its way to your downloads.`
}

/** Whether it could be read; undefined where the user would rather keep the present one. */
export async function loadModel(files: readonly File[]): Promise<boolean | undefined> {
  if (busy.value !== undefined) {
    fileMessage.value = 'Wait until the test is done.'
    return false
  }
  const names = files.map((file) => file.name).join(', ')
  fileMessage.value = `Reading ${names} …`
  try {
    if (phase.value === 'training') throw new Error('Pause training first.')
    await lab.readModel(files)
    if (!(await mayLose('Load it', () => void downloadModel()))) {
      fileMessage.value = ''
      return undefined
    }
    await openModel()
    fileMessage.value = `${names}: ${bench.value?.network} is loaded and ready.`
    return true
  } catch (error) {
    fileMessage.value = messageOf(error)
    return false
  }
}
