/**
 * Weights behind a flatten, for files whose images have their channels first: there a row of a dense kernel belongs to
 * (channel, row, column), here to (row, column, channel).
 */

import type { FileTensor } from '../formats/elements.ts'
import type { Layer } from '../layers/layer.ts'
import type { SymbolicTensor } from '../layers/symbolic.ts'
import type { Weight } from '../layers/weight.ts'
import type { LayersModel } from './model.ts'

/** The sizes of an image before it was flattened. */
interface ImageSizes {
  readonly height: number
  readonly width: number
  readonly channels: number
}

/** Layers whose output has a value for each of its input's, in the same order. */
export const ELEMENTWISE: readonly string[] = [
  'Activation',
  'ActivityRegularization',
  'AlphaDropout',
  'BatchNormalization',
  'Dropout',
  'ELU',
  'GaussianDropout',
  'GaussianNoise',
  'LeakyReLU',
  'ReLU',
  'Rescaling',
  'Softmax',
  'ThresholdedReLU',
]

/** The weights whose first axis runs over a flattened image. */
export function weightsBehindFlatten(model: LayersModel): Map<Weight, ImageSizes> {
  const found = new Map<Weight, ImageSizes>()
  visit(model, found)
  return found
}

function visit(model: LayersModel, found: Map<Weight, ImageSizes>): void {
  const flattened = new Map<SymbolicTensor, ImageSizes>()
  for (const { layer, node } of model.graph.steps) {
    if ('layers' in layer) visit(layer as LayersModel, found)
    const [input] = node.inputs
    const [output] = node.outputs
    if (input === undefined || output === undefined) continue
    const sizes = flattens(layer, input, output) ?? flattened.get(input)
    if (sizes === undefined) continue
    if (layer.className === 'Dense' || ELEMENTWISE.includes(layer.className)) {
      const size = sizes.height * sizes.width * sizes.channels
      for (const weight of layer.weights)
        if (weight.shape[0] === size && !isBiasOf(layer, weight)) found.set(weight, sizes)
    }
    if (layer.className !== 'Dense' && output.shape.length === 2) flattened.set(output, sizes)
  }
}

function isBiasOf(layer: Layer, weight: Weight): boolean {
  return layer.className === 'Dense' && weight.shape.length === 1
}

function flattens(layer: Layer, input: SymbolicTensor, output: SymbolicTensor): ImageSizes | undefined {
  if (!['Flatten', 'Reshape'].includes(layer.className) || input.shape.length !== 4 || output.shape.length !== 2) return
  // Values that were put in the file's order before.
  if (input.node.layer.name.endsWith('_channels_first')) return
  const [, height, width, channels] = input.shape
  return height && width && channels ? { height, width, channels } : undefined
}

/** Values along the first axis in our order. */
export function turnRows({ values, ...rest }: FileTensor, { height, width, channels }: ImageSizes): FileTensor {
  const rows = height * width * channels
  const row = values.length / rows
  const turned = new Float32Array(values.length)
  let to = 0
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++, to += row) {
        const from = ((c * height + y) * width + x) * row
        turned.set(values.subarray(from, from + row), to)
      }
    }
  }
  return { ...rest, values: turned }
}
