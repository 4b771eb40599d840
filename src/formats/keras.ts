/**
 * Keras's own files: `.keras` since 2.12, a zip of config.json, metadata.json and model.weights.h5; and the HDF5 files
 * before that, whose root has the configuration as an attribute and whose groups are the layers.
 */

import { FormatError, show } from '../errors.ts'
import { isObject, type JsonObject, objectAt, parseJson } from '../json.ts'
import type { Bytes } from './bytes.ts'
import { datasetsBelow, type Hdf5Node, openHdf5 } from './hdf5.ts'
import { kerasConfig } from './keras-config.ts'
import { readOptimizer } from './keras-optimizer.ts'
import { kerasTraining } from './keras-training.ts'
import type { DescribedWeight, ModelDescription } from './model-description.ts'
import type { ZipArchive } from './zip.ts'

const CONFIG = 'config.json'
const WEIGHTS = 'model.weights.h5'

export function isKerasZip(archive: ZipArchive): boolean {
  return archive.has(CONFIG)
}

/** @throws FormatError for what is no model, or one that quadlane cannot have */
export function readKeras(bytes: Bytes, archive: ZipArchive): ModelDescription {
  const { file } = bytes
  const config = objectAt(file, CONFIG, parseJson(`${file}, ${CONFIG}`, archive.read(CONFIG)))
  const { model, channelsFirst, notes: given } = kerasConfig(file, config)
  const notes = [...given]
  if (!archive.has(WEIGHTS))
    throw new FormatError({ who: file, expected: `an entry ${WEIGHTS}`, received: show(archive.names) })
  const root = openHdf5(`${file}, ${WEIGHTS}`, archive.read(WEIGHTS))
  const stored = storedIn(root)
  const weights = storedWeights(stored, config)
  const trainingConfig = kerasTraining(config.compile_config, notes)
  const state = trainingConfig === undefined ? undefined : stored.groups.get('optimizer')
  return {
    file,
    producer: `Keras ${versionOf(file, archive)}`.trim(),
    model,
    weights,
    trainingConfig,
    optimizer: state === undefined ? undefined : readOptimizer(inNumbers(state.variables)),
    channelsFirst,
    notes,
  }
}

function versionOf(file: string, archive: ZipArchive): string {
  if (!archive.has('metadata.json')) return ''
  const metadata = parseJson(`${file}, metadata.json`, archive.read('metadata.json'))
  return isObject(metadata) && typeof metadata.keras_version === 'string' ? metadata.keras_version : ''
}

/** Groups of a weights file: each with its own variables by number, and the groups within it. */
export interface Stored {
  readonly variables: Map<number, Hdf5Node>
  readonly groups: Map<string, Stored>
}

/** Whether an HDF5 file holds weights as `.keras` does, by the order of the layers' classes. */
export function isKerasWeights(root: Hdf5Node): boolean {
  return root.names.some((name) => /^(layers|_layer_checkpoint_dependencies)(\\|$)/.test(name))
}

export function storedIn(root: Hdf5Node): Stored {
  const tree: Stored = { variables: new Map(), groups: new Map() }
  for (const [path, node] of datasetsBelow(root)) {
    // Files that were written under Windows have the whole path as one name.
    const parts = path.split(/[/\\]/)
    const index = Number(parts.pop())
    if (parts.pop() !== 'vars' || !Number.isInteger(index)) continue
    let group = tree
    for (const part of parts) {
      let next = group.groups.get(part)
      if (next === undefined) group.groups.set(part, (next = { variables: new Map(), groups: new Map() }))
      group = next
    }
    group.variables.set(index, node)
  }
  return tree
}

function inNumbers(variables: ReadonlyMap<number, Hdf5Node>): Hdf5Node[] {
  return [...variables].sort(([a], [b]) => a - b).map(([, node]) => node)
}

/**
 * The weights of a `model.weights.h5`. A group is called after the class of its layer, with a number where there are
 * several; the first version of the format counted each layer twice.
 * @param entry the model's configuration, in whichever form
 */
export function storedWeights(stored: Stored, entry: unknown): DescribedWeight[] {
  const weights: DescribedWeight[] = []
  collectStored(stored, entry, [], weights)
  return weights
}

function collectStored(stored: Stored, entry: unknown, path: readonly string[], weights: DescribedWeight[]): void {
  const config = (entry as { config?: unknown })?.config
  const layers = Array.isArray(config) ? config : isObject(config) && Array.isArray(config.layers) ? config.layers : []
  const exact = stored.groups.get('layers')
  const groups = exact ?? stored.groups.get('_layer_checkpoint_dependencies')
  if (groups === undefined) return
  const counts = new Map<string, number>()
  for (const layer of layers) {
    const { class_name, config: own, name } = layer as JsonObject
    if (typeof class_name !== 'string') continue
    const snake = snakeCase(class_name.replace(/^.*>/, ''))
    const count = counts.get(snake) ?? 0
    const group =
      exact === undefined
        ? nthGroup(groups.groups, snake, count)
        : exact.groups.get(count === 0 ? snake : `${snake}_${count}`)
    const layerName = String((isObject(own) ? own.name : undefined) ?? name ?? snake)
    const isNested = isObject(own) && Array.isArray(own.layers)
    // Where layers are counted twice, only those with weights have groups that tell.
    if (exact !== undefined || isNested || group !== undefined) counts.set(snake, count + 1)
    if (group === undefined) continue
    const place = [...path, layerName]
    if (isNested) collectStored(group, layer, place, weights)
    for (const [index, node] of [...group.variables].sort(([a], [b]) => a - b)) {
      weights.push({ name: `${place.join('/')}/${index}`, layer: place, tensor: node.read() })
    }
  }
}

/** The nth group with weights whose name is a class's, by its number. */
function nthGroup(groups: ReadonlyMap<string, Stored>, snake: string, n: number): Stored | undefined {
  const numbered = [...groups].flatMap(([name, group]) => {
    const number = name === snake ? 0 : name.startsWith(`${snake}_`) ? Number(name.slice(snake.length + 1)) : Number.NaN
    return Number.isInteger(number) && (group.variables.size > 0 || group.groups.size > 0) ? [{ number, group }] : []
  })
  return numbered.sort((a, b) => a.number - b.number)[n]?.group
}

function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
}

/** A whole model in HDF5: what `model.save('x.h5')` writes. */
export function readKerasH5(bytes: Bytes): ModelDescription {
  const { file } = bytes
  const root = openHdf5(file, bytes.bytes)
  const config = root.attribute('model_config')
  if (typeof config !== 'string') {
    const hint = 'only weights are in it: make the model, then model.loadWeights(…)'
    throw new FormatError({
      who: file,
      expected: 'a model in HDF5, with the attribute model_config',
      received: 'none',
      hint,
    })
  }
  const { model, channelsFirst, notes: given } = kerasConfig(file, jsonOf(`${file}, model_config`, config))
  const notes = [...given]
  const training = root.attribute('training_config')
  const compiled = typeof training === 'string' ? jsonOf(`${file}, training_config`, training) : undefined
  const trainingConfig = kerasTraining(compiled, notes)
  const state = trainingConfig === undefined ? undefined : root.child('optimizer_weights')
  const weights = layerWeights(file, root.child('model_weights') ?? root)
  const version = root.attribute('keras_version')
  return {
    file,
    producer: `Keras ${typeof version === 'string' ? version : ''}`.trim(),
    model,
    weights,
    trainingConfig,
    optimizer: state === undefined ? undefined : readOptimizer(optimizerNodes(state)),
    channelsFirst,
    notes,
  }
}

function optimizerNodes(state: Hdf5Node): Hdf5Node[] {
  return (namesIn(state, 'weight_names') ?? []).flatMap((name) => at(state, name) ?? [])
}

function jsonOf(file: string, text: string): unknown {
  return parseJson(file, new TextEncoder().encode(text))
}

/** Whether an HDF5 file holds a whole model. */
export function isKerasH5(root: Hdf5Node): boolean {
  return root.attribute('model_config') !== undefined
}

/** The weights of an HDF5 file without a model, by layer: of Keras 0 to 2. Undefined for one of something else. */
export function readKerasH5Weights(file: string, root: Hdf5Node): DescribedWeight[] | undefined {
  const group = root.child('model_weights') ?? root
  if (namesIn(group, 'layer_names') !== undefined) return layerWeights(file, group)
  const count = root.attribute('nb_layers')
  return typeof count === 'number' ? numberedWeights(root) : undefined
}

/** A list of names; one too long for an attribute goes on as name0, name1, …. */
function namesIn(group: Hdf5Node, attribute: string): string[] | undefined {
  const whole = group.attribute(attribute)
  if (Array.isArray(whole)) return whole.map(String)
  const parts: string[] = []
  for (let i = 0; group.attributeNames.includes(`${attribute}${i}`); i++) {
    const part = group.attribute(`${attribute}${i}`)
    if (Array.isArray(part)) parts.push(...part.map(String))
  }
  return parts.length === 0 ? undefined : parts
}

function layerWeights(file: string, group: Hdf5Node): DescribedWeight[] {
  return (namesIn(group, 'layer_names') ?? group.names).flatMap((layer) => {
    const node = group.child(layer)
    if (node === undefined || !node.isGroup) return []
    return (namesIn(node, 'weight_names') ?? []).map((name) => {
      const found = at(node, name)
      if (found === undefined) {
        throw new FormatError({
          who: `${file}, layer ${show(layer)}`,
          expected: `a data set ${show(name)}`,
          received: 'none',
        })
      }
      return { name: weightName(layer, name), layer: [layer], whole: true, tensor: found.read() }
    })
  })
}

function at(node: Hdf5Node, path: string): Hdf5Node | undefined {
  const whole = node.child(path)
  if (whole !== undefined) return whole
  let found: Hdf5Node | undefined = node
  for (const part of path.split('/')) found = found?.child(part)
  return found
}

/** Weights of Keras 1 by their names since. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  W: 'kernel',
  b: 'bias',
  gamma: 'gamma',
  beta: 'beta',
  running_mean: 'moving_mean',
  running_std: 'moving_variance',
  alphas: 'alpha',
}

/** 'dense_1/dense_1/kernel:0' and 'dense_1_W' as 'dense_1/kernel'. */
function weightName(layer: string, name: string): string {
  const plain = name.replace(/:\d+$/, '')
  const old = plain.startsWith(`${layer}_`) ? OLD_NAMES[plain.slice(layer.length + 1)] : undefined
  if (old !== undefined) return `${layer}/${old}`
  return plain.includes('/') ? plain : `${layer}/${plain}`
}

/** Keras 0: groups layer_0, layer_1, … with param_0, param_1, …. */
function numberedWeights(root: Hdf5Node): DescribedWeight[] {
  const number = (name: string): number => Number(name.replace(/^\D*/, ''))
  const sorted = (names: readonly string[]): string[] => [...names].sort((a, b) => number(a) - number(b))
  return sorted(root.names).flatMap((layer) => {
    const group = root.child(layer)!
    return sorted(group.names).map((name) => ({ name: `${layer}/${name}`, tensor: group.child(name)!.read() }))
  })
}
