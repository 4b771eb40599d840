/** The sum, and what its gradient is: broadcasting, whose gradient is the sum again. */

import { ShapeError, showShape } from '../errors.ts'
import { broadcastShape, checkShape, type Shape, sameShape } from '../shape.ts'
import type { Tensor, TensorLike } from '../tensor.ts'
import { reshape } from './layout.ts'
import { record } from './op.ts'
import { withTensor } from './operands.ts'
import { type Axis, type Reduction, reduction } from './reduction.ts'
import { expanded } from './strided.ts'

const SUM: Reduction = {
  kernel: 'reduceSum',
  integers: { start: 0, step: (sum, n) => sum + n },
  saves: false,
  dx: (dy, shape) => broadcastTo(dy, shape),
}

/**
 * The sum over `axis`. int32 and bool are summed exactly, to int32.
 * @param x a tensor, or values for one
 * @param axis one or several, negative ones from the end; default all
 * @param keepDims whether they stay, with size 1; default false
 * @example
 * sum([[1, 2], [3, 4]]).print() // 10
 * sum([[1, 2], [3, 4]], 0).print() // [4, 6]
 */
export function sum(x: TensorLike, axis?: Axis, keepDims?: boolean): Tensor {
  return reduction('sum', SUM, x, axis, keepDims)
}

/**
 * x repeated to `shape`: axes are aligned at the last, and a size of 1 stretches.
 * @param x a tensor, or values for one
 * @param shape the sizes of the result
 * @throws ShapeError where x does not stretch to it
 * @example
 * broadcastTo([1, 2], [2, 2]).print() // [[1, 2], [1, 2]]
 */
export function broadcastTo(x: TensorLike, shape: Shape): Tensor {
  const who = 'broadcastTo'
  checkShape(who, shape)
  return withTensor(who, 'x', x, ($x) => {
    if (!sameShape(broadcastShape(who, $x.shape, shape), shape)) {
      throw new ShapeError({
        who,
        expected: `a shape that stretches to ${showShape(shape)}`,
        received: showShape($x.shape),
      })
    }
    const from = $x.shape
    return record(who, [$x], expanded(who, $x, [...shape]), [], (dy) => [sumToShape(dy, from)])
  })
}

/** The gradient of broadcasting: `dy` summed over the axes along which `shape` was stretched. */
export function sumToShape(dy: Tensor, shape: Shape): Tensor {
  if (sameShape(dy.shape, shape)) return dy
  const missing = dy.rank - shape.length
  const stretched = dy.shape.flatMap((size, axis) => (axis < missing || size !== shape[axis - missing] ? [axis] : []))
  return reshape(stretched.length === 0 ? dy : sum(dy, stretched), shape)
}
