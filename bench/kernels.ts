/**
 * GFLOP/s of the products on the lecture's LeNet at batch 128, beside the multiply-add peak probed in the same run:
 * `npx tsx bench/kernels.ts [filter]`. With NODE_OPTIONS=--experimental-wasm-relaxed-simd (Node < 24) both builds run.
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
const filter = process.argv[2] ?? ''

function cases(k: Kernels, memory: Memory): Case[] {
  const buffer = (length: number): number => {
    const at = memory.allocate(length * 4, 'bench')
    const view = memory.f32(at, length)
    for (let i = 0; i < length; i++) view[i] = ((i * 7919) % 1000) / 1000 - 0.5
    return at
  }
  const pack = (K: number, N: number): number => {
    const packed = buffer(K * Math.ceil(N / 8) * 8)
    k.packB(buffer(K * N), packed, K, N, N, 0, Math.ceil(N / 8))
    return packed
  }
  const conv = (name: string, C: number, F: number, P: number): Case[] => {
    const H = P + 2
    const [x, dy, dw, dx] = [
      buffer(BATCH * H * H * C),
      buffer(BATCH * P * P * F),
      buffer(9 * C * F),
      buffer(BATCH * H * H * C),
    ]
    const [w, packed, flipped, y] = [buffer(9 * C * F), pack(9 * C, F), pack(9 * F, C), buffer(BATCH * P * P * F)]
    const padded = buffer(BATCH * (H + 2) ** 2 * F)
    const flops = 2 * BATCH * P * P * F * C * 9
    return [
      {
        name: `${name} forward`,
        flops,
        run: () =>
          k.conv2dForward(x, packed, 0, y, BATCH, H, H, C, P, P, F, 3, 3, 1, 1, 1, 1, C, F, 1, 0, BATCH * P * P),
      },
      {
        name: `${name} pad dy`,
        flops: 0,
        run: () => k.pad2d(dy, padded, BATCH, P, P, F, H + 2, H + 2, 2, 2, 1, 1, 0, BATCH * (H + 2)),
      },
      {
        name: `${name} pack flipped`,
        flops: 0,
        run: () => k.packFilterFlipped(w, flipped, 3, 3, C, F, F, 0, Math.ceil(C / 8)),
      },
      {
        name: `${name} dx`,
        flops: (flops * H * H) / P / P,
        run: () =>
          k.conv2dForward(
            padded,
            flipped,
            0,
            dx,
            BATCH,
            H + 2,
            H + 2,
            F,
            H,
            H,
            C,
            3,
            3,
            1,
            1,
            1,
            1,
            F,
            C,
            0,
            0,
            BATCH * H * H,
          ),
      },
      {
        name: `${name} dw`,
        flops,
        run: () => k.conv2dGradFilter(x, dy, dw, BATCH, H, H, C, P, P, F, 3, 3, 1, 1, 1, 1, C, F, F, 0, 9 * C),
      },
    ]
  }
  const [x, w, y] = [buffer(BATCH * 9216), buffer(9216 * 128), buffer(BATCH * 128)]
  const [packedW, packedWT, packedDy] = [pack(9216, 128), pack(128, 9216), pack(BATCH, 128)]
  const [dx, dw, bias] = [buffer(BATCH * 9216), buffer(9216 * 128), buffer(128)]
  const big = 768
  const [bigA, bigB, bigC] = [buffer(big * big), pack(big, big), buffer(big * big)]
  const flops = 2 * BATCH * 9216 * 128
  return [
    ...conv('conv1', 1, 32, 26),
    ...conv('conv2', 32, 64, 24),
    { name: 'dense pack W', flops: 0, run: () => k.packB(w, packedW, 9216, 128, 128, 0, 16) },
    { name: 'dense y', flops, run: () => k.matmulNN(x, packedW, bias, y, BATCH, 128, 9216, 9216, 128, 1, 0, BATCH) },
    { name: 'dense pack Wᵀ', flops: 0, run: () => k.packBTransposed(w, packedWT, 128, 9216, 128, 0, 1152) },
    { name: 'dense dx', flops, run: () => k.matmulNN(y, packedWT, 0, dx, BATCH, 9216, 128, 128, 9216, 0, 0, BATCH) },
    { name: 'dense pack dy', flops: 0, run: () => k.packB(y, packedDy, BATCH, 128, 128, 0, 16) },
    { name: 'dense dw', flops, run: () => k.matmulTN(x, packedDy, 0, dw, 9216, 128, BATCH, 9216, 128, 0, 0, 9216) },
    {
      name: 'matmul 768³',
      flops: 2 * big ** 3,
      run: () => k.matmulNN(bigA, bigB, 0, bigC, big, big, big, big, big, 0, 0, big),
    },
    {
      name: 'matmul 768³ TN',
      flops: 2 * big ** 3,
      run: () => k.matmulTN(bigA, bigB, 0, bigC, big, big, big, big, big, 0, 0, big),
    },
    {
      name: 'predict 1×9216×128',
      flops: 2 * 9216 * 128,
      run: () => k.matmulSmall(x, w, bias, y, 1, 128, 9216, 9216, 1, 128, 1, 128, 0, 0, 1),
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
  const list = cases(kernels, new Memory(wasm, 2 ** 32)).filter(({ name }) => name.includes(filter))
  const peak = await probePeak(build)
  console.log(`${build}: multiply-add peak ${peak.toFixed(1)} GFLOP/s`)
  for (const { name, flops, run } of list) {
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
