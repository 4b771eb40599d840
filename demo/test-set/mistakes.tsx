/** The worst mistakes: images that the network read wrongly and was sure of. */

import { percent } from '../format.ts'
import { ByteImage } from '../paint.tsx'
import { examination } from './state.ts'

const SHOWN = 18

export function Mistakes() {
  const made = examination.value
  if (made === undefined) return <p class="quiet">They show up here once the test has run.</p>
  if (made.mistakes.length === 0) return <p>None at all.</p>
  return (
    <ol class="mistakes">
      {made.mistakes.slice(0, SHOWN).map(({ image, label, guess, confidence }, i) => (
        <li key={`${i}`}>
          <ByteImage bytes={image} label={`A ${label}`} />
          <span>
            <strong>{label}</strong> as <strong>{guess}</strong>
          </span>
          <span class="quiet figure">{percent(confidence, 0)}</span>
        </li>
      ))}
    </ol>
  )
}
