/** The parametric ReLU of He et al. 2015. */

import { broadcastShape } from '../shape.ts'
import { type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { relu } from './activation.ts'
import { add, minimum, mul } from './arithmetic.ts'
import { chained } from './chained.ts'
import { withFloat } from './operands.ts'

/**
 * x above 0, alpha · x below; alpha is a tensor whose shape broadcasts to that of x, and has a gradient.
 * @param x a tensor, or values for one
 * @param alpha the slopes below 0
 * @example
 * prelu([[-1, 2], [-3, -4]], [0.1, 0.5]).print() // [[-0.1, 2], [-0.3, -2]]
 */
export const prelu = /* @__PURE__ */ chained('prelu', (x: TensorLike, alpha: TensorLike): Tensor => {
  const who = 'prelu'
  return withFloat(who, 'x', x, ($x) =>
    withFloat(who, 'alpha', alpha, ($alpha) => {
      broadcastShape(who, $x.shape, $alpha.shape)
      return tidy(() => add(relu($x), mul($alpha, minimum($x, 0))))
    }),
  )
})
