/** The lecture's arithmetic, to play with. */

import { Section } from '../page/section.tsx'
import { ColourExample } from './colour.tsx'
import { PoolingExample } from './pooling.tsx'
import { Sizes } from './sizes.tsx'

export function LectureSection() {
  return (
    <Section id="arithmetic" title="Convolution and pooling, by hand">
      <p class="lead">
        Lay the kernel over the picture, multiply what lies on each other, add it all up: that is one number of the
        feature map. Then move on. quadlane computes the numbers here as it does those above.
      </p>
      <Sizes />
      <ColourExample />
      <PoolingExample />
    </Section>
  )
}
