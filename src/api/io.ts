/** The namespace `io`: ways to read and write models beside URLs. */

export {
  browserFiles,
  fromMemory,
  type HttpOptions,
  http,
  type IOHandler,
  type ModelArtifacts,
  type ModelArtifactsInfo,
  type PickedFile,
  type SaveResult,
  type WeightEntry,
  withSaveHandler,
} from '../io/handlers.ts'
export { copyModel, listModels, moveModel, removeModel } from '../io/stored-models.ts'
export {
  browserHTTPRequest,
  concatenateArrayBuffers,
  decodeWeights,
  decodeWeightsStream,
  encodeWeights,
  fromMemorySync,
  getLoadHandlers,
  getModelArtifactsForJSON,
  getModelArtifactsForJSONSync,
  getModelArtifactsInfoForJSON,
  getSaveHandlers,
  getWeightSpecs,
  isHTTPScheme,
  loadWeights,
  registerLoadRouter,
  registerSaveRouter,
  weightsLoaderFactory,
  withSaveHandlerSync,
} from './absent.ts'
