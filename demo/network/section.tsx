/** The network from pixel to answer, and each of its maps and units at work. */

import { Layers } from '../drawing/layers.tsx'
import { Section } from '../page/section.tsx'
import { Closer } from './closer.tsx'
import { NetworkPicture } from './picture.tsx'

export function NetworkSection() {
  return (
    <Section id="network" title="From pixel to answer">
      <p class="lead">
        The way of your digit through the network that you are training. Click a map to see the convolution that makes
        it, and point at a pixel for its number.
      </p>
      <NetworkPicture />
      <Closer />
      <div>
        <h3>All layers</h3>
        <p>
          Each square is a map of the picture: what stands out is where its filter answers. In the filters, blue numbers
          are positive. A click on a map shows above how it is made.
        </p>
      </div>
      <Layers />
    </Section>
  )
}
