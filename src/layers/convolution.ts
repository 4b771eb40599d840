/** Convolution layers. */

import { activate } from '../activations/table.ts'
import { ArgumentError, checkInteger, checkOneOf } from '../errors.ts'
import { add } from '../ops/arithmetic.ts'
import { conv2dTranspose as conv2dTransposeOp, fusedConv2d } from '../ops/conv2d.ts'
import { fusedDepthwiseConv2d } from '../ops/depthwise-conv2d.ts'
import type { EpilogueActivation } from '../ops/epilogue.ts'
import { reshape, transpose } from '../ops/layout.ts'
import { type BatchShape, checkPair, conv2dShape, depthwiseConv2dShape, type Padding, type Pair } from '../shape.ts'
import { type Tensor, tidy } from '../tensor.ts'
import { type FilterArgs, FilterLayer, type KernelArgs } from './filter-layer.ts'
import {
  checkDataFormat,
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

interface WindowArgs extends FilterArgs {
  /** Height and width of the kernel. */
  readonly kernelSize: Pair
  /** Default 1. */
  readonly strides?: Pair
  /** Default 'valid'. */
  readonly padding?: Padding
  /** Distance between the kernel's rows and columns. Default 1. */
  readonly dilationRate?: Pair
  /** Default 'channelsLast'; the other costs copies. */
  readonly dataFormat?: DataFormat
}

/** What `layers.conv2d` takes. */
export interface Conv2DArgs extends WindowArgs, KernelArgs {
  /** The number of filters = output channels. */
  readonly filters: number
  /** Filters see only their group's channels. Default 1. */
  readonly groups?: number
}

/** What `layers.depthwiseConv2d` takes. */
export interface DepthwiseConv2DArgs extends WindowArgs {
  /** Filters per input channel. Default 1. */
  readonly depthMultiplier?: number
  /** What the filters start from. Default 'glorotNormal'. */
  readonly depthwiseInitializer?: InitializerOption
  /** A penalty on the filters. Default none. */
  readonly depthwiseRegularizer?: RegularizerOption
  /** What the filters are held to. Default nothing. */
  readonly depthwiseConstraint?: ConstraintOption
}

const WINDOW_ARGS = ['kernelSize', 'strides', 'padding', 'dilationRate', 'dataFormat'] as const

/** What the layers on images share: the window's arguments, and the format. */
abstract class WindowLayer extends FilterLayer {
  readonly kernelSize: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly padding: Padding
  readonly dilationRate: readonly [number, number]
  readonly dataFormat: DataFormat
  /** The padding of a layer in front, as long as it is taken along. */
  #around: Padding | undefined

  constructor(args: WindowArgs, own: readonly string[]) {
    super(args, [...own, ...WINDOW_ARGS])
    const who = this.name
    const { strides = 1, padding = 'valid', dilationRate = 1, dataFormat = 'channelsLast' } = args
    this.kernelSize = checkPair(who, 'kernelSize', args.kernelSize)
    this.strides = checkPair(who, 'strides', strides)
    this.dilationRate = checkPair(who, 'dilationRate', dilationRate)
    this.padding = checkWindowPadding(who, padding)
    checkOneOf(who, 'dataFormat', dataFormat, ['channelsLast', 'channelsFirst'])
    this.dataFormat = dataFormat
  }

  protected get window(): { strides: Pair; pad: Padding; dilations: Pair } {
    return { strides: this.strides, pad: this.#around ?? this.padding, dilations: this.dilationRate }
  }

  override get tail(): Tail | undefined {
    if (this.padding !== 'valid' || this.#isFirst || !this.padsItself) return undefined
    return {
      kind: 'window',
      takes: (tails) => tails.length === 0 || this.takes(tails),
      padded: (sides, tails, x, context) => {
        this.#around = [[0, 0], ...sides, [0, 0]]
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

  /** The shape of the input with the channels last. */
  #last(shape: BatchShape): BatchShape {
    const [B = null, C = null, H = null, W = null] = shape
    return this.#isFirst && shape.length === 4 ? [B, H, W, C] : shape
  }

  /** The number of the input's channels. */
  protected channelsOf(inputShape: BatchShape): number {
    checkInput(this.name, inputShape, 4, IMAGES)
    return knownSize(this.name, inputShape, this.#isFirst ? 1 : 3)
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    checkInput(this.name, inputShape, 4, IMAGES)
    const shape = this.outputOf(this.#last(inputShape))
    const [B = null, P = null, Q = null, F = null] = shape
    return this.#isFirst ? [B, F, P, Q] : shape
  }

  protected override fits(inputShape: BatchShape): boolean {
    return inputShape.length === 4 && this.channelsOf(inputShape) === this.channelsOf(this.inputShape)
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
    if (!this.#isFirst) return this.convolved(x, filter, bias, activation, pool)
    return tidy(() =>
      transpose(this.convolved(transpose(x, [0, 2, 3, 1]), filter, bias, activation, false), [0, 3, 1, 2]),
    )
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
    const { kernelSize, strides, padding, dilationRate, dataFormat } = this
    return { ...super.getConfig(), kernelSize, strides, padding, dilationRate, dataFormat }
  }
}

/** y = activation(x * kernel + bias) over [B, H, W, C]. */
export class Conv2D extends WindowLayer {
  static override readonly className = 'Conv2D'
  readonly filters: number
  readonly groups: number
  readonly #kernelOptions: WeightOptions

  constructor(args: Conv2DArgs) {
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
    const kernel = [...this.kernelSize, channels / this.groups, this.filters]
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
    return this.dataFormat === 'channelsLast'
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

/** Each channel with filters of its own: y[…, c·M + m] = activation(x[…, c] * kernel[…, c, m] + bias). */
export class DepthwiseConv2D extends WindowLayer {
  static override readonly className = 'DepthwiseConv2D'
  readonly depthMultiplier: number
  readonly #kernelOptions: WeightOptions

  constructor(args: DepthwiseConv2DArgs) {
    super(args, ['depthMultiplier', ...weightOptionNames('depthwise')])
    const who = this.name
    checkInteger(who, 'depthMultiplier', args.depthMultiplier ?? 1, 1)
    this.depthMultiplier = args.depthMultiplier ?? 1
    this.#kernelOptions = weightOptions(who, args, 'depthwise', 'glorotNormal')
  }

  override get typeName(): string {
    return 'depthwise_conv2d'
  }

  protected outputOf(inputShape: BatchShape): BatchShape {
    const channels = knownSize(this.name, inputShape, 3)
    const kernel = [...this.kernelSize, channels, this.depthMultiplier]
    const image = openImage(inputShape.slice(1), (known) => {
      const { P, Q } = depthwiseConv2dShape(this.name, [1, ...known], kernel, this.window)
      return [P, Q]
    })
    return [inputShape[0] ?? null, ...image, channels * this.depthMultiplier]
  }

  override build(inputShape: BatchShape): void {
    const channels = this.channelsOf(inputShape)
    const shape = [...this.kernelSize, channels, this.depthMultiplier]
    this.kernel = this.declare('depthwise_kernel', shape, this.#kernelOptions)
    this.addBias(channels * this.depthMultiplier)
  }

  protected convolved(x: Tensor, kernel: Tensor, bias: Tensor | undefined, activation: EpilogueActivation): Tensor {
    return fusedDepthwiseConv2d(this.name, x, kernel, { ...this.window, bias, activation })
  }

  override getConfig(): LayerConfig {
    const { depthMultiplier } = this
    return { ...super.getConfig(), depthMultiplier, ...weightConfig('depthwise', this.#kernelOptions) }
  }
}

/** activation(y + bias), for kernels that have neither. */
function finished(y: Tensor, bias: Tensor | undefined, activation: EpilogueActivation): Tensor {
  const shifted = bias === undefined ? y : add(y, bias)
  return activate(activation, shifted)
}

/** What `layers.separableConv2d` takes. */
export interface SeparableConv2DArgs extends WindowArgs {
  /** The number of output channels. */
  readonly filters: number
  /** Filters per input channel. Default 1. */
  readonly depthMultiplier?: number
  /** What the filters per channel start from. Default 'glorotUniform'. */
  readonly depthwiseInitializer?: InitializerOption
  /** A penalty on the filters per channel. Default none. */
  readonly depthwiseRegularizer?: RegularizerOption
  /** What the filters per channel are held to. Default nothing. */
  readonly depthwiseConstraint?: ConstraintOption
  /** What the 1 × 1 filters start from. Default 'glorotUniform'. */
  readonly pointwiseInitializer?: InitializerOption
  /** A penalty on the 1 × 1 filters. Default none. */
  readonly pointwiseRegularizer?: RegularizerOption
  /** What the 1 × 1 filters are held to. Default nothing. */
  readonly pointwiseConstraint?: ConstraintOption
}

/** A depthwise convolution, then one of 1 × 1 over its channels, with bias and activation: Chollet 2017. */
export class SeparableConv2D extends WindowLayer {
  static override readonly className = 'SeparableConv2D'
  readonly filters: number
  readonly depthMultiplier: number
  readonly #depthwiseOptions: WeightOptions
  readonly #pointwiseOptions: WeightOptions
  #depthwise: Weight | undefined

  constructor(args: SeparableConv2DArgs) {
    const names = [...weightOptionNames('depthwise'), ...weightOptionNames('pointwise')]
    super(args, ['filters', 'depthMultiplier', ...names])
    const who = this.name
    checkInteger(who, 'filters', args.filters, 1)
    checkInteger(who, 'depthMultiplier', args.depthMultiplier ?? 1, 1)
    this.filters = args.filters
    this.depthMultiplier = args.depthMultiplier ?? 1
    this.#depthwiseOptions = weightOptions(who, args, 'depthwise', 'glorotUniform')
    this.#pointwiseOptions = weightOptions(who, args, 'pointwise', 'glorotUniform')
  }

  override get typeName(): string {
    return 'separable_conv2d'
  }

  protected outputOf(inputShape: BatchShape): BatchShape {
    const kernel = [...this.kernelSize, knownSize(this.name, inputShape, 3), this.depthMultiplier]
    const image = openImage(inputShape.slice(1), (known) => {
      const { P, Q } = depthwiseConv2dShape(this.name, [1, ...known], kernel, this.window)
      return [P, Q]
    })
    return [inputShape[0] ?? null, ...image, this.filters]
  }

  override build(inputShape: BatchShape): void {
    const channels = this.channelsOf(inputShape)
    const shape = [...this.kernelSize, channels, this.depthMultiplier]
    this.#depthwise = this.declare('depthwise_kernel', shape, this.#depthwiseOptions)
    const pointwise = [1, 1, channels * this.depthMultiplier, this.filters]
    this.kernel = this.declare('pointwise_kernel', pointwise, this.#pointwiseOptions)
    this.addBias(this.filters)
  }

  protected convolved(x: Tensor, kernel: Tensor, bias: Tensor | undefined, activation: EpilogueActivation): Tensor {
    const between = fusedDepthwiseConv2d(this.name, x, this.#depthwise!.variable, this.window)
    return fusedConv2d(this.name, between, kernel, { bias, activation })
  }

  override getConfig(): LayerConfig {
    const { filters } = this
    // TF.js writes none.
    const depthMultiplier = this.depthMultiplier === 1 ? {} : { depthMultiplier: this.depthMultiplier }
    const depthwise = weightConfig('depthwise', this.#depthwiseOptions)
    return {
      ...super.getConfig(),
      filters,
      ...depthMultiplier,
      ...depthwise,
      ...weightConfig('pointwise', this.#pointwiseOptions),
    }
  }
}

/** What `layers.conv2dTranspose` takes. */
export interface Conv2DTransposeArgs extends WindowArgs, KernelArgs {
  /** The number of output channels. */
  readonly filters: number
  /** Default 'valid'. */
  readonly padding?: 'valid' | 'same'
}

/** The gradient of a convolution by its input, as a layer: strides make images larger. */
export class Conv2DTranspose extends WindowLayer {
  static override readonly className = 'Conv2DTranspose'
  readonly filters: number
  readonly #kernelOptions: WeightOptions

  constructor(args: Conv2DTransposeArgs) {
    super(args, ['filters', ...weightOptionNames('kernel')])
    const who = this.name
    checkInteger(who, 'filters', args.filters, 1)
    checkOneOf(who, 'padding', this.padding, ['valid', 'same'])
    this.filters = args.filters
    this.#kernelOptions = weightOptions(who, args, 'kernel', 'glorotNormal')
  }

  override get typeName(): string {
    return 'conv2d_transpose'
  }

  protected outputOf(inputShape: BatchShape): BatchShape {
    const image = [0, 1].map((i) => {
      const size = inputShape[i + 1] ?? null
      const span = (this.kernelSize[i]! - 1) * this.dilationRate[i]! + 1
      const beyond = this.padding === 'same' ? 0 : Math.max(0, span - this.strides[i]!)
      return size === null ? null : size * this.strides[i]! + beyond
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

/** A number, or a list of one. */
type One = number | readonly [number] | readonly number[]

/** What `layers.conv1d` takes. */
export interface Conv1DArgs extends FilterArgs, KernelArgs {
  /** The number of filters = output channels. */
  readonly filters: number
  /** The length of the kernel. */
  readonly kernelSize: One
  /** Default 1. */
  readonly strides?: One
  /** Default 'valid'; with 'causal' a step sees itself and those before it. */
  readonly padding?: 'valid' | 'same' | 'causal'
  /** Distance between the kernel's steps. Default 1. */
  readonly dilationRate?: One
  /** 'channelsLast', the default and the one there is. */
  readonly dataFormat?: 'channelsLast'
}

/** y = activation(x * kernel + bias) over [B, L, C]. */
export class Conv1D extends FilterLayer {
  static override readonly className = 'Conv1D'
  readonly filters: number
  readonly kernelSize: number
  readonly strides: number
  readonly padding: 'valid' | 'same' | 'causal'
  readonly dilationRate: number
  readonly #kernelOptions: WeightOptions

  constructor(args: Conv1DArgs) {
    const own = ['filters', 'kernelSize', 'strides', 'padding', 'dilationRate', 'dataFormat']
    super(args, [...own, ...weightOptionNames('kernel')])
    const who = this.name
    checkInteger(who, 'filters', args.filters, 1)
    this.filters = args.filters
    this.kernelSize = checkOne(who, 'kernelSize', args.kernelSize)
    this.strides = checkOne(who, 'strides', args.strides ?? 1)
    this.dilationRate = checkOne(who, 'dilationRate', args.dilationRate ?? 1)
    const { padding = 'valid' } = args
    checkOneOf(who, 'padding', padding, ['valid', 'same', 'causal'])
    this.padding = padding
    checkDataFormat(who, args.dataFormat)
    this.#kernelOptions = weightOptions(who, args, 'kernel', 'glorotNormal')
  }

  /** A sequence is an image of one row. */
  get #window(): { strides: Pair; pad: Padding; dilations: Pair } {
    const { padding, strides, dilationRate } = this
    const before = (this.kernelSize - 1) * dilationRate
    const causal = [
      [0, 0],
      [0, 0],
      [before, 0],
      [0, 0],
    ] as const
    return { strides: [1, strides], pad: padding === 'causal' ? causal : padding, dilations: [1, dilationRate] }
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const [L = null] = checkInput(this.name, inputShape, 3, SEQUENCES)
    const channels = knownSize(this.name, inputShape, 2)
    const [, Q = null] = openImage([1, L, channels], (known) => {
      const { Q } = conv2dShape(this.name, [1, ...known], [1, this.kernelSize, channels, this.filters], this.#window)
      return [1, Q]
    })
    return [inputShape[0] ?? null, Q, this.filters]
  }

  override build(inputShape: BatchShape): void {
    const shape = [this.kernelSize, knownSize(this.name, inputShape, 2), this.filters]
    this.kernel = this.declare('kernel', shape, this.#kernelOptions)
    this.addBias(this.filters)
  }

  protected filtered(x: Tensor, kernel: Tensor, bias: Tensor | undefined, activation: EpilogueActivation): Tensor {
    const [B, L, C] = x.shape as readonly [number, number, number]
    return tidy(() => {
      const [row, filter] = [reshape(x, [B, 1, L, C]), reshape(kernel, [1, ...kernel.shape])]
      const y = fusedConv2d(this.name, row, filter, { ...this.#window, bias, activation })
      return reshape(y, [B, y.shape[2]!, this.filters])
    })
  }

  override getConfig(): LayerConfig {
    const { filters, padding } = this
    const [kernelSize, strides, dilationRate] = [[this.kernelSize], [this.strides], [this.dilationRate]]
    const own = { filters, kernelSize, strides, padding, dilationRate }
    return { ...super.getConfig(), ...own, ...weightConfig('kernel', this.#kernelOptions) }
  }
}

/**
 * A 1-D convolution layer: [B, L, C] to [B, Q, filters]. Weights: kernel [length, channels, filters], bias [filters].
 * @param args filters, kernelSize, strides, padding, dilationRate, activation, useBias, and what every layer takes
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
