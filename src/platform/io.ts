/** How models are read and written: TF.js's IO handlers, so that handlers written for it work here. */

export interface WeightEntry {
  name: string
  shape: number[]
  dtype: string
  quantization?: unknown
}

/** The parts of a layers model. */
export interface ModelArtifacts {
  modelTopology: object
  weightSpecs: WeightEntry[]
  weightData: ArrayBuffer
  format?: string
  generatedBy?: string
  convertedBy?: string | null
  trainingConfig?: object
  userDefinedMetadata?: Record<string, unknown>
}

export interface SaveResult {
  modelArtifactsInfo: { dateSaved: Date; modelTopologyType: 'JSON'; weightDataBytes: number }
}

export interface IOHandler {
  save?(artifacts: ModelArtifacts): Promise<SaveResult>
  load?(): Promise<ModelArtifacts>
}
