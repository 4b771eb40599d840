/** Vectors for the numbers of words, users or other things. */

import { ArgumentError, checkInteger, ShapeError, show, showShape } from '../errors.ts'
import { gather } from '../ops/gather.ts'
import { cast } from '../ops/op.ts'
import type { BatchShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import {
  isShapeList,
  Layer,
  type LayerArgs,
  type LayerConfig,
  type LayerFactory,
  layerFactory,
  showShapes,
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

/** What `layers.embedding` takes. */
export interface EmbeddingArgs extends LayerArgs {
  /** How many things there are: indices go from 0 to inputDim − 1. */
  readonly inputDim: number
  /** The size of a vector. */
  readonly outputDim: number
  /** What the vectors start from. Default 'randomUniform'. */
  readonly embeddingsInitializer?: InitializerOption
  /** A penalty on the vectors. Default none. */
  readonly embeddingsRegularizer?: RegularizerOption
  /** What the vectors are held to. Default nothing. */
  readonly embeddingsConstraint?: ConstraintOption
  /** How many indices an input has, where that is fixed. */
  readonly inputLength?: number | readonly (number | null)[]
  /** Nothing else is: there are no masks. */
  readonly maskZero?: false
}

/** Looks up a vector for each index: [B, …] to [B, …, outputDim]. */
export class Embedding extends Layer {
  static override readonly className = 'Embedding'
  readonly inputDim: number
  readonly outputDim: number
  readonly inputLength: number | readonly (number | null)[] | undefined
  readonly #options: WeightOptions
  #embeddings: Weight | undefined

  constructor(args: EmbeddingArgs) {
    super(withInputLength(args), [
      'inputDim',
      'outputDim',
      'inputLength',
      'maskZero',
      ...weightOptionNames('embeddings'),
    ])
    const who = this.name
    checkInteger(who, 'inputDim', args.inputDim, 1)
    checkInteger(who, 'outputDim', args.outputDim, 1)
    if ((args.maskZero as unknown) === true) {
      const hint = 'a layer behind it sees the vector of index 0'
      throw new ArgumentError({ who, expected: 'maskZero to be false', received: 'true', hint })
    }
    this.inputDim = args.inputDim
    this.outputDim = args.outputDim
    this.inputLength = args.inputLength
    this.#options = weightOptions(who, args, 'embeddings', 'randomUniform')
  }

  override get acceptsIntegers(): boolean {
    return true
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    if (isShapeList(inputShape) || inputShape.length === 0) {
      throw new ShapeError({ who: this.name, expected: 'one input of indices', received: showShapes(inputShape) })
    }
    return [...inputShape, this.outputDim]
  }

  protected override fits(): boolean {
    return true
  }

  override build(): void {
    this.#embeddings = this.declare('embeddings', [this.inputDim, this.outputDim], this.#options)
  }

  call(x: Tensor): Tensor {
    const indices = x.dtype === 'int32' ? x : cast(x, 'int32')
    const bad = indices.dataSync<'int32'>().find((index) => index < 0 || index >= this.inputDim)
    if (bad === undefined) return gather(this.#embeddings!.variable, indices)
    throw new ArgumentError({
      who: this.name,
      expected: `indices from 0 to ${this.inputDim - 1}, as inputDim says`,
      received: `${show(bad)} in an input of shape ${showShape(x.shape)}`,
    })
  }

  override getConfig(): LayerConfig {
    const { inputDim, outputDim, inputLength = null } = this
    const weights = weightConfig('embeddings', this.#options)
    return { ...super.getConfig(), inputDim, outputDim, ...weights, maskZero: false, inputLength }
  }
}

/** The shape of the input, which is of any length unless `inputLength` says more. */
function withInputLength(args: EmbeddingArgs): EmbeddingArgs {
  if (typeof args !== 'object' || args === null || args.inputShape || args.batchInputShape) return args
  const { inputLength = null } = args
  return { ...args, inputShape: typeof inputLength === 'number' || inputLength === null ? [inputLength] : inputLength }
}

/**
 * Looks up a vector for each index: int32 [B, …] to [B, …, outputDim]. Weights: embeddings [inputDim, outputDim].
 * @param args inputDim, outputDim, embeddingsInitializer, …, and what every layer takes
 * @throws ArgumentError, when it is called, for an index that is not from 0 to inputDim − 1
 * @example
 * const words = layers.embedding({ inputDim: 1000, outputDim: 16 })
 * console.log(words.apply(tensor([[4, 7, 9]], undefined, 'int32')).shape) // [ 1, 3, 16 ]
 */
export const embedding: LayerFactory<EmbeddingArgs, Embedding> = /* @__PURE__ */ layerFactory(Embedding)
