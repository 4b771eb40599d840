/** Optimizer steps on one element at a time, in float64, as the papers write them. */

/** The element's weight and slots, by name, changed in place by each step. */
export interface Slots {
  w: number
  [slot: string]: number
}

export function sgd(at: Slots, g: number, learningRate: number): void {
  at.w -= learningRate * g
}

export function momentum(at: Slots, g: number, learningRate: number, momentum: number, nesterov: number): void {
  at.velocity = momentum * at.velocity! + g
  at.w -= learningRate * (nesterov ? g + momentum * at.velocity! : at.velocity!)
}

/** Step `t` counts from 1. */
export function adam(
  at: Slots,
  g: number,
  t: number,
  learningRate: number,
  beta1: number,
  beta2: number,
  epsilon: number,
  weightDecay: number,
  amsgrad = false,
): void {
  at.m = beta1 * at.m! + (1 - beta1) * g
  at.v = beta2 * at.v! + (1 - beta2) * g * g
  if (amsgrad) at.vhat = Math.max(at.vhat!, at.v!)
  const mHat = at.m! / (1 - beta1 ** t)
  const vHat = (amsgrad ? at.vhat! : at.v!) / (1 - beta2 ** t)
  at.w -= learningRate * weightDecay * at.w
  at.w -= (learningRate * mHat) / (Math.sqrt(vHat) + epsilon)
}

export function rmsprop(
  at: Slots,
  g: number,
  learningRate: number,
  rho: number,
  momentum: number,
  epsilon: number,
  centered: number,
): void {
  at.meanSquare = rho * at.meanSquare! + (1 - rho) * g * g
  let spread = at.meanSquare!
  if (centered) {
    at.meanGrad = rho * at.meanGrad! + (1 - rho) * g
    spread -= at.meanGrad! ** 2
  }
  at.velocity = momentum * at.velocity! + (learningRate * g) / Math.sqrt(spread + epsilon)
  at.w -= at.velocity!
}

export function adagrad(at: Slots, g: number, learningRate: number, epsilon: number): void {
  at.accumulator! += g * g
  at.w -= (learningRate * g) / Math.sqrt(at.accumulator! + epsilon)
}

/** Step `t` counts from 1. */
export function adamax(
  at: Slots,
  g: number,
  t: number,
  learningRate: number,
  beta1: number,
  beta2: number,
  epsilon: number,
): void {
  at.m = beta1 * at.m! + (1 - beta1) * g
  at.u = Math.max(beta2 * at.u!, Math.abs(g))
  at.w -= ((learningRate / (1 - beta1 ** t)) * at.m!) / (at.u! + epsilon)
}

export function adadelta(at: Slots, g: number, learningRate: number, rho: number, epsilon: number): void {
  at.squares = rho * at.squares! + (1 - rho) * g * g
  const step = (Math.sqrt(at.updates! + epsilon) / Math.sqrt(at.squares! + epsilon)) * g
  at.updates = rho * at.updates! + (1 - rho) * step * step
  at.w -= learningRate * step
}
