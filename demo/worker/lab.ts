/** What the page may ask of the worker: it holds the runtime, the images, the network and its trainer. */

import { transfer } from 'comlink'
import { info, init, type RuntimeInfo, type Sequential, shutdown } from 'quadlane'
import type { Settings } from '../settings.ts'
import { readModel, zipModel } from './archive.ts'
import { type ColourStep, type ConvolutionTask, colourStep, convolve, type PoolingTask, pool } from './arithmetic.ts'
import { Datasets, type MnistSource } from './datasets.ts'
import { type Examination, examine, type Progress } from './examiner.ts'
import { trainingFlops } from './flops.ts'
import { type Filters, filtersOf, inspect, type Stage } from './inspector.ts'
import { compile, makeNetwork } from './networks.ts'
import { type ShiftCurve, shiftCurve } from './shifts.ts'
import { GLANCE, type Listener, Trainer, trainFor, type Validation } from './trainer.ts'

/** What there is before training begins. */
export interface Bench {
  readonly runtime: RuntimeInfo
  readonly isolated: boolean
  readonly network: string
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

/** Enough to compare two networks, few enough to wait for. */
const SHIFT_IMAGES = 400

export class Lab {
  #threads: Settings['threads'] | undefined
  readonly #datasets = new Datasets()
  #settings: Settings | undefined
  #model: Sequential | undefined
  #trainer: Trainer | undefined
  #listener: Listener = () => {}

  /** Sets who is told how training goes. */
  listen(listener: Listener): void {
    this.#listener = listener
  }

  /** Makes an untrained network by the settings, in place of the one before. */
  async open(settings: Settings): Promise<Bench> {
    await this.#close()
    if (settings.threads !== this.#threads) {
      shutdown()
      await init({ threads: settings.threads })
      this.#threads = settings.threads
    }
    return this.#take(makeNetwork(settings.network, settings), settings)
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

  /** Reads MNIST; networks that are opened from now on may learn from it. */
  async loadMnist(source: MnistSource): Promise<{ train: number; test: number }> {
    const { train, test } = await this.#datasets.loadMnist(source)
    return { train: train.size, test: test.size }
  }

  /** What each layer makes of 28×28 pixels from 0 to 1; the last gives the probabilities. */
  inspect(pixels: Float32Array): Stage[] {
    const stages = inspect(this.#current.model, pixels)
    return transfer(
      stages,
      stages.map(({ values }) => values.buffer),
    )
  }

  filters(): Filters[] {
    return filtersOf(this.#current.model)
  }

  examine(progress: Progress): Promise<Examination> {
    const { model, settings } = this.#current
    return examine(model, this.#datasets.test(settings.data), progress)
  }

  /** Trains a network of the other kind for as many steps, and moves the test images before both. */
  async compareShifts(progress: Progress): Promise<ShiftCurve[]> {
    const { model, settings, trainer } = this.#current
    const train = this.#datasets.train(settings.data)
    const rival = makeNetwork(model.name === 'mlp' ? 'lenet' : 'mlp', settings)
    const some = this.#datasets.test(settings.data).take(SHIFT_IMAGES)
    try {
      await trainFor(rival, train, settings.batchSize, trainer.steps, (share) => progress(share / 3))
      const mine = await shiftCurve(model, some, (share) => progress((1 + share) / 3))
      const others = await shiftCurve(rival, some, (share) => progress((2 + share) / 3))
      return [mine, others]
    } finally {
      rival.dispose()
    }
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
    const zip = await zipModel(this.#current.model)
    return transfer(zip, [zip.buffer as ArrayBuffer])
  }

  /** Puts a model from files in place of the network. */
  async loadModel(files: readonly File[]): Promise<Bench> {
    const model = await readModel(files)
    const { settings } = this.#current
    await this.#close()
    // What it was compiled with counts for less than what the page shows.
    compile(model, settings)
    return this.#take(model, settings)
  }

  get #current(): { model: Sequential; trainer: Trainer; settings: Settings } {
    const [model, trainer, settings] = [this.#model, this.#trainer, this.#settings]
    if (model !== undefined && trainer !== undefined && settings !== undefined) return { model, trainer, settings }
    throw new Error('There is no network yet.')
  }

  async #close(): Promise<void> {
    await this.#trainer?.stop()
    this.#model?.dispose()
    this.#model = undefined
  }

  #take(model: Sequential, settings: Settings): Bench {
    const datasets = this.#datasets
    const test = datasets.test(settings.data)
    const images = { train: () => datasets.train(settings.data), glance: test.take(GLANCE) }
    const trainer = new Trainer(model, images, settings, (event) => this.#listener(event))
    this.#model = model
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
