/** A model's layers as files have them: what TF.js writes, name by name, so that it loads there. */

import type { QuantizedType } from '../formats/quantization.ts'
import type { Graph } from '../graph/graph.ts'
import type { JsonObject } from '../json.ts'
import { type LayerEntry, layerToFile } from '../layers/config.ts'
import type { Layer } from '../layers/layer.ts'
import type { SymbolicTensor } from '../layers/symbolic.ts'
import { VERSION } from '../version.ts'
import type { LayersModel } from './model.ts'

export interface SaveArgs {
  /** Whether the state of the optimizer is saved, for training to go on from it. Default false. */
  readonly includeOptimizer?: boolean
  /** Whether all that the present run needs to go on is saved, for `fit({ resume })`. Default false. */
  readonly checkpoint?: boolean
  /** Whether only the weights that training changes are saved, as TF.js has it. Default false. */
  readonly trainableOnly?: boolean
  /** Plain data that the file keeps beside the model, as TF.js's `userDefinedMetadata`. */
  readonly metadata?: JsonObject
  /** Stores the layers' weights in fewer bits: float16 in half of the bytes, uint8 in a quarter. Default as they are. */
  readonly quantize?: QuantizedType
}

/** What files say of who wrote them. */
export const GENERATED_BY = `quadlane v${VERSION}`

/** The layers, as `modelTopology` has them. */
export function modelTopology(model: LayersModel): JsonObject {
  return { ...entryOf(model), keras_version: `quadlane ${VERSION}`, backend: 'quadlane' }
}

function isModel(layer: Layer): layer is LayersModel {
  return 'getLayer' in layer
}

/** A layer, or a model within a model. */
function entryOf(layer: Layer): LayerEntry {
  if (!isModel(layer)) return layerToFile(layer)
  const { className, name } = layer
  if (className === 'Sequential') return { class_name: className, config: { name, layers: layer.layers.map(entryOf) } }
  return { class_name: className, config: { name, trainable: layer.trainable, ...graphConfig(layer.graph) } }
}

/** The place of a tensor in a file: the layer's name, which of its nodes, which output of that. */
type Place = readonly [layer: string, node: number, tensor: number]

/** Layers with what goes into each of their nodes. */
function graphConfig(graph: Graph): JsonObject {
  const nodesOf = new Map(graph.layers.map((layer) => [layer, graph.steps.filter((step) => step.layer === layer)]))
  const placeOf = ({ node, index }: SymbolicTensor): Place => {
    const own = nodesOf.get(node.layer) ?? []
    const number = Math.max(
      0,
      own.findIndex((step) => step.node === node),
    )
    // TF.js and Keras count the node of a model within a model that leads from its inputs to its outputs.
    return [node.layer.name, isModel(node.layer) ? number + 1 : number, index]
  }
  const layers = graph.layers.map((layer) => ({
    name: layer.name,
    ...entryOf(layer),
    inbound_nodes: nodesOf.get(layer)!.map(({ node }) => node.inputs.map((tensor) => [...placeOf(tensor), {}])),
  }))
  return { layers, input_layers: graph.inputs.map(placeOf), output_layers: graph.outputs.map(placeOf) }
}
