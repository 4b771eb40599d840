/** A button that starts a job, and shows how far it is. */

import { percent } from '../format.ts'
import { phase } from '../training/state.ts'
import { busy, callOff, type Job, jobDoing, jobProblem, jobShare, lastJob } from './state.ts'

interface JobButtonProps {
  readonly job: Job
  readonly label: string
  readonly start: () => void
}

export function JobButton({ job, label, start }: JobButtonProps) {
  const running = busy.value === job
  const failed = lastJob.value === job && jobProblem.value !== ''
  const disabled = busy.value !== undefined || phase.value === 'opening' || phase.value === 'failed'
  return (
    <div class="job">
      <button type="button" class="button" disabled={disabled} onClick={start}>
        {label}
      </button>
      {running && (
        <button type="button" class="button" onClick={callOff}>
          Cancel
        </button>
      )}
      <progress class={running ? '' : 'hidden'} max={1} value={running ? jobShare.value : 0} aria-label={label} />
      <span class="figure quiet">
        {running ? `${percent(jobShare.value, 0)} ${jobDoing.value}` : failed ? jobProblem.value : ''}
      </span>
      <span class="visually-hidden" role="status">
        {running ? `${label}: running` : jobProblem.value}
      </span>
    </div>
  )
}
