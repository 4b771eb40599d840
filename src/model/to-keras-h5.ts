/** A whole model as Keras 2 writes it: one HDF5 file, with the configuration as an attribute and a group for each layer. */

import { type Hdf5Dataset, type Hdf5Group, writeHdf5 } from '../formats/hdf5-writer.ts'
import type { JsonObject } from '../json.ts'
import type { Layer } from '../layers/layer.ts'
import type { Weight } from '../layers/weight.ts'
import type { LayersModel } from './model.ts'
import { leavesOf } from './pair-weights.ts'
import { compileConfig } from './to-keras.ts'
import { modelTopology } from './topology.ts'

const WRITER = { backend: 'tensorflow', keras_version: '2.15.0' }

/** The bytes of the file. The model's weights must have been made. */
export function toKerasH5(model: LayersModel): Uint8Array {
  const { class_name, config } = modelTopology(model)
  const training = trainingConfig(model)
  const attributes = {
    ...WRITER,
    model_config: JSON.stringify({ class_name, config }),
    ...(training === undefined ? {} : { training_config: JSON.stringify(training) }),
  }
  const names = model.layers.map(({ name }) => name)
  const groups = model.layers.map((layer) => [layer.name, layerGroup(layer)] as const)
  const weights = { attributes: { ...WRITER, layer_names: names }, members: Object.fromEntries(groups) }
  return writeHdf5({ attributes, members: { model_weights: weights } })
}

function trainingConfig(model: LayersModel): JsonObject | undefined {
  const compiled = compileConfig(model)
  if (compiled === undefined) return undefined
  const { optimizer, ...others } = compiled
  const { class_name, config } = optimizer as JsonObject
  return { optimizer_config: { class_name, config }, ...others }
}

/** A layer's weights in the order in which Keras lists them, those of a model within this one by the names of its layers. */
function layerGroup(layer: Layer): Hdf5Group {
  const named = leavesOf([layer], []).flatMap(({ path, layer: leaf }) => {
    const place = path.slice(path.length > 1 ? 1 : 0).join('/')
    return leaf.weights.map((weight) => ({ name: `${place}/${weight.localName}:0`, weight, leaf }))
  })
  const isTrained = ({ weight, leaf }: { weight: Weight; leaf: Layer }): boolean =>
    weight.isParameter && (leaf === layer || leaf.trainable)
  const sorted = [...named.filter(isTrained), ...named.filter((each) => !isTrained(each))]
  const root: Tree = new Map()
  for (const { name, weight } of sorted) {
    const parts = name.split('/')
    const last = parts.pop()!
    let group = root
    for (const part of parts) {
      const next = group.get(part) ?? (new Map() as Tree)
      group.set(part, next)
      group = next as Tree
    }
    group.set(last, { shape: weight.shape, values: weight.variable.view(weight.name).slice() as Float32Array })
  }
  return { ...groupOf(root), attributes: sorted.length === 0 ? {} : { weight_names: sorted.map(({ name }) => name) } }
}

type Tree = Map<string, Tree | Hdf5Dataset>

function groupOf(tree: Tree): Hdf5Group {
  const members = [...tree].map(([name, member]) => [name, member instanceof Map ? groupOf(member) : member] as const)
  return { members: Object.fromEntries(members) }
}
