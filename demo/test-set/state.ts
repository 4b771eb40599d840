/** What the test showed, and the one job that may be under way. */

import { effect, signal } from '@preact/signals'
import { proxy } from 'comlink'
import { lab } from '../lab.ts'
import { bench, messageOf, woundTo } from '../training/state.ts'
import type { Examination, Progress } from '../worker/examiner.ts'
import type { ShiftCurve } from '../worker/shifts.ts'

export type Job = 'examination' | 'comparison'

export const examination = signal<Examination | undefined>(undefined)
/** The cell of the confusion matrix whose mistakes are shown; undefined for all. */
export const chosenCell = signal<readonly [label: number, guess: number] | undefined>(undefined)
export const shiftCurves = signal<readonly ShiftCurve[]>([])
/** The job under way; the network must not be exchanged meanwhile. */
export const busy = signal<Job | undefined>(undefined)
/** How far it is, from 0 to 1. */
export const jobShare = signal(0)
export const jobProblem = signal('')
/** The job that is under way or was the last to be. */
export const lastJob = signal<Job | undefined>(undefined)
/** What is being done. */
export const jobDoing = signal('')

async function run(job: Job, work: (progress: Progress) => Promise<void>): Promise<void> {
  if (busy.value !== undefined) return
  busy.value = job
  lastJob.value = job
  jobShare.value = 0
  jobProblem.value = ''
  jobDoing.value = ''
  // What is told of the progress comes by another way than the result, and may come after it, in the next job.
  let isDone = false
  try {
    await work(
      proxy((share: number, doing = '') => {
        if (isDone) return
        jobShare.value = share
        jobDoing.value = doing
      }),
    )
  } catch (error) {
    jobProblem.value = messageOf(error)
  } finally {
    isDone = true
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

/** Calls the job under way off. */
export function callOff(): void {
  void lab.callOff('test')
}

/** Results belong to the network that they are of. */
effect(() => {
  bench.value
  woundTo.value
  examination.value = undefined
  chosenCell.value = undefined
  shiftCurves.value = []
})
