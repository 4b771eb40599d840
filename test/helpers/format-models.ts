/** Models that are written and read in every format: a layer of each kind alone and behind a convolution, and the zoo. */

import { input, layers, model, sequential, type Tensor, tensor, zoo } from '../../src/exports.ts'
import type { SymbolicTensor } from '../../src/layers/symbolic.ts'
import type { LayersModel } from '../../src/model/model.ts'
import { CONTRACTS, listOf } from './layer-contracts.ts'
import { uniform } from './random.ts'

export interface FormatModel {
  readonly make: (seed: number) => LayersModel
  /** The number of different indices that the first input is of. */
  readonly indices?: number | undefined
}

function alone(name: string): FormatModel {
  const { make, input: shape, indices } = CONTRACTS[name]!
  return {
    indices,
    make: (seed) => {
      const inputs = listOf(shape).map((each) => input({ shape: each, ...(indices && { dtype: 'int32' }) }))
      const outputs = make().apply(inputs.length === 1 ? inputs[0]! : inputs) as SymbolicTensor
      return model({ inputs, outputs, seed })
    },
  }
}

/** Where the channels of what goes into the layer are first, in formats that have them so. */
function behindConvolution(name: string): FormatModel {
  const { make, input: shape } = CONTRACTS[name]!
  return {
    make: (seed) => {
      const inputs = listOf(shape).map((each) => input({ shape: each }))
      const images = inputs.map((x, i) => {
        const filters = listOf(shape)[i]!.at(-1)!
        const args = { filters, activation: 'tanh', name: `before_${i}` } as const
        return (
          listOf(shape)[i]!.length === 3
            ? layers.conv2d({ ...args, kernelSize: 1 })
            : layers.conv1d({ ...args, kernelSize: 1 })
        ).apply(x) as SymbolicTensor
      })
      const outputs = make().apply(images.length === 1 ? images[0]! : images) as SymbolicTensor
      return model({ inputs, outputs, seed })
    },
  }
}

function nested(seed: number): LayersModel {
  const x = input({ shape: [8, 8, 2] })
  const features = sequential({
    layers: [
      layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [8, 8, 2] }),
      layers.batchNormalization(),
      layers.flatten(),
    ],
    name: 'features',
  })
  const rows = input({ shape: [108] })
  const head = model({ inputs: rows, outputs: layers.dense({ units: 4 }).apply(rows) as SymbolicTensor, name: 'head' })
  const y = features.apply(x) as SymbolicTensor
  const z = features.apply(layers.leakyReLU().apply(x) as SymbolicTensor) as SymbolicTensor
  const outputs = [head.apply(y), head.apply(layers.add().apply([y, z]) as SymbolicTensor)] as SymbolicTensor[]
  return model({ inputs: x, outputs, seed })
}

const images = Object.keys(CONTRACTS).filter((name) => {
  const { input: shape, indices } = CONTRACTS[name]!
  return indices === undefined && listOf(shape).every((each) => each.length === 3 || each.length === 2)
})

export const FORMAT_MODELS: Readonly<Record<string, FormatModel>> = {
  ...Object.fromEntries(Object.keys(CONTRACTS).map((name) => [name, alone(name)])),
  ...Object.fromEntries(images.map((name) => [`${name}, behind a convolution`, behindConvolution(name)])),
  'models in a model, one of them shared': { make: nested },
  'zoo.lenet': { make: (seed) => zoo.lenet({ seed }) },
  'zoo.lenet5': { make: (seed) => zoo.lenet5({ seed }) },
  'zoo.mlp': { make: (seed) => zoo.mlp({ seed }) },
  'zoo.resNet': { make: (seed) => zoo.resNet({ depth: 8, inputShape: [8, 8, 3], seed }) },
  'zoo.mobileNet': { make: (seed) => zoo.mobileNet({ alpha: 0.25, inputShape: [32, 32, 3], classes: 5, seed }) },
  'zoo.cifarNet': { make: (seed) => zoo.cifarNet({ inputShape: [16, 16, 3], seed }) },
}

export interface Given {
  readonly values: Float32Array
  readonly shape: number[]
}

/** Two samples for each input. */
export function samplesFor({ inputs }: LayersModel, { indices }: FormatModel): Given[] {
  return inputs.map(({ shape }, i) => {
    const sizes = [2, ...shape.slice(1).map((size) => size ?? 5)]
    const length = sizes.reduce((product, size) => product * size, 1)
    const values = uniform(length, 31 + i, indices === undefined ? -1 : 0, indices ?? 1)
    return { values: indices === undefined ? values : values.map(Math.floor), shape: sizes }
  })
}

export function outputsOf(made: LayersModel, given: readonly Given[]): readonly Tensor[] {
  const x = given.map(({ values, shape }) => tensor(values, shape))
  return [made.predict<Tensor | Tensor[]>(x.length === 1 ? x[0]! : x)].flat()
}

/** Running statistics and biases that do something. */
export function shaken(made: LayersModel): LayersModel {
  made.makeWeights()
  for (const [i, weight] of made.weights.entries()) {
    const size = weight.shape.reduce((product, length) => product * length, 1)
    if (/variance/.test(weight.name)) weight.set(uniform(size, i + 1, 0.5, 2))
    else if (/mean|bias|beta|alpha/.test(weight.name)) weight.set(uniform(size, i + 1, -0.3, 0.3))
  }
  return made
}
