/**
 * What the kernels that multiply and add count for, in floating-point operations: two per multiply-add that is carried
 * out, those with the zeros of a padding too. Kernels that are bound by the memory rather than by arithmetic are left out.
 */

import type { KernelArguments, KernelName } from './load.ts'

type Formulas = { readonly [Name in KernelName]?: (...args: KernelArguments<Name>) => number }

const product = (M: number, N: number, K: number): number => 2 * M * N * K

const FORMULAS: Formulas = {
  matmulNN: (_a, _b, _bias, _c, M, N, K) => product(M, N, K),
  matmulPacked: (_a, _b, _bias, _c, M, N, K) => product(M, N, K),
  matmulSmall: (_a, _b, _bias, _c, M, N, K) => product(M, N, K),
  matmulTN: (_a, _b, _bias, _c, M, N, K) => product(M, N, K),
  conv2dForward: (_x, _w, _bias, _y, B, _H, _W, C, P, Q, F, R, S) => product(B * P * Q, F, R * S * C),
  conv2dGradFilter: (_x, _dy, _dw, B, _H, _W, C, P, Q, F, R, S) => product(B * P * Q, F, R * S * C),
  depthwiseConv2dForward: (_x, _w, _y, B, _H, _W, C, M, P, Q, R, S) => product(B * P * Q, C * M, R * S),
  depthwiseConv2dGradFilter: (_x, _dy, _dw, B, _H, _W, C, M, P, Q, R, S) => product(B * P * Q, C * M, R * S),
  depthwiseConv2dGradInput: (_dy, _w, _dx, B, _H, _W, C, M, P, Q, R, S) => product(B * P * Q, C * M, R * S),
}

/** The floating-point operations of a call over the whole parallel axis; 0 for a kernel that is not counted. */
export function flopsOf(name: KernelName, args: readonly number[]): number {
  const formula = FORMULAS[name] as ((...args: readonly number[]) => number) | undefined
  return formula === undefined ? 0 : formula(...args)
}
