/** How large the operands are that kernels want in panels. */

import type { BuildName } from './builds.ts'

/** Columns of a packed panel: NR of the kernels. */
export const PANEL_COLUMNS: Readonly<Record<BuildName, number>> = { simd: 8, relaxed: 8, wide: 16 }

/**
 * Bytes of a [K, N] operand in the panels of a build.
 * @param build 'simd', 'relaxed' or 'wide'
 * @param K rows
 * @param N columns
 * @example
 * console.log(packedBytes('relaxed', 10, 9)) // 640
 */
export function packedBytes(build: BuildName, K: number, N: number): number {
  const columns = PANEL_COLUMNS[build]
  return Math.ceil(N / columns) * columns * K * 4
}
