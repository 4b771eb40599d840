/** Says what is the matter where training gets nowhere, with a button that does something about it. */

import { diagnose, diagnoseFailure } from './diagnosis.ts'
import { history, historyTicks, phase, problem, settings, startAnew, validation } from './state.ts'

export function DiagnosisNote() {
  historyTicks.value
  const found =
    phase.value === 'failed'
      ? diagnoseFailure(settings.value, problem.value)
      : diagnose(settings.value, history.steps, validation.value)
  if (found === undefined) return null
  return (
    <div class="diagnosis" role="status">
      <p>{found.text}</p>
      <button type="button" class="button" onClick={() => startAnew({ learningRate: found.learningRate })}>
        Start anew with {found.learningRate}
      </button>
    </div>
  )
}
