/** The namespace `io`: ways to read and write models beside URLs. */

export {
  fromMemory,
  type HttpOptions,
  http,
  type IOHandler,
  type ModelArtifacts,
  type SaveResult,
  type WeightEntry,
  withSaveHandler,
} from '../platform/handlers.ts'
