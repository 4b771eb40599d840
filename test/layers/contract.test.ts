/**
 * What every layer keeps: the inferred shape is the actual one, the config makes the same layer again, the parameters
 * are counted right, the gradients are those of finite differences, and input of another shape is refused by name.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gradients } from '../../src/autograd.ts'
import { QuadlaneError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import * as initializers from '../../src/initializers/table.ts'
import * as layers from '../../src/layers/index.ts'
import type { CallContext, Layer } from '../../src/layers/layer.ts'
import { LAYER_TYPES } from '../../src/layers/table.ts'
import { tensor, variable } from '../../src/ops/create.ts'
import { sum } from '../../src/ops/reduce.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { type Shape, sizeOf } from '../../src/shape.ts'
import { type Tensor, tidy, type Variable } from '../../src/tensor.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

interface Contract {
  readonly make: () => Layer
  /** The shape of one sample. */
  readonly input: Shape
  readonly output: Shape
  readonly params: number
  /** A shape of one sample that the layer refuses. */
  readonly refused?: Shape
}

const IMAGE: Shape = [6, 7, 4]

const CONTRACTS: Record<string, Contract> = {
  'Activation tanh': { make: () => layers.activation({ activation: 'tanh' }), input: [5], output: [5], params: 0 },
  AveragePooling2D: {
    make: () => layers.averagePooling2d(),
    input: IMAGE,
    output: [3, 3, 4],
    params: 0,
    refused: [6, 7],
  },
  'AveragePooling2D same': {
    make: () => layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
    input: IMAGE,
    output: [3, 4, 4],
    params: 0,
  },
  Conv2D: {
    make: () => layers.conv2d({ filters: 5, kernelSize: 3 }),
    input: IMAGE,
    output: [4, 5, 5],
    params: 3 * 3 * 4 * 5 + 5,
    refused: [2, 2, 4],
  },
  'Conv2D with everything': {
    make: () =>
      layers.conv2d({
        filters: 6,
        kernelSize: [2, 3],
        strides: [2, 1],
        padding: 'same',
        dilationRate: [1, 2],
        activation: 'tanh',
        useBias: false,
        groups: 2,
        kernelInitializer: 'heNormal',
      }),
    input: IMAGE,
    output: [3, 7, 6],
    params: 2 * 3 * 2 * 6,
    refused: [6, 7, 3],
  },
  'Conv2D relu': {
    make: () =>
      layers.conv2d({
        filters: 3,
        kernelSize: 1,
        activation: 'relu',
        // Some filters on and some off, all far from the kink.
        kernelInitializer: initializers.constant({ value: 0.01 }),
        biasInitializer: initializers.randomNormal({ stddev: 1, seed: 3 }),
      }),
    input: IMAGE,
    output: [6, 7, 3],
    params: 4 * 3 + 3,
  },
  Dense: { make: () => layers.dense({ units: 3 }), input: [5], output: [3], params: 18 },
  'Dense over more axes, sigmoid': {
    make: () => layers.dense({ units: 3, activation: 'sigmoid', useBias: false }),
    input: [2, 5],
    output: [2, 3],
    params: 15,
  },
  'Dense softmax': {
    make: () => layers.dense({ units: 4, activation: 'softmax' }),
    input: [5],
    output: [4],
    params: 24,
  },
  DepthwiseConv2D: {
    make: () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, activation: 'tanh' }),
    input: IMAGE,
    output: [4, 5, 8],
    params: 3 * 3 * 4 * 2 + 8,
    refused: [6, 7],
  },
  Dropout: { make: () => layers.dropout({ rate: 0.5 }), input: [5], output: [5], params: 0 },
  ELU: { make: () => layers.elu(), input: [5], output: [5], params: 0 },
  Flatten: { make: () => layers.flatten(), input: IMAGE, output: [168], params: 0 },
  GlobalAveragePooling2D: {
    make: () => layers.globalAveragePooling2d(),
    input: IMAGE,
    output: [4],
    params: 0,
    refused: [6, 7],
  },
  GlobalMaxPooling2D: { make: () => layers.globalMaxPooling2d(), input: IMAGE, output: [4], params: 0, refused: [7] },
  InputLayer: { make: () => layers.inputLayer({ inputShape: [5] }), input: [5], output: [5], params: 0 },
  LeakyReLU: { make: () => layers.leakyReLU({ alpha: 0.2 }), input: [5], output: [5], params: 0 },
  MaxPooling2D: { make: () => layers.maxPooling2d(), input: IMAGE, output: [3, 3, 4], params: 0, refused: [1, 7, 4] },
  'MaxPooling2D overlapping': {
    make: () => layers.maxPooling2d({ poolSize: [3, 2], strides: 1 }),
    input: IMAGE,
    output: [4, 6, 4],
    params: 0,
  },
  ReLU: { make: () => layers.reLU(), input: [5], output: [5], params: 0 },
  'ReLU with a ceiling': { make: () => layers.reLU({ maxValue: 0.5 }), input: [5], output: [5], params: 0 },
  Reshape: {
    make: () => layers.reshape({ targetShape: [2, -1] }),
    input: [6],
    output: [2, 3],
    params: 0,
    refused: [5],
  },
  Softmax: { make: () => layers.softmax(), input: [5], output: [5], params: 0 },
  SpatialDropout2D: {
    make: () => layers.spatialDropout2d({ rate: 0.5 }),
    input: IMAGE,
    output: IMAGE,
    params: 0,
    refused: [5],
  },
  ZeroPadding2D: {
    make: () => layers.zeroPadding2d({ padding: [1, [0, 2]] as never }),
    input: IMAGE,
    output: [8, 9, 4],
    params: 0,
    refused: [6],
  },
}

const context: CallContext = {
  training: true,
  stream: () => ({ seedLo: 1, seedHi: 0, streamLo: 0, streamHi: 0 }),
}

function made(contract: Contract): Layer {
  const layer = contract.make()
  layer.connect([null, ...contract.input])
  layer.weights.forEach((weight, i) => {
    weight.make({ seedLo: 5, seedHi: 0, streamLo: i, streamHi: 0 })
  })
  return layer
}

describe('the contracts', () => {
  it('cover every layer', () => {
    const covered = new Set(Object.values(CONTRACTS).map(({ make }) => make().className))
    expect([...covered].sort()).toEqual(Object.keys(LAYER_TYPES).sort())
  })
})

describe.each(Object.entries(CONTRACTS))('%s', (_, contract) => {
  const batch = 3

  it('puts out what it infers', () => {
    tidy(() => {
      const layer = made(contract)
      expect(layer.outputShape).toEqual([null, ...contract.output])
      const x = tensor(uniform(batch * sizeOf(contract.input)), [batch, ...contract.input])
      const y = layer.call(x, context) as Tensor
      expect(y.shape).toEqual([batch, ...contract.output])
      expect(layer.apply(x).shape).toEqual([batch, ...contract.output])
      layer.dispose()
    })
  })

  it('counts its parameters', () => {
    const layer = contract.make()
    layer.connect([null, ...contract.input])
    expect(layer.countParams()).toBe(contract.params)
    expect(layer.weights.reduce((sum, weight) => sum + sizeOf(weight.shape), 0)).toBe(contract.params)
  })

  it('has the gradients of finite differences, by its input and by its weights', () => {
    tidy(() => {
      const layer = made(contract)
      const size = batch * sizeOf(contract.input)
      // Distinct values, away from 0 and from each other: no kink of relu or pooling lies within a step.
      const start = uniform(size, 3).map((value, i) => Math.sign(value || 1) * (0.1 + ((i * 37) % size) / size))
      const x = variable(tensor(start, [batch, ...contract.input]))
      const weights = layer.weights.map((weight) => weight.variable)
      const dy = tensor(uniform(batch * sizeOf(contract.output), 4, 0.5, 1.5), [batch, ...contract.output])
      const f = (): Tensor => sum((layer.call(x, context) as Tensor).mul(dy))
      const { grads } = gradients('test', f, [x, ...weights])
      ;[x, ...weights].forEach((wanted, i) => expectSlopes(f, wanted, grads[i]!, i === 0 ? 'input' : wanted.name))
      layer.dispose()
      x.dispose()
    })
  })

  it('is made again by its config', () => {
    // Model files have their own words for the shape and the layout of the input.
    const { batchInputShape, dataFormat, ...config } = contract.make().getConfig()
    const Type = LAYER_TYPES[contract.make().className] as new (args: unknown) => Layer
    const inputShape = batchInputShape === undefined ? {} : { inputShape: contract.input }
    const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null))
    const again = new Type({ ...given, ...inputShape })
    expect(JSON.stringify(again.getConfig())).toBe(JSON.stringify(contract.make().getConfig()))
  })

  it('refuses unknown options, and input that does not fit, by its name', () => {
    const Type = LAYER_TYPES[contract.make().className] as new (args: unknown) => Layer
    expect(() => new Type({ ...contract.make(), bogus: 1, inputShape: [5] })).toThrow(QuadlaneError)
    const { refused } = contract
    if (refused === undefined) return
    const layer = contract.make()
    layer.rename('mine')
    expect(() => layer.connect([null, ...refused])).toThrow(/^mine: expected .*, received /)
    expect(layer.weights).toEqual([])
  })
})

/** Central differences with a step that float32 can carry; the sums are taken in float64 by the reader. */
function expectSlopes(f: () => Tensor, wanted: Variable, gradient: Tensor, what: string): void {
  const values = wanted.dataSync()
  const slopes = gradient.dataSync()
  const step = 2 ** -6
  const picks = new Set([0, 1, values.length >> 1, values.length - 1].map((i) => Math.min(i, values.length - 1)))
  for (const i of picks) {
    const at = (value: number): number =>
      tidy(() => {
        wanted.view()[i] = value
        return f().dataSync()[0]!
      })
    const slope = (at(values[i]! + step) - at(values[i]! - step)) / (2 * step)
    wanted.view()[i] = values[i]!
    expect(Math.abs(slopes[i]! - slope), `${what}[${i}]: ${slopes[i]} is not ${slope}`).toBeLessThan(
      4e-3 + 4e-3 * Math.abs(slope),
    )
  }
}
