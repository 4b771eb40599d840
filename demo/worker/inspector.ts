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
}

/** Layers that only hand on what they are given, when a network is not learning. */
const SILENT: readonly string[] = ['Dropout', 'Flatten', 'InputLayer', 'SpatialDropout2D']

interface Passed {
  readonly layer: Layer
  /** What the layer read, where that is one tensor. */
  readonly input: Tensor | undefined
  readonly output: Tensor
}

/** What every layer put out, in the order in which data flows. */
function passed(model: LayersModel, input: Tensor): Passed[] {
  if (model instanceof Sequential) {
    let x = input
    return model.layers.map((layer) => {
      const before = x
      x = layer.apply(x) as Tensor
      return { layer, input: before, output: x }
    })
  }
  const outputs = new Map<unknown, Tensor>(model.inputs.map((symbol) => [symbol, input]))
  const found: Passed[] = []
  for (const layer of model.layers) {
    const symbol = layer.output
    if (Array.isArray(symbol) || outputs.has(symbol)) continue
    const read = (symbol as SymbolicTensor).node.inputs.map((one) => outputs.get(one))
    // A layer beyond one with several outputs cannot be followed.
    if (read.length === 0 || read.some((one) => one === undefined)) continue
    const tensors = read as Tensor[]
    const output = layer.apply((tensors.length === 1 ? tensors[0]! : tensors) as Tensor) as Tensor
    outputs.set(symbol, output)
    found.push({ layer, input: tensors.length === 1 ? tensors[0] : undefined, output })
  }
  return found
}

/** Runs the layers one by one. `pixels` are those of one input, from 0 to 1. */
export function inspect(model: LayersModel, pixels: Float32Array, focus?: Focus): Inspection {
  return tidy(() => {
    const x: Tensor = tensor(pixels, [1, ...model.inputShape.slice(1).map((size) => size ?? 1)])
    const stages: Stage[] = []
    /** The stage that a tensor is of; what silent layers hand on is of the stage before them. */
    const stageOfTensor = new Map<Tensor, number>([[x, -1]])
    let weights: Weights | undefined
    for (const { layer, input, output } of passed(model, x)) {
      const reads = input === undefined ? undefined : stageOfTensor.get(input)
      if (SILENT.includes(layer.className)) {
        if (reads !== undefined) stageOfTensor.set(output, reads)
        continue
      }
      if (focus?.stage === stages.length && input !== undefined) weights = weightsOf(layer, input, focus)
      stageOfTensor.set(output, stages.length)
      stages.push({ ...stageOf(layer, input, output), ...(reads === undefined ? {} : { reads }) })
    }
    return { stages, filters: filtersOf(model), weights }
  })
}

function stageOf(layer: Layer, input: Tensor | undefined, output: Tensor): Stage {
  const { activation: named, ...config } = layer.getConfig()
  const activation = typeof named === 'string' ? named : 'linear'
  const window = windowOf(config, layer)
  return {
    name: layer.name,
    type: layer.className,
    shape: output.shape.slice(1),
    values: Float32Array.from(output.dataSync()),
    activation,
    ...(activation === 'softmax' && layer.className === 'Dense' && input !== undefined
      ? { logits: logitsOf(layer, input) }
      : {}),
    ...(window === undefined ? {} : { window }),
  }
}

function pairOf(value: unknown): readonly [number, number] | undefined {
  if (typeof value === 'number') return [value, value]
  return Array.isArray(value) && value.length === 2 ? [Number(value[0]), Number(value[1])] : undefined
}

function windowOf(config: Record<string, unknown>, layer: Layer): Window | undefined {
  const size = pairOf(config.kernelSize ?? config.kernel_size ?? config.poolSize ?? config.pool_size)
  if (size === undefined || layer.outputShape.length !== 4) return undefined
  const strides = pairOf(config.strides) ?? size
  const before = (axis: 0 | 1): number => {
    if (config.padding !== 'same') return 0
    const [input, output] = [layer.inputShape[axis + 1] ?? 0, layer.outputShape[axis + 1] ?? 0]
    return Math.floor(Math.max(0, (output - 1) * strides[axis] + size[axis] - input) / 2)
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
  const ranks: Readonly<Record<string, number>> = { Conv2D: 4, Dense: 2 }
  if (kernel === undefined || kernel.shape.length !== ranks[layer.className]) return undefined
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

function filtersOf(model: LayersModel): Filters[] {
  return model.layers
    .filter((layer) => layer.className === 'Conv2D')
    .map((layer) => {
      const { shape, variable } = layer.weights[0]!
      return { name: layer.name, shape: [...shape], values: Float32Array.from(variable.dataSync()) }
    })
}
