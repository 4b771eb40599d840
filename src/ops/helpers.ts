/** Small functions that TF.js has beside its ops. */

import { ArgumentError, checkBooleans, checkNumber, checkOneOf, show } from '../errors.ts'
import { checkShape, type Shape, sizeOf } from '../shape.ts'
import { DATA_TYPES, type DataType, fromValues, type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { add, div, mul, sub } from './arithmetic.ts'
import { withFloat } from './operands.ts'
import { pow } from './pow.ts'

/**
 * A running average moved towards x: v + (x − v) · (1 − decay), as a new tensor.
 * @param v the average so far
 * @param x the next value, of the same shape
 * @param decay how much of v stays, a number or a scalar
 * @param step the number of steps so far, which `zeroDebias` wants
 * @param zeroDebias whether to divide what is added by 1 − decay^step, as for averages that began at 0; default true
 * @example
 * movingAverage([10], [20], 0.9, null, false).print() // [11]
 */
export function movingAverage(
  v: TensorLike,
  x: TensorLike,
  decay: TensorLike,
  step?: TensorLike | null,
  zeroDebias?: boolean,
): Tensor {
  const who = 'movingAverage'
  zeroDebias ??= true
  checkBooleans(who, { zeroDebias })
  if (zeroDebias && (step === undefined || step === null)) {
    throw new ArgumentError({ who, expected: 'step where zeroDebias is on', received: show(step) })
  }
  return withFloat(who, 'v', v, ($v) =>
    withFloat(who, 'x', x, ($x) =>
      tidy(() => {
        const update = mul(sub($x, $v), sub(1, decay))
        return add($v, zeroDebias ? div(update, sub(1, pow(decay, step!))) : update)
      }),
    ),
  )
}

/**
 * A tensor of the numbers that a function returns, one call after the other.
 * @param shape of the tensor
 * @param randFunction called once for each element
 * @param dtype default 'float32'
 * @example
 * let n = 0
 * rand([2, 2], () => n++).print() // [[0, 1], [2, 3]]
 */
export function rand(shape: Shape, randFunction: () => number, dtype?: DataType): Tensor {
  const who = 'rand'
  checkShape(who, shape)
  dtype ??= 'float32'
  checkOneOf(who, 'dtype', dtype, DATA_TYPES)
  if (typeof randFunction !== 'function') {
    throw new ArgumentError({ who, expected: 'a function that returns numbers', received: show(randFunction) })
  }
  const values = Array.from({ length: sizeOf(shape) }, () => Number(randFunction()))
  return fromValues(who, dtype === 'bool' ? values.map((value) => Number(value !== 0)) : values, shape, dtype)
}

/**
 * The least power of two that is at least `value`.
 * @param value a number above 0
 * @example
 * console.log(enclosingPowerOfTwo(5)) // 8
 */
export function enclosingPowerOfTwo(value: number): number {
  checkNumber('enclosingPowerOfTwo', 'value', value, { above: 0 })
  let power = 1
  while (power < value) power *= 2
  while (power / 2 >= value) power /= 2
  return power
}
