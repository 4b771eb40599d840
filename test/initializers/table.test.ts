/** Initializers by name, by what files have of them, and called by hand. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { constraints, initializers, layers, memory, ones, setSeed } from '../../src/exports.ts'
import { init } from '../../src/init.ts'
import { type Initializer, toInitializer } from '../../src/initializers/table.ts'
import { shutdown } from '../../src/runtime/runtime.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const taken = (given: unknown): Initializer => toInitializer('dense', 'kernelInitializer', given as never)

describe('an initializer', () => {
  it.each([
    ['glorotUniform', 'GlorotUniform'],
    ['glorot_uniform', 'GlorotUniform'],
    ['Zeros', 'Zeros'],
    ['uniform', 'RandomUniform'],
    [{ className: 'Constant', config: { value: 3 } }, 'Constant'],
    [{ class_name: 'Orthogonal', config: { gain: 2, seed: null } }, 'Orthogonal'],
    [{ className: 'IdentityInitializer' }, 'Identity'],
  ])('is found: %j', (given, className) => {
    expect(taken(given).className).toBe(className)
  })

  it('has the options of its config', () => {
    const kernelInitializer = { className: 'Constant', config: { value: 3 } }
    const layer = layers.dense({ units: 1, inputShape: [2], kernelInitializer })
    layer.apply(ones([1, 2]))
    expect(layer.getWeights()[0]!.arraySync()).toEqual([[3], [3]])
  })

  it('that there is not is refused, with those there are', () => {
    expect(() => taken({ className: 'Sparse', config: {} })).toThrow(
      /^dense, kernelInitializer: expected an initializer among zeros, ones, .*, received 'Sparse'$/,
    )
    expect(() => taken({})).toThrow(/expected kernelInitializer to be one of zeros, ones/)
  })

  it('called by hand leaves its result alone behind', () => {
    const before = memory().numTensors
    initializers.orthogonal().apply([3, 3])
    constraints.minMaxNorm().apply(ones([2, 2]))
    expect(memory().numTensors - before).toBe(3)
  })

  it('called by hand draws from the numbers that setSeed begins', () => {
    const draw = (): unknown => initializers.glorotUniform().apply([2, 3]).arraySync()
    setSeed(4)
    const first = draw()
    expect(draw()).not.toEqual(first)
    setSeed(4)
    expect(draw()).toEqual(first)
    const seeded = initializers.randomNormal({ seed: 7 })
    expect(seeded.apply([4]).arraySync()).toEqual(seeded.apply([4], 'float32' as never).arraySync())
  })
})
