/** Activations by their names: TF.js's values, and slopes that are those of central differences in float64. */

import * as tfLayers from '@tensorflow/tfjs-layers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACTIVATION_NAMES, activate, toActivation } from '../../src/activations/table.ts'
import { grad } from '../../src/autograd.ts'
import { init } from '../../src/init.ts'
import { tensor } from '../../src/ops/create.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { tidy } from '../../src/tensor.ts'
import { expectClose } from '../helpers/compare.ts'
import '../helpers/tfjs.ts'
import * as tf from '@tensorflow/tfjs-core'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const POINTS = [-6.5, -4, -2.75, -1.2, -0.6, -0.01, 0.3, 0.9, 1.7, 2.9, 4.4, 6.2]

/** TF.js's names for the same; it has no others. */
const THEIRS: Readonly<Record<string, string>> = { geluNew: 'gelu_new' }
const MISSING = ['leakyRelu', 'exponential', 'hardSwish']

describe.each(ACTIVATION_NAMES)('%s', (name) => {
  it.skipIf(MISSING.includes(name))("has TF.js's values", () => {
    tidy(() => {
      const layer = tfLayers.layers.activation({ activation: (THEIRS[name] ?? name) as never })
      const theirs = layer.apply(tf.tensor2d(POINTS, [1, POINTS.length])) as tf.Tensor
      const y = activate(name, tensor(POINTS, [1, POINTS.length]))
      expectClose(y.dataSync(), theirs.dataSync(), { relative: 1e-5, absolute: 1e-6 })
    })
  })

  it('has the slopes of its values', () => {
    tidy(() => {
      const dy = POINTS.map((_, i) => 1 + (i % 3))
      const slopes = grad((x) => activate(name, x))(tensor(POINTS, [1, POINTS.length]), [dy]).dataSync()
      const step = 2 ** -7
      // A vector of one element would make softmax constant: each point moves alone among the others.
      const at = (i: number, by: number): number => {
        const moved = POINTS.map((point, k) => (k === i ? point + by : point))
        const y = activate(name, tensor(moved, [1, POINTS.length])).dataSync()
        return y.reduce((sum, value, k) => sum + value * dy[k]!, 0)
      }
      POINTS.forEach((_, i) => {
        const slope = (at(i, step) - at(i, -step)) / (2 * step)
        expect(Math.abs(slopes[i]! - slope), `at ${POINTS[i]}: ${slopes[i]} is not ${slope}`).toBeLessThan(
          2e-3 * (1 + Math.abs(slope)),
        )
      })
    })
  })
})

describe('gelu', () => {
  it('is x · Φ(x), and geluNew near it', () => {
    tidy(() => {
      // Φ from tables, to seven digits.
      const share: Readonly<Record<number, number>> = {
        [-2]: 0.0227501,
        [-1]: 0.1586553,
        0: 0.5,
        0.5: 0.6914625,
        3: 0.9986501,
      }
      const points = Object.keys(share).map(Number)
      const y = activate('gelu', tensor(points)).dataSync()
      expectClose(
        y,
        points.map((x) => x * share[x]!),
        { absolute: 5e-7 },
      )
      expectClose(activate('geluNew', tensor(points)).dataSync(), y, { absolute: 1e-3 })
    })
  })

  it('has a second derivative', () => {
    tidy(() => {
      const points = [-1.5, 0.2, 1]
      const second = grad((x) => grad((v) => activate('gelu', v))(x))(tensor(points)).dataSync()
      const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
      expectClose(
        second,
        points.map((x) => density(x) * (2 - x * x)),
        { relative: 1e-4, absolute: 1e-5 },
      )
    })
  })
})

describe('names', () => {
  it("may be Keras's", () => {
    expect(toActivation('test', 'hard_sigmoid')).toBe('hardSigmoid')
    expect(toActivation('test', 'silu')).toBe('swish')
    expect(toActivation('test', 'gelu_new')).toBe('geluNew')
    expect(() => toActivation('test', 'gleu')).toThrow("received 'gleu' — did you mean 'gelu'?")
  })
})
