/** Who is taken for whom: digits in rows, guesses in columns. */

import { integer } from '../format.ts'
import { CLASSES } from '../worker/guess.ts'
import { chosenCell, examination } from './state.ts'

const DIGITS = Array.from({ length: CLASSES }, (_, digit) => digit)

export function Confusion() {
  const made = examination.value
  const worst =
    made === undefined ? 1 : Math.max(1, ...made.confusion.flatMap((row, i) => row.filter((_, j) => j !== i)))
  return (
    <table class="confusion">
      <caption>Digits in rows, what they were taken for in columns: click a number to see them</caption>
      <thead>
        <tr>
          <td />
          {DIGITS.map((digit) => (
            <th key={digit} scope="col">
              {digit}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {DIGITS.map((digit) => (
          <tr key={digit}>
            <th scope="row">{digit}</th>
            {DIGITS.map((guess) => (
              <Cell key={guess} count={made?.confusion[digit]?.[guess]} label={digit} guess={guess} worst={worst} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface CellProps {
  readonly count: number | undefined
  readonly label: number
  readonly guess: number
  /** The most that any digit is taken for another. */
  readonly worst: number
}

function Cell({ count, label, guess, worst }: CellProps) {
  const right = label === guess
  if (count === undefined || count === 0) return <td class="confusion-none">{count === undefined ? '' : '·'}</td>
  const share = right ? 0 : count / worst
  if (right) return <td class="confusion-right">{integer(count)}</td>
  const [chosenLabel, chosenGuess] = chosenCell.value ?? []
  const chosen = label === chosenLabel && guess === chosenGuess
  return (
    <td class={chosen ? 'confusion-wrong confusion-chosen' : 'confusion-wrong'} style={{ '--share': share }}>
      <button
        type="button"
        aria-pressed={chosen}
        aria-label={`${count} of ${label} taken for ${guess}: show them`}
        onClick={() => (chosenCell.value = chosen ? undefined : [label, guess])}
      >
        {integer(count)}
      </button>
    </td>
  )
}
