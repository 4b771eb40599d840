/** Small matrices as tables, with a window that is marked. */

import type { Matrix } from '../../examples/helpers/lecture.ts'
import { signed } from '../format.ts'
import { CellInput } from '../network/number-grid.tsx'

/** The rows and columns from `row` and `column` on, `size` of each. */
export interface Marked {
  readonly row: number
  readonly column: number
  readonly size: number
}

interface MatrixTableProps {
  readonly label: string
  readonly matrix: Matrix
  /** How many of the outermost rows and columns are padding. */
  readonly padding?: number
  readonly marked?: Marked
  readonly class?: string
  /** Makes the cells fields to type into; rows and columns are counted without the padding, which stays 0. */
  readonly onEdit?: (row: number, column: number, value: number) => void
  /** Makes the cells buttons. */
  readonly onPick?: (row: number, column: number) => void
}

export function MatrixTable({
  label,
  matrix,
  padding = 0,
  marked,
  class: name = '',
  onEdit,
  onPick,
}: MatrixTableProps) {
  const size = matrix.length
  const isInside = (row: number, column: number) =>
    Math.min(row, column) >= padding && Math.max(row, column) < size - padding
  const cellClass = (row: number, column: number): string => {
    const isMarked = marked !== undefined && within(row, marked.row, marked) && within(column, marked.column, marked)
    return `${isInside(row, column) ? '' : 'cell-padding'} ${isMarked ? 'cell-marked' : ''}`
  }
  return (
    <figure class={`matrix ${size > 9 ? 'matrix-dense' : ''} ${name}`}>
      <figcaption>{label}</figcaption>
      <table aria-label={label}>
        <tbody>
          {matrix.map((values, row) => (
            <tr key={`${row}`}>
              {values.map((value, column) => (
                <td key={`${column}`} class={cellClass(row, column)}>
                  {onEdit !== undefined && isInside(row, column) ? (
                    <CellInput
                      value={value}
                      label={`${label}, row ${row - padding + 1}, column ${column - padding + 1}`}
                      take={(given) => onEdit(row - padding, column - padding, given)}
                    />
                  ) : onPick === undefined ? (
                    signed(Number(value.toFixed(2)))
                  ) : (
                    <button
                      type="button"
                      aria-label={`Row ${row + 1}, column ${column + 1}: ${value}`}
                      aria-pressed={marked?.row === row && marked.column === column}
                      onClick={() => onPick(row, column)}
                    >
                      {signed(Number(value.toFixed(2)))}
                    </button>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  )
}

function within(at: number, begin: number, { size }: Marked): boolean {
  return at >= begin && at < begin + size
}
