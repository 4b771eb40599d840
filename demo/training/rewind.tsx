/** Back through the training so far: the page shows the network as it was after any step. */

import { integer } from '../format.ts'
import { busy } from '../test-set/state.ts'
import { firstStep, newestStep, phase, rewind, woundTo } from './state.ts'

export function Rewind() {
  const newest = newestStep.value
  const shown = woundTo.value ?? newest
  const still = phase.value === 'paused' || phase.value === 'finished'
  const canRewind = still && newest > firstStep.value && busy.value === undefined
  return (
    <div class={newest > 0 ? 'rewind' : 'rewind rewind-empty'}>
      <label>
        <span class="rewind-title">Wind back</span>
        <input
          type="range"
          min={firstStep.value}
          max={Math.max(firstStep.value + 1, newest)}
          value={shown}
          disabled={!canRewind}
          aria-valuetext={`Step ${shown} of ${newest}`}
          onInput={(event) => void rewind(event.currentTarget.valueAsNumber)}
        />
      </label>
      <p class="rewind-text quiet figure">{rewindText(newest, still)}</p>
      <button
        type="button"
        class={woundTo.value === undefined ? 'button button-small hidden' : 'button button-small'}
        onClick={() => void rewind(newest)}
      >
        To the newest
      </button>
    </div>
  )
}

function rewindText(newest: number, still: boolean): string {
  if (newest === 0) return 'once it has learned something'
  if (!still) return 'pause to look back'
  if (newest === firstStep.value) return `step ${integer(newest)}, kept from last time`
  const step = woundTo.value
  if (step === undefined) return `step ${integer(newest)}, the newest`
  return step === 0 ? 'before the first step' : `step ${integer(step)} of ${integer(newest)}`
}
