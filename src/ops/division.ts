/** Division that rounds or keeps the remainder, and logic that is made of comparisons. */

import { broadcastShape } from '../shape.ts'
import { type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { div, mul } from './arithmetic.ts'
import { broadcastIntegers } from './broadcast.ts'
import { chained } from './chained.ts'
import { equal, notEqual, where } from './compare.ts'
import { allocate, cast, record } from './op.ts'
import { withFloat, withPair, withType } from './operands.ts'
import { sumToShape } from './sum.ts'
import { floor, neg } from './unary.ts'

/** The remainder with the sign of b. Exact: the remainder of two floats is one. */
function remainder(a: number, b: number): number {
  const rest = a % b
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest
}

/**
 * a − ⌊a / b⌋ · b, with the sign of b. Shapes broadcast; two int32 give int32, with 0 where b is 0.
 * @param a a tensor, or values for one
 * @param b likewise
 * @example
 * mod([-1, 5, 7], 3).print() // [2, 2, 1]
 */
export const mod = /* @__PURE__ */ chained('mod', (a: TensorLike, b: TensorLike): Tensor => {
  const who = 'mod'
  return withPair(who, a, b, ($a, $b) => {
    const y = allocate(who, broadcastShape(who, $a.shape, $b.shape), $a.dtype)
    broadcastIntegers(remainder, $a, $b, y)
    if (y.dtype === 'int32') return y
    const [aShape, bShape] = [$a.shape, $b.shape]
    return record(who, [$a, $b], y, [$a, $b], (dy, [a, b], [wantsA, wantsB]) => [
      wantsA ? sumToShape(dy, aShape) : null,
      wantsB ? sumToShape(neg(mul(dy, floor(div(a!, b!)))), bShape) : null,
    ])
  })
})

/**
 * ⌊a / b⌋ as int32, as in TF.js. Shapes broadcast.
 * @param a a tensor, or values for one
 * @param b likewise
 * @example
 * floorDiv([-1, 5, 7], 3).print() // [-1, 1, 2]
 */
export const floorDiv = /* @__PURE__ */ chained('floorDiv', (a: TensorLike, b: TensorLike): Tensor => {
  const who = 'floorDiv'
  return withPair(who, a, b, ($a, $b) => {
    if ($a.dtype === 'int32') return div($a, $b)
    return tidy(() => cast(floor(div($a, $b)), 'int32'))
  })
})

/**
 * a / b, and 0 where b is 0. Shapes broadcast.
 * @param a a tensor, or values for one
 * @param b likewise
 * @example
 * divNoNan([1, 2], [0, 4]).print() // [0, 0.5]
 */
export const divNoNan = /* @__PURE__ */ chained('divNoNan', (a: TensorLike, b: TensorLike): Tensor => {
  return withFloat('divNoNan', 'a', a, ($a) =>
    withFloat('divNoNan', 'b', b, ($b) =>
      tidy(() => {
        const isZero = equal($b, 0)
        return where(isZero, 0, div($a, where(isZero, 1, $b)))
      }),
    ),
  )
})

/**
 * Whether just one of both is true; what is not bool counts as true where it is not 0. Shapes broadcast.
 * @param a a tensor, or values for one
 * @param b likewise
 * @example
 * logicalXor([true, true, false], [true, false, false]).print() // [false, true, false]
 */
export const logicalXor = /* @__PURE__ */ chained('logicalXor', (a: TensorLike, b: TensorLike): Tensor => {
  return withType('logicalXor', 'a', a, 'bool', ($a) =>
    withType('logicalXor', 'b', b, 'bool', ($b) => notEqual($a, $b)),
  )
})
