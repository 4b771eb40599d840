/** The activations against float64, over the whole float32 range, and their gradients. */

import { beforeAll, describe, expect, it } from 'vitest'
import { expectClose, expectSameBits } from '../helpers/compare.ts'
import { centralDifferences } from '../helpers/difference.ts'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'
import { uniform } from '../helpers/random.ts'
import { ACTIVATION_NAMES, ACTIVATIONS, type ActivationName } from '../helpers/reference/activation.ts'
import { wholeRange, worstUlp } from '../helpers/ulp.ts'

const ALPHA = Math.fround(0.3)

/** As the docstrings of assembly/math.ts state; elu multiplies once more. */
const ULPS: Record<ActivationName, number> = {
  relu: 0,
  leakyRelu: 0.5,
  elu: 2,
  sigmoid: 2.1,
  tanh: 1.3,
  softplus: 2.4,
}

/** Every remainder of four vectors and of one, and a few whole turns. */
const LENGTHS = [1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 39]

describe('reference', () => {
  it.each(ACTIVATION_NAMES)('the slope of %s is its central difference', (name) => {
    const { value, slope, from } = ACTIVATIONS[name]
    const x = uniform(50, 3, -4, 4)
    const differences = centralDifferences((xs) => xs.reduce((sum, v) => sum + value(v, ALPHA), 0), x)
    const slopes = Float64Array.from(x, (v) => slope(from === 'input' ? v : value(v, ALPHA), ALPHA))
    expectClose(differences, slopes, { relative: 1e-6, absolute: 1e-8 })
  })
})

describe.each(BUILDS)('%s', (build) => {
  let bench: KernelBench
  beforeAll(async () => {
    bench = await KernelBench.open(build)
  })

  interface Run {
    readonly inPlace?: boolean
    readonly parts?: number
    readonly grain?: number
  }

  function forward(name: ActivationName, x: Float32Array, { inPlace = false, ...cut }: Run = {}): Float32Array {
    const at = bench.input(x)
    const y = inPlace ? at : bench.output(x.length)
    if (name === 'leakyRelu' || name === 'elu') bench.run(`${name}Forward`, [at, y, ALPHA], x.length, cut)
    else if (name === 'tanh') bench.run('tanhForward', [at, y, bench.output(19, 'factors')], x.length, cut)
    else bench.run(`${name}Forward`, [at, y], x.length, cut)
    const result = bench.read(y, x.length)
    bench.reset()
    return result
  }

  function gradient(
    name: ActivationName,
    dy: Float32Array,
    v: Float32Array,
    { inPlace = false, ...cut }: Run = {},
  ): Float32Array {
    const at = bench.input(dy)
    const dx = inPlace ? at : bench.output(dy.length)
    const pv = bench.input(v)
    if (name === 'leakyRelu' || name === 'elu') bench.run(`${name}Grad`, [at, pv, dx, ALPHA], dy.length, cut)
    else bench.run(`${name}Grad`, [at, pv, dx], dy.length, cut)
    const result = bench.read(dx, dy.length)
    bench.reset()
    return result
  }

  it('the gradient of relu6 passes between 0 and 6', () => {
    const y = Float32Array.of(0, 1e-30, 3, 5.999, 6, 6, Number.NaN, 0, 6, 2)
    for (const length of LENGTHS) {
      const outputs = Float32Array.from({ length }, (_, i) => y[i % y.length]!)
      const dy = uniform(length, 5, -2, 2)
      const dx = bench.output(length)
      bench.run('relu6Grad', [bench.input(dy), bench.input(outputs), dx], length)
      const expected = dy.map((value, i) => (outputs[i] === 0 || outputs[i] === 6 ? 0 : value))
      expectSameBits(bench.read(dx, length), expected, `${length}`)
      bench.reset()
    }
  })

  describe.each(ACTIVATION_NAMES)('%s', (name) => {
    const { value, slope, from } = ACTIVATIONS[name]

    it(`is within ${ULPS[name]} ulp over the whole range, NaN and infinities included`, () => {
      const x = wholeRange()
      const expected = Float64Array.from(x, (v) => value(v, ALPHA))
      expect(worstUlp(forward(name, x), expected, x)).toBeLessThanOrEqual(ULPS[name])
    })

    it('gives the same bits in tails, cut anywhere and in place', () => {
      const x = uniform(200, 4, -6, 6)
      const whole = forward(name, x)
      for (const length of LENGTHS) {
        expectSameBits(forward(name, x.subarray(0, length)), whole.subarray(0, length), `${length}`)
      }
      for (const parts of [2, 3, 4]) {
        for (const grain of [1, 16]) expectSameBits(forward(name, x, { parts, grain }), whole, `${parts} parts`)
      }
      expectSameBits(forward(name, x, { inPlace: true, parts: 3 }), whole, 'in place')
    })

    /** What the gradient kernel takes, for inputs in all regions. */
    const v = forwardValues(name)
    const dy = uniform(v.length, 5, -2, 2)

    it('has the gradient of the reference', () => {
      const expected = Float64Array.from(v, (value, i) => dy[i]! * slope(value, ALPHA))
      expectClose(gradient(name, dy, v), expected, { relative: 3e-7, absolute: 1e-38 }, from)
    })

    it('has a gradient with the same bits in tails, cut anywhere and in place', () => {
      const whole = gradient(name, dy, v)
      for (const length of LENGTHS) {
        const part = gradient(name, dy.subarray(0, length), v.subarray(0, length))
        expectSameBits(part, whole.subarray(0, length), `${length}`)
      }
      for (const parts of [2, 3, 4]) {
        for (const grain of [1, 16]) expectSameBits(gradient(name, dy, v, { parts, grain }), whole, `${parts} parts`)
      }
      expectSameBits(gradient(name, dy, v, { inPlace: true, parts: 3 }), whole, 'in place')
    })

    it('passes NaN of dy on', () => {
      const result = gradient(name, Float32Array.of(NaN, 1, NaN, 1, NaN), Float32Array.of(0.5, 0.5, 0.25, 0.5, 0.75))
      expect(Array.from(result, Number.isNaN)).toEqual([true, false, true, false, true])
    })
  })
})

function forwardValues(name: ActivationName): Float32Array {
  const { value, from } = ACTIVATIONS[name]
  const x = Float32Array.of(...uniform(100, 8, -3, 3), ...uniform(50, 9, -30, 30), 0, -0, 90, -90)
  return from === 'input' ? x : x.map((v) => value(v, ALPHA))
}
