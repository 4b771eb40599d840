/** What may look on while a model trains, and stop it. */

import { ArgumentError, checkOptions, show } from '../errors.ts'
import type { JsonObject } from '../json.ts'

/** Figures of a batch or an epoch: loss, acc, val_loss, …; a batch's logs also have `batch` and `size`. */
export type Logs = Record<string, number>

/** What callbacks see of the model. */
export interface TrainedModel {
  stopTraining: boolean
  readonly optimizer: { learningRate: number; readonly iterations: number } | undefined
  /** Copies of the weights' values. */
  snapshot(): Float32Array[]
  restore(snapshot: readonly Float32Array[]): void
  /** Saves the model; a checkpoint has all that the run needs to go on. */
  save(target: never, args?: { readonly checkpoint?: boolean; readonly metadata?: JsonObject }): Promise<unknown>
}

/** The hooks; each may be async. */
export interface CallbackHooks {
  /**
   * Before the first epoch.
   * @param logs the figures so far
   */
  onTrainBegin?(logs?: Logs): void | Promise<void>
  /**
   * After the last epoch.
   * @param logs the figures so far
   */
  onTrainEnd?(logs?: Logs): void | Promise<void>
  /**
   * Before an epoch.
   * @param epoch counted from 0
   * @param logs the figures so far
   */
  onEpochBegin?(epoch: number, logs?: Logs): void | Promise<void>
  /**
   * After an epoch, with its figures: loss, acc, val_loss, …
   * @param epoch counted from 0
   * @param logs the figures so far
   */
  onEpochEnd?(epoch: number, logs?: Logs): void | Promise<void>
  /**
   * Before a batch.
   * @param batch counted from 0, anew in each epoch
   * @param logs the figures so far
   */
  onBatchBegin?(batch: number, logs?: Logs): void | Promise<void>
  /**
   * After a batch, with its figures.
   * @param batch counted from 0, anew in each epoch
   * @param logs the figures so far
   */
  onBatchEnd?(batch: number, logs?: Logs): void | Promise<void>
  /**
   * Called when training lets others run, with the epoch, the batch and its logs.
   * @param epoch counted from 0
   * @param batch counted from 0, anew in each epoch
   * @param logs the figures so far
   */
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

  /**
   * Called by `fit` before it begins.
   * @param model what is trained
   */
  setModel(model: TrainedModel): void {
    this.model = model
  }

  /**
   * Called by `fit` before it begins.
   * @param params epochs, batchSize, samples, …
   */
  setParams(params: Logs): void {
    this.params = params
  }

  /** What it must remember for a run to go on from a checkpoint: plain data, with Float32Array for many numbers. */
  getState(): unknown {
    return null
  }

  /** Goes on from what `getState` returned; called after `onTrainBegin`. */
  setState(_state: unknown): void {}

  /** Before the first epoch. */
  onTrainBegin(_logs?: Logs): void | Promise<void> {}
  /** After the last epoch. */
  onTrainEnd(_logs?: Logs): void | Promise<void> {}
  /** Before an epoch. */
  onEpochBegin(_epoch: number, _logs?: Logs): void | Promise<void> {}
  /** After an epoch, with its figures: loss, acc, val_loss, … */
  onEpochEnd(_epoch: number, _logs?: Logs): void | Promise<void> {}
  /** Before a batch. */
  onBatchBegin(_batch: number, _logs?: Logs): void | Promise<void> {}
  /** After a batch, with its figures. */
  onBatchEnd(_batch: number, _logs?: Logs): void | Promise<void> {}
}

/** A callback of hooks that are given as an object, as in TF.js. */
export class CustomCallback extends Callback {
  /**
   * A callback of an object with hooks.
   * @param hooks any of them
   */
  constructor(hooks: CallbackHooks) {
    super()
    checkHooks('CustomCallback', hooks)
    for (const name of HOOKS)
      if (typeof hooks[name] === 'function') Object.assign(this, { [name]: hooks[name].bind(hooks) })
  }
}

/** What `fit` resolves to: the figures of each epoch. */
export class History extends Callback {
  /** The epochs that ran. */
  readonly epoch: number[] = []
  /** Under 'loss', 'val_loss', 'acc', … one figure per epoch. */
  readonly history: Record<string, number[]> = {}

  /**
   * Notes the figures of an epoch.
   * @param epoch counted from 0
   * @param logs the figures so far
   */
  override onEpochEnd(epoch: number, logs: Logs = {}): void {
    this.epoch.push(epoch)
    for (const [key, value] of Object.entries(logs)) {
      if (!Object.hasOwn(this.history, key)) this.history[key] = []
      this.history[key]!.push(value)
    }
  }
}

function checkHooks(who: string, callback: unknown): void {
  if (typeof callback !== 'object' || callback === null) {
    throw new ArgumentError({ who, expected: 'callbacks to be objects with hooks', received: show(callback) })
  }
  const names = hookLike(callback)
  checkOptions(`${who}, callbacks`, Object.fromEntries(names.map((name) => [name, true])), HOOKS)
  if (names.length > 0 || !isPlain(callback)) return
  throw new ArgumentError({ who, expected: `callbacks with hooks (${HOOKS.join(', ')})`, received: show(callback) })
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The names of what is meant as a hook: functions of a plain object, and whatever is called on… */
function hookLike(callback: object): string[] {
  const own = Object.entries(callback)
  const meant = own.filter(([name, value]) => {
    return (isPlain(callback) && typeof value === 'function') || /^on_?[a-z]/i.test(name)
  })
  const names = meant.map(([name]) => name)
  if (isPlain(callback)) return names
  for (let at: unknown = callback; typeof at === 'object' && at !== null && at !== Object.prototype; ) {
    if (at === Callback.prototype) break
    names.push(...Object.getOwnPropertyNames(at).filter((name) => /^on[A-Z]/.test(name)))
    at = Object.getPrototypeOf(at)
  }
  return [...new Set(names)]
}

/** Callbacks in a row; each hook waits for one after the other. */
export class CallbackList {
  readonly #callbacks: readonly CallbackHooks[]

  /** @param last those that look at what the others have come to */
  constructor(
    who: string,
    given: CallbackHooks | readonly CallbackHooks[] | null | undefined,
    first: readonly CallbackHooks[] = [],
  ) {
    const list: readonly CallbackHooks[] =
      given === undefined || given === null ? [] : Array.isArray(given) ? given : [given as CallbackHooks]
    for (const callback of list) checkHooks(who, callback)
    const late = list.filter(isLate)
    this.#callbacks = [...first, ...list.filter((callback) => !isLate(callback)), ...late]
  }

  begin(model: TrainedModel, params: Logs): void {
    for (const callback of this.#callbacks) {
      if (!(callback instanceof Callback)) continue
      callback.setModel(model)
      callback.setParams(params)
    }
  }

  get state(): unknown[] {
    return this.#callbacks.map((callback) => (callback instanceof Callback ? callback.getState() : null))
  }

  restore(states: readonly unknown[]): void {
    this.#callbacks.forEach((callback, i) => {
      if (callback instanceof Callback && states[i] !== null && states[i] !== undefined) callback.setState(states[i])
    })
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

/** A callback that looks at what all others have come to: one that saves them. */
export interface LateCallback {
  readonly isLate: true
}

function isLate(callback: CallbackHooks): boolean {
  return 'isLate' in callback && callback.isLate === true
}
