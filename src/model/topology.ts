/** A model's layers as files have them: what TF.js writes, name by name, so that it loads there. */

import type { JsonObject } from '../json.ts'
import { layerToFile } from '../layers/config.ts'
import { VERSION } from '../version.ts'
import type { LayersModel } from './model.ts'

export interface SaveArgs {
  /** Whether the state of the optimizer is saved, for training to go on from it. Default false. */
  readonly includeOptimizer?: boolean
  /** Whether all that the present run needs to go on is saved, for `fit({ resume })`. Default false. */
  readonly checkpoint?: boolean
  /** Plain data that the file keeps beside the model, as TF.js's `userDefinedMetadata`. */
  readonly metadata?: JsonObject
}

/** What files say of who wrote them. */
export const GENERATED_BY = `quadlane v${VERSION}`

/** The layers, as `modelTopology` has them. */
export function modelTopology(model: LayersModel): JsonObject {
  return {
    class_name: 'Sequential',
    config: { name: model.name, layers: model.layers.map(layerToFile) },
    keras_version: `quadlane ${VERSION}`,
    backend: 'quadlane',
  }
}
