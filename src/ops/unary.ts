/**
 * Functions of one tensor, element by element. Each op is a row of the table: its kernel, the same on integers where
 * integers stay integers, what its gradient looks at (the input x or the output y) and the gradient. Gradients are ops
 * again, so they can be differentiated.
 */

import { ArgumentError, show } from '../errors.ts'
import type { KernelName } from '../runtime/load.ts'
import type { Tensor, TensorLike } from '../tensor.ts'
import { add, div, mul } from './arithmetic.ts'
import { zerosLike } from './create.ts'
import { allocate, record, runtime } from './op.ts'
import { mapIntegers, withFloat, withTensor } from './operands.ts'

interface Unary {
  readonly kernel: Extract<KernelName, `unary${string}`>
  readonly integers?: (n: number) => number
  readonly saves: 'nothing' | 'x' | 'y'
  /** The gradient, from dy and what is saved. */
  readonly dx: (dy: Tensor, saved: Tensor) => Tensor
}

const UNARY = {
  exp: { kernel: 'unaryExp', saves: 'y', dx: (dy, y) => mul(dy, y) },
  log: { kernel: 'unaryLog', saves: 'x', dx: (dy, x) => div(dy, x) },
  log1p: { kernel: 'unaryLog1p', saves: 'x', dx: (dy, x) => div(dy, add(x, 1)) },
  // Not y + 1, which loses what is left of eˣ for x far below 0.
  expm1: { kernel: 'unaryExpm1', saves: 'x', dx: (dy, x) => mul(dy, exp(x)) },
  sqrt: { kernel: 'unarySqrt', saves: 'y', dx: (dy, y) => div(dy, mul(y, 2)) },
  rsqrt: { kernel: 'unaryRsqrt', saves: 'y', dx: (dy, y) => mul(dy, mul(mul(square(y), y), -0.5)) },
  square: { kernel: 'unarySquare', integers: (n) => Math.imul(n, n), saves: 'x', dx: (dy, x) => mul(dy, mul(x, 2)) },
  abs: { kernel: 'unaryAbs', integers: (n) => Math.abs(n), saves: 'x', dx: (dy, x) => mul(dy, sign(x)) },
  neg: { kernel: 'unaryNeg', integers: (n) => -n, saves: 'nothing', dx: (dy) => neg(dy) },
  reciprocal: { kernel: 'unaryReciprocal', saves: 'y', dx: (dy, y) => neg(mul(dy, square(y))) },
  sign: { kernel: 'unarySign', integers: (n) => Math.sign(n), saves: 'nothing', dx: (dy) => zerosLike(dy) },
  floor: { kernel: 'unaryFloor', integers: (n) => n, saves: 'nothing', dx: (dy) => zerosLike(dy) },
  ceil: { kernel: 'unaryCeil', integers: (n) => n, saves: 'nothing', dx: (dy) => zerosLike(dy) },
  round: { kernel: 'unaryRound', integers: (n) => n, saves: 'nothing', dx: (dy) => zerosLike(dy) },
} as const satisfies Record<string, Unary>

function unary(name: keyof typeof UNARY, x: TensorLike): Tensor {
  const { kernel, integers, saves, dx }: Unary = UNARY[name]
  return withTensor(name, 'x', x, (given) => {
    if (integers !== undefined && given.dtype !== 'float32') return mapIntegers(name, integers, given)
    return withFloat(name, 'x', given, ($x) => {
      const y = allocate(name, $x.shape)
      runtime(name).run(kernel, y.size, $x.at(name), y.at(name))
      const saved = saves === 'nothing' ? [] : saves === 'x' ? [$x] : [y]
      return record(name, [$x], y, saved, (dy, [v]) => [dx(dy, v!)])
    })
  })
}

/**
 * eˣ, element by element.
 * @param x a tensor, or values for one
 * @example
 * exp([0, 1]).print() // [1, 2.718282]
 */
export function exp(x: TensorLike): Tensor {
  return unary('exp', x)
}

/**
 * The natural logarithm: −Infinity at 0, NaN below.
 * @param x a tensor, or values for one
 * @example
 * log([1, Math.E]).print() // [0, 1]
 */
export function log(x: TensorLike): Tensor {
  return unary('log', x)
}

/**
 * log(1 + x), exact for small x.
 * @param x a tensor, or values for one
 * @example
 * log1p([0, 1e-7]).print() // [0, 9.999999e-8]
 */
export function log1p(x: TensorLike): Tensor {
  return unary('log1p', x)
}

/**
 * eˣ − 1, exact for small x.
 * @param x a tensor, or values for one
 * @example
 * expm1([0, 1e-7]).print() // [0, 1e-7]
 */
export function expm1(x: TensorLike): Tensor {
  return unary('expm1', x)
}

/**
 * √x, NaN below 0.
 * @param x a tensor, or values for one
 * @example
 * sqrt([1, 2, 4]).print() // [1, 1.414214, 2]
 */
export function sqrt(x: TensorLike): Tensor {
  return unary('sqrt', x)
}

/**
 * 1 / √x, NaN below 0.
 * @param x a tensor, or values for one
 * @example
 * rsqrt([1, 4]).print() // [1, 0.5]
 */
export function rsqrt(x: TensorLike): Tensor {
  return unary('rsqrt', x)
}

/**
 * x². int32 stays int32.
 * @param x a tensor, or values for one
 * @example
 * square([1, 2, 3]).print() // [1, 4, 9]
 */
export function square(x: TensorLike): Tensor {
  return unary('square', x)
}

/**
 * |x|. int32 stays int32. The gradient at 0 is 0.
 * @param x a tensor, or values for one
 * @example
 * abs([-1, 2]).print() // [1, 2]
 */
export function abs(x: TensorLike): Tensor {
  return unary('abs', x)
}

/**
 * −x. int32 stays int32.
 * @param x a tensor, or values for one
 * @example
 * neg([-1, 2]).print() // [1, -2]
 */
export function neg(x: TensorLike): Tensor {
  return unary('neg', x)
}

/**
 * 1 / x
 * @param x a tensor, or values for one
 * @example
 * reciprocal([2, 4]).print() // [0.5, 0.25]
 */
export function reciprocal(x: TensorLike): Tensor {
  return unary('reciprocal', x)
}

/**
 * −1, 0 or 1; NaN stays NaN. Its gradient is 0.
 * @param x a tensor, or values for one
 * @example
 * sign([-5, 0, 3]).print() // [-1, 0, 1]
 */
export function sign(x: TensorLike): Tensor {
  return unary('sign', x)
}

/**
 * The next integer below. Its gradient is 0.
 * @param x a tensor, or values for one
 * @example
 * floor([-1.5, 1.5]).print() // [-2, 1]
 */
export function floor(x: TensorLike): Tensor {
  return unary('floor', x)
}

/**
 * The next integer above. Its gradient is 0.
 * @param x a tensor, or values for one
 * @example
 * ceil([-1.5, 1.5]).print() // [-1, 2]
 */
export function ceil(x: TensorLike): Tensor {
  return unary('ceil', x)
}

/**
 * The nearest integer, halves to the even one. Its gradient is 0.
 * @param x a tensor, or values for one
 * @example
 * round([0.5, 1.5, 2.4]).print() // [0, 2, 2]
 */
export function round(x: TensorLike): Tensor {
  return unary('round', x)
}

/**
 * x within [clipValueMin, clipValueMax]; NaN stays NaN. The gradient is that of x inside, bounds included, 0 outside.
 * @param x a tensor, or values for one
 * @param clipValueMin the lower bound
 * @param clipValueMax the upper bound
 * @throws ArgumentError where a bound is NaN or the lower one is above the upper one
 * @example
 * clipByValue([-3, 0.5, 9], 0, 1).print() // [0, 0.5, 1]
 */
export function clipByValue(x: TensorLike, clipValueMin: number, clipValueMax: number): Tensor {
  const who = 'clipByValue'
  if (typeof clipValueMin !== 'number' || typeof clipValueMax !== 'number' || !(clipValueMin <= clipValueMax)) {
    const received = `${show(clipValueMin)} and ${show(clipValueMax)}`
    throw new ArgumentError({ who, expected: 'clipValueMin of at most clipValueMax', received })
  }
  return withTensor(who, 'x', x, (given) => {
    const clamp = (n: number): number => Math.min(Math.max(n, clipValueMin), clipValueMax)
    if (given.dtype !== 'float32') return mapIntegers(who, clamp, given)
    const y = allocate(who, given.shape)
    runtime(who).run('clip', y.size, given.at(who), y.at(who), clipValueMin, clipValueMax)
    return record(who, [given], y, [given], (dy, [x]) => [clipGrad(dy, x!, clipValueMin, clipValueMax)])
  })
}

/** Linear in dy, and its derivative by x is 0 almost everywhere. */
function clipGrad(dy: Tensor, x: Tensor, low: number, high: number): Tensor {
  const who = 'clipGrad'
  const dx = allocate(who, x.shape)
  runtime(who).run('clipGrad', dx.size, dy.at(who), x.at(who), dx.at(who), low, high)
  return record(who, [dy, x], dx, [x], (ddx, [x]) => [clipGrad(ddx, x!, low, high), null])
}

/**
 * Where x is NaN, as bool.
 * @param x a tensor, or values for one
 * @example
 * isNaN([1, NaN]).print() // [false, true]
 */
// biome-ignore lint/suspicious/noShadowRestrictedNames: TF.js's name
export function isNaN(x: TensorLike): Tensor {
  return withFloat('isNaN', 'x', x, ($x) => {
    const y = allocate('isNaN', $x.shape, 'bool')
    runtime('isNaN').run('isNan', y.size, $x.at('isNaN'), y.at('isNaN'))
    return y
  })
}
