/**
 * What the kernels that multiply and add count for, in floating-point operations: two per multiply-add that is carried
 * out, also those with the zeros of a padding; of Winograd's convolution the products of the transformed tiles. Kernels
 * that are bound by the memory rather than by arithmetic are left out.
 */

import type { KernelArguments, KernelName } from './load.ts'

type Formulas = { readonly [Name in KernelName]?: (extent: number, ...args: KernelArguments<Name>) => number }

const product = (M: number, N: number, K: number): number => 2 * M * N * K

/** By 4 × 4 pixels, each of 6 × 6 products. */
const winogradTiles = (P: number, Q: number): number => Math.ceil(P / 4) * Math.ceil(Q / 4)

const FORMULAS: Formulas = {
  matmulNN: (_, _a, _b, _bias, _c, M, N, K) => product(M, N, K),
  matmulSmall: (_, _a, _b, _bias, _c, _sums, M, N, K) => product(M, N, K),
  conv2dForward: (_, _x, _w, _bias, _y, B, _H, _W, C, P, Q, F, R, S) => product(B * P * Q, F, R * S * C),
  conv2dGradFilter: (...args) => product(args[23], args[11], args[12] * args[13] * args[8]),
  conv2dGradInput: (rows, _dy, _w, _dx, _s, _bytes, H, _W, C, P, Q, F, R, S) =>
    product((rows / H) * P * Q, F, R * S * C),
  depthwiseConv2dForward: (_, _x, _w, _b, _y, B, _H, _W, C, P, Q, R, S) => product(B * P * Q, C, R * S),
  depthwiseConv2dGradFilter: (_, _x, _dy, _dw, _s, B, _H, _W, C, P, Q, R, S) => product(B * P * Q, C, R * S),
  depthwiseConv2dGradInput: (_, _dy, _w, _dx, B, _H, _W, C, P, Q, R, S) => product(B * P * Q, C, R * S),
  winogradForward: (tiles, _x, _u, _bias, _y, _i, _s, _bytes, _H, _W, C, _P, _Q, F) => product(36 * tiles, C, F),
  winogradGrad: (images, _x, _dy, _i, _u, dx, dU, _db, _s, _bytes, _H, _W, C, P, Q, F) =>
    (Number(dx !== 0) + Number(dU !== 0)) * product(36 * images * winogradTiles(P, Q), C, F),
}

/** The floating-point operations of a call over a parallel axis of `extent`; 0 for a kernel that is not counted. */
export function flopsOf(name: KernelName, extent: number, args: readonly number[]): number {
  const formula = FORMULAS[name] as ((extent: number, ...args: readonly number[]) => number) | undefined
  return formula === undefined ? 0 : formula(extent, ...args)
}
