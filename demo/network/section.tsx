/** The network from pixel to answer, and each of its maps and units at work. */

import { Layers, MOST_LISTED } from '../drawing/layers.tsx'
import { leftOut, stages } from '../drawing/state.ts'
import { integer } from '../format.ts'
import { GuestBar } from '../guest/bar.tsx'
import { guest } from '../guest/state.ts'
import { Section } from '../page/section.tsx'
import { view } from '../sharing/state.ts'
import { Closer } from './closer.tsx'
import { NetworkPicture } from './picture.tsx'

export function NetworkSection() {
  return (
    <Section id="network" title="From pixel to answer">
      <p class="lead">
        The way of your digit through{' '}
        {guest.value === undefined ? 'the network that you are training' : 'a model from a file'}. Click a map to see
        the convolution that makes it, and point at a pixel for its number.
      </p>
      {!view.value.plain && <GuestBar />}
      <NetworkPicture />
      {leftOut.value > 0 && (
        <p class="quiet">
          The first {integer(stages.value.length - 1)} layers and the last: {integer(leftOut.value)} more lie between,
          too many to be legible.
        </p>
      )}
      <Closer />
      {stages.value.length <= MOST_LISTED && <AllLayers />}
    </Section>
  )
}

function AllLayers() {
  return (
    <>
      <div>
        <h3>All layers</h3>
        <p>
          Each square is a map of the picture: what stands out is where its filter answers. In the filters, blue numbers
          are positive. A click on a map shows above how it is made.
        </p>
      </div>
      <Layers />
    </>
  )
}
