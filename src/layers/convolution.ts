/** Convolution layers. */

import { activate } from '../activations/table.ts'
import { ArgumentError, checkInteger } from '../errors.ts'
import { type Initializer, type InitializerName, toInitializer } from '../initializers/table.ts'
import { add } from '../ops/arithmetic.ts'
import { fusedConv2d } from '../ops/conv2d.ts'
import { depthwiseConv2d as depthwiseConv2dOp } from '../ops/depthwise-conv2d.ts'
import type { EpilogueActivation } from '../ops/epilogue.ts'
import { type BatchShape, checkPair, conv2dShape, depthwiseConv2dShape, type Padding, type Pair } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { type FilterArgs, FilterLayer } from './filter-layer.ts'
import {
  checkDataFormat,
  checkInput,
  checkWindowPadding,
  knownSize,
  type LayerConfig,
  type LayerFactory,
  layerFactory,
  openImage,
} from './layer.ts'

const IMAGES = 'add a channel axis: images are [batch, height, width, channels]'

/** quadlane computes on images with the channels last; the option is there for code that names it. */
export type DataFormat = 'channelsLast'

interface WindowArgs extends FilterArgs {
  /** Height and width of the kernel. */
  readonly kernelSize: Pair
  /** Default 1. */
  readonly strides?: Pair
  /** Default 'valid'. */
  readonly padding?: Padding
  /** Distance between the kernel's rows and columns. Default 1. */
  readonly dilationRate?: Pair
  readonly dataFormat?: DataFormat
}

export interface Conv2DArgs extends WindowArgs {
  /** The number of filters = output channels. */
  readonly filters: number
  /** Filters see only their group's channels. Default 1. */
  readonly groups?: number
  /** Default 'glorotNormal'. */
  readonly kernelInitializer?: InitializerName | Initializer
}

export interface DepthwiseConv2DArgs extends WindowArgs {
  /** Filters per input channel. Default 1. */
  readonly depthMultiplier?: number
  /** Default 'glorotNormal'. */
  readonly depthwiseInitializer?: InitializerName | Initializer
}

const WINDOW_ARGS = ['kernelSize', 'strides', 'padding', 'dilationRate', 'dataFormat'] as const

/** What the convolution layers share: the window's arguments. */
abstract class WindowLayer extends FilterLayer {
  readonly kernelSize: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly padding: Padding
  readonly dilationRate: readonly [number, number]

  constructor(args: WindowArgs, own: readonly string[]) {
    super(args, [...own, ...WINDOW_ARGS])
    const who = this.name
    const { strides = 1, padding = 'valid', dilationRate = 1 } = args
    this.kernelSize = checkPair(who, 'kernelSize', args.kernelSize)
    this.strides = checkPair(who, 'strides', strides)
    this.dilationRate = checkPair(who, 'dilationRate', dilationRate)
    this.padding = checkWindowPadding(who, padding)
    checkDataFormat(who, args.dataFormat)
  }

  protected get window(): { strides: Pair; pad: Padding; dilations: Pair } {
    return { strides: this.strides, pad: this.padding, dilations: this.dilationRate }
  }

  override getConfig(): LayerConfig {
    const { kernelSize, strides, padding, dilationRate } = this
    return { ...super.getConfig(), kernelSize, strides, padding, dilationRate, dataFormat: 'channelsLast' }
  }
}

/** y = activation(x * kernel + bias) over [B, H, W, C]. */
export class Conv2D extends WindowLayer {
  static override readonly className = 'Conv2D'
  readonly filters: number
  readonly groups: number
  readonly kernelInitializer: Initializer
  protected override readonly pools = true

  constructor(args: Conv2DArgs) {
    super(args, ['filters', 'groups', 'kernelInitializer'])
    const who = this.name
    checkInteger(who, 'filters', args.filters, 1)
    checkInteger(who, 'groups', args.groups ?? 1, 1)
    this.filters = args.filters
    this.groups = args.groups ?? 1
    this.kernelInitializer = toInitializer(who, 'kernelInitializer', args.kernelInitializer ?? 'glorotNormal')
    if (this.filters % this.groups !== 0) {
      throw new ArgumentError({
        who,
        expected: 'groups to divide the filters',
        received: `${this.groups} groups, ${this.filters} filters`,
      })
    }
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const sizes = checkInput(this.name, inputShape, 4, IMAGES)
    const channels = knownSize(this.name, inputShape, 3)
    if (channels % this.groups !== 0) {
      const received = `${this.groups} groups, ${channels} channels`
      throw new ArgumentError({ who: this.name, expected: 'groups to divide the input channels', received })
    }
    const kernel = [...this.kernelSize, channels / this.groups, this.filters]
    const image = openImage(sizes, (known) => {
      const { P, Q } = conv2dShape(this.name, [1, ...known], kernel, this.window)
      return [P, Q]
    })
    return [inputShape[0] ?? null, ...image, this.filters]
  }

  override build(inputShape: BatchShape): void {
    const shape = [...this.kernelSize, knownSize(this.name, inputShape, 3) / this.groups, this.filters]
    this.kernel = this.addWeight('kernel', shape, 'float32', this.kernelInitializer)
    this.addBias(this.filters)
  }

  protected filtered(
    x: Tensor,
    kernel: Tensor,
    bias: Tensor | undefined,
    activation: EpilogueActivation,
    pool: boolean,
  ): Tensor {
    return fusedConv2d(this.name, x, kernel, { ...this.window, bias, activation, pool })
  }

  override getConfig(): LayerConfig {
    const { filters, groups, kernelInitializer } = this
    return { ...super.getConfig(), filters, ...(groups === 1 ? {} : { groups }), kernelInitializer }
  }
}

/** Each channel with filters of its own: y[…, c·M + m] = activation(x[…, c] * kernel[…, c, m] + bias). */
export class DepthwiseConv2D extends WindowLayer {
  static override readonly className = 'DepthwiseConv2D'
  readonly depthMultiplier: number
  readonly depthwiseInitializer: Initializer

  constructor(args: DepthwiseConv2DArgs) {
    super(args, ['depthMultiplier', 'depthwiseInitializer'])
    const who = this.name
    checkInteger(who, 'depthMultiplier', args.depthMultiplier ?? 1, 1)
    this.depthMultiplier = args.depthMultiplier ?? 1
    this.depthwiseInitializer = toInitializer(who, 'depthwiseInitializer', args.depthwiseInitializer ?? 'glorotNormal')
  }

  override get typeName(): string {
    return 'depthwise_conv2d'
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const sizes = checkInput(this.name, inputShape, 4, IMAGES)
    const channels = knownSize(this.name, inputShape, 3)
    const kernel = [...this.kernelSize, channels, this.depthMultiplier]
    const image = openImage(sizes, (known) => {
      const { P, Q } = depthwiseConv2dShape(this.name, [1, ...known], kernel, this.window)
      return [P, Q]
    })
    return [inputShape[0] ?? null, ...image, channels * this.depthMultiplier]
  }

  override build(inputShape: BatchShape): void {
    const channels = knownSize(this.name, inputShape, 3)
    const shape = [...this.kernelSize, channels, this.depthMultiplier]
    this.kernel = this.addWeight('depthwise_kernel', shape, 'float32', this.depthwiseInitializer)
    this.addBias(channels * this.depthMultiplier)
  }

  protected filtered(x: Tensor, kernel: Tensor, bias: Tensor | undefined, activation: EpilogueActivation): Tensor {
    const { strides, pad, dilations } = this.window
    const y = depthwiseConv2dOp(x, kernel, strides, pad, 'NHWC', dilations)
    return activate(activation, bias === undefined ? y : add(y, bias))
  }

  override getConfig(): LayerConfig {
    const { depthMultiplier, depthwiseInitializer } = this
    return { ...super.getConfig(), depthMultiplier, depthwiseInitializer }
  }
}

/** A 2-D convolution layer. Weights: kernel [height, width, channels / groups, filters], bias [filters]. */
export const conv2d: LayerFactory<Conv2DArgs, Conv2D> = /* @__PURE__ */ layerFactory(Conv2D)

/** A depthwise 2-D convolution layer. Weights: kernel [height, width, channels, depthMultiplier], bias. */
export const depthwiseConv2d: LayerFactory<DepthwiseConv2DArgs, DepthwiseConv2D> =
  /* @__PURE__ */ layerFactory(DepthwiseConv2D)
