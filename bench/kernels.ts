/**
 * GFLOP/s of the products of the lecture's LeNet at batch 128, beside the multiply-add peak probed in the same run:
 * `node --import tsx bench/kernels.ts [part of a name]`; Node 20 and 22 want `--experimental-wasm-relaxed-simd` before
 * `--import` to run the relaxed build too.
 */

import { type BuildName, compileBuild, instantiateKernels, type Kernels } from '../src/runtime/load.ts'
import { Memory } from '../src/runtime/memory.ts'
import { probeFeatures } from '../src/runtime/probe.ts'

interface Case {
  readonly name: string
  readonly flops: number
  readonly run: () => void
}

const BATCH = 128
const NR = 8
const filter = process.argv[2] ?? ''

/** Buffers that hold numbers in [-0.5, 0.5), and panels of such. */
class Operands {
  readonly k: Kernels
  readonly #memory: Memory

  constructor(k: Kernels, memory: Memory) {
    this.k = k
    this.#memory = memory
  }

  values(length: number): number {
    const at = this.#memory.allocate(length * 4, 'bench')
    const view = this.#memory.f32(at, length)
    for (let i = 0; i < length; i++) view[i] = ((i * 7919) % 1000) / 1000 - 0.5
    return at
  }

  panels(K: number, N: number): number {
    return this.values(K * Math.ceil(N / NR) * NR)
  }
}

/** A 3 × 3 convolution of C to F channels with P × P output pixels, forward and backward. */
function convolution(name: string, operands: Operands, C: number, F: number, P: number): Case[] {
  const { k } = operands
  const H = P + 2
  const pixels = BATCH * P * P
  const x = operands.values(BATCH * H * H * C)
  const y = operands.values(pixels * F)
  const padded = operands.values(BATCH * (H + 2) ** 2 * F)
  const w = operands.values(9 * C * F)
  const [packed, flipped] = [operands.panels(9 * C, F), operands.panels(9 * F, C)]
  const flops = 2 * pixels * F * C * 9
  const sizes = [BATCH, H, H, C, P, P, F, 3, 3, 1, 1, 1, 1] as const
  const reversed = [BATCH, H + 2, H + 2, F, H, H, C, 3, 3, 1, 1, 1, 1] as const
  const padding = [BATCH, P, P, F, H + 2, H + 2, 2, 2, 1, 1] as const
  const panels = Math.ceil(C / NR)
  return [
    { name: `${name} y`, flops, run: () => k.conv2dForward(x, packed, 0, y, ...sizes, C, F, 1, 0, pixels) },
    { name: `${name} pad dy`, flops: 0, run: () => k.pad2d(y, padded, ...padding, 0, BATCH * (H + 2)) },
    { name: `${name} pack w`, flops: 0, run: () => k.packFilterFlipped(w, flipped, 3, 3, C, F, F, 0, panels) },
    {
      name: `${name} dx`,
      flops: 2 * BATCH * H * H * F * C * 9,
      run: () => k.conv2dForward(padded, flipped, 0, x, ...reversed, F, C, 0, 0, BATCH * H * H),
    },
    { name: `${name} dw`, flops, run: () => k.conv2dGradFilter(x, y, w, ...sizes, C, F, F, 0, 9 * C) },
  ]
}

/** y[M, N] = x[M, K] · w[K, N], forward and backward. */
function dense(name: string, operands: Operands, M: number, N: number, K: number): Case[] {
  const { k } = operands
  const [x, w, y] = [operands.values(M * K), operands.values(K * N), operands.values(M * N)]
  const [packedW, packedWT, packedX, packedDy] = [
    operands.panels(K, N),
    operands.panels(N, K),
    operands.panels(M, K),
    operands.panels(M, N),
  ]
  const [panelsN, panelsK] = [Math.ceil(N / NR), Math.ceil(K / NR)]
  const flops = 2 * M * N * K
  return [
    { name: `${name} pack w`, flops: 0, run: () => k.packB(w, packedW, K, N, N, 0, panelsN) },
    { name: `${name} y`, flops, run: () => k.matmulNN(x, packedW, 0, y, M, N, K, K, N, 1, 0, M) },
    { name: `${name} pack wᵀ`, flops: 0, run: () => k.packBTransposed(w, packedWT, N, K, N, 0, panelsK) },
    { name: `${name} dx`, flops, run: () => k.matmulNN(y, packedWT, 0, x, M, K, N, N, K, 0, 0, M) },
    { name: `${name} pack dy`, flops: 0, run: () => k.packB(y, packedDy, M, N, N, 0, panelsN) },
    { name: `${name} dw, x as it is`, flops, run: () => k.matmulTN(x, packedDy, 0, w, K, N, M, K, N, 0, 0, K) },
    { name: `${name} pack x`, flops: 0, run: () => k.packB(x, packedX, M, K, K, 0, panelsK) },
    { name: `${name} dw, x packed`, flops, run: () => k.matmulPacked(packedX, packedDy, 0, w, K, N, M, N, 0, 0, K) },
    {
      name: `${name}, one row`,
      flops: 2 * N * K,
      run: () => k.matmulSmall(x, w, 0, y, 1, N, K, K, 1, N, 1, N, 0, 0, 1),
    },
  ]
}

/** The least of a number of runs: what the machine can do when nothing else wants it. */
function milliseconds(run: () => void): number {
  let best = Number.POSITIVE_INFINITY
  const until = performance.now() + 700
  for (let i = 0; i < 5 || performance.now() < until; i++) {
    const start = performance.now()
    run()
    best = Math.min(best, performance.now() - start)
  }
  return best
}

async function bench(build: BuildName): Promise<void> {
  const wasm = new WebAssembly.Memory({ initial: 4096, maximum: 65536 })
  const kernels = await instantiateKernels(await compileBuild(build), wasm)
  const operands = new Operands(kernels, new Memory(wasm, 2 ** 32))
  const cases = [
    ...convolution('conv1', operands, 1, 32, 26),
    ...convolution('conv2', operands, 32, 64, 24),
    ...dense('dense', operands, BATCH, 128, 9216),
    ...dense('768³', operands, 768, 768, 768),
  ]
  const peak = await probePeak(build)
  console.log(`${build}: multiply-add peak ${peak.toFixed(1)} GFLOP/s`)
  for (const { name, flops, run } of cases.filter((one) => one.name.includes(filter))) {
    const ms = milliseconds(run)
    const rate = flops / ms / 1e6
    const share =
      flops > 0 ? `${rate.toFixed(1).padStart(6)} GFLOP/s ${((100 * rate) / peak).toFixed(0).padStart(4)} %` : ''
    console.log(`  ${name.padEnd(20)} ${ms.toFixed(3).padStart(8)} ms ${share}`)
  }
}

/** GFLOP/s of twelve independent chains x ← x · f + t in registers, in a hand-assembled module: nothing but arithmetic. */
async function probePeak(build: BuildName): Promise<number> {
  const CHAINS = 12
  const ROUNDS = 4_000_000
  const get = (local: number): number[] => [0x20, local]
  const set = (local: number): number[] => [0x21, local]
  const [splat, lane0, add, mul] = [
    [0xfd, 19],
    [0xfd, 31, 0],
    [0xfd, 0xe4, 1],
    [0xfd, 0xe6, 1],
  ]
  const relaxedMadd = [0xfd, 0x85, 2]
  // Locals: 0 rounds, 1 f, 2 t, 3 … the chains.
  const chains = Array.from({ length: CHAINS }, (_, i) => 3 + i)
  const step = (x: number): number[] =>
    build === 'relaxed'
      ? [...get(x), ...get(1), ...get(2), ...relaxedMadd, ...set(x)]
      : [...get(x), ...get(1), ...mul, ...get(2), ...add, ...set(x)]
  const constant = (local: number): number[] => [0x43, 0, 0, 0, 0x3f, ...splat, ...set(local)]
  const body = [
    ...[1, 2 + CHAINS, 0x7b, ...constant(1), ...constant(2), 0x03, 0x40, ...chains.flatMap(step)],
    ...[...get(0), 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b],
    ...[...get(3), ...chains.slice(1).flatMap((x) => [...get(x), ...add]), ...lane0, 0x0b],
  ]
  const leb = (n: number): number[] => [(n & 127) | 128, n >> 7]
  const types = [1, 6, 1, 0x60, 1, 0x7f, 1, 0x7d, 3, 2, 1, 0, 7, 5, 1, 1, 0x70, 0, 0]
  const code = [10, ...leb(body.length + 3), 1, ...leb(body.length), ...body]
  const module = await WebAssembly.instantiate(Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...types, ...code]))
  const probe = module.instance.exports.p as (rounds: number) => number
  return (ROUNDS * CHAINS * 8) / milliseconds(() => probe(ROUNDS)) / 1e6
}

for (const build of (probeFeatures().relaxed ? ['simd', 'relaxed'] : ['simd']) as BuildName[]) await bench(build)
