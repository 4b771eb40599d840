/** Saving while training: a checkpoint from which `fit({ resume })` goes on as if nothing had happened. */

import { ArgumentError, checkInteger, checkNumber, checkOneOf, checkOptions, show } from '../errors.ts'
import type { JsonObject } from '../json.ts'
import { Callback, type LateCallback, type Logs } from './callback.ts'
import { Monitor, type MonitorArgs } from './monitor.ts'

/** What `callbacks.modelCheckpoint` takes. */
export interface ModelCheckpointArgs extends MonitorArgs {
  /**
   * Where to save: what `model.save` takes. `{epoch}` and the names of figures, `{val_loss}`, are filled in, so that
   * each epoch has a place of its own; without them each checkpoint takes the place of the one before.
   */
  readonly filepath: string | object
  /** 'epoch', or a number of steps. Default 'epoch'. */
  readonly saveFreq?: 'epoch' | number | null
  /** Also whenever so many seconds have passed since the last one. */
  readonly saveSeconds?: number | null
  /** Plain data that each file keeps beside the model. */
  readonly metadata?: JsonObject | null
  /** Whether only an epoch whose figure is the best so far is saved. Default false. */
  readonly saveBestOnly?: boolean | null
}

/** Saves the model with all that its training needs to go on. */
export class ModelCheckpoint extends Callback implements LateCallback {
  readonly isLate = true
  readonly #target: string | object
  readonly #every: 'epoch' | number
  readonly #seconds: number
  readonly #metadata: JsonObject | undefined
  readonly #monitor: Monitor | undefined
  #steps = 0
  #epoch = 0
  #last = 0

  constructor(args: ModelCheckpointArgs) {
    super()
    const who = 'callbacks.modelCheckpoint'
    const names = ['filepath', 'saveFreq', 'saveSeconds', 'saveBestOnly', 'metadata', 'monitor', 'minDelta', 'mode']
    checkOptions(who, args, names)
    const { filepath } = args
    if (typeof filepath !== 'string' && (typeof filepath !== 'object' || filepath === null)) {
      throw new ArgumentError({ who, expected: 'filepath to be what model.save takes', received: show(filepath) })
    }
    this.#target = filepath
    this.#metadata = args.metadata ?? undefined
    this.#every = args.saveFreq ?? 'epoch'
    this.#seconds = args.saveSeconds ?? Number.POSITIVE_INFINITY
    if (typeof this.#every === 'number') checkInteger(who, 'saveFreq', this.#every, 1)
    else checkOneOf(who, 'saveFreq', this.#every, ['epoch'])
    if (args.saveSeconds !== undefined && args.saveSeconds !== null) {
      checkNumber(who, 'saveSeconds', args.saveSeconds, { min: 0 })
    }
    this.#monitor = args.saveBestOnly ? new Monitor(who, args) : undefined
    if (this.#monitor === undefined || (this.#every === 'epoch' && this.#seconds === Number.POSITIVE_INFINITY)) return
    const received = 'saveFreq or saveSeconds beside it'
    throw new ArgumentError({ who, expected: 'saveBestOnly to look at epochs', received })
  }

  override getState(): unknown {
    const best = this.#monitor?.best ?? Number.POSITIVE_INFINITY
    return { best: Number.isFinite(best) ? best : null, steps: this.#steps }
  }

  override setState(state: { best: number | null; steps: number }): void {
    if (state.best !== null && this.#monitor !== undefined) this.#monitor.best = state.best
    this.#steps = state.steps
  }

  override onTrainBegin(): void {
    this.#steps = 0
    this.#last = performance.now()
    this.#monitor?.reset()
  }

  override onEpochBegin(epoch: number): void {
    this.#epoch = epoch
  }

  override async onBatchEnd(_batch: number, logs: Logs = {}): Promise<void> {
    this.#steps++
    const due = typeof this.#every === 'number' && this.#steps % this.#every === 0
    if (due || performance.now() - this.#last >= 1000 * this.#seconds) await this.#save(logs)
  }

  override async onEpochEnd(_epoch: number, logs: Logs = {}): Promise<void> {
    if (this.#every !== 'epoch' || this.#monitor?.improves(logs) === false) return
    await this.#save(logs)
  }

  async #save(logs: Logs): Promise<void> {
    const fields: Logs = { ...logs, epoch: this.#epoch + 1 }
    const target =
      typeof this.#target === 'string'
        ? this.#target.replace(/\{(\w+)\}/g, (all, name: string) =>
            Object.hasOwn(fields, name) ? filled(name, fields[name]!) : all,
          )
        : this.#target
    const metadata = this.#metadata === undefined ? {} : { metadata: this.#metadata }
    await this.model?.save(target as never, { checkpoint: true, ...metadata })
    this.#last = performance.now()
  }
}

function filled(name: string, value: number): string {
  return name === 'epoch' || name === 'batch' ? String(value) : value.toFixed(4)
}

/**
 * Saves checkpoints; see `fit({ resume })`.
 * @param args `filepath`, `saveFreq`, `saveSeconds`, `saveBestOnly`, `metadata`, and `monitor` with `mode`
 * @example
 * const model = zoo.lenet5({ seed: 1 })
 * model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
 * const keep = callbacks.modelCheckpoint({ filepath: 'file://run/{epoch}' })
 * await model.fit(data.syntheticDigits({ count: 64 }), { epochs: 1, callbacks: keep, verbose: 0 })
 */
export function modelCheckpoint(args: ModelCheckpointArgs): ModelCheckpoint {
  return new ModelCheckpoint(args)
}
