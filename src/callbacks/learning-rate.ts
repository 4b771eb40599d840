/** Callbacks that set the learning rate. */

import { ArgumentError, checkInteger, checkNumber, checkOptions, show } from '../errors.ts'
import { Callback, type Logs } from './callback.ts'
import { Monitor, type MonitorArgs } from './monitor.ts'

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

/** What `callbacks.reduceLROnPlateau` takes. */
export interface ReduceLROnPlateauArgs extends MonitorArgs {
  /** What the rate is multiplied by. Default 0.1. */
  readonly factor?: number | null
  /** Epochs without a better figure before the rate falls. Default 10. */
  readonly patience?: number | null
  /** Epochs after a fall that are not counted. Default 0. */
  readonly cooldown?: number | null
  /** The rate does not fall below it. Default 0. */
  readonly minLr?: number | null
}

/** Lowers the learning rate when a figure no longer gets better. */
export class ReduceLROnPlateau extends Callback {
  readonly #monitor: Monitor
  readonly #factor: number
  readonly #patience: number
  readonly #cooldown: number
  readonly #least: number
  #wait = 0
  #cooling = 0

  constructor(given?: ReduceLROnPlateauArgs | null) {
    super()
    const who = 'callbacks.reduceLROnPlateau'
    const args = given ?? {}
    checkOptions(who, args, ['monitor', 'minDelta', 'mode', 'factor', 'patience', 'cooldown', 'minLr'])
    this.#monitor = new Monitor(who, { ...args, minDelta: args.minDelta ?? 1e-4 })
    this.#factor = args.factor ?? 0.1
    this.#patience = args.patience ?? 10
    this.#cooldown = args.cooldown ?? 0
    this.#least = args.minLr ?? 0
    checkNumber(who, 'factor', this.#factor, { min: 0, below: 1 })
    checkInteger(who, 'patience', this.#patience)
    checkInteger(who, 'cooldown', this.#cooldown)
    checkNumber(who, 'minLr', this.#least, { min: 0 })
  }

  override getState(): unknown {
    const { best } = this.#monitor
    return { best: Number.isFinite(best) ? best : null, wait: this.#wait, cooling: this.#cooling }
  }

  override setState(state: { best: number | null; wait: number; cooling: number }): void {
    if (state.best !== null) this.#monitor.best = state.best
    this.#wait = state.wait
    this.#cooling = state.cooling
  }

  override onTrainBegin(): void {
    this.#monitor.reset()
    this.#wait = this.#cooling = 0
  }

  override onEpochEnd(_epoch: number, logs: Logs = {}): void {
    if (this.#cooling > 0) {
      this.#cooling--
      this.#wait = 0
    }
    if (this.#monitor.improves(logs)) this.#wait = 0
    else if (this.#cooling === 0 && ++this.#wait >= this.#patience) this.#fall()
  }

  #fall(): void {
    const optimizer = this.model?.optimizer
    if (optimizer === undefined || optimizer.learningRate <= this.#least) return
    optimizer.learningRate = Math.max(optimizer.learningRate * this.#factor, this.#least)
    this.#cooling = this.#cooldown
    this.#wait = 0
  }
}

/**
 * Sets the learning rate of each epoch.
 * @param schedule the rate of an epoch, from its number and the present rate
 * @example
 * const halve = callbacks.learningRateScheduler((epoch, rate) => (epoch > 0 && epoch % 10 === 0 ? rate / 2 : rate))
 */
export function learningRateScheduler(
  schedule: (epoch: number, learningRate: number) => number,
): LearningRateScheduler {
  return new LearningRateScheduler(schedule)
}

/**
 * Lowers the learning rate when a figure no longer gets better.
 * @param args `monitor`, default 'val_loss', `factor`, `patience`, `cooldown`, `minLr`, `minDelta`, `mode`
 * @example
 * const lower = callbacks.reduceLROnPlateau({ monitor: 'val_loss', factor: 0.5, patience: 2 })
 */
export function reduceLROnPlateau(args?: ReduceLROnPlateauArgs | null): ReduceLROnPlateau {
  return new ReduceLROnPlateau(args)
}
