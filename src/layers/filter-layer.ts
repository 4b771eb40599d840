/**
 * What the layers share that multiply by a filter: dense ones and convolutions. y = activation(x * filter + bias), in one
 * pass of a kernel where it has the activation. In inference a batch normalization behind the layer is folded into filter
 * and bias, and the activation and the pooling behind that are taken along.
 */

import { type ActivationName, activate, toActivation } from '../activations/table.ts'
import { isRecording } from '../autograd.ts'
import { ArgumentError, show } from '../errors.ts'
import type { BatchNormActivation } from '../ops/batch-norm.ts'
import { type EpilogueActivation, isEpilogueActivation } from '../ops/epilogue.ts'
import { maxPool } from '../ops/pool2d.ts'
import { type Tensor, Variable } from '../tensor.ts'
import {
  type AffineTail,
  type CallContext,
  type FoldedFilter,
  Layer,
  type LayerArgs,
  type LayerConfig,
  type Tail,
  type TailActivation,
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

export interface FilterArgs extends LayerArgs {
  /** What is applied to the output. Default 'linear'. */
  readonly activation?: ActivationName
  /** Whether a bias is added. Default true. */
  readonly useBias?: boolean
  /** What the bias starts from. Default 'zeros'. */
  readonly biasInitializer?: InitializerOption
  /** A penalty on the bias. Default none. */
  readonly biasRegularizer?: RegularizerOption
  /** What the bias is held to. Default nothing. */
  readonly biasConstraint?: ConstraintOption
}

export interface KernelArgs {
  /** What the kernel starts from. Default 'glorotNormal'. */
  readonly kernelInitializer?: InitializerOption
  /** A penalty on the kernel. Default none. */
  readonly kernelRegularizer?: RegularizerOption
  /** What the kernel is held to. Default nothing. */
  readonly kernelConstraint?: ConstraintOption
}

const FILTER_ARGS = ['activation', 'useBias', ...weightOptionNames('bias')]

/** The layers behind that one pass computes, in the order in which they may come. */
interface Tails {
  readonly affine: AffineTail | undefined
  readonly activation: TailActivation | undefined
  readonly pool: boolean
}

export abstract class FilterLayer extends Layer {
  readonly activation: ActivationName
  readonly useBias: boolean
  protected readonly biasOptions: WeightOptions
  protected kernel: Weight | undefined
  protected bias: Weight | undefined
  /** Whether its kernel also pools. */
  protected get pools(): boolean {
    return false
  }
  /** Whether the last axis of its filter is that of the output, so that a normalization can be folded in. */
  protected get folds(): boolean {
    return true
  }
  readonly #folded = new Folded()

  constructor(args: FilterArgs, own: readonly string[]) {
    super(args, [...own, ...FILTER_ARGS])
    const who = this.name
    const { activation = 'linear', useBias = true } = args
    if (typeof useBias !== 'boolean') {
      throw new ArgumentError({ who, expected: 'useBias to be true or false', received: show(useBias) })
    }
    this.activation = toActivation(who, activation)
    this.useBias = useBias
    this.biasOptions = weightOptions(who, args, 'bias', 'zeros')
  }

  /** x * filter + bias, with an activation that the kernel has; where `pool` is set, max-pooled by 2 × 2. */
  protected abstract filtered(
    x: Tensor,
    filter: Tensor,
    bias: Tensor | undefined,
    activation: EpilogueActivation,
    pool: boolean,
  ): Tensor

  protected addBias(size: number): void {
    if (this.useBias) this.bias = this.declare('bias', [size], this.biasOptions)
  }

  #apply(x: Tensor, { filter, bias }: Partial<FoldedFilter>, activation: ActivationName, pool = false): Tensor {
    if (isEpilogueActivation(activation)) return this.filtered(x, filter!, bias, activation, pool)
    const y = activate(activation, this.filtered(x, filter!, bias, 'linear', false))
    return pool ? maxPool(y, 2, 2, 'valid') : y
  }

  get #own(): { readonly filter: Variable; readonly bias: Variable | undefined } {
    return { filter: this.kernel!.variable, bias: this.bias?.variable }
  }

  call(x: Tensor, _context?: CallContext): Tensor {
    return this.#apply(x, this.#own as FoldedFilter, this.activation)
  }

  /** A batch normalization and an activation, where it has none itself, and a 2 × 2 max-pooling where its kernel has. */
  override takes(tails: readonly Tail[]): boolean {
    const parts = partsOf(tails)
    if (parts === undefined) return false
    const { affine, activation, pool } = parts
    if (affine !== undefined || activation !== undefined) {
      if (this.activation !== 'linear' || (affine !== undefined && !this.folds)) return false
      if (affine === undefined && !isEpilogueActivation(activation!)) return false
    } else if (!isEpilogueActivation(this.activation)) {
      return false
    }
    return !pool || this.pools
  }

  override callWith(tails: readonly Tail[], x: Tensor, context: CallContext): Tensor {
    const { affine, activation = this.activation, pool } = partsOf(tails)!
    const own = this.#own
    if (affine === undefined) return this.#apply(x, own as FoldedFilter, activation, pool)
    const sources = [own.filter, ...(own.bias === undefined ? [] : [own.bias]), ...affine.sources()]
    if (affine.isFixed(context) && !isRecording(sources)) {
      const folded = this.#folded.of(this.name, sources, () => affine.fold(this.name, own.filter, own.bias))
      return this.#apply(x, folded, activation, pool)
    }
    const z = this.filtered(x, own.filter, own.bias, 'linear', false)
    const y = affine.apply(z, activation as BatchNormActivation, context)
    return pool ? maxPool(y, 2, 2, 'valid') : y
  }

  override get finalActivation(): ActivationName {
    return this.activation
  }

  override callLogits(x: Tensor): Tensor {
    return this.#apply(x, this.#own as FoldedFilter, 'linear')
  }

  override getConfig(): LayerConfig {
    const { activation, useBias } = this
    return { ...super.getConfig(), activation, useBias, ...weightConfig('bias', this.biasOptions) }
  }

  protected override freeWeights(): number {
    this.#folded.dispose()
    return super.freeWeights()
  }
}

function partsOf(tails: readonly Tail[]): Tails | undefined {
  const rest = [...tails]
  const next = <Kind extends Tail['kind']>(kind: Kind): Extract<Tail, { kind: Kind }> | undefined =>
    rest[0]?.kind === kind ? (rest.shift() as Extract<Tail, { kind: Kind }>) : undefined
  const affine = next('affine')
  const activation = next('activation')?.activation
  const pool = next('maxPool') !== undefined
  return rest.length > 0 ? undefined : { affine, activation, pool }
}

/** A filter and a bias that are computed from others, kept until one of those changes. */
class Folded {
  #stamp: readonly unknown[] = []
  #kept: { readonly filter: Variable; readonly bias: Variable } | undefined

  of(who: string, sources: readonly Tensor[], fold: () => FoldedFilter): FoldedFilter {
    const stamp = sources.flatMap((source) => {
      const buffer = source.storage(who)
      return [buffer, buffer.changes]
    })
    if (this.#kept !== undefined && stamp.every((part, i) => part === this.#stamp[i])) return this.#kept
    this.dispose()
    const { filter, bias } = fold()
    // As variables, so that what kernels make of them is kept too.
    const kept = (tensor: Tensor, name: string): Variable =>
      new Variable(tensor.storage(who).hold(), tensor.shape, 'float32', `${who}/folded_${name}`, false)
    this.#kept = { filter: kept(filter, 'kernel'), bias: kept(bias, 'bias') }
    this.#stamp = stamp
    return this.#kept
  }

  dispose(): void {
    this.#kept?.filter.dispose()
    this.#kept?.bias.dispose()
    this.#kept = undefined
  }
}
