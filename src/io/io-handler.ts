/** How models are read and written: TF.js's IO handlers, so that handlers written for it work here. */

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

/** When a model was saved, and what it takes. */
export interface ModelArtifactsInfo {
  /** When. */
  dateSaved: Date
  /** 'JSON'. */
  modelTopologyType: 'JSON'
  /** The size of the layers. */
  modelTopologyBytes?: number
  /** The size of the list of weights. */
  weightSpecsBytes?: number
  /** The size of the weights. */
  weightDataBytes?: number
}

/** What `save` reports. */
export interface SaveResult {
  /** When it was saved, and what it takes. */
  modelArtifactsInfo: ModelArtifactsInfo
}

/** Where a model is written to, or read from, or both. */
export interface IOHandler {
  /**
   * Writes a model.
   * @param artifacts its parts
   */
  save?(artifacts: ModelArtifacts): Promise<SaveResult>
  /** Reads a model. */
  load?(): Promise<ModelArtifacts>
  /** Removes what was saved, and tells what it was. */
  remove?(): Promise<ModelArtifactsInfo>
  /** The file or address that it reads, for error texts. Default 'model.json'. */
  readonly source?: string
}

/** What `save` reports, for artifacts that have been written. */
export function saveResult({ modelTopology, weightSpecs, weightData }: ModelArtifacts): SaveResult {
  const buffers = Array.isArray(weightData) ? weightData : [weightData]
  return {
    modelArtifactsInfo: {
      dateSaved: new Date(),
      modelTopologyType: 'JSON',
      modelTopologyBytes: utf8Bytes(modelTopology),
      weightSpecsBytes: utf8Bytes(weightSpecs),
      weightDataBytes: buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0),
    },
  }
}

function utf8Bytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length
}
