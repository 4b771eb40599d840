/** Functions of one element: the exact ones to the bit, the others within their stated error over all of float32. */

import { beforeAll, describe, expect, it } from 'vitest'
import { expectClose, expectSameBits } from '../helpers/compare.ts'
import { centralDifferences } from '../helpers/difference.ts'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'
import { uniform } from '../helpers/random.ts'
import { clip, clipSlope, EXACT, INEXACT, INTEGER } from '../helpers/reference/elementwise.ts'
import { wholeRange, worstUlp } from '../helpers/ulp.ts'

type Exact = keyof typeof EXACT
type Inexact = keyof typeof INEXACT
type Integer = keyof typeof INTEGER
const EXACT_NAMES = Object.keys(EXACT) as Exact[]
const INEXACT_NAMES = Object.keys(INEXACT) as Inexact[]
const INTEGER_NAMES = Object.keys(INTEGER) as Integer[]

const LENGTHS = [1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 39]
const [LOW, HIGH] = [-0.5, 0.75]

describe('reference', () => {
  it('the slope of clip is its central difference', () => {
    const x = uniform(50, 1)
    const differences = centralDifferences((xs) => xs.reduce((sum, v) => sum + clip(v, LOW, HIGH), 0), x)
    expectClose(
      differences,
      Float64Array.from(x, (v) => clipSlope(v, LOW, HIGH)),
      { relative: 1e-6, absolute: 1e-8 },
    )
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

  /** The output's words as float32, or as int32 for those whose results are. */
  function run(name: Exact | Inexact | Integer, x: Float32Array, { inPlace = false, ...cut }: Run = {}) {
    const at = bench.input(x)
    const y = inPlace ? at : bench.output(x.length)
    bench.run(name, [at, y], x.length, cut)
    const result = name in INTEGER ? bench.readInt(y, x.length) : bench.read(y, x.length)
    bench.reset()
    return result
  }

  it.each(EXACT_NAMES)('%s is exact over the whole range', (name) => {
    const x = Float32Array.from([...wholeRange(), 0.5, -0.5, 1.5, 2.5, -1.5, -2.5, 0.49999997, 8388607.5, 8388609])
    expectSameBits(run(name, x), Float32Array.from(x, EXACT[name]), name)
  })

  it.each(INEXACT_NAMES)('%s is within its ulps over the whole range', (name) => {
    const { value, ulps } = INEXACT[name]
    const x = Float32Array.from([...wholeRange(), ...uniform(40000, 2, -1, 1), ...uniform(40000, 3, 0, 4)])
    expect(worstUlp(run(name, x), Float64Array.from(x, value), x)).toBeLessThanOrEqual(ulps)
  })

  it.each(INTEGER_NAMES)('%s over the whole range', (name) => {
    const x = Float32Array.from([...wholeRange(), 0.9, -0.9, 2147483520, 2147483648, -2147483648, 3e9, -3e9])
    expectSameBits(run(name, x), Int32Array.from(x, INTEGER[name]), name)
  })

  it.each([...EXACT_NAMES, ...INEXACT_NAMES, ...INTEGER_NAMES])('%s: tails, cuts, in place', (name) => {
    const x = uniform(200, 4, 0.1, 6)
    const whole = run(name, x)
    for (const length of LENGTHS) {
      expectSameBits(run(name, x.subarray(0, length)), whole.subarray(0, length), `${length}`)
    }
    for (const parts of [2, 3, 4]) {
      for (const grain of [1, 16]) expectSameBits(run(name, x, { parts, grain }), whole, `${parts} parts`)
    }
    expectSameBits(run(name, x, { inPlace: true, parts: 3 }), whole, 'in place')
  })

  describe.each(LENGTHS)('%i elements', (length) => {
    const x = uniform(length, 5, -2, 2)

    it('clip and clipGrad, NaN kept', () => {
      const values = x.slice()
      values[length >> 1] = NaN
      const dy = uniform(length, 6)
      // Where dy is masked, the result is 0 and not −0: bits are cleared, not multiplied.
      const slopes = values.map((v, i) => (clipSlope(v, LOW, HIGH) === 1 ? dy[i]! : 0))
      for (const parts of [1, 2, 3]) {
        const [at, y, dx] = [bench.input(values), bench.output(length), bench.output(length)]
        bench.run('clip', [at, y, LOW, HIGH], length, { parts })
        bench.run('clipGrad', [bench.input(dy), at, dx, LOW, HIGH], length, { parts })
        expectSameBits(
          bench.read(y, length),
          values.map((v) => clip(v, LOW, HIGH)),
          'clip',
        )
        expectSameBits(bench.read(dx, length), slopes, 'clipGrad')
        bench.reset()
      }
    })

    it('casts from int32', () => {
      const whole = Int32Array.from(x, (v, i) => (i % 3 === 0 ? 0 : v * 2 ** 30))
      const [at, floats, bools] = [bench.inputInt(whole), bench.output(length), bench.output(length)]
      const not = bench.output(length)
      bench.run('castI32ToF32', [at, floats], length, { parts: 2 })
      bench.run('i32ToBool', [at, bools], length, { parts: 2 })
      bench.run('logicalNot', [at, not], length, { parts: 2 })
      expectSameBits(bench.read(floats, length), Float32Array.from(whole))
      expect(bench.readInt(bools, length)).toEqual(whole.map((v) => (v === 0 ? 0 : 1)))
      expect(bench.readInt(not, length)).toEqual(whole.map((v) => (v === 0 ? 1 : 0)))
      bench.reset()
    })

    it('fills its range and nothing else', () => {
      const [y, n] = [bench.output(length), bench.output(length)]
      bench.kernels.fill(y, 2.5, 1, length)
      bench.kernels.fillInt(n, -7, 0, length)
      const filled = new Float32Array(length).fill(2.5)
      filled[0] = NaN
      expectSameBits(bench.read(y, length), filled)
      expect(bench.readInt(n, length)).toEqual(new Int32Array(length).fill(-7))
      bench.reset()
    })
  })
})
