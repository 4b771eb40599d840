/** Matrix products in float64, with Σ|a·b| for the rounding bound; and what the packed layouts are by definition. */

import type { Bounded } from '../compare.ts'

export interface MatmulOptions {
  readonly transposeA?: boolean
  readonly transposeB?: boolean
  readonly bias?: ArrayLike<number> | undefined
  readonly relu?: boolean
}

/** act(op(a)[M, K] · op(b)[K, N] + bias), where a transposed a is stored K × M and a transposed b N × K. */
export function matmul(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  [M, N, K]: readonly [number, number, number],
  { transposeA = false, transposeB = false, bias, relu = false }: MatmulOptions = {},
): Bounded {
  const values = new Float64Array(M * N)
  const magnitudes = new Float64Array(M * N)
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      let sum = bias?.[n] ?? 0
      let magnitude = Math.abs(sum)
      for (let k = 0; k < K; k++) {
        const product = (transposeA ? a[k * M + m]! : a[m * K + k]!) * (transposeB ? b[n * K + k]! : b[k * N + n]!)
        sum += product
        magnitude += Math.abs(product)
      }
      values[m * N + n] = relu && sum < 0 ? 0 : sum
      magnitudes[m * N + n] = magnitude
    }
  }
  return { values, magnitudes }
}

/** Panels [ceil(N / NR)][K][NR] of a K × N matrix given by its elements, zeros in the columns past N. */
export function panels(K: number, N: number, element: (k: number, n: number) => number, NR = 8): Float32Array {
  const packed = new Float32Array(Math.ceil(N / NR) * K * NR)
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) packed[(Math.floor(n / NR) * K + k) * NR + (n % NR)] = element(k, n)
  }
  return packed
}
