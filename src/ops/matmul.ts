/** Matrix products, plain and with bias and activation in the same pass. */

import { ShapeError, showShape } from '../errors.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { type MatMulShape, matMulShape, type Shape, sizeOf } from '../shape.ts'
import type { Tensor, TensorLike } from '../tensor.ts'
import { sumToShape } from './arithmetic.ts'
import { biasGrad, type EpilogueActivation, epilogueCode, epilogueGrad } from './epilogue.ts'
import { allocate, atOrNull, floatTensor, record } from './op.ts'

/** Columns of a packed panel: NR of the kernels. */
const NR = 8

/** Bytes of a [K, N] operand in panels. */
export function packedBytes(K: number, N: number): number {
  return Math.ceil(N / NR) * NR * K * 4
}

export interface FusedMatMulOptions {
  readonly transposeA?: boolean
  readonly transposeB?: boolean
  /** [N], added to each row. */
  readonly bias?: Tensor | undefined
  readonly activation?: EpilogueActivation
}

/**
 * The matrix product of [..., M, K] and [..., K, N]; leading axes broadcast.
 * @throws ShapeError where the inner sizes differ
 */
export function matMul(a: TensorLike, b: TensorLike, transposeA = false, transposeB = false): Tensor {
  return fusedMatMul('matMul', a, b, { transposeA, transposeB })
}

/** activation(a·b + bias): a dense layer in one pass. */
export function fusedMatMul(who: string, a: TensorLike, b: TensorLike, options: FusedMatMulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, bias, activation = 'linear' } = options
  const $a = floatTensor(who, 'a', a)
  const $b = floatTensor(who, 'b', b)
  const product = matMulShape(who, $a.shape, $b.shape, transposeA, transposeB)
  checkBias(who, bias, product.N)
  const y = allocate(who, product.shape)
  multiply(who, $a, $b, bias, y, product, transposeA, transposeB, activation)
  const inputs = bias === undefined ? [$a, $b] : [$a, $b, bias]
  return record(who, inputs, y, [$a, $b, y], (dy, [$a, $b, y], wanted) => {
    const dz = epilogueGrad(who, activation, dy, y!)
    const da = wanted[0] ? gradA($a!, $b!, dz, transposeA, transposeB) : null
    const db = wanted[1] ? gradB($a!, $b!, dz, transposeA, transposeB) : null
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

function multiply(
  who: string,
  a: Tensor,
  b: Tensor,
  bias: Tensor | undefined,
  y: Tensor,
  { batch, M, N, K }: MatMulShape,
  transposeA: boolean,
  transposeB: boolean,
  activation: EpilogueActivation,
): void {
  const owner = y.buffer(who).owner
  const lda = a.shape[a.rank - 1]!
  const ldb = b.shape[b.rank - 1]!
  const code = epilogueCode(activation)
  const [aSteps, bSteps] = [batchSteps(batch, a.shape, M * K), batchSteps(batch, b.shape, K * N)]
  if (y.size === 0) return
  if (K === 0 || !worthPacking(M)) {
    const [am, ak] = transposeA ? [1, lda] : [lda, 1]
    const [bk, bn] = transposeB ? [1, ldb] : [ldb, 1]
    eachBatch(batch, aSteps, bSteps, (index, aOffset, bOffset) => {
      const at = y.at(who) + index * M * N * 4
      owner.run(
        'matmulSmall',
        M,
        a.at(who) + aOffset,
        b.at(who) + bOffset,
        atOrNull(who, bias),
        at,
        M,
        N,
        K,
        am,
        ak,
        bk,
        bn,
        N,
        code,
      )
    })
    return
  }
  owner.withScratch(packedBytes(K, N), who, (packed) => {
    let packedOffset = -1
    eachBatch(batch, aSteps, bSteps, (index, aOffset, bOffset) => {
      if (bOffset !== packedOffset) packOperand(owner, b.at(who) + bOffset, packed, K, N, ldb, transposeB)
      packedOffset = bOffset
      const at = y.at(who) + index * M * N * 4
      const kernel = transposeA ? 'matmulTN' : 'matmulNN'
      owner.run(kernel, M, a.at(who) + aOffset, packed, atOrNull(who, bias), at, M, N, K, lda, N, code)
    })
  })
}

/** Packing reads and writes the whole of B once, which few rows of A do not pay back. */
function worthPacking(M: number): boolean {
  return M >= 4
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
  owner.run(transposed ? 'packBTransposed' : 'packB', Math.ceil(N / NR), b, packed, K, N, ldb)
}

/** Bytes from one matrix to the next along each batch axis; 0 where the operand is stretched. */
function batchSteps(batch: Shape, shape: Shape, matrix: number): number[] {
  const own = shape.slice(0, -2)
  return batch.map((_, axis) => {
    const at = axis - batch.length + own.length
    return at < 0 || own[at] === 1 ? 0 : sizeOf(own.slice(at + 1)) * matrix * 4
  })
}

function eachBatch(
  batch: Shape,
  aSteps: readonly number[],
  bSteps: readonly number[],
  visit: (index: number, aOffset: number, bOffset: number) => void,
): void {
  const count = sizeOf(batch)
  for (let index = 0; index < count; index++) {
    let [rest, aOffset, bOffset] = [index, 0, 0]
    for (let axis = batch.length - 1; axis >= 0; axis--) {
      const i = rest % batch[axis]!
      rest = (rest - i) / batch[axis]!
      aOffset += i * aSteps[axis]!
      bOffset += i * bSteps[axis]!
    }
    visit(index, aOffset, bOffset)
  }
}
