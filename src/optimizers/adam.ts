/** Adam and its relatives. */

import { wholePower } from '../elementary.ts'
import { ArgumentError, checkNumber, show } from '../errors.ts'
import type { LearningRate } from '../schedules/table.ts'
import type { Tensor, Variable } from '../tensor.ts'
import { argsByName, Optimizer, type OptimizerArgs, type Slots, type StepNumbers, UNIT } from './optimizer.ts'

const WHO = 'optimizer'

interface Moments extends OptimizerArgs {
  /** How much of the mean gradient a step keeps. Default 0.9. */
  readonly beta1?: number
  /** How much of the mean square (adamax: of the largest gradient) a step keeps. Default 0.999. */
  readonly beta2?: number
  /** Default 1e-7. */
  readonly epsilon?: number
}

/** What `train.adam` takes by name. */
export interface AdamArgs extends Moments {
  /** Divide by the largest mean square so far: Reddi et al. 2018. Default false. */
  readonly amsgrad?: boolean
}

/** What `train.adamw` takes by name. */
export interface AdamWArgs extends AdamArgs {
  /** Default 0.004. */
  readonly weightDecay?: number
}

/** What `train.adamax` takes by name. */
export interface AdamaxArgs extends Moments {
  /** The rate of step t is learningRate / (1 + decay·(t − 1)). Default 0. */
  readonly decay?: number
}

const DEFAULTS = { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 } as const

function checkMoments(who: string, { beta1, beta2, epsilon }: Moments): void {
  checkNumber(who, 'beta1', beta1, UNIT)
  checkNumber(who, 'beta2', beta2, UNIT)
  checkNumber(who, 'epsilon', epsilon, { above: 0 })
}

/** Kingma & Ba 2015, algorithm 1; with weight decay apart from the gradient: Loshchilov & Hutter 2019. */
class Adam extends Optimizer {
  readonly className: string
  readonly slotNames: readonly string[]
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly amsgrad: boolean
  readonly weightDecay: number

  constructor(who: string, className: string, args: AdamWArgs) {
    const { learningRate, beta1, beta2, epsilon, amsgrad = false, weightDecay = 0, ...clip } = args
    super(learningRate!, clip)
    checkMoments(who, args)
    checkNumber(who, 'weightDecay', weightDecay, { min: 0 })
    if (typeof amsgrad !== 'boolean') {
      throw new ArgumentError({ who, expected: 'amsgrad to be true or false', received: show(amsgrad) })
    }
    this.className = className
    this.slotNames = amsgrad ? ['m', 'v', 'vhat'] : ['m', 'v']
    this.beta1 = beta1!
    this.beta2 = beta2!
    this.epsilon = epsilon!
    this.amsgrad = amsgrad
    this.weightDecay = weightDecay
  }

  protected override ownConfig(): Record<string, unknown> {
    const { beta1, beta2, epsilon, amsgrad, weightDecay } = this
    return {
      ...{ beta1, beta2, epsilon },
      ...(amsgrad ? { amsgrad } : {}),
      ...(this.className === 'AdamW' ? { weightDecay } : {}),
    }
  }

  protected update(w: Variable, g: Tensor, [m, v, vhat]: Slots, { learningRate, t }: StepNumbers): void {
    const { owner } = w.storage(WHO)
    const at = [w.at(WHO), g.at(WHO), m!.at(WHO), v!.at(WHO), vhat?.at(WHO) ?? 0] as const
    const hyper = [learningRate, this.beta1, this.beta2, this.epsilon] as const
    const corrections = [1 - wholePower(this.beta1, t), 1 - wholePower(this.beta2, t)] as const
    owner.run('adamUpdate', w.size, ...at, ...hyper, ...corrections, this.weightDecay)
  }
}

/** Kingma & Ba 2015, algorithm 2: the largest gradient, fading, in place of the mean square. */
class Adamax extends Optimizer {
  readonly className = 'Adamax'
  readonly slotNames = ['m', 'u']
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly decay: number

  constructor(args: AdamaxArgs) {
    const { learningRate, beta1, beta2, epsilon, decay = 0, ...clip } = args
    super(learningRate!, clip)
    checkMoments('train.adamax', args)
    checkNumber('train.adamax', 'decay', decay, { min: 0 })
    this.beta1 = beta1!
    this.beta2 = beta2!
    this.epsilon = epsilon!
    this.decay = decay
  }

  protected override ownConfig(): Record<string, unknown> {
    const { beta1, beta2, epsilon, decay } = this
    return { beta1, beta2, epsilon, decay }
  }

  protected update(w: Variable, g: Tensor, [m, u]: Slots, { learningRate, t }: StepNumbers): void {
    const { owner } = w.storage(WHO)
    const at = [w.at(WHO), g.at(WHO), m!.at(WHO), u!.at(WHO)] as const
    const rate = learningRate / (1 + this.decay * (t - 1)) / (1 - wholePower(this.beta1, t))
    owner.run('adamaxUpdate', w.size, ...at, rate, this.beta1, this.beta2, this.epsilon)
  }
}

/**
 * Adam: Kingma & Ba 2015. w −= η·m̂ / (√v̂ + ε) for the means m of the gradient and v of its square, both corrected
 * for their start at 0. The defaults are Keras's.
 * @param args the learning rate, a schedule, or all arguments by name; default 0.001
 * @param beta1 how much of the mean gradient a step keeps; default 0.9
 * @param beta2 how much of the mean square a step keeps; default 0.999
 * @param epsilon default 1e-7
 * @throws ArgumentError for a negative rate, or a beta that is not from 0 to below 1
 * @example
 * const optimizer = train.adam({ learningRate: 0.001, clipNorm: 1 })
 * console.log(optimizer.learningRate) // 0.001
 */
export function adam(
  args?: LearningRate | AdamArgs | null,
  beta1?: number,
  beta2?: number,
  epsilon?: number,
): Optimizer {
  const names = ['learningRate', 'beta1', 'beta2', 'epsilon'] as const
  const given = argsByName<AdamArgs>('train.adam', names, [args, beta1, beta2, epsilon], ['amsgrad'])
  return new Adam('train.adam', 'Adam', { ...DEFAULTS, ...given })
}

/**
 * AdamW: Loshchilov & Hutter 2019. Adam whose weight decay is apart from the gradient: w −= η·weightDecay·w beside
 * Adam's step.
 * @param args the learning rate, a schedule, or all arguments by name; default 0.001
 * @param beta1 how much of the mean gradient a step keeps; default 0.9
 * @param beta2 how much of the mean square a step keeps; default 0.999
 * @param epsilon default 1e-7
 * @param weightDecay default 0.004
 * @example
 * console.log(train.adamw(0.001).getConfig().weightDecay) // 0.004
 */
export function adamw(
  args?: LearningRate | AdamWArgs | null,
  beta1?: number,
  beta2?: number,
  epsilon?: number,
  weightDecay?: number,
): Optimizer {
  const names = ['learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay'] as const
  const given = argsByName<AdamWArgs>('train.adamw', names, [args, beta1, beta2, epsilon, weightDecay], ['amsgrad'])
  return new Adam('train.adamw', 'AdamW', { ...DEFAULTS, weightDecay: 0.004, ...given })
}

/**
 * Adamax: Kingma & Ba 2015. Adam with the infinity norm in place of the root of the mean square.
 * @param args the learning rate, a schedule, or all arguments by name; default 0.001
 * @param beta1 how much of the mean gradient a step keeps; default 0.9
 * @param beta2 how much of the mean square a step keeps; default 0.999
 * @param epsilon default 1e-7
 * @param decay the rate of step t is learningRate / (1 + decay·(t − 1)); default 0
 * @example
 * console.log(train.adamax(0.002).learningRate) // 0.002
 */
export function adamax(
  args?: LearningRate | AdamaxArgs | null,
  beta1?: number,
  beta2?: number,
  epsilon?: number,
  decay?: number,
): Optimizer {
  const names = ['learningRate', 'beta1', 'beta2', 'epsilon', 'decay'] as const
  const given = argsByName<AdamaxArgs>('train.adamax', names, [args, beta1, beta2, epsilon, decay])
  return new Adamax({ ...DEFAULTS, ...given })
}
