/**
 * Configurations of Keras 1, 2 and 3 in the one form that layers are made from: the names, options and nodes of Keras 2,
 * as TF.js reads and writes them too. What a version calls otherwise stands in a table.
 */

import { FormatError, show } from '../errors.ts'
import { arrayAt, isObject, type JsonObject, objectAt, stringAt } from '../json.ts'
import { isChannelsFirst, turnChannelsLast } from './channels-first.ts'
import type { ConfigEntry } from './model-description.ts'

/** Models within models. */
const MAX_DEPTH = 16
/** Layers of a whole model. */
const MAX_LAYERS = 4096
/** As many nodes as all layers of a file may have. */
const MAX_TENSORS = 65536

const GRAPHS = ['Functional', 'Model', 'Container', 'Graph', 'LayersModel']

/** Classes that other versions call otherwise. */
const CLASSES: Readonly<Record<string, string>> = {
  AtrousConvolution2D: 'Conv2D',
  Convolution1D: 'Conv1D',
  Convolution1DTranspose: 'Conv1DTranspose',
  Convolution2D: 'Conv2D',
  Convolution2DTranspose: 'Conv2DTranspose',
  Deconvolution2D: 'Conv2DTranspose',
  DepthwiseConvolution1D: 'DepthwiseConv1D',
  DepthwiseConvolution2D: 'DepthwiseConv2D',
  GlobalAvgPool1D: 'GlobalAveragePooling1D',
  GlobalAvgPool2D: 'GlobalAveragePooling2D',
  GlobalMaxPool1D: 'GlobalMaxPooling1D',
  GlobalMaxPool2D: 'GlobalMaxPooling2D',
  AvgPool1D: 'AveragePooling1D',
  AvgPool2D: 'AveragePooling2D',
  MaxPool1D: 'MaxPooling1D',
  MaxPool2D: 'MaxPooling2D',
  BatchNormalizationV1: 'BatchNormalization',
  BatchNormalizationV2: 'BatchNormalization',
  SyncBatchNormalization: 'BatchNormalization',
  SeparableConvolution1D: 'SeparableConv1D',
  SeparableConvolution2D: 'SeparableConv2D',
}

/** Options of Keras 1 by their names since. */
const OPTIONS: Readonly<Record<string, string>> = {
  W_constraint: 'kernel_constraint',
  W_regularizer: 'kernel_regularizer',
  b_constraint: 'bias_constraint',
  b_regularizer: 'bias_regularizer',
  beta_init: 'beta_initializer',
  bias: 'use_bias',
  border_mode: 'padding',
  depthwise_init: 'depthwise_initializer',
  depthwise_multiplier: 'depth_multiplier',
  dim_ordering: 'data_format',
  filter_length: 'kernel_size',
  gamma_init: 'gamma_initializer',
  init: 'kernel_initializer',
  nb_filter: 'filters',
  output_dim: 'units',
  p: 'rate',
  pool_length: 'pool_size',
  sigma: 'stddev',
  stride: 'strides',
  subsample: 'strides',
  subsample_length: 'strides',
  atrous_rate: 'dilation_rate',
  batch_shape: 'batch_input_shape',
}

/** What no layer's result depends on, or what says how the host computes. */
const IGNORED: readonly string[] = [
  'auto_vectorize',
  'autocast',
  'bounding_box_format',
  'build_config',
  'fused',
  'input_dim',
  'input_dtype',
  'jit_compile',
  'lora_alpha',
  'lora_rank',
  'nb_col',
  'nb_row',
  'optional',
  'quantization_config',
  'ragged',
  'renorm_clipping',
  'renorm_momentum',
  'sparse',
  'synchronized',
  'virtual_batch_size',
]

/** Random layers that quadlane has no training for; in prediction they do nothing. */
const IDENTITIES: readonly string[] = ['ActivityRegularization', 'Masking']

const EMBEDDING: readonly string[] = ['input_dim', 'output_dim']

const ACTIVATIONS: Readonly<Record<string, string>> = {
  relu_v2: 'relu',
  softmax_v2: 'softmax',
  silu: 'swish',
}

/** Initializers that Keras 1 called otherwise. */
const INITIALIZERS: Readonly<Record<string, string>> = {
  normal: 'random_normal',
  one: 'ones',
  uniform: 'random_uniform',
  zero: 'zeros',
}

export interface KerasConfig {
  readonly model: ConfigEntry
  /** Whether rows behind a flatten are in the order of channels first, which the form given back no longer has. */
  readonly channelsFirst: boolean
  readonly notes: readonly string[]
}

/**
 * A model's configuration in the form of Keras 2 with channels last.
 * @param file the path or URL of the file, for errors
 * @param entry `{ class_name, config }`
 * @throws FormatError for one that is not a model of layers
 */
export function kerasConfig(file: string, entry: unknown): KerasConfig {
  const reading: Reading = { file, notes: new Set(), tensors: 0, layers: 0 }
  const model = modelOf(reading, entry, 0)
  // What quadlane has written it can read as it stands.
  const isOwn = isObject(entry) && String(entry.keras_version).startsWith('quadlane')
  if (isOwn || !isChannelsFirst(model)) return { model, channelsFirst: false, notes: [...reading.notes] }
  const turned = turnChannelsLast(file, model)
  reading.notes.add('images had their channels first: the model takes them last, and its weights were turned')
  return { model: turned.model, channelsFirst: turned.turnsRows, notes: [...reading.notes] }
}

interface Reading {
  readonly file: string
  readonly notes: Set<string>
  tensors: number
  layers: number
}

function isModel(className: unknown): boolean {
  return className === 'Sequential' || GRAPHS.includes(className as string)
}

function modelOf(reading: Reading, entry: unknown, depth: number): ConfigEntry {
  const { file } = reading
  if (depth > MAX_DEPTH) {
    throw new FormatError({ who: file, expected: `models at most ${MAX_DEPTH} deep`, received: 'deeper ones' })
  }
  const { class_name, config, registered_name } = objectAt(file, 'the model', entry)
  if (!isModel(class_name)) {
    // A class derived from the functional model is one where it wrote its layers and nodes.
    const own = isObject(config) && Array.isArray(config.layers) && Array.isArray(config.output_layers)
    if (!own) {
      throw new FormatError({
        who: file,
        expected: 'a model of layers (Sequential or Functional)',
        received: `the class ${show(registered_name ?? class_name)}`,
        hint: 'the layers of a subclassed model are in its Python code: save it as a functional model',
      })
    }
    reading.notes.add(`the class ${show(class_name)} is taken as the functional model that it is made of`)
  }
  const name = isObject(config) ? config.name : undefined
  const named = typeof name === 'string' && name !== '' ? { name } : {}
  const layers = arrayAt(file, 'the layers', Array.isArray(config) ? config : objectAt(file, 'config', config).layers)
  reading.layers += layers.length
  if (reading.layers > MAX_LAYERS) {
    throw new FormatError({ who: file, expected: `at most ${MAX_LAYERS} layers`, received: `${reading.layers}` })
  }
  if (class_name === 'Sequential') {
    const entries = layers.map((layer, i) => layerOf(reading, layer, `layers[${i}]`, depth))
    const shape = isObject(config) ? config.build_input_shape : undefined
    return { class_name: 'Sequential', config: { ...named, layers: rooted(entries, shape) } }
  }
  const { input_layers, output_layers } = config as JsonObject
  return {
    class_name: 'Functional',
    config: {
      ...named,
      layers: layers.map((layer, i) => {
        const path = `layers[${i}]`
        const { name: given, inbound_nodes } = objectAt(file, path, layer)
        const made = layerOf(reading, layer, path, depth)
        const nodes = arrayAt(file, `${path}.inbound_nodes`, inbound_nodes ?? [])
        return { ...made, name: given ?? made.config.name, inbound_nodes: nodes.map((node) => nodeOf(reading, node)) }
      }),
      input_layers: input_layers && placesOf(reading, input_layers),
      output_layers: output_layers && placesOf(reading, output_layers),
    },
  }
}

/** Gives the first layer the shape that the model was built for, where no layer has one. */
function rooted(entries: readonly ConfigEntry[], shape: unknown): readonly ConfigEntry[] {
  const [first, ...rest] = entries
  if (first === undefined || !Array.isArray(shape) || isModel(first.class_name)) return entries
  if (first.config.batch_input_shape !== undefined) return entries
  return [{ ...first, config: { ...first.config, batch_input_shape: shape } }, ...rest]
}

/** The inputs of a node as [layer, node, tensor, arguments]. */
function nodeOf(reading: Reading, node: unknown): readonly unknown[] {
  if (Array.isArray(node)) return placesOf(reading, node)
  // Keras 3 writes the call: its arguments, with tensors among them at any depth.
  const { args, kwargs } = objectAt(reading.file, 'inbound_nodes', node)
  const places: unknown[] = []
  collectTensors(reading, [args, kwargs], places, 0)
  return places
}

function collectTensors(reading: Reading, value: unknown, places: unknown[], depth: number): void {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return
  const { class_name, config } = value as JsonObject
  if (class_name === '__keras_tensor__') {
    const history = isObject(config) ? config.keras_history : undefined
    places.push([...arrayAt(reading.file, 'keras_history', history)])
    countTensor(reading)
    return
  }
  for (const item of Object.values(value)) collectTensors(reading, item, places, depth + 1)
}

function countTensor(reading: Reading): void {
  if (++reading.tensors <= MAX_TENSORS) return
  throw new FormatError({ who: reading.file, expected: `at most ${MAX_TENSORS} inputs of layers`, received: 'more' })
}

/** [layer, node, tensor] or a list of them, or an object with them. */
function placesOf(reading: Reading, value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return []
  const list = Array.isArray(value) ? value : Object.values(value)
  if (typeof list[0] === 'string') return [list]
  return list.flatMap((item) => {
    if (Array.isArray(item) && typeof item[0] === 'string') {
      countTensor(reading)
      return [item]
    }
    return isObject(item) ? placesOf(reading, item) : [item]
  })
}

function layerOf(reading: Reading, entry: unknown, path: string, depth: number): ConfigEntry {
  const { file } = reading
  const { class_name, config, module, registered_name, name } = objectAt(file, path, entry)
  const className = stringAt(file, `${path}.class_name`, class_name)
  if (isModel(className)) return modelOf(reading, entry, depth + 1)
  const given = objectAt(file, `${path}.config`, config)
  const who = `${file}, layer ${show(given.name ?? name ?? path)}`
  if (typeof module === 'string' && /(^|\.)ops(\.|$)/.test(module)) {
    const received = `the operation ${module.replace(/^.*?ops/, 'ops')}.${className}`
    throw new FormatError({ who, expected: 'layers', received, hint: 'quadlane has no layer of it' })
  }
  if (typeof registered_name === 'string' && registered_name.includes('>') && !CLASSES[className]) {
    // A class of the user's, which may be registered here too: its options are its own.
    return { class_name: className, config: given }
  }
  if (className === 'TimeDistributed' || className === 'Bidirectional') return { class_name: className, config: given }
  const options = optionsOf(reading, className, given)
  const known = Object.hasOwn(CLASSES, className) ? CLASSES[className]! : className
  // Masking puts zeros for another value than 0.
  if (IDENTITIES.includes(known) && !options.mask_value) {
    reading.notes.add(`layer ${show(given.name ?? path)}: ${known} does nothing in training either`)
    const kept = pick(options, ['name', 'batch_input_shape'])
    return { class_name: 'Activation', config: { ...kept, activation: 'linear' } }
  }
  if (known === 'Merge') return mergeOf(who, options)
  addSizes(className, given, options)
  return { class_name: known, config: options }
}

function pick(options: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]))
}

function optionsOf(reading: Reading, className: string, given: JsonObject): Record<string, unknown> {
  const options: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue
    // An embedding has these names to this day.
    if (className === 'Embedding' && EMBEDDING.includes(key)) options[key] = value
    // Keras's random geometry has it for nothing; brightness and contrast clip to it.
    if (key === 'value_range' && /^Random(Flip|Rotation|Translation|Zoom)$/.test(className)) continue
    if (IGNORED.includes(key) || Object.hasOwn(options, key)) continue
    const name = Object.hasOwn(OPTIONS, key) ? OPTIONS[key]! : key
    if (name === 'dtype') checkDtype(reading, value)
    else if (name === 'activation' || name === 'recurrent_activation') options[name] = activationOf(value)
    else if (/_initializer$/.test(name) && typeof value === 'string') options[name] = INITIALIZERS[value] ?? value
    else options[name] = plain(value)
  }
  return options
}

/** Keras's serialized objects without the modules that they come from. */
function plain(value: unknown): unknown {
  if (!isObject(value) || typeof value.class_name !== 'string') return value
  if (value.class_name === '__tuple__' && Array.isArray(value.items)) return value.items
  return { class_name: value.class_name, config: isObject(value.config) ? value.config : {} }
}

/** Whatever a model computes with, quadlane computes in float32. */
function checkDtype(reading: Reading, value: unknown): void {
  const name = isObject(value) ? (isObject(value.config) ? value.config.name : value.class_name) : value
  if (name === 'float32' || name === null || typeof name !== 'string') return
  // Inputs of bytes or integers are given as numbers anyway.
  if (/^u?int|^bool/.test(name)) return
  reading.notes.add(`dtype ${name}: computes in float32`)
}

/** The name of an activation that may be an object: a function of Python's, or a layer without options. */
function activationOf(value: unknown): unknown {
  const named = isObject(value) ? (typeof value.config === 'string' ? value.config : value.class_name) : value
  if (typeof named !== 'string') return value
  const name = named.replace(/^.*>/, '')
  if (isObject(value) && typeof value.config !== 'string') return { class_name: name, config: value.config }
  return Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : name
}

/** Keras 1 gave heights and widths apart, and the number of inputs in place of a shape. */
function addSizes(className: string, given: JsonObject, options: Record<string, unknown>): void {
  if (given.nb_row !== undefined) options.kernel_size = [given.nb_row, given.nb_col]
  if (Number.isInteger(given.input_dim) && options.batch_input_shape === undefined && className === 'Dense') {
    options.batch_input_shape = [null, given.input_dim]
  }
  if (options.data_format === 'tf' || options.data_format === 'default') options.data_format = 'channels_last'
  if (options.data_format === 'th') options.data_format = 'channels_first'
  if (className === 'BatchNormalization' && given.mode !== undefined) delete options.mode
}

/** Layers of Keras 1 that join others, by their mode. */
const MERGES: Readonly<Record<string, string>> = {
  sum: 'Add',
  mul: 'Multiply',
  ave: 'Average',
  max: 'Maximum',
  concat: 'Concatenate',
}

function mergeOf(who: string, options: Record<string, unknown>): ConfigEntry {
  const mode = String(options.mode)
  if (!Object.hasOwn(MERGES, mode)) {
    throw new FormatError({
      who,
      expected: `mode to be one of ${Object.keys(MERGES).join(', ')}`,
      received: show(options.mode),
    })
  }
  const axis = mode === 'concat' ? { axis: options.concat_axis ?? -1 } : {}
  return { class_name: MERGES[mode]!, config: { ...pick(options, ['name']), ...axis } }
}
