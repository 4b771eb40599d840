/**
 * A model as ONNX, opset 17. Images come and go with their channels last, as here; between, tensors are transposed where
 * an operator wants channels first and only there: once in front of a chain of convolutions and once behind it.
 */

import { FormatError, show } from '../errors.ts'
import { MessageWriter } from '../formats/protobuf-writer.ts'
import { depthwiseOrder, kernelOrder, transposed } from '../formats/transpose.ts'
import type { Layer } from '../layers/layer.ts'
import type { SymbolicTensor } from '../layers/symbolic.ts'
import type { BatchShape } from '../shape.ts'
import { VERSION } from '../version.ts'
import type { LayersModel } from './model.ts'

const OPSET = 17
const IR_VERSION = 8
const FLOAT = 1
const INT64 = 7
/** Numbers in AttributeProto.type. */
const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 }

/** A tensor of the graph. */
interface Value {
  readonly name: string
  /** Whether its channels are first. */
  readonly first: boolean
  readonly rank: number
}

type Attributes = Readonly<Record<string, number | string | readonly number[] | { readonly float: number }>>

/** @throws FormatError naming a layer that ONNX is not written for */
export function toOnnx(model: LayersModel): Uint8Array {
  const writer = new GraphWriter()
  const inputs = model.inputs.map((input): Value => ({ name: input.name, first: false, rank: input.shape.length }))
  const outputs = writer.model(model, inputs)
  const named = outputs.map((output, i) => writer.output(output, i))
  const shapes = (tensors: readonly SymbolicTensor[]): readonly BatchShape[] => tensors.map(({ shape }) => shape)
  return writer.finish(
    model.name,
    inputs.map(({ name }) => name),
    shapes(model.inputs),
    named,
    shapes(model.outputs),
  )
}

class GraphWriter {
  readonly #nodes: MessageWriter[] = []
  readonly #initializers: MessageWriter[] = []
  readonly #names = new Set<string>()

  #unique(wanted: string): string {
    let name = wanted
    for (let i = 1; this.#names.has(name); i++) name = `${wanted}_${i}`
    this.#names.add(name)
    return name
  }

  node(type: string, inputs: readonly string[], wanted: string, attributes: Attributes = {}): string {
    const output = this.#unique(wanted)
    const node = new MessageWriter()
    for (const input of inputs) node.text(1, input)
    node.text(2, output).text(3, output).text(4, type)
    for (const [name, value] of Object.entries(attributes)) node.message(5, attributeOf(name, value))
    this.#nodes.push(node)
    return output
  }

  floats(wanted: string, shape: readonly number[], values: Float32Array): string {
    const bytes = new Uint8Array(values.length * 4)
    const view = new DataView(bytes.buffer)
    values.forEach((value, i) => {
      view.setFloat32(4 * i, value, true)
    })
    return this.#initializer(wanted, FLOAT, shape, bytes)
  }

  integers(wanted: string, values: readonly number[]): string {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
    return this.#initializer(wanted, INT64, [values.length], bytes)
  }

  #initializer(wanted: string, type: number, shape: readonly number[], bytes: Uint8Array): string {
    const name = this.#unique(wanted)
    this.#initializers.push(new MessageWriter().integers(1, shape).integer(2, type).text(8, name).bytes(9, bytes))
    return name
  }

  /** The value with its channels where they are wanted. */
  arranged(value: Value, first: boolean): Value {
    if (value.first === first || value.rank < 3) return value
    const last = value.rank - 1
    const spatial = Array.from({ length: last - 1 }, (_, i) => i + 1)
    const perm = first ? [0, last, ...spatial] : [0, ...spatial.map((axis) => axis + 1), 1]
    return {
      ...value,
      name: this.node('Transpose', [value.name], `${value.name}_${first ? 'nchw' : 'nhwc'}`, { perm }),
      first,
    }
  }

  /** @returns the outputs for inputs, of a model or of one within it */
  model(model: LayersModel, inputs: readonly Value[]): Value[] {
    const values = new Map<SymbolicTensor, Value>(model.inputs.map((symbol, i) => [symbol, inputs[i]!]))
    for (const { name } of inputs) this.#names.add(name)
    for (const { layer, node } of model.graph.steps) {
      const given = node.inputs.map((symbol) => values.get(symbol)!)
      const results =
        'getLayer' in layer
          ? this.model(layer as LayersModel, given)
          : [layerTo(this, layer, given, node.inputs, node.outputs)]
      node.outputs.forEach((symbol, i) => {
        values.set(symbol, results[i]!)
      })
    }
    return model.outputs.map((symbol) => values.get(symbol)!)
  }

  /** Gives an output a name of its own, with its channels last. */
  output(value: Value, i: number): string {
    return this.node('Identity', [this.arranged(value, false).name], i === 0 ? 'output' : `output_${i}`)
  }

  finish(
    name: string,
    inputs: readonly string[],
    inputShapes: readonly BatchShape[],
    outputs: readonly string[],
    outputShapes: readonly BatchShape[],
  ): Uint8Array {
    const graph = new MessageWriter()
    for (const node of this.#nodes) graph.message(1, node)
    graph.text(2, name)
    for (const initializer of this.#initializers) graph.message(5, initializer)
    inputs.forEach((input, i) => graph.message(11, valueInfo(input, inputShapes[i]!)))
    outputs.forEach((output, i) => graph.message(12, valueInfo(output, outputShapes[i]!)))
    const opset = new MessageWriter().text(1, '').integer(2, OPSET)
    const model = new MessageWriter().integer(1, IR_VERSION).text(2, 'quadlane').text(3, VERSION)
    return model.message(7, graph).message(8, opset).finish()
  }
}

function attributeOf(name: string, value: Attributes[string]): MessageWriter {
  const attribute = new MessageWriter().text(1, name)
  if (typeof value === 'number') return attribute.integer(3, value).integer(20, ATTRIBUTE.int)
  if (typeof value === 'string') return attribute.text(4, value).integer(20, ATTRIBUTE.string)
  if ('float' in value) return attribute.float(2, value.float).integer(20, ATTRIBUTE.float)
  for (const item of value) attribute.integer(8, item)
  return attribute.integer(20, ATTRIBUTE.ints)
}

function valueInfo(name: string, shape: BatchShape): MessageWriter {
  const sizes = new MessageWriter()
  shape.forEach((size, axis) => {
    sizes.message(
      1,
      size === null
        ? new MessageWriter().text(2, axis === 0 ? 'batch' : `${name}_${axis}`)
        : new MessageWriter().integer(1, size),
    )
  })
  const tensor = new MessageWriter().integer(1, FLOAT).message(2, sizes)
  return new MessageWriter().text(1, name).message(2, new MessageWriter().message(1, tensor))
}

interface Call {
  readonly out: GraphWriter
  readonly layer: Layer
  readonly config: Readonly<Record<string, unknown>>
  readonly inputs: readonly Value[]
  readonly inputShapes: readonly BatchShape[]
  readonly outputShape: BatchShape
}

function layerTo(
  out: GraphWriter,
  layer: Layer,
  inputs: readonly Value[],
  from: readonly SymbolicTensor[],
  to: readonly SymbolicTensor[],
): Value {
  const write = Object.hasOwn(LAYERS, layer.className) ? LAYERS[layer.className] : undefined
  if (write === undefined) throw unwritten(layer, layer.className)
  const inputShapes = from.map(({ shape }) => shape)
  return write({ out, layer, config: layer.getConfig(), inputs, inputShapes, outputShape: to[0]!.shape })
}

function unwritten(layer: Layer, received: string): FormatError {
  const expected = 'a layer that can be written as ONNX'
  return new FormatError({ who: `toONNX, layer ${show(layer.name)}`, expected, received })
}

/** A weight by its name within the layer, with its axes in another order or under other sizes. */
function weight(
  { out, layer }: Call,
  name: string,
  perm?: readonly number[],
  sizes?: readonly number[],
): string | undefined {
  const found = layer.weights.find(({ localName }) => localName === name)
  if (found === undefined) return undefined
  const values = found.variable.view(found.name).slice() as Float32Array
  const tensor = { shape: found.shape, dtype: 'float32', values } as const
  const turned = perm === undefined ? tensor : transposed(tensor, perm)
  return out.floats(`${layer.name}.${name}`, sizes ?? turned.shape, turned.values)
}

function some(names: readonly (string | undefined)[]): string[] {
  return names.filter((name): name is string => name !== undefined)
}

/** Operators of one input that make up an activation, of numbers and of what came before; x is the input. */
type Formula = (out: FormulaWriter, x: string) => string

/** Writes a node with an input, or with two of which one may be a number. */
type FormulaWriter = (type: string, a: string | number, b?: string | number) => string

const FORMULAS: Readonly<Record<string, Formula>> = {
  gelu: (op, x) => op('Mul', op('Mul', x, 0.5), op('Add', op('Erf', op('Mul', x, Math.SQRT1_2)), 1)),
  geluNew: (op, x) => {
    const cube = op('Mul', x, op('Add', op('Mul', op('Mul', x, x), 0.044715), 1))
    return op('Mul', op('Mul', x, 0.5), op('Add', op('Tanh', op('Mul', cube, 0.7978845608028654)), 1))
  },
  mish: (op, x) => op('Mul', x, op('Tanh', op('Softplus', x))),
  swish: (op, x) => op('Mul', x, op('Sigmoid', x)),
}

const ACTIVATIONS: Readonly<Record<string, readonly [type: string, attributes?: Attributes]>> = {
  exponential: ['Exp'],
  hardSwish: ['HardSwish'],
  relu: ['Relu'],
  sigmoid: ['Sigmoid'],
  tanh: ['Tanh'],
  elu: ['Elu'],
  selu: ['Selu'],
  softplus: ['Softplus'],
  softsign: ['Softsign'],
  hardSigmoid: ['HardSigmoid'],
  leakyRelu: ['LeakyRelu', { alpha: { float: 0.2 } }],
}

function activate(call: Call, value: Value, activation: unknown): Value {
  const { out, layer } = call
  if (activation === 'linear' || activation === undefined) return value
  if (activation === 'softmax' || activation === 'logSoftmax') {
    const last = out.arranged(value, false)
    return {
      ...last,
      name: out.node(activation === 'softmax' ? 'Softmax' : 'LogSoftmax', [last.name], `${layer.name}_${activation}`, {
        axis: -1,
      }),
    }
  }
  if (activation === 'relu6') return clipped(call, value, 6)
  if (typeof activation === 'string' && Object.hasOwn(FORMULAS, activation)) {
    return { ...value, name: FORMULAS[activation]!(formulaWriter(out, `${layer.name}_${activation}`), value.name) }
  }
  const known =
    typeof activation === 'string' && Object.hasOwn(ACTIVATIONS, activation) ? ACTIVATIONS[activation] : undefined
  if (known === undefined) throw unwritten(layer, `the activation ${show(activation)}`)
  return { ...value, name: out.node(known[0], [value.name], `${layer.name}_${String(activation)}`, known[1]) }
}

function formulaWriter(out: GraphWriter, wanted: string): FormulaWriter {
  const operand = (given: string | number): string => {
    return typeof given === 'string' ? given : out.floats(`${wanted}.constant`, [], Float32Array.of(given))
  }
  return (type, a, b) => out.node(type, [operand(a), ...(b === undefined ? [] : [operand(b)])], wanted)
}

function clipped({ out, layer }: Call, value: Value, max: number): Value {
  const bounds = [0, max].map((bound, i) =>
    out.floats(`${layer.name}.${i === 0 ? 'min' : 'max'}`, [], Float32Array.of(bound)),
  )
  return { ...value, name: out.node('Clip', [value.name, ...bounds], `${layer.name}_clip`) }
}

function pair(value: unknown): readonly number[] {
  return Array.isArray(value) ? value : [value as number, value as number]
}

/** A number, or a list of one, for each of so many axes; a list of as many is what it is. */
function each(value: unknown, axes: number): readonly number[] {
  const list: readonly number[] = Array.isArray(value) ? value : [value as number]
  return list.length === axes ? list : Array.from({ length: axes }, () => list[0]!)
}

/** Attributes of a window over images or sequences; 'same' pads as TensorFlow does, the odd pixel behind. */
function windowOf({ config, inputShapes }: Call, kernel: unknown): Attributes {
  const axes = inputShapes[0]!.length - 2
  const dilations = each(config.dilationRate ?? 1, axes)
  const sizes = each(kernel, axes)
  const isDilated = dilations.some((rate) => rate > 1)
  const reach = sizes.map((size, i) => (size - 1) * dilations[i]!)
  return {
    kernel_shape: sizes,
    strides: each(config.strides ?? kernel, axes),
    ...(isDilated ? { dilations } : {}),
    ...paddingOf(config.padding, axes, isDilated || config.padding === 'causal' ? reach : []),
  }
}

function paddingOf(padding: unknown, axes: number, beyond: readonly number[]): Attributes {
  if (padding === 'causal') return { pads: [beyond[0]!, 0] }
  // ONNX Runtime does not work out the pads of a dilated window, which goes in steps of 1.
  if (padding === 'same' && beyond.length > 0) {
    return { pads: [...beyond.map((sum) => sum >> 1), ...beyond.map((sum) => sum - (sum >> 1))] }
  }
  if (typeof padding === 'number') return { pads: Array.from({ length: 2 * axes }, () => padding) }
  if (!Array.isArray(padding)) return { auto_pad: padding === 'same' ? 'SAME_UPPER' : 'VALID' }
  const sides = (padding as readonly (readonly [number, number])[]).slice(1, -1)
  return { pads: [...sides.map(([begin]) => begin), ...sides.map(([, end]) => end)] }
}

/** What an operator reads, and what it returns: its channels first, be they so in the model or not. */
function channelsFirst({ out, config, inputs }: Call): Value {
  return out.arranged(inputs[0]!, config.dataFormat !== 'channelsFirst')
}

function convTo(call: Call): Value {
  const { out, layer, config } = call
  const x = channelsFirst(call)
  const kernel = weight(call, 'kernel', kernelOrder(x.rank))
  const attributes = { ...windowOf(call, config.kernelSize), group: (config.groups as number) ?? 1 }
  const name = out.node('Conv', some([x.name, kernel, weight(call, 'bias')]), layer.name, attributes)
  return activate(call, { ...x, name }, config.activation)
}

/** A kernel [height, width, channels, multiplier] as [channels · multiplier, 1, height, width]; of sequences without height. */
function depthwise({ out, layer }: Call): readonly [kernel: string, groups: number] {
  const found = layer.weights.find(({ localName }) => localName === 'depthwise_kernel')!
  const values = found.variable.view(found.name).slice() as Float32Array
  const order = depthwiseOrder(found.shape.length)
  const turned = transposed({ shape: found.shape, dtype: 'float32', values }, order)
  const [c, m, ...sizes] = turned.shape as [number, number, ...number[]]
  return [out.floats(`${layer.name}.depthwise_kernel`, [c * m, 1, ...sizes], turned.values), c]
}

function depthwiseTo(call: Call): Value {
  const { out, layer, config } = call
  const x = channelsFirst(call)
  const [kernel, group] = depthwise(call)
  const attributes = { ...windowOf(call, config.kernelSize), group }
  const name = out.node('Conv', some([x.name, kernel, weight(call, 'bias')]), layer.name, attributes)
  return activate(call, { ...x, name }, config.activation)
}

function separableTo(call: Call): Value {
  const { out, layer, config } = call
  const x = channelsFirst(call)
  const [kernel, group] = depthwise(call)
  const attributes = { ...windowOf(call, config.kernelSize), group }
  const between = out.node('Conv', [x.name, kernel], `${layer.name}_depthwise`, attributes)
  const pointwise = weight(call, 'pointwise_kernel', kernelOrder(x.rank))
  const name = out.node('Conv', some([between, pointwise, weight(call, 'bias')]), layer.name)
  return activate(call, { ...x, name }, config.activation)
}

/** The output is stride · input, and for 'valid' what the kernel reaches beyond that. */
function transposeTo(call: Call): Value {
  const { out, layer, config } = call
  const x = channelsFirst(call)
  const axes = x.rank - 2
  const [strides, dilations] = [each(config.strides, axes), each(config.dilationRate ?? 1, axes)]
  const sizes = each(config.kernelSize, axes)
  const spans = sizes.map((size, i) => (size - 1) * dilations[i]! + 1)
  const beyond = spans.map((span, i) => (config.padding === 'same' ? Math.max(0, span - strides[i]!) : 0))
  const attributes = {
    kernel_shape: sizes,
    strides,
    dilations,
    pads: [...beyond.map((sum) => sum >> 1), ...beyond.map((sum) => sum - (sum >> 1))],
    output_padding: spans.map((span, i) => Math.max(0, strides[i]! - span)),
  }
  const kernel = weight(call, 'kernel', kernelOrder(x.rank))
  const name = out.node('ConvTranspose', some([x.name, kernel, weight(call, 'bias')]), layer.name, attributes)
  return activate(call, { ...x, name }, config.activation)
}

function denseTo(call: Call): Value {
  const { out, layer, config, inputs } = call
  const x = out.arranged(inputs[0]!, false)
  const bias = weight(call, 'bias')
  const kernel = weight(call, 'kernel')!
  if (x.rank === 2) {
    return activate(call, { ...x, name: out.node('Gemm', some([x.name, kernel, bias]), layer.name) }, config.activation)
  }
  const product = out.node('MatMul', [x.name, kernel], `${layer.name}_product`)
  return activate(
    call,
    { ...x, name: bias === undefined ? product : out.node('Add', [product, bias], layer.name) },
    config.activation,
  )
}

function poolTo(type: string, call: Call): Value {
  const { out, layer, config, inputs } = call
  const x = out.arranged(inputs[0]!, true)
  return { ...x, name: out.node(type, [x.name], layer.name, windowOf(call, config.poolSize)) }
}

function globalTo(type: string, { out, layer, inputs, outputShape }: Call): Value {
  const x = out.arranged(inputs[0]!, true)
  const pooled = out.node(type, [x.name], `${layer.name}_pooled`)
  if (outputShape.length === x.rank) return { ...x, name: pooled }
  return { name: out.node('Flatten', [pooled], layer.name), first: false, rank: 2 }
}

function normTo(call: Call): Value {
  const { out, layer, config, inputs } = call
  const given = inputs[0]!
  const axis = config.axis as number
  const isLast = axis === -1 || axis === given.rank - 1
  if (!isLast && axis !== 1) throw unwritten(layer, `normalization of axis ${axis}`)
  const x = out.arranged(given, isLast)
  const size = layer.weights[0]!.shape[0]!
  const constant = (name: string, value: number): string => {
    return weight(call, name) ?? out.floats(`${layer.name}.${name}`, [size], new Float32Array(size).fill(value))
  }
  const parts = [constant('gamma', 1), constant('beta', 0), constant('moving_mean', 0), constant('moving_variance', 1)]
  const epsilon = { float: config.epsilon as number }
  return { ...x, name: out.node('BatchNormalization', [x.name, ...parts], layer.name, { epsilon }) }
}

/** Groups as the channels of an instance normalization: an operator of its own comes with opset 18. */
function groupNormTo(call: Call): Value {
  const { out, layer, config, inputs, inputShapes } = call
  const x = out.arranged(inputs[0]!, true)
  const channels = inputShapes[0]!.at(-1)!
  const groups = config.groups === -1 ? channels : (config.groups as number)
  const vector = (name: string, value: number): string => {
    return out.floats(`${layer.name}.${name}`, [groups], new Float32Array(groups).fill(value))
  }
  const apart = out.node(
    'Reshape',
    [x.name, out.integers(`${layer.name}.groups`, [0, groups, -1])],
    `${layer.name}_groups`,
  )
  const epsilon = { float: config.epsilon as number }
  const parts = [apart, vector('ones', 1), vector('zeros', 0)]
  const normalized = out.node('InstanceNormalization', parts, `${layer.name}_normalized`, { epsilon })
  const shape = out.node('Shape', [x.name], `${layer.name}_shape`)
  let name = out.node('Reshape', [normalized, shape], `${layer.name}_together`)
  const sizes = [channels, ...Array.from({ length: x.rank - 2 }, () => 1)]
  const [gamma, beta] = [weight(call, 'gamma', undefined, sizes), weight(call, 'beta', undefined, sizes)]
  if (gamma !== undefined) name = out.node('Mul', [name, gamma], `${layer.name}_scaled`)
  return { ...x, name: beta === undefined ? name : out.node('Add', [name, beta], layer.name) }
}

function layerNormTo(call: Call): Value {
  const { out, layer, config, inputs, inputShapes } = call
  const x = out.arranged(inputs[0]!, false)
  const axes = (config.axis as readonly number[]).map((axis) => (axis < 0 ? axis + x.rank : axis))
  const first = Math.min(...axes)
  if (axes.length !== x.rank - first || axes.some((axis, i) => axis !== first + i)) {
    throw unwritten(layer, `normalization of the axes ${show(config.axis)}`)
  }
  const shape = inputShapes[0]!.slice(first) as number[]
  const size = shape.reduce((product, length) => product * length, 1)
  const scale = weight(call, 'gamma') ?? out.floats(`${layer.name}.gamma`, shape, new Float32Array(size).fill(1))
  const attributes = { axis: first, epsilon: { float: config.epsilon as number } }
  return {
    ...x,
    name: out.node('LayerNormalization', some([x.name, scale, weight(call, 'beta')]), layer.name, attributes),
  }
}

/** (x − mean) / max(√variance, ε), or back. */
function featuresTo(call: Call): Value {
  const { out, layer, config, inputs, inputShapes } = call
  const x = out.arranged(inputs[0]!, false)
  const axes = [(config.axis ?? []) as number | readonly number[]]
    .flat()
    .map((axis) => (axis < 0 ? axis + x.rank : axis))
  const shape = inputShapes[0]!.map((size, axis) => (axes.includes(axis) ? size! : 1))
  const values = (name: string): Float32Array => {
    const found = layer.weights.find(({ localName }) => localName === name)
    if (found !== undefined) return found.variable.view(found.name).slice() as Float32Array
    const given = config[name] as number | readonly number[]
    return Float32Array.from(typeof given === 'number' ? [given] : given)
  }
  const constant = (name: string, floats: Float32Array): string =>
    out.floats(`${layer.name}.${name}`, floats.length === 1 ? [] : shape, floats)
  const mean = constant('mean', values('mean'))
  const deviation = constant(
    'deviation',
    values('variance').map((each) => Math.max(Math.sqrt(each), 1e-7)),
  )
  if (config.invert === true) {
    const product = out.node('Mul', [x.name, deviation], `${layer.name}_scaled`)
    return { ...x, name: out.node('Add', [product, mean], layer.name) }
  }
  const centred = out.node('Sub', [x.name, mean], `${layer.name}_centred`)
  return { ...x, name: out.node('Div', [centred, deviation], layer.name) }
}

function sizesTo({ out, layer, inputs, outputShape }: Call): Value {
  const x = out.arranged(inputs[0]!, false)
  const sizes = outputShape.map((size, axis) => (axis === 0 ? 0 : (size ?? -1)))
  // The batch first: the size that is open must not be that of a sample whose sizes are known.
  const shape = out.integers(`${layer.name}.shape`, sizes)
  return { name: out.node('Reshape', [x.name, shape], layer.name), first: false, rank: outputShape.length }
}

/** [[top, bottom], [left, right]] of images, [[begin, end]] of sequences. */
function sidesOf(given: unknown, axes: number): readonly (readonly number[])[] {
  if (axes === 1) return [pair(given)]
  return pair(given).map(pair as never)
}

function paddingTo({ out, layer, config, inputs }: Call): Value {
  const x = inputs[0]!
  const sides = sidesOf(config.padding, x.rank - 2)
  const none = [[0, 0]]
  const all = x.first ? [...none, ...none, ...sides] : [...none, ...sides, ...none]
  const pads = out.integers(`${layer.name}.pads`, [...all.map(([begin]) => begin!), ...all.map(([, end]) => end!)])
  return { ...x, name: out.node('Pad', [x.name, pads], layer.name) }
}

function croppingTo({ out, layer, config, inputs }: Call): Value {
  const x = inputs[0]!
  return sliced(out, layer, x, sidesOf(config.cropping, x.rank - 2))
}

/** Without so much at the beginning and end of each axis of an image or sequence. */
function sliced(out: GraphWriter, layer: Layer, x: Value, sides: readonly (readonly number[])[]): Value {
  const constant = (name: string, values: readonly number[]): string => out.integers(`${layer.name}.${name}`, values)
  const names = [
    constant(
      'starts',
      sides.map(([begin]) => begin!),
    ),
    // As far as there is, or so much before that.
    constant(
      'ends',
      sides.map(([, end]) => (end === 0 ? 2 ** 31 : -end!)),
    ),
    constant(
      'axes',
      sides.map((_, i) => i + (x.first ? 2 : 1)),
    ),
  ]
  return { ...x, name: out.node('Slice', [x.name, ...names], layer.name) }
}

function centreTo({ out, layer, config, inputs, inputShapes }: Call): Value {
  const sizes = inputShapes[0]!.slice(1, 3)
  const wanted = [config.height as number, config.width as number]
  const slack = sizes.map((size, i) => (size ?? 0) - wanted[i]!)
  if (slack.some((each) => each < 0)) throw unwritten(layer, 'a crop of images that are smaller, or of any size')
  return sliced(
    out,
    layer,
    inputs[0]!,
    slack.map((each) => [each >> 1, each - (each >> 1)]),
  )
}

function resizingTo(call: Call): Value {
  const { out, layer, config, inputs, inputShapes } = call
  const isOf = inputShapes[0]![1] === config.height && inputShapes[0]![2] === config.width
  if (isOf) return inputs[0]!
  if (config.cropToAspectRatio || config.padToAspectRatio) throw unwritten(layer, 'a Resizing that keeps proportions')
  if (config.interpolation !== 'bilinear') throw unwritten(layer, `a Resizing by ${show(config.interpolation)}`)
  const x = out.arranged(inputs[0]!, true)
  const [, height, width] = inputShapes[0]!
  const [toHeight, toWidth] = [config.height as number, config.width as number]
  const attributes = { mode: 'linear', coordinate_transformation_mode: 'half_pixel' }
  if (height == null || width == null) {
    const [from, to] = [out.integers(`${layer.name}.from`, [0]), out.integers(`${layer.name}.to`, [2])]
    const head = out.node('Slice', [out.node('Shape', [x.name], `${layer.name}_shape`), from, to], `${layer.name}_head`)
    const tail = out.integers(`${layer.name}.size`, [toHeight, toWidth])
    const sizes = out.node('Concat', [head, tail], `${layer.name}_sizes`, { axis: 0 })
    return { ...x, name: out.node('Resize', [x.name, '', '', sizes], layer.name, attributes) }
  }
  const factors = [1, 1, toHeight / height, toWidth / width]
  const scales = out.floats(`${layer.name}.scales`, [4], Float32Array.from(factors))
  return { ...x, name: out.node('Resize', [x.name, '', scales], layer.name, attributes) }
}

function permuteTo({ out, layer, config, inputs }: Call): Value {
  const x = out.arranged(inputs[0]!, false)
  return {
    ...x,
    name: out.node('Transpose', [x.name], layer.name, { perm: [0, ...(config.dims as readonly number[])] }),
  }
}

function repeatTo({ out, layer, config, inputs }: Call): Value {
  const axes = out.integers(`${layer.name}.axes`, [1])
  const apart = out.node('Unsqueeze', [inputs[0]!.name, axes], `${layer.name}_apart`)
  const times = out.integers(`${layer.name}.repeats`, [1, config.n as number, 1])
  return { name: out.node('Tile', [apart, times], layer.name), first: false, rank: 3 }
}

function embeddingTo(call: Call): Value {
  const { out, layer, inputs, outputShape } = call
  const x = out.arranged(inputs[0]!, false)
  const indices = out.node('Cast', [x.name], `${layer.name}_indices`, { to: INT64 })
  const name = out.node('Gather', [weight(call, 'embeddings')!, indices], layer.name, { axis: 0 })
  return { name, first: false, rank: outputShape.length }
}

function preluTo(call: Call): Value {
  const { out, layer, inputs } = call
  const x = out.arranged(inputs[0]!, false)
  return { ...x, name: out.node('PRelu', [x.name, weight(call, 'alpha')!], layer.name) }
}

function averageTo(call: Call): Value {
  const { out, layer, inputs } = call
  const first = inputs.every((value) => value.first)
  const all = inputs.map((value) => out.arranged(value, first))
  return {
    ...all[0]!,
    name: out.node(
      'Mean',
      all.map(({ name }) => name),
      layer.name,
    ),
  }
}

function softmaxTo(call: Call): Value {
  const { out, layer, config, inputs } = call
  const x = out.arranged(inputs[0]!, false)
  return { ...x, name: out.node('Softmax', [x.name], layer.name, { axis: config.axis as number }) }
}

function joinTo(type: string, { out, layer, inputs }: Call): Value {
  const first = inputs.every((value) => value.first)
  const [head, ...rest] = inputs.map((value) => out.arranged(value, first))
  const name = rest.reduce(
    (sum, value, i) => out.node(type, [sum, value.name], i === rest.length - 1 ? layer.name : `${layer.name}_${i}`),
    head!.name,
  )
  return { ...head!, name }
}

function concatTo({ out, layer, config, inputs, inputShapes }: Call): Value {
  const rank = inputShapes[0]!.length
  const given = (config.axis as number | undefined) ?? -1
  const axis = given < 0 ? given + rank : given
  const first = rank > 2 && axis === rank - 1 && inputs.every((value) => value.first)
  const all = inputs.map((value) => out.arranged(value, first))
  return {
    ...all[0]!,
    name: out.node(
      'Concat',
      all.map(({ name }) => name),
      layer.name,
      { axis: first ? 1 : axis },
    ),
  }
}

function reluTo(call: Call): Value {
  const { out, layer, config, inputs } = call
  const [x] = inputs as [Value]
  const {
    maxValue,
    negativeSlope = 0,
    threshold = 0,
  } = config as { maxValue?: number | null; negativeSlope?: number; threshold?: number }
  if (threshold !== 0 && negativeSlope === 0 && maxValue == null) {
    const alpha = { float: threshold }
    return { ...x, name: out.node('ThresholdedRelu', [x.name], layer.name, { alpha }) }
  }
  if (threshold !== 0 || (negativeSlope !== 0 && maxValue != null)) throw unwritten(layer, 'a ReLU with a threshold')
  if (maxValue != null) return clipped(call, x, maxValue)
  const attributes = negativeSlope === 0 ? {} : { alpha: { float: negativeSlope } }
  return { ...x, name: out.node(negativeSlope === 0 ? 'Relu' : 'LeakyRelu', [x.name], layer.name, attributes) }
}

function slopeTo(type: string, otherwise: number, { out, layer, config, inputs }: Call): Value {
  const alpha = { float: (config.alpha as number | undefined) ?? otherwise }
  return { ...inputs[0]!, name: out.node(type, [inputs[0]!.name], layer.name, { alpha }) }
}

function rescalingTo({ out, layer, config, inputs }: Call): Value {
  // A number for each channel wants them last.
  const x = [config.scale, config.offset].some(Array.isArray) ? out.arranged(inputs[0]!, false) : inputs[0]!
  const constant = (name: string, value: unknown): string => {
    const values = Float32Array.from([value as number | readonly number[]].flat())
    return out.floats(`${layer.name}.${name}`, Array.isArray(value) ? [values.length] : [], values)
  }
  const scaled = out.node('Mul', [x.name, constant('scale', config.scale)], `${layer.name}_scaled`)
  return { ...x, name: out.node('Add', [scaled, constant('offset', config.offset ?? 0)], layer.name) }
}

function upsamplingTo(call: Call): Value {
  const { out, layer, config, inputs } = call
  const x = out.arranged(inputs[0]!, true)
  const factors = each(config.size, x.rank - 2)
  const scales = out.floats(`${layer.name}.scales`, [x.rank], Float32Array.of(1, 1, ...factors))
  const isNearest = config.interpolation !== 'bilinear'
  const attributes: Attributes = isNearest
    ? { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
    : { mode: 'linear', coordinate_transformation_mode: 'half_pixel' }
  return { ...x, name: out.node('Resize', [x.name, '', scales], layer.name, attributes) }
}

function same({ inputs }: Call): Value {
  return inputs[0]!
}

/** A layer is a function and a line here. */
const LAYERS: Readonly<Record<string, (call: Call) => Value>> = {
  Activation: (call) => activate(call, call.inputs[0]!, call.config.activation),
  Add: (call) => joinTo('Add', call),
  AlphaDropout: same,
  Average: averageTo,
  AveragePooling1D: (call) => poolTo('AveragePool', call),
  AveragePooling2D: (call) => poolTo('AveragePool', call),
  BatchNormalization: normTo,
  CenterCrop: centreTo,
  Concatenate: concatTo,
  Conv1D: convTo,
  Conv1DTranspose: transposeTo,
  Conv2D: convTo,
  Conv2DTranspose: transposeTo,
  Cropping1D: croppingTo,
  Cropping2D: croppingTo,
  Dense: denseTo,
  DepthwiseConv1D: depthwiseTo,
  DepthwiseConv2D: depthwiseTo,
  Dropout: same,
  ELU: (call) => slopeTo('Elu', 1, call),
  Embedding: embeddingTo,
  Flatten: sizesTo,
  GaussianDropout: same,
  GaussianNoise: same,
  GlobalAveragePooling1D: (call) => globalTo('GlobalAveragePool', call),
  GlobalAveragePooling2D: (call) => globalTo('GlobalAveragePool', call),
  GlobalMaxPooling1D: (call) => globalTo('GlobalMaxPool', call),
  GlobalMaxPooling2D: (call) => globalTo('GlobalMaxPool', call),
  GroupNormalization: groupNormTo,
  Identity: same,
  InputLayer: same,
  LayerNormalization: layerNormTo,
  LeakyReLU: (call) => slopeTo('LeakyRelu', 0.3, call),
  MaxPooling1D: (call) => poolTo('MaxPool', call),
  MaxPooling2D: (call) => poolTo('MaxPool', call),
  Maximum: (call) => joinTo('Max', call),
  Minimum: (call) => joinTo('Min', call),
  Multiply: (call) => joinTo('Mul', call),
  Normalization: featuresTo,
  PReLU: preluTo,
  Permute: permuteTo,
  RandomBrightness: same,
  RandomContrast: same,
  RandomFlip: same,
  RandomHeight: same,
  RandomRotation: same,
  RandomTranslation: same,
  RandomWidth: same,
  RandomZoom: same,
  ReLU: reluTo,
  RepeatVector: repeatTo,
  Rescaling: rescalingTo,
  Reshape: sizesTo,
  Resizing: resizingTo,
  SeparableConv1D: separableTo,
  SeparableConv2D: separableTo,
  Softmax: softmaxTo,
  SpatialDropout1D: same,
  SpatialDropout2D: same,
  Subtract: (call) => joinTo('Sub', call),
  ThresholdedReLU: ({ out, layer, config, inputs }) => ({
    ...inputs[0]!,
    name: out.node('ThresholdedRelu', [inputs[0]!.name], layer.name, { alpha: { float: config.theta as number } }),
  }),
  UpSampling1D: upsamplingTo,
  UpSampling2D: upsamplingTo,
  ZeroPadding1D: paddingTo,
  ZeroPadding2D: paddingTo,
}
