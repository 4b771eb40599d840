/**
 * Trains a network step by step, which a gate may stop between any two of them, and tells how it goes: the figures of
 * the steps in bunches, so that a small network does not flood the page, and now and then what it makes of images that
 * it does not learn from. On the way it keeps states to wind back to.
 */

import { type data, info, type LayersModel } from 'quadlane'
import type { Settings } from '../settings.ts'
import { breathe } from './breathe.ts'
import type { StepFigures, Validation } from './figures.ts'
import { Gate } from './gate.ts'
import { keepRun, type Run } from './keepsake.ts'
import { Order } from './order.ts'
import { probabilitiesOf, score } from './score.ts'
import { captured, type State, Timeline } from './timeline.ts'

export type TrainingEvent =
  | { readonly kind: 'steps'; readonly steps: readonly StepFigures[]; readonly memoryBytes: number }
  | { readonly kind: 'validation'; readonly validation: Validation }
  | { readonly kind: 'paused' }
  | { readonly kind: 'finished' }
  | { readonly kind: 'kept'; readonly step: number; readonly stored: boolean }
  | { readonly kind: 'failed'; readonly message: string }

export type Listener = (event: TrainingEvent) => void

/** How many of the test images are looked at while training goes on. */
export const GLANCE = 400
/** A glance waits until training has had this many times as long as the glance before took. */
const PATIENCE = 6
const BUNCH_MILLISECONDS = 100

/** What a trainer needs to see. */
export interface TrainingImages {
  readonly train: () => data.ImageDataset
  readonly glance: data.ImageDataset
}

/** What a run that goes on has behind it. */
export type Past = Pick<Run, 'goal' | 'steps' | 'validations' | 'state'>

/** Milliseconds of training after which the run is kept in the browser's database, beside when it pauses. */
const KEEP_EVERY = 20_000

export class Trainer {
  #model: LayersModel
  readonly #images: TrainingImages
  readonly #settings: Settings
  readonly #tell: Listener
  readonly #gate = new Gate()
  readonly #timeline = new Timeline()
  #order: Order | undefined
  #bunch: StepFigures[] = []
  #bunchBegan = 0
  #step: number
  #goal: number
  #nextGlance = 0
  /** Milliseconds of steps since the last state that was kept. */
  #sinceState = 0
  /** All figures so far, to be kept with the network. */
  #figures: StepFigures[]
  #validations: Validation[]
  #sinceStored = 0
  #stopped = false
  #run: Promise<void> | undefined
  #wanted: number | undefined

  constructor(model: LayersModel, images: TrainingImages, settings: Settings, tell: Listener, past?: Past) {
    this.#model = model
    this.#images = images
    this.#settings = settings
    this.#step = past?.state.step ?? 0
    this.#goal = past?.goal ?? 0
    this.#figures = [...(past?.steps ?? [])]
    this.#validations = [...(past?.validations ?? [])]
    if (past !== undefined) this.#timeline.keep(past.state)
    // Once it is stopped, another network has the listener.
    this.#tell = (event) => {
      if (!this.#stopped) tell(event)
    }
  }

  /** The network; another one after winding back. */
  get model(): LayersModel {
    return this.#model
  }

  /** Steps taken. */
  get steps(): number {
    return this.#step
  }

  /** Where the run is to end. */
  get goal(): number {
    return this.#goal
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
    this.#wanted = undefined
    this.#gate.open()
    await this.#run
  }

  /** What the network makes of some test images now. */
  glance(images = this.#images.glance): Validation {
    const began = performance.now()
    const result = score(probabilitiesOf(this.#model, images), images.labels)
    this.#nextGlance = performance.now() + PATIENCE * (performance.now() - began)
    return { step: this.#step, ...result }
  }

  /** The network with its optimizer as it is now. */
  async state(): Promise<State> {
    const { last } = this.#timeline
    if (last?.step === this.#step) return last
    return { step: this.#step, artifacts: await captured(this.#model) }
  }

  /** Keeps the present state, for `rewind` to come back to. */
  async keep(): Promise<void> {
    if ((this.#timeline.last?.step ?? -1) < this.#step) this.#timeline.keep(await this.state())
    this.#sinceState = 0
  }

  /**
   * Puts the network of another step in place of the present one: a state that was kept, and the steps from there on,
   * taken again. What comes after is kept. Undefined where a later call wants another step.
   */
  async rewind(step: number): Promise<LayersModel | undefined> {
    this.#wanted = step
    await this.keep()
    const kept = this.#timeline.before(step)
    const isAhead = this.#step <= step && (kept === undefined || kept.step <= this.#step)
    if (!isAhead) {
      if (kept === undefined) throw new Error(`There is nothing to wind back to before step ${step}.`)
      const { restored } = await import('./restoring.ts')
      const model = await restored(kept, this.#settings.seed)
      // Another call may have come in between.
      if (this.#wanted !== step) {
        model.dispose()
        return undefined
      }
      this.#model.dispose()
      this.#model = model
      this.#step = kept.step
    }
    while (this.#step < step) {
      await this.#takeStep()
      await breathe()
      if (this.#wanted !== step) return undefined
    }
    return this.#model
  }

  /** Training is to go on from here: what came after is forgotten. */
  cut(): void {
    this.#timeline.cut(this.#step)
    this.#figures.length = Math.min(this.#figures.length, this.#step)
    this.#validations = this.#validations.filter(({ step }) => step <= this.#step)
  }

  async #store(): Promise<void> {
    this.#sinceStored = 0
    const run = { settings: this.#settings, goal: this.#goal, steps: this.#figures, validations: this.#validations }
    const stored = await keepRun({ ...run, state: await this.state() })
    this.#tell({ kind: 'kept', step: this.#step, stored })
  }

  #tellValidation(): void {
    const validation = this.glance()
    this.#validations.push(validation)
    this.#tell({ kind: 'validation', validation })
  }

  get #batches(): Order {
    this.#order ??= new Order(this.#images.train().size, this.#settings.batchSize, this.#settings.seed)
    return this.#order
  }

  async #fit(): Promise<void> {
    // So that winding back for the first time does not wait for it.
    void import('./restoring.ts')
    try {
      await this.keep()
      if (this.#step >= this.#goal) this.#goal = this.#step + this.#batches.stepsPerEpoch * this.#settings.epochs
      while (this.#step < this.#goal && !this.#stopped) await this.#trainOn()
      if (this.#stopped) return
      this.#flush()
      await this.keep()
      this.#tellValidation()
      this.#tell({ kind: 'finished' })
      await this.#store()
    } catch (error) {
      this.#tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
    } finally {
      this.#run = undefined
      this.#gate.close()
    }
  }

  async #trainOn(): Promise<void> {
    const began = performance.now()
    const [loss, accuracy] = await this.#takeStep()
    const now = performance.now()
    const milliseconds = now - began
    const epoch = this.#batches.epochOf(this.#step - 1) + 1
    const figures = { step: this.#step, epoch, loss, accuracy, milliseconds }
    this.#bunch.push(figures)
    this.#figures.push(figures)
    this.#sinceStored += milliseconds
    if (this.#sinceStored > KEEP_EVERY) await this.#store()
    this.#sinceState += milliseconds
    if (this.#timeline.isDue(this.#sinceState)) await this.keep()
    if (now - this.#bunchBegan > BUNCH_MILLISECONDS) this.#flush()
    if (now > this.#nextGlance) this.#tellValidation()
    await breathe()
    if (this.#step === this.#goal) return
    const passing = this.#gate.pass()
    if (this.#gate.isClosed) await this.#pausing()
    await passing
  }

  async #takeStep(): Promise<[loss: number, accuracy: number]> {
    const train = this.#images.train()
    const indices = this.#batches.batch(this.#step)
    const pixels = train.inputShape.reduce((product, size) => product * size, 1)
    const x = new Float32Array(indices.length * pixels)
    const y = new Float32Array(indices.length * train.classes)
    train.fillInputs(indices, x)
    train.fillOneHot(indices, y)
    const [loss = Number.NaN, accuracy = Number.NaN] = [await this.#model.trainOnBatch(x, y)].flat()
    this.#step++
    return [loss, accuracy]
  }

  async #pausing(): Promise<void> {
    this.#flush()
    await this.keep()
    this.#tellValidation()
    this.#tell({ kind: 'paused' })
    await this.#store()
  }

  #flush(): void {
    this.#bunchBegan = performance.now()
    if (this.#bunch.length === 0) return
    this.#tell({ kind: 'steps', steps: this.#bunch, memoryBytes: info().memoryBytes })
    this.#bunch = []
  }
}

/** Trains a network for a number of steps, without telling more than how far it is; `progress` may end it by throwing. */
export async function trainFor(
  model: LayersModel,
  train: data.ImageDataset,
  batchSize: number,
  steps: number,
  progress: (step: number) => void,
): Promise<void> {
  let done = 0
  await model.fit(train, {
    batchSize,
    epochs: Math.ceil(steps / Math.ceil(train.size / batchSize)),
    yieldEvery: 'batch',
    callbacks: {
      onBatchEnd: () => {
        progress(++done)
        if (done === steps) model.stopTraining = true
      },
    },
  })
}
