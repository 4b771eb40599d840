/** Looks into a network: what each layer makes of a picture, and the weights that it does it with. */

import {
  conv2d,
  type Layer,
  type LayersModel,
  matMul,
  Sequential,
  type SymbolicTensor,
  type Tensor,
  tensor,
  tidy,
} from 'quadlane'

/** What a layer puts out for one picture. */
export interface Stage {
  readonly name: string
  /** The layer's type: 'Conv2D'. */
  readonly type: string
  /** [height, width, maps], or [units]. */
  readonly shape: readonly number[]
  readonly values: Float32Array
  /** The stage that it reads, −1 for the picture; undefined where it reads several. */
  readonly reads?: number
  /** The activation that it ends in, where the layer has one of its own. */
  readonly activation: string
  /** What goes into that activation, where it is a softmax. */
  readonly logits?: Float32Array
  /** How a window moves over the input, where one does. */
  readonly window?: Window
  /** Whether its weights can be had one map or unit at a time, and what comes of them is a plain sum of products. */
  readonly hasWeights: boolean
}

export interface Window {
  readonly size: readonly [height: number, width: number]
  readonly strides: readonly [down: number, across: number]
  /** Rows above and columns to the left that are padding. */
  readonly padding: readonly [top: number, left: number]
}

/** The kernels of a convolution. */
export interface Filters {
  readonly name: string
  /** [height, width, inputs, filters]. */
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** The map or the unit that is looked at closely. */
export interface Focus {
  /** Which of the stages. */
  readonly stage: number
  readonly map: number
  /** Numbers to put in place of the kernel. */
  readonly kernel?: Float32Array
}

/** The weights of one map or unit, of the same moment as the stages. */
export interface Weights {
  readonly stage: number
  readonly map: number
  /** [height, width, inputs] of a convolution, or [inputs]. */
  readonly shape: readonly number[]
  readonly values: Float32Array
  readonly bias: number
  /** The map by the kernel that was put in its place. */
  readonly edited?: Float32Array
}

export interface Inspection {
  readonly stages: Stage[]
  readonly filters: Filters[]
  readonly weights: Weights | undefined
  /** Stages that are there, but too many to be shown. */
  readonly leftOut: number
}

/** Layers that only hand on what they are given, when a network is not learning. */
const SILENT: readonly string[] = [
  ...['ActivityRegularization', 'AlphaDropout', 'Dropout', 'Flatten', 'GaussianDropout', 'GaussianNoise', 'InputLayer'],
  ...['SpatialDropout1D', 'SpatialDropout2D'],
]

/** Layers that change what the one before puts out number by number: in a deep network they are told of with it. */
const FOLDED: Readonly<Record<string, string>> = {
  Activation: 'its activation',
  BatchNormalization: 'batch norm',
  ELU: 'elu',
  LeakyReLU: 'leaky relu',
  PReLU: 'prelu',
  ReLU: 'relu',
}

/** From so many layers on, what can be folded is. */
const DEEP = 20

type GraphNode = SymbolicTensor['node']

interface Passed {
  readonly layer: Layer
  /** What the layer read, where that is one tensor. */
  readonly input: Tensor | undefined
  readonly output: Tensor
}

/** What every layer put out, in the order in which data flows; the layers of a model within the model, too. */
function passed(model: LayersModel, input: Tensor): Passed[] {
  if (model instanceof Sequential) {
    let x = input
    return model.layers.flatMap((layer) => {
      const steps = through(layer, [x])
      x = steps.at(-1)?.output ?? x
      return steps
    })
  }
  const [first] = model.inputs
  const outputs = new Map<GraphNode, Tensor>(first === undefined ? [] : [[first.node, input]])
  const found: Passed[] = []
  for (const node of nodesOf(model)) {
    if (outputs.has(node)) continue
    const read = node.inputs.map((one) => outputs.get(one.node))
    // What comes after a layer with several outputs cannot be followed.
    if (read.length === 0 || read.some((one) => one === undefined)) continue
    const steps = through(node.layer, read as Tensor[])
    const last = steps.at(-1)
    if (last === undefined) continue
    outputs.set(node, last.output)
    found.push(...steps)
  }
  return found
}

/** The uses of layers that a model is made of, each after those that it reads. */
export function nodesOf(model: LayersModel): GraphNode[] {
  const found = new Set<GraphNode>()
  const visit = (node: GraphNode): void => {
    if (found.has(node)) return
    for (const { node: before } of node.inputs) visit(before)
    found.add(node)
  }
  for (const { node } of model.outputs) visit(node)
  return [...found]
}

function isModel(layer: Layer): layer is LayersModel {
  return Array.isArray((layer as Partial<LayersModel>).layers)
}

function through(layer: Layer, read: Tensor[]): Passed[] {
  const [input] = read.length === 1 ? read : []
  if (input !== undefined && isModel(layer)) return passed(layer, input)
  const output = layer.apply(read.length === 1 ? read[0]! : read)
  return Array.isArray(output) ? [] : [{ layer, input, output: output as Tensor }]
}

export interface InspectOptions {
  /** The shape of one input. Default the model's. */
  readonly shape?: readonly number[]
  /** So many stages at most: those behind are left out, but for the last. Default all. */
  readonly most?: number
}

/** Runs the layers one by one. `pixels` are the numbers of one input. */
export function inspect(
  model: LayersModel,
  pixels: Float32Array,
  focus?: Focus,
  { shape, most = Number.POSITIVE_INFINITY }: InspectOptions = {},
): Inspection {
  return tidy(() => {
    const x: Tensor = tensor(pixels, [1, ...(shape ?? model.inputShape.slice(1).map((size) => size ?? 1))])
    const stages: Stage[] = []
    /** The stage that a tensor is of; what silent layers hand on is of the stage before them. */
    const stageOfTensor = new Map<Tensor, number>([[x, -1]])
    let weights: Weights | undefined
    const steps = passed(model, x)
    const readers = new Map<Tensor, number>()
    for (const { input } of steps) if (input !== undefined) readers.set(input, (readers.get(input) ?? 0) + 1)
    const isDeep = steps.filter(({ layer }) => !SILENT.includes(layer.className)).length > DEEP
    for (const [i, { layer, input, output }] of steps.entries()) {
      const reads = input === undefined ? undefined : stageOfTensor.get(input)
      if (isHandedOn(layer, output, reads)) {
        if (reads !== undefined) stageOfTensor.set(output, reads)
        continue
      }
      const name = FOLDED[layer.className]
      const isLast = i === steps.length - 1
      if (isDeep && !isLast && name !== undefined && reads !== undefined && reads >= 0 && readers.get(input!) === 1) {
        stageOfTensor.set(output, reads)
        stages[reads] = folded(stages[reads]!, output, layer.className === 'Activation' ? activationOf(layer) : name)
        continue
      }
      if (focus?.stage === stages.length && input !== undefined) weights = weightsOf(layer, input, focus)
      stageOfTensor.set(output, stages.length)
      stages.push({ ...stageOf(layer, input, output), ...(reads === undefined ? {} : { reads }) })
    }
    const kept = stages.length > most ? [...stages.slice(0, most - 1), withoutSource(stages.at(-1)!)] : stages
    return { stages: kept, filters: filtersOf(steps), weights, leftOut: stages.length - kept.length }
  })
}

function isHandedOn({ className }: Layer, output: Tensor, reads: number | undefined): boolean {
  if (SILENT.includes(className)) return true
  // Other sizes for the same numbers: what reads a row of them does not mind.
  return className === 'Reshape' && (reads === -1 || output.shape.length === 2)
}

/** A stage with what a layer behind it made of its numbers. */
function folded(stage: Stage, output: Tensor, name: string): Stage {
  const activation = stage.activation === 'linear' ? name : `${stage.activation}, ${name}`
  return { ...stage, values: Float32Array.from(output.dataSync()), activation }
}

/** What it reads is not shown, and so neither is how it is made. */
function withoutSource({ reads: _, ...stage }: Stage): Stage {
  return { ...stage, hasWeights: false }
}

function stageOf(layer: Layer, input: Tensor | undefined, output: Tensor): Stage {
  const activation = activationOf(layer)
  const window = windowOf(layer.getConfig(), input, output)
  return {
    name: layer.name,
    type: layer.className,
    shape: stageShape(output.shape.slice(1)),
    values: Float32Array.from(output.dataSync()),
    activation,
    hasWeights: input !== undefined && hasPlainWeights(layer, input),
    ...(activation === 'softmax' && layer.className === 'Dense' && input !== undefined && output.size <= MOST_LOGITS
      ? { logits: logitsOf(layer, input) }
      : {}),
    ...(window === undefined ? {} : { window }),
  }
}

function pairOf(value: unknown): readonly [number, number] | undefined {
  if (typeof value === 'number') return [value, value]
  return Array.isArray(value) && value.length === 2 ? [Number(value[0]), Number(value[1])] : undefined
}

/** More answers than these make no table. */
const MOST_LOGITS = 20

function hasPlainWeights(layer: Layer, input: Tensor): boolean {
  const shape = layer.weights[0]?.shape
  if (shape === undefined) return false
  if (layer.className === 'Dense') return input.shape.length === 2
  if (layer.className !== 'Conv2D') return false
  const { dilationRate, dilation_rate } = layer.getConfig()
  const isDense = (pairOf(dilationRate ?? dilation_rate) ?? [1, 1]).every((step) => step === 1)
  // In groups each map reads some of the maps alone.
  return isDense && shape[2] === input.shape[3]
}

function activationOf(layer: Layer): string {
  const { activation } = layer.getConfig()
  return typeof activation === 'string' ? activation : 'linear'
}

/** [height, width, maps], or [units]; rows of numbers become maps of one column. */
function stageShape(shape: readonly number[]): readonly number[] {
  if (shape.length <= 1 || shape.length === 3) return shape.length === 0 ? [1] : shape
  return [shape.slice(0, -1).reduce((product, size) => product * size, 1), 1, shape.at(-1)!]
}

function windowOf(config: Record<string, unknown>, input: Tensor | undefined, output: Tensor): Window | undefined {
  const size = pairOf(config.kernelSize ?? config.kernel_size ?? config.poolSize ?? config.pool_size)
  if (size === undefined || input === undefined || output.shape.length !== 4) return undefined
  const strides = pairOf(config.strides) ?? size
  const before = (axis: 0 | 1): number => {
    if (config.padding !== 'same') return 0
    const [length, made] = [input.shape[axis + 1]!, output.shape[axis + 1]!]
    return Math.floor(Math.max(0, (made - 1) * strides[axis] + size[axis] - length) / 2)
  }
  return { size, strides, padding: [before(0), before(1)] }
}

function logitsOf(layer: Layer, input: Tensor): Float32Array {
  const [kernel, bias] = layer.weights
  if (kernel === undefined) return new Float32Array(0)
  const product = matMul(input, kernel.variable)
  return Float32Array.from((bias === undefined ? product : product.add(bias.variable)).dataSync())
}

/** The kernel of one map, or the weights of one unit. */
function weightsOf(layer: Layer, input: Tensor, { stage, map, kernel: edited }: Focus): Weights | undefined {
  const [kernel, bias] = layer.weights
  if (kernel === undefined || !hasPlainWeights(layer, input)) return undefined
  const maps = kernel.shape.at(-1)!
  if (map >= maps) return undefined
  const shape = kernel.shape.slice(0, -1)
  const one = kernel.variable.slice([...shape.map(() => 0), map], [...shape, 1])
  const biasValue = bias === undefined ? 0 : bias.variable.slice([map], [1]).dataSync()[0]!
  const values = Float32Array.from(one.dataSync())
  const known = { stage, map, shape, values, bias: biasValue }
  if (edited === undefined || edited.length !== values.length || shape.length !== 3) return known
  return { ...known, edited: convolved(layer, input, edited, [...shape, 1], biasValue) }
}

function convolved(layer: Layer, input: Tensor, kernel: Float32Array, shape: number[], bias: number): Float32Array {
  const { strides, padding, activation } = layer.getConfig()
  const kept = padding === 'same' ? 'same' : 'valid'
  const map = conv2d(input, tensor(kernel, shape), (pairOf(strides) ?? [1, 1]) as [number, number], kept).add(bias)
  const known: Readonly<Record<string, () => Tensor>> = {
    relu: () => map.relu(),
    tanh: () => map.tanh(),
    sigmoid: () => map.sigmoid(),
  }
  return Float32Array.from((known[String(activation)]?.() ?? map).dataSync())
}

/** More weights than these are not legible as kernels. */
const MOST_WEIGHTS = 2 ** 18

function filtersOf(steps: readonly Passed[]): Filters[] {
  return steps
    .filter(({ layer }) => layer.className === 'Conv2D' && (layer.weights[0]?.variable.size ?? 0) <= MOST_WEIGHTS)
    .map(({ layer }) => {
      const { shape, variable } = layer.weights[0]!
      return { name: layer.name, shape: [...shape], values: Float32Array.from(variable.dataSync()) }
    })
}
