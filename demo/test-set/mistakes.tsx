/** The worst mistakes: images that the network read wrongly and was sure of. */

import { openDigit } from '../digit/state.ts'
import { percent } from '../format.ts'
import { ByteImage } from '../paint.tsx'
import type { Mistake } from '../worker/examiner.ts'
import { chosenCell, examination } from './state.ts'

const SHOWN = 18

export function Mistakes() {
  const made = examination.value
  if (made === undefined) return <p class="quiet">They show up here once the test has run.</p>
  if (made.mistakes.length === 0) return <p>None at all.</p>
  const cell = chosenCell.value
  const ofCell = ({ label, guess }: Mistake) => cell === undefined || (label === cell[0] && guess === cell[1])
  return (
    <ol class="mistakes">
      {made.mistakes
        .filter(ofCell)
        .slice(0, SHOWN)
        .map(({ image, label, guess, confidence }, i) => (
          <li key={`${i}`}>
            <button type="button" class="mistake" title="Why?" onClick={() => openDigit(image, label)}>
              <ByteImage bytes={image} label={`A ${label}`} />
              <span>
                <strong>{label}</strong> as <strong>{guess}</strong>
              </span>
              <span class="quiet figure">{percent(confidence, 0)}</span>
            </button>
          </li>
        ))}
    </ol>
  )
}
