import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { customGrad, grad, grads, isRecording, valueAndGrad, valueAndGrads, variableGrads } from '../src/autograd.ts'
import { init } from '../src/init.ts'
import { sigmoid, tanh } from '../src/ops/activation.ts'
import { add, div, mul, sub } from '../src/ops/arithmetic.ts'
import { ones, scalar, tensor, variable } from '../src/ops/create.ts'
import { clone, reshape, transpose } from '../src/ops/layout.ts'
import { max, mean } from '../src/ops/reduce.ts'
import { sum } from '../src/ops/sum.ts'
import { exp, log, neg, sqrt, square } from '../src/ops/unary.ts'
import { shutdown } from '../src/runtime/runtime.ts'
import { keep, memory, type Tensor, tidy, type Variable } from '../src/tensor.ts'
import { expectClose, expectSameBits } from './helpers/compare.ts'
import { uniform } from './helpers/random.ts'
import { expectLikeTfjs, expectNoLeak, floats, type Ops } from './helpers/tfjs.ts'

beforeAll(() => init({ simd: 'baseline' }))
afterAll(shutdown)

describe('grad', () => {
  it('weights the elements of the result by dy, by default 1', () => {
    tidy(() => {
      const x = tensor([1, 2, 3])
      expectSameBits(grad(square)(x).dataSync(), [2, 4, 6])
      expectSameBits(grad(square)(x, tensor([1, 0, -1])).dataSync(), [2, 0, -6])
    })
  })

  it('adds up where a tensor is used several times', () => {
    expectLikeTfjs((ops, x) => ops.add(ops.mul(x, x), ops.add(ops.exp(x), x)), [floats([5])], { leaves: 3 })
  })

  it('of a net of ops agrees with TF.js', () => {
    const net = (ops: Ops, x: Tensor, w: Tensor, b: Tensor): Tensor => {
      const hidden = ops.tanh(ops.add(ops.mul(ops.expandDims(x, 2), w), b))
      const pooled = ops.mean(ops.square(hidden), [1])
      return ops.logSoftmax(ops.sub(pooled, ops.max(pooled, 1, true)))
    }
    const both = (ops: Ops, ...xs: Tensor[]): Tensor => tidy(() => net(ops, xs[0]!, xs[1]!, xs[2]!))
    expectLikeTfjs(both, [floats([3, 4]), floats([4, 5], { seed: 2 }), floats([5], { seed: 3 })], {
      oracle: (ops, ...xs) => net(ops, xs[0]!, xs[1]!, xs[2]!),
      relative: 1e-5,
    })
  })

  it('of the identity is dy', () => {
    tidy(() => {
      const x = tensor([1, 2])
      expectSameBits(grad((x) => x)(x).dataSync(), [1, 1])
      expectSameBits(grad((x) => x)(x, tensor([3, 4])).dataSync(), [3, 4])
      expectSameBits(grad(clone)(x).dataSync(), [1, 1])
    })
  })

  it('does not see what was computed before, nor what is constant', () => {
    tidy(() => {
      const x = tensor([2, 3])
      const before = square(x)
      expectSameBits(grad((x) => mul(x, before))(x).dataSync(), [4, 9])
    })
  })

  it('works through tidy, and on tensors that f disposes', () => {
    tidy(() => {
      const f = (x: Tensor): Tensor => {
        const y = tidy(() => square(exp(x)))
        const z = sqrt(y)
        y.dispose()
        return z
      }
      expectClose(grad(f)(tensor([0.5, 1])).dataSync(), [Math.exp(0.5), Math.E], { relative: 1e-6 })
    })
  })

  it('against central differences', () => {
    const f = (x: Tensor): Tensor => sum(div(sigmoid(square(x)), add(exp(neg(x)), 1)))
    const host = (x: number): number => 1 / (1 + Math.exp(-x * x)) / (Math.exp(-x) + 1)
    tidy(() => {
      const points = uniform(20, 4, -1.5, 1.5)
      const expected = Array.from(points, (x) => (host(x + 1e-5) - host(x - 1e-5)) / 2e-5)
      expectClose(grad(f)(tensor(points)).dataSync(), expected, { relative: 1e-5 })
    })
  })
})

describe('grads, valueAndGrad, valueAndGrads', () => {
  it('return what they are named for', () => {
    tidy(() => {
      const [a, b] = [tensor([2, 3]), tensor([5, 7])]
      const [da, db] = grads((a, b) => mul(a!, square(b!)))([a, b])
      expectSameBits(da!.dataSync(), [25, 49])
      expectSameBits(db!.dataSync(), [20, 42])
      const one = valueAndGrad(square)(a)
      expectSameBits(one.value.dataSync(), [4, 9])
      expectSameBits(one.grad.dataSync(), [4, 6])
      const two = valueAndGrads((a, b) => add(a!, b!))([a, b], tensor([1, 2]))
      expectSameBits(two.value.dataSync(), [7, 10])
      expectSameBits(two.grads[0]!.dataSync(), [1, 2])
      expectSameBits(two.grads[1]!.dataSync(), [1, 2])
    })
  })

  it('take one tensor in two places', () => {
    tidy(() => {
      const x = tensor([3])
      // By TF.js too both get the sum, since it is one tensor.
      const [da, db] = grads((a, b) => mul(a!, b!))([x, x])
      expectSameBits(da!.dataSync(), [6])
      expectSameBits(db!.dataSync(), [6])
    })
  })

  it('leave nothing behind but what they return', () => {
    const [x, y] = [tensor([1, 2]), tensor([3, 4])]
    const f = (...xs: Tensor[]): Tensor => mean(mul(add(xs[0]!, xs[1]!), xs[0]!))
    const before = memory().numDataBuffers
    expectNoLeak(() => grad((x) => f(x, y))(x))
    expectNoLeak(() => grads(f)([x, y]))
    expectNoLeak(() => Object.values(valueAndGrad((x) => f(x, x))(x)))
    expectNoLeak(() => {
      const { value, grads } = valueAndGrads(f)([x, y])
      return [value, ...grads]
    })
    expect(memory().numDataBuffers).toBe(before)
    x.dispose()
    y.dispose()
  })

  it('leave nothing behind when f throws, and can be called again', () => {
    const x = tensor([1, 2])
    const before = memory().numDataBuffers
    const f = (x: Tensor): Tensor => {
      exp(square(x))
      throw new Error('on purpose')
    }
    expect(() => grad(f)(x)).toThrow('on purpose')
    expect(memory().numDataBuffers).toBe(before)
    expect(isRecording([x])).toBe(false)
    expectNoLeak(() => grad(square)(x))
    x.dispose()
  })

  it('leave nothing behind when an op has no gradient', () => {
    const x = tensor([1.5, 2])
    const before = memory().numDataBuffers
    expect(() => grad((x) => mul(x.softmax(), grad((x) => x.softmax())(x)))(x)).toThrow('softmaxGrad')
    expect(memory().numDataBuffers).toBe(before)
    x.dispose()
  })

  it('name bad arguments', () => {
    const x = tensor([1, 2])
    const int = tensor([1], [1], 'int32')
    expect(() => grad(3 as unknown as typeof square)).toThrow('grad: expected a function, received 3')
    expect(() => grads('f' as unknown as () => Tensor)).toThrow("grads: expected a function, received 'f'")
    expect(() => grads(square)(3 as unknown as Tensor[])).toThrow('grads: expected a list of tensors, received 3')
    expect(() => grad(square)(null as unknown as Tensor)).toThrow(
      'grad: expected x[0] to be a tensor or values for one, received null',
    )
    expect(grad(square)([1, 2]).dataSync()).toEqual(Float32Array.of(2, 4))
    // Integers are differentiated by as the floats that they are.
    expect(grad(square)(int).dataSync()).toEqual(Float32Array.of(2))
    expect(() => grads(square)([3 as unknown as Tensor, {} as Tensor])).toThrow('grads, x[1]: expected numbers')
    expect(() => grad(square)(x, scalar(1))).toThrow('grad: expected dy of shape [2], received []')
    expect(() => grad((x) => x.toInt())(x)).toThrow(
      'grad: expected the function to return a float32 tensor, received one of dtype int32',
    )
    expect(() => grad(() => 5 as unknown as Tensor)(x)).toThrow(
      'grad: expected the function to return a float32 tensor, received 5',
    )
    expect(() => grads((a) => square(a!))([x, x.clone()])).toThrow(
      'grads: expected a function whose result depends on each argument, received one that ignores argument 1 — is the result computed by quadlane ops from the tensors that are passed in?',
    )
    const gone = tensor([1])
    gone.dispose()
    expect(() => grad(square)(gone)).toThrow('square: expected a tensor that has not been disposed')
  })
})

describe('gradients of gradients', () => {
  it('the third derivative of x⁴, and mixed ones', () => {
    tidy(() => {
      const f = (x: Tensor): Tensor => square(square(x))
      const third = grad((x) => grad((x) => grad(f)(x))(x))
      expectClose(third(tensor([1, 2])).dataSync(), [24, 48])
      // ∂²/∂a∂b a² b³ = 6 a b²
      const b = tensor([2])
      const mixed = grad((b) => grad((a) => mul(square(a), mul(b, square(b))))(tensor([3])))(b)
      expectClose(mixed.dataSync(), [72])
    })
  })

  it('a gradient penalty agrees with its formula', () => {
    tidy(() => {
      const [data, weights] = [uniform(6, 5), uniform(3, 6)]
      const w = tensor(weights)
      const score = (x: Tensor): Tensor => sum(tanh(mul(x, w)))
      const penalty = (x: Tensor): Tensor => sum(square(grad(score)(x)))
      // Σ w² (1 − t²)² with t = tanh(x w)
      const expected = Array.from(data, (x, i) => {
        const weight = weights[i % 3]!
        const t = Math.tanh(x * weight)
        return -4 * weight ** 3 * t * (1 - t * t) ** 2
      })
      expectClose(grad(penalty)(tensor(data, [2, 3])).dataSync(), expected, { relative: 1e-5 })
    })
  })

  it('a value inside that is differentiated by something else', () => {
    tidy(() => {
      // d/dx [x · d/dy (x y²) at y = x] = d/dx 2x³ = 6x²: the inner gradient is a function of x in two ways.
      const f = (x: Tensor): Tensor => mul(x, grad((y) => mul(x, square(y)))(clone(x)))
      expectClose(grad(f)(tensor([2])).dataSync(), [24])
    })
  })

  it('leave nothing behind', () => {
    const x = tensor([0.5, 2])
    expectNoLeak(() => grad((x) => grad((x) => mul(exp(x), log(x)))(x))(x))
    x.dispose()
  })
})

describe('variableGrads', () => {
  function model(): { w: Variable; b: Variable; frozen: Variable; loss: () => Tensor } {
    const w = variable([1, 2], true, 'w')
    const b = variable(3, true, 'b')
    const frozen = variable([5, 7], false, 'frozen')
    return { w, b, frozen, loss: () => sum(add(mul(mul(w, w), frozen), b)) }
  }

  it('without a list: by all trainable variables that f reads', () => {
    const before = memory().numDataBuffers
    const { w, b, frozen, loss } = model()
    const { value, grads } = variableGrads(loss)
    expect(Object.keys(grads).sort()).toEqual(['b', 'w'])
    expectSameBits(value.dataSync(), [5 + 28 + 6])
    expectSameBits(grads.w!.dataSync(), [10, 28])
    expectSameBits(grads.b!.dataSync(), [2])
    expect(grads.b!.shape).toEqual([])
    for (const t of [w, b, frozen, value, ...Object.values(grads)]) t.dispose()
    expect(memory().numDataBuffers).toBe(before)
  })

  it('with a list: by the trainable ones of these', () => {
    tidy(() => {
      const { w, b, frozen, loss } = model()
      const { grads } = variableGrads(loss, [frozen, w])
      expect(Object.keys(grads)).toEqual(['w'])
      expect(() => variableGrads(loss, [frozen])).toThrow(
        'variableGrads: expected a trainable variable among those named, received none — set trainable = true, or leave out the list',
      )
      expect(Object.keys(variableGrads(loss, null).grads).sort()).toEqual(['b', 'w'])
      for (const v of [w, b, frozen]) v.dispose()
    })
  })

  it('leaves out what the value does not depend on', () => {
    tidy(() => {
      const [v, unused] = [variable([2], true, 'v'), variable([3], true, 'unused')]
      expect(Object.keys(variableGrads(() => sum(square(v)), [v, unused]).grads)).toEqual(['v'])
      const read = variableGrads(() => {
        square(unused)
        return sum(square(v))
      })
      expect(Object.keys(read.grads)).toEqual(['v'])
      v.dispose()
      unused.dispose()
    })
  })

  it('sees a variable through ops that share its buffer', () => {
    tidy(() => {
      const v = variable([1, 2, 3, 4], true, 'v')
      const { grads } = variableGrads(() =>
        sum(
          mul(transpose(reshape(v, [2, 2])), [
            [1, 2],
            [3, 4],
          ]),
        ),
      )
      expectSameBits(grads.v!.dataSync(), [1, 3, 2, 4])
      v.dispose()
    })
  })

  it('a step of gradient descent agrees with the formula', () => {
    tidy(() => {
      const v = variable([1, -2], true, 'v')
      for (let i = 0; i < 3; i++) {
        tidy(() => {
          const { grads } = variableGrads(() => sum(square(v)))
          v.assign(sub(v, mul(grads.v!, 0.25)))
        })
      }
      expectSameBits(v.dataSync(), [0.125, -0.25])
      v.dispose()
    })
  })

  it('names bad arguments', () => {
    const v = variable([1, 2], true, 'v')
    const twin = variable([1], true, 'v')
    expect(() => variableGrads(() => square(v))).toThrow(
      'variableGrads: expected the function to return a scalar, received [2] — take its mean() or sum()',
    )
    expect(() => variableGrads(() => sum([1, 2]))).toThrow(
      'variableGrads: expected a function whose result depends on a trainable variable, received one that reads none',
    )
    expect(() => variableGrads(() => add(sum(v), sum(twin)))).toThrow(
      "variableGrads: expected variables with names of their own, received two that are called 'v'",
    )
    expect(() => variableGrads(() => sum(v), [tensor([1]) as Variable])).toThrow(
      'variableGrads: expected a list of variables, received a Tensor',
    )
    expect(() => variableGrads(5 as unknown as () => Tensor)).toThrow('variableGrads: expected a function, received 5')
    v.dispose()
    twin.dispose()
  })
})

describe('customGrad', () => {
  it('takes the place of the gradient', () => {
    tidy(() => {
      const f = customGrad((x, save) => {
        save([x])
        return { value: square(x), gradFunc: (dy, [x]) => mul(dy, mul(x!, 10)) }
      })
      const x = tensor([1, 2])
      expectSameBits(f(x).dataSync(), [1, 4])
      expectSameBits(grad(f)(x).dataSync(), [10, 20])
      expectSameBits(grad((x) => mul(f(x), 2))(x, tensor([1, 3])).dataSync(), [20, 120])
      // Its gradient is made of ops: d/dx 10 x.
      expectSameBits(grad((x) => grad(f)(x))(x).dataSync(), [10, 10])
    })
  })

  it('may pass its input through: a reversed gradient', () => {
    tidy(() => {
      const reversed = customGrad((x) => ({ value: x, gradFunc: (dy) => neg(dy) }))
      const x = tensor([1, 2])
      expectSameBits(grad((x) => square(reversed(x)))(x).dataSync(), [-2, -4])
    })
  })

  it('may return dy, and one gradient per input', () => {
    tidy(() => {
      const straight = customGrad((a: Tensor, b: Tensor) => ({
        value: add(a, b),
        gradFunc: (dy) => [dy, mul(dy, 3)],
      }))
      const [da, db] = grads((a, b) => straight(a!, b!))([tensor([1]), tensor([2])], tensor([5]))
      expectSameBits([...da!.dataSync(), ...db!.dataSync()], [5, 15])
    })
  })

  it('leaves nothing behind', () => {
    const x = tensor([1, 2])
    const f = customGrad((x, save) => {
      const y = exp(square(x))
      save([y])
      return { value: max(y), gradFunc: (dy, [y]) => mul(dy, y!) }
    })
    expectNoLeak(() => f(x))
    expectNoLeak(() => grad((x) => mul(f(x), 2))(x))
    x.dispose()
  })

  it('names bad results', () => {
    const x = tensor([1, 2])
    expect(() => customGrad(1 as never)).toThrow('customGrad: expected a function, received 1')
    const noValue = customGrad(() => ({ value: 1 as unknown as Tensor, gradFunc: (dy) => dy }))
    expect(() => noValue(x)).toThrow('customGrad: expected the function to return a float32 tensor, received 1')
    const noGradient = customGrad((x) => ({ value: square(x), gradFunc: 2 as never }))
    expect(() => noGradient(x)).toThrow('customGrad, gradFunc: expected a function, received 2')
    const wrongShape = customGrad((x) => ({ value: square(x), gradFunc: () => scalar(1) }))
    expect(() => grad(wrongShape)(x)).toThrow('customGrad, gradFunc: expected gradient 0 of shape [2], received []')
    const tooFew = customGrad((a) => ({ value: square(a), gradFunc: () => [] }))
    expect(() => grad(tooFew)(x)).toThrow('customGrad, gradFunc: expected gradient 0 of shape [2], received undefined')
    x.dispose()
  })
})

describe('what a tape holds', () => {
  it('lives until the gradient is there, whatever the function disposes', () => {
    const x = tensor([1, 2])
    let inner: Tensor | undefined
    const dx = grad((x) => {
      inner = exp(x)
      const y = square(inner)
      inner.dispose()
      return y
    })(x)
    expect(inner?.isDisposed).toBe(true)
    expectClose(dx.dataSync(), [2 * Math.exp(2), 2 * Math.exp(4)], { relative: 1e-6 })
    dx.dispose()
    x.dispose()
  })

  it('does not keep what f keeps from being read afterwards', () => {
    const x = tensor([1, 2])
    let kept: Tensor | undefined
    grad((x) => {
      kept = keep(square(x))
      return exp(kept)
    })(x).dispose()
    expectSameBits(kept!.dataSync(), [1, 4])
    kept!.dispose()
    x.dispose()
  })

  it('is no more than what the gradients need: a chain of sums keeps nothing', async () => {
    // The peak is that of a runtime's whole life, so this one starts anew.
    shutdown()
    await init({ simd: 'baseline' })
    const x = ones([10000])
    const dx = grad((x) => {
      let y = x
      for (let i = 0; i < 20; i++) {
        const next = add(y, 1)
        if (y !== x) y.dispose()
        y = next
      }
      return y
    })(x)
    expect(memory().peakBytes).toBeLessThan(5 * 40064)
    dx.dispose()
    x.dispose()
  })
})
