/** What the elements are: infinite, finite, above 0. As bool tensors, or as a step that no gradient passes. */

import { withoutTape } from '../autograd.ts'
import { checkNumber } from '../errors.ts'
import { Tensor, type TensorLike, tidy } from '../tensor.ts'
import { chained } from './chained.ts'
import { equal, greater, less, where } from './compare.ts'
import { zerosLike } from './create.ts'
import { record } from './op.ts'
import { mapIntegers, withFloat } from './operands.ts'
import { abs, isNaN as isNaNumber } from './unary.ts'

/**
 * Where x is Infinity or −Infinity, as bool.
 * @param x a tensor, or values for one
 * @example
 * isInf([1, Infinity, NaN]).print() // [false, true, false]
 */
export const isInf = /* @__PURE__ */ chained('isInf', (x: TensorLike): Tensor => {
  return withFloat('isInf', 'x', x, ($x) => tidy(() => equal(abs($x), Number.POSITIVE_INFINITY)))
})

/**
 * Where x is neither infinite nor NaN, as bool.
 * @param x a tensor, or values for one
 * @example
 * isFinite([1, Infinity, NaN]).print() // [true, false, false]
 */
// biome-ignore lint/suspicious/noShadowRestrictedNames: TF.js's name
export const isFinite = /* @__PURE__ */ chained('isFinite', (x: TensorLike): Tensor => {
  return withFloat('isFinite', 'x', x, ($x) => tidy(() => less(abs($x), Number.POSITIVE_INFINITY)))
})

/**
 * 1 above 0, `alpha` (default 0) elsewhere; NaN stays NaN. Its gradient is 0. int32 stays int32 where alpha is whole.
 * @param x a tensor, or values for one
 * @param alpha the value below and at 0; default 0
 * @example
 * step([-1, 0, 2]).print() // [0, 0, 1]
 */
export const step = /* @__PURE__ */ chained('step', (x: TensorLike, alpha?: number): Tensor => {
  const who = 'step'
  alpha ??= 0
  checkNumber(who, 'alpha', alpha)
  const integers = x instanceof Tensor && x.dtype === 'int32' && Number.isInteger(alpha)
  if (integers) return mapIntegers(who, (n) => (n > 0 ? 1 : alpha!), x)
  return withFloat(who, 'x', x, ($x) =>
    tidy(() => {
      const y = withoutTape(who, () => where(isNaNumber($x), $x, where(greater($x, 0), 1, alpha)))
      return record(who, [$x], y, [], (dy) => [zerosLike(dy)])
    }),
  )
})
