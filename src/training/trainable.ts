/**
 * What training asks of a model: its inputs and outputs, its weights, a forward pass, and the streams of random numbers
 * that its seed feeds. `fit` and its relatives know this and nothing else of models.
 */

import type { ActivationName } from '../activations/table.ts'
import type { TrainedModel } from '../callbacks/callback.ts'
import type { Weight } from '../layers/weight.ts'
import type { BatchShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { Streams } from './moment.ts'
import type { Session } from './session.ts'

/** An input or an output, with the batch as the first axis of its shape. */
export interface TensorSpec {
  /** Who complains of it, and under what name data for it may be given: the name of a layer. */
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
  /**
   * Takes a weight's next value, a running mean say, which the step writes when nothing can fail any more. Without it a
   * layer writes the value itself.
   */
  readonly update?: ((weight: Weight, value: Tensor) => void) | undefined
}

/** A model in two: what training leaves as it is, and the rest. */
export interface FrozenFront {
  /** The names of the layers in front. */
  readonly layers: readonly string[]
  /** What the rest takes, for a batch of the model's inputs; the same for a sample each time. */
  front(inputs: readonly Tensor[]): Tensor[]
  /** The outputs of the model for what `front` returned. */
  forward(inputs: readonly Tensor[], pass: Pass): Tensor[]
}

export interface Trainable extends TrainedModel {
  readonly name: string
  readonly inputSpecs: readonly TensorSpec[]
  readonly outputSpecs: readonly OutputSpec[]
  /** All weights, in the order of files. */
  readonly weights: readonly Weight[]
  /** The weights that an optimizer may change now. */
  readonly trainableWeights: readonly Weight[]
  /** The generators that the model's seed feeds. Replaced when a run goes on from a checkpoint. */
  random: Streams
  readonly session: Session
  /** Makes the weights that are not there yet. */
  makeWeights(): void
  /** The part whose outputs may be kept; undefined where no weights are frozen in front. */
  frozenFront(): FrozenFront | undefined
  /** The outputs for a batch of inputs. */
  forward(inputs: readonly Tensor[], pass: Pass): readonly Tensor[]
}
