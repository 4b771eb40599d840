/** What the test showed, and the one job that may be under way. */

import { effect, signal } from '@preact/signals'
import { proxy } from 'comlink'
import { lab } from '../lab.ts'
import { bench, messageOf } from '../training/state.ts'
import type { Examination } from '../worker/examiner.ts'
import type { ShiftCurve } from '../worker/shifts.ts'

export type Job = 'examination' | 'comparison'

export const examination = signal<Examination | undefined>(undefined)
export const shiftCurves = signal<readonly ShiftCurve[]>([])
/** The job under way; the network must not be exchanged meanwhile. */
export const busy = signal<Job | undefined>(undefined)
/** How far it is, from 0 to 1. */
export const jobShare = signal(0)
export const jobProblem = signal('')

async function run(job: Job, work: (progress: (share: number) => void) => Promise<void>): Promise<void> {
  if (busy.value !== undefined) return
  busy.value = job
  jobShare.value = 0
  jobProblem.value = ''
  try {
    await work(
      proxy((share: number) => {
        jobShare.value = share
      }),
    )
  } catch (error) {
    jobProblem.value = messageOf(error)
  } finally {
    busy.value = undefined
  }
}

export function runExamination(): Promise<void> {
  return run('examination', async (progress) => {
    examination.value = await lab.examine(progress)
  })
}

export function runComparison(): Promise<void> {
  return run('comparison', async (progress) => {
    shiftCurves.value = await lab.compareShifts(progress)
  })
}

/** Results belong to the network that they are of. */
effect(() => {
  bench.value
  examination.value = undefined
  shiftCurves.value = []
})
