/** A model as a `.keras` file of Keras 3: its configuration, and its weights in HDF5, both in a zip that is stored. */

import { type Hdf5Group, writeHdf5 } from '../formats/hdf5-writer.ts'
import { writeZip } from '../formats/zip.ts'
import { isObject, type JsonObject } from '../json.ts'
import type { Layer } from '../layers/layer.ts'
import { toSnakeCase } from '../names.ts'
import type { Optimizer } from '../optimizers/optimizer.ts'
import type { LayersModel } from './model.ts'
import { kerasSchedule, stateOf } from './optimizer-state.ts'
import { trainingOf } from './save.ts'
import { modelTopology, type SaveArgs } from './topology.ts'

/** The version whose form is written. */
const KERAS_VERSION = '3.8.0'

/** The bytes of the file. The model's weights must have been made. */
export function toKeras(model: LayersModel, { includeOptimizer = false }: SaveArgs = {}): Uint8Array {
  const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
  const topology = modelTopology(model)
  const compiled = compileConfig(model)
  const config = { ...modelEntry(model, topology), ...(compiled === undefined ? {} : { compile_config: compiled }) }
  const optimizer = includeOptimizer && compiled !== undefined ? { optimizer: stateOf(model) } : {}
  return writeZip({
    'metadata.json': text({ keras_version: KERAS_VERSION }),
    'config.json': text(config),
    'model.weights.h5': writeHdf5({ members: { ...layerGroups(model).members, ...optimizer, vars: { members: {} } } }),
  })
}

function isModel(layer: Layer): layer is LayersModel {
  return 'getLayer' in layer
}

/** Keras's objects: a class by module and name. */
function object(module: string, className: string, config: JsonObject): JsonObject {
  return { module, class_name: className, config, registered_name: null }
}

function modelEntry(model: LayersModel, entry: JsonObject): JsonObject {
  const config = entry.config as JsonObject
  const layers = config.layers as readonly JsonObject[]
  if (entry.class_name === 'Sequential') {
    const entries = layers.map((layer, i) => layerEntry(model.layers[i]!, layer))
    const first = model.layers[0]
    // Keras 3 has the shape of the input in a layer of its own.
    const input =
      first !== undefined && first.className !== 'InputLayer'
        ? [inputEntry(`${model.name}_input`, model.inputs[0]!.shape)]
        : []
    return object('keras', 'Sequential', { name: model.name, trainable: true, layers: [...input, ...entries] })
  }
  const nodes = new Map(
    model.layers.map((layer) => [layer.name, model.graph.steps.filter((step) => step.layer === layer)]),
  )
  const byName = new Map(model.layers.map((layer) => [layer.name, layer.className]))
  // Of models within models, Keras 3 counts the node from inputs to outputs only where they are no row.
  const placed = (place: readonly unknown[]): readonly [string, number, number] => {
    const [name, node, index] = place as readonly [string, number, number]
    return [name, byName.get(name) === 'Sequential' ? node - 1 : node, index]
  }
  const tensor = (place: readonly unknown[]): JsonObject => {
    const [name, node, index] = placed(place)
    const own = byName.get(name) === 'Functional' ? node - 1 : node
    const from = nodes.get(name)?.[own]?.node.outputs[index] ?? model.inputs.find((input) => input.name === name)
    const shape = from?.shape ?? []
    return { class_name: '__keras_tensor__', config: { shape, dtype: 'float32', keras_history: [name, node, index] } }
  }
  const functional = layers.map((layer, i) => {
    const inbound = (layer.inbound_nodes as readonly (readonly (readonly unknown[])[])[]).map((node) => {
      const tensors = node.map(tensor)
      return { args: tensors.length === 1 ? tensors : [tensors], kwargs: {} }
    })
    return { ...layerEntry(model.layers[i]!, layer), name: layer.name, inbound_nodes: inbound }
  })
  const { input_layers, output_layers } = config
  return object('keras', 'Functional', {
    name: model.name,
    trainable: true,
    layers: functional,
    input_layers,
    output_layers: (output_layers as readonly (readonly unknown[])[]).map(placed),
  })
}

function inputEntry(name: string, shape: readonly (number | null)[]): JsonObject {
  return object('keras.layers', 'InputLayer', { batch_shape: shape, dtype: 'float32', sparse: false, name })
}

/** What our configurations say and Keras 3's layers don't take. */
const UNKNOWN = ['batch_input_shape', 'input_shape', 'noise_shape']

function layerEntry(layer: Layer, entry: JsonObject): JsonObject {
  if (isModel(layer)) return modelEntry(layer, entry)
  const { class_name, config } = entry as { class_name: string; config: JsonObject }
  if (class_name === 'InputLayer') return inputEntry(layer.name, config.batch_input_shape as readonly (number | null)[])
  const kept = Object.entries(config).filter(
    ([key, value]) => !UNKNOWN.includes(key) || (key === 'noise_shape' && value !== null),
  )
  const options = Object.fromEntries(
    kept.map(([key, value]) => {
      const module = /_initializer$/.test(key)
        ? 'keras.initializers'
        : /_regularizer$/.test(key)
          ? 'keras.regularizers'
          : 'keras.constraints'
      const isObjects = isObject(value) && typeof value.class_name === 'string'
      return [key, isObjects ? object(module, value.class_name as string, (value.config ?? {}) as JsonObject) : value]
    }),
  )
  return object('keras.layers', class_name, { ...options, dtype: 'float32' })
}

/** Groups by the layers' classes, with numbers where there are several; within them the variables by number. */
function layerGroups(model: LayersModel): Hdf5Group {
  const counts = new Map<string, number>()
  const groups: Record<string, Hdf5Group> = {}
  const needsInput = model.className === 'Sequential' && model.layers[0]?.className !== 'InputLayer'
  if (needsInput) groups.input_layer = { members: { vars: { members: {} } } }
  for (const layer of model.layers) {
    const snake = layer.className
      .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .toLowerCase()
    const count = counts.get(snake) ?? 0
    counts.set(snake, count + 1)
    const own = isModel(layer) ? layerGroups(layer).members : {}
    const weights = isModel(layer)
      ? []
      : [...layer.weights].sort((a, b) => Number(b.isParameter) - Number(a.isParameter))
    const vars = weights.map(({ shape, variable, name }, i) => [
      `${i}`,
      { shape, values: variable.view(name).slice() as Float32Array },
    ])
    groups[count === 0 ? snake : `${snake}_${count}`] = {
      members: { ...own, vars: { members: Object.fromEntries(vars) } },
    }
  }
  return { members: { layers: { members: groups } } }
}

/** Optimizers as Keras calls them. */
const OPTIMIZERS: Readonly<Record<string, string>> = { Momentum: 'SGD', RMSProp: 'RMSprop' }

/** Options of optimizers as Keras calls them, where that is not only their way of writing. */
const OPTIONS: Readonly<Record<string, string>> = {
  beta1: 'beta_1',
  beta2: 'beta_2',
  clipNorm: 'clipnorm',
  clipValue: 'clipvalue',
  globalClipNorm: 'global_clipnorm',
  useNesterov: 'nesterov',
}

/** Optimizer, loss and metrics; undefined where nothing was compiled that has a name. */
export function compileConfig(model: LayersModel): JsonObject | undefined {
  const training = trainingOf(model)?.state
  if (training === undefined) return undefined
  const { loss, metrics, loss_weights = null } = training
  return { optimizer: optimizerEntry(model.optimizer!), loss, metrics, loss_weights, weighted_metrics: null }
}

function optimizerEntry(optimizer: Optimizer): JsonObject {
  const { className } = optimizer
  const schedule = kerasSchedule(optimizer)
  const learningRate =
    schedule === undefined
      ? optimizer.learningRate
      : object('keras.optimizers.schedules', schedule.className, snakeKeys(schedule.getConfig()))
  const config = Object.entries({ ...optimizer.getConfig(), learningRate }).flatMap(([key, value]) => {
    // Keras 3 has dropped it.
    if (className === 'Adamax' && key === 'decay') return []
    return [[className === 'RMSProp' && key === 'decay' ? 'rho' : (OPTIONS[key] ?? key), value]]
  })
  return object('keras.optimizers', OPTIMIZERS[className] ?? className, snakeKeys(Object.fromEntries(config)))
}

function snakeKeys(config: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [toSnakeCase(key), value]))
}
