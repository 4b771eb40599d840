/** Matrices and grids out of vectors. */

import { checkOneOf } from '../errors.ts'
import { type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { mul } from './arithmetic.ts'
import { eye } from './create.ts'
import { reshape } from './layout.ts'
import { cast } from './op.ts'
import { withTensor } from './operands.ts'
import { broadcastTo } from './sum.ts'

/**
 * A matrix with x on its diagonal and zeros elsewhere; of a tensor of shape S it has shape [...S, ...S].
 * @param x a tensor, or values for one
 * @example
 * diag([1, 2]).print() // [[1, 0], [0, 2]]
 */
export function diag(x: TensorLike): Tensor {
  return withTensor('diag', 'x', x, ($x) =>
    tidy(() => {
      const square = mul(eye($x.size, $x.size, [], $x.dtype), reshape($x, [1, $x.size]))
      return reshape($x.dtype === 'bool' ? cast(square, 'bool') : square, [...$x.shape, ...$x.shape])
    }),
  )
}

/**
 * The coordinates of all points of a grid: for vectors x [M] and y [N] two matrices [N, M], the first with x in its rows,
 * the second with y in its columns.
 * @param x the coordinates along the columns, [M]; of more axes one row after the other
 * @param y the coordinates along the rows, [N]; without it the one grid [M]
 * @param options `indexing`: 'xy', the default, or 'ij', which gives [M, N], x along the rows
 * @example
 * const [columns, rows] = meshgrid([1, 2, 3], [10, 20])
 * rows.print() // [[10, 10, 10], [20, 20, 20]]
 */
export function meshgrid(x?: TensorLike, y?: TensorLike, options?: { indexing?: 'xy' | 'ij' } | null): Tensor[] {
  const who = 'meshgrid'
  const indexing = options?.indexing ?? 'xy'
  checkOneOf(who, 'indexing', indexing, ['xy', 'ij'])
  if (x === undefined) return []
  return withTensor(who, 'x', x, ($x) => {
    if (y === undefined) return [reshape($x, [$x.size])]
    return withTensor(who, 'y', y, ($y) => {
      const [M, N] = [$x.size, $y.size]
      if (indexing === 'ij')
        return tidy(() => [broadcastTo(reshape($x, [M, 1]), [M, N]), broadcastTo(reshape($y, [1, N]), [M, N])])
      return tidy(() => [broadcastTo(reshape($x, [1, M]), [N, M]), broadcastTo(reshape($y, [N, 1]), [N, M])])
    })
  })
}
