/** The test set: how good is it, where does it fail, and why a CNN. */

import { integer, percent } from '../format.ts'
import { Section } from '../page/section.tsx'
import { bench } from '../training/state.ts'
import { Confusion } from './confusion.tsx'
import { JobButton } from './job-button.tsx'
import { Mistakes } from './mistakes.tsx'
import { Shifts } from './shifts.tsx'
import { chosenCell, examination, runExamination } from './state.ts'

function mistakesTitle(): string {
  const cell = chosenCell.value
  return cell === undefined ? 'The worst mistakes' : `${cell[0]} taken for ${cell[1]}`
}

export function TestSection() {
  const made = examination.value
  const images = integer(bench.value?.testImages ?? 2000)
  return (
    <Section id="test" title="Put it to the test">
      <p class="lead">
        {made === undefined
          ? `${images} digits that it has never seen. Train it first, then see who it takes for whom.`
          : `It reads ${percent(made.accuracy)} of ${integer(made.images)} digits rightly that it has never seen.`}
      </p>
      <JobButton job="examination" label="Run the test" start={() => void runExamination()} />
      <div class="test-results">
        <div>
          <h3>Who is taken for whom</h3>
          <Confusion />
        </div>
        <div>
          <h3>{mistakesTitle()}</h3>
          <Mistakes />
        </div>
      </div>
      <Shifts />
    </Section>
  )
}
