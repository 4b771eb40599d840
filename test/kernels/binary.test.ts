/** Operations on two operands with every way to broadcast them, exact against float64; powers within 0.6 ulp. */

import { beforeAll, describe, expect, it } from 'vitest'
import { expectClose, expectSameBits } from '../helpers/compare.ts'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'
import { generator, uniform } from '../helpers/random.ts'
import { BINARY, broadcast, COMPARE, type Four, LOGICAL, power, stridesOf } from '../helpers/reference/binary.ts'
import { worstUlp } from '../helpers/ulp.ts'

type Float = keyof typeof BINARY
type Compare = keyof typeof COMPARE
type Logical = keyof typeof LOGICAL
const FLOAT_NAMES = Object.keys(BINARY) as Float[]
const COMPARE_NAMES = Object.keys(COMPARE) as Compare[]
const LOGICAL_NAMES = Object.keys(LOGICAL) as Logical[]

interface Case {
  readonly why: string
  readonly sizes: Four
  readonly a: Four
  readonly b: Four
}

const NONE = [false, false, false, false]

/** Each subset of axes repeated in one operand, and in the other the complement or nothing. */
function broadcasts(sizes: Four): Case[] {
  return Array.from({ length: 16 }, (_, subset) => {
    const repeated = NONE.map((_, axis) => ((subset >> axis) & 1) === 1)
    const a = stridesOf(sizes, repeated)
    const complement = repeated.map((r) => !r)
    return [
      { why: `a without axes ${repeated}`, sizes, a, b: stridesOf(sizes, NONE) },
      { why: `b without axes ${repeated}`, sizes, a: stridesOf(sizes, NONE), b: a },
      { why: `each without the other's axes ${repeated}`, sizes, a, b: stridesOf(sizes, complement) },
    ]
  }).flat()
}

const flat = (length: number): Case => ({
  why: `${length} in a row`,
  sizes: [1, 1, 1, length],
  a: [0, 0, 0, 1],
  b: [0, 0, 0, 1],
})

const CASES: readonly Case[] = [
  ...[1, 3, 4, 5, 7, 8, 9, 16, 17, 23].map(flat),
  ...broadcasts([2, 3, 5, 11]),
  { why: 'both repeated along the row', sizes: [1, 2, 3, 7], a: [0, 3, 1, 0], b: [0, 0, 1, 0] },
  { why: 'a transposed', sizes: [1, 1, 7, 5], a: [0, 0, 1, 7], b: [0, 0, 5, 1] },
  { why: 'b every other, with gaps', sizes: [1, 2, 3, 5], a: [0, 15, 5, 1], b: [0, 37, 11, 2] },
]

const SPECIAL = [0, -0, 1, -1, 2, -2, 0.5, 3, -3, 1e30, -1e30, 1e-40, Infinity, -Infinity, NaN, 16777216, 1e-30]
const PAIRS = { a: SPECIAL.flatMap((a) => SPECIAL.map(() => a)), b: SPECIAL.flatMap(() => SPECIAL) }

function extent(sizes: Four, strides: Four): number {
  return 1 + sizes.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, 0)
}

describe.each(BUILDS)('%s', (build) => {
  let bench: KernelBench
  beforeAll(async () => {
    bench = await KernelBench.open(build)
  })

  type Values = ArrayLike<number>
  function run(name: Float | Compare | Logical | 'binaryPow', a: Values, b: Values, shape: Case, parts = 1): number[] {
    const input = (values: Values): number => (name in LOGICAL ? bench.inputInt(values) : bench.input(values))
    const length = shape.sizes.reduce((product, size) => product * size, 1)
    const y = bench.output(length)
    const [, d1, d2, d3] = shape.sizes
    bench.run(name, [input(a), input(b), y, d1, d2, d3, ...shape.a, ...shape.b], length, { parts })
    const result = name in COMPARE || name in LOGICAL ? bench.readInt(y, length) : bench.read(y, length)
    bench.reset()
    return Array.from(result)
  }

  const twoValues = (length: number, seed: number): Float32Array => {
    const next = generator(seed)
    return Float32Array.from({ length }, () => Math.floor(next() * 3) - 1)
  }

  it.each(CASES)('$sizes: $why', (shape) => {
    const lengths = [extent(shape.sizes, shape.a), extent(shape.sizes, shape.b)] as const
    for (const name of FLOAT_NAMES) {
      const [a, b] = [uniform(lengths[0], 1), uniform(lengths[1], 2)]
      const expected = Float32Array.from(broadcast(BINARY[name], a, b, shape.sizes, shape.a, shape.b))
      for (const parts of [1, 2, 3, 4]) expectSameBits(run(name, a, b, shape, parts), expected, `${name}, ${parts}`)
    }
    for (const name of [...COMPARE_NAMES, ...LOGICAL_NAMES]) {
      const [a, b] = [twoValues(lengths[0], 3), twoValues(lengths[1], 4)]
      const f = { ...COMPARE, ...LOGICAL }[name]
      const expected = broadcast(f, a, b, shape.sizes, shape.a, shape.b)
      for (const parts of [1, 3]) expect(run(name, a, b, shape, parts), name).toEqual(Array.from(expected))
    }
    const [a, b] = [uniform(lengths[0], 5, 0, 4), uniform(lengths[1], 6, -3, 3)]
    const expected = broadcast(power, a, b, shape.sizes, shape.a, shape.b)
    for (const parts of [1, 3]) expectClose(run('binaryPow', a, b, shape, parts), expected, { relative: 1e-7 })
  })

  it.each([...FLOAT_NAMES, ...COMPARE_NAMES])('%s of NaN, infinities, zeros', (name) => {
    const shape = flat(PAIRS.a.length)
    const [a, b] = [Float32Array.from(PAIRS.a), Float32Array.from(PAIRS.b)]
    const expected = Float32Array.from(a, (value, i) => Number({ ...BINARY, ...COMPARE }[name](value, b[i]!)))
    expectSameBits(run(name, a, b, shape), expected)
    expectSameBits(run(name, a, b, shape, 7), expected)
  })

  it('binaryPow is within 0.6 ulp, with the special cases of C', () => {
    const bases = [...PAIRS.a, ...uniform(20000, 7, 0, 8), ...uniform(500, 8, -8, 0), ...uniform(20000, 9, 0.9, 1.1)]
    const next = generator(10)
    const whole = Array.from({ length: 500 }, () => Math.floor(next() * 21) - 10)
    const exponents = [...PAIRS.b, ...uniform(20000, 11, -40, 40), ...whole, ...uniform(20000, 12, -900, 900)]
    const [a, b] = [Float32Array.from(bases), Float32Array.from(exponents)]
    const expected = Float64Array.from(a, (base, i) => power(base, b[i]!))
    expect(worstUlp(run('binaryPow', a, b, flat(a.length)), expected, a)).toBeLessThanOrEqual(0.6)
  })

  it('does nothing for an empty output', () => {
    const at = bench.output(4)
    bench.kernels.binaryAdd(at, at, at, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    expectSameBits(bench.read(at, 4), [NaN, NaN, NaN, NaN])
    bench.reset()
  })

  it('writes over an operand of its own shape', () => {
    const [a, b] = [uniform(60, 13), uniform(5, 14)]
    const at = bench.input(a)
    bench.run('binaryMul', [at, bench.input(b), at, 1, 12, 5, 0, 0, 5, 1, 0, 0, 0, 1], 60, { parts: 3 })
    expectSameBits(
      bench.read(at, 60),
      a.map((value, i) => value * b[i % 5]!),
    )
    bench.reset()
  })

  describe.each([1, 3, 4, 5, 7, 8, 9, 17])('%i elements, parts of any size', (length) => {
    const [a, b] = [uniform(length, 15), uniform(length, 16)]
    const condition = twoValues(length, 17)

    it('select', () => {
      const expected = a.map((value, i) => (condition[i] === 0 ? b[i]! : value))
      for (const parts of [1, 2, 3]) {
        const y = bench.output(length)
        bench.run('select', [bench.inputInt(condition), bench.input(a), bench.input(b), y], length, { parts })
        expectSameBits(bench.read(y, length), expected)
        bench.reset()
      }
    })

    it('addInto', () => {
      for (const parts of [1, 2, 3]) {
        const sum = bench.input(b)
        bench.run('addInto', [bench.input(a), sum], length, { parts })
        expectSameBits(
          bench.read(sum, length),
          b.map((value, i) => value + a[i]!),
        )
        bench.reset()
      }
    })
  })
})
