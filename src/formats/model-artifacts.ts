/** What a layers model is made of, in a file or in memory: TF.js's artifacts. */

/** A tensor in a file: where it begins follows from those before it. */
export interface WeightEntry {
  /** The name of the weight. */
  name: string
  /** Its sizes. */
  shape: number[]
  /** What its elements are in the file. */
  dtype: string
  /** 'optimizer' for the state of the optimizer. */
  group?: string
  /** How integers become floats, where they do: `{ scale, min, dtype }`. */
  quantization?: unknown
}

/** The parts of a layers model. */
export interface ModelArtifacts {
  /** The layers, as JSON. */
  modelTopology: object
  /** The tensors in the order of their data. */
  weightSpecs: WeightEntry[]
  /** The tensors of `weightSpecs` one after the other, little endian; TF.js may cut them into several buffers. */
  weightData: ArrayBuffer | ArrayBuffer[]
  /** 'layers-model'. */
  format?: string
  /** What wrote it. */
  generatedBy?: string
  /** What converted it. */
  convertedBy?: string | null
  /** What `compile` was given, as JSON. */
  trainingConfig?: object
  /** Plain data of the user's. */
  userDefinedMetadata?: Record<string, unknown>
}
