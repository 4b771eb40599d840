import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as quadlane from '../../src/exports.ts'
import { init, Optimizer, scalar, shutdown, train, variable } from '../../src/exports.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

describe.each([
  ['SGDOptimizer', () => train.sgd(0.1)],
  ['MomentumOptimizer', () => train.momentum(0.1, 0.8, true)],
  ['AdamOptimizer', () => train.adam(0.1, 0.8, 0.9, 1e-6)],
  ['AdamaxOptimizer', () => train.adamax(0.1, 0.8, 0.9, 1e-6, 0.1)],
  ['AdadeltaOptimizer', () => train.adadelta(0.1, 0.8)],
  ['AdagradOptimizer', () => train.adagrad(0.1, 0.3)],
  ['RMSPropOptimizer', () => train.rmsprop(0.1, 0.8, 0.2)],
] as const)('%s', (name, make) => {
  it('makes the optimizer of its function, by arguments or by a config', () => {
    const Type = quadlane[name]
    const made = make()
    expect(made).toBeInstanceOf(Type)
    expect(made).toBeInstanceOf(Optimizer)
    expect(Type.fromConfig(Type, made.getConfig()).getConfig()).toEqual(made.getConfig())
    const built = new (Type as new (rate: number) => Optimizer)(0.1)
    expect(built.className).toBe(Type.className)
    const w = variable(scalar(1))
    built.minimize(() => w.square())
    expect(w.dataSync()[0]).toBeLessThan(1)
  })
})
