/** Start, pause, step, reset, and a line that says how it stands. */

import { downloadModel } from '../files/state.ts'
import { integer, percent } from '../format.ts'
import { view } from '../sharing/state.ts'
import { busy } from '../test-set/state.ts'
import { reset } from './keeping.ts'
import {
  bench,
  latest,
  open,
  pause,
  phase,
  problem,
  settings,
  start,
  startWanted,
  step,
  stepsPerEpoch,
  validation,
} from './state.ts'

const MAIN_LABELS = {
  opening: 'Start training',
  ready: 'Start training',
  training: 'Pause',
  paused: 'Resume',
  finished: 'Train on',
  failed: 'Start anew',
} as const

function mainAction(): void {
  if (phase.value === 'training') pause()
  else if (phase.value === 'failed') void open().then(start)
  else start()
}

export function MainButton({ class: name = '' }: { readonly class?: string }) {
  return (
    <button type="button" class={`button button-main ${name}`} onClick={mainAction}>
      {startWanted.value ? 'Starting …' : MAIN_LABELS[phase.value]}
    </button>
  )
}

export function Controls() {
  const training = phase.value === 'training'
  const opening = phase.value === 'opening'
  return (
    <div class="controls">
      <MainButton class="button-big" />
      <button type="button" class="button" disabled={training || opening || phase.value === 'failed'} onClick={step}>
        Step
      </button>
      {!view.value.plain && (
        <button
          type="button"
          class="button"
          disabled={opening || busy.value !== undefined}
          onClick={() => void reset(() => void downloadModel())}
        >
          Reset
        </button>
      )}
    </div>
  )
}

/** A line for eyes, which changes with every step, and one for ears, which changes with the phase. */
export function Status() {
  const done = latest.value?.step ?? 0
  const perEpoch = stepsPerEpoch.value
  const epochs = epochsWanted()
  const share = perEpoch === 0 ? 0 : done / (perEpoch * epochs)
  return (
    <div class="status">
      <progress max={1} value={share} aria-label="Training" />
      <p class="status-line" aria-hidden="true">
        {statusText()}
      </p>
      <p class="visually-hidden" role="status" data-phase={phase.value}>
        {spokenText()}
      </p>
    </div>
  )
}

/** Training on adds as many epochs again. */
function epochsWanted(): number {
  const { epochs } = settings.value
  return Math.ceil((latest.value?.epoch ?? 1) / epochs) * epochs
}

function statusText(): string {
  const made = bench.value
  const last = latest.value
  if (phase.value === 'failed') return problem.value
  if (made === undefined || phase.value === 'opening') return 'Loading quadlane and drawing digits …'
  if (last === undefined && made.isRead) {
    return `Ready: ${integer(made.parameters)} weights, as the file has them. Validation accuracy ${percent(validation.value?.accuracy ?? 0)}.`
  }
  if (last === undefined) return `Ready: ${integer(made.parameters)} weights, all of them still random.`
  const epochs = epochsWanted()
  const where = `Epoch ${last.epoch} of ${epochs}, step ${integer(last.step)} of ${integer(stepsPerEpoch.value * epochs)}`
  return `${where}. Validation accuracy ${percent(validation.value?.accuracy ?? 0)}.`
}

function spokenText(): string {
  const accuracy = `validation accuracy ${percent(validation.value?.accuracy ?? 0, 0)}`
  if (phase.value === 'failed') return `Training failed. ${problem.value}`
  if (phase.value === 'opening') return 'Loading'
  if (phase.value === 'training') return 'Training'
  if (phase.value === 'ready') return 'Ready to train'
  return phase.value === 'paused' ? `Paused, ${accuracy}` : `Finished, ${accuracy}`
}
