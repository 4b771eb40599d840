/**
 * What training asks of a model: its inputs and outputs, its weights, a forward pass, and the streams of random numbers
 * that its seed feeds. `fit` and its relatives know this and nothing else of models.
 */

import type { ActivationName } from '../activations/table.ts'
import type { TrainedModel } from '../callbacks/table.ts'
import type { Weight } from '../layers/weight.ts'
import type { Random } from '../random.ts'
import type { BatchShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { Compiled } from './compile.ts'

/** An input or an output, with the batch as the first axis of its shape. */
export interface TensorSpec {
  /** Who complains of it: the name of a layer. */
  readonly name: string
  readonly shape: BatchShape
}

export interface OutputSpec extends TensorSpec {
  /** The activation that the output ends in, where it does: some losses take what goes into it. */
  readonly finalActivation: ActivationName | undefined
}

export interface Pass {
  readonly training: boolean
  /** The outputs that are wanted as what goes into their final activation, by their index. */
  readonly logits?: readonly boolean[]
}

export interface Trainable extends TrainedModel {
  readonly name: string
  readonly inputSpecs: readonly TensorSpec[]
  readonly outputSpecs: readonly OutputSpec[]
  /** The weights that an optimizer may change now. */
  readonly trainableWeights: readonly Weight[]
  readonly metricsNames: readonly string[]
  /** The generators that the model's seed feeds. */
  readonly random: { readonly root: Random; readonly shuffle: Random }
  /** Makes the weights that are not there yet. */
  makeWeights(): void
  /** What `compile` made; throws where it has not been called. */
  compiled(who: string): Compiled
  /** The outputs for a batch of inputs. */
  forward(inputs: readonly Tensor[], pass: Pass): readonly Tensor[]
}
