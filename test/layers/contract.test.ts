/**
 * What every layer keeps: the inferred shape is the actual one, the config makes the same layer again, the parameters
 * are counted right, the gradients are those of finite differences, and input of another shape is refused by name.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gradients } from '../../src/autograd.ts'
import { QuadlaneError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import type { CallContext, Layer, Shapes } from '../../src/layers/layer.ts'
import { LAYER_TYPES } from '../../src/layers/table.ts'
import { tensor, variable } from '../../src/ops/create.ts'
import { sum } from '../../src/ops/sum.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { type BatchShape, type Shape, sizeOf } from '../../src/shape.ts'
import { type Tensor, tidy, type Variable } from '../../src/tensor.ts'
import { CONTRACTS, type Contract, isList, listOf } from '../helpers/layer-contracts.ts'
import { uniform } from '../helpers/random.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

/** With the batch in front. */
function batched(shape: Shape | readonly Shape[]): Shapes {
  return isList(shape) ? shape.map((each) => [null, ...each]) : [null, ...shape]
}

function oneOrList<T>(list: readonly T[], shape: Shape | readonly Shape[]): T | readonly T[] {
  return isList(shape) ? list : list[0]!
}

const context: CallContext = {
  training: true,
  stream: () => ({ seedLo: 1, seedHi: 0, streamLo: 0, streamHi: 0 }),
}

function made(contract: Contract): Layer {
  const layer = contract.make()
  layer.connect(batched(contract.input))
  layer.weights.forEach((weight, i) => {
    weight.make({ seedLo: 5, seedHi: 0, streamLo: i, streamHi: 0 })
  })
  return layer
}

describe('the contracts', () => {
  it('cover every layer', () => {
    const covered = new Set(Object.values(CONTRACTS).map(({ make }) => make().className))
    // Those that change sizes while training have a test of their own.
    const apart = ['RandomHeight', 'RandomWidth']
    expect([...covered, ...apart].sort()).toEqual(Object.keys(LAYER_TYPES).sort())
  })
})

describe.each(Object.entries(CONTRACTS))('%s', (_, contract) => {
  const batch = 3

  it('puts out what it infers', () => {
    tidy(() => {
      const layer = made(contract)
      expect(layer.outputShape).toEqual([null, ...contract.output])
      const xs = listOf(contract.input).map((shape, i) => {
        const values = uniform(batch * sizeOf(shape), i)
        const { indices } = contract
        return tensor(indices === undefined ? values : values.map((_, k) => k % indices), [batch, ...shape])
      })
      const given = oneOrList(xs, contract.input)
      const y = layer.call(given, context) as Tensor
      expect(y.shape).toEqual([batch, ...contract.output])
      expect(layer.apply(given as Tensor).shape).toEqual([batch, ...contract.output])
      layer.dispose()
    })
  })

  it('counts its parameters', () => {
    const layer = contract.make()
    layer.connect(batched(contract.input))
    expect(layer.countParams()).toBe(contract.params)
    expect(layer.weights.reduce((sum, weight) => sum + sizeOf(weight.shape), 0)).toBe(contract.params)
  })

  it('has the gradients of finite differences, by its input and by its weights', () => {
    tidy(() => {
      const layer = made(contract)
      const xs = listOf(contract.input).map((shape, k) => {
        const size = batch * sizeOf(shape)
        // Distinct values, away from 0 and from each other: no kink of relu or pooling lies within a step.
        const start = uniform(size, 3 + k).map((value, i) =>
          contract.indices === undefined
            ? Math.sign(value || 1) * (0.1 + k * 0.07 + ((i * 37) % size) / size)
            : i % contract.indices,
        )
        return variable(tensor(start, [batch, ...shape]))
      })
      const weights = layer.weights.filter(({ isParameter }) => isParameter).map((weight) => weight.variable)
      const dy = tensor(uniform(batch * sizeOf(contract.output), 4, 0.5, 1.5), [batch, ...contract.output])
      const f = (): Tensor => sum((layer.call(oneOrList<Tensor>(xs, contract.input), context) as Tensor).mul(dy))
      const by = contract.indices === undefined ? [...xs, ...weights] : weights
      const { grads } = gradients('test', f, by)
      by.forEach((wanted, i) => {
        expectSlopes(f, wanted, grads[i]!, wanted.name)
      })
      layer.dispose()
      for (const x of xs) x.dispose()
    })
  })

  it('is made again by its config', () => {
    // Model files have their own words for the shape of the input.
    const { batchInputShape, ...config } = contract.make().getConfig()
    const Type = LAYER_TYPES[contract.make().className] as new (args: unknown) => Layer
    const inputShape = batchInputShape === undefined ? {} : { inputShape: (batchInputShape as BatchShape).slice(1) }
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
    expect(() => layer.connect(batched(refused))).toThrow(/^mine: expected .*, received /)
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
