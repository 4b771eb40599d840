/** Convolution layers. */

import { activate } from '../activations/table.ts'
import { ArgumentError, checkInteger, checkOneOf } from '../errors.ts'
import { add } from '../ops/arithmetic.ts'
import { conv2dTranspose as conv2dTransposeOp, fusedConv2d } from '../ops/conv2d.ts'
import { fusedDepthwiseConv2d } from '../ops/depthwise-conv2d.ts'
import type { EpilogueActivation } from '../ops/epilogue.ts'
import { reshape, transpose } from '../ops/layout.ts'
import {
  type BatchShape,
  checkPair,
  conv2dShape,
  depthwiseConv2dShape,
  type Padding,
  type Pair,
  type Shape,
} from '../shape.ts'
import { type Tensor, tidy } from '../tensor.ts'
import { type FilterArgs, FilterLayer, type KernelArgs } from './filter-layer.ts'
import {
  checkInput,
  checkOne,
  checkWindowPadding,
  knownSize,
  type LayerConfig,
  type LayerFactory,
  layerFactory,
  openImage,
  type Tail,
} from './layer.ts'
import type { Weight } from './weight.ts'
import {
  type ConstraintOption,
  type InitializerOption,
  type RegularizerOption,
  type WeightOptions,
  weightConfig,
  weightOptionNames,
  weightOptions,
} from './weight-options.ts'

const IMAGES = 'add a channel axis: images are [batch, height, width, channels]'
const SEQUENCES = 'sequences are [batch, steps, channels]'

/**
 * Where the channels are. quadlane computes with the channels last; the layers of this file take the other format too,
 * for models that have it, and turn images round.
 */
export type DataFormat = 'channelsLast' | 'channelsFirst'

interface FormatArgs extends FilterArgs {
  /** Default 'channelsLast'; the other costs copies. */
  readonly dataFormat?: DataFormat
}

interface WindowArgs extends FormatArgs {
  /** Height and width of the kernel. */
  readonly kernelSize: Pair
  /** Default 1. */
  readonly strides?: Pair
  /** Default 'valid'. */
  readonly padding?: Padding
  /** Distance between the kernel's rows and columns. Default 1. */
  readonly dilationRate?: Pair
}

/** A number, or a list of one. */
type One = number | readonly [number] | readonly number[]

interface SequenceArgs extends FormatArgs {
  /** The length of the kernel. */
  readonly kernelSize: One
  /** Default 1. */
  readonly strides?: One
  /** Default 'valid'; with 'causal' a step sees itself and those before it. */
  readonly padding?: 'valid' | 'same' | 'causal'
  /** Distance between the kernel's steps. Default 1. */
  readonly dilationRate?: One
}

interface FiltersArgs {
  /** The number of filters = output channels. */
  readonly filters: number
}

interface GroupsArgs extends FiltersArgs, KernelArgs {
  /** Filters see only their group's channels. Default 1. */
  readonly groups?: number
}

interface DepthwiseArgs {
  /** Filters per input channel. Default 1. */
  readonly depthMultiplier?: number
  /** What the filters per channel start from. Default 'glorotNormal', in separable layers 'glorotUniform'. */
  readonly depthwiseInitializer?: InitializerOption
  /** A penalty on the filters per channel. Default none. */
  readonly depthwiseRegularizer?: RegularizerOption
  /** What the filters per channel are held to. Default nothing. */
  readonly depthwiseConstraint?: ConstraintOption
}

interface PointwiseArgs extends FiltersArgs, DepthwiseArgs {
  /** What the 1 × 1 filters start from. Default 'glorotUniform'. */
  readonly pointwiseInitializer?: InitializerOption
  /** A penalty on the 1 × 1 filters. Default none. */
  readonly pointwiseRegularizer?: RegularizerOption
  /** What the 1 × 1 filters are held to. Default nothing. */
  readonly pointwiseConstraint?: ConstraintOption
}

interface TransposeArgs extends FiltersArgs, KernelArgs {
  /** Default 'valid'. */
  readonly padding?: 'valid' | 'same'
}

/** What `layers.conv1d` takes. */
export interface Conv1DArgs extends SequenceArgs, GroupsArgs {}

/** What `layers.conv2d` takes. */
export interface Conv2DArgs extends WindowArgs, GroupsArgs {}

/** What `layers.depthwiseConv1d` takes. */
export interface DepthwiseConv1DArgs extends SequenceArgs, DepthwiseArgs {}

/** What `layers.depthwiseConv2d` takes. */
export interface DepthwiseConv2DArgs extends WindowArgs, DepthwiseArgs {}

/** What `layers.separableConv1d` takes. */
export interface SeparableConv1DArgs extends SequenceArgs, PointwiseArgs {}

/** What `layers.separableConv2d` takes. */
export interface SeparableConv2DArgs extends WindowArgs, PointwiseArgs {}

/** What `layers.conv1dTranspose` takes. */
export interface Conv1DTransposeArgs extends SequenceArgs, TransposeArgs {
  /** Default 'valid'. */
  readonly padding?: 'valid' | 'same'
}

/** What `layers.conv2dTranspose` takes. */
export interface Conv2DTransposeArgs extends WindowArgs, TransposeArgs {
  /** Default 'valid'. */
  readonly padding?: 'valid' | 'same'
}

const WINDOW_ARGS = ['kernelSize', 'strides', 'padding', 'dilationRate', 'dataFormat'] as const

/** Of a sequence, sizes along rows and columns: it is an image of one row. */
function onImage(sizes: readonly number[]): readonly [number, number] {
  return sizes.length === 1 ? [1, sizes[0]!] : [sizes[0]!, sizes[1]!]
}

/**
 * What the layers on images and on sequences share: the window's arguments, and the format. Kernels are for images: a
 * sequence is one of one row, and so is a filter over its steps.
 */
abstract class WindowLayer extends FilterLayer {
  /** A number for each axis that it slides over. */
  readonly kernelSize: readonly number[]
  readonly strides: readonly number[]
  readonly padding: Padding | 'causal'
  readonly dilationRate: readonly number[]
  readonly dataFormat: DataFormat
  /** The padding of a layer in front, as long as it is taken along. */
  #around: Padding | undefined

  constructor(args: WindowArgs | SequenceArgs, own: readonly string[]) {
    super(args, [...own, ...WINDOW_ARGS])
    const who = this.name
    const { strides = 1, padding = 'valid', dilationRate = 1, dataFormat = 'channelsLast' } = args
    const sizes = (name: string, given: unknown): readonly number[] => {
      return this.axes === 1 ? [checkOne(who, name, given)] : checkPair(who, name, given)
    }
    this.kernelSize = sizes('kernelSize', args.kernelSize)
    this.strides = sizes('strides', strides)
    this.dilationRate = sizes('dilationRate', dilationRate)
    if (this.axes === 1) checkOneOf(who, 'padding', padding, ['valid', 'same', 'causal'])
    else checkWindowPadding(who, padding)
    this.padding = padding
    checkOneOf(who, 'dataFormat', dataFormat, ['channelsLast', 'channelsFirst'])
    this.dataFormat = dataFormat
  }

  /** How many axes it slides over: the rows and columns of images, or the steps of sequences. */
  protected get axes(): 1 | 2 {
    return 2
  }

  /** Height and width of the kernel. */
  protected get size(): readonly [number, number] {
    return onImage(this.kernelSize)
  }

  /** How the kernel goes over an image. */
  protected get window(): { strides: Pair; pad: Padding; dilations: Pair } {
    const [strides, dilations] = [onImage(this.strides), onImage(this.dilationRate)]
    const before = (this.size[1] - 1) * dilations[1]
    const causal: Padding = [
      [0, 0],
      [0, 0],
      [before, 0],
      [0, 0],
    ]
    return { strides, pad: this.#around ?? (this.padding === 'causal' ? causal : this.padding), dilations }
  }

  override get tail(): Tail | undefined {
    if (this.padding !== 'valid' || this.#isFirst || !this.padsItself) return undefined
    return {
      kind: 'window',
      takes: (tails) => tails.length === 0 || this.takes(tails),
      padded: (sides, tails, x, context) => {
        const rows = this.axes === 1 ? ([[0, 0]] as const) : []
        this.#around = [[0, 0], ...rows, ...sides, [0, 0]] as unknown as Padding
        try {
          return tails.length === 0 ? this.call(x, context) : this.callWith(tails, x, context)
        } finally {
          this.#around = undefined
        }
      },
    }
  }

  /** Whether its kernels leave out what lies in a padding. */
  protected get padsItself(): boolean {
    return true
  }

  get #isFirst(): boolean {
    return this.dataFormat === 'channelsFirst'
  }

  /** The shape of the input as an image with the channels last. */
  #imageOf(shape: BatchShape): BatchShape {
    const [B = null, ...sample] = shape
    const [C = null, ...sizes] = this.#isFirst ? sample : [sample.at(-1) ?? null, ...sample.slice(0, -1)]
    return [B, ...(this.axes === 1 ? [1] : []), ...sizes, C]
  }

  /** The number of the input's channels. */
  protected channelsOf(inputShape: BatchShape): number {
    this.#check(inputShape)
    return knownSize(this.name, inputShape, this.#isFirst ? 1 : this.axes + 1)
  }

  #check(inputShape: BatchShape): void {
    checkInput(this.name, inputShape, this.axes + 2, this.axes === 1 ? SEQUENCES : IMAGES)
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.#check(inputShape)
    const [B = null, P = null, Q = null, F = null] = this.outputOf(this.#imageOf(inputShape))
    const sizes = this.axes === 1 ? [Q] : [P, Q]
    return this.#isFirst ? [B, F, ...sizes] : [B, ...sizes, F]
  }

  protected override fits(inputShape: BatchShape): boolean {
    return inputShape.length === this.axes + 2 && this.channelsOf(inputShape) === this.channelsOf(this.inputShape)
  }

  /** [B, P, Q, F] for [B, H, W, C]. */
  protected abstract outputOf(inputShape: BatchShape): BatchShape

  protected filtered(
    x: Tensor,
    filter: Tensor,
    bias: Tensor | undefined,
    activation: EpilogueActivation,
    pool: boolean,
  ): Tensor {
    if (this.axes === 2 && !this.#isFirst) return this.convolved(x, filter, bias, activation, pool)
    return tidy(() => {
      const last = this.#isFirst ? transpose(x, this.axes === 1 ? [0, 2, 1] : [0, 2, 3, 1]) : x
      const image = this.axes === 1 ? reshape(last, this.#imageOf(x.shape) as Shape) : last
      const y = this.convolved(image, this.filterOf(filter), bias, activation, false)
      const [B, , Q, F] = y.shape as readonly [number, number, number, number]
      if (this.axes === 2) return transpose(y, [0, 3, 1, 2])
      const steps = reshape(y, [B, Q, F])
      return this.#isFirst ? transpose(steps, [0, 2, 1]) : steps
    })
  }

  /** A filter over images. */
  protected filterOf(filter: Tensor): Tensor {
    return this.axes === 1 ? reshape(filter, [1, ...filter.shape]) : filter
  }

  protected override get pools(): boolean {
    return false
  }

  protected override get folds(): boolean {
    return !this.#isFirst
  }

  /** As `filtered`, of images with the channels last. */
  protected abstract convolved(
    x: Tensor,
    filter: Tensor,
    bias: Tensor | undefined,
    activation: EpilogueActivation,
    pool: boolean,
  ): Tensor

  override getConfig(): LayerConfig {
    const { kernelSize, strides, padding, dilationRate } = this
    // TF.js writes no format of sequences.
    const format = this.axes === 1 && !this.#isFirst ? {} : { dataFormat: this.dataFormat }
    return { ...super.getConfig(), kernelSize, strides, padding, dilationRate, ...format }
  }
}

/** y = activation(x * kernel + bias) */
abstract class Conv<Args extends Conv1DArgs | Conv2DArgs> extends WindowLayer {
  readonly filters: number
  readonly groups: number
  readonly #kernelOptions: WeightOptions

  constructor(args: Args) {
    super(args, ['filters', 'groups', ...weightOptionNames('kernel')])
    const who = this.name
    checkInteger(who, 'filters', args.filters, 1)
    checkInteger(who, 'groups', args.groups ?? 1, 1)
    this.filters = args.filters
    this.groups = args.groups ?? 1
    this.#kernelOptions = weightOptions(who, args, 'kernel', 'glorotNormal')
    if (this.filters % this.groups !== 0) {
      throw new ArgumentError({
        who,
        expected: 'groups to divide the filters',
        received: `${this.groups} groups, ${this.filters} filters`,
      })
    }
  }

  protected outputOf(inputShape: BatchShape): BatchShape {
    const channels = knownSize(this.name, inputShape, 3)
    if (channels % this.groups !== 0) {
      const received = `${this.groups} groups, ${channels} channels`
      throw new ArgumentError({ who: this.name, expected: 'groups to divide the input channels', received })
    }
    const kernel = [...this.size, channels / this.groups, this.filters]
    const image = openImage(inputShape.slice(1), (known) => {
      const { P, Q } = conv2dShape(this.name, [1, ...known], kernel, this.window)
      return [P, Q]
    })
    return [inputShape[0] ?? null, ...image, this.filters]
  }

  override build(inputShape: BatchShape): void {
    const shape = [...this.kernelSize, this.channelsOf(inputShape) / this.groups, this.filters]
    this.kernel = this.declare('kernel', shape, this.#kernelOptions)
    this.addBias(this.filters)
  }

  protected override get pools(): boolean {
    return this.axes === 2 && this.dataFormat === 'channelsLast'
  }

  protected convolved(
    x: Tensor,
    kernel: Tensor,
    bias: Tensor | undefined,
    activation: EpilogueActivation,
    pool: boolean,
  ): Tensor {
    return fusedConv2d(this.name, x, kernel, { ...this.window, bias, activation, pool })
  }

  override getConfig(): LayerConfig {
    const { filters, groups } = this
    const kernel = weightConfig('kernel', this.#kernelOptions)
    return { ...super.getConfig(), filters, ...(groups === 1 ? {} : { groups }), ...kernel }
  }
}

/** What the depthwise layers and the separable ones share: filters of each channel by itself. */
abstract class ChannelwiseConv extends WindowLayer {
  readonly depthMultiplier: number
  readonly #options: WeightOptions

  constructor(
    args: (WindowArgs | SequenceArgs) & DepthwiseArgs,
    own: readonly string[],
    initializer: 'glorotNormal' | 'glorotUniform',
  ) {
    super(args, ['depthMultiplier', ...weightOptionNames('depthwise'), ...own])
    const who = this.name
    checkInteger(who, 'depthMultiplier', args.depthMultiplier ?? 1, 1)
    this.depthMultiplier = args.depthMultiplier ?? 1
    this.#options = weightOptions(who, args, 'depthwise', initializer)
  }

  protected outputOf(inputShape: BatchShape): BatchShape {
    const channels = knownSize(this.name, inputShape, 3)
    const kernel = [...this.size, channels, this.depthMultiplier]
    const image = openImage(inputShape.slice(1), (known) => {
      const { P, Q } = depthwiseConv2dShape(this.name, [1, ...known], kernel, this.window)
      return [P, Q]
    })
    return [inputShape[0] ?? null, ...image, channels * this.depthMultiplier]
  }

  protected declareDepthwise(channels: number): Weight {
    const shape = [...this.kernelSize, channels, this.depthMultiplier]
    return this.declare('depthwise_kernel', shape, this.#options)
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), ...weightConfig('depthwise', this.#options) }
  }
}

/** Each channel with filters of its own: y[…, c·M + m] = activation(x[…, c] * kernel[…, c, m] + bias). */
abstract class DepthwiseConv<Args extends DepthwiseConv1DArgs | DepthwiseConv2DArgs> extends ChannelwiseConv {
  constructor(args: Args) {
    super(args, [], 'glorotNormal')
  }

  override build(inputShape: BatchShape): void {
    const channels = this.channelsOf(inputShape)
    this.kernel = this.declareDepthwise(channels)
    this.addBias(channels * this.depthMultiplier)
  }

  protected convolved(x: Tensor, kernel: Tensor, bias: Tensor | undefined, activation: EpilogueActivation): Tensor {
    return fusedDepthwiseConv2d(this.name, x, kernel, { ...this.window, bias, activation })
  }

  override getConfig(): LayerConfig {
    return { ...super.getConfig(), depthMultiplier: this.depthMultiplier }
  }
}

/** activation(y + bias), for kernels that have neither. */
function finished(y: Tensor, bias: Tensor | undefined, activation: EpilogueActivation): Tensor {
  const shifted = bias === undefined ? y : add(y, bias)
  return activate(activation, shifted)
}

/** A depthwise convolution, then one of 1 × 1 over its channels, with bias and activation: Chollet 2017. */
abstract class SeparableConv<Args extends SeparableConv1DArgs | SeparableConv2DArgs> extends ChannelwiseConv {
  readonly filters: number
  readonly #pointwiseOptions: WeightOptions
  #depthwise: Weight | undefined

  constructor(args: Args) {
    super(args, ['filters', ...weightOptionNames('pointwise')], 'glorotUniform')
    const who = this.name
    checkInteger(who, 'filters', args.filters, 1)
    this.filters = args.filters
    this.#pointwiseOptions = weightOptions(who, args, 'pointwise', 'glorotUniform')
  }

  protected override outputOf(inputShape: BatchShape): BatchShape {
    return [...super.outputOf(inputShape).slice(0, -1), this.filters]
  }

  override build(inputShape: BatchShape): void {
    const channels = this.channelsOf(inputShape)
    this.#depthwise = this.declareDepthwise(channels)
    const ones = this.kernelSize.map(() => 1)
    const pointwise = [...ones, channels * this.depthMultiplier, this.filters]
    this.kernel = this.declare('pointwise_kernel', pointwise, this.#pointwiseOptions)
    this.addBias(this.filters)
  }

  protected convolved(x: Tensor, kernel: Tensor, bias: Tensor | undefined, activation: EpilogueActivation): Tensor {
    const between = fusedDepthwiseConv2d(this.name, x, this.filterOf(this.#depthwise!.variable), this.window)
    return fusedConv2d(this.name, between, kernel, { bias, activation })
  }

  override getConfig(): LayerConfig {
    const { filters } = this
    // TF.js writes none.
    const depthMultiplier = this.depthMultiplier === 1 ? {} : { depthMultiplier: this.depthMultiplier }
    return { ...super.getConfig(), filters, ...depthMultiplier, ...weightConfig('pointwise', this.#pointwiseOptions) }
  }
}

/** The gradient of a convolution by its input, as a layer: strides make images larger. */
abstract class ConvTranspose<Args extends Conv1DTransposeArgs | Conv2DTransposeArgs> extends WindowLayer {
  readonly filters: number
  readonly #kernelOptions: WeightOptions

  constructor(args: Args) {
    super(args, ['filters', ...weightOptionNames('kernel')])
    const who = this.name
    checkInteger(who, 'filters', args.filters, 1)
    checkOneOf(who, 'padding', this.padding, ['valid', 'same'])
    this.filters = args.filters
    this.#kernelOptions = weightOptions(who, args, 'kernel', 'glorotNormal')
  }

  protected outputOf(inputShape: BatchShape): BatchShape {
    const [strides, dilations] = [onImage(this.strides), onImage(this.dilationRate)]
    const image = this.size.map((kernel, i) => {
      const size = inputShape[i + 1] ?? null
      const span = (kernel - 1) * dilations[i]! + 1
      const beyond = this.padding === 'same' ? 0 : Math.max(0, span - strides[i]!)
      return size === null ? null : size * strides[i]! + beyond
    })
    return [inputShape[0] ?? null, ...image, this.filters]
  }

  override build(inputShape: BatchShape): void {
    const shape = [...this.kernelSize, this.filters, this.channelsOf(inputShape)]
    this.kernel = this.declare('kernel', shape, this.#kernelOptions)
    this.addBias(this.filters)
  }

  protected override get folds(): boolean {
    return false
  }

  protected override get padsItself(): boolean {
    return false
  }

  protected convolved(x: Tensor, kernel: Tensor, bias: Tensor | undefined, activation: EpilogueActivation): Tensor {
    const shape = this.outputOf(x.shape) as number[]
    const { strides, pad, dilations } = this.window
    return finished(conv2dTransposeOp(x, kernel, shape, strides, pad, undefined, dilations), bias, activation)
  }

  override getConfig(): LayerConfig {
    const { dilationRate, ...config } = super.getConfig()
    const dilated = this.dilationRate.some((rate) => rate > 1) ? { dilationRate } : {}
    return { ...config, ...dilated, filters: this.filters, ...weightConfig('kernel', this.#kernelOptions) }
  }
}

/** A convolution of images [B, H, W, C]. */
export class Conv2D extends Conv<Conv2DArgs> {
  static override readonly className = 'Conv2D'
}

/** A convolution of sequences [B, L, C]. */
export class Conv1D extends Conv<Conv1DArgs> {
  static override readonly className = 'Conv1D'
  protected override get axes(): 1 {
    return 1
  }
}

/** A depthwise convolution of images [B, H, W, C]. */
export class DepthwiseConv2D extends DepthwiseConv<DepthwiseConv2DArgs> {
  static override readonly className = 'DepthwiseConv2D'
  override get typeName(): string {
    return 'depthwise_conv2d'
  }
}

/** A depthwise convolution of sequences [B, L, C]. */
export class DepthwiseConv1D extends DepthwiseConv<DepthwiseConv1DArgs> {
  static override readonly className = 'DepthwiseConv1D'
  override get typeName(): string {
    return 'depthwise_conv1d'
  }
  protected override get axes(): 1 {
    return 1
  }
}

/** A separable convolution of images [B, H, W, C]. */
export class SeparableConv2D extends SeparableConv<SeparableConv2DArgs> {
  static override readonly className = 'SeparableConv2D'
  override get typeName(): string {
    return 'separable_conv2d'
  }
}

/** A separable convolution of sequences [B, L, C]. */
export class SeparableConv1D extends SeparableConv<SeparableConv1DArgs> {
  static override readonly className = 'SeparableConv1D'
  override get typeName(): string {
    return 'separable_conv1d'
  }
  protected override get axes(): 1 {
    return 1
  }
}

/** A transposed convolution of images [B, P, Q, C]. */
export class Conv2DTranspose extends ConvTranspose<Conv2DTransposeArgs> {
  static override readonly className = 'Conv2DTranspose'
  override get typeName(): string {
    return 'conv2d_transpose'
  }
}

/** A transposed convolution of sequences [B, Q, C]. */
export class Conv1DTranspose extends ConvTranspose<Conv1DTransposeArgs> {
  static override readonly className = 'Conv1DTranspose'
  override get typeName(): string {
    return 'conv1d_transpose'
  }
  protected override get axes(): 1 {
    return 1
  }
}

/**
 * A 1-D convolution layer: [B, L, C] to [B, Q, filters]. Weights: kernel [length, channels / groups, filters], bias
 * [filters].
 * @param args filters, kernelSize, strides, padding, dilationRate, groups, activation, useBias, and what every layer
 *   takes
 * @example
 * console.log(layers.conv1d({ filters: 4, kernelSize: 3 }).apply(zeros([1, 10, 2])).shape) // [ 1, 8, 4 ]
 */
export const conv1d: LayerFactory<Conv1DArgs, Conv1D> = /* @__PURE__ */ layerFactory(Conv1D)

/**
 * A 2-D convolution layer: [B, H, W, C] to [B, P, Q, filters]. Weights: kernel [height, width, channels / groups,
 * filters], bias [filters].
 * @param args filters, kernelSize, strides, padding, dilationRate, groups, activation, useBias, and what every layer
 *   takes
 * @throws ArgumentError for a filter or size that is none; ShapeError where the filter exceeds the padded image
 * @example
 * const conv = layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] })
 * console.log(sequential({ layers: [conv] }).outputShape) // [ null, 26, 26, 32 ]
 */
export const conv2d: LayerFactory<Conv2DArgs, Conv2D> = /* @__PURE__ */ layerFactory(Conv2D)

/**
 * A transposed 2-D convolution layer, which makes images larger: [B, P, Q, C] to [B, H, W, filters]. Weights: kernel
 * [height, width, filters, channels], bias [filters].
 * @param args filters, kernelSize, strides, padding, dilationRate, activation, useBias, and what every layer takes
 * @example
 * const up = layers.conv2dTranspose({ filters: 8, kernelSize: 2, strides: 2 })
 * console.log(up.apply(zeros([1, 7, 7, 16])).shape) // [ 1, 14, 14, 8 ]
 */
export const conv2dTranspose: LayerFactory<Conv2DTransposeArgs, Conv2DTranspose> =
  /* @__PURE__ */ layerFactory(Conv2DTranspose)

/**
 * A depthwise 2-D convolution layer: [B, H, W, C] to [B, P, Q, C · depthMultiplier]. Weights: kernel [height, width,
 * channels, depthMultiplier], bias.
 * @param args kernelSize, depthMultiplier, strides, padding, dilationRate, activation, useBias, and what every layer
 *   takes
 * @example
 * const depthwise = layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' })
 * console.log(depthwise.apply(zeros([1, 8, 8, 16])).shape) // [ 1, 8, 8, 16 ]
 */
export const depthwiseConv2d: LayerFactory<DepthwiseConv2DArgs, DepthwiseConv2D> =
  /* @__PURE__ */ layerFactory(DepthwiseConv2D)

/**
 * A depthwise convolution and one of 1 × 1. Weights: depthwise_kernel [height, width, channels, depthMultiplier],
 * pointwise_kernel [1, 1, channels · depthMultiplier, filters], bias [filters].
 * @param args filters, kernelSize, depthMultiplier, strides, padding, dilationRate, activation, useBias, and what
 *   every layer takes
 * @example
 * console.log(layers.separableConv2d({ filters: 8, kernelSize: 3 }).apply(zeros([1, 8, 8, 3])).shape)
 * // [ 1, 6, 6, 8 ]
 */
export const separableConv2d: LayerFactory<SeparableConv2DArgs, SeparableConv2D> =
  /* @__PURE__ */ layerFactory(SeparableConv2D)

/**
 * A depthwise 1-D convolution layer: [B, L, C] to [B, Q, C · depthMultiplier]. Weights: kernel [length, channels,
 * depthMultiplier], bias.
 * @param args kernelSize, depthMultiplier, strides, padding, dilationRate, activation, useBias, and what every layer
 *   takes
 * @example
 * const depthwise = layers.depthwiseConv1d({ kernelSize: 3, padding: 'same' })
 * console.log(depthwise.apply(zeros([1, 10, 4])).shape) // [ 1, 10, 4 ]
 */
export const depthwiseConv1d: LayerFactory<DepthwiseConv1DArgs, DepthwiseConv1D> =
  /* @__PURE__ */ layerFactory(DepthwiseConv1D)

/**
 * A depthwise convolution of sequences and one of a single step over its channels: [B, L, C] to [B, Q, filters].
 * Weights: depthwise_kernel [length, channels, depthMultiplier], pointwise_kernel [1, channels · depthMultiplier,
 * filters], bias [filters].
 * @param args filters, kernelSize, depthMultiplier, strides, padding, dilationRate, activation, useBias, and what
 *   every layer takes
 * @example
 * console.log(layers.separableConv1d({ filters: 8, kernelSize: 3 }).apply(zeros([1, 10, 3])).shape) // [ 1, 8, 8 ]
 */
export const separableConv1d: LayerFactory<SeparableConv1DArgs, SeparableConv1D> =
  /* @__PURE__ */ layerFactory(SeparableConv1D)

/**
 * A transposed 1-D convolution layer, which makes sequences longer: [B, Q, C] to [B, L, filters]. Weights: kernel
 * [length, filters, channels], bias [filters].
 * @param args filters, kernelSize, strides, padding, dilationRate, activation, useBias, and what every layer takes
 * @example
 * const up = layers.conv1dTranspose({ filters: 8, kernelSize: 2, strides: 2 })
 * console.log(up.apply(zeros([1, 7, 16])).shape) // [ 1, 14, 8 ]
 */
export const conv1dTranspose: LayerFactory<Conv1DTransposeArgs, Conv1DTranspose> =
  /* @__PURE__ */ layerFactory(Conv1DTranspose)
