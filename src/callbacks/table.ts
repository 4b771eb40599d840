/** What may look on while a model trains, and stop it. */

import { ArgumentError, checkInteger, checkNumber, checkOneOf, checkOptions, show } from '../errors.ts'

/** Figures of a batch or an epoch: loss, acc, val_loss, …; a batch's logs also have `batch` and `size`. */
export type Logs = Record<string, number>

/** What callbacks see of the model. */
export interface TrainedModel {
  stopTraining: boolean
  readonly optimizer: { learningRate: number } | undefined
  /** Copies of the weights' values. */
  snapshot(): Float32Array[]
  restore(snapshot: readonly Float32Array[]): void
}

/** The hooks; each may be async. */
export interface CallbackHooks {
  onTrainBegin?(logs?: Logs): void | Promise<void>
  onTrainEnd?(logs?: Logs): void | Promise<void>
  onEpochBegin?(epoch: number, logs?: Logs): void | Promise<void>
  onEpochEnd?(epoch: number, logs?: Logs): void | Promise<void>
  onBatchBegin?(batch: number, logs?: Logs): void | Promise<void>
  onBatchEnd?(batch: number, logs?: Logs): void | Promise<void>
  /** Called when training lets others run, with the epoch, the batch and its logs. */
  onYield?(epoch: number, batch: number, logs: Logs): void | Promise<void>
}

const HOOKS = [
  'onTrainBegin',
  'onTrainEnd',
  'onEpochBegin',
  'onEpochEnd',
  'onBatchBegin',
  'onBatchEnd',
  'onYield',
] as const satisfies readonly (keyof CallbackHooks)[]

/** A callback that needs the model: `fit` calls `setModel` and `setParams` before it begins. */
export abstract class Callback implements CallbackHooks {
  protected model: TrainedModel | undefined
  protected params: Logs = {}

  setModel(model: TrainedModel): void {
    this.model = model
  }

  setParams(params: Logs): void {
    this.params = params
  }

  onTrainBegin(_logs?: Logs): void | Promise<void> {}
  onTrainEnd(_logs?: Logs): void | Promise<void> {}
  onEpochBegin(_epoch: number, _logs?: Logs): void | Promise<void> {}
  onEpochEnd(_epoch: number, _logs?: Logs): void | Promise<void> {}
  onBatchBegin(_batch: number, _logs?: Logs): void | Promise<void> {}
  onBatchEnd(_batch: number, _logs?: Logs): void | Promise<void> {}
}

/** What `fit` resolves to: the figures of each epoch. */
export class History extends Callback {
  /** The epochs that ran. */
  readonly epoch: number[] = []
  /** Under 'loss', 'val_loss', 'acc', … one figure per epoch. */
  readonly history: Record<string, number[]> = {}

  override onEpochEnd(epoch: number, logs: Logs = {}): void {
    this.epoch.push(epoch)
    for (const [key, value] of Object.entries(logs)) {
      this.history[key] ??= []
      this.history[key].push(value)
    }
  }
}

export interface EarlyStoppingArgs {
  /** The figure to watch. Default 'val_loss'. */
  readonly monitor?: string
  /** A smaller change is none. Default 0. */
  readonly minDelta?: number
  /** Epochs without a better figure before training stops. Default 0. */
  readonly patience?: number
  /** Whether less or more is better; 'auto' takes more for accuracies. Default 'auto'. */
  readonly mode?: 'auto' | 'min' | 'max'
  /** Stop unless the figure is better than this. */
  readonly baseline?: number
  /** End with the weights of the best epoch. Default false. */
  readonly restoreBestWeights?: boolean
}

/** Stops when a figure no longer gets better. */
export class EarlyStopping extends Callback {
  readonly #args: Required<Omit<EarlyStoppingArgs, 'baseline'>> & { readonly baseline: number | undefined }
  readonly #sign: number
  #best = Number.POSITIVE_INFINITY
  #wait = 0
  #bestWeights: Float32Array[] | undefined
  /** The epoch at which it stopped, if it did. */
  stoppedEpoch: number | undefined

  constructor(args: EarlyStoppingArgs = {}) {
    super()
    const who = 'callbacks.earlyStopping'
    checkOptions(who, args, ['monitor', 'minDelta', 'patience', 'mode', 'baseline', 'restoreBestWeights'])
    const { monitor = 'val_loss', minDelta = 0, patience = 0, mode = 'auto', baseline } = args
    checkNumber(who, 'minDelta', minDelta)
    checkInteger(who, 'patience', patience)
    checkOneOf(who, 'mode', mode, ['auto', 'min', 'max'])
    const { restoreBestWeights = false } = args
    this.#args = { monitor, minDelta: Math.abs(minDelta), patience, mode, baseline, restoreBestWeights }
    this.#sign = mode === 'max' || (mode === 'auto' && monitor.includes('acc')) ? -1 : 1
  }

  override onTrainBegin(): void {
    this.#wait = 0
    this.stoppedEpoch = undefined
    this.#bestWeights = undefined
    const { baseline } = this.#args
    this.#best = baseline === undefined ? Number.POSITIVE_INFINITY : baseline * this.#sign
  }

  override onEpochEnd(epoch: number, logs: Logs = {}): void {
    const { monitor, minDelta, patience, restoreBestWeights } = this.#args
    const figure = logs[monitor]
    if (figure === undefined) {
      throw new ArgumentError({
        who: 'callbacks.earlyStopping',
        expected: `monitor to be one of ${Object.keys(logs).join(', ')}`,
        received: show(monitor),
        hint: monitor.startsWith('val_') ? 'give fit validationData or validationSplit' : undefined,
      })
    }
    if (figure * this.#sign < this.#best - minDelta) {
      this.#best = figure * this.#sign
      this.#wait = 0
      if (restoreBestWeights) this.#bestWeights = this.model?.snapshot()
      return
    }
    this.#wait++
    if (this.#wait < patience || this.model === undefined) return
    this.stoppedEpoch = epoch
    this.model.stopTraining = true
  }

  override onTrainEnd(): void {
    if (this.#bestWeights !== undefined) this.model?.restore(this.#bestWeights)
  }
}

/** Sets the learning rate of each epoch: schedule(epoch, present rate). */
export class LearningRateScheduler extends Callback {
  readonly #schedule: (epoch: number, learningRate: number) => number

  constructor(schedule: (epoch: number, learningRate: number) => number) {
    super()
    if (typeof schedule !== 'function') {
      const who = 'callbacks.learningRateScheduler'
      throw new ArgumentError({ who, expected: 'a function of epoch and learning rate', received: show(schedule) })
    }
    this.#schedule = schedule
  }

  override onEpochBegin(epoch: number): void {
    const optimizer = this.model?.optimizer
    if (optimizer !== undefined) optimizer.learningRate = this.#schedule(epoch, optimizer.learningRate)
  }
}

/** Stops training when a figure no longer gets better. */
export function earlyStopping(args?: EarlyStoppingArgs): EarlyStopping {
  return new EarlyStopping(args)
}

/** Sets the learning rate of each epoch. */
export function learningRateScheduler(
  schedule: (epoch: number, learningRate: number) => number,
): LearningRateScheduler {
  return new LearningRateScheduler(schedule)
}

/** Callbacks in a row; each hook waits for one after the other. */
export class CallbackList {
  readonly #callbacks: readonly CallbackHooks[]

  constructor(who: string, given: CallbackHooks | readonly CallbackHooks[] | undefined, own: readonly CallbackHooks[]) {
    const list = given === undefined ? [] : Array.isArray(given) ? given : [given as CallbackHooks]
    for (const callback of list) {
      if (typeof callback !== 'object' || callback === null) {
        throw new ArgumentError({ who, expected: 'callbacks to be objects with hooks', received: show(callback) })
      }
      const named = Object.keys(callback).filter((key) => /^on[A-Z]/.test(key))
      checkOptions(`${who}, callbacks`, Object.fromEntries(named.map((key) => [key, true])), HOOKS)
    }
    this.#callbacks = [...list, ...own]
  }

  begin(model: TrainedModel, params: Logs): void {
    for (const callback of this.#callbacks) {
      if (!(callback instanceof Callback)) continue
      callback.setModel(model)
      callback.setParams(params)
    }
  }

  async trainBegin(): Promise<void> {
    for (const callback of this.#callbacks) await callback.onTrainBegin?.()
  }

  async trainEnd(): Promise<void> {
    for (const callback of this.#callbacks) await callback.onTrainEnd?.()
  }

  async epochBegin(epoch: number): Promise<void> {
    for (const callback of this.#callbacks) await callback.onEpochBegin?.(epoch)
  }

  async epochEnd(epoch: number, logs: Logs): Promise<void> {
    for (const callback of this.#callbacks) await callback.onEpochEnd?.(epoch, logs)
  }

  async batchBegin(batch: number, logs: Logs): Promise<void> {
    for (const callback of this.#callbacks) await callback.onBatchBegin?.(batch, logs)
  }

  async batchEnd(batch: number, logs: Logs): Promise<void> {
    for (const callback of this.#callbacks) await callback.onBatchEnd?.(batch, logs)
  }

  async yielded(epoch: number, batch: number, logs: Logs): Promise<void> {
    for (const callback of this.#callbacks) await callback.onYield?.(epoch, batch, logs)
  }
}
