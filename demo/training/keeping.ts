/** What would be lost if another network came in place of this one, and the question before it is. */

import { signal } from '@preact/signals'
import { integer } from '../format.ts'
import { ask } from '../page/question.tsx'
import { bench, isStored, newestStep, open } from './state.ts'

/** Fewer steps than these are soon taken again. */
const WORTH_ASKING = 20

/** The step that was last downloaded, and of which network. */
const downloaded = signal<{ readonly of: unknown; readonly step: number } | undefined>(undefined)

export function noteDownload(): void {
  downloaded.value = { of: bench.value, step: newestStep.value }
}

function isWorthAsking(): boolean {
  const safe = downloaded.value?.of === bench.value ? (downloaded.value?.step ?? 0) : 0
  return newestStep.value - safe >= WORTH_ASKING
}

/** Whether another network may come in place of this one. */
export async function mayLose(what: string, download: () => void): Promise<boolean> {
  if (!isWorthAsking()) return true
  const steps = integer(newestStep.value)
  return ask({
    title: `${what} and lose what it has learned?`,
    text: `This network has learned for ${steps} steps, and has not been downloaded since.`,
    yes: what,
    no: 'Keep it',
    instead: { label: 'Download it first', act: download },
  })
}

/** An untrained network, once the user is sure. */
export async function reset(download: () => void): Promise<void> {
  if (await mayLose('Reset', download)) await open()
}

/** Closing the page asks where the browser would not let the run be kept. */
export function watchLeaving(): void {
  addEventListener('beforeunload', (event) => {
    if (!isStored.value && isWorthAsking()) event.preventDefault()
  })
}
