/** Tensors as people read them: nested brackets, columns that stand below each other, large ones cut in the middle. */

import { showShape } from './errors.ts'
import { type Shape, sizeOf } from './shape.ts'

/** Above so many elements only the edges are shown, as NumPy does. */
const MOST_SHOWN = 1000
/** Elements that stay at either end of an axis that is cut. */
const EDGE = 3
/** Significant digits: as many as a float32 is sure of. */
const DIGITS = 7
const INDENT = '    '

/** What is shown of a tensor. */
export interface Shown {
  readonly shape: Shape
  readonly dtype: string
  /** Its elements; none once it has been disposed. */
  readonly values: ArrayLike<number> | undefined
}

/** One line about it and the matrix below; `verbose`: a line for dtype, rank and shape each, as in TF.js. */
export function tensorText({ shape, dtype, values }: Shown, verbose: boolean): string {
  const head = verbose
    ? `Tensor\n  dtype: ${dtype}\n  rank: ${shape.length}\n  shape: [${shape}]\n  values:`
    : `Tensor ${dtype} ${showShape(shape)}`
  if (values === undefined) return verbose ? `${head} disposed` : `${head}, disposed`
  return `${head}\n${INDENT}${matrixText(shape, dtype, values)}`
}

function matrixText(shape: Shape, dtype: string, values: ArrayLike<number>): string {
  const size = sizeOf(shape)
  const steps = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))
  const isCut = (length: number): boolean => size > MOST_SHOWN && length > 2 * EDGE + 1
  /** The indices that are shown of an axis, with a null where it is cut. */
  const shownOf = (length: number): (number | null)[] => {
    if (!isCut(length)) return Array.from({ length }, (_, i) => i)
    return [...range(0, EDGE), null, ...range(length - EDGE, length)]
  }
  const entry = (at: number): string => numberText(values[at]!, dtype)
  let width = 0
  const measure = (axis: number, from: number): void => {
    if (axis === shape.length) width = Math.max(width, entry(from).length)
    else for (const i of shownOf(shape[axis]!)) if (i !== null) measure(axis + 1, from + i * steps[axis]!)
  }
  measure(0, 0)
  const nest = (axis: number, from: number): string => {
    if (axis === shape.length) return axis < 2 ? entry(from) : entry(from).padStart(width)
    const items = shownOf(shape[axis]!).map((i) => (i === null ? '...' : nest(axis + 1, from + i * steps[axis]!)))
    // Rows stand below each other, matrices an empty line apart.
    const between =
      axis === shape.length - 1 ? ', ' : `,${'\n'.repeat(shape.length - 1 - axis)}${INDENT}${' '.repeat(axis + 1)}`
    return `[${items.join(between)}]`
  }
  return nest(0, 0)
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

function numberText(value: number, dtype: string): string {
  if (dtype === 'bool') return value === 0 ? 'false' : 'true'
  return dtype === 'int32' ? String(value) : String(+value.toPrecision(DIGITS))
}
