/** How training stands, as the page shows it, and what the user can do about it. */

import { batch, computed, signal } from '@preact/signals'
import { proxy } from 'comlink'
import { lab } from '../lab.ts'
import { DEFAULTS, type Settings } from '../settings.ts'
import type { StepFigures, Validation } from '../worker/figures.ts'
import type { Bench, LastRun } from '../worker/lab.ts'
import type { TrainingEvent } from '../worker/trainer.ts'

export type Phase = 'opening' | 'ready' | 'training' | 'paused' | 'finished' | 'failed'

export const settings = signal<Settings>(DEFAULTS)
export const bench = signal<Bench | undefined>(undefined)
export const phase = signal<Phase>('opening')
/** What went wrong, for the user to read. */
export const problem = signal('')
export const latest = signal<StepFigures | undefined>(undefined)
export const validation = signal<Validation | undefined>(undefined)
export const memoryBytes = signal(0)
/** Whether training is to begin as soon as it can. */
export const startWanted = signal(false)
/** Seconds of training until nine of ten images were read rightly. */
export const milestone = signal<number | undefined>(undefined)
/** Counts changes of the network's weights: whoever shows what it computes computes it anew. */
export const generation = signal(0)
/** Whether the browser lets the run be kept over a reload. */
export const isStored = signal(true)
/** The run that is there from before, where another one is shown. */
export const runBefore = signal<LastRun | undefined>(undefined)
/** The earliest step that can be wound back to. */
export const firstStep = signal(0)
/** Counts changes of `history`. */
export const historyTicks = signal(0)
/** The step that the run is wound back to; undefined where the newest is shown. */
export const woundTo = signal<number | undefined>(undefined)

export const MILESTONE = 0.9

/** All figures of this run, for the curves. */
export const history: { steps: StepFigures[]; validations: Validation[] } = { steps: [], validations: [] }

export const stepsPerEpoch = computed(() => Math.ceil((bench.value?.trainImages ?? 0) / settings.value.batchSize))
/** A network that has learned nothing, and may still be exchanged. */
export const isFresh = computed(
  () => phase.value === 'opening' || (phase.value === 'ready' && latest.value === undefined),
)

let began = 0
let secondsBefore = 0

/** Seconds of training so far; pauses do not count. */
export function secondsTrained(): number {
  return secondsBefore + (began > 0 ? (performance.now() - began) / 1000 : 0)
}

function startClock(): void {
  if (began === 0) began = performance.now()
}

function stopClock(): void {
  secondsBefore = secondsTrained()
  began = 0
}

function receive(event: TrainingEvent): void {
  if (event.kind === 'steps') receiveSteps(event.steps, event.memoryBytes)
  else if (event.kind === 'validation') receiveValidation(event.validation)
  else if (event.kind === 'paused') settle('paused')
  else if (event.kind === 'finished') settle('finished')
  else if (event.kind === 'failed') fail(event.message)
  else if (event.kind === 'kept') isStored.value = event.stored
  else event satisfies never
}

function receiveSteps(steps: readonly StepFigures[], bytes: number): void {
  batch(() => {
    history.steps.push(...steps)
    historyTicks.value++
    latest.value = steps.at(-1)
    memoryBytes.value = bytes
    generation.value++
  })
}

function receiveValidation(made: Validation): void {
  batch(() => {
    if (made.accuracy >= MILESTONE && made.step > 0) milestone.value ??= secondsTrained()
    if (history.validations.at(-1)?.step !== made.step) history.validations.push(made)
    historyTicks.value++
    validation.value = made
  })
}

function settle(next: 'paused' | 'finished'): void {
  stopClock()
  phase.value = next
}

export function fail(message: string): void {
  stopClock()
  batch(() => {
    problem.value = message
    phase.value = 'failed'
  })
}

function showBench(made: Bench): void {
  batch(() => {
    Object.assign(history, { steps: [], validations: [] })
    bench.value = made
    latest.value = undefined
    woundTo.value = undefined
    firstStep.value = 0
    milestone.value = undefined
    memoryBytes.value = made.runtime.memoryBytes
    problem.value = ''
    phase.value = 'ready'
    generation.value++
    receiveValidation(made.validation)
  })
  began = 0
  secondsBefore = 0
}

let queue: Promise<void> = Promise.resolve()

/** Puts what `make` gives in place of the network, one exchange after the other; a start that was asked for follows. */
function exchange(make: () => Promise<Bench>): Promise<void> {
  phase.value = 'opening'
  const done = queue.then(async () => {
    showBench(await make())
    if (startWanted.value) start()
  })
  queue = done.catch(() => {
    startWanted.value = false
  })
  return done
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** An untrained network by the settings. */
export function open(): Promise<void> {
  return exchange(() => lab.open(settings.value)).catch((error) => fail(messageOf(error)))
}

/** The run of last time goes on where it stopped. */
export async function restore(run: LastRun): Promise<void> {
  settings.value = run.settings
  runBefore.value = undefined
  await exchange(() => lab.restore())
  batch(() => {
    Object.assign(history, { steps: [...run.steps], validations: [...run.validations] })
    latest.value = history.steps.at(-1)
    firstStep.value = run.step
    historyTicks.value++
    phase.value = run.step >= run.goal ? 'finished' : 'paused'
  })
}

/** A network that was read from files; where it is refused, the one before stays as it was. */
export async function openModel(): Promise<void> {
  const before = phase.value
  try {
    await exchange(() => lab.takeModel())
  } catch (error) {
    phase.value = before
    throw error
  }
}

export async function listen(): Promise<void> {
  await lab.listen(proxy(receive))
}

/** Settings hold from the next network on, which comes at once where there is nothing to lose. */
export function choose(change: Partial<Settings>): void {
  settings.value = { ...settings.value, ...change }
  if (isFresh.value || phase.value === 'failed') void open()
}

/** The newest step of this run. */
export const newestStep = computed(() => {
  historyTicks.value
  return history.steps.at(-1)?.step ?? 0
})

let wanted: number | undefined
let isRewinding = false

/** Shows the network as it was after a number of steps; of several calls in a row the last counts. */
export async function rewind(step: number): Promise<void> {
  wanted = step
  woundTo.value = step === newestStep.value ? undefined : step
  if (isRewinding) return
  isRewinding = true
  try {
    while (wanted !== undefined) {
      const next: number = wanted
      const seen = await lab.rewind(next)
      if (wanted !== next) continue
      wanted = undefined
      if (seen === undefined) continue
      batch(() => {
        validation.value = { ...nearestValidation(next), guesses: seen.guesses, step: next }
        latest.value = history.steps[next - 1]
        generation.value++
      })
    }
  } catch (error) {
    fail(messageOf(error))
  } finally {
    isRewinding = false
    wanted = undefined
  }
}

/** Loss and accuracy of the validation that was made closest to a step. */
function nearestValidation(step: number): Pick<Validation, 'loss' | 'accuracy'> {
  const distance = (made: Validation) => Math.abs(made.step - step)
  return history.validations.reduce((best, made) => (distance(made) < distance(best) ? made : best))
}

/** Training goes on from the step that is shown: what was after it is forgotten. */
function leaveFuture(): void {
  const step = woundTo.value
  if (step === undefined) return
  void lab.cut()
  batch(() => {
    history.steps.length = step
    history.validations = history.validations.filter((made) => made.step <= step)
    woundTo.value = undefined
    historyTicks.value++
  })
}

export function start(): void {
  leaveFuture()
  startClock()
  startWanted.value = phase.value === 'opening'
  if (startWanted.value) return
  phase.value = 'training'
  void lab.train()
}

/** Another network by changed settings, in place of one that gets nowhere, and off it goes. */
export function startAnew(change: Partial<Settings>): void {
  settings.value = { ...settings.value, ...change }
  void open().then(start)
}

export function pause(): void {
  void lab.pause()
}

export function step(): void {
  leaveFuture()
  startClock()
  phase.value = 'training'
  void lab.step()
}
