import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { valueAndGrads } from '../../src/autograd.ts'
import { ShapeError } from '../../src/errors.ts'
import { init } from '../../src/init.ts'
import { fusedMatMul, matMul } from '../../src/ops/matmul.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { broadcastShape } from '../../src/shape.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'
import { expectClose, expectWithinRounding } from '../helpers/compare.ts'
import * as reference from '../helpers/reference/matmul.ts'
import { expectRefusal } from '../helpers/refusals.ts'
import { expectNoLeak, floats, ours } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const TRANSPOSES = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const

/** M, N, K: either side of where packing begins, with every remainder of a panel. */
const SIZES = [
  [1, 1, 1],
  [1, 13, 9],
  [3, 8, 17],
  [4, 7, 5],
  [5, 16, 33],
  [11, 13, 7],
  [33, 31, 29],
  // Rows of aᵀ that lie 4 kB apart are packed too.
  [1024, 9, 3],
] as const

describe('matMul', () => {
  it.each([1, 3, 8, 11])('is relu6 of itself where that is fused, with a gradient: %i rows', (M) => {
    tidy(() => {
      const [a, b, bias, dy] = [
        ours(floats([M, 7])).mul(20),
        ours(floats([7, 9], { seed: 2 })),
        ours(floats([9])),
        ours(floats([M, 9], { seed: 3 })),
      ]
      for (const [transposeB, right] of [
        [false, b],
        [true, b.transpose()],
      ] as const) {
        const fused = (a: Tensor, b: Tensor, bias: Tensor): Tensor =>
          fusedMatMul('matMul', a, b, { bias, transposeB, activation: 'relu6' })
        const apart = (a: Tensor, b: Tensor, bias: Tensor): Tensor =>
          fusedMatMul('matMul', a, b, { bias, transposeB }).relu6()
        const [one, two] = [fused, apart].map((f) =>
          valueAndGrads(f as (...xs: Tensor[]) => Tensor)([a, right, bias], dy),
        )
        expect(one!.value.dataSync()).toEqual(two!.value.dataSync())
        expect(one!.value.dataSync()).toContain(6)
        one!.grads.forEach((gradient, i) =>
          expectClose(gradient.dataSync(), two!.grads[i]!.dataSync(), { absolute: 0 }),
        )
      }
    })
  })

  describe.each(TRANSPOSES)('transposeA %s, transposeB %s', (transposeA, transposeB) => {
    it.each(SIZES)('agrees with the definition: %i x %i x %i', (M, N, K) => {
      tidy(() => {
        const a = floats(transposeA ? [K, M] : [M, K])
        const b = floats(transposeB ? [N, K] : [K, N], { seed: 2 })
        const bias = floats([N], { seed: 3 })
        const y = fusedMatMul('matMul', ours(a), ours(b), {
          transposeA,
          transposeB,
          bias: ours(bias),
          activation: 'relu',
        })
        const options = { transposeA, transposeB, bias: bias.values, relu: true }
        expectWithinRounding(y.dataSync(), reference.matmul(a.values, b.values, [M, N, K], options), K + 1)
      })
    })

    it.each([
      ['two matrices', [5, 6], [6, 7]],
      ['a batch', [3, 5, 6], [3, 6, 7]],
      ['a batch times one matrix', [3, 5, 6], [6, 7]],
      ['one matrix times a batch', [5, 6], [2, 6, 7]],
      ['batches that stretch', [2, 1, 5, 6], [3, 6, 7]],
    ] as const)('agrees with TF.js, forward and backward: %s', (_, plainA, plainB) => {
      const turn = (shape: readonly number[], turned: boolean): number[] =>
        turned ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : [...shape]
      const inputs = [floats(turn(plainA, transposeA)), floats(turn(plainB, transposeB), { seed: 2 })]
      tf.tidy(() => {
        tidy(() => {
          const foreign = inputs.map(({ values, shape }) => tf.tensor(Array.from(values), [...shape]))
          // TF.js's own stretching of batches has no gradient, and is wrong where both stretch.
          const batch = broadcastShape('test', plainA.slice(0, -2), plainB.slice(0, -2))
          const whole = (x: tf.Tensor): tf.Tensor => tf.add(x, tf.zeros([...batch, ...x.shape.slice(-2)]))
          const run = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.matMul(whole(a), whole(b), transposeA, transposeB)
          const expected = run(foreign[0]!, foreign[1]!)
          const dy = floats(expected.shape, { seed: 3 })
          const f = (a: Tensor, b: Tensor): Tensor => matMul(a, b, transposeA, transposeB)
          const { value, grads } = valueAndGrads(f as (...xs: Tensor[]) => Tensor)(inputs.map(ours), ours(dy))
          expect(value.shape).toEqual(expected.shape)
          expectClose(value.dataSync(), expected.dataSync(), { absolute: 1e-5 })
          const slopes = tf.grads(run)(foreign, tf.tensor(Array.from(dy.values), [...dy.shape]))
          grads.forEach((gradient, i) => {
            expect(gradient.shape).toEqual(inputs[i]!.shape)
            expectClose(gradient.dataSync(), slopes[i]!.dataSync(), { absolute: 2e-5 }, `gradient ${i}`)
          })
        })
      })
    })
  })

  it('multiplies nothing to zeros', () => {
    tidy(() => {
      expect(matMul(ours(floats([2, 0])), ours(floats([0, 3]))).arraySync()).toEqual([
        [0, 0, 0],
        [0, 0, 0],
      ])
      expect(matMul(ours(floats([0, 4])), ours(floats([4, 3]))).shape).toEqual([0, 3])
    })
  })

  it('has gradients of its gradients', () => {
    tidy(() => {
      const [a, b] = [ours(floats([3, 4])), ours(floats([4, 2], { seed: 2 }))]
      // d/db Σ (dΣ(a·b)²/da)
      const inner = (b: Tensor): Tensor => valueAndGrads((a) => matMul(a!, b).square())([a]).grads[0]!.sum()
      const slope = valueAndGrads((b) => inner(b!))([b]).grads[0]!
      // 2·(aᵀ1 1ᵀ b + …): linear in b, so central differences are exact up to rounding.
      const base = b.dataSync()
      slope.dataSync().forEach((value, i) => {
        const at = (step: number): number => {
          const moved = base.slice()
          moved[i]! += step
          return inner(ours({ values: moved, shape: [4, 2], dtype: 'float32' })).dataSync()[0]!
        }
        expect(value).toBeCloseTo((at(0.5) - at(-0.5)) / 1, 2)
      })
    })
  })

  it('leaves nothing behind', () => {
    const [a, b] = [ours(floats([5, 6])), ours(floats([6, 7]))]
    expectNoLeak(() => matMul(a, b))
    expectNoLeak(() => {
      const { value, grads } = valueAndGrads((a, b) => matMul(a!, b!))([a, b])
      return [value, ...grads]
    })
  })

  it('refuses sizes that do not fit', () => {
    tidy(() => {
      const run = (): Tensor => matMul(ours(floats([64, 400])), ours(floats([120, 84])))
      expectRefusal(
        run,
        ShapeError,
        'matMul: expected equal inner sizes, received 400 and 120 in [64, 400] x [120, 84]',
      )
      expectRefusal(
        () => matMul(ours(floats([2, 3])), ours(floats([4, 3])), true, true),
        ShapeError,
        'matMul: expected equal inner sizes, received 2 and 3 in [2, 3]ᵀ x [4, 3]ᵀ',
      )
      expectRefusal(
        () => matMul(ours(floats([3])), ours(floats([3, 1]))),
        ShapeError,
        'matMul: expected a and b of rank 2 or more, received [3] x [3, 1]',
      )
      expectRefusal(
        () => matMul(ours(floats([2, 3, 4])), ours(floats([5, 4, 2]))),
        ShapeError,
        'matMul: expected shapes that are equal or 1 along each axis, counted from the last, received [2] and [5]',
      )
    })
  })
})
