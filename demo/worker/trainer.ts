/**
 * Trains a network by `fit`, which a gate may stop between any two steps, and tells how it goes: the figures of the
 * steps in bunches, so that a small network does not flood the page, and now and then what it makes of images that it
 * does not learn from.
 */

import { type data, info, type Logs, type Sequential } from 'quadlane'
import type { Settings } from '../settings.ts'
import { Gate } from './gate.ts'
import { probabilitiesOf, type Score, score } from './score.ts'

export interface StepFigures {
  /** From 1. */
  readonly step: number
  /** From 1. */
  readonly epoch: number
  readonly loss: number
  readonly accuracy: number
  readonly milliseconds: number
}

export interface Validation extends Score {
  /** The step after which it was made; 0 before the first. */
  readonly step: number
}

export type TrainingEvent =
  | { readonly kind: 'steps'; readonly steps: readonly StepFigures[]; readonly memoryBytes: number }
  | { readonly kind: 'validation'; readonly validation: Validation }
  | { readonly kind: 'paused' }
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly message: string }

export type Listener = (event: TrainingEvent) => void

/** How many of the test images are looked at while training goes on. */
export const GLANCE = 400
/** A glance waits until training has had this many times as long as the glance before took. */
const PATIENCE = 6
const BUNCH_MILLISECONDS = 60

/** What a trainer needs to see. */
export interface TrainingImages {
  readonly train: () => data.ImageDataset
  readonly glance: data.ImageDataset
}

export class Trainer {
  readonly #model: Sequential
  readonly #images: TrainingImages
  readonly #settings: Settings
  readonly #tell: Listener
  readonly #gate = new Gate()
  #bunch: StepFigures[] = []
  #bunchBegan = 0
  #step = 0
  #epochs = 0
  #stepBegan = 0
  #nextGlance = 0
  #stopped = false
  #run: Promise<void> | undefined

  constructor(model: Sequential, images: TrainingImages, settings: Settings, tell: Listener) {
    this.#model = model
    this.#images = images
    this.#settings = settings
    // Once it is stopped, another network has the listener.
    this.#tell = (event) => {
      if (!this.#stopped) tell(event)
    }
  }

  /** Steps taken. */
  get steps(): number {
    return this.#step
  }

  /** Goes on until all epochs are done. */
  train(): void {
    this.#gate.open()
    this.#run ??= this.#fit()
  }

  /** Takes a single step. */
  step(): void {
    this.#gate.allow(1)
    this.#run ??= this.#fit()
  }

  /** Stops before the next step. */
  pause(): void {
    this.#gate.close()
  }

  /** Ends training for good. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#run === undefined) return
    this.#model.stopTraining = true
    this.#gate.open()
    await this.#run
  }

  /** What the network makes of some test images now. */
  glance(): Validation {
    const { glance } = this.#images
    const began = performance.now()
    const result = score(probabilitiesOf(this.#model, glance), glance.labels)
    this.#nextGlance = performance.now() + PATIENCE * (performance.now() - began)
    return { step: this.#step, ...result }
  }

  async #fit(): Promise<void> {
    const { batchSize, epochs } = this.#settings
    const initialEpoch = this.#epochs
    try {
      await this.#model.fit(this.#images.train(), {
        batchSize,
        initialEpoch,
        epochs: initialEpoch + epochs,
        yieldEvery: 'batch',
        callbacks: {
          onBatchBegin: () => {
            this.#stepBegan = performance.now()
          },
          onBatchEnd: (_batch, logs) => this.#stepDone(logs ?? {}),
          onEpochEnd: () => {
            this.#epochs++
          },
        },
      })
      this.#flush()
      this.#tell({ kind: 'validation', validation: this.glance() })
      this.#tell({ kind: 'finished' })
    } catch (error) {
      this.#tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
    } finally {
      this.#run = undefined
    }
  }

  async #stepDone(logs: Logs): Promise<void> {
    const now = performance.now()
    this.#step++
    this.#bunch.push({
      step: this.#step,
      epoch: this.#epochs + 1,
      loss: logs.loss ?? Number.NaN,
      accuracy: logs.acc ?? Number.NaN,
      milliseconds: now - this.#stepBegan,
    })
    if (now - this.#bunchBegan > BUNCH_MILLISECONDS) this.#flush()
    if (now > this.#nextGlance) this.#tell({ kind: 'validation', validation: this.glance() })
    const passing = this.#gate.pass()
    if (this.#gate.isClosed) this.#pausing()
    await passing
  }

  #pausing(): void {
    this.#flush()
    this.#tell({ kind: 'validation', validation: this.glance() })
    this.#tell({ kind: 'paused' })
  }

  #flush(): void {
    this.#bunchBegan = performance.now()
    if (this.#bunch.length === 0) return
    this.#tell({ kind: 'steps', steps: this.#bunch, memoryBytes: info().memoryBytes })
    this.#bunch = []
  }
}

/** Trains a network for a number of steps, an epoch where that is 0, without telling more than how far it is. */
export async function trainFor(
  model: Sequential,
  train: data.ImageDataset,
  batchSize: number,
  steps: number,
  progress: (share: number) => void,
): Promise<void> {
  const stepsPerEpoch = Math.ceil(train.size / batchSize)
  const wanted = steps === 0 ? stepsPerEpoch : steps
  let done = 0
  await model.fit(train, {
    batchSize,
    epochs: Math.ceil(wanted / stepsPerEpoch),
    yieldEvery: 'batch',
    callbacks: {
      onBatchEnd: () => {
        progress(++done / wanted)
        if (done === wanted) model.stopTraining = true
      },
    },
  })
}
