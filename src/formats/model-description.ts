/** What a file of a model says, whatever its format: layers in the terms of Keras 2, weights by layer, and what is lost. */

import type { JsonObject } from '../json.ts'
import type { FileTensor } from './elements.ts'

/** A model's or a layer's class and configuration, as TF.js and Keras 2 write them. */
export interface ConfigEntry {
  readonly class_name: string
  readonly config: JsonObject
}

/** A tensor and what the file knows of its place. */
export interface DescribedWeight {
  /** As the file has it, for error texts and for pairing: 'conv2d_1/kernel'. */
  readonly name: string
  /**
   * The layer in the model's configuration, with the models around it: ['features', 'conv1']. For a file that groups by
   * the outermost layer only, that one, with `whole` set. Absent where only the name tells.
   */
  readonly layer?: readonly string[]
  /** Whether `layer` may be a model whose weights are all listed: those that are trained first, then the others. */
  readonly whole?: boolean
  /** Where it lies among the weight bytes, for error texts. */
  readonly offset?: number
  readonly tensor: FileTensor
}

/** The state of an optimizer as Keras's files have it. */
export interface OptimizerDescription {
  /** Steps taken. */
  readonly iterations: number
  /** Absent where the rate follows a schedule, and in files before Keras 3. */
  readonly learningRate?: number | undefined
  /** The slots of all variables, in Keras's order. */
  readonly slots: readonly FileTensor[]
}

export interface ModelDescription {
  /** The path or URL of the file. */
  readonly file: string
  /** 'Keras 3.10.0', 'ONNX opset 17 (pytorch 2.9.1)'. */
  readonly producer: string
  readonly model: ConfigEntry
  readonly weights: readonly DescribedWeight[]
  /** Optimizer, loss and metrics as a TF.js file has them. */
  readonly trainingConfig?: JsonObject | undefined
  readonly optimizer?: OptimizerDescription | undefined
  /** Whether the file's images had their channels first: what follows a flatten is in another order then. */
  readonly channelsFirst?: boolean
  /** Sentences on what could not be taken over. */
  readonly notes: readonly string[]
}
