/** How large the operands are that kernels want in panels. */

/** Columns of a packed panel: NR of the kernels. */
export const NR = 8

/** Bytes of a [K, N] operand in panels. */
export function packedBytes(K: number, N: number): number {
  return Math.ceil(N / NR) * NR * K * 4
}
