/** Where the time goes: `profile` runs a function and tells how long each kernel took, and what was not in kernels. */

import { ArgumentError, StateError, show } from './errors.ts'
import { init } from './init.ts'
import { flopsOf } from './runtime/flops.ts'
import { type Runtime, runtime } from './runtime/runtime.ts'
import { memory } from './tensor.ts'
import { tableLines } from './text-table.ts'

/** What all calls of one kernel took together. */
export interface KernelProfile {
  /** The kernel's name in `assembly/`, e.g. 'conv2dForward'. */
  readonly kernel: string
  /** How often it ran. */
  readonly calls: number
  /** Milliseconds on the calling thread, from the start of each call until all threads were done with it. */
  readonly ms: number
  /** Floating-point operations; 0 for kernels that move numbers rather than multiply them. */
  readonly flops: number
  /** 10⁹ floating-point operations per second; 0 where none are counted, or no time was measured. */
  readonly gflops: number
  /** The share of the whole time, from 0 to 1. */
  readonly share: number
}

/** What `profile` found out. */
export interface ProfileInfo<T> {
  /** What the function returned. */
  readonly result: T
  /** The whole time in milliseconds. */
  readonly wallMs: number
  /** The time in kernels. */
  readonly kernelMs: number
  /** The time between kernels: JavaScript, waiting, the event loop. */
  readonly overheadMs: number
  /** Floating-point operations of all kernels. */
  readonly flops: number
  /** 10⁹ floating-point operations per second of the whole time. */
  readonly gflops: number
  /** Bytes and buffers that are in use after the function and were not before it. */
  readonly newBytes: number
  /** Buffers that are in use after the function and were not before it. */
  readonly newDataBuffers: number
  /** Tensors that are there after the function and were not before it. */
  readonly newTensors: number
  /** How many threads computed. */
  readonly threads: number
  /** The build of the kernels that ran. */
  readonly build: string
  /** The slowest first. */
  readonly kernels: readonly KernelProfile[]
  /** The same as a table. */
  toString(): string
}

/**
 * Runs `fn`, which may be async, and tells how long each kernel took. Makes the runtime if need be.
 * @param fn what is watched
 * @throws StateError within a function that is being profiled; what `fn` throws is passed on
 * @example
 * const found = await profile(() => matMul(ones([64, 64]), ones([64, 64])))
 * console.log(found.kernels.some(({ kernel }) => kernel.startsWith('matmul'))) // true
 */
export async function profile<T>(fn: () => T | Promise<T>): Promise<ProfileInfo<T>> {
  const who = 'profile'
  if (typeof fn !== 'function') throw new ArgumentError({ who, expected: 'a function', received: show(fn) })
  await init()
  const owner = runtime(who)
  if (owner.observer !== undefined) {
    throw new StateError({ who, expected: 'one profile at a time', received: 'another within it' })
  }
  const calls = new Map<string, { calls: number; ms: number; flops: number }>()
  owner.observer = (kernel, ms, extent, args) => {
    const sum = calls.get(kernel) ?? { calls: 0, ms: 0, flops: 0 }
    calls.set(kernel, { calls: sum.calls + 1, ms: sum.ms + ms, flops: sum.flops + flopsOf(kernel, extent, args) })
  }
  const before = memory()
  const begun = performance.now()
  try {
    const returned = fn()
    // Awaiting what is there already would count a turn of the event loop.
    const result = returned instanceof Promise ? await returned : returned
    const wallMs = performance.now() - begun
    return new Profile(owner, result, wallMs, calls, before)
  } finally {
    owner.observer = undefined
  }
}

class Profile<T> implements ProfileInfo<T> {
  readonly result: T
  readonly wallMs: number
  readonly kernelMs: number
  readonly overheadMs: number
  readonly flops: number
  readonly gflops: number
  readonly newBytes: number
  readonly newDataBuffers: number
  readonly newTensors: number
  readonly threads: number
  readonly build: string
  readonly kernels: readonly KernelProfile[]

  constructor(
    owner: Runtime,
    result: T,
    wallMs: number,
    calls: ReadonlyMap<string, { calls: number; ms: number; flops: number }>,
    before: ReturnType<typeof memory>,
  ) {
    this.result = result
    this.wallMs = wallMs
    this.kernels = Array.from(calls, ([kernel, { calls, ms, flops }]) => {
      return { kernel, calls, ms, flops, gflops: rate(flops, ms), share: ms / wallMs }
    }).sort((a, b) => b.ms - a.ms)
    this.kernelMs = this.kernels.reduce((sum, { ms }) => sum + ms, 0)
    this.overheadMs = wallMs - this.kernelMs
    this.flops = this.kernels.reduce((sum, { flops }) => sum + flops, 0)
    this.gflops = rate(this.flops, wallMs)
    const { usedBytes, blocksInUse } = owner.memory
    this.newBytes = usedBytes - before.numBytes
    this.newDataBuffers = blocksInUse - before.numDataBuffers
    this.newTensors = memory().numTensors - before.numTensors
    this.threads = owner.threads
    this.build = owner.build
  }

  toString(): string {
    const percent = (ms: number): string => `${((100 * ms) / this.wallMs).toFixed(1)} %`
    const row = (name: string, calls: string, ms: number, gflops: number): string[] => {
      return [name, calls, ms.toFixed(3), percent(ms), gflops === 0 ? '' : gflops.toFixed(1)]
    }
    const calls = this.kernels.reduce((sum, { calls }) => sum + calls, 0)
    return tableLines([
      ['Kernel', 'Calls', 'ms', 'Share', 'GFLOP/s'],
      ...this.kernels.map(({ kernel, calls, ms, gflops }) => row(kernel, String(calls), ms, gflops)),
      row('between kernels', '', this.overheadMs, 0),
      row('in all', String(calls), this.wallMs, this.gflops),
    ]).join('\n')
  }
}

/** GFLOP/s; 0 too where the clock, which browsers make coarse, saw no time pass. */
function rate(flops: number, ms: number): number {
  return ms === 0 ? 0 : flops / ms / 1e6
}
