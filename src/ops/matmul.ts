/** Matrix products, plain and with bias and activation in the same pass. */

import { checkBooleans, ShapeError, showShape } from '../errors.ts'
import { packedBytes } from '../runtime/packing.ts'
import { MULTIPLIES, type Runtime } from '../runtime/runtime.ts'
import { type MatMulShape, matMulShape, type Shape, sizeOf } from '../shape.ts'
import type { Tensor, TensorLike } from '../tensor.ts'
import { biasGrad, type EpilogueActivation, epilogueCode, epilogueGrad } from './epilogue.ts'
import { type FilterShape, filterGradient } from './filter-gradient.ts'
import { allocate, atOrNull, record } from './op.ts'
import { withFloats, withPair } from './operands.ts'
import { inSlabs } from './slabs.ts'
import { sumToShape } from './sum.ts'

export interface FusedMatMulOptions {
  readonly transposeA?: boolean | undefined
  readonly transposeB?: boolean | undefined
  /** [N], added to each row. */
  readonly bias?: Tensor | undefined
  readonly activation?: EpilogueActivation
}

/**
 * The matrix product of [..., M, K] and [..., K, N]; leading axes broadcast.
 * dtypes: two int32 (or bool, as 0 and 1) give int32, everything else float32.
 * @param a [..., M, K]
 * @param b [..., K, N]
 * @param transposeA whether a is given as [..., K, M]; default false
 * @param transposeB whether b is given as [..., N, K]; default false
 * @returns [..., M, N]
 * @throws ShapeError where the inner sizes differ
 * @example
 * matMul([[1, 2], [3, 4]], [[1], [10]]).print() // [[21], [43]]
 */
export function matMul(a: TensorLike, b: TensorLike, transposeA?: boolean, transposeB?: boolean): Tensor {
  const who = 'matMul'
  checkBooleans(who, { transposeA, transposeB })
  const transposes = { transposeA: transposeA ?? false, transposeB: transposeB ?? false }
  return withPair(who, a, b, ($a, $b) => {
    if ($a.dtype === 'int32') return multiplyIntegers(who, $a, $b, transposes.transposeA, transposes.transposeB)
    return fusedMatMul(who, $a, $b, transposes)
  })
}

/** The product of int32 matrices by a plain loop, as all arithmetic on integers: exact, and modulo 2³² beyond int32. */
function multiplyIntegers(who: string, a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const sizes = matMulShape(who, a.shape, b.shape, transposeA, transposeB)
  const { M, N, K } = sizes
  const y = allocate(who, sizes.shape, 'int32')
  const [aRow, aStep] = transposeA ? [1, M] : [K, 1]
  const [bRow, bStep] = transposeB ? [1, K] : [N, 1]
  const { memory } = y.storage(who).owner
  const words = memory.i32(0, memory.totalBytes / 4)
  eachMatrix({ who, a, b, y, sizes }, (aAt, bAt, yAt) => {
    for (let m = 0; m < M; m++) {
      for (let n = 0; n < N; n++) {
        let sum = 0
        for (let k = 0; k < K; k++) {
          sum = (sum + Math.imul(words[aAt / 4 + m * aRow + k * aStep]!, words[bAt / 4 + k * bRow + n * bStep]!)) | 0
        }
        words[yAt / 4 + m * N + n] = sum
      }
    }
  })
  return y
}

/** activation(a·b + bias): a dense layer in one pass, in float32. */
export function fusedMatMul(who: string, a: Tensor, b: Tensor, options: FusedMatMulOptions = {}): Tensor {
  return withFloats(who, [a, b, options.bias], ([a, b, bias]) => multiplied(who, a!, b!, { ...options, bias }))
}

function multiplied(who: string, a: Tensor, b: Tensor, options: FusedMatMulOptions): Tensor {
  const { transposeA = false, transposeB = false, bias, activation = 'linear' } = options
  const product = matMulShape(who, a.shape, b.shape, transposeA, transposeB)
  checkBias(who, bias, product.N)
  const y = allocate(who, product.shape)
  multiply({ who, a, b, bias, y, sizes: product, transposeA, transposeB, activation })
  const inputs = bias === undefined ? [a, b] : [a, b, bias]
  return record(who, inputs, y, [a, b, y], (dy, [a, b, y], wanted) => {
    const dz = epilogueGrad(who, activation, dy, y!)
    const da = wanted[0] ? gradA(a!, b!, dz, transposeA, transposeB) : null
    const db = wanted[1] ? gradB(a!, b!, dz, transposeA, transposeB) : null
    return bias === undefined ? [da, db] : [da, db, biasGrad(dz)]
  })
}

export function checkBias(who: string, bias: Tensor | undefined, size: number): void {
  if (bias === undefined || (bias.rank === 1 && bias.size === size)) return
  throw new ShapeError({ who, expected: `bias of shape [${size}]`, received: showShape(bias.shape) })
}

function gradA(a: Tensor, b: Tensor, dz: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  return sumToShape(transposeA ? matMul(b, dz, transposeB, true) : matMul(dz, b, false, !transposeB), a.shape)
}

function gradB(a: Tensor, b: Tensor, dz: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  return sumToShape(transposeB ? matMul(dz, a, true, transposeA) : matMul(a, dz, !transposeA, false), b.shape)
}

/** Columns of an item of `matmulSmall` and the longest chain of sums, as in assembly/config.ts. */
const STREAM_COLUMNS = 64
const KC = 576

/** A product that has been checked, with all that a kernel must know of it. */
interface Product {
  readonly who: string
  readonly sizes: MatMulShape
  readonly a: Tensor
  readonly b: Tensor
  readonly bias: Tensor | undefined
  readonly y: Tensor
  readonly transposeA: boolean
  readonly transposeB: boolean
  readonly activation: EpilogueActivation
}

function multiply(product: Product): void {
  if (product.y.size === 0) return
  if (worthPacking(product)) multiplyPacked(product)
  else multiplySmall(product)
}

/** Rows of A that pay back that packing reads and writes the whole of B once. Measured. */
export const ROWS_WORTH_PACKING = 8

function worthPacking({ sizes: { M, K }, transposeA, transposeB }: Product): boolean {
  return K > 0 && (M >= ROWS_WORTH_PACKING || (transposeA && transposeB && M > 1))
}

function multiplySmall(product: Product): void {
  const { who, a, b, bias, y, transposeA, transposeB, activation } = product
  const [lda, ldb] = [a.shape[a.rank - 1]!, b.shape[b.rank - 1]!]
  const strides = [...(transposeA ? [1, lda] : [lda, 1]), ...(transposeB ? [1, ldb] : [ldb, 1])] as unknown as Strides
  eachMatrix(product, (aAt, bAt, yAt) => {
    multiplyFew(who, y.storage(who).owner, aAt, bAt, atOrNull(who, bias), yAt, product.sizes, strides, activation)
  })
}

/** Elements from row to row and from column to column of a, and of b. */
type Strides = readonly [rowA: number, columnA: number, rowB: number, columnB: number]

/** y = activation(a · b + bias) for few rows, all by their addresses; nothing is packed. */
export function multiplyFew(
  who: string,
  owner: Runtime,
  a: number,
  b: number,
  bias: number,
  y: number,
  { M, N, K }: Pick<MatMulShape, 'M' | 'N' | 'K'>,
  strides: Strides,
  activation: EpilogueActivation,
): void {
  const blocks = {
    extent: M * Math.ceil(N / STREAM_COLUMNS),
    // It waits for B more than for the arithmetic.
    work: K * Math.min(N, STREAM_COLUMNS),
    grain: 1,
  }
  owner.withScratch(K > KC ? 2 * M * N * 4 : 0, who, (sums) => {
    owner.run('matmulSmall', blocks, a, b, bias, y, sums, M, N, K, ...strides, N, epilogueCode(activation))
  })
}

function multiplyPacked(product: Product): void {
  const { who, b, bias, y, transposeA, transposeB, activation } = product
  const { M, N, K } = product.sizes
  const ldb = b.shape[b.rank - 1]!
  const biasAt = atOrNull(who, bias)
  const { owner } = y.storage(who)
  if (transposeA && !transposeB && bias === undefined && activation === 'linear') {
    eachMatrix(product, (aAt, bAt, yAt) => filterGradient(who, owner, aAt, bAt, yAt, pixelsAsRows(product.sizes)))
    return
  }
  owner.withScratch(packedBytes(owner.build, K, N), who, (packedB) => {
    owner.withScratch(transposeA ? M * K * 4 : 0, who, (turnedA) => {
      let inPanels = -1
      eachMatrix(product, (aAt, bAt, yAt) => {
        if (bAt !== inPanels) packOperand(owner, bAt, packedB, K, N, ldb, transposeB)
        inPanels = bAt
        if (transposeA) owner.run('transpose2d', { extent: M, work: K, grain: 16 }, aAt, turnedA, K, M, M, K)
        multiplyRows(who, owner, transposeA ? turnedA : aAt, packedB, biasAt, yAt, product.sizes, K, N, activation)
      })
    })
  })
}

/** aᵀ · b as the gradient of a 1 × 1 filter [M, N]: the rows of a and b are its pixels. */
function pixelsAsRows({ M, N, K }: MatMulShape): FilterShape {
  const ones = { B: 1, H: 1, P: 1, R: 1, S: 1, groups: 1, strideH: 1, strideW: 1, dilationH: 1, dilationW: 1 }
  return { ...ones, padTop: 0, padLeft: 0, W: K, Q: K, C: M, F: N }
}

/** y = activation(a · b + bias) for b in panels, all by their addresses; rows of a lda and of y ldy elements apart. */
export function multiplyRows(
  who: string,
  owner: Runtime,
  a: number,
  packedB: number,
  bias: number,
  y: number,
  { M, N, K }: Pick<MatMulShape, 'M' | 'N' | 'K'>,
  lda: number,
  ldy: number,
  activation: EpilogueActivation,
): void {
  const slice = ldy !== N
  inSlabs(who, owner, y, M * N, slice ? 1 : K, slice ? K : 1, activation, (begin, end, to, isFirst, code) => {
    const depth = slice ? K : end - begin
    // A chunk of rows reads all of B, so it takes a good many of them.
    const rows = { extent: M, work: (depth * N) / MULTIPLIES, grain: 32 }
    const panels = packedB + begin * owner.panelColumns * 4
    owner.run('matmulNN', rows, a + begin * 4, panels, isFirst ? bias : 0, to, M, N, depth, K, lda, ldy, code)
  })
}

/** Writes a [K, N] operand (or the transpose of an [N, K] one) in panels to `packed`. */
export function packOperand(
  owner: Runtime,
  b: number,
  packed: number,
  K: number,
  N: number,
  ldb: number,
  transposed = false,
): void {
  const { panelColumns } = owner
  const panels = { extent: Math.ceil(N / panelColumns), work: K * panelColumns, grain: 1 }
  owner.run(transposed ? 'packBTransposed' : 'packB', panels, b, packed, K, N, ldb)
}

/** Bytes from one matrix to the next along each batch axis; 0 where the operand is stretched. */
function batchSteps(batch: Shape, shape: Shape, matrix: number): number[] {
  const own = shape.slice(0, -2)
  return batch.map((_, axis) => {
    const at = axis - batch.length + own.length
    return at < 0 || own[at] === 1 ? 0 : sizeOf(own.slice(at + 1)) * matrix * 4
  })
}

/** Visits the matrices of a batch by the addresses of a, b and y. */
function eachMatrix(
  product: Pick<Product, 'who' | 'a' | 'b' | 'y' | 'sizes'>,
  visit: (aAt: number, bAt: number, yAt: number) => void,
): void {
  const { who, a, b, y } = product
  const { batch, M, N, K } = product.sizes
  if (batch.length === 0) {
    visit(a.at(who), b.at(who), y.at(who))
    return
  }
  const [aSteps, bSteps] = [batchSteps(batch, a.shape, M * K), batchSteps(batch, b.shape, K * N)]
  const count = sizeOf(batch)
  for (let index = 0; index < count; index++) {
    let [rest, aAt, bAt] = [index, a.at(who), b.at(who)]
    for (let axis = batch.length - 1; axis >= 0; axis--) {
      const i = rest % batch[axis]!
      rest = (rest - i) / batch[axis]!
      aAt += i * aSteps[axis]!
      bAt += i * bSteps[axis]!
    }
    visit(aAt, bAt, y.at(who) + index * M * N * 4)
  }
}
