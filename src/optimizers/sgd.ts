/** Gradient descent, plain and with momentum. */

import { checkNumber } from '../errors.ts'
import type { LearningRate } from '../schedules/table.ts'
import type { Tensor, Variable } from '../tensor.ts'
import { argsByName, Optimizer, type OptimizerArgs, type Slots, type StepNumbers, UNIT } from './optimizer.ts'

const WHO = 'optimizer'

/** w −= η·g */
class SGD extends Optimizer {
  readonly className = 'SGD'
  readonly slotNames = []

  protected update(w: Variable, g: Tensor, _: Slots, { learningRate }: StepNumbers): void {
    w.storage(WHO).owner.run('sgdUpdate', w.size, w.at(WHO), g.at(WHO), learningRate)
  }
}

/** What `train.momentum` takes by name. */
export interface MomentumArgs extends OptimizerArgs {
  /** Default 0.9. */
  readonly momentum?: number
  /** Whether it looks ahead. Default false. */
  readonly useNesterov?: boolean
}

/** v = μ·v + g; w −= η·v, or η·(g + μ·v) after Nesterov: Sutskever et al. 2013. */
class Momentum extends Optimizer {
  readonly className = 'Momentum'
  readonly slotNames = ['momentum']
  readonly momentum: number
  readonly nesterov: boolean

  constructor({ learningRate, momentum, useNesterov = false, ...clip }: MomentumArgs) {
    super(learningRate!, clip)
    checkNumber('train.momentum', 'momentum', momentum, UNIT)
    this.momentum = momentum
    this.nesterov = useNesterov
  }

  protected override ownConfig(): Record<string, unknown> {
    return { momentum: this.momentum, useNesterov: this.nesterov }
  }

  protected update(w: Variable, g: Tensor, [velocity]: Slots, { learningRate }: StepNumbers): void {
    const { owner } = w.storage(WHO)
    const at = [w.at(WHO), g.at(WHO), velocity!.at(WHO)] as const
    owner.run('momentumUpdate', w.size, ...at, learningRate, this.momentum, Number(this.nesterov))
  }
}

/**
 * Stochastic gradient descent: w −= η·g.
 * @param args the learning rate, a schedule, or all arguments by name
 * @example
 * const w = variable([1])
 * train.sgd(0.1).minimize(() => w.square().sum())
 * w.print() // [0.8]
 */
export function sgd(args: LearningRate | OptimizerArgs): Optimizer {
  const { learningRate, ...clip } = argsByName<OptimizerArgs>('train.sgd', ['learningRate'], [args])
  return new SGD(learningRate!, clip)
}

/**
 * Gradient descent with momentum: v = momentum·v + g, w −= η·v.
 * @param args the learning rate, a schedule, or all arguments by name
 * @param momentum default 0.9
 * @param useNesterov whether it looks ahead; default false
 * @example
 * console.log(train.momentum(0.01, 0.9).getConfig().momentum) // 0.9
 */
export function momentum(args: LearningRate | MomentumArgs, momentum?: number, useNesterov?: boolean): Optimizer {
  const names = ['learningRate', 'momentum', 'useNesterov'] as const
  const given = argsByName<MomentumArgs>('train.momentum', names, [args, momentum, useNesterov])
  return new Momentum({ momentum: 0.9, ...given })
}
