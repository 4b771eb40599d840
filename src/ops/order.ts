/** Ops whose result depends on how elements compare: the largest, the distinct, those that a mask lets through. */

import { checkBooleans, checkInteger, checkOneOf, ShapeError, showShape } from '../errors.ts'
import { checkAxis, sameShape, sizeOf } from '../shape.ts'
import { fromValues, type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { chained } from './chained.ts'
import { gather } from './gather.ts'
import { reshape } from './layout.ts'
import { withPair, withTensor, withType } from './operands.ts'

/** Above all numbers stands NaN, as argMax has it; of equals the first comes first. */
function descending(values: ArrayLike<number>): (i: number, j: number) => number {
  return (i, j) => {
    const [a, b] = [values[i]!, values[j]!]
    const [isA, isB] = [Number.isNaN(a), Number.isNaN(b)]
    if (a === b || (isA && isB)) return i - j
    if (isA || isB) return isA ? -1 : 1
    return a < b ? 1 : -1
  }
}

/**
 * The k largest elements along the last axis, and where they are. Of equals the first comes first.
 * @param x [..., N]
 * @param k default 1
 * @param sorted is for TF.js's sake: they are always sorted
 * @throws ArgumentError where k is above N
 * @example
 * const { values, indices } = topk([3, 9, 5], 2)
 * console.log(values.arraySync(), indices.arraySync()) // [ 9, 5 ] [ 1, 2 ]
 */
export const topk = /* @__PURE__ */ chained(
  'topk',
  (x: TensorLike, k?: number, sorted?: boolean): { values: Tensor; indices: Tensor } => {
    const who = 'topk'
    checkBooleans(who, { sorted })
    return withTensor(who, 'x', x, ($x) => {
      if ($x.rank === 0) throw new ShapeError({ who, expected: 'x of rank 1 or more', received: '[]' })
      const length = $x.shape[$x.rank - 1]!
      const count = k ?? 1
      checkInteger(who, 'k', count, 0, length)
      const shape = [...$x.shape.slice(0, -1), count]
      const rows = sizeOf($x.shape.slice(0, -1))
      const data = $x.view(who)
      const flat = new Int32Array(rows * count)
      for (let row = 0; row < rows; row++) {
        const order = Int32Array.from({ length }, (_, i) => row * length + i).sort(descending(data))
        flat.set(order.subarray(0, count), row * count)
      }
      return tidy(() => ({
        values: reshape(gather(reshape($x, [$x.size]), flat), shape),
        indices: fromValues(
          who,
          flat.map((at) => at % length),
          shape,
          'int32',
        ),
      }))
    })
  },
)

/**
 * The distinct slices of x along `axis` (default 0), in the order of their first appearance, and for each slice of x
 * which one it is.
 * @param x a tensor, or values for one
 * @param axis default 0
 * @example
 * const { values, indices } = unique([7, 5, 7, 5])
 * console.log(values.arraySync(), indices.arraySync()) // [ 7, 5 ] [ 0, 1, 0, 1 ]
 */
export const unique = /* @__PURE__ */ chained(
  'unique',
  (x: TensorLike, axis?: number): { values: Tensor; indices: Tensor } => {
    const who = 'unique'
    return withTensor(who, 'x', x, ($x) => {
      if ($x.rank === 0) throw new ShapeError({ who, expected: 'x of rank 1 or more', received: '[]' })
      const along = checkAxis(who, axis ?? 0, $x.rank)
      const [length, inner] = [$x.shape[along]!, sizeOf($x.shape.slice(along + 1))]
      const outer = sizeOf($x.shape.slice(0, along))
      const data = $x.view(who)
      const seen = new Map<string, number>()
      const first: number[] = []
      const indices = Int32Array.from({ length }, (_, i) => {
        const parts: number[] = []
        for (let o = 0; o < outer; o++) for (let k = 0; k < inner; k++) parts.push(data[(o * length + i) * inner + k]!)
        const key = parts.join()
        const known = seen.get(key)
        if (known !== undefined) return known
        seen.set(key, first.length)
        return first.push(i) - 1
      })
      return tidy(() => ({
        values: gather($x, Int32Array.from(first), along),
        indices: fromValues(who, indices, [length], 'int32'),
      }))
    })
  },
)

/**
 * The elements of the vector x that are not in the vector y, in their order, and where they are in x.
 * @param x a vector
 * @param y another
 * @returns the elements, and int32 where they are
 * @example
 * const [rest, at] = await setdiff1dAsync([1, 2, 3, 4], [1, 3])
 * console.log(rest.arraySync(), at.arraySync()) // [ 2, 4 ] [ 1, 3 ]
 */
export async function setdiff1dAsync(x: TensorLike, y: TensorLike): Promise<[Tensor, Tensor]> {
  const who = 'setdiff1dAsync'
  return withPair(who, x, y, ($x, $y) => {
    if ($x.rank !== 1 || $y.rank !== 1) {
      throw new ShapeError({
        who,
        expected: 'two vectors',
        received: `${showShape($x.shape)} and ${showShape($y.shape)}`,
      })
    }
    const others = new Set<number>($y.view(who))
    const left: number[] = []
    $x.view(who).forEach((value, i) => {
      if (!others.has(value)) left.push(i)
    })
    return tidy(() => [gather($x, Int32Array.from(left)), fromValues(who, left, [left.length], 'int32')])
  })
}

/**
 * The positions at which `condition` is true, one row [i, j, …] for each: int32 [count, rank].
 * @param condition bool, of any shape
 * @example
 * const where = await whereAsync([[true, false], [false, true]])
 * where.print() // [[0, 0], [1, 1]]
 */
export async function whereAsync(condition: TensorLike): Promise<Tensor> {
  const who = 'whereAsync'
  return withType(who, 'condition', condition, 'bool', ($condition) => {
    const { shape, rank } = $condition
    const rows: number[] = []
    $condition.view(who).forEach((value, at) => {
      if (value === 0) return
      let rest = at
      const row = new Array<number>(rank)
      for (let axis = rank - 1; axis >= 0; axis--) {
        row[axis] = rest % shape[axis]!
        rest = Math.floor(rest / shape[axis]!)
      }
      rows.push(...row)
    })
    const count = rank === 0 ? Number($condition.view(who)[0] !== 0) : rows.length / rank
    return fromValues(who, rows, [count, rank], 'int32')
  })
}

/**
 * The slices of x that `mask` lets through: its shape is that of x from `axis` (default 0) on, as far as it goes.
 * x [..., ...mask, ...] -> [..., count, ...]
 * @param x a tensor, or values for one
 * @param mask bool
 * @param axis the first axis that the mask is for; default 0
 * @throws ShapeError where the mask does not fit the shape
 * @example
 * const kept = await booleanMaskAsync([1, 2, 3], [true, false, true])
 * kept.print() // [1, 3]
 */
export async function booleanMaskAsync(x: TensorLike, mask: TensorLike, axis?: number): Promise<Tensor> {
  const who = 'booleanMaskAsync'
  return withTensor(who, 'x', x, ($x) =>
    withType(who, 'mask', mask, 'bool', ($mask) => {
      if ($mask.rank === 0) throw new ShapeError({ who, expected: 'a mask of rank 1 or more', received: '[]' })
      const from = checkAxis(who, axis ?? 0, $x.rank)
      const covered = $x.shape.slice(from, from + $mask.rank)
      if (!sameShape(covered, $mask.shape)) {
        throw new ShapeError({
          who,
          expected: `a mask of shape ${showShape(covered)}`,
          received: showShape($mask.shape),
        })
      }
      const kept: number[] = []
      $mask.view(who).forEach((value, i) => {
        if (value !== 0) kept.push(i)
      })
      return tidy(() => {
        const flat = reshape($x, [...$x.shape.slice(0, from), $mask.size, ...$x.shape.slice(from + $mask.rank)])
        return gather(flat, Int32Array.from(kept), from)
      })
    }),
  )
}

/**
 * Whether each target is among the k largest predictions of its row: bool [...], for predictions [..., classes].
 * @param predictions [..., classes]
 * @param targets class numbers, int32 [...]
 * @param k default 1
 * @example
 * const hits = await inTopKAsync([[0.1, 0.9], [0.8, 0.2]], [1, 1])
 * hits.print() // [true, false]
 */
export async function inTopKAsync(predictions: TensorLike, targets: TensorLike, k?: number): Promise<Tensor> {
  const who = 'inTopKAsync'
  return withTensor(who, 'predictions', predictions, ($predictions) =>
    withTensor(who, 'targets', targets, ($targets) => {
      const classes = $predictions.shape[$predictions.rank - 1] ?? 0
      if ($predictions.rank < 2 || !sameShape($targets.shape, $predictions.shape.slice(0, -1))) {
        const received = `${showShape($predictions.shape)} and ${showShape($targets.shape)}`
        throw new ShapeError({ who, expected: 'predictions [..., classes] and targets [...]', received })
      }
      checkInteger(who, 'k', k ?? 1, 1, classes)
      const [scores, wanted] = [$predictions.view(who), $targets.view(who)]
      const hits = Uint8Array.from({ length: $targets.size }, (_, row) => {
        const target = scores[row * classes + wanted[row]!]
        let above = 0
        // Of equals the first comes first, as in topk.
        for (let i = 0; i < classes; i++) {
          const score = scores[row * classes + i]!
          if (score > target! || (score === target && i < wanted[row]!)) above++
        }
        return Number(target !== undefined && above < (k ?? 1))
      })
      return fromValues(who, hits, $targets.shape, 'bool')
    }),
  )
}

/**
 * For each value the place where it would be put into the sorted row, int32 of the shape of `values`.
 * @param sortedSequence [..., N], each row ascending
 * @param values [..., M]
 * @param side before equal elements ('left', the default) or after them
 * @example
 * searchSorted([1, 3, 5], [0, 3, 9]).print() // [0, 1, 3]
 */
export function searchSorted(sortedSequence: TensorLike, values: TensorLike, side?: 'left' | 'right'): Tensor {
  const who = 'searchSorted'
  checkOneOf(who, 'side', side ?? 'left', ['left', 'right'])
  return withPair(who, sortedSequence, values, ($sorted, $values) => {
    if (
      $sorted.rank === 0 ||
      !sameShape($sorted.shape.slice(0, -1), $values.shape.slice(0, -1)) ||
      $values.rank === 0
    ) {
      const received = `${showShape($sorted.shape)} and ${showShape($values.shape)}`
      throw new ShapeError({ who, expected: 'rows [..., N] and [..., M]', received })
    }
    const [N, M] = [$sorted.shape[$sorted.rank - 1]!, $values.shape[$values.rank - 1]!]
    const [row, wanted] = [$sorted.view(who), $values.view(who)]
    const places = Int32Array.from({ length: $values.size }, (_, i) => {
      const start = Math.floor(i / M) * N
      let [low, high] = [0, N]
      while (low < high) {
        const middle = (low + high) >> 1
        const isBelow = side === 'right' ? row[start + middle]! <= wanted[i]! : row[start + middle]! < wanted[i]!
        if (isBelow) low = middle + 1
        else high = middle
      }
      return low
    })
    return fromValues(who, places, $values.shape, 'int32')
  })
}

/**
 * `searchSorted` from the left.
 * @param sortedSequence [..., N], each row ascending
 * @param values [..., M]
 * @example
 * lowerBound([1, 3, 3, 5], [3]).print() // [1]
 */
export function lowerBound(sortedSequence: TensorLike, values: TensorLike): Tensor {
  return searchSorted(sortedSequence, values, 'left')
}

/**
 * `searchSorted` from the right.
 * @param sortedSequence [..., N], each row ascending
 * @param values [..., M]
 * @example
 * upperBound([1, 3, 3, 5], [3]).print() // [3]
 */
export function upperBound(sortedSequence: TensorLike, values: TensorLike): Tensor {
  return searchSorted(sortedSequence, values, 'right')
}
