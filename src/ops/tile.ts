/** Copies side by side. */

import { ArgumentError, checkInteger, show } from '../errors.ts'
import { type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { reshape } from './layout.ts'
import { withTensor } from './operands.ts'
import { broadcastTo } from './sum.ts'

/**
 * x repeated reps[i] times along each axis i.
 * @param x a tensor, or values for one
 * @param reps a number for each axis
 * @example
 * tile([[1, 2]], [2, 2]).print() // [[1, 2, 1, 2], [1, 2, 1, 2]]
 */
export function tile(x: TensorLike, reps: readonly number[]): Tensor {
  const who = 'tile'
  return withTensor(who, 'x', x, ($x) => {
    if (!Array.isArray(reps) || reps.length !== $x.rank) {
      throw new ArgumentError({ who, expected: `reps for ${$x.rank} axes`, received: show(reps) })
    }
    for (const count of reps) checkInteger(who, 'reps', count)
    // [2, 3] three times along axis 1 is [2, 1, 3] stretched to [2, 3, 3].
    return tidy(() => {
      const apart = reshape(
        $x,
        $x.shape.flatMap((size) => [1, size]),
      )
      const repeated = broadcastTo(
        apart,
        $x.shape.flatMap((size, axis) => [reps[axis]!, size]),
      )
      return reshape(
        repeated,
        $x.shape.map((size, axis) => size * reps[axis]!),
      )
    })
  })
}
