/**
 * A model as plain PyTorch: model.py with an `nn.Module`, model.pt with its weights, train.py. Images have their channels
 * first there, as PyTorch has them; rows of a dense kernel behind a flatten are turned for that.
 */

import { FormatError, show } from '../errors.ts'
import { type StateTensor, writePyTorch } from '../formats/pytorch-writer.ts'
import { depthwiseOrder, kernelOrder, transposed } from '../formats/transpose.ts'
import type { Layer } from '../layers/layer.ts'
import type { SymbolicTensor } from '../layers/symbolic.ts'
import type { Weight } from '../layers/weight.ts'
import type { BatchShape } from '../shape.ts'
import { VERSION } from '../version.ts'
import type { LayersModel } from './model.ts'
import { type Training, trainScript } from './pytorch-training.ts'
import { ELEMENTWISE, weightsBehindFlatten } from './turn-weights.ts'

export interface PyTorchFiles {
  /** By name: model.py, model.pt and, for one input and one output, train.py. */
  readonly files: Readonly<Record<string, Uint8Array>>
  /** Sentences on what is otherwise there. */
  readonly notes: readonly string[]
}

/** @throws FormatError naming a layer that has no counterpart here */
export function toPyTorch(model: LayersModel): PyTorchFiles {
  model.makeWeights()
  const writer = new ModuleWriter(model)
  const className = pythonClass(model.name)
  const { code, ending } = writer.whole(model, className)
  const notes = [...writer.notes]
  const training: Training = { model, className, ending, notes }
  const train = trainScript(training)
  const text = (value: string): Uint8Array => new TextEncoder().encode(value)
  return {
    files: {
      'model.py': text(code),
      'model.pt': writePyTorch(writer.state),
      ...(train === undefined ? {} : { 'train.py': text(train) }),
    },
    notes,
  }
}

/** A tensor in the generated code. */
interface Value {
  readonly code: string
  /** Whether its channels are first. */
  readonly first: boolean
  readonly rank: number
  /** Whether features are in the order of the channels, since an image was flattened before. */
  readonly turned?: boolean | undefined
}

interface Call {
  readonly layer: Layer
  readonly config: Readonly<Record<string, unknown>>
  readonly inputs: readonly Value[]
  readonly inputShapes: readonly BatchShape[]
  readonly outputShape: BatchShape
  readonly to: SymbolicTensor
  /** The name of the module, and of others of the same layer. */
  readonly name: string
  readonly out: ClassWriter
}

/** What an expression gives, and where its channels are. */
type Result = Omit<Value, 'rank'>

/** Words that an attribute of a module cannot be called. */
const TAKEN =
  /^(and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield|None|True|False|self|x|nn|torch|F|forward|predict|train|eval|type|to|half|float|double|bfloat16|cpu|cuda|apply|children|modules|parameters|buffers|state_dict|training|zero_grad|share_memory|extra_repr|T_destination|dump_patches|compile)$/

/** A layer's name as Python takes it: what `loadWeights` knows it by. */
function pythonName(name: string): string {
  const plain = name.replace(/\W/g, '_')
  return /^\d/.test(plain) || TAKEN.test(plain) ? `_${plain}` : plain
}

function pythonClass(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  const joined = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')
  return /^[A-Za-z]/.test(joined) ? joined : `Model${joined}`
}

class ModuleWriter {
  readonly state: [string, StateTensor][] = []
  readonly notes = new Set<string>()
  readonly behindFlatten: ReadonlyMap<Weight, { height: number; width: number; channels: number }>
  readonly #classes: string[] = []
  readonly #names = new Set<string>()

  constructor(model: LayersModel) {
    this.behindFlatten = weightsBehindFlatten(model)
  }

  whole(model: LayersModel, className: string): { code: string; ending: Ending | undefined } {
    const ending = endingOf(model)
    this.model(model, className, '', ending)
    const sequences = isFirst(model, 3) ? ', sequences [batch, channels, steps]' : ''
    const layout = `images are [batch, channels, height, width]${sequences}`
    const head = `"""${model.name.replace(/\W/g, ' ')}, converted by quadlane v${VERSION}: ${layout}."""`
    const imports = ['import torch', 'import torch.nn as nn', 'import torch.nn.functional as F']
    const load = [
      `def load(weights="model.pt"):`,
      `    """The model with the weights of a file."""`,
      `    model = ${className}()`,
      `    model.load_state_dict(torch.load(weights, map_location="cpu"))`,
      `    return model`,
    ]
    const code = [head, '', imports.join('\n'), '', '', [...this.#classes, load.join('\n')].join('\n\n\n'), ''].join(
      '\n',
    )
    return { code, ending }
  }

  /** Writes the class of a model, or of one within it. @returns its name */
  model(model: LayersModel, wanted: string, prefix: string, ending?: Ending): string {
    let className = wanted
    for (let i = 2; this.#names.has(className); i++) className = `${wanted}${i}`
    this.#names.add(className)
    this.#classes.push(new ClassWriter(this, model, className, prefix, ending).write())
    return className
  }
}

/** How a model ends: what its loss takes back. */
export interface Ending {
  readonly activation: 'softmax' | 'sigmoid'
  readonly layer: Layer
}

/** The activation at the end of a model with one output, which PyTorch's losses have in them. */
function endingOf({ outputs }: LayersModel): Ending | undefined {
  const [output] = outputs
  if (outputs.length !== 1 || output === undefined) return undefined
  const { layer } = output.node
  const { activation, axis = -1 } = layer.getConfig() as { activation?: unknown; axis?: number }
  if (layer.className === 'Softmax' && axis === -1) return { activation: 'softmax', layer }
  const takes = layer.className === 'Dense' || layer.className === 'Activation'
  return takes && (activation === 'softmax' || activation === 'sigmoid') && output.shape.length === 2
    ? { activation, layer }
    : undefined
}

class ClassWriter {
  readonly #writer: ModuleWriter
  readonly #model: LayersModel
  readonly #className: string
  readonly #prefix: string
  readonly #ending: Ending | undefined
  readonly #init: string[] = []
  readonly #forward: string[] = []
  readonly #made = new Map<Layer, string>()
  readonly #names = new Set<string>()
  readonly #variables = new Set<string>()

  constructor(writer: ModuleWriter, model: LayersModel, className: string, prefix: string, ending: Ending | undefined) {
    this.#writer = writer
    this.#model = model
    this.#className = className
    this.#prefix = prefix
    this.#ending = ending
  }

  get notes(): Set<string> {
    return this.#writer.notes
  }

  /** Declares a module once, with its weights by their names in PyTorch. @returns `self.name` */
  module(
    name: string,
    made: string,
    weights: readonly (readonly [string, StateTensor])[],
    more: string[] = [],
  ): string {
    if (!this.#names.has(name)) {
      this.#names.add(name)
      this.#init.push(`self.${name} = ${made}`, ...more.map((line) => `self.${name}.${line}`))
      for (const [part, tensor] of weights) this.#writer.state.push([`${this.#prefix}${name}.${part}`, tensor])
    }
    return `self.${name}`
  }

  /** A weight by its name within the layer, with its axes as PyTorch has them. */
  weight(layer: Layer, localName: string, perm?: readonly number[]): StateTensor | undefined {
    const found = layer.weights.find((weight) => weight.localName === localName)
    if (found === undefined) return undefined
    const values = found.variable.view(found.name).slice() as Float32Array
    const sizes = this.#writer.behindFlatten.get(found)
    const rows = sizes === undefined ? values : channelRows(values, sizes)
    const tensor = { shape: found.shape, dtype: 'float32', values: rows } as const
    const { shape, values: turned } = perm === undefined ? tensor : transposed(tensor, perm)
    return { shape, values: turned }
  }

  /**
   * Whether an image is flattened as it is in PyTorch: all that takes its features has weights that are turned for it.
   * @throws FormatError where some of it has and some has not
   */
  turnsRows(layer: Layer, symbol: SymbolicTensor): boolean {
    const takers = this.#takers(symbol)
    if (takers.size < 2) return takers.has('turned')
    throw unwritten(layer, 'an image that is flattened for dense layers and for others')
  }

  #takers(symbol: SymbolicTensor): Set<'turned' | 'plain'> {
    const found = new Set<'turned' | 'plain'>()
    if (this.#model.outputs.includes(symbol)) found.add('plain')
    for (const { layer, node } of this.#model.graph.steps) {
      if (!node.inputs.includes(symbol)) continue
      const isTurned = layer.weights.some((weight) => this.#writer.behindFlatten.has(weight))
      const isElementwise = ELEMENTWISE.includes(layer.className)
      if (isTurned) found.add('turned')
      if (isElementwise) for (const each of this.#takers(node.outputs[0]!)) found.add(each)
      else if (!isTurned) found.add('plain')
    }
    return found
  }

  write(): string {
    const model = this.#model
    const values = new Map<SymbolicTensor, Value>()
    const wantsFirst = (rank: number): boolean => isFirst(model, rank)
    const inputs = model.inputs.map((symbol, i) => {
      const rank = symbol.shape.length
      const code = model.inputs.length === 1 ? 'x' : `x${i + 1}`
      values.set(symbol, { code, first: wantsFirst(rank), rank })
      return code
    })
    const { steps } = model.graph
    const uses = (symbol: SymbolicTensor): number[] =>
      steps.flatMap(({ node }, i) => node.inputs.flatMap((input) => (input === symbol ? [i] : [])))
    // The input is x until something else is.
    const isOneUse = model.inputs.every((symbol) => uses(symbol).length === 1 && uses(symbol)[0] === 0)
    if (!isOneUse && model.inputs.length === 1) {
      values.set(model.inputs[0]!, { ...values.get(model.inputs[0]!)!, code: 'inputs' })
      inputs[0] = 'inputs'
    }
    steps.forEach(({ layer, node }, i) => {
      const given = node.inputs.map((symbol) => values.get(symbol)!)
      const [symbol] = node.outputs
      const list = node.outputs.map((output) => uses(output))
      const isLast = i === steps.length - 1
      const isTransient =
        node.outputs.length === 1 &&
        (isLast || (list[0]!.length === 1 && list[0]![0] === i + 1 && !model.outputs.includes(symbol!)))
      const wanted = isTransient ? 'x' : this.#variable(`${pythonName(layer.name)}`)
      if ('getLayer' in layer) {
        const results = this.#nested(layer as LayersModel, given, node.inputs)
        const names = node.outputs.map((_, j) =>
          node.outputs.length === 1 ? wanted : this.#variable(`${wanted}_${j}`),
        )
        this.#forward.push(`${names.join(', ')} = ${results.code}`)
        node.outputs.forEach((output, j) => {
          values.set(output, { code: names[j]!, first: results.first[j]!, rank: output.shape.length })
        })
        return
      }
      const result = this.#layer(layer, given, node.inputs, symbol!)
      const rank = symbol!.shape.length
      if (result.code === given[0]?.code && (isTransient || result.code !== 'x')) {
        values.set(symbol!, { ...result, rank })
        return
      }
      this.#forward.push(`${wanted} = ${result.code}`)
      values.set(symbol!, { ...result, rank, code: wanted })
    })
    const results = model.outputs.map((symbol) => {
      const value = values.get(symbol)!
      return arranged(value, wantsFirst(value.rank)).code
    })
    return this.#text(inputs, results)
  }

  /** A name that no other tensor has. */
  #variable(wanted: string): string {
    let name = wanted
    for (let i = 2; this.#variables.has(name) || /^(x\d*|inputs)$/.test(name); i++) name = `${wanted}_${i}`
    this.#variables.add(name)
    return name
  }

  #text(inputs: readonly string[], results: readonly string[]): string {
    const doc =
      this.#ending === undefined ? [] : [`"""Logits: predict() has ${this.#ending.activation} behind them."""`]
    const last = this.#forward.at(-1)
    const isSimple = results.length === 1 && last === `${results[0]} = ${last?.slice(results[0]!.length + 3)}`
    const body = isSimple
      ? [...this.#forward.slice(0, -1), `return ${last!.slice(results[0]!.length + 3)}`]
      : [...this.#forward, `return ${results.join(', ')}`]
    const predict =
      this.#ending === undefined
        ? []
        : [
            '',
            '@torch.no_grad()',
            `def predict(self, ${inputs.join(', ')}):`,
            this.#ending.activation === 'softmax'
              ? `    return F.softmax(self(${inputs.join(', ')}), dim=-1)`
              : `    return torch.sigmoid(self(${inputs.join(', ')}))`,
          ]
    const lines = [
      'def __init__(self):',
      '    super().__init__()',
      ...this.#init.map((line) => `    ${line}`),
      '',
      `def forward(self, ${inputs.join(', ')}):`,
      ...[...doc, ...body].map((line) => `    ${line}`),
      ...predict,
    ]
    return [`class ${this.#className}(nn.Module):`, ...lines.map((line) => (line === '' ? '' : `    ${line}`))].join(
      '\n',
    )
  }

  #nested(
    layer: LayersModel,
    given: readonly Value[],
    symbols: readonly SymbolicTensor[],
  ): { code: string; first: readonly boolean[] } {
    const name = pythonName(layer.name)
    const known = this.#made.get(layer)
    if (known === undefined) {
      const className = this.#writer.model(layer, pythonClass(layer.name), `${this.#prefix}${name}.`)
      this.#made.set(layer, className)
      this.module(name, `${className}()`, [])
    }
    const args = given.map((value, i) => {
      const rank = symbols[i]!.shape.length
      return arranged(value, isFirst(layer, rank)).code
    })
    const first = layer.outputs.map(({ shape }) => isFirst(layer, shape.length))
    return { code: `self.${name}(${args.join(', ')})`, first }
  }

  #layer(layer: Layer, inputs: readonly Value[], from: readonly SymbolicTensor[], to: SymbolicTensor): Result {
    const write = Object.hasOwn(LAYERS, layer.className) ? LAYERS[layer.className] : undefined
    if (write === undefined) throw unwritten(layer, layer.className)
    const config = layer === this.#ending?.layer ? withoutEnding(layer.getConfig()) : layer.getConfig()
    const inputShapes = from.map(({ shape }) => shape)
    const given = inputs
    if (layer === this.#ending?.layer && layer.className === 'Softmax') return given[0]!
    const call = {
      layer,
      config,
      inputs: given,
      inputShapes,
      outputShape: to.shape,
      to,
      name: pythonName(layer.name),
      out: this,
    }
    const result = write(call)
    if (!layer.trainable && layer.weights.length > 0 && !this.#made.has(layer)) {
      this.#made.set(layer, '')
      this.#init.push(`self.${call.name}.requires_grad_(False)`)
    }
    return ELEMENTWISE.includes(layer.className) ? { ...result, turned: given[0]!.turned } : result
  }
}

function withoutEnding(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { ...config, activation: 'linear' }
}

/** Rows of (row, column, channel) as those of (channel, row, column). */
function channelRows(
  values: Float32Array,
  { height, width, channels }: { height: number; width: number; channels: number },
): Float32Array {
  const row = values.length / (height * width * channels)
  const shape = [height, width, channels, row]
  return transposed({ shape, dtype: 'float32', values }, [2, 0, 1, 3]).values as Float32Array
}

function arranged(value: Value, first: boolean): Value {
  if (value.first === first || value.rank < 3) return value
  const last = value.rank - 1
  const perm = first
    ? [0, last, ...Array.from({ length: last - 1 }, (_, i) => i + 1)]
    : [0, ...Array.from({ length: last - 1 }, (_, i) => i + 2), 1]
  return { ...value, code: `${value.code}.permute(${perm.join(', ')})`, first }
}

/** Whether what goes in and out of a model has its channels first: images, and sequences where layers take them for such. */
function isFirst(model: LayersModel, rank: number): boolean {
  return (
    rank === 4 ||
    (rank === 3 && model.graph.steps.some(({ layer }) => /^(\w*Conv1D\w*|\w+Pooling1D)$/.test(layer.className)))
  )
}

function unwritten(layer: Layer, received: string): FormatError {
  const expected = 'a layer that can be written for PyTorch'
  return new FormatError({ who: `to PyTorch, layer ${show(layer.name)}`, expected, received })
}

// ---- Layers ----

const ACTIVATIONS: Readonly<Record<string, (x: string, dim: number) => string>> = {
  elu: (x) => `F.elu(${x})`,
  exponential: (x) => `torch.exp(${x})`,
  gelu: (x) => `F.gelu(${x})`,
  geluNew: (x) => `F.gelu(${x}, approximate="tanh")`,
  hardSigmoid: (x) => `(0.2 * ${x} + 0.5).clamp(0, 1)`,
  hardSwish: (x) => `F.hardswish(${x})`,
  leakyRelu: (x) => `F.leaky_relu(${x}, 0.2)`,
  logSoftmax: (x, dim) => `F.log_softmax(${x}, dim=${dim})`,
  mish: (x) => `F.mish(${x})`,
  relu: (x) => `F.relu(${x})`,
  relu6: (x) => `F.relu6(${x})`,
  selu: (x) => `F.selu(${x})`,
  sigmoid: (x) => `torch.sigmoid(${x})`,
  softmax: (x, dim) => `F.softmax(${x}, dim=${dim})`,
  softplus: (x) => `F.softplus(${x})`,
  softsign: (x) => `F.softsign(${x})`,
  swish: (x) => `F.silu(${x})`,
  tanh: (x) => `torch.tanh(${x})`,
}

function activated(layer: Layer, value: Result, activation: unknown): Result {
  if (activation === 'linear' || activation === undefined) return value
  const write =
    typeof activation === 'string' && Object.hasOwn(ACTIVATIONS, activation) ? ACTIVATIONS[activation] : undefined
  if (write === undefined) throw unwritten(layer, `the activation ${show(activation)}`)
  return { ...value, code: write(value.code, value.first ? 1 : -1) }
}

function pair(value: unknown): readonly [number, number] {
  return Array.isArray(value) ? (value as unknown as [number, number]) : [value as number, value as number]
}

function list(value: unknown, axes: number): readonly number[] {
  const given: readonly number[] = Array.isArray(value) ? value : [value as number]
  return given.length === axes ? given : Array.from({ length: axes }, () => given[0]!)
}

/** One number where all are the same. */
function python(values: readonly number[]): string {
  return values.every((value) => value === values[0]) ? `${values[0]}` : `(${values.join(', ')})`
}

interface Window {
  readonly sizes: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** Before and after each axis. */
  readonly pads: readonly (readonly [number, number])[]
}

function windowOf({ layer, config, inputShapes, outputShape }: Call, kernel: unknown): Window {
  const axes = inputShapes[0]!.length - 2
  const sizes = list(kernel, axes)
  const strides = list(config.strides ?? kernel, axes)
  const dilations = list(config.dilationRate ?? 1, axes)
  const isFirst = config.dataFormat === 'channelsFirst'
  const at = isFirst ? 2 : 1
  const pads = sizes.map((size, i): readonly [number, number] => {
    const span = (size - 1) * dilations[i]! + 1
    if (config.padding === 'causal') return [span - 1, 0]
    if (config.padding === 'valid') return [0, 0]
    if (typeof config.padding === 'number') return [config.padding, config.padding]
    if (Array.isArray(config.padding)) return config.padding[i + 1] as readonly [number, number]
    const length = inputShapes[0]![at + i] ?? null
    if (length === null && strides[i]! > 1) throw unwritten(layer, "padding 'same' of images of any size, with strides")
    const to = outputShape[at + i] ?? null
    const total = length === null ? span - 1 : Math.max(0, (to! - 1) * strides[i]! + span - length)
    return [total >> 1, total - (total >> 1)]
  })
  return { sizes, strides, dilations, pads }
}

function isEven(pads: Window['pads']): boolean {
  return pads.every(([before, after]) => before === after)
}

/** F.pad's order: the last axis first. */
function padded(code: string, pads: Window['pads'], value?: string): string {
  const sides = [...pads].reverse().flat()
  return sides.every((side) => side === 0)
    ? code
    : `F.pad(${code}, (${sides.join(', ')})${value === undefined ? '' : `, value=${value}`})`
}

function options(all: Readonly<Record<string, string | false>>): string {
  return Object.entries(all)
    .flatMap(([key, value]) => (value === false ? [] : [`, ${key}=${value}`]))
    .join('')
}

function windowOptions({ strides, dilations, pads }: Window): string {
  const isOne = (values: readonly number[]): boolean => values.every((value) => value === 1)
  const padding = pads.map(([before]) => before)
  return options({
    stride: !isOne(strides) && python(strides),
    padding: isEven(pads) && padding.some((side) => side > 0) && python(padding),
    dilation: !isOne(dilations) && python(dilations),
  })
}

/** What a layer on images or sequences reads. */
function channelsFirst({ config, inputs }: Call): Value {
  const value = inputs[0]!
  return config.dataFormat === 'channelsFirst' ? arranged(value, false) : arranged(value, true)
}

/** A layer of quadlane's with the other format leaves its channels where they are. */
function behind({ config }: Call, code: string): Result {
  return { code, first: config.dataFormat !== 'channelsFirst' }
}

function some(parts: readonly (readonly [string, StateTensor | undefined])[]): (readonly [string, StateTensor])[] {
  return parts.flatMap(([name, tensor]) => (tensor === undefined ? [] : [[name, tensor] as const]))
}

function conv(call: Call): Result {
  const { layer, config, out, name } = call
  const x = channelsFirst(call)
  const axes = x.rank - 2
  const window = windowOf(call, config.kernelSize)
  const kernel = out.weight(layer, 'kernel', kernelOrder(x.rank))!
  const bias = out.weight(layer, 'bias')
  const groups = (config.groups as number | undefined) ?? 1
  const [filters, inner] = kernel.shape as [number, number]
  const made = `nn.Conv${axes}d(${inner * groups}, ${filters}, ${python(window.sizes)}${windowOptions(window)}${options(
    {
      groups: groups > 1 && `${groups}`,
      bias: bias === undefined && 'False',
    },
  )})`
  const module = out.module(
    name,
    made,
    some([
      ['weight', kernel],
      ['bias', bias],
    ]),
  )
  const given = isEven(window.pads) ? x.code : padded(x.code, window.pads)
  return activated(layer, behind(call, `${module}(${given})`), config.activation)
}

/** [height, width, channels, multiplier] as [channels · multiplier, 1, height, width]; of sequences without height. */
function depthwiseKernel({ layer, out, inputShapes }: Call): readonly [kernel: StateTensor, channels: number] {
  const { shape, values } = out.weight(layer, 'depthwise_kernel', depthwiseOrder(inputShapes[0]!.length))!
  const [c, m, ...sizes] = shape as [number, number, ...number[]]
  return [{ shape: [c * m, 1, ...sizes], values }, c]
}

function depthwise(call: Call): Result {
  const { layer, config, out, name } = call
  const x = channelsFirst(call)
  const window = windowOf(call, config.kernelSize)
  const [kernel, channels] = depthwiseKernel(call)
  const bias = out.weight(layer, 'bias')
  const made = `nn.Conv${x.rank - 2}d(${channels}, ${kernel.shape[0]}, ${python(window.sizes)}${windowOptions(window)}${options(
    {
      groups: `${channels}`,
      bias: bias === undefined && 'False',
    },
  )})`
  const module = out.module(
    name,
    made,
    some([
      ['weight', kernel],
      ['bias', bias],
    ]),
  )
  const given = isEven(window.pads) ? x.code : padded(x.code, window.pads)
  return activated(layer, behind(call, `${module}(${given})`), config.activation)
}

function separable(call: Call): Result {
  const { layer, config, out, name } = call
  const x = channelsFirst(call)
  const window = windowOf(call, config.kernelSize)
  const [kernel, channels] = depthwiseKernel(call)
  const pointwise = out.weight(layer, 'pointwise_kernel', kernelOrder(x.rank))!
  const bias = out.weight(layer, 'bias')
  const inner = kernel.shape[0]!
  const sizes = `${channels}, ${inner}, ${python(window.sizes)}${windowOptions(window)}, groups=${channels}, bias=False`
  const first = out.module(`${name}_depthwise`, `nn.Conv${x.rank - 2}d(${sizes})`, [['weight', kernel]])
  const own = `nn.Conv${x.rank - 2}d(${inner}, ${pointwise.shape[0]}, 1${bias === undefined ? ', bias=False' : ''})`
  const second = out.module(
    `${name}_pointwise`,
    own,
    some([
      ['weight', pointwise],
      ['bias', bias],
    ]),
  )
  const given = isEven(window.pads) ? x.code : padded(x.code, window.pads)
  return activated(layer, behind(call, `${second}(${first}(${given}))`), config.activation)
}

function convTranspose(call: Call): Result {
  const { layer, config, out, name } = call
  const x = channelsFirst(call)
  const axes = x.rank - 2
  const [sizes, strides] = [list(config.kernelSize, axes), list(config.strides, axes)]
  const dilations = list(config.dilationRate ?? 1, axes)
  const spans = sizes.map((size, i) => (size - 1) * dilations[i]! + 1)
  const beyond = spans.map((span, i) => (config.padding === 'same' ? Math.max(0, span - strides[i]!) : 0))
  const extra = spans.map((span, i) => Math.max(0, strides[i]! - span))
  const kernel = out.weight(layer, 'kernel', kernelOrder(x.rank))!
  const bias = out.weight(layer, 'bias')
  const window: Window = { sizes, strides, dilations, pads: beyond.map((sum) => [sum >> 1, sum >> 1]) }
  const made = `nn.ConvTranspose${axes}d(${kernel.shape[0]}, ${kernel.shape[1]}, ${python(sizes)}${windowOptions(window)}${options(
    {
      output_padding: extra.some((size) => size > 0) && python(extra),
      bias: bias === undefined && 'False',
    },
  )})`
  const module = out.module(
    name,
    made,
    some([
      ['weight', kernel],
      ['bias', bias],
    ]),
  )
  // TensorFlow cuts an odd number of pixels off the end.
  const cuts = beyond.map((sum) => (sum % 2 === 1 ? ':-1' : ':'))
  const cut = cuts.every((each) => each === ':') ? '' : `[:, :, ${cuts.join(', ')}]`
  return activated(layer, behind(call, `${module}(${x.code})${cut}`), config.activation)
}

function dense(call: Call): Result {
  const { layer, config, inputs, out, name } = call
  const x = arranged(inputs[0]!, false)
  const kernel = out.weight(layer, 'kernel', [1, 0])!
  const bias = out.weight(layer, 'bias')
  const made = `nn.Linear(${kernel.shape[1]}, ${kernel.shape[0]}${bias === undefined ? ', bias=False' : ''})`
  const module = out.module(
    name,
    made,
    some([
      ['weight', kernel],
      ['bias', bias],
    ]),
  )
  return activated(layer, { code: `${module}(${x.code})`, first: false }, config.activation)
}

function embedding({ layer, inputs, out, name }: Call): Result {
  const table = out.weight(layer, 'embeddings')!
  const module = out.module(name, `nn.Embedding(${table.shape.join(', ')})`, [['weight', table]])
  return { code: `${module}(${arranged(inputs[0]!, false).code}.long())`, first: false }
}

function norm(call: Call): Result {
  const { layer, config, inputs } = call
  const given = inputs[0]!
  const axis = config.axis as number
  const isLast = axis === -1 || axis === given.rank - 1
  if (!isLast && axis !== 1) throw unwritten(layer, `normalization of axis ${axis}`)
  const size = layer.weights[0]!.shape[0]!
  const options = `${size}, eps=${config.epsilon}, momentum=${+(1 - (config.momentum as number)).toFixed(6)}`
  return affine(call, arranged(given, isLast), size, `nn.BatchNorm${given.rank === 4 ? 2 : 1}d(${options}`)
}

function groupNorm(call: Call): Result {
  const { layer, config, inputs, inputShapes } = call
  const x = arranged(inputs[0]!, true)
  if (x.turned === true) throw unwritten(layer, 'groups of features behind a flatten')
  const size = inputShapes[0]!.at(-1)!
  const groups = config.groups === -1 ? size : config.groups
  return affine(call, x, size, `nn.GroupNorm(${groups}, ${size}, eps=${config.epsilon}`)
}

/** A normalization with a scale and a centre for each channel, with one of them, which leaves the other fixed, or with none. */
function affine({ layer, out, name }: Call, x: Value, size: number, made: string): Result {
  const constant = (value: number): StateTensor => ({ shape: [size], values: new Float32Array(size).fill(value) })
  const [gamma, beta] = [out.weight(layer, 'gamma'), out.weight(layer, 'beta')]
  const isAffine = gamma !== undefined || beta !== undefined
  const weights: (readonly [string, StateTensor | undefined])[] = [
    ['weight', isAffine ? (gamma ?? constant(1)) : undefined],
    ['bias', isAffine ? (beta ?? constant(0)) : undefined],
    ['running_mean', out.weight(layer, 'moving_mean')],
    ['running_var', out.weight(layer, 'moving_variance')],
  ]
  const fixed = isAffine
    ? [
        ...(gamma === undefined ? ['weight.requires_grad_(False)'] : []),
        ...(beta === undefined ? ['bias.requires_grad_(False)'] : []),
      ]
    : []
  const module = out.module(name, `${made}${isAffine ? '' : ', affine=False'})`, some(weights), fixed)
  return { code: `${module}(${x.code})`, first: x.first }
}

function layerNorm({ layer, config, inputs, inputShapes, out, name }: Call): Result {
  const x = arranged(inputs[0]!, false)
  const axes = (config.axis as readonly number[]).map((axis) => (axis < 0 ? axis + x.rank : axis))
  const first = Math.min(...axes)
  const [gamma, beta] = [out.weight(layer, 'gamma'), out.weight(layer, 'beta')]
  const isWhole = axes.length === x.rank - first && axes.every((axis, i) => axis === first + i)
  if (!isWhole || gamma === undefined || beta === undefined) {
    throw unwritten(layer, `normalization of the axes ${show(config.axis)}, or without scale and centre`)
  }
  const shape = inputShapes[0]!.slice(first)
  const sizes = shape.length === 1 ? `${shape[0]}` : `(${shape.join(', ')})`
  const made = `nn.LayerNorm(${sizes}, eps=${config.epsilon})`
  const module = out.module(name, made, [
    ['weight', gamma],
    ['bias', beta],
  ])
  return { code: `${module}(${x.code})`, first: false }
}

function pool(call: Call): Result {
  const { layer, config, out, name } = call
  const x = channelsFirst(call)
  const window = windowOf(call, config.poolSize)
  const kind = layer.className.startsWith('Max') ? 'Max' : 'Avg'
  const axes = x.rank - 2
  const even = isEven(window.pads)
  // Pixels beyond the end count for nothing, as 'same' has it.
  const isBehind = window.pads.every(([before]) => before === 0) && !even
  if (!even && !isBehind && kind === 'Avg') {
    // The mean over what there is: zeros beside it are divided out.
    const mean = (code: string): string =>
      `F.avg_pool${axes}d(${padded(code, window.pads)}, ${python(window.sizes)}, ${python(window.strides)})`
    return { code: `${mean(x.code)} / ${mean(`torch.ones_like(${x.code})`)}`, first: x.first }
  }
  const isSame = window.strides.every((stride, i) => stride === window.sizes[i])
  const padding = window.pads.map(([before]) => before)
  const made = `nn.${kind}Pool${axes}d(${python(window.sizes)}${options({
    stride: !isSame && python(window.strides),
    padding: even && padding.some((side) => side > 0) && python(padding),
    ceil_mode: isBehind && 'True',
    count_include_pad: kind === 'Avg' && padding.some((side) => side > 0) && 'False',
  })})`
  const module = out.module(name, made, [])
  const given = even || isBehind ? x.code : padded(x.code, window.pads, 'float("-inf")')
  return { code: `${module}(${given})`, first: x.first }
}

function globalPool({ layer, inputs, outputShape }: Call): Result {
  const x = arranged(inputs[0]!, true)
  const dims = x.rank === 4 ? '(2, 3)' : '2'
  const keep = outputShape.length === x.rank ? ', keepdim=True' : ''
  const isMax = layer.className.startsWith('GlobalMax')
  return { code: `${x.code}.${isMax ? 'amax' : 'mean'}(dim=${dims}${keep})`, first: keep !== '' }
}

function flatten(call: Call): Result {
  const x = call.inputs[0]!
  const turned = x.rank === 4 && x.first && call.out.turnsRows(call.layer, call.to)
  return { code: `${(turned ? x : arranged(x, false)).code}.flatten(1)`, first: false, turned }
}

function reshape(call: Call): Result {
  if (call.outputShape.length === 2) return flatten(call)
  const sizes = call.outputShape.slice(1).map((size) => size ?? -1)
  return { code: `${arranged(call.inputs[0]!, false).code}.reshape(-1, ${sizes.join(', ')})`, first: false }
}

function dropout(kind: 'Dropout' | 'Dropout1d' | 'Dropout2d' | 'AlphaDropout'): (call: Call) => Result {
  return ({ config, inputs, out, name }) => {
    const x = kind.endsWith('d') ? arranged(inputs[0]!, true) : inputs[0]!
    const module = out.module(name, `nn.${kind}(${config.rate})`, [])
    return { ...x, code: `${module}(${x.code})` }
  }
}

function sidesOf(given: unknown, axes: number): readonly (readonly [number, number])[] {
  if (axes === 1) return [pair(given)]
  return pair(given).map((side) => pair(side))
}

function zeroPadding({ config, inputs }: Call): Result {
  const x = arranged(inputs[0]!, true)
  return { code: padded(x.code, sidesOf(config.padding, x.rank - 2)), first: true }
}

function cropping({ config, inputs }: Call): Result {
  const x = arranged(inputs[0]!, true)
  const cuts = sidesOf(config.cropping, x.rank - 2).map(([begin, end]) => `${begin || ''}:${end === 0 ? '' : -end}`)
  return { code: `${x.code}[:, :, ${cuts.join(', ')}]`, first: true }
}

function upSampling({ config, inputs }: Call): Result {
  const x = arranged(inputs[0]!, true)
  const factor = python(list(config.size, x.rank - 2))
  const mode = config.interpolation === 'bilinear' ? ', mode="bilinear", align_corners=False' : ''
  return { code: `F.interpolate(${x.code}, scale_factor=${factor}${mode})`, first: true }
}

function resizing({ layer, config, inputs, inputShapes }: Call): Result {
  if (inputShapes[0]![1] === config.height && inputShapes[0]![2] === config.width) return inputs[0]!
  if (config.cropToAspectRatio || config.padToAspectRatio || config.interpolation !== 'bilinear') {
    throw unwritten(layer, 'a Resizing that keeps proportions, or is not bilinear')
  }
  const x = arranged(inputs[0]!, true)
  const size = `(${config.height}, ${config.width})`
  return { code: `F.interpolate(${x.code}, size=${size}, mode="bilinear", align_corners=False)`, first: true }
}

function join(write: (codes: readonly string[]) => string): (call: Call) => Result {
  return ({ inputs }) => {
    const first = inputs.every((value) => value.first)
    const codes = inputs.map((value) => arranged(value, first).code)
    return { code: write(codes), first }
  }
}

function concatenate({ config, inputs }: Call): Result {
  const { rank } = inputs[0]!
  const given = config.axis as number
  const axis = given < 0 ? given + rank : given
  const first = rank > 2 && inputs.every((value) => value.first)
  const dim = !first ? axis : axis === rank - 1 ? 1 : axis + 1
  return { code: `torch.cat([${inputs.map((value) => arranged(value, first).code).join(', ')}], dim=${dim})`, first }
}

function prelu(call: Call): Result {
  const { layer, inputs, out, name } = call
  const x = arranged(inputs[0]!, true)
  const { shape, values } = out.weight(layer, 'alpha')!
  if (shape.slice(0, -1).some((size) => size !== 1)) throw unwritten(layer, 'PReLU with a slope for each pixel')
  const alpha = { shape: [values.length], values }
  const module = out.module(name, `nn.PReLU(${values.length})`, [['weight', alpha]])
  return { code: `${module}(${x.code})`, first: x.first }
}

function relu({ layer, config, inputs }: Call): Result {
  const x = inputs[0]!
  const {
    maxValue = null,
    negativeSlope = 0,
    threshold = 0,
  } = config as {
    maxValue?: number | null
    negativeSlope?: number
    threshold?: number
  }
  if (threshold !== 0 || (negativeSlope !== 0 && maxValue !== null)) throw unwritten(layer, 'a ReLU with a threshold')
  if (maxValue !== null)
    return { ...x, code: maxValue === 6 ? `F.relu6(${x.code})` : `${x.code}.clamp(0, ${maxValue})` }
  return { ...x, code: negativeSlope === 0 ? `F.relu(${x.code})` : `F.leaky_relu(${x.code}, ${negativeSlope})` }
}

function rescaling({ config, inputs }: Call): Result {
  const isList = [config.scale, config.offset].some(Array.isArray)
  const x = isList ? arranged(inputs[0]!, false) : inputs[0]!
  const number = (value: unknown): string => (Array.isArray(value) ? `torch.tensor([${value.join(', ')}])` : `${value}`)
  return { ...x, code: `(${x.code} * ${number(config.scale)} + ${number(config.offset ?? 0)})` }
}

function softmax({ config, inputs }: Call): Result {
  const x = arranged(inputs[0]!, false)
  return { code: `F.softmax(${x.code}, dim=${config.axis as number})`, first: false }
}

function noise(write: (x: string, config: Call['config']) => string): (call: Call) => Result {
  return ({ inputs, config }) => {
    const x = inputs[0]!
    return { ...x, code: `(${write(x.code, config)} if self.training else ${x.code})` }
  }
}

function same({ inputs }: Call): Result {
  return inputs[0]!
}

function augmentation({ layer, inputs, out }: Call): Result {
  out.notes.add(`layer ${show(layer.name)}: ${layer.className} is left out; add it to the data in train.py`)
  return inputs[0]!
}

/** A layer is a function and a line here. */
const LAYERS: Readonly<Record<string, (call: Call) => Result>> = {
  Activation: ({ layer, config, inputs }) => activated(layer, inputs[0]!, config.activation),
  Add: join((codes) => codes.join(' + ')),
  AlphaDropout: dropout('AlphaDropout'),
  Average: join((codes) => `(${codes.join(' + ')}) / ${codes.length}`),
  AveragePooling1D: pool,
  AveragePooling2D: pool,
  BatchNormalization: norm,
  Concatenate: concatenate,
  Conv1D: conv,
  Conv1DTranspose: convTranspose,
  Conv2D: conv,
  Conv2DTranspose: convTranspose,
  Cropping1D: cropping,
  Cropping2D: cropping,
  Dense: dense,
  DepthwiseConv1D: depthwise,
  DepthwiseConv2D: depthwise,
  Dropout: dropout('Dropout'),
  ELU: ({ config, inputs }) => ({ ...inputs[0]!, code: `F.elu(${inputs[0]!.code}, ${config.alpha ?? 1})` }),
  Embedding: embedding,
  Flatten: flatten,
  GaussianDropout: noise((x, { rate }) => {
    const p = rate as number
    return `${x} * (1 + torch.randn_like(${x}) * ${Math.sqrt(p / (1 - p))})`
  }),
  GaussianNoise: noise((x, { stddev }) => `${x} + torch.randn_like(${x}) * ${stddev}`),
  GlobalAveragePooling1D: globalPool,
  GlobalAveragePooling2D: globalPool,
  GlobalMaxPooling1D: globalPool,
  GlobalMaxPooling2D: globalPool,
  GroupNormalization: groupNorm,
  Identity: same,
  InputLayer: same,
  LayerNormalization: layerNorm,
  LeakyReLU: ({ config, inputs }) => ({
    ...inputs[0]!,
    code: `F.leaky_relu(${inputs[0]!.code}, ${config.alpha ?? 0.3})`,
  }),
  MaxPooling1D: pool,
  MaxPooling2D: pool,
  Maximum: join((codes) => codes.reduce((a, b) => `torch.maximum(${a}, ${b})`)),
  Minimum: join((codes) => codes.reduce((a, b) => `torch.minimum(${a}, ${b})`)),
  Multiply: join((codes) => codes.join(' * ')),
  PReLU: prelu,
  Permute: ({ config, inputs }) => ({
    code: `${arranged(inputs[0]!, false).code}.permute(0, ${(config.dims as readonly number[]).join(', ')})`,
    first: false,
  }),
  RandomBrightness: augmentation,
  RandomContrast: augmentation,
  RandomFlip: augmentation,
  RandomHeight: augmentation,
  RandomRotation: augmentation,
  RandomTranslation: augmentation,
  RandomWidth: augmentation,
  RandomZoom: augmentation,
  ReLU: relu,
  RepeatVector: ({ config, inputs }) => ({
    code: `${inputs[0]!.code}[:, None].repeat(1, ${config.n}, 1)`,
    first: false,
  }),
  Rescaling: rescaling,
  Reshape: reshape,
  Resizing: resizing,
  SeparableConv1D: separable,
  SeparableConv2D: separable,
  Softmax: softmax,
  SpatialDropout1D: dropout('Dropout1d'),
  SpatialDropout2D: dropout('Dropout2d'),
  Subtract: join(([a, b]) => `${a} - ${b}`),
  ThresholdedReLU: ({ config, inputs }) => ({
    ...inputs[0]!,
    code: `F.threshold(${inputs[0]!.code}, ${config.theta}, 0)`,
  }),
  UpSampling1D: upSampling,
  UpSampling2D: upSampling,
  ZeroPadding1D: zeroPadding,
  ZeroPadding2D: zeroPadding,
}
