/** Optimizers that divide by what the gradients have been: RMSProp, Adagrad, Adadelta. */

import { checkNumber } from '../errors.ts'
import type { LearningRate } from '../schedules/table.ts'
import type { Tensor, Variable } from '../tensor.ts'
import { argsByName, Optimizer, type OptimizerArgs, type Slots, type StepNumbers, UNIT } from './optimizer.ts'

const WHO = 'optimizer'

/** What `train.rmsprop` takes by name. */
export interface RMSPropArgs extends OptimizerArgs {
  /** How much of the mean square a step keeps. Default 0.9. */
  readonly decay?: number
  /** Default 0. */
  readonly momentum?: number
  /** Default 1e-7. */
  readonly epsilon?: number
  /** Whether the square of the mean gradient is subtracted. Default false. */
  readonly centered?: boolean
}

/** Tieleman & Hinton 2012; centered: Graves 2013. */
class RMSProp extends Optimizer {
  readonly className = 'RMSProp'
  readonly slotNames: readonly string[]
  readonly decay: number
  readonly momentum: number
  readonly epsilon: number
  readonly centered: boolean

  constructor({ learningRate, decay, momentum, epsilon, centered = false, ...clip }: RMSPropArgs) {
    super(learningRate!, clip)
    checkNumber('train.rmsprop', 'decay', decay, UNIT)
    checkNumber('train.rmsprop', 'momentum', momentum, UNIT)
    checkNumber('train.rmsprop', 'epsilon', epsilon, { above: 0 })
    this.decay = decay
    this.momentum = momentum
    this.epsilon = epsilon
    this.centered = centered
    this.slotNames = centered ? ['rms', 'momentum', 'mg'] : ['rms', 'momentum']
  }

  protected override ownConfig(): Record<string, unknown> {
    const { decay, momentum, epsilon, centered } = this
    return { decay, momentum, epsilon, centered }
  }

  protected update(w: Variable, g: Tensor, [rms, velocity, mean]: Slots, { learningRate }: StepNumbers): void {
    const { owner } = w.storage(WHO)
    const at = [w.at(WHO), g.at(WHO), rms!.at(WHO), velocity!.at(WHO), mean?.at(WHO) ?? 0] as const
    const hyper = [learningRate, this.decay, this.momentum, this.epsilon] as const
    owner.run('rmspropUpdate', w.size, ...at, ...hyper, Number(this.centered))
  }
}

/** What `train.adagrad` takes by name. */
export interface AdagradArgs extends OptimizerArgs {
  /** Default 0.1. */
  readonly initialAccumulatorValue?: number
  /** Default 1e-7. */
  readonly epsilon?: number
}

/** Duchi, Hazan & Singer 2011. */
class Adagrad extends Optimizer {
  readonly className = 'Adagrad'
  readonly slotNames = ['accumulator']
  readonly initialAccumulatorValue: number
  readonly epsilon: number

  constructor({ learningRate, initialAccumulatorValue, epsilon, ...clip }: AdagradArgs) {
    super(learningRate!, clip)
    checkNumber('train.adagrad', 'initialAccumulatorValue', initialAccumulatorValue, { min: 0 })
    checkNumber('train.adagrad', 'epsilon', epsilon, { above: 0 })
    this.initialAccumulatorValue = initialAccumulatorValue
    this.epsilon = epsilon
  }

  protected override ownConfig(): Record<string, unknown> {
    return { initialAccumulatorValue: this.initialAccumulatorValue }
  }

  override slotStart(): number {
    return this.initialAccumulatorValue
  }

  protected update(w: Variable, g: Tensor, [accumulator]: Slots, { learningRate }: StepNumbers): void {
    const at = [w.at(WHO), g.at(WHO), accumulator!.at(WHO)] as const
    w.storage(WHO).owner.run('adagradUpdate', w.size, ...at, learningRate, this.epsilon)
  }
}

/** What `train.adadelta` takes by name. */
export interface AdadeltaArgs extends OptimizerArgs {
  /** How much of the means a step keeps. Default 0.95. */
  readonly rho?: number
  /** Default 1e-7. */
  readonly epsilon?: number
}

/** Zeiler 2012. */
class Adadelta extends Optimizer {
  readonly className = 'Adadelta'
  readonly slotNames = ['accum_grad', 'accum_var']
  readonly rho: number
  readonly epsilon: number

  constructor({ learningRate, rho, epsilon, ...clip }: AdadeltaArgs) {
    super(learningRate!, clip)
    checkNumber('train.adadelta', 'rho', rho, UNIT)
    checkNumber('train.adadelta', 'epsilon', epsilon, { above: 0 })
    this.rho = rho
    this.epsilon = epsilon
  }

  protected override ownConfig(): Record<string, unknown> {
    return { rho: this.rho, epsilon: this.epsilon }
  }

  protected update(w: Variable, g: Tensor, [squares, updates]: Slots, { learningRate }: StepNumbers): void {
    const { owner } = w.storage(WHO)
    const at = [w.at(WHO), g.at(WHO), squares!.at(WHO), updates!.at(WHO)] as const
    owner.run('adadeltaUpdate', w.size, ...at, learningRate, this.rho, this.epsilon)
  }
}

/**
 * RMSProp: Hinton 2012. w −= η·g / √(v + ε) for the mean v of the gradient's square; `centered` subtracts the square
 * of the mean gradient.
 * @param args the learning rate, a schedule, or all arguments by name
 * @param decay how much of the mean square a step keeps; default 0.9
 * @param momentum default 0
 * @param epsilon default 1e-7
 * @param centered default false
 * @example
 * console.log(train.rmsprop(0.001).learningRate) // 0.001
 */
export function rmsprop(
  args: LearningRate | RMSPropArgs,
  decay?: number,
  momentum?: number,
  epsilon?: number,
  centered?: boolean,
): Optimizer {
  const names = ['learningRate', 'decay', 'momentum', 'epsilon', 'centered'] as const
  const given = argsByName<RMSPropArgs>('train.rmsprop', names, [args, decay, momentum, epsilon, centered])
  return new RMSProp({ decay: 0.9, momentum: 0, epsilon: 1e-7, ...given })
}

/**
 * Adagrad: Duchi et al. 2011. w −= η·g / √(Σg² + ε).
 * @param args the learning rate, a schedule, or all arguments by name
 * @param initialAccumulatorValue what the sum of squares starts from; default 0.1
 * @example
 * console.log(train.adagrad(0.01).learningRate) // 0.01
 */
export function adagrad(args: LearningRate | AdagradArgs, initialAccumulatorValue?: number): Optimizer {
  const names = ['learningRate', 'initialAccumulatorValue'] as const
  const given = argsByName<AdagradArgs>('train.adagrad', names, [args, initialAccumulatorValue], ['epsilon'])
  return new Adagrad({ initialAccumulatorValue: 0.1, epsilon: 1e-7, ...given })
}

/**
 * Adadelta: Zeiler 2012. The defaults are TF.js's; Zeiler's own has a learning rate of 1.
 * @param args the learning rate, a schedule, or all arguments by name; default 0.001
 * @param rho how much of the means a step keeps; default 0.95
 * @param epsilon default 1e-7
 * @example
 * console.log(train.adadelta().learningRate) // 0.001
 */
export function adadelta(args?: LearningRate | AdadeltaArgs | null, rho?: number, epsilon?: number): Optimizer {
  const names = ['learningRate', 'rho', 'epsilon'] as const
  const given = argsByName<AdadeltaArgs>('train.adadelta', names, [args, rho, epsilon])
  return new Adadelta({ learningRate: 0.001, rho: 0.95, epsilon: 1e-7, ...given })
}
