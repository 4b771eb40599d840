/** Looks on while `fit` runs: measures, shows how far it has come, and ends it when Ctrl-C asks for that. */

import type { CallbackHooks, Logs } from '../callbacks/callback.ts'
import type { InterruptionWatch } from './interruption.ts'
import type { Progress } from './progress.ts'

/** What is told of an epoch. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number
  readonly loss: number
  readonly accuracy: number
  readonly valLoss: number
  readonly valAccuracy: number
  readonly steps: number
  /** From the beginning of the epoch to its last step, per step. */
  readonly msPerStep: number
  /** The whole epoch, its validation included. */
  readonly seconds: number
}

export class EpochWatch implements CallbackHooks {
  readonly #progress: Progress
  readonly #interruptions: InterruptionWatch
  readonly #onEpoch: (report: EpochReport) => void
  #begun = 0
  #trainedUntil = 0
  #samples = 0
  #loss = 0
  #correct = 0
  #trainingMs = 0
  #allSteps = 0
  #steps = 0
  /** Steps of the present epoch that this run has taken. */
  #own = 0
  #completed: number
  #last: EpochReport | undefined

  constructor(
    progress: Progress,
    interruptions: InterruptionWatch,
    completed: number,
    onEpoch: (report: EpochReport) => void,
  ) {
    this.#progress = progress
    this.#interruptions = interruptions
    this.#completed = completed
    this.#onEpoch = onEpoch
  }

  /** Steps of the present epoch, those of an earlier run included. */
  get steps(): number {
    return this.#steps
  }

  /** Epochs that are complete. */
  get completed(): number {
    return this.#completed
  }

  /** The last of them. */
  get last(): EpochReport | undefined {
    return this.#last
  }

  /** The mean over all steps of all epochs. */
  get msPerStep(): number {
    return this.#trainingMs / this.#allSteps
  }

  onEpochBegin(epoch: number): void {
    this.#begun = performance.now()
    this.#trainedUntil = this.#begun
    this.#steps = this.#own = this.#samples = this.#loss = this.#correct = 0
    this.#progress.begin(epoch)
  }

  onBatchEnd(batch: number, logs: Logs = {}): void {
    const { size = 0, loss = 0, acc = 0 } = logs
    this.#trainedUntil = performance.now()
    this.#steps = batch + 1
    this.#own++
    this.#samples += size
    this.#loss += loss * size
    this.#correct += acc * size
    const [meanLoss, accuracy] = [this.#loss / this.#samples, this.#correct / this.#samples]
    const msPerStep = (this.#trainedUntil - this.#begun) / this.#own
    this.#progress.step({ loss: meanLoss, accuracy, steps: this.#steps, msPerStep })
    this.#interruptions.check()
  }

  /** Signals are heard only when training yields. */
  onYield(): void {
    this.#interruptions.check()
  }

  onEpochEnd(epoch: number, logs: Logs = {}): void {
    const seconds = (performance.now() - this.#begun) / 1000
    const trainingMs = this.#trainedUntil - this.#begun
    const { loss = Number.NaN, acc = Number.NaN, val_loss = Number.NaN, val_acc = Number.NaN } = logs
    this.#trainingMs += trainingMs
    this.#allSteps += this.#own
    this.#progress.end()
    const msPerStep = trainingMs / this.#own
    const figures = { loss, accuracy: acc, valLoss: val_loss, valAccuracy: val_acc }
    this.#last = { epoch: epoch + 1, ...figures, steps: this.#steps, msPerStep, seconds }
    this.#onEpoch(this.#last)
    this.#completed = epoch + 1
    this.#steps = 0
  }

  /** Takes the display away when an epoch breaks off. */
  end(): void {
    this.#progress.end()
  }
}
