/** The network as files: out to the user's disk, and back in. */

import { signal } from '@preact/signals'
import { leaveGuest, showGuest } from '../guest/state.ts'
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

/** The names of some files, of all those that can be told apart at a glance. */
export function filesText(files: readonly File[]): string {
  const names = files.map(({ name }) => name)
  const main = names.filter((name) => /\.(json|keras|h5|hdf5|onnx|zip)$/.test(name))
  const listed = names.length <= 3 ? names : [...main, ...names].slice(0, 1)
  const more = names.length - listed.length
  return `${listed.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** Whether it could be read; undefined where the user would rather keep the present one. */
export async function loadModel(files: readonly File[]): Promise<boolean | undefined> {
  if (busy.value !== undefined) {
    fileMessage.value = 'Wait until the test is done.'
    return false
  }
  const names = filesText(files)
  fileMessage.value = `Reading ${names} …`
  try {
    if (phase.value === 'opening') throw new Error('The page is not ready yet: try again in a moment.')
    if (phase.value === 'training') throw new Error('Pause training first.')
    const about = await lab.readModel(files)
    if (about !== undefined) {
      showGuest(about, files)
      fileMessage.value = `${names}: ${about.name} is laid open under “From pixel to answer”.`
      return true
    }
    if (!(await mayLose('Load it', () => void downloadModel()))) {
      fileMessage.value = ''
      return undefined
    }
    leaveGuest()
    await openModel()
    fileMessage.value = `${names}: ${bench.value?.network} is loaded and ready.`
    return true
  } catch (error) {
    fileMessage.value = messageOf(error)
    return false
  }
}
