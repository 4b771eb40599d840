/** Stopping when a figure no longer gets better. */

import { ArgumentError, checkInteger, checkNumber, checkOptions, show } from '../errors.ts'
import { Callback, type Logs } from './callback.ts'
import { Monitor, type MonitorArgs } from './monitor.ts'

/** What `callbacks.earlyStopping` takes. */
export interface EarlyStoppingArgs extends MonitorArgs {
  /** Epochs without a better figure before training stops. Default 0. */
  readonly patience?: number | null
  /** Stop unless the figure is better than this. */
  readonly baseline?: number | null
  /** End with the weights of the best epoch. Default false. */
  readonly restoreBestWeights?: boolean | null
  /** 1 says when it stops. Default 0. */
  readonly verbose?: number | null
}

interface State {
  readonly best: number | null
  readonly wait: number
  readonly weights: readonly Float32Array[] | null
}

/** Stops when a figure no longer gets better. */
export class EarlyStopping extends Callback {
  readonly #monitor: Monitor
  readonly #patience: number
  readonly #baseline: number | undefined
  readonly #restores: boolean
  readonly #verbose: number
  #wait = 0
  #bestWeights: readonly Float32Array[] | undefined
  /** The epoch at which it stopped, if it did. */
  stoppedEpoch: number | undefined

  constructor(given?: EarlyStoppingArgs | null) {
    super()
    const who = 'callbacks.earlyStopping'
    const args = given ?? {}
    checkOptions(who, args, ['monitor', 'minDelta', 'patience', 'mode', 'baseline', 'restoreBestWeights', 'verbose'])
    this.#monitor = new Monitor(who, args)
    this.#patience = args.patience ?? 0
    this.#baseline = args.baseline ?? undefined
    this.#restores = args.restoreBestWeights ?? false
    this.#verbose = args.verbose ?? 0
    checkInteger(who, 'patience', this.#patience)
    if (this.#baseline !== undefined) checkNumber(who, 'baseline', this.#baseline)
    if (typeof this.#restores !== 'boolean') {
      const received = show(this.#restores)
      throw new ArgumentError({ who, expected: 'restoreBestWeights to be true or false', received })
    }
  }

  override getState(): State {
    const { best } = this.#monitor
    return { best: Number.isFinite(best) ? best : null, wait: this.#wait, weights: this.#bestWeights ?? null }
  }

  override setState(state: State): void {
    if (state.best !== null) this.#monitor.best = state.best
    this.#wait = state.wait
    this.#bestWeights = state.weights ?? undefined
  }

  override onTrainBegin(): void {
    this.#wait = 0
    this.stoppedEpoch = undefined
    this.#bestWeights = undefined
    this.#monitor.reset(this.#baseline)
  }

  override onEpochEnd(epoch: number, logs: Logs = {}): void {
    if (this.#monitor.improves(logs)) {
      this.#wait = 0
      if (this.#restores) this.#bestWeights = this.model?.snapshot()
      return
    }
    this.#wait++
    if (this.#wait < this.#patience || this.model === undefined) return
    this.stoppedEpoch = epoch
    this.model.stopTraining = true
  }

  override onTrainEnd(): void {
    if (this.stoppedEpoch !== undefined && this.#verbose > 0)
      console.log(`Epoch ${this.stoppedEpoch + 1}: early stopping.`)
    if (this.#bestWeights !== undefined) this.model?.restore(this.#bestWeights)
  }
}

/**
 * Stops training when a figure no longer gets better.
 * @param args `monitor`, default 'val_loss', `patience`, `minDelta`, `mode`, `baseline`, `restoreBestWeights`,
 *   `verbose`
 * @example
 * const stop = callbacks.earlyStopping({ monitor: 'val_loss', patience: 3, restoreBestWeights: true })
 */
export function earlyStopping(args?: EarlyStoppingArgs | null): EarlyStopping {
  return new EarlyStopping(args)
}
