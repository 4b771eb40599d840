/** The activations that layers know by name. */

import { record, withoutTape } from '../autograd.ts'
import { checkName } from '../names.ts'
import { elu, leakyRelu, relu, relu6, selu, sigmoid, softplus, softsign, swish, tanh } from '../ops/activation.ts'
import { add, div, mul, sub } from '../ops/arithmetic.ts'
import { less, where } from '../ops/compare.ts'
import { composed } from '../ops/operands.ts'
import { logSoftmax, softmax } from '../ops/softmax.ts'
import { abs, clipByValue, exp, square } from '../ops/unary.ts'
import type { Tensor } from '../tensor.ts'

type Activation = (x: Tensor) => Tensor

const ACTIVATIONS = {
  linear: (x) => x,
  relu: (x) => relu(x),
  relu6: (x) => relu6(x),
  leakyRelu: (x) => leakyRelu(x),
  elu: (x) => elu(x),
  selu: (x) => selu(x),
  sigmoid: (x) => sigmoid(x),
  // As TF.js and Keras 2 have it; that of Keras 3 has the slope 1/6.
  hardSigmoid: (x) => composed('hardSigmoid', x, ($x) => clipByValue(add(mul($x, 0.2), 0.5), 0, 1)),
  tanh: (x) => tanh(x),
  softplus: (x) => softplus(x),
  softsign: (x) => softsign(x),
  softmax: (x) => softmax(x),
  logSoftmax: (x) => logSoftmax(x),
  swish: (x) => swish(x),
  // x · relu6(x + 3) / 6: Howard et al. 2019.
  hardSwish: (x) => composed('hardSwish', x, ($x) => mul($x, div(relu6(add($x, 3)), 6))),
  // x · Φ(x): Hendrycks and Gimpel 2016.
  gelu: (x) => composed('gelu', x, ($x) => mul($x, normalShare($x))),
  // By tanh: Hendrycks and Gimpel 2016, section 2.
  geluNew: (x) => composed('geluNew', x, geluByTanh),
  // x · tanh(softplus(x)): Misra 2019.
  mish: (x) => composed('mish', x, ($x) => mul($x, tanh(softplus($x)))),
  exponential: (x) => exp(x),
} as const satisfies Record<string, Activation>

/** x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))) */
function geluByTanh(x: Tensor): Tensor {
  const inner = mul(mul(x, add(mul(square(x), 0.044715), 1)), 0.7978845608028654)
  return mul(mul(x, 0.5), add(tanh(inner), 1))
}

/** Coefficients of Abramowitz and Stegun 1964, 7.1.26, for 1 − erf within 1.5e-7, the highest power first. */
const TAIL = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592]

/** Φ(x), the share of a normal distribution below x. */
function normalShare(x: Tensor): Tensor {
  const bell = (x: Tensor): Tensor => exp(mul(square(x), -0.5))
  const y = withoutTape('gelu', () => {
    const t = div(1, add(mul(abs(x), 0.3275911 * Math.SQRT1_2), 1))
    const powers = TAIL.reduce<Tensor | number>((sum, a) => mul(add(sum, a), t), 0)
    const beyond = mul(mul(powers, bell(x)), 0.5)
    return where(less(x, 0), beyond, sub(1, beyond))
  })
  // The slope is the density, e^(−x²/2) / √(2π).
  return record('gelu', [x], y, [x], (dy, [x]) => [mul(mul(dy, bell(x!)), 0.3989422804014327)])
}

/** Other names of Keras for the same, as `checkName` wants them. */
const ALIASES = {
  exp: 'exponential',
  hardsilu: 'hardSwish',
  silu: 'swish',
} as const satisfies Record<string, keyof typeof ACTIVATIONS>

type Canonical = keyof typeof ACTIVATIONS

/** relu, softmax, … */
export type ActivationName = Canonical

export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as ActivationName[]

/** An activation by its name, as TF.js or Keras spell it: 'hardSigmoid', 'hard_sigmoid', 'silu'. */
export function toActivation(who: string, given: unknown): ActivationName {
  return checkName(who, 'activation', given, ACTIVATION_NAMES, ALIASES)
}

export function activate(name: ActivationName, x: Tensor): Tensor {
  return ACTIVATIONS[name](x)
}
