/** The raw kernels under the lecture's LeNet at batch 128, on one thread and without the layers above them. */

import { PANEL_COLUMNS, packedBytes } from '../../src/runtime/packing.ts'
import { runtime } from '../../src/runtime/runtime.ts'
import type { Case } from './case.ts'

const BATCH = 128
/** As in assembly/config.ts. */
const [GRAD_BLOCK, GRAD_ROWS] = [256, 64]

/** Buffers for one case, filled with numbers in [-0.5, 0.5), from the memory of the default runtime. */
class Operands {
  readonly #held: number[] = []

  values(length: number): number {
    const { memory } = runtime('bench')
    const at = memory.allocate(length * 4, 'bench')
    const view = memory.f32(at, length)
    for (let i = 0; i < length; i++) view[i] = ((i * 7919) % 1000) / 1000 - 0.5
    this.#held.push(at)
    return at
  }

  panels(K: number, N: number): number {
    return this.values(packedBytes(runtime('bench').build, K, N) / 4)
  }

  free(): void {
    for (const at of this.#held.splice(0)) runtime('bench').memory.free(at)
  }
}

type Kernels = ReturnType<typeof runtime>['kernels']

/** A case whose buffers are made when its turn comes. */
function kernel(name: string, flops: number, make: (operands: Operands, k: Kernels) => () => void): Case {
  return {
    group: 'kernel',
    name,
    flops,
    prepare: () => {
      const operands = new Operands()
      const run = make(operands, runtime('bench').kernels)
      return { run, end: () => operands.free() }
    },
  }
}

/** A 3 × 3 convolution of C to F channels with P × P output pixels, forward and backward. */
function convolution(name: string, C: number, F: number, P: number): Case[] {
  const H = P + 2
  const pixels = BATCH * P * P
  const flops = 2 * pixels * F * C * 9
  const [sizes, steps] = [[H, H, C, P, P, F, 3, 3] as const, [1, 1, 1, 1] as const]
  return [
    kernel(`${name} direct y`, flops, (o, k) => {
      const [x, packed, y] = [o.values(BATCH * H * H * C), o.panels(9 * C, F), o.values(pixels * F)]
      return () => k.conv2dForward(x, packed, 0, y, BATCH, ...sizes, ...steps, 9 * C, C, F, 1, 0, pixels)
    }),
    kernel(`${name} direct dx`, flops, (o, k) => {
      const slot = 9 * 64 * (C + 16)
      const [dy, w, x] = [o.values(pixels * F), o.values(9 * F * (C + 16)), o.values(BATCH * H * H * C)]
      const [scratch, rows] = [o.values(slot), BATCH * H]
      return () => k.conv2dGradInput(dy, w, x, scratch, slot * 4, ...sizes, ...steps, 0, 0, F, C, rows, 0, rows)
    }),
    kernel(`${name} direct dw`, flops, (o, k) => gradFilter(o, k, [BATCH * H * H * C, pixels, 9 * C, F], sizes)),
  ]
}

/** dw of K rows and F columns, as one sum over all pixels. */
function gradFilter(
  o: Operands,
  k: Kernels,
  [xSize, pixels, K, F]: readonly [number, number, number, number],
  sizes: readonly [number, number, number, number, number, number, number, number],
): () => void {
  const slot = GRAD_BLOCK * (GRAD_ROWS + F + 16)
  const [x, dy, dw, scratch] = [o.values(xSize), o.values(pixels * F), o.values(K * F), o.values(slot)]
  const [C, chunks] = [sizes[2], Math.ceil(K / GRAD_ROWS)]
  const cut = [C, F, F, pixels, pixels, 0, chunks] as const
  return () => k.conv2dGradFilter(x, dy, dw, scratch, slot * 4, ...sizes, 1, 1, 1, 1, 0, 0, ...cut, 0, chunks)
}

/** y[M, N] = x[M, K] · w[K, N], forward and backward. */
function product(name: string, M: number, N: number, K: number): Case[] {
  const flops = 2 * M * N * K
  return [
    kernel(`${name} pack w`, 0, (o, k) => {
      const [w, packed] = [o.values(K * N), o.panels(K, N)]
      return () => k.packB(w, packed, K, N, N, 0, Math.ceil(N / PANEL_COLUMNS[runtime('bench').build]))
    }),
    kernel(`${name} y`, flops, (o, k) => {
      const [x, packed, y] = [o.values(M * K), o.panels(K, N), o.values(M * N)]
      return () => k.matmulNN(x, packed, 0, y, M, N, K, K, K, N, 1, 0, M)
    }),
    kernel(`${name} dw`, flops, (o, k) => gradFilter(o, k, [M * K, M, K, N], [1, M, K, 1, M, N, 1, 1])),
  ]
}

export const KERNEL_CASES: readonly Case[] = [
  ...convolution('conv1', 1, 32, 26),
  ...convolution('conv2', 32, 64, 24),
  ...product('dense', BATCH, 128, 9216),
  ...product('768³', 768, 768, 768),
]
