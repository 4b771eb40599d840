/**
 * Kernels under test, without the library above them: an instance over its own memory, buffers with guards. An input
 * buffer has NaN in its spare bytes and an output buffer has sentinels after its end, so a kernel that uses what it
 * only may load, or stores what it must not, is found out.
 */

import { platform } from '#platform'
import type { BuildName } from '../../src/runtime/builds.ts'
import { compileBuild, instantiateKernels, type KernelName, type Kernels } from '../../src/runtime/load.ts'
import { Memory, SPARE_BYTES } from '../../src/runtime/memory.ts'
import { PANEL_COLUMNS } from '../../src/runtime/packing.ts'
import { probeFeatures } from '../../src/runtime/probe.ts'
import { all } from '../../src/runtime/sets/all.ts'

const SENTINEL = 0x5afe5afe
const SPARE_WORDS = SPARE_BYTES / 4

/** The builds that are built in and that this engine can run, over private memory. */
export const BUILDS: readonly BuildName[] = !probeFeatures().relaxed
  ? ['simd']
  : platform.name === 'node'
    ? ['simd', 'relaxed', 'wide']
    : ['simd', 'relaxed']

type RangeFree<Name extends KernelName> =
  Parameters<Kernels[Name]> extends [...infer Head extends number[], number, number] ? Head : never

export class KernelBench {
  readonly kernels: Kernels
  readonly build: BuildName
  /** Columns of a packed panel. */
  readonly NR: number
  memory: Memory
  readonly #outputs: { at: number; length: number; name: string }[] = []

  private constructor(kernels: Kernels, build: BuildName, memory: Memory) {
    this.kernels = kernels
    this.build = build
    this.NR = PANEL_COLUMNS[build]
    this.memory = memory
  }

  static async open(build: BuildName): Promise<KernelBench> {
    const memory = new WebAssembly.Memory({ initial: 16, maximum: 65536 })
    return new KernelBench(instantiateKernels(compileBuild(all, build), memory), build, new Memory(memory, 2 ** 32))
  }

  /** A buffer that holds `values`, with NaN behind it. */
  input(values: ArrayLike<number>): number {
    const at = this.memory.allocate(values.length * 4, 'test')
    const view = this.memory.f32(at, values.length + SPARE_WORDS)
    view.set(Array.isArray(values) ? values : Float32Array.from(values))
    view.fill(Number.NaN, values.length)
    return at
  }

  /** A buffer that holds integers. */
  inputInt(values: ArrayLike<number>): number {
    const at = this.memory.allocate(values.length * 4, 'test')
    this.memory.i32(at, values.length).set(values)
    return at
  }

  /** A buffer for `length` results, filled with NaN (so that an element left out is seen), sentinels behind it. */
  output(length: number, name = 'output'): number {
    const at = this.memory.allocate(length * 4, 'test')
    this.memory.f32(at, length).fill(Number.NaN)
    this.memory.i32(at + length * 4, SPARE_WORDS).fill(SENTINEL)
    this.#outputs.push({ at, length, name })
    return at
  }

  /** A copy of what a buffer holds. */
  read(at: number, length: number): Float32Array {
    return this.memory.f32(at, length).slice()
  }

  readInt(at: number, length: number): Int32Array {
    return this.memory.i32(at, length).slice()
  }

  /** Runs a kernel over [0, extent), cut into `parts` ranges whose inner borders are multiples of `grain`. */
  run<Name extends KernelName>(
    name: Name,
    args: RangeFree<Name>,
    extent: number,
    { parts = 1, grain = 1 }: { parts?: number; grain?: number } = {},
  ): void {
    const kernel = this.kernels[name] as (...args: number[]) => void
    let begin = 0
    for (let part = 1; part <= parts; part++) {
      const border = Math.floor((extent * part) / parts / grain) * grain
      const end = part === parts ? extent : border
      if (end > begin) kernel(...args, begin, end)
      begin = Math.max(begin, end)
    }
  }

  /** Throws where a kernel wrote past the end of an output. */
  checkGuards(): void {
    for (const { at, length, name } of this.#outputs) {
      const guard = this.memory.i32(at + length * 4, SPARE_WORDS)
      const broken = guard.findIndex((word) => word !== SENTINEL)
      if (broken >= 0) throw new Error(`${name}: wrote ${broken} elements past its ${length}`)
    }
  }

  /** Frees all buffers and checks the guards of the outputs. */
  reset(): void {
    this.checkGuards()
    this.#outputs.length = 0
    this.memory = new Memory(this.memory.wasm, 2 ** 32)
  }
}
