/** Who is taken for whom: digits in rows, guesses in columns. */

import { integer } from '../format.ts'
import { CLASSES } from '../worker/guess.ts'
import { examination } from './state.ts'

const DIGITS = Array.from({ length: CLASSES }, (_, digit) => digit)

export function Confusion() {
  const made = examination.value
  const worst =
    made === undefined ? 1 : Math.max(1, ...made.confusion.flatMap((row, i) => row.filter((_, j) => j !== i)))
  return (
    <table class="confusion">
      <caption>Digits in rows, what they were taken for in columns</caption>
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
              <Cell key={guess} count={made?.confusion[digit]?.[guess]} right={digit === guess} worst={worst} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface CellProps {
  readonly count: number | undefined
  readonly right: boolean
  /** The most that any digit is taken for another. */
  readonly worst: number
}

function Cell({ count, right, worst }: CellProps) {
  if (count === undefined || count === 0) return <td class="confusion-none">{count === undefined ? '' : '·'}</td>
  const share = right ? 0 : count / worst
  return (
    <td class={right ? 'confusion-right' : 'confusion-wrong'} style={{ '--share': share }}>
      {integer(count)}
    </td>
  )
}
