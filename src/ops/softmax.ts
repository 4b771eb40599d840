/**
 * Softmax and its relatives, over rows: along the last axis by kernels, along another by transposition. The gradients
 * are kernels, which have no gradients of their own.
 */

import { withoutTape } from '../autograd.ts'
import { ShapeError, showShape } from '../errors.ts'
import type { ParallelAxis } from '../runtime/runtime.ts'
import { checkAxis, sameShape } from '../shape.ts'
import type { Tensor, TensorLike } from '../tensor.ts'
import { add, sub } from './arithmetic.ts'
import { less, where } from './compare.ts'
import { reshape, transpose } from './layout.ts'
import { allocate, record, runtime } from './op.ts'
import { composed, withFloat } from './operands.ts'
import { max } from './reduce.ts'
import { sum } from './sum.ts'
import { abs, exp, log } from './unary.ts'

type RowOp = 'softmax' | 'logSoftmax'

/**
 * eˣ / Σ eˣ along one axis: rows of probabilities.
 * @param logits a tensor, or values for one
 * @param dim the axis; default the last
 * @example
 * softmax([1, 2, 3]).print() // [0.09003057, 0.2447285, 0.6652409]
 */
export function softmax(logits: TensorLike, dim?: number): Tensor {
  return alongAxis('softmax', 'logits', logits, dim ?? -1)
}

/**
 * log(softmax(x)), exact where a probability is too small for a float.
 * @param logits a tensor, or values for one
 * @param axis default the last
 * @example
 * logSoftmax([1, 2, 200]).print() // [-199, -198, 0]
 */
export function logSoftmax(logits: TensorLike, axis?: number): Tensor {
  return alongAxis('logSoftmax', 'logits', logits, axis ?? -1)
}

function alongAxis(who: RowOp, argument: string, x: TensorLike, axis: number): Tensor {
  return withFloat(who, argument, x, ($x) => {
    checkRows(who, argument, $x)
    const along = checkAxis(who, axis, $x.rank)
    if (along === $x.rank - 1) return overRows(who, $x)
    // Swapping the axis with the last one is its own inverse.
    const swap = $x.shape.map((_, i) => (i === along ? $x.rank - 1 : i === $x.rank - 1 ? along : i))
    return composed(who, $x, ($x) => transpose(overRows(who, transpose($x, swap)), swap))
  })
}

function checkRows(who: string, argument: string, x: Tensor): void {
  if (x.rank > 0) return
  throw new ShapeError({ who, expected: `${argument} of rank 1 or more`, received: showShape(x.shape) })
}

/** The number of rows, and their length. */
function rowsOf({ shape, size }: Tensor): { rows: number; cols: number } {
  const cols = shape[shape.length - 1]!
  return { rows: cols === 0 ? 0 : size / cols, cols }
}

/** An exponential takes as long as moving four elements. */
function rowsAxis(rows: number, cols: number): ParallelAxis {
  return { extent: rows, work: 4 * cols, grain: 1 }
}

function overRows(name: RowOp, x: Tensor): Tensor {
  const { rows, cols } = rowsOf(x)
  const y = allocate(name, x.shape)
  runtime(name).run(`${name}Forward`, rowsAxis(rows, cols), x.at(name), y.at(name), cols)
  return record(name, [x], y, [y], (dy, [y]) => {
    const who = `${name}Grad` as const
    const dx = allocate(who, x.shape)
    runtime(who).run(who, rowsAxis(rows, cols), dy.at(who), y!.at(who), dx.at(who), cols)
    return [record(who, [dy, y!], dx)]
  })
}

/**
 * The cross-entropy Σ labels · −log(softmax(logits)) of each row, computed from the logits, so that no probability is
 * rounded to 0 first.
 * @param labels of the shape of the logits: one-hot rows or distributions; they get no gradient
 * @param logits [..., classes]
 * @returns one loss per row, [...]
 */
export function softmaxCrossEntropy(labels: TensorLike, logits: TensorLike): Tensor {
  const who = 'softmaxCrossEntropy'
  return withFloat(who, 'labels', labels, ($labels) =>
    withFloat(who, 'logits', logits, ($logits) => {
      checkRows(who, 'logits', $logits)
      checkLabels(who, $labels, $logits)
      const { rows, cols } = rowsOf($logits)
      const loss = allocate(who, $logits.shape.slice(0, -1))
      const probs = allocate(who, $logits.shape)
      const [logitsAt, labelsAt] = [$logits.at(who), $labels.at(who)]
      runtime(who).run(
        'softmaxCrossEntropyForward',
        rowsAxis(rows, cols),
        logitsAt,
        labelsAt,
        loss.at(who),
        probs.at(who),
        cols,
      )
      record(who, [$logits], loss, [probs, $labels, $logits], (dloss, [probs, labels, logits]) => [
        crossEntropyGrad(dloss, probs!, labels!, logits!),
      ])
      probs.dispose()
      return loss
    }),
  )
}

function checkLabels(who: string, labels: Tensor, logits: Tensor): void {
  if (sameShape(labels.shape, logits.shape)) return
  throw new ShapeError({
    who,
    expected: `labels of the logits' shape ${showShape(logits.shape)}`,
    received: showShape(labels.shape),
    hint: labels.rank === logits.rank - 1 ? 'make one-hot rows of class numbers: oneHot(labels, classes)' : undefined,
  })
}

function crossEntropyGrad(dloss: Tensor, probs: Tensor, labels: Tensor, logits: Tensor): Tensor {
  const who = 'softmaxCrossEntropyGrad'
  const { rows, cols } = rowsOf(probs)
  const dlogits = allocate(who, probs.shape)
  runtime(who).run(who, rowsAxis(rows, cols), probs.at(who), labels.at(who), dloss.at(who), dlogits.at(who), cols)
  // It depends on the logits, through the probabilities, which no tape knows.
  return record(who, [dloss, logits], dlogits)
}

/**
 * log Σ eˣ, without overflow.
 * @param x a tensor, or values for one
 * @param axis one or several; default all
 * @param keepDims whether they stay, with size 1; default false
 * @example
 * logSumExp([1000, 1000]).print() // 1000.693
 */
export function logSumExp(x: TensorLike, axis?: number | readonly number[] | null, keepDims?: boolean): Tensor {
  return composed('logSumExp', x, ($x) => {
    // The shift cancels out, in the gradient too. An infinite maximum must not: Infinity − Infinity is NaN.
    const shift = withoutTape('logSumExp', () => {
      const largest = max($x, axis, true)
      return where(less(abs(largest), Number.POSITIVE_INFINITY), largest, 0)
    })
    const total = log(sum(exp(sub($x, shift)), axis, keepDims))
    return add(total, reshape(shift, total.shape))
  })
}
