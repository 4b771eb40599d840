/**
 * Optimizers. The base class owns the step count, the slots and the walk over the variables; an optimizer says which
 * slots a variable has and runs one kernel per variable and step, which reads the gradient and updates weight and slots
 * in one pass.
 */

import { gradients, variableOf } from '../autograd.ts'
import { ArgumentError, checkNumber, checkOneOf, type NumberRange, ShapeError, show, showShape } from '../errors.ts'
import { fill } from '../ops/create.ts'
import { sameShape } from '../shape.ts'
import { keep, Tensor, type Variable } from '../tensor.ts'

/** A state of the optimizer per variable, e.g. the mean of its gradients. */
type Slots = readonly Tensor[]

export abstract class Optimizer {
  /** The name in model files. */
  abstract readonly className: string
  /** The names of the slots, in their order. */
  abstract readonly slotNames: readonly string[]
  #learningRate: number
  /** Steps taken. */
  iterations = 0
  readonly #slots = new Map<Variable, Slots>()

  constructor(learningRate: number) {
    checkHyper('optimizer', 'learningRate', learningRate, { min: 0 })
    this.#learningRate = learningRate
  }

  get learningRate(): number {
    return this.#learningRate
  }

  set learningRate(value: number) {
    checkHyper(this.className, 'learningRate', value, { min: 0 })
    this.#learningRate = value
  }

  abstract getConfig(): Record<string, number | boolean>
  /** Updates `w` and its slots by the gradient `g`, given the addresses. */
  protected abstract update(w: Variable, g: Tensor, slots: Slots): void
  /** What a slot starts from. */
  protected slotStart(_name: string): number {
    return 0
  }

  /** One step on all variables; a variable whose gradient is null is left as it is. */
  apply(variables: readonly Variable[], grads: readonly (Tensor | null | undefined)[]): void {
    this.iterations++
    variables.forEach((variable, i) => {
      const gradient = grads[i]
      if (gradient === null || gradient === undefined) return
      if (!sameShape(gradient.shape, variable.shape)) {
        throw new ShapeError({
          who: `${this.className}, ${variable.name}`,
          expected: `a gradient of shape ${showShape(variable.shape)}`,
          received: showShape(gradient.shape),
        })
      }
      variable.buffer(WHO).changed()
      this.update(variable, gradient, this.slots(variable))
    })
  }

  /** One step by gradients as `variableGrads` returns them. */
  applyGradients(grads: Record<string, Tensor>): void {
    const variables = Object.entries(grads).map(([name, gradient]) => {
      const variable = gradient instanceof Tensor ? variableOf(gradient) : undefined
      if (variable !== undefined) return variable
      const who = `${this.className}.applyGradients`
      throw new ArgumentError({ who, expected: 'the gradients that variableGrads returns', received: show(name) })
    })
    this.apply(variables, Object.values(grads))
  }

  /**
   * Computes f(), steps so that it becomes smaller, and returns its value where `returnCost` is set.
   * @param variables default: all trainable variables that `f` reads
   */
  minimize(f: () => Tensor, returnCost = false, variables?: readonly Variable[]): Tensor | null {
    const found = gradients(`${this.className}.minimize`, f, variables)
    this.apply(found.variables, found.grads)
    for (const gradient of found.grads) gradient?.dispose()
    if (returnCost) return found.value
    found.value.dispose()
    return null
  }

  /** The slots of a variable, made at its first step. */
  slots(variable: Variable): Slots {
    let slots = this.#slots.get(variable)
    if (slots === undefined) {
      slots = this.slotNames.map((name) => keep(fill(variable.shape, this.slotStart(name))))
      this.#slots.set(variable, slots)
    }
    return slots
  }

  /** Frees the slots. */
  dispose(): void {
    for (const slots of this.#slots.values()) for (const slot of slots) slot.dispose()
    this.#slots.clear()
  }
}

function checkHyper(who: string, name: string, value: unknown, range: NumberRange): asserts value is number {
  checkNumber(who, name, value, range)
}

const UNIT: NumberRange = { min: 0, below: 1 }
const WHO = 'optimizer'

/** w −= η·g */
class SGD extends Optimizer {
  readonly className = 'SGD'
  readonly slotNames = []

  getConfig(): Record<string, number> {
    return { learningRate: this.learningRate }
  }

  protected update(w: Variable, g: Tensor): void {
    w.buffer(WHO).owner.run('sgdUpdate', w.size, w.at(WHO), g.at(WHO), this.learningRate)
  }
}

/** v = μ·v + g; w −= η·v, or η·(g + μ·v) after Nesterov: Sutskever et al. 2013. */
class Momentum extends Optimizer {
  readonly className = 'Momentum'
  readonly slotNames = ['momentum']
  readonly momentum: number
  readonly nesterov: boolean

  constructor(learningRate: number, momentum: number, nesterov: boolean) {
    super(learningRate)
    checkHyper('train.momentum', 'momentum', momentum, UNIT)
    this.momentum = momentum
    this.nesterov = nesterov
  }

  getConfig(): Record<string, number | boolean> {
    return { learningRate: this.learningRate, momentum: this.momentum, useNesterov: this.nesterov }
  }

  protected update(w: Variable, g: Tensor, [velocity]: Slots): void {
    const { owner } = w.buffer(WHO)
    const at = [w.at(WHO), g.at(WHO), velocity!.at(WHO)] as const
    owner.run('momentumUpdate', w.size, ...at, this.learningRate, this.momentum, Number(this.nesterov))
  }
}

/** Kingma & Ba 2015, algorithm 1; with weight decay apart from the gradient: Loshchilov & Hutter 2019. */
class Adam extends Optimizer {
  readonly className: string
  readonly slotNames = ['m', 'v']
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number

  constructor(learningRate: number, beta1: number, beta2: number, epsilon: number, weightDecay?: number) {
    super(learningRate)
    const who = weightDecay === undefined ? 'train.adam' : 'train.adamw'
    checkHyper(who, 'beta1', beta1, UNIT)
    checkHyper(who, 'beta2', beta2, UNIT)
    checkHyper(who, 'epsilon', epsilon, { above: 0 })
    checkHyper(who, 'weightDecay', weightDecay ?? 0, { min: 0 })
    this.className = weightDecay === undefined ? 'Adam' : 'AdamW'
    this.beta1 = beta1
    this.beta2 = beta2
    this.epsilon = epsilon
    this.weightDecay = weightDecay ?? 0
  }

  getConfig(): Record<string, number> {
    const { learningRate, beta1, beta2, epsilon, weightDecay } = this
    const config = { learningRate, beta1, beta2, epsilon }
    return this.className === 'Adam' ? config : { ...config, weightDecay }
  }

  protected update(w: Variable, g: Tensor, [m, v]: Slots): void {
    const { owner } = w.buffer(WHO)
    const at = [w.at(WHO), g.at(WHO), m!.at(WHO), v!.at(WHO)] as const
    const hyper = [this.learningRate, this.beta1, this.beta2, this.epsilon] as const
    const [correction1, correction2] = [1 - power(this.beta1, this.iterations), 1 - power(this.beta2, this.iterations)]
    owner.run('adamUpdate', w.size, ...at, ...hyper, correction1, correction2, this.weightDecay)
  }
}

/** base to a whole exponent by squaring: `**` may differ between engines in its last bit. */
function power(base: number, exponent: number): number {
  let result = 1
  let square = base
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square
    square *= square
  }
  return result
}

/** Tieleman & Hinton 2012; centered: Graves 2013. */
class RMSProp extends Optimizer {
  readonly className = 'RMSProp'
  readonly slotNames = ['rms', 'momentum', 'mg']
  readonly decay: number
  readonly momentum: number
  readonly epsilon: number
  readonly centered: boolean

  constructor(learningRate: number, decay: number, momentum: number, epsilon: number, centered: boolean) {
    super(learningRate)
    checkHyper('train.rmsprop', 'decay', decay, UNIT)
    checkHyper('train.rmsprop', 'momentum', momentum, UNIT)
    checkHyper('train.rmsprop', 'epsilon', epsilon, { above: 0 })
    this.decay = decay
    this.momentum = momentum
    this.epsilon = epsilon
    this.centered = centered
  }

  getConfig(): Record<string, number | boolean> {
    const { learningRate, decay, momentum, epsilon, centered } = this
    return { learningRate, decay, momentum, epsilon, centered }
  }

  protected update(w: Variable, g: Tensor, [rms, velocity, mean]: Slots): void {
    const { owner } = w.buffer(WHO)
    const at = [w.at(WHO), g.at(WHO), rms!.at(WHO), velocity!.at(WHO), mean!.at(WHO)] as const
    const hyper = [this.learningRate, this.decay, this.momentum, this.epsilon] as const
    owner.run('rmspropUpdate', w.size, ...at, ...hyper, Number(this.centered))
  }
}

/** Duchi, Hazan & Singer 2011. */
class Adagrad extends Optimizer {
  readonly className = 'Adagrad'
  readonly slotNames = ['accumulator']
  readonly initialAccumulatorValue: number
  readonly epsilon: number

  constructor(learningRate: number, initialAccumulatorValue: number, epsilon: number) {
    super(learningRate)
    checkHyper('train.adagrad', 'initialAccumulatorValue', initialAccumulatorValue, { min: 0 })
    checkHyper('train.adagrad', 'epsilon', epsilon, { above: 0 })
    this.initialAccumulatorValue = initialAccumulatorValue
    this.epsilon = epsilon
  }

  getConfig(): Record<string, number> {
    const { learningRate, initialAccumulatorValue } = this
    return { learningRate, initialAccumulatorValue }
  }

  protected override slotStart(): number {
    return this.initialAccumulatorValue
  }

  protected update(w: Variable, g: Tensor, [accumulator]: Slots): void {
    const at = [w.at(WHO), g.at(WHO), accumulator!.at(WHO)] as const
    w.buffer(WHO).owner.run('adagradUpdate', w.size, ...at, this.learningRate, this.epsilon)
  }
}

/** Stochastic gradient descent. */
export function sgd(learningRate: number): Optimizer {
  return new SGD(learningRate)
}

/** Gradient descent with momentum; `useNesterov` looks ahead. */
export function momentum(learningRate: number, momentum: number, useNesterov = false): Optimizer {
  return new Momentum(learningRate, momentum, useNesterov)
}

/** Adam. The defaults are Keras's. */
export function adam(learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7): Optimizer {
  return new Adam(learningRate, beta1, beta2, epsilon)
}

/** Adam whose weight decay is apart from the gradient: w −= η·weightDecay·w beside Adam's step. */
export function adamw(
  learningRate = 0.001,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-7,
  weightDecay = 0.004,
): Optimizer {
  return new Adam(learningRate, beta1, beta2, epsilon, weightDecay)
}

/** RMSProp; `centered` subtracts the mean gradient's square. */
export function rmsprop(learningRate: number, decay = 0.9, momentum = 0, epsilon = 1e-7, centered = false): Optimizer {
  return new RMSProp(learningRate, decay, momentum, epsilon, centered)
}

/** Adagrad. */
export function adagrad(learningRate: number, initialAccumulatorValue = 0.1): Optimizer {
  return new Adagrad(learningRate, initialAccumulatorValue, 1e-7)
}

/** Under each name an optimizer with the learning rate that Keras has for it, unless one is given. */
const OPTIMIZERS = {
  sgd: (learningRate = 0.01) => sgd(learningRate),
  momentum: (learningRate = 0.01) => momentum(learningRate, 0.9),
  adam: (learningRate = 0.001) => adam(learningRate),
  adamw: (learningRate = 0.001) => adamw(learningRate),
  rmsprop: (learningRate = 0.001) => rmsprop(learningRate),
  adagrad: (learningRate = 0.01) => adagrad(learningRate),
} as const satisfies Record<string, (learningRate?: number) => Optimizer>

export type OptimizerName = keyof typeof OPTIMIZERS
export const OPTIMIZER_NAMES = Object.keys(OPTIMIZERS) as OptimizerName[]

/** An optimizer by its name, or as it is. */
export function toOptimizer(who: string, given: OptimizerName | Optimizer, learningRate?: number): Optimizer {
  if (given instanceof Optimizer) return given
  checkOneOf(who, 'optimizer', given, OPTIMIZER_NAMES)
  return OPTIMIZERS[given](learningRate)
}
