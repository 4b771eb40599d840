/** What the page may ask of the worker: it holds the runtime, the images, the network and its trainer. */

import { transfer } from 'comlink'
import { info, init, type LayersModel, type RuntimeInfo, shutdown } from 'quadlane'
import type { Settings } from '../settings.ts'
import { type ColourStep, type ConvolutionTask, colourStep, convolve, type PoolingTask, pool } from './arithmetic.ts'
import { Datasets, type MnistSource } from './datasets.ts'
import { type Examination, examine, type JobKind, type Progress } from './examiner.ts'
import { type Explanation, explain } from './explainer.ts'
import type { Validation } from './figures.ts'
import { trainingFlops } from './flops.ts'
import type { Guest, GuestAbout } from './guest.ts'
import type { ImageShape } from './image-models.ts'
import { type Focus, type Inspection, inspect } from './inspector.ts'
import { lastRun, type Run } from './keepsake.ts'
import { compile, makeNetwork } from './networks.ts'
import type { Base, OwnClasses, OwnPictures, OwnResult } from './own-classes.ts'
import { type CheckedNetwork, checkNetwork } from './own-network.ts'
import { type ShiftCurve, shiftCurve } from './shifts.ts'
import { GLANCE, type Listener, type Past, Trainer, trainFor } from './trainer.ts'

/** What there is before training begins. */
export interface Bench {
  readonly runtime: RuntimeInfo
  readonly isolated: boolean
  readonly network: string
  /** Whether its weights come from a file. */
  readonly isRead: boolean
  readonly parameters: number
  /** Floating-point operations of a training step, per image. */
  readonly flopsPerImage: number
  readonly trainImages: number
  readonly testImages: number
  /** The test images of the wall, 28×28 bytes each, and their labels. */
  readonly images: Uint8Array
  readonly labels: Uint8Array
  readonly validation: Validation
}

/** What the page may show of the run that was kept. */
export type LastRun = Omit<Run, 'state'> & { readonly step: number }

/** Enough to compare two networks, few enough to wait for. */
const SHIFT_IMAGES = 400
/** The test images that are looked at first when the run is wound back. */
const FIRST_LOOK = 60

/** What a job ends with that the user has called off. */
const CALLED_OFF = 'Called off.'

/** Numbers go to the page without being copied. */
function handedOver(seen: Inspection): Inspection {
  const numbers = [...seen.stages, ...seen.filters].map(({ values }) => values.buffer as ArrayBuffer)
  return transfer(seen, numbers)
}

export class Lab {
  #threads: Settings['threads'] | undefined
  readonly #datasets = new Datasets()
  #settings: Settings | undefined
  #trainer: Trainer | undefined
  #listener: Listener = () => {}
  readonly #calledOff = new Set<JobKind>()
  #own: Promise<OwnClasses> | undefined
  /** The model that was read and is not taken yet. */
  #read: LayersModel | undefined
  #guest: Promise<Guest> | undefined

  /** Sets who is told how training goes. */
  listen(listener: Listener): void {
    this.#listener = listener
  }

  /** Makes an untrained network by the settings, in place of the one before. */
  async open(settings: Settings): Promise<Bench> {
    await this.#close()
    await this.#start(settings)
    return this.#take(makeNetwork(settings.network, settings), settings)
  }

  /** The run that was kept when the page was last here; undefined where there is none, or it cannot be read. */
  async lastRun(): Promise<LastRun | undefined> {
    const run = await lastRun()
    if (run === undefined) return undefined
    const { settings, state, steps, validations, goal } = run
    return { settings, step: state.step, steps, validations, goal }
  }

  /** Puts the run that was kept in place of the network. */
  async restore(): Promise<Bench> {
    const run = await lastRun()
    if (run === undefined) throw new Error('There is no run to come back to.')
    await this.#close()
    await this.#start(run.settings)
    const { restored } = await import('./restoring.ts')
    return this.#take(await restored(run.state, run.settings.seed), run.settings, run)
  }

  /** What each layer of a network that users put together makes of its input, or what is wrong with it. */
  checkNetwork(layers: Settings['layers']): CheckedNetwork {
    return checkNetwork(layers)
  }

  train(): void {
    this.#current.trainer.train()
  }

  step(): void {
    this.#current.trainer.step()
  }

  pause(): void {
    this.#current.trainer.pause()
  }

  /**
   * Goes back, or forth again, to the network after a number of steps. Returns what it makes of the wall's images;
   * undefined where another step has been asked for meanwhile.
   */
  async rewind(step: number): Promise<Validation | undefined> {
    const { trainer, settings } = this.#current
    const model = await trainer.rewind(step)
    return model === undefined ? undefined : trainer.glance(this.#datasets.test(settings.data).take(FIRST_LOOK))
  }

  /** What the present network makes of the test images that are looked at while it trains. */
  glance(): Validation {
    return this.#current.trainer.glance()
  }

  /** The steps after the present one are forgotten, for training to go on from here. */
  cut(): void {
    this.#current.trainer.cut()
  }

  /** Reads MNIST; networks that are opened from now on may learn from it. */
  async loadMnist(source: MnistSource): Promise<{ train: number; test: number }> {
    const { train, test } = await this.#datasets.loadMnist(source)
    return { train: train.size, test: test.size }
  }

  /** What each layer makes of 28×28 pixels from 0 to 1, and how; the last gives the probabilities. */
  inspect(pixels: Float32Array, focus?: Focus): Inspection {
    return handedOver(inspect(this.#current.model, pixels, focus))
  }

  /** Why it reads one class in the pixels rather than another. */
  explain(pixels: Float32Array, one: number, other: number): Explanation {
    return explain(this.#current.model, pixels, one, other)
  }

  examine(progress: Progress): Promise<Examination> {
    const { model, settings } = this.#current
    return examine(model, this.#datasets.test(settings.data), this.#job('test', progress))
  }

  /** Trains a network of the other kind for as many steps, and moves the test images before both. */
  async compareShifts(told: Progress): Promise<ShiftCurve[]> {
    const { model, settings, trainer } = this.#current
    const progress = this.#job('test', told)
    const train = this.#datasets.train(settings.data)
    const rival = makeNetwork(model.name === 'mlp' ? 'lenet' : 'mlp', settings)
    const some = this.#datasets.test(settings.data).take(SHIFT_IMAGES)
    const steps = trainer.steps === 0 ? Math.ceil(train.size / settings.batchSize) : trainer.steps
    try {
      await trainFor(rival, train, settings.batchSize, steps, (step) =>
        progress((0.6 * step) / steps, `training the ${rival.name}, step ${step} of ${steps}`),
      )
      const mine = await shiftCurve(model, some, (share) => progress(0.6 + 0.2 * share, `testing the ${model.name}`))
      const others = await shiftCurve(rival, some, (share) => progress(0.8 + 0.2 * share, `testing the ${rival.name}`))
      return [mine, others]
    } finally {
      rival.dispose()
    }
  }

  /** Ends the job of a kind that is under way: its promise is refused. */
  callOff(kind: JobKind): void {
    this.#calledOff.add(kind)
  }

  /** Trains a network for the user's own pictures, beside the one of the digits. */
  async trainOwn(pictures: OwnPictures, progress: Progress): Promise<OwnResult> {
    // Before anything is waited for: it may be called off meanwhile.
    const job = this.#job('own', progress)
    return (await this.#ownClasses()).train(pictures, job)
  }

  /** How probable each of the user's classes is for a picture. */
  async predictOwn(image: Uint8Array): Promise<number[]> {
    return (await this.#ownClasses()).predict(image)
  }

  /** Pictures go through the network of these files first from now on; through none where there are none. */
  async useBase(files: readonly File[]): Promise<Base | undefined> {
    const own = await this.#ownClasses()
    if (files.length === 0) return own.use(undefined)
    const { readAnyModel } = await import('./archive.ts')
    const { model: whole } = await readAnyModel(files)
    try {
      return own.use(whole)
    } catch (error) {
      whole.dispose()
      throw error
    }
  }

  async saveOwn(classes: readonly string[]): Promise<Uint8Array> {
    const { zipModel } = await import('./archive.ts')
    const zip = await zipModel((await this.#ownClasses()).whole(), { 'classes.json': JSON.stringify(classes) })
    return transfer(zip, [zip.buffer as ArrayBuffer])
  }

  convolve(task: ConvolutionTask): ReturnType<typeof convolve> {
    return convolve(task)
  }

  pool(task: PoolingTask): ReturnType<typeof pool> {
    return pool(task)
  }

  colourStep(row: number, column: number): ColourStep {
    return colourStep(row, column)
  }

  async saveModel(): Promise<Uint8Array> {
    const { zipModel } = await import('./archive.ts')
    const zip = await zipModel(this.#current.model)
    return transfer(zip, [zip.buffer as ArrayBuffer])
  }

  /** Reads a model from files: one of digits is kept for `takeModel`, one of other pictures is looked into as a guest. */
  async readModel(files: readonly File[]): Promise<GuestAbout | undefined> {
    const [{ readAnyModel }, { readsDigits, withProbabilities }] = await Promise.all([
      import('./archive.ts'),
      import('./image-models.ts'),
    ])
    const { model, classes } = await readAnyModel(files)
    try {
      if (!readsDigits(model)) return (await this.#guestRoom()).take(model, classes)
      this.#read?.dispose()
      this.#read = withProbabilities(model)
      return undefined
    } catch (error) {
      model.dispose()
      throw error
    }
  }

  /** What each layer of the guest makes of a picture. */
  async inspectGuest(picture: Float32Array, shape: ImageShape, focus?: Focus): Promise<Inspection> {
    return handedOver((await this.#guestRoom()).inspect(picture, shape, focus))
  }

  async leaveGuest(): Promise<void> {
    ;(await this.#guestRoom()).leave()
  }

  /** Puts the model that was read in place of the network. */
  async takeModel(): Promise<Bench> {
    const model = this.#read
    if (model === undefined) throw new Error('No model has been read.')
    this.#read = undefined
    const { settings } = this.#current
    await this.#close()
    // What it was compiled with counts for less than what the page shows.
    compile(model, settings)
    return { ...this.#take(model, settings), isRead: true }
  }

  /** What is only for the user's own classes is loaded with the first of them. */
  #ownClasses(): Promise<OwnClasses> {
    this.#own ??= import('./own-classes.ts').then(({ OwnClasses }) => new OwnClasses())
    return this.#own
  }

  #guestRoom(): Promise<Guest> {
    this.#guest ??= import('./guest.ts').then(({ Guest }) => new Guest())
    return this.#guest
  }

  /** Progress that ends the job, by throwing, once it is called off. */
  #job(kind: JobKind, progress: Progress): Progress {
    this.#calledOff.delete(kind)
    return (share, doing) => {
      if (this.#calledOff.has(kind)) throw new Error(CALLED_OFF)
      progress(share, doing)
    }
  }

  get #current(): { model: LayersModel; trainer: Trainer; settings: Settings } {
    const [trainer, settings] = [this.#trainer, this.#settings]
    if (trainer !== undefined && settings !== undefined) return { model: trainer.model, trainer, settings }
    throw new Error('There is no network yet.')
  }

  async #start({ threads }: Settings): Promise<void> {
    if (threads === this.#threads) return
    void this.#own?.then((own) => own.dispose())
    void this.#guest?.then((guest) => guest.leave())
    this.#own = undefined
    this.#guest = undefined
    shutdown()
    await init({ threads })
    this.#threads = threads
  }

  async #close(): Promise<void> {
    const trainer = this.#trainer
    this.#trainer = undefined
    await trainer?.stop()
    trainer?.model.dispose()
  }

  #take(model: LayersModel, settings: Settings, past?: Past): Bench {
    const datasets = this.#datasets
    const test = datasets.test(settings.data)
    const images = { train: () => datasets.train(settings.data), glance: test.take(GLANCE) }
    const trainer = new Trainer(model, images, settings, (event) => this.#listener(event), past)
    this.#trainer = trainer
    this.#settings = settings
    // The page has something to show before the digits to learn from are drawn.
    setTimeout(images.train)
    // Before what is told of the memory: it makes the weights.
    const validation = trainer.glance()
    return {
      runtime: info(),
      isolated: crossOriginIsolated,
      network: model.name,
      isRead: false,
      parameters: model.countParams(),
      flopsPerImage: trainingFlops(model.layers),
      trainImages: datasets.trainSize(settings.data),
      testImages: test.size,
      images: images.glance.images.slice(),
      labels: images.glance.labels.slice(),
      validation,
    }
  }
}
