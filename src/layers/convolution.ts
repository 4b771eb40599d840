/** Convolution layers. */

import { type ActivationName, activate, checkActivation } from '../activations/table.ts'
import { ArgumentError, checkInteger, show } from '../errors.ts'
import { type Initializer, type InitializerName, toInitializer } from '../initializers/table.ts'
import { add } from '../ops/arithmetic.ts'
import { fusedConv2d } from '../ops/conv2d.ts'
import { depthwiseConv2d as depthwiseConv2dOp } from '../ops/depthwise-conv2d.ts'
import { type EpilogueActivation, isEpilogueActivation } from '../ops/epilogue.ts'
import { type BatchShape, checkPair, conv2dShape, depthwiseConv2dShape, type Padding, type Pair } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import {
  checkInput,
  knownSize,
  Layer,
  type LayerArgs,
  type LayerConfig,
  type LayerFactory,
  layerFactory,
  openImage,
  type Tail,
} from './layer.ts'
import type { Weight } from './weight.ts'

const IMAGES = 'add a channel axis: images are [batch, height, width, channels]'

interface WindowArgs extends LayerArgs {
  /** Height and width of the kernel. */
  readonly kernelSize: Pair
  /** Default 1. */
  readonly strides?: Pair
  /** Default 'valid'. */
  readonly padding?: Padding
  /** Distance between the kernel's rows and columns. Default 1. */
  readonly dilationRate?: Pair
  /** What is applied to the output. Default 'linear'. */
  readonly activation?: ActivationName
  /** Default true. */
  readonly useBias?: boolean
  /** Default 'zeros'. */
  readonly biasInitializer?: InitializerName | Initializer
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

const WINDOW_ARGS = [
  'kernelSize',
  'strides',
  'padding',
  'dilationRate',
  'activation',
  'useBias',
  'biasInitializer',
] as const

/** What the convolution layers share: the window's arguments, bias and activation. */
abstract class WindowLayer extends Layer {
  readonly kernelSize: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly padding: Padding
  readonly dilationRate: readonly [number, number]
  readonly activation: ActivationName
  readonly useBias: boolean
  readonly biasInitializer: Initializer
  protected bias: Weight | undefined

  constructor(args: WindowArgs, own: readonly string[]) {
    super(args, [...own, ...WINDOW_ARGS])
    const who = this.name
    const { strides = 1, padding = 'valid', dilationRate = 1, activation = 'linear', useBias = true } = args
    this.kernelSize = checkPair(who, 'kernelSize', args.kernelSize)
    this.strides = checkPair(who, 'strides', strides)
    this.dilationRate = checkPair(who, 'dilationRate', dilationRate)
    checkActivation(who, activation)
    if (typeof useBias !== 'boolean') {
      throw new ArgumentError({ who, expected: 'useBias to be true or false', received: show(useBias) })
    }
    this.padding = padding
    this.activation = activation
    this.useBias = useBias
    this.biasInitializer = toInitializer(who, 'biasInitializer', args.biasInitializer ?? 'zeros')
  }

  protected get window(): { strides: Pair; pad: Padding; dilations: Pair } {
    return { strides: this.strides, pad: this.padding, dilations: this.dilationRate }
  }

  override getConfig(): LayerConfig {
    const { kernelSize, strides, padding, dilationRate, activation, useBias, biasInitializer } = this
    return {
      ...super.getConfig(),
      kernelSize,
      strides,
      padding,
      dilationRate,
      activation,
      useBias,
      biasInitializer,
      dataFormat: 'channelsLast',
    }
  }
}

/** y = activation(x * kernel + bias) over [B, H, W, C]. */
export class Conv2D extends WindowLayer {
  static override readonly className = 'Conv2D'
  readonly filters: number
  readonly groups: number
  readonly kernelInitializer: Initializer
  #kernel: Weight | undefined

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
    this.#kernel = this.addWeight('kernel', shape, 'float32', this.kernelInitializer)
    if (this.useBias) this.bias = this.addWeight('bias', [this.filters], 'float32', this.biasInitializer)
  }

  call(x: Tensor): Tensor {
    const fused = isEpilogueActivation(this.activation) ? this.activation : 'linear'
    const y = this.#convolve(x, fused, false)
    return fused === this.activation ? y : activate(this.activation, y)
  }

  /** An activation, where it has none itself, and behind that a 2 × 2 max-pooling. */
  override takes(tails: readonly Tail[]): boolean {
    const [first, second] = tails
    const activation = first?.kind === 'activation' && this.activation === 'linear'
    if (tails.length === 1) return activation || (first?.kind === 'maxPool' && isEpilogueActivation(this.activation))
    return tails.length === 2 && activation && second?.kind === 'maxPool'
  }

  override callWith(tails: readonly Tail[], x: Tensor): Tensor {
    const [first] = tails
    const activation = first?.kind === 'activation' ? first.activation : (this.activation as EpilogueActivation)
    return this.#convolve(x, activation, tails.at(-1)?.kind === 'maxPool')
  }

  #convolve(x: Tensor, activation: EpilogueActivation, pool: boolean): Tensor {
    const options = { ...this.window, bias: this.bias?.variable, activation, pool }
    return fusedConv2d(this.name, x, this.#kernel!.variable, options)
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
  #kernel: Weight | undefined

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
    this.#kernel = this.addWeight('depthwise_kernel', shape, 'float32', this.depthwiseInitializer)
    if (this.useBias)
      this.bias = this.addWeight('bias', [channels * this.depthMultiplier], 'float32', this.biasInitializer)
  }

  call(x: Tensor): Tensor {
    const { strides, pad, dilations } = this.window
    const y = depthwiseConv2dOp(x, this.#kernel!.variable, strides, pad, 'NHWC', dilations)
    return activate(this.activation, this.bias === undefined ? y : add(y, this.bias.variable))
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
