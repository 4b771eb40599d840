/**
 * Weights alone into a model that is there: of Keras (HDF5, `.weights.h5`), safetensors, PyTorch's state_dict. PyTorch's
 * are turned: its images have their channels first, its kernels their outputs.
 */

import { ArgumentError, checkOptions, FormatError, show, showShape } from '../errors.ts'
import { Bytes } from '../formats/bytes.ts'
import type { FileTensor } from '../formats/elements.ts'
import { isHdf5, openHdf5 } from '../formats/hdf5.ts'
import {
  isKerasH5,
  isKerasWeights,
  isKerasZip,
  readKeras,
  readKerasH5,
  readKerasH5Weights,
  storedIn,
  storedWeights,
} from '../formats/keras.ts'
import type { DescribedWeight } from '../formats/model-description.ts'
import { isPyTorchLegacy, isPyTorchZip, readPyTorch } from '../formats/pytorch.ts'
import { isSafetensors, readSafetensors } from '../formats/safetensors.ts'
import { transposed } from '../formats/transpose.ts'
import { isZip, readZip } from '../formats/zip.ts'
import { init } from '../init.ts'
import { type ModelSource, openSource } from '../io/source.ts'
import type { Layer } from '../layers/layer.ts'
import type { Weight } from '../layers/weight.ts'
import { sizeOf } from '../shape.ts'
import type { LayersModel } from './model.ts'
import { type Leaf, leavesOf, pairWeights, type WeightPairs } from './pair-weights.ts'
import { checkFinite, setWeights, takeNotes, valuesOf } from './set-weights.ts'

export interface LoadWeightsArgs {
  /** Whether each weight must have a tensor, and each tensor a weight. Default true. */
  readonly strict?: boolean
}

/**
 * @returns sentences on what was paired otherwise than by name, or not at all
 * @throws FormatError for a file that is damaged, or weights that fit no layer; the model is as it was then
 */
export async function loadWeights(
  model: LayersModel,
  source: ModelSource,
  args: LoadWeightsArgs = {},
): Promise<readonly string[]> {
  checkOptions('loadWeights', args, ['strict'])
  const { strict = true } = args
  if (typeof strict !== 'boolean') {
    throw new ArgumentError({ who: 'loadWeights', expected: 'strict to be true or false', received: show(strict) })
  }
  const { file, bytes } = await openSource('loadWeights', source)
  const { pairs, notes: onPairs, channelsFirst } = pairsOf(model, new Bytes(file, bytes), strict)
  const values = valuesOf(model, pairs, channelsFirst)
  const notes = [...onPairs]
  checkFinite(file, values, strict, notes)
  await init()
  setWeights(values)
  takeNotes(model, file, notes)
  return notes
}

interface Paired extends WeightPairs {
  readonly channelsFirst: boolean
}

/** The tensors of a file by the weights that they are for; nothing is set yet. */
export function pairsOf(model: LayersModel, bytes: Bytes, strict: boolean): Paired {
  const { file } = bytes
  const ofKeras = (weights: readonly DescribedWeight[], channelsFirst = false): Paired => {
    return { ...pairWeights(file, model, weights, strict), channelsFirst }
  }
  if (isZip(bytes)) {
    const archive = readZip(bytes)
    if (isKerasZip(archive)) {
      const { weights, channelsFirst } = readKeras(bytes, archive)
      return ofKeras(weights, channelsFirst)
    }
    if (isPyTorchZip(archive)) return ofPyTorch(file, model, readPyTorch(bytes, archive), strict)
  }
  if (isPyTorchLegacy(bytes)) return ofPyTorch(file, model, readPyTorch(bytes), strict)
  if (isHdf5(bytes.bytes)) {
    const root = openHdf5(file, bytes.bytes)
    if (isKerasH5(root)) {
      const { weights, channelsFirst } = readKerasH5(bytes)
      return ofKeras(weights, channelsFirst)
    }
    if (isKerasWeights(root)) return ofKeras(storedWeights(storedIn(root), model.toJSON(undefined, false)))
    const weights = readKerasH5Weights(file, root)
    if (weights !== undefined) return ofTheano(file, model, weights, strict)
  }
  if (isSafetensors(bytes)) {
    const { tensors } = readSafetensors(bytes)
    const own = new Set(model.weights.map(({ name }) => name))
    const isOwn = [...tensors.keys()].some((name) => own.has(name))
    if (!isOwn) return ofPyTorch(file, model, tensors, strict)
    return ofKeras([...tensors].map(([name, tensor]) => ({ name, tensor })))
  }
  const expected = 'weights of Keras (.h5, .keras), safetensors or PyTorch'
  throw new FormatError({ who: file, expected, received: 'something else' })
}

/** Keras 0 and 1 with Theano: [outputs, inputs, rows, columns], and turned by half as a convolution in the strict sense. */
function ofTheano(file: string, model: LayersModel, weights: readonly DescribedWeight[], strict: boolean): Paired {
  const kernels = model.weights.filter(({ shape }) => shape.length === 4)
  const images = weights.filter(({ tensor }) => tensor.shape.length === 4)
  const isTurned =
    images.length > 0 &&
    images.every(({ tensor }, i) => {
      const [o, c, h, w] = tensor.shape
      const wanted = kernels[i]?.shape
      return (
        wanted !== undefined &&
        showShape(wanted) === showShape([h!, w!, c!, o!]) &&
        showShape(wanted) !== showShape(tensor.shape)
      )
    })
  if (!isTurned) return { ...pairWeights(file, model, weights, strict), channelsFirst: false }
  const turned = weights.map((from) => {
    return from.tensor.shape.length === 4 ? { ...from, tensor: flipped(transposed(from.tensor, [2, 3, 1, 0])) } : from
  })
  const { pairs, notes } = pairWeights(file, model, turned, strict)
  const note = "kernels in Theano's order were turned, and flipped as its convolutions are"
  return { pairs, notes: [...notes, note], channelsFirst: true }
}

function flipped({ shape, dtype, values }: FileTensor): FileTensor {
  const area = shape[0]! * shape[1]!
  const step = values.length / area
  const result = new Float32Array(values.length)
  for (let i = 0; i < area; i++) result.set(values.subarray(i * step, (i + 1) * step), (area - 1 - i) * step)
  return { shape, dtype, values: result }
}

/** Tensors of one module of PyTorch. */
interface Module {
  readonly name: string
  readonly kind: string
  /** In the order weight, bias, running mean, running variance; as far as it has them. */
  readonly tensors: readonly (readonly [name: string, tensor: FileTensor])[]
}

const PARTS = ['weight', 'bias', 'running_mean', 'running_var']

function modulesOf(tensors: ReadonlyMap<string, FileTensor>): Module[] {
  const groups = new Map<string, (readonly [string, FileTensor])[]>()
  for (const [name, tensor] of tensors) {
    if (/num_batches_tracked$/.test(name)) continue
    const cut = Math.max(name.lastIndexOf('.'), name.lastIndexOf('-'), name.lastIndexOf('/'))
    const key = cut < 0 ? '' : name.slice(0, cut)
    groups.set(key, [...(groups.get(key) ?? []), [name, tensor]])
  }
  return [...groups].map(([name, own]) => {
    const part = (full: string): number => {
      const last = full.slice(name.length + (name === '' ? 0 : 1))
      const at = PARTS.indexOf(last)
      return at >= 0 ? at : Number.isInteger(Number(last)) ? Number(last) : PARTS.length
    }
    const sorted = [...own].sort(([a], [b]) => part(a) - part(b))
    const rank = Math.max(...sorted.map(([, { shape }]) => shape.length))
    return { name, kind: rank === 1 ? 'norm' : `${rank}`, tensors: sorted }
  })
}

/** Layers by what PyTorch's modules for them have: kernels of so many axes, or vectors alone. */
function kindOf(layer: Layer): string {
  const rank = Math.max(...layer.weights.map(({ shape }) => shape.length))
  return rank === 1 ? 'norm' : `${rank}`
}

function ofPyTorch(
  file: string,
  model: LayersModel,
  tensors: ReadonlyMap<string, FileTensor>,
  strict: boolean,
): Paired {
  const named = leavesOf(model.layers, []).filter(({ layer }) => layer.weights.length > 0)
  const leaves = named.map(({ layer }) => layer)
  const modules = modulesOf(tensors)
  const byName = new Map(modules.map((module) => [plainName(module.name), module]))
  /** The modules of a layer, by its name, or by that with the models around it. */
  const ofLeaf = ({ path, layer }: Leaf): Module[] | undefined => {
    const names = /^SeparableConv/.test(layer.className) ? ['_depthwise', '_pointwise'] : ['']
    const lists = [path.join('_'), layer.name].map((name) => names.map((part) => byName.get(plainName(name) + part)))
    return lists.find((list): list is Module[] => list.every((module) => module !== undefined))
  }
  const areNamed = named.every((leaf) => ofLeaf(leaf) !== undefined)
  const sorted = [...modules].sort((a, b) => naturally(a.name, b.name))
  const pairs: [Weight, DescribedWeight][] = []
  const used = new Set<Module>()
  for (const leaf of named) {
    const { layer } = leaf
    const kind = kindOf(layer)
    const next = (): Module[] => sorted.filter((each) => each.kind === kind && !used.has(each)).slice(0, 1)
    const own = areNamed ? ofLeaf(leaf)! : next()
    for (const module of own) used.add(module)
    pairs.push(...turnModules(file, layer, own))
  }
  const found = new Set(pairs.map(([weight]) => weight))
  const missing = model.weights.filter((weight) => !found.has(weight)).map(({ name }) => name)
  const left = modules.filter((module) => !used.has(module)).map(({ name }) => name)
  if (strict && (missing.length > 0 || left.length > 0)) {
    const expected = `weights for ${leaves.map(({ name }) => name).join(', ')}`
    const hint = 'load with { strict: false } to take what fits'
    throw new FormatError({ who: file, expected, received: modules.map(({ name }) => name).join(', '), hint })
  }
  const notes = [
    ...(areNamed
      ? []
      : [`modules were paired in order: ${[...used].map(({ name }, i) => `${name} → ${leaves[i]?.name}`).join(', ')}`]),
    ...(missing.length > 0 ? [`weights without a tensor start anew: ${missing.join(', ')}`] : []),
    ...(left.length > 0 ? [`modules without a layer were left: ${left.join(', ')}`] : []),
  ]
  return { pairs, notes, channelsFirst: true }
}

function plainName(name: string): string {
  return name.replace(/\W/g, '_').replace(/^_+/, '')
}

function naturally(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

/** Weights by their names in PyTorch. */
const LOCAL_NAMES: Readonly<Record<string, readonly string[]>> = {
  weight: ['kernel', 'depthwise_kernel', 'gamma', 'alpha', 'embeddings'],
  bias: ['bias', 'beta'],
  running_mean: ['moving_mean'],
  running_var: ['moving_variance'],
}

/** Tensors of the modules of a layer as its weights: by name, else in order. */
function turnModules(file: string, layer: Layer, modules: readonly Module[]): [Weight, DescribedWeight][] {
  const wanted = [
    ...layer.weights.filter((weight) => weight.isParameter),
    ...layer.weights.filter((weight) => !weight.isParameter),
  ]
  const tensors = modules.flatMap(({ name: module, tensors: own }) => {
    return own.map(([name, tensor]) => ({ name, tensor, part: name.slice(module.length).replace(/^\W/, '') }))
  })
  const isSeparable = /^SeparableConv/.test(layer.className)
  const isNamed = !isSeparable && tensors.every(({ part }) => Object.hasOwn(LOCAL_NAMES, part))
  return tensors.slice(0, isNamed ? tensors.length : wanted.length).flatMap(({ name, tensor, part }, i) => {
    const weight = isNamed ? wanted.find(({ localName }) => LOCAL_NAMES[part]!.includes(localName)) : wanted[i]
    const who = `${file}, tensor ${show(name)}`
    if (weight === undefined) {
      // A norm without scale or centre is one with 1 and 0.
      const neutral = part === 'weight' ? 1 : 0
      if (tensor.values.every((value) => value === neutral)) return []
      throw new FormatError({
        who,
        expected: `${neutral} alone, since ${layer.name} has no such weight`,
        received: part,
      })
    }
    const turned = turnTensor(layer.className, weight, tensor)
    if (showShape(turned.shape) === showShape(weight.shape)) return [[weight, { name, tensor: turned }] as const]
    const isSlope = layer.className === 'PReLU' && turned.values.length === sizeOf(weight.shape)
    if (isSlope) return [[weight, { name, tensor: { ...turned, shape: weight.shape } }] as const]
    const expected = `${showShape(weight.shape)} for ${weight.name}`
    throw new FormatError({ who, expected, received: showShape(tensor.shape) })
  }) as [Weight, DescribedWeight][]
}

function turnTensor(className: string, weight: Weight, tensor: FileTensor): FileTensor {
  const rank = tensor.shape.length
  if (rank < 2 || className === 'Embedding') return tensor
  const sizes = tensor.shape.slice(2)
  const spatial = sizes.map((_, i) => i + 2)
  if (weight.localName !== 'depthwise_kernel') return transposed(tensor, [...spatial, 1, 0])
  const [channels, multiplier] = weight.shape.slice(-2) as [number, number]
  if (channels * multiplier !== tensor.shape[0]! * tensor.shape[1]!) return tensor
  return transposed({ ...tensor, shape: [channels, multiplier, ...sizes] }, [...spatial, 0, 1])
}
