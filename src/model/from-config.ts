/**
 * Models out of their configuration, as model files of TF.js and Keras have it: layers in a row, or as a graph with what
 * goes into each node of a layer. A file is believed in nothing: how deep and how large it is is bounded.
 */

import { FormatError, show } from '../errors.ts'
import { arrayAt, type JsonObject, objectAt, stringAt } from '../json.ts'
import { asFormatError, layerFromFile } from '../layers/from-file.ts'
import type { Layer } from '../layers/layer.ts'
import type { SymbolicTensor } from '../layers/symbolic.ts'
import { LayersModel } from './model.ts'
import { Sequential } from './sequential.ts'

/** Layers of a whole model; a name is compared with all before it. */
const MAX_LAYERS = 4096
/** Models within models. */
const MAX_DEPTH = 16

const GRAPHS = ['Functional', 'Model', 'LayersModel', 'Container']

interface Reading {
  readonly file: string
  readonly depth: number
  readonly counted: { layers: number }
}

/**
 * The model that a configuration describes, without its weights.
 * @param file the path or URL of the file, for errors
 * @param entry `{ class_name, config }`
 * @throws FormatError for what quadlane does not have, by its name
 */
export function modelFromConfig(file: string, entry: unknown, seed?: number): LayersModel {
  return modelOf({ file, depth: 0, counted: { layers: 0 } }, entry, seed)
}

function modelOf(reading: Reading, entry: unknown, seed?: number): LayersModel {
  const { file, depth } = reading
  const { class_name, config } = objectAt(file, 'the model', entry)
  if (depth > MAX_DEPTH) {
    throw new FormatError({ who: file, expected: `models at most ${MAX_DEPTH} deep`, received: 'deeper ones' })
  }
  if (class_name === 'Sequential') return rowOf(reading, config, seed)
  if (GRAPHS.includes(class_name as string)) return functionalOf(reading, objectAt(file, 'the config', config), seed)
  throw new FormatError({
    who: file,
    expected: "class_name 'Sequential', 'Functional' or 'Model'",
    received: show(class_name),
    hint: 'a model class of its own cannot be read: save it as a functional model',
  })
}

function isModelEntry(entry: unknown): boolean {
  const name = (entry as { class_name?: unknown } | null)?.class_name
  return name === 'Sequential' || GRAPHS.includes(name as string)
}

function layerOf(reading: Reading, path: string, entry: unknown): Layer {
  const { depth, file } = reading
  return isModelEntry(entry) ? modelOf({ ...reading, depth: depth + 1 }, entry) : layerFromFile(file, path, entry)
}

/** The entries of a model's layers, as many as a file may have in all. */
function layerEntries({ file, counted }: Reading, layers: unknown): readonly unknown[] {
  const entries = arrayAt(file, 'the layers', layers)
  counted.layers += entries.length
  if (counted.layers <= MAX_LAYERS) return entries
  throw new FormatError({ who: file, expected: `at most ${MAX_LAYERS} layers`, received: `${counted.layers}` })
}

function nameIn(file: string, config: JsonObject, otherwise: string): string {
  return config.name === undefined || config.name === null
    ? otherwise
    : stringAt(file, 'the name of the model', config.name)
}

function rowOf(reading: Reading, config: unknown, seed?: number): Sequential {
  const { file } = reading
  const whole = Array.isArray(config) ? { layers: config } : objectAt(file, 'the config of the model', config)
  const name = nameIn(file, whole, 'sequential')
  const model = new Sequential({ name, ...(seed === undefined ? {} : { seed }) })
  layerEntries(reading, whole.layers).forEach((entry, i) => {
    const layer = layerOf(reading, `layers[${i}]`, entry)
    asFormatError(`${file}, layer ${show(layer.name)}`, () => model.add(layer))
  })
  if (model.layers.length === 0) throw new FormatError({ who: file, expected: 'a model with layers', received: 'none' })
  return model
}

/** Where a tensor comes from: [layer, node, tensor], with arguments of the call behind it. */
interface Place {
  readonly layer: string
  readonly node: number
  readonly tensor: number
}

interface Waiting {
  readonly name: string
  readonly layer: Layer
  readonly nodes: readonly (readonly Place[])[]
  readonly done: SymbolicTensor[][]
  /** The number of the first of `nodes`. */
  first: number
}

function functionalOf(reading: Reading, config: JsonObject, seed?: number): LayersModel {
  const { file } = reading
  const name = nameIn(file, config, 'model')
  const entries = layerEntries(reading, config.layers)
  const byName = new Map<string, Waiting>()
  entries.forEach((entry, i) => {
    const path = `layers[${i}]`
    const { name: given, inbound_nodes, config: own } = objectAt(file, path, entry)
    const layerName = stringAt(file, `${path}.name`, given ?? objectAt(file, `${path}.config`, own).name)
    if (byName.has(layerName)) {
      throw new FormatError({ who: file, expected: 'a name for each layer', received: `${show(layerName)} twice` })
    }
    const layer = layerOf(reading, path, entry)
    const nodes = arrayAt(file, `${path}.inbound_nodes`, inbound_nodes ?? [])
    const places = nodes.map((node) => placesOf(file, `${path}.inbound_nodes`, node))
    const first = asFormatError(file, () => {
      return nodes.length === 0 && 'symbol' in layer ? [[layer.symbol as SymbolicTensor]] : []
    })
    byName.set(layerName, { name: layerName, layer, nodes: places, done: first, first: 0 })
  })
  const ends = (path: string): Place[] => placesOf(file, path, config[path])
  const [from, to] = [ends('input_layers'), ends('output_layers')]
  leaveOwnNodes(byName, [...from, ...to])
  connectAll(file, [...byName.values()], byName)
  const inputs = from.map((place) => tensorAt(file, byName, place))
  const outputs = to.map((place) => tensorAt(file, byName, place))
  return asFormatError(file, () => {
    return new LayersModel({ name, inputs, outputs, ...(seed === undefined ? {} : { seed }) })
  })
}

/** Keras and TF.js count a node of a model within a model that is its own: from its inputs to its outputs. */
function leaveOwnNodes(byName: ReadonlyMap<string, Waiting>, ends: readonly Place[]): void {
  const all = [...byName.values()].flatMap(({ nodes }) => nodes.flat())
  for (const { layer, node } of [...all, ...ends]) {
    const waiting = byName.get(layer)
    if (waiting !== undefined && 'getLayer' in waiting.layer && node >= waiting.nodes.length) waiting.first = 1
  }
}

function outputAt(byName: ReadonlyMap<string, Waiting>, { layer, node, tensor }: Place): SymbolicTensor | undefined {
  const waiting = byName.get(layer)
  return waiting?.done[node - waiting.first]?.[tensor]
}

/** Applies each layer once what goes into it is there, whatever the order in the file. */
function connectAll(file: string, all: readonly Waiting[], byName: ReadonlyMap<string, Waiting>): void {
  let open = all.filter(({ nodes, done }) => done.length < nodes.length)
  while (open.length > 0) {
    let progress = false
    for (const { name, layer, nodes, done } of open) {
      while (done.length < nodes.length) {
        const places = nodes[done.length]!
        const inputs = places.map((place) => outputAt(byName, place))
        if (!inputs.every((tensor): tensor is SymbolicTensor => tensor !== undefined)) break
        const given = inputs.length === 1 ? inputs[0]! : inputs
        const output: unknown = asFormatError(`${file}, layer ${show(name)}`, () => layer.apply(given))
        done.push((Array.isArray(output) ? output : [output]) as SymbolicTensor[])
        progress = true
      }
    }
    open = open.filter(({ nodes, done }) => done.length < nodes.length)
    if (progress || open.length === 0) continue
    const [{ name, nodes, done }] = open as [Waiting]
    const missing = nodes[done.length]!.map(({ layer }) => show(layer)).join(', ')
    const received = byName.has(nodes[done.length]![0]?.layer ?? '')
      ? 'a cycle or a node that is not there'
      : 'an unknown layer'
    throw new FormatError({ who: `${file}, layer ${show(name)}`, expected: `inputs from ${missing}`, received })
  }
}

function tensorAt(file: string, byName: ReadonlyMap<string, Waiting>, place: Place): SymbolicTensor {
  const { layer, node, tensor } = place
  const found = outputAt(byName, place)
  if (found !== undefined) return found
  throw new FormatError({
    who: file,
    expected: 'outputs of its layers',
    received: `[${show(layer)}, ${node}, ${tensor}]`,
  })
}

/** A list of places; one alone may stand without a list around it. */
function placesOf(file: string, path: string, value: unknown): Place[] {
  const given = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.values(value) : value
  const list = arrayAt(file, path, given)
  const places = typeof list[0] === 'string' ? [list] : list
  return places.map((place) => {
    const [layer, node, tensor] = arrayAt(file, path, place)
    if (typeof layer === 'string' && isIndex(node) && isIndex(tensor)) return { layer, node, tensor }
    throw new FormatError({ who: `${file}, ${path}`, expected: '[layer, node, tensor]', received: show(place) })
  })
}

function isIndex(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0
}
