import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grad, grads } from '../../src/autograd.ts'
import { init } from '../../src/init.ts'
import { mul } from '../../src/ops/arithmetic.ts'
import { scalar, tensor } from '../../src/ops/create.ts'
import { oneHot } from '../../src/ops/gather.ts'
import { logSoftmax, logSumExp, softmax, softmaxCrossEntropy } from '../../src/ops/softmax.ts'
import { sum } from '../../src/ops/sum.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'
import { expectClose, expectSameBits } from '../helpers/compare.ts'
import { expectLikeTfjs, expectNoLeak, floats, type Ops } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const INFINITY = Number.POSITIVE_INFINITY

describe.each(['softmax', 'logSoftmax'] as const)('%s', (name) => {
  it.each([[[7]], [[3, 10]], [[2, 3, 5]], [[4, 1]]])('agrees with TF.js on %j', (shape) => {
    expectLikeTfjs((ops, x) => ops[name](x), [floats(shape, { low: -4, high: 4 })], { relative: 1e-5 })
  })

  it.each([0, 1, -2, -3])('goes along axis %i, which TF.js refuses, as along a transposed last one', (axis) => {
    const along = axis < 0 ? axis + 3 : axis
    const swap = [0, 1, 2].map((i) => (i === along ? 2 : i === 2 ? along : i))
    const oracle = (ops: Ops, x: Tensor): Tensor => ops.transpose(ops[name](ops.transpose(x, swap)), swap)
    expectLikeTfjs((ops, x) => ops[name](x, axis), [floats([3, 4, 5])], { oracle, relative: 1e-5 })
  })

  it('does not overflow', () => {
    tidy(() => {
      const y = (name === 'softmax' ? softmax : logSoftmax)([[1000, 1000, -1000]]).dataSync()
      expectClose(y, name === 'softmax' ? [0.5, 0.5, 0] : [-Math.LN2, -Math.LN2, -2000 - Math.LN2])
    })
  })

  it('keeps NaN to its row, and takes −Infinity', () => {
    tidy(() => {
      const f = name === 'softmax' ? softmax : logSoftmax
      const y = f([
        [1, Number.NaN],
        [-INFINITY, 3],
      ])
      const [zero, one] = name === 'softmax' ? [0, 1] : [-INFINITY, 0]
      expectSameBits(y.dataSync(), [Number.NaN, Number.NaN, zero, one])
    })
  })

  it('refuses a scalar, and an axis that is not there', () => {
    const f = name === 'softmax' ? softmax : logSoftmax
    expect(() => f(3)).toThrow(`${name}: expected logits of rank 1 or more, received []`)
    expect(() => f([1, 2], 1)).toThrow(`${name}: expected axis to be an integer from -1 to 0, received 1`)
  })

  it('leaves nothing behind', () => {
    const f = name === 'softmax' ? softmax : logSoftmax
    expectNoLeak(() => [
      f([1, 2]),
      f(
        [
          [1, 2],
          [3, 4],
        ],
        0,
      ),
      f(Int32Array.of(1, 2)),
    ])
  })

  it('has no second derivative, and says so', () => {
    const f = name === 'softmax' ? softmax : logSoftmax
    const x = tensor([1, 2])
    const second = grad((x: Tensor) => grad((x) => mul(f(x), x))(x))
    expect(() => second(x)).toThrow(`${name}Grad: expected an op with a gradient, received ${name}Grad, which has none`)
    x.dispose()
  })
})

describe('softmaxCrossEntropy', () => {
  it('agrees with TF.js: − Σ labels · logSoftmax(logits)', () => {
    const labels = [
      [0, 0, 1, 0],
      [1, 0, 0, 0],
      [0.1, 0.2, 0.3, 0.4],
      // Rows need not add up to 1.
      [1, 1, 0, 0.5],
    ]
    const oracle = (ops: Ops, x: Tensor): Tensor => ops.neg(ops.sum(ops.mul(labels, ops.logSoftmax(x)), -1))
    const logits = floats([4, 4], { low: -3, high: 3 })
    expectLikeTfjs((ops, x) => ops.softmaxCrossEntropy(labels, x), [logits], { oracle, relative: 1e-5 })
  })

  it('stays finite where the probability of the label is too small for a float', () => {
    tidy(() => {
      const x = tensor([[0, 500]])
      const loss = (x: Tensor): Tensor => softmaxCrossEntropy([[1, 0]], x)
      expectClose(loss(x).dataSync(), [500])
      expectClose(grad(loss)(x).dataSync(), [-1, 1])
    })
  })

  it('takes rows of any rank', () => {
    tidy(() => {
      const loss = softmaxCrossEntropy([[[0, 1]], [[1, 0]]], [[[0, 0]], [[0, 0]]])
      expect(loss.shape).toEqual([2, 1])
      expectClose(loss.dataSync(), [Math.LN2, Math.LN2])
      expect(softmaxCrossEntropy([0, 1], [3, 3]).shape).toEqual([])
    })
  })

  it('weights the rows by dy', () => {
    tidy(() => {
      const x = tensor([
        [1, 2],
        [3, 5],
      ])
      const t = tensor([
        [1, 0],
        [0, 1],
      ])
      const weighted = grad((x) => softmaxCrossEntropy(t, x))(x, tensor([2, -3])).dataSync()
      const p = 1 / (1 + Math.exp(1))
      const q = 1 / (1 + Math.exp(2))
      expectClose(weighted, [2 * (p - 1), 2 * (1 - p), -3 * q, 3 * q])
    })
  })

  it('names labels that are class numbers', () => {
    expect(() =>
      softmaxCrossEntropy(
        [1, 0],
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ),
    ).toThrow(
      "softmaxCrossEntropy: expected labels of the logits' shape [2, 3], received [2] — make one-hot rows of class numbers: oneHot(labels, classes)",
    )
    expect(() => softmaxCrossEntropy([[1, 0]], [[1, 2, 3]])).toThrow('[1, 3], received [1, 2]')
    expect(() => softmaxCrossEntropy(1, 1)).toThrow(
      'softmaxCrossEntropy: expected logits of rank 1 or more, received []',
    )
  })

  it('gives no gradient to labels', () => {
    tidy(() => {
      const [t, x] = [tensor([[1, 0]]), tensor([[1, 2]])]
      expect(() => grads((t, x) => softmaxCrossEntropy(t!, x!))([t, x])).toThrow('received one that ignores argument 0')
    })
  })

  it('has no second derivative, and says so', () => {
    const x = tensor([[1, 2]])
    const second = grad((x: Tensor) => grad((x) => softmaxCrossEntropy([[1, 0]], x))(x))
    expect(() => second(x)).toThrow('softmaxCrossEntropyGrad: expected an op with a gradient')
    x.dispose()
  })

  it('takes int32 labels, and leaves nothing behind', () => {
    expectNoLeak(() => [
      tidy(() =>
        softmaxCrossEntropy(oneHot([1, 0], 2), [
          [1, 2],
          [3, 4],
        ]),
      ),
    ])
    expectNoLeak(() => softmaxCrossEntropy([[1, 0]], [[1, 2]]))
  })
})

describe('logSumExp', () => {
  it.each([
    ['all axes', [3, 4], null, false],
    ['the last axis', [3, 4], -1, false],
    ['two axes, kept', [2, 3, 4], [0, 2], true],
  ] as const)('agrees with TF.js: %s', (_, shape, axis, keepDims) => {
    const axes = axis === null || typeof axis === 'number' ? axis : [...axis]
    expectLikeTfjs((ops, x) => ops.logSumExp(x, axes, keepDims), [floats([...shape], { low: -5, high: 5 })], {
      relative: 1e-5,
    })
  })

  it('is exact for large values, and knows infinities', () => {
    tidy(() => {
      expectClose(logSumExp([1000, 1000]).dataSync(), [1000 + Math.LN2])
      expectSameBits(logSumExp([-INFINITY, -INFINITY]).dataSync(), [-INFINITY])
      expectSameBits(logSumExp([1, INFINITY]).dataSync(), [INFINITY])
      expectSameBits(logSumExp([1, Number.NaN]).dataSync(), [Number.NaN])
    })
  })

  it('has softmax as its gradient, and can be differentiated again', () => {
    tidy(() => {
      const x = tensor([0, 1])
      const p = 1 / (1 + Math.exp(-1))
      expectClose(grad(logSumExp)(x).dataSync(), [1 - p, p])
      // The Hessian's row sums are 0; weighted by (0, 1) its column is (−pq, pq).
      const second = grad((x) => sum(mul(grad(logSumExp)(x), [0, 1])))(x)
      expectClose(second.dataSync(), [-p * (1 - p), p * (1 - p)])
    })
  })

  it('takes a scalar, and leaves nothing behind', () => {
    expectNoLeak(() => [logSumExp(3), logSumExp([1, 2], 0, true)])
    tidy(() => expectClose(logSumExp(scalar(3)).dataSync(), [3]))
  })
})
