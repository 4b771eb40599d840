/**
 * A network for the user's own pictures: a small one that learns from nothing, from pictures that are moved, mirrored,
 * lit and stretched a little each time; or a new head on a network that was learned elsewhere, whose front is run once a
 * picture.
 */

import {
  input,
  type Layer,
  type LayersModel,
  layers,
  model as makeModel,
  type Sequential,
  type SymbolicTensor,
  sequential,
  type Tensor,
  tensor,
  tidy,
  train,
} from 'quadlane'
import { breathe } from './breathe.ts'
import type { Progress } from './examiner.ts'
import { type Range, rangeOf } from './image-models.ts'
import { nodesOf } from './inspector.ts'
import { Order } from './order.ts'

export interface OwnPictures {
  readonly classes: readonly string[]
  /** `side`×`side` with three bytes a pixel, one after the other. */
  readonly images: Uint8Array
  readonly labels: Uint8Array
  readonly side: number
}

export interface OwnResult {
  /** The share of the pictures held back that it reads rightly; of those that it learned from where none are. */
  readonly accuracy: number
  readonly heldBack: number
  readonly parameters: number
  readonly seconds: number
}

/** What is known of a network that pictures go through first. */
export interface Base {
  readonly name: string
  readonly side: number
  readonly features: number
}

/** A network whose front sees the pictures. */
interface OwnBase {
  readonly whole: LayersModel
  /** All but its answers. */
  readonly front: LayersModel
  readonly range: Range
  readonly about: Base
}

export const SMALL_SIDE = 32
const STEPS = { small: 260, head: 160 } as const
const BATCH = 16
/** Milliseconds after which it has learned enough, where a machine is slow. */
const LONGEST = 12_000
/** Of each class, one picture in so many is held back. */
const HELD_BACK = 5
/** From so many pictures a class on. */
const ENOUGH = 5
const SEED = 1
const kernelInitializer = 'heNormal'

export function smallNetwork(classes: number): Sequential {
  const activation = 'relu'
  const conv = (filters: number) =>
    layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation, kernelInitializer })
  return sequential({
    name: 'own-classes',
    seed: SEED,
    layers: [
      layers.conv2d({
        ...{ filters: 16, kernelSize: 3, padding: 'same', activation, kernelInitializer },
        inputShape: [SMALL_SIDE, SMALL_SIDE, 3],
      }),
      layers.maxPooling2d({ poolSize: 2 }),
      conv(32),
      layers.maxPooling2d({ poolSize: 2 }),
      conv(64),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 64, activation, kernelInitializer }),
      layers.dense({ units: classes, activation: 'softmax' }),
    ],
  })
}

/** Numbers from 0 to 1 out of a seed: good enough to move pictures about. */
function uniform(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** A copy that is moved by up to an eighth, resized by up to 15 %, lit differently, and mirrored half of the time. */
function varied(image: Uint8Array, side: number, next: () => number, out: Float32Array, at: number): void {
  const scale = 0.85 + 0.3 * next()
  const [dx, dy] = [(next() - 0.5) * 0.25 * side, (next() - 0.5) * 0.25 * side]
  const mirrored = next() < 0.5
  const [gain, lift] = [0.75 + 0.5 * next(), (next() - 0.5) * 0.2]
  const middle = (side - 1) / 2
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const fromX = (mirrored ? middle - x : x - middle) / scale + middle - dx
      const fromY = (y - middle) / scale + middle - dy
      const [column, row] = [clamped(fromX, side), clamped(fromY, side)]
      for (let channel = 0; channel < 3; channel++) {
        const value = image[(row * side + column) * 3 + channel]! / 255
        out[at + (y * side + x) * 3 + channel] = Math.min(1, Math.max(0, (value - 0.5) * gain + 0.5 + lift))
      }
    }
  }
}

function clamped(value: number, side: number): number {
  return Math.min(side - 1, Math.max(0, Math.round(value)))
}

/** Which pictures are learned from, and which are held back to be tested on. */
export function heldBack(labels: Uint8Array, classes: number): { train: number[]; test: number[] } {
  const seen = new Array<number>(classes).fill(0)
  const total = new Array<number>(classes).fill(0)
  for (const label of labels) total[label]!++
  const [train, test]: [number[], number[]] = [[], []]
  labels.forEach((label, i) => {
    const isTest = total[label]! >= ENOUGH && seen[label]! % HELD_BACK === HELD_BACK - 1
    seen[label]!++
    ;(isTest ? test : train).push(i)
  })
  return { train, test }
}

export class OwnClasses {
  #model: LayersModel | undefined
  #base: OwnBase | undefined

  /** Pictures go through this network first from now on; through none where it is undefined. */
  use(whole: LayersModel | undefined): Base | undefined {
    this.dispose()
    if (whole === undefined) return undefined
    const about = frontOf(whole)
    this.#base = about
    return about.about
  }

  async train(pictures: OwnPictures, progress: Progress): Promise<OwnResult> {
    const began = performance.now()
    this.#model?.dispose()
    this.#model = undefined
    const count = pictures.classes.length
    const { train: learned, test } = heldBack(pictures.labels, count)
    const features = this.#base === undefined ? undefined : await this.#features(pictures, progress)
    const made = features === undefined ? smallNetwork(count) : head(this.#base!.about.features, count)
    try {
      made.compile({
        optimizer: train.adam(features === undefined ? 0.002 : 0.01),
        loss: 'categoricalCrossentropy',
        metrics: ['accuracy'],
      })
      const steps = features === undefined ? STEPS.small : STEPS.head
      const order = new Order(learned.length, Math.min(BATCH, learned.length), SEED)
      const next = uniform(SEED)
      const pixels = pictures.side ** 2 * 3
      const start = performance.now()
      for (let step = 0; step < steps && performance.now() - start < LONGEST; step++) {
        const chosen = [...order.batch(step)].map((i) => learned[i]!)
        const width = features?.width ?? pixels
        const x = new Float32Array(chosen.length * width)
        const y = new Float32Array(chosen.length * count)
        chosen.forEach((index, i) => {
          y[i * count + pictures.labels[index]!] = 1
          if (features !== undefined) x.set(features.rows.subarray(index * width, (index + 1) * width), i * width)
          else
            varied(pictures.images.subarray(index * pixels, (index + 1) * pixels), pictures.side, next, x, i * pixels)
        })
        await made.trainOnBatch(x, y)
        progress((step + 1) / steps, `step ${step + 1} of ${steps}`)
        await breathe()
      }
    } catch (error) {
      made.dispose()
      throw error
    }
    this.#model = made
    const judged = test.length > 0 ? test : learned
    const right = judged.filter((index) => {
      const shares = this.predict(imageOf(pictures, index))
      return shares.indexOf(Math.max(...shares)) === pictures.labels[index]
    })
    return {
      accuracy: right.length / judged.length,
      heldBack: test.length,
      parameters: made.countParams(),
      seconds: (performance.now() - began) / 1000,
    }
  }

  /** How probable each class is; `image` as large as the network wants it. */
  predict(image: Uint8Array): number[] {
    const model = this.#model
    if (model === undefined) throw new Error('It has not been trained yet.')
    return tidy(() => {
      const base = this.#base
      const input = base === undefined ? asInput(image, SMALL_SIDE) : one(base.front.apply(asBaseInput(image, base)))
      return Array.from(one(model.apply(base === undefined ? input : input.reshape([1, -1]))).dataSync())
    })
  }

  /** The network to be saved, all of it: bytes of pixels go in. It has the weights of the one that was trained. */
  whole(): LayersModel {
    const model = this.#model
    if (model === undefined) throw new Error('It has not been trained yet.')
    const base = this.#base
    const side = base?.about.side ?? SMALL_SIDE
    const pixels = input({ shape: [side, side, 3] })
    const range = base?.range ?? 'unit'
    const numbers = range === 'byte' ? pixels : applied(layers.rescaling(SCALES[range]), pixels)
    const features = base === undefined ? numbers : applied(layers.flatten(), applied(base.front, numbers))
    return makeModel({ inputs: pixels, outputs: applied(model, features), name: 'own-classes' })
  }

  dispose(): void {
    this.#model?.dispose()
    this.#base?.front.dispose()
    this.#base?.whole.dispose()
    this.#model = undefined
    this.#base = undefined
  }

  /** What the front makes of each picture, computed once. */
  async #features(pictures: OwnPictures, progress: Progress): Promise<{ rows: Float32Array; width: number }> {
    const { front, about } = this.#base!
    const rows = new Float32Array(pictures.labels.length * about.features)
    for (let i = 0; i < pictures.labels.length; i++) {
      tidy(() => {
        const output = one(front.apply(asBaseInput(imageOf(pictures, i), this.#base!)))
        rows.set(output.dataSync() as Float32Array, i * about.features)
      })
      progress(0, `picture ${i + 1} of ${pictures.labels.length} through ${about.name}`)
      await breathe()
    }
    return { rows, width: about.features }
  }
}

/** What makes the numbers of a network out of bytes. */
const SCALES = { unit: { scale: 1 / 255, offset: 0 }, signed: { scale: 1 / 127.5, offset: -1 } } as const

function applied(layer: Layer, x: SymbolicTensor): SymbolicTensor {
  return layer.apply(x) as SymbolicTensor
}

function imageOf({ images, side }: OwnPictures, index: number): Uint8Array {
  return images.subarray(index * side * side * 3, (index + 1) * side * side * 3)
}

function asInput(image: Uint8Array, side: number): Tensor {
  return tensor(
    Float32Array.from(image, (byte) => byte / 255),
    [1, side, side, 3],
  )
}

function asBaseInput(image: Uint8Array, { about: { side }, range }: OwnBase): Tensor {
  const { scale, offset } = range === 'byte' ? { scale: 1, offset: 0 } : SCALES[range]
  return tensor(
    Float32Array.from(image, (byte) => byte * scale + offset),
    [1, side, side, 3],
  )
}

function one(output: Tensor | Tensor[]): Tensor {
  return Array.isArray(output) ? output[0]! : output
}

function head(features: number, classes: number): Sequential {
  return sequential({
    name: 'own-head',
    seed: SEED,
    layers: [
      layers.dropout({ rate: 0.2, inputShape: [features] }),
      layers.dense({ units: classes, activation: 'softmax' }),
    ],
  })
}

/** All of a network up to its last layer of features: what its classes are told from. */
function frontOf(whole: LayersModel): OwnBase {
  const [, height = null, width = null, channels = null] = whole.inputShape
  if (channels !== 3 || height !== width) {
    throw new Error(`Pictures need a network of [side, side, 3]; this one takes [${whole.inputShape.slice(1)}].`)
  }
  // In the graph of the model itself: a model within it has a graph of its own.
  const classifier = nodesOf(whole).findLast(({ layer }) => layer.weights.length > 0)
  const [output] = classifier?.inputs ?? []
  if (output === undefined || output.sourceLayer.className === 'InputLayer') {
    throw new Error(`${whole.name} has no layer of features before its last one.`)
  }
  const front = makeModel({ inputs: whole.inputs as never, outputs: output as never, name: `${whole.name}_front` })
  const features = output.shape.slice(1).reduce<number>((product, size) => product * (size ?? 1), 1)
  return { whole, front, range: rangeOf(whole), about: { name: whole.name, side: height ?? 128, features } }
}
