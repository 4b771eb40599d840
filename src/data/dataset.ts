/**
 * Labelled images as bytes. A data set stays what it is in its file, one byte per pixel and per label, outside the
 * WebAssembly memory; a batch becomes floats only when a training step asks for it. The whole of MNIST is 55 MB this
 * way, and 220 MB as floats.
 */

import {
  ArgumentError,
  checkInteger,
  checkNumber,
  checkOptions,
  ShapeError,
  StateError,
  show,
  showShape,
} from '../errors.ts'
import { tensorMaker } from '../late-tensor.ts'
import type { Tensor } from '../tensor.ts'
import type { Samples } from '../training/samples.ts'
import { isByteArray } from '../typed-arrays.ts'

/** What an `ImageDataset` is made of. */
export interface ImageDatasetArgs {
  /** The pixels, images one after the other, each row by row with the channels innermost: `size * H * W * C` bytes. */
  readonly images: Uint8Array
  /** One label per image, below `classes`. */
  readonly labels: Uint8Array
  /** The shape of one image: `[H, W, C]`. */
  readonly shape: readonly number[]
  /** How many classes there are, at most 256. */
  readonly classes: number
  /** What the classes are called, one name for each. */
  readonly classNames?: readonly string[]
  /** What summaries and errors call it. Default: `images`. */
  readonly name?: string
}

/** What a byte is multiplied by: 255 becomes exactly 1 once the product is rounded to float32. */
const SCALE = Math.fround(1 / 255)

/**
 * Images of one shape and their labels, kept as bytes. The arrays are used as they are given, not copied.
 *
 * Throws `ShapeError` when lengths do not agree and `ArgumentError` when a label is not below `classes`, when a size
 * is not positive, or when there is no image at all.
 */
export class ImageDataset implements Samples {
  /** How many images there are. */
  readonly size: number
  /** The shape of one image: [H, W, C]. */
  readonly inputShape: readonly number[]
  /** How many classes there are. */
  readonly classes: number
  /** What the classes are called; undefined where they are numbers alone. */
  readonly classNames: readonly string[] | undefined
  /** What summaries and errors call it. */
  readonly name: string
  /** All pixels, images one after the other: `size * H * W * C` bytes. */
  readonly images: Uint8Array
  /** One label per image. */
  readonly labels: Uint8Array
  readonly #pixels: number

  /**
   * A data set of bytes.
   * @param args images, labels, shape, classes, classNames and name
   */
  constructor(args: ImageDatasetArgs) {
    checkOptions('ImageDataset', args, ['images', 'labels', 'shape', 'classes', 'classNames', 'name'])
    const { images, labels, shape, classes, classNames, name = 'images' } = args
    checkBytes('images', images)
    checkBytes('labels', labels)
    checkShape(shape)
    checkInteger('ImageDataset', 'classes', classes, 1, 256)
    const pixels = shape.reduce((product, size) => product * size, 1)
    checkAgreement(images, labels, shape, pixels)
    checkLabels(labels, classes)
    if (classNames !== undefined && classNames.length !== classes) {
      const expected = `${classes} classNames for as many classes`
      throw new ArgumentError({ who: 'ImageDataset', expected, received: String(classNames.length) })
    }
    this.size = labels.length
    this.inputShape = Object.freeze([...shape])
    this.classes = classes
    this.classNames = classNames === undefined ? undefined : Object.freeze([...classNames])
    this.name = name
    this.images = images
    this.labels = labels
    this.#pixels = pixels
  }

  /**
   * The bytes of one image, a view.
   * @param index from 0 to size − 1
   * @throws ArgumentError for an index that is not there
   * @example
   * console.log(data.syntheticDigits({ count: 10 }).image(3).length) // 784
   */
  image(index: number): Uint8Array {
    checkInteger('ImageDataset.image', 'index', index, 0, this.size - 1)
    return this.images.subarray(index * this.#pixels, (index + 1) * this.#pixels)
  }

  /**
   * The label of one image.
   * @param index from 0 to size − 1
   * @throws ArgumentError for an index that is not there
   * @example
   * console.log(data.syntheticDigits({ count: 10 }).label(3) < 10) // true
   */
  label(index: number): number {
    checkInteger('ImageDataset.label', 'index', index, 0, this.size - 1)
    return this.labels[index]!
  }

  /**
   * The first `count` images, or all of them where there are fewer. A view: the bytes are shared.
   * @param count how many
   * @example
   * console.log(data.syntheticDigits({ count: 10 }).take(3).size) // 3
   */
  take(count: number): ImageDataset {
    checkInteger('ImageDataset.take', 'count', count, 1)
    return this.slice(0, Math.min(count, this.size))
  }

  /**
   * The images from `begin` up to, but without, `end`. A view: the bytes are shared.
   * @param begin the first
   * @param end the first that is left out; default all
   * @example
   * console.log(data.syntheticDigits({ count: 10 }).slice(7).size) // 3
   */
  slice(begin: number, end: number = this.size): ImageDataset {
    checkInteger('ImageDataset.slice', 'begin', begin, 0, this.size - 1)
    checkInteger('ImageDataset.slice', 'end', end, begin + 1, this.size)
    return this.#with(
      this.images.subarray(begin * this.#pixels, end * this.#pixels),
      this.labels.subarray(begin, end),
      this.name,
    )
  }

  /**
   * Two parts, in order: `[first, last]`. The last part holds the given fraction, as Keras' `validationSplit` takes the
   * last samples, and by the same rounding: the first part has `floor(size * (1 - fraction))` images. Views, not copies.
   *
   * Throws `ArgumentError` when a part would be empty.
   * @param fraction the share of the last part, from 0 to 1
   * @example
   * const [first, last] = data.syntheticDigits({ count: 10 }).split(0.2)
   * console.log(first.size, last.size) // 8 2
   */
  split(fraction: number): [first: ImageDataset, last: ImageDataset] {
    checkNumber('ImageDataset.split', 'fraction', fraction, { above: 0, below: 1 })
    const border = Math.floor(this.size * (1 - fraction))
    if (border < 1 || border >= this.size) {
      throw new ArgumentError({
        who: 'ImageDataset.split',
        expected: 'at least one image in each part',
        received: `${border} and ${this.size - border} of ${this.size}`,
        hint: `choose another fraction than ${fraction}`,
      })
    }
    return [this.slice(0, border), this.slice(border)]
  }

  /**
   * A copy whose images are moved by whole pixels, `dx` to the right and `dy` down; what leaves the frame is lost and
   * zeros come in.
   * @param dx pixels to the right; negative: to the left
   * @param dy pixels down; negative: up
   * @example
   * const moved = data.syntheticDigits({ count: 10 }).shifted(2, 0)
   * console.log(moved.size) // 10
   */
  shifted(dx: number, dy: number): ImageDataset {
    const [height = 0, width = 0, channels = 0] = this.inputShape
    checkInteger('ImageDataset.shifted', 'dx', dx, -width, width)
    checkInteger('ImageDataset.shifted', 'dy', dy, -height, height)
    const moved = new Uint8Array(this.images.length)
    const run = (width - Math.abs(dx)) * channels
    for (let row = Math.max(0, dy); row < Math.min(height, height + dy); row++) {
      const to = (row * width + Math.max(0, dx)) * channels
      const from = ((row - dy) * width + Math.max(0, -dx)) * channels
      for (let start = 0; start < moved.length; start += this.#pixels) {
        moved.set(this.images.subarray(start + from, start + from + run), start + to)
      }
    }
    return this.#with(moved, this.labels, `${this.name}, shifted by ${dx}, ${dy}`)
  }

  /**
   * Writes the images at `indices` into `out`, `[indices.length, H, W, C]` numbers from 0 to 1 (bytes times 1/255).
   * Throws `ShapeError` when `out` is too short and `ArgumentError` for an index that is not there.
   * @param indices which images
   * @param out where they are written
   * @example
   * const digits = data.syntheticDigits({ count: 10 })
   * const pixels = new Float32Array(2 * 28 * 28)
   * digits.fillInputs([4, 7], pixels)
   */
  fillInputs(indices: ArrayLike<number>, out: Float32Array): void {
    const { images } = this
    const pixels = this.#pixels
    this.#checkRoom('fillInputs', indices, out, pixels)
    for (let i = 0, to = 0; i < indices.length; i++) {
      const from = this.#checkIndex('fillInputs', indices[i]) * pixels
      for (let j = 0; j < pixels; j++) out[to++] = images[from + j]! * SCALE
    }
  }

  /**
   * Writes the labels at `indices` into `out` as `[indices.length, classes]` zeros and ones.
   * Throws as `fillInputs` does.
   * @param indices which labels
   * @param out where they are written
   * @example
   * const rows = new Float32Array(2 * 10)
   * data.syntheticDigits({ count: 10 }).fillOneHot([4, 7], rows)
   * console.log(rows.reduce((sum, each) => sum + each)) // 2
   */
  fillOneHot(indices: ArrayLike<number>, out: Float32Array): void {
    const { classes } = this
    this.#checkRoom('fillOneHot', indices, out, classes)
    out.fill(0, 0, indices.length * classes)
    for (let i = 0; i < indices.length; i++) {
      out[i * classes + this.labels[this.#checkIndex('fillOneHot', indices[i])]!] = 1
    }
  }

  /**
   * All of them as tensors, for a training loop of one's own: `digits.slice(0, 64).tensors()`.
   * @returns xs [size, H, W, C] from 0 to 1, ys [size, classes] one-hot
   * @throws StateError in a page that imports `quadlane/data` and not `quadlane`
   * @example
   * const { xs, ys } = data.syntheticDigits({ count: 10 }).tensors()
   * console.log(xs.shape, ys.shape) // [ 10, 28, 28, 1 ] [ 10, 10 ]
   */
  tensors(): { xs: Tensor; ys: Tensor } {
    const make = tensorMaker()
    if (make === undefined) {
      const expected = 'quadlane to be imported in the page, since quadlane/data comes without what computes'
      throw new StateError({ who: 'tensors', expected, received: 'a page without it', hint: "import 'quadlane'" })
    }
    const all = Array.from({ length: this.size }, (_, i) => i)
    const [xs, ys] = [new Float32Array(this.size * this.#pixels), new Float32Array(this.size * this.classes)]
    this.fillInputs(all, xs)
    this.fillOneHot(all, ys)
    return { xs: make(xs, [this.size, ...this.inputShape]), ys: make(ys, [this.size, this.classes]) }
  }

  /**
   * Writes the labels at `indices` into `out`, `[indices.length]` class numbers. Throws as `fillInputs` does.
   * @param indices which labels
   * @param out where they are written
   * @example
   * const labels = new Int32Array(2)
   * data.syntheticDigits({ count: 10 }).fillLabels([4, 7], labels)
   */
  fillLabels(indices: ArrayLike<number>, out: Float32Array | Int32Array): void {
    this.#checkRoom('fillLabels', indices, out, 1)
    for (let i = 0; i < indices.length; i++) out[i] = this.labels[this.#checkIndex('fillLabels', indices[i])]!
  }

  #with(images: Uint8Array, labels: Uint8Array, name: string): ImageDataset {
    const { inputShape: shape, classes, classNames } = this
    const named = classNames === undefined ? {} : { classNames }
    return new ImageDataset({ images, labels, shape, classes, ...named, name })
  }

  #checkIndex(method: string, index: number | undefined): number {
    // One compare per image: the pixels behind a wrong index would come out as NaN.
    if (index !== undefined && index >= 0 && index < this.size && Number.isInteger(index)) return index
    throw new ArgumentError({
      who: `ImageDataset.${method}`,
      expected: `indices from 0 to ${this.size - 1}`,
      received: show(index),
    })
  }

  #checkRoom(method: string, indices: ArrayLike<number>, out: ArrayLike<number>, each: number): void {
    const needed = indices.length * each
    if (out.length >= needed) return
    throw new ShapeError({
      who: `ImageDataset.${method}`,
      expected: `room for ${indices.length} x ${each} = ${needed} numbers`,
      received: show(out),
    })
  }
}

function checkBytes(argument: string, bytes: unknown): asserts bytes is Uint8Array {
  if (isByteArray(bytes)) return
  throw new ArgumentError({ who: 'ImageDataset', expected: `${argument} to be a Uint8Array`, received: show(bytes) })
}

function checkShape(shape: unknown): asserts shape is readonly number[] {
  if (Array.isArray(shape) && shape.length === 3 && shape.every((size) => Number.isSafeInteger(size) && size >= 1))
    return
  throw new ShapeError({
    who: 'ImageDataset',
    expected: 'shape to be [height, width, channels], each at least 1',
    received: show(shape),
  })
}

function checkAgreement(images: Uint8Array, labels: Uint8Array, shape: readonly number[], pixels: number): void {
  if (labels.length === 0) {
    throw new ArgumentError({ who: 'ImageDataset', expected: 'at least one image', received: 'no labels' })
  }
  if (images.length === labels.length * pixels) return
  throw new ShapeError({
    who: 'ImageDataset',
    expected: `${labels.length} images of ${showShape(shape)} for as many labels, ${labels.length * pixels} bytes`,
    received: `${images.length} bytes`,
  })
}

function checkLabels(labels: Uint8Array, classes: number): void {
  const index = labels.findIndex((label) => label >= classes)
  if (index === -1) return
  throw new ArgumentError({
    who: 'ImageDataset',
    expected: `labels below ${classes} (classes)`,
    received: `label ${labels[index]} at index ${index}`,
  })
}
