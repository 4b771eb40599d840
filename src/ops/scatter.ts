/** Slices looked up and put down at places that have several coordinates; sums and counts by label. */

import { ArgumentError, checkBooleans, checkInteger, ShapeError, showShape } from '../errors.ts'
import { checkShape, type Shape, sameShape, sizeOf } from '../shape.ts'
import { allocate, fromValues, type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { chained } from './chained.ts'
import { where } from './compare.ts'
import { checkIndices, gather, scattered } from './gather.ts'
import { reshape } from './layout.ts'
import { withIntegers, withTensor, withType } from './operands.ts'

/** The places of slices: as numbers in the flattened leading axes, and the shape of a slice. */
interface Places {
  readonly flat: Int32Array
  readonly count: number
  readonly slice: Shape
}

/** Rows [..., K] of coordinates for the first K axes of `shape`. */
function placesOf(who: string, indices: Tensor, shape: Shape): Places {
  const K = indices.shape[indices.rank - 1] ?? 0
  if (indices.rank === 0 || K > shape.length) {
    const expected = `indices of shape [..., K], K at most ${shape.length}`
    throw new ShapeError({ who, expected, received: showShape(indices.shape) })
  }
  const data = indices.view(who)
  const flat = new Int32Array(sizeOf(indices.shape.slice(0, -1)))
  for (let row = 0; row < flat.length; row++) {
    for (let k = 0; k < K; k++) {
      const index = data[row * K + k]!
      if (index < 0 || index >= shape[k]!) {
        throw new ArgumentError({
          who,
          expected: `indices from 0 to ${shape[k]! - 1} along axis ${k}`,
          received: String(index),
        })
      }
      flat[row] = flat[row]! * shape[k]! + index
    }
  }
  return { flat, count: sizeOf(shape.slice(0, K)), slice: shape.slice(K) }
}

/**
 * The slices of x at the coordinates in the rows of `indices`: [..., K] for the first K axes of x.
 * @param x a tensor, or values for one
 * @param indices int32 [..., K]
 * @throws ArgumentError where an index is outside of its axis
 * @example
 * gatherND([[1, 2], [3, 4]], [[0, 1], [1, 0]]).print() // [2, 3]
 */
export function gatherND(x: TensorLike, indices: TensorLike): Tensor {
  const who = 'gatherND'
  return withTensor(who, 'x', x, ($x) =>
    withIntegers(who, 'indices', indices, ($indices) => {
      const { flat, count, slice } = placesOf(who, $indices, $x.shape)
      return tidy(() =>
        reshape(gather(reshape($x, [count, ...slice]), flat), [...$indices.shape.slice(0, -1), ...slice]),
      )
    }),
  )
}

/** Slices [n, inner] added up in the rows of zeros [count, inner] that `flat` names. */
function addRows(who: string, updates: Tensor, flat: Int32Array, shape: readonly [number, number]): Tensor {
  if (updates.dtype === 'float32')
    return tidy(() => scattered(updates, fromValues(who, flat, [flat.length], 'int32'), shape, 0))
  const y = allocate(who, shape, 'int32')
  const [from, to] = [updates.view(who), y.view(who).fill(0)]
  const inner = shape[1]
  flat.forEach((row, i) => {
    for (let k = 0; k < inner; k++) to[row * inner + k]! += from[i * inner + k]!
  })
  return y
}

/**
 * Zeros of `shape` with the slices `updates` [..., ...slice] at the coordinates in the rows of `indices` [..., K]; what
 * falls on one place is added up.
 * @param indices int32 [..., K]
 * @param updates [..., ...slice]
 * @param shape of the result
 * @throws ArgumentError where an index is outside of its axis
 * @example
 * scatterND([[1], [3]], [10, 20], [5]).print() // [0, 10, 0, 20, 0]
 */
export function scatterND(indices: TensorLike, updates: TensorLike, shape: Shape): Tensor {
  const who = 'scatterND'
  checkShape(who, shape)
  return withPlaces(who, indices, ($indices) =>
    withTensor(who, 'updates', updates, ($updates) => {
      const { flat, count, slice } = placesOf(who, $indices, shape)
      checkUpdates(who, $indices, $updates, slice)
      const inner = sizeOf(slice)
      return tidy(() => reshape(addRows(who, reshape($updates, [flat.length, inner]), flat, [count, inner]), shape))
    }),
  )
}

/** A vector of indices, as TF.js takes it where it scatters, is a column of them. */
function withPlaces(who: string, indices: TensorLike, op: (indices: Tensor) => Tensor): Tensor {
  return withIntegers(who, 'indices', indices, ($indices) =>
    $indices.rank === 1 ? tidy(() => op(reshape($indices, [$indices.size, 1]))) : op($indices),
  )
}

function checkUpdates(who: string, indices: Tensor, updates: Tensor, slice: Shape): void {
  const expected = [...indices.shape.slice(0, -1), ...slice]
  if (sameShape(updates.shape, expected)) return
  throw new ShapeError({ who, expected: `updates of shape ${showShape(expected)}`, received: showShape(updates.shape) })
}

/**
 * `tensor` with other slices at the coordinates in the rows of `indices`; of several on one place the last stays.
 * @param tensor what is changed in a copy
 * @param indices int32 [..., K]
 * @param updates [..., ...slice]
 * @throws ArgumentError where an index is outside of its axis
 * @example
 * tensorScatterUpdate([1, 2, 3], [[1]], [9]).print() // [1, 9, 3]
 */
export function tensorScatterUpdate(tensor: TensorLike, indices: TensorLike, updates: TensorLike): Tensor {
  const who = 'tensorScatterUpdate'
  return withTensor(who, 'tensor', tensor, ($tensor) =>
    withPlaces(who, indices, ($indices) =>
      withType(who, 'updates', updates, $tensor.dtype, ($updates) => {
        const { flat, count, slice } = placesOf(who, $indices, $tensor.shape)
        checkUpdates(who, $indices, $updates, slice)
        const last = new Int32Array(count).fill(-1)
        flat.forEach((place, i) => {
          last[place] = i
        })
        return tidy(() => {
          if (flat.length === 0) return reshape($tensor, $tensor.shape)
          const rows = gather(
            reshape($updates, [flat.length, ...slice]),
            last.map((i) => Math.max(0, i)),
          )
          const mask = fromValues(
            who,
            last.map((i) => Number(i >= 0)),
            [count, ...slice.map(() => 1)],
            'bool',
          )
          const chosen = where(mask, rows, reshape($tensor, [count, ...slice]))
          return reshape(chosen, $tensor.shape)
        })
      }),
    ),
  )
}

/**
 * The sums of the slices of x that have the same label: x [N, ...] and `segmentIds` [N] give [numSegments, ...].
 * @param x [N, ...]
 * @param segmentIds int32 [N]; a slice with a label below 0 counts for nothing
 * @param numSegments how many sums
 * @throws ArgumentError where a label is above numSegments − 1
 * @example
 * unsortedSegmentSum([1, 2, 3], [0, 1, 0], 2).print() // [4, 2]
 */
export const unsortedSegmentSum = /* @__PURE__ */ chained(
  'unsortedSegmentSum',
  (x: TensorLike, segmentIds: TensorLike, numSegments: number): Tensor => {
    const who = 'unsortedSegmentSum'
    checkInteger(who, 'numSegments', numSegments)
    return withTensor(who, 'x', x, ($x) =>
      withIntegers(who, 'segmentIds', segmentIds, ($ids) => {
        if ($x.rank === 0 || $ids.rank !== 1 || $ids.size !== $x.shape[0]) {
          const received = `${showShape($x.shape)} and ${showShape($ids.shape)}`
          throw new ShapeError({ who, expected: 'x [N, ...] and segmentIds [N]', received })
        }
        const labels = Int32Array.from($ids.view(who))
        const kept = labels.map((_, i) => i).filter((i) => labels[i]! >= 0)
        const slice = $x.shape.slice(1)
        const inner = sizeOf(slice)
        return tidy(() => {
          const flat = labels.filter((label) => label >= 0)
          checkIndices(who, fromValues(who, flat, [flat.length], 'int32'), numSegments)
          const all = reshape($x, [labels.length, inner])
          const counted = kept.length === labels.length ? all : gather(all, kept)
          const rows = addRows(who, counted, flat, [numSegments, inner])
          return reshape(rows, [numSegments, ...slice])
        })
      }),
    )
  },
)

/**
 * How often each of 0 to size − 1 is in x, or the sum of its weights: float32 with weights, else int32, [size]. Of a
 * matrix each row by itself. Larger numbers count for nothing.
 * @param x integers from 0, [N] or [B, N]
 * @param weights of the shape of x, or without elements for none
 * @param size how many numbers are counted
 * @param binaryOutput whether 1 says that there is one; default false
 * @example
 * denseBincount([0, 1, 1, 3], [], 4).print() // [1, 2, 0, 1]
 */
export function denseBincount(x: TensorLike, weights: TensorLike, size: number, binaryOutput?: boolean): Tensor {
  const who = 'denseBincount'
  checkInteger(who, 'size', size)
  checkBooleans(who, { binaryOutput })
  return withIntegers(who, 'x', x, ($x) =>
    withTensor(who, 'weights', weights, ($weights) => {
      if ($x.rank < 1 || $x.rank > 2)
        throw new ShapeError({ who, expected: 'x of rank 1 or 2', received: showShape($x.shape) })
      const isWeighted = $weights.size > 0
      if (isWeighted && !sameShape($weights.shape, $x.shape)) {
        throw new ShapeError({
          who,
          expected: `weights of shape ${showShape($x.shape)}`,
          received: showShape($weights.shape),
        })
      }
      const [labels, weight] = [$x.view(who), $weights.view(who)]
      const length = $x.shape[$x.rank - 1]!
      const shape = [...$x.shape.slice(0, -1), size]
      const counts = new Float64Array(sizeOf(shape))
      labels.forEach((label, i) => {
        if (label < 0) throw new ArgumentError({ who, expected: 'numbers of at least 0', received: String(label) })
        if (label >= size) return
        const at = Math.floor(i / length) * size + label
        counts[at] = binaryOutput === true ? 1 : counts[at]! + (isWeighted ? weight[i]! : 1)
      })
      return fromValues(who, counts, shape, isWeighted ? 'float32' : 'int32')
    }),
  )
}

/**
 * `denseBincount` of a vector.
 * @param x integers from 0, [N]
 * @param weights of the shape of x, or without elements for none
 * @param size how many numbers are counted
 * @example
 * bincount([0, 1, 1, 3], [], 4).print() // [1, 2, 0, 1]
 */
export function bincount(x: TensorLike, weights: TensorLike, size: number): Tensor {
  return denseBincount(x, weights, size)
}
