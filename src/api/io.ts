/** The namespace `io`: ways to read and write models beside URLs. */

export {
  browserFiles,
  fromMemory,
  type HttpOptions,
  http,
  // TF.js's name of before.
  http as browserHTTPRequest,
  type IOHandler,
  type ModelArtifacts,
  type ModelArtifactsInfo,
  type PickedFile,
  type SaveResult,
  type WeightEntry,
  withSaveHandler,
} from '../io/handlers.ts'
export { concatenateArrayBuffers, getModelArtifactsInfoForJSON, isHTTPScheme } from '../io/io-handler.ts'
export { copyModel, listModels, moveModel, removeModel } from '../io/stored-models.ts'
export { decodeWeights, encodeWeights, type NamedTensors } from '../model/weight-bytes.ts'
export {
  decodeWeightsStream,
  fromMemorySync,
  getLoadHandlers,
  getModelArtifactsForJSON,
  getModelArtifactsForJSONSync,
  getSaveHandlers,
  getWeightSpecs,
  loadWeights,
  registerLoadRouter,
  registerSaveRouter,
  weightsLoaderFactory,
  withSaveHandlerSync,
} from './absent.ts'
