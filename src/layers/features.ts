/** Keras's layers that prepare numbers and categories: columns brought to mean 0 and variance 1, integers as one-hot rows. */

import {
  ArgumentError,
  checkBooleans,
  checkInteger,
  checkNumber,
  checkOneOf,
  ShapeError,
  show,
  showShape,
} from '../errors.ts'
import { add, div, maximum, mul, sub } from '../ops/arithmetic.ts'
import { oneHot } from '../ops/gather.ts'
import { reshape } from '../ops/layout.ts'
import { withIntegers, withTensor } from '../ops/operands.ts'
import { max } from '../ops/reduce.ts'
import { sum } from '../ops/sum.ts'
import { sqrt } from '../ops/unary.ts'
import { type BatchShape, checkAxis, type Shape, sizeOf } from '../shape.ts'
import { fromValues, Tensor, type TensorLike, tidy } from '../tensor.ts'
import {
  isShapeList,
  knownSize,
  Layer,
  type LayerArgs,
  type LayerConfig,
  type LayerFactory,
  layerFactory,
  type OptionalLayerFactory,
  showShapes,
} from './layer.ts'
import type { Weight } from './weight.ts'

/** Added to nothing: the least deviation that values are divided by, as in Keras. */
const EPSILON = 1e-7

/** What `layers.normalization` takes. */
export interface NormalizationLayerArgs extends LayerArgs {
  /** The axes that have a mean and a variance of their own. Default the last; null or [] where all values share them. */
  readonly axis?: number | readonly number[] | null
  /** The mean, or one for each element of the axes; with `variance` in place of `adapt`. */
  readonly mean?: number | readonly number[]
  /** The variance, or one for each element of the axes; with `mean`. */
  readonly variance?: number | readonly number[]
  /** Whether to compute values from normalized ones. Default false. */
  readonly invert?: boolean
}

/** A data set, or whatever hands out batches one after the other: tensors, or `{ xs }`. */
interface Batches {
  forEachAsync(f: (batch: unknown) => void): Promise<void>
}

/** Counts, means and sums of squared differences of columns, in float64. */
interface Moments {
  count: number
  readonly means: Float64Array
  readonly squares: Float64Array
}

/**
 * (x − mean) / √variance for each element of `axis`, with mean and variance of the data that `adapt` has seen, or given
 * ones. The weights mean, variance and count are not trained; before `adapt` they are 0, 1 and 0.
 */
export class Normalization extends Layer {
  static override readonly className = 'Normalization'
  readonly axis: readonly number[]
  readonly mean: number | readonly number[] | undefined
  readonly variance: number | readonly number[] | undefined
  readonly invert: boolean
  #statistics: readonly [mean: Weight, variance: Weight, count: Weight] | undefined

  constructor(args: NormalizationLayerArgs = {}) {
    super(args, ['axis', 'mean', 'variance', 'invert'])
    const who = this.name
    const axis = args.axis === undefined ? [-1] : args.axis === null ? [] : args.axis
    const axes: readonly unknown[] = Array.isArray(axis) ? axis : [axis]
    for (const each of axes) checkInteger(who, 'axis', each, -6, 5)
    this.axis = axes as readonly number[]
    checkBooleans(who, { invert: args.invert })
    this.invert = args.invert ?? false
    const { mean, variance } = args
    if ((mean === undefined) !== (variance === undefined)) {
      const received = mean === undefined ? 'variance alone' : 'mean alone'
      throw new ArgumentError({ who, expected: 'mean and variance, or neither', received })
    }
    if (mean === undefined || variance === undefined) return
    for (const each of numbersOf(mean)) checkNumber(who, 'mean', each)
    for (const each of numbersOf(variance)) checkNumber(who, 'variance', each, { min: 0 })
    this.mean = mean
    this.variance = variance
  }

  /** The axes of an input, from its first. */
  #axes(inputShape: BatchShape): readonly number[] {
    if (isShapeList(inputShape)) {
      throw new ShapeError({ who: this.name, expected: 'one input', received: showShapes(inputShape) })
    }
    const axes = this.axis.map((axis) => checkAxis(this.name, axis, inputShape.length))
    if (!axes.includes(0)) return [...axes].sort((a, b) => a - b)
    const expected = `axis to be among those of the input ${showShape(inputShape)} but the batch`
    throw new ArgumentError({ who: this.name, expected, received: show(this.axis) })
  }

  #columns(inputShape: BatchShape): Shape {
    return this.#axes(inputShape).map((axis) => knownSize(this.name, inputShape, axis))
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const size = sizeOf(this.#columns(inputShape))
    for (const given of [this.mean, this.variance]) {
      const count = given === undefined ? 1 : numbersOf(given).length
      if (count === 1 || count === size) continue
      const expected = `input with ${count} columns, as there are means`
      throw new ShapeError({ who: this.name, expected, received: showShape(inputShape) })
    }
    return inputShape
  }

  protected override fits(inputShape: BatchShape): boolean {
    return this.#statistics === undefined || showShape(this.#columns(inputShape)) === showShape(this.weights[0]!.shape)
  }

  override build(inputShape: BatchShape): void {
    if (this.mean !== undefined) return
    const shape = this.#columns(inputShape)
    this.#statistics = [
      this.addWeight('mean', shape, 'float32', 'zeros', null, false),
      this.addWeight('variance', shape, 'float32', 'ones', null, false),
      this.addWeight('count', [], 'float32', 'zeros', null, false),
    ]
  }

  call(x: Tensor): Tensor {
    const axes = this.#axes(x.shape)
    const shape = x.shape.map((size, axis) => (axes.includes(axis) ? size : 1))
    const stretched = (given: number | readonly number[] | undefined, weight: Weight | undefined): Tensor => {
      if (weight !== undefined) return reshape(weight.variable, shape)
      const list = numbersOf(given!)
      return fromValues(this.name, list, list.length === 1 ? [] : shape)
    }
    return tidy(() => {
      const mean = stretched(this.mean, this.#statistics?.[0])
      const deviation = maximum(sqrt(stretched(this.variance, this.#statistics?.[1])), EPSILON)
      return this.invert ? add(mul(x, deviation), mean) : div(sub(x, mean), deviation)
    })
  }

  /** Takes mean and variance from data, [samples, …]. What was seen before is forgotten. */
  adapt(data: TensorLike): void {
    withTensor(`${this.name}.adapt`, 'data', data, (x) => {
      this.#take([x])
    })
  }

  /** The same from the batches of a data set: tensors, or `xs` of `{ xs, ys }`. */
  async adaptDataset(dataset: Batches): Promise<void> {
    const who = `${this.name}.adaptDataset`
    if (typeof dataset?.forEachAsync !== 'function') {
      throw new ArgumentError({ who, expected: 'a data set', received: show(dataset) })
    }
    let moments: Moments | undefined
    await dataset.forEachAsync((batch) => {
      const x = batch instanceof Tensor ? batch : (batch as { xs?: unknown } | null)?.xs
      if (!(x instanceof Tensor)) {
        throw new ArgumentError({ who, expected: 'batches that are tensors, or { xs }', received: show(batch) })
      }
      moments = this.#add(moments, x)
    })
    this.#write(who, moments)
  }

  #take(tensors: readonly Tensor[]): void {
    let moments: Moments | undefined
    for (const x of tensors) moments = this.#add(moments, x)
    this.#write(`${this.name}.adapt`, moments)
  }

  /** Goes through the values once: Welford 1962. */
  #add(before: Moments | undefined, x: Tensor): Moments {
    this.connect([null, ...x.shape.slice(1)])
    const axes = this.#axes(x.shape)
    const size = sizeOf(axes.map((axis) => x.shape[axis]!))
    const moments = before ?? { count: 0, means: new Float64Array(size), squares: new Float64Array(size) }
    const counts = new Float64Array(size).fill(moments.count)
    const values = x.view(this.name)
    const at = new Array<number>(x.rank).fill(0)
    for (const value of values) {
      let column = 0
      for (const axis of axes) column = column * x.shape[axis]! + at[axis]!
      const count = ++counts[column]!
      const distance = value - moments.means[column]!
      moments.means[column]! += distance / count
      moments.squares[column]! += distance * (value - moments.means[column]!)
      for (let axis = x.rank - 1; axis >= 0 && ++at[axis]! === x.shape[axis]; axis--) at[axis] = 0
    }
    moments.count = counts[0] ?? 0
    return moments
  }

  #write(who: string, moments: Moments | undefined): void {
    if (this.#statistics === undefined && this.mean !== undefined) {
      const hint = 'leave mean and variance out'
      throw new ArgumentError({ who, expected: 'a layer without given statistics', received: 'one with a mean', hint })
    }
    if (moments === undefined || moments.count === 0) {
      throw new ArgumentError({ who, expected: 'data with at least one sample', received: 'none' })
    }
    const { count, means, squares } = moments
    const [mean, variance, counted] = this.#statistics!
    mean.set(means)
    variance.set(squares.map((square) => square / count))
    counted.set([count])
  }

  override getConfig(): LayerConfig {
    const { axis, invert, mean = null, variance = null } = this
    return { ...super.getConfig(), axis: axis.length === 1 ? axis[0] : axis, invert, mean, variance }
  }
}

function numbersOf(given: number | readonly number[]): readonly number[] {
  return ([given] as readonly unknown[]).flat(9) as number[]
}

const OUTPUT_MODES = ['multiHot', 'oneHot', 'count'] as const

export type OutputMode = (typeof OUTPUT_MODES)[number]

/** What `layers.categoryEncoding` takes. */
export interface CategoryEncodingArgs extends LayerArgs {
  /** Categories are integers from 0 to numTokens − 1. */
  readonly numTokens: number
  /**
   * 'multiHot' (default): a row for each sample, 1 where a category is among its own; 'count': how often it is; 'oneHot':
   * a row for each category of a sample.
   */
  readonly outputMode?: OutputMode | 'multi_hot' | 'one_hot'
}

/** Categories as rows of numbers: [B, n] to [B, numTokens], or [B, n, numTokens] in mode 'oneHot'. */
export class CategoryEncoding extends Layer {
  static override readonly className = 'CategoryEncoding'
  readonly numTokens: number
  readonly outputMode: OutputMode

  constructor(args: CategoryEncodingArgs) {
    super(args, ['numTokens', 'outputMode'])
    checkInteger(this.name, 'numTokens', args.numTokens, 1)
    this.numTokens = args.numTokens
    const { outputMode = 'multiHot' } = args
    const plain = outputMode === 'multi_hot' ? 'multiHot' : outputMode === 'one_hot' ? 'oneHot' : outputMode
    checkOneOf(this.name, 'outputMode', plain, OUTPUT_MODES)
    this.outputMode = plain
  }

  override get acceptsIntegers(): boolean {
    return true
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    if (isShapeList(inputShape) || inputShape.length < 1) {
      throw new ShapeError({ who: this.name, expected: 'one input, the batch first', received: showShapes(inputShape) })
    }
    const last = inputShape.at(-1)
    const rows = this.outputMode === 'oneHot' && (last !== 1 || inputShape.length === 1)
    return [...(rows ? inputShape : inputShape.slice(0, Math.max(1, inputShape.length - 1))), this.numTokens]
  }

  call(x: Tensor): Tensor {
    const { name, numTokens, outputMode } = this
    return withIntegers(name, 'the input', x, ($x) => {
      const stranger = $x.view(name).find((category) => category < 0 || category >= numTokens)
      if (stranger !== undefined) {
        throw new ArgumentError({
          who: name,
          expected: `categories from 0 to ${numTokens - 1}`,
          received: `${stranger}`,
        })
      }
      return tidy(() => {
        const rows = oneHot($x, numTokens, 1, 0, 'float32')
        const shape = this.computeOutputShape(x.shape) as Shape
        if (outputMode === 'oneHot' || x.rank < 2) return reshape(rows, shape)
        return outputMode === 'count' ? sum(rows, -2) : max(rows, -2)
      })
    })
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), numTokens: this.numTokens, outputMode: this.outputMode }
  }
}

/**
 * Brings columns to mean 0 and variance 1. Weights: mean, variance, count.
 * @param args axis, mean, variance and invert
 * @example
 * layers.normalization({ mean: [1], variance: [4] }).apply(tensor([[3]])).print() // [[1]]
 */
export const normalization: OptionalLayerFactory<NormalizationLayerArgs, Normalization> = (args) => {
  // A null is an answer here: all values share mean and variance.
  const { axis, ...others } = args ?? {}
  const given = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== null && value !== undefined))
  return new Normalization({ ...given, ...(axis === undefined ? {} : { axis }) })
}
/**
 * Turns categories into rows of numbers.
 * @param args numTokens and outputMode
 * @example
 * const encode = layers.categoryEncoding({ numTokens: 4, outputMode: 'oneHot' })
 * encode.apply(tensor([[2], [0]], undefined, 'int32')).print() // [[0, 0, 1, 0], [1, 0, 0, 0]]
 */
export const categoryEncoding: LayerFactory<CategoryEncodingArgs, CategoryEncoding> =
  /* @__PURE__ */ layerFactory(CategoryEncoding)
