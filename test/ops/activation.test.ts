import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grad } from '../../src/autograd.ts'
import { init } from '../../src/init.ts'
import * as activation from '../../src/ops/activation.ts'
import { tensor } from '../../src/ops/create.ts'
import { square } from '../../src/ops/unary.ts'
import { shutdown } from '../../src/runtime/runtime.ts'
import { type Tensor, tidy } from '../../src/tensor.ts'
import { expectClose, expectSameBits } from '../helpers/compare.ts'
import { expectLikeTfjs, expectNoLeak, floats, values } from '../helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

const { elu, leakyRelu, logSigmoid, relu, relu6, selu, sigmoid, softplus, softsign, swish, tanh } = activation
/** By name. */
const OPS = { ...activation }
const COMMON = ['relu', 'relu6', 'leakyRelu', 'elu', 'selu', 'sigmoid', 'logSigmoid', 'tanh', 'softplus'] as const

describe.each(COMMON)('%s', (name) => {
  it('agrees with TF.js, value and gradient', () => {
    expectLikeTfjs((ops, x) => ops[name](x), [floats([6, 11], { low: -8, high: 8 })], { relative: 4e-6 })
  })

  it('agrees with TF.js at its kink', () => {
    expectLikeTfjs((ops, x) => ops[name](x), [values([2], 0, 6)], { relative: 4e-6 })
  })

  it('lets NaN through', () => {
    const y = OPS[name]([Number.NaN, 1])
    expect(y.dataSync()[0]).toBe(Number.NaN)
    y.dispose()
  })

  it('takes int32, and leaves nothing behind', () => {
    expectNoLeak(() => [
      OPS[name](Int32Array.of(-1, 2)),
      OPS[name]([
        [1, 2],
        [3, 4],
      ]),
    ])
  })
})

describe('alpha', () => {
  it('of leakyRelu agrees with TF.js', () => {
    expectLikeTfjs((ops, x) => ops.leakyRelu(x, 0.01), [floats([3, 5])])
  })

  it('of elu scales the negative side', () => {
    tidy(() => {
      const x = tensor([-1, 2])
      expectClose(elu(x, 0.5).dataSync(), [0.5 * Math.expm1(-1), 2])
      expectClose(grad((x) => elu(x, 0.5))(x).dataSync(), [0.5 * Math.exp(-1), 1])
    })
  })

  it('is a finite number, for elu of at least 0, since the gradient tells the sides apart by the sign of y', () => {
    expect(() => leakyRelu([1], Number.NaN)).toThrow('leakyRelu: expected alpha to be a finite number, received NaN')
    expect(() => elu([1], -1)).toThrow('elu: expected alpha to be a finite number of at least 0, received -1')
  })
})

describe('those that TF.js has in its layers alone', () => {
  const points = [-3, -0.5, 0, 0.25, 4]
  const logistic = (x: number): number => 1 / (1 + Math.exp(-x))

  it('swish', () => {
    tidy(() => {
      expectClose(
        swish(points).dataSync(),
        points.map((x) => x * logistic(x)),
      )
      const slope = (x: number): number => logistic(x) * (1 + x * (1 - logistic(x)))
      expectClose(grad(swish)(tensor(points)).dataSync(), points.map(slope))
    })
  })

  it('softsign', () => {
    tidy(() => {
      expectClose(
        softsign(points).dataSync(),
        points.map((x) => x / (1 + Math.abs(x))),
      )
      expectClose(
        grad(softsign)(tensor(points)).dataSync(),
        points.map((x) => 1 / (1 + Math.abs(x)) ** 2),
      )
    })
  })

  it('leave nothing behind', () => {
    expectNoLeak(() => [swish(points), softsign(points), logSigmoid(points), selu(points), relu6(points)])
  })
})

describe('second derivatives', () => {
  const s = (x: number): number => 1 / (1 + Math.exp(-x))
  const t = Math.tanh
  const CASES: [string, (x: Tensor) => Tensor, (x: number) => number][] = [
    ['sigmoid', sigmoid, (x) => s(x) * (1 - s(x)) * (1 - 2 * s(x))],
    ['tanh', tanh, (x) => -2 * t(x) * (1 - t(x) ** 2)],
    ['softplus', softplus, (x) => s(x) * (1 - s(x))],
    ['elu', (x) => elu(x, 0.7), (x) => (x < 0 ? 0.7 * Math.exp(x) : 0)],
    ['relu of x²', (x) => relu(square(x)), () => 2],
    ['leakyRelu of −x²', (x) => leakyRelu(square(x).neg(), 0.3), () => -0.6],
    ['tanh of tanh', (x) => tanh(tanh(x)), secondOfTanhTanh],
  ]

  function secondOfTanhTanh(x: number): number {
    const u = t(x)
    const du = 1 - u * u
    const y = t(u)
    // y″ = (1 − y²)(u″ − 2 y u′²), u″ = −2 u u′
    return (1 - y * y) * (-2 * u * du - 2 * y * du * du)
  }

  it.each(CASES)('%s', (_, f, expected) => {
    tidy(() => {
      const points = [-2.1, -0.6, 0.4, 1.9]
      expectClose(grad((x) => grad(f)(x))(tensor(points)).dataSync(), points.map(expected), { relative: 1e-5 })
    })
  })

  it('the third of tanh', () => {
    tidy(() => {
      const points = [-0.8, 0.3]
      const third = grad((x) => grad((x) => grad(tanh)(x))(x))(tensor(points))
      // d³ tanh = −2 (1 − t²)(1 − 3t²)
      expectClose(
        third.dataSync(),
        points.map((x) => -2 * (1 - t(x) ** 2) * (1 - 3 * t(x) ** 2)),
        { relative: 1e-5 },
      )
    })
  })
})

it('relu keeps the sign of no zero and passes no gradient at 0', () => {
  tidy(() => expectSameBits(grad(relu)(tensor([-1, 0, 1])).dataSync(), [0, 0, 1]))
})
