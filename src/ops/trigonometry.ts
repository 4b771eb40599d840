/**
 * Trigonometric and hyperbolic functions and the error function, element by element: each a row of the table, its kernel
 * and its gradient. The values are the kernels', not the host's: the same bits on every engine.
 */

import type { KernelsOf } from '../runtime/load.ts'
import { special } from '../runtime/sets/special.ts'
import { broadcastShape, sameShape } from '../shape.ts'
import { type Tensor, type TensorLike, tidy } from '../tensor.ts'
import { add, div, mul, sub } from './arithmetic.ts'
import { chained } from './chained.ts'
import { allocate, record } from './op.ts'
import { withFloat } from './operands.ts'
import { broadcastTo } from './sum.ts'
import { exp, neg, rsqrt, square } from './unary.ts'

interface SpecialFunction {
  readonly kernel: Extract<KernelsOf<'special'>, `unary${string}`>
  readonly dx: (dy: Tensor, x: Tensor) => Tensor
}

const TWO_OVER_ROOT_PI = 1.1283791670955126

const FUNCTIONS = {
  sin: { kernel: 'unarySin', dx: (dy, x) => mul(dy, cos(x)) },
  cos: { kernel: 'unaryCos', dx: (dy, x) => neg(mul(dy, sin(x))) },
  tan: { kernel: 'unaryTan', dx: (dy, x) => div(dy, square(cos(x))) },
  asin: { kernel: 'unaryAsin', dx: (dy, x) => mul(dy, rsqrt(sub(1, square(x)))) },
  acos: { kernel: 'unaryAcos', dx: (dy, x) => neg(mul(dy, rsqrt(sub(1, square(x))))) },
  atan: { kernel: 'unaryAtan', dx: (dy, x) => div(dy, add(square(x), 1)) },
  sinh: { kernel: 'unarySinh', dx: (dy, x) => mul(dy, cosh(x)) },
  cosh: { kernel: 'unaryCosh', dx: (dy, x) => mul(dy, sinh(x)) },
  asinh: { kernel: 'unaryAsinh', dx: (dy, x) => mul(dy, rsqrt(add(square(x), 1))) },
  acosh: { kernel: 'unaryAcosh', dx: (dy, x) => mul(dy, rsqrt(sub(square(x), 1))) },
  atanh: { kernel: 'unaryAtanh', dx: (dy, x) => div(dy, sub(1, square(x))) },
  erf: { kernel: 'unaryErf', dx: (dy, x) => mul(dy, mul(exp(neg(square(x))), TWO_OVER_ROOT_PI)) },
} as const satisfies Record<string, SpecialFunction>

/** What an element costs, in elements that are moved. */
const WORK = 16

function applied(name: keyof typeof FUNCTIONS, x: TensorLike): Tensor {
  const { kernel, dx }: SpecialFunction = FUNCTIONS[name]
  return withFloat(name, 'x', x, ($x) => {
    const y = allocate(name, $x.shape)
    const axis = { extent: y.size, work: WORK, grain: 16 }
    y.storage(name).owner.use(special).run(kernel, axis, $x.at(name), y.at(name))
    return record(name, [$x], y, [$x], (dy, [x]) => [dx(dy, x!)])
  })
}

/**
 * The sine of x, in radians.
 * @param x a tensor, or values for one
 * @example
 * sin([0, Math.PI / 2]).print() // [0, 1]
 */
export const sin = /* @__PURE__ */ chained('sin', (x: TensorLike): Tensor => applied('sin', x))

/**
 * The cosine of x, in radians.
 * @param x a tensor, or values for one
 * @example
 * cos([0, Math.PI]).print() // [1, -1]
 */
export const cos = /* @__PURE__ */ chained('cos', (x: TensorLike): Tensor => applied('cos', x))

/**
 * The tangent of x, in radians.
 * @param x a tensor, or values for one
 * @example
 * tan([0, 1]).print() // [0, 1.557408]
 */
export const tan = /* @__PURE__ */ chained('tan', (x: TensorLike): Tensor => applied('tan', x))

/**
 * The arc sine, −π/2 to π/2; NaN outside of −1 to 1.
 * @param x a tensor, or values for one
 * @example
 * asin([0, 1]).print() // [0, 1.570796]
 */
export const asin = /* @__PURE__ */ chained('asin', (x: TensorLike): Tensor => applied('asin', x))

/**
 * The arc cosine, 0 to π; NaN outside of −1 to 1.
 * @param x a tensor, or values for one
 * @example
 * acos([1, 0]).print() // [0, 1.570796]
 */
export const acos = /* @__PURE__ */ chained('acos', (x: TensorLike): Tensor => applied('acos', x))

/**
 * The arc tangent, −π/2 to π/2.
 * @param x a tensor, or values for one
 * @example
 * atan([0, 1]).print() // [0, 0.7853982]
 */
export const atan = /* @__PURE__ */ chained('atan', (x: TensorLike): Tensor => applied('atan', x))

/**
 * (eˣ − e⁻ˣ) / 2
 * @param x a tensor, or values for one
 * @example
 * sinh([0, 1]).print() // [0, 1.175201]
 */
export const sinh = /* @__PURE__ */ chained('sinh', (x: TensorLike): Tensor => applied('sinh', x))

/**
 * (eˣ + e⁻ˣ) / 2
 * @param x a tensor, or values for one
 * @example
 * cosh([0, 1]).print() // [1, 1.543081]
 */
export const cosh = /* @__PURE__ */ chained('cosh', (x: TensorLike): Tensor => applied('cosh', x))

/**
 * The inverse of sinh.
 * @param x a tensor, or values for one
 * @example
 * asinh([0, 1]).print() // [0, 0.8813736]
 */
export const asinh = /* @__PURE__ */ chained('asinh', (x: TensorLike): Tensor => applied('asinh', x))

/**
 * The inverse of cosh, from 0 up; NaN below 1.
 * @param x a tensor, or values for one
 * @example
 * acosh([1, 2]).print() // [0, 1.316958]
 */
export const acosh = /* @__PURE__ */ chained('acosh', (x: TensorLike): Tensor => applied('acosh', x))

/**
 * The inverse of tanh; NaN outside of −1 to 1.
 * @param x a tensor, or values for one
 * @example
 * atanh([0, 0.5]).print() // [0, 0.5493062]
 */
export const atanh = /* @__PURE__ */ chained('atanh', (x: TensorLike): Tensor => applied('atanh', x))

/**
 * The error function 2 / √π · ∫ e^(−t²) dt from 0 to x.
 * @param x a tensor, or values for one
 * @example
 * erf([0, 1]).print() // [0, 0.8427008]
 */
export const erf = /* @__PURE__ */ chained('erf', (x: TensorLike): Tensor => applied('erf', x))

/**
 * The angle of the point (b, a), −π to π: the arc tangent of a / b in its quadrant. Shapes broadcast.
 * @param a the ordinates: a tensor, or values for one
 * @param b the abscissas, likewise
 * @example
 * atan2([1, -1], [1, -1]).print() // [0.7853982, -2.356194]
 */
export const atan2 = /* @__PURE__ */ chained('atan2', (a: TensorLike, b: TensorLike): Tensor => {
  const who = 'atan2'
  return withFloat(who, 'a', a, ($a) =>
    withFloat(who, 'b', b, ($b) => {
      const shape = broadcastShape(who, $a.shape, $b.shape)
      const full = (x: Tensor): Tensor => (sameShape(x.shape, shape) ? x : broadcastTo(x, shape))
      return tidy(() => angle(full($a), full($b)))
    }),
  )
})

/** atan2 of equal shapes. */
function angle(a: Tensor, b: Tensor): Tensor {
  const who = 'atan2'
  const y = allocate(who, a.shape)
  const axis = { extent: y.size, work: WORK, grain: 16 }
  y.storage(who).owner.use(special).run('binaryAtan2', axis, a.at(who), b.at(who), y.at(who))
  return record(who, [a, b], y, [a, b], (dy, [a, b]) => {
    const squares = add(square(a!), square(b!))
    return [mul(dy, div(b!, squares)), neg(mul(dy, div(a!, squares)))]
  })
}
