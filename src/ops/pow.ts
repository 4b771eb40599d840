/** Powers, whose gradient takes a logarithm. */

import type { Tensor, TensorLike } from '../tensor.ts'
import { type Arithmetic, arithmetic, mul, sub } from './arithmetic.ts'
import { equal, greater, where } from './compare.ts'
import { log } from './unary.ts'

const POW: Arithmetic = {
  kernel: 'binaryPow',
  integers: integerPower,
  saves: 'all',
  // Where b = 0 the power is constant, also at a = 0, where 0 · a⁻¹ would be NaN.
  da: (dy, a, b) => mul(dy, where(equal(b, 0), 0, mul(b, pow(a, sub(b, 1))))),
  db: (dy, a, _, y) => mul(dy, mul(y, log(where(greater(a, 0), a, 1)))),
}

/** m to the power n in int32; a negative power is truncated to 0 except that of 1 and −1. */
function integerPower(m: number, n: number): number {
  if (n < 0) return m === 1 || m === -1 ? integerPower(m, -n) : 0
  let [result, factor] = [1, m]
  for (let rest = n; rest > 0; rest >>>= 1, factor = Math.imul(factor, factor)) {
    if (rest & 1) result = Math.imul(result, factor)
  }
  return result
}

/**
 * base to the power exp. Shapes broadcast. The gradient by exp is 0 where base is not above 0.
 * @param base a tensor, or values for one
 * @param exp likewise
 * @throws ShapeError where the shapes do not broadcast
 * @example
 * pow([1, 2, 3], 2).print() // [1, 4, 9]
 */
export function pow(base: TensorLike, exp: TensorLike): Tensor {
  return arithmetic('pow', POW, base, exp)
}
