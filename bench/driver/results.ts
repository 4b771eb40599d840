/** What a comparison finds, as it is written to docs/benchmark.json. */

import type { WORK } from '../shared/work.mjs'

export type Family =
  | 'quadlane'
  | 'pytorch'
  | 'onnxruntime-node'
  | 'onnxruntime-web'
  | 'tfjs-wasm'
  | 'tfjs-cpu'
  | 'jax-js'
  | 'convnetjs'

export type ItemName = keyof typeof WORK

export interface ItemResult {
  /** The median over the rounds. */
  readonly ms?: number
  /** The least of them: what the machine does when it does nothing else. */
  readonly least?: number
  readonly rounds?: number
  readonly gflops?: number
  /** E.g. that it is extrapolated. */
  readonly note?: string
  /** Why there is no figure. */
  readonly error?: string
}

export interface SystemResult {
  readonly id: string
  readonly family: Family
  readonly label: string
  readonly where: string
  readonly threads: number
  readonly facts: Readonly<Record<string, string | number>>
  readonly items: Readonly<Partial<Record<ItemName, ItemResult>>>
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly os: string
  /** Processes that wanted to run before the comparison began, on average over a minute. */
  readonly load: number
}

/** The load per core from which on figures are not those of the machine alone. */
const BUSY = 0.5

export function isBusy({ cores, load }: Pick<Machine, 'cores' | 'load'>): boolean {
  return load > cores * BUSY
}

export interface Comparison {
  /** ISO, to the day. */
  readonly date: string
  readonly machine: Machine
  /** GFLOP/s of one thread, by where it was probed and the build, e.g. `Node 20.20.2, relaxed`. */
  readonly ceilings: Readonly<Record<string, number>>
  readonly rounds: number
  readonly systems: readonly SystemResult[]
}
