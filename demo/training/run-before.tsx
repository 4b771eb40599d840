/** A run of last time that is not the one that the address wants. */

import { integer } from '../format.ts'
import { fail, isFresh, messageOf, phase, restore, runBefore } from './state.ts'

export function RunBefore() {
  const run = runBefore.value
  if (run === undefined || !isFresh.value || run.step === 0) return null
  return (
    <p class="run-before quiet">
      From last time there is a {run.settings.network === 'own' ? 'network of your own' : run.settings.network} of{' '}
      {integer(run.step)} steps.{' '}
      <button
        type="button"
        class="link-button"
        disabled={phase.value === 'opening'}
        onClick={() => void restore(run).catch((error) => fail(messageOf(error)))}
      >
        Bring it back
      </button>
    </p>
  )
}
