/**
 * Every layer in every place: by hand, in a model, shared by two, nested, frozen, of integers, disposed. What it computes
 * is the same in all of them, or the refusal says why not.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { QuadlaneError } from '../../src/errors.ts'
import { input, model, type Tensor as QTensor, type SymbolicTensor, tensor } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import * as layers from '../../src/layers/index.ts'
import type { Layer } from '../../src/layers/layer.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { memory, type Tensor, tidy } from '../../src/tensor.ts'
import { expectClose, expectSameBits } from '../helpers/compare.ts'
import { CONTRACTS, type Contract, listOf } from '../helpers/layer-contracts.ts'

beforeAll(() => init({ simd: 'baseline', threads: 1 }))
afterAll(shutdown)

const BATCH = 3
type Factory = (config: Record<string, unknown>) => Layer
const FACTORIES = new Map(Object.entries(layers).map(([name, f]) => [name.toLowerCase(), f as unknown as Factory]))
type Made = Layer & { trainable: boolean }
const make = (contract: Contract): Made => contract.make() as Made

/** Whole numbers, so that integers say the same; indices stay below their number. */
function inputsOf({ input: shape, indices }: Contract, dtype: 'float32' | 'int32' = 'float32'): Tensor[] {
  return listOf(shape).map((each, k) => {
    const size = each.reduce((product, n) => product * n, BATCH)
    const values = Array.from({ length: size }, (_, i) => ((i * 7 + k) % 11) % (indices ?? 11))
    return tensor(values, [BATCH, ...each], dtype) as Tensor
  })
}

const asGiven = <T>(list: T[]): T | T[] => (list.length === 1 ? list[0]! : list)
const values = (result: unknown): Float32Array[] =>
  (Array.isArray(result) ? result : [result]).map((each: Tensor) => Float32Array.from(each.dataSync()))
const symbolic = (contract: Contract): SymbolicTensor[] =>
  listOf(contract.input).map((shape) => input({ shape: [...shape] }) as SymbolicTensor)

function expectSame(found: Float32Array[], expected: Float32Array[], what: string): void {
  expect(found).toHaveLength(expected.length)
  for (const [i, each] of expected.entries()) expectSameBits(found[i]!, each, what)
}

describe.each(Object.entries(CONTRACTS))('%s', (_, contract) => {
  it('computes the same by hand, in a model, shared, nested and frozen', () => {
    tidy(() => {
      const layer = make(contract)
      const xs = inputsOf(contract)
      const byHand = values(layer.apply(asGiven(xs)))
      const a = symbolic(contract)
      const first = model({ inputs: a, outputs: layer.apply(asGiven(a)) as SymbolicTensor })
      expectSame(values(first.predict(asGiven(xs))), byHand, 'in a model')
      const b = symbolic(contract)
      const second = model({ inputs: b, outputs: layer.apply(asGiven(b)) as SymbolicTensor })
      expectSame(values(second.predict(asGiven(xs))), byHand, 'in a second model')
      const c = symbolic(contract)
      const outer = model({ inputs: c, outputs: second.apply(asGiven(c)) as SymbolicTensor })
      expectSame(values(outer.predict(asGiven(xs))), byHand, 'in a nested model')
      layer.trainable = false
      expectSame(values(layer.apply(asGiven(xs))), byHand, 'frozen')
      expectSame(values(outer.predict(asGiven(xs))), byHand, 'frozen, in a model')
      layer.trainable = true
      first.dispose()
      expectSame(values(outer.predict(asGiven(xs))), byHand, 'after the first model was disposed')
      outer.dispose()
      second.dispose()
      const later = () => layer.apply(asGiven(xs))
      if (layer.weights.length > 0) expect(later).toThrow(/disposed/)
    })
  })

  it('takes integers for the numbers that they are', () => {
    tidy(() => {
      const layer = make(contract)
      const floats = values(layer.apply(asGiven(inputsOf(contract))))
      let integers: Float32Array[]
      try {
        integers = values(layer.apply(asGiven(inputsOf(contract, 'int32'))))
      } catch (error) {
        expect(error).toBeInstanceOf(QuadlaneError)
        return
      }
      integers.forEach((each, i) => {
        expectClose(each, floats[i]!, { relative: 1e-6, absolute: 1e-6 })
      })
      layer.dispose()
    })
  })

  it('takes null and undefined for options that are not given', () => {
    const layer = make(contract)
    const factory = FACTORIES.get(layer.className.toLowerCase())!
    const config = layer.getConfig() as Record<string, unknown>
    const attempt = (more: Record<string, unknown>): string => {
      try {
        const made = factory(more)
        const { name: _, ...rest } = made.getConfig() as Record<string, unknown>
        return JSON.stringify(rest)
      } catch (error) {
        expect(error).toBeInstanceOf(QuadlaneError)
        return 'refused'
      }
    }
    for (const key of Object.keys(config)) {
      // Keras's word for one mean over everything.
      if (layer.className === 'Normalization' && key === 'axis') continue
      const { [key]: __, ...without } = config
      const absent = attempt(without)
      expect(attempt({ ...without, [key]: null }), `${key}: null`).toBe(absent)
      expect(attempt({ ...without, [key]: undefined }), `${key}: undefined`).toBe(absent)
    }
  })

  it('leaves nothing behind where its input is refused', () => {
    const layer = make(contract)
    if (contract.refused === undefined) return
    const shapes = listOf(contract.refused)
    const before = memory().numTensors
    tidy(() => {
      const xs = shapes.map((shape) => {
        const size = shape.reduce((product, n) => product * n, BATCH)
        return tensor(new Float32Array(size), [BATCH, ...shape]) as QTensor
      })
      expect(() => layer.apply(asGiven(xs))).toThrow(QuadlaneError)
    })
    expect(memory().numTensors).toBe(before)
  })
})
