/** How models are read and written: TF.js's IO handlers, so that handlers written for it work here. */

import type { ModelArtifacts } from '../formats/model-artifacts.ts'
import { joinBuffers } from '../formats/model-json.ts'

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
export function saveResult(artifacts: ModelArtifacts): SaveResult {
  return { modelArtifactsInfo: getModelArtifactsInfoForJSON(artifacts) }
}

/**
 * What a handler of your own reports of artifacts that it has saved: when, and how large they are.
 * @param artifacts the parts of a model
 * @example
 * const handler = io.withSaveHandler(async (artifacts) => {
 *   return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) }
 * })
 * console.log((await zoo.lenet5({ seed: 1 }).save(handler)).modelArtifactsInfo.weightDataBytes) // 246824
 */
export function getModelArtifactsInfoForJSON({
  modelTopology,
  weightSpecs = [],
  weightData = [],
}: ModelArtifacts): ModelArtifactsInfo {
  const buffers = Array.isArray(weightData) ? weightData : [weightData]
  return {
    dateSaved: new Date(),
    modelTopologyType: 'JSON',
    modelTopologyBytes: utf8Bytes(modelTopology),
    weightSpecsBytes: utf8Bytes(weightSpecs),
    weightDataBytes: buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0),
  }
}

/**
 * Buffers as one.
 * @param buffers one or several
 * @example
 * console.log(io.concatenateArrayBuffers([new ArrayBuffer(2), new ArrayBuffer(3)]).byteLength) // 5
 */
export function concatenateArrayBuffers(buffers: ArrayBuffer | readonly ArrayBuffer[]): ArrayBuffer {
  return joinBuffers(buffers)
}

/**
 * Whether a URL is fetched.
 * @param url an address
 * @example
 * console.log(io.isHTTPScheme('https://example.org/model.json')) // true
 */
export function isHTTPScheme(url: string): boolean {
  return /^https?:\/\//.test(url)
}

function utf8Bytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length
}
