/** The packed and the small matrix products against float64, over every remainder of the tiles and blocks. */

import { beforeAll, describe, expect, it } from 'vitest'
import { expectSameBits, expectWithinRounding } from '../helpers/compare.ts'
import { BUILDS, KernelBench } from '../helpers/kernels.ts'
import { uniform } from '../helpers/random.ts'
import { matmul, panels } from '../helpers/reference/matmul.ts'
import { gatherRows, primeAbove, spreadRows } from '../helpers/strided.ts'

/** As in assembly/config.ts: the shapes below are made from them. */
const MR = 4
const KC = 576
const MC = 128
const NC = 256
const STREAM_COLUMNS = 64
const GRAD_BLOCK = 256
const GRAD_ROWS = 64

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
    const args = [bench.input(spreadA), panel, biasAt, c, M, N, K, K, lda, ldc, relu ? 1 : 0] as const
    bench.run('matmulNN', [...args], M, { parts })
    const result = gatherRows(bench.read(c, length), N, ldc)
    bench.reset()
    return result
  }

  /** aᵀ · b as the gradient of a filter of one tap. */
  function overRows({ size: [M, N, K], parts = 1, ...given }: Product): Float32Array {
    const { spreadA, spreadB, lda, ldb, ldc } = operands({ ...given, size: [M, N, K] })
    const chunks = Math.ceil(M / GRAD_ROWS)
    const slot = GRAD_BLOCK * (GRAD_ROWS + Math.ceil(N / bench.NR) * bench.NR)
    const scratch = bench.output(slot * chunks, 'scratch')
    const length = (M - 1) * ldc + N
    const c = bench.output(length, 'c')
    const pointers = [bench.input(spreadA), bench.input(spreadB), c, scratch, slot * 4] as const
    const sizes = [1, K, M, 1, K, N, 1, 1, 1, 1, 1, 1, 0, 0, lda, ldb, ldc, K, K, 0, 1] as const
    bench.run('conv2dGradFilter', [...pointers, ...sizes], chunks, { parts })
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
    const pointers = [at, bt, biasAt, c, bench.output(2 * M * N, 'sums')] as const
    bench.run('matmulSmall', [...pointers, M, N, K, ...stridesA, ...stridesB, ldc, relu ? 1 : 0], blocks, { parts })
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

  describe.each(['NN', 'NT'] as const)('packed: %s', (layout) => {
    it.each(ROWS)('row remainder of the tile, M = %i, with every column and depth remainder', (M) => {
      const bias = uniform(35, 3)
      for (const N of COLUMNS) {
        for (const K of DEPTHS) {
          check(packed, { layout, size: [M, N, K] })
          check(packed, { layout, size: [M, N, K], bias: bias.subarray(0, N), relu: true })
        }
      }
    })

    it('crosses blocks of rows, columns and depth', () => {
      const product = { layout, size: [MC + 3, NC + 7, 2 * KC + 9], bias: uniform(NC + 7, 3), relu: true } as const
      const expected = reference(product)
      expectWithinRounding(packed(product), expected, product.size[2])
    })

    it('an empty sum is the bias, or zero', () => {
      const bias = uniform(11, 3)
      for (const run of [packed, small]) {
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
      const whole = packed(product)
      for (const parts of [2, 3, 4]) expectSameBits(packed({ ...product, parts }), whole, `${parts} parts`)
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
      for (const run of [packed, small]) check(run, product)
    })
  })

  describe.each(LAYOUTS)('small: %s', (layout) => {
    it.each(ROWS)('M = %i, with every remainder of blocks, vectors and depth', (M) => {
      const bias = uniform(2 * STREAM_COLUMNS + 3, 3)
      const blocks = [STREAM_COLUMNS - 1, STREAM_COLUMNS, STREAM_COLUMNS + 1, bias.length]
      for (const N of [...COLUMNS, 4, 5, 12, 16, 20, ...blocks]) {
        for (const K of [1, 3, 4, 7, 8, 9, 37]) {
          check(small, { layout, size: [M, N, K] })
          check(small, { layout, size: [M, N, K], bias: bias.subarray(0, N), relu: true, parts: 3 })
        }
      }
    })

    it('gives the same bits for 1, 2, 3 and 4 parts', () => {
      for (const M of [1, 3]) {
        const [N, K] = [3 * STREAM_COLUMNS + 5, KC + 5]
        const few = { layout, size: [M, N, K], bias: uniform(N, 3), relu: true } as const
        const whole = small(few)
        for (const parts of [2, 3, 4]) expectSameBits(small({ ...few, parts }), whole, `${M} rows in ${parts} parts`)
      }
    })
  })

  describe('over rows', () => {
    it.each(ROWS)('row remainder of the tile, M = %i, with every remainder of columns and pixels', (M) => {
      for (const N of COLUMNS) {
        for (const K of [1, 3, GRAD_BLOCK - 1, GRAD_BLOCK, GRAD_BLOCK + 1]) {
          check(overRows, { layout: 'TN', size: [M, N, K] })
        }
      }
    })

    it('crosses chunks of rows and blocks of pixels, with the same bits for 1, 2 and 3 parts', () => {
      const product = { layout: 'TN', size: [2 * GRAD_ROWS + 9, NC + 7, 2 * GRAD_BLOCK + 9] } as const
      const whole = overRows(product)
      expectWithinRounding(whole, reference(product), product.size[2])
      for (const parts of [2, 3]) expectSameBits(overRows({ ...product, parts }), whole, `${parts} parts`)
    })
  })

  it.each([
    ['dense forward', 'NN', 16, 128, 9216],
    ['dense gradient of the input', 'NT', 16, 9216, 128],
    ['logits', 'NN', 128, 10, 128],
    ['primes', 'NN', 37, 41, 43],
  ] as const)("LeNet's %s", (_, layout, M, N, K) => {
    const product = { layout, size: [M, N, K], gaps: false, bias: uniform(N, 3) } as const
    const expected = reference(product)
    expectWithinRounding(packed(product), expected, K)
  })

  it.each([
    ['dense gradient of the weights', 9216, 128, 16],
    ['gradient of the logits’ weights', 128, 10, 128],
  ])("LeNet's %s", (_, M, N, K) => check(overRows, { layout: 'TN', size: [M, N, K], gaps: false }))

  it.each(LAYOUTS)('one row of LeNet: %s', (layout) => {
    check(small, { layout, size: [1, 128, 9216], gaps: false, bias: uniform(128, 3) })
  })

  it.each([2, 3])('a matrix larger than L2, in %i parts', (parts) => {
    const wide = { layout: 'NN', size: [2, 131, 2101], bias: uniform(131, 3), relu: true } as const
    check(small, wide)
    expectSameBits(small({ ...wide, parts }), small(wide))
  })

  it('any strides: every second row and column', () => {
    const [M, N, K] = [3, 5, 7]
    const [a, b] = [uniform(2 * M * 2 * K), uniform(2 * K * 2 * N, 2)]
    const c = bench.output(M * N)
    bench.run('matmulSmall', [bench.input(a), bench.input(b), 0, c, 0, M, N, K, 4 * K, 2, 4 * N, 2, N, 0], M)
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
      ['whole panels', 3, 24, 4],
      ['panels cut off', 1, 5, 7],
      ['two panels a row, filters no multiple of 4', 2, 19, 6],
    ])('packFilterTransposed: %s', (_, R, N, F) => {
      const w = uniform(R * N * F)
      const ldw = primeAbove(F)
      const rows = Array.from({ length: R }, (_, r) => [...panels(F, N, (f, n) => w[(r * N + n) * F + f]!, bench.NR)])
      const expected = Float32Array.from(rows.flat())
      for (const parts of [1, 2]) {
        const at = bench.output(expected.length)
        const args = [bench.input(spreadRows(w, F, ldw)), at, N, F, ldw] as const
        bench.run('packFilterTransposed', [...args], R * Math.ceil(N / bench.NR), { parts })
        expectSameBits(bench.read(at, expected.length), expected, `${parts} parts`)
        bench.reset()
      }
    })
  })
})
