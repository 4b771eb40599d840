/** Slices with steps and masks, as Python writes them: x[1:-1:2, ..., ::-1]. */

import { ArgumentError, checkInteger, show, showShape } from '../errors.ts'
import { type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { chained } from './chained.ts'
import { gather } from './gather.ts'
import { reshape } from './layout.ts'
import { withTensor } from './operands.ts'
import { slice } from './slices.ts'

/** What becomes of one axis of x. */
interface AxisSlice {
  readonly begin: number
  readonly step: number
  readonly count: number
  /** Whether the axis goes, being one element. */
  readonly shrinks: boolean
}

/**
 * The elements of x from begin[i] to before end[i] in steps of strides[i], default 1. Negative numbers count from the end.
 * The i-th bit of a mask is for the i-th number: begin or end is not looked at; the number stands for as many axes as are
 * left (ellipsis); a new axis of size 1; the axis is one element and goes (shrink).
 * @param x a tensor, or values for one
 * @param begin the first index of each axis
 * @param end the index before which it stops
 * @param strides the step along each axis; default 1
 * @param beginMask bits of the numbers of `begin` that are not looked at; default 0
 * @param endMask bits of the numbers of `end` that are not looked at; default 0
 * @param ellipsisMask the bit of the number that stands for all axes in between; default 0
 * @param newAxisMask bits of the numbers that put in an axis of size 1; default 0
 * @param shrinkAxisMask bits of the numbers whose axis goes; default 0
 * @example
 * stridedSlice([0, 1, 2, 3, 4, 5], [1], [6], [2]).print() // [1, 3, 5]
 */
export const stridedSlice = /* @__PURE__ */ chained(
  'stridedSlice',
  (
    x: TensorLike,
    begin: readonly number[],
    end: readonly number[],
    strides?: readonly number[],
    beginMask?: number,
    endMask?: number,
    ellipsisMask?: number,
    newAxisMask?: number,
    shrinkAxisMask?: number,
  ): Tensor => {
    const who = 'stridedSlice'
    const masks = { beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask }
    for (const [name, mask] of Object.entries(masks)) checkInteger(who, name, mask ?? 0, 0, 2 ** 31 - 1)
    const has = (mask: number | undefined, i: number): boolean => (((mask ?? 0) >> i) & 1) === 1
    return withTensor(who, 'x', x, ($x) => {
      const steps = strides ?? (Array.isArray(begin) ? begin.map(() => 1) : [])
      for (const [name, list] of Object.entries({ begin, end, strides: steps })) checkNumbers(who, name, list)
      if (end.length !== begin.length || steps.length !== begin.length) {
        const received = `${begin.length}, ${end.length} and ${steps.length}`
        throw new ArgumentError({ who, expected: 'as many numbers in begin, end and strides', received })
      }
      if (steps.includes(0)) throw new ArgumentError({ who, expected: 'strides other than 0', received: show(steps) })
      const own = begin.filter((_, i) => !has(ellipsisMask, i) && !has(newAxisMask, i)).length
      const ellipses = begin.filter((_, i) => has(ellipsisMask, i)).length
      if (own > $x.rank || ellipses > 1) {
        const expected = `numbers for at most ${$x.rank} axes of ${showShape($x.shape)}, and one ellipsis`
        throw new ArgumentError({ who, expected, received: `${own}, and ${ellipses}` })
      }
      const slices: AxisSlice[] = []
      const shape: number[] = []
      const take = (axisSlice: AxisSlice): void => {
        slices.push(axisSlice)
        if (!axisSlice.shrinks) shape.push(axisSlice.count)
      }
      const whole = (): void => take({ begin: 0, step: 1, count: $x.shape[slices.length]!, shrinks: false })
      begin.forEach((first, i) => {
        if (has(ellipsisMask, i)) for (let left = $x.rank - own; left > 0; left--) whole()
        else if (has(newAxisMask, i)) shape.push(1)
        else {
          const length = $x.shape[slices.length]!
          const range = { first, last: end[i]!, step: steps[i]!, length }
          const open = { begin: has(beginMask, i), end: has(endMask, i) }
          take(has(shrinkAxisMask, i) ? oneOf(who, first, length) : rangeOf(range, open))
        }
      })
      while (slices.length < $x.rank) whole()
      return tidy(() => reshape(slices.reduce(taken, $x), shape))
    })
  },
)

function checkNumbers(who: string, name: string, list: unknown): void {
  if (!Array.isArray(list)) throw new ArgumentError({ who, expected: `${name} to be a list`, received: show(list) })
  for (const n of list) checkInteger(who, name, n, -(2 ** 31), 2 ** 31 - 1)
}

function oneOf(who: string, index: number, length: number): AxisSlice {
  const at = index < 0 ? index + length : index
  if (at >= 0 && at < length) return { begin: at, step: 1, count: 1, shrinks: true }
  throw new ArgumentError({ who, expected: `an index of an axis of size ${length}`, received: String(index) })
}

interface Range {
  readonly first: number
  readonly last: number
  readonly step: number
  readonly length: number
}

function rangeOf({ first, last, step, length }: Range, open: { begin: boolean; end: boolean }): AxisSlice {
  // Backwards, the axis is left at −1, before its first element.
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1]
  const within = (n: number): number => Math.min(Math.max(n < 0 ? n + length : n, low), high)
  const begin = open.begin ? (step > 0 ? low : high) : within(first)
  const stop = open.end ? (step > 0 ? high : low) : within(last)
  return { begin, step, count: Math.max(0, Math.ceil((stop - begin) / step)), shrinks: false }
}

function taken(x: Tensor, { begin, step, count }: AxisSlice, axis: number): Tensor {
  if (step === 1 || count === 0) {
    const start = x.shape.map((_, i) => (i === axis && count > 0 ? begin : 0))
    return slice(
      x,
      start,
      x.shape.map((size, i) => (i === axis ? count : size)),
    )
  }
  return gather(
    x,
    Int32Array.from({ length: count }, (_, i) => begin + i * step),
    axis,
  )
}
