/** How models are read and written: TF.js's IO handlers, so that handlers written for it work here. */

/** A tensor in a file: where it begins follows from those before it. */
export interface WeightEntry {
  name: string
  shape: number[]
  dtype: string
  /** 'optimizer' for the state of the optimizer. */
  group?: string
  quantization?: unknown
}

/** The parts of a layers model. */
export interface ModelArtifacts {
  modelTopology: object
  weightSpecs: WeightEntry[]
  /** The tensors of `weightSpecs` one after the other, little endian; TF.js may cut them into several buffers. */
  weightData: ArrayBuffer | ArrayBuffer[]
  format?: string
  generatedBy?: string
  convertedBy?: string | null
  trainingConfig?: object
  userDefinedMetadata?: Record<string, unknown>
}

/** When a model was saved, and what it takes. */
export interface ModelArtifactsInfo {
  dateSaved: Date
  modelTopologyType: 'JSON'
  modelTopologyBytes?: number
  weightSpecsBytes?: number
  weightDataBytes?: number
}

export interface SaveResult {
  modelArtifactsInfo: ModelArtifactsInfo
}

export interface IOHandler {
  save?(artifacts: ModelArtifacts): Promise<SaveResult>
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
