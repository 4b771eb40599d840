/** The packed and the small matrix products against float64, over every remainder of the tiles and blocks. */

import { beforeAll, describe, expect, it } from 'vitest'
import { expectSameBits, expectWithinRounding } from '../helpers/compare.ts'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'
import { uniform } from '../helpers/random.ts'
import { matmul, panels } from '../helpers/reference/matmul.ts'
import { gatherRows, primeAbove, spreadRows } from '../helpers/strided.ts'

/** As in assembly/config.ts: the shapes below are made from them. */
const MR = 4
const KC = 256
const MC = 128
const NC = 256
const STREAM_COLUMNS = 64

const ROWS = [1, MR - 1, MR, MR + 1, 2 * MR + 3]
/** Around panels of 8 and of 16. */
const COLUMNS = [1, 7, 8, 9, 15, 17, 19, 35]
const DEPTHS = [1, 3, KC - 1, KC, KC + 1]

type Layout = 'NN' | 'NT' | 'TN' | 'TT'
const LAYOUTS = ['NN', 'NT', 'TN', 'TT'] as const

interface Product {
  readonly layout: Layout
  readonly size: readonly [M: number, N: number, K: number]
  readonly a?: Float32Array
  readonly b?: Float32Array
  readonly bias?: Float32Array
  readonly relu?: boolean
  /** Leading dimensions above the widths, NaN between. */
  readonly gaps?: boolean
  readonly parts?: number
}

/** What one product needs besides the kernel: operands, their widths and leading dimensions. */
function operands({ layout, size: [M, N, K], a, b, gaps = true }: Product) {
  const widthA = layout[0] === 'T' ? M : K
  const widthB = layout[1] === 'T' ? K : N
  const stride = (width: number): number => (gaps ? primeAbove(width) : width)
  const valuesA = a ?? uniform(M * K)
  const valuesB = b ?? uniform(K * N, 2)
  const [lda, ldb, ldc] = [stride(widthA), stride(widthB), stride(N)]
  return {
    valuesA,
    valuesB,
    spreadA: spreadRows(valuesA, widthA, lda),
    spreadB: spreadRows(valuesB, widthB, ldb),
    lda,
    ldb,
    ldc,
  }
}

function reference(product: Product) {
  const { valuesA, valuesB } = operands(product)
  const [transposeA, transposeB] = [product.layout[0] === 'T', product.layout[1] === 'T']
  return matmul(valuesA, valuesB, product.size, { ...product, transposeA, transposeB })
}

describe.each(BUILDS)('%s', (build) => {
  let bench: KernelBench
  beforeAll(async () => {
    bench = await KernelBench.open(build)
  })

  function packed(product: Product): Float32Array {
    const { layout, size, bias, relu = false, parts = 1 } = product
    const [M, N, K] = size
    const { spreadA, spreadB, lda, ldb, ldc } = operands(product)
    const count = Math.ceil(N / bench.NR)
    const panel = bench.output(count * K * bench.NR, 'panels')
    bench.run(layout[1] === 'T' ? 'packBTransposed' : 'packB', [bench.input(spreadB), panel, K, N, ldb], count, {
      parts,
    })
    const length = (M - 1) * ldc + N
    const c = bench.output(length, 'c')
    const biasAt = bias ? bench.input(bias) : 0
    const args = [bench.input(spreadA), panel, biasAt, c, M, N, K, lda, ldc, relu ? 1 : 0] as const
    bench.run(layout[0] === 'T' ? 'matmulTN' : 'matmulNN', [...args], M, { parts })
    const result = gatherRows(bench.read(c, length), N, ldc)
    bench.reset()
    return result
  }

  /** A packed too: from rows by packBTransposed, from columns by packB. */
  function bothPacked(product: Product): Float32Array {
    const { layout, size, bias, relu = false, parts = 1 } = product
    const [M, N, K] = size
    const { spreadA, spreadB, lda, ldb, ldc } = operands(product)
    const [countA, countB] = [Math.ceil(M / bench.NR), Math.ceil(N / bench.NR)]
    const packedA = bench.output(countA * K * bench.NR, 'panels of a')
    const packedB = bench.output(countB * K * bench.NR, 'panels of b')
    bench.run(layout[0] === 'T' ? 'packB' : 'packBTransposed', [bench.input(spreadA), packedA, K, M, lda], countA)
    bench.run(layout[1] === 'T' ? 'packBTransposed' : 'packB', [bench.input(spreadB), packedB, K, N, ldb], countB)
    const length = (M - 1) * ldc + N
    const c = bench.output(length, 'c')
    const biasAt = bias ? bench.input(bias) : 0
    bench.run('matmulPacked', [packedA, packedB, biasAt, c, M, N, K, ldc, relu ? 1 : 0], M, { parts })
    const result = gatherRows(bench.read(c, length), N, ldc)
    bench.reset()
    return result
  }

  function small(product: Product): Float32Array {
    const { layout, size, bias, relu = false, parts = 1 } = product
    const [M, N, K] = size
    const { spreadA, spreadB, lda, ldb, ldc } = operands(product)
    const stridesA = layout[0] === 'T' ? ([1, lda] as const) : ([lda, 1] as const)
    const stridesB = layout[1] === 'T' ? ([1, ldb] as const) : ([ldb, 1] as const)
    const length = (M - 1) * ldc + N
    const c = bench.output(length, 'c')
    const biasAt = bias ? bench.input(bias) : 0
    const [at, bt] = [bench.input(spreadA), bench.input(spreadB)]
    const blocks = M * Math.ceil(N / STREAM_COLUMNS)
    bench.run('matmulSmall', [at, bt, biasAt, c, M, N, K, ...stridesA, ...stridesB, ldc, relu ? 1 : 0], blocks, {
      parts,
    })
    const result = gatherRows(bench.read(c, length), N, ldc)
    bench.reset()
    return result
  }

  function check(run: typeof packed, product: Product): void {
    expectWithinRounding(
      run(product),
      reference(product),
      product.size[2],
      `${product.layout} ${product.size.join('×')}`,
    )
  }

  describe.each(LAYOUTS)('%s', (layout) => {
    it.each(ROWS)('packed: row remainder of the tile, M = %i, with every column and depth remainder', (M) => {
      const bias = uniform(35, 3)
      for (const N of COLUMNS) {
        for (const K of DEPTHS) {
          check(packed, { layout, size: [M, N, K] })
          check(packed, { layout, size: [M, N, K], bias: bias.subarray(0, N), relu: true })
          check(bothPacked, { layout, size: [M, N, K], bias: bias.subarray(0, N) })
        }
      }
    })

    it.each(ROWS)('small: M = %i, with every remainder of blocks, vectors and depth', (M) => {
      const bias = uniform(2 * STREAM_COLUMNS + 3, 3)
      const blocks = [STREAM_COLUMNS - 1, STREAM_COLUMNS, STREAM_COLUMNS + 1, bias.length]
      for (const N of [...COLUMNS, 4, 5, 12, 16, 20, ...blocks]) {
        for (const K of [1, 3, 4, 7, 8, 9, 37]) {
          check(small, { layout, size: [M, N, K] })
          check(small, { layout, size: [M, N, K], bias: bias.subarray(0, N), relu: true, parts: 3 })
        }
      }
    })

    it('crosses blocks of rows, columns and depth', () => {
      const product = { layout, size: [MC + 3, NC + 7, 2 * KC + 9], bias: uniform(NC + 7, 3), relu: true } as const
      const expected = reference(product)
      for (const run of [packed, bothPacked]) expectWithinRounding(run(product), expected, product.size[2], run.name)
    })

    it('an empty sum is the bias, or zero', () => {
      const bias = uniform(11, 3)
      for (const run of [packed, bothPacked, small]) {
        const empty = { layout, size: [5, 11, 0], a: new Float32Array(), b: new Float32Array(), gaps: false } as const
        expectSameBits(
          run({ ...empty, bias }),
          Float32Array.from({ length: 55 }, (_, i) => bias[i % 11]!),
        )
        expectSameBits(run(empty), new Float32Array(55))
        const relu = Float32Array.from({ length: 55 }, (_, i) => Math.max(bias[i % 11]!, 0))
        expectSameBits(run({ ...empty, bias, relu: true }), relu)
      }
    })

    it('gives the same bits for 1, 2, 3 and 4 parts', () => {
      const product = { layout, size: [29, 21, KC + 5], bias: uniform(21, 3), relu: true } as const
      for (const run of [packed, bothPacked]) {
        const whole = run(product)
        for (const parts of [2, 3, 4]) expectSameBits(run({ ...product, parts }), whole, `${parts} parts`)
      }
      for (const M of [1, 3]) {
        const [N, K] = [3 * STREAM_COLUMNS + 5, KC + 5]
        const few = { layout, size: [M, N, K], bias: uniform(N, 3), relu: true } as const
        const whole = small(few)
        for (const parts of [2, 3, 4]) expectSameBits(small({ ...few, parts }), whole, `${M} rows in ${parts} parts`)
      }
    })

    it('NaN and infinities reach what they must and nothing else, relu included', () => {
      const [a, b] = [uniform(9 * 10), uniform(10 * 11, 2)]
      a[7] = Number.NaN
      a[31] = Number.POSITIVE_INFINITY
      a[32] = Number.NEGATIVE_INFINITY
      b[3] = 0
      b[17] = Number.NaN
      const product = { layout, size: [9, 11, 10], a, b, relu: true } as const
      const { values } = reference(product)
      expect(values.some(Number.isNaN) && values.some(Number.isFinite) && values.includes(0)).toBe(true)
      for (const run of [packed, bothPacked, small]) check(run, product)
    })
  })

  it.each([
    ['dense forward', 'NN', 16, 128, 9216],
    ['dense gradient of the input', 'NT', 16, 9216, 128],
    ['dense gradient of the weights', 'TN', 9216, 128, 16],
    ['logits', 'NN', 128, 10, 128],
    ['gradient of the logits’ weights', 'TN', 128, 10, 128],
    ['primes', 'NN', 37, 41, 43],
  ] as const)("LeNet's %s", (_, layout, M, N, K) => {
    const product = { layout, size: [M, N, K], gaps: false, bias: uniform(N, 3) } as const
    const expected = reference(product)
    for (const run of [packed, bothPacked]) expectWithinRounding(run(product), expected, K, run.name)
  })

  it.each(LAYOUTS)('one row of LeNet: %s', (layout) => {
    check(small, { layout, size: [1, 128, 9216], gaps: false, bias: uniform(128, 3) })
  })

  it('any strides: every second row and column', () => {
    const [M, N, K] = [3, 5, 7]
    const [a, b] = [uniform(2 * M * 2 * K), uniform(2 * K * 2 * N, 2)]
    const c = bench.output(M * N)
    bench.run('matmulSmall', [bench.input(a), bench.input(b), 0, c, M, N, K, 4 * K, 2, 4 * N, 2, N, 0], M)
    const everySecond = (values: Float32Array, width: number) =>
      values.filter((_, i) => i % 2 === 0 && Math.floor(i / (2 * width)) % 2 === 0)
    expectWithinRounding(bench.read(c, M * N), matmul(everySecond(a, K), everySecond(b, N), [M, N, K]), K)
    bench.reset()
  })

  describe('panels', () => {
    it.each([
      ['one whole panel', 8, 8],
      ['column tail', 5, 3],
      ['second half of a panel begun', 6, 13],
      ['block of depth crossed', 131, 9],
      ['depth of one', 1, 16],
    ])('packB and packBTransposed: %s', (_, K, N) => {
      const b = uniform(K * N)
      const length = Math.ceil(N / bench.NR) * K * bench.NR
      const expected = panels(K, N, (k, n) => b[k * N + n]!, bench.NR)
      const transposed = panels(K, N, (k, n) => b[n * K + k]!, bench.NR)
      for (const parts of [1, 2]) {
        const [plain, turned] = [bench.output(length), bench.output(length)]
        const [ldb, ldbT] = [primeAbove(N), primeAbove(K)]
        bench.run('packB', [bench.input(spreadRows(b, N, ldb)), plain, K, N, ldb], Math.ceil(N / bench.NR), { parts })
        expectSameBits(bench.read(plain, length), expected, `${parts} parts`)
        const turnedArgs = [bench.input(spreadRows(b, K, ldbT)), turned, K, N, ldbT] as const
        bench.run('packBTransposed', [...turnedArgs], Math.ceil(N / bench.NR), { parts })
        expectSameBits(bench.read(turned, length), transposed, `transposed, ${parts} parts`)
        bench.reset()
      }
    })

    it.each([
      ['3×3, whole panels', 3, 3, 8, 4],
      ['1×1, channel tail', 1, 1, 5, 7],
      ['not square, two panels, filters no multiple of 4', 2, 3, 11, 6],
    ])('packFilterFlipped: %s', (_, R, S, C, F) => {
      const w = uniform(R * S * C * F)
      const ldw = primeAbove(F)
      const K = R * S * F
      const expected = panels(
        K,
        C,
        (k, c) => {
          const [r, s, f] = [Math.floor(k / (S * F)), Math.floor(k / F) % S, k % F]
          return w[(((R - 1 - r) * S + (S - 1 - s)) * C + c) * F + f]!
        },
        bench.NR,
      )
      for (const parts of [1, 2]) {
        const at = bench.output(expected.length)
        const args = [bench.input(spreadRows(w, F, ldw)), at, R, S, C, F, ldw] as const
        bench.run('packFilterFlipped', [...args], Math.ceil(C / bench.NR), { parts })
        expectSameBits(bench.read(at, expected.length), expected, `${parts} parts`)
        bench.reset()
      }
    })
  })
})
