/**
 * ONNX graphs as models of our layers. Images have their channels last here: an operator's tensor is described by its own
 * axes and by which of them each axis of ours is, so a transposition costs nothing, and weights are turned in its place.
 */

import { FormatError, show, showShape } from '../errors.ts'
import { toSnakeCase } from '../names.ts'
import type { FileTensor } from './elements.ts'
import type { DescribedWeight, ModelDescription } from './model-description.ts'
import type { OnnxAttribute, OnnxModel, OnnxNode } from './onnx.ts'
import { recomposed } from './onnx-patterns.ts'
import { transposed } from './transpose.ts'

type Size = number | null

/** A tensor that the model computes. */
interface Value {
  /** The layer whose output it is. */
  readonly layer: string
  /** The sizes of the operator's tensor, the batch first. */
  readonly shape: readonly Size[]
  /** For each axis of ours, which axis of the operator's it is. Those that are missing have size 1. */
  readonly axes: readonly number[]
  /** Of a flattened image: for each of our features, which of the operator's it is. */
  readonly order?: Int32Array | undefined
  /** What was flattened. */
  readonly image?: Value | undefined
}

interface Constant {
  readonly constant: FileTensor
}

interface LayerRecord {
  readonly name: string
  readonly className: string
  readonly config: Record<string, unknown>
  readonly inputs: readonly string[]
  weights: FileTensor[]
}

/** The batch among the sizes that Shape gives: it goes through arithmetic as what it is. */
const BATCH = Number.NaN
/** As many elements as sizes and constants of a graph may have, computed from others. */
const MAX_FOLDED = 2 ** 22

/** @throws FormatError naming the node and its operator, where quadlane has no layer for it */
export function describeOnnx(file: string, model: OnnxModel): ModelDescription {
  return new Importer(file, recomposed(model)).describe()
}

type Operator = (importer: Importer, node: OnnxNode) => Value | Constant

class Importer {
  readonly #file: string
  readonly #model: OnnxModel
  readonly #layers: LayerRecord[] = []
  readonly #values = new Map<string, Value | Constant>()
  readonly #consumers = new Map<string, number>()
  readonly #names = new Set<string>()
  /** Layers whose output goes to several places. */
  readonly #shared = new Set<string>()
  readonly notes = new Set<string>()
  /** The batch that the file has been exported for; 1 says nothing. */
  #batch: Size = null

  constructor(file: string, model: OnnxModel) {
    this.#file = file
    this.#model = model
    for (const [name, constant] of model.initializers) this.#values.set(name, { constant })
    for (const { inputs } of model.nodes) for (const name of inputs) this.#count(name)
    for (const { name } of model.outputs) this.#count(name)
  }

  #count(name: string): void {
    this.#consumers.set(name, (this.#consumers.get(name) ?? 0) + 1)
  }

  describe(): ModelDescription {
    const { inputs, nodes, outputs, opset, producer } = this.#model
    const inputLayers = inputs.map(({ name, shape }) => this.#input(name, shape))
    for (const node of this.#ordered(nodes)) this.#node(node)
    const results = outputs.map(({ name }) => {
      const value = this.#values.get(name)
      if (value === undefined || 'constant' in value) {
        throw this.error(
          `output ${show(name)}`,
          'a tensor that the model computes',
          value === undefined ? 'none' : 'a constant',
        )
      }
      return this.#presented(value)
    })
    const weights: DescribedWeight[] = []
    for (const { name, weights: own } of this.#layers) {
      own.forEach((tensor, i) => {
        weights.push({ name: `${name}/${i}`, layer: [name], tensor })
      })
    }
    const layers = this.#layers.map(({ name, className, config, inputs: from }) => ({
      class_name: className,
      name,
      config: { name, ...config },
      inbound_nodes: from.length === 0 ? [] : [from.map((layer) => [layer, 0, 0, {}])],
    }))
    const place = (layer: string): readonly unknown[] => [layer, 0, 0]
    const config = {
      name: 'onnx_model',
      layers,
      input_layers: inputLayers.map(place),
      output_layers: results.map(({ layer }) => place(layer)),
    }
    return {
      file: this.#file,
      producer: `ONNX opset ${opset}${producer === '' ? '' : `, ${producer}`}`,
      model: { class_name: 'Functional', config },
      weights,
      notes: [...this.notes],
    }
  }

  /** The error of a node. */
  refusal(node: OnnxNode, expected: string, received: string, hint?: string): FormatError {
    return this.error(`node ${show(node.name || node.outputs[0])} (${node.type})`, expected, received, hint)
  }

  error(who: string, expected: string, received: string, hint?: string): FormatError {
    return new FormatError({ who: `${this.#file}, ${who}`, expected, received, hint })
  }

  #input(name: string, shape: readonly Size[] | undefined): string {
    if (shape === undefined || shape.length < 2) {
      const received = shape === undefined ? 'no sizes' : showShape(shape)
      throw this.error(`input ${show(name)}`, 'sizes of a batch of samples', received)
    }
    this.#batch ??= shape[0] ?? null
    const sizes: readonly Size[] = [null, ...shape.slice(1)]
    const plain = sizes.map((_, axis) => axis)
    const last = shape.length > 2 && this.#isImage(name) ? [0, ...plain.slice(2), 1] : plain
    if (last !== plain)
      this.notes.add(`input ${show(name)} takes its channels last: ${showShape(last.map((axis) => sizes[axis]!))}`)
    const layer = this.#name(clean(name))
    const batch_input_shape = last.map((axis) => sizes[axis]!)
    this.#layers.push({ name: layer, className: 'InputLayer', config: { batch_input_shape }, inputs: [], weights: [] })
    this.#values.set(name, { layer, shape: sizes, axes: last })
    return layer
  }

  /** Whether an operator that wants channels first gets an input as it is, or behind others that keep its axes. */
  #isImage(name: string): boolean {
    const seen = new Set([name])
    for (const { type, inputs, outputs } of this.#model.nodes) {
      if (!inputs.some((input) => seen.has(input))) continue
      if (
        /^(Conv|ConvTranspose|.*Pool|BatchNormalization|InstanceNormalization|GroupNormalization|LRN|Resize|Upsample)$/.test(
          type,
        )
      )
        return true
      if (/^(Reshape|Transpose|Flatten|MatMul|Gemm|Shape|Squeeze|Unsqueeze)$/.test(type)) continue
      for (const output of outputs) seen.add(output)
    }
    return false
  }

  /** Nodes behind those whose outputs they take, as some exporters don't have them. */
  #ordered(nodes: readonly OnnxNode[]): OnnxNode[] {
    const made = new Map<string, number>()
    nodes.forEach(({ outputs }, i) => {
      for (const output of outputs) if (output !== '') made.set(output, i)
    })
    const waiting = nodes.map(({ inputs }) => new Set(inputs.flatMap((input) => made.get(input) ?? [])))
    const after = nodes.map((): number[] => [])
    waiting.forEach((before, i) => {
      for (const at of before) after[at]!.push(i)
    })
    const ready = waiting.flatMap((before, i) => (before.size === 0 ? [i] : []))
    const order: OnnxNode[] = []
    for (let next = 0; next < ready.length; next++) {
      const i = ready[next]!
      order.push(nodes[i]!)
      for (const later of after[i]!) {
        waiting[later]!.delete(i)
        if (waiting[later]!.size === 0) ready.push(later)
      }
    }
    if (order.length === nodes.length) return order
    const stuck = nodes[waiting.findIndex((before) => before.size > 0)]!
    throw this.refusal(stuck, 'a graph without cycles', 'one')
  }

  #node(node: OnnxNode): void {
    const { type, domain, inputs, outputs } = node
    const operator = domain === '' && Object.hasOwn(OPERATORS, type) ? OPERATORS[type] : undefined
    if (operator === undefined) {
      const received = domain === '' ? type : `${domain}.${type}`
      const hint = /Integer|Quant|QLinear/.test(type)
        ? 'load the file from before it was quantised'
        : type === 'Erf'
          ? 'of it quadlane has the gelu alone: x / 2 · (1 + erf(x / √2))'
          : undefined
      throw this.refusal(node, 'an operator that quadlane has layers for', received, hint)
    }
    for (const input of inputs) {
      const value = this.#values.get(input)
      if (value !== undefined && !('constant' in value) && this.#consumers.get(input) !== 1)
        this.#shared.add(value.layer)
      if (input === '' || value !== undefined) continue
      throw this.refusal(node, `an input ${show(input)} that is there before it`, 'none')
    }
    const result = operator(this, node)
    const [first, ...others] = outputs
    if (first !== undefined) this.#values.set(first, result)
    for (const other of others) {
      if (other !== '' && (this.#consumers.get(other) ?? 0) > 0) {
        throw this.refusal(node, `one output of ${type}`, `use of ${show(other)}`)
      }
    }
  }

  get opset(): number {
    return this.#model.opset
  }

  isOutput(node: OnnxNode): boolean {
    return this.#model.outputs.some(({ name }) => name === node.outputs[0])
  }

  /** Whether what a layer returns goes to one place alone, so that the layer may be changed. */
  isFree({ layer }: Value): boolean {
    return !this.#shared.has(layer)
  }

  has(node: OnnxNode, i: number): boolean {
    return node.inputs[i] !== undefined && node.inputs[i] !== ''
  }

  get(node: OnnxNode, i: number): Value | Constant {
    const value = this.has(node, i) ? this.#values.get(node.inputs[i]!) : undefined
    if (value !== undefined) return value
    throw this.refusal(node, `an input ${i + 1}`, `${node.inputs.length}`)
  }

  value(node: OnnxNode, i: number): Value {
    const value = this.get(node, i)
    if (!('constant' in value)) return value
    throw this.refusal(node, `input ${i + 1} to be computed`, 'a constant')
  }

  constant(node: OnnxNode, i: number): FileTensor {
    const value = this.get(node, i)
    if ('constant' in value) return value.constant
    throw this.refusal(node, `input ${i + 1} to be a constant`, 'one that the model computes')
  }

  attribute(node: OnnxNode, name: string, otherwise: number): number
  attribute(node: OnnxNode, name: string, otherwise: string): string
  attribute(node: OnnxNode, name: string, otherwise: readonly number[]): readonly number[]
  attribute(node: OnnxNode, name: string, otherwise: OnnxAttribute): OnnxAttribute {
    const value = node.attributes.get(name)
    if (value === undefined) return otherwise
    if (typeof value === typeof otherwise && Array.isArray(value) === Array.isArray(otherwise)) return value
    throw this.refusal(node, `attribute ${name} like ${show(otherwise)}`, show(value))
  }

  /** Numbers that newer operators take as an input, and older ones have as an attribute. */
  list(node: OnnxNode, i: number, name: string): readonly number[] {
    return this.has(node, i) ? [...this.constant(node, i).values] : this.attribute(node, name, [])
  }

  #name(wanted: string): string {
    let name = wanted
    for (let i = 1; this.#names.has(name); i++) name = `${wanted}_${i}`
    this.#names.add(name)
    return name
  }

  /** Adds a layer of one or more inputs; it is called after the tensor that its weights come from. */
  add(
    className: string,
    config: Record<string, unknown>,
    from: readonly Value[],
    weights: FileTensor[] = [],
    called = toSnakeCase(className),
  ): string {
    const name = this.#name(clean(called) || toSnakeCase(className))
    this.#layers.push({ name, className, config, inputs: from.map(({ layer }) => layer), weights })
    return name
  }

  record(value: Value): LayerRecord {
    return this.#layers.find(({ name }) => name === value.layer)!
  }

  /** Sizes that Shape gives: the batch is what it is called when it runs. */
  shapeConstant(value: Value): FileTensor {
    const values = Float32Array.from(value.shape, (size, axis) => (axis === 0 || size === null ? BATCH : size))
    return { shape: [values.length], dtype: 'int64', values }
  }

  isBatch(size: number): boolean {
    return Number.isNaN(size) || size === this.#batch
  }

  /** The value with its own axes in a wanted order. */
  arranged(value: Value, axes: readonly number[]): Value {
    if (value.order !== undefined) return this.arranged(this.#unordered(value), axes)
    if (axes.join() === value.axes.join()) return value
    const present = axes.filter((axis) => value.axes.includes(axis))
    let current = value
    if (present.join() !== value.axes.join()) {
      if (present.length !== value.axes.length || present[0] !== 0 || value.axes[0] !== 0) {
        return this.#reshaped(
          this.arranged(
            value,
            [...value.axes].sort((a, b) => a - b),
          ),
          axes,
        )
      }
      const dims = present.slice(1).map((axis) => value.axes.indexOf(axis))
      current = { ...value, layer: this.add('Permute', { dims }, [value]), axes: present }
    }
    return present.length === axes.length ? current : this.#reshaped(current, axes)
  }

  /** With axes of size 1 put in or left out. */
  #reshaped(value: Value, axes: readonly number[]): Value {
    const sizes = axes.slice(1).map((axis) => value.shape[axis] ?? null)
    if (sizes.filter((size) => size === null).length > 1) {
      throw this.error(`layer ${show(value.layer)}`, 'sizes that are known', showShape(value.shape))
    }
    const target_shape = sizes.map((size) => size ?? -1)
    return { ...value, layer: this.add('Reshape', { target_shape }, [value]), axes }
  }

  /** A flattened image in the operator's order: turned before it is flattened. */
  #unordered({ image, shape }: Value): Value {
    const turned = this.arranged(
      image!,
      image!.shape.map((_, axis) => axis),
    )
    return { layer: this.add('Flatten', {}, [turned]), shape, axes: [0, 1] }
  }

  /** Channels last, as our layers want images. */
  channelsLast(value: Value): Value {
    const spatial = value.shape.slice(2).map((_, i) => i + 2)
    return this.arranged(value, [0, ...spatial, 1])
  }

  /** The axes as the operator has them. */
  plain(value: Value): Value {
    return this.arranged(
      value,
      value.shape.map((_, axis) => axis),
    )
  }

  /** As it leaves the model: images with their channels last, the rest as the operator has it. */
  #presented(value: Value): Value {
    if (value.order !== undefined) return this.#unordered(value)
    if (value.axes.length === value.shape.length) {
      const isPlain = value.axes.every((axis, i) => axis === i)
      if (!isPlain) this.notes.add(`output ${show(value.layer)} has its channels last`)
      return value
    }
    return this.plain(value)
  }
}

function clean(name: string): string {
  return name
    .replace(/:\d+$/, '')
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 64)
}

/** What a layer is called: as its weight is, without the word for a weight. */
function calledAfter(node: OnnxNode, i: number): string | undefined {
  const name = node.inputs[i] ?? ''
  const called = name.replace(
    /[./](weight|kernel|W|weights)?(:0)?$|_(W|kernel|weight)$|[./](Conv2D|MatMul|Conv2D\/ReadVariableOp|MatMul\/ReadVariableOp)(:0)?$/g,
    '',
  )
  return /^[A-Za-z]/.test(called) && called !== name ? called : undefined
}

// ---- Tensors that are there already ----

/** Elements of the first axis in another order. */
function rowsInOrder(tensor: FileTensor, order: Int32Array | undefined): FileTensor {
  if (order === undefined) return tensor
  const row = tensor.values.length / order.length
  const values = new Float32Array(tensor.values.length)
  order.forEach((from, to) => {
    values.set(tensor.values.subarray(from * row, (from + 1) * row), to * row)
  })
  return { ...tensor, values }
}

function vector(values: Float32Array): FileTensor {
  return { shape: [values.length], dtype: 'float32', values }
}

/** A constant that varies along one axis of a value alone, spread over it; or along none. */
function alongAxis(tensor: FileTensor, value: Value): { axis: number; values: Float32Array } | undefined {
  const missing = value.shape.length - tensor.shape.length
  if (missing < 0 && tensor.shape.slice(0, -missing).some((size) => size !== 1)) return undefined
  const varying = tensor.shape.flatMap((size, i) => (size === 1 ? [] : [i + missing]))
  if (varying.length > 1) return undefined
  const [axis] = varying
  if (axis === undefined) return { axis: -1, values: tensor.values }
  return value.shape[axis] === tensor.values.length ? { axis, values: tensor.values } : undefined
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Max: Math.max,
  Min: Math.min,
}

/** Two constants, of which one may be a single number or both have one shape. */
function folded(importer: Importer, node: OnnxNode, a: FileTensor, b: FileTensor): Constant {
  const apply = ARITHMETIC[node.type]!
  const [long, short] = a.values.length >= b.values.length ? [a, b] : [b, a]
  if (short.values.length !== 1 && showShape(a.shape) !== showShape(b.shape)) {
    throw importer.refusal(node, 'constants of one shape', `${showShape(a.shape)} and ${showShape(b.shape)}`)
  }
  const at = (tensor: FileTensor, i: number): number => tensor.values[tensor.values.length === 1 ? 0 : i]!
  const isInteger = /int/.test(a.dtype) && /int/.test(b.dtype)
  const values = long.values.map((_, i) => {
    const result = apply(at(a, i), at(b, i))
    return isInteger ? Math.trunc(result) : result
  })
  return { constant: { shape: long.shape, dtype: long.dtype, values } }
}

// ---- Windows ----

interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** Before and after, per axis. */
  readonly pads: readonly (readonly [number, number])[]
  /** 'same' or 'valid' where it is one of them. */
  readonly padding: 'same' | 'valid' | undefined
}

function windowOf(importer: Importer, node: OnnxNode, value: Value, kernel: readonly number[]): Window {
  const rank = kernel.length
  const list = (name: string, otherwise: number): readonly number[] => {
    const given = importer.attribute(node, name, [])
    if (given.length === 0) return Array.from({ length: rank }, () => otherwise)
    if (given.length === rank && given.every((size) => Number.isSafeInteger(size) && size >= 1)) return given
    throw importer.refusal(node, `${name} of ${rank} axes`, show(given))
  }
  const strides = list('strides', 1)
  const dilations = list('dilations', 1)
  const autoPad = importer.attribute(node, 'auto_pad', 'NOTSET')
  const given = importer.attribute(node, 'pads', [])
  const span = kernel.map((size, i) => (size - 1) * dilations[i]! + 1)
  const same = value.shape.slice(2).map((size, i): readonly [number, number] | undefined => {
    const stride = strides[i]!
    if (size === null && stride > 1) return undefined
    const total = size === null ? span[i]! - 1 : Math.max(0, (Math.ceil(size / stride) - 1) * stride + span[i]! - size)
    return [Math.floor(total / 2), Math.ceil(total / 2)]
  })
  if (autoPad === 'SAME_UPPER') {
    return { kernel, strides, dilations, pads: same.map((pair) => pair ?? [0, 0]), padding: 'same' }
  }
  const lower =
    autoPad === 'SAME_LOWER'
      ? same.map((pair): readonly [number, number] => [pair?.[1] ?? 0, pair?.[0] ?? 0])
      : undefined
  const pads =
    lower ??
    kernel.map((_, i): readonly [number, number] =>
      autoPad === 'VALID' ? [0, 0] : [given[i] ?? 0, given[i + rank] ?? 0],
    )
  const isSame = same.every((pair, i) => pair !== undefined && pair[0] === pads[i]![0] && pair[1] === pads[i]![1])
  const isValid = pads.every(([before, after]) => before === 0 && after === 0)
  return { kernel, strides, dilations, pads, padding: isValid ? 'valid' : isSame ? 'same' : undefined }
}

/** The sizes behind a window. */
function windowed(shape: readonly Size[], { kernel, strides, dilations, pads }: Window, ceil: boolean): Size[] {
  return shape.slice(2).map((size, i) => {
    if (size === null) return null
    const room = size + pads[i]![0] + pads[i]![1] - ((kernel[i]! - 1) * dilations[i]! + 1)
    return (ceil ? Math.ceil(room / strides[i]!) : Math.floor(room / strides[i]!)) + 1
  })
}

/** An image or a sequence with zeros around it, as many as `pads` says of each axis behind the channels. */
function padded(importer: Importer, node: OnnxNode, value: Value, pads: readonly (readonly [number, number])[]): Value {
  const spatial = new Map(pads.map((pair, i) => [i + 2, pair]))
  return withSides(importer, node, importer.channelsLast(value), 'ZeroPadding', 'padding', spatial)
}

/** Something before and behind some of the operator's axes, which must be rows, columns or steps of ours. */
function withSides(
  importer: Importer,
  node: OnnxNode,
  value: Value,
  kind: 'ZeroPadding' | 'Cropping',
  option: string,
  sides: ReadonlyMap<number, readonly [number, number]>,
): Value {
  const own = value.axes.slice(1, -1).map((axis) => sides.get(axis) ?? [0, 0])
  const given = [...sides].filter(([, [before, behind]]) => before !== 0 || behind !== 0)
  if (given.length === 0) return value
  const isSpatial = given.every(([axis]) => value.axes.slice(1, -1).includes(axis))
  const rank = own.length
  if (!isSpatial || (rank !== 1 && rank !== 2) || own.flat().some((size) => size < 0)) {
    const expected = `${option} of an image or a sequence`
    throw importer.refusal(node, expected, show(Object.fromEntries(given)))
  }
  const layer = importer.add(`${kind}${rank}D`, { [option]: rank === 1 ? own[0] : own }, [value])
  const sign = kind === 'Cropping' ? -1 : 1
  const shape = value.shape.map((size, axis) => {
    const [before, behind] = sides.get(axis) ?? [0, 0]
    return size === null ? null : size + sign * (before + behind)
  })
  return { ...value, layer, shape }
}

function kernelShape(importer: Importer, node: OnnxNode, rank: number): readonly number[] {
  const kernel = importer.attribute(node, 'kernel_shape', [])
  if (kernel.length === rank && (rank === 1 || rank === 2) && kernel.every((size) => size >= 1)) return kernel
  throw importer.refusal(node, 'a window over one or two axes', show(kernel))
}

function conv(importer: Importer, node: OnnxNode): Value {
  const given = importer.value(node, 0)
  const kernel = importer.constant(node, 1)
  const rank = kernel.shape.length - 2
  const [filters, inner, ...sizes] = kernel.shape as [number, number, ...number[]]
  if ((rank !== 1 && rank !== 2) || given.shape.length !== rank + 2) {
    throw importer.refusal(node, 'a convolution over one or two axes', showShape(kernel.shape))
  }
  const groups = importer.attribute(node, 'group', 1)
  const channels = given.shape[1]
  if (!(groups >= 1) || channels !== inner * groups || filters % groups !== 0) {
    const received = `${filters} filters of ${inner} in ${groups} groups`
    throw importer.refusal(node, `filters for ${channels} channels`, received)
  }
  const window = windowOf(importer, node, given, sizes)
  const [[before, behind] = [0, 0]] = window.pads
  const isCausal = rank === 1 && behind === 0 && before > 0 && before === (sizes[0]! - 1) * window.dilations[0]!
  const pads = window.padding === undefined && !isCausal ? window.pads : []
  const x = importer.channelsLast(pads.length > 0 ? padded(importer, node, given, pads) : given)
  const bias = importer.has(node, 2) ? importer.constant(node, 2) : undefined
  const options = {
    kernel_size: sizes,
    strides: window.strides,
    padding: isCausal ? 'causal' : (window.padding ?? 'valid'),
    dilation_rate: window.dilations,
    activation: 'linear',
    use_bias: bias !== undefined,
  }
  const spatial = sizes.map((_, i) => i + 2)
  const called = calledAfter(node, 1)
  const own = bias === undefined ? [] : [vector(bias.values)]
  const shape = [null, filters, ...windowed(given.shape, window, false)]
  if (groups > 1 && inner === 1) {
    const multiplier = filters / groups
    const turned = transposed({ ...kernel, shape: [groups, multiplier, ...sizes] }, [...spatial, 0, 1])
    const config = { ...options, depth_multiplier: multiplier }
    return { layer: importer.add(`DepthwiseConv${rank}D`, config, [x], [turned, ...own], called), shape, axes: x.axes }
  }
  const turned = transposed(kernel, [...spatial, 1, 0])
  const config = { ...options, filters, ...(groups === 1 ? {} : { groups }) }
  const layer = importer.add(`Conv${rank}D`, config, [x], [turned, ...own], called)
  return { layer, shape, axes: x.axes }
}

function convTranspose(importer: Importer, node: OnnxNode): Value {
  const given = importer.value(node, 0)
  const kernel = importer.constant(node, 1)
  const [inner, filters, ...sizes] = kernel.shape as [number, number, ...number[]]
  const rank = sizes.length
  const isPlain = importer.attribute(node, 'group', 1) === 1 && (rank === 1 || rank === 2) && given.shape[1] === inner
  const {
    strides,
    dilations,
    pads: explicit,
  } = windowOf(importer, node, { ...given, shape: [null, inner, ...sizes.map(() => null)] }, sizes)
  if (!isPlain || dilations.some((rate) => rate !== 1) || node.attributes.has('output_shape')) {
    throw importer.refusal(
      node,
      'a transposed convolution without groups, dilations and output_shape',
      showShape(kernel.shape),
    )
  }
  const autoPad = importer.attribute(node, 'auto_pad', 'NOTSET')
  const extra = importer.attribute(node, 'output_padding', [])
  const total = sizes.map((size, i) => Math.max(0, size - strides[i]!))
  const half = total.map((size): readonly [number, number] => [Math.floor(size / 2), Math.ceil(size / 2)])
  const pads = autoPad === 'SAME_UPPER' ? half : explicit
  const isSame = pads.every(([before, after], i) => before === half[i]![0] && after - (extra[i] ?? 0) === half[i]![1])
  // Without padding ours is as long as a kernel shorter than its stride leaves it.
  const crops = pads.map(([before, after], i) => [
    before,
    after - (extra[i] ?? 0) + Math.max(0, strides[i]! - sizes[i]!),
  ])
  if (!isSame && crops.flat().some((size) => size < 0)) {
    throw importer.refusal(node, 'an output_padding within the pads', show([pads, extra]))
  }
  const bias = importer.has(node, 2) ? [vector(importer.constant(node, 2).values)] : []
  const x = importer.channelsLast(given)
  const config = {
    filters,
    kernel_size: sizes,
    strides,
    padding: isSame ? 'same' : 'valid',
    activation: 'linear',
    use_bias: bias.length > 0,
  }
  const shape = [
    null,
    filters,
    ...given.shape.slice(2).map((size, i) => {
      return size === null ? null : (size - 1) * strides[i]! + sizes[i]! - pads[i]![0] - pads[i]![1] + (extra[i] ?? 0)
    }),
  ]
  const layer = importer.add(
    `Conv${rank}DTranspose`,
    config,
    [x],
    [transposed(kernel, [...sizes.map((_, i) => i + 2), 1, 0]), ...bias],
    calledAfter(node, 1),
  )
  const result = { layer, shape, axes: x.axes }
  if (isSame || crops.flat().every((size) => size === 0)) return result
  return { ...result, layer: importer.add(`Cropping${rank}D`, { cropping: rank === 1 ? crops[0] : crops }, [result]) }
}

function pool(importer: Importer, node: OnnxNode): Value {
  const isMax = node.type === 'MaxPool'
  const given = importer.value(node, 0)
  const rank = given.shape.length - 2
  const kernel = kernelShape(importer, node, rank)
  const window = windowOf(importer, node, given, kernel)
  const includes = importer.attribute(node, 'count_include_pad', 0) === 1
  const ceil = importer.attribute(node, 'ceil_mode', 0) === 1
  const sizes = windowed(given.shape, window, false)
  const isLonger = ceil && windowed(given.shape, window, true).some((size, i) => size !== sizes[i])
  if (isLonger || window.dilations.some((rate) => rate !== 1)) {
    throw importer.refusal(node, 'a pool that rounds down, without dilations', isLonger ? 'ceil_mode' : 'dilations')
  }
  const keeps = window.padding === 'valid' || (window.padding === 'same' && (isMax || !includes))
  if (!keeps && (isMax ? !isNotNegative(importer, given) : !includes)) {
    const expected = "pads as 'same' or 'valid' have them, or values that are not negative"
    throw importer.refusal(node, expected, show(window.pads))
  }
  const x = importer.channelsLast(keeps ? given : padded(importer, node, given, window.pads))
  const config = { pool_size: kernel, strides: window.strides, padding: keeps ? window.padding : 'valid' }
  const layer = importer.add(`${isMax ? 'Max' : 'Average'}Pooling${rank}D`, config, [x])
  return { layer, shape: [null, given.shape[1]!, ...sizes], axes: x.axes }
}

/** Whether zeros around a value are as good as what is less than all: behind a relu. */
function isNotNegative(importer: Importer, value: Value): boolean {
  const { className, config } = importer.record(value)
  return className === 'ReLU' || ['relu', 'relu6', 'sigmoid', 'softmax'].includes(config.activation as string)
}

function globalPool(importer: Importer, value: Value, kind: 'Max' | 'Average', keep: boolean): Value {
  const rank = value.shape.length - 2
  const x = importer.channelsLast(value)
  const layer = importer.add(`Global${kind}Pooling${rank}D`, {}, [x])
  const shape = [null, value.shape[1]!, ...(keep ? Array.from({ length: rank }, () => 1) : [])]
  return { layer, shape, axes: [0, 1] }
}

function reduceMean(importer: Importer, node: OnnxNode): Value {
  const value = importer.value(node, 0)
  const rank = value.shape.length
  const given = importer.list(node, 1, 'axes')
  const axes = given.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b)
  const keep = importer.attribute(node, 'keepdims', 1) === 1
  // The axes that an image's rows and columns are.
  const channels = value.axes.at(-1)!
  const spatial = value.axes.slice(1, -1)
  if (rank < 3 || rank > 4 || [...spatial].sort((a, b) => a - b).join() !== axes.join()) {
    throw importer.refusal(node, 'a mean over rows and columns', show(axes))
  }
  const layer = importer.add(`GlobalAveragePooling${rank - 2}D`, {}, [value])
  if (!keep) return { layer, shape: [null, value.shape[channels]!], axes: [0, 1] }
  return { layer, shape: value.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)), axes: [0, channels] }
}

// ---- Products and sums ----

function dense(importer: Importer, node: OnnxNode, kernel: FileTensor, bias: FileTensor | undefined, i: number): Value {
  let x = importer.value(node, 0)
  // A channel with one pixel is a feature.
  if (x.shape.length !== x.axes.length || x.axes.some((axis, at) => axis !== at)) x = importer.plain(x)
  const [inner, units] = kernel.shape as [number, number]
  if (kernel.shape.length !== 2 || x.shape.at(-1) !== inner) {
    throw importer.refusal(node, `a product with ${x.shape.at(-1)} rows`, showShape(kernel.shape))
  }
  const config = { units, activation: 'linear', use_bias: bias !== undefined }
  const weights = [rowsInOrder(kernel, x.order), ...(bias === undefined ? [] : [vector(bias.values)])]
  const layer = importer.add('Dense', config, [x], weights, calledAfter(node, i))
  const shape = [...x.shape.slice(0, -1), units]
  return { layer, shape, axes: shape.map((_, axis) => axis) }
}

function gemm(importer: Importer, node: OnnxNode): Value {
  const alpha = importer.attribute(node, 'alpha', 1)
  const beta = importer.attribute(node, 'beta', 1)
  if (importer.attribute(node, 'transA', 0) !== 0) throw importer.refusal(node, 'transA 0', '1')
  const given = importer.constant(node, 1)
  const turned = importer.attribute(node, 'transB', 0) === 1 ? transposed(given, [1, 0]) : given
  const kernel = alpha === 1 ? turned : { ...turned, values: turned.values.map((value) => value * alpha) }
  if (!importer.has(node, 2)) return dense(importer, node, kernel, undefined, 1)
  const { values } = importer.constant(node, 2)
  const units = kernel.shape[1]!
  if (values.length !== units && values.length !== 1) {
    throw importer.refusal(node, `a bias of ${units}`, `${values.length}`)
  }
  const spread = Float32Array.from({ length: units }, (_, j) => beta * values[values.length === 1 ? 0 : j]!)
  return dense(importer, node, kernel, vector(spread), 1)
}

const JOINS: Readonly<Record<string, string>> = {
  Add: 'Add',
  Sum: 'Add',
  Mul: 'Multiply',
  Sub: 'Subtract',
  Max: 'Maximum',
  Min: 'Minimum',
  Mean: 'Average',
}

function binary(importer: Importer, node: OnnxNode): Value | Constant {
  const all = node.inputs.map((_, i) => importer.get(node, i))
  const [a, b] = all
  if (a !== undefined && b !== undefined && all.length === 2 && ('constant' in a || 'constant' in b)) {
    if ('constant' in a && 'constant' in b) return folded(importer, node, a.constant, b.constant)
    return 'constant' in a
      ? affine(importer, node, b as Value, a.constant, true)
      : affine(importer, node, a, (b as Constant).constant, false)
  }
  const values = all.map((_, i) => importer.value(node, i))
  if (values.length < 2) return importer.value(node, 0)
  const className = Object.hasOwn(JOINS, node.type) ? JOINS[node.type] : undefined
  if (className === undefined) throw importer.refusal(node, 'a constant to divide by', 'what the model computes')
  const longest = values.reduce((best, value) => (sizeOf(value) > sizeOf(best) ? value : best))
  const sameOrder = values.every(({ order }) => order?.join() === longest.order?.join())
  const aligned = values.map((value) =>
    sameOrder && value.axes.join() === longest.axes.join() ? value : importer.arranged(value, longest.axes),
  )
  const layer = importer.add(className, {}, aligned)
  return { ...(sameOrder ? longest : { ...longest, order: undefined, image: undefined }), layer }
}

function sizeOf({ shape, axes }: Value): number {
  return shape.reduce((product: number, size) => product * (size ?? 1e6), axes.length)
}

/** A value and a constant: into the weights before it where that is possible, else a layer of its own. */
function affine(importer: Importer, node: OnnxNode, value: Value, tensor: FileTensor, swapped: boolean): Value {
  const along = alongAxis(tensor, value)
  const isSum = node.type === 'Add' || node.type === 'Sub' || node.type === 'Sum'
  const isProduct = node.type === 'Mul' || (node.type === 'Div' && !swapped)
  if (along === undefined || !(isSum || isProduct)) {
    const expected = 'a constant for each channel or one for all, to add or to multiply by'
    throw importer.refusal(node, expected, showShape(tensor.shape))
  }
  const ours = value.axes.at(-1)
  if (along.axis >= 0 && along.axis !== ours) {
    throw importer.refusal(node, 'a constant along the channels', `one along axis ${along.axis}`)
  }
  // c − x is −x + c.
  const sign = node.type === 'Sub' ? (swapped ? -1 : 1) : 1
  const scale = isProduct ? along.values.map((x) => (node.type === 'Div' ? 1 / x : x)) : Float32Array.of(sign)
  const offset = isSum ? along.values.map((x) => (node.type === 'Sub' && !swapped ? -x : x)) : Float32Array.of(0)
  if (scale.every((x) => x === 1) && offset.every((x) => x === 0)) return value
  const channels = value.shape[ours ?? 0] ?? null
  const record = importer.record(value)
  const { config, className } = record
  const isLinear = isPlain(record) || className === 'GroupNormalization'
  if (isLinear && importer.isFree(value) && channels !== null && along.values.length > 1) {
    foldInto(record, scale, offset, channels)
    return value
  }
  if (along.axis < 0) {
    if (className === 'Rescaling' && importer.isFree(value)) {
      config.scale = (config.scale as number) * scale[0]!
      config.offset = (config.offset as number) * scale[0]! + offset[0]!
      return value
    }
    return { ...value, layer: importer.add('Rescaling', { scale: scale[0]!, offset: offset[0]! }, [value]) }
  }
  // As a batch normalization that is frozen: with a mean of 0 and a variance of 1 it is just this.
  const spread = (values: Float32Array): FileTensor => {
    return rowsInOrder(
      vector(Float32Array.from({ length: channels! }, (_, i) => values[values.length === 1 ? 0 : i]!)),
      value.order,
    )
  }
  const [zeros, ones] = [spread(Float32Array.of(0)), spread(Float32Array.of(1))]
  const options = { axis: -1, epsilon: 0, trainable: false }
  return {
    ...value,
    layer: importer.add('BatchNormalization', options, [value], [spread(scale), spread(offset), zeros, ones]),
  }
}

/** Whether a layer takes an activation, and has none yet. */
function isPlain({ className, config }: LayerRecord): boolean {
  return /^(Dense|(Depthwise)?Conv[12]D|Conv[12]DTranspose)$/.test(className) && config.activation === 'linear'
}

/** Scales the outputs of a layer, and adds to its bias. */
function foldInto(record: LayerRecord, scale: Float32Array, offset: Float32Array, channels: number): void {
  const at = (values: Float32Array, i: number): number => values[values.length === 1 ? 0 : i]!
  const [kernel, bias] = record.weights as [FileTensor, FileTensor | undefined]
  const isOne = scale.every((value) => value === 1)
  if (!isOne) {
    const inner = record.className === 'Conv2DTranspose' ? kernel.shape.at(-1)! : 1
    const values = kernel.values.map((value, i) => value * at(scale, Math.floor(i / inner) % channels))
    record.weights[0] = { ...kernel, values }
  }
  if (bias === undefined && offset.every((value) => value === 0)) return
  const before = bias?.values ?? new Float32Array(channels)
  record.weights[1] = vector(before.map((value, i) => value * at(scale, i) + at(offset, i)))
  if (isPlain(record)) record.config.use_bias = true
}

function batchNormalization(importer: Importer, node: OnnxNode): Value {
  // ONNX keeps the part of the old average, as Keras does.
  const momentum = importer.attribute(node, 'momentum', 0.9)
  return normalization(importer, node, importer.value(node, 0), 'BatchNormalization', { momentum }, [1, 2, 3, 4])
}

/** Of groups, or of single channels, which is what InstanceNormalization is. */
function groupNormalization(importer: Importer, node: OnnxNode): Value {
  const given = importer.value(node, 0)
  const x = given.order === undefined ? given : importer.plain(given)
  const groups = importer.attribute(node, 'num_groups', x.shape[1] ?? 1)
  return normalization(importer, node, x, 'GroupNormalization', { groups }, [1, 2])
}

/** The weights are those of channels, or of groups of them. */
function normalization(
  importer: Importer,
  node: OnnxNode,
  given: Value,
  className: string,
  options: { readonly groups?: number; readonly momentum?: number },
  inputs: readonly number[],
): Value {
  const x = given.order === undefined && given.shape.length > 2 ? importer.channelsLast(given) : given
  const channels = x.shape[1] ?? 0
  const weights = inputs.map((i) => {
    const { values } = importer.constant(node, i)
    if (values.length !== channels && values.length !== options.groups) {
      throw importer.refusal(node, `${channels} values for each`, `${values.length}`)
    }
    const share = values.length / channels
    const spread = Float32Array.from({ length: channels }, (_, at) => values[Math.floor(at * share)]!)
    return rowsInOrder(vector(spread), x.order)
  })
  const config = { ...options, epsilon: importer.attribute(node, 'epsilon', 1e-5) }
  return { ...x, layer: importer.add(className, config, [x], weights, calledAfter(node, 1)) }
}

// ---- Activations ----

const ACTIVATIONS: Readonly<Record<string, string>> = {
  Exp: 'exponential',
  HardSwish: 'hard_swish',
  Relu: 'relu',
  Sigmoid: 'sigmoid',
  Tanh: 'tanh',
  Softplus: 'softplus',
  Softsign: 'softsign',
  Selu: 'selu',
}

function activation(importer: Importer, node: OnnxNode): Value {
  return activated(importer, importer.value(node, 0), ACTIVATIONS[node.type]!)
}

function activated(importer: Importer, value: Value, name: string): Value {
  const record = importer.record(value)
  if (isPlain(record) && importer.isFree(value)) {
    record.config.activation = name
    return value
  }
  return { ...value, layer: importer.add('Activation', { activation: name }, [value]) }
}

function softmax(importer: Importer, node: OnnxNode): Value {
  const value = importer.value(node, 0)
  const rank = value.shape.length
  const given = importer.attribute(node, 'axis', importer.opset < 13 ? 1 : -1)
  const axis = given < 0 ? given + rank : given
  // Before opset 13 all axes from the given one on count as one.
  const rest = value.shape.slice(axis + 1)
  const isLast = axis === value.axes.at(-1) && (importer.opset >= 13 || rest.every((size) => size === 1))
  const name = node.type === 'Softmax' ? 'softmax' : 'log_softmax'
  if (isLast) return activated(importer, value, name)
  const plain = importer.plain(value)
  if (axis !== rank - 1) throw importer.refusal(node, 'a softmax over the last axis', `axis ${given}`)
  return activated(importer, plain, name)
}

function log(importer: Importer, node: OnnxNode): Value {
  const value = importer.value(node, 0)
  const { config } = importer.record(value)
  if (config.activation === 'softmax' && importer.isFree(value)) {
    config.activation = 'log_softmax'
    return value
  }
  throw importer.refusal(node, 'a logarithm of a softmax', 'one of something else')
}

function withLayer(importer: Importer, node: OnnxNode, className: string, config: Record<string, unknown>): Value {
  const value = importer.value(node, 0)
  return { ...value, layer: importer.add(className, config, [value]) }
}

function clip(importer: Importer, node: OnnxNode): Value {
  const bound = (i: number, name: string): number | undefined => {
    if (importer.has(node, i)) return importer.constant(node, i).values[0]
    return node.attributes.has(name) ? importer.attribute(node, name, 0) : undefined
  }
  const [min, max] = [bound(1, 'min'), bound(2, 'max')]
  if (min !== 0) throw importer.refusal(node, 'a bound of 0 below', show(min))
  const isOpen = max === undefined || max > 3e38
  return withLayer(importer, node, 'ReLU', isOpen ? {} : { max_value: max })
}

/** max(0, min(1, alpha · x + beta)) */
function hardSigmoid(importer: Importer, node: OnnxNode): Value {
  const [scale, offset] = [importer.attribute(node, 'alpha', 0.2), importer.attribute(node, 'beta', 0.5)]
  const value = importer.value(node, 0)
  if (Math.abs(scale - 0.2) < 1e-6 && offset === 0.5) return activated(importer, value, 'hard_sigmoid')
  const line = { ...value, layer: importer.add('Rescaling', { scale, offset }, [value]) }
  return { ...line, layer: importer.add('ReLU', { max_value: 1 }, [line]) }
}

/** Over the last axes, which are in the operator's order then. */
function layerNormalization(importer: Importer, node: OnnxNode): Value {
  const value = importer.plain(importer.value(node, 0))
  const rank = value.shape.length
  const given = importer.attribute(node, 'axis', -1)
  const first = given < 0 ? given + rank : given
  const [gamma, beta] = [1, 2].map((i) => (importer.has(node, i) ? importer.constant(node, i) : undefined))
  const size = value.shape.slice(first).reduce((product: number, length) => product * (length ?? Number.NaN), 1)
  for (const weight of [gamma, beta]) {
    if (first >= 1 && (weight === undefined || weight.values.length === size)) continue
    throw importer.refusal(node, 'scale and bias of the axes behind the batch', show(weight?.shape))
  }
  const config = {
    axis: Array.from({ length: rank - first }, (_, i) => first + i),
    epsilon: importer.attribute(node, 'epsilon', 1e-5),
    center: beta !== undefined,
  }
  const shape = value.shape.slice(first) as number[]
  const weights = [gamma!, ...(beta === undefined ? [] : [beta])].map((weight) => ({ ...weight, shape }))
  return { ...value, layer: importer.add('LayerNormalization', config, [value], weights, calledAfter(node, 1)) }
}

/** A slope for each element, or along some axes one for all. */
function prelu(importer: Importer, node: OnnxNode): Value {
  const given = importer.value(node, 0)
  const value = given.order === undefined ? given : importer.plain(given)
  const slopes = importer.constant(node, 1)
  const sizes = [...value.shape.slice(slopes.shape.length).map(() => 1), ...slopes.shape]
  const fits = sizes.every((size, axis) => size === 1 || (axis > 0 && size === value.shape[axis]))
  if (!fits || sizes.length !== value.shape.length) {
    throw importer.refusal(node, `slopes for ${showShape(value.shape)}`, showShape(slopes.shape))
  }
  const own = value.axes.slice(1)
  const theirs = [...own].sort((a, b) => a - b)
  const weight = transposed(
    { ...slopes, shape: theirs.map((axis) => sizes[axis]!) },
    own.map((axis) => theirs.indexOf(axis)),
  )
  const shared_axes = own.flatMap((axis, i) => (sizes[axis] === 1 && value.shape[axis] !== 1 ? [i + 1] : []))
  return { ...value, layer: importer.add('PReLU', { shared_axes }, [value], [weight], calledAfter(node, 1)) }
}

// ---- Shapes ----

function reshape(importer: Importer, node: OnnxNode): Value | Constant {
  const given = importer.get(node, 0)
  const target = importer.list(node, 1, 'shape')
  const zero = importer.attribute(node, 'allowzero', 0) === 1
  if ('constant' in given) return { constant: reshapedConstant(importer, node, given.constant, target) }
  const sizes = target.map((size, axis): Size | -1 => {
    if (axis === 0 && (importer.isBatch(size) || size === -1)) return null
    if (Number.isNaN(size)) return null
    return size === 0 && !zero ? (given.shape[axis] ?? null) : size
  })
  return toSizes(importer, node, given, sizes)
}

/** The same elements under other sizes; one of them may be −1. */
function toSizes(importer: Importer, node: OnnxNode, value: Value, wanted: readonly Size[]): Value {
  const known = value.shape.slice(1)
  const count = known.includes(null) ? undefined : known.reduce((product: number, size) => product * size!, 1)
  const sizes = [...wanted]
  const open = sizes.indexOf(-1, 1)
  const others = sizes.slice(1).reduce((product: number, size) => (size === -1 ? product : product * (size ?? 1)), 1)
  if (open > 0 && count !== undefined) sizes[open] = count / others
  // The sizes of a tensor that was exported for one sample may begin with something else than the batch.
  const whole = sizes.slice(1).reduce((product: number, size) => product * (size ?? 1), 1)
  if (sizes[0] !== null && sizes[0] !== 1) {
    throw importer.refusal(node, 'the batch to stay the first axis', showShape(sizes))
  }
  sizes[0] = null
  if (count !== undefined && whole !== count) {
    // One value in a row, over all samples: what a regression of several outputs ends in.
    if (sizes.length === 2 && value.shape.length === 2 && count % whole === 0 && importer.isOutput(node)) {
      importer.notes.add(`output ${show(node.outputs[0])} has the ${count} values of a sample in one row`)
      return value
    }
    throw importer.refusal(node, `${count} values in each sample`, `sizes ${showShape(sizes)}`)
  }
  if (sizes.length === value.shape.length && sizes.every((size, i) => size === value.shape[i])) return value
  const moved = unitsMoved(value, sizes)
  if (moved !== undefined) return moved
  if (sizes.length === 2 && value.order === undefined && count !== undefined) return flattened(importer, value)
  const plain = importer.plain(value)
  if (sizes.slice(1).some((size) => size === null)) {
    throw importer.refusal(node, 'sizes that are known', showShape(sizes))
  }
  const layer = importer.add('Reshape', { target_shape: sizes.slice(1) }, [plain])
  return { layer, shape: sizes, axes: sizes.map((_, axis) => axis) }
}

/** The value where axes of size 1 have come, gone or moved, and nothing else: its own layer, under other axes. */
function unitsMoved(value: Value, sizes: readonly Size[]): Value | undefined {
  const solid = (shape: readonly Size[]): number[] =>
    shape.flatMap((size, axis) => (axis > 0 && size === 1 ? [] : [axis]))
  const [before, after] = [solid(value.shape), solid(sizes)]
  const isSame = before.length === after.length && before.every((axis, i) => value.shape[axis] === sizes[after[i]!])
  if (!isSame || value.order !== undefined) return undefined
  const units = sizes.flatMap((size, axis) => (axis > 0 && size === 1 ? [axis] : []))
  const axes: number[] = []
  for (const axis of value.axes) {
    const at = before.indexOf(axis)
    if (at >= 0) axes.push(after[at]!)
    else {
      // One of our axes of size 1 stands for one of theirs, or there is none left for it.
      const unit = units.shift()
      if (unit === undefined) return undefined
      axes.push(unit)
    }
  }
  return { ...value, shape: sizes, axes }
}

/** All but the batch as one axis, in our order; what comes next turns its weights. */
function flattened(importer: Importer, value: Value): Value {
  const sizes = value.shape.slice(1) as number[]
  const count = sizes.reduce((product, size) => product * size, 1)
  if (!(count >= 0 && count <= MAX_FOLDED)) {
    throw importer.error(`layer ${show(value.layer)}`, `at most ${MAX_FOLDED} values to flatten`, `${count}`)
  }
  const layer = importer.add('Flatten', {}, [value])
  const shape = [null, count]
  const isOrdered = value.axes.every((axis, i) => i === 0 || axis > value.axes[i - 1]!)
  if (isOrdered) return { layer, shape, axes: [0, 1] }
  const strides = value.shape.map((_, axis) => sizes.slice(axis).reduce((product, size) => product * size, 1))
  const order = new Int32Array(count)
  const axes = value.axes.slice(1)
  const index = axes.map(() => 0)
  for (let i = 0; i < count; i++) {
    order[i] = axes.reduce((sum, axis, at) => sum + index[at]! * strides[axis]!, 0)
    for (let at = axes.length - 1; at >= 0; at--) {
      if (++index[at]! < value.shape[axes[at]!]!) break
      index[at] = 0
    }
  }
  const isSame = order.every((from, to) => from === to)
  return isSame ? { layer, shape, axes: [0, 1] } : { layer, shape, axes: [0, 1], order, image: value }
}

function reshapedConstant(
  importer: Importer,
  node: OnnxNode,
  tensor: FileTensor,
  target: readonly number[],
): FileTensor {
  const count = tensor.values.length
  const shape = target.map((size, axis) => (size === 0 ? (tensor.shape[axis] ?? 0) : size))
  const others = shape.reduce((product, size) => (size === -1 ? product : product * size), 1)
  const sizes = shape.map((size) => (size === -1 ? count / others : size))
  if (sizes.reduce((product, size) => product * size, 1) === count) return { ...tensor, shape: sizes }
  throw importer.refusal(node, `${count} elements`, showShape(sizes))
}

function flatten(importer: Importer, node: OnnxNode): Value {
  const value = importer.value(node, 0)
  const axis = importer.attribute(node, 'axis', 1)
  if (axis !== 1 && axis !== 1 - value.shape.length) throw importer.refusal(node, 'axis 1', `${axis}`)
  return toSizes(importer, node, value, [null, -1])
}

function transpose(importer: Importer, node: OnnxNode): Value | Constant {
  const given = importer.get(node, 0)
  const rank = 'constant' in given ? given.constant.shape.length : given.shape.length
  const reversed = Array.from({ length: rank }, (_, i) => rank - 1 - i)
  const perm = importer.attribute(node, 'perm', reversed)
  if (perm.length !== rank || [...perm].sort((a, b) => a - b).some((axis, i) => axis !== i)) {
    throw importer.refusal(node, `a permutation of ${rank} axes`, show(perm))
  }
  if ('constant' in given) return { constant: transposed(given.constant, perm) }
  if (perm[0] !== 0) throw importer.refusal(node, 'the batch to stay the first axis', show(perm))
  const value = given.order === undefined ? given : importer.plain(given)
  return {
    layer: value.layer,
    shape: perm.map((axis) => value.shape[axis]!),
    axes: value.axes.map((axis) => perm.indexOf(axis)),
  }
}

/** Squeeze and Unsqueeze: axes of size 1 that go or come. */
function units(importer: Importer, node: OnnxNode): Value | Constant {
  const given = importer.get(node, 0)
  const isNew = node.type === 'Unsqueeze'
  const sizes: readonly Size[] = 'constant' in given ? given.constant.shape : given.shape
  const listed = importer.list(node, 1, 'axes')
  const rank = sizes.length + (isNew ? listed.length : 0)
  const axes = listed.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b)
  if (axes.some((axis) => !(axis >= 0 && axis < rank))) throw importer.refusal(node, `axes below ${rank}`, show(listed))
  const result = [...sizes]
  if (isNew) for (const axis of axes) result.splice(axis, 0, 1)
  const kept = isNew ? result : result.filter((size, axis) => !(axes.length === 0 ? size === 1 : axes.includes(axis)))
  if ('constant' in given) return { constant: { ...given.constant, shape: kept as number[] } }
  return toSizes(importer, node, given, kept)
}

function concat(importer: Importer, node: OnnxNode): Value | Constant {
  const all = node.inputs.map((_, i) => importer.get(node, i))
  if (all.every((each): each is Constant => 'constant' in each)) {
    const tensors = all.map(({ constant }) => constant)
    const { dtype } = importer.constant(node, 0)
    if (tensors.some(({ shape }) => shape.length !== 1)) throw importer.refusal(node, 'constant lists', 'others')
    const values = Float32Array.from(tensors.flatMap((tensor) => [...tensor.values]))
    return { constant: { shape: [values.length], dtype, values } }
  }
  const values = all.map((_, i) => importer.value(node, i))
  const first = values[0]!
  const given = importer.attribute(node, 'axis', 1)
  const axis = given < 0 ? given + first.shape.length : given
  const isImage = first.shape.length > 2 && first.axes.at(-1) === 1
  const aligned = values.map((value) => {
    if (value.order === undefined && value.axes.join() === first.axes.join() && value.axes.includes(axis)) return value
    return isImage ? importer.channelsLast(value) : importer.plain(value)
  })
  const { axes } = aligned[0]!
  const layer = importer.add('Concatenate', { axis: axes.indexOf(axis) }, aligned)
  const shape = first.shape.map((size, i) => {
    if (i !== axis) return size
    return aligned.reduce(
      (sum: Size, value) => (sum === null || value.shape[i] == null ? null : sum + value.shape[i]!),
      0,
    )
  })
  return { layer, shape, axes }
}

function gather(importer: Importer, node: OnnxNode): Value | Constant {
  const data = importer.constant(node, 0)
  const from = importer.get(node, 1)
  if (!('constant' in from) && data.shape.length === 2 && importer.attribute(node, 'axis', 0) === 0) {
    const value = importer.plain(from)
    const [input_dim, output_dim] = data.shape as [number, number]
    const config = { input_dim, output_dim }
    const layer = importer.add('Embedding', config, [value], [data], calledAfter(node, 0))
    const shape = [...value.shape, output_dim]
    return { layer, shape, axes: shape.map((_, axis) => axis) }
  }
  const indices = importer.constant(node, 1)
  if (data.shape.length !== 1 || indices.values.length > MAX_FOLDED) {
    throw importer.refusal(node, 'entries of a constant list', showShape(data.shape))
  }
  const values = indices.values.map((index) => data.values[index < 0 ? index + data.values.length : index] ?? BATCH)
  return { constant: { shape: indices.shape, dtype: data.dtype, values } }
}

/** Without something before and behind rows, columns or steps. */
function cropped(
  importer: Importer,
  node: OnnxNode,
  value: Value,
  starts: readonly number[],
  ends: readonly number[],
  given: readonly number[],
  steps: readonly number[],
): Value {
  const rank = value.shape.length
  const sides = new Map<number, readonly [number, number]>()
  starts.forEach((start, i) => {
    const axis = ((given[i] ?? i) + rank) % rank
    const [size, end] = [value.shape[axis] ?? null, ends[i] ?? Number.NaN]
    const isWhole = end > 0 && (size === null ? end >= 2 ** 31 - 1 : end >= size)
    const behind = isWhole ? 0 : end < 0 ? -end : size === null ? Number.NaN : size - end
    const before = start < 0 ? (size ?? Number.NaN) + start : start
    if (!(before >= 0 && behind >= 0) || (steps[i] ?? 1) !== 1) {
      throw importer.refusal(node, 'a part from a beginning to an end, in steps of 1', show([start, end]))
    }
    sides.set(axis, [before, behind])
  })
  return withSides(importer, node, value, 'Cropping', 'cropping', sides)
}

function slice(importer: Importer, node: OnnxNode): Value | Constant {
  const from = importer.get(node, 0)
  const [starts, ends, axes, steps] = ['starts', 'ends', 'axes', 'steps'].map((name, i) => {
    return importer.list(node, i + 1, name)
  }) as [readonly number[], readonly number[], readonly number[], readonly number[]]
  if (!('constant' in from)) return cropped(importer, node, from, starts, ends, axes, steps)
  const data = from.constant
  if (data.shape.length !== 1 || (steps[0] ?? 1) !== 1) {
    throw importer.refusal(node, 'a part of a constant list', showShape(data.shape))
  }
  const values = data.values.slice(starts[0] ?? 0, ends[0] ?? 0)
  return { constant: { shape: [values.length], dtype: data.dtype, values } }
}

function pad(importer: Importer, node: OnnxNode): Value {
  const value = importer.value(node, 0)
  const mode = importer.attribute(node, 'mode', 'constant')
  const fill = importer.has(node, 2) ? importer.constant(node, 2).values[0] : importer.attribute(node, 'value', 0)
  const given = importer.list(node, 1, 'pads')
  const rank = value.shape.length
  const pairs = value.shape.map((_, axis): readonly [number, number] => [given[axis] ?? 0, given[axis + rank] ?? 0])
  if (pairs.every(([before, after]) => before === 0 && after === 0)) return value
  if (mode !== 'constant' || fill !== 0 || value.order !== undefined) {
    throw importer.refusal(node, 'zeros around an image', `${mode} ${fill}, pads ${show(given)}`)
  }
  return withSides(importer, node, value, 'ZeroPadding', 'padding', new Map(pairs.map((pair, axis) => [axis, pair])))
}

/** What has one value along an axis, again and again. */
function tile(importer: Importer, node: OnnxNode): Value {
  const value = importer.value(node, 0)
  const repeats = [...importer.constant(node, 1).values]
  const { length } = value.shape
  const isSingle = repeats.every((n, axis) => n === 1 || (n > 1 && axis > 0 && value.shape[axis] === 1))
  const isRow = length === 3 && repeats[2] === 1
  if (!isSingle || repeats.length !== length || (!isRow && (length !== 4 || repeats[1] !== 1))) {
    throw importer.refusal(node, 'one row or one pixel to repeat', `${showShape(value.shape)}, ${show(repeats)} times`)
  }
  const shape = value.shape.map((size, axis) => (size === null ? null : size * repeats[axis]!))
  if (isRow) {
    const row = importer.arranged(value, [0, 2])
    return { layer: importer.add('RepeatVector', { n: repeats[1] }, [row]), shape, axes: [0, 1, 2] }
  }
  const x = importer.channelsLast(value)
  return { ...x, layer: importer.add('UpSampling2D', { size: repeats.slice(2) }, [x]), shape }
}

function resize(importer: Importer, node: OnnxNode): Value {
  const value = importer.channelsLast(importer.value(node, 0))
  const scalesAt = node.type === 'Upsample' ? 1 : importer.opset < 11 ? 1 : 2
  const mode = importer.attribute(node, 'mode', 'nearest')
  const sizes = importer.has(node, 3) ? importer.constant(node, 3).values : []
  const scales = importer.list(node, scalesAt, 'scales').slice()
  // What is open is as many times as large as nobody knows.
  if (scales.length === 0) for (const [i, to] of sizes.entries()) scales.push(i === 0 ? 1 : to / (value.shape[i] ?? 0))
  const [n, c, ...size] = scales
  const isWhole = n === 1 && c === 1 && size.every((scale) => Number.isInteger(scale) && scale >= 1)
  const centers = importer.attribute(
    node,
    'coordinate_transformation_mode',
    importer.opset < 11 ? 'asymmetric' : 'half_pixel',
  )
  const isNearest = mode === 'nearest' && (centers === 'asymmetric' || centers === 'half_pixel')
  const isLinear = mode === 'linear' && centers === 'half_pixel'
  const target = value.shape.slice(2).map((length, i) => {
    return length === null ? (sizes[i + 2] ?? 0) : Math.floor(length * size[i]! + 1e-4)
  })
  if (n === 1 && c === 1 && !isWhole && isLinear && target.length === 2 && target.every((length) => length >= 1)) {
    const [height, width] = target
    const layer = importer.add('Resizing', { height, width }, [value])
    return { layer, shape: [...value.shape.slice(0, 2), ...target], axes: value.axes }
  }
  if (!isWhole || size.length === 0 || size.length > 2 || !(isNearest || (isLinear && size.length === 2))) {
    const expected = 'an image made larger by whole numbers, nearest or linear at half pixels'
    throw importer.refusal(node, expected, `${mode}, ${centers}, ${show(scales)}`)
  }
  const layer =
    size.length === 1
      ? importer.add('UpSampling1D', { size: size[0] }, [value])
      : importer.add('UpSampling2D', { size, interpolation: isNearest ? 'nearest' : 'bilinear' }, [value])
  const shape = value.shape.map((length, axis) => (length === null || axis < 2 ? length : length * size[axis - 2]!))
  return { layer, shape, axes: value.axes }
}

function constant(importer: Importer, node: OnnxNode): Constant {
  const value = node.attributes.get('value') ?? node.attributes.get('value_int') ?? node.attributes.get('value_ints')
  const other = value ?? node.attributes.get('value_float') ?? node.attributes.get('value_floats')
  if (typeof other === 'object' && 'values' in other && 'dtype' in other) return { constant: other }
  const numbers = typeof other === 'number' ? [other] : Array.isArray(other) ? (other as readonly unknown[]) : undefined
  if (!numbers?.every((item): item is number => typeof item === 'number')) {
    throw importer.refusal(node, 'numbers', show(other))
  }
  const shape = typeof other === 'number' ? [] : [numbers.length]
  const dtype = node.attributes.has('value_int') || node.attributes.has('value_ints') ? 'int64' : 'float32'
  return { constant: { shape, dtype, values: Float32Array.from(numbers) } }
}

function unchanged(importer: Importer, node: OnnxNode): Value | Constant {
  return importer.get(node, 0)
}

/** An operator is a function and a line here. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  Add: binary,
  AveragePool: pool,
  BatchNormalization: batchNormalization,
  Cast: unchanged,
  Clip: clip,
  Concat: concat,
  Constant: constant,
  Conv: conv,
  ConvTranspose: convTranspose,
  Div: binary,
  Dropout: unchanged,
  Elu: (importer, node) => withLayer(importer, node, 'ELU', { alpha: importer.attribute(node, 'alpha', 1) }),
  Exp: activation,
  Flatten: flatten,
  Gather: gather,
  Gelu: (importer, node) => {
    const isTanh = importer.attribute(node, 'approximate', 'none') === 'tanh'
    return activated(importer, importer.value(node, 0), isTanh ? 'gelu_new' : 'gelu')
  },
  Gemm: gemm,
  GlobalAveragePool: (importer, node) => globalPool(importer, importer.value(node, 0), 'Average', true),
  GlobalMaxPool: (importer, node) => globalPool(importer, importer.value(node, 0), 'Max', true),
  GroupNormalization: groupNormalization,
  HardSigmoid: hardSigmoid,
  HardSwish: activation,
  Identity: unchanged,
  InstanceNormalization: groupNormalization,
  LayerNormalization: layerNormalization,
  LeakyRelu: (importer, node) =>
    withLayer(importer, node, 'LeakyReLU', { alpha: importer.attribute(node, 'alpha', 0.01) }),
  Log: log,
  LogSoftmax: softmax,
  MatMul: (importer, node) => dense(importer, node, importer.constant(node, 1), undefined, 1),
  Max: binary,
  MaxPool: pool,
  Mean: binary,
  Min: binary,
  Mul: binary,
  PRelu: prelu,
  Pad: pad,
  ReduceMean: reduceMean,
  Relu: activation,
  Reshape: reshape,
  Resize: resize,
  Selu: activation,
  Shape: (importer, node) => ({ constant: importer.shapeConstant(importer.value(node, 0)) }),
  Sigmoid: activation,
  Slice: slice,
  Softmax: softmax,
  Softplus: activation,
  Softsign: activation,
  Squeeze: units,
  Sub: binary,
  Sum: binary,
  Tanh: activation,
  ThresholdedRelu: (importer, node) =>
    withLayer(importer, node, 'ThresholdedReLU', { theta: importer.attribute(node, 'alpha', 1) }),
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: units,
  Upsample: resize,
}
