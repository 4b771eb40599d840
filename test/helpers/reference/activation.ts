/** The activations and their slopes in float64. `slope` takes what the kernel takes: the output, or leakyRelu's input. */

export interface ActivationReference {
  readonly value: (x: number, alpha: number) => number
  readonly slope: (v: number, alpha: number) => number
  /** What `slope` and the gradient kernel start from. */
  readonly from: 'input' | 'output'
}

export const ACTIVATION_NAMES = ['relu', 'leakyRelu', 'elu', 'sigmoid', 'tanh', 'softplus'] as const
export type ActivationName = (typeof ACTIVATION_NAMES)[number]

export const ACTIVATIONS: Record<ActivationName, ActivationReference> = {
  relu: { value: (x) => (x >= 0 || Number.isNaN(x) ? x : 0), slope: (y) => (y > 0 ? 1 : 0), from: 'output' },
  leakyRelu: { value: (x, alpha) => (x < 0 ? alpha * x : x), slope: (x, alpha) => (x > 0 ? 1 : alpha), from: 'input' },
  elu: {
    value: (x, alpha) => (x < 0 ? alpha * Math.expm1(x) : x),
    slope: (y, alpha) => (y > 0 ? 1 : y + alpha),
    from: 'output',
  },
  sigmoid: {
    value: (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
    slope: (y) => y * (1 - y),
    from: 'output',
  },
  tanh: { value: (x) => Math.tanh(x), slope: (y) => (1 - y) * (1 + y), from: 'output' },
  softplus: {
    value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    slope: (y) => -Math.expm1(-y),
    from: 'output',
  },
}
