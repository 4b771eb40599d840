/** Draw a digit and watch it go through the network. */

import { Section } from '../page/section.tsx'
import { Pad } from './pad.tsx'
import { Probabilities } from './probabilities.tsx'
import { Seen } from './seen.tsx'

export function DrawingSection() {
  return (
    <Section id="draw" title="Draw a digit">
      <p class="lead">
        It reads what you draw while it is still learning: come back to the same digit after every few steps.
      </p>
      <div class="drawing">
        <Pad />
        <figure class="seen-side">
          <Seen />
          <figcaption>
            What the network sees. As with the digits that it learned from, yours is scaled to fit 20×20 pixels and
            moved until its centre of mass is in the middle of 28×28.
          </figcaption>
        </figure>
        <Probabilities />
      </div>
    </Section>
  )
}
