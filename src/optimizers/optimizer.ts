/**
 * What every optimizer is. The base class owns the step count, the learning rate, the clipping of gradients, the slots
 * and the walk over the variables; an optimizer says which slots a variable has and runs one kernel per variable and
 * step, which reads the gradient and updates weight and slots in one pass.
 *
 * A step happens whole or not at all: what can fail, the schedule, clipping, the slots of a first step, comes before the
 * first weight is changed.
 */

import { gradients, variableNamed, variableOf } from '../autograd.ts'
import {
  ArgumentError,
  checkInteger,
  checkNumber,
  checkOptions,
  type NumberRange,
  ShapeError,
  show,
  showShape,
} from '../errors.ts'
import { mul } from '../ops/arithmetic.ts'
import { fill } from '../ops/create.ts'
import { clipByValue } from '../ops/unary.ts'
import { isSchedule, type LearningRate, rateFunction, type Schedule, scheduleConfig } from '../schedules/table.ts'
import { sameShape } from '../shape.ts'
import { keep, Tensor, tidy, type Variable } from '../tensor.ts'

/** A state of the optimizer per variable, e.g. the mean of its gradients. */
export type Slots = readonly Tensor[]

/** What any optimizer can do with gradients before it uses them. */
export interface ClipArgs {
  /** Scales each gradient whose Euclidean norm is larger down to it. */
  readonly clipNorm?: number | null
  /** Scales all gradients down together where their common norm is larger. */
  readonly globalClipNorm?: number | null
  /** Cuts each element to ±clipValue. */
  readonly clipValue?: number | null
}

/** What every optimizer takes by name. */
export interface OptimizerArgs extends ClipArgs {
  /** A number, a schedule, or a function of the number of steps taken. */
  readonly learningRate?: LearningRate | null
}

export const CLIP_ARGS = ['clipNorm', 'globalClipNorm', 'clipValue'] as const

/** A tensor under a name, as TF.js's optimizers exchange gradients and weights. */
export interface NamedTensor {
  /** The name, of a variable for instance. */
  readonly name: string
  /** Its values. */
  readonly tensor: Tensor
}

/** Gradients under the names of their variables. */
export type NamedGradients = Readonly<Record<string, Tensor>> | readonly NamedTensor[]

/** Learning rates that optimizers take, and what they are called in messages. */
const WHO = 'optimizer'
export const UNIT: NumberRange = { min: 0, below: 1 }

/** How gradients become new weights. `train` has those that there are. */
export abstract class Optimizer {
  /** The name in model files. */
  abstract readonly className: string
  /** The names of the slots, in their order. */
  abstract readonly slotNames: readonly string[]
  #given: LearningRate
  #rate: (step: number) => number
  readonly #clip: ClipArgs
  #iterations = 0
  readonly #slots = new Map<Variable, Slots>()
  /**
   * Fills the slots, where their values came before there were any; called at the next step.
   * @internal
   */
  fillSlots: ((variables: readonly Variable[]) => void) | undefined

  /**
   * For optimizers of one's own.
   * @param learningRate a number, a schedule, or a function of the number of steps taken
   * @param clip how gradients are cut before they are used; default not at all
   */
  constructor(learningRate: LearningRate, clip: ClipArgs = {}) {
    this.#given = learningRate
    this.#rate = rateFunction(WHO, 'learningRate', learningRate)
    for (const name of CLIP_ARGS) {
      const limit = clip[name] ?? undefined
      if (limit !== undefined) checkNumber(WHO, name, limit, { above: 0 })
    }
    this.#clip = clip
  }

  /** Steps taken. */
  get iterations(): number {
    return this.#iterations
  }

  set iterations(value: number) {
    checkInteger(this.className, 'iterations', value)
    this.#iterations = value
  }

  /** The rate of the next step. Setting it puts a number in the place of a schedule. */
  get learningRate(): number {
    const rate = this.#rate(this.#iterations)
    if (typeof rate === 'number' && Number.isFinite(rate) && rate >= 0) return rate
    throw new ArgumentError({
      who: this.className,
      expected: 'the schedule to give a finite learning rate of at least 0',
      received: `${show(rate)} at step ${this.#iterations}`,
    })
  }

  set learningRate(value: number) {
    checkNumber(this.className, 'learningRate', value, { min: 0 })
    this.setLearningRate(value)
  }

  /**
   * Replaces the learning rate by a number or a schedule.
   * @param learningRate a number, a schedule, or a function of the number of steps taken
   * @example
   * const optimizer = train.sgd(0.1)
   * optimizer.setLearningRate(0.01)
   * console.log(optimizer.learningRate) // 0.01
   */
  setLearningRate(learningRate: LearningRate): void {
    this.#rate = rateFunction(this.className, 'learningRate', learningRate)
    this.#given = learningRate
  }

  /** The schedule that the learning rate follows; undefined where it is a number. */
  get schedule(): Schedule | ((step: number) => number) | undefined {
    return typeof this.#given === 'number' ? undefined : this.#given
  }

  /**
   * The arguments that make this optimizer again.
   * @example
   * console.log(train.sgd(0.1).getConfig()) // { learningRate: 0.1 }
   */
  getConfig(): Record<string, unknown> {
    const schedule = this.schedule
    const clip = CLIP_ARGS.flatMap((name) => (typeof this.#clip[name] === 'number' ? [[name, this.#clip[name]]] : []))
    const learningRate = isSchedule(schedule) ? scheduleConfig(schedule) : this.learningRate
    return { learningRate, ...this.ownConfig(), ...Object.fromEntries(clip) }
  }

  /** The arguments beside learning rate and clipping. */
  protected ownConfig(): Record<string, unknown> {
    return {}
  }

  /** Updates `w` and its slots by the gradient `g`. Must not allocate: other weights have changed already. */
  protected abstract update(w: Variable, g: Tensor, slots: Slots, step: StepNumbers): void
  /**
   * What a slot starts from.
   * @internal
   */
  slotStart(_name: string): number {
    return 0
  }

  /**
   * One step on all variables; those whose gradient is null, and those that are not trainable, are left as they are.
   * @param variables what is updated
   * @param grads one for each, in their order
   * @param project changes the variables once more when all are updated; where it throws, the step is taken back
   * @example
   * const w = variable([1, 2])
   * train.sgd(0.1).apply([w], [tensor([10, 0])])
   * w.print() // [0, 2]
   */
  apply(
    variables: readonly Variable[],
    grads: readonly (Tensor | null | undefined)[],
    project?: (() => void) | undefined,
  ): void {
    const learningRate = this.learningRate
    tidy(() => {
      const pairs = this.#clipped(this.#pairs(variables, grads))
      this.fillSlots?.(variables)
      const updates = pairs.map(({ variable, gradient }) => ({ variable, gradient, slots: this.slots(variable) }))
      const undo = project === undefined ? undefined : copies(updates.flatMap((u) => [u.variable, ...u.slots]))
      // Nothing is allocated from here on, unless there is an `undo`.
      this.#iterations++
      const step = { learningRate, t: this.#iterations }
      for (const { variable, gradient, slots } of updates) {
        variable.storage(WHO).changed()
        this.update(variable, gradient, slots, step)
      }
      try {
        project?.()
      } catch (error) {
        undo?.()
        this.#iterations--
        throw error
      }
    })
  }

  #pairs(variables: readonly Variable[], grads: readonly (Tensor | null | undefined)[]): Pair[] {
    return variables.flatMap((variable, i) => {
      const gradient = grads[i]
      if (gradient === null || gradient === undefined || !variable.trainable) return []
      if (sameShape(gradient.shape, variable.shape)) return [{ variable, gradient }]
      throw new ShapeError({
        who: `${this.className}, ${variable.name}`,
        expected: `a gradient of shape ${showShape(variable.shape)}`,
        received: showShape(gradient.shape),
      })
    })
  }

  #clipped(pairs: readonly Pair[]): readonly Pair[] {
    const { clipNorm, globalClipNorm, clipValue } = this.#clip
    let clipped = pairs
    const scaled = (gradient: Tensor, norm: number, limit: number): Tensor =>
      norm > limit ? mul(gradient, limit / norm) : gradient
    if (clipValue !== undefined && clipValue !== null) {
      clipped = clipped.map((pair) => ({ ...pair, gradient: clipByValue(pair.gradient, -clipValue, clipValue) }))
    }
    if (clipNorm !== undefined && clipNorm !== null) {
      clipped = clipped.map((pair) => {
        return { ...pair, gradient: scaled(pair.gradient, Math.sqrt(sumOfSquares(pair.gradient)), clipNorm) }
      })
    }
    if (globalClipNorm !== undefined && globalClipNorm !== null) {
      const norm = Math.sqrt(clipped.reduce((sum, { gradient }) => sum + sumOfSquares(gradient), 0))
      clipped = clipped.map((pair) => ({ ...pair, gradient: scaled(pair.gradient, norm, globalClipNorm) }))
    }
    return clipped
  }

  /**
   * One step by gradients under the names of their variables: as `variableGrads` returns them, worked on, or as a list
   * of { name, tensor }.
   * @param grads by name, or a list of { name, tensor }
   * @throws ArgumentError for a name that no variable has
   * @example
   * const w = variable([1, 2], true, 'weights')
   * const { grads } = variableGrads(() => w.square().sum())
   * train.sgd(0.1).applyGradients(grads)
   * w.print() // [0.8, 1.6]
   */
  applyGradients(grads: NamedGradients): void {
    const who = `${this.className}.applyGradients`
    if (typeof grads !== 'object' || grads === null) {
      throw new ArgumentError({ who, expected: 'gradients by the names of variables', received: show(grads) })
    }
    const named: (readonly [string, Tensor])[] = Array.isArray(grads)
      ? (grads as readonly NamedTensor[]).map((entry) => [entry?.name, entry?.tensor])
      : Object.entries(grads as Record<string, Tensor>)
    const variables = named.map(([name, gradient]) => {
      if (!(gradient instanceof Tensor)) {
        throw new ArgumentError({ who, expected: `a tensor for ${show(name)}`, received: show(gradient) })
      }
      return variableOf(gradient) ?? variableNamed(who, name, gradient)
    })
    this.apply(
      variables,
      named.map(([, gradient]) => gradient),
    )
  }

  /**
   * Computes f(), steps so that it becomes smaller, and returns its value where `returnCost` is set.
   * @param f returns a scalar
   * @param returnCost whether its value is returned; default false
   * @param variables default: all trainable variables that `f` reads
   * @returns the value, or null
   * @throws ArgumentError where `f` reads no trainable variable: then there is nothing to learn
   * @example
   * const w = variable([1, 2])
   * const cost = train.sgd(0.1).minimize(() => w.square().sum(), true)
   * console.log(cost.arraySync()) // 5
   */
  minimize(f: () => Tensor, returnCost = false, variables?: readonly Variable[] | null): Tensor | null {
    const who = `${this.className}.minimize`
    const given = variables ?? undefined
    const trained = given?.filter((variable) => variable?.trainable !== false)
    if (given !== undefined && trained!.length === 0) {
      const received = given.length === 0 ? 'none' : `${given.length}, none of which is trainable`
      throw new ArgumentError({ who, expected: 'at least one trainable variable', received })
    }
    const found = gradients(who, f, trained)
    try {
      if (found.grads.every((gradient) => gradient === null)) {
        found.value.dispose()
        throw new ArgumentError({
          who,
          expected: 'a function whose result depends on a trainable variable',
          received: 'one that reads none',
          hint: 'compute the result within the function, by ops on variables or by the apply() of a model or a layer; what dataSync() gave is a number without a gradient',
        })
      }
      this.apply(found.variables, found.grads)
    } finally {
      for (const gradient of found.grads) gradient?.dispose()
    }
    if (returnCost) return found.value
    found.value.dispose()
    return null
  }

  /**
   * The slots of a variable, made at its first step.
   * @internal
   */
  slots(variable: Variable): Slots {
    const there = this.#slots.get(variable)
    if (there !== undefined) return there
    const made: Tensor[] = []
    try {
      for (const name of this.slotNames) made.push(keep(fill(variable.shape, this.slotStart(name))))
    } catch (error) {
      for (const slot of made) slot.dispose()
      throw error
    }
    this.#slots.set(variable, made)
    return made
  }

  /**
   * The values of the state: the number of steps under 'iter', and the slots of all variables that have some.
   * @example
   * const optimizer = train.adam()
   * const w = variable([1, 2])
   * optimizer.minimize(() => w.square().sum())
   * console.log((await optimizer.getWeights()).map(({ name }) => name.replace(/\d+/, 'N')))
   * // [ 'iter', 'variable_N/m', 'variable_N/v' ]
   */
  async getWeights(): Promise<NamedTensor[]> {
    // Pages that keep no state never load what reads it.
    return (await import('../on-demand.ts')).optimizerWeights(this)
  }

  /**
   * Goes on from values that `getWeights` gave, of this optimizer or another of its kind. The slots are those of the
   * variables in the order in which they were first updated; where there are none yet, of those that will be.
   * @param weights what `getWeights` returned
   * @throws ArgumentError where they do not fit
   * @example
   * const [first, second] = [train.adam(), train.adam()]
   * const w = variable([1, 2])
   * first.minimize(() => w.square().sum())
   * await second.setWeights(await first.getWeights())
   * console.log(second.iterations) // 1
   */
  async setWeights(weights: readonly NamedTensor[]): Promise<void> {
    return (await import('../on-demand.ts')).setOptimizerWeights(this, weights)
  }

  /**
   * The variables that have slots, in the order in which they were first updated.
   * @internal
   */
  get variables(): Variable[] {
    return [...this.#slots.keys()]
  }

  /**
   * Frees the slots.
   * @example
   * train.adam().dispose()
   */
  dispose(): void {
    for (const slots of this.#slots.values()) for (const slot of slots) slot.dispose()
    this.#slots.clear()
  }
}

/** What an update may know of the step. */
export interface StepNumbers {
  readonly learningRate: number
  /** The number of this step, from 1. */
  readonly t: number
}

interface Pair {
  readonly variable: Variable
  readonly gradient: Tensor
}

/** In float64, in one order: the same on every engine. */
function sumOfSquares(gradient: Tensor): number {
  const values = gradient.view(WHO)
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!
  return sum
}

/** Copies outside of the WebAssembly memory, and what puts them back. */
function copies(tensors: readonly Tensor[]): () => void {
  const values = tensors.map((tensor) => tensor.view(WHO).slice())
  return () => {
    tensors.forEach((tensor, i) => {
      tensor.view(WHO).set(values[i]!)
    })
  }
}

/**
 * The arguments of a factory, given by position as in TF.js, or by name in one object: `adam(0.001, 0.9)`,
 * `adam({ learningRate: 0.001, beta1: 0.9, clipNorm: 1 })`. null stands for "not given".
 */
export function argsByName<Args extends OptimizerArgs>(
  who: string,
  names: readonly (keyof Args & string)[],
  given: readonly unknown[],
  more: readonly (keyof Args & string)[] = [],
): Args {
  const [first, ...rest] = given
  const whole = typeof first === 'object' && first !== null && !isSchedule(first)
  if (whole) {
    checkOptions(who, first, [...names, ...more, ...CLIP_ARGS, 'name'])
    if (rest.some((value) => value !== undefined)) {
      throw new ArgumentError({ who, expected: 'nothing after an object of arguments', received: show(rest) })
    }
  }
  const entries = whole ? Object.entries(first) : names.map((name, i) => [name, given[i]] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== null)) as Args
}
