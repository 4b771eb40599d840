/** A system of the comparison: how it is started, and what it is called in tables. */

import type { Family, ItemName } from './results.ts'
import type { Round, Worker } from './worker.ts'

export interface SystemSpec {
  /** What --systems chooses by, e.g. `quadlane-relaxed-t2`. */
  readonly id: string
  readonly family: Family
  /** The name in tables. */
  readonly label: string
  /** E.g. `Node 20.20.2` or `native`. */
  readonly where: string
  readonly threads: number
  readonly start: () => Promise<Worker>
  /** The module of the worker, and its options. */
  readonly system: string
  readonly options: Readonly<Record<string, unknown>>
  /** Only these items, where the others would say nothing new. */
  readonly only?: readonly string[]
  /** Times an item in a process of its own, start and all. */
  readonly cold?: (item: ItemName) => Promise<Round>
}
