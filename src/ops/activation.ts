/**
 * Activations. Their gradients run in kernels of their own, from the output where that tells enough, and are linear in
 * dy; each is recorded with its own derivative, so second derivatives are there too.
 */

import { checkNumber } from '../errors.ts'
import type { KernelName } from '../runtime/load.ts'
import type { Tensor, TensorLike } from '../tensor.ts'
import { add, div, mul, sub } from './arithmetic.ts'
import { less } from './compare.ts'
import { allocate, cast, record, runtime } from './op.ts'
import { composed, mapIntegers, withFloat, withTensor } from './operands.ts'
import { abs, exp, neg } from './unary.ts'

interface Activation {
  readonly forward: Extract<KernelName, `${string}Forward`>
  readonly gradient: Extract<KernelName, `${string}Grad`>
  /** Bytes of scratch for the constants of its polynomials. */
  readonly factors?: number
  /** Whether the gradient looks at the input or at the output. */
  readonly saves: 'x' | 'y'
  /** The derivative of the slope by what is saved; none where the slope is constant by pieces. */
  readonly curvature?: (saved: Tensor) => Tensor
}

const ACTIVATIONS = {
  relu: { forward: 'reluForward', gradient: 'reluGrad', saves: 'y' },
  leakyRelu: { forward: 'leakyReluForward', gradient: 'leakyReluGrad', saves: 'x' },
  // The slope is y + alpha below 0.
  elu: { forward: 'eluForward', gradient: 'eluGrad', saves: 'y', curvature: (y) => cast(less(y, 0), 'float32') },
  // The slope is y (1 − y).
  sigmoid: { forward: 'sigmoidForward', gradient: 'sigmoidGrad', saves: 'y', curvature: (y) => sub(1, mul(y, 2)) },
  // The slope is 1 − y².
  tanh: { forward: 'tanhForward', gradient: 'tanhGrad', factors: 76, saves: 'y', curvature: (y) => mul(y, -2) },
  // The slope is 1 − e⁻ʸ.
  softplus: { forward: 'softplusForward', gradient: 'softplusGrad', saves: 'y', curvature: (y) => exp(neg(y)) },
} as const satisfies Record<string, Activation>

type ActivationOp = keyof typeof ACTIVATIONS

/** Kernels take the addresses and, where the activation has one, alpha. */
function launch(who: string, kernel: KernelName, extent: number, args: readonly number[]): void {
  const owner = runtime(who)
  const run = owner.run.bind(owner) as (kernel: KernelName, extent: number, ...args: number[]) => void
  run(kernel, extent, ...args)
}

function activation(name: ActivationOp, x: TensorLike, ...alpha: number[]): Tensor {
  return withFloat(name, 'x', x, ($x) => {
    const { forward, factors, saves }: Activation = ACTIVATIONS[name]
    const y = allocate(name, $x.shape)
    const compute = (scratch: readonly number[]): void =>
      launch(name, forward, y.size, [$x.at(name), y.at(name), ...scratch, ...alpha])
    if (factors === undefined) compute([])
    else runtime(name).withScratch(factors, name, (at) => compute([at]))
    return record(name, [$x], y, [saves === 'x' ? $x : y], (dy, [v]) => [activationGrad(name, dy, v!, alpha)])
  })
}

function activationGrad(name: ActivationOp, dy: Tensor, v: Tensor, alpha: readonly number[]): Tensor {
  const { gradient, curvature }: Activation = ACTIVATIONS[name]
  const dx = allocate(gradient, v.shape)
  launch(gradient, gradient, dx.size, [dy.at(gradient), v.at(gradient), dx.at(gradient), ...alpha])
  return record(gradient, [dy, v], dx, [dy, v], (ddx, [dy, v], [wantsDy, wantsV]) => [
    wantsDy ? activationGrad(name, ddx, v!, alpha) : null,
    wantsV && curvature !== undefined ? mul(mul(ddx, dy!), curvature(v!)) : null,
  ])
}

/**
 * max(x, 0), element by element; NaN stays NaN. int32 stays int32.
 * @param x a tensor, or values for one
 * @example
 * relu([-1, 0, 2]).print() // [0, 0, 2]
 */
export function relu(x: TensorLike): Tensor {
  return ofEither(
    'relu',
    x,
    (n) => Math.max(n, 0),
    ($x) => activation('relu', $x),
  )
}

/** An activation of floats, and the same on integers. */
function ofEither(who: string, x: TensorLike, integers: (n: number) => number, floats: (x: Tensor) => Tensor): Tensor {
  return withTensor(who, 'x', x, ($x) => ($x.dtype === 'float32' ? floats($x) : mapIntegers(who, integers, $x)))
}

/**
 * x above 0, alpha · x below.
 * @param x a tensor, or values for one
 * @param alpha the slope below 0; default 0.2
 * @example
 * leakyRelu([-1, 2]).print() // [-0.2, 2]
 */
export function leakyRelu(x: TensorLike, alpha?: number): Tensor {
  alpha ??= 0.2
  checkNumber('leakyRelu', 'alpha', alpha)
  return activation('leakyRelu', x, alpha)
}

/**
 * x above 0, alpha · (eˣ − 1) below: Clevert et al. 2015.
 * @param x a tensor, or values for one
 * @param alpha default 1
 * @example
 * elu([-1, 2]).print() // [-0.6321205, 2]
 */
export function elu(x: TensorLike, alpha?: number): Tensor {
  alpha ??= 1
  checkNumber('elu', 'alpha', alpha, { min: 0 })
  return activation('elu', x, alpha)
}

/**
 * 1 / (1 + e⁻ˣ)
 * @param x a tensor, or values for one
 * @example
 * sigmoid([-1, 0, 1]).print() // [0.2689414, 0.5, 0.7310586]
 */
export function sigmoid(x: TensorLike): Tensor {
  return activation('sigmoid', x)
}

/**
 * The hyperbolic tangent, from −1 to 1.
 * @param x a tensor, or values for one
 * @example
 * tanh([-1, 0, 1]).print() // [-0.7615942, 0, 0.7615942]
 */
export function tanh(x: TensorLike): Tensor {
  return activation('tanh', x)
}

/**
 * log(1 + eˣ)
 * @param x a tensor, or values for one
 * @example
 * softplus([-1, 0, 1]).print() // [0.3132617, 0.6931472, 1.313262]
 */
export function softplus(x: TensorLike): Tensor {
  return activation('softplus', x)
}

/**
 * min(max(x, 0), 6). int32 stays int32.
 * @param x a tensor, or values for one
 * @example
 * relu6([-1, 3, 9]).print() // [0, 3, 6]
 */
export function relu6(x: TensorLike): Tensor {
  return ofEither(
    'relu6',
    x,
    (n) => Math.min(Math.max(n, 0), 6),
    ($x) => {
      const y = allocate('relu6', $x.shape)
      runtime('relu6').run('clip', y.size, $x.at('relu6'), y.at('relu6'), 0, 6)
      return record('relu6', [$x], y, [$x], (dy, [x]) => [relu6Grad(dy, x!)])
    },
  )
}

/** dy where 0 < x ≤ 6: the bounds of `clipGrad` belong to the inside, so the lower one is the least number above 0. */
function relu6Grad(dy: Tensor, x: Tensor): Tensor {
  const who = 'relu6Grad'
  const dx = allocate(who, x.shape)
  runtime(who).run('clipGrad', dx.size, dy.at(who), x.at(who), dx.at(who), 2 ** -149, 6)
  return record(who, [dy, x], dx, [x], (ddx, [x], [wantsDy]) => [wantsDy ? relu6Grad(ddx, x!) : null, null])
}

/**
 * scale · elu(x, alpha) with the constants of Klambauer et al. 2017, which keep mean 0 and variance 1.
 * @param x a tensor, or values for one
 * @example
 * selu([-1, 0, 1]).print() // [-1.111331, 0, 1.050701]
 */
export function selu(x: TensorLike): Tensor {
  return composed('selu', x, ($x) => mul(elu($x, 1.6732632423543772), 1.0507009873554805))
}

/**
 * x · sigmoid(x): Ramachandran et al. 2017.
 * @param x a tensor, or values for one
 * @example
 * swish([-1, 0, 1]).print() // [-0.2689414, 0, 0.7310586]
 */
export function swish(x: TensorLike): Tensor {
  return composed('swish', x, ($x) => mul($x, sigmoid($x)))
}

/**
 * x / (1 + |x|)
 * @param x a tensor, or values for one
 * @example
 * softsign([-1, 0, 3]).print() // [-0.5, 0, 0.75]
 */
export function softsign(x: TensorLike): Tensor {
  return composed('softsign', x, ($x) => div($x, add(abs($x), 1)))
}

/**
 * log(sigmoid(x)), finite for every finite x.
 * @param x a tensor, or values for one
 * @example
 * logSigmoid([-100, 0]).print() // [-100, -0.6931472]
 */
export function logSigmoid(x: TensorLike): Tensor {
  return composed('logSigmoid', x, ($x) => neg(softplus(neg($x))))
}
