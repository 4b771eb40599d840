/**
 * A model as ONNX, opset 17. Images come and go with their channels last, as here; between, tensors are transposed where
 * an operator wants channels first and only there: once in front of a chain of convolutions and once behind it.
 */

import { FormatError, show } from '../errors.ts'
import { MessageWriter } from '../formats/protobuf.ts'
import { transposed } from '../formats/transpose.ts'
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
  const expected = `a layer among ${Object.keys(LAYERS).join(', ')}`
  return new FormatError({ who: `toONNX, layer ${show(layer.name)}`, expected, received })
}

/** A weight by its name within the layer, with its axes in another order. */
function weight({ out, layer }: Call, name: string, perm?: readonly number[]): string | undefined {
  const found = layer.weights.find(({ localName }) => localName === name)
  if (found === undefined) return undefined
  const values = found.variable.view(found.name).slice() as Float32Array
  const tensor = { shape: found.shape, dtype: 'float32', values } as const
  const turned = perm === undefined ? tensor : transposed(tensor, perm)
  return out.floats(`${layer.name}.${name}`, turned.shape, turned.values)
}

function some(names: readonly (string | undefined)[]): string[] {
  return names.filter((name): name is string => name !== undefined)
}

const ACTIVATIONS: Readonly<Record<string, readonly [type: string, attributes?: Attributes]>> = {
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
  if (activation === 'swish' || activation === 'silu') {
    const gate = out.node('Sigmoid', [value.name], `${layer.name}_gate`)
    return { ...value, name: out.node('Mul', [value.name, gate], `${layer.name}_${activation}`) }
  }
  const known =
    typeof activation === 'string' && Object.hasOwn(ACTIVATIONS, activation) ? ACTIVATIONS[activation] : undefined
  if (known === undefined) throw unwritten(layer, `the activation ${show(activation)}`)
  return { ...value, name: out.node(known[0], [value.name], `${layer.name}_${String(activation)}`, known[1]) }
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

/** Attributes of a window; 'same' pads as TensorFlow does, the odd pixel behind. */
function windowOf({ config }: Call, kernel: unknown): Attributes {
  const dilations = config.dilationRate === undefined ? {} : { dilations: pair(config.dilationRate) }
  return {
    kernel_shape: pair(kernel),
    strides: pair(config.strides ?? kernel),
    ...dilations,
    auto_pad: config.padding === 'same' ? 'SAME_UPPER' : 'VALID',
  }
}

function convTo(call: Call): Value {
  const { out, layer, config, inputs, inputShapes } = call
  const isDepthwise = layer.className === 'DepthwiseConv2D'
  const x = out.arranged(inputs[0]!, true)
  const channels = inputShapes[0]!.at(-1)!
  let kernel: string | undefined
  if (isDepthwise) {
    const found = layer.weights[0]!
    const [h, w, c, m] = found.shape as [number, number, number, number]
    const turned = transposed(
      { shape: [h, w, c, m], dtype: 'float32', values: found.variable.view(found.name).slice() as Float32Array },
      [2, 3, 0, 1],
    )
    kernel = out.floats(`${layer.name}.weight`, [c * m, 1, h, w], turned.values)
  } else kernel = weight(call, 'kernel', [3, 2, 0, 1])
  const attributes = {
    ...windowOf(call, config.kernelSize),
    group: isDepthwise ? channels : ((config.groups as number) ?? 1),
  }
  const name = out.node('Conv', some([x.name, kernel, weight(call, 'bias')]), layer.name, attributes)
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

function globalTo(type: string, { out, layer, inputs }: Call): Value {
  const x = out.arranged(inputs[0]!, true)
  const pooled = out.node(type, [x.name], `${layer.name}_pooled`)
  return { name: out.node('Flatten', [pooled], layer.name), first: false, rank: 2 }
}

function normTo(call: Call): Value {
  const { out, layer, config, inputs } = call
  const x = out.arranged(inputs[0]!, true)
  const size = layer.weights[0]!.shape[0]!
  const constant = (name: string, value: number): string => {
    return weight(call, name) ?? out.floats(`${layer.name}.${name}`, [size], new Float32Array(size).fill(value))
  }
  const parts = [constant('gamma', 1), constant('beta', 0), constant('moving_mean', 0), constant('moving_variance', 1)]
  return {
    ...x,
    name: out.node('BatchNormalization', [x.name, ...parts], layer.name, {
      epsilon: { float: config.epsilon as number },
    }),
  }
}

function sizesTo({ out, layer, inputs, outputShape }: Call): Value {
  const x = out.arranged(inputs[0]!, false)
  const sizes = outputShape.map((size, axis) => (axis === 0 ? 0 : (size ?? -1)))
  // The batch first: the size that is open must not be that of a sample whose sizes are known.
  const shape = out.integers(`${layer.name}.shape`, sizes)
  return { name: out.node('Reshape', [x.name, shape], layer.name), first: false, rank: outputShape.length }
}

function paddingTo({ out, layer, config, inputs }: Call): Value {
  const x = out.arranged(inputs[0]!, true)
  const given = config.padding as number | readonly (number | readonly number[])[]
  const [[top, bottom], [left, right]] = (typeof given === 'number' ? [given, given] : given).map(pair) as [
    [number, number],
    [number, number],
  ]
  const pads = out.integers(`${layer.name}.pads`, [0, 0, top, left, 0, 0, bottom, right])
  return { ...x, name: out.node('Pad', [x.name, pads], layer.name) }
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
  const constant = (name: string, value: unknown): string =>
    out.floats(`${layer.name}.${name}`, [], Float32Array.of(value as number))
  const scaled = out.node('Mul', [inputs[0]!.name, constant('scale', config.scale)], `${layer.name}_scaled`)
  return { ...inputs[0]!, name: out.node('Add', [scaled, constant('offset', config.offset ?? 0)], layer.name) }
}

function upsamplingTo(call: Call): Value {
  const { out, layer, config, inputs } = call
  const x = out.arranged(inputs[0]!, true)
  const scales = out.floats(`${layer.name}.scales`, [4], Float32Array.of(1, 1, ...pair(config.size)))
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
  AveragePooling2D: (call) => poolTo('AveragePool', call),
  BatchNormalization: normTo,
  Concatenate: concatTo,
  Conv2D: convTo,
  Dense: denseTo,
  DepthwiseConv2D: convTo,
  Dropout: same,
  ELU: (call) => slopeTo('Elu', 1, call),
  Flatten: sizesTo,
  GaussianDropout: same,
  GaussianNoise: same,
  GlobalAveragePooling2D: (call) => globalTo('GlobalAveragePool', call),
  GlobalMaxPooling2D: (call) => globalTo('GlobalMaxPool', call),
  Identity: same,
  InputLayer: same,
  LeakyReLU: (call) => slopeTo('LeakyRelu', 0.3, call),
  MaxPooling2D: (call) => poolTo('MaxPool', call),
  Maximum: (call) => joinTo('Max', call),
  Minimum: (call) => joinTo('Min', call),
  Multiply: (call) => joinTo('Mul', call),
  RandomFlip: same,
  RandomRotation: same,
  RandomTranslation: same,
  RandomZoom: same,
  RandomContrast: same,
  ReLU: reluTo,
  Rescaling: rescalingTo,
  Reshape: sizesTo,
  Softmax: (call) => activate(call, call.inputs[0]!, 'softmax'),
  SpatialDropout1D: same,
  SpatialDropout2D: same,
  Subtract: (call) => joinTo('Sub', call),
  UpSampling2D: upsamplingTo,
  ZeroPadding2D: paddingTo,
}
