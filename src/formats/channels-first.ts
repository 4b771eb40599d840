/**
 * Configurations whose images have their channels first, as ones with the channels last. Layers on images take the other
 * format; axes are renumbered; where values are counted through (a reshape, a flatten), images are turned round for it.
 */

import { FormatError, show } from '../errors.ts'
import { isObject, type JsonObject } from '../json.ts'
import type { ConfigEntry } from './model-description.ts'

export interface Turned {
  readonly model: ConfigEntry
  /** Whether rows behind a flatten are in the order of the channels, and weights there to be turned. */
  readonly turnsRows: boolean
}

/** Axes of [B, C, H, W] in [B, H, W, C]. */
const AXES = [0, 3, 1, 2]
const TO_LAST = [2, 3, 1]
const TO_FIRST = [3, 1, 2]

const IMAGE_LAYERS =
  /^(Conv|DepthwiseConv|SeparableConv|MaxPooling|AveragePooling|UpSampling|ZeroPadding|Cropping)\w*2D/

/** Layers whose output has a value for each of its input's, in the same order, and whose weights can be turned. */
const ELEMENTWISE = [
  'Activation',
  'AlphaDropout',
  'BatchNormalization',
  'Dropout',
  'ELU',
  'GaussianDropout',
  'GaussianNoise',
  'LeakyReLU',
  'ReLU',
  'Rescaling',
  'ThresholdedReLU',
]

interface Turning {
  readonly file: string
  /** Whether a flatten may be left as it is, for the weights behind it to be turned. */
  readonly turnsRows: boolean
  turned: boolean
}

/**
 * Whether all layers of a model that say where the channels are have them first. One with both formats stays as it is:
 * convolutions can do either.
 */
export function isChannelsFirst(entry: unknown): boolean {
  const formats = [...formatsIn(entry, 0)]
  return formats.length > 0 && formats.every((format) => format === 'channels_first' || format === 'th')
}

function* formatsIn(entry: unknown, depth: number): Generator<unknown> {
  if (!isObject(entry) || depth > 32) return
  const { config, class_name } = entry
  const layers = Array.isArray(config) ? config : isObject(config) ? config.layers : undefined
  if (Array.isArray(layers)) for (const layer of layers) yield* formatsIn(layer, depth + 1)
  else if (isObject(config) && class_name !== 'Flatten') {
    const format = config.data_format ?? config.dim_ordering
    if (format !== undefined && format !== null) yield format
  }
}

/** @throws FormatError naming a layer that works along another axis than the channels' */
export function turnChannelsLast(file: string, model: ConfigEntry): Turned {
  // Keras's own Flatten puts the channels last before it flattens, where it is told that they are first.
  const turnsRows = !/"class_name":"Flatten","config":\{[^{}]*"data_format":"channels_first"/.test(
    JSON.stringify(model),
  )
  const turning: Turning = { file, turnsRows, turned: false }
  return { model: turnModel(turning, model, []), turnsRows: turning.turned }
}

type Nodes = readonly (readonly (readonly unknown[])[])[]

/** @param ranks of what is given to a model within a model */
function turnModel(turning: Turning, { class_name, config }: ConfigEntry, ranks: readonly number[]): ConfigEntry {
  const layers = config.layers as readonly (ConfigEntry & JsonObject)[]
  return class_name === 'Sequential'
    ? { class_name, config: { ...config, layers: turnRow(turning, layers, ranks[0]) } }
    : { class_name, config: { ...config, ...turnGraph(turning, config, layers, ranks) } }
}

function turnRow(turning: Turning, layers: readonly ConfigEntry[], rank: number | undefined): ConfigEntry[] {
  let current = rank ?? 0
  return layers.flatMap((layer, i) => {
    const input = inputRank(layer) ?? current
    current = rankBehind(layer, input)
    const entersDense = isTurnable(layers.slice(i + 1))
    const { before, entry, behind } = turnLayer(turning, layer, [input], entersDense)
    const made: ConfigEntry[] = [entry]
    if (before !== undefined) {
      const { batch_input_shape, ...rest } = entry.config
      const { class_name, config } = permuteOf(layer, 'first', before)
      const shape = batch_input_shape === undefined ? {} : { batch_input_shape }
      made.unshift({ class_name, config: { ...config, ...shape } })
      made[1] = { class_name: entry.class_name, config: rest }
    }
    if (behind !== undefined) made.push(permuteOf(layer, 'last', behind))
    return made
  })
}

/** Whether weights can be turned in place of the values: a dense layer comes, behind nothing that mixes them. */
function isTurnable(behind: readonly ConfigEntry[]): boolean {
  const next = behind.find(({ class_name, config }) => {
    return !ELEMENTWISE.includes(class_name) || config.activation === 'softmax'
  })
  return next?.class_name === 'Dense'
}

function turnGraph(
  turning: Turning,
  config: JsonObject,
  layers: readonly (ConfigEntry & JsonObject)[],
  ranks: readonly number[],
): JsonObject {
  const byName = new Map(layers.map((layer) => [layer.name as string, layer]))
  const inputs = placesIn(config.input_layers)
  const known = new Map<string, number>(inputs.map(([name], i) => [name as string, ranks[i] ?? 0]))
  const rankOf = (name: string, depth: number): number => {
    const found = known.get(name)
    const layer = byName.get(name)
    if (found && layer?.class_name !== 'InputLayer') return found
    if (layer === undefined || depth > layers.length) return 0
    const from = nodesOf(layer)[0]?.[0]?.[0]
    const input = inputRank(layer) ?? (typeof from === 'string' ? rankOf(from, depth + 1) : (found ?? 0))
    const rank = rankBehind(layer, input)
    known.set(name, rank)
    return rank
  }
  const takers = new Map<string, (ConfigEntry & JsonObject)[]>()
  for (const layer of layers) {
    for (const [name] of nodesOf(layer).flat()) takers.set(String(name), [...(takers.get(String(name)) ?? []), layer])
  }
  const outputs = new Set(placesIn(config.output_layers).map(([name]) => name))
  const entersDense = (name: string, depth = 0): boolean => {
    const all = takers.get(name) ?? []
    if (outputs.has(name) || all.length === 0 || depth > layers.length) return false
    return all.every((layer) => {
      if (layer.class_name === 'Dense') return true
      return isTurnable([layer, DENSE]) && entersDense(layer.name as string, depth + 1)
    })
  }
  /** What is taken in place of a layer's output. */
  const instead = new Map<string, string>()
  const made = layers.flatMap((layer) => {
    const name = layer.name as string
    const from = nodesOf(layer)
    const given = (from[0] ?? []).map(([source]) => rankOf(String(source), 0))
    const own = given.length > 0 ? given : [inputRank(layer) ?? 0]
    const { before, entry, behind } = turnLayer(turning, layer, own, entersDense(name))
    const whole = { ...entry, name, inbound_nodes: from }
    const list: (ConfigEntry & JsonObject)[] = []
    if (before !== undefined) {
      const permute = permuteOf(layer, 'first', before)
      list.push({ ...permute, name: permute.config.name, inbound_nodes: from })
      whole.inbound_nodes = from.map((_, node) => [[permute.config.name, node, 0, {}]])
    }
    list.push(whole)
    if (behind !== undefined) {
      const permute = permuteOf(layer, 'last', behind)
      list.push({ ...permute, name: permute.config.name, inbound_nodes: from.map((_, node) => [[name, node, 0, {}]]) })
      instead.set(name, permute.config.name as string)
    }
    return list
  })
  const place = ([name, ...rest]: readonly unknown[]): unknown[] => [instead.get(name as string) ?? name, ...rest]
  return {
    layers: made.map((layer) => {
      const isOwn = [...instead].some(([, permute]) => permute === layer.name)
      return isOwn ? layer : { ...layer, inbound_nodes: nodesOf(layer).map((node) => node.map(place)) }
    }),
    output_layers: placesIn(config.output_layers).map(place),
  }
}

const DENSE: ConfigEntry = { class_name: 'Dense', config: {} }

function nodesOf(layer: JsonObject): Nodes {
  return (layer.inbound_nodes ?? []) as Nodes
}

function placesIn(value: unknown): readonly (readonly unknown[])[] {
  return Array.isArray(value) ? value.filter(Array.isArray) : []
}

function inputRank({ config }: ConfigEntry): number | undefined {
  return Array.isArray(config.batch_input_shape) ? config.batch_input_shape.length : undefined
}

function rankBehind({ class_name, config }: ConfigEntry, rank: number): number {
  if (Array.isArray(config.layers)) {
    return (config.layers as ConfigEntry[]).reduce((at, layer) => rankBehind(layer, inputRank(layer) ?? at), rank)
  }
  if (class_name === 'Flatten') return 2
  if (class_name === 'RepeatVector') return 3
  if (class_name === 'Reshape') return Array.isArray(config.target_shape) ? config.target_shape.length + 1 : rank
  if (/^Global/.test(class_name) && config.keepdims !== true && config.keep_dims !== true) return 2
  return class_name === 'Embedding' ? rank + 1 : rank
}

function permuteOf({ config }: ConfigEntry, where: 'first' | 'last', dims: readonly number[]): ConfigEntry {
  return { class_name: 'Permute', config: { name: `${String(config.name)}_channels_${where}`, dims } }
}

interface TurnedLayer {
  /** Axes of a permutation in front of the layer, and of one behind it. */
  readonly before?: readonly number[] | undefined
  readonly entry: ConfigEntry
  readonly behind?: readonly number[] | undefined
}

function turnLayer(turning: Turning, layer: ConfigEntry, ranks: readonly number[], entersDense: boolean): TurnedLayer {
  const { class_name } = layer
  if (Array.isArray(layer.config.layers)) return { entry: turnModel(turning, layer, ranks) }
  const options: Record<string, unknown> = { ...layer.config }
  const entry: ConfigEntry = { class_name, config: options }
  const isImage = ranks[0] === 4
  if (options.data_format !== undefined) options.data_format = 'channels_last'
  const shape = options.batch_input_shape
  if (Array.isArray(shape) && shape.length === 4) options.batch_input_shape = [0, 2, 3, 1].map((axis) => shape[axis])
  if (!isImage && !(class_name === 'Reshape' && rankBehind(layer, 0) === 4)) return { entry }
  const refuse = (received: string): never => {
    const who = `${turning.file}, layer ${show(options.name)}`
    throw new FormatError({ who, expected: 'a layer along the channels, which are first', received })
  }
  if (class_name === 'Flatten') {
    if (layer.config.data_format === 'channels_first') return { entry }
    if (turning.turnsRows && entersDense) turning.turned = true
    else return { entry, before: TO_FIRST }
    return { entry }
  }
  if (class_name === 'Reshape') {
    const rank = rankBehind(layer, 4)
    if (isImage && rank === 2 && turning.turnsRows && entersDense) {
      turning.turned = true
      return { entry }
    }
    return { before: isImage ? TO_FIRST : undefined, entry, behind: rank === 4 ? TO_LAST : undefined }
  }
  if (class_name === 'Permute' && Array.isArray(options.dims)) {
    const dims = options.dims.map((axis) => AXES[axis as number])
    options.dims = [dims[1], dims[2], dims[0]]
  }
  if (/^(Concatenate|LayerNormalization|BatchNormalization|Softmax)$/.test(class_name)) {
    const turn = (axis: unknown): unknown => AXES[(axis as number) < 0 ? (axis as number) + 4 : (axis as number)]
    const { axis = -1 } = options
    options.axis = Array.isArray(axis) ? axis.map(turn) : turn(axis)
    if (options.axis === 3 || (Array.isArray(options.axis) && options.axis.length === 1 && options.axis[0] === 3)) {
      options.axis = -1
    }
  }
  if (class_name === 'PReLU') {
    const shared = options.shared_axes as readonly number[] | undefined
    if (!shared?.includes(2) || !shared.includes(3)) refuse('PReLU with a slope for each pixel')
    options.shared_axes = shared!.map((axis) => AXES[axis])
  }
  if (class_name === 'Dense') refuse('Dense')
  if (options.activation === 'softmax') refuse(`${class_name} with a softmax`)
  if (IMAGE_LAYERS.test(class_name) && layer.config.data_format === 'channels_last') refuse('channels last')
  return { entry }
}
